# SPDX-License-Identifier: Apache-2.0
"""The study as tables on the terminal, figures (SVG), the numbers (JSON) and one page that shows all."""
import html
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Sequence

from .study import Result, mean_and_half

MARKS = (20, 50, 75, 100, 150, 250, 500, 1000, 2000)
NAMES = {"linas": "LINAS", "published": "LINAS as published", "nsga2": "NSGA-II", "random": "random",
         "ridge": "ridge", "svr": "SVR", "gp": "Gaussian process"}
COLOURS = {"linas": "#d62728", "published": "#e8912d", "nsga2": "#1f77b4", "random": "#888888",
           "ridge": "#1f77b4", "svr": "#5b8c5a", "gp": "#d62728"}
Table = List[List[str]]


def reaches(curve: Sequence[float], share: float) -> Any:
    """Evaluations after which a mean curve is that high; None if it never is."""
    return next((number for number, value in enumerate(curve, 1) if value >= share), None)


def mean_curve(curves: Sequence[Sequence[float]]) -> List[float]:
    """Of runs of equal length."""
    return [sum(column) / len(column) for column in zip(*curves)]


def share_table(curves: Dict[str, List[List[float]]]) -> Table:
    """Mean shares of the best hypervolume, at the marks that any search reaches."""
    longest = max(len(one[0]) for one in curves.values())
    marks = [mark for mark in MARKS if mark <= longest]
    rows = [["", "seeds", *map(str, marks)]]
    for kind, runs in curves.items():
        cells = []
        for mark in marks:
            values = [run[mark - 1] for run in runs if len(run) >= mark]
            cells.append("%.3f ±%.3f" % mean_and_half(values) if values else "")
        rows.append([NAMES.get(kind, kind), str(len(runs)), *cells])
    return rows


def predictor_table(result: Result) -> Table:
    """Percentage error and Kendall's tau on sub-networks that were held out."""
    counts = sorted({one["rows"] for one in result.predictors})
    rows = [["", "", *map(str, counts)]]
    for name in dict.fromkeys(one["objective"] for one in result.predictors):
        for model in ("ridge", "svr", "gp"):
            cells = ["%.2f %%, %.3f" % (one["mape"], one["tau"]) for one in result.predictors
                     if (one["objective"], one["model"]) == (name, model)]
            rows.append([name, NAMES[model], *cells])
    return rows


def ends_table(result: Result) -> Table:
    """The largest and the smallest sub-network."""
    names = list(result.ends["largest"])
    return [["", *names], *[[kind, *["%.4g" % values[name] for name in names]]
                            for kind, values in result.ends.items()]]


def sentences(result: Result) -> List[str]:
    """What the curves say in words."""
    means = {tactic: mean_curve(runs) for tactic, runs in result.curves.items()}
    said = []
    for other in ("nsga2", "random"):
        goal, budget = means[other][-1], len(means[other])
        for tactic in ("linas", "published"):
            count = reaches(means[tactic], goal)
            said.append("%s has what %s has after %d evaluations (%.3f) %s" % (
                NAMES[tactic], NAMES[other], budget, goal,
                "after %d." % count if count else "not within %d." % len(means[tactic])))
    high, low = result.ends["largest"], result.ends["smallest"]
    said += ["The largest sub-network has %.1f times the %s of the smallest." % (
        high[name] / low[name], name) for name in list(high)[1:]]
    return said


def markdown(table: Table) -> str:
    """A table of a document."""
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]])


# -- figures ---------------------------------------------------------------------------------------


def _draw_curves(ax: Any, curves: Dict[str, List[List[float]]]) -> None:
    for kind, runs in curves.items():
        numbers = range(1, len(runs[0]) + 1)
        pairs = [mean_and_half(column) for column in zip(*runs)]
        line, = ax.plot(numbers, [mean for mean, _ in pairs], label=NAMES.get(kind, kind),
                        color=COLOURS.get(kind))
        ax.fill_between(numbers, [mean - half for mean, half in pairs],
                        [mean + half for mean, half in pairs], color=line.get_color(), alpha=0.2,
                        linewidth=0)
    ax.set_xscale("log")
    ax.set_xlim(left=10)
    ax.set_ylim(top=1.005)
    ax.set_xlabel("evaluations")
    ax.set_ylabel("share of the best hypervolume")
    ax.legend()
    ax.grid(alpha=0.3)


def _draw_predictors(axes: Any, result: Result, value: str) -> None:
    for ax, name in zip(axes, dict.fromkeys(one["objective"] for one in result.predictors)):
        for model in ("ridge", "svr", "gp"):
            chosen = [one for one in result.predictors
                      if (one["objective"], one["model"]) == (name, model)]
            ax.plot([one["rows"] for one in chosen], [one[value] for one in chosen], marker="o",
                    label=NAMES[model], color=COLOURS[model])
        ax.set_xscale("log")
        ax.set_title(name)
        ax.set_xlabel("sub-networks learned from")
        ax.set_ylabel("error, %" if value == "mape" else "Kendall tau")
        ax.legend()
        ax.grid(alpha=0.3)


def _draw_fronts(ax: Any, result: Result) -> None:
    quality, cost = list(result.ends["largest"])[:2]
    for tactic, points in result.fronts.items():
        ax.plot([one[cost] for one in points], [one[quality] for one in points], marker="o",
                markersize=4, label=NAMES[tactic], color=COLOURS[tactic], linewidth=1)
    ax.set_xlabel(cost + ", ms")
    ax.set_ylabel(quality)
    ax.legend()
    ax.grid(alpha=0.3)


def figures(result: Result, folder: Path, name: str) -> List[Path]:
    """NAME-*.svg."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": name, "svg.fonttype": "none"})
    from matplotlib import pyplot
    paths = []
    for kind, size, draw in (
            ("hypervolume", (1, 1), lambda axes: _draw_curves(axes, result.curves)),
            ("fronts", (1, 1), lambda axes: _draw_fronts(axes, result)),
            ("error", (1, 2), lambda axes: _draw_predictors(axes, result, "mape")),
            ("tau", (1, 2), lambda axes: _draw_predictors(axes, result, "tau")),
            ("transfer", (1, 1), lambda axes: _draw_curves(axes, result.transfer))):
        figure, axes = pyplot.subplots(*size, figsize=(5.5 * size[1] + 1.5, 4.2))
        draw(axes)
        figure.tight_layout()
        paths.append(folder / ("%s-%s.svg" % (name, kind)))
        figure.savefig(paths[-1], metadata={"Date": None})
        pyplot.close(figure)
    return paths


def _html_table(table: Table) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join("<%s>%s</%s>" % (tag, html.escape(cell), tag) for cell in row)
    return "<table><tr>%s</tr>%s</table>" % (
        cells(table[0], "th"), "".join("<tr>%s</tr>" % cells(row, "td") for row in table[1:]))


def write(result: Result, folder: Path, name: str) -> str:
    """All files; returns the text for the terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / (name + ".json")).write_text(json.dumps(asdict(result)) + "\n", encoding="utf-8")
    tables = {"Ends of the space": ends_table(result),
              "Hypervolume, share of the best, mean and half of the 95 % interval":
                  share_table(result.curves),
              "Predictors: percentage error, Kendall's tau": predictor_table(result),
              "Second device": share_table(result.transfer)}
    drawn = [path.read_text(encoding="utf-8") for path in figures(result, folder, name)]
    page = ["<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>%s</title><style>"
            "body{font-family:sans-serif;max-width:60em;margin:auto}td,th{padding:.2em .6em;"
            "text-align:right}svg{max-width:100%%}</style><h1>%s</h1>" % (name, name)]
    page += ["<p>%s</p>" % html.escape(said) for said in sentences(result)]
    page += ["<h2>%s</h2>%s" % (html.escape(title), _html_table(table))
             for title, table in tables.items()]
    page += [picture[picture.index("<svg"):] for picture in drawn]
    (folder / (name + ".html")).write_text("\n".join(page) + "</html>\n", encoding="utf-8")
    text = ["%s\n\n%s\n" % (title, markdown(table)) for title, table in tables.items()]
    return "\n".join([*text, *sentences(result)])
