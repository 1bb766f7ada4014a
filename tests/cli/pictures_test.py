"""What is made of a run's samples, and digits drawn from its generator."""

import os
import resource
import shutil
import subprocess
import unittest

from decoders import decode_gif, decode_png
from kills import differences
from support import PROGRAM, SMALL_NET, CliTest

SIDE, MARGIN, CLASSES = 8, 2, 10
STRIP = SIDE + 2 * MARGIN
MADE = ["montage.png", "montage.svg", "samples.gif"]


def grid_of(run, step):
    return decode_png((run / "samples" / f"{step:06}.png").read_bytes())


def doubled(lines):
    """Each pixel as a square of four."""
    return [bytes(pixel for pixel in line for _ in range(2)) for line in lines for _ in range(2)]


def steps_shown(run, steps):
    """Those of the steps, in order, whose first row of samples the montage shows, one below the other."""
    page = decode_png((run / "montage.png").read_bytes())
    shown, y = [], 0
    rows = [(step, doubled(grid_of(run, step)[:STRIP])) for step in steps]
    while y + 2 * STRIP <= len(page):
        left = page[y].find(bytes(len(rows[0][1][0])))
        found = [step for step, row in rows if left >= 0 and all(line[left:].startswith(part) for line, part in zip(page[y:], row))]
        shown += found
        y += 2 * STRIP if found else 1
    return shown


class PicturesTest(CliTest):
    """A run of 24 steps with a grid every second one: thirteen, of which ten fit into a montage."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.folder / "run"
        subprocess.run(cls.command(cls.run_folder), check=True, env=cls.environment, cwd=cls.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @classmethod
    def command(cls, run, steps=24):
        return [PROGRAM, *map(str, ["train", *SMALL_NET, "--data", cls.data, "--steps", steps, "--sample_interval", 2, "--out", run])]

    def copy(self, name):
        run = self.folder / name
        shutil.copytree(self.run_folder, run, symlinks=True)
        return run


class Pictures(PicturesTest):
    def larger(self):
        """A run whose pictures are larger by a pixel a side."""
        run, net = self.folder / "larger", list(SMALL_NET)
        net[net.index("--img_size") + 1] = "9"
        self.succeed("train", *net, "--data", self.data, "--out", run, "--steps", 1)
        return run

    def test_animation_is_the_samples(self):
        frames = decode_gif((self.run_folder / "samples.gif").read_bytes())
        self.assertEqual([lines for lines, _ in frames], [grid_of(self.run_folder, step) for step in range(0, 25, 2)])
        self.assertEqual([time for _, time in frames], [20] * 12 + [200])

    def test_montage_shows_ten_steps_evenly(self):
        self.assertEqual(steps_shown(self.run_folder, range(0, 25, 2)), [0, 2, 6, 8, 10, 14, 16, 18, 22, 24])
        svg = (self.run_folder / "montage.svg").read_text()
        for words in ["step", 10, 14, 24, *range(CLASSES)]:
            self.assertIn(f">{words}</text>", svg)
        self.assertNotIn(">12</text>", svg)

    def test_follows_from_the_samples_alone(self):
        run = self.copy("again")
        for name in [*MADE, "losses.svg", "losses.png", "config.json"]:
            (run / name).unlink()
        shutil.rmtree(run / "checkpoints")
        self.assertIn("13 pictures", self.succeed("pictures", "--run", run))
        self.assertEqual([name for name in differences(run, self.run_folder) if not name.startswith(("config", "checkpoints"))], [])

    def test_a_resumed_run_makes_them_again_and_forgets_later_steps(self):
        run, whole = self.copy("resumed"), self.folder / "whole"
        (run / "checkpoints" / "000024.safetensors").unlink()
        (run / "montage.png").unlink()
        self.succeed("train", "--resume", run, "--steps", 9)
        self.assertEqual(sorted(path.name for path in (run / "samples").iterdir()), [f"{step:06}.png" for step in range(0, 9, 2)])
        subprocess.run(self.command(whole, 9), check=True, capture_output=True, env=self.environment)
        self.assertEqual(differences(run, whole), [])

    def test_few_pictures_and_none(self):
        run = self.copy("few")
        for name in MADE:
            (run / name).unlink()
        for path in (run / "samples").iterdir():
            if path.name != "000010.png":
                path.unlink()
        self.succeed("pictures", "--run", run)
        self.assertEqual([lines for lines, _ in decode_gif((run / "samples.gif").read_bytes())], [grid_of(run, 10)])
        self.assertEqual(steps_shown(run, [10]), [10])
        none = self.train("none", "--steps", 2, "--sample_interval", 0)
        self.assertIn("no pictures in samples/", self.succeed("pictures", "--run", none))
        self.assertFalse(any((none / name).exists() for name in MADE))

    def test_no_run(self):
        self.refuse("pictures", because="--run")
        self.refuse("pictures", "--run", self.folder / "nowhere", because="nowhere: there is no such folder")
        self.refuse("pictures", "--run", self.data, because="holds no run")

    def test_a_damaged_picture_is_named(self):
        run = self.copy("damaged")
        file = run / "samples" / "000010.png"
        whole = file.read_bytes()
        strip = self.folder / "one_row.png"
        self.succeed("sample", "--run", run, "--out", strip)
        before = (run / "montage.png").read_bytes()
        for content in [b"", b"hello", whole[: len(whole) // 2], whole[:60] + b"x" + whole[61:], strip.read_bytes()]:
            file.write_bytes(content)
            self.refuse("pictures", "--run", run, because=str(file))
        file.write_bytes((self.larger() / "samples" / "000000.png").read_bytes())
        self.refuse("pictures", "--run", run, because=f"{file}: 112 x 112 pixels among pictures of 102 x 102")
        file.unlink()
        file.symlink_to("nothing.png")
        self.refuse("pictures", "--run", run, because=str(file))
        file.unlink()
        self.succeed("pictures", "--run", run)
        self.assertFalse((run / "montage.png").read_bytes() == before)

    def test_a_damaged_picture_is_a_warning_at_the_end_of_a_training(self):
        run = self.copy("warned")
        file = run / "samples" / "000012.png"
        file.write_bytes(b"hello")
        done = self.run_program("train", "--resume", run, "--steps", 25)
        self.assertEqual(done.returncode, 0, done.errors)
        self.assertIn(f"warning: {file}: no PNG picture", done.errors)

    def test_a_disk_that_is_full_for_the_animation(self):
        largest = max(path.stat().st_size for path in self.run_folder.rglob("*") if path.name not in MADE)
        size = (self.run_folder / "samples.gif").stat().st_size
        self.assertGreater(size, largest, "no limit is there to be set")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, resource.RLIM_INFINITY))

        run = self.folder / "full"
        process = self.start(*self.command(run)[1:], preexec_fn=limit)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("samples.gif: File too large; stopped after step 24", errors)
        self.assertIn("the last checkpoint is that of step 24", errors)
        self.succeed("train", "--resume", run)
        self.assertEqual(differences(run, self.run_folder), [])


class Sample(PicturesTest):
    def draw(self, *options, run=None):
        out = self.folder / "drawn.png"
        self.succeed("sample", "--run", run or self.run_folder, "--out", out, *options)
        return decode_png(out.read_bytes())

    def rows(self, lines):
        return [lines[top : top + STRIP] for top in range(0, len(lines) - MARGIN, SIDE + MARGIN)]

    def test_a_grid_of_ten_rows_is_the_samples_of_that_step(self):
        self.assertEqual(self.draw("--grid", 10), grid_of(self.run_folder, 24))

    def test_each_row_of_a_grid_has_other_noise(self):
        rows = self.rows(self.draw("--grid", 4, "--seed", 7, "--digits", "365"))
        self.assertEqual(len(rows), 4)
        self.assertEqual(rows[0], self.draw("--seed", 7, "--digits", "365"))
        self.assertEqual(len({b"".join(row) for row in rows}), 4)

    def test_a_walk_goes_from_one_seed_to_the_other(self):
        noisy = self.train("noisy", "--steps", 2, "--g_dropout", 0.4)
        for run in (self.run_folder, noisy):
            rows = self.rows(self.draw("--latent", "7:8", "--grid", 5, run=run))
            self.assertEqual(len(rows), 5)
            self.assertEqual(rows[0], self.draw("--seed", 7, run=run))
            self.assertEqual(rows[-1], self.draw("--seed", 8, run=run))
            self.assertEqual(len({b"".join(row) for row in rows}), 5)
        self.assertEqual(len(self.rows(self.draw("--latent", "7:8"))), 10)

    def test_walks_back_and_nowhere(self):
        there, back = (self.rows(self.draw("--latent", walk, "--grid", 5)) for walk in ("7:8", "8:7"))
        self.assertEqual((there[0], there[2], there[4]), (back[4], back[2], back[0]))
        self.assertEqual(self.rows(self.draw("--latent", "3:3", "--grid", 3)), [self.draw("--seed", 3)] * 3)

    def test_nonsense_is_refused(self):
        for walk in ["3", "3:", ":3", "3:4:5", "a:b", "1:4294967296", "1: 2"]:
            self.refuse("sample", "--run", self.run_folder, "--latent", walk, because=f"--latent: '{walk}' is not two seeds")
        self.refuse("sample", "--run", self.run_folder, "--latent=-1:2", because="'-1:2' is not two seeds")
        self.refuse("sample", "--run", self.run_folder, "--latent", "1:2", "--grid", 1, because="at least 2 rows")
        self.refuse("sample", "--run", self.run_folder, "--latent", "1:2", "--seed", 3, because="--latent")
        for rows in [0, -1, 10001, "x", 99999999999999999999]:
            self.refuse("sample", "--run", self.run_folder, "--grid", rows, because="--grid")
        self.refuse("sample", "--run", self.run_folder, "--grid", 1001, because="1001 rows of 10 digits are more than 10000 pictures")


if __name__ == "__main__":
    unittest.main()
