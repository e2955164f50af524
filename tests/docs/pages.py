# SPDX-License-Identifier: Apache-2.0
"""Builds the site of the documents and looks at it. usage: pages.py FOLDER
Last line: N passed, N failed"""
import html
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "source"), str(ROOT / "docs" / "site")]
import build  # noqa: E402
import run as source  # noqa: E402


def text_of(page):
    """What a reader sees of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def member_texts(site):
    """Name -> description of every function of the headers' pages."""
    texts = {}
    for path in site.glob("*_8h.html"):
        parts = re.split(r'<h2 class="memtitle">', path.read_text(encoding="utf-8"))
        for part in parts[1:]:
            name = re.search(r"</a></span>(\w+)", part)
            text = re.search(r'<div class="memdoc">(.*?)</div>\s*</div>', part, re.S)
            if name:
                texts[name.group(1)] = text_of(text.group(1)).strip() if text else ""
    return texts


def not_described(site):
    texts = member_texts(site)
    for _, _, name, _ in source.public_functions(ROOT):
        if not texts.get(name):
            yield "%s has no text" % name
    for path in sorted((ROOT / "include" / "linas").glob("*.h")):
        for name in re.findall(r"^typedef struct (\w+) \{", path.read_text(encoding="utf-8"), re.M):
            if not (site / ("struct%s.html" % name.replace("_", "__"))).exists():
                yield "struct %s has no page" % name


def not_led(site):
    """Functions that a method of C++ only hands on, and whose comment it does not lead to."""
    pages = "".join(path.read_text(encoding="utf-8") for path in site.glob("classlinas_*.html"))
    for name in ("linas_space_hash", "linas_search_tell", "linas_archive_size", "linas_nsga2_save"):
        if "As %s()." % name not in text_of(pages):
            yield name


def not_shown(site):
    """Documents without a page, and pages that show marks of Markdown."""
    for document in build.Site(ROOT, site.parent).documents:
        path = site / (build.page_name(document) + ".html")
        if not path.exists():
            yield "%s has no page" % document
            continue
        page = path.read_text(encoding="utf-8").split("<body>")[1]
        prose = text_of(re.sub(r'<div class="fragment">.*?</div><!-- fragment -->|<code>.*?</code>', "", page,
                               flags=re.S))
        for mark in ("```", "](", "|---", "{#", "<tt>", "@htmlonly", "<!-- test", "\\|"):
            if mark in prose or (mark == "\\|" and mark in page):
                yield "%s shows %s" % (path.name, mark)


def not_found(site):
    """What the search cannot find."""
    index = "".join(path.read_text(encoding="utf-8") for path in (site / "search").glob("all_*.js"))
    for word in ("linas_search_ask", "linas_search_options", "five minutes in c", "LINAS_STOP_TIME"):
        if word.lower() not in text_of(index).lower():
            yield word


def main(folder):
    report = source.Report()
    report.check("the site is built without a warning, and its links lead somewhere",
                 build.Site(ROOT, folder).build())
    site = folder / "site"
    report.check("every public function and struct is described", not_described(site))
    report.check("methods of C++ lead to the functions that they call", not_led(site))
    report.check("every document has a page that looks like one", not_shown(site))
    report.check("names and titles are found by the search", not_found(site))
    return report.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
