# SPDX-License-Identifier: Apache-2.0
"""Static analysis of lib/ and src/, file by file. usage: run.py gcc|clang-tidy BUILD [PART...]; PART picks files
whose path holds it. Last line: N passed, N failed"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FACTS = ROOT / "tests" / "analyze" / "facts.h"
WITHOUT_FACTS = "base/context.c"  # it defines what FACTS tells of
# gcc's own analyser; it knows C only. -Og keeps the program's own tests, which it would miss after -O2 joined them.
GCC = ["-fanalyzer", "-Og", "-Werror"]
SUPPRESSED = {
    # It takes an outcome above LINAS_EVALUATION_OK, as linas_search_tell_failed() checked it, for that one.
    "lib/search/loop.c": ["-Wno-analyzer-null-argument"],
    # It does not see what a function compiled for several processors writes into its caller's arrays.
    "lib/predict/gp.c": ["-Wno-analyzer-use-of-uninitialized-value"],
}


def sources(build, parts):
    """Name and compile command of each file, once."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else ""
        if name.startswith(("lib/", "src/")) and (not parts or any(p in name for p in parts)):
            found.setdefault(name, shlex.split(entry["command"]))
    return sorted(found.items())


def without_output(command):
    """The compile command without what it writes, and without its own optimisation."""
    words, rest = [], iter(command[1:])
    for word in rest:
        if word in ("-o", "-MF", "-MQ"):
            next(rest)
        elif not re.match(r"-(O\d|MD|g$)", word):
            words.append(word)
    return words


def with_facts(name, command):
    if not name.startswith("lib/") or not name.endswith(".c") or name.endswith(WITHOUT_FACTS) or \
            name.startswith("lib/mpi/"):
        return command
    # What a file asks of the C library before its first include must come first here too.
    wishes = re.findall(r"^#define (_\w+) (\w+)$", (ROOT / name).read_text(), re.M)
    return [*command, *("-D%s=%s" % wish for wish in wishes), "-include", str(FACTS)]


def gcc(folder, build, name, command):
    if not name.endswith(".c"):
        return 0, ""
    run = subprocess.run(["gcc", *without_output(command), *GCC, *SUPPRESSED.get(name, []),
                          "-fdiagnostics-color=never", "-o", os.devnull], cwd=build, capture_output=True, text=True,
                         check=False)
    return run.returncode, run.stderr


def clang_tidy(folder, build, name, command):
    """A database of its own: the build's may hold a file twice."""
    own = pathlib.Path(folder) / name.replace("/", "_")
    own.mkdir()
    (own / "compile_commands.json").write_text(json.dumps([
        {"directory": str(build), "file": str(ROOT / name), "arguments": ["cc", *without_output(command)]}]))
    run = subprocess.run(["clang-tidy", "--quiet", "-p", str(own), str(ROOT / name)], cwd=ROOT, capture_output=True,
                         text=True, check=False)
    return run.returncode, run.stdout


def main(tool, build, *parts):
    build = pathlib.Path(build).resolve()
    look = {"gcc": gcc, "clang-tidy": clang_tidy}[tool]
    files = sources(build, parts)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(look, folder, build, name, with_facts(name, command)) for name, command in files]
        for (name, _), run in zip(files, runs):
            status, text = run.result()
            passed += status == 0
            failed += status != 0
            if status:
                print("FAIL %s\n%s" % (name, text), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
