# SPDX-License-Identifier: Apache-2.0
"""Lines and branches of lib/ that programs reached, from the counters that gcc's instrumented builds
leave behind. Several builds are added up, so that what only one of them contains counts too. A line
with the mark `/* not reached: why */` counts only if docs/testing.md does not list it.

usage: reached.py ROOT BUILD... ; prints a table and ends with the status 1 below the limits."""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

LINES, BRANCHES = 100.0, 95.0
MARK = re.compile(r"/\* not reached: (.*?) \*/")
ROW = re.compile(r"^\| `(lib/[\w/.]+)` \| not reached: (.*?) \|", re.M)


def marked(root):
    """(file, why) -> line numbers of the marks in lib/."""
    found = collections.defaultdict(list)
    for path in sorted((root / "lib").rglob("*.[ch]*")):
        if path.suffix not in (".c", ".h", ".cpp"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for why in MARK.findall(line):
                found[str(path.relative_to(root)), why].append(number)
    return found


def listed(root):
    return set(ROW.findall((root / "docs" / "testing.md").read_text(encoding="utf-8")))


def unlisted(root):
    """Marks without a row in docs/testing.md, and rows without a mark."""
    marks, rows = set(marked(root)), listed(root)
    for name, why in sorted(marks - rows):
        yield "%s has a mark that docs/testing.md does not list: %s" % (name, why)
    for name, why in sorted(rows - marks):
        yield "docs/testing.md lists a mark that %s has not: %s" % (name, why)


class Counts:
    """lines[file][line] and branches[file][line, function, number]: how often."""

    def __init__(self):
        self.lines = collections.defaultdict(collections.Counter)
        self.branches = collections.defaultdict(collections.Counter)

    def add(self, name, line):
        number = line["line_number"]
        # Clones of one function for several processors are one function.
        function = line.get("function_name", "").split(".")[0]
        self.lines[name][number] += line["count"]
        for index, branch in enumerate(line["branches"]):
            if not branch["throw"]:
                self.branches[name][number, function, index] += branch["count"]


def read_build(root, build, counts):
    for notes in sorted((build / "lib").rglob("*.gcno")):
        run = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout",
                              str(notes)], cwd=build, capture_output=True, text=True, check=True)
        for text in run.stdout.splitlines():
            for record in json.loads(text)["files"]:
                path = pathlib.Path(os.path.normpath(build / record["file"]))
                if (root / "lib") in path.parents:
                    for line in record["lines"]:
                        counts.add(str(path.relative_to(root)), line)


def runs(numbers):
    """3, 4, 5, 9 as "3-5 9"."""
    parts = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join("%d" % a if a == b else "%d-%d" % (a, b) for a, b in parts)


def share(part, whole):
    return 100.0 * part / whole if whole else 100.0


def main(root, builds):
    counts = Counts()
    for build in builds:
        read_build(root, build, counts)
    spared = collections.defaultdict(set)
    for (name, _), numbers in marked(root).items():
        spared[name].update(numbers)
    total = [0, 0, 0, 0]
    faults = list(unlisted(root))
    print("%-32s %13s %8s %15s %8s  %s" % ("file", "lines", "%", "branches", "%", "not reached"))
    for name in sorted(counts.lines):
        lines = {n: c for n, c in counts.lines[name].items() if n not in spared[name]}
        branches = {k: c for k, c in counts.branches[name].items() if k[0] not in spared[name]}
        for number in spared[name]:
            if counts.lines[name].get(number, 0):
                faults.append("%s:%d is marked and reached" % (name, number))
        good = sum(1 for count in lines.values() if count)
        taken = sum(1 for count in branches.values() if count)
        total = [a + b for a, b in zip(total, (good, len(lines), taken, len(branches)))]
        missing = sorted(n for n, count in lines.items() if not count)
        half = sorted({k[0] for k, count in branches.items() if not count} - set(missing))
        print("%-32s %6d/%6d %8.2f %7d/%7d %8.2f  %s%s" % (
            name, good, len(lines), share(good, len(lines)), taken, len(branches),
            share(taken, len(branches)), runs(missing),
            " (branches: %s)" % runs(half) if half else ""))
    line_share, branch_share = share(*total[:2]), share(*total[2:])
    print("lines: %d of %d, %.2f %%; branches: %d of %d, %.2f %%; %d lines excluded" % (
        total[0], total[1], line_share, total[2], total[3], branch_share,
        sum(map(len, spared.values()))))
    if not total[1]:
        faults.append("nothing was counted")
    if line_share < LINES:
        faults.append("%.2f %% of lines are below %g %%" % (line_share, LINES))
    if branch_share < BRANCHES:
        faults.append("%.2f %% of branches are below %g %%" % (branch_share, BRANCHES))
    for fault in faults:
        print("FAIL " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    arguments = [pathlib.Path(argument).resolve() for argument in sys.argv[1:]]
    sys.exit(main(arguments[0], arguments[1:]))
