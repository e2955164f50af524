# SPDX-License-Identifier: Apache-2.0
"""The experiments on whole super-networks: their parts, and the shortened program as a user runs it.
usage: experiments.py. Needs linas in PYTHONPATH. Last line: N passed, N failed"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from dataclasses import replace
from functools import partial

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = HERE.parents[1] / "examples" / "pytorch"
sys.path.insert(0, str(EXAMPLE))

import linas  # noqa: E402
import torch  # noqa: E402
from elastic import (catalogue, data, deploy, depthwise, design, hat, network,  # noqa: E402
                     progressive, steady, supernet)
from elastic.apart import apart  # noqa: E402
from experiments import published, report, study, translation, turns  # noqa: E402
from experiments.measured import Measured  # noqa: E402

SPACE = linas.Space({"d": {"count": 1, "vars": [1, 2], "ordered": True},
                     "e": {"count": 2, "vars": [3, 4, 6], "active_if": {"variable": "d"}}})


class Kept(unittest.TestCase):
    """Measurements are kept by effective configuration."""

    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.addCleanup(self.holder.cleanup)
        self.path = pathlib.Path(self.holder.name) / "kept" / "measured.jsonl"
        self.asked = []

    def measure(self, genome, names):
        self.asked.append((genome, names))
        return {name: float(len(self.asked)) for name in names}

    def test_what_is_not_used_makes_no_difference(self):
        kept = Measured(SPACE, self.path)
        self.addCleanup(kept.close)
        first = kept.values((0, 1, 0), ("a",), self.measure)
        self.assertEqual(kept.values((0, 1, 2), ("a",), self.measure), first)
        self.assertNotEqual(kept.values((1, 1, 2), ("a",), self.measure), first)
        self.assertEqual(kept.values((0, 1, 1), ("a", "b"), self.measure), {"a": 1.0, "b": 3.0})
        self.assertEqual([names for _, names in self.asked], [("a",), ("a",), ("b",)])

    def test_a_torn_file_goes_on(self):
        kept = Measured(SPACE, self.path)
        kept.values((0, 1, 0), ("a",), self.measure)
        kept.values((1, 1, 0), ("a",), self.measure)
        kept.close()
        self.path.write_bytes(self.path.read_bytes()[:-3])
        for _ in range(2):
            kept = Measured(SPACE, self.path)
            kept.values((0, 1, 0), ("a",), self.measure)
            kept.values((1, 1, 0), ("a",), self.measure)
            kept.close()
        self.assertEqual(len(self.asked), 3)


class Shrinking(unittest.TestCase):
    """Training phase by phase."""

    @classmethod
    def setUpClass(cls):
        cls.design = design.Design(
            image=(1, 8), classes=4, stem=8, stem_stride=1, first=design.Layer(
                -1, 8, 8, 8, 3, 1, design.Stage(8, 1)),
            stages=(design.Stage(8, 1), design.Stage(8, 2, squeeze=True, hard=True)), layers=2,
            kernels=(3, 5, 7), expansions=(1, 2), depths=(1, 2), last=16)
        generator = torch.Generator().manual_seed(5)
        cls.images = data.Images(torch.randn(96, 1, 8, 8, generator=generator), torch.arange(96) % 4)

    def net(self):
        torch.manual_seed(2)
        return progressive.ElasticKernels(self.design)

    def train(self, checkpoint=None, steps=None):
        net, made = self.net(), []
        trainer = progressive.Trainer(net, self.images, 32, checkpoint)

        def stop():
            made.append(1)
            return steps is not None and len(made) > steps
        trainer.stop = stop
        return trainer.run(progressive.phases(self.design, (2, 1, 1, 2, 1))), net

    def test_the_space_is_the_papers(self):
        self.assertEqual(linas.Space(design.SCALED.groups()), linas.preset("ofa-mobilenetv3"))

    def test_an_interruption_changes_nothing(self):
        whole, expected = self.train()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "checkpoint"
            ends = [self.train(path, steps)[0] for steps in (3, 7, 9, 19)]
            last, found = self.train(path)
        self.assertEqual(([*ends, whole], last), ([False] * 4 + [True], True))
        for name, one in found.state_dict().items():
            self.assertTrue(torch.equal(one, expected.state_dict()[name]), name)

    def test_phases_offer_more_and_more(self):
        offered = [(len(one.design.kernels), len(one.design.depths), len(one.design.expansions))
                   for one in progressive.phases(self.design)]
        self.assertEqual(offered, [(1, 1, 1), (3, 1, 1), (3, 2, 1), (3, 2, 2), (3, 2, 2)])

    def test_together_the_largest_learns_too(self):
        net, largest = self.net(), self.design.largest()
        trainer = progressive.Trainer(net, self.images, 32)
        learned = []
        net.register_forward_pre_hook(lambda _, inputs: learned.append(inputs[0]))
        self.assertTrue(trainer.run(progressive.phases(self.design, (0, 0, 0, 0, 1))))
        self.assertEqual(len(learned), 6)
        self.assertEqual(learned[::2], [largest] * 3)
        self.assertTrue(any(one != largest for one in learned[1::2]))

    def test_small_kernels_are_transformed(self):
        net = self.net()
        config = replace(self.design, kernels=(3,)).largest()
        inside, x = net(config, self.images.pixels), self.images.pixels
        with torch.no_grad():
            net.transforms["0_5"].mul_(2)
        self.assertFalse(torch.equal(net(config, x), inside))
        self.assertTrue(torch.equal(net(config, x), net.take(config).train()(x)))
        whole = net(self.design.largest(), x)
        with torch.no_grad():
            net.transforms["0_5"].mul_(2)
        self.assertTrue(torch.equal(net(self.design.largest(), x), whole))

    def test_sorted_channels_compute_the_same(self):
        net, x = self.net(), self.images.pixels
        before = net(self.design.largest(), x)
        name = "layers.0.parts.expand.weight"
        weight = net.shared.get_parameter(name).clone()
        progressive.sort_channels(net.shared)
        self.assertFalse(torch.equal(weight, net.shared.get_parameter(name)))
        self.assertTrue(torch.allclose(before, net(self.design.largest(), x), atol=1e-4))
        project = net.shared.get_parameter("layers.0.parts.project.weight").abs().sum((0, 2, 3))
        self.assertTrue(bool((project[:-1] >= project[1:]).all()))


class Deployed(unittest.TestCase):
    """Sub-networks made ready, and work that is done apart."""

    def test_gradients_are_pytorchs(self):
        """Of wide kernels and narrow ones, strides and images smaller than a kernel."""
        for kernel, stride, side in ((3, 1, 7), (5, 1, 7), (7, 1, 14), (7, 1, 4), (5, 2, 7), (7, 2, 14)):
            with self.subTest(kernel=kernel, stride=stride, side=side):
                torch.manual_seed(kernel)
                conv = depthwise.Depthwise(6, kernel, stride)
                x = torch.randn(3, 6, side, side, requires_grad=True)
                plain = torch.nn.functional.conv2d(x, conv.weight, None, stride, kernel // 2, 1, 6)
                told, given = conv(x), torch.randn_like(plain)
                self.assertTrue(torch.equal(told, plain))
                for one, other in zip(torch.autograd.grad(told, (x, conv.weight), given),
                                      torch.autograd.grad(plain, (x, conv.weight), given)):
                    self.assertTrue(torch.allclose(one, other, rtol=1e-4, atol=1e-4))

    def test_a_deployed_network_answers_as_the_network(self):
        images = torch.randn(5, 1, 28, 28)
        for config in (design.SCALED.largest(), design.SCALED.smallest()):
            net = network.Network(design.SCALED, config)
            supernet.recalibrate(net, [images])
            with torch.no_grad():
                expected, before = net(images), [*net.state_dict()]
                run = deploy.deployed(net, images[:1])
                self.assertTrue(torch.allclose(run(images), expected, rtol=1e-3, atol=1e-3))
                self.assertTrue(torch.equal(net(images), expected))
            self.assertEqual([*net.state_dict()], before)

    def test_apart(self):
        self.assertNotEqual(apart(os.getpid), os.getpid())
        self.assertEqual(apart(lambda: {"a": 1.0}), {"a": 1.0})
        with self.assertRaisesRegex(RuntimeError, "without a result"):
            apart(lambda: os._exit(3))


class Steady(unittest.TestCase):
    """Latencies of a machine that is slow at times."""

    class Machine:
        """As slow as told for each run, then as the last one; its clock stands between them."""

        def __init__(self, *slowdowns):
            self.slowdowns, self.now, self.runs = list(slowdowns), 0.0, 0

        def run(self, seconds):
            self.runs += 1
            self.now += seconds * (self.slowdowns.pop(0) if len(self.slowdowns) > 1 else self.slowdowns[0])

        def gauge(self):
            return steady.Gauge(lambda: self.run(1e-3), 1, lambda: self.now)

    def latency(self, *slowdowns):
        machine = self.Machine(1.0)
        gauge = machine.gauge()
        machine.slowdowns = list(slowdowns)
        return gauge.latency(lambda: machine.run(2e-3))

    def test_a_slow_machine_makes_no_difference(self):
        self.assertAlmostEqual(self.latency(1.0), 2.0)
        self.assertAlmostEqual(self.latency(1.7), 2.0)

    def test_ratios_of_changing_moments_do_not_count(self):
        # The warm run, the reference; then pairs of a run and the reference.
        self.assertAlmostEqual(self.latency(1.0, 1.0, 9.0, 1.7, 1.7, 1.7), 2.0)
        self.assertAlmostEqual(self.latency(1.7, 1.7, 1.7, 1.0, 9.0, 1.7, 1.7), 2.0)

    def test_it_ends(self):
        machine = self.Machine(1.0)
        gauge = machine.gauge()
        machine.slowdowns = [1.0 + 0.1 * (number % 7) for number in range(999)]
        machine.runs = 0
        self.assertGreater(gauge.latency(lambda: machine.run(2e-3)), 0)
        self.assertEqual(machine.runs, 2 + 2 * steady.TRIES)

    def test_the_fastest_is_remembered(self):
        machine = self.Machine(1.7)
        gauge = machine.gauge()
        machine.slowdowns = [1.0]
        self.assertAlmostEqual(gauge.latency(lambda: machine.run(2e-3)), 2.0)
        self.assertAlmostEqual(gauge.fastest, 1e-3)


class Waiting(unittest.TestCase):
    """Studies that take turns."""

    def test_one_is_alone_once_the_other_rests(self):
        with tempfile.TemporaryDirectory() as folder:
            first, second = (turns.Turns(pathlib.Path(folder)) for _ in range(2))
            events = []

            def measure():
                with second.alone():
                    events.append("alone")
            thread = threading.Thread(target=measure)
            thread.start()
            time.sleep(0.2)
            events.append("worked")
            while thread.is_alive():
                first.rest()
            thread.join()
            self.assertEqual(events, ["worked", "alone"])
            second.close()
            with first.alone():  # nobody else is left
                events.append("alone again")
            first.close()

    def test_without_a_folder_nobody_waits(self):
        one = turns.Turns()
        one.rest()
        with one.alone():
            one.rest()


class Formula:
    """A task that costs nothing."""

    name, targets = "formula", ("latency", "latency8")
    quality = linas.Maximize("top1", "%")
    space = linas.Space(design.FASHION.groups())

    def largest(self):
        return design.FASHION.largest()

    def smallest(self):
        return design.FASHION.smallest()

    def measure(self, config, names):
        size = sum(config["d"])
        good = sum(config["ks"][slot] * config["e"][slot] ** 0.5 for slot in range(0, 9, 3)) + size
        cost = sum(config["e"][slot] * config["ks"][slot] ** 2 for slot in range(0, 9, 3)) + 9 * size
        values = {"top1": 60 + good ** 0.5, "latency": 1 + cost / 50, "latency8": 3 + cost / 9,
                  "macs": 10.0 * cost}
        return {name: values[name] for name in names}


class Untrained(Formula):
    """Whatever is measured is of no use."""

    def measure(self, config, names):
        return {name: value if name != "top1" else 0.0
                for name, value in super().measure(config, names).items()}


class Studied(unittest.TestCase):
    """The study of a formula."""

    SIZE = study.Size(evaluations=80, linas=60, seeds=2, long=1, transfer=30, transfers=1, rows=(20, 40),
                      held=20, generations=10)

    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        cls.result = cls.run_study()

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    @classmethod
    def run_study(cls):
        kept = Measured(Formula.space, cls.folder / "measured.jsonl")
        cls.study = study.Study(Formula(), kept, cls.SIZE)
        result = cls.study.everything()
        kept.close()
        return result

    def test_curves(self):
        curves = self.result.curves
        self.assertEqual({name: [len(run) for run in runs] for name, runs in curves.items()},
                         {"linas": [60] * 2, "published": [60] * 2, "nsga2": [80],
                          "random": [60] * 2})
        for runs in [*curves.values(), *self.result.transfer.values()]:
            for run in runs:
                self.assertEqual(run, sorted(run))
                self.assertLessEqual(run[-1], 1 + 1e-9)
        self.assertEqual(len(self.result.predictors), 2 * 2 * 3)
        self.assertGreater(report.mean_curve(curves["linas"])[-1],
                           report.mean_curve(curves["random"])[-1])

    def test_what_was_measured_is_not_measured_again(self):
        again = self.run_study()
        self.assertEqual((self.study.fresh, again), (0, self.result))

    def test_report(self):
        text = report.write(self.result, self.folder / "out", "formula")
        self.assertIn("LINAS has what NSGA-II has after 80 evaluations", text)
        names = sorted(path.name for path in (self.folder / "out").iterdir())
        self.assertEqual(names, ["formula-error.svg", "formula-fronts.svg", "formula-hypervolume.svg",
                                 "formula-tau.svg", "formula-transfer.svg", "formula.html",
                                 "formula.json"])
        self.assertEqual((self.folder / "out" / "formula.html").read_text().count("<svg"), 5)
        self.assertEqual(report.reaches([0.1, 0.5, 0.7], 0.5), 2)
        self.assertIsNone(report.reaches([0.1], 0.5))

    def test_qualities_that_do_not_differ(self):
        with tempfile.TemporaryDirectory() as folder:
            kept = Measured(Formula.space, pathlib.Path(folder) / "measured.jsonl")
            size = study.Size(evaluations=6, linas=6, seeds=1, long=1, transfer=6, transfers=1, rows=(6, 8), held=6, generations=10)
            result = study.Study(Untrained(), kept, size).everything()
            kept.close()
            self.assertIn("LINAS has", report.write(result, pathlib.Path(folder) / "out", "none"))

    def test_published_does_not_know_of_activity(self):
        plain = published.flat(SPACE)
        self.assertEqual(plain.variables, 3)
        self.assertEqual(plain.canonical((0, 1, 2)), (0, 1, 2))
        rows = []
        published.search(SPACE, [linas.Maximize("a")], lambda row: rows.append(row) or {"a": sum(row)},
                         15, 1, 3)
        self.assertEqual((len(rows), len(set(rows))), (15, 15))


def compiled(pairs, order="<"):
    """A catalogue as msgfmt writes it."""
    count, texts, tables = len(pairs), b"", []
    start = 28 + 16 * count
    for side in (0, 1):
        for pair in pairs:
            text = pair[side].encode()
            tables.append(struct.pack(order + "2I", len(text), start + len(texts)))
            texts += text + b"\0"
    return struct.pack(order + "7I", 0x950412de, 0, count, 28, 28 + 8 * count, 0, 0) + b"".join(
        tables) + texts


class Catalogues(unittest.TestCase):
    """Pairs of sentences from catalogues."""

    def test_messages(self):
        pairs = [("", "Content-Type: text/plain"), ("menu\4Open a file", "Eine Datei öffnen"),
                 ("%d file\0%d files", "%d Datei\0%d Dateien")]
        expected = [("Open a file", "Eine Datei öffnen"), ("%d file", "%d Datei"),
                    ("%d files", "%d Dateien")]
        for order in "<>":
            self.assertEqual(list(catalogue.messages(compiled(pairs, order))), expected)
        self.assertEqual(list(catalogue.messages(b"no catalogue at all, but long enough")), [])
        self.assertEqual(list(catalogue.messages(b"")), [])

    def test_clean(self):
        for text, expected in (("Could not open %s: %1$d of %2", "Could not open ¤: ¤ of ¤"),
                               ("_Save  the\n${name} <b>now</b>", "Save the ¤ now"),
                               ("Copy &all of {0}", "Copy all of ¤")):
            self.assertEqual(catalogue.clean(text), expected)

    def test_useful(self):
        good = ("three whole words", "drei ganze Wörter")
        self.assertTrue(catalogue.useful(good))
        for bad in (("two words", "zwei Wörter"), (good[0], good[0]), ("a " * 31, good[1]),
                    ("1 2 3 4 5", good[1]), (good[0], "")):
            self.assertFalse(catalogue.useful(bad), bad)

    def test_what_is_alike_stays_together(self):
        pairs = [("Sentence number %s is here%s" % ("x" * (index % 150), "." * (index // 150)),
                  "Satz %d %s" % (index % 150, "y" * (index % 150))) for index in range(300)]
        corpus = catalogue.split(pairs)
        learned = {catalogue.group(english) for english, _ in corpus.training}
        held = [catalogue.group(english) for english, _ in corpus.held]
        self.assertTrue(held and not learned & set(held))
        self.assertEqual(len(held), len(set(held)))
        joined = catalogue.split([("all of it " + "x" * index, "dasselbe" + "!" * index)
                                  for index in range(200)])
        self.assertIn(list(map(len, joined)), ([200, 0], [0, 1]))


class Translators(unittest.TestCase):
    """HAT's Transformer."""

    SMALL = hat.Hat(50, embed=(24, 16), inner=(24, 16, 8), attention=16)

    def setUp(self):
        torch.manual_seed(4)
        self.net = supernet.SuperNet(partial(hat.Translator, self.SMALL), self.SMALL.largest())
        self.source, self.target = torch.randint(4, 50, (3, 7)), torch.randint(4, 50, (3, 6))
        self.configs = [self.SMALL.largest(), self.SMALL.smallest(),
                        {**self.SMALL.largest(), "decoder_layer_num": 3,
                         "decoder_arbitrary_ende_attn": [1, -1, 2, 1, 1, 1]}]

    def test_the_space_is_hats(self):
        sizes = hat.Hat(40, embed=(640, 512), inner=(3072, 2048, 1024))
        self.assertEqual(linas.Space(sizes.groups()), linas.preset("hat-transformer-wmt-ende"))
        space = linas.Space(self.SMALL.groups())
        self.assertEqual(space.variables, 39)
        for config in self.configs:
            self.assertIn(config, space)

    def test_a_sub_network_is_the_same_inside_and_taken_out(self):
        for config in self.configs:
            self.assertTrue(torch.equal(self.net(config, self.source, self.target),
                                        self.net.take(config)(self.source, self.target)))

    def test_step_by_step_is_the_same(self):
        for config in self.configs:
            net = self.net.take(config)
            looked = net.begin(self.source)
            past, rows = [None] * len(looked), []
            for place in range(6):
                row, past = net.step(self.target[:, place:place + 1], place, looked, past)
                rows.append(row)
            whole = net(self.source, self.target)
            self.assertLess(float((torch.cat(rows, 1) - whole).abs().max()), 1e-4)

    def test_padding_makes_no_difference(self):
        more = torch.cat((self.source, torch.full((3, 4), hat.PAD)), 1)
        for config in self.configs:
            net = self.net.take(config)
            found = net(more, self.target) - net(self.source, self.target)
            self.assertLess(float(found.abs().max()), 1e-4)

    def test_what_is_not_used_makes_no_difference(self):
        config = self.configs[2]
        other = {**config, "decoder_arbitrary_ende_attn": [1, -1, 2, 2, -1, 2]}
        spans = {**config, "decoder_arbitrary_ende_attn": [2, -1, 2, 1, 1, 1]}
        results = [self.net(one, self.source, self.target) for one in (config, other, spans)]
        self.assertTrue(torch.equal(results[0], results[1]))
        self.assertFalse(torch.equal(results[0], results[2]))

    def test_an_interruption_changes_nothing(self):
        rows = [([4 + index, 5], [6, 7 + index]) for index in range(8)]

        def train(path, stops):
            torch.manual_seed(4)
            net = supernet.SuperNet(partial(hat.Translator, self.SMALL), self.SMALL.largest())
            for most in stops:
                made = []
                trainer = translation.Trainer(net, self.SMALL, [rows[:4], rows[4:]], 7, path,
                                              lambda line: None)
                trainer.stop = lambda made=made, most=most: made.append(1) or len(made) > most
                trainer.run()
            return net.state_dict()
        with tempfile.TemporaryDirectory() as folder:
            whole = train(pathlib.Path(folder) / "one", [99])
            parts = train(pathlib.Path(folder) / "two", [1, 2, 99])
        for name, one in whole.items():
            self.assertTrue(torch.equal(one, parts[name]), name)

    def test_a_wide_beam_finds_the_best(self):
        """Of all translations of at most two of three words."""
        design, lengths = replace(self.SMALL, tokens=6), set()
        words = [token for token in range(6) if token not in (hat.PAD, hat.BEGIN, hat.END)]
        every = [[], *[[one] for one in words], *[[one, two] for one in words for two in words]]
        for seed in range(8):
            torch.manual_seed(seed)
            net = hat.Translator(design, design.smallest()).eval()
            source = torch.tensor([[3, 4, 5, 5], [5, 4, 4, 3]])
            with torch.no_grad():
                net.target.weight.mul_(3)
                net.target_place.mul_(50)
                found = hat.translate(net, source, 20, 0.6, 3)
                for row, best in zip(source, found):
                    self.assertEqual(best, max(every, key=partial(self.score, net, row[None])))
                    lengths.add(len(best))
        self.assertIn(2, lengths)

    @staticmethod
    def score(net, source, tokens):
        """Log probability over length to the power of .6."""
        told = net(source, torch.tensor([[hat.BEGIN, *tokens]]))[0].log_softmax(1)
        parts = [float(told[place, token]) for place, token in enumerate([*tokens, hat.END])]
        return sum(parts) / len(parts) ** 0.6


class Program(unittest.TestCase):
    """`experiment.py NAME --quick`."""

    def run_experiment(self, name, quality):
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([sys.executable, EXAMPLE / "experiment.py", name, "--quick",
                                  "--threads", "1"], cwd=folder, capture_output=True, text=True,
                                 env=dict(os.environ), check=False, timeout=1800)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertRegex(run.stderr, r"training, .*: +\d+ %, loss \d+\.\d+, about \d+ min left")
            self.assertIn("| NSGA-II | 1 |", run.stdout)
            found = json.loads((pathlib.Path(folder) / "experiment" / (name + ".json")).read_text())
            self.assertEqual(set(found["ends"]["largest"]) - {"macs"},
                             {quality, "latency", "latency8"})
            self.assertGreater(found["ends"]["largest"]["macs"], found["ends"]["smallest"]["macs"])

    def test_mobilenetv3(self):
        self.run_experiment("mobilenetv3", "top1")

    def test_transformer(self):
        self.run_experiment("transformer", "bleu")


if __name__ == "__main__":
    torch.set_num_threads(1)
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - failed, failed))
    sys.exit(1 if failed else 0)
