# SPDX-License-Identifier: Apache-2.0
"""The declaration table says what the headers say."""
import ctypes
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from linas import NSGA2Options, PredictorOptions, SearchOptions, _abi, _library
from linas._library import lib
from support import ROOT

HEADERS = sorted((ROOT / "include" / "linas").glob("[!m]*.h"))  # mpi.h is another library's
SCALARS = {"int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "uint64_t": ctypes.c_uint64,
           "size_t": ctypes.c_size_t, "double": ctypes.c_double, "void": None,
           "const char *": ctypes.c_char_p}
FUNCTION_TYPES = {"linas_feasible_fn": _abi.FEASIBLE, "linas_evaluate_fn": _abi.EVALUATE,
                  "linas_take_fn": _abi.TAKE}


def text_of(path):
    """A header without comments, preprocessor lines and the braces of extern "C"."""
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"^#(?:.*\\\n)*.*$", "", text, flags=re.M)


def squeeze(text):
    return re.sub(r"\s*\*\s*", "*", " ".join(text.split()))


def type_of(parameter):
    """The type in a declaration of one parameter."""
    return re.sub(r"(?<=[\s*])\w+$", "", squeeze(parameter)).strip()


def declared_functions():
    for path in HEADERS:
        for found in re.finditer(r"LINAS_API\s+([^;]*?)\b(linas_\w+)\s*\(([^;]*)\)\s*;",
                                 text_of(path), re.S):
            arguments = [type_of(one) for one in found[3].split(",") if squeeze(one) != "void"]
            yield found[2], (squeeze(found[1]), arguments)


def declared_structs():
    for path in HEADERS:
        for found in re.finditer(r"typedef struct (\w+) \{(.*?)\} \1;", text_of(path), re.S):
            yield found[1], [one for one in map(str.strip, found[2].split(";")) if one]


def declared_constants():
    for path in HEADERS:
        for found in re.finditer(r"\benum \{(.*?)\}", text_of(path), re.S):
            for name, value in re.findall(r"(LINAS_\w+)\s*=\s*(-?\d+)", found[1]):
                yield name, int(value)


def foreign(text):
    """The ctypes type of a C type that is no function."""
    kind = squeeze(text)
    if kind in FUNCTION_TYPES:
        return FUNCTION_TYPES[kind]
    if kind == "const char*":
        return ctypes.c_char_p
    return ctypes.c_void_p if kind.endswith("*") else SCALARS[kind]


class Table(unittest.TestCase):
    def test_functions(self):
        declared = dict(declared_functions())
        self.assertGreater(len(declared), 100)
        self.assertEqual(_abi.prototypes(), declared)

    def test_every_function_is_exported(self):
        for name in _abi.prototypes():
            self.assertTrue(callable(getattr(lib, name)), name)

    def test_constants(self):
        declared = dict(declared_constants())
        self.assertGreater(len(declared), 60)
        found = {}
        for name in declared:
            prefix = max((one for one in _abi.CONSTANTS if name.startswith(one)), key=len)
            kind = _abi.CONSTANTS[prefix]
            short = "OK" if name == "LINAS_OK" else name[len(prefix):]
            self.assertIn(short, kind.__members__, name)
            found[name] = int(kind[short])
        self.assertEqual(found, declared)
        classes = {id(kind): kind for kind in _abi.CONSTANTS.values()}
        members = sum(len(kind.__members__) for kind in classes.values())
        self.assertEqual(members, len(declared), "a constant that no header has")

    def test_structs(self):
        declared = dict(declared_structs())
        self.assertEqual(set(declared), set(_abi.STRUCTS))
        for name, members in declared.items():
            fields = _abi.STRUCTS[name][0]._fields_
            self.assertEqual(len(members), len(fields), "%s: %s" % (name, members))
            for member, (field, kind) in zip(members, fields):
                self.check_member("%s.%s" % (name, field), member, field, kind)

    def check_member(self, where, member, field, kind):
        function = re.match(r"(.*?)\(\s*\*(\w+)\)\s*\((.*)\)$", member, re.S)
        if function:
            self.assertEqual(function[2], field, where)
            self.assertEqual(kind._restype_, foreign(function[1]), where)
            arguments = [foreign(type_of(one)) for one in function[3].split(",")]
            self.assertEqual(list(kind._argtypes_), arguments, where)
            return
        found = re.match(r"(.*?)(\w+)$", member, re.S)
        self.assertEqual(found[2], field, where)
        if squeeze(found[1]) == "const linas_predictor_quality*":
            self.assertEqual(kind._type_, _abi.PredictorQuality, where)
        else:
            self.assertEqual(kind, foreign(found[1]), where)

    def test_function_types(self):
        texts = "\n".join(map(text_of, HEADERS))
        found = {name: (result, [foreign(type_of(one)) for one in arguments.split(",")])
                 for result, name, arguments in
                 re.findall(r"typedef (\w+) \(\*(\w+)\)\(([^;]*)\);", texts)}
        self.assertEqual(set(found), set(FUNCTION_TYPES))
        for name, kind in FUNCTION_TYPES.items():
            self.assertEqual((SCALARS[found[name][0]], found[name][1]),
                             (kind._restype_, list(kind._argtypes_)))

    def test_version(self):
        base = (ROOT / "include" / "linas" / "base.h").read_text(encoding="utf-8")
        self.assertIn('LINAS_VERSION_STRING "%s"' % _library.VERSION, base)
        project = (ROOT / "bindings" / "python" / "pyproject.toml").read_text(encoding="utf-8")
        self.assertIn('version = "%s"' % _library.VERSION, project)


class Layout(unittest.TestCase):
    """Sizes and places as the compiler has them."""

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_offsets(self):
        lines = ["#include <linas/linas.h>", "#include <stdio.h>", "int main(void) {"]
        for name, (kind, _) in _abi.STRUCTS.items():
            lines.append('printf("%s %%zu\\n", sizeof(%s));' % (name, name))
            for field, _type in kind._fields_:
                lines.append('printf("%s.%s %%zu\\n", offsetof(%s, %s));'
                             % (name, field, name, field))
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "layout.c"
            source.write_text("\n".join([*lines, "return 0; }"]))
            subprocess.run(["cc", "-I", str(ROOT / "include"), str(source), "-o",
                            folder + "/layout"], check=True)
            output = subprocess.run([folder + "/layout"], check=True, capture_output=True,
                                    text=True).stdout
        facts = dict(line.split() for line in output.splitlines())
        for name, (kind, _) in _abi.STRUCTS.items():
            self.assertEqual(int(facts[name]), ctypes.sizeof(kind), name)
            for field, _type in kind._fields_:
                self.assertEqual(int(facts["%s.%s" % (name, field)]), getattr(kind, field).offset,
                                 "%s.%s" % (name, field))


class Defaults(unittest.TestCase):
    """The dataclasses start with what the library's init functions set."""

    def check(self, options, struct, more=()):
        kind, init = _abi.STRUCTS[struct]
        values = kind()
        getattr(lib, init)(ctypes.byref(values))
        self.assertEqual(values.size, ctypes.sizeof(kind))
        names = {name for name, _ in kind._fields_} - {"size", "reserved", *more}
        self.assertEqual(set(vars(options)), names)
        for name in names:
            value = getattr(options, name)
            self.assertEqual(value or 0, getattr(values, name) or 0, name)

    def test_search(self):
        self.check(SearchOptions(), "linas_search_options",
                   ("progress", "progress_data", "predictors", "storage", "reserved_too"))

    def test_predictor(self):
        self.check(PredictorOptions(), "linas_predictor_options")

    def test_nsga2(self):
        self.check(NSGA2Options(), "linas_nsga2_options")


if __name__ == "__main__":
    unittest.main()
