/* SPDX-License-Identifier: Apache-2.0 */
/* The next generation's individuals: tournaments, variation, and no duplicates. */
#include "nsga2/model.h"

#include <string.h>

/* -- no duplicates ----------------------------------------------------------------------------- */

/* Place of a slot's genome in the table, or the free place where it belongs. */
static size_t place_of(const linas_nsga2 *engine, uint32_t slot) {
    const uint16_t *row = lns_nsga2_genes(engine, slot);
    uint64_t hash = engine->hashes[slot];
    size_t mask = engine->table_size - 1, at = hash & mask;
    for (; engine->table[at]; at = (at + 1) & mask) {
        uint32_t other = engine->table[at] - 1;
        if (engine->hashes[other] == hash &&
            memcmp(lns_nsga2_genes(engine, other), row, engine->stride * sizeof *row) == 0)
            break;
    }
    return at;
}

static linas_status is_feasible(const linas_nsga2 *engine, uint32_t slot, bool *feasible) {
    lns_packing_unpack(engine->packing, lns_nsga2_genes(engine, slot), engine->unpacked);
    return lns_space_feasible(engine->space, engine->unpacked, feasible);
}

/* Makes the canonical genome in the first free slot a child, unless it is there already. */
static linas_status add_child(linas_nsga2 *engine, bool *added) {
    uint32_t slot = engine->children[engine->child_count];
    engine->hashes[slot] = lns_packing_hash(engine->packing, lns_nsga2_genes(engine, slot));
    size_t at = place_of(engine, slot);
    *added = engine->table[at] == 0;
    if (*added && lns_space_has_predicate(engine->space))
        LNS_TRY(is_feasible(engine, slot, added));
    if (*added) {
        engine->table[at] = slot + 1;
        engine->child_count++;
    }
    return LINAS_OK;
}

static linas_status add_genome(linas_nsga2 *engine, const int32_t *genome) {
    bool added;
    uint32_t slot = engine->children[engine->child_count];
    uint16_t *row = lns_nsga2_genes(engine, slot);
    lns_packing_pack(engine->packing, genome, row);
    if (!engine->plain)
        lns_packing_canonicalize(engine->packing, row, engine->active + slot * engine->words);
    return add_child(engine, &added);
}

static linas_status add_seeds(linas_nsga2 *engine) {
    for (size_t i = 0; i < engine->seed_count; i++) {
        if (engine->child_count == engine->options.population)
            break;
        LNS_TRY(add_genome(engine, engine->seeds + i * engine->variables));
    }
    return LINAS_OK;
}

/* -- new random ones --------------------------------------------------------------------------- */

static linas_status add_to_set(const linas_nsga2 *engine, const uint32_t *slots, size_t count,
                               lns_genome_set *set) {
    bool added;
    for (size_t i = 0; i < count; i++) {
        lns_packing_unpack(engine->packing, lns_nsga2_genes(engine, slots[i]), engine->unpacked);
        LNS_TRY(lns_genome_set_add(set, engine->unpacked, &added));
    }
    return LINAS_OK;
}

static linas_status draw_into(linas_nsga2 *engine, lns_genome_set *taken, int32_t *genomes,
                              size_t wanted) {
    size_t found;
    uint64_t seed = engine->options.seed;
    if (engine->generation > 0)
        seed = lns_hash_u64(seed, engine->generation);
    LNS_TRY(add_to_set(engine, engine->parents, engine->parent_count, taken));
    LNS_TRY(add_to_set(engine, engine->children, engine->child_count, taken));
    LNS_TRY(
        lns_space_draw(engine->space, LINAS_SAMPLE_UNIFORM, seed, taken, wanted, genomes, &found));
    for (size_t i = 0; i < found; i++)
        LNS_TRY(add_genome(engine, genomes + i * engine->variables));
    return LINAS_OK;
}

/* Fills what is missing by new random configurations: the first generation, and what variation
 * could not find in small spaces, where few or none are left. */
static linas_status add_random(linas_nsga2 *engine) {
    linas_context *context = lns_space_context(engine->space);
    size_t wanted = engine->options.population - engine->child_count;
    lns_genome_set *taken = NULL;
    int32_t *genomes = lns_alloc(context, wanted * engine->variables, sizeof *genomes);
    linas_status status =
        genomes ? lns_genome_set_create(engine->space, &taken) : lns_no_memory(context);
    if (status == LINAS_OK)
        status = draw_into(engine, taken, genomes, wanted);
    lns_genome_set_destroy(taken);
    lns_free(context, genomes);
    return status;
}

/* -- variation --------------------------------------------------------------------------------- */

/* Feasible ones of different reference directions do not compete. */
static bool compete(const linas_nsga2 *engine, uint32_t a, uint32_t b) {
    const uint32_t *niches = engine->reference->niches;
    return niches[a] == niches[b] || engine->violations[a] > 0.0 || engine->violations[b] > 0.0;
}

/* Binary tournament. Parents stand best first, so the smaller index wins, except that equals of
 * rank and crowding are one as good as the other and need no further draw. Halves of one word are
 * even enough: the population is far below 2^32. */
static uint32_t select_parent(const linas_nsga2 *engine, lns_rng *rng) {
    uint64_t word = lns_rng_next(rng), count = engine->parent_count;
    size_t a = (size_t)((word >> 32) * count >> 32);
    size_t b = (size_t)((word & UINT32_MAX) * count >> 32);
    if (engine->reference && !compete(engine, engine->parents[a], engine->parents[b]))
        return engine->parents[a];
    return engine->parents[a < b ? a : b];
}

/* A canonical genome says nothing about its inactive genes. Should the child need one, it comes
 * from the other parent, or else from chance: not always the first value. */
static void fill_inactive(const linas_nsga2 *engine, lns_rng *rng, const uint64_t *mine,
                          const uint64_t *theirs, uint16_t *row) {
    uint16_t *other = engine->other;
    uint64_t *mask = engine->bits;
    size_t words = engine->words;
    for (size_t w = 0; w < words; w++)
        mask[w] = theirs[w] & ~mine[w];
    lns_packed_choose(row, other, mask, engine->stride);
    for (size_t w = 0; w < words; w++)
        mask[w] = mine[w] & ~theirs[w];
    lns_packed_choose(other, row, mask, engine->stride);
    for (size_t w = 0; w < words; w++)
        for (uint64_t left = ~(mine[w] | theirs[w]); left; left &= left - 1) {
            size_t i = w * 64 + lns_lowest_bit(left);
            row[i] = other[i] =
                (uint16_t)((lns_rng_next(rng) >> 32) * engine->gene[i].values >> 32);
        }
}

static void make_child(const linas_nsga2 *engine, lns_rng *rng, int attempt, uint32_t slot) {
    uint32_t first = select_parent(engine, rng), second = select_parent(engine, rng);
    bool cross = lns_rng_unit(rng) < engine->options.crossover_probability;
    uint16_t *row = lns_nsga2_genes(engine, slot);
    const uint16_t *other = lns_nsga2_genes(engine, second);
    const uint64_t *active = NULL;
    memcpy(row, lns_nsga2_genes(engine, first), engine->stride * sizeof *row);
    if (!engine->plain) {
        memcpy(engine->other, other, engine->stride * sizeof *other);
        other = engine->other;
        fill_inactive(engine, rng, engine->active + first * engine->words,
                      engine->active + second * engine->words, row);
    }
    if (cross)
        lns_nsga2_cross(engine, rng, other, row);
    if (!engine->plain) {
        lns_packing_activity(engine->packing, row, engine->bits);
        active = engine->bits;
    }
    lns_nsga2_mutate(engine, rng, attempt, active, row);
    if (!engine->plain)
        lns_packing_canonicalize(engine->packing, row, engine->active + slot * engine->words);
}

/* One stream a generation, of which every child has a stretch of its own. */
static linas_status vary(linas_nsga2 *engine) {
    lns_rng rng =
        lns_rng_stream(engine->options.seed, LNS_RNG_NSGA2_VARIATION, engine->generation, 0);
    for (uint64_t child = 0; child < engine->options.population; child++) {
        bool added = false;
        rng.counter = child << 32;
        for (int attempt = 0; attempt < LNS_TRIES && !added; attempt++) {
            make_child(engine, &rng, attempt, engine->children[engine->child_count]);
            LNS_TRY(add_child(engine, &added));
        }
    }
    return LINAS_OK;
}

static void remember_parents(linas_nsga2 *engine) {
    memset(engine->table, 0, engine->table_size * sizeof *engine->table);
    for (size_t i = 0; i < engine->parent_count; i++)
        engine->table[place_of(engine, engine->parents[i])] = engine->parents[i] + 1;
}

linas_status lns_nsga2_breed(linas_nsga2 *engine) {
    engine->child_count = 0;
    remember_parents(engine);
    if (engine->generation == 0)
        LNS_TRY(add_seeds(engine));
    else if (engine->parent_count > 0)
        LNS_TRY(vary(engine));
    if (engine->child_count < engine->options.population)
        LNS_TRY(add_random(engine));
    return LINAS_OK;
}
