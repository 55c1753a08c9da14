"""Pictures with labels: loading them by name or path, and managing the data sets on this machine.

    load        a name or a path of any format becomes a Dataset;  registry: what is available, and adding more
    published/  the data sets that numnist can download: what they are (catalog), where they are (locations),
                downloads, and how their files are read
    formats/    one module a format: idx, csv, npz, npy, parquet, folder, image; foreign: those that others read
    arrays/     arrays, lists, DataFrames and tensors in memory, for Dataset.of
    checks      opening files, arrays as pictures and labels;  pixels: their ranges;  scaled: of all splits alike
    dataset     three splits of them;  splits: holding out a part class by class
    strokes/    the built-in data set, digits that numnist draws itself
    augment     random changes of the training pictures

The rest of numnist knows no files and formats, only Dataset and Split.
"""

from numnist.data.dataset import Dataset, Split
from numnist.data.load import load

__all__ = ["Dataset", "Split", "load"]
