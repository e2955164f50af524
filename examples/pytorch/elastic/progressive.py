# SPDX-License-Identifier: Apache-2.0
"""Progressive shrinking (Cai et al. 2020, "Once-for-All", section 3): the largest network first, then
smaller kernels, fewer layers and narrower layers join, taught by the largest one.

Training can be interrupted at any time: it goes on from its last checkpoint, with the same result.
"""
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import measure
from .data import Images
from .design import Config, Design, random_config
from .network import Bottleneck, Network
from .supernet import SuperNet, part


class ElasticKernels(SuperNet):
    """A super-network whose smaller kernels are the centre of the next larger ones times a matrix
    that is learned, one for each layer and size."""

    def __init__(self, design: Design) -> None:
        super().__init__(partial(Network, design), design.largest())
        self.transforms = nn.ParameterDict({
            "%d_%d" % (slot, kernel): nn.Parameter(torch.eye(kernel ** 2))
            for slot in range(design.layers * len(design.stages))
            for kernel in sorted(design.kernels)[:-1]})
        self.kernels = sorted(design.kernels, reverse=True)

    def _kernel(self, name: str, shape: torch.Size, shared: Tensor) -> Tensor:
        weight = shared[:shape[0]]
        for kernel in self.kernels:
            if shape[3] <= kernel < weight.shape[3]:
                centre = part(weight, torch.Size((*shape[:2], kernel, kernel))).flatten(2)
                matrix = self.transforms["%s_%d" % (name.split(".")[1], kernel)]
                weight = (centre @ matrix).view(*shape[:2], kernel, kernel)
        return weight

    def weights(self, net: nn.Module) -> Dict[str, Tensor]:
        """The parts of the shared weights that a sub-network uses, kernels transformed."""
        shared, found = dict(self.shared.named_parameters()), super().weights(net)
        for name, one in net.named_parameters():
            if name.endswith("depthwise.weight") and ".first." not in name:
                found[name] = self._kernel(name, one.shape, shared[name])
        return found


def _reorder(weights: Sequence[Tuple[Tensor, int]], order: Tensor) -> None:
    for weight, dimension in weights:
        weight.copy_(weight.index_select(dimension, order))


def sort_channels(net: nn.Module) -> None:
    """Put each layer's middle channels in the order of their importance, the sum of what the projection
    makes of them, for narrower layers use the first ones. The network computes the same."""
    with torch.no_grad():
        for layer in net.modules():
            if not isinstance(layer, Bottleneck) or not hasattr(layer.parts, "expand"):
                continue
            parts = layer.parts
            order = parts.project.weight.abs().sum((0, 2, 3)).argsort(descending=True)
            weights = [(one, 0) for name in ("expand", "expand_norm", "depthwise", "depthwise_norm")
                       for one in getattr(parts, name).parameters()]
            if hasattr(parts, "squeeze"):
                weights += [(parts.squeeze.reduce.weight, 1), (parts.squeeze.expand.weight, 0),
                            (parts.squeeze.expand.bias, 0)]
            _reorder([*weights, (parts.project.weight, 1)], order)


@dataclass(frozen=True)
class Phase:
    """One phase of training. What may vary is what the design offers."""

    name: str
    design: Design
    epochs: int
    rate: float
    students: int = 1  # sub-networks that learn in a step
    taught: bool = True  # by what the largest network answered, and not by labels alone
    together: bool = False  # the largest network learns in each step as well, and teaches the others


def phases(design: Design, epochs: Tuple[int, ...] = (4, 1, 1, 2, 4), rate: float = 4e-3) -> List[Phase]:
    """Once-for-All's order: largest, elastic kernel, depth, expansion. At last all together by the sandwich
    rule (Yu et al. 2020, "BigNAS", section 3.1), for what came after its own phase cost the largest one."""
    fixed = replace(design, kernels=design.kernels[-1:], depths=design.depths[-1:],
                    expansions=design.expansions[-1:])
    kernel = replace(fixed, kernels=design.kernels)
    depth = replace(kernel, depths=design.depths)
    return [Phase("largest", fixed, epochs[0], rate, taught=False),
            Phase("kernel", kernel, epochs[1], rate / 4),
            Phase("depth", depth, epochs[2], rate / 4, students=2),
            Phase("expansion", design, epochs[3], rate / 2, students=2),
            Phase("together", design, epochs[4], rate / 2, taught=False, together=True)]


def _cost(phase: Phase, largest: Config) -> float:
    """Of a step, in forward passes of the largest network."""
    generator = torch.Generator().manual_seed(1)

    def macs(config: Config) -> int:
        side = phase.design.image[1]
        return measure.macs(Network(phase.design, config),
                            torch.zeros(1, phase.design.image[0], side, side))
    draws = [random_config(phase.design, _randint(generator)) for _ in range(20)]
    return phase.students * sum(map(macs, draws)) / len(draws) / macs(largest) + phase.together


def _randint(generator: torch.Generator) -> Callable[[int], int]:
    return lambda below: int(torch.randint(below, (1,), generator=generator))


class Shown:
    """Progress and the time that is left, a line for each hundredth or so."""

    def __init__(self, total: float, print_line: Callable[[str], Any]) -> None:
        self.total, self.done, self.spent, self.since = total, 0.0, 0.0, time.perf_counter()
        self.print, self.next = print_line, 0.0

    def step(self, name: str, cost: float, loss: float) -> None:
        """One step was made."""
        self.done += cost
        now = time.perf_counter()
        self.spent, self.since = self.spent + now - self.since, now
        if self.done >= self.next:
            left = self.spent * (self.total - self.done) / max(self.counted, 1e-9)
            self.print("training, %s: %3.0f %%, loss %.3f, about %.0f min left" % (
                name, 100 * self.done / self.total, loss, left / 60))
            self.next = self.done + 0.02 * self.total

    @property
    def counted(self) -> float:
        """Cost of the steps that this process made."""
        return self.done - self.skipped

    skipped = 0.0

    def skip(self, cost: float) -> None:
        """A step that an earlier process made."""
        self.done += cost
        self.skipped += cost
        self.since = time.perf_counter()


@dataclass
class Lesson:
    """What the sub-networks of a step learn from."""

    pixels: Tensor
    labels: Tensor
    answers: Optional[Tensor] = None
    loss: float = 0.0  # of the last one that learned


class Trainer:
    """Trains a super-network phase by phase."""

    def __init__(self, supernet: ElasticKernels, images: Images, batch: int = 128,
                 checkpoint: Any = None, every: float = 60.0,
                 print_line: Callable[[str], Any] = lambda line: None) -> None:
        self.supernet, self.images, self.batch = supernet, images, batch
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.every, self.print = every, print_line
        self.answers = torch.empty(0)
        self.stop = lambda: False

    def run(self, plan: Sequence[Phase]) -> bool:
        """Train all phases; False when `stop` ended it early."""
        largest, steps = plan[0].design.largest(), self.images.steps(self.batch)
        costs = [_cost(phase, largest) for phase in plan]
        shown = Shown(sum(cost * phase.epochs * steps for cost, phase in zip(costs, plan)),
                      self.print)
        state = self._load()
        for number, phase in enumerate(plan):
            start = 0
            if state is not None and number < state["phase"]:
                start = phase.epochs * steps
            elif state is not None and number == state["phase"]:
                start = state["step"]
            shown.skip(start * costs[number])
            if start < phase.epochs * steps and \
                    not self._phase(number, phase, start, partial(shown.step, phase.name, costs[number])):
                return False
        return True

    def _load(self) -> Any:
        if self.checkpoint is None or not self.checkpoint.exists():
            return None
        state = torch.load(self.checkpoint)
        self.supernet.load_state_dict(state["weights"])
        self.answers = state["answers"]
        self.optimiser_state = state["optimiser"]
        return state

    def _save(self, phase: int, step: int, optimiser: Any) -> None:
        if self.checkpoint is None:
            return
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        part_file = self.checkpoint.with_suffix(".part")
        torch.save({"weights": self.supernet.state_dict(), "phase": phase, "step": step,
                    "answers": self.answers, "optimiser": optimiser.state_dict()}, part_file)
        part_file.rename(self.checkpoint)

    def _begin(self, phase: Phase) -> None:
        """What is done before the first step of a phase."""
        if phase.taught and not len(self.answers):
            self.answers = self._teach(phase.design.largest())
        if phase.name == "expansion":
            sort_channels(self.supernet.shared)

    def _teach(self, largest: Config) -> Tensor:
        """The trained largest network's answers to all images, and to all mirrored ones."""
        self.print("asking the largest network")
        with torch.no_grad():
            return torch.cat([self.supernet(largest, pixels).softmax(1)
                              for images in (self.images.pixels, self.images.pixels.flip(3))
                              for pixels in images.split(self.batch)])

    def _phase(self, number: int, phase: Phase, start: int, told: Callable[[float], Any]) -> bool:
        optimiser = torch.optim.AdamW(self.supernet.parameters(), lr=phase.rate, weight_decay=1e-4)
        if start:
            optimiser.load_state_dict(self.optimiser_state)
        else:
            self._begin(phase)
        steps = self.images.steps(self.batch)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, phase.rate, total_steps=phase.epochs * steps + 1, last_epoch=start - 1,
            cycle_momentum=False)
        saved = time.perf_counter()
        for step in range(start, phase.epochs * steps):
            told(self._step(number, phase, step, optimiser))
            schedule.step()
            last = step + 1 == phase.epochs * steps
            if self.stop() or last or time.perf_counter() - saved > self.every:
                self._save(number, step + 1, optimiser)
                saved = time.perf_counter()
            if self.stop():
                return False
        return True

    def _step(self, number: int, phase: Phase, step: int, optimiser: Any) -> float:
        """Random numbers depend on the step alone, so that a later process goes on the same way."""
        steps, count = self.images.steps(self.batch), len(self.images.labels)
        order = torch.Generator().manual_seed(1000 * number + step // steps)
        first = step % steps * self.batch
        chosen = torch.randperm(count, generator=order)[first:first + self.batch]
        generator = torch.Generator().manual_seed(10 ** 6 * (number + 1) + step)
        mirrored = torch.rand(len(chosen), generator=generator) < 0.5
        pixels = self.images.pixels[chosen]
        pixels = torch.where(mirrored.view(-1, 1, 1, 1), pixels.flip(3), pixels)
        optimiser.zero_grad(set_to_none=True)
        lesson = Lesson(pixels, self.images.labels[chosen])
        if phase.taught:
            lesson.answers = self.answers[chosen + count * mirrored]
        if phase.together:
            lesson.answers = self._learn(phase.design.largest(), lesson, 1.0).softmax(1)
        total = 0.0
        for _ in range(phase.students):
            self._learn(random_config(phase.design, _randint(generator)), lesson, 1 / phase.students)
            total += lesson.loss / phase.students
        optimiser.step()
        return total

    def _learn(self, config: Config, lesson: Lesson, share: float) -> Tensor:
        """Add a sub-network's gradients, times `share`; returns what it answers."""
        logits = self.supernet(config, lesson.pixels)
        loss = functional.cross_entropy(logits, lesson.labels)
        if lesson.answers is not None:
            loss = loss + functional.cross_entropy(logits, lesson.answers)
        (loss * share).backward()
        lesson.loss = float(loss.detach())
        return logits.detach()
