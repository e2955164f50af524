#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The engine against its peers, side by side: one table, or with --json a line per case and peer.

Ours and the peers' workers stay alive, pinned to one core; every round measures each of them once,
so that what the machine does beside falls on all alike. Figures are processor time, medians over
the rounds.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys

from peers import versions

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SEED = 20220513


class Case:
    """One line of the table: the command that measures it, and who else can do the same."""

    def __init__(self, name, unit, scale, command, peers, inputs=None):
        self.name, self.unit, self.scale, self.command = name, unit, scale, command
        self.peers, self.inputs = peers, inputs


def sizes(n):
    return "%dk" % (n // 1000) if n % 1000 == 0 else str(n)


def cases():
    yield Case("int45-pop100", "us/generation", 1e6, "nsga2 100 250 {round}",
               ["pagmo2", "pymoo", "deap"])
    yield Case("int45-pop1000", "us/generation", 1e6, "nsga2 1000 50 {round}",
               ["pagmo2", "pymoo", "deap"])
    for m in (2, 3, 5):
        for n in (1000, 10000, 100000):
            for kind in ("uniform", "front", "late"):
                yield Case("rank-m%d-%s-%s" % (m, sizes(n), kind), "ms", 1e3,
                           "rank {file} %d %d" % (m, n), ["moocore"], (kind, m, n))
    for m, n in ((2, 1000), (3, 1000), (4, 500), (4, 1000), (5, 500), (5, 1000)):
        yield Case("volume-m%d-%s" % (m, sizes(n)), "ms", 1e3, "volume {file} %d %d" % (m, n),
                   ["moocore", "pagmo2"] if m == 2 else ["moocore"], ("front", m, n))
    # The peers compute the hypervolume of all points anew.
    for m in (2, 3, 4):
        yield Case("added-m%d-1k" % m, "us/point", 1e6, "added {file} %d 1000" % m, ["moocore"],
                   ("front", m, 1000))
    yield Case("predict-250rows", "us/configuration", 1e6, "predict 250 20000", ["scikit-learn"])
    yield Case("process-250rows", "us/configuration", 1e6, "process 250 20000", [])
    yield Case("learn-250rows", "ms", 1e3, "learn 250 1", [])
    for rows in (250, 500):
        yield Case("iteration-%d" % rows, "ms", 1e3, "iteration %d 0" % rows, [])
        yield Case("iteration-%d-next" % rows, "ms", 1e3, "iteration %d 1" % rows, [])
    yield Case("archive-100k-time", "us/ask+tell", 1e6, "archive 100000 time", [])
    yield Case("archive-100k-memory", "bytes/evaluation", 1, "archive 100000 bytes", [])


# Hot paths, counted between entry and return of the public functions that match.
COUNTED = [
    ("nsga2-pop100", "linas_nsga2_*", "nsga2 100 50 1", None),
    ("nsga2-pop1000", "linas_nsga2_*", "nsga2 1000 5 1", None),
    ("nsga2-3-objectives", "linas_nsga2_*", "nsga2 100 20 1 45 3", None),
    ("rank-m2", "linas_pareto_rank", "rank {file} 2 10000", ("uniform", 2, 10000)),
    ("rank-m3", "linas_pareto_rank", "rank {file} 3 5000", ("late", 3, 5000)),
    ("rank-m5", "linas_pareto_rank", "rank {file} 5 2000", ("late", 5, 2000)),
    ("volume-m2", "linas_hypervolume", "volume {file} 2 1000", ("front", 2, 1000)),
    ("volume-m3", "linas_hypervolume", "volume {file} 3 1000", ("front", 3, 1000)),
    ("volume-m5", "linas_hypervolume", "volume {file} 5 200", ("front", 5, 200)),
    ("added-m2", "linas_archive_*", "added {file} 2 1000", ("front", 2, 1000)),
    ("added-m3", "linas_archive_*", "added {file} 3 500", ("front", 3, 500)),
    ("svr-predict", "linas_predictor_predict", "predict 100 1000", None),
    ("process-predict", "linas_predictor_predict", "process 100 1000", None),
    ("process-fit", "linas_predictor_fit", "learn 100 1", None),
]
STORED = os.path.join(ROOT, "bench", "engine_instructions.json")
GROWTH = 1.10


class Worker:
    """A process that answers a line with a number."""

    def __init__(self, words, core):
        environment = dict(os.environ)
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = "1"
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}))

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("a worker ended at: " + command)
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    def __init__(self, options):
        self.options = options
        self.workers = {"linas": Worker([options.program], options.core)}
        self.folder = os.path.join(ROOT, "build", "bench-inputs")
        os.makedirs(self.folder, exist_ok=True)

    def worker(self, peer):
        if peer not in self.workers:
            script = os.path.join(ROOT, "bench", "engine_peers.py")
            self.workers[peer] = Worker([self.options.python, script, peer], self.options.core)
        return self.workers[peer]

    def input_file(self, inputs):
        if not inputs:
            return ""
        kind, m, n = inputs
        name = os.path.join(self.folder, "%s-%d-%d" % (kind, m, n))
        self.workers["linas"].ask("input %s %d %d %d %s" % (kind, m, n, SEED, name))
        return name

    def measure(self, case):
        """Seconds of every round, by who did it."""
        who = ["linas"] + (case.peers if self.options.peers else [])
        seconds = {name: [] for name in who}
        file = self.input_file(case.inputs)
        for number in range(self.options.rounds + 1):
            for name in who:
                command = case.command.format(file=file, round=number + 1)
                spent = self.worker(name).ask(command)
                if number > 0:  # the first warms up
                    seconds[name].append(spent)
        return seconds

    def close(self):
        for worker in self.workers.values():
            worker.close()


def count_instructions(program, functions, command):
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
             "--toggle-collect=" + functions, program, "--once"]
    done = subprocess.run(words, input=command + "\n", capture_output=True, text=True, check=True,
                          env=dict(os.environ, OPENBLAS_NUM_THREADS="1"))
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def check(bench, store):
    """Instruction counts of the hot paths against the stored ones; the number of those that grew."""
    with open("/proc/cpuinfo", encoding="utf-8") as facts:
        if "avx2" not in facts.read():
            print("skipped: the stored counts are those of a processor with AVX2")
            return 0
    stored = {}
    if not store:
        with open(STORED, encoding="utf-8") as file:
            stored = json.load(file)
    counts = {}
    for name, functions, command, inputs in COUNTED:
        command = command.format(file=bench.input_file(inputs))
        counts[name] = count_instructions(bench.options.program, functions, command)
        before = stored.get(name, counts[name])
        worse = counts[name] > GROWTH * before
        print("%s %-22s %14d instructions, %+.1f %%" % (
            "FAIL" if worse else "ok  ", name, counts[name], 100 * (counts[name] / before - 1)),
              flush=True)
    if store:
        with open(STORED, "w", encoding="utf-8") as file:
            json.dump(counts, file, indent=1)
            file.write("\n")
    return sum(counts[name] > GROWTH * stored.get(name, counts[name]) for name in counts)


def spread(values):
    """Half the range between the quartiles, as a share of the median."""
    quartiles = statistics.quantiles(values, n=4)
    return (quartiles[2] - quartiles[0]) / 2 / statistics.median(values)


def rows(case, seconds):
    ours = statistics.median(seconds["linas"])
    for name in list(seconds)[1:] or [None]:
        row = {"case": case.name, "linas": ours * case.scale, "unit": case.unit,
               "spread": round(spread(seconds["linas"]), 3)}
        if name:
            theirs = statistics.median(seconds[name])
            row.update(peer=name, peer_value=theirs * case.scale, ratio=theirs / ours,
                       peer_spread=round(spread(seconds[name]), 3))
        yield row


def show(row):
    line = "%-24s %12.4g ±%4.1f %% %-14s" % (row["case"], row["linas"], 100 * row["spread"],
                                           row["unit"])
    if "peer" in row:
        line += "%-14s %12.4g ±%4.1f %% %9.2f" % (
            row["peer"], row["peer_value"], 100 * row["peer_spread"], row["ratio"])
    print(line, flush=True)


def summary(done):
    """Geometric means of the ratios of each family of cases against each peer."""
    groups = {}
    for row in done:
        if "ratio" in row:
            groups.setdefault((row["case"].split("-")[0], row["peer"]), []).append(row["ratio"])
    for (family, peer), ratios in groups.items():
        print("%s against %s: %.2f times as fast in the geometric mean, %.2f at least" %
              (family, peer, statistics.geometric_mean(ratios), min(ratios)))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench engine", description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bench", "engine"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--python", default=os.path.join(ROOT, "build", "peers", "bin", "python"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--peers", action="store_true",
                        help="measure the peers too, from packages below build/peers")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--cases", default="", help="only cases whose names begin so, by commas")
    parser.add_argument("--json", action="store_true", help="a line of JSON per case and peer")
    parser.add_argument("--check", action="store_true",
                        help="count the hot paths' instructions; fail if they grew by a tenth")
    parser.add_argument("--store", action="store_true", help="store those counts anew")
    options = parser.parse_args()
    bench = Bench(options)
    if options.check or options.store:
        grown = check(bench, options.store)
        bench.close()
        return 1 if grown else 0
    done = []
    if options.peers and not options.json:
        print(versions(options.python))
    if not options.json:
        print("%-24s %21s %-14s%-14s %21s %9s" % ("case", "linas", "unit", "peer", "peer's",
                                                  "ratio"))
    for case in cases():
        if not any(case.name.startswith(begin) for begin in options.cases.split(",")):
            continue
        for row in rows(case, bench.measure(case)):
            done.append(row)
            print(json.dumps(row), flush=True) if options.json else show(row)
    bench.close()
    if not options.json:
        summary(done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
