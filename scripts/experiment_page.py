"""docs/EXPERIMENTS.md, from what the runs' folders hold."""

import argparse
import shlex
import statistics

import experiment_runs as runs
from experiment_runs import contest

FIGURES = {"score": 4, "frechet_distance": 2, "precision": 3, "recall": 3, "spread": 3}  # of a score.json, and their decimals
TABLE_HEAD = "| | score | Fréchet distance | precision | recall | spread | ms a step | minutes |\n|---|---|---|---|---|---|---|---|\n"


def figure_text(values, decimals):
    """The mean, and the range of more than one: "0.912 (0.90 – 0.93)"."""
    if not values:
        return "–"
    mean = f"{statistics.mean(values):.{decimals}f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.{decimals}f} – {max(values):.{decimals}f})"


def row(title, scores, time):
    cells = [figure_text([score[figure] for score in scores], decimals) for figure, decimals in FIGURES.items()]
    return f"| {' | '.join([title, *cells, *time])} |\n"


def time_texts(line, times, steps):
    """ms a step, and minutes of so many."""
    if line.name() not in times["step_ms"]:
        return ["–", "–"]
    step_ms = times["step_ms"][line.name()]["median"]
    return [f"{step_ms:.2f}", f"{contest.minutes(step_ms, steps):.1f}"]


def line_row(line, times, args):
    all_seeds = [runs.short_run(line, seed, args) for seed in runs.seeds(args)]
    scored = {run.seed: score for run in all_seeds if (score := runs.score_of(run, args))}
    missing = "" if len(scored) == len(all_seeds) else f" (of {len(scored)} of {len(all_seeds)} seeds)"
    return row(line.title() + missing, list(scored.values()), time_texts(line, times, runs.last_step(all_seeds[0], args)))


def long_row(run, times, args):
    score = runs.score_of(run, args)
    return row(f"{run.line.title()}, {run.epochs} epochs", [score] if score else [], time_texts(run.line, times, runs.last_step(run, args)))


def shell_line(run, args):
    """Training and scoring, as a reader types it."""
    named = argparse.Namespace(**{**vars(args), "cgan_jit": "cgan_jit"})
    return f"{shlex.join(runs.train_command(run, named))} && {shlex.join(runs.score_command(['--run', str(run.folder)], named))}"


def commands(args):
    each = " ".join(map(str, runs.seeds(args)))
    loops = [f"for seed in {each}; do {shell_line(runs.short_run(line, 'SEED', args), args).replace('SEED', '$seed')}; done" for line in args.lines]
    return "\n".join([*loops, *(shell_line(run, args) for run in runs.long_runs(args))])


def page(args):
    times = runs.read(runs.times_file(args)) or {"machine": None, "step_ms": {}}
    machine = times["machine"]
    real = runs.read(runs.real_score_file(args))
    table = "".join(line_row(line, times, args) for line in args.lines) + "".join(long_row(run, times, args) for run in runs.long_runs(args))
    measured = f"the median of {times['rounds']} rounds of one interleaved run, on {machine['cpu']}, {machine['threads']} threads" if machine else "not measured yet"
    return f"""# Experiments

The tips that the report discusses, each an option of `cgan_jit train`, each alone: {args.epochs} epochs of MNIST with the seeds {', '.join(map(str, runs.seeds(args)))}.
A cell is the mean over the seeds and, in brackets, their range. Below them both presets after {args.long_epochs} epochs with seed 1, and the test images
themselves, as the yardstick. What the figures mean is in the [README](../README.md#score).

{TABLE_HEAD}{table}{row("the test images", [real] if real else [], ["", ""])}
Time: of the training steps alone, without pictures and checkpoints; ms a step: {measured}.

## Commands

```
{commands(args)}
cgan_jit score --real
```

`scripts/experiments.py` does all of them and the timing, leaves out what is done, and writes this page from what the runs' folders hold; `--page-only` only writes it.
"""
