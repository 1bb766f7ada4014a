"""What the tests of a run's life share: an undisturbed run to compare with, and its checkpoints."""

import json
import shutil
import struct
import subprocess
import time

from kills import differences
from support import PROGRAM, SMALL_NET, CliTest, write_idx

STEPS, SAMPLES, TESTS, CHECKPOINTS = 23, 5, 4, 10
COURSE = ["--steps", STEPS, "--sample_interval", SAMPLES, "--test_interval", TESTS, "--checkpoint_interval", CHECKPOINTS]
ENDLESS = ["--steps", 100000000, "--sample_interval", 50, "--checkpoint_interval", 50]


def read_checkpoint(file):
    """Header and data of a safetensors file."""
    data = file.read_bytes()
    length = struct.unpack("<q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def write_checkpoint(file, header, data):
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<q", len(text)) + text + data)


def foreign(header):
    """The header as a program writes it that knows nothing of checksums."""
    metadata = {key: value for key, value in header["__metadata__"].items() if key in ("format", "step", "config")}
    return {**header, "__metadata__": metadata}


def last(run):
    return run / "checkpoints" / "last"


def step_of(run):
    return int(read_checkpoint(last(run))[0]["__metadata__"]["step"])


class LifeTest(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write_idx(cls.data, pictures=40, split="t10k")
        cls.undisturbed = cls.folder / "undisturbed"
        subprocess.run(cls.command(cls.undisturbed), check=True, **cls.how())

    @classmethod
    def how(cls):
        return {"env": cls.environment, "cwd": cls.folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    @classmethod
    def command(cls, run, course=COURSE):
        return [PROGRAM, *map(str, ["train", *SMALL_NET, "--data", cls.data, "--threads", 1, *course, "--out", run])]

    def copy(self, name):
        """A finished run of its own."""
        run = self.folder / name
        shutil.copytree(self.undisturbed, run, symlinks=True)
        return run

    def resume(self, run, *options):
        return self.succeed("train", "--resume", run, *options)

    def finish(self, run):
        """Goes on with the run, or begins it if it was killed before it had a configuration."""
        if (run / "config.json").exists():
            return self.resume(run)
        return self.succeed(*self.command(run)[1:])

    def assert_undisturbed(self, run):
        self.assertEqual(differences(run, self.undisturbed), [])

    def until(self, holds, what):
        deadline = time.monotonic() + 120
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.01)

    def endless(self, name, *options, **how):
        """A run that has begun to train and does not end by itself."""
        run = self.folder / name
        process = self.start(*self.command(run, [*ENDLESS, *options])[1:], **how)
        self.until(lambda: last(run).exists() or process.poll() is not None, "no checkpoint")
        return run, process
