#!/usr/bin/env python3
"""Trains, scores and times what the report discusses, each tip alone, and writes docs/EXPERIMENTS.md from that.

Each line of the page is trained with each seed in RUNS/experiments/NAME-SEED, both presets for longer in RUNS/report and RUNS/pytorch-gan, and scored there.
What is done already is not done again; what was interrupted goes on. Times come from one interleaved run of short turns (RUNS/experiments/times.json), so that
they do not depend on what else the machine did while training. The page is made of these files alone. A file or folder that is removed is made again.
"""

import argparse
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys

import experiment_runs as runs
from experiment_page import page
from experiment_runs import LINES, contest


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = lambda name, meaning, **how: parser.add_argument(name, help=meaning, **how)
    add("--page-only", "write the page from what is there", action="store_true")
    add("--cgan-jit", "the program (default: build/release/cgan_jit)", type=contest.program, default="build/release/cgan_jit", metavar="FILE")
    add("--runs", "where the runs' folders lie (default: runs)", type=pathlib.Path, default="runs", metavar="DIR")
    add("--page", "what is written (default: docs/EXPERIMENTS.md)", type=pathlib.Path, default="docs/EXPERIMENTS.md", metavar="FILE")
    add("--epochs", "of every line (default: 10)", type=int, default=10)
    add("--long-epochs", "of both presets (default: 50)", type=int, default=50)
    add("--seeds", "of every line, with commas between (default: 1,2,3)", default="1,2,3")
    add("--only", "lines to work on, by NAME, with commas between (default: all)", default=",".join(line.name() for line in LINES))
    add("--steps", "to try this out: end every run after so many", type=int, default=0)
    add("--also", "to try this out: more options of the training step", type=shlex.split, default=[], metavar="TEXT")
    add("--samples", "digits that a score draws (default: 10000)", type=int, default=10000)
    add("--rounds", "turns of the timing (default: 15)", type=int, default=15)
    add("--turn", "seconds that a turn takes, about (default: 0.3)", type=float, default=0.3)
    args = parser.parse_args()
    unknown = set(args.only.split(",")) - {line.name() for line in LINES}
    if unknown:
        parser.error(f"--only: no line is named {', '.join(sorted(unknown))}; there are {', '.join(line.name() for line in LINES)}")
    args.lines = [line for line in LINES if line.name() in args.only.split(",")]
    return args


def succeeds(command):
    """Whether the program ends well. Interrupted with us, it is given the time to end in order."""
    print("$", shlex.join(command), flush=True)
    process = subprocess.Popen(command)
    try:
        return process.wait() == 0
    except KeyboardInterrupt:
        process.wait()
        raise


def bring_to_score(run, args):
    """Trains and scores a run as far as that is not done; whether it is done now."""
    if runs.score_of(run, args):
        return True
    begun = (run.folder / "config.json").exists()
    command = runs.resume_command(run, args) if begun else runs.train_command(run, args)
    return (runs.is_trained(run, args) or succeeds(command)) and succeeds(runs.score_command(["--run", str(run.folder)], args))


def measure_times(args):
    """ms a step of every line, into times.json."""
    threads = os.cpu_count()
    bench = lambda mode: [args.cgan_jit, "bench", mode, "--threads", str(threads)]
    commands = {line.name(): [*bench("--serve"), *line.arguments(), *args.also] for line in args.lines}
    measured, absent = contest.race(bench("--probe"), commands, args.rounds, args.turn)
    step_ms = {name: {"median": statistics.median(found.step_ms), "rounds": found.step_ms} for name, found in measured.items()}
    contest.write_file(runs.times_file(args), json.dumps({"machine": contest.machine(threads), "rounds": args.rounds, "step_ms": step_ms}, indent=2) + "\n")
    return not absent


def all_are_timed(args):
    timed = runs.read(runs.times_file(args))
    return timed is not None and {line.name() for line in args.lines} <= timed["step_ms"].keys()


def do_what_is_missing(args):
    """Whether all is done."""
    runs.experiments(args).mkdir(parents=True, exist_ok=True)
    well = all_are_timed(args) or measure_times(args)
    if not runs.real_score_file(args).exists():
        well &= succeeds([args.cgan_jit, "score", "--real", "--json", str(runs.real_score_file(args))])
    for run in runs.all_runs(args):
        well &= bring_to_score(run, args)
    return well


def main():
    args = options()
    try:
        well = args.page_only or do_what_is_missing(args)
    except KeyboardInterrupt:
        sys.exit(130)
    contest.write_file(args.page, page(args))
    print(f"written: {args.page}")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
