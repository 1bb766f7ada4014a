"""What the tests of the command line share: the program, a small data set and a small net."""

import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["CGAN_JIT"]
SOURCE_DIR = pathlib.Path(os.environ["SOURCE_DIR"])
SMALL_NET = "--img_size 8 --n_classes 10 --latent_dim 9 --generator_widths 16,24 --discriminator_widths 24,16,16 --batch_size 16".split()
PICTURES = 72  # four batches of 16 and a last one of 8


def write_idx(folder, pictures=PICTURES, side=8, classes=10, split="train", seed=1):
    """A data set of random pictures whose labels go round; `split` may be t10k, for the test images."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = random.Random(seed)
    pixels = bytes(noise.randrange(256) for _ in range(pictures * side * side))
    labels = bytes(i % classes for i in range(pictures))
    (folder / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, pictures, side, side) + pixels)
    (folder / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, pictures) + labels)


class CliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="cgan_jit_test_"))
        cls.data = cls.folder / "data"
        write_idx(cls.data)
        cls.environment = {**os.environ, "XDG_CACHE_HOME": str(cls.folder / "cache")}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def start(self, *arguments, **how):
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)], env=self.environment, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how
        )

    def run_program(self, *arguments, text=None):
        process = self.start(*arguments)
        process.output, process.errors = process.communicate(text)
        return process

    def succeed(self, *arguments, text=None):
        done = self.run_program(*arguments, text=text)
        self.assertEqual(done.returncode, 0, done.errors)
        return done.output

    def refuse(self, *arguments, because, code=2, text=None):
        """The program ends with one line that says why."""
        done = self.run_program(*arguments, text=text)
        self.assertEqual(done.returncode, code, done.output + done.errors)
        self.assertIn(because, done.errors)
        self.assertEqual(len(done.errors.strip().splitlines()), 1, done.errors)

    def train(self, name, *options):
        """Trains the small net in a new folder, which is returned."""
        run = self.folder / name
        self.succeed("train", *SMALL_NET, "--data", self.data, "--out", run, *options)
        return run
