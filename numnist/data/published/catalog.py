"""The published data sets: their files, hashes, mirrors, classes and licences.

MNIST, Fashion-MNIST and KMNIST use the same four file names, so their files are recognised by their SHA-256.
"""

from __future__ import annotations

import string

from numnist.data.dataset import DIGITS
from numnist.data.published.records import PublishedArchive, PublishedDataset, PublishedFile

# Of a file: its digest, its size, the digest of the unpacked file; None where nobody publishes them.
Facts = tuple[str, int | None, str | None]

FILE_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _files(
    *facts: Facts, names: tuple[str, ...] = FILE_NAMES, sizes: tuple[int, int] = (60_000, 10_000), columns: int = 1
) -> tuple[PublishedFile, ...]:
    """The four files.  sizes: training and test pictures;  columns: numbers in a row of labels, int32 if several."""
    unpacked = []
    for n in sizes:
        # An IDX file has 4 bytes of magic, 4 bytes for each dimension, then a byte for each pixel or label.
        unpacked += [16 + n * 784, 8 + n if columns == 1 else 12 + 4 * n * columns]
    return tuple(
        PublishedFile(name, digest, unpacked_size, size, unpacked_digest)
        for name, unpacked_size, (digest, size, unpacked_digest) in zip(names, unpacked, facts, strict=True)
    )


# Not LeCun's own host, which has returned 403, 404 and 503 for years.
MNIST = PublishedDataset(
    name="mnist",
    title="MNIST handwritten digits (LeCun, Cortes, Burges)",
    licence="CC BY-SA 3.0",
    classes=DIGITS,
    preparation="digits",
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
    ),
    files=_files(
        ("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9_912_422,
         "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        ("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28_881,
         "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        ("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1_648_877,
         "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        ("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4_542,
         "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
    folders=("MNIST/raw",),
    own_names=False,
)  # fmt: skip

FASHION_MNIST = PublishedDataset(
    name="fashion-mnist",
    title="Fashion-MNIST pictures of clothes (Zalando Research)",
    licence="MIT",
    classes=(
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    preparation="photo",
    mirrors=(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        # plain HTTP, as published: the hash protects well enough
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    files=_files(
        ("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26_421_880,
         "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        ("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29_515,
         "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        ("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4_422_102,
         "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        ("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5_148,
         "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ),
    folders=("FashionMNIST/raw", "fashion"),
    own_names=False,
)  # fmt: skip

KMNIST = PublishedDataset(
    name="kmnist",
    title="Kuzushiji-MNIST cursive Japanese characters (CODH)",
    licence="CC BY-SA 4.0",
    # お き す つ な は ま や れ を, in Latin letters as elsewhere: they can be printed, and typed, everywhere
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    preparation="photo",  # the characters fill their pictures, with no border such as MNIST's
    mirrors=(
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    files=_files(
        ("51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4", 18_165_135, None),
        ("e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17", 29_497, None),
        ("edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5", 3_041_136, None),
        ("20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c", 5_120, None),
    ),
    folders=("KMNIST/raw",),
    own_names=False,
)

QMNIST = PublishedDataset(
    name="qmnist",
    title="QMNIST digits: MNIST with all its test digits (Yadav, Bottou)",
    licence="BSD",
    classes=DIGITS,
    preparation="digits",
    mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
    files=_files(
        ("9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d", None, None),
        ("2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f", None, None),
        ("43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375", None, None),
        ("9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06", None, None),
        names=(
            "qmnist-train-images-idx3-ubyte.gz", "qmnist-train-labels-idx2-int.gz",
            "qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx2-int.gz",
        ),
        sizes=(60_000, 60_000),
        columns=8,
    ),
    folders=("QMNIST/raw",),
    sizes=(60_000, 60_000),
    label_columns=8,  # class, series, writer, and where it stands there
)  # fmt: skip

# EMNIST's six data sets come in one archive.  Its SHA-256 is that of TensorFlow Datasets and others; of the files in
# it only MD5 is published.
EMNIST_ARCHIVE = PublishedArchive(
    name="gzip.zip",
    digest="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    size=561_753_746,
    inside="gzip/",
    folder="emnist",
)
BYCLASS = tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase)
BYMERGE = tuple(string.digits + string.ascii_uppercase + "abdefghnqrt")  # where C and c look alike, they are one class


def _emnist(
    split: str, title: str, classes: tuple[str, ...], sizes: tuple[int, int], validation: int, first_label: int = 0,
    *, md5: tuple[str, str, str, str],
) -> PublishedDataset:  # fmt: skip
    names = [f"emnist-{split}-{part}" for part in ("train", "test")]
    return PublishedDataset(
        name=f"emnist-{split}",
        title=f"EMNIST {title} (Cohen et al.)",
        licence="none stated (NIST)",
        classes=classes,
        preparation="digits",
        mirrors=("https://biometrics.nist.gov/cs_links/EMNIST/",),
        files=_files(
            *((each, None, None) for each in md5),
            names=tuple(f"{name}-{kind}-ubyte.gz" for name in names for kind in ("images-idx3", "labels-idx1")),
            sizes=sizes,
        ),
        folders=("emnist", "EMNIST/raw", "EMNIST/raw/gzip", "gzip"),
        archive=EMNIST_ARCHIVE,
        tables=tuple(f"{name}.csv" for name in names),
        mapping=f"emnist-{split}-mapping.txt",
        sizes=sizes,
        validation=validation,
        transposed=True,
        first_label=first_label,
    )


# As in the paper, as many of the last training pictures as there are test pictures are for validation, where classes
# are balanced.
EMNIST = (
    _emnist("balanced", "characters, 47 classes of equal size", BYMERGE, (112_800, 18_800), 18_800,
            md5=("4041b0d6f15785d3fa35263901b5496b", "7a35cc7b2b7ee7671eddf028570fbd20",
                 "6818d20fe2ce1880476f747bbc80b22b", "acd3694070dcbf620e36670519d4b32f")),
    _emnist("byclass", "characters, all 62 classes", BYCLASS, (697_932, 116_323), 10_000,
            md5=("712dda0bd6f00690f32236ae4325c377", "ee299a3ee5faf5c31e9406763eae7e43",
                 "1435209e34070a9002867a9ab50160d7", "7a0f934bd176c798ecba96b36fda6657")),
    _emnist("bymerge", "characters, 47 classes", BYMERGE, (697_932, 116_323), 10_000,
            md5=("4a792d4df261d7e1ba27979573bf53f3", "491be69ef99e1ab1f5b7f9ccc908bb26",
                 "8eb5d34c91f1759a55831c37ec2a283f", "c13f4cd5211cdba1b8fa992dae2be992")),
    _emnist("digits", "digits", DIGITS, (240_000, 40_000), 40_000,
            md5=("d2662ecdc47895a6bbfce25de9e9a677", "2223fcfee618ac9c89ef20b6e48bcf9e",
                 "a159b8b3bd6ab4ed4793c1cb71a2f5cc", "8afde66ea51d865689083ba6bb779fac")),
    _emnist("letters", "letters, capital or small", tuple(string.ascii_lowercase), (124_800, 20_800), 20_800, 1,
            md5=("8795078f199c478165fe18db82625747", "c16de4f1848ddcdddd39ab65d2a7be52",
                 "382093a19703f68edac6d01b8dfdfcad", "d4108920cd86601ec7689a97f2de7f59")),
    _emnist("mnist", "digits, as many as MNIST has", DIGITS, (60_000, 10_000), 10_000,
            md5=("3663598a39195d030895b6304abb5065", "6c092f03c9bb63e678f80f8bc605fe37",
                 "fb51b6430fc4dd67deaada1bf25d4524", "ae7f6be798a9a5d5f2bd32e078a402dd")),
)  # fmt: skip

CATALOG = {known.name: known for known in (MNIST, FASHION_MNIST, KMNIST, QMNIST, *EMNIST)}


def identify(digest: str) -> tuple[PublishedDataset, str] | None:
    """The data set of the published file that has this digest, and the file's name, packed or unpacked."""
    for known in CATALOG.values():
        for file in known.files:
            names = {file.digest: file.name, file.unpacked_digest: file.name.removesuffix(".gz")}
            if digest in names:
                return known, names[digest]
    return None
