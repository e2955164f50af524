# SPDX-License-Identifier: Apache-2.0
"""`linas ask` and `linas tell`: a search that no process holds."""
import concurrent.futures
import fcntl
import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

from evaluator import measures
from support import OBJECTIVES, SPACE, CommandTest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "slurm"


class AskTell(CommandTest):
    def setUp(self):
        super().setUp()
        self.space = self.write("space.json", SPACE)
        self.words = ["--space", self.space, *OBJECTIVES, "--evaluations", "40"]

    def ask(self, *more):
        run = self.good("ask", self.journal, *more)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def begin(self, count, *more):
        return self.ask("-n", count, *self.words, *more)

    def tell(self, text, status=0, *more):
        """Tells lines, or requests' measures."""
        if not isinstance(text, str):
            text = "".join(json.dumps({"id": r["id"], "values": measures(r)}) + "\n" for r in text)
        run = subprocess.run(self.arguments(["tell", self.journal, *more]), input=text, text=True,
                             capture_output=True, check=False, timeout=60, cwd=self.folder)
        self.assertEqual(run.returncode, status, run.stderr)
        self.assertEqual(run.stdout, "")
        return run.stderr

    def ids(self):
        return [line["id"] for line in self.evaluations()]


class Ask(AskTell):
    def test_prints_requests_of_the_protocol(self):
        batch = self.begin(5)
        self.assertEqual([r["id"] for r in batch], list(range(5)))
        for request in batch:
            self.assertEqual(list(request), ["id", "genome", "config"])
            self.assertEqual(request["config"]["d"], 2 + request["genome"][4])

    def test_one_by_default(self):
        self.begin(2)
        self.assertEqual([r["id"] for r in self.ask()], [2])

    def test_a_whole_search_by_small_and_large_asks(self):
        seen = []
        batch = self.begin(7)
        for count in (1, 9, 2, 30, 5):
            seen += batch
            self.tell(reversed(batch))
            batch = self.ask("-n", count)
        self.assertEqual(batch, [])
        self.assertEqual(len({tuple(r["genome"]) for r in seen}), 40)
        self.assertEqual(sorted(self.ids()), list(range(40)))
        self.assertIn("top1", self.good("front", self.journal).stdout)

    def test_what_is_out_is_not_handed_out_again(self):
        first, second = self.begin(5), self.ask("-n", "5")
        self.assertEqual([r["id"] for r in second], [5, 6, 7, 8, 9])
        self.tell(second[1:3])
        self.assertEqual(self.ask("--again"), first + second[:1] + second[3:])
        self.assertEqual([r["id"] for r in self.ask("-n", 2)], [10, 11])

    def test_again_hands_nothing_new_out(self):
        batch = self.begin(3)
        before = self.journal.read_bytes()
        self.assertEqual(self.ask("--again"), batch)
        self.tell(batch)
        self.assertEqual(self.ask("--again"), [])
        self.assertEqual(self.journal.read_bytes()[:len(before)], before)

    def test_end_of_the_budget(self):
        batch = self.begin(100)
        self.assertEqual(len(batch), 40)
        run = self.good("ask", self.journal, "-n", 3)
        self.assertEqual(run.stdout, "")
        self.assertIn("the whole budget is handed out; 40 have no answer yet", run.stderr)
        self.tell(batch)
        run = self.good("ask", self.journal)
        self.assertEqual(run.stdout, "")
        self.assertEqual(run.stderr, "linas: warning: the search has ended: the budget of "
                                     "evaluations is spent\n")
        self.assertEqual(len(self.ask("-n", 9, "--evaluations", 43)), 3)

    def test_end_of_the_space(self):
        self.words[-1] = "1000"
        batch = self.begin(500)
        self.assertEqual(len(batch), 9 + 27 + 81)
        self.assertIn("every sub-network is handed out; 117 have no answer",
                      self.good("ask", self.journal).stderr)
        self.tell(batch)
        self.assertIn("the search has ended: every sub-network that can be found was measured",
                      self.good("ask", self.journal).stderr)

    def test_same_description_again(self):
        self.begin(3, "--tactic", "nsga2", "--limit", "latency<=3", "--seed", 2 ** 64 - 1)
        same = ["--tactic", "nsga2", "--limit", "latency<=3", "--seed", 2 ** 64 - 1]
        self.assertEqual([r["id"] for r in self.begin(3, *same)], [3, 4, 5])
        self.assertEqual([r["id"] for r in self.ask("-n", 3)], [6, 7, 8])
        self.refused(1, "it was begun with another seed", "ask", self.journal, *self.words,
                     *same[:4])

    def test_a_torn_first_line_is_begun_again(self):
        batch = self.begin(3)
        whole = self.journal.read_bytes()
        for size in (0, 1, 30):
            self.journal.write_bytes(whole[:size])
            self.assertEqual(self.begin(3), batch)
            self.assertEqual(self.journal.read_bytes(), whole)

    def test_after_a_death_between_journal_and_output(self):
        process = subprocess.run(self.arguments(["ask", self.journal, "-n", 4, *self.words]),
                                 stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, text=True,
                                 check=False, cwd=self.folder)
        self.assertEqual(process.returncode, 1)
        self.assertEqual([r["id"] for r in self.ask()], [4])
        self.assertEqual([r["id"] for r in self.ask("--again")], [0, 1, 2, 3, 4])

    def test_a_torn_proposal_was_never_handed_out(self):
        self.begin(3)
        second = self.ask("-n", 2)
        self.journal.write_bytes(self.journal.read_bytes()[:-5])
        self.assertEqual(self.ask("-n", 2), second)

    def test_a_search_goes_on_with_it(self):
        self.tell(self.begin(10)[3:])
        words = self.search_words("good", "--evaluations", "40", "--resume", "--asynchronous")
        self.good(*words)
        self.assertEqual(sorted(self.ids()), list(range(40)))

    def test_with_what_was_imported(self):
        known = self.write("known.csv", "ks[0],ks[1],ks[2],ks[3],d,top1\n3,3,3,3,4,71.5\n")
        self.good(*self.search_words("good", "--evaluations", "3", "--asynchronous", "--import",
                                     known))
        batch = self.ask("-n", 4, "--evaluations", 7)
        self.assertEqual([r["id"] for r in batch], [3, 4, 5, 6])
        self.tell(batch)
        self.assertEqual(len(self.ids()), 7)

    def test_bad_use(self):
        self.refused(2, "ask needs the path of a journal", "ask")
        self.refused(1, "there is no journal", "ask", self.journal)
        self.refused(2, "no --objective", "ask", self.journal, "--space", self.space)
        self.refused(2, "needs --space", "ask", self.journal, "--tactic", "linas")
        self.refused(2, "exclude each other", "ask", self.journal, "--again", "-n", "2")
        self.refused(2, "-n", "ask", self.journal, "-n", "0", *self.words)
        self.refused(2, "--wait", "ask", self.journal, "--wait", "-1", *self.words)
        self.assertFalse(self.journal.exists())
        self.refused(1, "no/such", "ask", "no/such/run.jsonl", *self.words)
        self.refused(1, "hello", "ask", self.write("hello", "hello\n"))

    def test_a_search_by_batches_is_refused(self):
        self.good(*self.search_words("good", "--evaluations", "3"))
        self.refused(1, "another way of waiting", "ask", self.journal, "--evaluations", "9")


class Tell(AskTell):
    def test_bad_lines_do_not_stop_the_good_ones(self):
        batch = self.begin(6)
        good = [json.dumps({"id": r["id"], "values": measures(r)}) for r in batch]
        lines = ["", good[1], "rubbish", good[1], good[4].replace('"id": 4', '"id": 77'), "[3]",
                 '{"id":-1,"values":{}}', '{"id":0,"values":{"top1":1}}',
                 '{"id":0,"values":{"top1":1,"latency":NaN}}',
                 '{"id":0,"values":{"top1":1,"latency":"3"}}', '{"id":0}', '{"id":0,"error":3}',
                 '{"id":0,"id":1,"values":{"top1":1,"latency":2}}', '{"id":1,"error":"late"}',
                 "\xff\x00", good[0], '{"id":2,"error":"out of memory"}',
                 '{"id":3,"infeasible":"too large"}', good[5]]
        errors = self.tell("\n".join(lines), 1)
        self.assertEqual([int(n) for n in re.findall(r"line (\d+): ", errors)],
                         list(range(3, 16)), errors)
        self.assertIn("line 4: candidate 1 is answered already", errors)
        self.assertIn("line 5: there is no candidate 77", errors)
        self.assertIn("13 of 19 lines are not recorded", errors)
        for ended in ("x", "x\n"):
            self.assertIn("1 of 1 lines are not recorded", self.tell(ended, 1))
        self.assertEqual([(line["id"], line["status"]) for line in self.evaluations()],
                         [(1, "ok"), (0, "ok"), (2, "failed"), (3, "infeasible"), (5, "ok")])
        self.assertEqual(self.evaluations()[2]["reason"], "out of memory")
        self.assertEqual([r["id"] for r in self.ask("--again")], [4])

    def test_nothing(self):
        self.begin(1)
        self.assertEqual(self.tell(""), "")
        self.assertEqual(self.tell("\n \r\n"), "")

    def test_more_than_one_read(self):
        batch = self.begin(40)
        text = "".join(json.dumps({"id": r["id"], "values": measures(r), "log": "x" * 70000}) + "\n"
                       for r in batch)
        self.tell(text)
        self.assertEqual(self.ids(), list(range(40)))

    def test_each_line_is_recorded_at_once_and_the_lock_given_back(self):
        batch = self.begin(4)
        process = subprocess.Popen(self.arguments(["tell", self.journal]), stdin=subprocess.PIPE,
                                   text=True, cwd=self.folder)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        for count, request in enumerate(batch, 1):
            line = json.dumps({"id": request["id"], "values": measures(request)})
            process.stdin.write(line + "\n")
            process.stdin.flush()
            self.wait_for_evaluations(process, count)
            self.ask("--wait", 30)

    def test_of_a_search_by_batches_that_was_interrupted(self):
        self.good(*self.search_words("good", "--evaluations", "30"))
        whole = self.journal.read_bytes()
        lines = whole.splitlines(keepends=True)
        self.journal.write_bytes(b"".join(lines[:8]))  # 6 of the first 20 are answered
        self.tell("".join(json.dumps({"id": e["id"], "values": e["values"]}) + "\n"
                          for e in map(json.loads, lines[8:20])))
        self.assertTrue(whole.startswith(self.journal.read_bytes()))
        self.assertGreater(len(self.ids()), 12)

    def test_bad_use(self):
        self.refused(2, "tell needs the path of a journal", "tell")
        self.assertIn("there is no journal", self.tell("{}\n", 1))
        self.assertFalse(self.journal.exists())


class Concurrent(AskTell):
    def test_asks_that_begin_the_journal_together_are_disjoint(self):
        words = self.arguments(["ask", self.journal, "-n", 5, *self.words])
        command = "seq 8 | xargs -P 8 -I{} sh -c '%s >{}.out'" % " ".join(
            shlex.quote(str(word)) for word in words)
        subprocess.run(command, shell=True, check=True, cwd=self.folder, timeout=60)
        ids = [[json.loads(line)["id"] for line in path.read_text().splitlines()]
               for path in self.folder.glob("*.out")]
        self.assertEqual([len(part) for part in ids], [5] * 8)
        self.assertEqual(sorted(sum(ids, [])), list(range(40)))

    def test_workers_that_ask_and_tell(self):
        self.ask("-n", 1, *self.words)

        def work(_):
            while batch := self.ask("-n", 2):
                self.tell(batch)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        self.assertEqual(sorted(self.ids()), list(range(1, 40)))

    def test_a_lock_that_is_never_given_back(self):
        self.begin(2)
        before = self.journal.read_bytes()
        with self.journal.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.refused(1, "others write this journal, also after 0.2 seconds", "ask",
                         self.journal, "--wait", "0.2")
            self.assertIn("others write this journal", self.tell("{}\n", 1, "--wait", "0"))
        self.assertEqual(self.journal.read_bytes(), before)


class Slurm(AskTell):
    """The example's scripts with a stand-in for Slurm."""

    SBATCH = """#!/bin/sh
for word; do case $word in --array=*) last=${word##*-};; *) script=$word;; esac; done
last=${last%%%*}
seq 0 "$last" | xargs -P 4 -I{} env SLURM_ARRAY_TASK_ID={} sh "$script"
"""

    MEASURE = """import json, os, sys
for line in sys.stdin:
    request = json.loads(line)
    if request["id"] == 3 and not os.path.exists("repaired"): sys.exit("the device is lost")
    score = sum(request["genome"])
    print(json.dumps({"id": request["id"], "values": {"top1": score, "latency": score}}))
"""

    def setUp(self):
        super().setUp()
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for path in EXAMPLES.glob("*.sh"):
            self.write(path.name, path.read_bytes())
        linas = "#!/bin/sh\nexec %s \"$@\"\n" % shlex.join(self.arguments([]))
        for name, text in (("sbatch", self.SBATCH), ("linas", linas)):
            self.write("bin/" + name, text).chmod(0o755)
        self.write("measure.py", self.MEASURE)

    def run_script(self, *words):
        run = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False,
                             timeout=100, env={"PATH": "%s:/usr/bin:/bin" % self.bin, "N": "8",
                                               "BUDGET": "20", "SPACE": str(self.space),
                                               "PYTHON": sys.executable})
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stderr

    def test_arrays(self):
        errors = self.run_script("sh", "search.sh")
        self.assertIn("the device is lost", errors)
        self.assertEqual(sorted(self.ids()), [i for i in range(20) if i != 3], errors)
        self.write("repaired", "")
        self.run_script("sh", "search.sh")  # begins with what was lost
        self.assertEqual(sorted(self.ids()), list(range(20)))

    def test_workers(self):
        errors = self.run_script("sbatch", "--array=0-3", "worker.sh")
        self.assertEqual(sorted(self.ids()), [i for i in range(20) if i != 3], errors)
        self.assertEqual([r["id"] for r in self.ask("--again")], [3])


if __name__ == "__main__":
    unittest.main()
