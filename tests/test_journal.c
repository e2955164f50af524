/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's storage: what was committed is there, what was torn is not, damage is named. And
 * searches that go on from it as if they had never stopped. */
#define _POSIX_C_SOURCE 200809L
#include "faults.h"
#include "io/journal.h"
#include "tiny_search.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static void make_path(void) {
    test_path("journal", path, sizeof path);
}

static void drop_path(void) {
    unlink(path);
}

static void spill(const char *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
}

static size_t slurp(char *bytes, size_t capacity) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t count = fread(bytes, 1, capacity, file);
    ck_assert_uint_lt(count, capacity);
    fclose(file);
    return count;
}

static lns_journal *opened(linas_context *ctx, lns_journal_mode mode) {
    lns_journal *journal = NULL;
    ck_assert_int_eq(lns_journal_open(ctx, path, mode, &journal), LINAS_OK);
    return journal;
}

static void put(lns_journal *journal, const char *object) {
    ck_assert_int_eq(lns_journal_add(journal, object, strlen(object)), LINAS_OK);
}

/* Lines up to the end; -1 if one of them is refused. */
static int count_lines(lns_journal *journal) {
    const char *line;
    size_t length;
    int count = 0;
    linas_status status;
    while ((status = lns_journal_next(journal, &line, &length)) == LINAS_OK && line)
        count++;
    if (status != LINAS_OK)
        ck_assert_int_eq(status, LINAS_ERROR_CORRUPT);
    return status == LINAS_OK ? count : -1;
}

START_TEST(lines_come_back) {
    linas_context *ctx = test_context();
    lns_journal *journal = opened(ctx, LNS_JOURNAL_NEW);
    put(journal, "{\"a\":1}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    put(journal, "{\"b\":2}");
    put(journal, "{\"c\":3}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);

    const char *line;
    size_t length;
    journal = opened(ctx, LNS_JOURNAL_READ);
    ck_assert_int_eq(lns_journal_next(journal, &line, &length), LINAS_OK);
    ck_assert_uint_eq(length, strlen("{\"a\":1,\"check\":\"0123456789abcdef\"}"));
    ck_assert_int_eq(strncmp(line, "{\"a\":1,\"check\":\"", 16), 0);
    ck_assert_uint_eq(lns_journal_line(journal), 1);
    ck_assert_int_eq(count_lines(journal), 2);
    lns_journal_close(journal);
    linas_context_destroy(ctx);
}
END_TEST

START_TEST(put_aside_and_forgotten) {
    linas_context *ctx = test_context();
    lns_journal *journal = opened(ctx, LNS_JOURNAL_NEW);
    put(journal, "{\"a\":1}");
    lns_journal_discard(journal);
    put(journal, "{\"b\":2}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
    journal = opened(ctx, LNS_JOURNAL_CONTINUE);
    ck_assert_int_eq(count_lines(journal), 1);
    lns_journal_close(journal);
    linas_context_destroy(ctx);
}
END_TEST

START_TEST(long_lines_and_many) {
    enum { LONG = 300000 };
    linas_context *ctx = test_context();
    char *object = malloc(LONG + 1);
    memset(object, 'x', LONG);
    memcpy(object, "{\"a\":\"", 6);
    memcpy(object + LONG - 2, "\"}", 3);
    lns_journal *journal = opened(ctx, LNS_JOURNAL_NEW);
    for (int i = 0; i < 3; i++) {
        put(journal, object);
        put(journal, "{\"b\":2}");
    }
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
    journal = opened(ctx, LNS_JOURNAL_READ);
    ck_assert_int_eq(count_lines(journal), 6);
    lns_journal_close(journal);
    free(object);
    linas_context_destroy(ctx);
}
END_TEST

START_TEST(what_cannot_be_opened) {
    linas_context *ctx = test_context();
    lns_journal *journal = NULL;
    ck_assert_int_eq(lns_journal_open(ctx, path, LNS_JOURNAL_READ, &journal), LINAS_ERROR_IO);
    ck_assert_ptr_nonnull(strstr(linas_context_message(ctx), path));
    ck_assert_int_eq(lns_journal_open(ctx, path, LNS_JOURNAL_CONTINUE, &journal), LINAS_ERROR_IO);
    ck_assert_int_eq(lns_journal_open(ctx, "/dev", LNS_JOURNAL_READ, &journal), LINAS_ERROR_IO);
    ck_assert_int_eq(lns_journal_open(ctx, "/dev/null", LNS_JOURNAL_NEW, &journal), LINAS_ERROR_IO);
    ck_assert_int_eq(lns_journal_open(ctx, "/nowhere/at/all", LNS_JOURNAL_NEW, &journal),
                     LINAS_ERROR_IO);
    spill("x", 1);
    ck_assert_int_eq(lns_journal_open(ctx, path, LNS_JOURNAL_NEW, &journal), LINAS_ERROR_IO);
    ck_assert_ptr_null(journal);
    linas_context_destroy(ctx);
}
END_TEST

START_TEST(one_writer_many_readers) {
    linas_context *ctx = test_context();
    lns_journal *writer = opened(ctx, LNS_JOURNAL_NEW), *second = NULL;
    ck_assert_int_eq(lns_journal_open(ctx, path, LNS_JOURNAL_CONTINUE, &second),
                     LINAS_ERROR_LOCKED);
    ck_assert_int_eq(lns_journal_open(ctx, path, LNS_JOURNAL_NEW, &second), LINAS_ERROR_LOCKED);
    lns_journal *reader = opened(ctx, LNS_JOURNAL_READ);
    put(writer, "{\"a\":1}");
    ck_assert_int_eq(lns_journal_commit(writer), LINAS_OK);
    ck_assert_int_eq(count_lines(reader), 1);
    lns_journal_close(writer);
    second = opened(ctx, LNS_JOURNAL_CONTINUE);
    lns_journal_close(second);
    lns_journal_close(reader);
    linas_context_destroy(ctx);
}
END_TEST

/* Three lines of 35 bytes. */
static size_t write_three(linas_context *ctx, char *bytes, size_t capacity) {
    lns_journal *journal = opened(ctx, LNS_JOURNAL_NEW);
    put(journal, "{\"a\":1}");
    put(journal, "{\"b\":2}");
    put(journal, "{\"c\":3}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
    return slurp(bytes, capacity);
}

START_TEST(torn_at_every_byte) {
    char whole[512], after[512];
    linas_context *ctx = test_context();
    size_t total = write_three(ctx, whole, sizeof whole), line = total / 3;
    for (size_t kept = 0; kept <= total; kept++) {
        const char *tail;
        size_t length;
        spill(whole, kept);
        lns_journal *journal = opened(ctx, LNS_JOURNAL_CONTINUE);
        ck_assert_int_eq(count_lines(journal), (int)(kept / line));
        lns_journal_tail(journal, &tail, &length);
        ck_assert_uint_eq(length, kept % line);
        ck_assert_int_eq(memcmp(tail, whole + kept / line * line, length), 0);
        put(journal, "{\"d\":4}");
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
        ck_assert_uint_eq(slurp(after, sizeof after), (kept / line + 1) * line);
        ck_assert_int_eq(memcmp(after, whole, kept / line * line), 0);
        lns_journal_close(journal);
    }
    linas_context_destroy(ctx);
}
END_TEST

START_TEST(damage_is_named) {
    char whole[512];
    linas_context *ctx = test_context();
    size_t total = write_three(ctx, whole, sizeof whole), line = total / 3;
    for (size_t at = 0; at < total; at++) {
        whole[at] ^= 1;
        spill(whole, total);
        lns_journal *journal = opened(ctx, LNS_JOURNAL_READ);
        if (at == total - 1) { /* the last line is torn */
            ck_assert_int_eq(count_lines(journal), 2);
        } else {
            char where[32];
            ck_assert_int_eq(count_lines(journal), -1);
            snprintf(where, sizeof where, "line %zu:", at / line + 1);
            ck_assert_ptr_nonnull(strstr(linas_context_message(ctx), where));
        }
        lns_journal_close(journal);
        whole[at] ^= 1;
    }
    spill("\n", 1);
    lns_journal *journal = opened(ctx, LNS_JOURNAL_READ);
    ck_assert_int_eq(count_lines(journal), -1);
    lns_journal_close(journal);
    linas_context_destroy(ctx);
}
END_TEST

/* 0: no limit. Check writes to a file of its own at every assertion, so that nothing is asserted
 * under the limit, not even here. */
static void limit_file_size(size_t bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        abort();
    limit.rlim_cur = bytes > 0 ? bytes : limit.rlim_max;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        abort();
}

START_TEST(a_full_disk_leaves_no_trace) {
    char before[512], after[512];
    linas_context *ctx = test_context();
    signal(SIGXFSZ, SIG_IGN);
    size_t total = write_three(ctx, before, sizeof before);
    lns_journal *journal = opened(ctx, LNS_JOURNAL_CONTINUE);
    ck_assert_int_eq(count_lines(journal), 3);
    for (size_t room = 0; room < total / 3; room++) {
        put(journal, "{\"d\":4}");
        limit_file_size(total + room);
        linas_status status = lns_journal_commit(journal);
        limit_file_size(0);
        ck_assert_int_eq(status, LINAS_ERROR_IO);
        ck_assert_uint_eq(slurp(after, sizeof after), total);
    }
    put(journal, "{\"e\":5}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    ck_assert_uint_eq(slurp(after, sizeof after), total + total / 3);
    ck_assert_ptr_nonnull(strstr(after, "\"e\":5"));
    lns_journal_close(journal);
    linas_context_destroy(ctx);
}
END_TEST

/* -- system calls that fail ---------------------------------------------------------------------
 */

/* Interrupted calls are made again, each as often as it takes. */
START_TEST(interruptions_do_not_matter) {
    char before[512], after[512];
    linas_context *ctx = test_context();
    size_t total = write_three(ctx, before, sizeof before);
    fault_clear();
    for (int call = 0; call < FAULTS; call++)
        if (call != FAULT_FSTAT && call != FAULT_DATASYNC && call != FAULT_SYNC)
            fault_set(call, 0, 2, EINTR);
    spill(before, total - 1);
    lns_journal *journal = opened(ctx, LNS_JOURNAL_CONTINUE);
    ck_assert_int_eq(count_lines(journal), 2);
    put(journal, "{\"d\":4}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    ck_assert_int_eq(fault_calls(FAULT_OPEN), 3);
    ck_assert_int_eq(fault_calls(FAULT_FLOCK), 3);
    ck_assert_int_eq(fault_calls(FAULT_READ), 4);
    ck_assert_int_eq(fault_calls(FAULT_TRUNCATE), 3);
    ck_assert_int_eq(fault_calls(FAULT_WRITE), 3);
    lns_journal_close(journal);
    ck_assert_uint_eq(slurp(after, sizeof after), total);
    ck_assert_int_eq(memcmp(after, before, total / 3 * 2), 0);
    linas_context_destroy(ctx);
}
END_TEST

static void check_refusal(linas_context *ctx, lns_journal_mode mode, const char *what,
                          const char *why) {
    lns_journal *journal = NULL;
    ck_assert_int_eq(lns_journal_open(ctx, path, mode, &journal), LINAS_ERROR_IO);
    ck_assert_ptr_null(journal);
    ck_assert_ptr_nonnull(strstr(linas_context_message(ctx), what));
    ck_assert_ptr_nonnull(strstr(linas_context_message(ctx), why));
    fault_clear();
}

START_TEST(what_fails_while_opening) {
    char before[512];
    linas_context *ctx = test_context();
    write_three(ctx, before, sizeof before);
    fault_clear();
    fault_set(FAULT_OPEN, 0, 1, EACCES);
    check_refusal(ctx, LNS_JOURNAL_READ, "cannot open", strerror(EACCES));
    fault_set(FAULT_FLOCK, 0, 1, ENOLCK);
    check_refusal(ctx, LNS_JOURNAL_CONTINUE, "cannot lock", strerror(ENOLCK));
    fault_set(FAULT_FSTAT, 0, 1, 98765); /* no such error: its number is told */
    check_refusal(ctx, LNS_JOURNAL_CONTINUE, "cannot inspect", "98765");
    lns_journal *journal = opened(ctx, LNS_JOURNAL_READ);
    const char *line;
    size_t length;
    fault_set(FAULT_READ, 0, 1, EIO);
    ck_assert_int_eq(lns_journal_next(journal, &line, &length), LINAS_ERROR_IO);
    ck_assert_ptr_null(line);
    ck_assert_ptr_nonnull(strstr(linas_context_message(ctx), "cannot read"));
    ck_assert_int_eq(count_lines(journal), 3);
    lns_journal_close(journal);
    linas_context_destroy(ctx);
}
END_TEST

/* A commit that fails at any of its calls leaves what was there, and says which; the next succeeds.
 */
START_TEST(what_fails_while_committing) {
    static const struct {
        int call, after, error;
        const char *what;
    } cases[] = {{FAULT_TRUNCATE, 0, EIO, "cannot shorten"},
                 {FAULT_WRITE, 0, EIO, "cannot write"},
                 {FAULT_WRITE, 0, 0, "cannot write"},
                 {FAULT_DATASYNC, 0, EIO, "cannot make durable"}};
    char before[512], after[512];
    linas_context *ctx = test_context();
    size_t total = write_three(ctx, before, sizeof before);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        before[total] = '{';
        spill(before, total + 1);
        lns_journal *journal = opened(ctx, LNS_JOURNAL_CONTINUE);
        ck_assert_int_eq(count_lines(journal), 3);
        put(journal, "{\"d\":4}");
        fault_clear();
        fault_set(cases[i].call, cases[i].after, 1, cases[i].error);
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_ERROR_IO);
        ck_assert_ptr_nonnull(strstr(linas_context_message(ctx), cases[i].what));
        ck_assert_ptr_nonnull(
            strstr(linas_context_message(ctx), strerror(cases[i].error ? cases[i].error : ENOSPC)));
        ck_assert_uint_eq(slurp(after, sizeof after), total);
        ck_assert_int_eq(memcmp(after, before, total), 0);
        /* What failed is not put aside any more. */
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
        put(journal, "{\"e\":5}");
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
        ck_assert_uint_eq(slurp(after, sizeof after), total / 3 * 4);
        ck_assert_int_eq(memcmp(after + total, "{\"e\":5", 6), 0);
        lns_journal_close(journal);
    }
    linas_context_destroy(ctx);
}
END_TEST

/* A new file is found after a crash only when its directory is durable; where a directory cannot be
 * made so, nothing better can be done. */
START_TEST(the_directory_is_made_durable) {
    static const struct {
        int call, after, error;
        linas_status status;
    } cases[] = {{FAULT_OPEN, 1, EACCES, LINAS_OK},
                 {FAULT_OPEN, 1, EMFILE, LINAS_ERROR_IO},
                 {FAULT_SYNC, 0, EINVAL, LINAS_OK},
                 {FAULT_SYNC, 0, EIO, LINAS_ERROR_IO}};
    linas_context *ctx = test_context();
    char bytes[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unlink(path);
        fault_clear();
        fault_set(cases[i].call, cases[i].after, 1, cases[i].error);
        lns_journal *journal = opened(ctx, LNS_JOURNAL_NEW);
        put(journal, "{\"a\":1}");
        ck_assert_int_eq(lns_journal_commit(journal), cases[i].status);
        ck_assert_int_eq(slurp(bytes, sizeof bytes) > 0, cases[i].status == LINAS_OK);
        long synced = fault_calls(FAULT_SYNC);
        put(journal, "{\"b\":2}");
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
        ck_assert_int_eq(fault_calls(FAULT_SYNC), synced + (cases[i].status != LINAS_OK));
        lns_journal_close(journal);
    }
    linas_context_destroy(ctx);
}
END_TEST

/* Without a slash in its path a journal is in the working directory. */
START_TEST(a_path_without_a_directory) {
    linas_context *ctx = test_context();
    char folder[4096], *slash = strrchr(path, '/');
    lns_journal *journal = NULL;
    ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
    *slash = '\0';
    ck_assert_int_eq(chdir(path), 0);
    *slash = '/';
    fault_clear();
    linas_status status = lns_journal_open(ctx, slash + 1, LNS_JOURNAL_NEW, &journal);
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(status, LINAS_OK);
    put(journal, "{\"a\":1}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    ck_assert_int_eq(fault_calls(FAULT_SYNC), 1);
    lns_journal_close(journal);
    journal = opened(ctx, LNS_JOURNAL_READ);
    ck_assert_int_eq(count_lines(journal), 1);
    lns_journal_close(journal);
    linas_context_destroy(ctx);
}
END_TEST

START_TEST(closing_makes_the_rest_durable) {
    linas_context *ctx = test_context();
    lns_journal *journal = opened(ctx, LNS_JOURNAL_NEW);
    lns_journal_sync_every(journal, 10);
    fault_clear();
    for (int i = 0; i < 3; i++) {
        put(journal, "{\"a\":1}");
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
        ck_assert_int_eq(fault_calls(FAULT_DATASYNC), 1);
    }
    lns_journal_close(journal);
    ck_assert_int_eq(fault_calls(FAULT_DATASYNC), 2);
    linas_context_destroy(ctx);
}
END_TEST

/* Marks of torn lines that are not what a writer puts there are damage. */
START_TEST(forged_marks_are_damage) {
    static const char *const marks[] = {
        "abc{\"type\":\"torn\",\"bytes\":4", "abc{\"type\":\"torn\",\"bytes\":03",
        "abc{\"type\":\"torn\",\"bytes\":x", "abc{\"type\":\"torn\",\"bytes\":3"};
    linas_context *ctx = test_context();
    for (size_t i = 0; i < 2 * sizeof marks / sizeof *marks; i++) {
        char line[256];
        const char *mark = marks[i / 2];
        uint64_t hash = lns_hash_bytes(0, mark + 3, strlen(mark) - 3) + i % 2;
        snprintf(line, sizeof line, "%s,\"check\":\"%016llx\"}\n", mark, (unsigned long long)hash);
        spill(line, strlen(line));
        lns_journal *journal = opened(ctx, LNS_JOURNAL_READ);
        ck_assert_int_eq(count_lines(journal), i == 6 ? 0 : -1);
        lns_journal_close(journal);
    }
    linas_context_destroy(ctx);
}
END_TEST

/* -1 when memory was short somewhere. */
static int write_and_read(linas_context *ctx) {
    lns_journal *journal = NULL;
    const char *object = "{\"a\":1}", *line = "";
    size_t length;
    linas_status status = lns_journal_open(ctx, path, LNS_JOURNAL_NEW, &journal);
    if (status == LINAS_OK)
        status = lns_journal_add(journal, object, strlen(object));
    if (status == LINAS_OK)
        status = lns_journal_commit(journal);
    lns_journal_close(journal);
    journal = NULL;
    if (status == LINAS_OK)
        status = lns_journal_open(ctx, path, LNS_JOURNAL_CONTINUE, &journal);
    while (status == LINAS_OK && line)
        status = lns_journal_next(journal, &line, &length);
    lns_journal_close(journal);
    if (status != LINAS_OK)
        ck_assert_int_eq(status, LINAS_ERROR_NO_MEMORY);
    return status == LINAS_OK ? 0 : -1;
}

START_TEST(memory_fails_everywhere) {
    int result = -1;
    for (long at = 1; result != 0; at++) {
        test_allocator allocator;
        linas_context *ctx = test_failing_context(&allocator, at);
        unlink(path);
        result = write_and_read(ctx);
        linas_context_destroy(ctx);
        ck_assert_int_eq(allocator.live, 0);
    }
}
END_TEST

/* -- searches ---------------------------------------------------------------------------------- */

enum { CAPACITY = 65536 };
static linas_context *context;
static linas_space *space;
static linas_objective objectives[TINY_OBJECTIVES];

static void set_up(void) {
    make_path();
    context = test_context();
    space = tiny_space(context);
    ck_assert_ptr_nonnull(space);
    tiny_objectives(objectives);
}

static void tear_down(void) {
    linas_space_destroy(space);
    linas_context_destroy(context);
    drop_path();
}

static linas_search_options kept_options(int32_t tactic, uint32_t resume) {
    linas_search_options options = tiny_options(tactic);
    options.journal = path;
    options.resume = resume;
    return options;
}

static linas_status try_search(const linas_search_options *options, linas_search **search) {
    *search = NULL;
    return linas_search_create(context, space, objectives, TINY_OBJECTIVES, options, search);
}

static linas_search *begun(int32_t tactic, uint32_t resume) {
    linas_search_options options = kept_options(tactic, resume);
    return tiny_begun(context, space, objectives, &options);
}

static linas_status run_until(linas_search *search, long stop_at) {
    return tiny_run(search, stop_at, 77);
}

/* The journal of a search that nothing interrupts. */
static size_t whole_journal(int32_t tactic, char *bytes) {
    unlink(path);
    linas_search *search = begun(tactic, 0);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    linas_search_destroy(search);
    size_t count = slurp(bytes, CAPACITY);
    bytes[count] = '\0';
    return count;
}

static void assert_journal_is(const char *bytes, size_t count) {
    char *found = malloc(CAPACITY);
    ck_assert_uint_eq(slurp(found, CAPACITY), count);
    ck_assert_mem_eq(found, bytes, count);
    free(found);
}

START_TEST(interrupted_at_every_evaluation) {
    char *whole = malloc(CAPACITY);
    size_t count = whole_journal(_i, whole);
    for (long stop_at = 0; stop_at < 14; stop_at++) {
        unlink(path);
        linas_search *search = begun(_i, 0);
        ck_assert_int_eq(run_until(search, stop_at), 77);
        linas_search_destroy(search);
        search = begun(_i, 1);
        ck_assert_uint_eq(linas_search_evaluations(search), (uint64_t)stop_at);
        ck_assert_int_eq(run_until(search, -1), LINAS_OK);
        linas_search_destroy(search);
        assert_journal_is(whole, count);
    }
    free(whole);
}
END_TEST

START_TEST(torn_anywhere_goes_on) {
    char *whole = malloc(CAPACITY);
    size_t count = whole_journal(_i, whole);
    for (size_t kept = 0; kept < count; kept += (size_t)tiny_loops(3, 101)) {
        spill(whole, kept);
        linas_search *search = begun(_i, 1);
        ck_assert_int_eq(run_until(search, -1), LINAS_OK);
        linas_search_destroy(search);
        assert_journal_is(whole, count);
    }
    free(whole);
}
END_TEST

/* Answers what is outstanding in an order that only the ids decide; at most `most` answers. */
static void answer_shuffled(linas_search *search, int most) {
    uint64_t ids[64];
    int32_t genomes[64 * TINY_VARIABLES];
    size_t count;
    while (linas_search_ask(search, 64, ids, genomes, &count) == LINAS_OK && count > 0) {
        for (uint64_t key = 0; key < 97; key++)
            for (size_t i = 0; i < count; i++) {
                double values[TINY_OBJECTIVES];
                if ((ids[i] * 55 + 13) % 97 != key)
                    continue;
                if (most-- == 0)
                    return;
                tiny_measure(genomes + i * TINY_VARIABLES, values);
                if (ids[i] % 4 == 1)
                    values[1] = (double)NAN;
                ck_assert_int_eq(linas_search_tell(search, ids[i], values, 2), LINAS_OK);
            }
    }
}

START_TEST(outstanding_and_out_of_order) {
    char *whole = malloc(CAPACITY);
    linas_search *search = begun(_i, 0);
    answer_shuffled(search, -1);
    linas_search_destroy(search);
    size_t count = slurp(whole, CAPACITY);
    for (int most = 0; most < 14; most++) {
        unlink(path);
        search = begun(_i, 0);
        answer_shuffled(search, most);
        ck_assert_uint_gt(linas_search_outstanding(search), 0);
        linas_search_destroy(search);
        search = begun(_i, 1);
        ck_assert_uint_eq(linas_search_evaluations(search), (uint64_t)most);
        ck_assert_uint_eq(linas_search_outstanding(search), 0);
        answer_shuffled(search, -1);
        ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
        linas_search_destroy(search);
        assert_journal_is(whole, count);
    }
    free(whole);
}
END_TEST

START_TEST(a_larger_budget_goes_on) {
    for (uint64_t first = 1; first < 14; first++) {
        linas_search_options options = kept_options(_i, 0);
        linas_search *search;
        unlink(path);
        options.evaluations = first;
        ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
        ck_assert_int_eq(run_until(search, -1), LINAS_OK);
        linas_search_destroy(search);
        options.resume = 1;
        ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
        ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
        linas_search_destroy(search);
        options.evaluations = 20;
        for (int round = 0; round < 2; round++) {
            ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
            ck_assert_int_eq(run_until(search, -1), LINAS_OK);
            ck_assert_uint_eq(linas_search_evaluations(search), 20);
            linas_search_destroy(search);
        }
    }
}
END_TEST

static void refused(const linas_search_options *options, linas_status expected) {
    linas_search *search;
    linas_status status = try_search(options, &search);
    ck_assert_msg(status == expected, "%d: %s", status, linas_context_message(context));
    ck_assert_ptr_null(search);
    ck_assert_str_ne(linas_context_message(context), "");
}

START_TEST(another_survival_goes_on) {
    char *whole = malloc(CAPACITY);
    linas_search_options options = kept_options(_i, 0);
    linas_search *search;
    options.survival = LINAS_SURVIVAL_REFERENCE;
    ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    linas_search_destroy(search);
    size_t count = slurp(whole, CAPACITY);
    for (long stop_at = 0; stop_at < 14; stop_at += 3) {
        unlink(path);
        options.resume = 0;
        ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
        ck_assert_int_eq(run_until(search, stop_at), 77);
        linas_search_destroy(search);
        options.resume = 1;
        ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
        ck_assert_int_eq(run_until(search, -1), LINAS_OK);
        linas_search_destroy(search);
        assert_journal_is(whole, count);
    }
    options.survival = LINAS_SURVIVAL_CROWDING;
    refused(&options, LINAS_ERROR_MISMATCH);
    free(whole);
}
END_TEST

static int32_t no_compute(void *user_data, const int32_t *genomes, size_t rows, double *values) {
    (void)user_data;
    for (size_t i = 0; i < rows; i++)
        values[i] = genomes[i * TINY_VARIABLES];
    return 0;
}

#define MISMATCHED(field, value)                                                                   \
    do {                                                                                           \
        linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 1);                       \
        options.field = value;                                                                     \
        refused(&options, LINAS_ERROR_MISMATCH);                                                   \
    } while (0)

#define MISMATCHED_OBJECTIVE(field, value)                                                         \
    do {                                                                                           \
        linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 1);                       \
        objectives[1].field = value;                                                               \
        refused(&options, LINAS_ERROR_MISMATCH);                                                   \
        tiny_objectives(objectives);                                                               \
    } while (0)

START_TEST(another_search_is_refused) {
    char *whole = malloc(CAPACITY);
    size_t count = whole_journal(LINAS_TACTIC_RANDOM, whole);
    MISMATCHED(tactic, LINAS_TACTIC_LINAS);
    MISMATCHED(seed, 2);
    MISMATCHED(initial, 6);
    MISMATCHED(batch, 4);
    MISMATCHED(population, 8);
    MISMATCHED(generations, 5);
    MISMATCHED(predictor, LINAS_PREDICTOR_AUTO);
    MISMATCHED(target, LINAS_TARGET_LOG);
    MISMATCHED(survival, LINAS_SURVIVAL_REFERENCE);
    MISMATCHED(evaluations, 13);
    MISMATCHED_OBJECTIVE(name, "latency");
    MISMATCHED_OBJECTIVE(unit, "s");
    MISMATCHED_OBJECTIVE(direction, LINAS_DIRECTION_MAXIMIZE);
    MISMATCHED_OBJECTIVE(upper_limit, 3.0);
    MISMATCHED_OBJECTIVE(lower_limit, 3.0);
    MISMATCHED_OBJECTIVE(compute, no_compute);
    linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 1);
    linas_search *search = NULL;
    ck_assert_int_eq(linas_search_create(context, space, objectives, 1, &options, &search),
                     LINAS_ERROR_MISMATCH);
    static const int64_t values[] = {1, 2};
    linas_space_destroy(space);
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 1, values, 2, LINAS_ORDINAL), LINAS_OK);
    refused(&options, LINAS_ERROR_MISMATCH);
    assert_journal_is(whole, count);
    free(whole);
}
END_TEST

START_TEST(files_that_cannot_be_used) {
    linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 1);
    refused(&options, LINAS_ERROR_IO); /* there is none */
    ck_assert_int_ne(access(path, F_OK), 0);
    spill("", 0); /* its writer died at once */
    linas_search *search = begun(LINAS_TACTIC_RANDOM, 1);
    refused(&options, LINAS_ERROR_LOCKED);
    linas_search_destroy(search);
    options.resume = 0;
    refused(&options, LINAS_ERROR_IO); /* it holds a search */
    spill("something else", 14);
    options.resume = 1;
    refused(&options, LINAS_ERROR_CORRUPT);
    spill("something else\n", 15);
    refused(&options, LINAS_ERROR_CORRUPT);
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    spill("", 0);
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    ck_assert_int_eq(linas_search_open_journal(context, "/nowhere", &search), LINAS_ERROR_IO);
    ck_assert_ptr_null(search);
}
END_TEST

START_TEST(a_journal_is_read_without_its_host) {
    objectives[1].upper_limit = 40.0;
    linas_search *written = begun(_i, 0), *read = NULL;
    ck_assert_int_eq(run_until(written, 10), 77);
    ck_assert_int_eq(linas_search_open_journal(context, path, &read), LINAS_OK);
    ck_assert_str_eq(linas_context_message(context), "");
    ck_assert_uint_eq(linas_search_evaluations(read), 10);
    ck_assert_uint_eq(linas_search_objectives(read), 2);
    ck_assert_uint_eq(linas_space_variables(linas_search_space(read)), TINY_VARIABLES);
    for (uint64_t i = 0; i < 10; i++) {
        linas_evaluation a = LINAS_EVALUATION_INIT, b = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_search_evaluation(written, i, &a), LINAS_OK);
        ck_assert_int_eq(linas_search_evaluation(read, i, &b), LINAS_OK);
        ck_assert_uint_eq(a.id, b.id);
        ck_assert_mem_eq(a.genome, b.genome, TINY_VARIABLES * sizeof(int32_t));
        ck_assert_mem_eq(a.values, b.values, TINY_OBJECTIVES * sizeof(double));
    }
    double a[2], b[2];
    ck_assert_int_eq(linas_search_hypervolume(written, a), LINAS_OK);
    ck_assert_int_eq(linas_search_hypervolume(read, b), LINAS_OK);
    ck_assert(a[0] == b[0]);
    ck_assert_int_eq(linas_search_reference(written, a), LINAS_OK);
    ck_assert_int_eq(linas_search_reference(read, b), LINAS_OK);
    ck_assert_mem_eq(a, b, sizeof a);
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(read, &front), LINAS_OK);
    ck_assert_uint_gt(linas_front_size(front), 0);
    linas_front_destroy(front);
    uint64_t id;
    int32_t genome[TINY_VARIABLES];
    size_t count;
    ck_assert_int_eq(linas_search_ask(read, 1, &id, genome, &count), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_search_tell(read, 10, a, 2), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_search_tell_failed(read, 10, 1, ""), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_search_set_reference(read, a), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(run_until(read, -1), LINAS_ERROR_WRONG_ORDER);
    linas_search_destroy(read);
    linas_search_destroy(written);
}
END_TEST

/* -- what the lines say ------------------------------------------------------------------------ */

START_TEST(the_lines_are_as_documented) {
    char *whole = malloc(CAPACITY);
    linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 0);
    linas_search *search;
    uint64_t ids[5];
    int32_t genomes[5 * TINY_VARIABLES];
    size_t count;
    double values[] = {0.1, 1e300};
    options.seed = UINT64_MAX;
    objectives[1].upper_limit = 1e301;
    ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
    ck_assert_int_eq(linas_search_ask(search, 5, ids, genomes, &count), LINAS_OK);
    ck_assert_int_eq(linas_search_tell(search, 4, values, 2), LINAS_OK);
    ck_assert_int_eq(
        linas_search_tell_failed(search, 1, LINAS_EVALUATION_FAILED, "a \"b\"\n\t\xff\\c"),
        LINAS_OK);
    ck_assert_int_eq(linas_search_tell_failed(search, 0, LINAS_EVALUATION_INFEASIBLE, NULL),
                     LINAS_OK);
    linas_search_destroy(search);
    whole[slurp(whole, CAPACITY)] = '\0';
    static const char *const expected[] = {
        "{\"linas\":{\"format\":1,\"version\":\"" LINAS_VERSION_STRING "\",\"space\":{\"d\":",
        "\"objectives\":[{\"name\":\"quality\",\"unit\":\"%\",\"direction\":\"max\",\"source\":"
        "\"measured\",\"lower_limit\":null,\"upper_limit\":null},{",
        "\"upper_limit\":1e+301}],",
        "\"options\":{\"tactic\":\"random\",\"evaluations\":14,",
        ",\"seed\":\"18446744073709551615\"},\"check\":\"",
        "\n{\"type\":\"proposals\",\"batch\":0,\"first_id\":0,\"genomes\":[[",
        "\n{\"type\":\"evaluation\",\"id\":4,\"genome\":[",
        "\"values\":{\"quality\":0.1,\"cost\":1e+300},\"status\":\"ok\",\"check\":\"",
        "\n{\"type\":\"evaluation\",\"id\":1,\"genome\":[",
        "\"values\":{\"quality\":null,\"cost\":null},\"status\":\"failed\",\"reason\":\"a "
        "\\\"b\\\"\\u000a\\u0009\xef\xbf\xbd\\\\c\",",
        "\"status\":\"infeasible\",\"check\""};
    const char *at = whole;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        at = strstr(at, expected[i]);
        ck_assert_msg(at != NULL, "%s not in %s", expected[i], whole);
    }
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_OK);
    linas_evaluation e = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_evaluation(search, 1, &e), LINAS_OK);
    ck_assert_str_eq(e.reason, "a \"b\"\n\t\xef\xbf\xbd\\c");
    ck_assert(isnan(e.values[0]));
    linas_search_destroy(search);
    free(whole);
}
END_TEST

START_TEST(the_host_s_reference_is_kept) {
    double given[] = {40.0, 30.0}, found[2];
    linas_search *search = begun(LINAS_TACTIC_RANDOM, 0);
    ck_assert_int_eq(linas_search_set_reference(search, given), LINAS_OK);
    linas_search_destroy(search);
    search = begun(LINAS_TACTIC_RANDOM, 1);
    ck_assert_int_eq(linas_search_reference(search, found), LINAS_OK);
    ck_assert_mem_eq(given, found, sizeof found);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    linas_search_destroy(search);
    search = begun(LINAS_TACTIC_RANDOM, 1);
    ck_assert_int_eq(linas_search_reference(search, found), LINAS_OK);
    ck_assert_mem_eq(given, found, sizeof found);
    linas_search_destroy(search);
}
END_TEST

START_TEST(the_locale_does_not_matter) {
    static const char *const locales[] = {"fr_FR.UTF-8", "tr_TR.UTF-8", "de_DE.UTF-8", "C.UTF-8"};
    char *whole = malloc(CAPACITY);
    size_t count = whole_journal(LINAS_TACTIC_LINAS, whole);
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        if (!setlocale(LC_ALL, locales[i])) {
            test_skip(locales[i]);
            continue;
        }
        char *again = malloc(CAPACITY);
        ck_assert_uint_eq(whole_journal(LINAS_TACTIC_LINAS, again), count);
        ck_assert_mem_eq(again, whole, count);
        linas_search *search = begun(LINAS_TACTIC_LINAS, 1);
        ck_assert_uint_eq(linas_search_evaluations(search), 14);
        linas_search_destroy(search);
        free(again);
    }
    setlocale(LC_ALL, "C");
    free(whole);
}
END_TEST

/* -- lines that are whole and wrong ------------------------------------------------------------ */

/* Writes a journal of the header, proposals of two sub-networks, and the lines given. */
static void forge(const char *first, const char *second) {
    static const char proposals[] =
        "{\"type\":\"proposals\",\"batch\":0,\"first_id\":0,\"genomes\":[[0,0,0,0,0,0,0,0],"
        "[0,0,1,0,0,0,0,0]]}";
    unlink(path);
    linas_search_destroy(begun(LINAS_TACTIC_RANDOM, 0));
    lns_journal *journal = opened(context, LNS_JOURNAL_CONTINUE);
    ck_assert_int_eq(count_lines(journal), 1);
    put(journal, proposals);
    put(journal, first);
    if (second)
        put(journal, second);
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
}

#define EVALUATION(id, genome, values, status)                                                     \
    "{\"type\":\"evaluation\",\"id\":" id ",\"genome\":" genome ",\"values\":" values              \
    ",\"status\":" status "}"
#define GENOME "[0,0,0,0,0,0,0,0]"
#define VALUES "{\"quality\":1,\"cost\":2.5}"
#define OK "\"ok\""
#define REMEASURED(id, values, status, after)                                                      \
    "{\"type\":\"remeasurement\",\"id\":" id ",\"after\":" after ",\"values\":" values             \
    ",\"status\":" status "}"
#define PROPOSALS(batch, first, genomes)                                                           \
    "{\"type\":\"proposals\",\"batch\":" batch ",\"first_id\":" first ",\"genomes\":" genomes "}"

START_TEST(lines_that_contradict) {
    static const char *const good = EVALUATION("0", GENOME, VALUES, OK);
    static const char *const bad[] = {EVALUATION("2", GENOME, VALUES, OK),
                                      EVALUATION("-1", GENOME, VALUES, OK),
                                      EVALUATION("\"x\"", GENOME, VALUES, OK),
                                      EVALUATION("null", GENOME, VALUES, OK),
                                      EVALUATION("1", GENOME, VALUES, OK),
                                      EVALUATION("0", "[0]", VALUES, OK),
                                      EVALUATION("0", "7", VALUES, OK),
                                      EVALUATION("0", "[0,0,0,0,0,0,0,3]", VALUES, OK),
                                      EVALUATION("0", "[0,0,0,0,0,0,0,0.5]", VALUES, OK),
                                      EVALUATION("0", GENOME, "{\"quality\":1}", OK),
                                      EVALUATION("0", GENOME, "{\"quality\":1,\"cost\":null}", OK),
                                      EVALUATION("0", GENOME, "[1,2]", OK),
                                      EVALUATION("0", GENOME, "null", OK),
                                      EVALUATION("\"\"", GENOME, VALUES, OK),
                                      EVALUATION("0.5", GENOME, VALUES, OK),
                                      EVALUATION("\"/\"", GENOME, VALUES, OK),
                                      EVALUATION("0", "[0,0,0,0,0,0,0,-1]", VALUES, OK),
                                      "{\"type\":\"evaluation\",\"id\":0,\"status\":\"ok\"}",
                                      "{\"type\":\"evaluation\",\"id\":0,\"values\":" VALUES
                                      ",\"status\":\"ok\"}",
                                      "{\"type\":\"attempt\"}",
                                      "{\"type\":\"attempt\",\"id\":2}",
                                      REMEASURED("0", VALUES, OK, "1"),
                                      REMEASURED("5", VALUES, OK, "1"),
                                      EVALUATION("0", GENOME, VALUES, "\"fine\""),
                                      EVALUATION("0", GENOME, VALUES, "3"),
                                      PROPOSALS("1", "2", "[[1,0,0,0,0,0,0,0]]"),
                                      "{\"type\":\"reference\",\"values\":{}}",
                                      "{\"type\":\"asynchronous\"}",
                                      "{\"type\":\"asynchronous\",\"outstanding\":0}",
                                      "{\"type\":\"asynchronous\",\"outstanding\":-1}",
                                      "{\"type\":\"asynchronous\",\"outstanding\":\"x\"}",
                                      "{\"type\":\"asynchronous\",\"outstanding\":4294967296}",
                                      "{\"typ\":1}",
                                      "{]}"};
    static const char *const bad_later[] = {
        EVALUATION("0", GENOME, VALUES, OK), PROPOSALS("1", "2", "[[1,0,0,0,0,0,0,0]]"),
        "{\"type\":\"attempt\",\"id\":0}",   REMEASURED("0", VALUES, OK, "null"),
        REMEASURED("0", "{}", OK, "1"),
    };
    linas_search *search;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        forge(bad[i], NULL);
        linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 1);
        refused(&options, LINAS_ERROR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), "line 3:"));
        ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
        ck_assert_ptr_null(search);
    }
    for (size_t i = 0; i < sizeof bad_later / sizeof *bad_later; i++) {
        forge(good, bad_later[i]);
        linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 1);
        refused(&options, LINAS_ERROR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), "line 4:"));
    }
    forge(good, "{\"type\":\"of a later version\",\"x\":[1]}");
    search = begun(LINAS_TACTIC_RANDOM, 1);
    ck_assert_uint_eq(linas_search_evaluations(search), 1);
    linas_search_destroy(search);
}
END_TEST

START_TEST(proposals_that_contradict) {
    static const char *const second = EVALUATION("1", "[0,0,1,0,0,0,0,0]", VALUES, OK);
    static const char *const bad[] = {PROPOSALS("1", "3", "[[1,0,0,0,0,0,0,0]]"),
                                      PROPOSALS("2", "2", "[[1,0,0,0,0,0,0,0]]"),
                                      PROPOSALS("1", "2", "[]"),
                                      PROPOSALS("1", "2", "7"),
                                      PROPOSALS("1", "2", "[[0,0,0,0,0,0,0,0]]"),
                                      PROPOSALS("1", "2", "[[0,0,0,1,0,0,0,0]]"),
                                      PROPOSALS("1", "2", "[[0,0,0,0]]"),
                                      PROPOSALS("1", "null", "[[1,0,0,0,0,0,0,0]]"),
                                      PROPOSALS("null", "2", "[[1,0,0,0,0,0,0,0]]"),
                                      REMEASURED("1", VALUES, OK, "2"),
                                      PROPOSALS("1", "2", "[7]")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        forge(EVALUATION("0", GENOME, VALUES, OK), second);
        lns_journal *journal = opened(context, LNS_JOURNAL_CONTINUE);
        ck_assert_int_eq(count_lines(journal), 4);
        put(journal, bad[i]);
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
        lns_journal_close(journal);
        linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 1);
        refused(&options, LINAS_ERROR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), "line 5:"));
    }
}
END_TEST

static void forge_header(const char *header) {
    unlink(path);
    lns_journal *journal = opened(context, LNS_JOURNAL_NEW);
    put(journal, header);
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
}

/* The header with one piece of text exchanged. */
static void exchange(const char *header, const char *what, const char *by) {
    char changed[4096];
    const char *at = strstr(header, what);
    ck_assert_ptr_nonnull(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - header), header, by,
             at + strlen(what));
    forge_header(changed);
}

START_TEST(headers_that_are_wrong) {
    char header[4096];
    linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 0);
    linas_search *search;
    linas_search_destroy(begun(LINAS_TACTIC_RANDOM, 0));
    size_t count = slurp(header, sizeof header);
    header[count - strlen(",\"check\":\"0123456789abcdef\"}\n")] = '\0';
    strcat(header, "}");
    static const char *const pieces[][2] = {
        {"\"direction\":\"max\"", "\"direction\":\"up\""},
        {"\"name\":\"quality\",", ""},
        {"\"lower_limit\":null,", ""},
        {"\"tactic\":\"random\"", "\"tactic\":\"guess\""},
        {"\"evaluations\":14", "\"evaluations\":\"99999999999999999999\""},
        {"\"initial\":5", "\"initial\":5000000000"},
        {"\"seed\":1", "\"seed\":1.5"},
        {"\"predictor\":\"ridge\",", ""},
        {"\"target\":\"raw\"", "\"target\":\"cooked\""},
        {"\"unit\":\"%\",", ""},
        {"\"direction\":\"max\",", ""},
        {"\"upper_limit\":null", "\"upper_limit\":\"none\""},
        {"\"batch\":3", "\"batch\":-3"},
        {"\"population\":6,", ""},
        {"\"generations\":4", "\"generations\":[]"},
        {"\"target\":\"raw\"", "\"target\":\"raw\",\"survival\":\"luck\""},
        {"\"target\":\"raw\"", "\"target\":\"raw\",\"survival\":1"},
        {"\"options\":{", "\"option\":{"},
    };
    options.resume = 1;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        exchange(header, pieces[i][0], pieces[i][1]);
        refused(&options, LINAS_ERROR_CORRUPT);
        ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
        ck_assert_ptr_null(search);
    }
    exchange(header, "\"format\":1", "\"format\":2");
    refused(&options, LINAS_ERROR_VERSION);
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_VERSION);
    exchange(header, "\"format\":1", "\"form\":1");
    refused(&options, LINAS_ERROR_CORRUPT);
    exchange(header, "\"fingerprint\":\"", "\"fingerprint\":\"x");
    refused(&options, LINAS_ERROR_MISMATCH);
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    exchange(header, "\"space\":{\"d\"", "\"space\":{\"e\"");
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    exchange(header, "\"fingerprint\":\"", "\"finger\":\"");
    refused(&options, LINAS_ERROR_MISMATCH);
    exchange(header, "\"source\":\"measured\",", "");
    refused(&options, LINAS_ERROR_CORRUPT);
    exchange(header, "\"objectives\":[", "\"objectives\":3,\"x\":[");
    refused(&options, LINAS_ERROR_MISMATCH);
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    exchange(header, "{\"linas\":", "{\"other\":");
    refused(&options, LINAS_ERROR_CORRUPT);
    exchange(header, "\"space\":{", "\"space\":3,\"x\":{");
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    forge_header("{\"linas\":{\"format\":1,\"space\":3}}");
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    exchange(header, "\"space\":", "\"spice\":");
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    exchange(header, "\"name\":\"quality\"", "\"name\":\"cost\"");
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    exchange(header, "\"batch\":3", "\"batch\":0");
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
    exchange(header, "\"version\":\"", "\"later\":{},\"version\":\"9.");
    search = begun(LINAS_TACTIC_RANDOM, 1);
    linas_search_destroy(search);
}
END_TEST

/* Names that need escapes stand in the header, whose space is found by its text. */
START_TEST(spaces_with_odd_names) {
    static const char *const values[] = {"a\"}", "\\", "{[\"", "]"};
    linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 0);
    linas_search *search;
    options.evaluations = 5;
    linas_space_destroy(space);
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_string(space, "q\"\\}", 3, values, 4, LINAS_CATEGORICAL),
                     LINAS_OK);
    ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
    linas_search_destroy(search);
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_OK);
    uint64_t ours, its;
    ck_assert_int_eq(linas_space_fingerprint(space, &ours), LINAS_OK);
    ck_assert_int_eq(linas_space_fingerprint(linas_search_space(search), &its), LINAS_OK);
    ck_assert_uint_eq(ours, its);
    linas_search_destroy(search);
}
END_TEST

/* Who computes and who predicts an objective is part of the search. */
START_TEST(sources_and_predictors_are_kept) {
    linas_search_options options = kept_options(LINAS_TACTIC_RANDOM, 0);
    linas_predictor_options model = LINAS_PREDICTOR_OPTIONS_INIT;
    linas_predictor *predictors[TINY_OBJECTIVES] = {NULL};
    linas_search *search;
    char header[8192];
    ck_assert_int_eq(linas_predictor_create(space, &model, &predictors[0]), LINAS_OK);
    options.predictors = predictors;
    objectives[1].compute = no_compute;
    ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
    linas_search_destroy(search);
    header[slurp(header, sizeof header)] = '\0';
    ck_assert_ptr_nonnull(strstr(header, "\"source\":\"computed\""));
    ck_assert_ptr_nonnull(strstr(header, "\"predictor\":\"host\""));
    options.resume = 1;
    ck_assert_int_eq(try_search(&options, &search), LINAS_OK);
    linas_search_destroy(search);
    options.predictors = NULL;
    refused(&options, LINAS_ERROR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "predictor"));
    linas_predictor_destroy(predictors[0]);
}
END_TEST

/* -- resources --------------------------------------------------------------------------------- */

START_TEST(a_full_disk_keeps_the_candidate) {
    char *whole = malloc(CAPACITY);
    uint64_t ids[1];
    int32_t genome[TINY_VARIABLES];
    size_t count, asked = 0, failed = 0, total = whole_journal(_i, whole);
    signal(SIGXFSZ, SIG_IGN);
    unlink(path);
    linas_search *search = begun(_i, 0);
    for (size_t room = 1000;; room += 97) {
        double values[2];
        linas_status status = LINAS_OK;
        bool done = false;
        limit_file_size(room);
        if (!asked) {
            status = linas_search_ask(search, 1, ids, genome, &count);
            done = status == LINAS_OK && count == 0;
            asked = status == LINAS_OK && count == 1;
        }
        if (asked) {
            tiny_measure(genome, values);
            status = linas_search_tell(search, ids[0], values, 2);
            asked = status != LINAS_OK;
        }
        limit_file_size(0);
        if (done)
            break;
        failed += status != LINAS_OK;
        room -= status == LINAS_OK ? 97 : 0;
        ck_assert_int_eq(status, status == LINAS_OK ? LINAS_OK : LINAS_ERROR_IO);
        ck_assert_uint_eq(linas_search_outstanding(search), asked);
    }
    ck_assert_uint_gt(failed, 10);
    linas_search_destroy(search);
    assert_journal_is(whole, total);
    free(whole);
}
END_TEST

/* False when nothing failed. */
static bool resume_poorly(long at, bool reading) {
    test_allocator allocator;
    linas_context *poor = test_failing_context(&allocator, at);
    linas_space *own = poor ? tiny_space(poor) : NULL;
    linas_search *search = NULL;
    linas_search_options options = kept_options(LINAS_TACTIC_NSGA2, 1);
    linas_status status = LINAS_ERROR_NO_MEMORY;
    if (poor && reading)
        status = linas_search_open_journal(poor, path, &search);
    else if (own)
        status = linas_search_create(poor, own, objectives, 2, &options, &search);
    ck_assert_msg(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY, "%d: %s", status,
                  linas_context_message(poor));
    ck_assert((status == LINAS_OK) == (search != NULL));
    if (search)
        ck_assert_uint_eq(linas_search_evaluations(search), 9);
    linas_search_destroy(search);
    linas_space_destroy(own);
    linas_context_destroy(poor);
    ck_assert_int_eq(allocator.live, 0);
    return allocator.calls > at;
}

START_TEST(memory_fails_while_resuming) {
    char *whole = malloc(CAPACITY);
    linas_search *search = begun(LINAS_TACTIC_NSGA2, 0);
    ck_assert_int_eq(run_until(search, 9), 77);
    linas_search_destroy(search);
    size_t count = slurp(whole, CAPACITY);
    for (long at = 0; resume_poorly(at, _i == 1); at += tiny_loops(1, 7))
        assert_journal_is(whole, count);
    free(whole);
}
END_TEST

static TCase *one_case(Suite *suite, const char *name, void (*before)(void), void (*after)(void)) {
    TCase *cases = tcase_create(name);
    tcase_add_checked_fixture(cases, before, after);
    tcase_set_timeout(cases, 600);
    suite_add_tcase(suite, cases);
    return cases;
}

int main(void) {
    Suite *suite = suite_create("journal");
    TCase *cases = one_case(suite, "storage", make_path, drop_path);
    tcase_add_test(cases, lines_come_back);
    tcase_add_test(cases, put_aside_and_forgotten);
    tcase_add_test(cases, long_lines_and_many);
    tcase_add_test(cases, what_cannot_be_opened);
    tcase_add_test(cases, one_writer_many_readers);
    tcase_add_test(cases, torn_at_every_byte);
    tcase_add_test(cases, damage_is_named);
    tcase_add_test(cases, a_full_disk_leaves_no_trace);
    tcase_add_test(cases, interruptions_do_not_matter);
    tcase_add_test(cases, what_fails_while_opening);
    tcase_add_test(cases, what_fails_while_committing);
    tcase_add_test(cases, the_directory_is_made_durable);
    tcase_add_test(cases, a_path_without_a_directory);
    tcase_add_test(cases, closing_makes_the_rest_durable);
    tcase_add_test(cases, forged_marks_are_damage);
    tcase_add_test(cases, memory_fails_everywhere);
    cases = one_case(suite, "searches", set_up, tear_down);
    tcase_add_loop_test(cases, interrupted_at_every_evaluation, 0, 3);
    tcase_add_loop_test(cases, torn_anywhere_goes_on, 0, 3);
    tcase_add_loop_test(cases, outstanding_and_out_of_order, 0, 3);
    tcase_add_loop_test(cases, a_larger_budget_goes_on, 0, 3);
    tcase_add_loop_test(cases, another_survival_goes_on, 0, 2);
    tcase_add_test(cases, another_search_is_refused);
    tcase_add_test(cases, files_that_cannot_be_used);
    tcase_add_loop_test(cases, a_journal_is_read_without_its_host, 0, 3);
    tcase_add_test(cases, the_lines_are_as_documented);
    tcase_add_test(cases, the_host_s_reference_is_kept);
    tcase_add_test(cases, the_locale_does_not_matter);
    tcase_add_test(cases, lines_that_contradict);
    tcase_add_test(cases, proposals_that_contradict);
    tcase_add_test(cases, headers_that_are_wrong);
    tcase_add_test(cases, spaces_with_odd_names);
    tcase_add_test(cases, sources_and_predictors_are_kept);
    tcase_add_loop_test(cases, a_full_disk_keeps_the_candidate, 0, 3);
    tcase_add_loop_test(cases, memory_fails_while_resuming, 0, 2);
    return test_run(suite);
}
