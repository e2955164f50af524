/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NSGA2_MODEL_H
#define LNS_NSGA2_MODEL_H
/* How an engine is kept; only this room looks inside. */
#include "base/base.h"
#include "num/rng.h"
#include "pareto/pareto.h"
#include "space/space.h"
#include <linas/nsga2.h>

/* Individuals as arrays of equal length. */
typedef struct lns_individuals {
    int32_t *genomes;
    double *objectives;
    double *violations; /* one sum of positive violations per individual */
    size_t count;
} lns_individuals;

struct linas_nsga2 {
    linas_space *space;
    linas_nsga2_options options;
    size_t variables;
    uint64_t generation;
    bool asked;
    lns_individuals parents;  /* best first; at most `population` */
    lns_individuals children; /* as asked; at most `population` */
    lns_individuals pool;     /* parents and children; at most twice `population` */
    uint32_t *ranks;          /* of parents */
    double *crowding;         /* of parents */
    uint32_t *pool_ranks;
    double *pool_crowding;
    double *scratch;       /* objectives of one front, pool-sized, and its crowding */
    size_t *order;         /* pool-sized */
    lns_genome_set *known; /* parents and children: what must not be made again */
    int32_t *seeds;
    size_t seed_count;
    size_t seed_capacity;
    lns_pareto_workspace work;
};

/* Fills engine->children for the next generation. */
linas_status lns_nsga2_breed(linas_nsga2 *engine);
/* Takes the best of parents and evaluated children as the new parents. */
linas_status lns_nsga2_survive(linas_nsga2 *engine);
/* Does `variable` have so many ordered values that SBX and polynomial mutation make sense? */
bool lns_nsga2_long_ordinal(const linas_nsga2 *engine, size_t variable);

/* operators.c: on genomes that need not stay canonical. */
void lns_nsga2_cross(const linas_nsga2 *engine, lns_rng *rng, const int32_t *other, int32_t *child);
void lns_nsga2_mutate(const linas_nsga2 *engine, lns_rng *rng, double probability, int32_t *child,
                      const uint8_t *active);

#endif
