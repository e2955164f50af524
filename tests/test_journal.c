/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's storage: what was committed is there, what was torn is not, damage is named. */
#define _POSIX_C_SOURCE 200809L
#include "io/journal.h"
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static void make_path(void) {
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/linas-journal-%ld", folder, (long)getpid());
    unlink(path);
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

static lns_journal *opened(linas_context *context, lns_journal_mode mode) {
    lns_journal *journal = NULL;
    ck_assert_int_eq(lns_journal_open(context, path, mode, &journal), LINAS_OK);
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
    linas_context *context = test_context();
    lns_journal *journal = opened(context, LNS_JOURNAL_NEW);
    put(journal, "{\"a\":1}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    put(journal, "{\"b\":2}");
    put(journal, "{\"c\":3}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);

    const char *line;
    size_t length;
    journal = opened(context, LNS_JOURNAL_READ);
    ck_assert_int_eq(lns_journal_next(journal, &line, &length), LINAS_OK);
    ck_assert_uint_eq(length, strlen("{\"a\":1,\"check\":\"0123456789abcdef\"}"));
    ck_assert_int_eq(strncmp(line, "{\"a\":1,\"check\":\"", 16), 0);
    ck_assert_uint_eq(lns_journal_line(journal), 1);
    ck_assert_int_eq(count_lines(journal), 2);
    lns_journal_close(journal);
    linas_context_destroy(context);
}
END_TEST

START_TEST(put_aside_and_forgotten) {
    linas_context *context = test_context();
    lns_journal *journal = opened(context, LNS_JOURNAL_NEW);
    put(journal, "{\"a\":1}");
    lns_journal_discard(journal);
    put(journal, "{\"b\":2}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
    journal = opened(context, LNS_JOURNAL_CONTINUE);
    ck_assert_int_eq(count_lines(journal), 1);
    lns_journal_close(journal);
    linas_context_destroy(context);
}
END_TEST

START_TEST(long_lines_and_many) {
    enum { LONG = 300000 };
    linas_context *context = test_context();
    char *object = malloc(LONG + 1);
    memset(object, 'x', LONG);
    memcpy(object, "{\"a\":\"", 6);
    memcpy(object + LONG - 2, "\"}", 3);
    lns_journal *journal = opened(context, LNS_JOURNAL_NEW);
    for (int i = 0; i < 3; i++) {
        put(journal, object);
        put(journal, "{\"b\":2}");
    }
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
    journal = opened(context, LNS_JOURNAL_READ);
    ck_assert_int_eq(count_lines(journal), 6);
    lns_journal_close(journal);
    free(object);
    linas_context_destroy(context);
}
END_TEST

START_TEST(what_cannot_be_opened) {
    linas_context *context = test_context();
    lns_journal *journal = NULL;
    ck_assert_int_eq(lns_journal_open(context, path, LNS_JOURNAL_READ, &journal), LINAS_ERROR_IO);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), path));
    ck_assert_int_eq(lns_journal_open(context, path, LNS_JOURNAL_CONTINUE, &journal),
                     LINAS_ERROR_IO);
    ck_assert_int_eq(lns_journal_open(context, "/dev", LNS_JOURNAL_READ, &journal), LINAS_ERROR_IO);
    ck_assert_int_eq(lns_journal_open(context, "/dev/null", LNS_JOURNAL_NEW, &journal),
                     LINAS_ERROR_IO);
    ck_assert_int_eq(lns_journal_open(context, "/nowhere/at/all", LNS_JOURNAL_NEW, &journal),
                     LINAS_ERROR_IO);
    spill("x", 1);
    ck_assert_int_eq(lns_journal_open(context, path, LNS_JOURNAL_NEW, &journal), LINAS_ERROR_IO);
    ck_assert_ptr_null(journal);
    linas_context_destroy(context);
}
END_TEST

START_TEST(one_writer_many_readers) {
    linas_context *context = test_context();
    lns_journal *writer = opened(context, LNS_JOURNAL_NEW), *second = NULL;
    ck_assert_int_eq(lns_journal_open(context, path, LNS_JOURNAL_CONTINUE, &second),
                     LINAS_ERROR_LOCKED);
    ck_assert_int_eq(lns_journal_open(context, path, LNS_JOURNAL_NEW, &second), LINAS_ERROR_LOCKED);
    lns_journal *reader = opened(context, LNS_JOURNAL_READ);
    put(writer, "{\"a\":1}");
    ck_assert_int_eq(lns_journal_commit(writer), LINAS_OK);
    ck_assert_int_eq(count_lines(reader), 1);
    lns_journal_close(writer);
    second = opened(context, LNS_JOURNAL_CONTINUE);
    lns_journal_close(second);
    lns_journal_close(reader);
    linas_context_destroy(context);
}
END_TEST

/* Three lines of 35 bytes. */
static size_t write_three(linas_context *context, char *bytes, size_t capacity) {
    lns_journal *journal = opened(context, LNS_JOURNAL_NEW);
    put(journal, "{\"a\":1}");
    put(journal, "{\"b\":2}");
    put(journal, "{\"c\":3}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    lns_journal_close(journal);
    return slurp(bytes, capacity);
}

START_TEST(torn_at_every_byte) {
    char whole[512], after[512];
    linas_context *context = test_context();
    size_t total = write_three(context, whole, sizeof whole), line = total / 3;
    for (size_t kept = 0; kept <= total; kept++) {
        const char *tail;
        size_t length;
        spill(whole, kept);
        lns_journal *journal = opened(context, LNS_JOURNAL_CONTINUE);
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
    linas_context_destroy(context);
}
END_TEST

START_TEST(damage_is_named) {
    char whole[512];
    linas_context *context = test_context();
    size_t total = write_three(context, whole, sizeof whole), line = total / 3;
    for (size_t at = 0; at < total; at++) {
        whole[at] ^= 1;
        spill(whole, total);
        lns_journal *journal = opened(context, LNS_JOURNAL_READ);
        if (at == total - 1) { /* the last line is torn */
            ck_assert_int_eq(count_lines(journal), 2);
        } else {
            char where[32];
            ck_assert_int_eq(count_lines(journal), -1);
            snprintf(where, sizeof where, "line %zu:", at / line + 1);
            ck_assert_ptr_nonnull(strstr(linas_context_message(context), where));
        }
        lns_journal_close(journal);
        whole[at] ^= 1;
    }
    spill("\n", 1);
    lns_journal *journal = opened(context, LNS_JOURNAL_READ);
    ck_assert_int_eq(count_lines(journal), -1);
    lns_journal_close(journal);
    linas_context_destroy(context);
}
END_TEST

static void limit_file_size(size_t bytes) {
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes > 0 ? bytes : limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_leaves_no_trace) {
    char before[512], after[512];
    linas_context *context = test_context();
    signal(SIGXFSZ, SIG_IGN);
    size_t total = write_three(context, before, sizeof before);
    lns_journal *journal = opened(context, LNS_JOURNAL_CONTINUE);
    ck_assert_int_eq(count_lines(journal), 3);
    for (size_t room = 0; room < total / 3; room++) {
        put(journal, "{\"d\":4}");
        limit_file_size(total + room);
        ck_assert_int_eq(lns_journal_commit(journal), LINAS_ERROR_IO);
        limit_file_size(0);
        ck_assert_uint_eq(slurp(after, sizeof after), total);
    }
    put(journal, "{\"e\":5}");
    ck_assert_int_eq(lns_journal_commit(journal), LINAS_OK);
    ck_assert_uint_eq(slurp(after, sizeof after), total + total / 3);
    ck_assert_ptr_nonnull(strstr(after, "\"e\":5"));
    lns_journal_close(journal);
    linas_context_destroy(context);
}
END_TEST

/* -1 when memory was short somewhere. */
static int write_and_read(linas_context *context) {
    lns_journal *journal = NULL;
    const char *object = "{\"a\":1}", *line = "";
    size_t length;
    linas_status status = lns_journal_open(context, path, LNS_JOURNAL_NEW, &journal);
    if (status == LINAS_OK)
        status = lns_journal_add(journal, object, strlen(object));
    if (status == LINAS_OK)
        status = lns_journal_commit(journal);
    lns_journal_close(journal);
    journal = NULL;
    if (status == LINAS_OK)
        status = lns_journal_open(context, path, LNS_JOURNAL_CONTINUE, &journal);
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
        linas_context *context = test_failing_context(&allocator, at);
        unlink(path);
        result = write_and_read(context);
        linas_context_destroy(context);
        ck_assert_int_eq(allocator.live, 0);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("journal");
    TCase *cases = tcase_create("journal");
    tcase_add_checked_fixture(cases, make_path, drop_path);
    tcase_add_test(cases, lines_come_back);
    tcase_add_test(cases, put_aside_and_forgotten);
    tcase_add_test(cases, long_lines_and_many);
    tcase_add_test(cases, what_cannot_be_opened);
    tcase_add_test(cases, one_writer_many_readers);
    tcase_add_test(cases, torn_at_every_byte);
    tcase_add_test(cases, damage_is_named);
    tcase_add_test(cases, a_full_disk_leaves_no_trace);
    tcase_add_test(cases, memory_fails_everywhere);
    suite_add_tcase(suite, cases);
    return test_run(suite);
}
