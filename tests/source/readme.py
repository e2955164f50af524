# SPDX-License-Identifier: Apache-2.0
"""Builds and runs the README's C example as printed. usage: readme.py ROOT
Last line: N passed, N failed"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import run as source

LINES = 24  # an example of twenty lines and a little


def blocks(text, language):
    return re.findall(r"^```%s\n(.*?)^```" % language, text, re.S | re.M)


def shell(script, folder):
    """(status, output) in a folder that has build/prefix as the README's reader has it."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PKG_CONFIG_PATH", "LD_LIBRARY_PATH")}
    run = subprocess.run(["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True,
                         check=False, env=environment, timeout=300)
    return run.returncode, run.stdout + run.stderr


def main(root):
    report = source.Report()
    text = (root / "README.md").read_text(encoding="utf-8")
    examples = blocks(text, "c")
    scripts = [script for script in blocks(text, "sh") if "pkg-config --cflags" in script]
    report.check("the README has one C example and its commands",
                 [] if len(examples) == len(scripts) == 1 else ["%d and %d" % (len(examples),
                                                                              len(scripts))])
    if report.failed:
        return report.close()
    lines = [line for line in examples[0].splitlines() if line.strip()]
    report.check("the example is short", [] if len(lines) <= LINES else ["%d lines" % len(lines)])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "build").mkdir()
        (work / "build" / "prefix").symlink_to(root / "build" / "prefix")
        (work / "example.c").write_text(examples[0], encoding="utf-8")
        status, output = shell(scripts[0], folder)
        good = status == 0 and re.fullmatch(r"(?:[\d.]+ % in [\d.]+ ms\n)+", output)
        report.check("it builds and runs as printed, and prints a front",
                     [] if good else ["status %d: %s" % (status, output)])
        strict = scripts[0].replace("cc ", "cc -std=c11 -Wall -Wextra -Wno-unused-parameter "
                                    "-pedantic -Werror ", 1)
        status, output = shell(strict, folder)
        report.check("it builds without a warning", [] if status == 0 else [output])
    for heading in ("./dev demo", "./dev test"):
        report.check("the README opens with " + heading,
                     [] if heading in text[:1500] else ["not within its first 1500 characters"])
    return report.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
