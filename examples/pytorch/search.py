# SPDX-License-Identifier: Apache-2.0
"""The search: all that a host program writes for it."""
import linas
from elastic import measure


def search(design, subnet, data, **options):
    """The front of accuracy against latency. `subnet(config)` makes a sub-network ready to run."""
    space = linas.Space(design.groups())
    goals = [linas.Maximize("top1", "%"), linas.Minimize("latency", unit="ms")]
    one_image = data.validation.pixels[:1]

    def evaluate(config, known):
        net = subnet(config)
        values = {"latency": measure.latency(net, one_image).milliseconds}
        if "top1" not in known:  # from an earlier search, perhaps on another machine
            values["top1"] = measure.accuracy(net, data.validation)
        return values

    with linas.Search(space, goals, remeasure=20, **options) as run:
        front = run.run(evaluate)
        return front, run.hypervolume, run.drift("latency")
