#!/usr/bin/env python3
"""The training step side by side: cgan_jit and other frameworks in one interleaved run.

All contestants are started, then asked in turn for some steps, round after round, with a probe of the machine's FMA peak before and after each turn. One that
does not start is left out, with a line that says so.

Without --sweep and --models the results go into bench.json, and as a bar chart beside it. It holds
    machine       cpu, cores, threads (of every contestant), system
    versions      of cgan_jit (its commit) and of the frameworks, by package
    gflop         the least arithmetic of a step
    rounds        turns of every contestant
    contestants   by name, the fastest first: step_ms (median; also _min and _rounds, a value a round), minutes_50_epochs at the median, ratio_of_medians to
                  cgan_jit and median_of_ratios (those of the rounds), x_floor (time over that of the least arithmetic at the peak; also _min), peak_gflops,
                  peak_mib (the most memory that the process had; null where the system does not tell)
    absent        by name, why a contestant is left out
    elsewhere     by name, what another machine took: machine, minutes_50_epochs [least, most]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import typing

import contest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
STEPS_OF_50_EPOCHS = 50 * contest.STEPS_OF_AN_EPOCH  # at batch 64; at other sizes the column means as many steps
OURS = "cgan_jit"
LAPTOP = "a laptop (Intel i5-10210U)"
ELSEWHERE = {
    "the report's Jittor": {"machine": LAPTOP, "minutes_50_epochs": [120, 120]},
    "the report's PyTorch": {"machine": LAPTOP, "minutes_50_epochs": [210, 240]},
}


class Peer(typing.NamedTuple):
    """A contestant of another framework: its name for people, and its script with options."""

    name: str
    command: list


PEER_OF = {
    "pytorch frozen": Peer("PyTorch, D frozen, fused Adam", ["pytorch_cgan.py", "--variant", "frozen"]),
    "pytorch cgan": Peer("PyTorch as cgan.py is written", ["pytorch_cgan.py", "--variant", "cgan"]),
    "pytorch compile": Peer("PyTorch, torch.compile", ["pytorch_cgan.py", "--variant", "compile"]),
    "jax": Peer("JAX", ["jax_cgan.py"]),
    "jittor": Peer("Jittor", ["jittor_cgan.py"]),
}
PACKAGES = ["torch", "jax", "jittor", "numpy"]


class Size(typing.NamedTuple):
    """Options that give cgan_jit nets, by name; and its peers at the same size."""

    ours: dict
    peers: list
    epochs: bool = True  # whether 50 epochs of MNIST are what it trains for


def beside_pytorch(ours, theirs):
    fastest = PEER_OF["pytorch frozen"]
    return Size({OURS: ours}, [fastest._replace(command=[*fastest.command, *theirs])])


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
    "784-1000-1000-10": Size({OURS: ["--model", "classifier"]}, [Peer("PyTorch", ["pytorch_classifier.py"])]),
}


def model_size(name):
    """A net of bench/nets beside the same net elsewhere."""
    peers = [Peer("PyTorch, eager", ["pytorch_nets.py", "--net", name]), Peer("JAX", ["jax_nets.py", "--net", name])]
    return Size({OURS: ["--model", name]}, peers, epochs=False)


def jittor_python():
    """That of scripts/jittor.sh where it is there, else this one."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    python = pathlib.Path(cache, "cgan_jit", "jittor", "bin", "python")
    return str(python) if python.exists() else sys.executable


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cgan-jit", type=contest.program, default="build/release/cgan_jit", help="the program")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every contestant (default: all cores)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--turn", type=float, default=0.3, help="seconds a turn takes, about (default: 0.3)")
    parser.add_argument("--peers", default=",".join(PEER_OF), help="which, with commas between (default: all)")
    parser.add_argument("--one-thread", action="store_true", help="PyTorch with one thread, too")
    parser.add_argument("--cpu", default="native", help="cgan_jit's instruction set")
    parser.add_argument("--jittor-python", type=contest.program, default=jittor_python(), help="a Python that has Jittor (default: that of scripts/jittor.sh)")
    several = parser.add_mutually_exclusive_group()
    several.add_argument("--sweep", action="store_true", help="other sizes, each beside PyTorch")
    several.add_argument("--models", metavar="NAMES", help="nets of bench/nets, with commas between, each beside PyTorch and JAX")
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE", help="where the results go, as JSON (default: bench.json; with --sweep or --models nowhere)")
    return parser.parse_args()


def python_of(script, args):
    return args.jittor_python if script.startswith("jittor") else sys.executable


def commands_of(args, size):
    """Of every contestant by name, and cgan_jit's come first."""
    threads = ["--threads", str(args.threads)]
    commands = {name: [args.cgan_jit, "bench", "--serve", "--cpu", args.cpu, *threads, *options] for name, options in size.ours.items()}
    for name, (script, *variant) in size.peers:
        command = [python_of(script, args), str(PEERS / script), *variant]
        commands[name] = [*command, *threads]
        if args.one_thread and name.startswith("PyTorch"):
            commands[f"{name}, 1 thread"] = [*command, "--threads", "1"]
    return commands


def version(package, args):
    """Of an installed Python package, as text; nothing if there is none."""
    question = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    answer = subprocess.run([python_of(package, args), "-c", question], capture_output=True, text=True)
    return answer.stdout.strip()


def versions(args):
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    found = {OURS: commit, "python": sys.version.split()[0], **{package: version(package, args) for package in PACKAGES}}
    return {name: text for name, text in found.items() if text}


def least_gflop(args, size):
    command = [args.cgan_jit, "bench", "--gflop", *size.ours[OURS]]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def row_of(theirs, ours, gflop):
    """A contestant's line beside cgan_jit's."""
    step_ms = statistics.median(theirs.step_ms)
    floors = [ms * peak / gflop * 1e-3 for ms, peak in zip(theirs.step_ms, theirs.peak_gflops, strict=True)]
    return {
        "step_ms": step_ms,
        "step_ms_min": min(theirs.step_ms),
        "ratio_of_medians": step_ms / statistics.median(ours.step_ms),
        "median_of_ratios": contest.median_of_ratios(theirs.step_ms, ours.step_ms),
        "x_floor": statistics.median(floors),
        "x_floor_min": min(floors),
        "peak_gflops": statistics.median(theirs.peak_gflops),
        "peak_mib": theirs.peak_mib,
        "step_ms_rounds": theirs.step_ms,
    }


def results(args, size):
    probe = [args.cgan_jit, "bench", "--probe", "--cpu", args.cpu, "--threads", str(args.threads)]
    measured, absent = contest.race(probe, commands_of(args, size), args.rounds, args.turn)
    if OURS not in measured:
        sys.exit("compare: there is nothing to compare with")
    gflop = least_gflop(args, size)
    rows = {name: row_of(theirs, measured[OURS], gflop) for name, theirs in measured.items()}
    if size.epochs:
        for row in rows.values():
            row["minutes_50_epochs"] = contest.minutes(row["step_ms"], STEPS_OF_50_EPOCHS)
    by_speed = dict(sorted(rows.items(), key=lambda item: item[1]["step_ms"]))
    return {
        "machine": contest.machine(args.threads),
        "versions": versions(args),
        "gflop": gflop,
        "rounds": args.rounds,
        "contestants": by_speed,
        "absent": absent,
        "elsewhere": ELSEWHERE,
    }


def show(title, result):
    machine = result["machine"]
    print(f"{title}: {result['gflop']:.3f} GFLOP at least, {machine['threads']} threads of {machine['cpu']}, {result['rounds']} rounds")
    print(f"  {'':<40}{'ms/step':>9}{'min':>9}{'x floor':>9}{'min':>9}{'x ours':>9}{'per round':>11}{'peak':>8}{'MiB':>7}{'50 epochs':>11}")
    for name, row in result["contestants"].items():
        epochs = f"{row['minutes_50_epochs']:>7.1f} min" if "minutes_50_epochs" in row else f"{'':>11}"
        print(
            f"  {name:<40}{row['step_ms']:>9.2f}{row['step_ms_min']:>9.2f}{row['x_floor']:>9.3f}{row['x_floor_min']:>9.3f}"
            f"{row['ratio_of_medians']:>9.3f}{row['median_of_ratios']:>11.3f}{row['peak_gflops']:>8.1f}{row['peak_mib'] or 0:>7.0f}{epochs}",
            flush=True,
        )


def write(file, found):
    contest.write_file(file, json.dumps(found, indent=2) + "\n")
    print(f"written: {file}")


def draw(file, args):
    """The chart of a file of results, beside it."""
    subprocess.run([args.cgan_jit, "bench", "--chart", str(file)], check=True)
    print(f"drawn:   {file.with_suffix('.svg')}, {file.with_suffix('.png')}")


def report_size(names):
    """The report's net, with fusion and without, beside the contestants of these names, with commas between."""
    wanted = [name for name in names.split(",") if name]
    unknown = [name for name in wanted if name not in PEER_OF]
    if unknown:
        sys.exit(f"compare: no peer is named '{unknown[0]}'; there are {', '.join(PEER_OF)}")
    return Size({OURS: [], f"{OURS}, fusion off": ["--disable-pass", "fuse"]}, [PEER_OF[name] for name in wanted])


def compare(args, sizes):
    found = {}
    for name, size in sizes.items():
        found[name] = results(args, size)
        show(name, found[name])
    return found


def main():
    args = options()
    if args.sweep or args.models:
        found = compare(args, SWEEP if args.sweep else {name: model_size(name) for name in args.models.split(",")})
        if args.out:
            write(args.out, found)
        return
    out = args.out or pathlib.Path("bench.json")
    write(out, compare(args, {"report": report_size(args.peers)})["report"])
    draw(out, args)


if __name__ == "__main__":
    main()
