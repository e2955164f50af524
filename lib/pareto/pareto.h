/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PARETO_PARETO_H
#define LNS_PARETO_PARETO_H
/* What engine and search use of this room: the public functions without checks, in a workspace that
 * is kept between calls. Points are rows of m finite objectives, minimised. */
#include "base/base.h"
#include <linas/pareto.h>

/* Memory that grows to the largest need and is then used again. */
typedef struct lns_pareto_workspace {
    linas_context *context;
    size_t *order;
    size_t order_capacity;
    size_t *fronts;
    size_t fronts_capacity;
    double *numbers;
    size_t numbers_capacity;
} lns_pareto_workspace;

void lns_pareto_workspace_init(lns_pareto_workspace *work, linas_context *context);
void lns_pareto_workspace_free(lns_pareto_workspace *work);

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

/* Sorts the indices 0 .. n-1 by their rows, first objective first, ties by the next and at last by
 * index. `order` has n elements, `spare` n more. */
void lns_sort_rows(const double *points, size_t n, size_t m, size_t *order, size_t *spare);

#endif
