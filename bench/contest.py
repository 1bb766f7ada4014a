"""What the measuring programs share: processes that run training steps when asked, asked in turn, round after round.

A contestant prints `ready` and then, for each line K, runs K training steps and prints the seconds that they took.
"""

import argparse
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

STEPS_OF_AN_EPOCH = 938  # of MNIST's 60000 training images at batch 64, the short batch included


def program(name):
    """An existing program, for argparse."""
    if not shutil.which(name):
        raise argparse.ArgumentTypeError(f"{name}: no such program")
    return name


class Lost(Exception):
    """A contestant that does not start, or ended; why."""


class Contestant:
    """A process that speaks the protocol. `answer` is the number that it gives for a line. Raises Lost."""

    def __init__(self, name, command):
        self.name = name
        self.trouble = tempfile.TemporaryFile("w+")  # a pipe that nobody reads would fill up
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.trouble, text=True)
        while (line := self.process.stdout.readline()).strip() != "ready":
            if not line:
                raise self.lost()

    def lost(self):
        """Why it is."""
        self.process.kill()
        self.process.wait()
        self.trouble.seek(0)
        lines = self.trouble.read().strip().splitlines()
        return Lost(lines[-1] if lines else f"it ended with {self.process.returncode} and no word")

    def answer(self, line):
        try:
            print(line, file=self.process.stdin, flush=True)
            return float(self.process.stdout.readline())
        except (BrokenPipeError, ValueError):
            raise self.lost() from None

    def step_ms(self, steps):
        return self.answer(steps) / steps * 1e3

    def peak_mib(self):
        """The most memory that the process had so far, its libraries' included; None where the system does not tell."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), None)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def start(commands):
    """Contestants by name, one after the other so that compilations do not disturb each other; and why others are absent, by name."""
    present, absent = {}, {}
    for name, command in commands.items():
        try:
            present[name] = Contestant(name, command)
        except Lost as reason:
            absent[name] = str(reason)
    return present, absent


class Measured:
    """Of a contestant, a value a round: ms a step, and the mean of the peaks (GFLOP/s) before and after its turn. And the most memory that it had."""

    def __init__(self):
        self.step_ms, self.peak_gflops, self.peak_mib = [], [], None


def measure(contestants, probe, rounds, seconds):
    """Turns of about so many seconds, A B C A B C. Measured by name; and why others are lost on the way, by name."""
    racing, lost, steps = dict(contestants), {}, {}
    measured = {name: Measured() for name in contestants}

    def take_turn(name, turn):
        try:
            turn(racing[name])
        except Lost as reason:
            lost[name] = str(reason)
            del racing[name], measured[name]

    def estimate(contestant):
        steps[contestant.name] = max(1, round(seconds / (contestant.step_ms(3) * 1e-3)))

    def time(contestant):
        measured[contestant.name].step_ms.append(contestant.step_ms(steps[contestant.name]))

    for name in contestants:
        take_turn(name, estimate)
    before = probe.answer("")
    for _ in range(rounds):
        for name in list(racing):
            take_turn(name, time)
            after = probe.answer("")
            if name in racing:
                measured[name].peak_gflops.append((before + after) / 2)
            before = after
    for name, contestant in racing.items():
        measured[name].peak_mib = contestant.peak_mib()
        contestant.close()
    return measured, lost


def race(probe_command, commands, rounds, seconds):
    """Contestants by name, started and measured. Measured by name; and why others are absent, by name."""
    present, absent = start(commands)
    try:
        probe = Contestant("probe", probe_command)
        measured, lost = measure(present, probe, rounds, seconds)
        probe.close()
    except Lost as reason:  # take_turn keeps what contestants do
        sys.exit(f"the probe of the machine's peak: {reason}")
    absent |= lost
    for name, reason in absent.items():
        print(f"{name} does not take part: {reason}", file=sys.stderr)
    return measured, absent


def write_file(file, text):
    """All at once; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(file.name + ".new")
    new.write_text(text)
    os.replace(new, file)


def median_of_ratios(dividend, divisor):
    """Of the ratios round by round."""
    return statistics.median(over / under for over, under in zip(dividend, divisor, strict=True))


def minutes(step_ms, steps):
    return step_ms * 1e-3 * steps / 60


def machine(threads):
    """What the contestants ran on."""
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    models = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")] if cpuinfo.exists() else []
    return {"cpu": models[0] if models else platform.processor() or platform.machine(), "cores": os.cpu_count(), "threads": threads, "system": platform.system()}
