/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_TAIL_H
#define LNS_SEARCH_TAIL_H
/* Long tails of objectives. Where some sub-networks are far worse in an objective than all others
 * (networks that do not learn at all), trading that objective there is of no use to anybody, and
 * yet such points can be non-dominated and would draw evaluations. Beyond the bulk of the random
 * start the objective is therefore bent: it counts, but hardly. */
#include "search/tactic.h"

typedef struct lns_tail {
    double start; /* minimised; INFINITY: there is no tail */
    double scale;
} lns_tail;

/* One per objective, from all that was measured. */
linas_status lns_tails_find(const lns_problem *problem, lns_tail *tails);
/* Increasing in the value; the same value up to the tail. */
double lns_tail_bend(const lns_tail *tail, double value);

#endif
