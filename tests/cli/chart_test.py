"""The results of `make bench`: what bench/compare.py writes, and how `bench --chart` draws it."""

import copy
import json
import statistics
import subprocess
import sys
import unittest

from support import PROGRAM, SOURCE_DIR, CliTest

COMPARE = SOURCE_DIR / "bench/compare.py"
RESULT = {
    "machine": {"cpu": "some < CPU", "threads": 3},
    "contestants": {
        "cgan_jit": {"minutes_50_epochs": 6.5, "median_of_ratios": 1},
        "slow & steady": {"minutes_50_epochs": 26, "median_of_ratios": 4.125},
    },
    "elsewhere": {
        "long ago": {"machine": "a laptop", "minutes_50_epochs": [210, 240]},
        "once": {"machine": "a desk", "minutes_50_epochs": [120, 120]},
    },
}
# A contestant that says so, and then answers with one time a line.
PEER = """#!{python}
import sys
print("ready", flush=True)
for line, ms in zip(sys.stdin, [{answers}]):
    print(int(line or 0) * ms / 1e3, flush=True)
"""
# cgan_jit as compare.py sees it: other steps than the real one's, the same chart.
STAND_IN = """#!{python}
import os, sys
words = sys.argv[2:]
if "--chart" in words:
    os.execv({program!r}, [{program!r}, "bench", *words])
if "--gflop" in words:
    print(1.5)
    sys.exit()
times = [10, 1, 2, 4] if "--disable-pass" not in words else [10, 3, 2, 20]
print("ready", flush=True)
for line, ms in zip(sys.stdin, [100] * 99 if "--probe" in words else times):
    print(ms if "--probe" in words else int(line) * ms / 1e3, flush=True)
"""


class Chart(CliTest):
    def draw(self, result, name):
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(result) if isinstance(result, dict) else result)
        self.succeed("bench", "--chart", file)
        return file.with_suffix(".svg").read_text()

    def test_every_contestant_is_a_bar(self):
        svg = self.draw(RESULT, "whole")
        for words in ["cgan_jit", "6 min 30 s", "slow &amp; steady", "26 min 00 s, 4.12 x", "long ago", "3 h 30 min to 4 h 00 min, on a laptop", "once", "2 h 00 min, on a desk"]:
            self.assertEqual(svg.count(f">{words}<"), 1, words + svg)
        self.assertIn("some &lt; CPU, 3 threads", svg)
        self.assertEqual(svg.count("<polygon"), 4)
        self.assertTrue((self.folder / "whole.png").read_bytes().startswith(b"\x89PNG"))

    def test_goes_where_it_is_asked_to(self):
        self.draw(RESULT, "here")
        self.succeed("bench", "--chart", self.folder / "here.json", "--picture", self.folder / "there")
        for ending in ["svg", "png"]:
            self.assertEqual((self.folder / f"here.{ending}").read_bytes(), (self.folder / f"there.{ending}").read_bytes())

    def test_nothing_was_measured_elsewhere(self):
        self.assertEqual(self.draw({key: RESULT[key] for key in ["machine", "contestants"]}, "alone").count("<polygon"), 2)

    def test_bad_results_are_refused_with_the_place(self):
        def without(*way):
            changed = copy.deepcopy(RESULT)
            inner = changed
            for key in way[:-1]:
                inner = inner[key]
            del inner[way[-1]]
            return changed

        def with_minutes(where, name, value):
            changed = copy.deepcopy(RESULT)
            changed[where][name]["minutes_50_epochs"] = value
            return changed

        many = {f"peer {i}": {"minutes_50_epochs": i, "median_of_ratios": 1} for i in range(65)}
        for result, reason in [
            ("[", "no JSON object"),
            ("[]", "no JSON object"),
            (without("machine"), "machine is missing"),
            (without("machine", "cpu"), "machine.cpu is missing"),
            (without("contestants", "cgan_jit", "median_of_ratios"), "contestants.cgan_jit.median_of_ratios is missing"),
            ({**RESULT, "contestants": [1]}, "contestants: [1]: an object is needed"),
            ({**RESULT, "contestants": {}, "elsewhere": {}}, "0 bars"),
            ({**RESULT, "contestants": many}, "67 bars"),
            ({**RESULT, "machine": {"cpu": 7, "threads": 1}}, "machine.cpu: 7: a text is needed"),
            (with_minutes("contestants", "cgan_jit", "fast"), 'contestants.cgan_jit.minutes_50_epochs: "fast": a number is needed'),
            (with_minutes("contestants", "cgan_jit", -1), "outside [0, 1000000]"),
            (with_minutes("contestants", "cgan_jit", 1e300), "outside [0, 1000000]"),
            (with_minutes("elsewhere", "once", 120), "elsewhere.once.minutes_50_epochs: 120: a list of 2 is needed"),
            (with_minutes("elsewhere", "once", [120, 110]), "elsewhere.once.minutes_50_epochs[1]: 110: outside [120, 1000000]"),
        ]:
            with self.subTest(reason=reason):
                file = self.folder / "bad.json"
                file.write_text(result if isinstance(result, str) else json.dumps(result))
                self.refuse("bench", "--chart", file, because=f"{file}: ")
                self.refuse("bench", "--chart", file, because=reason)
        self.refuse("bench", "--chart", self.folder / "nowhere.json", because="nowhere.json")
        self.assertFalse((self.folder / "bad.svg").exists())


class Compare(CliTest):
    def script(self, name, text, **values):
        file = self.folder / name
        file.write_text(text.format(python=sys.executable, **values))
        file.chmod(0o755)
        return file

    def compare(self, out, *options):
        return subprocess.run([sys.executable, COMPARE, "--out", out, "--rounds", "3", "--turn", "0.001", *options], capture_output=True, text=True, env=self.environment, cwd=self.folder)

    def test_results_are_medians_and_all_are_drawn(self):
        stand_in = self.script("stand_in", STAND_IN, program=PROGRAM)
        peer = self.script("peer", PEER, answers="10, 7, 8, 9")
        out = self.folder / "bench.json"
        done = self.compare(out, "--cgan-jit", stand_in, "--peers", "jittor", "--jittor-python", peer)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(out.read_text())
        self.assertEqual(list(result["contestants"]), ["cgan_jit", "cgan_jit, fusion off", "Jittor"])
        ours = result["contestants"]["cgan_jit"]["step_ms_rounds"]
        self.assertEqual([round(ms, 9) for ms in ours], [1, 2, 4])
        for name, row in result["contestants"].items():
            self.assertAlmostEqual(row["step_ms"], statistics.median(row["step_ms_rounds"]))
            self.assertAlmostEqual(row["median_of_ratios"], statistics.median(a / b for a, b in zip(row["step_ms_rounds"], ours)))
            self.assertAlmostEqual(row["minutes_50_epochs"], row["step_ms"] * 46900 / 60000)
            self.assertAlmostEqual(row["x_floor"], row["step_ms"] * 100 / 1.5 / 1e3)
            self.assertIn(f">{name}<", (self.folder / "bench.svg").read_text())
        self.assertAlmostEqual(result["contestants"]["cgan_jit, fusion off"]["median_of_ratios"], 3)  # of 3, 1, 5
        self.assertGreaterEqual(result["machine"]["cores"], 1)
        self.assertIn("python", result["versions"])
        self.assertEqual(result["absent"], {})

    def test_who_does_not_start_or_stops_is_left_out(self):
        stand_in = self.script("other_stand_in", STAND_IN, program=PROGRAM)
        for answers in ["", "10", "10, 7"]:
            out = self.folder / "left.json"
            peer = self.script("quitter", PEER + "sys.exit('out of ideas')\n", answers=answers)
            done = self.compare(out, "--cgan-jit", stand_in, "--peers", "jittor", "--jittor-python", peer)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("Jittor does not take part: out of ideas", done.stderr)
            result = json.loads(out.read_text())
            self.assertEqual(list(result["contestants"]), ["cgan_jit", "cgan_jit, fusion off"])
            self.assertEqual(result["absent"], {"Jittor": "out of ideas"})


if __name__ == "__main__":
    unittest.main()
