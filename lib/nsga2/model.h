/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NSGA2_MODEL_H
#define LNS_NSGA2_MODEL_H
/* How an engine is kept; only this room looks inside. */
#include "base/base.h"
#include "num/rng.h"
#include "num/sort.h"
#include "pareto/pareto.h"
#include "space/space.h"
#include <linas/nsga2.h>

/* Tries of one child before it is left to random sampling. From half of them on, mutation is
 * doubled at each: small populations of small spaces have few new neighbours. */
enum { LNS_TRIES = 16, LNS_LEVELS = LNS_TRIES / 2, LNS_GAPS = 128 };

/* Gaps between mutated genes are geometric. A draw of 32 bits is a gap of k or less if it is
 * thresholds[k] or more; `guide` says for its upper byte where to begin to look. */
typedef struct lns_gaps {
    uint32_t thresholds[LNS_GAPS];
    uint8_t guide[256];
} lns_gaps;

enum { LNS_NSGA2_OBJECTIVES = 64, LNS_NSGA2_POPULATION = 1 << 20 };

/* What survival by reference directions keeps and works in. */
typedef struct lns_reference {
    size_t directions, stride;
    double *columns;   /* unit vectors: component k of direction d is columns[k * stride + d] */
    bool learned;      /* are the next two known? */
    double *ideal;     /* the least value of each objective among all that were feasible */
    double *extremes;  /* row k: objectives of the one that stretches the front along axis k */
    double *widths;    /* of the front, in halves: what normalises the objectives */
    double *system;    /* of linear equations */
    uint32_t *niches;  /* nearest direction, by slot */
    double *distances; /* from it, and a little of the way along it, by slot */
    uint32_t *counts;  /* survivors per direction */
    uint32_t *starts;  /* of a direction's candidates in `members` */
    uint32_t *ends;
    uint32_t *open;    /* directions with candidates */
    uint32_t *ready;   /* those of them that have the fewest survivors */
    uint32_t *members; /* candidates by direction */
} lns_reference;

/* What may happen to a gene. */
typedef struct lns_gene {
    uint32_t values;
    uint8_t mutation; /* LINAS_MUTATION_..., after what the variable allows */
    bool binary;      /* crossed by SBX */
} lns_gene;

/* Individuals live in slots, twice as many as the population, and stay there; lists of slots say
 * which are parents and children. Everything is allocated when the engine is made. */
struct linas_nsga2 {
    linas_space *space;
    lns_packing *packing;
    linas_nsga2_options options;
    size_t variables, stride, words;
    bool plain; /* every genome is canonical */
    uint64_t generation;
    bool asked;
    /* by slot */
    uint16_t *genes;
    uint64_t *active; /* not kept of plain spaces */
    uint64_t *hashes;
    double *objectives;
    double *violations; /* sum of the positive ones */
    /* lists */
    uint32_t *parents; /* best first */
    uint32_t *ranks;
    double *crowding;
    size_t parent_count;
    uint32_t *children; /* and after them the free slots */
    size_t child_count;
    uint32_t *table; /* parents and children by hash: 0, or a slot and one */
    size_t table_size;
    /* variation */
    lns_gene *gene;
    lns_gaps *gaps;    /* one per level of mutation */
    uint16_t *other;   /* a second parent's genes */
    uint64_t *bits;    /* activity of a child, and a crossover's mask */
    int32_t *unpacked; /* a genome for the host's predicate */
    int32_t *seeds;
    size_t seed_count;
    size_t seed_capacity;
    /* survival, all pool-sized */
    uint32_t *pool;
    uint32_t *order;  /* of slots, by front */
    uint32_t *starts; /* of fronts in it, and the end */
    size_t fronts;
    uint32_t *pool_ranks;
    uint32_t *line; /* feasible individuals of two objectives in lexicographic order */
    size_t line_count;
    uint32_t *spare;
    uint64_t *sorting;
    double *points;
    double *distances;
    lns_pareto_workspace work;
    lns_reference *reference; /* NULL: survival by crowding */
};

static inline uint16_t *lns_nsga2_genes(const linas_nsga2 *engine, uint32_t slot) {
    return engine->genes + slot * engine->stride;
}

/* Fills engine->children for the next generation. */
linas_status lns_nsga2_breed(linas_nsga2 *engine);
/* Takes the best of parents and evaluated children as the new parents. */
linas_status lns_nsga2_survive(linas_nsga2 *engine);
/* Makes the line anew from the parents. */
void lns_nsga2_make_line(linas_nsga2 *engine);
/* Takes the best `count` of front f, which begin at `start` in the order, as far as there is room;
 * engine->distances says how good they are. */
void lns_nsga2_take(linas_nsga2 *engine, size_t f, size_t start, size_t count);

/* directions.c */
linas_status lns_reference_create(linas_nsga2 *engine);
void lns_reference_free(linas_nsga2 *engine);
/* reference.c: of the first fronts, which are feasible, takes as many as there is room for. */
void lns_reference_take(linas_nsga2 *engine, size_t fronts);

/* operators.c: on rows that need not be canonical. */
void lns_nsga2_prepare(linas_nsga2 *engine);
void lns_nsga2_cross(const linas_nsga2 *engine, lns_rng *rng, const uint16_t *other, uint16_t *row);
/* Genes whose bit in `active` is not set stay; all are active when it is NULL. */
void lns_nsga2_mutate(const linas_nsga2 *engine, lns_rng *rng, int attempt, const uint64_t *active,
                      uint16_t *row);

#endif
