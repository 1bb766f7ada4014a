"""What the nets in JAX share: params under PyTorch's names, layers, losses, optimisers."""

import zlib

import contestant
import jax
import jax.numpy as jnp


def uniform_param(name, shape, bound):
    return {name: jax.random.uniform(jax.random.key(zlib.crc32(name.encode())), shape, minval=-bound, maxval=bound)}


def normal_param(name, shape):
    return {name: jax.random.normal(jax.random.key(zlib.crc32(name.encode())), shape)}


def linear_params(name, inputs, outputs):
    bound = inputs**-0.5
    return uniform_param(f"{name}.weight", (outputs, inputs), bound) | uniform_param(f"{name}.bias", (outputs,), bound)


def conv_params(name, inputs, outputs, side):
    bound = (inputs * side**2) ** -0.5
    return uniform_param(f"{name}.weight", (outputs, inputs, side, side), bound) | uniform_param(f"{name}.bias", (outputs,), bound)


def conv2d(x, weight, padding, stride=1, groups=1):
    shape = jax.lax.conv_dimension_numbers(x.shape, weight.shape, ("NCHW", "OIHW", "NCHW"))
    return jax.lax.conv_general_dilated(x, weight, (stride, stride), [(padding, padding)] * 2, dimension_numbers=shape, feature_group_count=groups)


def conv(params, name, x, padding, stride=1):
    return conv2d(x, params[f"{name}.weight"], padding, stride) + params[f"{name}.bias"][:, None, None]


def max_pool(x, size):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, size, size), (1, 1, size, size), "VALID")


def attention(query, key, value, mask=0):
    """softmax(query key^T / sqrt(width) + mask) value; each [batch, heads, tokens, width]."""
    scores = query @ key.swapaxes(-1, -2) * query.shape[-1] ** -0.5
    return jax.nn.softmax(scores + mask) @ value


def norm_params(name, width):
    return {f"{name}.weight": jnp.ones(width), f"{name}.bias": jnp.zeros(width)}


def layer_norm(params, name, x):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(var + 1e-5) * params[f"{name}.weight"] + params[f"{name}.bias"]


def running_statistics(channels):
    return {"mean": jnp.zeros(channels), "var": jnp.ones(channels)}


def batch_norm(params, running, name, x, eps):
    """x [n, c, ...] normalised over all axes but the second, and the layer's new running statistics."""
    axes, count = (0, *range(2, x.ndim)), x.size // x.shape[1]
    along = lambda of_channels: of_channels.reshape(-1, *[1] * (x.ndim - 2))
    mean, var, old = x.mean(axes), x.var(axes), running[name]
    y = (x - along(mean)) / jnp.sqrt(along(var) + eps) * along(params[f"{name}.weight"]) + along(params[f"{name}.bias"])
    return y, {"mean": 0.9 * old["mean"] + 0.1 * mean, "var": 0.9 * old["var"] + 0.1 * var * count / (count - 1)}


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


def gan_adam():
    return Adam(contestant.LR, contestant.B1, contestant.B2)


class Net:
    """`trains`: (optimiser, prefixes of the params that it trains) by name."""

    trains = {"adam": (Adam(), ("",))}

    def begin(self, params):
        """The first state."""
        state = {name: optimizer.begin(starting_with(params, *prefixes)) for name, (optimizer, prefixes) in self.trains.items()}
        return {**state, "params": params, "running": {}, "key": jax.random.key(0)}

    def minimise(self, name, objective, state):
        """One step of an optimiser on objective(params, key) -> loss, running statistics. The new state, the loss."""
        keeping_nothing = lambda params, key: (lambda loss, running: (loss, (running, None)))(*objective(params, key))
        return self.minimise_keeping(name, keeping_nothing, state)[:2]

    def minimise_keeping(self, name, objective, state):
        """The same of objective(params, key) -> loss, (running statistics, what is kept). That comes last."""
        optimizer, prefixes = self.trains[name]
        key, now = jax.random.split(state["key"])
        params, trained = state["params"], starting_with(state["params"], *prefixes)
        wanted = jax.value_and_grad(lambda some: objective({**params, **some}, now), has_aux=True)
        (loss, (running, kept)), gradients = wanted(trained)
        new, memory = optimizer.update(trained, gradients, state[name])
        return {**state, name: memory, "params": {**params, **new}, "running": {**state["running"], **running}, "key": key}, loss, kept
