/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_POOL_H
#define LNS_SEARCH_POOL_H
/* Sub-networks that are worth measuring by their predictions. */
#include "search/models.h"
#include "search/tail.h"

typedef struct lns_pool {
    linas_context *context;
    size_t variables;
    size_t objectives;
    size_t count;
    size_t
        good; /* the first of them are predicted to keep all limits; the rest stands best first */
    int32_t *genomes;
    size_t genome_capacity;
    double *points; /* minimised predictions */
    size_t point_capacity;
} lns_pool;

/* NSGA-II on the models: every predicted non-dominated sub-network it met, and its last
 * population, without what was proposed before. */
linas_status lns_pool_create(const lns_models *models, uint64_t batch, lns_pool *pool);
void lns_pool_free(lns_pool *pool);

/* What a pick is measured against. */
typedef struct lns_aims {
    const double *front; /* count x objectives, minimised */
    size_t count;
    const lns_tail *tails; /* one per objective */
} lns_aims;

typedef struct lns_picks {
    size_t *list; /* places in the pool; room for all that are wanted */
    size_t count;
    double gain; /* hypervolume that the first one adds, in units of the box that spans the front
                  * and the pool */
} lns_picks;

/* Picks up to `wanted` of the pool's good ones by the hypervolume they add to the front and to
 * those picked before, and then the rest in order. */
linas_status lns_pool_pick(const lns_pool *pool, const lns_aims *aims, size_t wanted,
                           lns_picks *picks);

#endif
