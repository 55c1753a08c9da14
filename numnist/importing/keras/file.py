"""Both kinds of Keras's files: what the network is, in JSON, and the arrays of each layer.

.keras is a zip of config.json and model.weights.h5 (Keras 3); .h5 is one HDF5 file with the JSON as an attribute.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from numnist.importing.keras.broken import readable
from numnist.importing.keras.chain import Described
from numnist.importing.keras.hdf5 import Hdf5
from numnist.nn.base import Array
from numnist.support.errors import ModelFileError

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MOST = {CONFIG: 1 << 24, WEIGHTS: 1 << 31}  # bytes
MOST_PACKED = 100  # times as large as in the zip: weights hardly shrink, and Keras does not try


class KerasFile:
    """An open file.   config: the network's description"""

    def __init__(self, path: Path, config: Any, hdf5: Hdf5, old: bool):
        self.path, self.config, self._hdf5, self._old = path, config, hdf5, old

    def arrays(self, layers: Sequence[Described]) -> list[list[Array]]:
        """The arrays of each of all layers of the network, in Keras's order.  Raises ModelFileError."""
        with readable(self.path):
            return [self._named(each) for each in layers] if self._old else self._numbered(layers)

    def _numbered(self, layers: Sequence[Described]) -> list[list[Array]]:
        """Of a .keras file, where a layer is called by its kind: "dense", "dense_1" ..."""
        if self._hdf5.group(["layers"]) is None:
            raise ModelFileError(
                f"{self.path}: its weights are not arranged as Keras 3 does it: load it with the Keras that wrote it, "
                "and save it as .h5."
            )
        found: list[list[Array]] = []
        seen = Counter[str]()
        for layer in layers:
            kind = _snake_case(layer.kind)
            place = ["layers", f"{kind}_{seen[kind]}" if seen[kind] else kind, "vars"]
            seen[kind] += 1
            group = self._hdf5.group(place)
            if group is None:  # as an input layer has none; a layer that needs some will miss them
                found.append([])
                continue
            if str(group.attrs.get("name", layer.name)) != layer.name:
                raise ModelFileError(
                    f"{self.path}: the weights at {'/'.join(place)} belong to {str(group.attrs['name'])[:100]!r}, not "
                    f"to {layer.name!r}."
                )
            names = [str(i) for i in range(len(group))]
            found.append([self._hdf5.array([*place, name]) for name in names])
        return found

    def _named(self, layer: Described) -> list[Array]:
        """Of an .h5 file, where each layer's group lists its arrays."""
        place = ["model_weights", layer.name]
        group = self._hdf5.group(place)
        if group is None or "weight_names" not in group.attrs:
            return []
        names = [each.decode() if isinstance(each, bytes) else str(each) for each in group.attrs["weight_names"]]
        return [self._hdf5.array([*place, *name.split("/")]) for name in names]


@contextmanager
def opened(path: Path) -> Iterator[KerasFile]:
    """A .keras or .h5 file.  Raises ModelFileError."""
    with readable(path):
        file = _old(path) if path.suffix.lower() == ".h5" else _zipped(path)
    with closing(file._hdf5):
        yield file


def _old(path: Path) -> KerasFile:
    if path.stat().st_size > MOST[WEIGHTS]:
        raise ModelFileError(f"{path}: it is larger than any network read here.")
    hdf5 = Hdf5(path.read_bytes(), path)
    config = hdf5.find([]).attrs.get("model_config")
    if config is None:
        raise ModelFileError(f"{path}: it has weights but no network: save the model, not save_weights.")
    return KerasFile(path, json.loads(config), hdf5, old=True)


def _zipped(path: Path) -> KerasFile:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(_member(archive, CONFIG, path))
        weights = _member(archive, WEIGHTS, path)
    return KerasFile(path, config, Hdf5(weights, path), old=False)


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """The bytes of one file in the zip, if it is there once, and not too large."""
    found = [each for each in archive.infolist() if each.filename == name]
    if len(found) != 1:
        raise ModelFileError(f"{path}: a .keras file has one {name}, but this has {len(found)}: save it again.")
    size = found[0].file_size
    if size > MOST[name] or size > MOST_PACKED * found[0].compress_size + 1024:
        raise ModelFileError(f"{path}: {name} would be {size:,} bytes, which is more than any network read here.")
    with archive.open(found[0]) as file:
        data = file.read(size + 1)
    if len(data) != size:
        raise ModelFileError(f"{path}: {name} is not as large as the zip says: copy the file again.")
    return data


def _snake_case(kind: str) -> str:
    """MaxPooling2D -> max_pooling2d, as Keras names layers."""
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)).lower()
