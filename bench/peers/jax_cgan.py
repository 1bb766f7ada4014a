#!/usr/bin/env python3
"""The training step of PyTorch-GAN's cgan.py in JAX on the CPU, the whole step one jitted function over donated state: a contestant of `make bench`."""

import os

import contestant

options = contestant.options(__doc__, {"jit": "the whole step compiled by XLA"})
# XLA has as many threads as the process has cores, at the time of its start.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

PIXELS = options.img_size * options.img_size
BATCH = options.batch


def linear(key, inputs, outputs):
    bound = inputs**-0.5
    draw = lambda k, shape: jax.random.uniform(k, shape, minval=-bound, maxval=bound)
    a, b = jax.random.split(key)
    return {"w": draw(a, (outputs, inputs)), "b": draw(b, (outputs,))}


def net(key, widths):
    keys = jax.random.split(key, len(widths))
    embedding = jax.random.normal(keys[-1], (options.n_classes, options.n_classes))
    return {"emb": embedding, "layers": [linear(*arguments) for arguments in zip(keys, widths[:-1], widths[1:])]}


def initial_state():
    key_g, key_d = jax.random.split(jax.random.key(0))
    generator = net(key_g, [options.n_classes + options.latent_dim, *options.generator, PIXELS])
    generator["norms"] = [{"scale": jnp.ones(n), "shift": jnp.zeros(n)} for n in options.generator[1:]]
    params = {"g": generator, "d": net(key_d, [PIXELS + options.n_classes, *options.discriminator, 1])}
    zeros = lambda: jax.tree.map(jnp.zeros_like, params)
    running = [{"mean": jnp.zeros(n), "var": jnp.ones(n)} for n in options.generator[1:]]
    return {"params": params, "m": zeros(), "v": zeros(), "running": running, "t": jnp.zeros((), jnp.float32), "key": jax.random.key(1)}


def apply(layer, x):
    return x @ layer["w"].T + layer["b"]


def leaky(x):
    return jnp.where(x > 0, x, contestant.SLOPE * x)


def generate(g, running, z, labels):
    """Images, and the new running statistics."""
    x, moved = jnp.concatenate([g["emb"][labels], z], 1), []
    for i, layer in enumerate(g["layers"][:-1]):
        x = apply(layer, x)
        if i > 0:
            mean, var = x.mean(0), x.var(0)
            x = (x - mean) / jnp.sqrt(var + contestant.BATCH_NORM_EPS) * g["norms"][i - 1]["scale"] + g["norms"][i - 1]["shift"]
            old = running[i - 1]
            moved.append({"mean": 0.9 * old["mean"] + 0.1 * mean, "var": 0.9 * old["var"] + 0.1 * var * BATCH / (BATCH - 1)})
        x = leaky(x)
    return jnp.tanh(apply(g["layers"][-1], x)), moved


def judge(d, images, labels, key):
    x = jnp.concatenate([images, d["emb"][labels]], 1)
    for i, layer in enumerate(d["layers"][:-1]):
        x = apply(layer, x)
        if i > 0 and options.dropout > 0:
            key, now = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(now, 1 - options.dropout, x.shape), x / (1 - options.dropout), 0)
        x = leaky(x)
    return apply(d["layers"][-1], x)


def adam(p, m, v, g, t):
    b1, b2 = contestant.B1, contestant.B2
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    return p - contestant.LR * (m / (1 - b1**t)) / (jnp.sqrt(v / (1 - b2**t)) + 1e-8), m, v


def one_step(state, images, labels, rows):
    key, *keys = jax.random.split(state["key"], 6)
    gen_labels = jax.random.randint(keys[0], (BATCH,), 0, options.n_classes)
    z = jax.random.normal(keys[1], (BATCH, options.latent_dim))
    real, real_labels = (images[rows].astype(jnp.float32) / 255 - 0.5) / 0.5, labels[rows]
    params = state["params"]

    def g_objective(g):
        made, running = generate(g, state["running"], z, gen_labels)
        return jnp.mean((judge(params["d"], made, gen_labels, keys[2]) - 1) ** 2), (made, running)

    (g_loss, (made, running)), g_grads = jax.value_and_grad(g_objective, has_aux=True)(params["g"])

    def d_objective(d):
        on_real = jnp.mean((judge(d, real, real_labels, keys[3]) - 1) ** 2)
        return (on_real + jnp.mean(judge(d, made, gen_labels, keys[4]) ** 2)) / 2

    d_loss, d_grads = jax.value_and_grad(d_objective)(params["d"])
    t = state["t"] + 1
    updated = jax.tree.map(lambda p, m, v, g: adam(p, m, v, g, t), params, state["m"], state["v"], {"g": g_grads, "d": d_grads})
    part = lambda i: jax.tree.map(lambda triple: triple[i], updated, is_leaf=lambda x: isinstance(x, tuple))
    return {"params": part(0), "m": part(1), "v": part(2), "running": running, "t": t, "key": key}, (g_loss, d_loss)


jitted = jax.jit(one_step, donate_argnums=0)
images, labels = (jnp.asarray(array) for array in contestant.mnist(options.img_size))
labels = labels.astype(jnp.int32)
batches = contestant.Batches(len(images), BATCH)
state, losses = initial_state(), None


def step():
    global state, losses
    state, losses = jitted(state, images, labels, jnp.asarray(next(batches)))


contestant.serve(step, finish=lambda: jax.block_until_ready((state, losses)))
