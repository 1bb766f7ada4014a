"""What the nets in JAX share: params under PyTorch's names, layers, losses, optimisers."""

import zlib

import jax
import jax.numpy as jnp


def uniform_param(name, shape, bound):
    return {name: jax.random.uniform(jax.random.key(zlib.crc32(name.encode())), shape, minval=-bound, maxval=bound)}


def linear_params(name, inputs, outputs):
    bound = inputs**-0.5
    return uniform_param(f"{name}.weight", (outputs, inputs), bound) | uniform_param(f"{name}.bias", (outputs,), bound)


def conv_params(name, inputs, outputs, side):
    bound = (inputs * side**2) ** -0.5
    return uniform_param(f"{name}.weight", (outputs, inputs, side, side), bound) | uniform_param(f"{name}.bias", (outputs,), bound)


def conv(params, name, x, padding):
    shape = jax.lax.conv_dimension_numbers(x.shape, params[f"{name}.weight"].shape, ("NCHW", "OIHW", "NCHW"))
    y = jax.lax.conv_general_dilated(x, params[f"{name}.weight"], (1, 1), [(padding, padding)] * 2, dimension_numbers=shape)
    return y + params[f"{name}.bias"][:, None, None]


def max_pool(x, size):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, size, size), (1, 1, size, size), "VALID")


def linear(params, name, x):
    return x @ params[f"{name}.weight"].T + params[f"{name}.bias"]


def starting_with(params, *prefixes):
    return {name: value for name, value in params.items() if name.startswith(prefixes)}


def cross_entropy(logits, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1))


def zeros_like(params):
    return {name: jnp.zeros_like(value) for name, value in params.items()}


def mean_square(x):
    return jnp.mean(x**2)


class Adam:
    def __init__(self, lr=0.001, b1=0.9, b2=0.999):
        self.lr, self.b1, self.b2 = lr, b1, b2

    def begin(self, params):
        return {"m": zeros_like(params), "v": zeros_like(params), "t": jnp.zeros(())}

    def update(self, params, gradients, state):
        t, b1, b2 = state["t"] + 1, self.b1, self.b2
        m = {name: b1 * state["m"][name] + (1 - b1) * g for name, g in gradients.items()}
        v = {name: b2 * state["v"][name] + (1 - b2) * g * g for name, g in gradients.items()}
        rate, scale = self.lr / (1 - b1**t), 1 / (1 - b2**t)
        new = {name: params[name] - rate * m[name] / (jnp.sqrt(v[name] * scale) + 1e-8) for name in gradients}
        return new, {"m": m, "v": v, "t": t}


class RmsProp:
    LR, ALPHA = 5e-5, 0.99

    def begin(self, params):
        return zeros_like(params)

    def update(self, params, gradients, state):
        v = {name: self.ALPHA * state[name] + (1 - self.ALPHA) * g * g for name, g in gradients.items()}
        new = {name: params[name] - self.LR * g / (jnp.sqrt(v[name]) + 1e-8) for name, g in gradients.items()}
        return {name: self.limited(value) for name, value in new.items()}, v

    def limited(self, value):
        return value


class ClampingRmsProp(RmsProp):
    def limited(self, value):
        return jnp.clip(value, -0.01, 0.01)
