"""The single layers of bench/nets/layers.h in PyTorch: a step is the result and all gradients."""

import torch
from torch.nn import functional as F


class Layer:
    """`compute`: the result, of inputs [shapes...]."""

    def __init__(self, *shapes):
        self.inputs = [torch.rand(shape, requires_grad=True) for shape in shapes]
        self.upstream = torch.rand_like(self.compute(*self.inputs))

    def step(self):
        y = self.compute(*self.inputs)
        return y, *torch.autograd.grad(y, self.inputs, self.upstream)


class ConvLayer(Layer):
    def __init__(self, channels, out, kernel, side, stride=1, groups=1, batch=64):
        self.how = {"stride": stride, "padding": kernel // 2, "groups": groups}
        super().__init__((batch, channels, side, side), (out, channels // groups, kernel, kernel))

    def compute(self, x, weight):
        return F.conv2d(x, weight, **self.how)


class MatmulLayer(Layer):
    def __init__(self, rows, inputs, out):
        super().__init__((rows, inputs), (inputs, out))

    def compute(self, x, weight):
        return x @ weight


class AttentionLayer(Layer):
    def __init__(self, *shape):
        super().__init__(*[shape] * 3)

    def compute(self, query, key, value):
        return F.scaled_dot_product_attention(query, key, value)
