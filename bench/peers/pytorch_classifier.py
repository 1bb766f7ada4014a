#!/usr/bin/env python3
"""The training step of a 784-1000-1000-10 classifier in PyTorch on the CPU: a contestant of `bench/compare.py --sweep`."""

import contestant

options = contestant.options(__doc__, {"fused": "fused Adam"})

import torch  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(options.threads)
torch.manual_seed(0)

model = nn.Sequential(nn.Linear(784, 1000), nn.ReLU(), nn.Linear(1000, 1000), nn.ReLU(), nn.Linear(1000, 10))
images, labels = (torch.from_numpy(array) for array in contestant.mnist(28))
batches = contestant.Batches(len(images), options.batch)
loss = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)


def step():
    rows = torch.from_numpy(next(batches))
    optimizer.zero_grad()
    value = loss(model(images[rows].to(torch.float32) / 255), labels[rows].long())
    value.backward()
    optimizer.step()
    return value.item()


contestant.serve(step)
