# SPDX-License-Identifier: Apache-2.0
"""Training by the sandwich rule with in-place distillation (Yu et al. 2020, "BigNAS", section 3): in
every step the largest sub-network learns from the labels, the smallest and a random one from the
largest one's answers."""
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Protocol, Tuple

import torch
from torch import Tensor
from torch.nn import functional

from .supernet import Config, SuperNet


@dataclass(frozen=True)
class Training:
    """How to train."""

    epochs: int = 3
    batch: int = 128
    rate: float = 4e-3
    decay: float = 1e-4
    seed: int = 1


@dataclass(frozen=True)
class Sandwich:
    """Which sub-networks learn: the ends, and what `random` draws with a function that gives numbers
    below its argument."""

    largest: Config
    smallest: Config
    random: Callable[[Callable[[int], int]], Config]


class Source(Protocol):
    """What there is to learn from."""

    def steps(self, size: int) -> int:
        """How many batches an epoch has."""

    def batches(self, size: int, generator: torch.Generator) -> Iterator[Tuple[Tensor, Tensor]]:
        """The inputs and classes of one epoch."""


def learn(supernet: SuperNet, sandwich: Sandwich, inputs: Tensor, labels: Tensor,
          randint: Callable[[int], int]) -> float:
    """Gradients of one batch; the loss of the largest sub-network."""
    logits = supernet(sandwich.largest, inputs)
    loss = functional.cross_entropy(logits, labels)
    loss.backward()
    taught = logits.detach().softmax(1)
    for config in (sandwich.smallest, sandwich.random(randint)):
        functional.cross_entropy(supernet(config, inputs), taught).backward()
    return float(loss.detach())


def train(supernet: SuperNet, sandwich: Sandwich, source: Source, how: Training = Training(),
          progress: Callable[[float, float], Any] = lambda share, loss: None) -> None:
    """Train the shared weights; `progress(share done, loss)` is called after every step."""
    generator = torch.Generator().manual_seed(how.seed)
    steps = how.epochs * source.steps(how.batch)
    optimiser = torch.optim.AdamW(supernet.parameters(), lr=how.rate, weight_decay=how.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, how.rate, total_steps=steps + 1)

    def randint(below: int) -> int:
        return int(torch.randint(below, (1,), generator=generator))
    step = 0
    for _ in range(how.epochs):
        for inputs, labels in source.batches(how.batch, generator):
            optimiser.zero_grad(set_to_none=True)
            loss = learn(supernet, sandwich, inputs, labels, randint)
            optimiser.step()
            schedule.step()
            step += 1
            progress(step / steps, loss)
