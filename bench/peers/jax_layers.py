"""The single layers of bench/nets/layers.h in JAX: a step is the result and all gradients."""

import jax
import jax.numpy as jnp
from jax_parts import attention, conv2d


class Layer:
    """`compute`: the result, of inputs [shapes...]. Nothing is trained: the state is what the last step gave, whose memory the next may have."""

    def __init__(self, *shapes):
        draw = lambda i, shape: jax.random.uniform(jax.random.key(i), shape)
        inputs = [draw(i, shape) for i, shape in enumerate(shapes)]
        y = self.compute(*inputs)
        self.inputs = {"inputs": inputs, "upstream": draw(len(shapes), y.shape)}
        self.state = [y, *map(jnp.zeros_like, inputs)]

    def step(self, state, inputs):
        y, gradients = jax.vjp(self.compute, *inputs["inputs"])
        return [y, *gradients(inputs["upstream"])], {}


class ConvLayer(Layer):
    def __init__(self, channels, out, kernel, side, stride=1, groups=1, batch=64):
        self.how = {"stride": stride, "padding": kernel // 2, "groups": groups}
        super().__init__((batch, channels, side, side), (out, channels // groups, kernel, kernel))

    def compute(self, x, weight):
        return conv2d(x, weight, **self.how)


class MatmulLayer(Layer):
    def __init__(self, rows, inputs, out):
        super().__init__((rows, inputs), (inputs, out))

    def compute(self, x, weight):
        return x @ weight


class AttentionLayer(Layer):
    def __init__(self, *shape):
        super().__init__(*[shape] * 3)

    def compute(self, query, key, value):
        return attention(query, key, value)
