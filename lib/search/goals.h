/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_GOALS_H
#define LNS_SEARCH_GOALS_H
/* A search's own copy of its objectives. Outside the search values stand in the objective's own
 * direction; inside everything is minimised. */
#include "base/base.h"
#include <linas/evaluator.h>

enum { LNS_MAX_OBJECTIVES = 64 };

typedef struct lns_goal {
    char *name;
    char *unit;  /* "" if none */
    double sign; /* own value x sign is minimised */
    double upper;
    double lower;
    bool computed;
    int32_t (*compute)(void *user_data, const int32_t *genomes, size_t rows, double *values);
    void *compute_data;
} lns_goal;

typedef struct lns_goals {
    linas_context *context;
    size_t count;
    size_t limits; /* finite limits of all of them */
    lns_goal *goal;
} lns_goals;

/* `goals` becomes a checked copy; on failure it needs no freeing. */
linas_status lns_goals_copy(linas_context *context, const linas_objective *objectives, size_t count,
                            lns_goals *goals);
void lns_goals_free(lns_goals *goals);
/* Index of the objective of that name, or `count`. */
size_t lns_goals_find(const lns_goals *goals, const char *name);
/* Own values to minimised ones; the same function leads back. */
void lns_goals_flip(const lns_goals *goals, const double *values, double *flipped);
/* Do own values keep all limits? */
bool lns_goals_within(const lns_goals *goals, const double *values);
/* By how much minimised values break each finite limit (0 or less: kept), relative to the limit's
 * size so that limits of different units add up: `limits` numbers. */
void lns_goals_violations(const lns_goals *goals, const double *minimised, double *violations);

#endif
