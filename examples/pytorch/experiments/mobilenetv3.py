# SPDX-License-Identifier: Apache-2.0
"""Once-for-All's MobileNetV3 with its 45 variables, scaled to Fashion-MNIST."""
import hashlib
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import linas
import torch
from elastic import data, deploy, design, measure, network, progressive, steady, supernet
from elastic.apart import apart

from .turns import Turns

Config = Dict[str, Any]
VALIDATION, CALIBRATION, BATCH = 1000, 256, 64  # images
COUNTS, RUNS = {"latency": 1, "latency8": 8}, 11  # images of a latency, and how often a round runs them


def images_of(quick: bool) -> data.Data:
    """All images, or a few."""
    everything = data.fashion()
    if not quick:
        return everything
    return data.Data(everything.training.first(640), everything.validation.first(200),
                     everything.test.first(200))


class MobileNetV3:
    """The experiment: see experiments.study.Task."""

    name = "mobilenetv3"
    quality = linas.Maximize("top1", "%")
    targets = ("latency", "latency8")  # of one image, and of eight at once; one thread

    def __init__(self, quick: bool, cache: Path, told: Callable[[str], Any]) -> None:
        self.design, self.images, self.told = design.SCALED, images_of(quick), told
        self.turns = Turns()
        self.gauges: Dict[str, steady.Gauge] = {}
        self.space = linas.Space(self.design.groups())
        self.plan = progressive.phases(self.design, (1,) * 5 if quick else (4, 1, 1, 2, 4))
        facts = repr((self.plan, BATCH, len(self.images.training.labels), torch.__version__))
        self.folder = cache / ("mobilenetv3-" + hashlib.sha256(facts.encode()).hexdigest()[:16])
        torch.manual_seed(1)
        self.supernet = progressive.ElasticKernels(self.design)

    def largest(self) -> Config:
        """Everything."""
        return self.design.largest()

    def smallest(self) -> Config:
        """The least of everything."""
        return self.design.smallest()

    def train(self) -> None:
        """Load the weights, or train them, going on where an interruption came."""
        path = self.folder / "weights"
        if path.exists():
            self.supernet.load_state_dict(torch.load(path))
            self.told("trained weights from %s" % path)
            return
        start = time.perf_counter()
        trainer = progressive.Trainer(self.supernet, self.images.training, BATCH,
                                      self.folder / "checkpoint", print_line=self.told)
        trainer.run(self.plan)
        self.told("trained %d weights, %.0f s by the clock" % (
            measure.parameters(self.supernet), time.perf_counter() - start))
        torch.save(self.supernet.state_dict(), path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
        (self.folder / "checkpoint").unlink()

    def take(self, config: Config) -> Any:
        """A sub-network with statistics of its own."""
        pixels = self.images.training.pixels[:CALIBRATION]
        return supernet.recalibrate(self.supernet.take(config), pixels.split(BATCH))

    def measure(self, config: Config, names: Tuple[str, ...]) -> Dict[str, float]:
        """The named values."""
        images = self.images.validation
        if names == ("macs",):
            return {"macs": float(measure.macs(network.Network(self.design, config), images.pixels[:1]))}
        self._begin()

        def work() -> Tuple[Dict[str, float], Dict[str, float]]:
            found = self._measure(self.take(config), names)
            return found, {name: gauge.fastest for name, gauge in self.gauges.items()}
        found, fastest = apart(work)
        for name, gauge in self.gauges.items():
            gauge.fastest = fastest[name]
        result: Dict[str, float] = found
        return result

    def _begin(self) -> None:
        """References of the latencies: a sub-network of the middle."""
        if self.gauges:
            return
        config, pixels = self.design.middle(), self.images.validation.pixels
        run = deploy.deployed(self.take(config), pixels[:1])
        with self.turns.alone(), torch.no_grad():
            self.gauges = {name: steady.Gauge(partial(run, pixels[:count]), RUNS)
                           for name, count in COUNTS.items()}

    def _measure(self, net: torch.nn.Module, names: Tuple[str, ...]) -> Dict[str, float]:
        images, found = self.images.validation, {}
        if "macs" in names:
            found["macs"] = float(measure.macs(net, images.pixels[:1]))
        run = deploy.deployed(net, images.pixels[:1])

        def resting(pixels: torch.Tensor) -> torch.Tensor:
            self.turns.rest()
            answers: torch.Tensor = run(pixels)
            return answers
        if "top1" in names:
            found["top1"] = measure.accuracy(resting, images.first(VALIDATION))
        for name, count in COUNTS.items():
            if name in names:
                with self.turns.alone(), torch.no_grad():
                    found[name] = self.gauges[name].latency(partial(run, images.pixels[:count]))
        return found

    def checked(self, config: Config) -> Dict[str, float]:
        """Accuracy on all validation images and on all test images."""
        net = self.take(config)
        return {"validation": measure.accuracy(net, self.images.validation),
                "test": measure.accuracy(net, self.images.test)}
