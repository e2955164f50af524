# SPDX-License-Identifier: Apache-2.0
"""The text that every Python has: the help topics of its language."""
from typing import Iterator, NamedTuple, Tuple

import torch
from torch import Tensor

TOKENS = 96  # printable characters of ASCII, and one for all others


def _numbers(text: str) -> Tensor:
    codes = torch.tensor(list(text.encode("ascii", "replace")), dtype=torch.long) - 32
    return torch.where((codes >= 0) & (codes < TOKENS - 1), codes, torch.tensor(TOKENS - 1))


class Text(NamedTuple):
    """Characters as numbers, and how long a piece is."""

    tokens: Tensor
    length: int

    def steps(self, size: int) -> int:
        """How many batches go once through the text."""
        return (len(self.tokens) - 1) // (size * self.length)

    def pieces(self, starts: Tensor) -> Tuple[Tensor, Tensor]:
        """Pieces, one row each, and the character after each of theirs."""
        places = starts.view(-1, 1) + torch.arange(self.length)
        return self.tokens[places], self.tokens[places + 1].flatten()

    def batches(self, size: int, generator: torch.Generator) -> Iterator[Tuple[Tensor, Tensor]]:
        """One epoch of random pieces."""
        for _ in range(self.steps(size)):
            yield self.pieces(torch.randint(len(self.tokens) - self.length, (size,),
                                            generator=generator))

    def all_pieces(self, count: int) -> Tuple[Tensor, Tensor]:
        """The first `count` pieces that do not overlap."""
        most = (len(self.tokens) - 1) // self.length
        return self.pieces(self.length * torch.arange(min(count, most)))


def help_topics(length: int) -> Tuple[Text, Text]:
    """Nine tenths of the text to learn from, the rest to choose by."""
    from pydoc_data.topics import topics
    tokens = _numbers("\n".join(topics[name] for name in sorted(topics)))
    cut = len(tokens) * 9 // 10
    return Text(tokens[:cut], length), Text(tokens[cut:], length)
