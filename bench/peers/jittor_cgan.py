#!/usr/bin/env python3
"""The training step of PyTorch-GAN's cgan.py in Jittor on the CPU; scripts/jittor.sh sets Jittor up.

Jittor compiles itself when it first starts (minutes; needs g++ and Python's headers), and each operator when it first meets its shapes.
"""

import os

import contestant

options = contestant.options(__doc__, {"jittor": "the step as cgan.py is written"})
os.environ.setdefault("nvcc_path", "")
os.environ["OMP_NUM_THREADS"] = str(options.threads)
# Jittor writes its compiler's progress to standard output: it goes to standard error, and the answers go where they should.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import jittor as jt  # noqa: E402
import numpy as np  # noqa: E402
from jittor import nn  # noqa: E402

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
            layers.append(nn.LeakyReLU(contestant.SLOPE))
            width = out
        self.model = nn.Sequential(*layers, nn.Linear(width, PIXELS), nn.Tanh())

    def execute(self, z, labels):
        return self.model(jt.concat((self.label_emb(labels), z), dim=1))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.label_embedding = nn.Embedding(options.n_classes, options.n_classes)
        layers, width = [], PIXELS + options.n_classes
        for i, out in enumerate(options.discriminator):
            layers.append(nn.Linear(width, out))
            if i > 0:
                layers.append(nn.Dropout(options.dropout))
            layers.append(nn.LeakyReLU(contestant.SLOPE))
            width = out
        self.model = nn.Sequential(*layers, nn.Linear(width, 1))

    def execute(self, images, labels):
        return self.model(jt.concat((images, self.label_embedding(labels)), dim=1))


generator, discriminator = Generator(), Discriminator()
images, labels = contestant.mnist(options.img_size)
batches = contestant.Batches(len(images), options.batch)
loss = nn.MSELoss()
valid, fake = jt.ones((options.batch, 1)).stop_grad(), jt.zeros((options.batch, 1)).stop_grad()
adam = lambda net: nn.Adam(net.parameters(), lr=contestant.LR, betas=(contestant.B1, contestant.B2))
optimizer_g, optimizer_d = adam(generator), adam(discriminator)


def step():
    rows = next(batches)
    real = (jt.array(images[rows]).float32() / 255 - 0.5) / 0.5
    real_labels = jt.array(labels[rows].astype(np.int32))
    z = jt.array(np.random.normal(0, 1, (options.batch, options.latent_dim)).astype(np.float32))
    gen_labels = jt.array(np.random.randint(0, options.n_classes, options.batch).astype(np.int32))

    made = generator(z, gen_labels)
    optimizer_g.step(loss(discriminator(made, gen_labels), valid))

    real_loss = loss(discriminator(real, real_labels), valid)
    fake_loss = loss(discriminator(made.detach(), gen_labels), fake)
    optimizer_d.step((real_loss + fake_loss) / 2)
    jt.sync_all(True)


contestant.serve(step, answers=answers)
