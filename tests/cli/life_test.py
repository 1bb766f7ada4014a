"""What a run's folder holds follows from its configuration, whatever happened to the run on the way."""

import os
import random
import resource
import shutil
import signal
import subprocess
import unittest

from kills import count_calls, contents, differences, fail_at_call, is_traceable, kill_at_call, kill_at_random
from life import LifeTest, last, step_of
from support import PROGRAM


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


if __name__ == "__main__":
    unittest.main()
