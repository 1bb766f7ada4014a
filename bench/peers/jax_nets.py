#!/usr/bin/env python3
"""Training steps of the nets of bench/nets in JAX on the CPU, the whole step one jitted function over donated state: contestants of `bench/compare.py --models`.

A net's sizes, params, losses and random numbers are those of the file of its name in bench/nets. Its `step` goes from a state to the next, and the losses by
name. A state has "params" by their names in PyTorch, an optimiser's state by that one's name, the generator's "running" statistics, and a random "key".
"""

import os

import contestant

if __name__ == "__main__":
    options = contestant.net_options(__doc__)
    # XLA has as many threads as the process has cores, at the time of its start.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax_dcgan import Dcgan  # noqa: E402, F401
from jax_layers import AttentionLayer, ConvLayer, MatmulLayer  # noqa: E402, F401
from jax_parts import ClampingRmsProp, Net, RmsProp, attention, batch_norm, conv, conv_params, cross_entropy, gan_adam, layer_norm, linear, linear_params, max_pool, mean_square, norm_params, normal_param, running_statistics, uniform_param  # noqa: E402

CLASSES = 10
SLOPE, EPS = contestant.SLOPE, contestant.BATCH_NORM_EPS


class Classifier(Net):
    """What nets with a softmax share: `logits` of params and x."""

    def begin_with(self, params, batch, x_shape):
        self.inputs = {"x": jax.random.uniform(jax.random.key(2), x_shape), "labels": jax.random.randint(jax.random.key(3), (batch,), 0, CLASSES)}
        self.state = self.begin(params)

    def step(self, state, inputs):
        objective = lambda params, key: (cross_entropy(self.logits(params, inputs["x"]), inputs["labels"]), {})
        state, loss = self.minimise("adam", objective, state)
        return state, {"loss": loss}


class Mlp(Classifier):
    def __init__(self, batch=4096, inputs=784, widths=(512, 512, 512)):
        all_widths, self.layers, params = [inputs, *widths, CLASSES], len(widths) + 1, {}
        for i in range(self.layers):
            params |= linear_params(f"model.{2 * i}", all_widths[i], all_widths[i + 1])
        self.begin_with(params, batch, (batch, inputs))

    def logits(self, params, x):
        for i in range(self.layers - 1):
            x = jax.nn.relu(linear(params, f"model.{2 * i}", x))
        return linear(params, f"model.{2 * (self.layers - 1)}", x)


class Lenet(Classifier):
    def __init__(self, batch=64, side=28, features=(32, 64), hidden=128):
        self.convs, params, channels = len(features), {}, 1
        for i, out in enumerate(features):
            params |= conv_params(f"model.{3 * i}", channels, out, 5)
            channels = out
        self.first, self.last = (f"model.{3 * self.convs + k}" for k in (1, 3))
        params |= linear_params(self.first, channels * (side // 2**self.convs) ** 2, hidden) | linear_params(self.last, hidden, CLASSES)
        self.begin_with(params, batch, (batch, 1, side, side))

    def logits(self, params, x):
        for i in range(self.convs):
            x = max_pool(jax.nn.relu(conv(params, f"model.{3 * i}", x, 2)), 2)
        return linear(params, self.last, jax.nn.relu(linear(params, self.first, x.reshape(len(x), -1))))


class ResidualMlp(Classifier):
    def __init__(self, batch=64, width=256, blocks=50):
        self.blocks, params = blocks, linear_params("head", width, CLASSES)
        for i in range(blocks):
            params |= linear_params(f"blocks.{i}", width, width)
        self.begin_with(params, batch, (batch, width))

    def logits(self, params, x):
        for i in range(self.blocks):
            x = x + jax.nn.relu(linear(params, f"blocks.{i}", x))
        return linear(params, "head", x)


class Recurrent(Classifier):
    """All inputs' products at once, then a scan. `gates`: rows of the weights for each of the hidden state."""

    def __init__(self, batch, steps, inputs, hidden):
        rows, bound = self.gates * hidden, hidden**-0.5
        shapes = {"weight_ih_l0": (rows, inputs), "weight_hh_l0": (rows, hidden), "bias_ih_l0": (rows,), "bias_hh_l0": (rows,)}
        params = linear_params("head", hidden, CLASSES)
        for name, shape in shapes.items():
            params |= uniform_param(f"{self.name}.{name}", shape, bound)
        self.zeros = jnp.zeros((batch, hidden))
        self.begin_with(params, batch, (steps, batch, inputs))

    def logits(self, params, x):
        of = lambda name: params[f"{self.name}.{name}_l0"]
        from_inputs, weight = x @ of("weight_ih").T + of("bias_ih") + of("bias_hh"), of("weight_hh").T
        last, _ = jax.lax.scan(lambda state, now: (self.cell(state, now + state[0] @ weight), None), (self.zeros, self.zeros), from_inputs)
        return linear(params, "head", last[0])


class Lstm(Recurrent):
    name, gates = "lstm", 4

    def __init__(self, batch=64, steps=16, inputs=128, hidden=256):
        super().__init__(batch, steps, inputs, hidden)

    def cell(self, state, gates):
        into, forget, cell, out = jnp.split(gates, 4, 1)
        c = jax.nn.sigmoid(forget) * state[1] + jax.nn.sigmoid(into) * jnp.tanh(cell)
        return jax.nn.sigmoid(out) * jnp.tanh(c), c


class Rnn(Recurrent):
    name, gates = "rnn", 1

    def __init__(self, batch=64, steps=200, inputs=64, hidden=128):
        super().__init__(batch, steps, inputs, hidden)

    def cell(self, state, sums):
        return jnp.tanh(sums), state[1]


class Transformer(Net):
    def __init__(self, batch=16, context=64, width=128, heads=4, blocks=1, vocabulary=65):
        self.blocks, self.split = [f"blocks.{i}" for i in range(blocks)], (batch, context, 3, heads, width // heads)
        self.mask = jnp.where(jnp.tri(context, dtype=bool), 0, -jnp.inf)
        params = normal_param("token.weight", (vocabulary, width)) | normal_param("place.weight", (context, width)) | linear_params("head", width, vocabulary)
        for block in self.blocks:
            for name, (inputs, out) in {"in_proj": (width, 3 * width), "out_proj": (width, width), "linear1": (width, 4 * width), "linear2": (4 * width, width)}.items():
                params |= linear_params(f"{block}.{name}", inputs, out)
            params |= norm_params(f"{block}.norm1", width) | norm_params(f"{block}.norm2", width)
        self.inputs = {"tokens": jax.random.randint(jax.random.key(3), (batch, context + 1), 0, CLASSES)}
        self.state = self.begin(params)

    def attended(self, params, block, x):
        query, key, value = linear(params, f"{block}.in_proj", x).reshape(self.split).transpose(2, 0, 3, 1, 4)
        return linear(params, f"{block}.out_proj", attention(query, key, value, self.mask).swapaxes(1, 2).reshape(x.shape))

    def fed(self, params, block, x):
        return linear(params, f"{block}.linear2", jax.nn.gelu(linear(params, f"{block}.linear1", x), approximate=False))

    def logits(self, params, tokens):
        x = params["token.weight"][tokens] + params["place.weight"]
        for block in self.blocks:
            x = layer_norm(params, f"{block}.norm1", x + self.attended(params, block, x))
            x = layer_norm(params, f"{block}.norm2", x + self.fed(params, block, x))
        return linear(params, "head", x)

    def step(self, state, inputs):
        tokens = inputs["tokens"]

        def objective(params, key):
            logits = self.logits(params, tokens[:, :-1])
            return cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1)), {}

        state, loss = self.minimise("adam", objective, state)
        return state, {"loss": loss}


class Vae(Net):
    def __init__(self, batch=128, pixels=784, hidden=400, latent=20):
        widths = {"encoder": (pixels, hidden), "mean": (hidden, latent), "log_variance": (hidden, latent), "decoder": (latent, hidden), "logits": (hidden, pixels)}
        params = {}
        for name, (inputs, outputs) in widths.items():
            params |= linear_params(name, inputs, outputs)
        self.inputs = {"x": jax.random.uniform(jax.random.key(2), (batch, pixels))}
        self.state = self.begin(params)

    def step(self, state, inputs):
        x = inputs["x"]

        def objective(params, key):
            hidden = jax.nn.relu(linear(params, "encoder", x))
            mean, log_variance = linear(params, "mean", hidden), linear(params, "log_variance", hidden)
            z = mean + jax.random.normal(key, mean.shape) * jnp.exp(0.5 * log_variance)
            logits = linear(params, "logits", jax.nn.relu(linear(params, "decoder", z)))
            reconstruction = jnp.sum(jnp.maximum(logits, 0) - logits * x + jnp.log1p(jnp.exp(-jnp.abs(logits))))
            divergence = -0.5 * jnp.sum(1 + log_variance - mean**2 - jnp.exp(log_variance))
            return (reconstruction + divergence) / len(x), {}

        state, loss = self.minimise("adam", objective, state)
        return state, {"loss": loss}


class Generator:
    """`make`: images, and the new running statistics."""

    def __init__(self, inputs, widths, pixels):
        self.params, self.running, self.hidden, at = {}, {}, [], 0
        for i, out in enumerate(widths):
            self.params |= linear_params(f"generator.{at}", inputs, out)
            self.hidden.append((at, i > 0))
            if i > 0:
                self.params |= norm_params(f"generator.{at + 1}", out)
                self.running[f"generator.{at + 1}"] = running_statistics(out)
            inputs, at = out, at + (3 if i > 0 else 2)
        self.last = f"generator.{at}"
        self.params |= linear_params(self.last, inputs, pixels)

    def make(self, params, running, x):
        moved = {}
        for at, with_norm in self.hidden:
            x = linear(params, f"generator.{at}", x)
            if with_norm:
                name = f"generator.{at + 1}"
                x, moved[name] = batch_norm(params, running, name, x, EPS)
            x = jax.nn.leaky_relu(x, SLOPE)
        return jnp.tanh(linear(params, self.last, x)), moved


class Trunk:
    """Linear and LeakyReLU for each width."""

    def __init__(self, name, inputs, widths):
        self.names, self.params = [f"{name}.{2 * i}" for i in range(len(widths))], {}
        for layer, out in zip(self.names, widths):
            self.params |= linear_params(layer, inputs, out)
            inputs = out

    def __call__(self, params, x):
        for layer in self.names:
            x = jax.nn.leaky_relu(linear(params, layer, x), SLOPE)
        return x


class Wgan(Net):
    trains = {"critic": (ClampingRmsProp(), ("critic",)), "generator": (RmsProp(), ("generator",))}

    def __init__(self, batch=64, latent=100, pixels=32 * 32, widths=(128, 256, 512, 1024), critic=(512, 256), critic_runs=5):
        self.generator, self.trunk, self.head = Generator(latent, widths, pixels), Trunk("critic", pixels, critic), f"critic.{2 * len(critic)}"
        self.noise, self.critic_runs = (batch, latent), critic_runs
        self.inputs = {"real": jax.random.uniform(jax.random.key(2), (batch, pixels))}
        params = {**self.generator.params, **self.trunk.params, **linear_params(self.head, critic[-1], 1)}
        self.state = {**self.begin(params), "running": self.generator.running}

    def judge(self, params, images):
        return linear(params, self.head, self.trunk(params, images))

    def penalty(self, params, key, real, fake):
        return 0

    def critic_step(self, state, real):
        def objective(params, key):
            of_noise, of_penalty = jax.random.split(key)
            fake, running = self.generator.make(params, state["running"], jax.random.normal(of_noise, self.noise))
            loss = jnp.mean(self.judge(params, fake)) - jnp.mean(self.judge(params, real))
            return loss + self.penalty(params, of_penalty, real, fake), running

        return self.minimise("critic", objective, state)

    def generator_step(self, state):
        def objective(params, key):
            fake, running = self.generator.make(params, state["running"], jax.random.normal(key, self.noise))
            return -jnp.mean(self.judge(params, fake)), running

        return self.minimise("generator", objective, state)

    def step(self, state, inputs):
        for _ in range(self.critic_runs):
            state, critic_loss = self.critic_step(state, inputs["real"])
        state, generator_loss = self.generator_step(state)
        return state, {"critic_loss": critic_loss, "generator_loss": generator_loss}


class WganGp(Wgan):
    trains = {"critic": (gan_adam(), ("critic",)), "generator": (gan_adam(), ("generator",))}

    def penalty(self, params, key, real, fake):
        share = jax.random.uniform(key, (len(fake), 1))
        between = share * real + (1 - share) * fake
        slope = jax.grad(lambda images: jnp.sum(self.judge(params, images)))(between)
        return 10 * mean_square(jnp.linalg.norm(slope, axis=1) - 1)


class InfoGan(Net):
    trains = {
        "generator": (gan_adam(), ("generator",)),
        "discriminator": (gan_adam(), ("trunk", "validity")),
        "info": (gan_adam(), ("generator", "trunk", "label", "code")),
    }

    def __init__(self, batch=64, latent=62, code=2, pixels=32 * 32, widths=(128, 256, 512, 1024), discriminator=(512, 256)):
        self.generator, self.trunk = Generator(latent + CLASSES + code, widths, pixels), Trunk("trunk", pixels, discriminator)
        self.noise, self.codes = (batch, latent), (batch, code)
        self.inputs = {"real": jax.random.uniform(jax.random.key(2), (batch, pixels))}
        params = {**self.generator.params, **self.trunk.params}
        for name, out in {"validity": 1, "label": CLASSES, "code": code}.items():
            params |= linear_params(name, discriminator[-1], out)
        self.state = {**self.begin(params), "running": self.generator.running}

    def make(self, params, running, key):
        """Images, the running statistics, and the labels and codes that the images were made of."""
        keys = jax.random.split(key, 3)
        noise, labels = jax.random.normal(keys[0], self.noise), jax.random.randint(keys[1], self.noise[:1], 0, CLASSES)
        codes = jax.random.uniform(keys[2], self.codes) * 2 - 1
        images, running = self.generator.make(params, running, jnp.concatenate([noise, jax.nn.one_hot(labels, CLASSES), codes], 1))
        return images, running, labels, codes

    def judge(self, params, images):
        return linear(params, "validity", self.trunk(params, images))

    def generator_step(self, state):
        def objective(params, key):
            images, running, *_ = self.make(params, state["running"], key)
            return mean_square(self.judge(params, images) - 1), running

        return self.minimise("generator", objective, state)

    def discriminator_step(self, state, real):
        def objective(params, key):
            fake, running, *_ = self.make(params, state["running"], key)
            return (mean_square(self.judge(params, real) - 1) + mean_square(self.judge(params, fake))) / 2, running

        return self.minimise("discriminator", objective, state)

    def info_step(self, state):
        def objective(params, key):
            images, running, labels, codes = self.make(params, state["running"], key)
            seen = self.trunk(params, images)
            return cross_entropy(linear(params, "label", seen), labels) + 0.1 * mean_square(linear(params, "code", seen) - codes), running

        return self.minimise("info", objective, state)

    def step(self, state, inputs):
        state, generator_loss = self.generator_step(state)
        state, discriminator_loss = self.discriminator_step(state, inputs["real"])
        state, info_loss = self.info_step(state)
        return state, {"generator_loss": generator_loss, "discriminator_loss": discriminator_loss, "info_loss": info_loss}


def main():
    net = contestant.net_of(options, globals())
    jitted = jax.jit(net.step, donate_argnums=0)
    state, losses = net.state, None

    def step():
        nonlocal state, losses
        state, losses = jitted(state, net.inputs)

    contestant.serve(step, finish=lambda: jax.block_until_ready((state, losses)))


if __name__ == "__main__":
    main()
