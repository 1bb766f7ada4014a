"""Losses of the test images: what `test` and a run that tests itself say of them."""

import fcntl
import json
import os
import random
import shutil
import signal
import struct
import unittest

from support import SMALL_NET, CliTest, write_idx

COURSE = ["--steps", 23, "--sample_interval", 0, "--checkpoint_interval", 5, "--threads", 1]
HEADING = "step,epoch,d_loss,g_loss"


def lines_of(run):
    """The lines of test_losses.csv by their steps, after its heading."""
    lines = (run / "test_losses.csv").read_text().splitlines()
    assert lines[0] == HEADING, lines[0]
    return {int(line.split(",")[0]): line for line in lines[1:]}


def tensors(checkpoint):
    data = checkpoint.read_bytes()
    return data[8 + struct.unpack("<q", data[:8])[0] :]


def write_test_images(data, pictures, **how):
    write_idx(data, pictures=pictures, split="t10k", **how)


def write_many_test_images(data, pictures):
    """So many that a test takes long enough to be interrupted."""
    write_idx(data)
    (data / "t10k-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, pictures, 8, 8) + random.Random(2).randbytes(pictures * 64))
    (data / "t10k-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, pictures) + bytes(pictures))


class TestImages(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write_test_images(cls.data, pictures=40)

    def train_on(self, data, name, *options):
        run = self.folder / name
        return run, self.succeed("train", *SMALL_NET, "--data", data, "--out", run, *options)

    def assert_charts(self, run):
        chart = (run / "test_losses.svg").read_text()
        for word in ["Losses of the test images", "discriminator", "generator", "step"]:
            self.assertIn(f">{word}<", chart)
        self.assertEqual((run / "test_losses.png").read_bytes()[:4], b"\x89PNG")


class WhileTraining(TestImages):
    def test_a_line_after_each_epoch_or_as_often_as_asked_for(self):
        for interval, expected in [(None, {5: 1, 10: 2, 15: 3, 20: 4}), (7, {7: 2, 14: 3, 21: 5}), (23, {23: 5}), (24, {})]:
            options = [] if interval is None else ["--test-interval", interval]
            run = self.train(f"interval{interval}", *COURSE, *options)
            self.assertEqual({step: int(line.split(",")[1]) for step, line in lines_of(run).items()}, expected)
            if expected:
                self.assert_charts(run)
            else:
                self.assertFalse((run / "test_losses.svg").exists())
            self.assertEqual(json.loads((run / "config.json").read_text())["test_interval"], interval or -1)
        never = self.train("never", *COURSE, "--test_interval", 0)
        self.assertEqual([path.name for path in never.glob("test_losses*")], [])

    def test_it_changes_nothing_that_the_run_computes(self):
        course = ["--steps", 23, "--sample_interval", 5, "--checkpoint_interval", 5, "--threads", 1]
        without, within = (self.train(f"changes{interval}", *course, "--test-interval", interval) for interval in (0, 2))
        self.assertEqual(len(lines_of(within)), 11)
        self.assertEqual((without / "losses.csv").read_text(), (within / "losses.csv").read_text())
        for folder, read in [("checkpoints", tensors), ("samples", lambda file: file.read_bytes())]:
            names = sorted(path.name for path in (without / folder).iterdir())
            self.assertEqual(names, sorted(path.name for path in (within / folder).iterdir()))
            for name in names:
                self.assertEqual(read(without / folder / name), read(within / folder / name), name)

    def test_a_run_without_usable_test_images_trains_and_says_so(self):
        write_idx(self.folder / "none")
        wrong = self.folder / "wrong"
        write_idx(wrong)
        write_test_images(wrong, pictures=40, classes=12)
        cut = self.folder / "cut"
        shutil.copytree(self.data, cut)
        pictures = cut / "t10k-images-idx3-ubyte"
        pictures.write_bytes(pictures.read_bytes()[:-1])
        for name, reason in [("none", "t10k-images-idx3-ubyte"), ("wrong", "label 10"), ("cut", "ends after")]:
            run, output = self.train_on(self.folder / name, f"{name}_run", *COURSE)
            said = [line for line in output.splitlines() if line.startswith("no test losses: ")]
            self.assertEqual(len(said), 1, output)
            self.assertIn(reason, said[0])
            self.assertFalse((run / "test_losses.csv").exists())
            self.refuse("test", "--run", run, because=reason)

    def test_an_interrupted_test_is_made_up_for(self):
        data = self.folder / "long"
        write_many_test_images(data, 400_000)
        course = ["--steps", 6, "--sample_interval", 0, "--test_interval", 3, "--threads", 1]
        (whole, _), run = self.train_on(data, "long_whole", *course), self.folder / "long_run"
        process = self.start("train", *SMALL_NET, "--data", data, "--out", run, *course)
        while not (run / "losses.csv").exists() or (run / "losses.csv").read_text().count("\n") < 4:
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, errors)
        self.assertLess(len(lines_of(run)), 2)
        self.succeed("train", "--resume", run)
        self.assertEqual((run / "test_losses.csv").read_text(), (whole / "test_losses.csv").read_text())


class OfCheckpoints(TestImages):
    def test_says_what_the_run_said_itself(self):
        seven = self.folder / "seven"
        write_idx(seven, classes=7)
        write_test_images(seven, pictures=41, classes=7)
        tips = ["--loss", "bce", "--g-dropout", "0.5", "--embedding", "4", "--smooth-labels", "0.1"]
        for name, data, options in [("plain", self.data, []), ("dataset", seven, ["--gen-labels", "dataset"]), ("tips", self.data, tips)]:
            with self.subTest(name):
                run, _ = self.train_on(data, f"said_{name}", *COURSE, *options)
                said = lines_of(run)
                for chart in run.glob("test_losses.*"):
                    chart.unlink()
                self.succeed("test", "--run", run, "--all")
                found = lines_of(run)
                self.assertEqual(list(found), [5, 10, 15, 20, 23])
                self.assertEqual({step: found[step] for step in said}, said)
                self.assertEqual(found[23].split(",")[1], "5")
                self.assert_charts(run)

    def test_a_line_replaces_that_of_its_step(self):
        run = self.train("replaced", *COURSE, "--test-interval", 0)
        self.assertIn("step 23, 40 test images: D ", self.succeed("test", "--run", run))
        last = lines_of(run)
        self.assertEqual(list(last), [23])
        self.assert_charts(run)
        (run / "test_losses.csv").write_text(f"{HEADING}\n7,2,1,1\n10,9,9,9\n15,3,")
        self.succeed("test", "--run", run, "--checkpoint", 10)
        self.succeed("test", "--run", run)
        found = lines_of(run)
        self.assertEqual(list(found), [7, 10, 23])
        self.assertEqual((found[7], found[23]), ("7,2,1,1", last[23]))
        self.assertRegex(found[10], r"^10,2,0\.")

    def test_equal_at_any_thread_count(self):
        run = self.train("threads", *COURSE, "--test-interval", 0)
        found = []
        for options in [["--threads", 1], ["--threads", 2], ["--threads", 5], ["--cpu", "x86-64-v3"], ["--checked"]]:
            self.succeed("test", "--run", run, "--all", *options)
            found.append((run / "test_losses.csv").read_bytes())
        self.assertEqual(found, [found[0]] * 5)

    def test_few_test_images(self):
        for pictures in (1, 15, 16, 17):
            data = self.folder / f"few{pictures}"
            write_idx(data)
            write_test_images(data, pictures=pictures)
            run, _ = self.train_on(data, f"few{pictures}_run", *COURSE)
            said = lines_of(run)
            self.assertEqual(list(said), [5, 10, 15, 20])
            self.succeed("test", "--run", run, "--checkpoint", 15)
            self.assertEqual(lines_of(run), said)

    def test_wrong_wishes_are_refused(self):
        run = self.train("wrong", *COURSE, "--test-interval", 0)
        self.refuse("test", because="--run")
        self.refuse("test", "--run", self.folder / "nowhere", because="nowhere")
        self.refuse("test", "--run", run, "--checkpoint", 7, because="no checkpoint of step 7; there are those of 5, 10, 15, 20 and 23")
        self.refuse("test", "--run", run, "--checkpoint", -5, because="--checkpoint")
        self.refuse("test", "--run", run, "--checkpoint", 5, "--all", because="--all")
        (self.folder / "empty").mkdir()
        self.refuse("test", "--run", self.folder / "empty", "--all", because="no checkpoint")
        descriptor = os.open(run, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self.refuse("test", "--run", run, because="another training is at work")
        os.close(descriptor)
        self.assertFalse((run / "test_losses.csv").exists())

    def test_other_data_are_refused_and_moved_data_found(self):
        run, moved, other = self.train("moved", *COURSE), self.folder / "elsewhere", self.folder / "other"
        said = lines_of(run)
        shutil.copytree(self.data, moved)
        write_idx(other, pictures=80)
        write_test_images(other, pictures=40)
        self.refuse("test", "--run", run, "--data", other, because="learned from 72 pictures")
        self.succeed("test", "--run", run, "--checkpoint", 20, "--data", moved)
        self.assertEqual(lines_of(run), said)

    def test_an_interrupt_leaves_whole_lines(self):
        data = self.folder / "many"
        write_many_test_images(data, 50_000)
        run, _ = self.train_on(data, "many_run", "--steps", 40, "--sample_interval", 0, "--checkpoint_interval", 1, "--test-interval", 0, "--threads", 1)
        process = self.start("test", "--run", run, "--all", "--threads", 1)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, errors)
        some = lines_of(run)
        self.assertTrue(0 < len(some) < 40, len(some))
        self.assert_charts(run)
        self.succeed("test", "--run", run, "--all", "--threads", 1)
        all_of_them = lines_of(run)
        self.assertEqual(list(all_of_them), list(range(1, 41)))
        self.assertEqual({step: all_of_them[step] for step in some}, some)


if __name__ == "__main__":
    unittest.main()
