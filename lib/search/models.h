/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_MODELS_H
#define LNS_SEARCH_MODELS_H
/* One source of values per objective inside the search: a predictor fitted to all that was
 * measured, or the host's computation. */
#include "search/failures.h"
#include "search/rows.h"

typedef struct lns_models {
    const lns_problem *problem;
    linas_predictor **own; /* NULL: the host's predictor, or computed */
    lns_failures failures;
    size_t limits;   /* of the goals, and one for failures if they are told */
    double *step;    /* predictions are rounded to a multiple of it */
    double *floor;   /* predictions are not below it */
    double optimism; /* deviations by which predictions are better than their means */
    double *column;  /* one objective's values of a block of rows */
    size_t block;
} lns_models;

/* Fits to every evaluation that is OK (at least one), in order of ids; predicts up to `block` rows
 * at a time. `own` has a place per objective and one for failures, NULL at first, for predictors
 * that the caller keeps for the next iteration and destroys at last. `optimism` is 0, and the
 * caller's to set. */
linas_status lns_models_create(const lns_problem *problem, size_t block, linas_predictor **own,
                               lns_models *models);
void lns_models_free(lns_models *models);
/* Does optimism change any prediction? */
bool lns_models_tell_deviations(const lns_models *models);
/* Minimised values of canonical genomes, rows x objectives. */
linas_status lns_models_predict(const lns_models *models, const int32_t *genomes, size_t rows,
                                double *values);
/* By how much rows with these values break each limit, 0 or less: kept; rows x limits. */
linas_status lns_models_violations(const lns_models *models, const int32_t *genomes,
                                   const double *values, size_t rows, double *violations);

#endif
