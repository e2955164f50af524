# SPDX-License-Identifier: Apache-2.0
"""The ABI against its stored baseline in lib/abi/. usage: run.py LIBRARY HEADERS BASELINE [--update].
Last line: N passed, N failed[, N skipped]"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRIVATE = ROOT / "lib" / "abi" / "private.suppr"
STRUCT = re.compile(r"typedef struct (linas_\w+) \{(.*?)\n\} \1;", re.S)


def run(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, **more)


def structs(headers):
    """name -> members, from the public headers."""
    found = {}
    for path in sorted(headers.glob("[!m]*.h")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        for name, body in STRUCT.findall(text):
            members = []
            for line in re.sub(r"\s+", " ", body).split(";"):
                pointer = re.search(r"\(\*\s*(\w+)\)", line)
                plain = re.search(r"(\w+)\s*$", line)
                if pointer or plain:
                    members.append(pointer.group(1) if pointer else plain.group(1))
            found[name] = members
    return found


def layout(headers, width, work):
    """Sizes and offsets as the compiler sees them; nothing is run, so that 32 bits need no library."""
    lines = []
    source = ["#include <linas/linas.h>", "#include <stddef.h>"]
    for name, members in sorted(structs(headers).items()):
        source.append("const unsigned size_%s = sizeof(%s);" % (name, name))
        source += ["const unsigned at_%s__%s = offsetof(%s, %s);" % (name, m, name, m)
                   for m in members]
    (work / "layout.c").write_text("\n".join(source) + "\n")
    (work / "math.h").write_text("#define INFINITY (__builtin_inff())\n#define NAN (__builtin_nanf(\"\"))\n")
    asm = run("gcc", "-m%d" % width, "-ffreestanding", "-nostdinc", "-isystem",
              run("gcc", "-print-file-name=include").stdout.strip(), "-I", work, "-I",
              headers.parent, "-S", "-o", "-", work / "layout.c")
    if asm.returncode:
        return None, asm.stderr
    values = dict(re.findall(r"^(size_\w+|at_\w+):\n\s+\.(?:long\s+(\d+)|zero\s+4)", asm.stdout, re.M))
    for name, members in sorted(structs(headers).items()):
        lines.append("%s: %s bytes" % (name, values["size_" + name]))
        lines += ["    %s at %s" % (m, values["at_%s__%s" % (name, m)] or 0) for m in members]
    return "\n".join(lines) + "\n", ""


def layout_changes(old, new):
    """Members that moved or went, structs that shrank; what was added at an end is allowed."""
    def parse(text):
        found, name = {}, None
        for line in text.splitlines():
            if line.startswith(" "):
                member, _, place = line.strip().partition(" at ")
                found[name][1][member] = int(place)
            else:
                name, size = re.match(r"(\w+): (\d+) bytes", line).groups()
                found[name] = (int(size), {})
        return found
    before, after = parse(old), parse(new)
    for name, (size, members) in before.items():
        if name not in after:
            yield "%s is gone" % name
            continue
        if after[name][0] < size:
            yield "%s shrank from %d to %d bytes" % (name, size, after[name][0])
        for member, place in members.items():
            if after[name][1].get(member) != place:
                yield "%s.%s was at %d and is at %s" % (name, member, place,
                                                        after[name][1].get(member))
        for member, place in after[name][1].items():
            if member not in members and place < max(members.values(), default=0):
                yield "%s.%s is new and not at the end" % (name, member)


def symbols(library):
    """(exported functions, exported data, defined writable data, constructors)"""
    dynamic = run("nm", "-D", "--defined-only", library).stdout
    exported = [line.split() for line in dynamic.splitlines()]
    functions = {words[-1].split("@")[0] for words in exported if words[-2] in "TWi"}
    data = {words[-1] for words in exported if words[-2] in "DBRVGS"}
    writable = [line for line in run("nm", "-C", "--defined-only", library).stdout.splitlines()
                if re.match(r"\w+ [dDbB] ", line)]
    harmless = re.compile(r"completed\.0|__dso_handle|_GLOBAL_OFFSET_TABLE_|_DYNAMIC|__TMC_END__|"
                          r"__frame_dummy_init_array_entry|__do_global_dtors_aux_fini_array_entry|"
                          r"DW\.ref\.\w+|__cpu_model|__cpu_features2")  # of the compiler's own library
    # Constant tables of pointers stand in .data.rel.ro: made read-only before anything runs.
    sections = run("objdump", "-t", library).stdout
    writable = [line for line in sections.splitlines()
                if re.search(r"\s\.(data|bss|tbss|tdata)\s", line) and not harmless.search(line)
                and re.match(r"\w+ [lg].{5}O ", line)]
    sizes = run("readelf", "-SW", library).stdout
    constructors = re.search(r"\.init_array\s+INIT_ARRAY\s+\w+\s+\w+\s+(\w+)", sizes)
    return functions, data, writable, int(constructors.group(1), 16) // 8 if constructors else 0


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, what, wrong):
        wrong = list(wrong)
        print(("ok " if not wrong else "FAIL ") + what)
        for line in wrong[:40]:
            print("    " + str(line))
        self.passed += not wrong
        self.failed += bool(wrong)

    def skip(self, why):
        print("skipped: " + why)
        self.skipped += 1

    def close(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed else 0


def dump(library, out):
    return run("abidw", "--no-show-locs", "--no-comp-dir-path", "--no-corpus-path", "--suppressions",
               PRIVATE, "--out-file", out, library)


def abidiff(report, library, baseline):
    if not shutil.which("abidiff"):
        report.skip("abidiff is not installed")
        return
    whole = run("abidiff", "--no-show-locs", "--suppressions", PRIVATE, baseline / "liblinas.abi", library)
    print("abidiff against the baseline exits %d" % whole.returncode)
    report.check("abidiff exits 0 exactly", (whole.stdout + whole.stderr).splitlines() + [whole.returncode]
                 if whole.returncode else [])


def hosts(report, library, baseline, work):
    """A program whose structs are the baseline's: compiled against the headers stored with it."""
    old = baseline / "include"
    program = work / "old"
    built = run("gcc", "-I", old, ROOT / "tests/abi/old_host.c", "-o", program, library,
                "-Wl,-rpath," + str(library.parent))
    ran = run(program, env=dict(os.environ, OPENBLAS_NUM_THREADS="1"))
    report.check("a program built with the baseline's headers runs",
                 [built.stderr + ran.stdout + ran.stderr] if built.returncode or ran.returncode else [])


def update(library, headers, baseline, work):
    baseline.mkdir(parents=True, exist_ok=True)
    made = dump(library, baseline / "liblinas.abi")
    if made.returncode:
        print(made.stderr)
        return 1
    for width in (32, 64):
        (baseline / ("layout-%d.txt" % width)).write_text(layout(headers, width, work)[0])
    shutil.rmtree(baseline / "include", ignore_errors=True)
    shutil.copytree(headers, baseline / "include" / "linas", ignore=shutil.ignore_patterns("mpi.h"))
    print("the baseline is that of this tree now")
    return 0


def main(arguments):
    library, headers, baseline = (pathlib.Path(a).resolve() for a in arguments[:3])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        if "--update" in arguments:
            return update(library, headers, baseline, work)
        report = Report()
        functions, data, writable, constructors = symbols(library)
        text = "".join(path.read_text(encoding="utf-8") for path in headers.glob("[!m]*.h"))
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        declared = set(re.findall(r"LINAS_API[^;]*?\b(linas_\w+)\(", text))
        listed = set(re.findall(r"\b(linas_\w+);", (ROOT / "lib/liblinas.map").read_text()))
        report.check("exported functions are those of the headers", sorted(functions ^ declared))
        report.check("exported functions are those of the map", sorted(functions ^ listed))
        report.check("no exported variable", sorted(d for d in data if not d.startswith("LINAS_")))
        report.check("no writable global", writable)
        report.check("no constructor but the compiler's own", [constructors] if constructors > 2 else [])
        for width in (64, 32):
            new, why = layout(headers, width, work)
            old = (baseline / ("layout-%d.txt" % width)).read_text()
            report.check("struct layouts of %d bits" % width,
                         [why] if new is None else layout_changes(old, new))
        hosts(report, library, baseline, work)
        abidiff(report, library, baseline)
        return report.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
