/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_ROWS_H
#define LNS_SEARCH_ROWS_H
/* Which evaluations predictors learn from. Where a search runs batch by batch: all, in order of
 * ids. In an asynchronous search: in order of completion, so that rows only follow those of the fit
 * before; and of many a part, so that a fit costs the same however long the search is. */
#include "search/tactic.h"

/* More evaluations than these are thinned out. */
enum { LNS_MOST_ROWS = 400 };

typedef struct lns_rows {
    size_t *ids;
    size_t count;
} lns_rows;

/* What brought values, imports left out: of many one half the best ones, front by front, and one
 * half spread over the whole search. */
linas_status lns_rows_measured(const lns_problem *problem, lns_rows *rows);
/* All that was answered and says something about its sub-network, imports too: of many a part
 * spread over the whole search. */
linas_status lns_rows_answered(const lns_problem *problem, lns_rows *rows);
void lns_rows_free(const lns_problem *problem, lns_rows *rows);

#endif
