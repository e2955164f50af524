# SPDX-License-Identifier: Apache-2.0
"""Is each check seen to fail on code that was broken for it? Breaks a copy of the tree in one place after the other and
runs the check that must notice. usage: run.py FOLDER [NAME...]. Last line: N passed, N failed"""
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CRASH, OOM, EMBED, ABI = "./dev test crash", "./dev test oom", "./dev test embed", "./dev test abi"
SEARCH = "include/linas/search.h"
PYTHON = "./dev build && python3 tests/python/run.py build/lib/liblinas.so.0 "
PYTORCH = "./dev build && PYTHONPATH=bindings/python LINAS_LIBRARY=$PWD/build/lib/liblinas.so.0 " \
    "python3 tests/pytorch/run.py "


def unit(suite):
    program = "tests/test_" + suite
    return ("./dev build && meson setup --reconfigure build -Dtests=true && meson compile -C build %s && build/%s"
            % (program, program))


# name, check, what it must say, then file, text that stands there once, and what comes in its place
MUTANTS = [
    ("a failing write is passed over", CRASH, "an answer is lost|status", "lib/io/journal.c",
     'return fail_errno(journal, "write", count == 0 ? ENOSPC : errno);', "break;"),
    ("an answer is not durable when it is acknowledged", CRASH, "before they were durable", "lib/io/journal.c",
     "    LNS_TRY(write_aside(journal));\n    LNS_TRY(sync_when_due(journal));",
     "    LNS_TRY(write_aside(journal));\n    journal->created = false;"),
    ("what was outstanding is not handed out again", CRASH, "FAIL", "lib/search/history.c",
     "while (history->handed < history->proposed && lns_history_answered(history, history->handed))\n",
     "while (history->handed < history->proposed && history->count > 0 && history->records)\n"),
    ("an attempt too many", unit("reliability"), "tried_again_up_to_the_limit", "lib/search/answers.c",
     "tries + 1 < search->options.attempts", "tries < search->options.attempts"),
    ("a torn end of the host's storage is not marked", unit("reliability"), "storage_torn", "lib/io/journal.c",
     "journal->dirty = journal->filled > journal->used;", "journal->dirty = false;"),
    ("memory leaks when memory is short", OOM, "a leak", "lib/space/sample.c",
     "    lns_free(context, d.primes);\n", ""),
    ("an allocation is not looked at", OOM, "FAIL|failed", "lib/space/sample.c",
     "d.canonical && (!leaped || d.primes)", "d.canonical"),
    ("an object changes though the call fails", OOM, "the object has changed", "lib/search/loop.c",
     "    } else {\n        lns_no_memory(context);\n",
     "    } else {\n        search->history.handed++;\n        search->history.outstanding++;\n"
     "        lns_no_memory(context);\n"),
    ("a function that the sweep lacks", OOM, "linas_more", "lib/liblinas.map",
     "linas_archive_add;", "linas_archive_add;\n    linas_more;"),
    ("the journal's descriptor stays open", EMBED, "FAIL open descriptors", "lib/io/journal.c",
     "    if (journal->file >= 0)\n        close(journal->file);\n    lns_text_free", "    lns_text_free"),
    ("the locale is changed", EMBED, "FAIL locale", "lib/base/text.c",
     "return localeconv()->decimal_point;", 'return setlocale(LC_ALL, "C"), localeconv()->decimal_point;'),
    ("a number is printed", EMBED, "FAIL nothing on stdout", "lib/base/text.c",
     '    snprintf(out, capacity, "%.*g", digits, value);', '    snprintf(out, capacity, "%.*g", digits, value);\n    puts(out);'),
    ("rand() is called", EMBED, r"FAIL rand\(\)", "lib/num/rng.c",
     "    lns_rng rng = {key, 0};\n", "    extern int rand(void);\n    lns_rng rng = {key, (uint64_t)(rand() - rand()) * 0};\n"),
    ("an exception of floating point is trapped", EMBED, "FAIL floating-point environment", "lib/search/loop.c",
     "    if (lns_search_over(search) == LINAS_STOP_FAILURES)\n        search->stopping",
     "    extern int fesetround(int);\n    fesetround(0x400);\n"
     "    if (lns_search_over(search) == LINAS_STOP_FAILURES)\n        search->stopping"),
    ("more candidates are out than asked for", unit("async"), "nobody_waits", "lib/search/loop.c",
     "return most == 0 || linas_search_outstanding(search) < most;", "return most != 99;"),
    ("an asynchronous search waits for its batch", unit("async"), "nobody_waits", "lib/search/loop.c",
     "if (search->options.outstanding == 0)\n        return history->count", "if (search->options.outstanding < UINT32_MAX)\n        return history->count"),
    ("a replay wants all answers before the next proposals", unit("async"), "resumed_with_candidates_out",
     "lib/search/replay.c", "(history->count != history->proposed && search->options.outstanding == 0)",
     "history->count != history->proposed"),
    ("rows are not in order of completion", unit("async"), "many_rows_are_thinned_out", "lib/search/rows.c",
     "bool completion = lns_tactic_asynchronous(problem);", "bool completion = !problem;"),
    ("what is pending is not believed", unit("async"), "what_is_pending_is_believed", "lib/search/beliefs.c",
     "if (request->pending_count == 0)", "if (request->pending_count != 1000)"),
    ("a late answer is refused", unit("async"), "given_back_costs_nothing", "lib/search/loop.c",
     "return id < history->handed ? values : id < history->replayed;", "return values && id >= history->proposed;"),
    ("an attempt is spent by giving back", unit("async"), "attempts_are_not_spent", "lib/search/loop.c",
     "lns_history_give_back(&search->history, (size_t)id);\n    return LINAS_OK;",
     "lns_history_again(&search->history, (size_t)id);\n    return LINAS_OK;"),
    ("a failed ask leaves candidates out", unit("async"), "a_failed_ask", "lib/search/loop.c",
     "undo(search, handed, ids, *count);", "undo(search, handed, ids, 0);"),
    ("a deadline is forgotten", unit("async"), "taken_back_and_tried_again", "lib/search/loop.c",
     "lns_history_is_out(history, id) && history->since[id] < oldest", "lns_history_is_out(history, id) && oldest < 0.0"),
    ("answers of other threads are lost after a stop code", unit("async"), "threads_are_stopped", "lib/search/loop.c",
     "        linas_status status = settle_candidate(search, &returned);",
     "        linas_status status = first ? first : settle_candidate(search, &returned);"),
    ("contexts are never given back", EMBED, "FAIL 1000 times dlopen", "lib/base/context.c",
     "    if (context && --context->references == 0)\n", "    if (context && --context->references == 12345)\n"),
    ("a counter of the whole process", ABI, "FAIL no writable global", "lib/search/loop.c",
     "static bool ended(linas_search *search) {\n", "int lns_rounds;\nstatic bool ended(linas_search *search) {\n    lns_rounds++;\n"),
    ("something runs when the library is loaded", ABI, "FAIL no constructor", "lib/base/status.c",
     "const char *linas_status_name(",
     "__attribute__((constructor)) static void wake(void) { volatile int a = 1; (void)a; }\nconst char *linas_status_name("),
    ("two members change places", ABI, "FAIL struct layouts of 32 bits", SEARCH,
     "    uint32_t attempts;   /**<", "    uint32_t remeasure;   /**<", SEARCH, "    uint32_t remeasure;  /**<",
     "    uint32_t attempts;  /**<"),
    ("an init function writes beyond the struct of then", ABI, "FAIL a program built with the baseline",
     "lib/search/candidate.c", "        *evaluator = made;", "        *evaluator = made, ((char *)(evaluator + 1))[3] = 1;"),
    ("a function returns another type", ABI, "abidiff exits 0 exactly|FAIL", SEARCH,
     "LINAS_API uint64_t linas_search_outstanding(", "LINAS_API int64_t linas_search_outstanding(",
     "lib/search/search.c", "uint64_t linas_search_outstanding(", "int64_t linas_search_outstanding("),
    ("an older struct is refused", ABI, "FAIL a program built with the baseline", "lib/base/structs.c",
     "    if (size < sizeof(uint32_t))\n        return lns_fail(context, LINAS_ERROR_STRUCT_SIZE, \"%s.size is not set\", "
     "name);\n    const", "    if (size < known_bytes)\n        return LINAS_ERROR_STRUCT_SIZE;\n    const"),
    ("a request to stop is no atomic store", "./dev tsan 20", "FAIL|data race|failed", "lib/search/loop.c",
     "        atomic_store(&search->stop_requested, 1);", "        *(volatile int *)(void *)&search->stop_requested = 1;"),
    ("contexts share a counter", "./dev tsan 20", "FAIL|data race|failed", "lib/search/loop.c",
     "static bool ended(linas_search *search) {\n", "static int rounds;\nstatic bool ended(linas_search *search) {\n    rounds++;\n"),
    ("a public function has no fuzz target", "./dev test source", "linas_archive_add has no row", "docs/testing.md",
     "| `linas_archive_add` | `fuzz_pareto` |\n", ""),
    ("a backslash in JSON is not escaped", "./dev fuzz 20 space", "EXPECT|ERROR|deadly", "lib/base/text.c",
     "if (byte == '\"' || byte == '\\\\') {", "if (byte == '\"') {"),
    ("a byte beyond a text is read", "./dev fuzz 20 space", "heap-buffer-overflow", "lib/io/json.c",
     "if (r->next == r->end || *r->next != wanted)", "if (*r->next != wanted)"),
    ("a volume counts a point twice", "./dev fuzz 20 pareto", "ERROR|deadly", "lib/pareto/hypervolume.c",
     "        widest = rows[i] > widest ? rows[i] : widest;\n    return widest;",
     "        widest += 0.5 * rows[i];\n    return widest;"),
    ("a missing value of an answer is taken for NaN", "./dev fuzz 20 protocol", "ERROR|deadly", "src/protocol.c",
     "*reason = make_text(\"the answer has no value of '%s'\", name);", "read[i] = (double)NAN;"),
    ("a member of a struct without a comment", "./dev test source", "linas_group_info.slots has no comment",
     "include/linas/space.h", " /**< variables of the group */", ""),
    ("a program in a document does not compile", "./dev test blocks", "FAIL docs/start-c.md", "docs/start-c.md",
     "linas_search_front(search, &front)) {", "linas_search_fronts(search, &front)) {"),
    ("a document shows another output", "./dev test blocks", "FAIL docs/start-vendor.md", "docs/start-vendor.md",
     "...\nApache-2.0\n", "...\nGPL-3.0-or-later\n"),
    ("a link of a document leads nowhere", "./dev test --all docs", "start-vendor.html links to", "docs/start-vendor.md",
     "embedding.md#linking", "embedding.md#linkage"),
    ("a package takes libraries of a later ABI", "./dev test --all deb", "FAIL they need the right library",
     "packaging/debian/liblinas0.symbols", "0.2~", "0.3~"),
    ("the report's predictor knows what it predicts",
     "./dev build && python3 tests/cli/run.py build/src/linas test_report", "test_noise_is_not_predicted",
     "src/report_predictors.c", "s->targets, from) != LINAS_OK", "s->targets, s->rows) != LINAS_OK"),
    ("a picture's predictor knows what it predicts", PYTHON + "test_plot", "test_predicted",
     "bindings/python/linas/plot.py", "genomes[:place], targets[:place])", "genomes[:end], targets[:end])"),
    ("what is known is not told", PYTHON + "test_search", "test_run_with_what_is_known",
     "bindings/python/linas/search.py", "plain(trial.config) if knowing is None", "plain(trial.config) if True"),
    ("a small kernel is the corner of the large one", PYTORCH + "Shared", "test_only_what_is_used_learns",
     "examples/pytorch/elastic/supernet.py", "if dimension > 1 else 0", "if dimension > 9 else 0"),
    ("a sub-network has another's statistics", PYTORCH + "Shared", "test_statistics_are_the_sub_networks_own",
     "examples/pytorch/elastic/supernet.py", "        norm.momentum = None  # the plain average of all batches\n",
     "        norm.momentum = 0.0\n"),
    ("the smaller sub-networks do not learn", PYTORCH + "Shared", "test_sandwich",
     "examples/pytorch/elastic/train.py", "(sandwich.smallest, sandwich.random(randint))", "()"),
    ("what brings no values is proposed again and again", unit("failures"), "failures_are_avoided",
     "lib/search/failures.c", "tolerance = 0.2;", "tolerance = 100.0;"),
    ("what was imported is predicted", unit("import"), "predictors_learn_from_both", "lib/search/models.c",
     "    put_known(models, genomes, rows, values);\n", "    (void)put_known;\n"),
    ("what an evaluator leaves behind lives on", "./dev build && python3 tests/cli/run.py build/src/linas test_evaluator",
     "test_what_it_leaves_behind_ends_with_it", "src/child.c",
     "    int status = 0;\n    kill(-c->pid, SIGKILL);\n", "    int status = 0;\n"),
    ("a line of the journal is not checked", unit("journal"), "FAIL|:F:", "lib/io/journal.c",
     "    if (memcmp(line + length - CHECK_BYTES, check, CHECK_BYTES) != 0)\n", "    if (check[0] == 1)\n"),
]


def copy_tree(folder):
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout.decode().split("\0")[:-1]
    for name in listed:
        source, place = ROOT / name, folder / name
        if source.is_file():
            text = source.read_bytes()
            if not place.exists() or place.read_bytes() != text:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(text)
                place.chmod(source.stat().st_mode)


def broken(edits):
    """Files with what they hold after the edits; None when a text does not stand there once."""
    made = {}
    for name, old, new in zip(edits[::3], edits[1::3], edits[2::3]):
        text = made.get(name) or (ROOT / name).read_text(encoding="utf-8")
        if text.count(old) != 1:
            return None
        made[name] = text.replace(old, new)
    return made


def check(folder, mutant):
    """What is wrong, or nothing."""
    _, command, says, *edits = mutant
    made = broken(edits)
    if made is None:
        return "what it changes does not stand once in %s" % edits[0]
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    run = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    for name in made:
        (folder / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    output = run.stdout + run.stderr
    if run.returncode == 0:
        return "nobody noticed\n" + output[-600:]
    return "" if re.search(says, output) else "it failed for another reason:\n" + output[-1500:]


def main(folder, *names):
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    copy_tree(folder)
    passed = failed = 0
    for mutant in MUTANTS:
        if names and not any(name in mutant[0] or name in mutant[1] for name in names):
            continue
        begun = time.monotonic()
        wrong = check(folder, mutant)
        passed += not wrong
        failed += bool(wrong)
        print("%s %s: %s (%.0f s)%s" % ("FAIL" if wrong else "ok", mutant[0], mutant[1].rsplit("/", 1)[-1],
                                        time.monotonic() - begun, ": " + wrong if wrong else ""), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
