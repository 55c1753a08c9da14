"""numnist: neural networks for handwriting, in NumPy that is meant to be read.

    from numnist import Adam, Model, Sequential, Dense, Flatten, ReLU, load, train

Everything here is pure Python and NumPy; the command line, the figures and the page import what else they need.
"""

from numnist.data import Dataset, Split, load
from numnist.data.augment import Augment
from numnist.errors import DataError, ModelFileError, NotFiniteError, NumnistError, ShapeError, UsageError
from numnist.gradcheck import gradcheck
from numnist.layers import (
    ELU,
    GELU,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Layer,
    LayerNorm,
    LeakyReLU,
    LeCunNormal,
    MaxPool2d,
    Mode,
    Normal,
    Ones,
    Orthogonal,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    Zeros,
)  # fmt: skip
from numnist.losses import mean_squared_error, multiclass_svm, softmax_cross_entropy
from numnist.metrics import Evaluation, evaluate
from numnist.model import Model
from numnist.modelfile import load_model
from numnist.normalization import Normalization
from numnist.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp
from numnist.recipe import Recipe, load_recipe, recipes
from numnist.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseSqrtDecay,
    OneCycle,
    Schedule,
    StepDecay,
    Warmup,
)  # fmt: skip
from numnist.training import Epoch, Event, Finished, State, Step, train

__version__ = "0.1.0"

__all__ = [
    "ELU", "GELU", "SGD", "AdaGrad", "Adam", "AdamW", "Augment", "AvgPool2d", "BatchNorm", "Constant", "Conv2d",
    "CosineDecay", "DataError", "Dataset", "Dense", "Dropout", "Epoch", "Evaluation", "Event", "ExponentialDecay",
    "Finished", "Flatten", "GlobalAvgPool", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform",
    "InverseSqrtDecay", "Layer", "LayerNorm", "LeCunNormal", "LeakyReLU", "MaxPool2d", "Mode", "Model",
    "ModelFileError", "Momentum", "Nesterov", "Normal", "Normalization", "NotFiniteError", "NumnistError",
    "OneCycle", "Ones", "Optimizer", "Orthogonal", "RMSProp", "ReLU", "Recipe", "Residual", "Schedule",
    "Sequential", "ShapeError", "SiLU", "Sigmoid", "Softmax", "Split", "State", "Step", "StepDecay", "Tanh",
    "UsageError", "Warmup", "Zeros", "evaluate", "gradcheck", "load", "load_model", "load_recipe",
    "mean_squared_error", "multiclass_svm", "recipes", "softmax_cross_entropy", "train",
]  # fmt: skip
