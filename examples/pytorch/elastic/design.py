# SPDX-License-Identifier: Apache-2.0
"""What a super-network of inverted bottlenecks consists of, and what a configuration chooses.

A configuration is the dict that linas hands out: "ks" (kernel size of each layer), "e" (expansion
of each layer), "d" (how many layers each stage uses).
"""
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Tuple

Config = Dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """Layers with the same number of output channels; the first one may have a stride."""

    channels: int
    stride: int
    squeeze: bool = False  # squeeze-and-excite
    hard: bool = False  # hard swish instead of ReLU


@dataclass(frozen=True)
class Layer:
    """One elastic layer as a configuration has it."""

    slot: int
    inputs: int
    middle: int
    outputs: int
    kernel: int
    stride: int
    stage: Stage

    @property
    def residual(self) -> bool:
        """Is the input added to the output?"""
        return self.stride == 1 and self.inputs == self.outputs


@dataclass(frozen=True)
class Design:
    """A stem, stages of elastic layers, and a head."""

    image: Tuple[int, int]  # channels, side
    classes: int
    stem: int  # channels
    stem_stride: int
    stages: Tuple[Stage, ...]
    layers: int  # of a stage, at most
    kernels: Tuple[int, ...]
    expansions: Tuple[int, ...]
    depths: Tuple[int, ...]
    first: Optional[Layer] = None  # a fixed layer behind the stem
    last: int = 0  # channels behind the last stage; 0: its own
    features: int = 0  # between those and the classes; 0: none
    hard_stem: bool = False

    def groups(self) -> Dict[str, Any]:
        """The search space, as `linas.Space` takes it: layers beyond a stage's depth are inactive."""
        count = len(self.stages) * self.layers
        used = {"variable": "d", "stages": [self.layers] * len(self.stages)}
        return {"ks": {"count": count, "vars": list(self.kernels), "ordered": True,
                       "active_if": used},
                "e": {"count": count, "vars": list(self.expansions), "ordered": True,
                      "active_if": used},
                "d": {"count": len(self.stages), "vars": list(self.depths), "ordered": True}}

    def largest(self) -> Config:
        """The configuration with everything."""
        return self._same(max)

    def smallest(self) -> Config:
        """The configuration with the least of everything."""
        return self._same(min)

    def middle(self) -> Config:
        """The configuration with the median of everything."""
        return self._same(lambda values: sorted(values)[len(values) // 2])

    def _same(self, choose: Any) -> Config:
        count = len(self.stages) * self.layers
        return {"ks": [choose(self.kernels)] * count, "e": [choose(self.expansions)] * count,
                "d": [choose(self.depths)] * len(self.stages)}


def divisible(width: float, by: int = 8) -> int:
    """The multiple of `by` nearest to a width, never a tenth below it: the rule of MobileNets."""
    nearest = max(by, int(width + by / 2) // by * by)
    return nearest + by if nearest < 0.9 * width else nearest


def layers_of(design: Design, config: Config) -> Iterator[Layer]:
    """The layers that a configuration uses, in order."""
    inputs = design.stem if design.first is None else design.first.outputs
    for number, (stage, depth) in enumerate(zip(design.stages, config["d"])):
        for index in range(depth):
            slot = number * design.layers + index
            middle = divisible(round(inputs * config["e"][slot]))
            yield Layer(slot, inputs, middle, stage.channels, config["ks"][slot],
                        stage.stride if index == 0 else 1, stage)
            inputs = stage.channels


def random_config(design: Design, randint: Any) -> Config:
    """A configuration by `randint(n)`, a number below n."""
    def some(values: Tuple[int, ...], count: int) -> List[int]:
        return [values[randint(len(values))] for _ in range(count)]
    count = len(design.stages) * design.layers
    return {"ks": some(design.kernels, count), "e": some(design.expansions, count),
            "d": some(design.depths, len(design.stages))}


FASHION = Design(
    image=(1, 28), classes=10, stem=16, stem_stride=2,
    stages=(Stage(16, 1), Stage(32, 2, hard=True), Stage(64, 2, squeeze=True, hard=True)),
    layers=3, kernels=(3, 5), expansions=(1, 2, 4), depths=(1, 2, 3))
"""For images of 28 x 28: 21 variables."""

SCALED = Design(
    image=(1, 28), classes=10, stem=8, stem_stride=1, hard_stem=True,
    first=Layer(-1, 8, 8, 8, 3, 1, Stage(8, 1)),
    stages=(Stage(8, 2), Stage(16, 2, squeeze=True), Stage(24, 1, hard=True),
            Stage(32, 1, squeeze=True, hard=True), Stage(48, 2, squeeze=True, hard=True)),
    layers=4, kernels=(3, 5, 7), expansions=(3, 4, 6), depths=(2, 3, 4), last=288, features=384)
"""MobileNetV3's 45 variables on images of 28 x 28: narrower, and with two strides fewer."""

MOBILENETV3 = Design(
    image=(3, 224), classes=1000, stem=16, stem_stride=2, hard_stem=True,
    first=Layer(-1, 16, 16, 16, 3, 1, Stage(16, 1)),
    stages=(Stage(24, 2), Stage(40, 2, squeeze=True), Stage(80, 2, hard=True),
            Stage(112, 1, squeeze=True, hard=True), Stage(160, 2, squeeze=True, hard=True)),
    layers=4, kernels=(3, 5, 7), expansions=(3, 4, 6), depths=(2, 3, 4), last=960, features=1280)
"""Once-for-All's MobileNetV3 of width 1.0: 45 variables, the space `ofa-mobilenetv3`."""
