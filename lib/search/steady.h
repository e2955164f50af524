/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_STEADY_H
#define LNS_SEARCH_STEADY_H
/* NSGA-II without generations (steady state: Durillo et al. 2008): the parents are the best of all
 * that is measured, whatever is pending. */
#include "search/tactic.h"

/* The best of the first `seen` records; zeros at first. */
typedef struct lns_steady {
    size_t *ids;
    size_t count;
    size_t seen;
} lns_steady;

linas_status lns_steady_propose(const lns_problem *problem, lns_steady *steady,
                                lns_request *request);
void lns_steady_free(linas_context *context, lns_steady *steady);

#endif
