"""numnist itself, through its public functions."""

from __future__ import annotations

from dataclasses import replace

from numnist.bench.work import BETA1, BETA2, EPS, SEED, Array, BaseBackend, Work
from numnist.data import Dataset, Split
from numnist.nn.activations import softmax
from numnist.optim.optimizers import Adam
from numnist.training.events import Step
from numnist.training.loop import train
from numnist.training.settings import Settings

FOREVER = 10**6  # epochs


class Backend(BaseBackend):
    """Gathers uint8 pictures and normalises them within the step; `train` chooses lanes and shards."""

    def __init__(self, work: Work):
        split = Split(work.pictures(), work.labels())
        self.model, self.x, self.threads = work.model(), split.x, work.threads
        data = Dataset("benchmark", split, split[:0], split[:0], self.model.classes)
        adam = Adam(work.learning_rate, beta1=BETA1, beta2=BETA2, eps=EPS)
        settings = Settings(adam, epochs=FOREVER, batch_size=work.batch, seed=SEED)
        if work.whole_batch:
            settings = replace(settings, lanes=1, shard=work.batch)
        self.events = train(self.model, data, settings, threads=work.threads)

    def step(self) -> float:
        return next(event.loss for event in self.events if isinstance(event, Step))

    def logits(self, count: int) -> Array:
        return self.model.logits(self.x[:count], self.threads)

    def probabilities(self, count: int) -> Array:
        """Probabilities by the public method: (count, 10)."""
        return self.model.predict_proba(self.x[:count], self.threads)

    def forward(self, count: int) -> Array:
        """Probabilities by the layers alone, without checks and threads: (count, 10)."""
        model = self.model
        x = model.normalization.apply(self.x[:count], model.dtype)  # (1, 28, 28, count)
        return softmax(model.compiled(x.shape[-1]).forward(model.p, x)[0]).T
