# SPDX-License-Identifier: Apache-2.0
"""Weights that all sub-networks share: each uses the first channels and the centre of the kernels of
the largest one's. Nothing here knows what kind of network it is."""
from typing import Any, Callable, Dict

import torch
from torch import Tensor, nn
from torch.nn.utils.stateless import functional_call

Config = Dict[str, Any]


def part(weight: Tensor, shape: torch.Size) -> Tensor:
    """The first rows and columns, and the centre of what has further dimensions: a view."""
    for dimension, length in enumerate(shape):
        start = (weight.shape[dimension] - length) // 2 if dimension > 1 else 0
        if length != weight.shape[dimension]:
            weight = weight.narrow(dimension, start, length)
    return weight


class SuperNet(nn.Module):
    """`supernet(config, inputs)` runs the sub-network of a configuration on the shared weights.

    `build` makes a network of its own from a configuration; the parameters of the one made from
    `largest` are shared by name.
    """

    def __init__(self, build: Callable[[Config], nn.Module], largest: Config) -> None:
        super().__init__()
        self.build = build
        self.shared = build(largest)

    def weights(self, net: nn.Module) -> Dict[str, Tensor]:
        """The parts of the shared weights that a sub-network uses, by its parameters' names."""
        shared = dict(self.shared.named_parameters())
        return {name: part(shared[name], one.shape) for name, one in net.named_parameters()}

    def forward(self, config: Config, *inputs: Tensor) -> Tensor:
        """Normalisations use the batch's own statistics; gradients reach the shared weights."""
        net = self.build(config)
        result: Tensor = functional_call(net, self.weights(net), inputs)
        return result

    def take(self, config: Config) -> nn.Module:
        """A sub-network with weights of its own. Its normalisations have no statistics yet."""
        net = self.build(config)
        with torch.no_grad():
            for name, weight in self.weights(net).items():
                net.get_parameter(name).copy_(weight)
        return net


def recalibrate(net: nn.Module, batches: Any) -> nn.Module:
    """Measure the statistics of the normalisations anew, on training data: those of another
    sub-network would be wrong. Leaves the network ready to be used."""
    norms = [one for one in net.modules() if isinstance(one, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain average of all batches
    net.train()
    with torch.no_grad():
        for batch in batches:
            net(batch)
    return net.eval()
