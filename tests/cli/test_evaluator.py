# SPDX-License-Identifier: Apache-2.0
"""Evaluator programs, the good and the bad: none of them may hang or break a search."""
import json
import os
import pathlib
import resource
import signal
import time
import unittest

from evaluator import ODD
from support import SPACE, CommandTest


SILENCE = "no answer within 3 seconds"  # long enough for a program to start on a busy machine


def is_running(pid):
    """Does the process run (a zombie does not)?"""
    try:
        return pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Good(CommandTest):
    def test_protocol(self):
        asked = self.folder / "asked"
        self.good(*self.search_words("echo", "--evaluations", "30", argument=[asked]))
        requests = [json.loads(line) for line in asked.read_text().splitlines()]
        lines = self.evaluations()
        self.assertEqual(len(lines), 30)
        self.assertEqual([r["id"] for r in requests], [line["id"] for line in lines])
        for request, line in zip(requests, lines):
            self.assertEqual(sorted(request), ["config", "genome", "id"])
            self.assertEqual(request["genome"], line["genome"])
            ks, depth = request["genome"][:4], request["genome"][4]
            self.assertEqual(request["config"], {"ks": [[3, 5, 7][g] for g in ks],
                                                 "d": [2, 3, 4][depth]})
            self.assertEqual(ks[depth + 2:], [0] * (2 - depth))  # canonical
            self.assertEqual(line["status"], "ok")
            self.assertAlmostEqual(line["values"]["latency"], 1.5 + 0.3 * sum(line["genome"]))

    def test_the_whole_space(self):
        run = self.good(*self.search_words("good", "--evaluations", "250"))
        self.assertEqual(len(self.evaluations()), 9 + 27 + 81)
        self.assertIn("evaluations: 117\n", run.stdout)

    def test_preset(self):
        self.good("search", "--space", "ofa-mobilenetv3", "--evaluator", self.evaluator("good"),
                  "--objective", "top1:max", "--objective", "latency:min", "--evaluations", "25",
                  "--journal", self.journal)
        self.assertEqual(len(self.evaluations()[0]["genome"]), 45)

    def test_more_than_asked_for_is_fine(self):
        self.good(*self.search_words("extra", "--evaluations", "8"))
        self.assertEqual({line["status"] for line in self.evaluations()}, {"ok"})

    def test_its_messages_pass_through(self):
        run = self.good(*self.search_words("noisy", "--evaluations", "3"))
        self.assertIn("measuring 1\n", run.stderr)

    def test_several_outstanding_answered_backwards(self):
        self.good(*self.search_words("backwards", "--evaluations", "10", "--jobs", "5", "--initial",
                                     "10", argument=[5]))
        ids = [line["id"] for line in self.evaluations()]
        self.assertEqual(sorted(ids), list(range(10)))
        self.assertEqual(ids[:5], sorted(ids[:5], reverse=True))
        for line in self.evaluations():
            self.assertAlmostEqual(line["values"]["latency"], 1.5 + 0.3 * sum(line["genome"]))

    def test_fewer_outstanding_than_a_batch(self):
        self.good(*self.search_words("good", "--evaluations", "40", "--jobs", "3"))
        self.assertEqual(len(self.evaluations()), 40)

    def test_asynchronous(self):
        # It answers nothing before five requests have come: batches of two would be too few.
        words = ("--jobs", "5", "--initial", "2", "--batch", "2", "--asynchronous", "--evaluations")
        self.good(*self.search_words("backwards", *words, "15", argument=[5]))
        self.assertEqual(sorted(line["id"] for line in self.evaluations()), list(range(15)))

    def test_it_is_ended_in_peace(self):
        self.write("quiet.py", "import sys\nfor line in sys.stdin: pass\n"
                   "open('ended', 'w').write('in peace')\n")
        command = "sh -c 'sed -u \"s/^.*$/{}/\" | cat; echo done >ended'"
        self.linas("search", "--space", self.write("s.json", SPACE), "--evaluator", command,
                   "--objective", "m:max", "--evaluations", "2")
        self.assertEqual((self.folder / "ended").read_text(), "done\n")

    def test_words_of_the_command(self):
        """Quotes and backslashes as a shell reads them; nothing else of a shell."""
        script = self.write("words.py", "import sys\nopen('words', 'w').write(repr(sys.argv[1:]))\n")
        words = "'a b' \"c \\\" d\" e\\ f '' $HOME *.py | ; g'h'i \"\\n\" '\\'"
        self.linas("search", "--space", self.write("s.json", SPACE), "--evaluator",
                   "python3 %s %s" % (script, words), "--objective", "m:max")
        self.assertEqual((self.folder / "words").read_text(), repr(
            ["a b", 'c " d', "e f", "", "$HOME", "*.py", "|", ";", "ghi", "\\n", "\\"]))

    def test_descriptors(self):
        """It gets its three standard streams and nothing of ours, in its second life neither."""
        seen = self.folder / "seen"
        self.good(*self.search_words("descriptors", "--evaluations", "1", argument=[seen]))
        self.assertEqual(seen.read_text(), "0 1 2 3")  # 3: the listing's own
        self.write("once.py", "import os, sys\n"
                   "if not os.path.exists('lived'): open('lived', 'w').close(); sys.exit(1)\n"
                   "os.execv(sys.argv[1], sys.argv[1:])\n")
        words = self.search_words("descriptors", "--evaluations", "2", argument=[seen])
        at = words.index("--evaluator") + 1
        words[at] = "python3 once.py " + words[at]
        self.journal.unlink()
        self.good(*words)
        self.assertEqual(seen.read_text(), "0 1 2 3")


class Bad(CommandTest):
    """One candidate fails with a reason, the others are measured."""

    def check(self, mode, reason, *more, argument=(), count=6, failed=(ODD,), status="failed"):
        begun = time.monotonic()
        run = self.good(*self.search_words(mode, "--evaluations", count, *more, argument=argument))
        self.assertLess(time.monotonic() - begun, 45)
        lines = {line["id"]: line for line in self.evaluations()}
        self.assertEqual(sorted(lines), list(range(count)))
        for number, line in lines.items():
            if number in failed:
                self.assertEqual(line["status"], status)
                self.assertIn(reason, line["reason"])
                self.assertIn("linas: warning: evaluation %d %s: " % (
                    number, "is infeasible" if status == "infeasible" else "failed"), run.stderr)
                self.assertIn(reason, run.stderr)
            else:
                self.assertEqual(line["status"], "ok", line)
        self.assertIn("failed in this run: %d" % len(failed), run.stdout)
        return run

    def test_error(self):
        self.check("error", "out of memory on the device")

    def test_infeasible(self):
        self.check("infeasible", "it does not fit the device", status="infeasible")

    def test_death(self):
        self.check("dying", "the evaluator ended with exit status 3")

    def test_death_with_others_outstanding(self):
        run = self.good(*self.search_words("dying", "--evaluations", "8", "--jobs", "4"))
        lines = self.evaluations()
        self.assertEqual(len(lines), 8)
        self.assertIn(ODD, [line["id"] for line in lines if line["status"] == "failed"])
        self.assertIn("ended with exit status 3", run.stderr)

    def test_killed(self):
        self.check("killed", "the evaluator was killed by signal %d (Segmentation fault)"
                   % signal.SIGSEGV)

    def test_silence(self):
        self.check("silent", SILENCE, "--timeout", "3", status="timed out")

    def test_silence_with_others_outstanding(self):
        self.check("silent", SILENCE, "--timeout", "3", "--jobs", "4", status="timed out")

    def test_silence_that_heeds_no_signal(self):
        self.check("stubborn", SILENCE, "--timeout", "3", status="timed out")

    def test_slow_is_not_silent(self):
        """The clock starts again with every answer, however many wait in line."""
        self.good(*self.search_words("slow", "--evaluations", "8", "--jobs", "8", "--timeout",
                                     "3", argument=["0.5"]))
        self.assertEqual({line["status"] for line in self.evaluations()}, {"ok"})

    def test_reads_nothing(self):
        run = self.linas(*self.search_words("stuck", "--evaluations", "2", "--timeout", "0.3"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("linas: all 2 evaluations failed; the last: no answer within 0.3 seconds",
                      run.stderr)

    def test_rubbish(self):
        self.check("rubbish", "wrote a line that is not JSON")

    def test_not_a_number(self):
        self.check("not_a_number", "wrote a line that is not JSON")

    def test_not_a_number_finds_its_id(self):
        self.check("not_a_number", "wrote a line that is not JSON", "--jobs", "4")

    def test_text_for_a_number(self):
        self.check("text_value", "the value of 'top1' is not a number")

    def test_missing_value(self):
        self.check("missing", "the answer has no value of 'latency'")

    def test_no_values(self):
        self.check("no_values", "neither an object 'values' nor an 'error'")

    def test_no_id(self):
        self.check("no_id", "a line without an integer 'id'")

    def test_array(self):
        self.check("array", "a line without an integer 'id'")

    def test_unknown_id(self):
        self.check("unknown", "the evaluator answered id 123456, which is not outstanding")

    def test_one_id_for_all(self):
        self.check("same_id", "the evaluator answered id 0, which is not outstanding",
                   failed=range(1, 6))

    def test_answers_twice(self):
        run = self.good(*self.search_words("twice", "--evaluations", "6"))
        self.assertEqual(len(self.evaluations()), 6)
        self.assertIn("which is not outstanding", run.stderr)

    def test_endless_line(self):
        self.check("long_line", "a line of more than 1048576 bytes")

    def test_flood_of_nothing(self):
        self.check("flood", SILENCE, "--timeout", "3", status="timed out")

    def test_closed_output(self):
        self.check("close_output", "the evaluator closed its standard output")

    def test_closed_input(self):
        self.check("close_input", "the evaluator closed its standard", "--timeout", "20",
                   failed=(ODD + 1,))

    def test_no_line_end(self):
        """What was written before the end counts, with or without a line end."""
        run = self.linas(*self.search_words("no_line_end", "--evaluations", "4"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.evaluations()[0]["status"], "ok")


class Attempts(CommandTest):
    """What fails is tried again, up to the limit; the journal holds each attempt."""

    def attempts(self):
        text = self.journal.read_text(encoding="utf-8")
        return [line for line in map(json.loads, text.splitlines()) if line.get("type") == "attempt"]

    def test_none_is_the_default(self):
        run = self.good(*self.search_words("flaky", "--evaluations", "6", argument=[1]))
        self.assertEqual({line["id"] for line in self.evaluations() if line["status"] != "ok"},
                         {1, 3, 5})
        self.assertEqual(self.attempts(), [])
        self.assertIn("failed in this run: 3", run.stdout)

    def test_enough(self):
        for jobs in (1, 4):
            run = self.good(*self.search_words("flaky", "--evaluations", "8", "--attempts", "3",
                                               "--jobs", jobs, argument=[2]))
            self.assertEqual([line["status"] for line in self.evaluations()], ["ok"] * 8)
            self.assertEqual(sorted(line["id"] for line in self.attempts()),
                             [1, 1, 3, 3, 5, 5, 7, 7])
            self.assertNotIn("failed", run.stdout)
            self.assertIn("evaluation 1 failed and will be tried again: attempt 2", run.stderr)
            self.journal.unlink()

    def test_too_few(self):
        run = self.good(*self.search_words("flaky", "--evaluations", "6", "--attempts", "2",
                                           argument=[2]))
        lines = {line["id"]: line for line in self.evaluations()}
        for number, line in lines.items():
            self.assertEqual(line["status"], "failed" if number % 2 else "ok")
        self.assertEqual(lines[5]["reason"], "attempt 2")
        self.assertIn("failed in this run: 3", run.stdout)
        self.assertIn("evaluation 5 failed: attempt 2", run.stderr)

    def test_silence_counts(self):
        run = self.good(*self.search_words("silent", "--evaluations", "4", "--attempts", "2",
                                           "--timeout", "3"))
        self.assertEqual([line["status"] for line in self.attempts()], ["timed out"])
        self.assertIn("timed out", [line["status"] for line in self.evaluations()], run.stderr)


class Reference(CommandTest):
    """The first sub-network that was measured is measured again and again."""

    def test_drift_is_told(self):
        run = self.good(*self.search_words("warming", "--evaluations", "12", "--remeasure", "4",
                                           "--drift-limit", "0.05", argument=["0.01"]))
        again = [line for line in map(json.loads, self.journal.read_text().splitlines())
                 if line.get("type") == "remeasurement"]
        self.assertEqual([line["after"] for line in again], [4, 8])
        self.assertEqual(len(self.evaluations()), 12)
        self.assertRegex(run.stdout, r"\ndrift of top1: \+0 % in 3 measurements of sub-network 0 "
                         r"\(standard deviation 0\)\n"
                         r"drift of latency: \+9 % in 3 measurements of sub-network 0 "
                         r"\(standard deviation [\d.]+\), beyond the limit\nfront: ")
        self.assertEqual(run.stderr.count("latency of the reference sub-network 0 has changed"), 1)

    def test_without_a_limit_nothing_is_warned_of(self):
        run = self.good(*self.search_words("warming", "--evaluations", "12", "--remeasure", "4",
                                           argument=["0.01"]))
        self.assertNotIn("reference", run.stderr)
        self.assertIn("drift of latency: +9 %", run.stdout)
        self.assertNotIn("beyond", run.stdout)

    def test_it_changes_no_proposal(self):
        def genomes(*more):
            self.journal.unlink(missing_ok=True)
            self.good(*self.search_words("good", "--evaluations", "30", *more))
            return [line["genome"] for line in self.evaluations()]
        self.assertEqual(genomes(), genomes("--remeasure", "3"))

    def test_it_may_fail(self):
        run = self.good(*self.search_words("lost_reference", "--evaluations", "10", "--remeasure",
                                           "3"))
        self.assertIn("evaluation 0 could not be measured again: gone", run.stderr)
        self.assertNotIn("failed in this run", run.stdout)
        self.assertNotIn("drift", run.stdout)
        self.assertEqual([line["status"] for line in self.evaluations()], ["ok"] * 10)

    def test_in_a_table(self):
        table = self.write("t.csv", "a,m\n1,2\n2,3\n3,5\n4,1\n5,0\n6,7\n")
        run = self.good("search", "--table", table, "--variables", "a", "--objective", "m:max",
                        "--evaluations", "6", "--remeasure", "1", "--journal", self.journal)
        self.assertEqual(len(self.evaluations()), 6)
        self.assertIn("drift of m: +0 % in ", run.stdout)


class Hopeless(CommandTest):
    """The search ends with a message, and the journal can be resumed."""

    def check(self, mode, status, *messages, more=()):
        run = self.linas(*self.search_words(mode, "--evaluations", "20", *more))
        self.assertEqual(run.returncode, status, run.stderr)
        for message in messages:
            self.assertIn(message, run.stderr)
        count = len(self.evaluations())
        self.good(*self.search_words("good", "--evaluations", "20", "--resume"))
        self.assertEqual(len(self.evaluations()), 20)
        return count

    def test_dead_at_once(self):
        count = self.check("dead", 1, "linas: the evaluator ended 3 times without an answer; "
                           "the last: the evaluator ended with exit status 7")
        self.assertEqual(count, 3)

    def test_true(self):
        run = self.linas("search", "--space", self.write("s.json", SPACE), "--evaluator", "true",
                         "--objective", "m:max")
        self.assertEqual(run.returncode, 1)
        self.assertIn("ended with exit status 0", run.stderr)

    def test_everything_fails(self):
        run = self.linas(*self.search_words("errors", "--evaluations", "20"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("linas: all 20 evaluations failed; the last: the device is on fire\n",
                      run.stderr)
        self.assertEqual(run.stderr.count("evaluation"), 11)  # ten told one by one
        self.assertEqual([line["status"] for line in self.evaluations()], ["failed"] * 20)
        self.assertEqual(self.evaluations()[0]["reason"], "the device\nis on fire")

    def test_nothing_but_rubbish(self):
        run = self.linas(*self.search_words("nothing_but_rubbish", "--evaluations", "5"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("linas: all 5 evaluations failed", run.stderr)

    def test_what_it_leaves_behind_ends_with_it(self):
        path = self.folder / "child"
        run = self.linas(*self.search_words("child", "--evaluations", "3", argument=[path]))
        self.assertIn(run.returncode, (0, 1), run.stderr)
        pid = int(path.read_text())
        until = time.monotonic() + 5
        while is_running(pid) and time.monotonic() < until:
            time.sleep(0.02)
        self.assertFalse(is_running(pid))


    def test_a_brood_ends_with_it(self):
        path = self.folder / "brood"
        run = self.linas(*self.search_words("brood", "--evaluations", "4", argument=[path]))
        self.assertEqual(run.returncode, 0, run.stderr)
        pids = [int(line) for line in path.read_text().split()]
        self.assertGreaterEqual(len(pids), 6)
        until = time.monotonic() + 10
        while any(map(is_running, pids)) and time.monotonic() < until:
            time.sleep(0.02)
        self.assertFalse(any(map(is_running, pids)))

    def test_no_shell_reads_its_command(self):
        made = self.folder / "made"
        words = self.search_words("good", "--evaluations", "3")
        place = words.index("--evaluator") + 1
        words[place] += " ; touch %s & $(touch %s) > %s" % (made, made, made)
        self.linas(*words)
        self.assertFalse(made.exists())

    def test_a_full_disk_keeps_the_journal(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        run = self.linas(*self.search_words("good", "--evaluations", "30"), preexec_fn=small_files)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn("cannot write the journal", run.stderr)
        kept = len(self.evaluations())
        self.assertGreater(kept, 3)
        self.good(*self.search_words("good", "--evaluations", "30", "--resume"))
        resumed = self.journal.read_bytes()
        self.assertEqual(len(self.evaluations()), 30)
        self.journal.unlink()
        self.good(*self.search_words("good", "--evaluations", "30"))
        self.assertEqual(resumed, self.journal.read_bytes())


class Interrupted(CommandTest):
    def start_slow(self, *more):
        return self.start(*self.search_words("slow", "--evaluations", "100", *more,
                                             argument=["0.02"]))

    def test_signals(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            self.journal.unlink(missing_ok=True)
            process = self.start_slow()
            self.wait_for_evaluations(process, 5)
            begun = time.monotonic()
            returned, output, errors = self.interrupt(process, number)
            self.assertLess(time.monotonic() - begun, 20)
            self.assertEqual(returned, status, errors)
            self.assertIn("linas: interrupted; --resume continues with the journal\n", errors)
            self.assertIn("stopped: interrupted\n", output)
            self.assertGreaterEqual(len(self.evaluations()), 5)
            self.good("front", self.journal)

    def test_resume_after_interrupt(self):
        process = self.start_slow()
        self.wait_for_evaluations(process, 12)
        self.interrupt(process)
        self.good(*self.search_words("good", "--evaluations", "100", "--resume"))
        resumed = self.journal.read_bytes()
        self.journal.unlink()
        self.good(*self.search_words("good", "--evaluations", "100"))
        self.assertEqual(resumed, self.journal.read_bytes())

    def test_while_the_evaluator_is_silent(self):
        process = self.start(*self.search_words("stubborn", "--evaluations", "9"))
        self.wait_for_evaluations(process, ODD)
        time.sleep(0.3)
        begun = time.monotonic()
        returned, _, errors = self.interrupt(process)
        self.assertEqual(returned, 130, errors)
        self.assertLess(time.monotonic() - begun, 20)

    def test_second_signal_does_not_wait(self):
        process = self.start(*self.search_words("stubborn", "--evaluations", "9"))
        self.wait_for_evaluations(process, ODD)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.4)
        returned, _, _ = self.interrupt(process)
        self.assertEqual(returned, 130)

    def test_no_evaluator_survives(self):
        process = self.start_slow()
        self.wait_for_evaluations(process, 2)
        children = pathlib.Path("/proc/%d/task/%d/children" % (process.pid, process.pid))
        pids = [int(word) for word in children.read_text().split()]
        self.assertTrue(pids)
        self.interrupt(process)
        self.assertFalse(any(map(is_running, pids)))


if __name__ == "__main__":
    unittest.main()
