"""Every kind of file that numnist opens and that may come from a stranger."""

from __future__ import annotations

import gzip
from pathlib import Path

from numnist.support.errors import DataError, ModelFileError, UsageError
from tests.strangers.kind import Kind
from tests.strangers.of_data import (
    csv,
    make_classes,
    make_idx,
    make_idx_gz,
    make_listing,
    npy,
    npz,
    npz_around,
    opens_data,
    own_npz,
    parquet,
    writes,
)
from tests.strangers.of_models import (
    forge,
    make_model,
    make_recipe,
    make_run,
    odd_header,
    odd_lines,
    odd_toml,
    open_checkpoint,
    open_curves,
    open_model,
    open_recipe,
    open_run,
)
from tests.strangers.of_programs import (
    copy,
    here,
    imported,
    keras_around,
    make_onnx,
    make_torch,
    member,
    odd_json,
    odd_onnx,
    odd_torch,
)

MODEL, DATA, CONFIG = (ModelFileError,), (DataError,), (ModelFileError, UsageError, DataError)
KERAS = Path("keras/files/norms.keras")
KINDS = (
    Kind("model", "net.safetensors", make_model, open_model, MODEL, hashed=True),
    Kind("model with a right hash", "net.safetensors", make_model, open_model, MODEL, change=forge),
    Kind("model's header", "net.safetensors", make_model, open_model, MODEL, hashed=True, change=odd_header),
    Kind("checkpoint", "run/last.safetensors", make_run, open_checkpoint, MODEL, hashed=True),
    Kind("checkpoint with a right hash", "run/last.safetensors", make_run, open_checkpoint, MODEL, change=forge),
    Kind("config.toml", "run/config.toml", make_run, open_run, CONFIG, hashed=True, folder=True),
    Kind(
        "config.toml's fields", "run/config.toml", make_run, open_run, CONFIG, hashed=True, change=odd_toml, folder=True
    ),
    Kind("metrics", "run/metrics.jsonl", make_run, open_curves, MODEL, folder=True),
    Kind("metrics, their lines", "run/metrics.jsonl", make_run, open_curves, MODEL, change=odd_lines, folder=True),
    Kind("steps", "run/steps.jsonl", make_run, open_curves, MODEL, folder=True),
    Kind("steps, their lines", "run/steps.jsonl", make_run, open_curves, MODEL, change=odd_lines, folder=True),
    Kind("recipe", "own.toml", make_recipe, open_recipe, (UsageError,)),
    Kind("recipe's fields", "own.toml", make_recipe, open_recipe, (UsageError,), change=odd_toml),
    Kind(
        "onnx of Keras",
        "net.onnx",
        copy(Path("files/keras_plain.onnx"), "net.onnx"),
        imported("net.onnx"),
        MODEL,
        needs="onnx",
    ),
    Kind("onnx of numnist", "net.onnx", make_onnx, imported("net.onnx"), MODEL, needs="onnx"),
    Kind(
        "onnx's fields",
        "net.onnx",
        copy(Path("files/keras_flattened.onnx"), "net.onnx"),
        imported("net.onnx"),
        MODEL,
        needs="onnx",
        change=odd_onnx,
    ),
    Kind(
        "onnx of numnist, its fields", "net.onnx", make_onnx, imported("net.onnx"), MODEL, needs="onnx", change=odd_onnx
    ),
    Kind(
        ".keras",
        "net.keras",
        copy(KERAS, "net.keras"),
        here("net.keras"),
        MODEL,
        needs="h5py",
        apart=imported("net.keras"),
    ),
    Kind(
        ".keras, its weights",
        "net.keras",
        copy(KERAS, "net.keras"),
        here("net.keras"),
        MODEL,
        needs="h5py",
        unpack=member("model.weights.h5"),
        pack=keras_around("model.weights.h5", KERAS),
        apart=imported("net.keras"),
    ),
    Kind(
        ".keras, its description",
        "net.keras",
        copy(KERAS, "net.keras"),
        here("net.keras"),
        MODEL,
        needs="h5py",
        unpack=member("config.json"),
        pack=keras_around("config.json", KERAS),
        change=odd_json,
        apart=imported("net.keras"),
    ),
    Kind(
        ".h5",
        "net.h5",
        copy(Path("keras/files/adapted.h5"), "net.h5"),
        here("net.h5"),
        MODEL,
        needs="h5py",
        apart=imported("net.h5"),
    ),
    Kind("torch's weights", "net.safetensors", make_torch, imported("net.safetensors"), (ModelFileError, UsageError)),
    Kind(
        "torch's weights, what they say",
        "net.safetensors",
        make_torch,
        imported("net.safetensors"),
        (ModelFileError, UsageError),
        change=odd_torch,
    ),
    Kind(
        "torch's weights, their header",
        "net.safetensors",
        make_torch,
        imported("net.safetensors"),
        (ModelFileError, UsageError),
        change=odd_header,
    ),
    Kind("csv", "own.csv", writes("own.csv", csv()), opens_data("own.csv"), DATA),
    Kind("csv without a header", "own.csv", writes("own.csv", csv(header=False)), opens_data("own.csv"), DATA),
    Kind("csv with words", "own.csv", writes("own.csv", csv(words=True)), opens_data("own.csv"), DATA),
    Kind(
        "csv.gz", "own.csv.gz", writes("own.csv.gz", lambda f: gzip.compress(csv()(f))), opens_data("own.csv.gz"), DATA
    ),
    Kind("list of pictures", "labels.csv", make_listing, opens_data(), DATA, folder=True),
    Kind("idx", "train-images-idx3-ubyte", make_idx, opens_data(), DATA, folder=True),
    Kind("idx of labels", "train-labels-idx1-ubyte", make_idx, opens_data(), DATA, folder=True),
    Kind("idx.gz", "train-images-idx3-ubyte.gz", make_idx_gz, opens_data(), DATA, folder=True),
    Kind(
        "idx.gz, packed anew",
        "train-images-idx3-ubyte.gz",
        make_idx_gz,
        opens_data(),
        DATA,
        folder=True,
        unpack=gzip.decompress,
        pack=lambda data: gzip.compress(data, 1),
    ),
    Kind("npz", "own.npz", writes("own.npz", npz), opens_data("own.npz"), DATA),
    Kind("npz of numnist", "own.npz", writes("own.npz", own_npz), opens_data("own.npz"), DATA),
    Kind(
        "npz, an array in it",
        "own.npz",
        writes("own.npz", npz),
        opens_data("own.npz"),
        DATA,
        unpack=member("x_train.npy"),
        pack=npz_around,
    ),
    Kind("npy", "x_train.npy", writes("x_train.npy", npy), opens_data("x_train.npy"), DATA, folder=True),
    Kind(
        "parquet", "train.parquet", writes("train.parquet", parquet), opens_data("train.parquet"), DATA, needs="pyarrow"
    ),
    Kind("classes.txt", "classes.txt", make_classes, opens_data(), DATA, folder=True),
)
