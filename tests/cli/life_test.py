"""What a run's folder holds follows from its configuration, whatever happened to the run on the way."""

import fcntl
import json
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import time
import unittest

from kills import count_calls, contents, differences, fail_at_call, is_traceable, kill_at_call, kill_at_random
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


class Kill(LifeTest):
    def test_at_random_moments(self):
        moments = random.Random(7)
        for number in range(6):
            run = self.folder / f"random{number}"
            for _ in range(2):
                resumed = [PROGRAM, "train", "--resume", str(run)]
                kill_at_random(resumed if (run / "config.json").exists() else self.command(run), 0.5, moments, **self.how())
            self.finish(run)
            self.assert_undisturbed(run)

    def test_at_chosen_system_calls(self):
        if not is_traceable():
            self.skipTest("strace is not here, or may not trace")
        counts = count_calls(self.command(self.folder / "counted"), trace=self.folder / "trace", **self.how())
        for call in ["rename", "renameat", "renameat2", "symlinkat", "unlinkat", "pwrite64", "mkdir", "fsync"]:
            count = counts.get(call, 0)
            for number in sorted({1, (count + 1) // 2, count} - {0}):
                with self.subTest(call=call, number=number):
                    run = self.folder / f"{call}{number}"
                    kill_at_call(self.command(run), call, number, **self.how())
                    self.finish(run)
                    self.assert_undisturbed(run)

    def test_before_the_first_checkpoint(self):
        run = self.folder / "early"
        (run / "samples").mkdir(parents=True)
        shutil.copy(self.undisturbed / "config.json", run)
        (run / "losses.csv").write_text("step,epoch,d_loss,g_loss\n1,1,0.5,0.25\nepoch 1/5  batch 3/5  D 0.1\n2,1,")
        self.resume(run)
        self.assert_undisturbed(run)

    def test_between_a_checkpoint_and_what_follows(self):
        run = self.copy("between")
        for step in (20, 23):
            (run / "samples" / f"{step:06}.png").unlink(missing_ok=True)
        (run / "checkpoints" / "000023.safetensors").unlink()
        self.resume(run)
        self.assert_undisturbed(run)

    def test_tests_of_steps_behind_the_checkpoint_are_made_again(self):
        run = self.copy("tested")
        lines = (run / "test_losses.csv").read_text().splitlines(keepends=True)
        self.assertEqual([line.split(",")[0] for line in lines[1:]], ["4", "8", "12", "16", "20"])
        for kept in (lines[:-1], lines[:-1] + [lines[-1][:5]], lines + ["24,5,9,9\n", "28,6,"]):
            (run / "checkpoints" / "000023.safetensors").unlink()
            (run / "test_losses.csv").write_text("".join(kept))
            self.resume(run)
            self.assert_undisturbed(run)

    def test_what_killed_runs_leave_behind_goes(self):
        run = self.copy("littered")
        for folder in (run, run / "samples", run / "checkpoints"):
            (folder / ".cgan_jit-0123456789abcdef.tmp").write_bytes(bytes(1000))
        os.symlink("000010.safetensors", run / "checkpoints" / ".cgan_jit-00000000000000ab.tmp")
        self.resume(run)
        self.assert_undisturbed(run)

    def test_a_folder_killed_before_its_configuration_is_as_good_as_empty(self):
        run = self.folder / "nothing"
        run.mkdir()
        (run / ".cgan_jit-0123456789abcdef.tmp").write_bytes(b"{")
        self.refuse("train", "--resume", run, because="config.json")
        self.succeed(*self.command(run)[1:])
        self.assert_undisturbed(run)

    def test_done_already_makes_what_is_missing(self):
        run = self.copy("done")
        for chart in ("losses.svg", "test_losses.png"):
            (run / chart).unlink()
        last(run).unlink()
        self.resume(run)
        self.assert_undisturbed(run)
        (run / "samples" / "000020.png").unlink()
        (run / "checkpoints" / "000023.safetensors").unlink()
        self.resume(run)
        self.assert_undisturbed(run)
        self.refuse("train", "--resume", run, "--steps", "7", because="step 23 is done already")


class End(LifeTest):
    def test_a_signal_ends_the_run_in_order_and_leaves_no_trace(self):
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU):
            run, process = self.endless(f"signal{sent}")
            process.send_signal(sent)
            output, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 128 + sent, errors)
            step = step_of(run)
            self.assertIn(f"stopped after step {step}", output)
            self.assertEqual((run / "losses.csv").read_text().splitlines()[-1].split(",")[0], str(step))
            self.resume(run, "--steps", step + 60)
            whole = self.folder / f"whole{sent}"
            subprocess.run(self.command(whole, ["--steps", step + 60, "--sample_interval", 50, "--checkpoint_interval", 50]), check=True, **self.how())
            different = differences(run, whole)
            # Checkpoints say how they were asked for.
            self.assertTrue(all(name.startswith("checkpoints/") for name in different), different)
            self.assertEqual(contents(run).keys(), contents(whole).keys())

    def test_nohup_is_heard(self):
        run, process = self.endless("nohup", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        step = step_of(run)
        self.until(lambda: step_of(run) > step, "it stopped")
        process.kill()
        process.communicate()

    def test_a_closed_log_ends_the_run_in_order(self):
        run, process = self.endless("closed")
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=120), 128 + signal.SIGPIPE)
        self.assertEqual((run / "losses.csv").read_text().splitlines()[-1].split(",")[0], str(step_of(run)))

    def test_closed_streams(self):
        for closed in ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"]:
            with self.subTest(closed):
                run = self.folder / f"streams{closed.count('-')}{closed[0]}"
                done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {closed}', *self.command(run)], env=self.environment, cwd=self.folder, capture_output=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assert_undisturbed(run)

    def test_full_log(self):
        for stream in ["1>/dev/full", "2>/dev/full"]:
            run = self.folder / f"full{stream[0]}"
            done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {stream}', *self.command(run)], env=self.environment, cwd=self.folder, capture_output=True)
            self.assertEqual(done.returncode, 1 if stream[0] == "1" else 0, done.stderr)
            self.assert_undisturbed(run)

    def test_a_disk_that_is_full_for_the_losses(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, resource.RLIM_INFINITY))

        course = ["--steps", 4000, "--sample_interval", 0, "--checkpoint_interval", 1000]
        run, whole = self.folder / "small_disk", self.folder / "large_disk"
        process = self.start(*self.command(run, course)[1:], preexec_fn=limit)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("losses.csv: File too large; stopped after step", errors)
        self.assertIn(f"the last checkpoint is that of step {step_of(run)}", errors)
        self.assertGreater(step_of(run), 1000)
        self.resume(run)
        subprocess.run(self.command(whole, course), check=True, **self.how())
        self.assertEqual(differences(run, whole), [])

    def test_a_picture_that_cannot_be_written(self):
        run, process = self.endless("no_pictures")
        (run / "samples").rename(run / "moved")
        (run / "samples").write_text("in the way")
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("samples", errors)
        self.assertEqual((run / "losses.csv").read_text().splitlines()[-1].split(",")[0], str(step_of(run)))

    def test_no_links(self):
        if not is_traceable():
            self.skipTest("strace is not here, or may not trace")
        run = self.folder / "fat"
        done = fail_at_call(self.command(run), "symlinkat", "EPERM", "1+", **self.how())
        self.assertEqual(done.returncode, 0)
        self.assertEqual(differences(run, self.undisturbed), ["checkpoints/last"])
        self.assertIn("of step 23", self.succeed("sample", "--run", run, "--out", self.folder / "fat.png"))
        self.resume(run)
        self.assert_undisturbed(run)

    def test_the_highest_checkpoint_is_the_last_where_the_link_leads_nowhere(self):
        run = self.copy("dangling")
        last(run).unlink()
        os.symlink("000099.safetensors", last(run))
        self.assertIn("of step 23", self.succeed("sample", "--run", run, "--out", self.folder / "dangling.png"))
        self.resume(run)
        self.assert_undisturbed(run)


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


class Divergence(LifeTest):
    # A product of so many layers overflows as soon as their weights have grown a little.
    DEEP = ["--relu", 1, "--dropout", 0, "--sample_interval", 0]

    def diverge(self, name, *options):
        run = self.folder / name
        net = list(SMALL_NET)
        net[net.index("--discriminator_widths") + 1] = ",".join(["16"] * 16)
        done = self.run_program("train", *net, *self.DEEP, "--data", self.data, "--out", run, "--steps", 3000, *options)
        self.assertEqual(done.returncode, 1, done.output + done.errors)
        error = done.errors.splitlines()[-1]
        self.assertRegex(error, r"step \d+: .*(generator|discriminator|loss).* is not finite, seen at step \d+")
        return run, error

    def test_stops_the_run_and_says_where_it_began(self):
        run, errors = self.diverge("nan", "--lr", 0.5)
        self.assertIn("there is no checkpoint before it", errors)
        self.assertFalse((run / "checkpoints").exists() and any((run / "checkpoints").iterdir()))
        for line in (run / "losses.csv").read_text().splitlines()[1:]:
            self.assertNotRegex(line, "nan|inf")

    def test_the_last_good_checkpoint_is_good(self):
        run, errors = self.diverge("nan_on_the_way", "--lr", 10, "--checkpoint_interval", 1)
        self.assertIn(f"the last good checkpoint is {last(run)}", errors)
        self.succeed("sample", "--checkpoint", last(run), "--out", self.folder / "good.png")
        self.assertIn(f"step {step_of(run) + 1}: ", errors)


if __name__ == "__main__":
    unittest.main()
