"""What would spoil a run's folder, or cannot be a run, is refused, and leaves everything as it was."""

import fcntl
import json
import os
import random
import shutil
import struct
import subprocess
import unittest

from life import SAMPLES, LifeTest, foreign, last, read_checkpoint, step_of, write_checkpoint
from support import SMALL_NET, write_idx


class Refusal(LifeTest):
    def test_two_at_once(self):
        run = self.copy("taken")
        descriptor = os.open(run, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self.refuse("train", "--resume", run, because="another training is at work")
        self.refuse(*self.command(run)[1:], because="another training is at work")
        os.close(descriptor)
        self.resume(run)
        self.assert_undisturbed(run)

    def test_two_at_once_for_true(self):
        run, process = self.endless("twice")
        self.refuse("train", "--resume", run, because="another training is at work")
        self.refuse(*self.command(run)[1:], because="another training is at work")
        process.kill()
        process.communicate()
        self.resume(run, "--steps", step_of(run) + 1)

    def test_a_start_that_fails_leaves_the_folder_as_it_was(self):
        bad, run = self.folder / "bad_data", self.folder / "second_try"
        write_idx(bad)
        pictures = bad / "train-images-idx3-ubyte"
        pictures.write_bytes(pictures.read_bytes()[:-5])
        self.refuse("train", *SMALL_NET, "--data", bad, "--out", run, because="train-images")
        self.succeed(*self.command(run)[1:])
        self.assert_undisturbed(run)

    def test_other_numbers(self):
        run = self.copy("changed")
        for option, value, reason in [
            ("--seed", 2, "seed is 2, not 1"),
            ("--lr", 0.001, "lr is 0.001, not 0.0002"),
            ("--batch_size", 8, "batch_size is 8, not 16"),
            ("--dropout", 0.1, "dropout is 0.1"),
            ("--preset", "report", "n_classes is 100, not 10"),
        ]:
            self.refuse("train", "--resume", run, "--steps", 30, option, value, because=reason)
        config = json.loads((run / "config.json").read_text())
        (run / "config.json").write_text(json.dumps({**config, "seed": 5}))
        self.refuse("train", "--resume", run, because="seed is 5, not 1")

    def test_other_data(self):
        run, other, moved = self.copy("other_data"), self.folder / "other", self.folder / "moved"
        write_idx(other)
        labels = other / "train-labels-idx1-ubyte"
        labels.write_bytes(labels.read_bytes()[:-2] + bytes([9, 1]))
        shutil.copytree(self.data, moved)
        self.refuse("train", "--resume", run, "--steps", 30, "--data", other, because="the data are 72 pictures")
        write_idx(other, pictures=80)
        self.refuse("train", "--resume", run, "--steps", 30, "--data", other, because="the data are 80 pictures")
        self.assertEqual(json.loads((run / "config.json").read_text())["data"], str(self.data))
        self.resume(run, "--steps", 30, "--data", moved)

    def test_what_may_change(self):
        run, whole = self.copy("may_change"), self.folder / "as_one"
        self.resume(run, "--steps", 40, "--threads", 2, "--checkpoint_interval", 8)
        subprocess.run(self.command(whole, ["--steps", 40, "--sample_interval", SAMPLES]), check=True, **self.how())
        self.assertEqual(read_checkpoint(last(run))[1], read_checkpoint(last(whole))[1])
        self.assertEqual((run / "losses.csv").read_text(), (whole / "losses.csv").read_text())
        kept = sorted(path.name[:6] for path in (run / "checkpoints").glob("0*"))
        self.assertEqual(kept, ["000010", "000020", "000024", "000032", "000040"])

    def test_every_flipped_bit(self):
        whole = last(self.undisturbed).read_bytes()
        file, places = self.folder / "flipped.safetensors", random.Random(5)
        length = 8 + struct.unpack("<q", whole[:8])[0]
        key = whole.index(b'"checksum"')
        chosen = [places.randrange(length) for _ in range(12)] + [places.randrange(length, len(whole)) for _ in range(12)] + [key + 3, key + 15]
        for place in chosen:
            with self.subTest(place=place):
                flipped = bytearray(whole)
                flipped[place] ^= 1 << places.randrange(8)
                file.write_bytes(flipped)
                self.refuse("sample", "--checkpoint", file, because="flipped.safetensors")

    def test_files_of_others_load_without_a_checksum(self):
        header, data = read_checkpoint(last(self.undisturbed))
        file = self.folder / "foreign.safetensors"
        write_checkpoint(file, foreign(header), data)
        self.succeed("sample", "--checkpoint", file, "--out", self.folder / "foreign.png")
        write_checkpoint(file, {**header, "__metadata__": {**header["__metadata__"], "note": "mine"}}, data)
        self.refuse("sample", "--checkpoint", file, because="'note'")

    def test_steps_that_cannot_be(self):
        header, data = read_checkpoint(last(self.undisturbed))
        file, run = self.folder / "steps.safetensors", self.copy("steps")
        for step in ["9223372036854775807", "99999999999999999999", "-1", "1000000001", "x", ""]:
            changed = foreign(header)
            changed["__metadata__"]["step"] = step
            write_checkpoint(file, changed, data)
            self.refuse("sample", "--checkpoint", file, because=f"'{step}'")
            shutil.copy(file, run / "checkpoints" / "000023.safetensors")
            self.refuse("train", "--resume", run, because=f"'{step}'")
        self.assertEqual((run / "losses.csv").read_text(), (self.undisturbed / "losses.csv").read_text())

    def test_more_steps_than_can_be_counted(self):
        large = self.folder / "large"
        write_idx(large, pictures=20000, side=1)
        self.refuse("train", *SMALL_NET, "--data", large, "--n_epochs", 1000000, because="n_epochs: 1000000 epochs of 1250 steps")

    def test_numbers_that_are_none(self):
        header, data = read_checkpoint(last(self.undisturbed))
        name = "generator.model.0.weight"
        for value in (float("nan"), float("inf")):
            begin = header[name]["data_offsets"][0] + 8
            spoilt = data[:begin] + struct.pack("<f", value) + data[begin + 4 :]
            file, run = self.folder / "spoilt.safetensors", self.folder / f"spoilt{value}"
            for metadata in (foreign(header), header):
                write_checkpoint(file, metadata, spoilt)
                self.refuse("sample", "--checkpoint", file, because=f"{name} is not finite")
            shutil.copytree(self.undisturbed, run, symlinks=True)
            shutil.copy(file, run / "checkpoints" / "000023.safetensors")
            self.refuse("train", "--resume", run, because=f"{name} is not finite")


if __name__ == "__main__":
    unittest.main()
