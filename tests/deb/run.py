# SPDX-License-Identifier: Apache-2.0
"""Looks at the Debian packages, unpacks them and uses what is in them. usage: run.py FOLDER PERMISSIVE
FOLDER has the packages, PERMISSIVE those that were built without GSL.
Last line: N passed, N failed, N skipped"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "source"))
import run as source  # noqa: E402

TRIPLET = subprocess.run(["dpkg-architecture", "-qDEB_HOST_MULTIARCH"], capture_output=True,
                         text=True, check=True).stdout.strip()
CONTENTS = {
    "liblinas0": {"lib/liblinas.so.0", "lib/liblinas.so.VERSION"},
    "liblinas-dev": {"lib/liblinas.so", "lib/liblinas.a", "lib/pkgconfig/linas.pc",
                     "lib/cmake/linas/linasConfig.cmake",
                     "lib/cmake/linas/linasConfigVersion.cmake"},
    "linas": {"bin/linas", "share/man/man1/linas.1.gz"},
    "python3-linas": set(),
}
PYTHON = """import linas
space = linas.Space({"d": linas.Choice([1, 2, 3], count=4)})
search = linas.Search(space, [linas.Maximize("top1"), linas.Minimize("ms")], evaluations=30)
front = search.run(lambda config: {"top1": sum(config["d"]), "ms": sum(config["d"]) ** 2})
print(linas.library_path(), len(front))
"""


def command(*words, env=None, cwd=None):
    run = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                         env={**os.environ, **(env or {})}, cwd=cwd)
    return run.returncode, run.stdout + run.stderr


class Packages:
    """The packages of a folder, and a place where they are unpacked."""

    def __init__(self, folder, place):
        self.files = {path.name.split("_")[0]: path for path in sorted(folder.glob("*.deb"))}
        self.changes = list(folder.glob("*.changes"))
        self.place = place
        for path in self.files.values():
            subprocess.run(["dpkg-deb", "-x", path, place], check=True)
        self.libraries = place / "usr" / "lib" / TRIPLET
        self.env = {"PKG_CONFIG_SYSROOT_DIR": str(place), "LD_LIBRARY_PATH": str(self.libraries),
                    "PKG_CONFIG_PATH": str(self.libraries / "pkgconfig"),
                    "PYTHONPATH": str(place / "usr/lib/python3/dist-packages"),
                    "LINAS_LIBRARY": str(self.libraries / "liblinas.so.0")}

    def field(self, package, name):
        return command("dpkg-deb", "-f", self.files[package], name)[1].strip()

    def contents(self, package):
        lines = command("dpkg-deb", "-c", self.files[package])[1].splitlines()
        names = (re.split(r"\s+", line, maxsplit=5)[5].split(" -> ")[0] for line in lines)
        return {name[2:] for name in names if not name.endswith("/")}

    def run(self, *words):
        return command(*words, env=self.env, cwd=self.place)

    def flags(self, *words):
        return self.run("pkg-config", *words, "linas")[1].split()


def version():
    return re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text()).group(1)


def wrong_contents(packages):
    heads = {"include/linas/" + path.name for path in (ROOT / "include" / "linas").glob("*.h*")
             if path.name != "mpi.h"}
    modules = {"lib/python3/dist-packages/linas/" + path.name
               for path in (ROOT / "bindings/python/linas").iterdir() if path.suffix == ".py"}
    if set(packages.files) != set(CONTENTS):
        yield "packages: %s" % sorted(packages.files)
    for package in set(packages.files) & set(CONTENTS):
        wanted = CONTENTS[package] | {"share/doc/%s/%s" % (package, name)
                                      for name in ("copyright", "changelog.gz")}
        wanted |= heads if package == "liblinas-dev" else set()
        wanted |= modules if package == "python3-linas" else set()
        wanted = {"usr/" + name.replace("VERSION", version()) for name in wanted}
        found = {name.replace("/lib/%s/" % TRIPLET, "/lib/") for name in packages.contents(package)}
        for name in sorted(wanted - found):
            yield "%s lacks %s" % (package, name)


def wrong_dependencies(packages):
    """What runs with this ABI asks for a library of this minor version."""
    major, minor = version().split(".")[:2]
    bound = "liblinas0 (<< %s.%d~)" % (major, int(minor) + 1)
    for package in ("linas", "python3-linas"):
        found = packages.field(package, "Depends")
        if bound not in found or "liblinas0 (>= %s)" % version() not in found:
            yield "%s: %s" % (package, found)
    for package in packages.files:
        if packages.field(package, "Version") != version():
            yield "%s is version %s" % (package, packages.field(package, "Version"))


def complaints(packages):
    """lintian's errors and warnings."""
    output = command("lintian", "--allow-root", *packages.changes,
                     env={"LC_ALL": "C.UTF-8"})[1]
    return re.findall(r"^[EWX]: .*|^lintian: .*", output, re.M)


def front_printed(status, output):
    good = status == 0 and re.fullmatch(r"(?:[\d.]+ % in [\d.]+ ms\n)+", output)
    return [] if good else ["status %d: %s" % (status, output)]


def readme_example():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.search(r"^```c\n(.*?)^```", text, re.S | re.M).group(1)


def compiled(packages, compiler, name, *flags):
    status, output = packages.run(compiler, name, "-o", "program", *flags)
    return [output] if status else front_printed(*packages.run("./program"))


def programs(packages):
    """C by pkg-config, shared and static, C++, and CMake."""
    (packages.place / "example.c").write_text(readme_example(), encoding="utf-8")
    shutil.copy(ROOT / "examples/cpp/host.cpp", packages.place)
    yield "a C program", compiled(packages, "gcc", "example.c", *packages.flags("--cflags", "--libs"))
    # Where the static library stands alone; the system's own libraries are shared ones.
    alone = packages.place / "alone"
    alone.mkdir()
    shutil.copy(packages.libraries / "liblinas.a", alone)
    flags = packages.flags("--cflags", "--libs", "--static")
    yield "a C program, statically", compiled(packages, "gcc", "example.c", "-L%s" % alone, *flags)
    needed = packages.run("readelf", "-d", "program")[1]
    yield "which does not need the shared library", ["liblinas.so"] if "liblinas" in needed else []
    yield "a C++ program", compiled(packages, "g++", "host.cpp", "-std=c++17",
                                    *packages.flags("--cflags", "--libs"))
    yield "a CMake project", cmake_project(packages)


def cmake_project(packages):
    folder = packages.place / "cmake"
    status, output = packages.run("cmake", "-S", HERE.parent / "consumers/cmake", "-B", folder,
                                  "-DWANTED=0.1", "-DCMAKE_PREFIX_PATH=%s/usr" % packages.place,
                                  "-DHOST=%s/host.cpp" % packages.place,
                                  "-DPROBE=%s" % (HERE.parent / "consumers/probe.c"))
    if status == 0:
        status, output = packages.run("cmake", "--build", folder)
    return [output] if status else front_printed(*packages.run(folder / "host"))


def python_works(packages):
    status, output = packages.run("python3", "-c", PYTHON)
    good = status == 0 and re.fullmatch(re.escape(str(packages.libraries)) + r"\S+ \d+\n", output)
    return [] if good else ["status %d: %s" % (status, output)]


def licences(packages, wanted, gsl):
    """Of the command's library, as the binary tells it and as the packages need it."""
    told = packages.run(packages.place / "usr/bin/linas", "--version")[1]
    if "licence=" + wanted not in told:
        yield told
    if packages.flags("--variable=licence") != [wanted]:
        yield "linas.pc: %s" % packages.flags("--variable=licence")
    for package in ("liblinas0", "liblinas-dev"):
        if ("gsl" in packages.field(package, "Depends")) != gsl:
            yield "%s: %s" % (package, packages.field(package, "Depends"))


def main(folder, permissive):
    report = source.Report()
    with tempfile.TemporaryDirectory() as work:
        packages = Packages(folder, pathlib.Path(work) / "packages")
        report.check("the packages hold what they should", wrong_contents(packages))
        if report.failed:
            return report.close()
        report.check("they need the right library", wrong_dependencies(packages))
        report.check("lintian finds nothing", complaints(packages))
        for name, findings in programs(packages):
            report.check(name, findings)
        report.check("Python", python_works(packages))
        report.check("the licence with GSL", licences(packages, "GPL-3.0-or-later", True))
        packages = Packages(permissive, pathlib.Path(work) / "permissive")
        report.check("the licence without GSL", licences(packages, "Apache-2.0", False))
        report.check("Python without GSL", python_works(packages))
    return report.close()


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(word).resolve() for word in sys.argv[1:])))
