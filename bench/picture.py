#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A picture of the samples bench: mean hypervolume against evaluations, with the 95 % interval.

usage: picture.py PROBLEM FILE.jsonl... > docs/samples.svg, the files being lines of
`./dev bench samples --json`. The scale of the evaluations is logarithmic.
"""
import json
import math
import sys

from figures import half_interval, mean

# Tactic -> what it is called and its colour, readable on light and dark pages alike.
NAMES = {"linas": ("LINAS (ours)", "#d62728"), "linas-published": ("LINAS, published", "#e8912d"),
         "optuna-tpe": ("Optuna TPE", "#9467bd"), "nsga2": ("NSGA-II (ours)", "#1f77b4"),
         "pymoo": ("NSGA-II (pymoo)", "#17a2b8"), "optuna-nsga2": ("NSGA-II (Optuna)", "#5b8c5a"),
         "random": ("random", "#888888")}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 790, 420, 60, 198, 34, 46
FIRST, LAST, LOWEST = 20, 2000, 0.7
FEWEST = 5  # runs; the interval of fewer says nothing


def x_of(evaluations):
    share = math.log(evaluations / FIRST) / math.log(LAST / FIRST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def y_of(value):
    share = (max(value, LOWEST) - LOWEST) / (1 - LOWEST)
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def curve(runs):
    """(evaluations, mean, half of the interval) at the marks that every run has."""
    marks = sorted({int(m) for run in runs for m in run["hypervolume"]})
    for mark in marks:
        values = [run["hypervolume"][str(mark)] for run in runs if str(mark) in run["hypervolume"]]
        if FIRST <= mark <= LAST and len(values) == len(runs):
            yield mark, mean(values), half_interval(values)


def points(pairs):
    return " ".join("%.1f,%.1f" % (x_of(x), y_of(y)) for x, y in pairs)


def grid():
    for mark in (20, 50, 100, 200, 500, 1000, 2000):
        x = x_of(mark)
        yield '<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" class="grid"/>' % (x, x, TOP, HEIGHT - BOTTOM)
        yield '<text x="%.1f" y="%d" text-anchor="middle">%d</text>' % (x, HEIGHT - BOTTOM + 17, mark)
    for step in range(7):
        value = LOWEST + step * 0.05
        yield '<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="grid"/>' % (
            LEFT, WIDTH - RIGHT, y_of(value), y_of(value))
        yield '<text x="%d" y="%.1f" text-anchor="end">%.2f</text>' % (LEFT - 7, y_of(value) + 4, value)


def draw(tactic, line, runs):
    colour = NAMES[tactic][1]
    band = [(x, min(1.0, y + h)) for x, y, h in line] + [(x, y - h) for x, y, h in reversed(line)]
    if runs >= FEWEST:
        yield '<polygon points="%s" fill="%s" opacity=".15"/>' % (points(band), colour)
    yield '<polyline points="%s" fill="none" stroke="%s" stroke-width="%s"/>' % (
        points((x, y) for x, y, _ in line), colour, "3" if tactic == "linas" else "2")


def labels(ends):
    """Names at the ends of the lines, pushed apart where they would overlap."""
    last = TOP - 14
    for y, x, tactic, count in sorted(ends):
        last = max(y + 4, last + 15)
        yield '<text x="%.1f" y="%.1f" style="fill:%s">%s%s</text>' % (
            WIDTH - RIGHT + 10, last, NAMES[tactic][1], NAMES[tactic][0],
            "" if count == 10 else ", %d seeds" % count)


def picture(problem, runs):
    lines, ends = [], []
    for tactic in reversed(NAMES):
        chosen = [run for run in runs if (run["problem"], run["tactic"]) == (problem, tactic)]
        line = list(curve(chosen)) if chosen else []
        if line:
            lines += draw(tactic, line, len(chosen))
            ends.append((y_of(line[-1][1]), x_of(line[-1][0]), tactic, len(chosen)))
    yield ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" '
           'font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT))
    yield "<title>Hypervolume against evaluations: %s</title>" % problem
    yield ("<style>text{fill:#222}.grid{stroke:#8885;stroke-width:1}"
           "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>")
    yield '<text x="%d" y="18" font-size="13">share of the best known hypervolume (%s)</text>' % (
        LEFT, problem)
    yield from grid()
    yield from lines
    yield from labels(ends)
    yield '<text x="%.1f" y="%d" text-anchor="middle">evaluations</text>' % (
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8)
    yield "</svg>"


def main():
    runs = []
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as lines:
            runs += [json.loads(line) for line in lines]
    print("\n".join(picture(sys.argv[1], runs)))


if __name__ == "__main__":
    main()
