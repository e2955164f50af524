# SPDX-License-Identifier: Apache-2.0
"""Do exported sub-networks score what the search said? usage: check.py FOLDER [IMAGES]

Loads each as TorchScript, and from its weights and configuration, in a process that knows nothing of
the super-network, and counts right answers on the images that the search used.
"""
import json
import sys
from functools import partial
from pathlib import Path

import torch
from elastic import data, design, export, measure, network


def main(folder, count=data.VALIDATION):
    torch.set_num_threads(1)
    images = data.fashion().validation.first(count)
    descriptions, wrong = export.saved(folder), 0
    for description in descriptions:
        facts = json.loads(description.read_text(encoding="utf-8"))
        again = measure.ready(export.load_weights(description, partial(network.Network,
                                                                       design.FASHION)),
                              images.pixels[:1])
        script = export.load_script(description)
        scores = [measure.accuracy(net, images) for net in (script, again)]
        same = scores == [facts["top1"]] * 2
        wrong += not same
        print("%s: %s, said %.2f %%, scores %.2f %% and %.2f %%; said %.3f ms, takes %.3f ms" % (
            description.stem, "ok" if same else "DIFFERS", facts["top1"], *scores, facts["latency"],
            measure.latency(script, images.pixels[:1]).milliseconds))
    print("%d sub-networks, %d differ" % (len(descriptions), wrong))
    return 1 if wrong or not descriptions else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
