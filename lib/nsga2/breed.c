/* SPDX-License-Identifier: Apache-2.0 */
/* The next generation's individuals: tournaments, variation, and no duplicates. */
#include "nsga2/model.h"

#include <string.h>

/* Tries of one slot before it is left to random sampling. From half of them on, mutation is
 * doubled at each: small populations of small spaces have few new neighbours. */
enum { TRIES = 16 };

static linas_status add_child(linas_nsga2 *engine, const int32_t *canonical, bool *added) {
    size_t n = engine->variables;
    LNS_TRY(lns_genome_set_add(engine->known, canonical, added));
    if (!*added)
        return LINAS_OK;
    int32_t feasible = lns_space_feasible(engine->space, canonical);
    if (feasible != 0 && feasible != 1)
        return lns_fail(lns_space_context(engine->space), feasible,
                        "the feasibility callback ended the call");
    *added = feasible == 1;
    if (*added)
        memcpy(engine->children.genomes + engine->children.count++ * n, canonical,
               n * sizeof *canonical);
    return LINAS_OK;
}

static linas_status add_seeds(linas_nsga2 *engine) {
    for (size_t i = 0; i < engine->seed_count; i++) {
        bool added;
        if (engine->children.count == engine->options.population)
            break;
        LNS_TRY(add_child(engine, engine->seeds + i * engine->variables, &added));
    }
    return LINAS_OK;
}

/* Fills what is missing by new random configurations; few or none are left in small spaces. */
static linas_status add_random(linas_nsga2 *engine) {
    size_t found, room = engine->options.population - engine->children.count;
    int32_t *start = engine->children.genomes + engine->children.count * engine->variables;
    uint64_t seed = lns_hash_u64(engine->options.seed, engine->generation);
    LNS_TRY(lns_space_draw(engine->space, LINAS_SAMPLE_UNIFORM,
                           engine->generation == 0 ? engine->options.seed : seed, engine->known,
                           room, start, &found));
    for (size_t i = 0; i < found; i++) {
        bool added;
        LNS_TRY(lns_genome_set_add(engine->known, start + i * engine->variables, &added));
    }
    engine->children.count += found;
    return LINAS_OK;
}

/* Binary tournament. Parents stand best first, so the smaller index wins, except that equals of
 * rank and crowding are one as good as the other and need no further draw. */
static size_t select_parent(const linas_nsga2 *engine, lns_rng *rng) {
    uint32_t count = (uint32_t)engine->parents.count;
    uint32_t a = lns_rng_below(rng, count), b = lns_rng_below(rng, count);
    return a < b ? a : b;
}

static double mutation_probability(const linas_nsga2 *engine, int attempt) {
    double p = engine->options.mutation_probability;
    if (p <= 0.0)
        p = 1.0 / (double)engine->variables;
    for (int i = TRIES / 2; i < attempt; i++)
        p *= 2.0;
    return p < 1.0 ? p : 1.0;
}

typedef struct child_buffers {
    int32_t *genome;
    int32_t *other;
    int32_t *canonical;
    uint8_t *active;
    uint8_t *other_active;
} child_buffers;

/* A canonical genome says nothing about its inactive genes. Should the child need one, it comes
 * from the other parent, or else from chance: not always the first value. */
static void fill_inactive(const linas_nsga2 *engine, lns_rng *rng, const child_buffers *buffers) {
    for (size_t i = 0; i < engine->variables; i++) {
        if (buffers->active[i] && buffers->other_active[i])
            continue;
        int32_t value = buffers->active[i] ? buffers->genome[i]
                        : buffers->other_active[i]
                            ? buffers->other[i]
                            : (int32_t)lns_rng_below(
                                  rng, (uint32_t)lns_space_variable(engine->space, i)->values);
        buffers->genome[i] = buffers->other[i] = value;
    }
}

static void make_child(const linas_nsga2 *engine, lns_rng *rng, int attempt,
                       const child_buffers *buffers) {
    size_t n = engine->variables;
    const int32_t *parents = engine->parents.genomes;
    lns_space_canonicalize(engine->space, parents + select_parent(engine, rng) * n, buffers->genome,
                           buffers->active);
    lns_space_canonicalize(engine->space, parents + select_parent(engine, rng) * n, buffers->other,
                           buffers->other_active);
    fill_inactive(engine, rng, buffers);
    if (lns_rng_unit(rng) < engine->options.crossover_probability)
        lns_nsga2_cross(engine, rng, buffers->other, buffers->genome);
    lns_space_canonicalize(engine->space, buffers->genome, buffers->canonical, buffers->active);
    lns_nsga2_mutate(engine, rng, mutation_probability(engine, attempt), buffers->genome,
                     buffers->active);
    lns_space_canonicalize(engine->space, buffers->genome, buffers->genome, NULL);
}

static linas_status vary(linas_nsga2 *engine, const child_buffers *buffers) {
    for (uint64_t slot = 0; slot < engine->options.population; slot++) {
        lns_rng rng =
            lns_rng_stream(engine->options.seed, LNS_RNG_NSGA2_VARIATION, engine->generation, slot);
        bool added = false;
        for (int attempt = 0; attempt < TRIES && !added; attempt++) {
            make_child(engine, &rng, attempt, buffers);
            LNS_TRY(add_child(engine, buffers->genome, &added));
        }
    }
    return LINAS_OK;
}

static linas_status remember_parents(linas_nsga2 *engine) {
    lns_genome_set_clear(engine->known);
    for (size_t i = 0; i < engine->parents.count; i++) {
        bool added;
        LNS_TRY(lns_genome_set_add(engine->known, engine->parents.genomes + i * engine->variables,
                                   &added));
    }
    return LINAS_OK;
}

static linas_status breed(linas_nsga2 *engine, const child_buffers *buffers) {
    engine->children.count = 0;
    LNS_TRY(remember_parents(engine));
    if (engine->generation == 0)
        LNS_TRY(add_seeds(engine));
    else if (engine->parents.count > 0)
        LNS_TRY(vary(engine, buffers));
    if (engine->children.count < engine->options.population)
        LNS_TRY(add_random(engine));
    return LINAS_OK;
}

linas_status lns_nsga2_breed(linas_nsga2 *engine) {
    /* A child is made at the end of the pool, which is free until tell and has four rows or more.
     */
    size_t n = engine->variables, last = 2 * (size_t)engine->options.population;
    int32_t *rows = engine->pool.genomes + (last - 3) * n;
    uint8_t *bits = (uint8_t *)engine->scratch;
    child_buffers buffers = {rows, rows + n, rows + 2 * n, bits, bits + n};
    return breed(engine, &buffers);
}
