# SPDX-License-Identifier: Apache-2.0
"""Builds the wheel, installs it in throw-away environments, with and without numpy, and uses it.
usage: wheel.py FOLDER [SYSTEM_LIBRARY]
The folder gets the environments and wheels. Last line: N passed, N failed, N skipped"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "source"))
import run as source  # noqa: E402

PROBE = r'''
import json, sys, time
start = time.perf_counter()
import linas
imported = time.perf_counter()
linas.version()
loaded = time.perf_counter()
facts = {"import_ms": 1e3 * (imported - start), "load_ms": 1e3 * (loaded - imported)}


def overhead():
    """Microseconds of one ask and one tell, the fastest of ten runs of 500."""
    space = linas.preset("ofa-mobilenetv3")
    goals = [linas.Maximize("top1"), linas.Minimize("latency", unit="ms")]
    best = [1e9, 1e9]
    for seed in range(10):
        search = linas.Search(space, goals, evaluations=500, tactic="random", seed=seed)
        times = [0.0, 0.0]
        for _ in range(500):
            a = time.perf_counter()
            trial, = search.ask()
            b = time.perf_counter()
            trial.tell(top1=1.0, latency=2.0)
            c = time.perf_counter()
            times[0] += b - a
            times[1] += c - b
        best = [min(old, 1e6 * new / 500) for old, new in zip(best, times)]
    return best


facts["ask_us"], facts["tell_us"] = overhead()
space = linas.preset("ofa-mobilenetv3")
search = linas.Search(space, [linas.Maximize("top1"), linas.Minimize("ms")], evaluations=60)
search.run(lambda config: {"top1": sum(config["ks"]) + sum(config["e"]), "ms": 1.0 + sum(config["d"])})
facts["hypervolume"] = search.hypervolume
facts["build"] = linas.build_info()
facts["library"] = linas.library_path()
if "numpy" in sys.argv[1:]:
    import numpy
    matrix = numpy.arange(40000.0).reshape(200, 200) % 7 + 50 * numpy.eye(200)
    values = numpy.linalg.solve(matrix, numpy.ones(200))
    facts["numpy"] = numpy.__version__
    facts["residual"] = float(abs(matrix @ values - 1).max())
    facts["rows"] = numpy.asarray(space.sample(9)).shape
facts["mapped"] = sorted({line.split()[-1] for line in open("/proc/self/maps")
                          if "/" in line and ".so" in line})
print(json.dumps(facts))
'''
IMPORT_BOTH = "import numpy, linas; numpy.linalg.inv(numpy.eye(3)); linas.version(); " \
              "numpy.linalg.inv(numpy.eye(300)); print('both')"


def command(*words, **more):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("LINAS_LIBRARY", "PYTHONPATH", "LD_LIBRARY_PATH")}
    environment.update(more)
    run = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                         env=environment, cwd="/")
    return run.returncode, run.stdout + run.stderr


class Environment:
    """A virtual environment of this Python."""

    def __init__(self, folder, *options):
        shutil.rmtree(folder, ignore_errors=True)
        status, output = command(sys.executable, "-m", "venv", *options, folder)
        if status:
            raise RuntimeError(output)
        self.python = folder / "bin" / "python"

    def pip(self, *words):
        return command(self.python, "-m", "pip", "--disable-pip-version-check", "install", "-q",
                       *words)

    def probe(self, *words):
        status, output = command(self.python, "-c", PROBE, *words)
        try:
            return json.loads(output.splitlines()[-1]), []
        except (ValueError, IndexError):
            return {}, ["status %d: %s" % (status, output[-2000:])]


def unit_tests(environment, *words):
    """The package's own tests with what is installed there."""
    status, output = command(environment.python, HERE / "run.py", *words)
    last = (output.splitlines() or [""])[-1]
    return [] if status == 0 and re.match(r"\d+ passed, 0 failed", last) else [output[-3000:]]


def contents(path):
    findings = []
    if not re.fullmatch(r"linas-[\d.]+-py3-none-(linux|macosx)_\w+\.whl", path.name):
        findings.append(path.name)
    names = zipfile.ZipFile(path).namelist()
    for pattern in (r"linas/py\.typed", r"linas/_lib/liblinas-\w{8}\.so\.0",
                    r"linas/_lib/libopenblas-\w{8}\.so\.0", r"linas/_lib/libgfortran-\w{8}\.so\.5",
                    r"linas/_lib/libsvm-\w{8}\.so\.3",
                    r".*\.dist-info/licenses/LICENSE", r".*\.dist-info/licenses/libopenblas0-\w+"):
        if not any(re.fullmatch(pattern, name) for name in names):
            findings.append("no " + pattern)
    return findings + [name for name in names if "gsl" in name or name.endswith(".pyc")]


def mapped(facts):
    """Which libraries the process has: ours from the package, nothing of the system's of that kind."""
    inside = re.compile(r"/site-packages/linas/_lib/")
    ours = [path for path in facts["mapped"] if inside.search(path)]
    foreign = [path for path in facts["mapped"] if re.search(
        r"lib(openblas|svm|jansson|gsl|gfortran|quadmath)", path) and not inside.search(path)]
    findings = ["%s comes from elsewhere" % path for path in foreign if "numpy" not in path]
    if len(ours) != 5:
        findings.append("carried and loaded: %s" % ours)
    return findings


def figures(facts, wheel):
    print("figures: wheel %.1f MB, import %.0f ms, library %.0f ms, ask %.1f us, tell %.1f us"
          % (wheel.stat().st_size / 1e6, facts["import_ms"], facts["load_ms"], facts["ask_us"],
             facts["tell_us"]))
    return [] if facts["ask_us"] < 20 and facts["tell_us"] < 20 else ["over 20 us: %s" % facts]


def check_plain(report, folder, wheel):
    environment = Environment(folder / "plain")
    status, output = environment.pip(wheel)
    report.check("it installs", [] if status == 0 else [output])
    facts, findings = environment.probe()
    report.check("it searches", findings)
    if not facts:
        return None
    report.check("it uses the libraries that it carries, and no others", mapped(facts))
    report.check("its binary is under the Apache licence",
                 [] if "licence=Apache-2.0" in facts["build"] else [facts["build"]])
    report.check("asking and telling take less than 20 us each", figures(facts, wheel))
    report.check("the package's tests pass without any other package",
                 unit_tests(environment, "-"))
    return facts


def check_numpy(report, folder, wheel, plain):
    """numpy from the package index brings an OpenBLAS of its own."""
    environment = Environment(folder / "numpy")
    if environment.pip("numpy")[0]:
        report.skip("numpy's own wheel cannot be had here")
        return
    environment.pip(wheel)
    facts, findings = environment.probe("numpy")
    report.check("it works beside numpy", findings)
    if not facts:
        return
    blas = [path for path in facts["mapped"] if "openblas" in path]
    report.check("each has its own OpenBLAS", [] if len(blas) == 2 else blas)
    findings = []
    if facts["residual"] > 1e-8 or facts["hypervolume"] != plain["hypervolume"]:
        findings.append("residual %(residual)g, hypervolume %(hypervolume)g" % facts)
    report.check("both compute what they should", findings)
    status, output = command(environment.python, "-c", IMPORT_BOTH)
    report.check("either may be imported first", [] if output == "both\n" else [output])
    report.check("the package's tests pass with it", unit_tests(environment, "-"))


def check_partners(report, folder, wheel):
    """The tools whose spaces and results are read and written."""
    environment = Environment(folder / "partners")
    if environment.pip("optuna", "ConfigSpace", "tqdm")[0]:
        report.skip("optuna, ConfigSpace and tqdm cannot be had here")
        return
    environment.pip(wheel)
    status, output = command(environment.python, HERE / "run.py", "-", "test_results")
    names = ("test_optuna", "test_configspace ", "test_tqdm")
    findings = [output[-3000:]] if status else []
    findings += [name + " was skipped" for name in names if "skipped: %s" % name in output]
    report.check("it works with Optuna, ConfigSpace and tqdm", findings)


def check_debian_numpy(report, folder, wheel):
    environment = Environment(folder / "debian", "--system-site-packages")
    environment.pip(wheel)
    status, output = command(environment.python, "-c", IMPORT_BOTH)
    if "No module named 'numpy'" in output:
        report.skip("Debian's numpy is not installed")
        return
    report.check("it works beside Debian's numpy", [] if output == "both\n" else [output])
    report.check("the package's tests pass with it", unit_tests(environment, "-"))


def check_system(report, folder, library):
    """The wheel without a library, and the editable installation, with a library of the system."""
    environment = Environment(folder / "system")
    status, output = environment.pip("--config-settings", "library=system",
                                     ROOT / "bindings" / "python")
    report.check("the wheel without a library installs", [] if status == 0 else [output])
    code = "import linas; print(linas.library_path())"
    output = command(environment.python, "-c", code, LINAS_LIBRARY=str(library))[1]
    report.check("LINAS_LIBRARY names the library", [] if output.strip() == str(library)
                 else [output])
    output = command(environment.python, "-c", code, LD_LIBRARY_PATH=str(library.parent))[1]
    report.check("the loader's library is found", [] if output.strip() == "liblinas.so.0"
                 else [output])
    output = command(environment.python, "-c", code)[1]
    report.check("without one it says what to do", [] if "set LINAS_LIBRARY" in output
                 else [output])
    status, output = environment.pip("-e", ROOT / "bindings" / "python")
    status, output = command(environment.python, "-c", "import linas; print(linas.__file__)")
    report.check("an editable installation is the source",
                 [] if output.strip() == str(ROOT / "bindings/python/linas/__init__.py")
                 else [output])


def main(folder, library=None):
    report = source.Report()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for place in ("one", "two"):
        status, output = command(sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel",
                                 "-q", "--no-deps", "-w", folder / place, ROOT / "bindings/python")
        report.check("the wheel is built (%s)" % place, [] if status == 0 else [output])
    wheels = list(folder.glob("*/*.whl"))
    if len(wheels) != 2:
        return report.close()
    report.check("it holds what it should", contents(wheels[0]))
    report.check("built again it is the same, byte for byte",
                 [] if wheels[0].read_bytes() == wheels[1].read_bytes() else ["it differs"])
    plain = check_plain(report, folder, wheels[0])
    if plain:
        check_numpy(report, folder, wheels[0], plain)
        check_partners(report, folder, wheels[0])
        check_debian_numpy(report, folder, wheels[0])
    if library:
        check_system(report, folder, library)
    return report.close()


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(word).resolve() for word in sys.argv[1:])))
