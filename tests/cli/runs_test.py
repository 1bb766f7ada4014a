"""The list of a folder's runs."""

import json
import os
import shutil
import unittest

from support import SMALL_NET, CliTest, write_idx


class Runs(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment["TZ"] = "UTC"

    def trained(self, parent, name, changed, *options):
        """A run whose newest file is `changed` seconds old since 1970."""
        run = self.train(f"{parent}/{name}", "--sample_interval", 0, *options)
        self.age(run, changed)
        return run

    @staticmethod
    def age(run, changed):
        for number, path in enumerate(sorted(path for path in run.rglob("*") if path.is_file() and not path.is_symlink())):
            os.utime(path, (changed - number,) * 2)

    def listed(self, folder):
        return {run["run"].rsplit("/", 1)[1]: run for run in json.loads(self.succeed("runs", folder, "--json"))}

    def test_newest_first_with_what_each_has_come_to(self):
        parent = self.folder / "several"
        old = self.trained("several", "zzz", 1_000_000, "--steps", 4)
        self.trained("several", "aaa", 3_000_000, "--n_epochs", 1)
        self.trained("several", "mmm", 2_000_000, "--steps", 2, "--preset", "pytorch-gan")
        (old / "score.json").write_text('{"score": 0.8125, "step": 3}')
        self.age(old, 1_000_000)
        runs = self.listed(parent)
        self.assertEqual(list(runs), ["aaa", "mmm", "zzz"])
        self.assertEqual([(run["steps"], run["steps_asked"]) for run in runs.values()], [(5, 5), (2, 2), (4, 4)])
        self.assertEqual([run["preset"] for run in runs.values()], ["report", "pytorch-gan", "report"])
        self.assertEqual([(run["score"], run["score_step"]) for run in runs.values()], [(None, None)] * 2 + [(0.8125, 3)])
        self.assertEqual([run["changed"] for run in runs.values()], ["1970-02-04T17:20:00Z", "1970-01-24T03:33:20Z", "1970-01-12T13:46:40Z"])
        self.assertTrue(all(run["problems"] == [] for run in runs.values()))
        for name, run in runs.items():
            last = (parent / name / "losses.csv").read_text().splitlines()[-1]
            self.assertEqual(last.split(",")[2:], [repr(run["d_loss"]), repr(run["g_loss"])])
        lines = self.succeed("runs", parent).splitlines()
        self.assertEqual(lines[0].split(), "run preset steps D G score last change".split())
        self.assertEqual([line.split()[0] for line in lines[1:]], list(runs))
        self.assertEqual(len({len(line) for line in lines}), 1, lines)
        self.assertIn("4 of 4", lines[3])
        self.assertIn("0.8125 at 3  1970-01-12 13:46", lines[3])

    def test_damaged_runs_are_listed_with_what_is_wrong(self):
        parent = self.folder / "damaged"
        whole = self.trained("damaged", "whole", 1_000_000, "--steps", 3)
        for name in ["no_config", "bad_config", "bad_losses", "torn_losses", "bad_score", "no_losses"]:
            shutil.copytree(whole, parent / name, symlinks=True)
        (parent / "no_config" / "config.json").unlink()
        (parent / "bad_config" / "config.json").write_text('{"lr": "fast"}')
        with open(parent / "bad_losses" / "losses.csv", "a") as losses:
            losses.write("hello\n")
        with open(parent / "torn_losses" / "losses.csv", "a") as losses:
            losses.write("4,1,0.")
        (parent / "bad_score" / "score.json").write_text("[1]")
        (parent / "no_losses" / "losses.csv").unlink()
        (parent / "empty").mkdir()
        (parent / "notes.txt").write_text("no run")
        runs = self.listed(parent)
        self.assertEqual(len(runs), 8)
        for name, words in {
            "no_config": "no config.json",
            "bad_config": "config.json: lr: 'fast' is no number",
            "bad_losses": "losses.csv: no line of losses: hello",
            "bad_score": "score.json: holds no score",
            "empty": "no config.json",
        }.items():
            self.assertEqual(len(runs[name]["problems"]), 1, name)
            self.assertIn(words, runs[name]["problems"][0])
        for name, steps in {"whole": 3, "torn_losses": 3, "no_losses": 0, "no_config": 3}.items():
            self.assertEqual(runs[name]["steps"], steps, name)
        for name in ["whole", "torn_losses", "no_losses"]:
            self.assertEqual(runs[name]["problems"], [])
        text = self.succeed("runs", parent)
        self.assertEqual(len(text.splitlines()), 9)
        self.assertIn("holds no score", text)

    def test_epochs_where_the_data_are_gone(self):
        data = self.folder / "gone"
        write_idx(data)
        self.succeed("train", *SMALL_NET, "--data", data, "--out", self.folder / "elsewhere/run", "--n_epochs", 1, "--sample_interval", 0)
        self.assertIn("5 of 5", self.succeed("runs", self.folder / "elsewhere"))
        shutil.rmtree(data)
        self.assertIn("5 of 1 epochs", self.succeed("runs", self.folder / "elsewhere"))
        self.assertIsNone(self.listed(self.folder / "elsewhere")["run"]["steps_asked"])

    def test_names_do_not_break_the_table(self):
        parent = self.folder / "odd"
        (parent / "a\nb\x1b[31m").mkdir(parents=True)
        os.mkdir(os.fsencode(parent) + b"/\xff")
        text = self.succeed("runs", parent)
        self.assertEqual(len(text.splitlines()), 3)
        self.assertNotIn("\x1b", text)
        self.assertEqual(len(json.loads(self.succeed("runs", parent, "--json"))), 2)

    def test_nothing_to_list(self):
        (self.folder / "bare").mkdir()
        self.assertIn("holds no runs", self.succeed("runs", self.folder / "bare"))
        self.assertEqual(json.loads(self.succeed("runs", self.folder / "bare", "--json")), [])
        self.refuse("runs", self.folder / "nowhere", because="nowhere")
        self.refuse("runs", self.data / "train-labels-idx1-ubyte", because="Not a directory")
        self.refuse("runs", because="runs: No such file or directory")
        self.train("runs/first", "--steps", 1)
        self.assertIn("first", self.succeed("runs"))


if __name__ == "__main__":
    unittest.main()
