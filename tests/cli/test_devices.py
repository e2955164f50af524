# SPDX-License-Identifier: Apache-2.0
"""Several evaluators, each a device: none waits, none is lost silently, none is mixed in silently."""
import json
import pathlib
import signal
import time
import unittest

from support import OBJECTIVES, SPACE, CommandTest
from test_evaluator import is_running


class Devices(CommandTest):
    def words(self, *modes, count=20, more=()):
        """A search with an evaluator for each mode, such as "slow 0.1"."""
        words = ["search", "--space", self.write("space.json", SPACE), *OBJECTIVES]
        for mode in modes:
            words += ["--evaluator", self.evaluator(*mode.split())]
        return [*words, "--journal", self.journal, "--evaluations", count, *more]

    def record(self):
        """What the file beside the journal says: its devices, and the answers in order."""
        text = self.folder.joinpath("run.jsonl.devices").read_text(encoding="utf-8")
        lines = [json.loads(line) for line in text.splitlines()]
        return ([line for line in lines if "command" in line],
                [line for line in lines if "id" in line])

    def check_whole(self, count=20):
        """Every sub-network was measured well and once, by a device that is known."""
        lines = self.evaluations()
        self.assertEqual([line["status"] for line in lines], ["ok"] * count)
        self.assertEqual(len({line["id"] for line in lines}), count)
        self.assertEqual([line["id"] for line in lines], [a["id"] for a in self.record()[1]])
        self.assertNotIn('"attempt"', self.journal.read_text())

    def shares(self):
        shares = {}
        for answer in self.record()[1]:
            shares[answer["device"]] = shares.get(answer["device"], 0) + 1
        return shares

    def test_work_is_shared(self):
        run = self.good(*self.words("slow 0.02", "slow 0.02"))
        self.check_whole()
        self.assertEqual(set(self.shares()), {1, 2})
        self.assertIn("device 2", run.stdout)
        self.assertIn("top1 x 1, latency x 1\n", run.stdout)
        self.assertNotIn("warning", run.stderr)

    def test_no_barrier(self):
        """The second answers nothing but the reference before the first has answered ten."""
        self.good(*self.words("counting meet", "waiting meet", more=["--initial", "2"]))
        self.check_whole()
        by = [answer["device"] for answer in self.record()[1]]
        self.assertGreaterEqual(by.index(2), 10)

    def test_killed(self):
        run = self.good(*self.words("slow 0.02", "killed_once died"))
        self.check_whole()
        self.assertIn("which goes to another one: the evaluator was killed by signal 9", run.stderr)
        self.assertTrue(self.folder.joinpath("died").exists())

    def test_taken_out(self):
        run = self.good(*self.words("slow 0.02", "dead"))
        self.check_whole()
        self.assertIn("is taken out; 1 left", run.stderr)
        self.assertRegex(run.stdout, r"device 2 \(.*\): 0 evaluations, not compared, taken out\n")
        self.assertEqual(set(self.shares()), {1})

    def test_cannot_be_started(self):
        words = self.words("good")
        run = self.good(*words, "--evaluator", "./nothing")
        self.check_whole()
        self.assertIn("cannot start the evaluator './nothing'", run.stderr)
        self.assertRegex(run.stdout, r"device 2 \(./nothing\): .*, taken out\n")

    def test_all_dead(self):
        run = self.linas(*self.words("dead", "dead"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("no device is left; --resume continues with the journal\n", run.stderr)
        self.assertEqual(self.evaluations(), [])
        self.good(*self.words("good", "good", more=["--resume"]))
        self.check_whole()

    def test_dying_all_on_the_way(self):
        run = self.linas(*self.words("mortal 5", "mortal 5"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("no device is left", run.stderr)
        self.assertEqual(run.stdout.count(", taken out\n"), 2)
        lost = [line for line in self.evaluations() if line["status"] != "ok"]
        self.assertLessEqual(len(lost), 3)  # which two devices ended with
        self.good(*self.words("good", "good", more=["--resume"]))
        lines = self.evaluations()
        self.assertEqual(sorted(line["id"] for line in lines), list(range(20)))
        self.assertEqual([line for line in lines if line["status"] != "ok"], lost)

    def test_a_deadly_sub_network(self):
        """One that ends each device has failed; the devices go on."""
        for mode in "killed", "deadly_reference":
            self.journal.unlink(missing_ok=True)
            run = self.good(*self.words(mode, mode, count=8))
            self.assertEqual([line["status"] for line in self.evaluations()].count("failed"), 1)
            self.assertNotIn("taken out", run.stderr + run.stdout)

    def test_silent(self):
        process = self.start(*self.words("slow 0.3", "mute", count=100, more=["--timeout", "1.5"]))
        for line in process.stderr:
            if "device 2" in line and "is taken out; 1 left" in line:
                break
        else:
            self.fail("the search ended with a device that never answered")
        self.interrupt(process)
        self.assertLessEqual([line["status"] for line in self.evaluations()].count("timed out"), 3)

    def test_speeds_are_reported(self):
        run = self.good(*self.words("good", "scaled 1.5", more=["--seed", "3"]))
        self.assertRegex(run.stderr, r"device 2 \(.* scaled 1.5\) measures latency [0-9.]+ where "
                                     r"device 1 \(.* good\) measures [0-9.]+, ratio 1.5: ")
        self.assertEqual(run.stderr.count("ratio"), 1)
        self.assertIn("top1 x 1, latency x 1.5 (BEYOND THE LIMIT)\n", run.stdout)
        devices, _ = self.record()
        self.assertAlmostEqual(devices[1]["ratios"]["latency"], 1.5)
        by = {answer["id"]: answer["device"] for answer in self.record()[1]}
        for line in self.evaluations():  # as measured
            self.assertAlmostEqual(line["values"]["latency"], (1.5 + 0.3 * sum(line["genome"])) *
                                   (1.5 if by[line["id"]] == 2 else 1))
        self.journal.unlink()
        run = self.good(*self.words("good", "scaled 1.5", more=["--device-limit", "0.6"]))
        self.assertNotIn("ratio", run.stderr)
        self.assertIn("latency x 1.5\n", run.stdout)

    def test_calibrate(self):
        run = self.good(*self.words("slow 0.02", "scaled 1.5", more=["--calibrate", "latency"]))
        self.check_whole()
        self.assertNotIn("warning", run.stderr)
        self.assertIn("latency x 1.5 (divided by it)\n", run.stdout)
        measured = {answer["id"]: answer for answer in self.record()[1]}
        self.assertEqual(set(self.shares()), {1, 2})
        for line in self.evaluations():
            true = 1.5 + 0.3 * sum(line["genome"])
            self.assertAlmostEqual(line["values"]["latency"], true)
            factor = 1.5 if measured[line["id"]]["device"] == 2 else 1
            self.assertAlmostEqual(measured[line["id"]]["measured"]["latency"], true * factor)

    def test_what_cannot_be_calibrated(self):
        for factor in "0", "-1":
            self.journal.unlink(missing_ok=True)
            words = self.words("good", "scaled " + factor, more=["--calibrate", "latency"])
            run = self.good(*words)
            self.check_whole()
            self.assertIn("cannot be calibrated", run.stderr)
            self.assertEqual(set(self.shares()), {1})
        self.journal.unlink()
        run = self.linas(*self.words("errors", "errors", more=["--calibrate", "latency"]))
        self.assertEqual(run.returncode, 1)
        self.assertIn("which --calibrate needs", run.stderr)

    def test_one_is_as_ever(self):
        run = self.good(*self.words("good"))
        self.assertNotIn("device", run.stdout + run.stderr)
        self.assertNotIn("outstanding", self.journal.read_text().split("\n")[0])
        self.assertFalse(self.folder.joinpath("run.jsonl.devices").exists())

    def test_interrupted(self):
        process = self.start(*self.words("slow 0.05", "slow 0.05", count=60))
        self.wait_for_evaluations(process, 5)
        self.assertEqual(self.interrupt(process)[0], 130)
        with open(self.folder / "run.jsonl.devices", "a", encoding="utf-8") as torn:
            torn.write('{"device":3,"command":"')
        self.good(*self.words("good", "good", count=60, more=["--resume"]))
        lines = self.evaluations()
        self.assertEqual(sorted(line["id"] for line in lines), list(range(60)))
        text = self.folder.joinpath("run.jsonl.devices").read_text().splitlines()
        self.assertEqual(len([line for line in text if line.endswith("}")]), len(text) - 1)

    def test_second_signal_ends_all(self):
        process = self.start(*self.words("stubborn_mute", "stubborn_mute"))
        self.wait_for_evaluations(process, 1)
        time.sleep(0.3)
        children = pathlib.Path("/proc/%d/task/%d/children" % (process.pid, process.pid))
        pids = [int(word) for word in children.read_text().split()]
        self.assertEqual(len(pids), 2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.4)
        self.assertEqual(self.interrupt(process)[0], 130)
        until = time.monotonic() + 20
        while any(map(is_running, pids)) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertFalse(any(map(is_running, pids)))

    def test_usage(self):
        one, two = self.words("good"), self.words("good", "good")
        self.refused(2, "--calibrate needs several --evaluator", *one, "--calibrate", "latency")
        self.refused(2, "--device-limit needs several --evaluator", *one, "--device-limit", "1")
        self.refused(2, "--device-limit needs a number above 0", *two, "--device-limit", "0")
        self.refused(2, "'energy', which is no objective", *two, "--calibrate", "latency,energy")
        self.refused(2, "--remeasure watches one device", *two, "--remeasure", "5")
        many = ["--evaluator", "x"] * 63
        self.refused(2, "--evaluator may be given 64 times at most", *two, *many)


if __name__ == "__main__":
    unittest.main()
