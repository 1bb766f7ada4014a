"""Training runs that are killed, at a random moment or at a chosen system call, and what a run's folder then holds."""

import os
import random
import shutil
import signal
import subprocess
import time

STRACE = shutil.which("strace")
# What changes files, as strace knows it.
CHANGING_CALLS = "openat,mkdir,mkdirat,write,pwrite64,rename,renameat,renameat2,symlink,symlinkat,unlink,unlinkat,rmdir,ftruncate,fsync,fdatasync,fchmod,fchmodat".split(",")


def contents(folder):
    """Everything in a folder, by its path: a file's bytes and mode, a link's target."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_dir():
            found[name + "/"] = path.stat().st_mode & 0o777
        else:
            found[name] = (path.stat().st_mode & 0o777, path.read_bytes())
    return found


def differences(folder, other):
    """The names of what is only in one of two folders, or not the same in both."""
    a, b = contents(folder), contents(other)
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


def is_traceable():
    """Whether strace is here and may be used."""
    if not STRACE:
        return False
    return subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True).returncode == 0


def count_calls(command, **how):
    """Runs the command to its end; how often it made each of the calls that change files."""
    trace = how.pop("trace")
    subprocess.run([STRACE, "-f", "-qq", "-o", str(trace), "-e", "trace=" + ",".join("?" + call for call in CHANGING_CALLS), *command], check=True, **how)
    counts = dict.fromkeys(CHANGING_CALLS, 0)
    for line in trace.read_text().splitlines():
        name = line.split(maxsplit=1)[1].split("(")[0]
        if name in counts:
            counts[name] += 1
    return {call: count for call, count in counts.items() if count > 0}


def kill_at_call(command, call, number, **how):
    """Runs the command; each of its threads would be killed at its call of that number. Gives the exit code."""
    return subprocess.run([STRACE, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}", *command], **how).returncode


def fail_at_call(command, call, error, when, **how):
    """Runs the command; calls fail with that error, `when` as strace counts ("5", "5+")."""
    return subprocess.run([STRACE, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}", *command], **how)


def kill_at_random(command, most_seconds, generator=random, sent=signal.SIGKILL, **how):
    """Runs the command and sends it a signal at a moment between now and then. Gives the exit code."""
    process = subprocess.Popen(command, **how)
    time.sleep(generator.uniform(0, most_seconds))
    process.send_signal(sent)
    return process.wait()
