# SPDX-License-Identifier: Apache-2.0
"""What is measured of a network that is ready to run."""
import statistics
import time
from typing import Any, Callable, List, NamedTuple

import torch
from torch import Tensor, nn

from .data import Images

_BATCH = 100
_WARM, _RUNS, _ROUNDS, _AGREE = 10, 21, 30, 0.03


def ready(net: nn.Module, example: Tensor) -> Any:
    """A network as it is deployed: TorchScript with its normalisations folded into the weights."""
    with torch.no_grad():
        return torch.jit.freeze(torch.jit.trace(net.eval(), example, check_trace=False))


def right(net: Callable[[Tensor], Tensor], images: Images) -> int:
    """How many images it classifies rightly."""
    with torch.no_grad():
        return sum(int((net(pixels).argmax(1) == labels).sum()) for pixels, labels in
                   zip(images.pixels.split(_BATCH), images.labels.split(_BATCH)))


def accuracy(net: Callable[[Tensor], Tensor], images: Images) -> float:
    """Share of images classified rightly, in per cent."""
    return 100.0 * right(net, images) / len(images.labels)


class Latency(NamedTuple):
    """Median of the fastest round, and how far the three fastest are apart, relatively."""

    milliseconds: float
    spread: float


def _round(run: Callable[[], Any], clock: Callable[[], float], runs: int) -> float:
    times: List[float] = []
    for _ in range(runs):
        start = clock()
        run()
        times.append(clock() - start)
    return 1e3 * statistics.median(times)


def latency(net: Callable[[Tensor], Tensor], example: Tensor,
            clock: Callable[[], float] = time.perf_counter, runs: int = _RUNS) -> Latency:
    """Rounds until the three fastest agree within 3 %; the fastest counts, for what disturbs only
    adds. On one thread `time.thread_time` is a clock that stands while other programs run.
    `runs` is the length of a round."""
    def run() -> Tensor:
        return net(example)
    medians: List[float] = []
    with torch.no_grad():
        for _ in range(min(_WARM, runs)):
            run()
        for _ in range(_ROUNDS):
            medians = sorted([*medians, _round(run, clock, runs)])
            if len(medians) > 2 and medians[2] <= (1 + _AGREE) * medians[0]:
                break
    return Latency(medians[0], medians[min(2, len(medians) - 1)] / medians[0] - 1)


def macs(net: nn.Module, example: Tensor) -> int:
    """Multiply-accumulate operations of convolutions and linear layers, for one input."""
    total = 0

    def count(module: Any, _given: Any, result: Tensor) -> None:
        nonlocal total
        total += result.numel() * module.weight[0].numel()
    hooks = [module.register_forward_hook(count) for module in net.modules()
             if isinstance(module, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        net.eval()(example)
    for hook in hooks:
        hook.remove()
    return total // len(example)


def parameters(net: nn.Module) -> int:
    """Number of weights."""
    return sum(one.numel() for one in net.parameters())
