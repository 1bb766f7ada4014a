"""scripts/experiments.py, with a small net and few steps."""

import json
import subprocess
import sys
import unittest

from support import PROGRAM, SMALL_NET, SOURCE_DIR, CliTest, write_idx

SCRIPT = SOURCE_DIR / "scripts/experiments.py"
TIP = "pytorch-gan-loss-bce"
REAL = {"score": 0.99, "frechet_distance": 0, "precision": 1, "recall": 1, "spread": 0.284}


class Experiments(CliTest):
    def setUp(self):
        self.runs = self.folder / self.id().rsplit(".", 1)[1]
        self.page = self.runs / "page.md"
        write_idx(self.data, pictures=30, split="t10k")
        (self.runs / "experiments").mkdir(parents=True)
        (self.runs / "experiments/real.json").write_text(json.dumps(REAL))  # the test images' take long

    def run_script(self, *options, code=0):
        net = " ".join(["--data", str(self.data), *SMALL_NET])
        command = [sys.executable, SCRIPT, "--cgan-jit", PROGRAM, "--runs", self.runs, "--page", self.page, "--steps", "4", "--samples", "40", "--rounds", "1", "--turn", "0.001"]
        command += ["--seeds", "1,2", "--only", f"pytorch-gan,{TIP}", f"--also={net}", *options]
        done = subprocess.run(command, env=self.environment, cwd=SOURCE_DIR, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def score(self, name):
        return json.loads((self.runs / name / "score.json").read_text())

    def cells(self, title):
        line = next(line for line in self.page.read_text().splitlines() if line.startswith(f"| {title} |"))
        return [cell.strip() for cell in line.strip("|").split("|")][1:]

    def test_the_page_is_what_the_runs_hold(self):
        self.run_script()
        scores = [self.score(f"experiments/{TIP}-{seed}") for seed in (1, 2)]
        title = "pytorch-gan `--loss bce`"
        for at, (figure, decimals) in enumerate([("score", 4), ("frechet_distance", 2), ("precision", 3), ("recall", 3), ("spread", 3)]):
            low, high = sorted(score[figure] for score in scores)
            self.assertEqual(self.cells(title)[at], f"{(low + high) / 2:.{decimals}f} ({low:.{decimals}f} – {high:.{decimals}f})")
            self.assertEqual(self.cells("pytorch-gan, 50 epochs")[at], f"{self.score('pytorch-gan')[figure]:.{decimals}f}")
        step_ms = json.loads((self.runs / "experiments/times.json").read_text())["step_ms"][TIP]["median"]
        self.assertEqual(self.cells(title)[5:], [f"{step_ms:.2f}", f"{step_ms * 4 / 60000:.1f}"])
        self.assertEqual(self.cells("the test images")[0], "0.9900")

    def test_its_commands_make_the_same_runs(self):
        self.run_script("--seeds", "2")
        command = next(line for line in self.page.read_text().splitlines() if "--loss bce" in line and line.startswith("for"))
        run = self.runs / f"experiments/{TIP}-2"
        before = {file.name: (run / file.name).read_bytes() for file in [run / "losses.csv", run / "score.json", run / "config.json"]}
        run.rename(run.with_name("kept"))
        subprocess.run(["sh", "-ec", f'cgan_jit() {{ {PROGRAM} "$@"; }}; {command}'], env=self.environment, cwd=SOURCE_DIR, check=True, capture_output=True)
        self.assertEqual({name: (run / name).read_bytes() for name in before}, before)

    def test_what_is_done_is_left_alone_and_what_stopped_goes_on(self):
        self.run_script()
        page = self.page.read_text()
        files = {file: file.stat().st_mtime_ns for file in self.runs.rglob("*") if file.is_file() and file != self.page}
        self.assertNotIn("$ ", self.run_script().stdout)
        self.assertEqual({file: file.stat().st_mtime_ns for file in files}, files)

        stopped = self.runs / f"experiments/{TIP}-2"
        (stopped / "score.json").unlink()
        (stopped / "checkpoints/000004.safetensors").unlink()
        self.run_script("--page-only")
        self.assertIn("(of 1 of 2 seeds)", self.page.read_text())
        self.assertIn("--resume", self.run_script().stdout)
        self.assertEqual(self.page.read_text(), page)
        self.page.unlink()
        self.assertNotIn("$ ", self.run_script("--page-only").stdout)
        self.assertEqual(self.page.read_text(), page)

    def test_a_run_of_other_options_is_refused(self):
        other = self.runs / f"experiments/{TIP}-1"
        self.train(other.relative_to(self.folder), "--steps", "4", "--preset", "pytorch-gan")
        self.assertIn("loss is mse, not bce", self.run_script("--page-only", code=1).stderr)

    def test_the_page_tells_what_is_missing(self):
        self.run_script("--page-only")
        self.assertEqual(self.cells("pytorch-gan, 50 epochs"), ["–"] * 7)
        self.assertIn("not measured yet", self.page.read_text())


if __name__ == "__main__":
    unittest.main()
