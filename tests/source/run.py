# SPDX-License-Identifier: Apache-2.0
"""Rules that the sources keep, checked on the text. usage: run.py ROOT. Last line: N passed, N failed"""
import pathlib
import re
import shutil
import subprocess
import sys

import reached

ROOMS = ["base", "num", "io", "space", "pareto", "nsga2", "predict", "search", "mpi"]
MPI = "mpi.h"  # the one header of another library, liblinas-mpi
CODE = {".c", ".h", ".cpp", ".hpp"}
SIGNED = CODE | {".py", ".sh"}
# Heads that only some rooms may include.
FOREIGN = {
    "num": re.compile(r"^(gsl/|cblas|lapack|openblas|svm\.h|libsvm/)"),
    "io": re.compile(r"^jansson"),
}
# Calls that a library inside somebody else's process must not make.
FORBIDDEN = re.compile(
    r"\b(printf|puts|putchar|vprintf|perror|abort|exit|_Exit|quick_exit|assert|rand|srand|random|"
    r"srandom|drand48|setlocale|signal|sigaction|chdir|setenv|putenv|system|popen|fork|alloca|"
    r"gsl_set_error_handler|gsl_set_error_handler_off|openblas_set_num_threads|"
    r"gsl_rng_env_setup|svm_cross_validation|svm_save_model|svm_load_model)\s*\(|"
    r"\b(stdout|stderr)\b")


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, findings):
        """One check: passes when nothing was found."""
        findings = list(findings)
        if findings:
            self.failed += 1
            print("FAIL %s" % name)
            for finding in findings[:20]:
                print("    %s" % finding)
        else:
            self.passed += 1
            print("ok %s" % name)

    def skip(self, why):
        self.skipped += 1
        print("skipped: %s" % why)

    def close(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed else 0


def without_comments(text, keep_strings=False):
    """C source with comments (and strings) blanked, lines kept."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found if keep_strings else found[0] * 2
        return "\n" * found.count("\n") or " "
    return pattern.sub(blank, text)


def tree(root):
    """Files of the project: what git knows or would take, or all without git, or in a copy that it
    ignores."""
    listing = subprocess.run(["git", "-C", str(root), "-c", "safe.directory=*", "ls-files",
                              "--cached", "--others", "--exclude-standard"],
                             capture_output=True, text=True, check=False)
    if listing.returncode == 0 and listing.stdout:
        names = listing.stdout.splitlines()
    else:
        names = [str(path.relative_to(root)) for path in root.rglob("*")
                 if path.is_file() and path.relative_to(root).parts[0] not in ("build", ".git")]
    return sorted(path for path in (root / name for name in names) if path.is_file())


def includes(text):
    for number, line in enumerate(without_comments(text, keep_strings=True).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def upward_includes(root):
    """Includes of a room that stands above, or of a foreign head that belongs to another room."""
    for path in sorted((root / "lib").rglob("*")):
        if path.suffix not in CODE:
            continue
        room = path.relative_to(root / "lib").parts[0]
        if room not in ROOMS:
            continue
        for number, head in includes(path.read_text(encoding="utf-8")):
            where = "%s:%d includes %s" % (path.relative_to(root), number, head)
            first = head.split("/")[0]
            if "/" in head and first in ROOMS and ROOMS.index(first) > ROOMS.index(room):
                yield where
            if room == "mpi" and "/" in head and first in ROOMS and first != "mpi":
                yield where + ": liblinas-mpi stands on the public API alone"
            if ".." in pathlib.PurePosixPath(head).parts:
                yield where
            for owner, pattern in FOREIGN.items():
                if room != owner and pattern.match(head):
                    yield where


def outside_includes(root):
    """Programs and examples see the public headers only."""
    for folder in ("src", "examples", "include"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in CODE:
                continue
            for number, head in includes(path.read_text(encoding="utf-8")):
                if head.split("/")[0] in ROOMS and "/" in head:
                    yield "%s:%d includes %s" % (path.relative_to(root), number, head)


def unsigned_files(root, files):
    for path in files:
        name = path.relative_to(root)
        if path.suffix in SIGNED or name.parts == ("dev",) or name.parts[0] == ".ci":
            head = "\n".join(path.read_text(encoding="utf-8").splitlines()[:2])
            if "SPDX-License-Identifier: Apache-2.0" not in head:
                yield name


def declarations(text):
    """(line, name, has a doc comment) of every public function of a header. A comment stands for
    the declarations that follow it without an empty line between."""
    position = 0
    for match in re.finditer(r"^LINAS_API\b[^;{]*?\b(linas_\w+)\s*\([^;]*;", text, re.M | re.S):
        before = text[position:match.start()]
        block = before.rsplit("\n\n", 1)[-1] if "\n\n" in before else before
        yield (text.count("\n", 0, match.start()) + 1, match.group(1),
               re.search(r"/\*\*(?!<)", block) or (not block.strip() and position > 0 and "\n\n" not in before))
        position = match.end()


def public_functions(root, mpi=False):
    """Those of liblinas, or of liblinas-mpi."""
    for path in sorted((root / "include" / "linas").glob("*.h")):
        if (path.name == MPI) != mpi:
            continue
        for line, name, documented in declarations(path.read_text(encoding="utf-8")):
            yield path.relative_to(root), line, name, documented


def undocumented(root):
    for path, line, name, documented in [*public_functions(root), *public_functions(root, mpi=True)]:
        if not documented:
            yield "%s:%d %s has no comment before it" % (path, line, name)


def described(text, start, end=None):
    """Does a comment end before a place, or begin behind the end of what stands there?"""
    return text[:start].rstrip().endswith("*/") or \
        (end is not None and re.match(r"[;,]?\s*/\*\*<", text[end:]) is not None)


MEMBER = re.compile(r"\s*(/\*\*(?!<).*?\*/)?\s*([^;/]+?(?:\(\*(\w+)\)\([^;]*\)|(\w+)(?:\[\w+\])?));[ \t]*(/\*\*<.*?\*/)?", re.S)


def undescribed_members(name, head, body):
    """Members without a comment of their own that the struct's does not name either."""
    for found in MEMBER.finditer(body):
        member = found.group(3) or found.group(4)
        if not found.group(1) and not found.group(5) and "`%s`" % member not in head:
            yield "%s.%s" % (name, member)


def undescribed_types(text):
    for found in re.finditer(r"^typedef struct (\w+) \{\n(.*?)^\} \1;", text, re.S | re.M):
        before = text[:found.start()].rstrip()
        head = before[before.rfind("/**"):] if before.endswith("*/") else ""
        if not head:
            yield found.group(1)
        yield from undescribed_members(found.group(1), head, found.group(2))
    for found in re.finditer(r"^typedef (?!struct \w+ \{)[^;]*;", text, re.M):
        if not described(text, found.start()):
            yield found.group()


def undescribed_constants(text):
    for found in re.finditer(r"^enum \{(.*?)\};", text, re.S | re.M):
        if not described(text, found.start()):
            yield "the enum of " + re.search(r"LINAS_\w+", found.group(1)).group()
        for one in re.finditer(r"(LINAS_\w+)\s*=\s*-?\d+,?(\s*/\*\*<)?", found.group(1)):
            if not one.group(2):
                yield one.group(1)
    for found in re.finditer(r"^#define (LINAS_\w+)\b.*", text, re.M):
        private = found.group(1).endswith(("_H", "_")) or found.group(1) == "LINAS_API"
        if not private and not described(text, found.start()) and "/**<" not in found.group():
            yield found.group(1)


def undescribed(root):
    """Public types, members, constants and macros."""
    for path in sorted((root / "include" / "linas").glob("*.h")):
        text = path.read_text(encoding="utf-8")
        for name in [*undescribed_types(text), *undescribed_constants(text)]:
            yield "%s: %s has no comment" % (path.relative_to(root), name)


def map_differs(root, script="lib/liblinas.map", mpi=False):
    text = re.sub(r"/\*.*?\*/", "", (root / script).read_text(encoding="utf-8"), flags=re.S)
    listed = re.findall(r"\b(linas_\w+)\s*;", text)
    declared = {name for _, _, name, _ in public_functions(root, mpi)}
    if "*" in text.split("global:")[1].split("local:")[0]:
        yield script + " has a wildcard among the global names"
    for name in sorted(declared - set(listed)):
        yield "%s is declared but not in %s" % (name, script)
    for name in sorted(set(listed) - declared):
        yield "%s is in %s but declared nowhere" % (name, script)
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield "%s is twice in %s" % (name, script)


def forbidden_calls(root):
    for path in sorted((root / "lib").rglob("*")):
        if path.suffix not in CODE:
            continue
        text = without_comments(path.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            match = FORBIDDEN.search(line)
            if match:
                yield "%s:%d %s" % (path.relative_to(root), number, match.group(0))


def foreign_names(root):
    """Names that do not start with the library's prefixes, among its non-static functions."""
    pattern = re.compile(r"^(?!(?:[A-Z][A-Z0-9_]* )*static|typedef|struct|enum|union|return|else|extern|namespace|using|"
                         r"template|#)[A-Za-z_][\w \t*]*?\b(\w+)\([^;{}]*\)\s*\{", re.M)
    for path in sorted((root / "lib").rglob("*.c")):
        for match in pattern.finditer(without_comments(path.read_text(encoding="utf-8"))):
            if not match.group(1).startswith(("lns_", "linas_")):
                yield "%s: %s" % (path.relative_to(root), match.group(1))


def machine_paths(root, files):
    """Paths of one machine or person."""
    pattern = re.compile(r"(?<![\w.])/(work|home/\w+|root/[.\w]+|Users)/")
    for path in files:
        if path == pathlib.Path(__file__).resolve() or path.suffix in (".png", ".gz"):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line) and "chroot" not in line and "in_fresh" not in line:
                yield "%s:%d %s" % (path.relative_to(root), number, line.strip())


def untidy(root, files):
    """Tabs in code, trailing white space, a missing last newline, lines beyond 100 columns of C."""
    for path in files:
        if path.suffix not in SIGNED | {".md", ".build", ".map"}:
            continue
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root)
        if text and not text.endswith("\n"):
            yield "%s has no newline at its end" % name
        for number, line in enumerate(text.splitlines(), 1):
            if line != line.rstrip():
                yield "%s:%d trailing white space" % (name, number)
            if path.suffix in SIGNED and "\t" in line:
                yield "%s:%d tab" % (name, number)


def version_differs(root):
    """One version everywhere: meson.build, the header, the changelog."""
    meson = re.search(r"version: '([\d.]+)'", (root / "meson.build").read_text()).group(1)
    head = (root / "include" / "linas" / "base.h").read_text()
    text = re.search(r'LINAS_VERSION_STRING "([\d.]+)"', head).group(1)
    parts = ".".join(re.search(r"LINAS_VERSION_%s (\d+)" % part, head).group(1)
                     for part in ("MAJOR", "MINOR", "PATCH"))
    if len({meson, text, parts}) != 1:
        yield "meson.build %s, LINAS_VERSION_STRING %s, numbers %s" % (meson, text, parts)
    if meson not in (root / "CHANGELOG.md").read_text() and \
            "Unreleased" not in (root / "CHANGELOG.md").read_text():
        yield "CHANGELOG.md has no entry for %s" % meson


def dead_links(root, files):
    """Relative links of the documents that lead nowhere."""
    for path in files:
        if path.suffix != ".md":
            continue
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not (path.parent / target).exists():
                yield "%s links to %s" % (path.relative_to(root), target)


def unformatted(root, files):
    names = [str(path) for path in files if path.suffix in CODE]
    run = subprocess.run(["clang-format", "--dry-run", *names], cwd=root, capture_output=True,
                         text=True, check=False)
    return sorted({line.split(":")[0] for line in run.stderr.splitlines()
                   if "clang-format-violations" in line})


def unfuzzed(root):
    """Public functions without a row in the table of docs/testing.md, or whose target lacks them."""
    text = (root / "docs" / "testing.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(linas_\w+)` \| `fuzz_(\w+)` \|$", text, re.M))
    targets = (root / "tests" / "fuzz" / "targets.c").read_text(encoding="utf-8")
    declared = {name for _, _, name, _ in public_functions(root)}
    for name in sorted(declared - set(rows)):
        yield "%s has no row" % name
    for name, target in sorted(rows.items()):
        if name not in declared:
            yield "%s is in the table and declared nowhere" % name
        if name + "(" not in targets or "void fuzz_%s(" % target not in targets:
            yield "%s is not called by fuzz_%s" % (name, target)


def shell_errors(root, files):
    for path in files:
        if path.suffix == ".sh" or path.relative_to(root).parts in ((".ci", "run"), ("dev",)):
            run = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True,
                                 check=False)
            if run.returncode:
                yield run.stderr.strip()


def main(root):
    report = Report()
    files = tree(root)
    report.check("a room includes only rooms below it", upward_includes(root))
    report.check("programs include only public headers", outside_includes(root))
    report.check("every source file names its licence", unsigned_files(root, files))
    report.check("every public function has a comment", undocumented(root))
    report.check("every public type, member, constant and macro has a comment", undescribed(root))
    report.check("the version script lists exactly the public functions", map_differs(root))
    report.check("so does that of liblinas-mpi", map_differs(root, "lib/mpi/liblinas-mpi.map", mpi=True))
    report.check("the library calls nothing that harms its host", forbidden_calls(root))
    report.check("non-static functions have the library's prefixes", foreign_names(root))
    report.check("no path of one machine", machine_paths(root, files))
    report.check("text is tidy", untidy(root, files))
    report.check("one version everywhere", version_differs(root))
    report.check("links in documents lead somewhere", dead_links(root, files))
    report.check("every public function has a fuzz target", unfuzzed(root))
    report.check("marks of what is not reached are listed", reached.unlisted(root))
    report.check("shell scripts parse", shell_errors(root, files))
    if shutil.which("clang-format"):
        report.check("sources are formatted", unformatted(root, files))
    else:
        report.skip("formatting: clang-format is not installed")
    return report.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
