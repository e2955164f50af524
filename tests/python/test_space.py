# SPDX-License-Identifier: Apache-2.0
"""Spaces from Python."""
import unittest

import linas
from support import small


class Making(unittest.TestCase):
    def test_groups(self):
        space = small()
        self.assertEqual(space.names, ["ks[0]", "ks[1]", "ks[2]", "ks[3]", "d"])
        self.assertEqual([(g.name, g.slots, g.first, g.values, g.order) for g in space.groups],
                         [("ks", 4, 0, (3, 5, 7), linas.Order.CATEGORICAL),
                          ("d", 1, 4, (2, 3, 4), linas.Order.ORDINAL)])
        self.assertEqual((space.raw_size, space.size), (243, 9 + 27 + 81))

    def test_kinds_of_values(self):
        space = linas.Space({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y\u00e9"]})
        self.assertEqual([g.kind.name for g in space.groups], ["INT", "REAL", "STRING"])
        self.assertEqual(space.config((1, 0, 1)), {"a": 2, "b": 0.5, "c": "y\u00e9"})

    def test_conditions(self):
        space = linas.Space({
            "op": linas.Choice(["none", "conv"], count=2),
            "k": linas.Choice([3, 5], active_if=linas.In("op[0]", ["conv"])),
            "w": linas.Choice([1.0, 2.0], ordered=True),
            "x": linas.Choice([0, 1], count=2, active_if=[None, [linas.Above("w", 1.5),
                                                                 linas.In("op[1]", ["none"])]])})
        self.assertEqual(space.active((0, 0, 1, 0, 1, 1)), (True, True, False, True, True, False))
        self.assertEqual(space.active((1, 0, 1, 1, 1, 1)), (True,) * 6)
        self.assertEqual(space.active_config((0, 0, 1, 0, 1, 1)),
                         {"op": ["none", "none"], "k": None, "w": 1.0, "x": [1, None]})

    def test_stages(self):
        space = linas.Space({
            "d": linas.Choice([0, 1], count=3, ordered=True, same={0: [(0, 1)]}),
            "e": linas.Choice([1, 2], count=4,
                              active_if=linas.Depth("d", stages=[2, 2], base=[1, 1], first=1))})
        self.assertEqual(space.canonical((1, 0, 1, 1, 1, 1, 1)), (0, 0, 1, 1, 0, 1, 1))

    def test_bad_spaces(self):
        with self.assertRaisesRegex(linas.ArgumentError, "ks"):
            linas.Space({"ks": []})
        with self.assertRaisesRegex(linas.Error, "'?q'?"):
            linas.Space({"ks": linas.Choice([1, 2], active_if=linas.Above("q", 1))})
        with self.assertRaises(linas.FormatError):
            linas.Space.from_json('{"ks":')
        with self.assertRaises(TypeError):
            linas.Space({"ks": [object(), 1]})
        with self.assertRaises(ValueError):
            linas.Space({"ks": [float("nan"), 1.0]})

    def test_presets(self):
        names = linas.presets()
        self.assertIn("ofa-mobilenetv3", names)
        for name in names:
            self.assertGreater(linas.preset(name).variables, 5)
        self.assertAlmostEqual(linas.preset("ofa-mobilenetv3").size / 2.18e19, 1, places=2)
        with self.assertRaisesRegex(linas.UnknownNameError, "ofa-mobilenetv3"):
            linas.preset("nothing")
        with self.assertRaises(LookupError):
            linas.preset("nothing")

    def test_json(self):
        space = small()
        again = linas.Space.from_json(space.to_json())
        self.assertEqual(space, again)
        self.assertEqual(hash(space), hash(again))
        self.assertNotEqual(space, linas.Space({"a": [1, 2]}))
        self.assertEqual(space.fingerprint, again.fingerprint)

    def test_texts(self):
        self.assertEqual(repr(small()), "Space(ks x4 {3, 5, 7}, d x1 {2, 3, 4})")
        self.assertIn("5 variables", small()._repr_html_())
        self.assertIn("&lt;b&gt;", linas.Space({"<b>": [1, 2]})._repr_html_())


class Configurations(unittest.TestCase):
    def test_there_and_back(self):
        space = small()
        config = {"ks": [7, 3, 5, 3], "d": 3}
        self.assertEqual(space.genome(config), (2, 0, 1, 0, 1))
        self.assertEqual(space.config(space.genome(config)), config)

    def test_wrong_ones(self):
        space = small()
        for config in ({"ks": [3, 3, 3, 3]}, {"ks": [3, 3, 3, 3], "d": 2, "more": 1}):
            with self.assertRaises(KeyError):
                space.genome(config)
        for config in ({"ks": [3], "d": 2}, {"ks": [3, 3, 3, 4], "d": 2}):
            with self.assertRaises(ValueError):
                space.genome(config)
            self.assertNotIn(config, space)
        with self.assertRaises(linas.ArgumentError):
            space.check((0, 0, 0, 3, 0))
        with self.assertRaises(ValueError):
            space.check((0, 0))
        self.assertIn({"ks": [3, 3, 3, 3], "d": 2}, space)

    def test_canonical(self):
        space = small()
        self.assertEqual(space.canonical((2, 2, 2, 2, 0)), (2, 2, 0, 0, 0))
        self.assertEqual(space.hash((2, 2, 2, 2, 0)), space.hash((2, 2, 0, 1, 0)))
        self.assertNotEqual(space.hash((2, 2, 2, 2, 0)), space.hash((2, 2, 2, 2, 1)))

    def test_sample(self):
        space = small()
        rows = space.sample(20, seed=3)
        self.assertEqual(rows.shape, (20, 5))
        self.assertEqual(len({tuple(row) for row in rows}), 20)
        self.assertEqual(rows, space.sample(20, seed=3))
        self.assertNotEqual(rows, space.sample(20, seed=4))
        self.assertEqual(len(space.sample(1000)), 117)
        self.assertEqual(len(space.sample(1000, exclude=rows)), 97)
        self.assertEqual(len(space.sample(10, low_discrepancy=True)), 10)

    def test_feasible(self):
        space = linas.Space({"a": [1, 2, 3], "b": [1, 2, 3]},
                            feasible=lambda config: config["a"] + config["b"] < 4)
        self.assertEqual(sorted(map(tuple, space.sample(9))), [(0, 0), (0, 1), (1, 0)])
        self.assertTrue(space.is_feasible((0, 0)))
        self.assertFalse(space.is_feasible({"a": 3, "b": 3}))

    def test_feasible_raises(self):
        def broken(config):
            raise KeyboardInterrupt
        space = linas.Space({"a": [1, 2, 3]}, feasible=broken)
        with self.assertRaises(KeyboardInterrupt):
            space.sample(2)
        self.assertEqual(space.size, 3)


if __name__ == "__main__":
    unittest.main()
