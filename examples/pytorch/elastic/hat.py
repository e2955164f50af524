# SPDX-License-Identifier: Apache-2.0
"""HAT's Transformer (Wang et al. 2020, arXiv 2005.14187) with its variables, scaled down: widths of encoder and
decoder, inner widths, heads, the decoder's depth, and how many of the encoder's last layers each layer
of the decoder attends to. Heads divide a fixed width, as in HAT: fewer are wider."""
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional

Config = Dict[str, Any]
PAD, BEGIN, END = 0, 1, 2
NOTHING = -1e9  # the logarithm of a probability of none
LAYERS = 6


@dataclass(frozen=True)
class Hat:
    """Sizes, and what there is to choose: HAT's values in HAT's order, divided by four."""

    tokens: int
    length: int = 64
    embed: Tuple[int, ...] = (160, 128)
    inner: Tuple[int, ...] = (768, 512, 256)
    heads: Tuple[int, ...] = (8, 4)
    depths: Tuple[int, ...] = (6, 5, 4, 3, 2, 1)
    spans: Tuple[int, ...] = (-1, 1, 2)  # -1: the last layer of the encoder; n: and n before it
    attention: int = 128  # width that the heads divide

    def _values(self) -> List[Tuple[str, int, Tuple[int, ...], bool, bool]]:
        """Name, count, values, whether in order, whether of a layer that may be unused."""
        return [("encoder_embed_dim", 1, self.embed, True, False),
                ("decoder_embed_dim", 1, self.embed, True, False),
                ("encoder_ffn_embed_dim", LAYERS, self.inner, True, False),
                ("decoder_ffn_embed_dim", LAYERS, self.inner, True, True),
                ("decoder_layer_num", 1, self.depths, True, False),
                ("encoder_self_attention_heads", LAYERS, self.heads, True, False),
                ("decoder_self_attention_heads", LAYERS, self.heads, True, True),
                ("decoder_ende_attention_heads", LAYERS, self.heads, True, True),
                ("decoder_arbitrary_ende_attn", LAYERS, self.spans, False, True)]

    def groups(self) -> Dict[str, Any]:
        """The search space, as `linas.Space` takes it."""
        used = [[{"variable": "decoder_layer_num", "above": layer}] for layer in range(LAYERS)]
        return {name: {"count": count, "vars": list(values), "ordered": ordered,
                       **({"active_if": used} if layered else {})}
                for name, count, values, ordered, layered in self._values()}

    def choose(self, pick: Any) -> Config:
        """A configuration of what `pick(values)` gives."""
        return {name: pick(values) if count == 1 else [pick(values) for _ in range(count)]
                for name, count, values, _, _ in self._values()}

    def largest(self) -> Config:
        """Everything; eight heads; all three layers."""
        return self.choose(lambda values: values[-1] if values == self.spans else values[0])

    def smallest(self) -> Config:
        """The least of everything."""
        return self.choose(lambda values: values[0] if values == self.spans else values[-1])


# Of a single place, as when a sentence is written token by token, products by element take a fraction of the
# time of a batch of tiny matrices.


def _weights(query: Tensor, key: Tensor) -> Tensor:
    """Query times key, transposed."""
    if query.shape[2] > 1:
        return query @ key.transpose(2, 3)
    return (query * key).sum(3).unsqueeze(2)


def _mixed(weight: Tensor, value: Tensor) -> Tensor:
    """Weight times value."""
    if weight.shape[2] > 1:
        return weight @ value
    return (weight.transpose(2, 3) * value).sum(2, keepdim=True)


class Attention(nn.Module):
    """Queries of one width, keys and values of another."""

    def __init__(self, width: int, source: int, inside: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.output = nn.Linear(width, inside), nn.Linear(inside, width)
        self.key, self.value = nn.Linear(source, inside), nn.Linear(source, inside)

    def split(self, x: Tensor) -> Tensor:
        """Heads before places."""
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def remember(self, source: Tensor) -> Tuple[Tensor, Tensor]:
        """Keys and values."""
        return self.split(self.key(source)), self.split(self.value(source))

    def forward(self, x: Tensor, memory: Tuple[Tensor, Tensor], mask: Optional[Tensor]) -> Tensor:
        """`mask` is added to the weights."""
        query, (key, value) = self.split(self.query(x)), memory
        weight = _weights(query, key) / query.shape[3] ** 0.5
        if mask is not None:
            weight = weight + mask
        mixed = _mixed(weight.softmax(3), value).transpose(1, 2)
        return self.output(mixed.flatten(2))


class Inner(nn.Module):
    """A network for each place."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first, self.second = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """Added to its input."""
        return x + self.second(functional.relu(self.first(self.norm(x))))


class EncoderLayer(nn.Module):
    """Attention to all places, and an inner network."""

    def __init__(self, width: int, inside: int, heads: int, inner: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention, self.inner = Attention(width, width, inside, heads), Inner(width, inner)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Batch, places, width."""
        y = self.norm(x)
        return self.inner(x + self.attention(y, self.attention.remember(y), mask))


class DecoderLayer(nn.Module):
    """Attention to what was written, to the source, and an inner network."""

    def __init__(self, widths: Tuple[int, int, int], heads: Tuple[int, int], inner: int,
                 span: int) -> None:
        super().__init__()
        width, source, inside = widths
        self.span = 1 if span < 0 else 1 + span
        self.norm, self.source_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, width, inside, heads[0])
        self.source = Attention(width, source, inside, heads[1])
        self.inner = Inner(width, inner)

    def look(self, encoded: Sequence[Tensor], mask: Tensor) -> Tuple[Any, Tensor]:
        """Keys and values of the encoder's last layers, one behind the other, and their mask."""
        chosen = encoded[-self.span:]
        return self.source.remember(torch.cat(tuple(chosen), 1)), mask.repeat(1, 1, 1, self.span)

    def forward(self, x: Tensor, looked: Tuple[Any, Tensor], past: Any,
                mask: Optional[Tensor]) -> Tuple[Tensor, Any]:
        """`past` are keys and values of earlier places, or None."""
        y = self.norm(x)
        memory = self.attention.remember(y)
        if past is not None:
            memory = (torch.cat((past[0], memory[0]), 2), torch.cat((past[1], memory[1]), 2))
        x = x + self.attention(y, memory, mask)
        # Beams of one sentence look at the same source: they are its places here.
        y = self.source_norm(x).view(len(looked[1]), -1, x.shape[2])
        x = x + self.source(y, *looked).view_as(x)
        return self.inner(x), memory


class Translator(nn.Module):
    """Tokens of a sentence in, and of its translation so far; numbers for each next token out."""

    def __init__(self, design: Hat, config: Config) -> None:
        super().__init__()
        wide, narrow = config["encoder_embed_dim"], config["decoder_embed_dim"]
        self.source, self.target = nn.Embedding(design.tokens, wide), nn.Embedding(design.tokens, narrow)
        self.source_place = nn.Parameter(0.02 * torch.randn(design.length, wide))
        self.target_place = nn.Parameter(0.02 * torch.randn(design.length, narrow))
        for embedding in (self.source, self.target):
            nn.init.normal_(embedding.weight, std=embedding.embedding_dim ** -0.5)
        self.encoder = nn.ModuleList(
            EncoderLayer(wide, design.attention, heads, inner) for heads, inner in
            zip(config["encoder_self_attention_heads"], config["encoder_ffn_embed_dim"]))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(wide), nn.LayerNorm(narrow)
        self.decoder = nn.ModuleList(
            DecoderLayer((narrow, wide, design.attention),
                         (config["decoder_self_attention_heads"][layer],
                          config["decoder_ende_attention_heads"][layer]),
                         config["decoder_ffn_embed_dim"][layer],
                         config["decoder_arbitrary_ende_attn"][layer])
            for layer in range(config["decoder_layer_num"]))

    def encode(self, source: Tensor) -> Tuple[List[Tensor], Tensor]:
        """What every layer makes of a batch, and the mask of its padding."""
        mask = (source == PAD).view(len(source), 1, 1, -1) * NOTHING
        scale = self.source.embedding_dim ** 0.5
        x = self.source(source) * scale + self.source_place[:source.shape[1]]
        layers = []
        for layer in self.encoder:
            x = layer(x, mask)
            layers.append(x)
        return [self.encoder_norm(one) for one in layers], mask

    def begin(self, source: Tensor) -> List[Any]:
        """What the decoder's layers look at."""
        encoded, mask = self.encode(source)
        return [layer.look(encoded, mask) for layer in self.decoder]

    def step(self, tokens: Tensor, place: int, looked: Sequence[Any],
             past: Sequence[Any]) -> Tuple[Tensor, List[Any]]:
        """Numbers for what follows tokens that stand from `place` on."""
        count = tokens.shape[1]
        x = self.target(tokens) * self.target.embedding_dim ** 0.5
        x = x + self.target_place[place:place + count]
        mask = None if count == 1 else torch.full((count, count), NOTHING).triu(1)
        kept = []
        for layer, seen, before in zip(self.decoder, looked, past):
            x, memory = layer(x, seen, before, mask)
            kept.append(memory)
        return functional.linear(self.decoder_norm(x), self.target.weight), kept

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """One row for each place of the target."""
        looked = self.begin(source)
        return self.step(target, 0, looked, [None] * len(looked))[0]


def translate(net: Translator, source: Tensor, beam: int = 4, penalty: float = 0.6,
              most: int = 48) -> List[List[int]]:
    """The best of a beam for each sentence, by log probability over length to the power of
    `penalty`; as in HAT a sentence is finished when as many translations of it ended as the beam has."""
    with torch.no_grad():
        beams = _Beams(net, source, beam)
        for place in range(most):
            beams.write(place, (place + 1) ** penalty)
            if not beams.drop():
                break
        return beams.translations()


class _Beams:
    """What is written of each sentence. Beams of a sentence are next to each other, the best first."""

    def __init__(self, net: Translator, source: Tensor, beam: int) -> None:
        self.net, self.beam, count = net, beam, len(source)
        self.ended: List[List[Tuple[float, List[int]]]] = [[] for _ in range(count)]
        self.sentences = list(range(count))  # those that are being written
        self.looked = net.begin(source)
        self.past: Sequence[Any] = [None] * len(self.looked)
        self.written = torch.full((count * beam, 1), BEGIN)
        self.scores = torch.full((count, beam), NOTHING)
        self.scores[:, 0] = 0  # all beams are the same at first

    def write(self, place: int, size: float) -> None:
        """One token more; what ends with it is worth its score over `size`."""
        logits, self.past = self.net.step(self.written[:, -1:], place, self.looked, self.past)
        told = logits[:, -1].log_softmax(1)
        told[:, PAD] = told[:, BEGIN] = NOTHING
        count, tokens = len(self.sentences), told.shape[1]
        # At most one token of each beam ends it: enough others are left.
        scores, chosen = (self.scores.view(-1, 1) + told).view(count, -1).topk(2 * self.beam, 1)
        rows = chosen // tokens + self.beam * torch.arange(count).view(-1, 1)
        ends = (chosen % tokens == END) & (scores > NOTHING / 2)
        for number, rank in ends[:, :self.beam].nonzero().tolist():
            self.ended[self.sentences[number]].append(
                (float(scores[number, rank]) / size, self.written[rows[number, rank], 1:].tolist()))
        going = ends.int().sort(dim=1, stable=True).indices[:, :self.beam]
        self.scores, rows = scores.gather(1, going), rows.gather(1, going).flatten()
        added = (chosen % tokens).gather(1, going).view(-1, 1)
        self.written = torch.cat((self.written[rows], added), 1)
        self.past = _rows(self.past, rows)

    def drop(self) -> int:
        """Leave the finished sentences; returns how many others there are."""
        going = [len(self.ended[sentence]) < self.beam for sentence in self.sentences]
        stay = torch.tensor(going).nonzero().view(-1)
        if len(stay) < len(going):
            rows = (stay.view(-1, 1) * self.beam + torch.arange(self.beam)).flatten()
            self.sentences = [self.sentences[number] for number in stay]
            self.scores, self.written = self.scores[stay], self.written[rows]
            self.past = _rows(self.past, rows)
            self.looked = [(memory, mask.index_select(0, stay)) for memory, (_, mask) in
                           zip(_rows([memory for memory, _ in self.looked], stay), self.looked)]
        return len(stay)

    def translations(self) -> List[List[int]]:
        """The best of each sentence; of one that never ended, what is written."""
        for number, sentence in enumerate(self.sentences):
            if not self.ended[sentence]:
                self.ended[sentence] = [(0.0, self.written[number * self.beam, 1:].tolist())]
        return [max(ended, key=lambda one: one[0])[1] for ended in self.ended]


def _rows(memories: Sequence[Any], rows: Tensor) -> List[Any]:
    """Some rows of keys and values."""
    return [(key.index_select(0, rows), value.index_select(0, rows)) for key, value in memories]
