# SPDX-License-Identifier: Apache-2.0
"""English and German of free software: pairs from the message catalogues (.mo) of Debian packages."""
import hashlib
import re
import struct
import subprocess
from pathlib import Path
from typing import Iterable, Iterator, List, NamedTuple, Tuple

PACKAGES = ("gcc-12-locales", "digikam-data", "inkscape", "git", "gimp-data", "evolution-common",
            "gnucash-common", "plasma-workspace-data", "libgtk-3-common", "coreutils", "bash", "tar",
            "binutils-common", "evince-common", "nautilus-data", "gnome-control-center-data",
            "libglib2.0-data", "dpkg", "apt", "aptitude-common", "gedit-common", "rhythmbox-data",
            "kdenlive-data", "audacity-data", "libc-l10n", "postgresql-client-15", "postgresql-15",
            "scribus-data")
FEW = ("coreutils", "git")  # enough to see that it works
FEWEST, MOST = 3, 30  # words
HELD = 40  # one in so many groups of like sentences is held out
Pair = Tuple[str, str]

_PLACE = re.compile(r"%(?:\d+\$)?[-+ #0']*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]|"
                    r"%\d+|%[<>'`]\w*|\$?\{[^}]*\}|\$\w+|%\([^)]*\)\w")
_TAG = re.compile(r"<[^>]*>|&(?:amp|lt|gt|quot|nbsp|apos);")
_KEY = re.compile(r"[_&](?=\w)")
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Placeholders become one sign, tags a space; marks of keys go."""
    text = _TAG.sub(" ", _PLACE.sub("¤", text))
    return _SPACE.sub(" ", _KEY.sub("", text)).strip()


def messages(content: bytes) -> Iterator[Pair]:
    """The pairs in a catalogue; singular with singular, plural with the last plural."""
    if len(content) < 28:
        return
    order = {b"\xde\x12\x04\x95": "<", b"\x95\x04\x12\xde": ">"}.get(content[:4])
    if order is None:
        return
    count, originals, translations = struct.unpack(order + "3I", content[8:20])

    def text(table: int, index: int) -> List[str]:
        length, start = struct.unpack_from(order + "2I", content, table + 8 * index)
        return content[start:start + length].decode("utf-8", "replace").split("\0")
    for index in range(count):
        english, german = text(originals, index), text(translations, index)
        english[0] = english[0].rsplit("\4", 1)[-1]
        if english[0]:
            yield english[0], german[0]
            if len(english) > 1 and len(german) > 1:
                yield english[1], german[-1]


def useful(pair: Pair) -> bool:
    """Sentences of some words of letters, in both languages and not the same."""
    return pair[0] != pair[1] and all(
        FEWEST <= len(side.split()) <= MOST and
        sum(one.isalpha() or one == " " for one in side) > 0.7 * len(side) for side in pair)


def group(english: str) -> str:
    """What sentences that are nearly the same share: their letters."""
    return "".join(one for one in english.lower() if one.isalpha())


class Corpus(NamedTuple):
    """Pairs to learn from, and to judge by."""

    training: List[Pair]
    held: List[Pair]


def split(pairs: Iterable[Pair]) -> Corpus:
    """Distinct pairs; sentences that are nearly the same, in either language, are on one side."""
    parent = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one
    distinct = sorted(set(pairs))
    for english, german in distinct:
        ends = sorted((root("e" + group(english)), root("g" + group(german))))
        parent[ends[1]] = ends[0]
    corpus, seen = Corpus([], []), set()
    for pair in distinct:
        name = root("e" + group(pair[0]))
        digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        if digest % HELD:
            corpus.training.append(pair)
        elif name not in seen:  # one of those that are nearly the same
            seen.add(name)
            corpus.held.append(pair)
    return corpus


def fetch(folder: Path, packages: Iterable[str] = PACKAGES) -> None:
    """Download packages and unpack their German catalogues into a folder; nothing is installed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in packages:
        done = folder / name
        if done.exists():
            continue
        part = folder / (name + ".part")
        subprocess.run(["rm", "-rf", part], check=True)
        part.mkdir()
        subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name], cwd=part,
                       check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for package in part.glob("*.deb"):
            whole = part / "whole"
            subprocess.run(["dpkg-deb", "-x", package, whole], check=True)
            for number, path in enumerate(sorted(whole.glob("usr/share/**/de/LC_MESSAGES/*.mo"))):
                path.rename(part / ("%d-%s" % (number, path.name)))
            subprocess.run(["rm", "-rf", whole, package], check=True)
            part.rename(done)


def read(folders: Iterable[Path]) -> Corpus:
    """All useful pairs of the catalogues below some folders."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*.mo")):
            found += [(clean(english), clean(german))
                      for english, german in messages(path.read_bytes())]
    return split(pair for pair in found if useful(pair))
