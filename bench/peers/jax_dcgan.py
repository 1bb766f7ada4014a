"""bench/nets/dcgan.h in JAX."""

import contestant
import jax
import jax.numpy as jnp
from jax_parts import Net, batch_norm, conv, conv_params, gan_adam, linear, linear_params, norm_params, running_statistics

SLOPE, EPS, DROPPED = contestant.SLOPE, contestant.BATCH_NORM_EPS, 0.25


def upsample(x):
    return x.repeat(2, 2).repeat(2, 3)


def dropout2d(key, x):
    return x * jax.random.bernoulli(key, 1 - DROPPED, (*x.shape[:2], 1, 1)) / (1 - DROPPED)


def binary_cross_entropy(p, target):
    """With PyTorch's least logarithm."""
    return -jnp.mean(jnp.maximum(jnp.log(p if target else 1 - p), -100))


class Dcgan(Net):
    trains = {"generator": (gan_adam(), ("generator",)), "discriminator": (gan_adam(), ("discriminator",))}

    def __init__(self, batch=64, latent=100, side=32, wide=128, narrow=64, features=(16, 32, 64, 128)):
        self.shape, self.noise, self.count = (batch, wide, side // 4, side // 4), (batch, latent), len(features)
        self.inputs = {"real": jax.random.uniform(jax.random.key(2), (batch, 1, side, side))}
        params = linear_params("generator.l1", latent, wide * (side // 4) ** 2)
        norms = {"generator.norm0": wide, "generator.norm1": wide, "generator.norm2": narrow}
        for i, (inputs, out) in enumerate([(wide, wide), (wide, narrow), (narrow, 1)], 1):
            params |= conv_params(f"generator.conv{i}", inputs, out, 3)
        channels = 1
        for i, out in enumerate(features):
            params |= conv_params(f"discriminator.conv{i}", channels, out, 3)
            if i > 0:
                norms[f"discriminator.norm{i}"] = out
            channels, side = out, (side + 1) // 2
        params |= linear_params("discriminator.adv_layer", channels * side**2, 1)
        for name, width in norms.items():
            params |= norm_params(name, width)
        self.state = {**self.begin(params), "running": {name: running_statistics(width) for name, width in norms.items()}}

    def make(self, params, running, z):
        """Images, and the new running statistics."""
        x, moved = linear(params, "generator.l1", z).reshape(self.shape), {}
        x, moved["generator.norm0"] = batch_norm(params, running, "generator.norm0", x, 1e-5)
        for i in (1, 2):
            x = conv(params, f"generator.conv{i}", upsample(x), 1)
            x, moved[f"generator.norm{i}"] = batch_norm(params, running, f"generator.norm{i}", x, EPS)
            x = jax.nn.leaky_relu(x, SLOPE)
        return jnp.tanh(conv(params, "generator.conv3", x, 1)), {**running, **moved}

    def judge(self, params, running, key, x):
        """The probability that images are real, and the new running statistics."""
        moved = {}
        for i, of_dropout in enumerate(jax.random.split(key, self.count)):
            x = dropout2d(of_dropout, jax.nn.leaky_relu(conv(params, f"discriminator.conv{i}", x, 1, stride=2), SLOPE))
            if i > 0:
                name = f"discriminator.norm{i}"
                x, moved[name] = batch_norm(params, running, name, x, EPS)
        return jax.nn.sigmoid(linear(params, "discriminator.adv_layer", x.reshape(len(x), -1))), {**running, **moved}

    def step(self, state, inputs):
        def generator_loss(params, key):
            of_noise, of_dropout = jax.random.split(key)
            fake, running = self.make(params, state["running"], jax.random.normal(of_noise, self.noise))
            validity, running = self.judge(params, running, of_dropout, fake)
            return binary_cross_entropy(validity, 1), (running, fake)

        after, of_generator, fake = self.minimise_keeping("generator", generator_loss, state)

        def discriminator_loss(params, key):
            of_real, of_fake = jax.random.split(key)
            real_validity, running = self.judge(params, after["running"], of_real, inputs["real"])
            fake_validity, running = self.judge(params, running, of_fake, fake)
            return (binary_cross_entropy(real_validity, 1) + binary_cross_entropy(fake_validity, 0)) / 2, running

        after, of_discriminator = self.minimise("discriminator", discriminator_loss, after)
        return after, {"generator_loss": of_generator, "discriminator_loss": of_discriminator}
