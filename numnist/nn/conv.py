"""Conv2d: the same small kernel applied at every place of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from numnist.nn.base import EVAL, HE, ZEROS, Array, Layer, Mode, Param, Plan, Shape, Views, expect_picture
from numnist.nn.initializers import Initializer
from numnist.nn.windows import Padding, Windows, check_padding
from numnist.support.checks import Pair, instance, pair, plain_numbers, whole
from numnist.support.errors import ShapeError, UsageError


@dataclass(frozen=True, repr=False)
class Conv2d(Layer):
    """y[k, oi, oj] = Σ w[k, c, i, j] · x[c, oi·stride + i·dilation, oj·stride + j·dilation] + b[k]

    (Cross-correlation, as everywhere in the field.)   x: (C, H, W, N) -> y: (filters, oh, ow, N);
    w: (filters, C/groups, kh, kw), b: (filters, 1).

    kernel, stride, dilation: one number or (rows, columns); padding: the same, or "valid" (none), or "same"
    (output size ⌈H/stride⌉).  groups: the number of groups into which filters and channels are divided; each
    filter sees the channels of its own group only.

    All patches that the kernel sees become the columns of one matrix (im2col), so that the convolution is one product.
    """

    filters: int
    kernel: Pair
    stride: Pair = 1
    padding: Padding = 0
    dilation: Pair = 1
    groups: int = 1
    bias: bool = True
    initializer: Initializer = HE

    def __post_init__(self) -> None:
        whole(self.filters, "Conv2d filters")
        whole(self.groups, "Conv2d groups")
        for name in ("kernel", "stride", "dilation"):
            pair(getattr(self, name), f"Conv2d {name}")
        check_padding(self.padding, "Conv2d padding")
        instance(self.bias, "Conv2d bias", bool)
        instance(self.initializer, "Conv2d initializer", Initializer)
        if self.filters % self.groups:
            raise UsageError(f"Conv2d cannot divide {self.filters} filters into {self.groups} equal groups.")
        plain_numbers(self)

    def windows(self, H: int, W: int) -> Windows:
        return Windows.over(self, H, W, self.kernel, self.stride, self.padding, self.dilation)

    def build(self, in_shape: Shape) -> Plan:
        C, H, W = expect_picture(self, in_shape)
        if C % self.groups:
            raise ShapeError(f"{self} cannot divide its {C} input channels into {self.groups} equal groups.")
        win = self.windows(H, W)
        area = win.kh * win.kw
        shape = (self.filters, C // self.groups, win.kh, win.kw)
        fan_in, fan_out = shape[1] * area, self.filters // self.groups * area
        params = {"w": Param(shape, self.initializer, fan_in, fan_out, decayed=True)}
        if self.bias:
            params["b"] = Param((self.filters, 1), ZEROS)
        return Plan(
            self, in_shape, (self.filters, win.oh, win.ow), params, macs=self.filters * fan_in * win.oh * win.ow
        )

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Windows, Array]]:
        win, size = self.windows(*x.shape[1:3]), p.w[0].size
        cols = win.gather(x).reshape(self.groups, size, -1)  # (groups, C/groups·kh·kw, oh·ow·N)
        y = p.w.reshape(self.groups, -1, size) @ cols  # (groups, filters/groups, oh·ow·N)
        y = y.reshape(self.filters, win.oh, win.ow, -1)
        return y + p.b[..., None, None] if self.bias else y, (win, cols)

    def backward(
        self, p: Views, g: Views, dy: Array, cache: tuple[Windows, Array], want_dx: bool = True
    ) -> Array | None:
        win, cols = cache
        dz = dy.reshape(self.groups, self.filters // self.groups, -1)  # (groups, filters/groups, oh·ow·N)
        g.w[...] = (dz @ cols.transpose(0, 2, 1)).reshape(g.w.shape)
        if self.bias:
            g.b[...] = dy.sum(axis=(1, 2, 3))[:, None]
        if not want_dx:
            return None
        dcols = p.w.reshape(*dz.shape[:2], -1).transpose(0, 2, 1) @ dz
        return win.scatter(dcols, self.groups * p.w.shape[1])
