/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PARETO_PARETO_H
#define LNS_PARETO_PARETO_H
/* What engine and search use of this room: the public functions without checks, in a workspace that
 * is kept between calls. Points are rows of m finite objectives, minimised. */
#include "base/base.h"
#include "num/sort.h"
#include <linas/pareto.h>

/* Memory that grows to the largest need and is then used again. */
typedef struct lns_pareto_workspace {
    linas_context *context;
    uint64_t *words;
    size_t words_capacity;
    uint32_t *order;
    size_t order_capacity;
    double *numbers;
    size_t numbers_capacity;
    int32_t *places; /* of points within single objectives */
    size_t places_capacity;
    int32_t *nodes;
    size_t nodes_capacity;
    int32_t *leaves;
    size_t leaves_capacity;
    int32_t vectors; /* LNS_VECTORS_...: what the processor can do; results do not depend on it */
} lns_pareto_workspace;

enum { LNS_VECTORS_NONE = 0, LNS_VECTORS_256 = 1, LNS_VECTORS_512 = 2 };

void lns_pareto_workspace_init(lns_pareto_workspace *work, linas_context *context);
void lns_pareto_workspace_free(lns_pareto_workspace *work);
/* Makes room for ranking and crowding n points, which then allocate nothing. */
linas_status lns_pareto_reserve(lns_pareto_workspace *work, size_t n, size_t m);

linas_status lns_pareto_rank(lns_pareto_workspace *work, const double *points, size_t n, size_t m,
                             uint32_t *ranks, size_t *fronts);
linas_status lns_pareto_crowding(lns_pareto_workspace *work, const double *points, size_t n,
                                 size_t m, double *distances);
linas_status lns_hypervolume(lns_pareto_workspace *work, const double *points, size_t n, size_t m,
                             const double *reference, double *hypervolume);
/* What `point` would add to the hypervolume of `points`. */
linas_status lns_hypervolume_gain(lns_pareto_workspace *work, const double *points, size_t n,
                                  size_t m, const double *reference, const double *point,
                                  double *gain);

/* Fronts of points of two objectives, given in lexicographic order: ranks[i] is that of the i-th in
 * order. `tails` has room for n. Returns the number of fronts. */
size_t lns_pareto_sweep(const double *points, const uint32_t *order, size_t n, double *tails,
                        uint32_t *ranks);

/* Ranks of three and of more objectives; the points' lexicographic order is in work->order. */
linas_status lns_pareto_rank_three(lns_pareto_workspace *work, const double *points, size_t n,
                                   uint32_t *ranks, size_t *fronts);
linas_status lns_pareto_rank_many(lns_pareto_workspace *work, const double *points, size_t n,
                                  size_t m, uint32_t *ranks, size_t *fronts);
linas_status lns_pareto_reserve_many(lns_pareto_workspace *work, size_t n, size_t m);

#endif
