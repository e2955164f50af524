/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: what hosts may do wrong, what ends a search, and what a search finds. */
#include "search/pool.h"
#include "search/search.h"
#include "search/tail.h"
#include "tiny_search.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

static linas_context *context;
static linas_space *space;
static linas_objective objectives[TINY_OBJECTIVES];

static void set_up(void) {
    context = test_context();
    space = tiny_space(context);
    ck_assert_ptr_nonnull(space);
    tiny_objectives(objectives);
}

static void tear_down(void) {
    linas_space_destroy(space);
    linas_context_destroy(context);
}

static linas_search *begun(const linas_search_options *options) {
    return tiny_begun(context, space, objectives, options);
}

static linas_status run_to_end(linas_search *search) {
    return tiny_run(search, -1, 0);
}

static linas_search *finished(const linas_search_options *options) {
    linas_search *search = begun(options);
    ck_assert_int_eq(run_to_end(search), LINAS_OK);
    return search;
}

static linas_evaluation evaluation(const linas_search *search, uint64_t index) {
    linas_evaluation found = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_evaluation(search, index, &found), LINAS_OK);
    return found;
}

/* -- bad arguments ----------------------------------------------------------------------------- */

static linas_status try_options(linas_search_options options) {
    linas_search *search = NULL;
    linas_status status =
        linas_search_create(context, space, objectives, TINY_OBJECTIVES, &options, &search);
    ck_assert_ptr_null(search);
    ck_assert_str_ne(linas_context_message(context), "");
    return status;
}

#define REFUSED(field, value)                                                                      \
    do {                                                                                           \
        linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);                           \
        options.field = value;                                                                     \
        ck_assert_int_eq(try_options(options), LINAS_ERROR_INVALID_ARGUMENT);                      \
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), #field));                     \
    } while (0)

START_TEST(bad_options) {
    REFUSED(tactic, 3);
    REFUSED(tactic, -1);
    REFUSED(evaluations, 0);
    REFUSED(initial, 0);
    REFUSED(batch, 0);
    REFUSED(population, 1);
    REFUSED(generations, 0);
    REFUSED(seconds, -1.0);
    REFUSED(seconds, (double)NAN);
    REFUSED(stagnation_gain, -1.0);
    REFUSED(stagnation_gain, (double)INFINITY);
    REFUSED(predictor, LINAS_PREDICTOR_CUSTOM);
    REFUSED(predictor, -1);
    REFUSED(target, 4);
    REFUSED(resume, 1);
    REFUSED(resume, 2);
    REFUSED(reserved, 1);
    REFUSED(seconds, (double)INFINITY);
    REFUSED(predictor, 9);
    REFUSED(target, -1);
    REFUSED(drift_limit, -1.0);
    REFUSED(drift_limit, (double)INFINITY);
    REFUSED(survival, 2);
    REFUSED(survival, -1);
    REFUSED(deadline, -1.0);
    REFUSED(deadline, (double)INFINITY);
    REFUSED(reserved_too, 1);
    linas_search_options options = tiny_options(0);
    options.size = 0;
    ck_assert_int_eq(try_options(options), LINAS_ERROR_STRUCT_SIZE);
}
END_TEST

static linas_status try_objectives(size_t count) {
    linas_search *search = NULL;
    linas_status status = linas_search_create(context, space, objectives, count, NULL, &search);
    ck_assert_ptr_null(search);
    ck_assert_str_ne(linas_context_message(context), "");
    tiny_objectives(objectives);
    return status;
}

START_TEST(bad_objectives) {
    ck_assert_int_eq(try_objectives(0), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(try_objectives(65), LINAS_ERROR_TOO_LARGE);
    objectives[1].direction = 0;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].direction = 3;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].name = NULL;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].name = "";
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].name = "a\nb";
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].name = "a\x7f";
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    char long_name[400];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    objectives[1].name = long_name;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].lower_limit = objectives[1].upper_limit = (double)INFINITY;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].lower_limit = objectives[1].upper_limit = -(double)INFINITY;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].name = objectives[0].name;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_DUPLICATE);
    objectives[1].upper_limit = (double)NAN;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].lower_limit = (double)NAN;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[1].upper_limit = 1.0;
    objectives[1].lower_limit = 2.0;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_INVALID_ARGUMENT);
    objectives[0].size = 0;
    ck_assert_int_eq(try_objectives(2), LINAS_ERROR_STRUCT_SIZE);
}
END_TEST

START_TEST(null_arguments) {
    linas_search *search = NULL;
    linas_front *front = NULL;
    double number;
    size_t count;
    ck_assert_int_eq(linas_search_create(NULL, space, objectives, 2, NULL, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_create(context, NULL, objectives, 2, NULL, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_create(context, space, NULL, 2, NULL, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_create(context, space, objectives, 2, NULL, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_open_journal(context, NULL, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_run(NULL, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_ask(NULL, 0, NULL, NULL, &count), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_tell(NULL, 0, &number, 1), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_tell_failed(NULL, 0, 1, ""), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_front(NULL, &front), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_hypervolume(NULL, &number), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_reference(NULL, &number), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_set_reference(NULL, &number), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_evaluation(NULL, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_objective(NULL, 0, NULL, NULL, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_front_get(NULL, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_stop_reason(NULL), LINAS_STOP_NONE);
    ck_assert_uint_eq(linas_search_evaluations(NULL) + linas_search_outstanding(NULL), 0);
    ck_assert_uint_eq(linas_search_objectives(NULL) + linas_front_size(NULL), 0);
    ck_assert_ptr_null(linas_search_space(NULL));
    linas_search_request_stop(NULL);
    linas_search_destroy(NULL);
    linas_front_destroy(NULL);
    linas_search_options_init(NULL);
    linas_objective_init(NULL, 0, NULL, NULL);
    linas_evaluator_init(NULL);

    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    search = begun(&options);
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    ck_assert_int_eq(linas_search_run(search, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_ERROR_INVALID_ARGUMENT);
    evaluator.evaluate = tiny_evaluate;
    evaluator.flags = 2;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_ERROR_INVALID_ARGUMENT);
    evaluator.flags = 0;
    evaluator.threads = 2;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_ERROR_INVALID_ARGUMENT);
    evaluator.flags = LINAS_EVALUATOR_THREAD_SAFE;
    evaluator.threads = 5000;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_ERROR_INVALID_ARGUMENT);
    evaluator.threads = 0;
    evaluator.reserved = 1;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_ERROR_INVALID_ARGUMENT);
    evaluator.size = 0;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_ERROR_STRUCT_SIZE);
    ck_assert_int_eq(linas_search_ask(search, 1, NULL, NULL, &count), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_ask(search, 0, NULL, NULL, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_ask(search, 0, NULL, NULL, &count), LINAS_OK);
    ck_assert_uint_eq(count, 0);
    uint64_t id;
    linas_drift drift = LINAS_DRIFT_INIT;
    linas_evaluation answer = LINAS_EVALUATION_INIT;
    enum { BAD = LINAS_ERROR_INVALID_ARGUMENT };
    ck_assert_int_eq(linas_search_ask(search, 1, &id, NULL, &count), BAD);
    ck_assert_int_eq(linas_search_drift(NULL, 0, &drift), BAD);
    ck_assert_int_eq(linas_search_drift(search, 0, NULL), BAD);
    ck_assert_int_eq(linas_search_drift(search, 0, &drift), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_search_least_infeasible(NULL, &answer), BAD);
    ck_assert_int_eq(linas_search_least_infeasible(search, NULL), BAD);
    ck_assert_int_eq(linas_search_least_infeasible(search, &answer), LINAS_ERROR_NOTHING_MEASURED);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "no reason was given"));
    ck_assert_int_eq(linas_search_evaluation(search, 0, NULL), BAD);
    ck_assert_int_eq(linas_search_reference(search, NULL), BAD);
    ck_assert_int_eq(linas_search_set_reference(search, NULL), BAD);
    ck_assert_int_eq(linas_search_hypervolume(search, NULL), BAD);
    ck_assert_int_eq(linas_search_front(search, NULL), BAD);
    ck_assert_int_eq(linas_search_open_journal(NULL, "x", &search), BAD);
    ck_assert_int_eq(linas_search_open_journal(context, "x", NULL), BAD);
    linas_storage storage;
    linas_storage_init(&storage);
    linas_storage_init(NULL);
    ck_assert_int_eq(linas_search_open_storage(NULL, &storage, &search), BAD);
    ck_assert_int_eq(linas_search_open_storage(context, NULL, &search), BAD);
    ck_assert_int_eq(linas_search_open_storage(context, &storage, NULL), BAD);
    linas_search_destroy(search);
}
END_TEST

START_TEST(other_spaces_and_contexts) {
    linas_search *search = NULL;
    linas_context *other = test_context();
    linas_space *foreign = tiny_space(other), *empty = NULL;
    ck_assert_int_eq(linas_search_create(context, foreign, objectives, 2, NULL, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_create(context, &empty), LINAS_OK);
    ck_assert_int_eq(linas_search_create(context, empty, objectives, 2, NULL, &search),
                     LINAS_ERROR_INVALID_ARGUMENT);
    linas_space_destroy(empty);
    linas_space_destroy(foreign);
    linas_context_destroy(other);
}
END_TEST

START_TEST(texts) {
    for (int32_t reason = -1; reason < 10; reason++)
        ck_assert_str_ne(linas_stop_text(reason), "");
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_search *search = begun(&options);
    const char *name, *unit;
    int32_t direction;
    ck_assert_uint_eq(linas_search_objectives(search), 2);
    ck_assert_int_eq(linas_search_objective(search, 1, &name, &unit, &direction), LINAS_OK);
    ck_assert_str_eq(name, "cost");
    ck_assert_str_eq(unit, "ms");
    ck_assert_int_eq(direction, LINAS_DIRECTION_MINIMIZE);
    ck_assert_int_eq(linas_search_objective(search, 0, NULL, NULL, &direction), LINAS_OK);
    ck_assert_int_eq(direction, LINAS_DIRECTION_MAXIMIZE);
    ck_assert_int_eq(linas_search_objective(search, 0, NULL, NULL, NULL), LINAS_OK);
    ck_assert_int_eq(linas_search_objective(search, 2, NULL, NULL, NULL), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_ptr_eq(linas_search_space(search), space);
    linas_search_destroy(search);
}
END_TEST

/* -- answers ----------------------------------------------------------------------------------- */

typedef struct asked {
    uint64_t ids[64];
    int32_t genomes[64 * TINY_VARIABLES];
    size_t count;
} asked;

static void ask(linas_search *search, size_t capacity, asked *got) {
    ck_assert_int_eq(linas_search_ask(search, capacity, got->ids, got->genomes, &got->count),
                     LINAS_OK);
}

static linas_status tell(linas_search *search, const asked *got, size_t index) {
    double values[TINY_OBJECTIVES];
    tiny_measure(got->genomes + index * TINY_VARIABLES, values);
    return linas_search_tell(search, got->ids[index], values, TINY_OBJECTIVES);
}

START_TEST(wrong_answers_change_nothing) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_search *search = begun(&options);
    double values[] = {1.0, 2.0, 3.0};
    asked got;
    ck_assert_int_eq(linas_search_tell(search, 0, values, 2), LINAS_ERROR_UNKNOWN_ID);
    ask(search, 2, &got);
    ck_assert_uint_eq(got.count, 2);
    ck_assert_uint_eq(linas_search_outstanding(search), 2);
    ck_assert_int_eq(linas_search_tell(search, 2, values, 2), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_tell(search, UINT64_MAX, values, 2), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_tell(search, 0, values, 1), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_tell(search, 0, values, 3), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_tell(search, 0, NULL, 2), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_tell_failed(search, 0, LINAS_EVALUATION_OK, ""),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_tell_failed(search, 0, 5, ""), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_tell_failed(search, 9, 1, ""), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_uint_eq(linas_search_evaluations(search), 0);
    ck_assert_uint_eq(linas_search_outstanding(search), 2);
    ck_assert_int_eq(tell(search, &got, 1), LINAS_OK);
    ck_assert_int_eq(tell(search, &got, 1), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_tell_failed(search, 1, 1, ""), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_uint_eq(linas_search_evaluations(search), 1);
    ck_assert_uint_eq(linas_search_outstanding(search), 1);
    ck_assert_uint_eq(evaluation(search, 0).id, 1);
    linas_evaluation e = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_evaluation(search, 1, &e), LINAS_ERROR_OUT_OF_RANGE);
    e.size = 0;
    ck_assert_int_eq(linas_search_evaluation(search, 0, &e), LINAS_ERROR_STRUCT_SIZE);
    ck_assert_int_eq(linas_search_evaluation(search, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    linas_search_destroy(search);
}
END_TEST

START_TEST(failures_are_recorded) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_search *search = begun(&options);
    double bad[] = {1.0, (double)NAN}, huge[] = {-(double)INFINITY, 1.0};
    char longest[3000];
    asked got;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ask(search, 5, &got);
    ck_assert_int_eq(linas_search_tell(search, 0, bad, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_tell(search, 1, huge, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_tell_failed(search, 2, LINAS_EVALUATION_FAILED, NULL), LINAS_OK);
    ck_assert_int_eq(linas_search_tell_failed(search, 3, LINAS_EVALUATION_INFEASIBLE, longest),
                     LINAS_OK);
    ck_assert_int_eq(tell(search, &got, 4), LINAS_OK);
    ck_assert_int_eq(evaluation(search, 0).outcome, LINAS_EVALUATION_FAILED);
    ck_assert_ptr_nonnull(strstr(evaluation(search, 0).reason, "cost"));
    ck_assert(isnan(evaluation(search, 0).values[0]));
    ck_assert_ptr_nonnull(strstr(evaluation(search, 1).reason, "quality is infinite"));
    ck_assert_str_eq(evaluation(search, 2).reason, "");
    ck_assert_int_eq(evaluation(search, 3).outcome, LINAS_EVALUATION_INFEASIBLE);
    ck_assert_uint_lt(strlen(evaluation(search, 3).reason), 1025);
    ck_assert_int_eq(evaluation(search, 4).outcome, LINAS_EVALUATION_OK);
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 1);
    linas_search_destroy(search);

    linas_evaluation member = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_front_get(front, 0, &member), LINAS_OK);
    ck_assert_uint_eq(member.id, 4);
    ck_assert_int_eq(member.outcome, LINAS_EVALUATION_OK);
    ck_assert_mem_eq(member.genome, got.genomes + 4 * TINY_VARIABLES,
                     TINY_VARIABLES * sizeof(int32_t));
    ck_assert_int_eq(linas_front_get(front, 1, &member), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_front_get(front, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    member.size = 2;
    ck_assert_int_eq(linas_front_get(front, 0, &member), LINAS_ERROR_STRUCT_SIZE);
    linas_front_destroy(front);
}
END_TEST

/* Whatever fails, no tactic stops or measures anything twice. */
static int32_t fail_some(void *user_data, linas_candidate *candidate) {
    tiny_host *host = user_data;
    uint64_t id = linas_candidate_id(candidate);
    if (id % 10 < (uint64_t)host->code) {
        if (id % 3 == 0)
            linas_candidate_fail(candidate, NULL);
        else if (id % 3 == 1)
            linas_candidate_infeasible(candidate, "no");
        return 0; /* or leaves it unset */
    }
    return tiny_evaluate(user_data, candidate);
}

static void assert_distinct(const linas_search *search) {
    uint64_t count = linas_search_evaluations(search);
    for (uint64_t i = 0; i < count; i++) {
        int32_t canonical[TINY_VARIABLES];
        linas_evaluation a = evaluation(search, i);
        ck_assert_int_eq(linas_space_canonical(space, a.genome, canonical), LINAS_OK);
        ck_assert_mem_eq(canonical, a.genome, sizeof canonical);
        for (uint64_t k = 0; k < i; k++)
            ck_assert_mem_ne(a.genome, evaluation(search, k).genome, sizeof canonical);
    }
}

START_TEST(any_share_of_failures) {
    linas_search_options options = tiny_options(_i % 3);
    tiny_host host = {.stop_at = -1, .code = 5 * (_i / 3)};
    linas_evaluator evaluator = tiny_evaluator(&host);
    evaluator.evaluate = fail_some;
    options.evaluations = 40;
    linas_search *search = begun(&options);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    ck_assert_uint_eq(linas_search_evaluations(search), 40);
    assert_distinct(search);
    linas_front *front = NULL;
    double volume = -1.0, reference[2];
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_int_eq(linas_search_hypervolume(search, &volume), LINAS_OK);
    if (host.code == 10) {
        ck_assert_uint_eq(linas_front_size(front), 0);
        ck_assert(volume == 0.0);
        ck_assert_int_eq(linas_search_reference(search, reference), LINAS_ERROR_WRONG_ORDER);
        ck_assert_ptr_nonnull(strstr(evaluation(search, 2).reason, "did not set quality"));
    } else {
        ck_assert_uint_gt(linas_front_size(front), 0);
        ck_assert_int_eq(linas_search_reference(search, reference), LINAS_OK);
    }
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

/* -- ends -------------------------------------------------------------------------------------- */

START_TEST(budget_of_one) {
    linas_search_options options = tiny_options(_i);
    options.evaluations = 1;
    linas_search *search = finished(&options);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    ck_assert_uint_eq(linas_search_evaluations(search), 1);
    asked got;
    ask(search, 5, &got);
    ck_assert_uint_eq(got.count, 0);
    ck_assert_int_eq(run_to_end(search), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), 1);
    linas_search_destroy(search);
}
END_TEST

START_TEST(budget_is_never_exceeded) {
    for (uint64_t budget = 2; budget < 20; budget++) {
        linas_search_options options = tiny_options(_i);
        options.evaluations = budget;
        linas_search *search = begun(&options);
        asked got;
        uint64_t handed = 0;
        for (ask(search, 64, &got); got.count > 0; ask(search, 64, &got)) {
            handed += got.count;
            for (size_t i = 0; i < got.count; i++)
                ck_assert_int_eq(tell(search, &got, i), LINAS_OK);
        }
        ck_assert_uint_eq(handed, budget);
        ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
        linas_search_destroy(search);
    }
}
END_TEST

START_TEST(tiny_space_is_exhausted) {
    linas_space *small = NULL;
    static const int64_t values[] = {0, 1, 2};
    linas_search_options options = tiny_options(_i);
    linas_objective one = LINAS_MAXIMIZE("sum", NULL);
    linas_search *search = NULL;
    options.evaluations = 100;
    ck_assert_int_eq(linas_space_create(context, &small), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(small, "x", 2, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_search_create(context, small, &one, 1, &options, &search), LINAS_OK);
    uint64_t id;
    int32_t genome[2];
    size_t count;
    while (linas_search_ask(search, 1, &id, genome, &count) == LINAS_OK && count == 1) {
        double sum = genome[0] + genome[1];
        ck_assert_int_eq(linas_search_tell(search, id, &sum, 1), LINAS_OK);
    }
    ck_assert_uint_eq(linas_search_evaluations(search), 9);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EXHAUSTED);
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 1);
    linas_front_destroy(front);
    linas_search_destroy(search);
    linas_space_destroy(small);
}
END_TEST

static int32_t sum_of_genes(void *user_data, linas_candidate *candidate) {
    const int32_t *genome = linas_candidate_genome(candidate);
    long *calls = user_data;
    ++*calls;
    return linas_candidate_set(candidate, "sum", genome[0] + genome[1]);
}

/* The whole space is one generation: nothing is left to breed. */
START_TEST(one_generation_exhausts) {
    linas_space *small = NULL;
    static const int64_t values[] = {0, 1, 2};
    linas_search_options options = tiny_options(_i);
    linas_objective one = LINAS_MAXIMIZE("sum", NULL);
    linas_search *search = NULL;
    long calls = 0;
    linas_evaluator evaluator = {sizeof evaluator, 0, sum_of_genes, &calls, NULL, NULL, 0, 0};
    options.evaluations = 100;
    options.population = 12;
    options.generations = 40;
    options.initial = 4;
    ck_assert_int_eq(linas_space_create(context, &small), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(small, "x", 2, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_search_create(context, small, &one, 1, &options, &search), LINAS_OK);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(calls, 9);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EXHAUSTED);
    linas_search_destroy(search);
    linas_space_destroy(small);
}
END_TEST

START_TEST(time_is_up) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    options.seconds = 1e-9;
    linas_search *search = finished(&options);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_TIME);
    ck_assert_uint_eq(linas_search_evaluations(search), 0);
    linas_search_destroy(search);
    options.seconds = 3600.0;
    search = finished(&options);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    linas_search_destroy(search);
}
END_TEST

START_TEST(stagnation) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    options.evaluations = 300;
    options.stagnation = 25;
    linas_search *search = finished(&options);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_STAGNATION);
    uint64_t end = linas_search_evaluations(search);
    ck_assert_uint_lt(end, 300);
    double volume, earlier;
    ck_assert_int_eq(linas_search_hypervolume(search, &volume), LINAS_OK);
    linas_search_destroy(search);
    /* The same search without its last 25 evaluations has the same front, but for a whisker. */
    options.stagnation = 0;
    options.evaluations = end - 25;
    search = finished(&options);
    ck_assert_int_eq(linas_search_hypervolume(search, &earlier), LINAS_OK);
    ck_assert(volume - earlier <= 1e-4 * earlier);
    linas_search_destroy(search);
}
END_TEST

START_TEST(too_many_failures) {
    linas_search_options options = tiny_options(_i);
    tiny_host host = {.stop_at = -1, .code = 10};
    linas_evaluator evaluator = tiny_evaluator(&host);
    evaluator.evaluate = fail_some;
    options.max_failures = 1;
    linas_search *search = begun(&options);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_FAILURES);
    ck_assert_uint_eq(linas_search_evaluations(search), 1);
    /* The host mended something and goes on. */
    evaluator.evaluate = tiny_evaluate;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    linas_search_destroy(search);
}
END_TEST

static linas_search *signalled;

static void on_signal(int number) {
    (void)number;
    linas_search_request_stop(signalled);
}

static int32_t raise_at_third(void *user_data, linas_candidate *candidate) {
    tiny_host *host = user_data;
    if (host->calls == 2)
        raise(SIGTERM);
    return tiny_evaluate(user_data, candidate);
}

START_TEST(stop_on_request) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    tiny_host host = {.stop_at = -1};
    linas_evaluator evaluator = tiny_evaluator(&host);
    linas_search *search = begun(&options);
    evaluator.evaluate = raise_at_third;
    signalled = search;
    void (*before)(int) = signal(SIGTERM, on_signal);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    signal(SIGTERM, before);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_REQUESTED);
    ck_assert_uint_eq(linas_search_evaluations(search), 3);
    ck_assert_uint_eq(linas_search_outstanding(search), 0);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    linas_search_destroy(search);

    search = begun(&options);
    asked got;
    linas_search_request_stop(search);
    ask(search, 5, &got);
    ck_assert_uint_eq(got.count, 0);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_REQUESTED);
    linas_search_destroy(search);
}
END_TEST

/* -- callbacks --------------------------------------------------------------------------------- */

/* Every callback ends the search at its i-th call with its own code. */
typedef struct callback {
    long calls;
    long stop_at;
    int32_t code;
} callback;

static int32_t called(callback *c) {
    return c->calls++ == c->stop_at ? c->code : 0;
}

static int32_t on_progress(void *user_data, const linas_progress *progress) {
    ck_assert_uint_le(progress->evaluations, progress->budget);
    return called(user_data);
}

static int32_t compute_cost(void *user_data, const int32_t *genomes, size_t rows, double *values) {
    for (size_t i = 0; i < rows; i++) {
        double both[TINY_OBJECTIVES];
        tiny_measure(genomes + i * TINY_VARIABLES, both);
        values[i] = both[1];
    }
    return called(user_data);
}

static int32_t is_feasible(void *user_data, const int32_t *genome, size_t variables) {
    int32_t code = called(user_data);
    (void)variables;
    return code ? code : genome[1] != 2;
}

static int32_t evaluate_quality(void *user_data, linas_candidate *candidate) {
    double values[TINY_OBJECTIVES];
    tiny_measure(linas_candidate_genome(candidate), values);
    linas_candidate_set(candidate, "quality", values[0]);
    return called(user_data);
}

typedef struct all_callbacks {
    callback evaluate, latency, progress, compute, feasible;
} all_callbacks;

static int32_t evaluate_latency(void *user_data, linas_candidate *candidate) {
    (void)candidate;
    return called(user_data);
}

/* A search with all callbacks; goes on after every stop code, and finds what it would have found.
 */
static linas_search *run_host(int32_t tactic, all_callbacks *h, int32_t code, int *stops) {
    linas_search_options options = tiny_options(tactic);
    linas_evaluator evaluator = {
        sizeof evaluator, 0, evaluate_quality, &h->evaluate, evaluate_latency, &h->latency, 0, 0};
    options.evaluations = 11;
    options.progress = on_progress;
    options.progress_data = &h->progress;
    objectives[1].compute = compute_cost;
    objectives[1].compute_data = &h->compute;
    linas_space_destroy(space); /* one that is in use cannot be given a predicate */
    space = tiny_space(context);
    ck_assert_int_eq(linas_space_set_feasible(space, is_feasible, &h->feasible), LINAS_OK);
    linas_search *search = begun(&options);
    for (;;) {
        linas_status status = linas_search_run(search, &evaluator);
        if (status == LINAS_OK)
            return search;
        ck_assert_int_eq(status, code);
        ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_CALLBACK);
        ck_assert_str_ne(linas_context_message(context), "");
        ++*stops;
    }
}

static void assert_same_evaluations(const linas_search *a, const linas_search *b) {
    ck_assert_uint_eq(linas_search_evaluations(a), linas_search_evaluations(b));
    for (uint64_t i = 0; i < linas_search_evaluations(a); i++) {
        linas_evaluation x = evaluation(a, i), y = evaluation(b, i);
        ck_assert_uint_eq(x.id, y.id);
        ck_assert_int_eq(x.outcome, y.outcome);
        ck_assert_mem_eq(x.genome, y.genome, TINY_VARIABLES * sizeof(int32_t));
        if (x.outcome == LINAS_EVALUATION_OK)
            ck_assert_mem_eq(x.values, y.values, TINY_OBJECTIVES * sizeof(double));
    }
}

START_TEST(stop_codes_come_back) {
    int32_t tactic = _i % 3, code = _i / 3 % 2 ? 77 : -77;
    int which = _i / 6;
    all_callbacks never = {{0, -1, 0}, {0, -1, 0}, {0, -1, 0}, {0, -1, 0}, {0, -1, 0}};
    int stops = 0;
    linas_search *undisturbed = run_host(tactic, &never, 0, &stops);
    callback *const counted[] = {&never.evaluate, &never.latency, &never.progress, &never.compute,
                                 &never.feasible};
    long calls = counted[which]->calls;
    long step = 1 + calls / tiny_loops(40, 5);
    ck_assert_int_gt(calls, 0);
    for (long at = 0; at < calls; at += step) {
        all_callbacks h = {
            {0, -1, code}, {0, -1, code}, {0, -1, code}, {0, -1, code}, {0, -1, code}};
        callback *const stopped[] = {&h.evaluate, &h.latency, &h.progress, &h.compute, &h.feasible};
        stopped[which]->stop_at = at;
        stops = 0;
        linas_search *search = run_host(tactic, &h, code, &stops);
        ck_assert_int_eq(stops, 1);
        assert_same_evaluations(undisturbed, search);
        linas_search_destroy(search);
    }
    linas_search_destroy(undisturbed);
}
END_TEST

static int32_t call_back_in(void *user_data) {
    linas_search *search = *(linas_search **)user_data;
    tiny_host host = {.stop_at = -1};
    linas_evaluator evaluator = tiny_evaluator(&host);
    double values[] = {1.0, 1.0};
    asked got;
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_ERROR_REENTRANT);
    ck_assert_int_eq(linas_search_ask(search, 1, got.ids, got.genomes, &got.count),
                     LINAS_ERROR_REENTRANT);
    ck_assert_int_eq(linas_search_tell(search, 0, values, 2), LINAS_ERROR_REENTRANT);
    ck_assert_int_eq(linas_search_tell_failed(search, 0, 1, ""), LINAS_ERROR_REENTRANT);
    ck_assert_int_eq(linas_search_set_reference(search, values), LINAS_ERROR_REENTRANT);
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    linas_front_destroy(front);
    return 0;
}

static int32_t reentrant_evaluate(void *user_data, linas_candidate *candidate) {
    linas_candidate_set(candidate, "quality", 1.0);
    return call_back_in(user_data);
}

static int32_t reentrant_progress(void *user_data, const linas_progress *progress) {
    (void)progress;
    return call_back_in(user_data);
}

static int32_t reentrant_compute(void *user_data, const int32_t *genomes, size_t rows,
                                 double *values) {
    for (size_t i = 0; i < rows; i++)
        values[i] = genomes[i * TINY_VARIABLES];
    return call_back_in(user_data);
}

START_TEST(reentrance_is_refused) {
    linas_search *search = NULL;
    linas_search_options options = tiny_options(_i);
    linas_evaluator evaluator = {sizeof evaluator, 0, reentrant_evaluate, &search, 0, 0, 0, 0};
    options.progress = reentrant_progress;
    options.progress_data = &search;
    objectives[1].compute = reentrant_compute;
    objectives[1].compute_data = &search;
    search = begun(&options);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_str_eq(linas_context_message(context), "");
    linas_search_destroy(search);
}
END_TEST

static int32_t look_at_candidate(void *user_data, linas_candidate *candidate) {
    int64_t number;
    double real;
    const char *text;
    const int32_t *genome = linas_candidate_genome(candidate);
    static const int64_t depths[] = {1, 2, 3}, widths[] = {1, 2, 4};
    (void)user_data;
    ck_assert_ptr_eq(linas_candidate_space(candidate), space);
    ck_assert_int_eq(linas_candidate_int(candidate, "d", 0, &number), LINAS_OK);
    ck_assert_int_eq(number, depths[genome[0]]);
    ck_assert_int_eq(linas_candidate_real(candidate, "w", 5, &real), LINAS_OK);
    ck_assert(real == (double)widths[genome[6]]);
    ck_assert_int_eq(linas_candidate_int(candidate, "w", 6, &number), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_candidate_int(candidate, "nix", 0, &number), LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_int_eq(linas_candidate_int(candidate, NULL, 0, &number),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_int(candidate, "d", 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_string(candidate, "d", 0, &text),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_set(candidate, "cost", 1.0), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_set(candidate, "nix", 1.0), LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_int_eq(linas_candidate_set(candidate, NULL, 1.0), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_set(candidate, "quality", 1.0), LINAS_OK);
    return 0;
}

START_TEST(candidates) {
    callback never = {0, -1, 0};
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_evaluator evaluator = {sizeof evaluator, 0, look_at_candidate, 0, 0, 0, 0, 0};
    objectives[1].compute = compute_cost;
    objectives[1].compute_data = &never;
    linas_search *search = begun(&options);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(evaluation(search, 0).outcome, LINAS_EVALUATION_OK);
    linas_search_destroy(search);
    ck_assert_uint_eq(linas_candidate_id(NULL), 0);
    ck_assert_ptr_null(linas_candidate_genome(NULL));
    ck_assert_ptr_null(linas_candidate_space(NULL));
    ck_assert_int_eq(linas_candidate_set(NULL, "quality", 1.0), LINAS_ERROR_INVALID_ARGUMENT);
    int64_t number;
    ck_assert_int_eq(linas_candidate_int(NULL, "d", 0, &number), LINAS_ERROR_INVALID_ARGUMENT);
    linas_candidate_fail(NULL, "");
    linas_candidate_infeasible(NULL, "");
}
END_TEST

static int32_t fail_first(void *user_data, linas_candidate *candidate) {
    (void)user_data;
    linas_candidate_fail(candidate, "first");
    return 0;
}

START_TEST(latency_only_after_success) {
    callback latency = {0, -1, 0};
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_evaluator evaluator = {sizeof evaluator, 0,        fail_first, 0,
                                 evaluate_latency, &latency, 0,          0};
    linas_search *search = begun(&options);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(latency.calls, 0);
    ck_assert_str_eq(evaluation(search, 0).reason, "first");
    linas_search_destroy(search);
}
END_TEST

/* run takes over what was asked for and never answered. */
START_TEST(ask_then_run) {
    linas_search_options options = tiny_options(_i);
    linas_search *straight = finished(&options), *mixed = begun(&options);
    asked got;
    ask(mixed, 3, &got);
    ck_assert_int_eq(run_to_end(mixed), LINAS_OK);
    ck_assert_uint_eq(linas_search_outstanding(mixed), 0);
    assert_same_evaluations(straight, mixed);
    ck_assert_int_eq(tell(mixed, &got, 0), LINAS_ERROR_UNKNOWN_ID);
    linas_search_destroy(straight);
    linas_search_destroy(mixed);
}
END_TEST

/* -- objectives -------------------------------------------------------------------------------- */

static int32_t cost_not_finite(void *user_data, const int32_t *genomes, size_t rows,
                               double *values) {
    (void)user_data;
    for (size_t i = 0; i < rows; i++)
        values[i] = genomes[i * TINY_VARIABLES] == 1 ? (double)NAN : 1.0 + genomes[1];
    return 0;
}

START_TEST(computed_objectives) {
    callback never = {0, -1, 0};
    linas_search_options options = tiny_options(_i);
    objectives[1].compute = compute_cost;
    objectives[1].compute_data = &never;
    linas_search *search = begun(&options);
    asked got;
    for (ask(search, 64, &got); got.count > 0; ask(search, 64, &got))
        for (size_t i = 0; i < got.count; i++) {
            double values[2] = {1.0, (double)NAN}, truth[2];
            tiny_measure(got.genomes + i * TINY_VARIABLES, truth);
            values[0] = truth[0];
            ck_assert_int_eq(linas_search_tell(search, got.ids[i], values, 2), LINAS_OK);
            linas_evaluation last = evaluation(search, linas_search_evaluations(search) - 1);
            ck_assert_int_eq(last.outcome, LINAS_EVALUATION_OK);
            ck_assert(last.values[1] == truth[1]);
        }
    linas_search_destroy(search);
    objectives[1].compute = cost_not_finite;
    search = finished(&options);
    bool any = false;
    for (uint64_t i = 0; i < linas_search_evaluations(search); i++) {
        linas_evaluation e = evaluation(search, i);
        any = any || e.genome[0] == 1;
        ck_assert_int_eq(e.outcome == LINAS_EVALUATION_FAILED, e.genome[0] == 1);
    }
    ck_assert(any);
    linas_search_destroy(search);
}
END_TEST

START_TEST(limits_keep_members_out) {
    linas_search_options options = tiny_options(_i);
    options.evaluations = 60;
    objectives[0].lower_limit = 55.0;
    objectives[1].upper_limit = 20.0;
    linas_search *search = finished(&options);
    linas_front *front = NULL;
    size_t within = 0;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_gt(linas_front_size(front), 0);
    for (size_t i = 0; i < linas_front_size(front); i++) {
        linas_evaluation member = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_front_get(front, i, &member), LINAS_OK);
        ck_assert(member.values[0] >= 55.0 && member.values[1] <= 20.0);
    }
    for (uint64_t i = 20; i < 60; i++) {
        linas_evaluation e = evaluation(search, i);
        within += e.values[0] >= 55.0 && e.values[1] <= 20.0;
    }
    /* Predictors know where to look. */
    if (_i == LINAS_TACTIC_LINAS)
        ck_assert_uint_gt(within, 30);
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

START_TEST(limits_that_nothing_keeps) {
    linas_search_options options = tiny_options(_i);
    objectives[1].upper_limit = 0.0;
    linas_search *search = finished(&options);
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 0);
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

/* -- one objective ----------------------------------------------------------------------------- */

static double best_quality(int32_t tactic, uint64_t seed, uint64_t evaluations) {
    linas_search_options options = tiny_options(tactic);
    linas_search *search = NULL;
    linas_front *front = NULL;
    options.seed = seed;
    options.evaluations = evaluations;
    ck_assert_int_eq(linas_search_create(context, space, objectives, 1, &options, &search),
                     LINAS_OK);
    uint64_t id;
    int32_t genome[TINY_VARIABLES];
    size_t count;
    while (linas_search_ask(search, 1, &id, genome, &count) == LINAS_OK && count == 1) {
        double values[2];
        tiny_measure(genome, values);
        ck_assert_int_eq(linas_search_tell(search, id, values, 1), LINAS_OK);
    }
    linas_evaluation member = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 1);
    ck_assert_int_eq(linas_front_get(front, 0, &member), LINAS_OK);
    double best = member.values[0];
    linas_front_destroy(front);
    linas_search_destroy(search);
    return best;
}

/* Of all 2457 configurations. */
static double best_of_all(void) {
    int32_t genome[TINY_VARIABLES];
    double best = -(double)INFINITY;
    for (int code = 0; code < 6561; code++) {
        double values[2];
        for (int i = 0, rest = code; i < TINY_VARIABLES; i++, rest /= 3)
            genome[i] = rest % 3;
        tiny_measure(genome, values);
        best = fmax(best, values[0]);
    }
    return best;
}

/* LINAS finds the optimum in 40 evaluations; in 150 NSGA-II is nearer to it than random. */
START_TEST(one_objective) {
    double best = best_of_all(), nsga2 = 0.0, random = 0.0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        double linas = best_quality(LINAS_TACTIC_LINAS, seed, 40);
        ck_assert_msg(linas == best, "seed %d: %g of %g", (int)seed, linas, best);
        nsga2 += best_quality(LINAS_TACTIC_NSGA2, seed, 150) / 5.0;
        random += best_quality(LINAS_TACTIC_RANDOM, seed, 150) / 5.0;
    }
    ck_assert_msg(nsga2 > random && random < best, "nsga2 %g, random %g", nsga2, random);
}
END_TEST

enum { NB201_VARIABLES = 6, NB201_CELLS = 15625 };

static size_t nb201_cell(const int32_t *genome) {
    size_t cell = 0;
    for (int i = 0; i < NB201_VARIABLES; i++)
        cell = cell * 5 + (size_t)genome[i];
    return cell;
}

/* Accuracies of NAS-Bench-201 on CIFAR-10 and the best of them; NULL without the data. */
static double *nb201_accuracies(double *best) {
    static char line[512];
    const char *path = test_data("nb201_cifar10.csv");
    if (!path)
        return NULL;
    double *cells = calloc(NB201_CELLS, sizeof *cells);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    *best = 0.0;
    while (fgets(line, sizeof line, file)) {
        int32_t genome[NB201_VARIABLES];
        char *next = line;
        for (int i = 0; i < NB201_VARIABLES; i++, next++)
            genome[i] = (int32_t)strtol(next, &next, 10);
        *best = fmax(*best, cells[nb201_cell(genome)] = strtod(next, NULL));
    }
    fclose(file);
    return cells;
}

typedef struct nb201_host {
    double *cells;
    double best; /* found so far */
} nb201_host;

static int32_t nb201_evaluate(void *user_data, linas_candidate *candidate) {
    nb201_host *host = user_data;
    double accuracy = host->cells[nb201_cell(linas_candidate_genome(candidate))];
    host->best = fmax(host->best, accuracy);
    return linas_candidate_set(candidate, "top1", accuracy);
}

/* The most accurate one of 15 625 networks. */
START_TEST(one_objective_of_a_known_table) {
    static const int64_t operations[] = {0, 1, 2, 3, 4};
    nb201_host host = {NULL, 0.0};
    linas_space *cell = NULL;
    linas_search *search = NULL;
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    linas_objective accuracy[] = {LINAS_MAXIMIZE("top1", "%")};
    double best;
    if (getenv("LINAS_TEST_QUICK") || !(host.cells = nb201_accuracies(&best))) {
        test_skip("NAS-Bench-201 is not at hand, or this is a quick run");
        return;
    }
    options.evaluations = 120;
    evaluator.evaluate = nb201_evaluate;
    evaluator.evaluate_data = &host;
    ck_assert_int_eq(linas_space_create(context, &cell), LINAS_OK);
    ck_assert_int_eq(
        linas_space_add_int(cell, "op", NB201_VARIABLES, operations, 5, LINAS_CATEGORICAL),
        LINAS_OK);
    ck_assert_int_eq(linas_search_create(context, cell, accuracy, 1, &options, &search), LINAS_OK);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_double_eq(host.best, best);
    linas_search_destroy(search);
    linas_space_destroy(cell);
    free(host.cells);
}
END_TEST

/* Nothing to choose by, one value for all, and a limit on the only objective. */
START_TEST(one_flat_or_limited_objective) {
    for (int limited = 0; limited < 2; limited++) {
        linas_search_options options = tiny_options(_i);
        linas_objective one[] = {LINAS_MINIMIZE("cost", "ms")};
        linas_search *search = NULL;
        linas_front *front = NULL;
        linas_evaluation member = LINAS_EVALUATION_INIT;
        asked got;
        uint64_t seen = 0;
        options.evaluations = 60;
        if (limited)
            one[0].lower_limit = 12.0;
        ck_assert_int_eq(linas_search_create(context, space, one, 1, &options, &search), LINAS_OK);
        for (ask(search, 64, &got); got.count > 0; ask(search, 64, &got))
            for (size_t i = 0; i < got.count; i++, seen++) {
                double values[2] = {0.0, 7.0};
                if (limited)
                    tiny_measure(got.genomes + i * TINY_VARIABLES, values);
                ck_assert_int_eq(linas_search_tell(search, got.ids[i], values + 1, 1), LINAS_OK);
            }
        ck_assert_uint_eq(seen, 60);
        ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
        ck_assert_uint_ge(linas_front_size(front), 1);
        ck_assert_int_eq(linas_front_get(front, 0, &member), LINAS_OK);
        if (limited)
            ck_assert_double_ge(member.values[0], 12.0);
        if (limited && _i == LINAS_TACTIC_LINAS)
            ck_assert_double_le(member.values[0], 12.1);
        linas_front_destroy(front);
        linas_search_destroy(search);
    }
}
END_TEST

/* -- many objectives --------------------------------------------------------------------------- */

/* A hash of what was proposed. */
static uint64_t search_three(int32_t tactic, int32_t survival) {
    linas_search_options options = tiny_options(tactic);
    uint64_t hash = 0;
    linas_objective three[] = {LINAS_MAXIMIZE("quality", "%"), LINAS_MINIMIZE("cost", "ms"),
                               LINAS_MINIMIZE("size", "MB")};
    linas_search *search = NULL;
    asked got;
    options.evaluations = 40;
    options.survival = survival;
    ck_assert_int_eq(linas_search_create(context, space, three, 3, &options, &search), LINAS_OK);
    for (ask(search, 64, &got); got.count > 0; ask(search, 64, &got))
        for (size_t i = 0; i < got.count; i++) {
            const int32_t *genome = got.genomes + i * TINY_VARIABLES;
            double values[3];
            tiny_measure(genome, values);
            values[2] = 3.0 * genome[7] + genome[1] * genome[2];
            for (size_t k = 0; k < TINY_VARIABLES; k++)
                hash = hash * 31 + (uint64_t)genome[k];
            ck_assert_int_eq(linas_search_tell(search, got.ids[i], values, 3), LINAS_OK);
        }
    double volume;
    ck_assert_int_eq(linas_search_hypervolume(search, &volume), LINAS_OK);
    ck_assert(volume > 0.0);
    ck_assert_uint_eq(linas_search_evaluations(search), 40);
    linas_search_destroy(search);
    return hash;
}

START_TEST(three_objectives) {
    uint64_t crowding = search_three(_i, LINAS_SURVIVAL_CROWDING);
    uint64_t reference = search_three(_i, LINAS_SURVIVAL_REFERENCE);
    ck_assert_uint_eq(reference, search_three(_i, LINAS_SURVIVAL_REFERENCE));
    ck_assert_int_eq(reference == crowding, _i == LINAS_TACTIC_RANDOM);
}
END_TEST

/* -- order of answers -------------------------------------------------------------------------- */

static uint64_t random_number(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static linas_search *answered_in_any_order(int32_t tactic, uint64_t order) {
    linas_search_options options = tiny_options(tactic);
    linas_search *search = begun(&options);
    asked got;
    for (ask(search, 64, &got); got.count > 0; ask(search, 64, &got)) {
        size_t waiting[64];
        for (size_t i = 0; i < got.count; i++)
            waiting[i] = i;
        for (size_t left = got.count; left > 0; left--) {
            size_t at = order ? random_number(&order) % left : 0, index = waiting[at];
            memmove(waiting + at, waiting + at + 1, (left - at - 1) * sizeof *waiting);
            if (got.ids[index] % 5 == 3)
                ck_assert_int_eq(linas_search_tell_failed(search, got.ids[index], 1, "x"),
                                 LINAS_OK);
            else
                ck_assert_int_eq(tell(search, &got, index), LINAS_OK);
        }
    }
    return search;
}

static void assert_same_front(const linas_search *a, const linas_search *b) {
    linas_front *x = NULL, *y = NULL;
    ck_assert_int_eq(linas_search_front(a, &x), LINAS_OK);
    ck_assert_int_eq(linas_search_front(b, &y), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(x), linas_front_size(y));
    for (size_t i = 0; i < linas_front_size(x); i++) {
        linas_evaluation p = LINAS_EVALUATION_INIT, q = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_front_get(x, i, &p), LINAS_OK);
        ck_assert_int_eq(linas_front_get(y, i, &q), LINAS_OK);
        ck_assert_uint_eq(p.id, q.id);
        ck_assert_mem_eq(p.genome, q.genome, TINY_VARIABLES * sizeof(int32_t));
        ck_assert_mem_eq(p.values, q.values, TINY_OBJECTIVES * sizeof(double));
    }
    linas_front_destroy(x);
    linas_front_destroy(y);
    double u[2], v[2], hu, hv;
    ck_assert_int_eq(linas_search_reference(a, u), LINAS_OK);
    ck_assert_int_eq(linas_search_reference(b, v), LINAS_OK);
    ck_assert_mem_eq(u, v, sizeof u);
    ck_assert_int_eq(linas_search_hypervolume(a, &hu), LINAS_OK);
    ck_assert_int_eq(linas_search_hypervolume(b, &hv), LINAS_OK);
    ck_assert(fabs(hu - hv) <= 1e-12 * fabs(hu));
}

START_TEST(order_of_answers_does_not_matter) {
    linas_search *in_order = answered_in_any_order(_i, 0);
    for (uint64_t order = 1; order <= (uint64_t)tiny_loops(1000, 20); order++) {
        linas_search *search = answered_in_any_order(_i, order);
        assert_same_front(in_order, search);
        linas_search_destroy(search);
    }
    linas_search_destroy(in_order);
}
END_TEST

START_TEST(nothing_is_proposed_while_answers_miss) {
    linas_search_options options = tiny_options(_i);
    linas_search *search = begun(&options);
    asked got, more;
    ask(search, 64, &got);
    ck_assert_uint_eq(got.count, _i == LINAS_TACTIC_NSGA2 ? 6 : 5);
    ask(search, 64, &more);
    ck_assert_uint_eq(more.count, 0);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_NONE);
    for (size_t i = 0; i < got.count; i++)
        ck_assert_int_eq(tell(search, &got, i), LINAS_OK);
    ask(search, 2, &more);
    ck_assert_uint_eq(more.count, 2);
    ck_assert_uint_eq(more.ids[0], got.count);
    linas_search_destroy(search);
}
END_TEST

START_TEST(equal_points_keep_the_first_id) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_search *search = begun(&options);
    linas_front *front = NULL;
    linas_evaluation member = LINAS_EVALUATION_INIT;
    double same[] = {1.0, 1.0};
    asked got;
    ask(search, 5, &got);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(linas_search_tell(search, (i + 3) % 5, same, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 1);
    ck_assert_int_eq(linas_front_get(front, 0, &member), LINAS_OK);
    ck_assert_uint_eq(member.id, 0);
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

START_TEST(the_front_is_what_brute_force_finds) {
    linas_search_options options = tiny_options(_i);
    options.evaluations = 120;
    linas_search *search = finished(&options);
    linas_front *front = NULL;
    size_t members = 0;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    for (uint64_t i = 0; i < 120; i++) {
        linas_evaluation a = evaluation(search, i);
        bool beaten = false;
        for (uint64_t k = 0; k < 120 && !beaten; k++) {
            linas_evaluation b = evaluation(search, k);
            bool equal = b.values[0] == a.values[0] && b.values[1] == a.values[1];
            beaten =
                b.values[0] >= a.values[0] && b.values[1] <= a.values[1] && (!equal || b.id < a.id);
        }
        members += !beaten;
    }
    ck_assert_uint_eq(linas_front_size(front), members);
    for (size_t i = 0; i + 1 < members; i++) {
        linas_evaluation a = LINAS_EVALUATION_INIT, b = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_front_get(front, i, &a), LINAS_OK);
        ck_assert_int_eq(linas_front_get(front, i + 1, &b), LINAS_OK);
        ck_assert(a.values[0] > b.values[0] && a.values[1] > b.values[1]);
    }
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

START_TEST(reference_points) {
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    linas_search *search = begun(&options);
    double given[] = {40.0, 30.0}, bad[] = {1.0, (double)NAN}, found[2], worst[2];
    ck_assert_int_eq(linas_search_reference(search, found), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_search_set_reference(search, bad), LINAS_ERROR_NOT_FINITE);
    ck_assert_int_eq(linas_search_set_reference(search, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_set_reference(search, given), LINAS_OK);
    ck_assert_int_eq(run_to_end(search), LINAS_OK);
    ck_assert_int_eq(linas_search_reference(search, found), LINAS_OK);
    ck_assert_mem_eq(found, given, sizeof found);
    ck_assert_int_eq(linas_search_set_reference(search, given), LINAS_ERROR_WRONG_ORDER);
    linas_search_destroy(search);

    search = finished(&options);
    tiny_measure(evaluation(search, 0).genome, worst);
    for (uint64_t i = 1; i < options.initial; i++) {
        worst[0] = fmin(worst[0], evaluation(search, i).values[0]);
        worst[1] = fmax(worst[1], evaluation(search, i).values[1]);
    }
    ck_assert_int_eq(linas_search_reference(search, found), LINAS_OK);
    ck_assert_mem_eq(found, worst, sizeof found);
    linas_search_destroy(search);
}
END_TEST

/* -- the same again ---------------------------------------------------------------------------- */

START_TEST(same_seed_same_search) {
    linas_search_options options = tiny_options(_i);
    linas_search *a = finished(&options), *b = finished(&options);
    assert_same_evaluations(a, b);
    options.seed = 2;
    linas_search *c = finished(&options);
    ck_assert_mem_ne(evaluation(a, 0).genome, evaluation(c, 0).genome,
                     TINY_VARIABLES * sizeof(int32_t));
    linas_search_destroy(a);
    linas_search_destroy(b);
    linas_search_destroy(c);
}
END_TEST

START_TEST(all_tactics_start_alike) {
    linas_search *searches[3];
    for (int32_t tactic = 0; tactic < 3; tactic++) {
        linas_search_options options = tiny_options(tactic);
        searches[tactic] = finished(&options);
    }
    for (uint64_t i = 0; i < 5; i++)
        for (int32_t tactic = 1; tactic < 3; tactic++)
            ck_assert_mem_eq(evaluation(searches[0], i).genome,
                             evaluation(searches[tactic], i).genome,
                             TINY_VARIABLES * sizeof(int32_t));
    for (int32_t tactic = 0; tactic < 3; tactic++)
        linas_search_destroy(searches[tactic]);
}
END_TEST

/* -- progress and predictors ------------------------------------------------------------------- */

typedef struct watched {
    linas_progress last;
    linas_predictor_quality qualities[2];
} watched;

static int32_t watch(void *user_data, const linas_progress *progress) {
    watched *w = user_data;
    ck_assert_uint_eq(progress->evaluations, w->last.evaluations + 1);
    ck_assert_uint_eq(progress->objectives, 2);
    w->last = *progress;
    memcpy(w->qualities, progress->qualities, sizeof w->qualities);
    return 0;
}

START_TEST(progress_is_reported) {
    watched w;
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    memset(&w, 0, sizeof w);
    options.progress = watch;
    options.progress_data = &w;
    linas_search *search = finished(&options);
    double volume;
    ck_assert_int_eq(linas_search_hypervolume(search, &volume), LINAS_OK);
    ck_assert_uint_eq(w.last.size, sizeof(linas_progress));
    ck_assert_uint_eq(w.last.evaluations, 14);
    ck_assert_uint_eq(w.last.budget, 14);
    ck_assert_uint_eq(w.last.iteration, 4);
    ck_assert_uint_eq(w.last.failed, 0);
    ck_assert_uint_gt(w.last.front_size, 0);
    ck_assert(w.last.hypervolume == volume && volume > 0.0);
    ck_assert(w.last.seconds >= 0.0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(w.qualities[i].model, LINAS_PREDICTOR_RIDGE);
        ck_assert_uint_eq(w.qualities[i].rows, 11);
    }
    linas_search_destroy(search);
}
END_TEST

static int32_t custom_fit(void *user_data, const int32_t *genomes, const double *targets,
                          size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        double values[2];
        tiny_measure(genomes + i * TINY_VARIABLES, values);
        ck_assert(targets[i] == values[1]);
    }
    return called(user_data);
}

static int32_t custom_predict(void *user_data, const int32_t *genomes, size_t rows, double *means,
                              double *deviations) {
    (void)user_data;
    for (size_t i = 0; i < rows; i++) {
        double values[2];
        tiny_measure(genomes + i * TINY_VARIABLES, values);
        means[i] = values[1];
        if (deviations)
            deviations[i] = 0.0;
    }
    return 0;
}

START_TEST(predictors_of_the_host) {
    callback fits = {0, 1, 99};
    linas_predictor_callbacks callbacks = {sizeof callbacks, 0, custom_fit,
                                           custom_predict,   0, &fits};
    linas_predictor *predictors[2] = {NULL, NULL};
    ck_assert_int_eq(linas_predictor_create_custom(space, &callbacks, &predictors[1]), LINAS_OK);
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.predictors = predictors;
    linas_search *search = begun(&options);
    ck_assert_int_eq(run_to_end(search), 99);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_CALLBACK);
    ck_assert_uint_eq(linas_search_evaluations(search), 8);
    ck_assert_int_eq(run_to_end(search), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), 14);
    ck_assert_int_eq(fits.calls, 4);
    linas_search_destroy(search);

    linas_space *other = NULL;
    static const int64_t values[] = {0, 1};
    ck_assert_int_eq(linas_space_create(context, &other), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(other, "x", 1, values, 2, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(
        linas_search_create(context, other, objectives, TINY_OBJECTIVES, &options, &search),
        LINAS_ERROR_INVALID_ARGUMENT);
    linas_space_destroy(other);
    linas_predictor_destroy(predictors[1]);
}
END_TEST

/* -- what a search finds ----------------------------------------------------------------------- */

static void int45(const int32_t *x, double *values) {
    double f1 = 0.0, f2 = 0.0, sum_a = 0.0, sum_b = 0.0;
    for (int i = 0; i < 45; i++) {
        double a = 1 + 7 * i % 10, b = 1 + (3 * i + 5) % 10;
        f1 += a * x[i];
        f2 += b * (2 - x[i]) * (2 - x[i]);
        sum_a += 2 * a;
        sum_b += 4 * b;
    }
    values[0] = f1 / sum_a;
    values[1] = f2 / sum_b;
}

static int32_t int45_evaluate(void *user_data, linas_candidate *candidate) {
    double values[2];
    (void)user_data;
    int45(linas_candidate_genome(candidate), values);
    linas_candidate_set(candidate, "f1", values[0]);
    linas_candidate_set(candidate, "f2", values[1]);
    return 0;
}

static double int45_volume(int32_t tactic, uint64_t seed) {
    static const int64_t values[] = {0, 1, 2};
    static const double reference[] = {1.1, 1.1};
    linas_objective two[] = {LINAS_MINIMIZE("f1", NULL), LINAS_MINIMIZE("f2", NULL)};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    linas_space *wide = NULL;
    linas_search *search = NULL;
    double volume;
    options.tactic = tactic;
    options.seed = seed;
    options.evaluations = 150;
    evaluator.evaluate = int45_evaluate;
    ck_assert_int_eq(linas_space_create(context, &wide), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(wide, "x", 45, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_search_create(context, wide, two, 2, &options, &search), LINAS_OK);
    ck_assert_int_eq(linas_search_set_reference(search, reference), LINAS_OK);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_int_eq(linas_search_hypervolume(search, &volume), LINAS_OK);
    linas_search_destroy(search);
    linas_space_destroy(wide);
    return volume;
}

START_TEST(linas_beats_the_others) {
    if (getenv("LINAS_TEST_QUICK"))
        return;
    double linas = int45_volume(LINAS_TACTIC_LINAS, 1), nsga2 = int45_volume(LINAS_TACTIC_NSGA2, 1),
           random = int45_volume(LINAS_TACTIC_RANDOM, 1);
    /* The true front has .93389. */
    ck_assert_msg(linas > 0.88 && linas > nsga2 + 0.1 && nsga2 > random,
                  "linas %g, nsga2 %g, random %g", linas, nsga2, random);
}
END_TEST

/* -- memory ------------------------------------------------------------------------------------ */

/* Only a new batch and arrays that double take memory: of many asks and tells nearly none. */
START_TEST(asking_and_telling_take_no_memory) {
    enum { FIRST = 1200, LATER = 2400, GROWTH = 16 };
    test_allocator allocator;
    linas_context *counted = test_failing_context(&allocator, -1);
    linas_space *wide = NULL;
    linas_search *search = NULL;
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    long asks = 0, tells = 0, batches = LATER / options.population;
    options.tactic = LINAS_TACTIC_NSGA2;
    options.evaluations = FIRST + LATER;
    ck_assert_int_eq(linas_space_preset(counted, "ofa-mobilenetv3", &wide), LINAS_OK);
    ck_assert_int_eq(
        linas_search_create(counted, wide, objectives, TINY_OBJECTIVES, &options, &search),
        LINAS_OK);
    for (int i = 0; i < FIRST + LATER; i++) {
        uint64_t id;
        int32_t genome[64];
        size_t count;
        long before = allocator.calls;
        ck_assert_int_eq(linas_search_ask(search, 1, &id, genome, &count), LINAS_OK);
        ck_assert_uint_eq(count, 1);
        long between = allocator.calls;
        double values[] = {genome[0] + genome[40] * genome[3], genome[41] - genome[7] * 0.1};
        ck_assert_int_eq(linas_search_tell(search, id, values, TINY_OBJECTIVES), LINAS_OK);
        asks += i >= FIRST ? between - before : 0;
        tells += i >= FIRST ? allocator.calls - between : 0;
    }
    ck_assert_int_le(tells, GROWTH);
    ck_assert_int_le(asks, 2 * batches + GROWTH);
    linas_search_destroy(search);
    linas_space_destroy(wide);
    linas_context_destroy(counted);
    ck_assert_int_eq(allocator.live, 0);
}
END_TEST

/* Asks, answers, and reads the front; every call that fails for want of memory is made again. */
static linas_status again(linas_status status, bool *failed) {
    *failed = status == LINAS_ERROR_NO_MEMORY;
    if (!*failed)
        ck_assert_int_eq(status, LINAS_OK);
    return status;
}

static size_t drive(linas_search *search, double *sum) {
    uint64_t id;
    int32_t genome[TINY_VARIABLES];
    size_t count = 1, members;
    bool failed;
    while (count > 0) {
        do
            again(linas_search_ask(search, 1, &id, genome, &count), &failed);
        while (failed);
        double values[2];
        tiny_measure(genome, values);
        do
            again(count == 0    ? LINAS_OK
                  : id % 4 == 3 ? linas_search_tell_failed(search, id, 1, "because")
                                : linas_search_tell(search, id, values, 2),
                  &failed);
        while (failed);
    }
    linas_front *front = NULL;
    do
        again(linas_search_front(search, &front), &failed);
    while (failed);
    members = linas_front_size(front);
    linas_front_destroy(front);
    do
        again(linas_search_hypervolume(search, sum), &failed);
    while (failed);
    return members;
}

static linas_search_options short_options(int32_t tactic) {
    linas_search_options options = tiny_options(tactic);
    options.evaluations = 8;
    options.initial = 4;
    options.batch = 2;
    options.population = 4;
    options.generations = 2;
    options.stagnation = 100;
    return options;
}

/* False when nothing failed. */
static bool sweep_once(int32_t tactic, long at, size_t *members, double *volume) {
    test_allocator allocator;
    linas_search_options options = short_options(tactic);
    linas_context *poor = test_failing_context(&allocator, at);
    linas_space *own = poor ? tiny_space(poor) : NULL;
    linas_search *search = NULL;
    if (own) {
        linas_status status = linas_search_create(poor, own, objectives, 2, &options, &search);
        ck_assert(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY);
        ck_assert(status == LINAS_OK || !search);
    }
    if (search)
        *members = drive(search, volume);
    linas_search_destroy(search);
    linas_space_destroy(own);
    linas_context_destroy(poor);
    ck_assert_int_eq(allocator.live, 0);
    return allocator.calls > at;
}

START_TEST(memory_fails_everywhere) {
    size_t whole = 0;
    double whole_volume = 0.0;
    sweep_once(_i, -1, &whole, &whole_volume);
    ck_assert_uint_gt(whole, 0);
    long step = tiny_loops(1, 37);
    for (long at = 0;; at += step) {
        size_t members = whole;
        double volume = whole_volume;
        if (!sweep_once(_i, at, &members, &volume))
            break;
        ck_assert_uint_eq(members, whole);
        ck_assert(volume == whole_volume);
    }
}
END_TEST

/* -- long tails -------------------------------------------------------------------------------- */

START_TEST(tails_bend) {
    lns_tail none = {(double)INFINITY, 0.0}, tail = {10.0, 0.5};
    ck_assert_double_eq(lns_tail_bend(&none, 1e300), 1e300);
    ck_assert_double_eq(lns_tail_bend(&tail, -3.0), -3.0);
    ck_assert_double_eq(lns_tail_bend(&tail, 10.0), 10.0);
    double before = 10.0;
    for (double value = 10.5; value < 1e6; value *= 2.0) {
        double bent = lns_tail_bend(&tail, value);
        ck_assert_double_gt(bent, before);
        ck_assert_double_lt(bent, value);
        before = bent;
    }
}
END_TEST

/* Two costs of the sub-networks that are asked for first: one in which every fifth is far worse
 * than the others, one without a tail. */
START_TEST(tails_are_found) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.initial = 10;
    linas_search *search = begun(&options);
    uint64_t ids[10];
    int32_t genomes[10 * TINY_VARIABLES];
    size_t count;
    ck_assert_int_eq(linas_search_ask(search, 10, ids, genomes, &count), LINAS_OK);
    ck_assert_uint_eq(count, 10);
    for (size_t i = 0; i < count; i++) {
        /* quality is maximised: its tail is the low end */
        double values[] = {i % 5 == 0 ? 10.0 + (double)i : 90.0 + (double)i, 3.0 + (double)i};
        ck_assert_int_eq(linas_search_tell(search, ids[i], values, 2), LINAS_OK);
    }
    lns_tail tails[TINY_OBJECTIVES];
    ck_assert_int_eq(lns_tails_find(&search->problem, tails), LINAS_OK);
    ck_assert_double_eq(tails[0].start, -93.0);
    ck_assert_double_eq_tol(tails[0].scale, 0.03 * 6.0, 1e-12);
    ck_assert(isinf(tails[1].start));
    linas_search_destroy(search);
}
END_TEST

/* Costs of 3 to 12 in the first batch, and then further ones, `step` apart. */
static double tail_after(double step) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.initial = 10;
    options.evaluations = 20;
    options.batch = 10;
    linas_search *search = begun(&options);
    lns_tail tails[TINY_OBJECTIVES];
    for (size_t batch = 0; batch < 2; batch++) {
        uint64_t ids[10];
        int32_t genomes[10 * TINY_VARIABLES];
        size_t count;
        ck_assert_int_eq(linas_search_ask(search, 10, ids, genomes, &count), LINAS_OK);
        for (size_t i = 0; i < count; i++) {
            double values[] = {90.0, batch == 0 ? 3.0 + (double)i : 12.0 + step * (double)(i + 1)};
            ck_assert_int_eq(linas_search_tell(search, ids[i], values, 2), LINAS_OK);
        }
    }
    ck_assert_int_eq(lns_tails_find(&search->problem, tails), LINAS_OK);
    linas_search_destroy(search);
    return tails[1].start;
}

/* The first six of ten costs span 5: what is reached in smaller steps than twice that is no tail,
 * however far it is. */
START_TEST(tails_lie_apart) {
    ck_assert_double_eq(tail_after(10.5), 8.0);
    ck_assert(isinf(tail_after(9.5)));
}
END_TEST

/* -- optimism ---------------------------------------------------------------------------------- */

typedef struct hopeful_host {
    double mean; /* of every prediction */
    size_t asked_for_deviations;
} hopeful_host;

static int32_t hopeful_fit(void *user_data, const int32_t *genomes, const double *targets,
                           size_t rows) {
    (void)user_data;
    (void)genomes;
    (void)targets;
    (void)rows;
    return 0;
}

static int32_t hopeful_predict(void *user_data, const int32_t *genomes, size_t rows, double *means,
                               double *deviations) {
    hopeful_host *host = user_data;
    (void)genomes;
    host->asked_for_deviations += deviations != NULL;
    for (size_t i = 0; i < rows; i++) {
        means[i] = host->mean;
        if (deviations)
            deviations[i] = 1.0;
    }
    return 0;
}

/* How often a search asks a predictor of the cost for deviations, if it promises this cost. */
static size_t deviations_asked(double mean) {
    hopeful_host host = {mean, 0};
    linas_predictor_callbacks callbacks = {sizeof callbacks, 0,    hopeful_fit,
                                           hopeful_predict,  NULL, &host};
    linas_predictor *predictors[TINY_OBJECTIVES] = {NULL};
    ck_assert_int_eq(linas_predictor_create_custom(space, &callbacks, &predictors[1]), LINAS_OK);
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.evaluations = options.initial + options.batch;
    options.predictors = predictors;
    linas_search_destroy(finished(&options));
    linas_predictor_destroy(predictors[1]);
    return host.asked_for_deviations;
}

/* Deviations matter only when means promise nothing. */
START_TEST(optimism_when_nothing_is_promised) {
    ck_assert_uint_eq(deviations_asked(0.0), 0);
    ck_assert_uint_gt(deviations_asked(1e6), 0);
}
END_TEST

/* A search whose first answers are told: `cost` as the tiny problem's less `shift`. */
static linas_search *with_first_batch(linas_search_options *options, double shift) {
    uint64_t ids[20];
    int32_t genomes[20 * TINY_VARIABLES];
    size_t count;
    options->initial = 20;
    options->evaluations = 100;
    linas_search *search = begun(options);
    ck_assert_int_eq(linas_search_ask(search, 20, ids, genomes, &count), LINAS_OK);
    for (size_t i = 0; i < count; i++) {
        double values[TINY_OBJECTIVES];
        tiny_measure(genomes + i * TINY_VARIABLES, values);
        values[1] = fmax(values[1] - shift, shift > 10.0 ? -100.0 : 0.0);
        ck_assert_int_eq(linas_search_tell(search, ids[i], values, 2), LINAS_OK);
    }
    return search;
}

static double least_predicted_cost(linas_search *search) {
    enum { TRIED = 300 };
    linas_predictor *own[TINY_OBJECTIVES + 1] = {NULL};
    lns_models models;
    int32_t *genomes = calloc(TRIED * TINY_VARIABLES, sizeof *genomes);
    double *values = calloc(TRIED * TINY_OBJECTIVES, sizeof *values), least = INFINITY;
    size_t count;
    ck_assert_int_eq(
        linas_space_sample(space, LINAS_SAMPLE_UNIFORM, 5, NULL, 0, TRIED, genomes, &count),
        LINAS_OK);
    ck_assert_int_eq(lns_models_create(&search->problem, TRIED, own, &models), LINAS_OK);
    ck_assert_int_eq(lns_models_predict(&models, genomes, count, values), LINAS_OK);
    for (size_t i = 0; i < count; i++)
        least = fmin(least, values[i * TINY_OBJECTIVES + 1]);
    lns_models_free(&models);
    for (size_t j = 0; j < TINY_OBJECTIVES; j++)
        linas_predictor_destroy(own[j]);
    free(genomes);
    free(values);
    return least;
}

START_TEST(what_never_was_negative_is_not_predicted_to_be) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    linas_search *search = with_first_batch(&options, 9.0); /* many costs of 0 */
    ck_assert_double_eq(least_predicted_cost(search), 0.0);
    linas_search_destroy(search);
    search = with_first_batch(&options, 30.0); /* negative costs */
    ck_assert_double_lt(least_predicted_cost(search), 0.0);
    linas_search_destroy(search);
}
END_TEST

static bool is_dominated(const lns_pool *pool, const double *point) {
    for (size_t i = 0; i < pool->count; i++)
        if (linas_pareto_compare(pool->points + i * TINY_OBJECTIVES, point, TINY_OBJECTIVES) == -1)
            return true;
    return false;
}

/* No single change of a member makes a new sub-network that is predicted to dominate it. */
static void check_neighbours(const lns_models *models, const int32_t *member, const double *point) {
    for (size_t k = 0; k < TINY_VARIABLES; k++)
        for (int32_t value = 0; value < 3; value++) {
            int32_t genome[TINY_VARIABLES];
            double predicted[TINY_OBJECTIVES];
            memcpy(genome, member, sizeof genome);
            genome[k] = value;
            lns_space_canonicalize(space, genome, genome, NULL);
            if (lns_genome_set_has(models->problem->history->taken, genome))
                continue;
            ck_assert_int_eq(lns_models_predict(models, genome, 1, predicted), LINAS_OK);
            ck_assert_int_ne(linas_pareto_compare(predicted, point, TINY_OBJECTIVES), -1);
        }
}

/* After so short an evolution only the local search can have seen to it. */
START_TEST(the_pool_is_locally_optimal) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.population = 20;
    options.generations = 1;
    linas_search *search = with_first_batch(&options, 0.0);
    linas_predictor *own[TINY_OBJECTIVES + 1] = {NULL};
    lns_models models;
    lns_pool pool;
    ck_assert_int_eq(lns_models_create(&search->problem, 20, own, &models), LINAS_OK);
    ck_assert_int_eq(lns_pool_create(&models, 1, &pool), LINAS_OK);
    ck_assert_uint_gt(pool.good, 0);
    for (size_t i = 0; i < pool.good; i++)
        if (!is_dominated(&pool, pool.points + i * TINY_OBJECTIVES))
            check_neighbours(&models, pool.genomes + i * TINY_VARIABLES,
                             pool.points + i * TINY_OBJECTIVES);
    lns_pool_free(&pool);
    lns_models_free(&models);
    for (size_t j = 0; j < TINY_OBJECTIVES; j++)
        linas_predictor_destroy(own[j]);
    linas_search_destroy(search);
}
END_TEST

/* Every sub-network is a member; many are equal in the first objective. */
START_TEST(the_front_is_in_order) {
    linas_objective goals[] = {LINAS_MINIMIZE("a", ""), LINAS_MINIMIZE("b", ""),
                               LINAS_MINIMIZE("c", "")};
    static const int64_t values[] = {0, 1, 2};
    linas_space *small = NULL;
    linas_search *search = NULL;
    linas_front *front = NULL;
    linas_search_options options = tiny_options(LINAS_TACTIC_RANDOM);
    uint64_t id;
    int32_t genome[2];
    size_t count;
    options.evaluations = 9;
    ck_assert_int_eq(linas_space_create(context, &small), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(small, "x", 2, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_search_create(context, small, goals, 3, &options, &search), LINAS_OK);
    while (linas_search_ask(search, 1, &id, genome, &count) == LINAS_OK && count == 1) {
        double three[] = {genome[0], genome[1], 4.0 - genome[0] - genome[1]};
        ck_assert_int_eq(linas_search_tell(search, id, three, 3), LINAS_OK);
    }
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 9);
    for (size_t i = 0; i < 9; i++) {
        linas_evaluation member = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_front_get(front, i, &member), LINAS_OK);
        ck_assert_double_eq(member.values[0], (double)(i / 3));
        ck_assert_double_eq(member.values[1], (double)(i % 3));
    }
    linas_front_destroy(front);
    linas_search_destroy(search);
    linas_space_destroy(small);
}
END_TEST

static int32_t of_extremes(void *user_data, linas_candidate *candidate) {
    long *calls = user_data;
    double huge = ++*calls % 2 ? 1.7e308 : -1.7e308;
    linas_candidate_set(candidate, "quality", huge);
    return linas_candidate_set(candidate, "cost", *calls % 3 ? -huge : 1.0);
}

/* Ranges that no double holds. */
START_TEST(values_as_wide_as_doubles) {
    linas_search_options options = tiny_options(_i);
    long calls = 0;
    linas_evaluator evaluator = {sizeof evaluator, 0, of_extremes, &calls, NULL, NULL, 0, 0};
    linas_search *search = begun(&options);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_uint_eq(linas_search_evaluations(search), options.evaluations);
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 1);
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

/* What cannot gain is not picked by its gain: in so many objectives the corner is as good as none.
 */
START_TEST(the_worst_corner_gains_nothing) {
    enum { M = 20, COUNT = 3 };
    double points[COUNT * M];
    lns_tail tails[M];
    for (size_t j = 0; j < M; j++) {
        tails[j] = (lns_tail){(double)INFINITY, 0.0};
        for (size_t i = 0; i < COUNT; i++)
            points[i * M + j] = i == 0 ? 0.0 : 1.0;
    }
    lns_pool pool = {.context = context, .objectives = M, .count = COUNT, .good = COUNT};
    lns_aims aims = {NULL, 0, tails};
    size_t picked[COUNT];
    lns_picks picks = {picked, 0, 0.0};
    pool.points = points;
    ck_assert_int_eq(lns_pool_pick(&pool, &aims, COUNT, &picks), LINAS_OK);
    ck_assert_uint_eq(picks.count, 1);
    ck_assert_uint_eq(picked[0], 0);
    ck_assert_double_eq(picks.gain, 0.0); /* there is no front to gain over */
}
END_TEST

static TCase *one_case(Suite *suite, const char *name) {
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 600);
    suite_add_tcase(suite, tests);
    return tests;
}

int main(void) {
    Suite *suite = suite_create("search");
    TCase *tests = one_case(suite, "arguments");
    tcase_add_test(tests, bad_options);
    tcase_add_test(tests, bad_objectives);
    tcase_add_test(tests, null_arguments);
    tcase_add_test(tests, other_spaces_and_contexts);
    tcase_add_test(tests, texts);
    tests = one_case(suite, "answers");
    tcase_add_test(tests, wrong_answers_change_nothing);
    tcase_add_test(tests, failures_are_recorded);
    tcase_add_loop_test(tests, any_share_of_failures, 0, 9);
    tests = one_case(suite, "ends");
    tcase_add_loop_test(tests, budget_of_one, 0, 3);
    tcase_add_loop_test(tests, budget_is_never_exceeded, 0, 3);
    tcase_add_loop_test(tests, tiny_space_is_exhausted, 0, 3);
    tcase_add_loop_test(tests, one_generation_exhausts, 0, 3);
    tcase_add_test(tests, time_is_up);
    tcase_add_test(tests, stagnation);
    tcase_add_loop_test(tests, too_many_failures, 0, 3);
    tcase_add_test(tests, stop_on_request);
    tests = one_case(suite, "callbacks");
    tcase_add_loop_test(tests, stop_codes_come_back, 0, 30);
    tcase_add_loop_test(tests, reentrance_is_refused, 0, 3);
    tcase_add_test(tests, candidates);
    tcase_add_test(tests, latency_only_after_success);
    tcase_add_loop_test(tests, ask_then_run, 0, 3);
    tests = one_case(suite, "objectives");
    tcase_add_loop_test(tests, computed_objectives, 0, 3);
    tcase_add_loop_test(tests, limits_keep_members_out, 0, 3);
    tcase_add_loop_test(tests, limits_that_nothing_keeps, 0, 3);
    tcase_add_test(tests, one_objective);
    tcase_add_test(tests, one_objective_of_a_known_table);
    tcase_add_loop_test(tests, one_flat_or_limited_objective, 0, 3);
    tcase_add_loop_test(tests, three_objectives, 0, 3);
    tests = one_case(suite, "order");
    tcase_add_loop_test(tests, order_of_answers_does_not_matter, 0, 3);
    tcase_add_loop_test(tests, nothing_is_proposed_while_answers_miss, 0, 3);
    tcase_add_test(tests, equal_points_keep_the_first_id);
    tcase_add_loop_test(tests, the_front_is_what_brute_force_finds, 0, 3);
    tcase_add_test(tests, reference_points);
    tcase_add_loop_test(tests, same_seed_same_search, 0, 3);
    tcase_add_test(tests, all_tactics_start_alike);
    tests = one_case(suite, "models");
    tcase_add_test(tests, progress_is_reported);
    tcase_add_test(tests, predictors_of_the_host);
    tcase_add_test(tests, linas_beats_the_others);
    tcase_add_test(tests, asking_and_telling_take_no_memory);
    tcase_add_test(tests, tails_bend);
    tcase_add_test(tests, tails_are_found);
    tcase_add_test(tests, tails_lie_apart);
    tcase_add_test(tests, optimism_when_nothing_is_promised);
    tcase_add_test(tests, what_never_was_negative_is_not_predicted_to_be);
    tcase_add_test(tests, the_pool_is_locally_optimal);
    tcase_add_test(tests, the_worst_corner_gains_nothing);
    tcase_add_loop_test(tests, values_as_wide_as_doubles, 0, 3);
    tcase_add_test(tests, the_front_is_in_order);
    tests = one_case(suite, "memory");
    tcase_add_loop_test(tests, memory_fails_everywhere, 0, 3);
    return test_run(suite);
}
