# SPDX-License-Identifier: Apache-2.0
"""Fashion-MNIST as Debian's package dataset-fashion-mnist installs it."""
import gzip
from pathlib import Path
from typing import Iterator, NamedTuple, Tuple

import torch
from torch import Tensor

FOLDER = Path("/usr/share/datasets/fashion-mnist")
SIDE, VALIDATION = 28, 5000
MEAN, DEVIATION = 0.286, 0.353  # of the training images' pixels


class Images(NamedTuple):
    """Normalised images and their classes."""

    pixels: Tensor
    labels: Tensor

    def first(self, count: int) -> "Images":
        """That many of them."""
        return Images(self.pixels[:count], self.labels[:count])

    def steps(self, size: int) -> int:
        """How many batches an epoch has."""
        return len(self.labels) // size

    def batches(self, size: int, generator: torch.Generator) -> Iterator[Tuple[Tensor, Tensor]]:
        """One epoch in random order; half of the images mirrored."""
        order = torch.randperm(len(self.labels), generator=generator)
        for chosen in order.split(size)[:self.steps(size)]:
            pixels = self.pixels[chosen]
            mirrored = torch.rand(len(chosen), 1, 1, 1, generator=generator) < 0.5
            yield torch.where(mirrored, pixels.flip(3), pixels), self.labels[chosen]


class Data(NamedTuple):
    """Images to learn from, to choose by, and to report on."""

    training: Images
    validation: Images
    test: Images


def _read(folder: Path, name: str) -> Images:
    def numbers(kind: str, head: int) -> Tensor:
        path = folder / ("%s-%s-ubyte.gz" % (name, kind))
        try:
            content = gzip.decompress(path.read_bytes())
        except FileNotFoundError:
            raise SystemExit("%s is missing: install the Debian package dataset-fashion-mnist"
                             % path) from None
        return torch.frombuffer(bytearray(content[head:]), dtype=torch.uint8)
    pixels = numbers("images-idx3", 16).view(-1, 1, SIDE, SIDE).float() / 255
    return Images((pixels - MEAN) / DEVIATION, numbers("labels-idx1", 8).long())


def fashion(folder: Path = FOLDER) -> Data:
    """All of it: the last 5000 training images are for validation."""
    known, test = _read(folder, "train"), _read(folder, "t10k")
    cut = len(known.labels) - VALIDATION
    return Data(known.first(cut), Images(known.pixels[cut:], known.labels[cut:]), test)
