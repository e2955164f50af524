# SPDX-License-Identifier: Apache-2.0
"""liblinas-mpi on several ranks of this machine, and across hosts made of network namespaces.
usage: run.py HOST EXAMPLE PREFIX. Last line: N passed, N failed, N skipped"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOST, EXAMPLE, PREFIX = sys.argv[1:4]
sys.path.insert(0, str(ROOT / "tests" / "source"))
import run as source  # noqa: E402

ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OPENBLAS_NUM_THREADS="1")
TCP = ("--mca", "btl", "tcp,self")
RECOVERY = ("--enable-recovery", "--mca", "async_mpi_finalize", "1")
PATIENCE = 120
EXHAUSTED, REQUESTED, IO = 1, 5, -400


def read(output):
    """rank -> what it printed"""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {line["rank"]: line for line in lines}


def mpirun(ranks, program, *words, options=()):
    line = ["mpirun", "--oversubscribe", *RECOVERY, *options, "-n", str(ranks), program, *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=PATIENCE)


class Ranks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def search(self, ranks, *words, options=()):
        run = mpirun(ranks, HOST, *words, options=options)
        found = read(run.stdout)
        self.assertIn(0, found, run.stdout + run.stderr)
        return found

    def whole(self, report, evaluated=40):
        """Every evaluation is there, none twice."""
        self.assertEqual((report["status"], report["reason"], report["message"]), (0, EXHAUSTED, ""))
        self.assertEqual((report["evaluated"], report["distinct"]), (evaluated, evaluated))
        self.assertEqual(report["outstanding"], 0)

    def test_number_of_ranks_is_no_matter(self):
        """A search by batches is the same however many measure."""
        reports = {ranks: self.search(ranks) for ranks in (1, 2, 4)}
        for ranks, found in reports.items():
            self.whole(found[0])
            self.assertEqual(len(found), ranks)
            self.assertEqual((found[0]["lost"], found[0]["tasks"], found[0]["missed"]), (0, 40, 0))
            self.assertEqual(found[0]["hypervolume"], reports[1][0]["hypervolume"])
            self.assertEqual(sum(found[rank]["tasks"] for rank in found if rank), 40 if ranks > 1 else 0)

    def test_asynchronous(self):
        found = self.search(4, "outstanding", 3, "ms", 2)
        self.whole(found[0])
        self.assertEqual(found[0]["tasks"], 40)
        self.assertTrue(all(found[rank]["tasks"] > 5 for rank in (1, 2, 3)), found)

    def test_killed(self):
        """A rank that is killed costs its candidate one attempt, whatever carries the messages."""
        for options in ((), TCP):
            found = self.search(4, "fault", "2:3:kill", options=options)
            self.whole(found[0])
            self.assertEqual([found[0][key] for key in ("lost", "dead", "missed", "tasks")], [1, 1, 1, 41])
            self.assertEqual(sorted(found), [0, 1, 3])
            self.assertEqual([found[rank]["status"] for rank in (1, 3)], [0, 0])

    def test_all_killed_and_resumed(self):
        journal = self.folder / "run.jsonl"
        faults = [word for rank in (1, 2, 3) for word in ("fault", "%d:3:kill" % rank)]
        found = self.search(4, "journal", journal, *faults)
        self.assertEqual(found[0]["status"], IO)
        self.assertEqual(found[0]["message"], "no rank is left that measures")
        self.assertEqual((found[0]["lost"], list(found)), (3, [0]))
        self.assertGreater(found[0]["evaluated"], 0)
        self.assertLess(found[0]["evaluated"], 40)
        again = self.search(4, "journal", journal, "resume", 1)
        self.whole(again[0])
        self.assertEqual(again[0]["tasks"], 40 - found[0]["evaluated"])

    def test_manager_killed(self):
        """Without rank 0 the others leave; a later run goes on from the journal."""
        journal = self.folder / "run.jsonl"
        found = read(mpirun(4, HOST, "journal", journal, "die-after", 12).stdout)
        self.assertEqual(sorted(found), [1, 2, 3])
        self.assertEqual({(one["status"], one["message"]) for one in found.values()}, {(IO, "rank 0 is dead")})
        again = self.search(4, "journal", journal, "resume", 1)
        self.whole(again[0])
        self.assertEqual(again[0]["tasks"], 28)

    def test_hangs(self):
        """The deadline ends the wait for a rank that hangs, and it is ended with the run."""
        found = self.search(4, "fault", "2:3:hang", "deadline", 6, "kill-lost", 1)
        self.whole(found[0])
        self.assertEqual([found[0][key] for key in ("lost", "dead", "missed", "tasks", "late")], [1, 1, 1, 41, 0])

    def test_late(self):
        """An answer behind the deadline counts if there is none yet, here because the other rank is at work."""
        found = self.search(3, "fault", "1:1:hang:12", "fault", "2:1:hang:6", "fault", "2:2:hang:7", "deadline", 8,
                            "outstanding", 2, "evaluations", 6)
        self.whole(found[0], 6)
        self.assertEqual([found[0][key] for key in ("missed", "lost")], [1, 0])
        self.assertEqual(found[0]["late"] + found[0]["dropped"], 1)

    def test_absent(self):
        """A rank that dies before it says hello is waited for until the deadline."""
        found = self.search(3, "fault", "2:0:absent", "deadline", 5)
        self.whole(found[0])
        self.assertEqual([found[0][key] for key in ("missed", "lost", "dead")], [1, 1, 0])

    def test_deadline_ends_attempts(self):
        """A candidate that nobody answers in time is told to the search."""
        found = self.search(3, "fault", "1:1:hang", "deadline", 5, "ranks", 1, "kill-lost", 1, "evaluations", 8)
        self.whole(found[0], 8)
        self.assertEqual((found[0]["failed"], found[0]["lost"]), (1, 1))

    def test_failures(self):
        found = self.search(3, "fault", "1:0:fail", "fault", "2:2:nan")
        self.whole(found[0])
        self.assertEqual(found[0]["failed"], found[1]["tasks"] + 1)

    def test_stop_code(self):
        found = self.search(4, "fault", "2:2:stop")
        self.assertEqual({one["status"] for one in found.values()}, {4711})
        self.assertEqual((len(found), found[0]["outstanding"] >= 1), (4, True))

    def test_request(self):
        found = self.search(4, "stop-after", 7)
        self.assertEqual((found[0]["status"], found[0]["reason"]), (0, REQUESTED))
        self.assertTrue(7 <= found[0]["evaluated"] <= 10)
        self.assertEqual({one["status"] for one in found.values()}, {0})

    def test_wrong_arguments(self):
        """No rank waits for one whose arguments are wrong."""
        found = self.search(3, "no-search", 1)
        self.assertEqual([found[rank]["status"] for rank in (0, 1, 2)], [-100] * 3)
        found = self.search(3, "no-evaluator", 1)
        self.assertEqual(found[0]["message"], "`evaluator` is NULL")
        self.whole(dict(found[0], message=""))
        self.assertEqual([found[rank]["status"] for rank in (0, 1, 2)], [0, -100, 0])

    def test_memory(self):
        """Whatever allocation fails, every rank returns."""
        for rank in (0, 1):
            for allowed in (0, 1, 3, 6, 9):
                found = self.search(2, "fault", "%d:0:memory:%d" % (rank, allowed), "evaluations", 3)
                self.assertEqual(found[0]["status"], -300, (rank, allowed, found))
                self.assertEqual(len(found), 2)

    def test_memory_of_one(self):
        """A rank that has no memory for its part leaves its candidate to the others."""
        found = self.search(3, "fault", "1:0:memory:6")
        self.assertEqual((found[1]["status"], found[0]["message"]), (-300, "no memory for messages"))
        self.whole(dict(found[0], message=""))

    def lease(self, *faults):
        return self.search(4, "device", "board/1", "folder", self.folder, "marker", self.folder / "marker", *faults)

    def test_lease(self):
        """One rank at a time has the device, and a killed one does not keep it."""
        for faults in ((), ("fault", "2:3:lease")):
            found = self.lease(*faults)
            self.whole(found[0])
            self.assertEqual({one["overlaps"] for one in found.values()}, {0})
            self.assertTrue((self.folder / "linas-device-board_1.lock").exists())

    def test_example(self):
        """Four ranks find what one rank finds."""
        table = ROOT / "bench" / "data" / "fashion.csv"
        line = re.compile(r"(\d) ranks, 0 lost, 80 evaluations, hypervolume ([\d.]+)\n$")
        found = {}
        for ranks in (1, 4):
            run = mpirun(ranks, EXAMPLE, table, 80)
            self.assertEqual(run.returncode, 0, run.stderr)
            last = line.search(run.stdout)
            self.assertTrue(last, run.stdout)
            found[ranks] = float(last.group(2)) / 920.52  # of the best front
        print("hypervolume of one rank %.4f, of four %.4f" % (found[1], found[4]))
        self.assertGreater(found[4], 0.95)
        self.assertGreater(found[1], 0.95)


class Library(unittest.TestCase):
    def setUp(self):
        self.library = pathlib.Path(PREFIX) / "lib" / "liblinas-mpi.so.0"

    def output(self, *words):
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    def test_exports(self):
        symbols = self.output("nm", "-D", "--defined-only", "--without-symbol-versions", self.library)
        exported = {line.split()[2] for line in symbols.splitlines() if line.split()[1] != "A"}
        self.assertEqual(exported, {name for _, _, name, _ in source.public_functions(ROOT, mpi=True)})

    def test_needs(self):
        dynamic = self.output("readelf", "-d", self.library)
        self.assertIn("[liblinas-mpi.so.0]", dynamic)
        self.assertIn("[liblinas.so.0]", dynamic)
        undefined = self.output("nm", "-D", "--undefined-only", "--without-symbol-versions", self.library)
        self.assertNotIn(" lns_", undefined)

    def test_no_writable_globals(self):
        table = self.output("objdump", "-t", self.library.with_suffix("").with_suffix(".a"))
        self.assertEqual([line for line in table.splitlines()
                          if re.search(r"\bO\s+(\.data(?!\.rel\.ro)|\.bss)", line)], [])

    def test_header(self):
        """mpi.h stands alone, in C and in C++."""
        environment = dict(os.environ, PKG_CONFIG_PATH=PREFIX + "/lib/pkgconfig")
        flags = subprocess.run(["pkg-config", "--cflags", "linas-mpi"], capture_output=True, text=True, check=True,
                               env=environment).stdout.split()
        text = "#include <linas/mpi.h>\n#include <linas/mpi.h>\n" + "".join(
            "linas_mpi_%s use_%s = LINAS_MPI_%s_INIT;\n" % (name, name, name.upper())
            for name in ("options", "report", "evaluator")) + "int main(void) { return 0; }\n"
        for language, standard in (("c", "c11"), ("c", "c99"), ("c++", "c++17")):
            run = subprocess.run(["gcc", "-x", language, "-std=" + standard, "-Wall", "-Wextra", "-Werror",
                                  "-DOMPI_SKIP_MPICXX", "-fsyntax-only", *flags, "-"], input=text, text=True,
                                 capture_output=True, check=False)
            self.assertEqual((run.returncode, run.stderr), (0, ""))


def can_make_hosts():
    """Two network namespaces, joined by a cable."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return "hosts in network namespaces need root and the command ip"
    name = "linas-%d" % os.getpid()
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return "no network namespace can be made here: " + made.stderr.strip()
    subprocess.run(["ip", "netns", "del", name], check=False)
    uts = subprocess.run(["unshare", "--uts", "hostname", "linas"], capture_output=True, check=False)
    return "no host can have a name of its own here" if uts.returncode else ""


class Hosts(unittest.TestCase):
    """Two hosts; ssh is a script that enters the other one's namespaces."""

    def setUp(self):
        why = can_make_hosts()
        if why:
            print("skipped: " + why)
            self.skipTest(why)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.names = ["linas-a-%d" % os.getpid(), "linas-b-%d" % os.getpid()]
        self.agent = self.folder / "agent"
        self.agent.write_text("#!/bin/sh\nshift\nexec ip netns exec %s unshare --uts sh -c \"hostname nodeb; $*\"\n"
                              % self.names[1])
        self.agent.chmod(0o755)
        self.addCleanup(self.take_down)
        for name in self.names:
            self.ip("netns", "add", name)
        self.ip("link", "add", "ca", "netns", self.names[0], "type", "veth", "peer", "name", "cb", "netns",
                self.names[1])
        for name, cable, address in zip(self.names, ("ca", "cb"), ("10.77.0.1/24", "10.77.0.2/24")):
            self.ip("-n", name, "addr", "add", address, "dev", cable)
            self.ip("-n", name, "link", "set", "lo", "up")
            self.ip("-n", name, "link", "set", cable, "up")

    @staticmethod
    def ip(*words):
        return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout

    def take_down(self):
        for name in self.names:
            pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False)
            for pid in pids.stdout.split():
                os.kill(int(pid), signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def start(self, *words):
        net = ["--mca", "oob_tcp_if_include", "10.77.0.0/24", "--mca", "btl_tcp_if_include", "10.77.0.0/24"]
        line = ["ip", "netns", "exec", self.names[0], "unshare", "--uts", "sh", "-c",
                "hostname nodea; exec \"$@\"", "sh", "mpirun", "--oversubscribe", *RECOVERY, *TCP,
                "-H", "10.77.0.1:2,10.77.0.2:2", "--mca", "plm_rsh_agent", str(self.agent), *net, "-n", "4", HOST,
                *map(str, words)]
        return subprocess.Popen(line, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT)

    @staticmethod
    def line_of_rank_0(process):
        for line in process.stdout:
            if line.startswith('{"rank":0'):
                return json.loads(line)
        return None

    def test_two_hosts(self):
        process = self.start()
        output = process.communicate(timeout=PATIENCE)[0]
        found = read(output)
        self.assertEqual((found[0]["status"], found[0]["evaluated"], found[0]["distinct"]), (0, 40, 40))
        self.assertEqual((len(found), process.returncode), (4, 0))

    def test_one_host_cut_off(self):
        """The deadline ends the wait for its two ranks; the search finishes on the one that is left."""
        journal = self.folder / "run.jsonl"
        process = self.start("journal", journal, "ms", 50, "deadline", 8, "evaluations", 60)
        began = time.monotonic()
        while not journal.exists() or journal.read_text().count("\n") < 12:
            self.assertLess(time.monotonic() - began, PATIENCE)
            time.sleep(0.05)
        self.ip("-n", self.names[1], "link", "set", "cb", "down")
        found = self.line_of_rank_0(process)
        self.assertEqual((found["status"], found["evaluated"], found["distinct"]), (0, 60, 60))
        self.assertEqual([found[key] for key in ("lost", "dead", "missed")], [2, 0, 2])
        process.kill()  # it waits for the daemon of the other host, which has the pipe as well
        process.stdout.close()
        process.wait()


if __name__ == "__main__":
    result = unittest.main(argv=[sys.argv[0], *sys.argv[4:]], exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    print("%d passed, %d failed, %d skipped" % (result.testsRun - failed - skipped, failed, skipped))
    sys.exit(1 if failed else 0)
