"""Data: where pictures come from.

    catalog   what is known of the published data sets: files, hashes, mirrors, classes
    places    where they are sought, and whether what lies there is the real one
    download  from a mirror to the user's cache
    idx, csv, npz, folder, pictures    one module a format; own: whichever a path holds
    checks, parts, dataset    arrays become pictures and labels, and three splits of them
    load      all of this behind one function;  store: what is at hand, and how more is brought in
    strokes, glyphs    the built-in data set, digits that numnist draws itself
    augment   more pictures from few

The rest of numnist sees nothing of files and formats: only Dataset and Split.
"""

from numnist.data.dataset import Dataset, Split
from numnist.data.formats.image import read_picture
from numnist.data.load import load, names
from numnist.data.registry import Record, describe, fetch, import_files, verify

__all__ = [
    "Dataset",
    "Record",
    "Split",
    "describe",
    "fetch",
    "import_files",
    "load",
    "names",
    "read_picture",
    "verify",
]
