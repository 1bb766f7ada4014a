#!/usr/bin/env python3
"""Writes docs/OPS.md, what <frontend/cgan_jit.h> declares: ops.py [--check] [ROOT]

A section is a comment `// Title. What holds for all of it.` of a header, a paragraph lines of declarations that nothing parts, with the
`///` comment above them. Fails, as it does with --check when docs/OPS.md is not what it would write, when a declaration has no comment.
"""
import pathlib
import re
import sys

HEADERS = ["tensor", "ops", "activations", "windows", "layers", "functional_layers", "recurrent", "attention", "losses", "optimizers", "schedules", "clipping", "init",
           "draws", "session", "recording"]  # as a reader wants them
INTRODUCTION = """# Operations, layers, losses, optimisers

All that `#include <frontend/cgan_jit.h>` declares in the namespace `cgan_jit`. Shapes stand in brackets, `...` is any number of axes;
"Throws Error" is an exception, `cgan_jit::Error`, that names the caller's file and line. [GUIDE.md](GUIDE.md) shows how these go together.
Made from the headers by `scripts/ops.py`: change them, not this page.
"""


def reached_headers(folder):
    """The headers of `folder` that cgan_jit.h leads to."""
    reached, waiting = set(), ["cgan_jit"]
    while waiting:
        for name in re.findall(rf'#include "{folder.name}/(\w+)\.h"', (folder / f"{waiting.pop()}.h").read_text()):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


class Section:
    def __init__(self, comment, header):
        self.title, _, text = comment[0].partition(".")
        self.lines = [text, *comment[1:]]
        self.header = header
        self.groups = []


class Group:
    """Declarations, as written, and the comment above them."""

    def __init__(self, comment, number):
        self.comment, self.number, self.declarations = comment, number, []


def without_comment(line):
    return re.sub(r"\s*//.*", "", line)


def declaration_at(lines, start):
    """Lines of the declaration that begins there."""
    depth = 0
    for end in range(start, len(lines)):
        code = without_comment(lines[end])
        depth += sum(code.count(c) for c in "({[") - sum(code.count(c) for c in ")}]")
        if depth == 0 and code.endswith((";", "}")):
            return lines[start:end + 1]
    raise SystemExit(f"no end: {lines[start]}")


def public_part(declaration):
    """The declaration without what users may not name."""
    private = next((i for i, line in enumerate(declaration) if line.strip() == "private:"), None)
    if private is None:
        return declaration
    shown = declaration[:private]
    while not shown[-1].strip():
        shown.pop()
    return shown + declaration[-1:]


def sections_of(path):
    """The sections of a header's namespace; what stands before the first is in one without a title."""
    lines = path.read_text().splitlines()
    at = lines.index("namespace cgan_jit {") + 1
    sections, group, comment = [Section([""], path.name)], None, []
    while not lines[at].startswith("}  // namespace"):
        line, begin = lines[at], at
        at += 1
        if not line:
            group, comment = None, []
        elif line.startswith("///"):
            comment.append(line[4:])
            group = None
        elif line.startswith("//"):
            while lines[at].startswith("//"):
                at += 1
            sections.append(Section([text[3:] for text in lines[begin:at]], path.name))
        elif not re.fullmatch(r"(class|struct) \w+;", line):
            declaration = declaration_at(lines, begin)
            at = begin + len(declaration)
            if group is None:
                group, comment = Group(comment, begin + 1), []
                sections[-1].groups.append(group)
            group.declarations.append(public_part(declaration))
    return [section for section in sections if section.title or section.groups]


def escaped(text):
    """Prose, in which only `code` is marked up."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"[\\*<]|\](?=\()|\b_|_\b", r"\\\g<0>", part) for part in parts[::2]]
    return "`".join(parts)


def markdown(lines):
    """A comment's lines: paragraphs, and indented lines as they stand."""
    blocks = []
    for line in lines:
        kind = "code" if line.startswith("  ") else "prose" if line.strip() else None
        if kind and blocks and blocks[-1][0] == kind:
            blocks[-1][1].append(line)
        else:
            blocks.append((kind, [line]))
    texts = ["```\n" + "\n".join(lines) + "\n```" if kind == "code" else escaped(" ".join(line.strip() for line in lines))
             for kind, lines in blocks if kind]
    return "\n\n".join(texts)


def page_of(section):
    blocks = [f"## {section.title}", f"`frontend/{section.header}`", markdown(section.lines)]
    for group in section.groups:
        blocks.append("```cpp\n" + "\n".join(line for declaration in group.declarations for line in declaration) + "\n```")
        blocks.append(markdown(group.comment))
    return "\n\n".join(block for block in blocks if block)


def anchor(title):
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def names_in(section):
    """What the section declares, each name once, in its order."""
    first_lines = [declaration[0] for group in section.groups for declaration in group.declarations]
    found = (re.search(r"(?:struct|class|using) (\w+)|(operator\W+?|\w+)\(", line) for line in first_lines)
    return dict.fromkeys(name[1] or name[2] for name in found)


def contents_of(sections):
    return "\n".join(f"- [{section.title}](#{anchor(section.title)}): " + ", ".join(f"`{name}`" for name in names_in(section))
                     for section in sections)


def faults_of(sections):
    for section in sections:
        for group in section.groups:
            where = f"frontend/{section.header}:{group.number}: {group.declarations[0][0]}"
            if not group.comment:
                yield f"{where} has no comment"
            if not section.title:
                yield f"{where} stands in no section"


def main(arguments):
    root = pathlib.Path(arguments[-1] if arguments and arguments[-1] != "--check" else __file__ + "/../..").resolve()
    frontend, page = root / "frontend", root / "docs/OPS.md"
    reached = reached_headers(frontend)
    sections = [section for name in HEADERS if name in reached for section in sections_of(frontend / f"{name}.h")]
    faults = [f"frontend/{name}.h has no place in scripts/ops.py" for name in sorted(reached.difference(HEADERS))]
    faults += faults_of(sections)
    text = "\n\n".join([INTRODUCTION + "\n" + contents_of(sections)] + [page_of(section) for section in sections]) + "\n"
    if "--check" not in arguments:
        page.write_text(text)
    elif not page.exists() or page.read_text() != text:
        faults.append("docs/OPS.md is not what scripts/ops.py makes of the headers: run it")
    print("".join(f"ops: {fault}\n" for fault in faults), end="")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
