"""The public names for type checkers and editors; Python reads `__init__.py`, and a test holds them equal.

There is no __all__: what is imported `as` itself is public.
"""

from numnist.data import (
    Dataset as Dataset,
    Split as Split,
    load as load,
)
from numnist.data.augment import Augment as Augment
from numnist.evaluation.gradcheck import gradcheck as gradcheck
from numnist.evaluation.metrics import (
    Evaluation as Evaluation,
    evaluate as evaluate,
)
from numnist.experiment.recipe import (
    Recipe as Recipe,
    load_recipe as load_recipe,
    recipes as recipes,
)
from numnist.export.formats import export_model as export_model
from numnist.importing.formats import import_model as import_model
from numnist.ink.normalize import Normalization as Normalization
from numnist.model.model import (
    Model as Model,
    load_model as load_model,
)
from numnist.model.predict import read as read
from numnist.model.reading import (
    ClassProbability as ClassProbability,
    Part as Part,
    Reading as Reading,
)
from numnist.nn import (
    AvgPool2d as AvgPool2d,
    BatchNorm as BatchNorm,
    Conv2d as Conv2d,
    Dense as Dense,
    Dropout as Dropout,
    Flatten as Flatten,
    GlobalAvgPool as GlobalAvgPool,
    GlorotNormal as GlorotNormal,
    GlorotUniform as GlorotUniform,
    HeNormal as HeNormal,
    HeUniform as HeUniform,
    Layer as Layer,
    LayerNorm as LayerNorm,
    LeCunNormal as LeCunNormal,
    MaxPool2d as MaxPool2d,
    Mode as Mode,
    Normal as Normal,
    Ones as Ones,
    Orthogonal as Orthogonal,
    Residual as Residual,
    Sequential as Sequential,
    Zeros as Zeros,
)
from numnist.nn.activations import (
    ELU as ELU,
    GELU as GELU,
    LeakyReLU as LeakyReLU,
    ReLU as ReLU,
    Sigmoid as Sigmoid,
    SiLU as SiLU,
    Softmax as Softmax,
    Tanh as Tanh,
)
from numnist.nn.losses import (
    MeanSquaredError as MeanSquaredError,
    MulticlassSVM as MulticlassSVM,
    SoftmaxCrossEntropy as SoftmaxCrossEntropy,
)
from numnist.optim.optimizers import (
    SGD as SGD,
    AdaGrad as AdaGrad,
    Adam as Adam,
    AdamW as AdamW,
    Momentum as Momentum,
    Nesterov as Nesterov,
    Optimizer as Optimizer,
    RMSProp as RMSProp,
)
from numnist.optim.schedules import (
    Constant as Constant,
    CosineDecay as CosineDecay,
    ExponentialDecay as ExponentialDecay,
    InverseSqrtDecay as InverseSqrtDecay,
    OneCycle as OneCycle,
    Schedule as Schedule,
    StepDecay as StepDecay,
    Warmup as Warmup,
)
from numnist.support.errors import (
    DataError as DataError,
    ModelFileError as ModelFileError,
    NotFiniteError as NotFiniteError,
    NumnistError as NumnistError,
    RankError as RankError,
    ShapeError as ShapeError,
    UsageError as UsageError,
)
from numnist.training.events import (
    Epoch as Epoch,
    Event as Event,
    Finished as Finished,
    Step as Step,
)
from numnist.training.find_rate import (
    RateCurve as RateCurve,
    find_rate as find_rate,
)
from numnist.training.fit import fit as fit
from numnist.training.logs.log import log_to as log_to
from numnist.training.logs.writer import Writer as Writer
from numnist.training.loop import train as train
from numnist.training.parallel.mpi import mpi_group as mpi_group
from numnist.training.progress import progress as progress
from numnist.training.settings import Settings as Settings
from numnist.training.state import State as State

__version__: str
