# SPDX-License-Identifier: Apache-2.0
"""A sub-network as an engine for small processors runs it: normalisations folded into the weights, and
convolutions packed for XNNPACK, whose calls cost a fraction of those of PyTorch's own."""
import copy
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

WIDEST = 5  # kernels that XNNPACK has code of its own for; wider ones are faster in PyTorch's own


class Packed(nn.Module):
    """A convolution in XNNPACK's form."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.packed = torch.ops.prepacked.conv2d_clamp_prepack(
            conv.weight, conv.bias, list(conv.stride), list(cast(Any, conv.padding)),
            list(conv.dilation), conv.groups)

    def forward(self, x: Tensor) -> Tensor:
        """Images in, images out."""
        result: Tensor = torch.ops.prepacked.conv2d_clamp_run(x, self.packed)
        return result


def _fold(modules: nn.Module) -> None:
    """Each normalisation into the convolution before it, and that into XNNPACK's form."""
    before = ""
    for name, one in list(modules.named_children()):
        if isinstance(one, nn.BatchNorm2d):
            setattr(modules, before, fuse_conv_bn_eval(getattr(modules, before), one))
            setattr(modules, name, nn.Identity())
        before = name
        _fold(one)
    for name, one in list(modules.named_children()):
        if isinstance(one, nn.Conv2d) and one.kernel_size[0] <= WIDEST:
            setattr(modules, name, Packed(one))


def deployed(net: nn.Module, example: Tensor) -> Any:
    """Frozen TorchScript for inputs like `example`; the network itself stays as it is. In a sequence of
    modules a normalisation must stand right behind its convolution."""
    net = copy.deepcopy(net).eval()
    with torch.no_grad():
        _fold(net)
        return torch.jit.freeze(torch.jit.trace(net, example, check_trace=False))
