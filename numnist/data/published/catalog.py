"""The published data sets: their files, hashes, mirrors, classes and licences.

MNIST and Fashion-MNIST use the same four file names, so a file is recognised by its SHA-256 alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from numnist.data.dataset import DIGITS


def spellings(name: str) -> tuple[str, ...]:
    """The names that a file may have: as published (.gz), unpacked, and as 7-Zip and Kaggle write it."""
    plain = name.removesuffix(".gz").replace(".idx", "-idx")
    dotted = plain.replace("-idx", ".idx")  # train-images.idx3-ubyte
    return f"{plain}.gz", plain, dotted, f"{dotted}.gz"


@dataclass(frozen=True)
class PublishedFile:
    """One published file.  On disk it may be packed (as published) or unpacked; each form has its hash."""

    name: str  # as published, ending in .gz
    size: int
    sha256: str
    unpacked_size: int
    unpacked_sha256: str


@dataclass(frozen=True)
class PublishedDataset:
    """One published data set of four IDX files, in the order of FILE_NAMES."""

    name: str
    title: str
    licence: str
    classes: tuple[str, ...]
    preparation: str  # how a user's picture becomes one of these, see ink/prepare.py
    mirrors: tuple[str, ...]  # base addresses, in the order to try
    files: tuple[PublishedFile, ...]

    sizes: tuple[int, int] = (60_000, 10_000)  # training and test pictures
    shape: tuple[int, int, int] = (1, 28, 28)  # of one picture: (C, H, W)


FILE_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)

# An IDX file has 4 bytes of magic, 4 bytes for each dimension, then one byte for each pixel or label.
_UNPACKED_SIZES = (16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000)


def _files(*facts: tuple[int, str, str]) -> tuple[PublishedFile, ...]:
    return tuple(
        PublishedFile(name, size, sha256, unpacked_size, unpacked_sha256)
        for name, unpacked_size, (size, sha256, unpacked_sha256) in zip(FILE_NAMES, _UNPACKED_SIZES, facts)
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
        (9_912_422,
         "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
         "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        (28_881,
         "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
         "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        (1_648_877,
         "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
         "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        (4_542,
         "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
         "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
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
        (26_421_880,
         "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
         "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        (29_515,
         "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
         "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        (4_422_102,
         "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
         "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        (5_148,
         "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
         "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ),
)  # fmt: skip

CATALOG = {known.name: known for known in (MNIST, FASHION_MNIST)}


def identify(sha256: str) -> tuple[PublishedDataset, str] | None:
    """The data set of the published file that has this hash, and the file's name, packed or unpacked."""
    for known in CATALOG.values():
        for file in known.files:
            names = {file.sha256: file.name, file.unpacked_sha256: file.name.removesuffix(".gz")}
            if sha256 in names:
                return known, names[sha256]
    return None
