# SPDX-License-Identifier: Apache-2.0
"""Every code block of the documents is run, in an empty folder. usage: run.py PREFIX [DOCUMENT...]
       run.py --fresh ROOT DOCUMENT...
With --fresh the blocks of each document are run inside a root of Debian, where nothing is installed.

Shell and Python blocks run as they are, one after the other, in one folder for each document; lines of
JSON must parse. All else is told by a comment in the line before the block, of parts with ";" between:
  <!-- test: file NAME -->       the block is the content of that file
  <!-- test: in NAME -->         the same, inside tests/docs/given/NAME.in, in place of the line @block@
  <!-- test: then COMMAND -->    run after the file was written
  <!-- test: given NAME... -->   files that the reader has: of tests/docs/given, what NAME.py there prints, or
                                 of the project's tree
  <!-- test: needs MODULE -->    of Python; without it the block is skipped
  <!-- test: output -->          what the block before printed; a line "..." stands for any lines
  <!-- test: output, figures vary -->  the same, where numbers may be others
  <!-- test: fresh: WHY -->      run with --fresh only
  <!-- test: not run: WHY -->    not run at all
Last line: N passed, N failed"""
import json
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

BLOCK = re.compile(r"(?:^<!-- test: ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$", re.S | re.M)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
WAYS = ("file", "in", "then", "given", "needs", "output", "fresh", "not run")
README_LINES = 24  # of its example: twenty lines and a little
STATE = ".state"


class Block:
    def __init__(self, document, text, match):
        self.where = "%s:%d" % (document, text.count("\n", 0, match.start(2)) + 1)
        self.language, self.text = match.group(2), match.group(3)
        self.marks = {}
        for part in (match.group(1) or "").split("; "):
            way = next((way for way in WAYS if re.match(r"%s\b" % way, part)), None)
            if part and not way:
                raise ValueError("%s: the mark '%s'" % (self.where, part))
            if way:
                self.marks[way] = part[len(way):].lstrip(":, ")


def blocks(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    found = [Block(document, text, match) for match in BLOCK.finditer(text)]
    if len(re.findall(r"^\s*(?:```|~~~)", text, re.M)) != 2 * len(found) or \
            text.count("<!-- test:") != sum(bool(block.marks) for block in found):
        raise ValueError("%s: a block or a mark of another form" % document)
    return found


def documents():
    return sorted(str(path.relative_to(ROOT)) for path in source.tree(ROOT)
                  if path.suffix == ".md" and path.name != "CHANGELOG.md")


# -- where commands run ----------------------------------------------------------------------------


class Place:
    """An empty folder beside an installed library, whose reader has set the paths."""

    def __init__(self, folder, prefix):
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "liblinas").symlink_to(ROOT)
        hidden = ("LINAS_TEST_DATA", "LOCPATH", "MAKEFLAGS")
        self.env = {name: value for name, value in os.environ.items() if name not in hidden}
        self.env.update({
            "PATH": "%s/bin:%s" % (prefix, os.environ["PATH"]),
            "LD_LIBRARY_PATH": "%s/lib" % prefix, "CMAKE_PREFIX_PATH": str(prefix),
            "PKG_CONFIG_PATH": "%s/lib/pkgconfig" % prefix, "HOME": str(folder),
            "LINAS_LIBRARY": "%s/lib/liblinas.so.0" % prefix,
            "PYTHONPATH": str(ROOT / "bindings" / "python")})

    def command(self, script):
        return ["bash", "-e", "-c", script], self.folder


class FreshPlace:
    """A folder inside a new root, with a clone of the project."""

    def __init__(self, root, name):
        self.root, self.inside = root, "/root/" + name
        self.folder = root / "root" / name
        self.folder.mkdir(parents=True)
        self.env = {"HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        subprocess.run(["chroot", root, "git", "clone", "-q", "/srv/liblinas.git",
                        self.inside + "/liblinas"], check=True, env=self.env)

    def command(self, script):
        return ["chroot", str(self.root), "bash", "-e", "-c", "cd %s\n%s" % (self.inside, script)], None


def shell(place, script):
    """(status, standard output, both outputs); what a script exports and where it goes to stays."""
    keep = "{ export -p; printf 'cd %%q\\n' \"$PWD\"; } >\"$OLDPWD_/%s\"" % STATE
    words, folder = place.command("OLDPWD_=$PWD\n[ ! -f %s ] || . ./%s\n%s\n%s"
                                  % (STATE, STATE, script, keep))
    with tempfile.TemporaryFile("w+") as errors:
        run = subprocess.run(words, cwd=folder, env=place.env, stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=errors, check=False, timeout=1800)
        errors.seek(0)
        return run.returncode, run.stdout, run.stdout + errors.read()


# -- one block -------------------------------------------------------------------------------------


def given(place, names):
    for name in names.split():
        target, maker = place.folder / name, HERE / "given" / (name + ".py")
        target.parent.mkdir(parents=True, exist_ok=True)
        if maker.exists():
            target.write_text(subprocess.run([sys.executable, maker], capture_output=True, text=True,
                                             check=True).stdout, encoding="utf-8")
        elif (HERE / "given" / name).exists():
            shutil.copy(HERE / "given" / name, target)
        else:
            target.symlink_to(ROOT / name)


def file_content(block):
    if "file" in block.marks:
        return block.marks["file"], block.text
    frame = (HERE / "given" / (block.marks["in"] + ".in")).read_text(encoding="utf-8")
    return block.marks["in"], frame.replace("@block@\n", block.text)


def script_of(place, block):
    """What to run, or None when nothing is to be."""
    if "file" in block.marks or "in" in block.marks:
        name, text = file_content(block)
        (place.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (place.folder / name).write_text(text, encoding="utf-8")
        return block.marks.get("then")
    if block.language == "sh":
        return block.text
    if block.language == "python":
        (place.folder / "block.py").write_text(block.text, encoding="utf-8")
        return "python3 block.py"
    return None


def pattern_of(text, figures_vary):
    lines = []
    for line in text.splitlines():
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*?")
            continue
        words = [re.escape(part) for part in (NUMBER.split(line) if figures_vary else [line])]
        line = NUMBER.pattern.join(words) if figures_vary else words[0]
        lines.append((re.sub(r"(?:\\ )+", r"\\s+", line) if figures_vary else line) + r"[ ]*\n")
    return "".join(lines)


def printed_differs(block, printed):
    pattern = pattern_of(block.text, "figures vary" in block.marks["output"])
    return [] if re.fullmatch(pattern, printed) else ["printed instead:", *printed.splitlines()]


def wrong_json(block):
    for text in ([block.text], block.text.splitlines()):
        try:
            for one in text:
                json.loads(one)
            return []
        except ValueError as error:
            wrong = str(error)
    return [wrong]


class Session:
    """The blocks of one document, in their order."""

    def __init__(self, place, fresh):
        self.place, self.fresh = place, fresh
        self.printed = ""

    def left_out(self, block):
        if "not run" in block.marks:
            return block.marks["not run"]
        return block.marks.get("fresh") if not self.fresh else None

    def run(self, block):
        """Findings."""
        if "output" in block.marks:
            return printed_differs(block, self.printed)
        given(self.place, block.marks.get("given", ""))
        script = script_of(self.place, block)
        if script is None and not {"file", "in"} & set(block.marks):
            return wrong_json(block) if block.language == "json" else \
                ["neither run nor marked as not run"]
        if script is None:
            return []
        status, self.printed, both = shell(self.place, script)
        return ["status %d" % status, *both.splitlines()[-30:]] if status else []


def lacks(place, block):
    module = block.marks.get("needs")
    return module and shell(place, "python3 -c 'import %s'" % module)[0] != 0


def run_document(report, document, place, fresh):
    session = Session(place, fresh)
    broken = False
    for block in blocks(document):
        why = session.left_out(block)
        if why is not None:
            print("not run: %s: %s" % (block.where, why))
            if not why:
                report.check(block.where, ["no reason is given"])
        elif lacks(place, block):
            report.skip("%s: %s is not installed" % (block.where, block.marks["needs"]))
        elif broken:
            report.check(block.where, ["a block before it failed"])
        else:
            findings = session.run(block)
            report.check(block.where, findings)
            broken = bool(findings) and fresh


def readme_example():
    """The README's example is short."""
    example = next(block for block in blocks("README.md") if block.language == "c")
    lines = [line for line in example.text.splitlines() if line.strip()]
    return [] if len(lines) <= README_LINES else ["%d lines" % len(lines)]


def main(arguments):
    report = source.Report()
    fresh = arguments[0] == "--fresh"
    place = pathlib.Path(arguments[1 if fresh else 0]).resolve()
    chosen = arguments[2 if fresh else 1:]
    if not chosen:
        report.check("the README's example is short", readme_example())
        report.check("there are documents", {"README.md", "docs/command.md"} - set(documents()))
    with tempfile.TemporaryDirectory() as work:
        for document in chosen or documents():
            name = document.replace("/", "-").rsplit(".", 1)[0]
            run_document(report, document, FreshPlace(place, name) if fresh
                         else Place(pathlib.Path(work) / name, place), fresh)
    return report.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
