"""Formats that other libraries read: each is refused with the lines of Python that convert it."""

from __future__ import annotations

from pathlib import Path

from numnist.support.errors import DataError
from numnist.support.reading import open_file

_HDF5 = b"\x89HDF\r\n\x1a\n"

MAT = """\
    from scipy.io import loadmat
    found = loadmat({path})  # the names in it: found.keys(); pictures along the last axis: numpy.moveaxis(x, -1, 0)
    numpy.savez({npz}, x=found["X"], y=found["y"].ravel())"""
HDF5 = """\
    import h5py
    found = h5py.File({path})  # the names in it: found.keys()
    numpy.savez({npz}, x=found["images"][:], y=found["labels"][:])"""
PICKLE = """\
    import pickle
    with open({path}, "rb") as file:
        found = pickle.load(file, encoding="latin1")
    numpy.savez({npz}, x=found[0], y=found[1])"""
PACKED_PICKLE = """\
    import gzip, pickle
    with gzip.open({path}) as file:  # mnist.pkl.gz has three pairs
        (a, b), (c, d), (e, f) = pickle.load(file, encoding="latin1")
    numpy.savez({npz}, x_train=a, y_train=b, x_val=c, y_val=d, x_test=e, y_test=f)"""
TORCH = """\
    import torch
    x, y = torch.load({path}, weights_only=True)
    numpy.savez({npz}, x=x.numpy(), y=y.numpy())"""
TABLE = """\
    import pandas
    found = pandas.{read}({path})
    found.to_csv({csv}, index=False)"""
UNPACK = "unpack it first, and give the folder or file that comes out of it"

_TRUST = " A pickle may run any program while it is read, so numnist never reads one: convert it only if you trust it."
# Ending of a name: what it is, and the lines that convert it.
KINDS = {
    (".mat",): ("a file of MATLAB", MAT),
    (".h5", ".hdf5", ".he5"): ("an HDF5 file", HDF5),
    (".pkl", ".pickle", ".joblib"): ("a pickle", PICKLE),
    (".pkl.gz", ".pickle.gz"): ("a pickle", PACKED_PICKLE),
    (".pt", ".pth"): ("a file of PyTorch", TORCH),
    (".feather", ".arrow"): ("a table of Arrow", TABLE.replace("{read}", "read_feather")),
    (".xlsx", ".xls", ".ods"): ("a spreadsheet", TABLE.replace("{read}", "read_excel")),
    (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".7z", ".rar"): ("packed", UNPACK),
}


def foreign(path: Path) -> DataError | None:
    """What to say of a file that is of no format that numnist reads, but of a known one; None for all others."""
    name = path.name.lower()
    for endings, (what, lines) in KINDS.items():
        ending = max((e for e in endings if name.endswith(e)), key=len, default=None)
        if ending is None:
            continue
        if ending == ".mat" and _is_hdf5(path):  # MATLAB's from version 7.3 on
            lines = HDF5
        if lines == UNPACK:
            return DataError(f"{path} is {what}, of no format that numnist reads: {UNPACK}.")
        stem = str(path)[: -len(ending)]
        lines = lines.format(path=repr(str(path)), npz=repr(f"{stem}.npz"), csv=repr(f"{stem}.csv"))
        trust = _TRUST if what == "a pickle" else ""
        return DataError(
            f"{path} is {what}, of no format that numnist reads.{trust} Convert it with Python, with the names "
            f"that are in it:\n\n    import numpy\n{lines}\n\nand give the file that this writes."
        )
    return None


def _is_hdf5(path: Path) -> bool:
    with open_file(path) as file:
        head = file.read(1024)
    return head[: len(_HDF5)] == _HDF5 or head[512 : 512 + len(_HDF5)] == _HDF5
