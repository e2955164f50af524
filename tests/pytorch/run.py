# SPDX-License-Identifier: Apache-2.0
"""The PyTorch example: its rooms, and its programs, shortened, as a user runs them. usage: run.py
Needs linas in PYTHONPATH. Last line: N passed, N failed"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from functools import partial

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = HERE.parents[1] / "examples" / "pytorch"
sys.path.insert(0, str(EXAMPLE))

import linas  # noqa: E402
import torch  # noqa: E402
from elastic import (data, design, measure, network, supernet, text, train,  # noqa: E402
                     transformer)

# Multiply-accumulates and weights of one sub-network as published with measurements of it.
KERNELS = [7, 3, 3, 7, 5, 3, 3, 3, 7, 3, 7, 7, 7, 3, 7, 5, 3, 3, 3, 3]
EXPANSIONS = [3, 6, 6, 3, 6, 3, 6, 6, 6, 6, 4, 3, 4, 6, 4, 3, 3, 6, 4, 4]
PUBLISHED = {"ks": KERNELS, "e": EXPANSIONS, "d": [3, 2, 2, 3, 2]}


def small():
    """A design that runs in no time."""
    return design.Design(
        image=(1, 8), classes=4, stem=8, stem_stride=1,
        stages=(design.Stage(8, 1), design.Stage(16, 2, squeeze=True, hard=True)), layers=2,
        kernels=(3, 5), expansions=(1, 2), depths=(1, 2), last=24, features=20)


def shared(chosen=None):
    chosen = chosen or small()
    torch.manual_seed(3)
    return supernet.SuperNet(partial(network.Network, chosen), chosen.largest())


MIDDLE = {"ks": [3, 5, 3, 5], "e": [2, 1, 1, 2], "d": [2, 1]}


class Design(unittest.TestCase):
    def test_spaces(self):
        self.assertEqual(linas.Space(design.MOBILENETV3.groups()), linas.preset("ofa-mobilenetv3"))
        space = linas.Space(design.FASHION.groups())
        self.assertEqual(space.variables, 21)
        self.assertIn(design.FASHION.largest(), space)
        self.assertEqual(space.canonical(design.FASHION.smallest()), (0,) * 21)

    def test_random(self):
        generator = torch.Generator().manual_seed(1)
        space = linas.Space(design.FASHION.groups())
        found = [design.random_config(design.FASHION, lambda below: int(
            torch.randint(below, (1,), generator=generator))) for _ in range(20)]
        self.assertTrue(all(config in space for config in found))
        self.assertEqual(len({repr(config) for config in found}), 20)

    def test_published_cost(self):
        net = network.Network(design.MOBILENETV3, PUBLISHED)
        self.assertEqual(measure.macs(net, torch.zeros(1, 3, 224, 224)), 244945104)
        self.assertEqual(measure.parameters(net), 4536768)

    def test_divisible(self):
        self.assertEqual([design.divisible(width) for width in (1, 11, 12, 18, 19, 100)],
                         [8, 16, 16, 24, 24, 104])


class Shared(unittest.TestCase):
    def test_part(self):
        weight = torch.arange(2 * 3 * 5 * 5.0).view(2, 3, 5, 5)
        found = supernet.part(weight, torch.Size((1, 2, 3, 3)))
        self.assertTrue(torch.equal(found, weight[:1, :2, 1:4, 1:4]))
        self.assertEqual(found.data_ptr(), weight[0, 0, 1, 1].data_ptr())
        self.assertIs(supernet.part(weight, weight.shape), weight)

    def test_a_sub_network_is_the_same_inside_and_taken_out(self):
        net, images = shared(), torch.randn(6, 1, 8, 8)
        for config in (MIDDLE, small().largest(), small().smallest()):
            inside, outside = net(config, images), net.take(config).train()(images)
            self.assertTrue(torch.equal(inside, outside))

    def test_what_is_taken_is_its_own(self):
        net = shared()
        taken = net.take(MIDDLE)
        with torch.no_grad():
            for one in net.parameters():
                one.zero_()
        self.assertGreater(max(float(one.abs().max()) for one in taken.parameters()), 0)

    def test_only_what_is_used_learns(self):
        net = shared()
        net(small().smallest(), torch.randn(6, 1, 8, 8)).square().sum().backward()
        gradients = {name: one.grad for name, one in net.shared.named_parameters()}
        self.assertIsNone(gradients["layers.1.parts.expand.weight"])
        kernel = gradients["layers.0.parts.depthwise.weight"]
        self.assertEqual(tuple(kernel.shape), (16, 1, 5, 5))
        self.assertGreater(float(kernel[:8, :, 1:4, 1:4].abs().min()), 0)
        self.assertEqual(int((kernel != 0).sum()), 8 * 9)

    def test_statistics_are_the_sub_networks_own(self):
        net, images = shared(), 5 * torch.randn(200, 1, 8, 8)
        taken = net.take(MIDDLE)
        with torch.no_grad():
            expected = taken.train()(images)
            wrong = taken.eval()(images)
            found = supernet.recalibrate(taken, [images])(images)
        self.assertLess(float((found - expected).abs().max()), 0.05 * float(expected.abs().max()))
        self.assertGreater(float((wrong - expected).abs().max()), 0.1 * float(expected.abs().max()))

    def test_sandwich(self):
        """The largest learns from the labels, the smallest and a random one from the largest."""
        images, labels = torch.randn(6, 1, 8, 8), torch.arange(6) % 4
        net, ran = shared(), []

        def watched(config, inputs):
            ran.append(config)
            return net(config, inputs)
        sandwich = train.Sandwich(small().largest(), small().smallest(), lambda randint: MIDDLE)
        loss = train.learn(watched, sandwich, images, labels, None)
        self.assertEqual(ran, [small().largest(), small().smallest(), MIDDLE])
        found = {name: one.grad.clone() for name, one in net.named_parameters()}
        net.zero_grad(set_to_none=True)
        logits = net(small().largest(), images)
        expected = torch.nn.functional.cross_entropy(logits, labels)
        expected.backward()
        self.assertAlmostEqual(loss, float(expected.detach()), places=6)
        for config in (small().smallest(), MIDDLE):
            (-(logits.detach().softmax(1) * net(config, images).log_softmax(1)).sum() / 6).backward()
        for name, one in net.named_parameters():
            self.assertTrue(torch.allclose(found[name], one.grad, atol=1e-5), name)

    def test_learning(self):
        images, labels = torch.randn(64, 1, 8, 8), torch.arange(64) % 2
        images[:, :, :4] += labels.view(-1, 1, 1, 1)
        chosen, losses = small(), []
        net = shared(chosen)
        sandwich = train.Sandwich(chosen.largest(), chosen.smallest(),
                                  partial(design.random_config, chosen))
        train.train(net, sandwich, data.Images(images, labels), train.Training(30, 32),
                    lambda share, loss: losses.append((share, loss)))
        self.assertEqual((len(losses), losses[-1][0]), (60, 1.0))
        self.assertLess(losses[-1][1], 0.5 * losses[0][1])
        for config in (chosen.largest(), chosen.smallest(), MIDDLE):
            taken = supernet.recalibrate(net.take(config), [images])
            self.assertGreater(measure.accuracy(taken, data.Images(images, labels)), 85)


class Measure(unittest.TestCase):
    def test_ready(self):
        images = torch.randn(7, 1, 8, 8)
        net = supernet.recalibrate(shared().take(MIDDLE), [images])
        script = measure.ready(net, images[:1])
        with torch.no_grad():
            self.assertLess(float((script(images) - net(images)).abs().max()), 1e-4)
        self.assertNotIn("batch_norm", str(script.inlined_graph))

    def test_accuracy(self):
        images = data.Images(torch.eye(4).repeat(60, 1), torch.tensor([0, 1, 2, 0]).repeat(60))
        self.assertEqual((measure.right(lambda x: x, images), measure.accuracy(lambda x: x, images)),
                         (180, 75.0))

    def test_latency(self):
        fast = measure.latency(lambda x: x, torch.zeros(1))
        slow = measure.latency(lambda x: sum(range(20000)), torch.zeros(1))
        self.assertGreater(slow.milliseconds, 10 * fast.milliseconds)
        self.assertGreaterEqual(fast.spread, 0)

    def test_cost(self):
        net = torch.nn.Sequential(torch.nn.Conv2d(2, 4, 3, padding=1, groups=2), torch.nn.Flatten(),
                                  torch.nn.Linear(100, 3))
        self.assertEqual(measure.macs(net, torch.zeros(2, 2, 5, 5)), 25 * 4 * 9 + 300)
        self.assertEqual(measure.parameters(net), 4 * 9 + 4 + 303)


def language(**more):
    """A transformer that runs in no time."""
    return transformer.TransformerDesign(**{
        "tokens": text.TOKENS, "length": 8, "width": 12, "head": 4, "layers": (1, 2, 3),
        "heads": (1, 2, 3), "inner": (8, 16), **more})


class Transformers(unittest.TestCase):
    MIDDLE = {"num_layers": 2, "num_attention_heads": [2, 1, 3], "intermediate_size": [8, 16, 8]}

    def test_spaces(self):
        sizes = language(layers=tuple(range(6, 13)), heads=(6, 8, 10, 12), inner=(1024, 2048, 3072))
        self.assertEqual(linas.Space(sizes.groups()), linas.preset("bert-sst2"))
        space = linas.Space(language().groups())
        for config in (language().largest(), language().smallest(), self.MIDDLE,
                       language().random(lambda below: below - 1)):
            self.assertIn(config, space)

    def test_weights(self):
        net = transformer.Transformer(language(), self.MIDDLE)
        attention = [4 * 12 * 4 * heads + 3 * 4 * heads + 12 for heads in (2, 1)]
        inner = [2 * 12 * wide + wide + 12 for wide in (8, 16)]
        self.assertEqual(measure.parameters(net.layers), sum(attention + inner) + 2 * 4 * 12)

    def test_a_sub_network_is_the_same_inside_and_taken_out(self):
        net = supernet.SuperNet(partial(transformer.Transformer, language()), language().largest())
        tokens = torch.randint(text.TOKENS, (5, 8))
        for config in (self.MIDDLE, language().largest(), language().smallest()):
            self.assertTrue(torch.equal(net(config, tokens), net.take(config)(tokens)))

    def test_a_language_model_does_not_look_ahead(self):
        tokens = torch.randint(text.TOKENS, (1, 8))
        changed = tokens.clone()
        changed[0, 5] = (changed[0, 5] + 1) % text.TOKENS
        writer = transformer.Transformer(language(), self.MIDDLE)
        same = (writer(tokens) == writer(changed)).all(1).tolist()
        self.assertEqual(same, [True] * 5 + [False] * 3)
        reader = transformer.Transformer(language(classes=3), self.MIDDLE)
        self.assertEqual(reader(tokens).shape, (1, 3))
        self.assertFalse(torch.equal(reader(tokens), reader(changed)))

    def test_text(self):
        learned, held = text.help_topics(16)
        self.assertGreater(len(learned.tokens), 200000)
        self.assertAlmostEqual(len(learned.tokens) / len(held.tokens), 9, places=3)
        self.assertTrue(0 <= int(learned.tokens.min()) <= int(learned.tokens.max()) < text.TOKENS)
        pieces, following = held.all_pieces(10)
        self.assertTrue(torch.equal(pieces[0], held.tokens[:16]))
        self.assertTrue(torch.equal(following.view(10, 16)[:, :-1], pieces[:, 1:]))
        batches = list(held.batches(8, torch.Generator().manual_seed(1)))
        self.assertEqual(len(batches), held.steps(8))
        self.assertEqual(batches[0][0].shape, (8, 16))


class Program(unittest.TestCase):
    """`fashion.py --quick`, and what it leaves behind."""

    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        cls.first = cls.run_program("fashion.py", "--quick", "--threads", 1,
                                    "--journal", "run.jsonl")

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    @classmethod
    def run_program(cls, name, *words):
        return subprocess.run([sys.executable, EXAMPLE / name, *map(str, words)], cwd=cls.folder,
                              capture_output=True, text=True, env=dict(os.environ), check=False,
                              timeout=900)

    def facts(self):
        return {path.stem: json.loads(path.read_text())
                for path in (self.folder / "front").glob("subnet-*.json")}

    def test_1_it_trains_and_searches(self):
        self.assertEqual(self.first.returncode, 0, self.first.stderr)
        self.assertIn("trained the super-network: 212858 weights", self.first.stdout)
        self.assertRegex(self.first.stderr, r"training 100 %, loss 0\.\d+\n")
        self.assertEqual(len(self.first.stderr.splitlines()), 10)
        rows = [line.split() for line in self.first.stdout.splitlines()]
        table = {" ".join(row[:-4]): [float(cell) for cell in row[-4:]] for row in rows
                 if row and row[0] in ("largest", "smallest", "front")}
        self.assertEqual(table["largest"][3], 5.38)
        self.assertGreater(table["largest"][0], 50)
        self.assertGreater(table["largest"][2], table["smallest"][2])
        self.assertEqual(len(table), 2 + len(self.facts()))

    def test_2_the_front_is_what_was_measured(self):
        run = linas.open_journal(self.folder / "run.jsonl")
        members = sorted((one["top1"], one["latency"]) for one in run.front())
        self.assertEqual(sorted((one["top1"], one["latency"]) for one in self.facts().values()),
                         members)
        self.assertEqual(len(run.evaluations), 12)
        for one in self.facts().values():
            self.assertIn(one["config"], run.space)

    def test_3_exported_networks_score_what_the_search_said(self):
        run = self.run_program("check.py", "front", 1000)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(run.stdout.count(": ok, said"), len(self.facts()))
        path = self.folder / "front" / "subnet-1.weights"
        whole = path.read_bytes()
        weights = torch.load(path)
        weights["classifier.bias"] += 1000 * torch.arange(10)
        torch.save(weights, path)
        run = self.run_program("check.py", "front", 1000)
        path.write_bytes(whole)
        self.assertEqual((run.returncode, run.stdout.count("DIFFERS")), (1, 1), run.stdout)
        self.assertEqual(self.run_program("check.py", "nowhere").returncode, 1)

    def test_4_weights_are_kept_and_journals_continued(self):
        before = (self.folder / "run.jsonl").read_bytes()
        run = self.run_program("fashion.py", "--quick", "--journal", "run.jsonl")
        self.assertIn("trained weights from", run.stdout)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual((self.folder / "run.jsonl").read_bytes(), before)

    def test_5_a_language_model(self):
        run = self.run_program("language.py", "--quick", "--threads", 1)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        rows = [line.split() for line in run.stdout.splitlines() if " bits, " in line]
        self.assertEqual([row[0] for row in rows][:2], ["largest", "front"])
        bits = [float(row[row.index("bits,") - 1]) for row in rows[1:]]
        self.assertEqual(bits, sorted(bits))
        self.assertLess(bits[0], 5.5)

    def test_5_the_search_is_short(self):
        lines = [line for line in (EXAMPLE / "search.py").read_text().splitlines() if line.strip()]
        self.assertLess(len(lines), 30)


if __name__ == "__main__":
    torch.set_num_threads(1)
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - failed, failed))
    sys.exit(1 if failed else 0)
