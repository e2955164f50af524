# SPDX-License-Identifier: Apache-2.0
"""One sub-network of a design, in plain PyTorch: it knows nothing of a super-network.

Modules are named by slot, so that a parameter has the same name in every sub-network.
"""
from collections import OrderedDict

import torch
from torch import Tensor, nn

from .depthwise import Depthwise
from .design import Config, Design, Layer, divisible, layers_of


def activation(hard: bool) -> nn.Module:
    """Hard swish or ReLU."""
    return nn.Hardswish() if hard else nn.ReLU()


def convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1,
                groups: int = 1) -> nn.Conv2d:
    """With zeros around the image, and without bias, which a normalisation follows."""
    conv = Depthwise(inputs, kernel, stride) if groups > 1 else nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out" if groups == 1 else "fan_in")
    return conv


class Squeeze(nn.Module):
    """Squeeze-and-excite: channels are scaled by what a small network makes of their means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inside = divisible(channels / 4)
        self.reduce = nn.Conv2d(channels, inside, 1)
        self.expand = nn.Conv2d(inside, channels, 1)
        self.act = nn.ReLU()
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Images in, images out."""
        mean = x.mean((2, 3), keepdim=True)
        return x * self.gate(self.expand(self.act(self.reduce(mean))))


class Bottleneck(nn.Module):
    """An inverted bottleneck: expand, convolve each channel, project."""

    def __init__(self, layer: Layer, expand: bool = True) -> None:
        super().__init__()
        parts: "OrderedDict[str, nn.Module]" = OrderedDict()
        if expand:
            parts["expand"] = convolution(layer.inputs, layer.middle)
            parts["expand_norm"] = nn.BatchNorm2d(layer.middle)
            parts["expand_act"] = activation(layer.stage.hard)
        parts["depthwise"] = convolution(layer.middle, layer.middle, layer.kernel, layer.stride,
                                         layer.middle)
        parts["depthwise_norm"] = nn.BatchNorm2d(layer.middle)
        parts["depthwise_act"] = activation(layer.stage.hard)
        if layer.stage.squeeze:
            parts["squeeze"] = Squeeze(layer.middle)
        parts["project"] = convolution(layer.middle, layer.outputs)
        parts["project_norm"] = nn.BatchNorm2d(layer.outputs)
        self.parts = nn.Sequential(parts)
        self.residual = layer.residual

    def forward(self, x: Tensor) -> Tensor:
        """Images in, images out."""
        y = self.parts(x)
        return x + y if self.residual else y


class Network(nn.Module):
    """Images in, one number for each class out."""

    def __init__(self, design: Design, config: Config) -> None:
        super().__init__()
        channels = design.image[0]
        self.stem = nn.Sequential(convolution(channels, design.stem, 3, design.stem_stride),
                                  nn.BatchNorm2d(design.stem), activation(design.hard_stem))
        self.layers = nn.Sequential()
        if design.first is not None:
            self.layers.add_module("first", Bottleneck(design.first, expand=False))
        for layer in layers_of(design, config):
            self.layers.add_module(str(layer.slot), Bottleneck(layer))
        width = design.stages[-1].channels
        self.last, self.features = nn.Sequential(), nn.Sequential()
        if design.last:
            self.last = nn.Sequential(convolution(width, design.last), nn.BatchNorm2d(design.last),
                                      activation(True))
            width = design.last
        if design.features:
            self.features = nn.Sequential(nn.Linear(width, design.features, bias=False),
                                          activation(True))
            width = design.features
        self.classifier = nn.Linear(width, design.classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images in, one number for each class out."""
        # Channels last: convolutions of single channels learn in a fraction of the time.
        x = self.stem(x).contiguous(memory_format=torch.channels_last)
        x = self.last(self.layers(x))
        return self.classifier(self.features(x.mean((2, 3))))
