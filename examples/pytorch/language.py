# SPDX-License-Identifier: Apache-2.0
"""Trains an elastic language model on text that ships with Python, and searches which layers, heads and
inner widths to keep: pruning of depth and width.

`--help` lists the options.
"""
import argparse
import math
import sys
import time
from functools import partial

import linas
import torch
from elastic import measure, supernet, text, train, transformer
from torch.nn import functional

DESIGN = transformer.TransformerDesign(tokens=text.TOKENS, length=64, width=96, head=24,
                                       layers=(1, 2, 3, 4), heads=(1, 2, 4), inner=(48, 96, 192, 384))


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--evaluations", type=int, default=60, help="sub-networks measured (60)")
    parser.add_argument("--epochs", type=int, default=6, help="of the training (6)")
    parser.add_argument("--threads", type=int, default=2, help="of the training (2)")
    parser.add_argument("--quick", action="store_true", help="little of everything, to see that it works")
    return parser.parse_args()


def bits(net, pieces, following):
    """Mean number of bits that a character takes."""
    with torch.no_grad():
        return float(functional.cross_entropy(net(pieces), following)) / math.log(2)


def search(shared, pieces, following, evaluations):
    """The front of bits against latency."""
    def evaluate(config):
        net = measure.ready(shared.take(config), pieces[:1])
        return {"bits": bits(net, pieces, following),
                "latency": measure.latency(net, pieces[:1]).milliseconds}

    goals = [linas.Minimize("bits"), linas.Minimize("latency", unit="ms")]
    with linas.Search(linas.Space(DESIGN.groups()), goals, evaluations=evaluations) as run:
        return run.run(evaluate)


def describe(name, config, values):
    used = config["num_layers"]
    print("%-9s %.3f bits, %.3f ms, heads %s, inner %s" % (
        name, values["bits"], values["latency"], config["num_attention_heads"][:used],
        config["intermediate_size"][:used]))


def main():
    chosen = options()
    torch.manual_seed(1)
    torch.set_num_threads(chosen.threads)
    learned, held = text.help_topics(DESIGN.length)
    if chosen.quick:
        learned = text.Text(learned.tokens[:100000], DESIGN.length)
    shared = supernet.SuperNet(partial(transformer.Transformer, DESIGN), DESIGN.largest())
    start = time.perf_counter()
    train.train(shared, train.Sandwich(DESIGN.largest(), DESIGN.smallest(), DESIGN.random), learned,
                train.Training(1, 16, 3e-3) if chosen.quick
                else train.Training(chosen.epochs, 32, 3e-3))
    print("trained %d weights on %d characters, %.0f s" % (
        measure.parameters(shared), len(learned.tokens), time.perf_counter() - start))
    torch.set_num_threads(1)
    pieces, following = held.all_pieces(100 if chosen.quick else 400)
    front = search(shared, pieces, following, 12 if chosen.quick else chosen.evaluations)
    net = measure.ready(shared.take(DESIGN.largest()), pieces[:1])
    describe("largest", DESIGN.largest(),
             {"bits": bits(net, pieces, following),
              "latency": measure.latency(net, pieces[:1]).milliseconds})
    for number, member in enumerate(front, 1):
        describe("front %d" % number, member.config, member)
    return 0 if front else 1


if __name__ == "__main__":
    sys.exit(main())
