# SPDX-License-Identifier: Apache-2.0
"""The documents and the reference of the headers as a site, by Doxygen. usage: build.py ROOT FOLDER
The site is FOLDER/site. Warnings of Doxygen and links that lead nowhere are errors.

The documents are written for the tree: links between them lead to files. For the site each gets a name of
its own, its headings the anchors that the links use, and what else is linked to is copied as plain text."""
import html
import html.parser
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
FENCE = re.compile(r"^```.*?^```$", re.S | re.M)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.+)$", re.M)
TABLE = re.compile(r"^\|.*\|\n\|[-| :]+\|\n(?:\|.*\|\n?)+", re.M)
EMPHASIS = re.compile(r"(?<![\w*])(\*\*?)(?=\S)([^*]+?)(?<=\S)\1(?![\w*])")
# A function within a class of linas.hpp, with its body.
METHOD = re.compile(r"^    (?! |return|friend|using|struct|class)[^\n;{}]*\([^;{}]*\)[^;{}]*\{\n(.*?)^    \}", re.S | re.M)
PLAIN_LIMIT = 400000  # bytes of a file that is copied
# Documents in the order of the site's index; those not named follow.
ORDER = ["README.md", "docs/start-c.md", "docs/start-cpp.md", "docs/start-python.md", "docs/start-command.md",
         "docs/start-vendor.md", "docs/embedding.md", "bindings/python/README.md", "docs/command.md",
         "docs/space-json.md", "docs/method.md"]


def tracked(root):
    """Files of the project, with "/" between folders."""
    listing = subprocess.run(["git", "-C", str(root), "-c", "safe.directory=*", "ls-files", "--cached",
                              "--others", "--exclude-standard"], capture_output=True, text=True, check=False)
    if listing.returncode == 0 and listing.stdout:  # git ignores the copies below build/
        names = listing.stdout.splitlines()
    else:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and
                 path.relative_to(root).parts[0] not in ("build", ".git")]
    return sorted(name for name in names if (root / name).is_file())


def page_name(document):
    """docs/method.md -> method, bindings/python/README.md -> bindings-python."""
    name = re.sub(r"^docs/(?!README)", "", document[:-len(".md")])
    name = re.sub(r"/?README$", "", name) or "index"
    return name.lower().replace("/", "-")


def slug(heading):
    """The anchor of a heading as hosts of repositories make it."""
    text = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def shared_comments(text):
    """Where several functions share a comment, each gets it."""
    above = [None]

    def share(found):
        if text[:found.start()].rstrip().endswith("*/"):
            above[0] = found.group(1)
            return found.group()
        return "/** @copydoc %s */\n%s" % (above[0], found.group())
    return re.sub(r"^LINAS_API\b[^;{]*?\b(linas_\w+)\s*\([^;]*;", share, text, flags=re.M)


def commented_methods(text):
    """A method of C++ without a comment does what the C function in it does."""
    def refer(found):
        called = re.search(r"\b(linas_\w+)\(", found.group(1))
        if not called or text[:found.start()].rstrip().endswith("*/"):
            return found.group()
        return "    /** As %s(). */\n%s" % (called.group(1), found.group())
    return METHOD.sub(refer, text)


class Site:
    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.files = tracked(root)
        self.documents = [name for name in self.files if name.endswith(".md")]
        self.copied = set()
        self.findings = []

    # -- links ------------------------------------------------------------------------------------

    def target(self, document, link):
        """A link of a document as the site has it."""
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            return link
        name = posixpath.normpath(posixpath.join(posixpath.dirname(document), path)) if path else document
        if name in self.documents:
            page = page_name(name)
            return page + ".html" + ("#%s_%s" % (page, anchor) if anchor else "")
        if name == "include/linas":
            return "files.html"
        if posixpath.dirname(name) == "include/linas":
            return posixpath.basename(name).replace(".", "_8") + ".html"
        return self.plain(document, name)

    def plain(self, document, name):
        """A file of the tree, or the list of a folder's."""
        inside = [name] if name in self.files else \
            [one for one in self.files if one.startswith(name + "/")]
        if not inside:
            self.findings.append("%s links to %s" % (document, name))
        self.copied.update(inside)
        return "tree/%s.txt" % name if inside == [name] else "tree/%s/index.html" % name

    def copy_tree(self):
        listings = {}
        for name in sorted(self.copied):
            source, target = self.root / name, self.folder / "site" / "tree" / (name + ".txt")
            if source.stat().st_size > PLAIN_LIMIT:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            for parent in pathlib.PurePosixPath(name).parents:
                listings.setdefault(str(parent), []).append(name)
        for parent, names in listings.items():
            lines = ["<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>%s</title><h1>%s</h1><ul>"
                     % (parent, parent)]
            lines += ["<li><a href=\"%s.txt\">%s</a></li>" % (posixpath.relpath(name, parent), name)
                      for name in names]
            (self.folder / "site" / "tree" / parent / "index.html").write_text("\n".join(lines) + "</ul></html>\n",
                                                                            encoding="utf-8")

    # -- pages ------------------------------------------------------------------------------------

    def inline(self, document, text):
        """Links and emphasis."""
        def link(found):
            mark, label, target = found.groups()
            if mark:
                return "![%s](%s)" % (label, posixpath.basename(target))
            return "<a href=\"%s\">%s</a>" % (self.target(document, target), label)

        def emphasis(found):
            tag = "b" if found.group(1) == "**" else "em"
            return "<%s>%s</%s>" % (tag, found.group(2), tag)
        return EMPHASIS.sub(emphasis, LINK.sub(link, text))

    def headings(self, document, text):
        page = page_name(document)

        def heading(found):
            label = "mainpage" if page == "index" else page
            if len(found.group(1)) > 1:
                label = "%s_%s" % (page, slug(found.group(2)))
            return "%s %s {#%s}" % (found.group(1), found.group(2).replace("`", ""), label)
        return HEADING.sub(heading, text)

    def table(self, document, text):
        """A table as HTML: Doxygen's own reading of them stumbles over code."""
        rows = []
        for number, line in enumerate(text.splitlines()):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|") if line.endswith("\\|") else line.strip()[1:-1])
            cells = [self.cell(document, cell.strip().replace("\\|", "|")) for cell in cells]
            kind = "th" if number == 0 else "td"
            if number != 1:
                rows.append("<tr>%s</tr>" % "".join("<%s>%s</%s>" % (kind, cell, kind) for cell in cells))
        return "@htmlonly<table class=\"markdownTable\">%s</table>@endhtmlonly\n" % "".join(rows)

    def cell(self, document, text):
        parts = re.split(r"`([^`]*)`", text)
        for place, part in enumerate(parts):
            part = html.escape(part, quote=False)
            parts[place] = "<code>%s</code>" % part if place % 2 else part
        # Code is a link's label here and there, and never holds one.
        return self.inline(document, "".join(parts))

    def page(self, document):
        """A document as Doxygen gets it: what is code stays as it is."""
        text = (self.root / document).read_text(encoding="utf-8")
        kept = []

        def keep(found):
            code = found.group()
            if code.startswith("`") and not code.startswith("```"):
                code = "``%s``" % code[1:-1]  # Doxygen ends `it's` at the apostrophe
            kept.append(code)
            return "\0%d\0" % (len(kept) - 1)

        def keep_table(found):
            kept.append(self.table(document, found.group()))
            return "\0%d\0" % (len(kept) - 1)
        text = re.sub(r"^<!-- test: .* -->\n", "", self.headings(document, FENCE.sub(keep, text)), flags=re.M)
        text = self.inline(document, CODE.sub(keep, TABLE.sub(keep_table, text)))
        while "\0" in text:
            text = re.sub(r"\0(\d+)\0", lambda found: kept[int(found.group(1))], text)
        return text

    def write_pages(self):
        """Paths, in the site's order."""
        (self.folder / "pages").mkdir(parents=True)
        rank = {name: place for place, name in enumerate(ORDER)}
        paths = []
        for document in sorted(self.documents, key=lambda name: (rank.get(name, len(rank)), name)):
            path = self.folder / "pages" / (page_name(document) + ".md")
            path.write_text(self.page(document), encoding="utf-8")
            paths.append(path)
        return paths

    def write_headers(self):
        """The headers, with the comments that they leave out."""
        folder = self.folder / "headers" / "linas"
        folder.mkdir(parents=True)
        for source in sorted((self.root / "include" / "linas").iterdir()):
            text = source.read_text(encoding="utf-8")
            text = commented_methods(text) if source.suffix == ".hpp" else shared_comments(text)
            (folder / source.name).write_text(text, encoding="utf-8")
        return folder

    # -- the site ---------------------------------------------------------------------------------

    def configuration(self, inputs):
        version = re.search(r"version: '([\d.]+)'", (self.root / "meson.build").read_text()).group(1)
        return (HERE / "Doxyfile").read_text(encoding="utf-8") + "\n".join([
            "PROJECT_NUMBER = " + version, "OUTPUT_DIRECTORY = \"%s\"" % self.folder, "HTML_OUTPUT = site",
            "HTML_EXTRA_STYLESHEET = \"%s\"" % (HERE / "style.css"),
            "IMAGE_PATH = \"%s\"" % (self.root / "docs"),
            "STRIP_FROM_PATH = \"%s\"" % (self.folder / "headers"),
            "INPUT = " + " ".join("\"%s\"" % path for path in inputs), ""])

    def build(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        inputs = [*self.write_pages(), self.write_headers()]
        run = subprocess.run(["doxygen", "-"], input=self.configuration(inputs), capture_output=True, text=True,
                             check=False)
        self.findings += (run.stdout + run.stderr).replace(str(self.folder) + "/", "").splitlines()
        if run.returncode and not self.findings:
            self.findings.append("doxygen: status %d" % run.returncode)
        self.copy_tree()
        return self.findings + dead_links(self.folder / "site")


class Anchors(html.parser.HTMLParser):
    """What a page links to, and where in it one can link to."""

    def __init__(self):
        super().__init__()
        self.links, self.anchors = set(), set()

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            if name in ("href", "src") and value:
                self.links.add(value)


def dead_links(site):
    """Links within the site that lead nowhere."""
    pages = {}
    for path in site.rglob("*.html"):
        pages[path] = Anchors()
        pages[path].feed(path.read_text(encoding="utf-8"))
    findings = []
    for path, page in sorted(pages.items()):
        for link in sorted(page.links):
            # Doxygen links to a list of private classes that it does not make.
            if re.match(r"\w+:", link) or link == "#nested-classes":
                continue
            name, _, anchor = urllib.parse.unquote(link).partition("#")
            target = path.parent / name if name else path
            target = pathlib.Path(posixpath.normpath(target))
            wrong = not target.is_file() or (anchor and target in pages and
                                             anchor not in pages[target].anchors)
            if wrong:
                findings.append("%s links to %s" % (path.relative_to(site), link))
    return findings


def main(root, folder):
    site = Site(root, folder)
    findings = site.build()
    for finding in findings:
        print(finding, file=sys.stderr)
    print("%d pages in %s" % (len(list((folder / "site").glob("*.html"))), folder / "site"))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
