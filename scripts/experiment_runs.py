"""The lines of docs/EXPERIMENTS.md, their runs, and what the runs' folders hold. `args` are the options of experiments.py."""

import json
import pathlib
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import contest  # noqa: E402

PRESETS = {"report": {}, "pytorch-gan": {"preset": "pytorch-gan"}}
TIPS = [
    ("report", {"gen_labels": "dataset"}),
    ("pytorch-gan", {"loss": "bce"}),
    ("pytorch-gan", {"g_dropout": "0.5"}),
    ("pytorch-gan", {"embedding": "16"}),
    ("pytorch-gan", {"smooth_labels": "0.1"}),
    ("pytorch-gan", {"relu": "0"}),
]


class Line(typing.NamedTuple):
    """Of the page: what is trained, as options by name."""

    preset: str
    tips: dict

    def name(self):
        return "-".join([self.preset, *(f"{key}-{value}" for key, value in self.tips.items())])

    def title(self):
        return " ".join([self.preset, *(f"`--{key} {value}`" for key, value in self.tips.items())])

    def options(self):
        return {**PRESETS[self.preset], **self.tips}

    def arguments(self):
        return [word for key, value in self.options().items() for word in (f"--{key}", value)]


LINES = [line for preset in PRESETS for line in [Line(preset, {}), *(Line(*tip) for tip in TIPS if tip[0] == preset)]]


class Run(typing.NamedTuple):
    line: Line
    seed: object  # a number, or the word that stands for any
    epochs: int
    folder: pathlib.Path


def experiments(args):
    return args.runs / "experiments"


def seeds(args):
    return [int(seed) for seed in args.seeds.split(",")]


def short_run(line, seed, args):
    return Run(line, seed, args.epochs, experiments(args) / f"{line.name()}-{seed}")


def long_runs(args):
    return [Run(line, 1, args.long_epochs, args.runs / line.name()) for line in args.lines if not line.tips]


def all_runs(args):
    return [*(short_run(line, seed, args) for line in args.lines for seed in seeds(args)), *long_runs(args)]


def last_step(run, args):
    return args.steps or run.epochs * contest.STEPS_OF_AN_EPOCH


def how_long(run, args):
    return ["--n_epochs", str(run.epochs), *(["--steps", str(args.steps)] if args.steps else [])]


def train_command(run, args):
    return [args.cgan_jit, "train", *run.line.arguments(), *args.also, *how_long(run, args), "--seed", str(run.seed), "--out", str(run.folder)]


def resume_command(run, args):
    how_far = ["--n_epochs", str(run.epochs), "--steps", str(args.steps)]
    return [args.cgan_jit, "train", "--resume", str(run.folder), *run.line.arguments(), *args.also, *how_far, "--seed", str(run.seed)]


def score_command(subject, args):
    return [args.cgan_jit, "score", *subject, *([] if args.samples == 10000 else ["--samples", str(args.samples)])]


def real_score_file(args):
    return experiments(args) / "real.json"


def times_file(args):
    return experiments(args) / "times.json"


def read(file):
    """A JSON object; nothing if there is no such file."""
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        sys.exit(f"experiments: {file}: {error}")


def refuse_other_options(run):
    """Ends the program where a run's folder is not of its line."""
    config = read(run.folder / "config.json") or {}
    wanted = {"preset": "report", **run.line.options(), "seed": str(run.seed)}
    for key, value in wanted.items():
        if key in config and str(config[key]) != value:
            sys.exit(f"experiments: {run.folder}/config.json: {key} is {config[key]}, not {value}")


def score_of(run, args):
    """Of the last step; nothing if there is none yet."""
    refuse_other_options(run)
    score = read(run.folder / "score.json")
    return score if score and score["step"] == last_step(run, args) else None


def is_trained(run, args):
    return (run.folder / "checkpoints" / f"{last_step(run, args):06}.safetensors").exists()
