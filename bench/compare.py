#!/usr/bin/env python3
"""The training step side by side: cgan_jit and other frameworks in one interleaved run.

Every contestant is a process that prints `ready` and then, for each line K, runs K training steps and prints the seconds that they took. All are started, then
asked in turn, round after round, with a probe of the machine's FMA peak before and after each turn. A contestant that does not start is left out, with a line
that says so.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import typing

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
STEPS_OF_50_EPOCHS = 50 * 938  # at batch 64; at other sizes the column means as many steps
CONTESTANTS = {
    "pytorch frozen": ["pytorch_cgan.py", "--variant", "frozen"],
    "pytorch cgan": ["pytorch_cgan.py", "--variant", "cgan"],
    "pytorch compile": ["pytorch_cgan.py", "--variant", "compile"],
    "jax": ["jax_cgan.py"],
    "jittor": ["jittor_cgan.py"],
}


class Size(typing.NamedTuple):
    """Options that give cgan_jit a net of that size; its peers at the same size, as script and options by name."""

    ours: list
    peers: dict


def beside_pytorch(ours, theirs):
    return Size(ours, {"pytorch frozen": [*CONTESTANTS["pytorch frozen"], *theirs]})


SWEEP = {
    "report": beside_pytorch([], []),
    "batch 16": beside_pytorch(["--batch_size", "16"], ["--batch", "16"]),
    "batch 50": beside_pytorch(["--batch_size", "50"], ["--batch", "50"]),
    "batch 128": beside_pytorch(["--batch_size", "128"], ["--batch", "128"]),
    "batch 256": beside_pytorch(["--batch_size", "256"], ["--batch", "256"]),
    "batch 1024": beside_pytorch(["--batch_size", "1024"], ["--batch", "1024"]),
    "widths x 2": beside_pytorch(
        ["--generator_widths", "256,512,1024,2048", "--discriminator_widths", "1024,1024,1024"],
        ["--generator", "256,512,1024,2048", "--discriminator", "1024,1024,1024"],
    ),
    "widths x 0.5": beside_pytorch(
        ["--generator_widths", "64,128,256,512", "--discriminator_widths", "256,256,256"],
        ["--generator", "64,128,256,512", "--discriminator", "256,256,256"],
    ),
    "n_classes 10": beside_pytorch(["--n_classes", "10"], ["--n-classes", "10"]),
    "784-1000-1000-10": Size(["--net", "classifier"], {"pytorch": ["pytorch_classifier.py"]}),
}


def program(name):
    """An existing program, for argparse."""
    if not shutil.which(name):
        raise argparse.ArgumentTypeError(f"{name}: no such program")
    return name


def jittor_python():
    """That of scripts/jittor.sh where it is there, else this one."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    python = pathlib.Path(cache, "cgan_jit", "jittor", "bin", "python")
    return str(python) if python.exists() else sys.executable


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cgan-jit", type=program, default="build/release/cgan_jit", help="the program")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every contestant (default: all cores)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--turn", type=float, default=0.3, help="seconds a turn takes, about (default: 0.3)")
    parser.add_argument("--peers", default=",".join(CONTESTANTS), help="which, with commas between (default: all)")
    parser.add_argument("--one-thread", action="store_true", help="PyTorch with one thread, too")
    parser.add_argument("--cpu", default="native", help="cgan_jit's instruction set")
    parser.add_argument("--jittor-python", type=program, default=jittor_python(), help="a Python that has Jittor (default: that of scripts/jittor.sh)")
    parser.add_argument("--sweep", action="store_true", help="other sizes, each beside PyTorch")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


class Contestant:
    """A process that speaks the protocol. `answer` is the number that it gives for a line."""

    def __init__(self, name, command):
        self.name = name
        self.trouble = tempfile.TemporaryFile("w+")  # a pipe that nobody reads would fill up
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.trouble, text=True)

    def is_ready(self):
        for line in self.process.stdout:
            if line.strip() == "ready":
                return True
        self.process.wait()
        self.trouble.seek(0)
        last = self.trouble.read().strip().splitlines()[-1:] or ["no word"]
        print(f"{self.name} does not take part: {last[0]}", file=sys.stderr)
        return False

    def answer(self, line):
        print(line, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def start(args, size):
    """cgan_jit, the probe and every peer that starts, one after the other so that compilations do not disturb each other."""
    common = ["--threads", str(args.threads)]
    entrants = [("cgan_jit", [args.cgan_jit, "bench", "--serve", "--cpu", args.cpu, *common, *size.ours])]
    for name, (script, *variant) in size.peers.items():
        python = args.jittor_python if name == "jittor" else sys.executable
        entrants.append((name, [python, str(PEERS / script), *variant, *common]))
        if args.one_thread and name.startswith("pytorch"):
            entrants.append((f"{name}, 1 thread", [python, str(PEERS / script), *variant, "--threads", "1"]))
    probe = Contestant("probe", [args.cgan_jit, "bench", "--probe", "--cpu", args.cpu, *common])
    if not probe.is_ready():
        sys.exit(1)
    contestants = []
    for name, command in entrants:
        contestant = Contestant(name, command)
        if contestant.is_ready():
            contestants.append(contestant)
        elif name == "cgan_jit":
            sys.exit(1)
    return contestants, probe


def measure(args, contestants, probe):
    """Per contestant: ms a step and the mean of the peaks before and after it, a value a round."""
    steps = {c.name: max(1, round(args.turn / (c.answer(3) / 3))) for c in contestants}
    times = {c.name: [] for c in contestants}
    peaks = {c.name: [] for c in contestants}
    before = probe.answer("")
    for _ in range(args.rounds):
        for contestant in contestants:
            count = steps[contestant.name]
            times[contestant.name].append(contestant.answer(count) / count * 1e3)
            after = probe.answer("")
            peaks[contestant.name].append((before + after) / 2)
            before = after
    return times, peaks


def least_gflop(args, size):
    command = [args.cgan_jit, "bench", "--gflop", *size.ours]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def results(args, size):
    contestants, probe = start(args, size)
    times, peaks = measure(args, contestants, probe)
    for process in (*contestants, probe):
        process.close()
    gflop = least_gflop(args, size)
    ours = times["cgan_jit"]
    rows = {}
    for name, ms in times.items():
        floors = [t * peak / gflop * 1e-3 for t, peak in zip(ms, peaks[name])]
        rows[name] = {
            "step_ms": statistics.median(ms),
            "step_ms_min": min(ms),
            "x_floor": statistics.median(floors),
            "x_floor_min": min(floors),
            "ratio_of_medians": statistics.median(ms) / statistics.median(ours),
            "median_of_ratios": statistics.median(theirs / own for theirs, own in zip(ms, ours)),
            "peak_gflops": statistics.median(peaks[name]),
            "minutes_50_epochs": statistics.median(ms) * 1e-3 * STEPS_OF_50_EPOCHS / 60,
        }
    return {"gflop": gflop, "threads": args.threads, "rounds": args.rounds, "contestants": rows}


def show(title, result):
    print(f"{title}: {result['gflop']:.3f} GFLOP at least, {result['threads']} threads, {result['rounds']} rounds")
    print(f"  {'':<26}{'ms/step':>9}{'min':>9}{'x floor':>9}{'min':>9}{'x ours':>9}{'per round':>11}{'peak':>8}{'50 epochs':>11}")
    for name, row in result["contestants"].items():
        print(
            f"  {name:<26}{row['step_ms']:>9.2f}{row['step_ms_min']:>9.2f}{row['x_floor']:>9.3f}{row['x_floor_min']:>9.3f}"
            f"{row['ratio_of_medians']:>9.3f}{row['median_of_ratios']:>11.3f}{row['peak_gflops']:>8.1f}"
            f"{row['minutes_50_epochs']:>7.1f} min",
            flush=True,
        )


def report_size(names):
    """The report's net beside the contestants of these names, with commas between."""
    wanted = [name for name in names.split(",") if name]
    unknown = [name for name in wanted if name not in CONTESTANTS]
    if unknown:
        sys.exit(f"compare: no peer is named '{unknown[0]}'; there are {', '.join(CONTESTANTS)}")
    return Size([], {name: CONTESTANTS[name] for name in wanted})


def main():
    args = options()
    sizes = SWEEP if args.sweep else {"report": report_size(args.peers)}
    found = {}
    for name, size in sizes.items():
        found[name] = results(args, size)
        if not args.json:
            show(name, found[name])
    if args.json:
        print(json.dumps(found if args.sweep else found["report"], indent=2))


if __name__ == "__main__":
    main()
