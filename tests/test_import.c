/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements of earlier searches: which are taken over, what they spare, and that a journal
 * carries them. */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"
#include "search/models.h"
#include "search/search.h"
#include "tiny_search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 24, MOST = 64, TEXT = 1 << 20 };

static linas_context *context;
static linas_space *space;
static linas_objective objectives[TINY_OBJECTIVES];
static char path[64];
/* Distinct canonical sub-networks, and all that is to be known of them. */
static int32_t genomes[ROWS * TINY_VARIABLES];
static double both[ROWS * TINY_OBJECTIVES], quality[ROWS];
static const char *const names[] = {"quality", "cost"};

static void set_up(void) {
    size_t found;
    context = test_context();
    space = tiny_space(context);
    ck_assert_ptr_nonnull(space);
    tiny_objectives(objectives);
    test_path("import", path, sizeof path);
    ck_assert_int_eq(
        linas_space_sample(space, LINAS_SAMPLE_UNIFORM, 77, NULL, 0, ROWS, genomes, &found),
        LINAS_OK);
    ck_assert_uint_eq(found, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        tiny_measure(genomes + i * TINY_VARIABLES, both + i * TINY_OBJECTIVES);
        quality[i] = both[i * TINY_OBJECTIVES];
    }
}

static void tear_down(void) {
    unlink(path);
    linas_space_destroy(space);
    linas_context_destroy(context);
}

static linas_search *begun(const linas_search_options *options) {
    return tiny_begun(context, space, objectives, options);
}

static linas_search *plain(int32_t tactic) {
    linas_search_options options = tiny_options(tactic);
    return begun(&options);
}

/* The first `rows` sub-networks with both objectives, or with the quality alone. */
static linas_measurements measured(uint32_t count, size_t rows) {
    linas_measurements known = LINAS_MEASUREMENTS_INIT;
    known.objectives = count;
    known.rows = rows;
    known.genomes = genomes;
    known.names = names;
    known.values = count == 2 ? both : quality;
    return known;
}

static void import(linas_search *search, uint32_t count, size_t rows) {
    linas_measurements known = measured(count, rows);
    linas_status status = linas_search_import(search, &known);
    ck_assert_msg(status == LINAS_OK, "%d: %s", status, linas_context_message(context));
    ck_assert_str_eq(linas_context_message(context), "");
}

static linas_status run_until(linas_search *search, long stop_at) {
    return tiny_run(search, stop_at, 17);
}

static linas_evaluation evaluation(const linas_search *search, uint64_t index) {
    linas_evaluation found = LINAS_EVALUATION_INIT;
    ck_assert_int_eq(linas_search_evaluation(search, index, &found), LINAS_OK);
    return found;
}

static bool same_genome(const int32_t *a, const int32_t *b) {
    return memcmp(a, b, TINY_VARIABLES * sizeof *a) == 0;
}

/* Row of a genome among those above, or ROWS. */
static size_t row_of(const int32_t *genome) {
    size_t row = 0;
    while (row < ROWS && !same_genome(genome, genomes + row * TINY_VARIABLES))
        row++;
    return row;
}

/* -- what is refused --------------------------------------------------------------------------- */

static void refused(linas_search *search, const linas_measurements *known, linas_status expected,
                    const char *said) {
    ck_assert_int_eq(linas_search_import(search, known), expected);
    ck_assert_msg(strstr(linas_context_message(context), said) != NULL, "%s: %s", said,
                  linas_context_message(context));
    ck_assert_uint_eq(linas_search_imported(search), 0);
    ck_assert_uint_eq(linas_search_evaluations(search), 0);
    ck_assert_uint_eq(search->imported.count, 0);
}

START_TEST(bad_arguments) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    linas_measurements known = measured(2, ROWS);
    ck_assert_int_eq(linas_search_import(NULL, &known), LINAS_ERROR_INVALID_ARGUMENT);
    refused(search, NULL, LINAS_ERROR_INVALID_ARGUMENT, "NULL");
    known.size = 3;
    refused(search, &known, LINAS_ERROR_STRUCT_SIZE, "linas_measurements");
    known = measured(2, ROWS);
    known.genomes = NULL;
    refused(search, &known, LINAS_ERROR_INVALID_ARGUMENT, "array");
    known = measured(2, ROWS);
    known.values = NULL;
    refused(search, &known, LINAS_ERROR_INVALID_ARGUMENT, "array");
    known = measured(2, ROWS);
    known.names = NULL;
    refused(search, &known, LINAS_ERROR_INVALID_ARGUMENT, "names");
    known = measured(65, ROWS);
    refused(search, &known, LINAS_ERROR_TOO_LARGE, "64");
    known = measured(2, ROWS);
    known.rows = UINT64_MAX / 2;
    refused(search, &known, LINAS_ERROR_NO_MEMORY, "memory");
    linas_search_destroy(search);
}
END_TEST

START_TEST(bad_names) {
    static const char *const none[] = {NULL, "cost"}, *const twice[] = {"cost", "cost"};
    static const char *const other[] = {"quality", "energy"};
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    linas_measurements known = measured(2, ROWS);
    known.names = none;
    refused(search, &known, LINAS_ERROR_INVALID_ARGUMENT, "name");
    known.names = twice;
    refused(search, &known, LINAS_ERROR_DUPLICATE, "cost");
    known.names = other;
    refused(search, &known, LINAS_ERROR_UNKNOWN_NAME, "energy");
    linas_search_destroy(search);
}
END_TEST

START_TEST(bad_rows) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    linas_measurements known = measured(2, ROWS);
    genomes[3 * TINY_VARIABLES] = 3;
    refused(search, &known, LINAS_ERROR_OUT_OF_RANGE, "row 3");
    genomes[3 * TINY_VARIABLES] = -1;
    refused(search, &known, LINAS_ERROR_OUT_OF_RANGE, "row 3");
    genomes[3 * TINY_VARIABLES] = 0;
    both[2 * 4 + 1] = -(double)INFINITY;
    refused(search, &known, LINAS_ERROR_NOT_FINITE, "row 4: cost");
    linas_search_destroy(search);
}
END_TEST

static int32_t import_inside(void *user_data, linas_candidate *candidate) {
    linas_search **search = user_data;
    linas_measurements known = measured(2, ROWS);
    ck_assert_int_eq(linas_search_import(*search, &known), LINAS_ERROR_REENTRANT);
    linas_candidate_fail(candidate, NULL);
    return 5;
}

START_TEST(too_late) {
    linas_search *search = plain(_i);
    linas_measurements known = measured(1, ROWS);
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = import_inside;
    evaluator.evaluate_data = &search;
    ck_assert_int_eq(linas_search_run(search, &evaluator), 5);
    refused(search, &known, LINAS_ERROR_WRONG_ORDER, "before the first");
    linas_search_destroy(search);
}
END_TEST

START_TEST(nothing_to_import) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.journal = path;
    linas_search *search = begun(&options);
    linas_measurements known = LINAS_MEASUREMENTS_INIT, made;
    linas_measurements_init(NULL);
    linas_measurements_init(&made);
    ck_assert_uint_eq(made.size, sizeof made);
    ck_assert_uint_eq(made.rows, 0);
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    known = measured(0, ROWS); /* rows of nothing */
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    for (size_t i = 0; i < ROWS; i++)
        quality[i] = (double)NAN;
    import(search, 1, ROWS);
    ck_assert_uint_eq(search->imported.count, 0);
    linas_search_destroy(search);
    FILE *file = fopen(path, "r");
    static char text[TEXT];
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    ck_assert_ptr_null(strstr(text, "import"));
    ck_assert_uint_eq(linas_search_imported(NULL), 0);
}
END_TEST

/* -- evaluations at no cost -------------------------------------------------------------------- */

static void assert_distinct(const linas_search *search) {
    uint64_t count = linas_search_evaluations(search);
    for (uint64_t i = 0; i < count; i++)
        for (uint64_t k = 0; k < i; k++)
            ck_assert(!same_genome(evaluation(search, i).genome, evaluation(search, k).genome));
}

START_TEST(complete_rows_are_evaluations) {
    linas_search *search = plain(_i);
    import(search, 2, ROWS);
    ck_assert_uint_eq(linas_search_imported(search), ROWS);
    ck_assert_uint_eq(linas_search_evaluations(search), ROWS);
    ck_assert_uint_eq(linas_search_outstanding(search), 0);
    for (uint64_t i = 0; i < ROWS; i++) {
        linas_evaluation e = evaluation(search, i);
        ck_assert_int_eq(e.outcome, LINAS_EVALUATION_OK);
        ck_assert_uint_eq(e.id, i);
        ck_assert(same_genome(e.genome, genomes + i * TINY_VARIABLES));
        ck_assert_mem_eq(e.values, both + 2 * i, 2 * sizeof *both);
    }
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    ck_assert_uint_eq(linas_search_evaluations(search), ROWS + 14);
    ck_assert_uint_eq(linas_search_imported(search), ROWS);
    assert_distinct(search);
    linas_search_destroy(search);
}
END_TEST

START_TEST(the_front_is_that_of_all) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    linas_front *front = NULL;
    objectives[1].upper_limit = 12.0;
    linas_search_destroy(search);
    search = plain(LINAS_TACTIC_LINAS);
    import(search, 2, ROWS);
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    size_t expected = 0;
    for (size_t i = 0; i < ROWS; i++) {
        bool member = both[2 * i + 1] <= 12.0;
        for (size_t k = 0; k < ROWS && member; k++)
            member = k == i || both[2 * k + 1] > 12.0 || both[2 * k] < both[2 * i] ||
                     both[2 * k + 1] > both[2 * i + 1] ||
                     (!(both[2 * k] > both[2 * i]) && !(both[2 * k + 1] < both[2 * i + 1]));
        expected += member;
    }
    ck_assert_uint_gt(expected, 1);
    ck_assert_uint_eq(linas_front_size(front), expected);
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

/* The other half of a row may come later, a value may be said anew, rows need not be canonical. */
START_TEST(rows_are_merged) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    double cost[2] = {7.0, -0.0};
    int32_t shallow[2 * TINY_VARIABLES] = {0, 1, 1, 2, 2, 2, 2, 1, 0, 1, 1, 0, 1, 2, 0, 1};
    linas_measurements known = measured(1, 2);
    double better[2] = {61.0, 62.0};
    known.genomes = shallow; /* the same one twice: what is inactive differs */
    known.values = better;
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    ck_assert_uint_eq(search->imported.count, 1);
    ck_assert_uint_eq(linas_search_imported(search), 0);
    known.names = names + 1;
    known.values = cost;
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    ck_assert_uint_eq(linas_search_imported(search), 1);
    linas_evaluation e = evaluation(search, 0);
    ck_assert(e.values[0] == 62.0 && e.values[1] == 0.0);
    ck_assert(!signbit(e.values[1]));
    int32_t canonical[TINY_VARIABLES] = {0, 1, 1, 0, 0, 0, 0, 1};
    ck_assert(same_genome(e.genome, canonical));
    /* What is an evaluation already stays what it is. */
    known.values = better;
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    ck_assert_uint_eq(linas_search_imported(search), 1);
    ck_assert(evaluation(search, 0).values[1] == 0.0);
    linas_search_destroy(search);
}
END_TEST

START_TEST(everything_imported) {
    linas_space *small = NULL;
    static const int64_t values[] = {0, 1, 2};
    static const int32_t all[] = {0, 1, 2};
    static const double sums[] = {4.0, 9.0, 5.0};
    static const char *const sum = "sum";
    linas_search_options options = tiny_options(_i);
    linas_objective one = LINAS_MAXIMIZE("sum", NULL);
    linas_measurements known = {sizeof known, 1, 3, all, &sum, sums};
    linas_search *search = NULL;
    uint64_t id;
    int32_t genome;
    size_t count;
    ck_assert_int_eq(linas_space_create(context, &small), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(small, "x", 1, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_search_create(context, small, &one, 1, &options, &search), LINAS_OK);
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    ck_assert_int_eq(linas_search_ask(search, 1, &id, &genome, &count), LINAS_OK);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EXHAUSTED);
    linas_front *front = NULL;
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_eq(linas_front_size(front), 1);
    linas_front_destroy(front);
    linas_search_destroy(search);
    linas_space_destroy(small);
}
END_TEST

typedef struct reports {
    uint64_t last;
    uint64_t most;
} reports;

static int32_t note(void *user_data, const linas_progress *progress) {
    reports *r = user_data;
    r->last = progress->evaluations;
    r->most = progress->evaluations > progress->budget ? progress->evaluations : r->most;
    return 0;
}

START_TEST(progress_counts_what_the_budget_pays) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    reports seen = {0};
    options.progress = note;
    options.progress_data = &seen;
    linas_search *search = begun(&options);
    import(search, 2, ROWS);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    ck_assert_uint_eq(seen.last, 14);
    ck_assert_uint_eq(seen.most, 0);
    linas_search_destroy(search);
}
END_TEST

START_TEST(the_reference_is_still_the_host_s) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    double reference[] = {40.0, 90.0}, volume = 0.0;
    import(search, 2, ROWS);
    ck_assert_int_eq(linas_search_reference(search, reference), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_search_set_reference(search, reference), LINAS_OK);
    ck_assert_int_eq(linas_search_hypervolume(search, &volume), LINAS_OK);
    ck_assert(volume > 0.0);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    ck_assert_int_eq(linas_search_set_reference(search, reference), LINAS_ERROR_WRONG_ORDER);
    linas_search_destroy(search);
}
END_TEST

/* -- what needs no measuring ------------------------------------------------------------------- */

START_TEST(the_start_is_what_is_partly_known) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    uint64_t ids[MOST];
    int32_t asked[MOST * TINY_VARIABLES];
    size_t count;
    double known[2];
    import(search, 1, 3);
    ck_assert_int_eq(linas_search_known(search, 0, known), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_ask(search, MOST, ids, asked, &count), LINAS_OK);
    ck_assert_uint_eq(count, 5);
    bool seen[ROWS + 1] = {false};
    for (size_t i = 0; i < count; i++) {
        size_t row = row_of(asked + i * TINY_VARIABLES);
        ck_assert_int_eq(linas_search_known(search, ids[i], known), LINAS_OK);
        ck_assert_int_eq(row < 3, i < 3);
        ck_assert(i < 3 ? known[0] == quality[row] : isnan(known[0]));
        ck_assert(isnan(known[1]));
        seen[row] = true;
    }
    ck_assert(seen[0] && seen[1] && seen[2]);
    ck_assert_int_eq(linas_search_known(search, 5, known), LINAS_ERROR_UNKNOWN_ID);
    ck_assert_int_eq(linas_search_known(search, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_search_known(NULL, 0, known), LINAS_ERROR_INVALID_ARGUMENT);
    linas_search_destroy(search);
}
END_TEST

/* With enough imported, the first batch is chosen by predictors. */
START_TEST(the_start_is_as_long_as_needed) {
    for (size_t rows = 1; rows < 8; rows++) {
        linas_search *search = plain(LINAS_TACTIC_LINAS);
        uint64_t ids[MOST];
        int32_t asked[MOST * TINY_VARIABLES];
        size_t count;
        import(search, 2, rows);
        ck_assert_int_eq(linas_search_ask(search, MOST, ids, asked, &count), LINAS_OK);
        ck_assert_uint_eq(count, rows < 5 ? 5 - rows : 3);
        ck_assert_uint_eq(search->qualities[0].rows, rows < 5 ? 0 : rows);
        linas_search_destroy(search);
    }
}
END_TEST

START_TEST(told_only_what_is_missing) {
    linas_search *search = plain(_i);
    uint64_t ids[MOST];
    int32_t asked[MOST * TINY_VARIABLES];
    size_t count, spared = 0;
    import(search, 1, ROWS);
    for (;;) {
        ck_assert_int_eq(linas_search_ask(search, MOST, ids, asked, &count), LINAS_OK);
        if (count == 0)
            break;
        for (size_t i = 0; i < count; i++) {
            double known[2], values[2];
            tiny_measure(asked + i * TINY_VARIABLES, values);
            ck_assert_int_eq(linas_search_known(search, ids[i], known), LINAS_OK);
            spared += isnan(known[0]) ? 0 : 1;
            if (!isnan(known[0]))
                values[0] = (double)NAN;
            ck_assert_int_eq(linas_search_tell(search, ids[i], values, 2), LINAS_OK);
        }
    }
    if (_i == LINAS_TACTIC_LINAS)
        ck_assert_uint_ge(spared, 5);
    for (uint64_t i = 0; i < linas_search_evaluations(search); i++) {
        double values[2];
        linas_evaluation e = evaluation(search, i);
        tiny_measure(e.genome, values);
        ck_assert_int_eq(e.outcome, LINAS_EVALUATION_OK);
        ck_assert_mem_eq(e.values, values, sizeof values);
    }
    linas_search_destroy(search);
}
END_TEST

START_TEST(what_is_missing_still_fails) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    uint64_t id;
    int32_t genome[TINY_VARIABLES];
    size_t count;
    double values[] = {(double)NAN, (double)NAN};
    import(search, 1, ROWS);
    ck_assert_int_eq(linas_search_ask(search, 1, &id, genome, &count), LINAS_OK);
    ck_assert_int_eq(linas_search_tell(search, id, values, 2), LINAS_OK);
    linas_evaluation e = evaluation(search, 0);
    ck_assert_int_eq(e.outcome, LINAS_EVALUATION_FAILED);
    ck_assert_str_eq(e.reason, "cost is not a number");
    /* A new measurement of what is known counts. */
    ck_assert_int_eq(linas_search_ask(search, 1, &id, genome, &count), LINAS_OK);
    values[0] = 12.5;
    values[1] = 3.5;
    ck_assert_int_eq(linas_search_tell(search, id, values, 2), LINAS_OK);
    ck_assert(evaluation(search, 1).values[0] == 12.5);
    linas_search_destroy(search);
}
END_TEST

/* Sets the cost alone where the quality is known. */
static int32_t measure_missing(void *user_data, linas_candidate *candidate) {
    size_t *spared = user_data;
    double values[2], known;
    tiny_measure(linas_candidate_genome(candidate), values);
    ck_assert_int_eq(linas_candidate_known(candidate, "cost", &known), LINAS_OK);
    ck_assert(isnan(known));
    ck_assert_int_eq(linas_candidate_known(candidate, "energy", &known), LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_int_eq(linas_candidate_known(candidate, NULL, &known), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_known(candidate, "cost", NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_known(NULL, "cost", &known), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_candidate_known(candidate, "quality", &known), LINAS_OK);
    if (isnan(known))
        ck_assert_int_eq(linas_candidate_set(candidate, "quality", values[0]), LINAS_OK);
    else
        ++*spared;
    ck_assert_int_eq(linas_candidate_set(candidate, "cost", values[1]), LINAS_OK);
    return 0;
}

START_TEST(callbacks_measure_what_is_missing) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    size_t spared = 0;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = measure_missing;
    evaluator.evaluate_data = &spared;
    import(search, 1, ROWS);
    ck_assert_int_eq(linas_search_run(search, &evaluator), LINAS_OK);
    ck_assert_uint_ge(spared, 5);
    for (uint64_t i = 0; i < linas_search_evaluations(search); i++)
        ck_assert_int_eq(evaluation(search, i).outcome, LINAS_EVALUATION_OK);
    linas_search_destroy(search);
}
END_TEST

/* The reference sub-network is measured again, whatever was imported. */
START_TEST(drift_is_not_hidden) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.remeasure = 2;
    linas_search *search = begun(&options);
    uint64_t ids[2];
    int32_t asked[2 * TINY_VARIABLES];
    size_t count;
    double known[2], values[] = {(double)NAN, 4.0};
    import(search, 1, ROWS);
    ck_assert_int_eq(linas_search_ask(search, 2, ids, asked, &count), LINAS_OK);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(linas_search_tell(search, ids[i], values, 2), LINAS_OK);
    ck_assert_int_eq(linas_search_ask(search, 1, ids, asked, &count), LINAS_OK);
    ck_assert_uint_eq(ids[0], evaluation(search, 0).id);
    ck_assert_int_eq(linas_search_known(search, ids[0], known), LINAS_OK);
    ck_assert(isnan(known[0]));
    ck_assert_int_eq(linas_search_tell(search, ids[0], values, 2), LINAS_OK);
    linas_drift drift = LINAS_DRIFT_INIT;
    ck_assert_int_eq(linas_search_drift(search, 0, &drift), LINAS_OK);
    ck_assert_uint_eq(drift.measurements, 1); /* the second failed */
    ck_assert_int_eq(linas_search_known(search, ids[0], known), LINAS_OK);
    ck_assert(!isnan(known[0]));
    linas_search_destroy(search);
}
END_TEST

static int32_t no_depth_of_two(void *user_data, const int32_t *genome, size_t variables) {
    (void)user_data, (void)variables;
    return genome[0] != 1;
}

START_TEST(infeasible_rows_are_left_out) {
    size_t feasible = 0;
    linas_space_destroy(space);
    space = tiny_space(context);
    ck_assert_int_eq(linas_space_set_feasible(space, no_depth_of_two, NULL), LINAS_OK);
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    for (size_t i = 0; i < ROWS; i++)
        feasible += genomes[i * TINY_VARIABLES] != 1;
    ck_assert(feasible > 0 && feasible < ROWS);
    import(search, 2, ROWS);
    ck_assert_uint_eq(linas_search_imported(search), feasible);
    ck_assert_uint_eq(search->imported.count, feasible);
    linas_search_destroy(search);
}
END_TEST

/* -- computed objectives ----------------------------------------------------------------------- */

static int32_t compute_code;
static double computed_value;

static int32_t compute(void *user_data, const int32_t *rows, size_t count, double *values) {
    (void)user_data;
    for (size_t i = 0; i < count; i++) {
        double measured_values[2];
        tiny_measure(rows + i * TINY_VARIABLES, measured_values);
        values[i] = isnan(computed_value) ? computed_value : measured_values[1];
    }
    return compute_code;
}

START_TEST(what_is_computed_is_computed) {
    objectives[1].compute = compute;
    compute_code = 0;
    computed_value = 0.0;
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.journal = path;
    linas_search *search = begun(&options);
    linas_measurements known = measured(2, 4);
    refused(search, &known, LINAS_ERROR_INVALID_ARGUMENT, "cost is computed");
    known = measured(1, 4);
    compute_code = 23;
    refused(search, &known, 23, "cost");
    compute_code = 0;
    computed_value = (double)NAN;
    refused(search, &known, LINAS_ERROR_NOT_FINITE, "computed");
    computed_value = 0.0;
    import(search, 1, 4);
    ck_assert_uint_eq(linas_search_imported(search), 4);
    ck_assert_mem_eq(evaluation(search, 2).values, both + 4, 2 * sizeof *both);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    linas_search_destroy(search);
    /* Without the function, from the journal alone. */
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_OK);
    ck_assert_uint_eq(linas_search_imported(search), 4);
    ck_assert_mem_eq(evaluation(search, 2).values, both + 4, 2 * sizeof *both);
    known = measured(1, 4);
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_ERROR_WRONG_ORDER);
    linas_search_destroy(search);
}
END_TEST

/* -- predictors -------------------------------------------------------------------------------- */

START_TEST(predictors_learn_from_both) {
    linas_search *search = plain(LINAS_TACTIC_LINAS);
    linas_predictor *own[3] = {NULL, NULL, NULL};
    lns_models models;
    double predicted[2 * ROWS];
    import(search, 1, ROWS);
    ck_assert_int_eq(run_until(search, 5), 17); /* five costs */
    size_t known = 0;
    for (uint64_t i = 0; i < 5; i++)
        known += row_of(evaluation(search, i).genome) < ROWS;
    ck_assert_uint_eq(known, 5);
    ck_assert_int_eq(lns_models_create(&search->problem, ROWS, own, &models), LINAS_OK);
    ck_assert_uint_eq(search->qualities[0].rows, ROWS);
    ck_assert_uint_eq(search->qualities[1].rows, 5);
    ck_assert_int_eq(lns_models_predict(&models, genomes, ROWS, predicted), LINAS_OK);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert(predicted[2 * i] == -quality[i]); /* known, not predicted; minimised */
    lns_models_free(&models);
    linas_predictor_destroy(own[0]);
    linas_predictor_destroy(own[1]);
    linas_search_destroy(search);
}
END_TEST

static double first_targets[MOST];
static size_t first_count;

static int32_t keep_targets(void *user_data, const int32_t *rows, const double *targets,
                            size_t count) {
    (void)user_data, (void)rows;
    memcpy(first_targets, targets, count * sizeof *targets);
    first_count = count;
    return 0;
}

static int32_t predict_zero(void *user_data, const int32_t *rows, size_t count, double *means,
                            double *deviations) {
    (void)user_data, (void)rows, (void)deviations;
    memset(means, 0, count * sizeof *means);
    return 0;
}

/* A value that was measured anew stands where the imported one stood. */
START_TEST(a_new_value_counts_instead) {
    linas_predictor_callbacks mine = {sizeof mine, 0, keep_targets, predict_zero, NULL, NULL};
    linas_predictor *predictors[2] = {NULL, NULL};
    ck_assert_int_eq(linas_predictor_create_custom(space, &mine, &predictors[0]), LINAS_OK);
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.predictors = predictors;
    linas_search *search = begun(&options);
    uint64_t ids[MOST];
    int32_t asked[MOST * TINY_VARIABLES];
    size_t count;
    import(search, 1, ROWS);
    ck_assert_int_eq(linas_search_ask(search, MOST, ids, asked, &count), LINAS_OK);
    size_t row = row_of(asked);
    for (size_t i = 0; i < count; i++) {
        double values[2] = {i == 0 ? 1.25 : (double)NAN, 2.0 + (double)i};
        ck_assert_int_eq(linas_search_tell(search, ids[i], values, 2), LINAS_OK);
    }
    ck_assert_int_eq(linas_search_ask(search, MOST, ids, asked, &count), LINAS_OK);
    ck_assert_uint_eq(first_count, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert(first_targets[i] == (i == row ? 1.25 : quality[i]));
    linas_search_destroy(search);
    linas_predictor_destroy(predictors[0]);
}
END_TEST

/* -- the journal ------------------------------------------------------------------------------- */

static size_t slurp(char *bytes) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t count = fread(bytes, 1, TEXT, file);
    fclose(file);
    return count;
}

static void spill(const char *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
}

static linas_search *kept(int32_t tactic, uint32_t resume) {
    linas_search_options options = tiny_options(tactic);
    options.journal = path;
    options.resume = resume;
    return begun(&options);
}

/* Half of the rows with both objectives, all of them with one. */
static void import_twice(linas_search *search) {
    import(search, 2, ROWS / 2);
    import(search, 1, ROWS);
}

START_TEST(resumed_at_every_evaluation) {
    static char whole[TEXT], again[TEXT];
    linas_search *search = kept(_i, 0);
    import_twice(search);
    ck_assert_int_eq(run_until(search, -1), LINAS_OK);
    linas_search_destroy(search);
    size_t length = slurp(whole);
    for (long stop = 0; stop < 14; stop++) {
        unlink(path);
        search = kept(_i, 0);
        import_twice(search);
        ck_assert_int_eq(run_until(search, stop), 17);
        linas_search_destroy(search);
        search = kept(_i, 1);
        ck_assert_uint_eq(linas_search_imported(search), ROWS / 2);
        ck_assert_int_eq(run_until(search, -1), LINAS_OK);
        linas_search_destroy(search);
        ck_assert_uint_eq(slurp(again), length);
        ck_assert_mem_eq(again, whole, length);
    }
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_OK);
    ck_assert_uint_eq(linas_search_imported(search), ROWS / 2);
    ck_assert_uint_eq(linas_search_evaluations(search), ROWS / 2 + 14);
    ck_assert_int_eq(linas_search_stop_reason(search), LINAS_STOP_EVALUATIONS);
    linas_search_destroy(search);
}
END_TEST

/* A torn import is none; the host imports again. */
START_TEST(torn_imports_are_none) {
    static char whole[TEXT];
    linas_search *search = kept(LINAS_TACTIC_LINAS, 0);
    import(search, 2, 3);
    linas_search_destroy(search);
    size_t length = slurp(whole);
    size_t begin = (size_t)(strchr(whole, '\n') - whole) + 1;
    for (size_t cut = begin; cut < length; cut += 7) {
        spill(whole, cut);
        search = kept(LINAS_TACTIC_LINAS, 1);
        ck_assert_uint_eq(linas_search_imported(search), 0);
        import(search, 2, 3);
        ck_assert_uint_eq(linas_search_imported(search), 3);
        linas_search_destroy(search);
        static char again[TEXT];
        ck_assert_uint_eq(slurp(again), length);
        ck_assert_mem_eq(again, whole, length);
    }
}
END_TEST

/* Puts a line behind the header of a new journal. */
static void forge(const char *line) {
    static char text[TEXT];
    unlink(path);
    linas_search_destroy(kept(LINAS_TACTIC_LINAS, 0));
    size_t length = slurp(text), bytes = strlen(line) - 1;
    memcpy(text + length, line, bytes);
    length += bytes;
    length += (size_t)sprintf(text + length, ",\"check\":\"%016llx\"}\n",
                              (unsigned long long)lns_hash_bytes(0, line, bytes));
    spill(text, length);
}

static void assert_corrupt(const char *line) {
    linas_search *search = NULL;
    forge(line);
    ck_assert_msg(linas_search_open_journal(context, path, &search) == LINAS_ERROR_CORRUPT, "%s",
                  line);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "line 2"));
}

#define IMPORT "{\"type\":\"import\","
#define ONE "\"genomes\":[[0,1,1,0,0,0,0,1]]"

START_TEST(lines_that_are_no_import) {
    linas_search *search = NULL;
    forge(IMPORT ONE ",\"values\":{\"quality\":[50.5],\"cost\":[null]}}");
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_OK);
    ck_assert_uint_eq(search->imported.count, 1);
    linas_search_destroy(search);
    assert_corrupt("{\"type\":\"import\"}");
    assert_corrupt(IMPORT "\"genomes\":[],\"values\":{\"quality\":[],\"cost\":[]}}");
    assert_corrupt(IMPORT "\"genomes\":7,\"values\":{\"quality\":[],\"cost\":[]}}");
    assert_corrupt(IMPORT ONE "}");
    assert_corrupt(IMPORT ONE ",\"values\":[1,2]}");
    assert_corrupt(IMPORT ONE ",\"values\":{\"quality\":[50.5]}}");
    assert_corrupt(IMPORT ONE ",\"values\":{\"quality\":50.5,\"cost\":[null]}}");
    assert_corrupt(IMPORT ONE ",\"values\":{\"quality\":[50.5,1],\"cost\":[null]}}");
    assert_corrupt(IMPORT ONE ",\"values\":{\"quality\":[\"a\"],\"cost\":[null]}}");
    assert_corrupt(IMPORT ONE ",\"values\":{\"quality\":[1e999],\"cost\":[null]}}");
    assert_corrupt(IMPORT "\"genomes\":[[0,1,1,0,0,0,0]],\"values\":{\"quality\":[1],"
                          "\"cost\":[null]}}");
    assert_corrupt(IMPORT "\"genomes\":[[0,1,1,0,0,0,1,1]],\"values\":{\"quality\":[1],"
                          "\"cost\":[null]}}");
}
END_TEST

START_TEST(imports_after_proposals_are_damage) {
    static char text[TEXT];
    linas_search *search = kept(LINAS_TACTIC_LINAS, 0);
    ck_assert_int_eq(run_until(search, 0), 17);
    linas_search_destroy(search);
    size_t length = slurp(text);
    static const char line[] = IMPORT ONE ",\"values\":{\"quality\":[50.5],\"cost\":[null]}";
    length += (size_t)sprintf(text + length, "%s,\"check\":\"%016llx\"}\n", line,
                              (unsigned long long)lns_hash_bytes(0, line, sizeof line - 1));
    spill(text, length);
    ck_assert_int_eq(linas_search_open_journal(context, path, &search), LINAS_ERROR_CORRUPT);
}
END_TEST

/* -- memory ------------------------------------------------------------------------------------ */

/* True when allocation number `at` was refused: the search is then as it was before. */
static bool import_poorly(long at) {
    test_allocator allocator;
    linas_context *poor = test_failing_context(&allocator, -1);
    linas_space *its = tiny_space(poor);
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    linas_search *search = NULL;
    ck_assert_int_eq(linas_search_create(poor, its, objectives, TINY_OBJECTIVES, &options, &search),
                     LINAS_OK);
    linas_measurements known = measured(2, ROWS / 2);
    ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    known = measured(2, ROWS);
    allocator.fail_at = allocator.calls + at;
    linas_status status = linas_search_import(search, &known);
    allocator.fail_at = -1;
    if (status != LINAS_OK) {
        ck_assert_int_eq(status, LINAS_ERROR_NO_MEMORY);
        ck_assert_uint_eq(linas_search_imported(search), ROWS / 2);
        ck_assert_int_eq(linas_search_import(search, &known), LINAS_OK);
    }
    ck_assert_uint_eq(linas_search_imported(search), ROWS);
    ck_assert_int_eq(run_until(search, 3), 17);
    linas_search_destroy(search);
    linas_space_destroy(its);
    linas_context_destroy(poor);
    ck_assert_int_eq(allocator.live, 0);
    return status != LINAS_OK;
}

START_TEST(memory_fails_everywhere) {
    long at = 0;
    while (import_poorly(at))
        at++;
    ck_assert_int_gt(at, 10);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("import");
    TCase *refusals = tcase_create("refusals"), *use = tcase_create("use");
    TCase *journals = tcase_create("journals");
    tcase_add_checked_fixture(refusals, set_up, tear_down);
    tcase_add_test(refusals, bad_arguments);
    tcase_add_test(refusals, bad_names);
    tcase_add_test(refusals, bad_rows);
    tcase_add_loop_test(refusals, too_late, 0, 3);
    tcase_add_test(refusals, nothing_to_import);
    suite_add_tcase(suite, refusals);
    tcase_add_checked_fixture(use, set_up, tear_down);
    tcase_add_loop_test(use, complete_rows_are_evaluations, 0, 3);
    tcase_add_test(use, the_front_is_that_of_all);
    tcase_add_test(use, rows_are_merged);
    tcase_add_loop_test(use, everything_imported, 0, 3);
    tcase_add_test(use, progress_counts_what_the_budget_pays);
    tcase_add_test(use, the_reference_is_still_the_host_s);
    tcase_add_test(use, the_start_is_what_is_partly_known);
    tcase_add_test(use, the_start_is_as_long_as_needed);
    tcase_add_loop_test(use, told_only_what_is_missing, 0, 3);
    tcase_add_test(use, what_is_missing_still_fails);
    tcase_add_test(use, callbacks_measure_what_is_missing);
    tcase_add_test(use, drift_is_not_hidden);
    tcase_add_test(use, infeasible_rows_are_left_out);
    tcase_add_test(use, what_is_computed_is_computed);
    tcase_add_test(use, predictors_learn_from_both);
    tcase_add_test(use, a_new_value_counts_instead);
    suite_add_tcase(suite, use);
    tcase_add_checked_fixture(journals, set_up, tear_down);
    tcase_set_timeout(journals, 60);
    tcase_add_loop_test(journals, resumed_at_every_evaluation, 0, 3);
    tcase_add_test(journals, torn_imports_are_none);
    tcase_add_test(journals, lines_that_are_no_import);
    tcase_add_test(journals, imports_after_proposals_are_damage);
    tcase_add_test(journals, memory_fails_everywhere);
    suite_add_tcase(suite, journals);
    return test_run(suite);
}
