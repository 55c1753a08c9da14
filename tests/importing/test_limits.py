"""What is imported keeps to the limits of model files, so that it can be saved and read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from numnist import Conv2d, GlobalAvgPool, ModelFileError, ReLU, Sequential, UsageError
from numnist.importing.imported import Wanted
from numnist.importing.keras.build import Network
from numnist.importing.keras.chain import Described
from numnist.importing.keras.options import Options
from numnist.importing.parts import Part, assembled
from numnist.importing.torch.read import read_torch
from numnist.model.limits import LAYERS, NUMBERS, PLACES, check_in_shape, check_plan

LARGE = (1, 4096, 4096)


def test_the_layers_of_any_program_are_counted_and_measured():
    def parts(layer, count=1):
        return assembled([Part(layer)] * count, LARGE, Wanted(), Path("net"))

    with pytest.raises(ModelFileError, match=f"more than {LAYERS:,} layers"):
        parts(ReLU(), LAYERS + 1)
    with pytest.raises(ModelFileError, match=f"more than the {NUMBERS:,} that numnist takes"):
        parts(Conv2d(8, 3, bias=False))
    check_plan(GlobalAvgPool().build(LARGE))  # what is within them passes


def test_weights_of_pytorch_are_refused_before_there_is_a_network_too_large(tmp_path):
    save_file({"0.weight": np.zeros((8, 1, 3, 3), np.float32)}, tmp_path / "net.safetensors")
    network = Sequential(Conv2d(8, 3, bias=False), GlobalAvgPool())
    with pytest.raises(UsageError, match=f"more than the {NUMBERS:,} that numnist takes"):
        read_torch(tmp_path / "net.safetensors", Wanted(network=network, size=LARGE[1:]))


def test_places_of_keras_are_followed_up_to_a_limit():
    side = int((PLACES / 2) ** 0.5) + 1
    network = Network((side, side, 2), (side, side, 2))
    with pytest.raises(ModelFileError, match=f"more than {PLACES:,}"):
        network.flatten(Options(Described("Flatten", "flatten", {}), Path("net.keras")))


@pytest.mark.parametrize("shape", [[1, 28], [1, 28, 0], [1, 28, 4097], [1, 28, 28.0], [1, 28, True], "abc", None])
def test_what_is_no_shape_of_an_input_is_refused(shape):
    with pytest.raises(UsageError, match="sizes 1 to 4096"):
        check_in_shape(shape)
