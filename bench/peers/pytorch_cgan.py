#!/usr/bin/env python3
"""The training step of PyTorch-GAN's cgan.py in PyTorch on the CPU: a contestant of `make bench`."""

import contestant

VARIANTS = {
    "frozen": "D's weights without gradients in G's step, and fused Adam: the fastest",
    "cgan": "as cgan.py is written",
    "compile": "as frozen, through torch.compile",
}
options = contestant.options(__doc__, VARIANTS)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(options.threads)
torch.manual_seed(0)
PIXELS = options.img_size * options.img_size


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.label_emb = nn.Embedding(options.n_classes, options.n_classes)
        layers, width = [], options.n_classes + options.latent_dim
        for i, out in enumerate(options.generator):
            layers.append(nn.Linear(width, out))
            if i > 0:
                layers.append(nn.BatchNorm1d(out, contestant.BATCH_NORM_EPS))
            layers.append(nn.LeakyReLU(contestant.SLOPE, inplace=True))
            width = out
        self.model = nn.Sequential(*layers, nn.Linear(width, PIXELS), nn.Tanh())

    def forward(self, z, labels):
        return self.model(torch.cat((self.label_emb(labels), z), -1))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.label_embedding = nn.Embedding(options.n_classes, options.n_classes)
        layers, width = [], PIXELS + options.n_classes
        for i, out in enumerate(options.discriminator):
            layers.append(nn.Linear(width, out))
            if i > 0:
                layers.append(nn.Dropout(options.dropout))
            layers.append(nn.LeakyReLU(contestant.SLOPE, inplace=True))
            width = out
        self.model = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, images, labels):
        return self.model(torch.cat((images, self.label_embedding(labels)), -1))


generator, discriminator = Generator(), Discriminator()
images, labels = (torch.from_numpy(array) for array in contestant.mnist(options.img_size))
batches = contestant.Batches(len(images), options.batch)
loss = nn.MSELoss()
valid, fake = torch.ones(options.batch, 1), torch.zeros(options.batch, 1)
frozen = options.variant != "cgan"
adam = lambda net: torch.optim.Adam(net.parameters(), lr=contestant.LR, betas=(contestant.B1, contestant.B2), fused=frozen)
optimizer_g, optimizer_d = adam(generator), adam(discriminator)
if options.variant == "compile":
    run_generator, run_discriminator = torch.compile(generator), torch.compile(discriminator)
else:
    run_generator, run_discriminator = generator, discriminator


def step():
    rows = torch.from_numpy(next(batches))
    real = (images[rows].to(torch.float32) / 255 - 0.5) / 0.5
    real_labels = labels[rows].long()

    optimizer_g.zero_grad()
    z = torch.from_numpy(np.random.normal(0, 1, (options.batch, options.latent_dim)).astype(np.float32))
    gen_labels = torch.from_numpy(np.random.randint(0, options.n_classes, options.batch))
    made = run_generator(z, gen_labels)
    if frozen:
        discriminator.requires_grad_(False)
    g_loss = loss(run_discriminator(made, gen_labels), valid)
    g_loss.backward()
    if frozen:
        discriminator.requires_grad_(True)
    optimizer_g.step()

    optimizer_d.zero_grad()
    real_loss = loss(run_discriminator(real, real_labels), valid)
    fake_loss = loss(run_discriminator(made.detach(), gen_labels), fake)
    d_loss = (real_loss + fake_loss) / 2
    d_loss.backward()
    optimizer_d.step()
    return g_loss.item(), d_loss.item()


contestant.serve(step)
