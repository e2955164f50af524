# SPDX-License-Identifier: Apache-2.0
"""The same seed gives the same journal, byte for byte, in the builds with and without GSL, in every
locale, and in builds whose vectors are no wider than BITS. usage: run.py PREFIX [PREFIX]... [--widest
BITS=PREFIX...] with LOCPATH set. Last line: N passed, N failed"""
import hashlib
import itertools
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "source"))
import run as source  # noqa: E402

LOCALES = ["C", "fr_FR.UTF-8", "tr_TR.UTF-8"]
DATA = pathlib.Path(os.environ.get("LINAS_TEST_DATA", ROOT.parent / "shared" / "data"))
OBJECTIVES = ["--objective", "top1:max:%", "--objective", "latency:min:ms"]


def write_table(path):
    """A small table with falling returns, a hole and decimals."""
    with open(path, "w", encoding="ascii") as table:
        table.write("a,b,c,d,top1,latency\n")
        for genes in itertools.product(range(5), repeat=4):
            if sum(genes) % 13 == 12:
                continue
            top1 = 60 + sum(gene / (1.5 + index) for index, gene in enumerate(genes)) \
                - 0.07 * genes[0] * genes[3]
            latency = 1.25 + sum(gene * (0.4 + 0.2 * index) for index, gene in enumerate(genes))
            table.write("%d,%d,%d,%d,%.6f,%.6f\n" % (*genes, top1, latency))


def cases(work):
    """name -> arguments of `linas search`, without the journal."""
    table = work / "table.csv"
    write_table(table)
    space = work / "space.json"
    space.write_text('{"ks":{"count":8,"vars":[3,5,7],"active_if":{"variable":"d",'
                     '"stages":[4,4]}},"d":{"count":2,"vars":[2,3,4],"ordered":true},'
                     '"r":{"vars":[0.25,0.5,1.0],"ordered":true}}', encoding="utf-8")
    found = {
        "table": ["--table", table, "--variables", "a,b,c,d", *OBJECTIVES, "--evaluations", "60",
                  "--seed", "7"],
        "table nsga2": ["--table", table, "--variables", "a,b,c,d", "--ordinal", "a,b",
                        "--tactic", "nsga2", *OBJECTIVES, "--evaluations", "120", "--population",
                        "20"],
        "table random": ["--table", table, "--variables", "a,b,c,d", "--tactic", "random",
                         *OBJECTIVES, "--evaluations", "60", "--limit", "latency<=4.5"],
        "evaluator": ["--space", space, "--evaluator",
                      "/usr/bin/env python3 %s" % (HERE / "evaluator.py"), *OBJECTIVES,
                      "--evaluations", "50"],
    }
    if (DATA / "nb201_cifar10.csv").exists():
        found["nb201"] = ["--table", DATA / "nb201_cifar10.csv", "--variables",
                          "op0,op1,op2,op3,op4,op5", "--objective", "cifar10_test_acc_pct:max:%",
                          "--objective", "lat_raspi4_ms:min:ms", "--evaluations", "80"]
    return found


def environment(prefix, name):
    return dict(os.environ, LD_LIBRARY_PATH=str(prefix / "lib"), LC_ALL=name,
                OPENBLAS_NUM_THREADS="1", PYTHONPATH=str(ROOT / "bindings" / "python"),
                LINAS_LIBRARY=str(prefix / "lib" / "liblinas.so.0"))


def digest(arguments, prefix, name, journal):
    """SHA-256 of the journal that a program writes, or what went wrong."""
    journal.unlink(missing_ok=True)
    run = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True,
                         check=False, stdin=subprocess.DEVNULL, env=environment(prefix, name),
                         errors="replace", timeout=600)
    if run.returncode or not journal.exists():
        return "status %d: %s" % (run.returncode, (run.stdout + run.stderr)[-500:])
    return "sha256 " + hashlib.sha256(journal.read_bytes()).hexdigest()


def differing(commands, prefixes, journal, locales=tuple(LOCALES)):
    digests = {}
    for prefix, name in itertools.product(prefixes, locales):
        digests[prefix, name] = digest(commands(prefix, name), prefix, name, journal)
    if len(set(digests.values())) == 1 and next(iter(digests.values())).startswith("sha256"):
        return []
    return ["%s %s: %s" % (prefix, name, value) for (prefix, name), value in digests.items()]


def wide_code(prefix, bits):
    """The loops that are compiled for several processors: for those that the build is for?"""
    listed = subprocess.run(["nm", str(prefix / "lib" / "liblinas.so")], capture_output=True,
                            text=True, check=True).stdout
    levels = {int(level) for level in re.findall(r"\.arch_x86_64_v(\d)", listed)}
    if levels != {0: set(), 256: {3}, 512: {3, 4}}[bits]:
        yield "%s has code for levels %s of x86-64" % (prefix, sorted(levels))


def other_searches(work):
    """name -> a command but for the journal: what `linas search` has no options for."""
    script = work / "search.py"
    script.write_text(OTHER_SEARCHES, encoding="utf-8")
    return {name: [sys.executable, script, name] for name in ("svr", "reference", "wide")}


OTHER_SEARCHES = """
import sys
import linas
name, journal = sys.argv[1:]
space = linas.Space({"op": linas.Choice(["a", "b", "c", "d"], count=70 if name == "wide" else 12)})
objectives = [linas.Minimize("o%d" % k) for k in range(2 if name == "svr" else 4)]


def measure(config):
    genes = ["abcd".index(op) for op in config["op"]]
    return {"o%d" % k: sum((g * (3 * i + k) % 7) + (genes[i - 1] == g) for i, g in enumerate(genes))
            for k in range(len(objectives))}


options = linas.SearchOptions(
    evaluations=200 if name == "reference" else 40, tactic="nsga2" if name == "reference" else "linas",
    predictor="svr" if name == "svr" else "auto", generations=20, journal=journal, population=40,
    survival="crowding" if name == "svr" else "reference")
linas.Search(space, objectives, options).run(measure)
"""


def compare_paths(report, work, widest, prefix):
    """The same searches with every kind of vector code that the processor can run."""
    journal = work / "run.jsonl"
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as facts:
        flags = facts.read()
    if "avx2" not in flags:
        report.skip("this processor has no AVX2: there is one kind of code only")
        return
    builds = {**widest, 512 if "avx512vl" in flags else 256: prefix}
    for bits, place in {**widest, 512: prefix}.items():
        report.check("no wider vectors than %d bits" % bits, wide_code(place, bits))
    searches = {name: (lambda place, _, given=arguments: [place / "bin" / "linas", "search", *given,
                                                          "--journal", journal])
                for name, arguments in cases(work).items()}
    searches.update({name: (lambda place, _, given=words: [*given, journal])
                     for name, words in other_searches(work).items()})
    for name, command in searches.items():
        report.check("%s: the same whatever the vectors, up to %d bits" % (name, max(builds)),
                     differing(command, builds.values(), journal, ["C"]))


def missing_locales():
    """The comparison is void where a locale falls back to C."""
    script = "import locale,sys; locale.setlocale(locale.LC_ALL, ''); " \
             "print(locale.localeconv()['decimal_point'])"
    for name in LOCALES[1:]:
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                             check=False, env=dict(os.environ, LC_ALL=name))
        if run.stdout.strip() != ",":
            yield "%s: decimal point '%s' %s" % (name, run.stdout.strip(), run.stderr[-200:])


def build_probe(prefix, work):
    """The host program of tests/consumers, which sets its locale before it searches."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "linas"], capture_output=True,
                           text=True, check=True,
                           env=dict(os.environ, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig")))
    subprocess.run(["gcc", str(ROOT / "tests/consumers/probe.c"), "-o", str(work / "probe"),
                    *flags.stdout.split(), "-ldl"], check=True)
    return work / "probe"


def main(prefixes, widest):
    report = source.Report()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        journal = work / "run.jsonl"
        report.check("the foreign locales are there", missing_locales())
        probe = build_probe(prefixes[0], work)
        report.check("a host in that locale writes the same journal", differing(
            lambda prefix, name: [probe, journal, name], prefixes, journal))
        for case, arguments in cases(work).items():
            report.check("linas search, %s, writes the same journal" % case, differing(
                lambda prefix, name, given=arguments: [prefix / "bin" / "linas", "search", *given,
                                                       "--journal", journal], prefixes, journal))
        if not (DATA / "nb201_cifar10.csv").exists():
            report.skip("NAS-Bench-201: no data at hand")
        if widest:
            compare_paths(report, work, widest, prefixes[0])
    return report.close()


if __name__ == "__main__":
    plain, paths = sys.argv[1:], []
    if "--widest" in plain:
        at = plain.index("--widest")
        plain, paths = plain[:at], [one.split("=", 1) for one in plain[at + 1:]]
    sys.exit(main([pathlib.Path(one).resolve() for one in plain],
                  {int(bits): pathlib.Path(place).resolve() for bits, place in paths}))
