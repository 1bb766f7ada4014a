#!/usr/bin/env python3
"""Training steps of the nets of bench/nets in PyTorch on the CPU, eager, with fused Adam: contestants of `bench/compare.py --models`.

A net's sizes, params, losses and random numbers are those of the file of its name in bench/nets. `step` is one training step; it returns the losses, by name.
"""

import contestant
import torch
from pytorch_layers import AttentionLayer, ConvLayer, MatmulLayer
from torch import nn
from torch.nn import functional as F

CLASSES = 10
SLOPE, GAN_LR, GAN_BETAS = contestant.SLOPE, contestant.LR, (contestant.B1, contestant.B2)


def parameters(*modules):
    return [parameter for module in modules for parameter in module.parameters()]


def update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


class Classifier(nn.Module):
    """What nets with a softmax share: `forward` gives the logits of `x`."""

    def begin(self, x, labels):
        self.x, self.labels = x, labels
        self.optimizer = torch.optim.Adam(self.parameters(), fused=True)

    def step(self):
        return {"loss": update(self.optimizer, F.cross_entropy(self(self.x), self.labels))}


class Mlp(Classifier):
    def __init__(self, batch=4096, inputs=784, widths=(512, 512, 512)):
        super().__init__()
        layers, width = [], inputs
        for out in widths:
            layers += [nn.Linear(width, out), nn.ReLU()]
            width = out
        self.model = nn.Sequential(*layers, nn.Linear(width, CLASSES))
        self.begin(torch.rand(batch, inputs), torch.randint(CLASSES, (batch,)))

    def forward(self, x):
        return self.model(x)


class ResidualMlp(Classifier):
    def __init__(self, batch=64, width=256, blocks=50):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.head = nn.Linear(width, CLASSES)
        self.begin(torch.rand(batch, width), torch.randint(CLASSES, (batch,)))

    def forward(self, x):
        for block in self.blocks:
            x = x + F.relu(block(x))
        return self.head(x)


class Lenet(Classifier):
    def __init__(self, batch=64, side=28, features=(32, 64), hidden=128):
        super().__init__()
        layers, channels = [], 1
        for out in features:
            layers += [nn.Conv2d(channels, out, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
            channels, last = out, side // 2 ** len(features)
        head = [nn.Flatten(), nn.Linear(channels * last**2, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES)]
        self.model = nn.Sequential(*layers, *head)
        self.begin(torch.rand(batch, 1, side, side), torch.randint(CLASSES, (batch,)))

    def forward(self, x):
        return self.model(x)


class Lstm(Classifier):
    def __init__(self, batch=64, steps=16, inputs=128, hidden=256):
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden)
        self.head = nn.Linear(hidden, CLASSES)
        self.begin(torch.rand(steps, batch, inputs), torch.randint(CLASSES, (batch,)))

    def forward(self, x):
        return self.head(self.lstm(x)[0][-1])


class Rnn(Classifier):
    def __init__(self, batch=64, steps=200, inputs=64, hidden=128):
        super().__init__()
        self.rnn = nn.RNN(inputs, hidden)
        self.head = nn.Linear(hidden, CLASSES)
        self.begin(torch.rand(steps, batch, inputs), torch.randint(CLASSES, (batch,)))

    def forward(self, x):
        return self.head(self.rnn(x)[0][-1])


class Transformer(nn.Module):
    def __init__(self, batch=16, context=64, width=128, heads=4, blocks=1, vocabulary=65):
        super().__init__()
        self.token, self.place = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        block = lambda: nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0, activation="gelu", batch_first=True)
        self.blocks, self.head = nn.ModuleList(block() for _ in range(blocks)), nn.Linear(width, vocabulary)
        self.tokens = torch.randint(CLASSES, (batch, context + 1))
        self.mask = nn.Transformer.generate_square_subsequent_mask(context)
        self.optimizer = torch.optim.Adam(self.parameters(), fused=True)

    def forward(self, tokens):
        x = self.token(tokens) + self.place.weight
        for block in self.blocks:
            x = block(x, self.mask, is_causal=True)
        return self.head(x)

    def step(self):
        logits, following = self(self.tokens[:, :-1]), self.tokens[:, 1:]
        return {"loss": update(self.optimizer, F.cross_entropy(logits.flatten(0, 1), following.flatten()))}


class Vae(nn.Module):
    def __init__(self, batch=128, pixels=784, hidden=400, latent=20):
        super().__init__()
        self.encoder = nn.Linear(pixels, hidden)
        self.mean, self.log_variance = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.decoder, self.logits = nn.Linear(latent, hidden), nn.Linear(hidden, pixels)
        self.x = torch.rand(batch, pixels)
        self.optimizer = torch.optim.Adam(self.parameters(), fused=True)

    def step(self):
        hidden = F.relu(self.encoder(self.x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.randn(mean.shape) * torch.exp(0.5 * log_variance)
        logits = self.logits(F.relu(self.decoder(z)))
        reconstruction = F.binary_cross_entropy_with_logits(logits, self.x, reduction="sum")
        divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        return {"loss": update(self.optimizer, (reconstruction + divergence) / len(self.x))}


def generator(inputs, widths, pixels):
    layers, width = [], inputs
    for i, out in enumerate(widths):
        layers.append(nn.Linear(width, out))
        if i > 0:
            layers.append(nn.BatchNorm1d(out, contestant.BATCH_NORM_EPS))
        layers.append(nn.LeakyReLU(SLOPE, inplace=True))
        width = out
    return nn.Sequential(*layers, nn.Linear(width, pixels), nn.Tanh())


def critic_layers(inputs, widths):
    layers, width = [], inputs
    for out in widths:
        layers += [nn.Linear(width, out), nn.LeakyReLU(SLOPE, inplace=True)]
        width = out
    return layers


def adam(params):
    return torch.optim.Adam(params, lr=GAN_LR, betas=GAN_BETAS, fused=True)


class Wgan(nn.Module):
    LIMIT = 0.01

    def __init__(self, batch=64, latent=100, pixels=32 * 32, widths=(128, 256, 512, 1024), critic=(512, 256), critic_runs=5):
        super().__init__()
        self.generator = generator(latent, widths, pixels)
        self.critic = nn.Sequential(*critic_layers(pixels, critic), nn.Linear(critic[-1], 1))
        self.real, self.noise, self.critic_runs = torch.rand(batch, pixels), (batch, latent), critic_runs
        self.of_generator, self.of_critic = (self.optimizer(net.parameters()) for net in (self.generator, self.critic))

    def optimizer(self, params):
        return torch.optim.RMSprop(params, lr=5e-5)

    def fakes(self):
        with torch.no_grad():
            return self.generator(torch.randn(self.noise))

    def critic_step(self):
        loss = self.critic(self.fakes()).mean() - self.critic(self.real).mean()
        found = update(self.of_critic, loss)
        with torch.no_grad():
            torch._foreach_clamp_min_(list(self.critic.parameters()), -self.LIMIT)
            torch._foreach_clamp_max_(list(self.critic.parameters()), self.LIMIT)
        return found

    def generator_step(self):
        self.critic.requires_grad_(False)
        loss = update(self.of_generator, -self.critic(self.generator(torch.randn(self.noise))).mean())
        self.critic.requires_grad_(True)
        return loss

    def step(self):
        for _ in range(self.critic_runs):
            critic_loss = self.critic_step()
        return {"critic_loss": critic_loss, "generator_loss": self.generator_step()}


class WganGp(Wgan):
    PENALTY = 10

    def optimizer(self, params):
        return adam(params)

    def critic_step(self):
        fake = self.fakes()
        share = torch.rand(len(fake), 1)
        between = (share * self.real + (1 - share) * fake).requires_grad_(True)
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        penalty = ((slope.norm(2, dim=1) - 1) ** 2).mean()
        return update(self.of_critic, self.critic(fake).mean() - self.critic(self.real).mean() + self.PENALTY * penalty)


class InfoGan(nn.Module):
    CLASS_WEIGHT, CODE_WEIGHT = 1, 0.1

    def __init__(self, batch=64, latent=62, code=2, pixels=32 * 32, widths=(128, 256, 512, 1024), discriminator=(512, 256)):
        super().__init__()
        self.generator = generator(latent + CLASSES + code, widths, pixels)
        self.trunk = nn.Sequential(*critic_layers(pixels, discriminator))
        self.validity, self.label, self.code = (nn.Linear(discriminator[-1], out) for out in (1, CLASSES, code))
        self.real, self.noise, self.codes = torch.rand(batch, pixels), (batch, latent), (batch, code)
        self.one, self.zero = torch.ones(batch, 1), torch.zeros(batch, 1)
        self.of_generator = adam(self.generator.parameters())
        self.of_discriminator = adam(parameters(self.trunk, self.validity))
        self.of_info = adam(parameters(self.generator, self.trunk, self.label, self.code))

    def make(self):
        """Images, and the labels and codes that they were made of."""
        noise, labels = torch.randn(self.noise), torch.randint(CLASSES, (self.noise[0],))
        codes = torch.rand(self.codes) * 2 - 1
        return self.generator(torch.cat((noise, F.one_hot(labels, CLASSES).float(), codes), 1)), labels, codes

    def judge(self, images):
        return self.validity(self.trunk(images))

    def generator_step(self):
        self.trunk.requires_grad_(False), self.validity.requires_grad_(False)
        loss = update(self.of_generator, F.mse_loss(self.judge(self.make()[0]), self.one))
        self.trunk.requires_grad_(True), self.validity.requires_grad_(True)
        return loss

    def discriminator_step(self):
        with torch.no_grad():
            fake = self.make()[0]
        loss = F.mse_loss(self.judge(self.real), self.one) + F.mse_loss(self.judge(fake), self.zero)
        return update(self.of_discriminator, loss / 2)

    def info_step(self):
        images, labels, codes = self.make()
        seen = self.trunk(images)
        loss = self.CLASS_WEIGHT * F.cross_entropy(self.label(seen), labels) + self.CODE_WEIGHT * F.mse_loss(self.code(seen), codes)
        return update(self.of_info, loss)

    def step(self):
        return {"generator_loss": self.generator_step(), "discriminator_loss": self.discriminator_step(), "info_loss": self.info_step()}


class DcganGenerator(nn.Module):
    def __init__(self, latent, side, wide, narrow):
        super().__init__()
        self.shape = (wide, side // 4, side // 4)
        self.l1 = nn.Sequential(nn.Linear(latent, wide * (side // 4) ** 2))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(wide),
            *self.block(wide, wide),
            *self.block(wide, narrow),
            nn.Conv2d(narrow, 1, 3, padding=1),
            nn.Tanh(),
        )

    def block(self, inputs, out):
        norm = nn.BatchNorm2d(out, contestant.BATCH_NORM_EPS)
        return nn.Upsample(scale_factor=2), nn.Conv2d(inputs, out, 3, padding=1), norm, nn.LeakyReLU(SLOPE, inplace=True)

    def forward(self, z):
        return self.conv_blocks(self.l1(z).view(len(z), *self.shape))


class DcganDiscriminator(nn.Module):
    DROPPED = 0.25

    def __init__(self, side, features):
        super().__init__()
        layers, channels = [], 1
        for out in features:
            layers += [nn.Conv2d(channels, out, 3, stride=2, padding=1), nn.LeakyReLU(SLOPE, inplace=True), nn.Dropout2d(self.DROPPED)]
            if channels > 1:
                layers.append(nn.BatchNorm2d(out, contestant.BATCH_NORM_EPS))
            channels, side = out, (side + 1) // 2
        self.model, self.adv_layer = nn.Sequential(*layers), nn.Sequential(nn.Linear(channels * side**2, 1), nn.Sigmoid())

    def forward(self, images):
        return self.adv_layer(self.model(images).flatten(1))


class Dcgan(nn.Module):
    def __init__(self, batch=64, latent=100, side=32, wide=128, narrow=64, features=(16, 32, 64, 128)):
        super().__init__()
        self.generator, self.discriminator = DcganGenerator(latent, side, wide, narrow), DcganDiscriminator(side, features)
        self.real, self.noise = torch.rand(batch, 1, side, side), (batch, latent)
        self.one, self.zero = torch.ones(batch, 1), torch.zeros(batch, 1)
        self.of_generator, self.of_discriminator = (adam(net.parameters()) for net in (self.generator, self.discriminator))

    def generator_step(self, fake):
        self.discriminator.requires_grad_(False)
        loss = update(self.of_generator, F.binary_cross_entropy(self.discriminator(fake), self.one))
        self.discriminator.requires_grad_(True)
        return loss

    def discriminator_step(self, fake):
        real_loss = F.binary_cross_entropy(self.discriminator(self.real), self.one)
        return update(self.of_discriminator, (real_loss + F.binary_cross_entropy(self.discriminator(fake), self.zero)) / 2)

    def step(self):
        fake = self.generator(torch.randn(self.noise))
        return {"generator_loss": self.generator_step(fake), "discriminator_loss": self.discriminator_step(fake.detach())}


if __name__ == "__main__":
    options = contestant.net_options(__doc__)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    contestant.serve(contestant.net_of(options, globals()).step)
