/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_TINY_SEARCH_H
#define TESTS_TINY_SEARCH_H
/* A small problem with a known answer, and searches on it that take a moment. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { TINY_VARIABLES = 8, TINY_OBJECTIVES = 2 };

/* A depth of 1 to 3 and two slots of width 1, 2, 4 for each of the first three of which the depth
 * decides; 3 x 3^(2 depth) configurations in all, plus one free variable. */
static inline linas_space *tiny_space(linas_context *context) {
    static const int64_t depths[] = {1, 2, 3}, widths[] = {1, 2, 4};
    linas_space *space = NULL;
    linas_status status = linas_space_create(context, &space);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "d", 1, depths, 3, LINAS_ORDINAL);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "w", 6, widths, 3, LINAS_ORDINAL);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "k", 1, widths, 3, LINAS_CATEGORICAL);
    for (size_t slot = 2; slot < 6 && status == LINAS_OK; slot++)
        status = linas_space_active_if_above(space, "w", slot, "d", 0, (double)(slot / 2));
    if (status == LINAS_OK)
        return space;
    linas_space_destroy(space);
    return NULL;
}

/* quality (to be maximised) and cost (to be minimised) of a canonical genome */
static inline void tiny_measure(const int32_t *genome, double *values) {
    static const double widths[] = {1.0, 2.0, 4.0};
    double quality = 50.0 + 3.0 * genome[0] + (genome[7] == 1 ? 2.0 : 0.5 * genome[7]);
    double cost = 1.0 + 0.3 * widths[genome[7]];
    for (int32_t i = 0; i < 2 * (genome[0] + 1); i++) {
        quality += 1.5 * genome[1 + i] - 0.1 * i * genome[1 + i] * genome[1 + i];
        cost += widths[genome[1 + i]] * (1.0 + 0.25 * i);
    }
    values[0] = quality;
    values[1] = cost;
}

static inline void tiny_objectives(linas_objective *objectives) {
    linas_objective made[] = {LINAS_MAXIMIZE("quality", "%"), LINAS_MINIMIZE("cost", "ms")};
    memcpy(objectives, made, sizeof made);
}

/* Small enough that a search of any tactic takes about a millisecond. */
static inline linas_search_options tiny_options(int32_t tactic) {
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = tactic;
    options.evaluations = 14;
    options.initial = 5;
    options.batch = 3;
    options.population = 6;
    options.generations = 4;
    options.predictor = LINAS_PREDICTOR_RIDGE;
    options.target = LINAS_TARGET_RAW;
    return options;
}

/* A search that began as it should; the test fails if it did not. */
static inline linas_search *tiny_begun(linas_context *context, const linas_space *space,
                                       const linas_objective *objectives,
                                       const linas_search_options *options) {
    linas_search *search = NULL;
    linas_status status =
        linas_search_create(context, space, objectives, TINY_OBJECTIVES, options, &search);
    ck_assert_msg(status == LINAS_OK, "%d: %s", status, linas_context_message(context));
    return search;
}

/* An evaluator that ends the search at its call number `stop_at` (from 0; -1: never). */
typedef struct tiny_host {
    long calls;
    long stop_at;
    int32_t code;
} tiny_host;

static inline int32_t tiny_evaluate(void *user_data, linas_candidate *candidate) {
    tiny_host *host = user_data;
    double values[TINY_OBJECTIVES];
    if (host->calls++ == host->stop_at)
        return host->code;
    tiny_measure(linas_candidate_genome(candidate), values);
    linas_candidate_set(candidate, "quality", values[0]);
    linas_candidate_set(candidate, "cost", values[1]);
    return 0;
}

static inline linas_evaluator tiny_evaluator(tiny_host *host) {
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = tiny_evaluate;
    evaluator.evaluate_data = host;
    return evaluator;
}

/* Runs until evaluation number `stop_at` (-1: to the end), which ends the call with `code`. */
static inline linas_status tiny_run(linas_search *search, long stop_at, int32_t code) {
    tiny_host host = {.stop_at = stop_at, .code = code};
    linas_evaluator evaluator = tiny_evaluator(&host);
    return linas_search_run(search, &evaluator);
}

/* Shorter loops under valgrind and the like. */
static inline int tiny_loops(int whole, int quick) {
    return getenv("LINAS_TEST_QUICK") ? quick : whole;
}

static inline const char *tiny_tactic(int32_t tactic) {
    static const char *const names[] = {"linas", "nsga2", "random"};
    return names[tactic];
}

#endif
