# SPDX-License-Identifier: Apache-2.0
"""Transformers with elastic depth, heads and inner widths, in plain PyTorch.

A configuration has "num_layers", and for each layer "num_attention_heads" and "intermediate_size":
the variables of the spaces `bert-sst2` and `vit`. Heads have a fixed width, as in BERT, so that fewer
heads are a narrower attention. The same network reads (an encoder) or writes (causal: a language
model).
"""
from dataclasses import dataclass
from typing import Any, Dict, Tuple

import torch
from torch import Tensor, nn

from .supernet import Config


@dataclass(frozen=True)
class TransformerDesign:
    """Sizes, and what there is to choose."""

    tokens: int  # in the vocabulary
    length: int  # of a text, at most
    width: int
    head: int  # width of one
    layers: Tuple[int, ...]
    heads: Tuple[int, ...]
    inner: Tuple[int, ...]
    classes: int = 0  # 0: the next token, at every place

    def groups(self) -> Dict[str, Any]:
        """The search space, as `linas.Space` takes it."""
        most, used = max(self.layers), {"variable": "num_layers"}
        return {"num_layers": {"count": 1, "vars": list(self.layers), "ordered": True},
                "num_attention_heads": {"count": most, "vars": list(self.heads), "ordered": True,
                                        "active_if": used},
                "intermediate_size": {"count": most, "vars": list(self.inner), "ordered": True,
                                      "active_if": used}}

    def _same(self, choose: Any) -> Config:
        most = max(self.layers)
        return {"num_layers": choose(self.layers), "num_attention_heads": [choose(self.heads)] * most,
                "intermediate_size": [choose(self.inner)] * most}

    def largest(self) -> Config:
        """The configuration with everything."""
        return self._same(max)

    def smallest(self) -> Config:
        """The configuration with the least of everything."""
        return self._same(min)

    def random(self, randint: Any) -> Config:
        """A configuration by `randint(n)`, a number below n."""
        most = max(self.layers)
        return {"num_layers": self.layers[randint(len(self.layers))],
                "num_attention_heads": [self.heads[randint(len(self.heads))] for _ in range(most)],
                "intermediate_size": [self.inner[randint(len(self.inner))] for _ in range(most)]}


class Attention(nn.Module):
    """Attention of several heads; with `causal` only to what came before."""

    def __init__(self, width: int, heads: int, head: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.head, self.causal = heads, head, causal
        self.query = nn.Linear(width, heads * head)
        self.key = nn.Linear(width, heads * head)
        self.value = nn.Linear(width, heads * head)
        self.output = nn.Linear(heads * head, width)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], -1, self.heads, self.head).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Batch, places, width."""
        query, key, value = (self._split(one(x)) for one in (self.query, self.key, self.value))
        weight = query @ key.transpose(2, 3) / self.head ** 0.5
        if self.causal:
            length = x.shape[1]
            weight = weight + torch.full((length, length), -1e9).triu(1)
        mixed = (weight.softmax(3) @ value).transpose(1, 2)
        return self.output(mixed.reshape(x.shape[0], -1, self.heads * self.head))


class Layer(nn.Module):
    """Attention, and a network for each place, both added to their inputs."""

    def __init__(self, width: int, heads: int, head: int, inner: int, causal: bool) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads, head, causal)
        self.inner_norm = nn.LayerNorm(width)
        self.inner = nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))

    def forward(self, x: Tensor) -> Tensor:
        """Batch, places, width."""
        x = x + self.attention(self.attention_norm(x))
        return x + self.inner(self.inner_norm(x))


class Transformer(nn.Module):
    """Tokens in; numbers for each class, or for the token after each place, out, one row each."""

    def __init__(self, design: TransformerDesign, config: Config) -> None:
        super().__init__()
        self.token = nn.Embedding(design.tokens, design.width)
        self.place = nn.Parameter(0.02 * torch.randn(design.length, design.width))
        causal = not design.classes
        self.layers = nn.Sequential(*[
            Layer(design.width, heads, design.head, inner, causal)
            for heads, inner in list(zip(config["num_attention_heads"],
                                         config["intermediate_size"]))[:config["num_layers"]]])
        self.norm = nn.LayerNorm(design.width)
        self.classifier = nn.Linear(design.width, design.classes or design.tokens)
        self.causal = causal

    def forward(self, tokens: Tensor) -> Tensor:
        """Batch, places."""
        x = self.token(tokens) + self.place[:tokens.shape[1]]
        x = self.norm(self.layers(x))
        return self.classifier(x.flatten(0, 1) if self.causal else x[:, 0])
