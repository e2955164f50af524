/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous searches: nobody waits for anybody, and what is lost is found again. */
#define _POSIX_C_SOURCE 199309L
#include "search/beliefs.h"
#include "search/rows.h"
#include "search/search.h"
#include "tiny_search.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 4, MOST = 1200 };

static linas_context *context;
static linas_space *space;
static linas_objective objectives[TINY_OBJECTIVES];
static char path[256];

static void set_up(void) {
    context = test_context();
    space = tiny_space(context);
    ck_assert_ptr_nonnull(space);
    tiny_objectives(objectives);
    test_path("async.jsonl", path, sizeof path);
}

static void tear_down(void) {
    unlink(path);
    linas_space_destroy(space);
    linas_context_destroy(context);
}

static linas_search_options async_options(int32_t tactic) {
    linas_search_options options = tiny_options(tactic);
    options.evaluations = 40;
    options.outstanding = WORKERS;
    return options;
}

static linas_search *begun(const linas_search_options *options) {
    return tiny_begun(context, space, objectives, options);
}

/* -- a cluster --------------------------------------------------------------------------------- */

/* Candidates that are out, in the order of their ids. */
typedef struct cluster {
    linas_search *search;
    size_t count;
    uint64_t ids[MOST];
    int32_t genomes[MOST * TINY_VARIABLES];
} cluster;

static size_t ask_for(cluster *c, size_t capacity) {
    size_t found = 0;
    linas_status status = linas_search_ask(c->search, capacity, c->ids + c->count,
                                           c->genomes + c->count * TINY_VARIABLES, &found);
    ck_assert_msg(status == LINAS_OK, "%d: %s", status, linas_context_message(context));
    c->count += found;
    return found;
}

static void forget(cluster *c, size_t index) {
    size_t after = c->count - index - 1;
    memmove(c->ids + index, c->ids + index + 1, after * sizeof *c->ids);
    memmove(c->genomes + index * TINY_VARIABLES, c->genomes + (index + 1) * TINY_VARIABLES,
            after * TINY_VARIABLES * sizeof *c->genomes);
    c->count--;
}

static void answer(cluster *c, size_t index) {
    double values[TINY_OBJECTIVES];
    tiny_measure(c->genomes + index * TINY_VARIABLES, values);
    ck_assert_int_eq(linas_search_tell(c->search, c->ids[index], values, TINY_OBJECTIVES),
                     LINAS_OK);
    forget(c, index);
}

/* Some outstanding candidate, chosen by their ids and `salt` alone. */
static size_t chosen(const cluster *c, uint64_t salt) {
    size_t best = 0;
    for (size_t i = 1; i < c->count; i++)
        if (lns_mix64(c->ids[i] + salt) < lns_mix64(c->ids[best] + salt))
            best = i;
    return best;
}

/* Answers `most` candidates, in an order that `salt` decides, and keeps all workers busy. */
static void work(cluster *c, uint64_t salt, uint64_t most) {
    for (uint64_t done = 0; done < most; done++) {
        ask_for(c, MOST - c->count);
        ck_assert_uint_eq(linas_search_outstanding(c->search), c->count);
        if (c->count == 0)
            return;
        answer(c, chosen(c, salt));
    }
}

static cluster *start(const linas_search_options *options) {
    static cluster made;
    memset(&made, 0, sizeof made);
    made.search = begun(options);
    return &made;
}

static uint64_t digest(const linas_search *search) {
    uint64_t sum = 0;
    linas_evaluation e = LINAS_EVALUATION_INIT;
    for (uint64_t i = 0; linas_search_evaluation(search, i, &e) == LINAS_OK; i++) {
        sum = lns_mix64(sum + e.id) + (uint64_t)e.outcome;
        sum = lns_mix64(sum + lns_hash_bytes(0, e.genome, TINY_VARIABLES * sizeof *e.genome));
    }
    return sum;
}

static void check_distinct(const linas_search *search) {
    static int32_t seen[MOST][TINY_VARIABLES];
    linas_evaluation e = LINAS_EVALUATION_INIT;
    for (uint64_t i = 0; linas_search_evaluation(search, i, &e) == LINAS_OK; i++) {
        memcpy(seen[i], e.genome, sizeof seen[i]);
        for (uint64_t k = 0; k < i; k++)
            ck_assert(memcmp(seen[k], seen[i], sizeof seen[i]) != 0);
    }
}

/* -- no barrier -------------------------------------------------------------------------------- */

START_TEST(nobody_waits) {
    linas_search_options options = async_options(_i);
    cluster *c = start(&options);
    ck_assert_uint_eq(ask_for(c, 100), WORKERS);
    ck_assert_uint_eq(ask_for(c, 100), 0);
    ck_assert_int_eq(linas_search_stop_reason(c->search), LINAS_STOP_NONE);
    /* The first one is never answered, and nobody minds before the budget is out. */
    for (uint64_t done = 0; done + WORKERS < options.evaluations; done++) {
        answer(c, 1 + done % (WORKERS - 1));
        ck_assert_uint_eq(ask_for(c, 100), 1);
    }
    for (int left = WORKERS; left > 0; left--) {
        answer(c, c->count - 1);
        ck_assert_uint_eq(ask_for(c, 100), 0);
    }
    ck_assert_int_eq(linas_search_stop_reason(c->search), LINAS_STOP_EVALUATIONS);
    ck_assert_uint_eq(linas_search_evaluations(c->search), options.evaluations);
    check_distinct(c->search);
    linas_search_destroy(c->search);
}
END_TEST

START_TEST(equal_order_equal_result) {
    static const uint32_t workers[] = {1, 3, 16, 1000};
    uint64_t found[2], other = 0;
    linas_search_options options = async_options(_i);
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
        options.outstanding = workers[w];
        for (int round = 0; round < 3; round++) {
            cluster *c = start(&options);
            work(c, round == 2 ? 99 : 7, UINT64_MAX);
            ck_assert_uint_eq(linas_search_evaluations(c->search), options.evaluations);
            check_distinct(c->search);
            *(round == 2 ? &other : &found[round]) = digest(c->search);
            linas_search_destroy(c->search);
        }
        ck_assert_uint_eq(found[0], found[1]);
        ck_assert(workers[w] == 1 || other != found[0]);
    }
}
END_TEST

/* Every answer may be the last one before the process ends. */
START_TEST(resumed_with_candidates_out) {
    linas_search_options options = async_options(_i);
    options.evaluations = 24;
    options.journal = path;
    cluster *c = start(&options);
    work(c, 3, UINT64_MAX);
    uint64_t whole = digest(c->search);
    linas_search_destroy(c->search);
    for (uint64_t stop = 0; stop <= options.evaluations; stop++) {
        unlink(path);
        options.resume = 0;
        c = start(&options);
        work(c, 3, stop);
        if (stop % 2 == 1)
            ask_for(c, MOST - c->count);
        linas_search_destroy(c->search);
        options.resume = 1;
        c = start(&options);
        ck_assert_uint_eq(linas_search_evaluations(c->search), stop);
        work(c, 3, UINT64_MAX);
        ck_assert_uint_eq(digest(c->search), whole);
        linas_search_destroy(c->search);
    }
}
END_TEST

START_TEST(a_small_space_is_used_up) {
    static const int64_t values[] = {0, 1, 2};
    linas_space *whole = space;
    linas_search_options options = async_options(_i);
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 2, values, 3, LINAS_ORDINAL), LINAS_OK);
    linas_search *search = begun(&options);
    uint64_t ids[16], done = 0;
    int32_t genomes[32];
    size_t count = 0, out = 0;
    do {
        ck_assert_int_eq(linas_search_ask(search, 1, ids + out, genomes, &count), LINAS_OK);
        out += count;
        if (count == 0 && out > 0) {
            /* It has not ended: what is out may still be given back. */
            ck_assert(out == WORKERS || done + out == 9);
            ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_NONE);
            double row[] = {(double)(ids[out - 1] % 4), (double)(ids[out - 1] % 3)};
            ck_assert_int_eq(linas_search_tell(search, ids[--out], row, 2), LINAS_OK);
            done++;
        }
    } while (count > 0 || out > 0);
    do
        ck_assert_int_eq(linas_search_ask(search, 1, ids, genomes, &count), LINAS_OK);
    while (count > 0);
    ck_assert_uint_eq(done, 9);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EXHAUSTED);
    linas_search_destroy(search);
    linas_space_destroy(space);
    space = whole;
}
END_TEST

START_TEST(the_reference_point_does_not_wait) {
    double reference[TINY_OBJECTIVES];
    linas_search_options options = async_options(LINAS_TACTIC_LINAS);
    cluster *c = start(&options);
    work(c, 1, options.initial - 1);
    ck_assert_int_eq(linas_search_reference(c->search, reference), LINAS_ERROR_WRONG_ORDER);
    work(c, 1, 1);
    ck_assert_int_eq(linas_search_reference(c->search, reference), LINAS_OK);
    linas_search_destroy(c->search);
}
END_TEST

START_TEST(a_run_by_one_worker) {
    linas_search_options options = async_options(_i);
    linas_search *search = begun(&options);
    ck_assert_int_eq(tiny_run(search, 11, 77), 77);
    ck_assert_uint_eq(linas_search_outstanding(search), 1);
    ck_assert_int_eq(tiny_run(search, -1, 0), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), options.evaluations);
    linas_search_destroy(search);
}
END_TEST

START_TEST(all_fail) {
    linas_search_options options = async_options(_i);
    cluster *c = start(&options);
    for (uint64_t i = 0; i < options.evaluations; i++) {
        ask_for(c, MOST - c->count);
        ck_assert_int_eq(linas_search_tell_failed(c->search, c->ids[c->count - 1],
                                                  LINAS_EVALUATION_FAILED, NULL),
                         LINAS_OK);
        forget(c, c->count - 1);
    }
    ck_assert_uint_eq(ask_for(c, 1), 0);
    ck_assert_int_eq(linas_search_stop_reason(c->search), LINAS_STOP_EVALUATIONS);
    check_distinct(c->search);
    linas_search_destroy(c->search);
}
END_TEST

START_TEST(limits_and_failures) {
    linas_search_options options = async_options(_i);
    objectives[1].upper_limit = 9.0;
    cluster *c = start(&options);
    for (uint64_t i = 0; ask_for(c, MOST - c->count) + c->count > 0; i++) {
        size_t at = chosen(c, 5);
        if (c->genomes[at * TINY_VARIABLES] != 0) {
            answer(c, at);
            continue;
        }
        ck_assert_int_eq(linas_search_tell_failed(c->search, c->ids[at],
                                                  1 + (int32_t)(i % LINAS_EVALUATION_CANCELLED),
                                                  "why"),
                         LINAS_OK);
        forget(c, at);
    }
    ck_assert_uint_eq(linas_search_evaluations(c->search), options.evaluations);
    linas_search_destroy(c->search);
}
END_TEST

/* -- given back, taken back, late -------------------------------------------------------------- */

START_TEST(given_back_costs_nothing) {
    linas_search_options options = async_options(LINAS_TACTIC_RANDOM);
    cluster *c = start(&options);
    ask_for(c, WORKERS);
    uint64_t lost = c->ids[2];
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(linas_search_give_back(c->search, lost), LINAS_OK);
        ck_assert_int_eq(linas_search_give_back(c->search, lost), LINAS_ERROR_UNKNOWN_ID);
        ck_assert_uint_eq(linas_search_outstanding(c->search), WORKERS - 1);
        ck_assert_int_eq(linas_search_tell_failed(c->search, lost, LINAS_EVALUATION_FAILED, NULL),
                         LINAS_ERROR_UNKNOWN_ID);
        c->count = WORKERS;
        ck_assert_uint_eq(ask_for(c, 10), 1);
        ck_assert_uint_eq(c->ids[WORKERS], lost);
    }
    /* Its worker was alive after all. */
    c->count = WORKERS;
    ck_assert_int_eq(linas_search_give_back(c->search, lost), LINAS_OK);
    answer(c, 2);
    ck_assert_int_eq(linas_search_give_back(c->search, lost), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_give_back(c->search, 999), LINAS_ERROR_UNKNOWN_ID);
    work(c, 1, UINT64_MAX);
    ck_assert_uint_eq(linas_search_evaluations(c->search), options.evaluations);
    linas_search_destroy(c->search);
    ck_assert_int_eq(linas_search_give_back(NULL, 0), LINAS_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(given_back_in_batches) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    double values[TINY_OBJECTIVES] = {1.0, 2.0};
    cluster *c = start(&options);
    ask_for(c, 3);
    ck_assert_int_eq(linas_search_give_back(c->search, 1), LINAS_OK);
    ck_assert_int_eq(linas_search_tell(c->search, 1, values, 2), LINAS_ERROR_UNKNOWN_ID);
    ask_for(c, 1);
    ck_assert_uint_eq(c->ids[3], 1);
    linas_search_destroy(c->search);
}
END_TEST

static void wait_long(void) {
    struct timespec pause = {0, 5000000};
    nanosleep(&pause, NULL);
}

START_TEST(taken_back_and_tried_again) {
    double values[TINY_OBJECTIVES];
    linas_search_options options = async_options(_i);
    options.deadline = 1e-3;
    options.attempts = 2;
    options.journal = path;
    cluster *c = start(&options);
    ask_for(c, WORKERS);
    wait_long();
    /* All are late, and all are handed out again. */
    c->count = 0;
    ck_assert_uint_eq(ask_for(c, 1), 1);
    ck_assert_uint_eq(c->ids[0], 0);
    ck_assert_uint_eq(linas_search_evaluations(c->search), 0);
    ck_assert_uint_eq(linas_search_outstanding(c->search), 1);
    /* An answer to the first attempt is as good, a failure of it is known. */
    tiny_measure(c->genomes, values);
    ck_assert_int_eq(linas_search_tell_failed(c->search, 2, LINAS_EVALUATION_FAILED, "late"),
                     LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_tell(c->search, 2, values, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_tell(c->search, 2, values, 2), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_tell(c->search, 0, values, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_tell(c->search, 0, values, 2), LINAS_ERROR_UNKNOWN_ID);
    /* The second attempt is the last. */
    c->count = 0;
    ck_assert_uint_eq(ask_for(c, 2), 2);
    ck_assert(c->ids[0] == 1 && c->ids[1] == 3);
    wait_long();
    ask_for(c, 1);
    linas_evaluation e = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_evaluation(c->search, 2, &e), LINAS_OK);
    ck_assert_int_eq(e.outcome, LINAS_EVALUATION_TIMED_OUT);
    ck_assert_str_eq(e.reason, "no answer within 0.001 s");
    ck_assert_uint_eq(e.id, 1);
    ck_assert_int_eq(linas_search_tell(c->search, 1, values, 2), LINAS_ERROR_UNKNOWN_ID);
    uint64_t before = digest(c->search);
    linas_search_destroy(c->search);
    /* The journal tells what the deadlines did. */
    options.resume = 1;
    options.deadline = 0.0;
    c = start(&options);
    ck_assert_uint_eq(digest(c->search), before);
    work(c, 1, UINT64_MAX);
    ck_assert_uint_eq(linas_search_evaluations(c->search), options.evaluations);
    linas_search_destroy(c->search);
}
END_TEST

START_TEST(deadlines_of_batches_and_of_the_reference) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.deadline = 1e-3;
    options.remeasure = 1;
    cluster *c = start(&options);
    ask_for(c, 1);
    answer(c, 0);
    ck_assert_uint_eq(ask_for(c, 2), 2); /* the first one again, and the second one */
    ck_assert_uint_eq(c->ids[0], 0);
    wait_long();
    c->count = 0;
    ask_for(c, 1);
    ck_assert_uint_eq(linas_search_evaluations(c->search), 2);
    ck_assert_uint_eq(c->ids[0], 0);
    ck_assert_int_eq(linas_search_give_back(c->search, 0), LINAS_OK);
    ck_assert_uint_eq(linas_search_outstanding(c->search), 0);
    c->count = 0;
    ask_for(c, 1);
    ck_assert_uint_eq(c->ids[0], 0);
    linas_search_destroy(c->search);
}
END_TEST

static int32_t stop_at_a_failure(void *user_data, const linas_progress *progress) {
    (void)user_data;
    return progress->failed > 0 ? 55 : 0;
}

START_TEST(a_deadline_reports_progress) {
    linas_search_options options = async_options(LINAS_TACTIC_LINAS);
    options.deadline = 1e-3;
    options.progress = stop_at_a_failure;
    cluster *c = start(&options);
    ask_for(c, 1);
    wait_long();
    size_t count = 9;
    ck_assert_int_eq(linas_search_ask(c->search, 1, c->ids, c->genomes, &count), 55);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(linas_search_stop_reason(c->search), LINAS_STOP_CALLBACK);
    ck_assert_uint_eq(linas_search_evaluations(c->search), 1);
    linas_search_destroy(c->search);
}
END_TEST

/* A worker that was started by the process before answers to the one after. */
START_TEST(answers_across_a_resume) {
    double values[TINY_OBJECTIVES];
    linas_search_options options = async_options(LINAS_TACTIC_LINAS);
    options.journal = path;
    cluster *c = start(&options);
    ask_for(c, WORKERS);
    tiny_measure(c->genomes + 3 * TINY_VARIABLES, values);
    linas_search_destroy(c->search);
    options.resume = 1;
    options.attempts = 2;
    c = start(&options);
    ck_assert_int_eq(linas_search_tell(c->search, 3, values, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_tell_failed(c->search, 1, LINAS_EVALUATION_INFEASIBLE, NULL),
                     LINAS_OK);
    ck_assert_int_eq(linas_search_tell_failed(c->search, 2, LINAS_EVALUATION_FAILED, NULL),
                     LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(c->search), 2);
    ck_assert_int_eq(linas_search_tell(c->search, 900, values, 2), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_uint_eq(linas_search_outstanding(c->search), 0);
    ask_for(c, 3);
    ck_assert(c->ids[0] == 0 && c->ids[1] == 2 && c->ids[2] == 4);
    work(c, 1, UINT64_MAX);
    ck_assert_uint_eq(linas_search_evaluations(c->search), options.evaluations);
    linas_search_destroy(c->search);
}
END_TEST

START_TEST(attempts_are_not_spent) {
    linas_search_options options = async_options(LINAS_TACTIC_RANDOM);
    options.attempts = 2;
    cluster *c = start(&options);
    ask_for(c, 1);
    ck_assert_int_eq(linas_search_give_back(c->search, 0), LINAS_OK);
    ask_for(c, 1);
    ck_assert_int_eq(linas_search_tell_failed(c->search, 0, LINAS_EVALUATION_FAILED, NULL),
                     LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(c->search), 0);
    ask_for(c, 1);
    ck_assert_int_eq(linas_search_tell_failed(c->search, 0, LINAS_EVALUATION_FAILED, NULL),
                     LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(c->search), 1);
    linas_search_destroy(c->search);
}
END_TEST

/* -- journals ---------------------------------------------------------------------------------- */

static linas_status resume(linas_search_options options, uint32_t outstanding) {
    linas_search *search = NULL;
    options.resume = 1;
    options.outstanding = outstanding;
    linas_status status = linas_search_create(context, space, objectives, 2, &options, &search);
    linas_search_destroy(search);
    return status;
}

START_TEST(the_way_of_waiting_is_kept) {
    linas_search_options options = async_options(LINAS_TACTIC_LINAS);
    options.journal = path;
    cluster *c = start(&options);
    work(c, 1, 9);
    linas_search_destroy(c->search);
    ck_assert_int_eq(resume(options, 0), LINAS_ERROR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "way of waiting"));
    ck_assert_int_eq(resume(options, 1), LINAS_OK);
    ck_assert_int_eq(resume(options, 100), LINAS_OK);
    linas_search *reader = NULL;
    ck_assert_int_eq(linas_search_open_journal(context, path, &reader), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(reader), 9);
    linas_search_destroy(reader);
    unlink(path);
    options.outstanding = 0;
    linas_search_destroy(begun(&options));
    ck_assert_int_eq(resume(options, 4), LINAS_ERROR_MISMATCH);
}
END_TEST

/* -- what goes wrong while a batch is proposed ------------------------------------------------- */

static int32_t verdict;

static int32_t sometimes_feasible(void *user_data, const int32_t *genome, size_t variables) {
    (void)user_data, (void)genome, (void)variables;
    return verdict;
}

/* What this call has handed out is not out when it fails. */
START_TEST(a_failed_ask_hands_out_nothing) {
    linas_search_options options = async_options(_i);
    options.initial = options.population = 5;
    options.outstanding = 20;
    verdict = 1;
    ck_assert_int_eq(linas_space_set_feasible(space, sometimes_feasible, NULL), LINAS_OK);
    cluster *c = start(&options);
    ask_for(c, 3);
    ck_assert_int_eq(linas_search_give_back(c->search, 1), LINAS_OK);
    verdict = 33;
    size_t count = 9;
    ck_assert_int_eq(linas_search_ask(c->search, 9, c->ids + 3, c->genomes, &count), 33);
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(linas_search_outstanding(c->search), 2);
    ck_assert_int_eq(linas_search_stop_reason(c->search), LINAS_STOP_CALLBACK);
    verdict = 1;
    c->count = 0;
    ask_for(c, 18);
    ck_assert(c->ids[0] == 1 && c->ids[1] == 3 && c->ids[17] == 19);
    linas_search_destroy(c->search);
}
END_TEST

/* -- what predictors learn from ---------------------------------------------------------------- */

START_TEST(many_rows_are_thinned_out) {
    linas_search_options options = async_options(LINAS_TACTIC_RANDOM);
    lns_rows rows;
    options.evaluations = 1000;
    cluster *c = start(&options);
    const lns_problem *problem = &c->search->problem;
    work(c, 1, 390);
    ck_assert_int_eq(linas_search_tell_failed(c->search, c->ids[0], LINAS_EVALUATION_FAILED, NULL),
                     LINAS_OK);
    ck_assert_int_eq(
        linas_search_tell_failed(c->search, c->ids[1], LINAS_EVALUATION_CANCELLED, NULL), LINAS_OK);
    ck_assert_int_eq(lns_rows_measured(problem, &rows), LINAS_OK);
    ck_assert_uint_eq(rows.count, 390);
    for (size_t i = 0; i < rows.count; i++) /* in order of completion */
        ck_assert_uint_eq(rows.ids[i], problem->history->records[i].id);
    lns_rows_free(problem, &rows);
    ck_assert_int_eq(lns_rows_answered(problem, &rows), LINAS_OK);
    ck_assert_uint_eq(rows.count, 391);
    lns_rows_free(problem, &rows);
    forget(c, 1);
    forget(c, 0);
    work(c, 1, 550);
    ck_assert_int_eq(lns_rows_answered(problem, &rows), LINAS_OK);
    ck_assert_uint_eq(rows.count, LNS_MOST_ROWS);
    lns_rows_free(problem, &rows);
    ck_assert_int_eq(lns_rows_measured(problem, &rows), LINAS_OK);
    ck_assert_uint_eq(rows.count, LNS_MOST_ROWS);
    for (size_t k = 0; k < c->search->front.now.count; k++) {
        size_t at = 0;
        while (at < rows.count && rows.ids[at] != c->search->front.now.ids[k])
            at++;
        ck_assert_uint_lt(at, rows.count);
    }
    for (size_t i = 1; i < rows.count; i++)
        ck_assert_uint_gt(problem->history->place[rows.ids[i]],
                          problem->history->place[rows.ids[i - 1]]);
    lns_rows_free(problem, &rows);
    linas_search_destroy(c->search);
}
END_TEST

/* Points of which none dominates or equals another, and each pending one is among them or below. */
START_TEST(what_is_pending_is_believed) {
    linas_search_options options = async_options(LINAS_TACTIC_LINAS);
    linas_predictor *own[TINY_OBJECTIVES + 1] = {NULL};
    lns_models models;
    lns_beliefs beliefs;
    uint64_t pending[WORKERS];
    options.outstanding = 1;
    cluster *c = start(&options);
    const lns_problem *problem = &c->search->problem;
    work(c, 1, 20);
    lns_request request = {.pending = pending};
    ck_assert_int_eq(lns_models_create(problem, 2, own, &models), LINAS_OK);
    ck_assert_int_eq(lns_beliefs_create(&models, &request, &beliefs), LINAS_OK);
    ck_assert_uint_eq(beliefs.count, 0);
    lns_beliefs_free(&beliefs);
    ask_for(c, 1);
    /* As if the best ones were pending still, more than a block of them. */
    for (request.pending_count = 0; request.pending_count < 3; request.pending_count++)
        pending[request.pending_count] = c->search->front.now.ids[request.pending_count];
    ck_assert_int_eq(lns_beliefs_create(&models, &request, &beliefs), LINAS_OK);
    ck_assert_uint_ge(beliefs.count, c->search->front.now.count);
    for (size_t i = 0; i < beliefs.count; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_int_eq(
                linas_pareto_compare(beliefs.points + 2 * i, beliefs.points + 2 * k, 2), 0);
    for (size_t p = 0; p < request.pending_count; p++) {
        double point[TINY_OBJECTIVES];
        bool covered = false;
        ck_assert_int_eq(
            lns_models_predict(&models, lns_history_genome(problem->history, pending[p]), 1, point),
            LINAS_OK);
        for (size_t i = 0; i < beliefs.count && !covered; i++)
            covered = beliefs.points[2 * i] <= point[0] && beliefs.points[2 * i + 1] <= point[1];
        ck_assert(covered);
    }
    lns_beliefs_free(&beliefs);
    lns_models_free(&models);
    for (size_t j = 0; j <= TINY_OBJECTIVES; j++)
        linas_predictor_destroy(own[j]);
    linas_search_destroy(c->search);
}
END_TEST

/* -- threads ----------------------------------------------------------------------------------- */

typedef struct crowd {
    pthread_t caller;
    linas_search *search;
    atomic_int calls, at_once, most, wrong;
    int stop_at; /* -1: never */
    int32_t code;
    int until; /* evaluators that wait for so many of them to be at work */
    int slow;  /* call that takes long; -1: none */
} crowd;

/* Everything that an evaluator may ask. */
static void look(crowd *c, linas_candidate *candidate) {
    const linas_space *own = linas_candidate_space(candidate);
    const int32_t *genome = linas_candidate_genome(candidate);
    const char *text;
    int64_t depth = 0;
    double number;
    char json[512];
    bool good = linas_candidate_int(candidate, "d", 0, &depth) == LINAS_OK;
    good = good && depth == genome[0] + 1;
    good = good && linas_candidate_string(candidate, "d", 0, &text) != LINAS_OK;
    good = good && linas_candidate_real(candidate, "nothing", 0, &number) != LINAS_OK;
    good = good && linas_candidate_known(candidate, "cost", &number) == LINAS_OK && isnan(number);
    good = good && linas_candidate_set(candidate, "nothing", 1.0) == LINAS_ERROR_UNKNOWN_NAME;
    good = good && linas_space_config_to_json(own, genome, json, sizeof json, NULL) == LINAS_OK;
    good = good && own != space && !pthread_equal(pthread_self(), c->caller);
    atomic_fetch_add(&c->wrong, !good);
}

static int32_t in_a_crowd(void *user_data, linas_candidate *candidate) {
    crowd *c = user_data;
    double values[TINY_OBJECTIVES];
    int call = atomic_fetch_add(&c->calls, 1), now = atomic_fetch_add(&c->at_once, 1) + 1;
    for (int most = atomic_load(&c->most); now > most;)
        if (atomic_compare_exchange_weak(&c->most, &most, now))
            break;
    while (atomic_load(&c->most) < c->until)
        sched_yield();
    look(c, candidate);
    if (call == c->slow)
        wait_long();
    tiny_measure(linas_candidate_genome(candidate), values);
    linas_candidate_set(candidate, "quality", values[0]);
    linas_candidate_set(candidate, "cost", values[1]);
    if (linas_candidate_id(candidate) % 9 == 8)
        linas_candidate_fail(candidate, "no luck");
    if (call == c->stop_at && c->code == 0)
        linas_search_request_stop(c->search);
    atomic_fetch_sub(&c->at_once, 1);
    return call == c->stop_at ? c->code : 0;
}

static linas_status run_crowd(linas_search *search, crowd *c, uint32_t threads) {
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    c->caller = pthread_self();
    c->search = search;
    evaluator.evaluate = in_a_crowd;
    evaluator.evaluate_data = c;
    evaluator.flags = LINAS_EVALUATOR_THREAD_SAFE;
    evaluator.threads = threads;
    return linas_search_run(search, &evaluator);
}

static int32_t from_the_caller(void *user_data, const linas_progress *progress) {
    crowd *c = user_data;
    (void)progress;
    atomic_fetch_add(&c->wrong, !pthread_equal(pthread_self(), c->caller));
    return 0;
}

START_TEST(threads_at_once) {
    linas_search_options options = tiny_options(_i % 3);
    crowd c = {.stop_at = -1, .slow = -1, .until = WORKERS};
    options.evaluations = 60;
    options.outstanding = _i < 3 ? 0 : 7;
    options.progress = from_the_caller;
    options.progress_data = &c;
    linas_search *search = begun(&options);
    ck_assert_int_eq(run_crowd(search, &c, WORKERS), LINAS_OK);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    ck_assert_uint_eq(linas_search_evaluations(search), 60);
    ck_assert_uint_eq(linas_search_outstanding(search), 0);
    ck_assert_int_eq(c.wrong, 0);
    ck_assert_int_eq(c.most, WORKERS);
    check_distinct(search);
    linas_search_destroy(search);
}
END_TEST

START_TEST(threads_are_stopped) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    crowd c = {.stop_at = 10, .slow = -1, .code = _i == 0 ? 88 : 0};
    options.evaluations = 40;
    linas_search *search = begun(&options);
    ck_assert_int_eq(run_crowd(search, &c, WORKERS), c.code);
    ck_assert_int_eq(linas_search_stop_reason(search),
                     _i == 0 ? LINAS_STOP_CALLBACK : LINAS_STOP_REQUESTED);
    ck_assert_uint_eq(linas_search_outstanding(search), _i == 0);
    /* It goes on, first with what was left, in one thread or in many. */
    c.stop_at = -1;
    if (_i == 0)
        ck_assert_int_eq(run_crowd(search, &c, 2), LINAS_OK);
    else
        ck_assert_int_eq(tiny_run(search, -1, 0), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), 40);
    ck_assert_int_eq(c.wrong, 0);
    linas_search_destroy(search);
}
END_TEST

/* A search by batches, its journal, threads, and a search by one again. */
START_TEST(threads_and_a_journal) {
    linas_search_options options = tiny_options(_i);
    crowd c = {.stop_at = 14, .slow = -1, .code = 9};
    options.evaluations = 40;
    options.journal = path;
    linas_search *search = begun(&options);
    ck_assert_int_eq(tiny_run(search, 7, 66), 66);
    ck_assert_int_eq(run_crowd(search, &c, WORKERS), 9);
    uint64_t before = digest(search);
    linas_search_destroy(search);
    linas_search *reader = NULL;
    ck_assert_int_eq(linas_search_open_journal(context, path, &reader), LINAS_OK);
    ck_assert_uint_eq(digest(reader), before);
    linas_search_destroy(reader);
    options.resume = 1;
    search = begun(&options);
    ck_assert_uint_eq(digest(search), before);
    ck_assert_int_eq(tiny_run(search, 5, 66), 66);
    ck_assert_int_eq(run_crowd(search, &c, 3), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), 40);
    check_distinct(search);
    linas_search_destroy(search);
}
END_TEST

/* A thread is late, and another one may have answered in its place. */
START_TEST(threads_and_deadlines) {
    linas_search_options options = async_options(LINAS_TACTIC_RANDOM);
    crowd c = {.stop_at = -1, .slow = 3};
    options.deadline = 1e-3;
    options.attempts = (uint32_t)_i;
    options.remeasure = 6;
    linas_search *search = begun(&options);
    ck_assert_int_eq(run_crowd(search, &c, WORKERS), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), options.evaluations);
    ck_assert_int_eq(c.wrong, 0);
    linas_search_destroy(search);
}
END_TEST

START_TEST(threads_without_memory) {
    for (long fail_at = 0; fail_at < 400; fail_at += fail_at < 60 ? 1 : 17) {
        test_allocator allocator;
        linas_context *own = test_failing_context(&allocator, -1);
        linas_space *narrow = tiny_space(own);
        linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
        linas_search *search = tiny_begun(own, narrow, objectives, &options);
        crowd c = {.stop_at = -1, .slow = -1};
        allocator.fail_at = allocator.calls + fail_at;
        linas_status status = run_crowd(search, &c, 3);
        ck_assert_msg(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY, "%d", status);
        ck_assert_int_eq(run_crowd(search, &c, 3), LINAS_OK);
        ck_assert_uint_eq(linas_search_evaluations(search), options.evaluations);
        linas_search_destroy(search);
        linas_space_destroy(narrow);
        linas_context_destroy(own);
        ck_assert_int_eq(allocator.live, 0);
    }
}
END_TEST

START_TEST(the_line_about_waiting) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_search *search = begun(&options);
    lns_text text;
    lns_text_init(&text, context);
    lns_line_asynchronous(12, &text);
    ck_assert_str_eq(text.data, "{\"type\":\"asynchronous\",\"outstanding\":12}");
    lns_text_free(&text);
    linas_search_destroy(search);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("async");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 600);
    suite_add_tcase(suite, cases);
    tcase_add_loop_test(cases, nobody_waits, 0, 3);
    tcase_add_loop_test(cases, equal_order_equal_result, 0, 3);
    tcase_add_loop_test(cases, resumed_with_candidates_out, 0, 3);
    tcase_add_loop_test(cases, a_small_space_is_used_up, 0, 3);
    tcase_add_test(cases, the_reference_point_does_not_wait);
    tcase_add_loop_test(cases, a_run_by_one_worker, 0, 3);
    tcase_add_loop_test(cases, all_fail, 0, 3);
    tcase_add_loop_test(cases, limits_and_failures, 0, 3);
    tcase_add_test(cases, given_back_costs_nothing);
    tcase_add_test(cases, given_back_in_batches);
    tcase_add_loop_test(cases, taken_back_and_tried_again, 0, 3);
    tcase_add_test(cases, deadlines_of_batches_and_of_the_reference);
    tcase_add_test(cases, a_deadline_reports_progress);
    tcase_add_test(cases, answers_across_a_resume);
    tcase_add_test(cases, the_way_of_waiting_is_kept);
    tcase_add_loop_test(cases, a_failed_ask_hands_out_nothing, 0, 3);
    tcase_add_test(cases, many_rows_are_thinned_out);
    tcase_add_test(cases, attempts_are_not_spent);
    tcase_add_test(cases, what_is_pending_is_believed);
    tcase_add_loop_test(cases, threads_at_once, 0, 6);
    tcase_add_loop_test(cases, threads_are_stopped, 0, 2);
    tcase_add_loop_test(cases, threads_and_a_journal, 0, 3);
    tcase_add_loop_test(cases, threads_and_deadlines, 1, 3);
    tcase_add_test(cases, threads_without_memory);
    tcase_add_test(cases, the_line_about_waiting);
    return test_run(suite);
}
