# SPDX-License-Identifier: Apache-2.0
"""Uses an installed liblinas as other projects would. usage: run.py PREFIX BUILD
Last line: N passed, N failed, N skipped"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "source"))
import run as source  # noqa: E402

STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
STANDARDS = [("c", "c11"), ("c", "c99"), ("c++", "c++17")]


def command(*arguments, env=None):
    """(status, output) of a program."""
    run = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True,
                         check=False, env=env, errors="replace")
    return run.returncode, run.stdout + run.stderr


class Installed:
    def __init__(self, prefix, build, work):
        self.prefix = prefix
        self.build = build
        self.work = work
        self.libraries = prefix / "lib"
        self.environment = dict(os.environ, PKG_CONFIG_PATH=str(self.libraries / "pkgconfig"))
        self.runtime = dict(os.environ, LD_LIBRARY_PATH=str(self.libraries))
        self.shared = self.libraries / "liblinas.so"
        self.gsl = "GPL" in self.pkg_config("--variable=licence")[0]

    def pkg_config(self, *arguments):
        status, output = command("pkg-config", *arguments, "linas", env=self.environment)
        if status:
            raise RuntimeError("pkg-config %s: %s" % (" ".join(arguments), output))
        return output.split() or [""]


def headers_compile_alone(installed, compilers):
    findings = []
    for language, standard in STANDARDS:
        compiler = compilers[language == "c++"]
        if not shutil.which(compiler):
            continue
        for head in sorted((installed.prefix / "include" / "linas").glob("[!m]*.h")):
            unit = installed.work / "unit.c"
            # Twice: include guards; the macro uses: initialisers of every options struct.
            text = "#include <linas/%s>\n#include <linas/%s>\n" % (head.name, head.name)
            for name in re.findall(r"#define (LINAS_\w+)_INIT\b", head.read_text()):
                text += "%s use_%s = %s_INIT;\n" % (name.lower(), name.lower(), name)
            text += "int main(void) { return 0; }\n"
            unit.write_text(text)
            status, output = command(compiler, "-x", language, "-std=" + standard, *STRICT,
                                     "-fsyntax-only", *installed.pkg_config("--cflags"), unit)
            if status:
                findings.append("%s as %s: %s" % (head.name, standard, output))
    return findings


def build_and_run(installed, compiler, unit, flags, arguments=()):
    program = installed.work / (unit.stem + "-program")
    program.unlink(missing_ok=True)
    status, output = command(compiler, *STRICT, unit, "-o", program, *flags)
    if status:
        return status, "does not build: " + output
    return command(program, *arguments, env=installed.runtime)


def links_shared(installed):
    status, output = build_and_run(installed, "g++", HERE / "consumer.cpp",
                                   installed.pkg_config("--cflags", "--libs"))
    if status or not output.endswith(" 3 18 latency\n"):
        return ["status %d: %s" % (status, output)]
    return []


def wrapper_works(installed, compiler, flags):
    """Everything in linas.hpp."""
    program = installed.work / "wrapper-program"
    status, output = command(compiler, "-std=c++17", *STRICT, "-Wconversion", "-Wshadow", *flags,
                             HERE / "wrapper.cpp", "-o", program, "-pthread",
                             *installed.pkg_config("--cflags", "--libs"))
    if status:
        return ["does not build: " + output]
    status, output = command(program, installed.work, env=installed.runtime)
    return [] if status == 0 and not output else ["status %d: %s" % (status, output)]


def wrapper_lacks():
    """Functions of the API that linas.hpp does not use."""
    text = (ROOT / "include" / "linas" / "linas.hpp").read_text(encoding="utf-8")
    skip = {"linas_evaluation_init"}
    return sorted(name for _, _, name, _ in source.public_functions(ROOT)
                  if not re.search(r"\b%s\b" % name, text) and name not in skip)


def front_printed(status, output):
    good = status == 0 and re.fullmatch(r"(?:[\d.]+ % in [\d.]+ ms\n)+", output)
    return [] if good else ["status %d: %s" % (status, output)]


HOST = ROOT / "examples" / "cpp" / "host.cpp"


def plain_line(installed):
    """No pkg-config: the folders and the name, as in any makefile."""
    program = installed.work / "plain"
    status, output = command("g++", "-std=c++17", HOST, "-o", program, "-I",
                             installed.prefix / "include", "-L", installed.libraries, "-llinas",
                             "-Wl,-rpath,%s" % installed.libraries)
    return [output] if status else front_printed(*command(program))


def cmake_project(installed):
    """find_package, from an installation that was moved after it was made."""
    moved = installed.work / "moved"
    shutil.copytree(installed.prefix, moved, symlinks=True, dirs_exist_ok=True)
    findings = []
    for kind in ("shared", "static"):
        if kind == "static":
            for path in (moved / "lib").glob("liblinas.so*"):
                path.unlink()
        folder = installed.work / ("cmake-" + kind)
        status, output = command("cmake", "-S", HERE / "cmake", "-B", folder, "-DWANTED=0.1",
                                 "-DCMAKE_PREFIX_PATH=%s" % moved, "-DHOST=%s" % HOST,
                                 "-DPROBE=%s" % (HERE / "probe.c"))
        licence = "linas_LICENCE=" + installed.pkg_config("--variable=licence")[0]
        if status == 0 and licence not in output:
            findings.append("%s not in: %s" % (licence, output))
        if status == 0:
            status, output = command("cmake", "--build", folder)
        if status:
            findings.append("%s: %s" % (kind, output))
            continue
        findings += front_printed(*command(folder / "host"))
    status, output = command("cmake", "-S", HERE / "cmake", "-B", installed.work / "cmake-newer",
                             "-DWANTED=0.2", "-DCMAKE_PREFIX_PATH=%s" % moved, "-DHOST=%s" % HOST)
    if status == 0 or "0.1.0" not in output:
        findings.append("a newer version was found: " + output)
    return findings


def meson_subproject(installed):
    folder = installed.work / "subproject"
    shutil.copytree(HERE / "subproject", folder)
    shutil.copy(HOST, folder / "host.cpp")
    (folder / "subprojects" / "liblinas").symlink_to(ROOT)
    status, output = command("meson", "setup", folder / "build", folder, "--wrap-mode=forcefallback")
    if status == 0:
        status, output = command("meson", "compile", "-C", folder / "build", "host")
    return [output] if status else front_printed(*command(folder / "build" / "host"))


def static_flags(installed):
    """Flags of a static link: a folder with nothing but the archive."""
    folder = installed.work / "static"
    folder.mkdir(exist_ok=True)
    shutil.copy(installed.libraries / "liblinas.a", folder)
    return installed.pkg_config("--define-variable=libdir=%s" % folder, "--static", "--cflags",
                                "--libs")


def links_static(installed):
    """A C program, linked by the C compiler, must get the C++ runtime from the .pc file."""
    status, output = build_and_run(installed, "gcc", HERE / "probe.c", static_flags(installed), [""])
    findings = []
    if status or "status=0" not in output:
        findings.append("status %d: %s" % (status, output))
    program = installed.work / "probe-program"
    if program.exists() and "liblinas" in command("readelf", "-d", program)[1]:
        findings.append("the program still needs liblinas.so")
    return findings


def probe(installed):
    status, output = build_and_run(installed, "gcc", HERE / "probe.c",
                                   installed.pkg_config("--cflags", "--libs") + ["-ldl"],
                                   [installed.work / "journal.jsonl", "C.UTF-8"])
    facts = dict(line.split("=", 1) for line in output.splitlines() if "=" in line)
    return status, output, facts


def exported_symbols(installed):
    output = command("nm", "-D", "--defined-only", "--without-symbol-versions",
                     installed.shared)[1]
    return {line.split()[2] for line in output.splitlines() if line.split()[1] not in "A"}


def exports_differ(installed):
    declared = set()
    for head in sorted((installed.prefix / "include" / "linas").glob("[!m]*.h")):
        declared |= {name for _, name, _ in source.declarations(head.read_text(encoding="utf-8"))}
    exported = exported_symbols(installed)
    return (["exported, not declared: " + name for name in sorted(exported - declared)] +
            ["declared, not exported: " + name for name in sorted(declared - exported)])


def dynamic(installed, tag):
    output = command("readelf", "-d", installed.shared)[1]
    return re.findall(r"\(%s\).*\[(.+?)\]" % tag, output)


def soname_differs(installed):
    soname = dynamic(installed, "SONAME")
    return [] if soname == ["liblinas.so.0"] else ["soname is %s" % soname]


def wrong_libraries(installed):
    needed = " ".join(dynamic(installed, "NEEDED"))
    findings = []
    if "gslcblas" in needed:
        findings.append("NEEDED has libgslcblas: " + needed)
    if ("libgsl.so" in needed) != installed.gsl:
        findings.append("licence says GSL %s, NEEDED is %s" % (installed.gsl, needed))
    if "openblas" not in needed:
        findings.append("NEEDED lacks OpenBLAS: " + needed)
    if "gslcblas" in " ".join(installed.pkg_config("--static", "--libs")):
        findings.append("the .pc file names gslcblas")
    return findings


def gsl_symbols(installed):
    findings = []
    for flags, path in ((["-D"], installed.shared), ([], installed.libraries / "liblinas.a")):
        for line in command("nm", *flags, path)[1].splitlines():
            if re.search(r"\b_?gsl_\w+", line):
                findings.append("%s: %s" % (path.name, line.strip()))
    return findings


def writable_globals(installed):
    """Objects in writable sections; pointers that the loader fills and then protects are allowed."""
    findings = []
    member = "?"
    output = command("objdump", "-t", installed.libraries / "liblinas.a")[1]
    for line in output.splitlines():
        if "file format" in line:
            member = line.split(":")[0]
        match = re.match(r"^[0-9a-f]+ (.{7}) (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$", line)
        if not match or int(match.group(3), 16) == 0:
            continue
        section, name = match.group(2), match.group(4)
        writable = section.startswith((".data", ".bss", ".tdata", ".tbss")) or section == "*COM*"
        if writable and not section.startswith((".data.rel.ro", ".data.rel.local.DW.ref")) and \
                not name.startswith("DW.ref."):
            findings.append("%s: %s in %s" % (member, name, section))
    return findings


def constructors(installed):
    """The library runs nothing when it is loaded."""
    output = command("readelf", "-S", "-W", installed.libraries / "liblinas.a")[1]
    return sorted(set(re.findall(r"\.(?:init_array|ctors)\S*", output)))


def pc_variables(installed):
    findings = []
    licence = installed.pkg_config("--variable=licence")[0]
    if licence not in ("GPL-3.0-or-later", "Apache-2.0"):
        findings.append("licence=%s" % licence)
    version = installed.pkg_config("--modversion")[0]
    head = (installed.prefix / "include" / "linas" / "base.h").read_text()
    if 'LINAS_VERSION_STRING "%s"' % version not in head:
        findings.append("version %s differs from the header's" % version)
    return findings


def install_differs(installed):
    """What is installed, no more."""
    expected = {"include/linas/" + path.name
                for path in (ROOT / "include" / "linas").glob("*.h*") if path.name != "mpi.h"}
    expected |= {"lib/liblinas.a", "lib/liblinas.so", "lib/liblinas.so.0",
                 "lib/pkgconfig/linas.pc", "bin/linas", "lib/cmake/linas/linasConfig.cmake",
                 "lib/cmake/linas/linasConfigVersion.cmake"}
    found = {str(path.relative_to(installed.prefix)) for path in installed.prefix.rglob("*")
             if not path.is_dir()}
    # Where there is an MPI: looked at by the suite mpi.
    found -= {name for name in found if "linas-mpi" in name or name == "include/linas/mpi.h"}
    found = {name for name in found if not re.fullmatch(r"lib/liblinas\.so\.0\.\d+\.\d+", name)}
    return (["missing: " + name for name in sorted(expected - found)] +
            ["unexpected: " + name for name in sorted(found - expected)])


def probe_findings(installed):
    status, output, facts = probe(installed)
    if status or facts.get("status") != "0":
        return None, ["status %d: %s" % (status, output)]
    return facts, []


def host_harmed(facts):
    findings = []
    for key, good in (("printed", "0"), ("locale", "kept"), ("rand", "kept"), ("calls", "60")):
        if facts.get(key) != good:
            findings.append("%s is %s" % (key, facts.get(key)))
    if int(facts.get("front", 0)) < 1:
        findings.append("the front is empty")
    return findings


def main(prefix, build):
    report = source.Report()
    with tempfile.TemporaryDirectory() as work:
        installed = Installed(prefix, build, pathlib.Path(work))
        report.check("what is installed", install_differs(installed))
        for compilers in (("gcc", "g++"), ("clang", "clang++")):
            if shutil.which(compilers[0]):
                report.check("headers compile alone with " + compilers[0],
                             headers_compile_alone(installed, compilers))
            else:
                report.skip("headers with %s: it is not installed" % compilers[0])
        report.check("pkg-config tells version and licence", pc_variables(installed))
        report.check("a C++ program links and runs", links_shared(installed))
        sanitized = ["-g", "-fsanitize=address,undefined", "-D_GLIBCXX_ASSERTIONS"]
        report.check("linas.hpp does what it should, sanitized",
                     wrapper_works(installed, "g++", sanitized))
        report.check("linas.hpp uses every function of the API", wrapper_lacks())
        if shutil.which("clang++"):
            report.check("linas.hpp with clang++", wrapper_works(installed, "clang++", []))
        else:
            report.skip("linas.hpp with clang++: it is not installed")
        report.check("a plain compiler line", plain_line(installed))
        if shutil.which("cmake"):
            report.check("CMake finds the package, shared and static, moved",
                         cmake_project(installed))
        else:
            report.skip("CMake is not installed")
        if not installed.gsl:  # it builds the library anew: once is enough
            report.check("a meson subproject", meson_subproject(installed))
        facts, findings = probe_findings(installed)
        report.check("a C program links, searches and runs", findings)
        if facts:
            report.check("the host is as before the search", host_harmed(facts))
            report.check("cblas is OpenBLAS's",
                         [] if "openblas" in os.path.realpath(facts["blas"]) else [facts["blas"]])
            licence = "licence=" + installed.pkg_config("--variable=licence")[0]
            report.check("the library and the .pc file tell the same licence",
                         [] if licence in facts["build"] else [facts["build"]])
        report.check("a C program links statically", links_static(installed))
        report.check("the library exports exactly what the headers declare",
                     exports_differ(installed))
        report.check("soname", soname_differs(installed))
        report.check("libraries it needs", wrong_libraries(installed))
        if not installed.gsl:
            report.check("no symbol of GSL in the permissive build", gsl_symbols(installed))
        report.check("no writable globals", writable_globals(installed))
        report.check("no code runs at loading", constructors(installed))
    return report.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
