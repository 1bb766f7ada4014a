#!/usr/bin/env python3
"""docs/GUIDE.md as programs: guide.py write GUIDE SOURCE, or guide.py check GUIDE PROGRAMS CGAN_JIT FOLDER

The ```cpp blocks under one heading are one program, in their order; if they begin with an #include they are a whole one, else they stand
in a main. `write` puts all of them into one source, whose main runs the one that it is told. `check` runs each in a folder of its own,
then the ```sh blocks under its heading, and holds what they print against the ```text blocks behind them.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys


class Chapter:
    """What stands under a heading: blocks of (language, line of the guide, text)."""

    def __init__(self, heading):
        self.name = re.sub(r"\W+", "_", heading.lower()).strip("_")
        self.blocks = []

    def program(self):
        return [(line, text) for language, line, text in self.blocks if language == "cpp"]

    def is_whole(self):
        return self.program()[0][1].startswith("#include")

    def printed(self):
        """What the program prints: the texts behind its blocks."""
        return "".join(text for _, text in self.with_printed("cpp"))

    def commands(self):
        """Each with what it prints."""
        return self.with_printed("sh")

    def with_printed(self, language):
        """The blocks of that language, each with the text behind it."""
        after = self.blocks[1:] + [("", 0, "")]
        return [(block[2], text if follows == "text" else "") for block, (follows, _, text) in zip(self.blocks, after) if block[0] == language]


def chapters_of(guide):
    chapters, block = [Chapter("")], None
    for number, line in enumerate(guide.read_text().splitlines(), 1):
        if line.startswith("```"):
            if block:
                chapters[-1].blocks.append((block[0], block[1], "".join(block[2])))
            block = None if block else (line[3:], number + 1, [])
        elif block:
            block[2].append(line + "\n")
        elif line.startswith("#"):
            chapters.append(Chapter(line.lstrip("# ")))
    return [chapter for chapter in chapters if chapter.blocks]


def in_namespace(chapter, guide):
    """The program as a function `run` of a namespace, with its lines' numbers: a whole program's own, else the guide's."""
    blocks = chapter.program()
    if chapter.is_whole():
        [(_, text)] = blocks
        text = re.sub(r"^#include.*", "", text, flags=re.M).replace("int main()", "void run()")
        return f'namespace {chapter.name} {{\n#line 1 "{chapter.name}.cpp"\n{text}}}\n'
    body = "".join(f'#line {line} "{guide.name}"\n{text}' for line, text in blocks)
    return f"namespace {chapter.name} {{\nusing namespace cgan_jit;\nvoid run() {{\n{body}}}\n}}\n"


def write(guide, source):
    programs = [chapter for chapter in chapters_of(guide) if chapter.program()]
    includes = sorted({line for chapter in programs for _, text in chapter.program() for line in re.findall(r"^#include.*", text, re.M)})
    runs = "".join(f'  if (name == "{chapter.name}") return {chapter.name}::run(), 0;\n' for chapter in programs)
    source.write_text("\n".join(includes + ["#include <string_view>", "", *(in_namespace(chapter, guide) for chapter in programs)])
                      + f"\nint main(int, char** arguments) {{\n  const std::string_view name = arguments[1];\n{runs}  return 2;\n}}\n")


def prints(command, wanted, folder, environment):
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0 and done.stdout == wanted:
        return True
    print(f"{folder.name}: {command} ended with {done.returncode} and printed\n{done.stdout}---- the guide has\n{wanted}")
    return False


def check(guide, programs, cgan_jit, folder):
    environment = dict(os.environ, PATH=f"{cgan_jit.parent}:{os.environ['PATH']}")
    right = []
    for chapter in chapters_of(guide):
        place = folder / chapter.name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        if chapter.program():
            right.append(prints([programs, chapter.name], chapter.printed(), place, environment))
        right += [prints(["sh", "-ec", command], printed, place, environment) for command, printed in chapter.commands()]
    print(f"{len(right)} programs and commands")
    return 0 if right and all(right) else 1


if __name__ == "__main__":
    guide, *paths = (pathlib.Path(path).resolve() for path in sys.argv[2:])
    sys.exit({"write": write, "check": check}[sys.argv[1]](guide, *paths))
