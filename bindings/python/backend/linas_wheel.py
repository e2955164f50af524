# SPDX-License-Identifier: Apache-2.0
"""Builds the wheel: the hooks that pip calls (PEP 517 and 660), with the standard library alone.

One wheel, py3-none-PLATFORM, carries the library built without GSL and the libraries it needs. They
are renamed and look for one another in their own folder, so that numpy's or the system's copies of
the same libraries are neither used nor disturbed. With `--config-settings library=system` the wheel
is py3-none-any and uses the system's liblinas.
"""
import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sysconfig
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parents[1]
# Part of every system with a C++ runtime; bringing another copy of these would do harm.
SYSTEM = re.compile(r"^(ld-linux.*|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s)\.so.*)$")
TOOLS = {"meson": "meson", "ninja": "ninja-build", "patchelf": "patchelf", "strip": "binutils",
         "ldd": "libc-bin", "pkg-config": "pkgconf"}
EPOCH = (1980, 1, 1, 0, 0, 0)


def fact(name):
    """A plain string of pyproject.toml (Python below 3.11 has no parser for it)."""
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'^%s = "(.*)"$' % name, text, re.M).group(1)


def metadata():
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    return ("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: %s\nLicense: Apache-2.0\n"
            "Requires-Python: %s\nDescription-Content-Type: text/markdown\n\n%s"
            % (fact("name"), fact("version"), fact("description"), fact("requires-python"), readme))


# -- the library -----------------------------------------------------------------------------------


def run(*words, cwd=None):
    """A tool's output. pip's own environment would hide the modules of tools written in Python."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "DESTDIR")}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise RuntimeError("%s failed:\n%s" % (" ".join(map(str, words)), done.stdout[-4000:]))
    return done.stdout


def check_tools():
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if missing:
        raise RuntimeError("building the library needs (Debian's names) %s, and gcc, g++, "
                           "libopenblas-dev, libjansson-dev, libsvm-dev; or install with "
                           "--config-settings library=system" % " ".join(missing))


def build_library(folder):
    """The shared library without GSL, its binary under the Apache licence."""
    run("meson", "setup", folder, ROOT, "-Dgsl=disabled", "-Dmpi=disabled", "-Dtests=false",
        "-Ddefault_library=shared", "-Dwerror=false", "-Ddebug=false")
    run("meson", "compile", "-C", folder)
    return next((folder / "lib").glob("liblinas.so.0.*.*[0-9]"))


def needed(path):
    """Name -> file of the libraries that a library needs and the system may lack or have twice."""
    found = re.findall(r"^\s*(\S+) => (/\S+)", run("ldd", path), re.M)
    return {name: pathlib.Path(place) for name, place in found if not SYSTEM.match(name)}


def renamed(name, path):
    """libopenblas.so.0 -> libopenblas-1a2b3c4d.so.0: nobody else asks the loader for that name."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    stem, dot, rest = name.partition(".so")
    return "%s-%s%s%s" % (stem, digest, dot, rest)


def vendor(library, folder):
    """Copy the library and what it needs, renamed, into a folder."""
    folder.mkdir()
    originals = {"liblinas.so.0": library, **needed(library)}
    names = {name: renamed(name, path) for name, path in originals.items()}
    for name, path in originals.items():
        copy = folder / names[name]
        shutil.copyfile(path, copy)
        run("strip", "--strip-unneeded", copy)
        # One at a time: Debian's patchelf mixes up the arguments of several.
        for other, new in names.items():
            run("patchelf", "--replace-needed", other, new, copy)
        run("patchelf", "--set-soname", names[name], copy)
        run("patchelf", "--set-rpath", "$ORIGIN", copy)
        copy.chmod(0o755)
    return [path for name, path in originals.items() if name != "liblinas.so.0"]


def notices(paths):
    """The licences of what is carried along, where Debian keeps them."""
    for path in paths:
        if not shutil.which("dpkg-query"):
            return
        for place in (path, path.resolve(), pathlib.Path("/usr") / path.resolve().relative_to("/")):
            owner = subprocess.run(["dpkg-query", "-S", str(place)], capture_output=True, text=True,
                                   check=False).stdout.split(":")[0]
            text = pathlib.Path("/usr/share/doc") / owner / "copyright"
            if owner and text.exists():
                yield owner, text.read_bytes()
                break


# -- the wheel -------------------------------------------------------------------------------------


class Wheel:
    """A wheel file that is the same for the same content."""

    def __init__(self, folder, tag):
        self.info = "%s-%s.dist-info" % (fact("name"), fact("version"))
        self.name = "%s-%s-%s.whl" % (fact("name"), fact("version"), tag)
        self.tag = tag
        self.record = []
        self.archive = zipfile.ZipFile(pathlib.Path(folder) / self.name, "w", zipfile.ZIP_DEFLATED,
                                       compresslevel=9)

    def add(self, name, data, mode=0o644):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append("%s,sha256=%s,%d" % (name, digest, len(data)))
        self.write(name, data, mode)

    def write(self, name, data, mode=0o644):
        entry = zipfile.ZipInfo(name, EPOCH)
        entry.external_attr = (0o100000 | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        self.archive.writestr(entry, data)

    def close(self):
        self.add(self.info + "/METADATA", metadata().encode())
        self.add(self.info + "/WHEEL", ("Wheel-Version: 1.0\nGenerator: linas_wheel\n"
                                        "Root-Is-Purelib: %s\nTag: %s\n"
                                        % (str(self.tag.endswith("any")).lower(), self.tag)).encode())
        self.add(self.info + "/licenses/LICENSE", (ROOT / "LICENSE").read_bytes())
        record = self.info + "/RECORD"
        self.write(record, ("\n".join([*self.record, record + ",,"]) + "\n").encode())
        self.archive.close()
        return self.name


def add_package(wheel):
    for path in sorted((HERE / "linas").iterdir()):
        if path.suffix == ".py" or path.name == "py.typed":
            wheel.add("linas/" + path.name, path.read_bytes())


def add_library(wheel):
    check_tools()
    with tempfile.TemporaryDirectory() as work:
        library = build_library(pathlib.Path(work) / "build")
        folder = pathlib.Path(work) / "libraries"
        carried = vendor(library, folder)
        for path in sorted(folder.iterdir()):
            wheel.add("linas/_lib/" + path.name, path.read_bytes(), 0o755)
        for owner, text in sorted(set(notices(carried))):
            wheel.add("%s/licenses/%s" % (wheel.info, owner), text)


def wants_system(config_settings):
    return (config_settings or {}).get("library") == "system"


# -- hooks -----------------------------------------------------------------------------------------


def get_requires_for_build_wheel(config_settings=None):
    return []


get_requires_for_build_editable = get_requires_for_build_wheel


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info = pathlib.Path(metadata_directory) / ("%s-%s.dist-info" % (fact("name"), fact("version")))
    info.mkdir()
    (info / "METADATA").write_text(metadata(), encoding="utf-8")
    return info.name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if wants_system(config_settings):
        wheel = Wheel(wheel_directory, "py3-none-any")
        add_package(wheel)
        return wheel.close()
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    wheel = Wheel(wheel_directory, "py3-none-" + platform)
    add_package(wheel)
    add_library(wheel)
    return wheel.close()


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """The package where it is; its library is found by LINAS_LIBRARY or in the system."""
    wheel = Wheel(wheel_directory, "py3-none-any")
    wheel.add("linas.pth", (str(HERE) + "\n").encode())
    return wheel.close()


def build_sdist(sdist_directory, config_settings=None):
    raise RuntimeError("there is no source archive of the package alone: it is built in the whole "
                       "project's tree")
