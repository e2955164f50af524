# SPDX-License-Identifier: Apache-2.0
"""HAT's Transformer with its 39 variables, scaled to English and German of free software's messages."""
import hashlib
import io
import json
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import linas
import torch
from elastic import catalogue, measure, steady
from elastic.hat import BEGIN, END, PAD, Hat, Translator, translate
from elastic.supernet import SuperNet
from torch import Tensor
from torch.nn import functional

from .turns import Turns

Config = Dict[str, Any]
TOKENS, LONGEST, SAMPLE = 4000, 48, 100  # of the vocabulary; of a sentence; sentences that judge
QUICK = 3000  # pairs
SYSTEM = Path("/usr/share/locale/de")
RUNS = 3  # of a round of the latency


def few(cache: Path, told: Callable[[str], Any]) -> catalogue.Corpus:
    """Some of those on the machine, or of two packages."""
    folder = cache / "catalogues"
    if not any(SYSTEM.rglob("*.mo")):
        told("fetching message catalogues")
        catalogue.fetch(folder, catalogue.FEW)
    corpus = catalogue.read([folder, SYSTEM])
    return catalogue.Corpus(corpus.training[:QUICK], corpus.held[:10])


def all_sentences(cache: Path, told: Callable[[str], Any]) -> catalogue.Corpus:
    """Those of all packages and of the machine. Kept in a file: what is installed on the machine later does
    not change what an interrupted training goes on with."""
    path = cache / "sentences.json"
    if not path.exists():
        told("fetching message catalogues")
        catalogue.fetch(cache / "catalogues")
        corpus = catalogue.read([cache / "catalogues", SYSTEM])
        path.with_suffix(".part").write_text(json.dumps(corpus), encoding="utf-8")
        path.with_suffix(".part").rename(path)
    return catalogue.Corpus(*([(english, german) for english, german in part] for part in
                              json.loads(path.read_text(encoding="utf-8"))))


class Sentences:
    """Pairs as numbers, in batches of like lengths."""

    def __init__(self, pieces: Any, pairs: List[catalogue.Pair]) -> None:
        rows = [tuple(pieces.encode(side) for side in pair) for pair in pairs]
        self.rows = sorted((row for row in rows if max(map(len, row)) < LONGEST),
                           key=lambda row: (len(row[1]), len(row[0])))

    def batches(self, tokens: int) -> List[List[Any]]:
        """Pairs of like lengths, so many tokens together."""
        found: List[List[Any]] = [[]]
        for row in self.rows:
            if found[-1] and (len(found[-1]) + 1) * (len(row[1]) + 1) > tokens:
                found.append([])
            found[-1].append(row)
        return found


def padded(rows: List[List[int]]) -> Tensor:
    """One row each, filled up."""
    length = max(map(len, rows))
    return torch.tensor([row + [PAD] * (length - len(row)) for row in rows])


def loss_of(net: Any, batch: List[Any]) -> Tensor:
    """Cross-entropy with a tenth spread over all tokens. `net` takes source and target."""
    source = padded([english + [END] for english, _ in batch])
    given = padded([[BEGIN] + german for _, german in batch])
    wanted = padded([german + [END] for _, german in batch])
    return functional.cross_entropy(net(source, given).flatten(0, 1), wanted.flatten(),
                                    ignore_index=PAD, label_smoothing=0.1)


class Trainer:
    """HAT's: a sub-network drawn uniformly in every step. Random numbers depend on the step alone, and checkpoints
    hold all the rest, so that a later process goes on with the same result."""

    def __init__(self, supernet: SuperNet, design: Hat, batches: List[List[Any]], steps: int,
                 checkpoint: Path, told: Callable[[str], Any], every: float = 60.0) -> None:
        self.supernet, self.design, self.batches, self.steps = supernet, design, batches, steps
        self.checkpoint, self.told, self.every = checkpoint, told, every
        self.stop: Callable[[], bool] = lambda: False

    def run(self) -> bool:
        """Train; False when `stop` ended it early."""
        optimiser = torch.optim.Adam(self.supernet.parameters(), 2e-3, betas=(0.9, 0.98))
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=self.steps + 1,
                                                       pct_start=0.1, cycle_momentum=False)
        start = 0
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint)
            start = state["step"]
            for name, one in (("weights", self.supernet), ("optimiser", optimiser),
                              ("schedule", schedule)):
                one.load_state_dict(state[name])
        began = saved = time.perf_counter()
        for step in range(start, self.steps):
            loss = self._step(step, optimiser)
            schedule.step()
            now, stop = time.perf_counter(), self.stop()
            if step % max(1, self.steps // 50) == 0:
                left = (now - began) / (step + 1 - start) * (self.steps - step - 1)
                self.told("training, uniform: %3.0f %%, loss %.3f, about %.0f min left" % (
                    100 * step / self.steps, loss, left / 60))
            if stop or step + 1 == self.steps or now - saved > self.every:
                self._save(step + 1, optimiser, schedule)
                saved = now
            if stop:
                return False
        return True

    def _save(self, step: int, optimiser: Any, schedule: Any) -> None:
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        part = self.checkpoint.with_suffix(".part")
        torch.save({"weights": self.supernet.state_dict(), "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(), "step": step}, part)
        part.rename(self.checkpoint)

    def _step(self, step: int, optimiser: Any) -> float:
        generator = torch.Generator().manual_seed(step)

        def below(count: int) -> int:
            return int(torch.randint(count, (1,), generator=generator))
        config = self.design.choose(lambda values: values[below(len(values))])
        epoch = torch.Generator().manual_seed(10 ** 9 + step // len(self.batches))
        order = torch.randperm(len(self.batches), generator=epoch)
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(partial(self.supernet, config),
                       self.batches[int(order[step % len(self.batches)])])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.supernet.parameters(), 1.0)
        optimiser.step()
        return float(loss.detach())


def learn_pieces(pairs: List[catalogue.Pair], path: Path, tokens: int) -> Any:
    """The sub-word vocabulary of both languages, from a file if it is there."""
    import sentencepiece
    if not path.exists():
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([side for pair in pairs for side in pair]), model_writer=model,
            vocab_size=tokens, model_type="bpe", pad_id=PAD, bos_id=BEGIN, eos_id=END, unk_id=3,
            minloglevel=2, num_threads=1, hard_vocab_limit=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_bytes(model.getvalue())
        path.with_suffix(".part").rename(path)
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


class Translation:
    """The experiment: see experiments.study.Task."""

    name = "transformer"
    quality = linas.Maximize("bleu")
    targets = ("latency", "latency8")  # of a sentence, and of eight at once; one thread

    def __init__(self, quick: bool, cache: Path, told: Callable[[str], Any]) -> None:
        self.turns = Turns()
        self.gauges: Dict[str, steady.Gauge] = {}
        self.told, self.steps, self.words = told, 20 if quick else 6000, 3 if quick else 12
        corpus = few(cache, told) if quick else all_sentences(cache, told)
        if not corpus.training or not corpus.held:
            raise SystemExit("there are no German catalogues below %s" % SYSTEM)
        self.pairs = corpus
        facts = repr((corpus, self.steps, torch.__version__)).encode()
        self.folder = cache / ("transformer-" + hashlib.sha256(facts).hexdigest()[:16])
        self.pieces = learn_pieces(corpus.training, self.folder / "pieces",
                                   1000 if quick else TOKENS)
        self.design = Hat(self.pieces.get_piece_size())
        self.space = linas.Space(self.design.groups())
        torch.manual_seed(1)
        self.supernet = SuperNet(partial(Translator, self.design), self.design.largest())
        self.held = corpus.held[::max(1, len(corpus.held) // SAMPLE)][:SAMPLE]

    def largest(self) -> Config:
        """Everything."""
        return self.design.largest()

    def smallest(self) -> Config:
        """The least of everything."""
        return self.design.smallest()

    def train(self) -> None:
        """Load the weights, or train them, going on where an interruption came."""
        path = self.folder / "weights"
        if path.exists():
            self.supernet.load_state_dict(torch.load(path))
            self.told("trained weights from %s" % path)
            return
        self.told("%d pairs to learn from, %d held out" % (len(self.pairs.training),
                                                          len(self.pairs.held)))
        start = time.perf_counter()
        batches = Sentences(self.pieces, self.pairs.training).batches(2048)
        Trainer(self.supernet, self.design, batches, self.steps, self.folder / "checkpoint",
                self.told).run()
        self.told("trained %d weights, %.0f s by the clock" % (
            measure.parameters(self.supernet), time.perf_counter() - start))
        torch.save(self.supernet.state_dict(), path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)

    def bleu(self, net: Translator, pairs: List[catalogue.Pair]) -> float:
        """sacreBLEU of a beam of 4 with length penalty 0.6."""
        import sacrebleu
        pairs = sorted(pairs, key=lambda pair: len(pair[0]))  # of like lengths together
        said: List[str] = []
        for first in range(0, len(pairs), 50):
            rows = [self.pieces.encode(english)[:LONGEST] + [END]
                    for english, _ in pairs[first:first + 50]]
            said += map(self.pieces.decode, translate(net, padded(rows), most=LONGEST))
        return float(sacrebleu.corpus_bleu(said, [[german for _, german in pairs]]).score)

    def measure(self, config: Config, names: Tuple[str, ...]) -> Dict[str, float]:
        """The named values. Costs are those of 12 tokens in and 12 out (fewer if quick)."""
        net, found = self.supernet.take(config).eval(), {}
        if "bleu" in names:
            hook = net.decoder_norm.register_forward_pre_hook(lambda *_: self.turns.rest())
            found["bleu"] = self.bleu(net, self.held)
            hook.remove()
        if "macs" in names:
            found["macs"] = float(measure.macs(Greedy(net), torch.full((1, self.words), 4)))
        for name, count in (("latency", 1), ("latency8", 8)):
            if name in names:
                with self.turns.alone(), torch.no_grad():
                    found[name] = self._gauge(name, count).latency(self._written(net, count))
        return found

    def _written(self, net: Translator, count: int) -> Callable[[], Any]:
        return partial(Greedy(net), torch.full((count, self.words), 4))

    def _gauge(self, name: str, count: int) -> steady.Gauge:
        """The reference is a sub-network of the middle."""
        if name not in self.gauges:
            middle = self.supernet.take(self.design.choose(lambda values: values[len(values) // 2])).eval()
            self.gauges[name] = steady.Gauge(self._written(middle, count), RUNS)
        return self.gauges[name]

    def checked(self, config: Config) -> Dict[str, float]:
        """BLEU on all sentences that are held out."""
        return {"the held-out pairs": self.bleu(self.supernet.take(config).eval(), self.pairs.held)}


class Greedy(torch.nn.Module):
    """A translation of a fixed length, for costs."""

    def __init__(self, net: Translator) -> None:
        super().__init__()
        self.net = net

    def forward(self, source: Tensor) -> Tensor:
        """As many tokens as there are in the source."""
        looked = self.net.begin(source)
        past: Any = [None] * len(looked)
        tokens = torch.full((len(source), 1), BEGIN)
        for place in range(source.shape[1]):
            logits, past = self.net.step(tokens, place, looked, past)
            tokens = logits[:, -1].argmax(1, keepdim=True)
        return tokens
