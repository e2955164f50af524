/* SPDX-License-Identifier: Apache-2.0 */
/* What a search keeps of itself and of its evaluators: storage of the host, attempts, drift, and
 * archives that do not depend on when an answer comes. */
#include "base/base.h"
#include "tiny_search.h"

#include <math.h>
#include <stdio.h>

/* -- a storage in memory ------------------------------------------------------------------------
 */

enum { ROOM = 1 << 17, FAULT = 41 };

typedef struct memory {
    char bytes[ROOM];
    size_t length;
    long appends;
    long syncs;
    long fail_append; /* number of the append that fails, from 0; -1: none */
    long fail_sync;
    size_t partly;        /* bytes that a failing append leaves */
    size_t piece;         /* size of what iterate hands over */
    int32_t fail_iterate; /* its code, or 0 */
    linas_search *inside; /* must refuse calls from here */
    long refused;
} memory;

static memory disk;

static int32_t append(void *user_data, const void *bytes, size_t length) {
    memory *m = user_data;
    bool fails = m->appends++ == m->fail_append;
    size_t taken = fails && m->partly < length ? m->partly : length;
    if (m->inside && linas_search_sync(m->inside) == LINAS_ERROR_REENTRANT)
        m->refused++;
    ck_assert_uint_lt(m->length + taken, ROOM);
    memcpy(m->bytes + m->length, bytes, taken);
    m->length += taken;
    return fails ? FAULT : 0;
}

static int32_t sync_now(void *user_data) {
    memory *m = user_data;
    return m->syncs++ == m->fail_sync ? FAULT + 1 : 0;
}

static int32_t iterate(void *user_data, linas_take_fn take, void *take_data) {
    memory *m = user_data;
    int32_t nothing = take(take_data, NULL, 0);
    if (m->fail_iterate || nothing != 0)
        return m->fail_iterate ? m->fail_iterate : nothing;
    for (size_t at = 0; at < m->length; at += m->piece) {
        size_t length = m->length - at < m->piece ? m->length - at : m->piece;
        int32_t code = take(take_data, m->bytes + at, length);
        if (code != 0)
            return code;
    }
    return 0;
}

static linas_storage storage_of(memory *m) {
    linas_storage storage;
    linas_storage_init(&storage);
    storage.append = append;
    storage.sync = sync_now;
    storage.iterate = iterate;
    storage.user_data = m;
    return storage;
}

static void format_disk(void) {
    memset(&disk, 0, sizeof disk);
    disk.fail_append = disk.fail_sync = -1;
    disk.piece = 7;
}

/* -- searches -----------------------------------------------------------------------------------
 */

static linas_context *context;
static linas_space *space;
static linas_objective objectives[TINY_OBJECTIVES];
static linas_storage storage;

static void set_up(void) {
    context = test_context();
    space = tiny_space(context);
    ck_assert_ptr_nonnull(space);
    tiny_objectives(objectives);
    format_disk();
    storage = storage_of(&disk);
}

static void tear_down(void) {
    linas_space_destroy(space);
    linas_context_destroy(context);
}

static linas_search_options stored(int32_t tactic, uint32_t resume) {
    linas_search_options options = tiny_options(tactic);
    options.storage = &storage;
    options.resume = resume;
    return options;
}

static linas_search *made(const linas_search_options *options) {
    return tiny_begun(context, space, objectives, options);
}

static linas_status run_until(linas_search *search, long stop_at) {
    return tiny_run(search, stop_at, 77);
}

/* Everything that a search found, whatever the order of the answers. */
static uint64_t digest(const linas_search *search) {
    uint64_t sum = 0, hash = 7;
    linas_evaluation e = LINAS_EVALUATION_INIT;
    for (uint64_t i = 0; i < linas_search_evaluations(search); i++) {
        ck_assert_int_eq(linas_search_evaluation(search, i, &e), LINAS_OK);
        uint64_t one = lns_hash_u64(e.id, (uint64_t)e.outcome);
        one = lns_hash_bytes(one, e.genome, TINY_VARIABLES * sizeof *e.genome);
        if (e.outcome == LINAS_EVALUATION_OK)
            one = lns_hash_bytes(one, e.values, TINY_OBJECTIVES * sizeof *e.values);
        sum += one;
    }
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    for (size_t i = 0; linas_front_get(front, i, &e) == LINAS_OK; i++)
        hash = lns_hash_u64(hash, e.id);
    linas_front_destroy(front);
    return lns_hash_u64(hash, sum);
}

static uint64_t whole_digest(int32_t tactic) {
    linas_search_options options = stored(tactic, 0);
    linas_search *search = made(&options);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    uint64_t found = digest(search);
    linas_search_destroy(search);
    return found;
}

/* Goes on from the storage to the end. */
static void finish_and_compare(int32_t tactic, uint64_t expected) {
    linas_search_options options = stored(tactic, 1);
    linas_search *search = made(&options);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    ck_assert_uint_eq(digest(search), expected);
    linas_search_destroy(search);
    linas_search *reader = NULL;
    ck_assert_int_eq(linas_search_open_storage(context, &storage, &reader), LINAS_OK);
    ck_assert_uint_eq(digest(reader), expected);
    linas_search_destroy(reader);
}

START_TEST(storage_is_the_file) {
    const char *path = "/tmp/linas-reliability.jsonl";
    uint64_t expected = whole_digest(_i);
    char *file = malloc(ROOM);
    remove(path);
    linas_search_options options = tiny_options(_i);
    options.journal = path;
    linas_search *search = made(&options);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    ck_assert_uint_eq(digest(search), expected);
    linas_search_destroy(search);
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fread(file, 1, ROOM, stream), disk.length);
    ck_assert_mem_eq(file, disk.bytes, disk.length);
    fclose(stream);
    remove(path);
    free(file);
}
END_TEST

START_TEST(storage_torn_at_every_byte) {
    uint64_t expected = whole_digest(_i);
    static memory whole;
    whole = disk;
    for (size_t kept = 0; kept < whole.length; kept += (size_t)tiny_loops(3, 101)) {
        disk = whole;
        disk.length = kept;
        finish_and_compare(_i, expected);
    }
    /* Torn again while the tear is being marked. */
    for (size_t marked = 1; marked < 60; marked += 3) {
        disk = whole;
        disk.length = whole.length * 2 / 3;
        disk.appends = 0;
        disk.fail_append = 0;
        disk.partly = marked;
        linas_search_options options = stored(_i, 1);
        linas_search *search = made(&options);
        ck_assert_int_eq(run_until(search, -1), FAULT);
        linas_search_destroy(search);
        disk.fail_append = -1;
        finish_and_compare(_i, expected);
    }
}
END_TEST

START_TEST(storage_fails_at_every_call) {
    uint64_t expected = whole_digest(_i);
    long appends = disk.appends, syncs = disk.syncs;
    ck_assert_int_gt(appends, 14);
    for (long at = 1; at < appends + syncs; at++) {
        format_disk();
        if (at < appends)
            disk.fail_append = at;
        else
            disk.fail_sync = at - appends + 1;
        disk.partly = (size_t)(at * 37);
        linas_search_options options = stored(_i, 0);
        linas_search *search = made(&options);
        linas_status status = run_until(search, -1);
        ck_assert_int_eq(status, at < appends ? FAULT : at + 1 == appends + syncs ? 0 : FAULT + 1);
        uint64_t answered = linas_search_evaluations(search);
        if (status != LINAS_OK)
            ck_assert_int_eq(run_until(search, -1), LINAS_ERROR_IO);
        linas_search_destroy(search);
        disk.fail_append = disk.fail_sync = -1;
        linas_search *reader = NULL;
        ck_assert_int_eq(linas_search_open_storage(context, &storage, &reader), LINAS_OK);
        ck_assert_uint_ge(linas_search_evaluations(reader), answered);
        linas_search_destroy(reader);
        finish_and_compare(_i, expected);
    }
}
END_TEST

/* What no host should do. */
static int32_t hands_over_nowhere(void *user_data, linas_take_fn take, void *take_data) {
    (void)user_data;
    return take(take_data, NULL, 5);
}

/* A storage that is durable by itself; and one that is read while memory fails. */
START_TEST(storage_without_sync) {
    storage.sync = NULL;
    linas_search_options options = stored(LINAS_TACTIC_RANDOM, 0);
    options.sync_every = 4;
    linas_search *search = made(&options);
    ck_assert_int_eq(run_until(search, 2), 77);
    ck_assert_int_eq(linas_search_sync(search), LINAS_OK);
    ck_assert_int_eq(run_until(search, 1), 77);
    uint64_t evaluations = linas_search_evaluations(search);
    linas_search_destroy(search);
    ck_assert_int_eq(disk.syncs, 0);
    linas_status status = LINAS_ERROR_NO_MEMORY;
    for (long at = 1; status != LINAS_OK; at++) {
        test_allocator allocator;
        linas_context *failing = test_failing_context(&allocator, at);
        linas_search *reader = NULL;
        status = linas_search_open_storage(failing, &storage, &reader);
        ck_assert(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY);
        ck_assert(status != LINAS_OK || linas_search_evaluations(reader) == evaluations);
        linas_search_destroy(reader);
        linas_context_destroy(failing);
        ck_assert_int_eq(allocator.live, 0);
    }
}
END_TEST

START_TEST(storage_is_checked) {
    linas_search *search = NULL;
    linas_search_options options = stored(0, 0);
    linas_storage bad = storage;
    options.storage = &bad;
    bad.append = NULL;
    ck_assert_int_eq(linas_search_create(context, space, objectives, 2, &options, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    bad = storage;
    bad.flags = 1;
    ck_assert_int_eq(linas_search_create(context, space, objectives, 2, &options, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    bad = storage;
    bad.size = 0;
    ck_assert_int_eq(linas_search_create(context, space, objectives, 2, &options, &search),
                     LINAS_ERROR_STRUCT_SIZE);
    bad = storage;
    bad.iterate = NULL;
    ck_assert_int_eq(linas_search_open_storage(context, &bad, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    bad = storage;
    disk.fail_iterate = FAULT;
    ck_assert_int_eq(linas_search_open_storage(context, &bad, &search), FAULT);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "could not read"));
    disk.fail_iterate = LINAS_ERROR_NO_MEMORY;
    ck_assert_int_eq(linas_search_open_storage(context, &bad, &search), LINAS_ERROR_NO_MEMORY);
    ck_assert_str_eq(linas_context_message(context), "out of memory");
    disk.fail_iterate = 0;
    bad.iterate = hands_over_nowhere;
    ck_assert_int_eq(linas_search_open_storage(context, &bad, &search), LINAS_ERROR_NO_MEMORY);
    ck_assert_ptr_null(search);
    bad = storage;
    options.journal = "x";
    ck_assert_int_eq(linas_search_create(context, space, objectives, 2, &options, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    options.journal = NULL;
    search = made(&options);
    disk.inside = search;
    disk.appends = 0;
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    ck_assert_int_eq(disk.refused, disk.appends);
    linas_search_destroy(search);
    disk.inside = NULL;
    ck_assert_int_eq(linas_search_create(context, space, objectives, 2, &options, &search),
                     LINAS_ERROR_IO);
}
END_TEST

START_TEST(synchronised_in_batches) {
    whole_digest(LINAS_TACTIC_RANDOM);
    ck_assert_int_eq(disk.syncs, disk.appends);
    format_disk();
    linas_search_options options = stored(LINAS_TACTIC_RANDOM, 0);
    options.sync_every = 4;
    linas_search *search = made(&options);
    ck_assert_int_eq(disk.syncs, 1);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    long commits = disk.appends;
    ck_assert_int_eq(disk.syncs, 1 + (commits - 1) / 4);
    ck_assert_int_ne((commits - 1) % 4, 0);
    ck_assert_int_eq(linas_search_sync(search), LINAS_OK);
    ck_assert_int_eq(disk.syncs, 2 + (commits - 1) / 4);
    linas_search_destroy(search);
    ck_assert_int_eq(disk.syncs, 2 + (commits - 1) / 4);
    format_disk();
    search = made(&options);
    ck_assert_int_eq(run_until(search, 1), 77);
    linas_search_destroy(search);
    ck_assert_int_eq(disk.syncs, 2); /* closing makes the rest durable */
}
END_TEST

/* -- later versions ------------------------------------------------------------------------------
 */

static void append_line(const char *object) {
    size_t length = strlen(object) - 1;
    disk.length +=
        (size_t)sprintf(disk.bytes + disk.length, "%.*s,\"check\":\"%016llx\"}\n", (int)length,
                        object, (unsigned long long)lns_hash_bytes(0, object, length));
}

/* Gives every line a member more, and every third one a follower of an unknown type. */
static void write_as_later_version(void) {
    static memory old;
    old = disk;
    disk.length = 0;
    char *next = old.bytes;
    for (int number = 0; next < old.bytes + old.length; number++) {
        static char object[ROOM];
        char *end = memchr(next, '\n', ROOM), *check = end;
        while (memcmp(check, ",\"check\":", 9) != 0)
            check--;
        snprintf(object, sizeof object, "%.*s,\"later\":[%d,{}]}", (int)(check - next), next,
                 number);
        append_line(object);
        if (number % 3 == 0)
            append_line("{\"type\":\"later\",\"more\":1e300}");
        next = end + 1;
    }
}

START_TEST(what_later_versions_wrote_is_kept) {
    uint64_t expected = whole_digest(_i);
    format_disk();
    linas_search_options options = stored(_i, 0);
    linas_search *search = made(&options);
    ck_assert_int_eq(run_until(search, 8), 77);
    linas_search_destroy(search);
    write_as_later_version();
    static memory before;
    before = disk;
    finish_and_compare(_i, expected);
    ck_assert_uint_gt(disk.length, before.length);
    ck_assert_mem_eq(disk.bytes, before.bytes, before.length);
}
END_TEST

START_TEST(damage_tells_what_is_whole) {
    whole_digest(LINAS_TACTIC_RANDOM);
    char *third = memchr(memchr(disk.bytes, '\n', ROOM) + 1, '\n', ROOM);
    char expected[64];
    snprintf(expected, sizeof expected, "the 2 lines before it (%zu bytes) are whole",
             (size_t)(third + 1 - disk.bytes));
    third[12] ^= 1;
    linas_search *search = NULL;
    ck_assert_int_eq(linas_search_open_storage(context, &storage, &search), LINAS_ERROR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), expected));
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "line 3"));
}
END_TEST

/* -- attempts ------------------------------------------------------------------------------------
 */

/* Sub-network `id` fails `id % 4` times, odd ones by time. */
static int32_t flaky(void *user_data, linas_candidate *candidate) {
    uint32_t *seen = user_data;
    uint64_t id = linas_candidate_id(candidate);
    double values[TINY_OBJECTIVES];
    if (seen[id]++ < id % 4) {
        if (id % 2 == 1)
            linas_candidate_time_out(candidate, "slow");
        else
            linas_candidate_fail(candidate, "broken");
        return 0;
    }
    tiny_measure(linas_candidate_genome(candidate), values);
    linas_candidate_set(candidate, "quality", values[0]);
    linas_candidate_set(candidate, "cost", values[1]);
    return 0;
}

static linas_status run_flaky(linas_search *search, uint32_t *seen) {
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = flaky;
    evaluator.evaluate_data = seen;
    return linas_search_run(search, &evaluator);
}

START_TEST(tried_again_up_to_the_limit) {
    for (uint32_t attempts = 0; attempts < 6; attempts++) {
        uint32_t seen[14] = {0}, most = attempts == 0 ? 1 : attempts;
        format_disk();
        linas_search_options options = stored(_i, 0);
        options.attempts = attempts;
        linas_search *search = made(&options);
        ck_assert_int_eq(run_flaky(search, seen), LINAS_OK);
        ck_assert_uint_eq(linas_search_evaluations(search), 14);
        linas_evaluation e = LINAS_EVALUATION_INIT;
        for (uint64_t i = 0; linas_search_evaluation(search, i, &e) == LINAS_OK; i++) {
            uint64_t needed = e.id % 4 + 1;
            ck_assert_uint_eq(seen[e.id], needed < most ? needed : most);
            if (needed <= most)
                ck_assert_int_eq(e.outcome, LINAS_EVALUATION_OK);
            else
                ck_assert_int_eq(e.outcome, e.id % 2 == 1 ? LINAS_EVALUATION_TIMED_OUT
                                                          : LINAS_EVALUATION_FAILED);
        }
        uint64_t expected = digest(search);
        linas_search_destroy(search);
        linas_search *reader = NULL;
        ck_assert_int_eq(linas_search_open_storage(context, &storage, &reader), LINAS_OK);
        ck_assert_uint_eq(digest(reader), expected);
        linas_search_destroy(reader);
    }
}
END_TEST

START_TEST(attempts_outlive_the_process) {
    linas_search_options options = stored(LINAS_TACTIC_RANDOM, 0);
    options.attempts = 3;
    linas_search *search = made(&options);
    uint64_t ids[4], again[4];
    int32_t genomes[4 * TINY_VARIABLES];
    double values[2] = {(double)NAN, 1.0};
    size_t count = 0;
    ck_assert_int_eq(linas_search_ask(search, 4, ids, genomes, &count), LINAS_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(linas_search_tell(search, ids[1], values, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_tell(search, ids[1], values, 2), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_uint_eq(linas_search_evaluations(search), 0);
    ck_assert_uint_eq(linas_search_outstanding(search), 3);
    ck_assert_int_eq(linas_search_ask(search, 1, again, genomes, &count), LINAS_OK);
    ck_assert_uint_eq(again[0], ids[1]);
    ck_assert_int_eq(linas_search_tell_failed(search, ids[1], LINAS_EVALUATION_TIMED_OUT, "late"),
                     LINAS_OK);
    linas_search_destroy(search);
    options.resume = 1;
    search = made(&options);
    ck_assert_int_eq(linas_search_ask(search, 4, ids, genomes, &count), LINAS_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(linas_search_tell_failed(search, ids[1], LINAS_EVALUATION_FAILED, "again"),
                     LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), 1); /* the third attempt was the last */
    ck_assert_int_eq(linas_search_tell_failed(search, ids[0], LINAS_EVALUATION_CANCELLED, NULL),
                     LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), 2); /* never tried again */
    linas_search_destroy(search);
}
END_TEST

START_TEST(cancelled_is_no_failure_in_a_row) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    options.max_failures = 3;
    linas_search *search = made(&options);
    static const int32_t outcomes[] = {1, 3, 4, 4, 4, 1};
    for (size_t i = 0; i < 6; i++) {
        uint64_t id;
        int32_t genome[TINY_VARIABLES];
        size_t count = 0;
        ck_assert_int_eq(linas_search_ask(search, 1, &id, genome, &count), LINAS_OK);
        ck_assert_uint_eq(count, 1);
        ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_NONE);
        ck_assert_int_eq(linas_search_tell_failed(search, id, outcomes[i], NULL), LINAS_OK);
    }
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_FAILURES);
    linas_search_destroy(search);
}
END_TEST

/* -- drift ---------------------------------------------------------------------------------------
 */

typedef struct device {
    long calls;
    double warmth; /* factor on the cost, growing */
    long repeated;
    bool seen[64];
} device;

static int32_t drifting(void *user_data, linas_candidate *candidate) {
    device *d = user_data;
    double values[TINY_OBJECTIVES];
    d->calls++;
    if (d->seen[linas_candidate_id(candidate)])
        d->repeated++;
    d->seen[linas_candidate_id(candidate)] = true;
    tiny_measure(linas_candidate_genome(candidate), values);
    linas_candidate_set(candidate, "quality", values[0]);
    linas_candidate_set(candidate, "cost", values[1] * (1.0 + d->warmth * (double)(d->calls - 1)));
    return 0;
}

static long warnings;
static void listen(void *user_data, int32_t level, const char *message) {
    (void)user_data;
    if (level == LINAS_LOG_WARNING && strstr(message, "cost of the reference"))
        warnings++;
}

START_TEST(drift_is_reported) {
    linas_context_options loud = LINAS_CONTEXT_OPTIONS_INIT;
    linas_context *own = NULL;
    loud.log = listen;
    ck_assert_int_eq(linas_context_create(&own, &loud), LINAS_OK);
    linas_space *its = tiny_space(own);
    linas_search_options options = stored(_i, 0);
    options.remeasure = 4;
    options.drift_limit = 0.05;
    linas_search *search = NULL;
    ck_assert_int_eq(linas_search_create(own, its, objectives, 2, &options, &search), LINAS_OK);
    linas_drift drift = LINAS_DRIFT_INIT;
    ck_assert_int_eq(linas_search_drift(search, 1, &drift), LINAS_ERROR_WRONG_ORDER);
    device d = {.warmth = 0.01};
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = drifting;
    evaluator.evaluate_data = &d;
    warnings = 0;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), 14);
    ck_assert_int_eq(d.repeated, 3); /* after 4, 8 and 12 answers */
    ck_assert_int_eq(d.calls, 17);
    ck_assert_int_eq(linas_search_drift(search, 1, &drift), LINAS_OK);
    ck_assert_uint_eq(drift.measurements, 4);
    ck_assert_uint_eq(drift.id, 0);
    ck_assert_double_eq_tol(drift.change, 0.14, 1e-9);
    ck_assert_int_eq(drift.exceeded, 1);
    ck_assert_double_gt(drift.deviation, 0.0);
    ck_assert_int_eq(warnings, 2); /* 9 and 14 per cent */
    ck_assert_int_eq(linas_search_drift(search, 0, &drift), LINAS_OK);
    ck_assert_double_eq(drift.change, 0.0);
    ck_assert_double_eq(drift.deviation, 0.0);
    ck_assert_int_eq(drift.exceeded, 0);
    ck_assert_int_eq(linas_search_drift(search, 2, &drift), LINAS_ERROR_OUT_OF_RANGE);
    linas_search_destroy(search);
    ck_assert_int_eq(linas_search_open_storage(own, &storage, &search), LINAS_OK);
    ck_assert_int_eq(linas_search_drift(search, 1, &drift), LINAS_OK);
    ck_assert_uint_eq(drift.measurements, 4);
    ck_assert_double_eq_tol(drift.change, 0.14, 1e-9);
    linas_search_destroy(search);
    linas_space_destroy(its);
    linas_context_destroy(own);
}
END_TEST

START_TEST(remeasuring_changes_no_proposal) {
    uint64_t expected = whole_digest(_i);
    for (long stop_at = 0; stop_at < 17; stop_at++) {
        format_disk();
        linas_search_options options = stored(_i, 0);
        options.remeasure = 4;
        linas_search *search = made(&options);
        ck_assert_int_eq(run_until(search, stop_at), 77);
        linas_search_destroy(search);
        options.resume = 1;
        search = made(&options);
        ck_assert_int_eq(run_until(search, -1), LINAS_OK);
        ck_assert_uint_eq(digest(search), expected);
        linas_drift drift = LINAS_DRIFT_INIT;
        ck_assert_int_eq(linas_search_drift(search, 0, &drift), LINAS_OK);
        ck_assert_uint_eq(drift.measurements, 4);
        linas_search_destroy(search);
    }
}
END_TEST

/* -- answers in any order ------------------------------------------------------------------------
 */

static uint64_t state;
static size_t below(size_t bound) {
    state = lns_mix64(state + 0x9e3779b97f4a7c15u);
    return (size_t)(state % bound);
}

/* Hands out up to `width`, answers one of the outstanding at random; sometimes twice, sometimes one
 * that was never asked, sometimes as failed. */
static uint64_t shuffled(int32_t tactic, uint64_t seed) {
    linas_search_options options = tiny_options(tactic);
    options.evaluations = 20;
    linas_search *search = made(&options);
    uint64_t ids[8], held[64];
    int32_t genomes[8 * TINY_VARIABLES], all[64 * TINY_VARIABLES];
    size_t waiting = 0, count = 0;
    state = seed;
    for (;;) {
        size_t width = 1 + below(8);
        ck_assert_int_eq(linas_search_ask(search, width, ids, genomes, &count), LINAS_OK);
        for (size_t i = 0; i < count; i++) {
            held[waiting++] = ids[i];
            memcpy(all + ids[i] * TINY_VARIABLES, genomes + i * TINY_VARIABLES,
                   TINY_VARIABLES * sizeof *all);
        }
        if (waiting == 0)
            break;
        size_t pick = below(waiting);
        uint64_t id = held[pick];
        double values[2];
        held[pick] = held[--waiting];
        tiny_measure(all + id * TINY_VARIABLES, values);
        if (id % 5 == 3)
            ck_assert_int_eq(linas_search_tell_failed(search, id, 1, "no"), LINAS_OK);
        else
            ck_assert_int_eq(linas_search_tell(search, id, values, 2), LINAS_OK);
        if (below(4) == 0)
            ck_assert_int_eq(linas_search_tell(search, id, values, 2), LINAS_ERROR_UNKNOWN_ID);
        if (below(4) == 0)
            ck_assert_int_eq(linas_search_tell(search, 999, values, 2), LINAS_ERROR_UNKNOWN_ID);
    }
    uint64_t found = digest(search);
    linas_search_destroy(search);
    return found;
}

static int32_t stop_of_space;

static int32_t stops_on_demand(void *user_data, const int32_t *genome, size_t variables) {
    (void)user_data, (void)genome, (void)variables;
    return stop_of_space ? stop_of_space : 1;
}

static void tell_measured(linas_search *search, uint64_t id, const int32_t *genome) {
    double values[TINY_OBJECTIVES];
    tiny_measure(genome, values);
    ck_assert_int_eq(linas_search_tell(search, id, values, TINY_OBJECTIVES), LINAS_OK);
}

/* The reference stands before a batch that cannot be made: then it is not handed out either. */
START_TEST(a_reference_before_a_batch_that_fails) {
    uint64_t ids[5];
    int32_t genomes[5 * TINY_VARIABLES];
    size_t count;
    linas_drift drift = LINAS_DRIFT_INIT;
    linas_search_options options = stored(LINAS_TACTIC_RANDOM, 0);
    options.remeasure = 5;
    stop_of_space = 0;
    linas_space_destroy(space);
    space = tiny_space(context);
    ck_assert_int_eq(linas_space_set_feasible(space, stops_on_demand, NULL), LINAS_OK);
    linas_search *search = made(&options);
    ck_assert_int_eq(linas_search_ask(search, 5, ids, genomes, &count), LINAS_OK);
    ck_assert_uint_eq(count, 5);
    for (size_t i = 0; i < 5; i++)
        tell_measured(search, ids[i], genomes + i * TINY_VARIABLES);
    stop_of_space = 42;
    ck_assert_int_eq(linas_search_ask(search, 3, ids, genomes, &count), 42);
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(linas_search_outstanding(search), 0);
    stop_of_space = 0;
    ck_assert_int_eq(linas_search_ask(search, 3, ids, genomes, &count), LINAS_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(ids[0], 0);
    tell_measured(search, ids[1], genomes + TINY_VARIABLES);
    ck_assert_int_eq(linas_search_tell_failed(search, 0, LINAS_EVALUATION_FAILED, "off"), LINAS_OK);
    ck_assert_int_eq(linas_search_drift(search, 0, &drift), LINAS_OK);
    ck_assert_uint_eq(drift.measurements, 1);
    tell_measured(search, ids[2], genomes + 2 * TINY_VARIABLES);
    /* What was asked for and not answered, a run answers first: the reference too. */
    while (linas_search_ask(search, 1, ids, genomes, &count) == LINAS_OK && ids[0] != 0)
        tell_measured(search, ids[0], genomes);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(run_until(search, 1), 77);
    ck_assert_int_eq(linas_search_drift(search, 0, &drift), LINAS_OK);
    ck_assert_uint_eq(drift.measurements, 2);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    uint64_t found = linas_search_evaluations(search);
    linas_search_destroy(search);
    options.resume = 1;
    search = made(&options);
    ck_assert_uint_eq(linas_search_evaluations(search), found);
    ck_assert_int_eq(linas_search_drift(search, 0, &drift), LINAS_OK);
    ck_assert_uint_eq(drift.measurements, 2);
    linas_search_destroy(search);
}
END_TEST

static int32_t always_broken(void *user_data, linas_candidate *candidate) {
    long *calls = user_data;
    ++*calls;
    linas_candidate_fail(candidate, "broken");
    return 0;
}

/* What ended a search does not end its resumption before it has begun. */
START_TEST(failures_end_each_run_anew) {
    long calls = 0;
    linas_evaluator evaluator = {sizeof evaluator, 0, always_broken, &calls, NULL, NULL, 0, 0};
    linas_search_options options = stored(LINAS_TACTIC_RANDOM, 0);
    options.max_failures = 3;
    for (uint32_t run = 0; run < 3; run++) {
        options.resume = run > 0;
        linas_search *search = made(&options);
        ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_NONE);
        ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
        ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_FAILURES);
        ck_assert_int_eq(calls, 3 * (long)(run + 1));
        linas_search_destroy(search);
    }
}
END_TEST

START_TEST(a_thousand_orders_one_archive) {
    uint64_t expected = shuffled(_i, 0);
    for (uint64_t seed = 1; seed <= (uint64_t)tiny_loops(1000, 30); seed++)
        ck_assert_uint_eq(shuffled(_i, seed), expected);
}
END_TEST

/* -- nothing succeeds
 * ------------------------------------------------------------------------------ */

static int32_t always_fails(void *user_data, linas_candidate *candidate) {
    (void)user_data;
    linas_candidate_fail(candidate, "the device is gone");
    return 0;
}

START_TEST(everything_fails) {
    linas_search_options options = tiny_options(_i);
    linas_search *search = made(&options);
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = always_fails;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    linas_evaluation least = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_least_infeasible(search, &least), LINAS_ERROR_NOTHING_MEASURED);
    ck_assert_str_eq(linas_context_message(context),
                     "none of 14 evaluations succeeded; the last: the device is gone");
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 0);
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

START_TEST(nothing_is_feasible) {
    linas_search_options options = tiny_options(_i);
    objectives[1].upper_limit = 0.5;
    linas_search *search = made(&options);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    linas_evaluation least = LINAS_EVALUATION_INIT, e = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_least_infeasible(search, &least), LINAS_OK);
    uint64_t found = least.id;
    double cost = least.values[1];
    for (uint64_t i = 0; linas_search_evaluation(search, i, &e) == LINAS_OK; i++)
        ck_assert(e.values[1] > cost || (e.values[1] == cost && e.id >= found));
    linas_search_destroy(search);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("reliability");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 600);
    suite_add_tcase(suite, cases);
    tcase_add_loop_test(cases, storage_is_the_file, 0, 3);
    tcase_add_loop_test(cases, storage_torn_at_every_byte, 0, 3);
    tcase_add_loop_test(cases, storage_fails_at_every_call, 0, 3);
    tcase_add_test(cases, storage_is_checked);
    tcase_add_test(cases, storage_without_sync);
    tcase_add_test(cases, synchronised_in_batches);
    tcase_add_loop_test(cases, what_later_versions_wrote_is_kept, 0, 3);
    tcase_add_test(cases, damage_tells_what_is_whole);
    tcase_add_loop_test(cases, tried_again_up_to_the_limit, 0, 3);
    tcase_add_test(cases, attempts_outlive_the_process);
    tcase_add_test(cases, cancelled_is_no_failure_in_a_row);
    tcase_add_loop_test(cases, drift_is_reported, 0, 3);
    tcase_add_loop_test(cases, remeasuring_changes_no_proposal, 0, 3);
    tcase_add_loop_test(cases, a_thousand_orders_one_archive, 0, 3);
    tcase_add_test(cases, a_reference_before_a_batch_that_fails);
    tcase_add_test(cases, failures_end_each_run_anew);
    tcase_add_loop_test(cases, everything_fails, 0, 3);
    tcase_add_loop_test(cases, nothing_is_feasible, 0, 3);
    return test_run(suite);
}
