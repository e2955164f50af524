/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_FAILURES_H
#define LNS_SEARCH_FAILURES_H
/* Which sub-networks will bring no values, learned from those that were infeasible, failed or timed
 * out. */
#include "search/tactic.h"

typedef struct lns_failures {
    linas_predictor *predictor; /* of the probability; NULL when there is nothing to tell */
    double usual;               /* its mean for what brought values */
} lns_failures;

/* Fits `*own`, NULL at first and the caller's to keep for the next time and to destroy, when there
 * is something to learn. What fails by chance cannot be learned, and is not told. */
linas_status lns_failures_fit(const lns_problem *problem, linas_predictor **own,
                              lns_failures *failures);
/* By how much a failure is more likely than it may be; 0 or less: values are expected. */
linas_status lns_failures_predict(const lns_failures *failures, const int32_t *genomes, size_t rows,
                                  double *excess);

#endif
