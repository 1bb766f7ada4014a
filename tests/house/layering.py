#!/usr/bin/env python3
"""Fails when the house does not stand as it is drawn. Usage: layering.py SOURCE_FOLDER

A room (a folder, or one inside of it) includes what its row allows, and itself. Only codegen's .cpp files name LLVM. No circle leads
from file to file: a header and the .cpp of its name are one. No source, of a room or a test, is longer than LONGEST lines.
"""
import pathlib
import re
import sys

GRAPH_ROOMS = ["ir", "passes/graph"]
DOORS = {
    "ir": [],
    "os": ["ir/error.h"],
    "passes": ["ir", "passes"],  # the data model, the list of passes and its driver
    "passes/graph": ["ir"],
    "passes/autodiff": GRAPH_ROOMS,
    "passes/simplify": GRAPH_ROOMS,
    "passes/products": GRAPH_ROOMS + ["passes/simplify"],
    "passes/layout": GRAPH_ROOMS + ["passes/products"],
    "passes/fuse": GRAPH_ROOMS + ["passes/products", "passes/layout"],
    "passes/memory": GRAPH_ROOMS + ["passes/program.h", "passes/fuse"],
    "passes/lower": GRAPH_ROOMS + ["passes/program.h", "passes/products", "passes/layout", "passes/fuse", "passes/memory"],
    "codegen": ["ir", "os", "runtime/abi.h"],
    "runtime": ["ir/standard_floats.h"],
    "frontend": ["ir", "passes", "codegen", "runtime"],
    "io": ["os", "ir/error.h", "ir/excerpt.h"],
    "training": ["ir", "os", "passes/pipeline.h", "frontend", "io"],
    "models": ["frontend", "ir/error.h"],
    "bench/nets": ["frontend"],
    "cli": ["ir", "os", "passes", "codegen", "runtime", "frontend", "io", "training", "models", "bench/nets"],
}
LONGEST = 400
LONG_FILES = {}  # longer ones, each with its reason
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def room_of(path):
    """The innermost room that holds the file."""
    return max((room for room in DOORS if path.startswith(room + "/")), key=len, default=None)


def opens(door, included):
    return included == door or included.startswith(door + "/")


def includes_of(file):
    for line in file.read_text().splitlines():
        if found := INCLUDE.match(line):
            yield found.group(1) == '"', found.group(2)


def circles(edges):
    """The circles of a graph of names, each as its names in order (Tarjan's components of more than one)."""
    number, low, stack, found = {}, {}, [], []

    def visit(name):
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in sorted(edges.get(name, ())):
            if other not in number:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == number[name]:
            component = stack[stack.index(name):]
            del stack[-len(component):]
            if len(component) > 1:
                found.append(component)

    for name in sorted(edges):
        if name not in number:
            visit(name)
    return found


def sources(root, suffixes):
    """The files of the rooms, and of tests and benchmarks, with their paths."""
    folders = {room.split("/")[0] for room in DOORS} | {"bench", "tests"}
    for file in sorted(file for folder in folders for file in (root / folder).rglob("*") if file.suffix in suffixes):
        yield file, file.relative_to(root).as_posix()


def long_files(root):
    for file, path in sources(root, (".h", ".cpp", ".py")):
        if (length := len(file.read_text().splitlines())) > LONGEST and path not in LONG_FILES:
            yield f"{path} has {length} lines, more than {LONGEST}"


def wrong_includes(root):
    edges = {}
    for file, path in sources(root, (".h", ".cpp")):
        room = room_of(path)
        if room is None:
            continue
        for quoted, included in includes_of(file):
            if included.startswith(("llvm/", "llvm-c/")):
                if room != "codegen" or file.suffix != ".cpp":
                    yield f"{path} includes {included}: only codegen/*.cpp may name LLVM"
            elif quoted or room_of(included):
                if room_of(included) != room and not any(opens(door, included) for door in DOORS[room]):
                    yield f"{path} includes {included}: not a door of {room}/"
                edges.setdefault(path.rsplit(".", 1)[0], set()).add(included.rsplit(".", 1)[0])
    for name in edges:
        edges[name].discard(name)
    for circle in circles(edges):
        yield "these files include each other in a circle: " + ", ".join(circle)


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    broken = [*long_files(root), *wrong_includes(root)]
    print("".join(f"layering: {violation}\n" for violation in broken), end="")
    sys.exit(1 if broken else 0)
