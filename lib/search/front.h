/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_FRONT_H
#define LNS_SEARCH_FRONT_H
/* The measured front, kept up to date answer by answer: mutually non-dominated points (minimised)
 * with their ids, of equal points the one with the smallest id, so that the order of the answers
 * does not matter. */
#include "search/history.h"
#include <linas/search.h>

typedef struct lns_members {
    size_t count;
    double *points;
    size_t point_capacity;
    uint64_t *ids;
    size_t id_capacity;
} lns_members;

typedef struct lns_front {
    linas_context *context;
    size_t objectives;
    lns_members now;
    lns_members next; /* after the answer that is being prepared */
} lns_front;

void lns_front_init(lns_front *front, linas_context *context, size_t objectives);
void lns_front_free(lns_front *front);
/* The front after `point` is offered goes to `next`; NULL: as it is now. */
linas_status lns_front_prepare(lns_front *front, const double *point, uint64_t id);
void lns_front_commit(lns_front *front);
/* Positions of the members, ordered by the first objective, then the next ones, then id. */
linas_status lns_front_order(const lns_front *front, size_t *order);

/* The public, independent copy. */
linas_status lns_front_publish(const lns_front *front, const lns_history *history,
                               linas_front **copy);

#endif
