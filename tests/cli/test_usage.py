# SPDX-License-Identifier: Apache-2.0
"""Help, version, and every wrong use of the command line."""
import subprocess
import unittest

from support import OBJECTIVES, SPACE, CommandTest

TABLE = "a,b,top1,latency\n0,0,70,1\n1,0,71,2\n0,1,72,3\n1,1,73,4\n"


class Texts(CommandTest):
    def test_version(self):
        run = self.good("--version")
        self.assertRegex(run.stdout, r"\Alinas \d+\.\d+\.\d+\n.*licence=")

    def test_help(self):
        general = self.good("--help").stdout
        self.assertEqual(self.good("help").stdout, general)
        self.assertEqual(self.good("-h").stdout, general)
        for command in ("search", "front", "spaces"):
            self.assertIn(command, general)
            text = self.good("help", command).stdout
            self.assertTrue(text.startswith("linas " + command))
            self.assertEqual(self.good(command, "--help").stdout, text)

    def test_help_names_every_option(self):
        text = self.good("help", "search").stdout
        for option in ("space evaluator timeout jobs table variables ordinal objective limit tactic "
                       "evaluations initial batch population seed journal resume attempts remeasure "
                       "drift-limit survival").split():
            self.assertIn("--%s " % option, text)

    def test_lines_fit_a_terminal(self):
        for words in (["--help"], ["help", "search"], ["help", "front"], ["help", "spaces"]):
            for line in self.good(*words).stdout.splitlines():
                self.assertLess(len(line), 100, line)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            run = subprocess.run(self.arguments(["spaces"]), stdout=full, stderr=subprocess.PIPE,
                                 text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("linas: cannot write the output", run.stderr)


class Words(CommandTest):
    def test_commands(self):
        self.refused(2, "which command?")
        self.refused(2, "unknown command 'serach'", "serach")
        self.refused(2, "no help on 'x'", "help", "x")
        self.refused(2, "unexpected argument 'x'", "search", "x")
        self.refused(2, "unexpected argument 'b'", "spaces", "a", "b")
        self.refused(2, "needs the path of a journal", "front")

    def test_options(self):
        self.refused(2, "unknown option '--sed=3'", "search", "--sed=3")
        self.refused(2, "unknown option '--see'", "search", "--see", "3")
        self.refused(2, "--seed needs a value", "search", "--seed")
        self.refused(2, "--seed is given twice", "search", "--seed", "1", "--seed=1")
        self.refused(2, "--resume takes no value", "search", "--resume=yes")
        self.refused(2, "--json and --csv exclude", "front", "x", "--json", "--csv")

    def test_hostile_text_stays_one_line(self):
        self.refused(2, "unknown command 'a b'", "a\nb")


class Search(CommandTest):
    def setUp(self):
        super().setUp()
        self.table = self.write("t.csv", TABLE)
        self.space = self.write("space.json", SPACE)

    def bad(self, status, message, *more, objectives=OBJECTIVES):
        self.refused(status, message, "search", "--table", self.table, "--variables", "a,b",
                     *objectives, *more)

    def test_source(self):
        self.refused(2, "needs --space and --evaluator, or --table", "search", *OBJECTIVES)
        self.refused(2, "--table excludes", "search", "--table", "t", "--space", "s")
        self.refused(2, "--table excludes", "search", "--table", "t", "--evaluator", "s")
        self.refused(2, "--table needs --variables", "search", "--table", "t")
        self.refused(2, "--space needs --evaluator", "search", "--space", "t")
        self.refused(2, "--variables needs --table", "search", "--space", "s", "--evaluator", "e",
                     "--variables", "a")
        self.refused(2, "--ordinal needs --table", "search", "--space", "s", "--evaluator", "e",
                     "--ordinal", "a")
        self.bad(2, "--resume needs --journal", "--resume")
        self.bad(2, "--timeout needs --evaluator", "--timeout", "3")

    def test_objectives(self):
        self.bad(2, "no --objective is given", objectives=[])
        for text in ("top1", "top1:", "top1:up", "top1:maximal", "top1::%"):
            self.bad(2, "objective '%s' has no direction: write top1:max or top1:min" % text,
                     objectives=["--objective", text])
        self.bad(2, "objective ':max' has no name", objectives=["--objective", ":max"])
        self.bad(2, "objective 'top1' is given twice", "--objective", "top1:min")

    def test_limits(self):
        for text in ("top1", "top1<3", "<=3", "top1=3", ""):
            self.bad(2, "limit '%s' is not of the form" % text, "--limit", text)
        for text in ("", "x", "nan", "inf", "0x10", "3ms", "1,5"):
            self.bad(2, "'%s' is not a number" % text, "--limit", "top1<=" + text)
        self.bad(2, "limit on 'energy', which is no objective", "--limit", "energy<=3")
        self.bad(2, "limit 'top1<=' is given twice", "--limit", "top1<=3", "--limit", "top1<=4")
        self.bad(2, "exclude each other", "--limit", "top1<=3", "--limit", "top1>=4")

    def test_numbers(self):
        for option in ("evaluations", "batch", "initial", "jobs", "attempts", "remeasure"):
            self.bad(2, "--%s must be from 1 to" % option, "--" + option, "0")
        self.bad(2, "--population must be from 2 to", "--population", "1")
        for option in ("evaluations", "batch", "population", "initial", "jobs", "seed", "attempts",
                       "remeasure"):
            for text in ("", "-1", "1.5", "1e3", "ten", "0x10", " 5"):
                self.bad(2, "--%s needs a whole number, not '%s'" % (option, text),
                         "--" + option, text)
            self.bad(2, "--%s must be from" % option, "--" + option, "99999999999999999999")
        self.bad(2, "--batch must be from 1 to 4294967295", "--batch", "4294967296")
        self.bad(2, "--tactic is linas, nsga2 or random, not 'best'", "--tactic", "best")
        self.bad(2, "--survival is crowding or reference, not 'luck'", "--survival", "luck")

    def test_drift_limit(self):
        self.bad(2, "--drift-limit needs --remeasure", "--drift-limit", "0.1")
        for text in ("0", "-1", "much", "", "inf", "nan"):
            self.bad(2, "--drift-limit needs a number above 0, not '%s'" % text, "--remeasure", "5",
                     "--drift-limit", text)

    def test_timeout(self):
        for text in ("0", "-1", "soon", "", "inf", "nan"):
            self.refused(2, "--timeout needs a number of seconds above 0, not '%s'" % text,
                         "search", "--space", "s", "--evaluator", "e", *OBJECTIVES, "--timeout",
                         text)

    def test_names(self):
        for text in ("", ",", "a,", ",a", "a,,b"):
            self.refused(2, "--variables has an empty name", "search", "--table", self.table,
                         "--variables", text, *OBJECTIVES)
        self.bad(2, "--ordinal has an empty name", "--ordinal", "a,")
        self.bad(1, "--ordinal names 'c', which is not among the variables", "--ordinal", "a,c")

    def test_command_line_of_the_evaluator(self):
        def bad(status, message, text):
            self.refused(status, message, "search", "--space", self.space, *OBJECTIVES,
                         "--evaluator", text)
        bad(2, "--evaluator is empty", "")
        bad(2, "--evaluator is empty", " \t")
        bad(2, "a quote that is not closed", "python3 'x")
        bad(2, "a quote that is not closed", 'python3 "x')
        bad(1, "cannot start the evaluator '/no/such': No such file", "/no/such a b")
        bad(1, "cannot start the evaluator '/': Permission denied", "/")

    def test_a_command_that_cannot_start_leaves_no_journal(self):
        self.linas("search", "--space", self.space, *OBJECTIVES, "--evaluator", "/no/such",
                   "--journal", self.journal)
        self.assertFalse(self.journal.exists())

    def test_space(self):
        def bad(message, text):
            path = self.write("bad.json", text)
            self.refused(1, message, "search", "--space", path, "--evaluator", "true", *OBJECTIVES)
        self.refused(1, "'no-such' is neither a file nor a preset", "search", "--space", "no-such",
                     "--evaluator", "true", *OBJECTIVES)
        bad("bad.json: line 2, column ", '{"ks":\n [}')
        bad("bad.json: line 1, column ", "")
        bad("bad.json: ", '{"ks":{"vars":[]}}')
        bad("bad.json: ", '{"ks":{"vars":[3,3]}}')
        bad("bad.json: ", '{"ks":{"count":0,"vars":[3]}}')
        bad("bad.json: ", '{"ks":{"count":99999999999,"vars":[3]}}')
        bad("bad.json: ", '{"ks":{"count":"two","vars":[3]}}')
        bad("bad.json: ", '{"ks":{"vars":[3],"active_if":{"variable":"d","stages":[1]}}}')


if __name__ == "__main__":
    unittest.main()
