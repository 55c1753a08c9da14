"""The classes that PyTorch has not, as a model.py defines them where its network has one."""

from __future__ import annotations

RESIDUAL = '''class Residual(nn.Module):
    """body(x) + shortcut(x); without a shortcut body(x) + x."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        self.shortcut = nn.Identity() if shortcut is None else shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)
'''

AVG_POOL_INSIDE = '''class AvgPoolInside(nn.Module):
    """The mean of each window over the pixels that are there, without the padding (left, right, top, bottom)."""

    def __init__(self, padding, window, stride):
        super().__init__()
        self.padding, self.window, self.stride = padding, window, stride

    def forward(self, x):
        counted = nn.functional.pad(torch.ones_like(x[:1, :1]), self.padding)
        x = nn.functional.pad(x, self.padding)
        mean = nn.functional.avg_pool2d
        return mean(x, self.window, self.stride) / mean(counted, self.window, self.stride)
'''

NONE_OF_THESE = '''class NoneOfThese(nn.Module):
    """One more logit, of "none of these", which is always 0."""

    def forward(self, logits):
        return torch.cat([logits, torch.zeros_like(logits[:, :1])], dim=1)
'''

CLASSES = {"Residual": RESIDUAL, "AvgPoolInside": AVG_POOL_INSIDE, "NoneOfThese": NONE_OF_THESE}
