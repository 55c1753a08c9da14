"""Trains one of numnist's recipes with PyTorch, as `numnist train` does: from the data's files to a written result.

    python benchmarks/train_in_pytorch.py RECIPE.json MNIST_FOLDER RESULT_FOLDER

It has the same network, initial distribution, batch size, optimizer, schedule, loss, averaging and evaluation.  numnist
itself is imported only for augmentation, so that both draw from one distribution.  A recipe with anything else is
refused.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

VALIDATION = 10_000  # of the training pictures, unless the recipe says otherwise
EVALUATED = 1000  # pictures at a time
UNUSED = {"l2": 0, "clip_norm": None, "patience": None, "normalization": "global"}  # the only values that it supports


def read(folder: Path, name: str) -> np.ndarray:
    """An IDX file of bytes, gzipped or not."""
    plain = folder / name
    raw = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    sizes = np.frombuffer(raw, ">i4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(sizes)


def layer(table: dict[str, Any], shape: torch.Size) -> nn.Module:
    """One layer of a recipe for inputs of this shape, with numnist's initial weights: He, Glorot or normal."""
    options = {name: value for name, value in table.items() if name not in ("type", "initializer")}
    match table["type"]:
        case "Conv2d":
            made: nn.Module = nn.Conv2d(shape[1], options.pop("filters"), options.pop("kernel"), **options)
        case "Dense":
            made = nn.Linear(shape[1], options.pop("units"), **options)
        case "BatchNorm":
            return nn.BatchNorm2d(shape[1], momentum=1 - options.pop("momentum", 0.9), **options)
        case "MaxPool2d":
            return nn.MaxPool2d(options.pop("window"), **options)
        case "Dropout":
            return nn.Dropout(options.pop("rate"))
        case "ReLU" | "Flatten":
            return getattr(nn, table["type"])()
        case kind:
            raise SystemExit(f"{kind} is not supported")
    start = table.get("initializer", {"type": "HeNormal"})
    match start["type"]:
        case "HeNormal":
            nn.init.normal_(made.weight, std=math.sqrt(2 / made.weight[0].numel()))
        case "GlorotNormal":
            nn.init.xavier_normal_(made.weight)
        case "Normal":
            nn.init.normal_(made.weight, std=start["std"])
        case kind:
            raise SystemExit(f"initializer {kind} is not supported")
    nn.init.zeros_(made.bias)
    return made


def network(layers: list[dict[str, Any]]) -> nn.Sequential:
    made, x = nn.Sequential(), torch.zeros(2, 1, 28, 28)
    for table in layers:
        made.append(layer(table, x.shape))
        x = made[-1](x)
    return made.to(memory_format=torch.channels_last)


def factor(schedule: dict[str, Any], step: int, total: int) -> float:
    """The factor of the learning rate."""
    if schedule["type"] == "Constant":
        return 1.0
    if schedule["type"] != "OneCycle":
        raise SystemExit(f"schedule {schedule['type']} is not supported")
    done, peak = step / max(total - 1, 1), schedule["peak"]
    start, stop, part = (
        (schedule["start"], 1.0, done / peak) if done < peak else (1.0, schedule["final"], (done - peak) / (1 - peak))
    )
    return stop + (start - stop) * (1 + math.cos(math.pi * part)) / 2


def accuracy(model: nn.Module, x: torch.Tensor, labels: torch.Tensor) -> float:
    model.train(False)
    with torch.inference_mode():
        predictions = [model(x[at : at + EVALUATED]).argmax(1) for at in range(0, len(x), EVALUATED)]
    return (torch.cat(predictions) == labels).double().mean().item()


def train(recipe: dict[str, Any], folder: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The trained network and its accuracies."""
    for name, value in UNUSED.items():
        if recipe.get(name, value) != value:
            raise SystemExit(f"{name} is not supported")
    torch.manual_seed(recipe["seed"])
    (pixels, labels), (test, test_labels) = split(folder, "train"), split(folder, "t10k")
    count = len(pixels) - recipe.get("validation", VALIDATION)
    mean, std = pixels[:count].mean(), pixels[:count].std()
    x, test = (pixels - mean) / std, (test - mean) / std
    model = network(recipe["network"])
    averaged = network(recipe["network"]) if recipe.get("average") else model
    averaged.load_state_dict(model.state_dict())
    adam = recipe["optimizer"]
    optimizer = {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}[adam["type"]](
        model.parameters(), lr=adam["learning_rate"], betas=(adam["beta1"], adam["beta2"]), eps=adam["eps"],
        weight_decay=adam["weight_decay"], fused=True,
    )  # fmt: skip
    smoothing = recipe["loss"].get("label_smoothing", 0.0) if isinstance(recipe["loss"], dict) else 0.0
    augment = augmentation(recipe)
    batch, step, validation = recipe["batch_size"], 0, 0.0
    total = recipe["epochs"] * -(-count // batch)
    for _ in range(recipe["epochs"]):
        model.train()
        for chosen in torch.randperm(count).split(batch):
            optimizer.param_groups[0]["lr"] = adam["learning_rate"] * factor(recipe["schedule"], step, total)
            pictures = (augment(pixels[chosen]) - mean) / std if augment else x[chosen]
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(pictures), labels[chosen], label_smoothing=smoothing)
            loss.backward()
            optimizer.step()
            if averaged is not model:
                update_average(averaged, model, min(recipe["average"], (1 + step) / (10 + step)))
            step += 1
            loss.item()  # numnist returns the loss of every step too
        validation = accuracy(averaged, x[count:], labels[count:])
    return averaged, {"validation_accuracy": validation, "test_accuracy": accuracy(averaged, test, test_labels)}


def split(folder: Path, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (N, 1, 28, 28), float32 0..1, and labels (N,)."""
    pictures, labels = (read(folder, f"{name}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1"))
    return torch.tensor(pictures)[:, None].float() / 255, torch.tensor(labels).long()


def augmentation(recipe: dict[str, Any]) -> Any:
    """The augmentation as a function of pictures (N, 1, 28, 28); None if the recipe has none."""
    if not recipe.get("augment"):
        return None
    from numnist import Augment

    augment = Augment(**{name: value for name, value in recipe["augment"].items() if name != "type"})
    rng = np.random.default_rng(recipe["seed"])
    return lambda x: torch.from_numpy(augment(x.numpy(), rng))


def update_average(averaged: nn.Module, model: nn.Module, decay: float) -> None:
    """Update the moving average of the weights and running statistics."""
    with torch.no_grad():
        for mine, theirs in zip(averaged.state_dict().values(), model.state_dict().values()):
            mine.lerp_(theirs, 1 - decay) if mine.is_floating_point() else mine.copy_(theirs)


def main() -> None:
    recipe, folder, out = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]), Path(sys.argv[3])
    model, result = train(recipe, folder)
    out.mkdir()
    torch.save(model.state_dict(), out / "model.pt")
    (out / "result.json").write_text(json.dumps(result))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
