#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Survival by reference directions on problems of three and five objectives, beside survival by
crowding and, with --peers, pymoo's NSGA-III: the last population's hypervolume and IGD+.

Everyone has the same budget, population and directions; as many individuals as directions.
"""
import argparse
import json
import os
import statistics
import sys

from engine import ROOT, Worker
from peers import versions

KINDS = ("dtlz2", "scaled", "convex")
SIZES = ((3, 21, 91, 12), (5, 11, 210, 6))  # objectives, levels, population, divisions
GENERATIONS = (30, 100)
NAMES = {"reference": "ours", "crowding": "ours, by crowding", "pymoo": "pymoo's NSGA-III"}
# Student's t for a 95 % interval, by the number of seeds less one.
T95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23,
       14: 2.14, 19: 2.09, 29: 2.05}


def interval(values):
    if len(values) < 2:
        return 0.0
    t = T95.get(len(values) - 1, 2.0)
    return t * statistics.stdev(values) / len(values) ** 0.5


class Bench:
    def __init__(self, options):
        self.options = options
        self.ours = Worker([options.program], options.core)
        self.peer = None
        if options.peers:
            script = os.path.join(ROOT, "bench", "reference_peers.py")
            self.peer = Worker([options.python, script], options.core)
        folder = os.path.join(ROOT, "build", "bench-inputs")
        os.makedirs(folder, exist_ok=True)
        self.file = os.path.join(folder, "population")

    def measure(self, who, problem, size, generations):
        """Hypervolume, IGD+ and seconds a generation of every seed."""
        m, levels, population, divisions = size
        found = {"hypervolume": [], "igd": [], "seconds": []}
        for seed in range(1, self.options.seeds + 1):
            command = "run %s %d %d %d %d %d %d %d %s" % (
                problem, m, levels, population, generations, seed, who != "crowding", divisions,
                self.file)
            worker = self.peer if who == "pymoo" else self.ours
            found["seconds"].append(worker.ask(command))
            for name, what in (("hypervolume", "volume"), ("igd", "distance")):
                found[name].append(self.ours.ask("%s %s %d %d %s" % (what, problem, m, levels,
                                                                     self.file)))
        return found

    def close(self):
        for worker in (self.ours, self.peer):
            if worker:
                worker.close()


def row(who, case, found):
    made = {"case": case, "who": who, "seeds": len(found["igd"]),
            "us": 1e6 * statistics.median(found["seconds"])}
    for name in ("hypervolume", "igd"):
        made[name] = statistics.mean(found[name])
        made[name + "_interval"] = interval(found[name])
    return made


def show(made):
    print("%-22s %-18s %.5f ±%.5f   %.5f ±%.5f   %9.1f" % (
        made["case"], NAMES[made["who"]], made["hypervolume"], made["hypervolume_interval"],
        made["igd"], made["igd_interval"], made["us"]), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench reference",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bench", "reference"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--python", default=os.path.join(ROOT, "build", "peers", "bin", "python"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--peers", action="store_true",
                        help="run pymoo too, from packages below build/peers")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true", help="a line of JSON per case and engine")
    options = parser.parse_args()
    bench = Bench(options)
    if not options.json:
        if options.peers:
            print(versions(options.python))
        print("%-22s %-18s %-19s %-18s %s" % ("case", "", "hypervolume", "IGD+", "us/generation"))
    for problem in KINDS:
        for size in SIZES:
            for generations in GENERATIONS:
                for who in ["reference", "crowding"] + (["pymoo"] if options.peers else []):
                    made = row(who, "%s-m%d-%d" % (problem, size[0], generations),
                               bench.measure(who, problem, size, generations))
                    print(json.dumps(made), flush=True) if options.json else show(made)
    bench.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
