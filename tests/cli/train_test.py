"""A training run is a pure function of its configuration, and survives what happens to it."""

import json
import os
import signal
import struct
import time
import unittest

from support import SMALL_NET, CliTest


def losses(run):
    return (run / "losses.csv").read_text()


def checkpoint(run, step):
    return (run / "checkpoints" / f"{step:06}.safetensors").read_bytes()


def tensors(run):
    """The data of the last checkpoint, and its header."""
    data = (run / "checkpoints" / "last").read_bytes()
    length = struct.unpack("<q", data[:8])[0]
    return data[8 + length :], json.loads(data[8 : 8 + length])


class Training(CliTest):
    def test_writes_what_it_promises(self):
        run = self.train("promises", "--steps", "12", "--sample_interval", "5", "--checkpoint_interval", "6")
        lines = losses(run).splitlines()
        self.assertEqual(lines[0], "step,epoch,d_loss,g_loss")
        self.assertEqual([line.split(",")[:2] for line in lines[1:]], [[str(s), str((s - 1) // 5 + 1)] for s in range(1, 13)])
        self.assertEqual(sorted(os.listdir(run / "samples")), ["000000.png", "000005.png", "000010.png"])
        self.assertEqual(sorted(os.listdir(run / "checkpoints")), ["000006.safetensors", "000012.safetensors", "last"])
        self.assertEqual(os.readlink(run / "checkpoints" / "last"), "000012.safetensors")

    def test_checkpoint_has_the_names_and_shapes_of_pytorch_gan(self):
        _, header = tensors(self.train("names", "--steps", "1"))
        shapes = {
            "generator.label_emb.weight": [10, 10],
            "generator.model.0.weight": [16, 19],
            "generator.model.2.weight": [24, 16],
            "generator.model.3.running_var": [24],
            "generator.model.3.num_batches_tracked": [],
            "generator.model.5.weight": [64, 24],
            "discriminator.label_embedding.weight": [10, 10],
            "discriminator.model.0.weight": [24, 74],
            "discriminator.model.8.bias": [1],
            "adam.discriminator.model.8.bias.v": [1],
        }
        for name, shape in shapes.items():
            self.assertEqual(header[name]["shape"], shape, name)
        self.assertEqual(header["__metadata__"]["step"], "1")

    def test_equal_at_any_thread_count_and_sampling_changes_nothing(self):
        reference = self.train("one", "--steps", "7", "--threads", "1", "--sample_interval", "1")
        variants = {"again": ["--threads", "1"], "three": ["--threads", "3"], "checked": ["--checked"], "unfused": ["--disable-pass", "fuse"]}
        for name, options in variants.items():
            with self.subTest(name):
                run = self.train(name, "--steps", "7", "--sample_interval", "1000", *options)
                self.assertEqual(losses(run), losses(reference))
                self.assertEqual(tensors(run)[0], tensors(reference)[0])

    def test_another_seed_is_another_run(self):
        a, b = (self.train(f"seed{seed}", "--steps", "2", "--seed", seed) for seed in (3, 4))
        self.assertNotEqual(losses(a), losses(b))

    def test_resumed_equals_uninterrupted(self):
        whole = self.train("whole", "--steps", "9")
        parts = self.train("parts", "--steps", "4")
        self.succeed("train", "--resume", parts, "--steps", "9")
        self.assertEqual(losses(parts), losses(whole))
        self.assertEqual(checkpoint(parts, 9), checkpoint(whole, 9))

    def test_saved_configuration_repeats_the_run(self):
        first = self.train("first", "--steps", "3", "--lr", "0.001", "--dropout", "0.3", "--gen-labels", "dataset")
        second = self.folder / "second"
        self.succeed("train", "--config", first / "config.json", "--out", second)
        self.assertEqual((first / "config.json").read_text(), (second / "config.json").read_text())
        self.assertEqual(checkpoint(first, 3), checkpoint(second, 3))

    def test_numbered_folders(self):
        for _ in range(2):
            self.succeed("train", *SMALL_NET, "--data", self.data, "--steps", "1", "--sample_interval", "0")
        self.assertEqual(sorted(os.listdir(self.folder / "runs")), ["0001", "0002"])

    def started(self, name):
        """A long run that has begun to train."""
        run = self.folder / name
        process = self.start("train", *SMALL_NET, "--data", self.data, "--out", run, "--steps", "100000000", "--checkpoint_interval", "50")
        deadline = time.monotonic() + 60
        while not (run / "checkpoints" / "last").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return run, process

    def test_interrupt_leaves_a_checkpoint(self):
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            run, process = self.started(f"signal{number}")
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, code, errors)
            step = int(tensors(run)[1]["__metadata__"]["step"])
            self.assertEqual(step, int(losses(run).splitlines()[-1].split(",")[0]))
            self.assertIn(f"stopped after step {step}", output)

    def test_killed_run_leaves_whole_files_and_resumes(self):
        run, process = self.started("killed")
        process.kill()
        process.communicate()
        _, header = tensors(run)
        step = int(header["__metadata__"]["step"])
        self.succeed("train", "--resume", run, "--steps", step + 3)
        steps = [int(line.split(",")[0]) for line in losses(run).splitlines()[1:]]
        self.assertEqual(steps, list(range(1, step + 4)))

    def test_sample(self):
        run, strip = self.train("sampled", "--steps", "2"), self.folder / "strip.png"
        self.succeed("sample", "--run", run, "--digits", "20230509", "--out", strip)
        width, height = struct.unpack(">2i", strip.read_bytes()[16:24])
        self.assertEqual((width, height), (8 * (8 + 2) + 2, 8 + 4))
        self.refuse("sample", "--run", run, "--digits", "0,10", because="10")
        self.refuse("sample", "--run", run, "--digits", "1x", because="'x'")
        self.refuse("sample", "--digits", "1", because="--run or --checkpoint")
        cut = self.folder / "cut.safetensors"
        cut.write_bytes(checkpoint(run, 2)[:-1])
        self.refuse("sample", "--checkpoint", cut, because="cut.safetensors")


if __name__ == "__main__":
    unittest.main()
