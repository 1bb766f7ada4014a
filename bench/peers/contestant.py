"""What every contestant shares: the options, the data, and the protocol.

A contestant prints `ready`; then for each line K on standard input it runs K training steps and prints the seconds that they took.
"""

import argparse
import gzip
import pathlib
import sys
import time

import numpy as np
from PIL import Image

MNIST = pathlib.Path(__file__).resolve().parents[2] / "data" / "mnist"
LR, B1, B2, SLOPE, BATCH_NORM_EPS = 0.0002, 0.5, 0.999, 0.2, 0.8
WARM_UP = 5  # steps before `ready`: compilation, and memory that is first touched
# The nets of bench/nets by name: the class that makes each, and its sizes where they are not that class's own.
NETS = {
    "mlp": ("Mlp", ()),
    "deep_mlp": ("Mlp", (64, 2048, (2048,) * 10)),
    "deep_mlp_1": ("Mlp", (1, 2048, (2048,) * 10)),
    "residual_mlp": ("ResidualMlp", ()),
    "lenet": ("Lenet", ()),
    "vae": ("Vae", ()),
    "wgan": ("Wgan", ()),
    "wgan_gp": ("WganGp", ()),
    "infogan": ("InfoGan", ()),
    "lstm": ("Lstm", ()),
    "lstm_200": ("Lstm", (64, 200)),
    "rnn": ("Rnn", ()),
    "dcgan": ("Dcgan", ()),
    "transformer": ("Transformer", ()),
    "layer_conv_5x5": ("ConvLayer", (32, 64, 5, 14)),
    "layer_conv_3x3": ("ConvLayer", (128, 64, 3, 32)),
    "layer_conv_3x3_stride_2": ("ConvLayer", (64, 128, 3, 32, 2)),
    "layer_conv_depthwise": ("ConvLayer", (64, 64, 3, 32, 1, 64)),
    "layer_matmul_64x1000x1000": ("MatmulLayer", (64, 1000, 1000)),
    "layer_matmul_7x333x129": ("MatmulLayer", (7, 333, 129)),
    "layer_matmul_1x4096x4096": ("MatmulLayer", (1, 4096, 4096)),
    "layer_attention": ("AttentionLayer", (16, 4, 64, 32)),
}


def options(description, variants):
    """The command line; `variants` maps names to what they mean, the first is the default. The sizes default to the report's."""
    widths = lambda text: [int(width) for width in text.split(",")]
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in variants.items())
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variant", choices=list(variants), default=next(iter(variants)), help=meanings)
    parser.add_argument("--batch", type=int, default=64, help="images a step")
    parser.add_argument("--n-classes", type=int, default=100)
    parser.add_argument("--latent-dim", type=int, default=100)
    parser.add_argument("--img-size", type=int, default=32, help="pixels a side")
    parser.add_argument("--dropout", type=float, default=0.4, help="probability")
    parser.add_argument("--generator", type=widths, default="128,256,512,1024", help="hidden widths")
    parser.add_argument("--discriminator", type=widths, default="512,512,512", help="hidden widths")
    return parser.parse_args()


def net_options(description):
    """The command line of a script that has all NETS."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--net", choices=list(NETS), required=True)
    return parser.parse_args()


def net_of(options, classes):
    """The net that the command line names, made by its class, which `classes` has by name."""
    name, sizes = NETS[options.net]
    return classes[name](*sizes)


def mnist(img_size):
    """The training set in memory: u8 images [60000, img_size * img_size], u8 labels [60000]."""
    pixels = gzip.open(MNIST / "train-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(MNIST / "train-labels-idx1-ubyte.gz").read()[8:]
    small = np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28)
    resize = lambda image: np.asarray(Image.fromarray(image).resize((img_size, img_size), Image.Resampling.BILINEAR))
    return np.stack([resize(image) for image in small]).reshape(len(small), -1), np.frombuffer(labels, np.uint8).copy()


class Batches:
    """Rows of one shuffled epoch after the other."""

    def __init__(self, count, batch):
        self.random, self.count, self.batch, self.at = np.random.default_rng(0), count, batch, count

    def __next__(self):
        if self.at + self.batch > self.count:
            self.order, self.at = self.random.permutation(self.count), 0
        self.at += self.batch
        return self.order[self.at - self.batch : self.at]


def serve(step, finish=lambda: None, answers=sys.stdout):
    """Answers until standard input ends. `finish` waits for what the last step left running."""

    def seconds(count):
        begin = time.perf_counter()
        for _ in range(count):
            step()
        finish()
        return time.perf_counter() - begin

    seconds(WARM_UP)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        print(seconds(int(line)), file=answers, flush=True)
