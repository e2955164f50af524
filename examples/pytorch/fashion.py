# SPDX-License-Identifier: Apache-2.0
"""Trains a super-network on Fashion-MNIST, searches it with linas, and exports the front.

Everything is made on this machine; `--help` lists the options.
"""
import argparse
import hashlib
import sys
import time
from functools import partial
from pathlib import Path

import torch
from elastic import data, design, export, measure, network, supernet, train
from search import search

DESIGN = design.FASHION
BUILD = partial(network.Network, DESIGN)


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--evaluations", type=int, default=100, help="sub-networks measured (100)")
    parser.add_argument("--seed", type=int, default=1, help="of the search (1)")
    parser.add_argument("--epochs", type=int, default=3, help="of the training (3)")
    parser.add_argument("--threads", type=int, default=2, help="of the training (2); measuring takes one")
    parser.add_argument("--journal", type=Path, help="a record of the search; one that exists is continued")
    parser.add_argument("--cache", type=Path, default=Path("."), help="folder of the trained weights")
    parser.add_argument("--output", type=Path, default=Path("front"), help="folder of the exported front")
    parser.add_argument("--quick", action="store_true", help="little of everything, to see that it works")
    return parser.parse_args()


def parts(quick):
    """Images, and how to train."""
    everything = data.fashion()
    if not quick:
        return everything, train.Training()
    return data.Data(everything.training.first(6400), everything.validation.first(1000),
                     everything.test.first(1000)), train.Training(epochs=1, batch=64)


class Show:
    """Progress: on one line of a terminal, else a line for each tenth."""

    def __init__(self):
        self.terminal, self.tenths = sys.stderr.isatty(), 0

    def __call__(self, share, loss):
        if self.terminal or int(10 * share) > self.tenths:
            self.tenths = int(10 * share)
            print("training %3.0f %%, loss %.3f" % (100 * share, loss), file=sys.stderr,
                  end="\r" if self.terminal and share < 1 else "\n")


def trained(shared, training, images, cache):
    """The shared weights: from the cache, or trained and put there."""
    facts = repr((DESIGN, training, len(images.labels), torch.__version__))
    path = cache / ("pytorch-%s.weights" % hashlib.sha256(facts.encode()).hexdigest()[:16])
    if path.exists():
        shared.load_state_dict(torch.load(path))
        print("trained weights from %s" % path)
        return
    start, used = time.perf_counter(), time.process_time()
    sandwich = train.Sandwich(DESIGN.largest(), DESIGN.smallest(),
                              partial(design.random_config, DESIGN))
    train.train(shared, sandwich, images, training, Show())
    print("trained the super-network: %d weights, %.0f s by the clock, %.0f s of processor time"
          % (measure.parameters(shared), time.perf_counter() - start, time.process_time() - used))
    cache.mkdir(parents=True, exist_ok=True)
    torch.save(shared.state_dict(), path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)


class Workshop:
    """Makes sub-networks ready to run."""

    def __init__(self, shared, images):
        self.shared, self.example = shared, images.training.pixels[:1]
        self.calibration = images.training.pixels[:2000].split(500)

    def take(self, config):
        """With weights and statistics of its own."""
        return supernet.recalibrate(self.shared.take(config), self.calibration)

    def ready(self, config):
        """As it is deployed."""
        return measure.ready(self.take(config), self.example)


def row(name, facts):
    print("%-10s %8.2f %8.2f %10.3f %11.2f" % (
        name, facts["top1"], facts["test_top1"], facts["latency"], facts["macs"] / 1e6))


def describe(workshop, images, config):
    """A network, as it is deployed, and what is to be told of it apart from what was searched."""
    net = workshop.take(config)
    script = measure.ready(net, workshop.example)
    return net, script, {"config": config, "test_top1": measure.accuracy(script, images.test),
                         "macs": measure.macs(net, workshop.example),
                         "parameters": measure.parameters(net)}


def report(workshop, images, front, folder):
    """The front and the ends of the space as a table; the front as files."""
    folder.mkdir(parents=True, exist_ok=True)
    print("%-10s %8s %8s %10s %11s" % ("", "top1 %", "test %", "latency ms", "million MACs"))
    for name, config in (("largest", DESIGN.largest()), ("smallest", DESIGN.smallest())):
        _, script, facts = describe(workshop, images, config)
        facts["top1"] = measure.accuracy(script, images.validation)
        facts["latency"] = measure.latency(script, workshop.example).milliseconds
        row(name, facts)
    for number, member in enumerate(front, 1):
        net, script, facts = describe(workshop, images, member.config)
        facts.update(member.values)
        export.save(folder, number, net, script, facts)
        row("front %d" % number, facts)


def main():
    chosen = options()
    images, training = parts(chosen.quick)
    if not chosen.quick:
        training = train.Training(epochs=chosen.epochs)
    torch.manual_seed(1)
    shared = supernet.SuperNet(BUILD, DESIGN.largest())
    torch.set_num_threads(chosen.threads)
    trained(shared, training, images.training, chosen.cache)
    torch.set_num_threads(1)
    workshop = Workshop(shared, images)
    start = time.perf_counter()
    resume = chosen.journal is not None and chosen.journal.exists()
    front, hypervolume, drift = search(
        DESIGN, workshop.ready, images, journal=chosen.journal, resume=resume, seed=chosen.seed,
        evaluations=12 if chosen.quick else chosen.evaluations)
    print("searched: %d sub-networks on the front, hypervolume %.4g, latency's drift %+.1f %%, %.0f s"
          % (len(front), hypervolume, 100 * drift.change, time.perf_counter() - start))
    report(workshop, images, front, chosen.output)


if __name__ == "__main__":
    main()
