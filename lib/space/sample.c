/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing configurations without duplicates. */
#include "num/halton.h"
#include "num/rng.h"
#include "space/model.h"

#include <math.h>
#include <string.h>

/* So many draws in a row that bring nothing new end the drawing at random; a small space is then
 * walked through in order. */
enum { FRUITLESS_DRAWS = 2000 };
static const double walkable = 1e6;

typedef struct drawing {
    const linas_space *space;
    uint64_t seed;
    const lns_genome_set *taken; /* may be NULL */
    lns_genome_set *drawn;
    int32_t *canonical;
    uint32_t *primes; /* low discrepancy only */
    size_t wanted;
    int32_t *genomes;
    size_t found;
} drawing;

static int32_t value_at(double u, int32_t values) {
    /* The nudge keeps a coordinate that is a whole multiple of 1 / values, but for rounding, on the
     * same side everywhere. */
    return (int32_t)fmin(u * values + 1e-9, values - 1);
}

static void draw_uniform(const drawing *d, uint64_t index, int32_t *genome) {
    lns_rng rng = lns_rng_stream(d->seed, LNS_RNG_SAMPLE, 0, index);
    for (size_t i = 0; i < d->space->variable_count; i++)
        genome[i] = (int32_t)lns_rng_below(&rng, (uint32_t)d->space->variables[i].values);
}

/* Variables beyond the bases at hand are drawn independently. */
static void draw_halton(const drawing *d, uint64_t index, int32_t *genome) {
    draw_uniform(d, index, genome);
    lns_rng shifts = lns_rng_stream(d->seed, LNS_RNG_SAMPLE, 1, 0);
    for (size_t i = 0; i < d->space->variable_count && i < LNS_HALTON_DIMENSIONS; i++) {
        double u = lns_halton(index, d->primes[i]) + lns_rng_unit(&shifts);
        genome[i] = value_at(u >= 1.0 ? u - 1.0 : u, d->space->variables[i].values);
    }
}

/* Keeps d->canonical if it is new and feasible. */
static linas_status offer(drawing *d, bool *kept) {
    size_t n = d->space->variable_count;
    *kept = false;
    if (d->taken && lns_genome_set_has(d->taken, d->canonical))
        return LINAS_OK;
    bool added;
    LNS_TRY(lns_genome_set_add(d->drawn, d->canonical, &added));
    if (!added)
        return LINAS_OK;
    LNS_TRY(lns_space_feasible(d->space, d->canonical, kept));
    if (*kept) {
        memcpy(d->genomes + d->found * n, d->canonical, n * sizeof *d->genomes);
        d->found++;
    }
    return LINAS_OK;
}

static linas_status draw_at_random(drawing *d) {
    size_t fruitless = 0;
    for (uint64_t index = 0; d->found < d->wanted && fruitless < FRUITLESS_DRAWS; index++) {
        if (d->primes)
            draw_halton(d, index, d->canonical);
        else
            draw_uniform(d, index, d->canonical);
        lns_space_canonicalize(d->space, d->canonical, d->canonical, NULL);
        bool kept;
        LNS_TRY(offer(d, &kept));
        fruitless = kept ? 0 : fruitless + 1;
    }
    return LINAS_OK;
}

static bool next_genome(const linas_space *space, int32_t *genome) {
    for (size_t i = 0; i < space->variable_count; i++) {
        if (++genome[i] < space->variables[i].values)
            return true;
        genome[i] = 0;
    }
    return false;
}

static linas_status draw_in_order(drawing *d) {
    linas_context *context = d->space->context;
    size_t n = d->space->variable_count;
    int32_t *genome = lns_alloc_zero(context, n, sizeof *genome);
    if (!genome)
        return lns_no_memory(context);
    linas_status status = LINAS_OK;
    do {
        bool kept;
        lns_space_canonicalize(d->space, genome, d->canonical, NULL);
        if (memcmp(genome, d->canonical, n * sizeof *genome) == 0)
            status = offer(d, &kept);
    } while (status == LINAS_OK && d->found < d->wanted && next_genome(d->space, genome));
    lns_free(context, genome);
    return status;
}

static linas_status draw(drawing *d) {
    if (d->wanted == 0 || d->space->variable_count == 0)
        return LINAS_OK;
    if (d->primes)
        lns_halton_primes(d->primes);
    LNS_TRY(draw_at_random(d));
    if (d->found < d->wanted && linas_space_raw_cardinality(d->space) <= walkable)
        return draw_in_order(d);
    return LINAS_OK;
}

linas_status lns_space_draw(const linas_space *space, int32_t method, uint64_t seed,
                            const lns_genome_set *taken, size_t count, int32_t *genomes,
                            size_t *found) {
    linas_context *context = space->context;
    drawing d = {.space = space, .seed = seed, .taken = taken};
    d.wanted = count;
    d.genomes = genomes;
    d.canonical = lns_alloc(context, space->variable_count, sizeof *d.canonical);
    bool leaped = method == LINAS_SAMPLE_LOW_DISCREPANCY;
    if (leaped)
        d.primes = lns_alloc(context, LNS_HALTON_DIMENSIONS, sizeof *d.primes);
    linas_status status = d.canonical && (!leaped || d.primes)
                              ? lns_genome_set_create(space, &d.drawn)
                              : lns_no_memory(context);
    if (status == LINAS_OK)
        status = draw(&d);
    lns_genome_set_destroy(d.drawn);
    lns_free(context, d.canonical);
    lns_free(context, d.primes);
    *found = status == LINAS_OK ? d.found : 0;
    return status;
}

static linas_status fill_excluded(const linas_space *space, const int32_t *excluded, size_t count,
                                  lns_genome_set *set) {
    size_t n = space->variable_count;
    int32_t *canonical = lns_alloc(space->context, n, sizeof *canonical);
    linas_status status = canonical ? LINAS_OK : lns_no_memory(space->context);
    for (size_t i = 0; i < count && status == LINAS_OK; i++) {
        bool added;
        status = linas_space_canonical(space, excluded + i * n, canonical);
        if (status == LINAS_OK)
            status = lns_genome_set_add(set, canonical, &added);
        else
            lns_fail_within(space->context, status, "excluded genome %zu", i);
    }
    lns_free(space->context, canonical);
    return status;
}

linas_status linas_space_sample(const linas_space *space, int32_t method, uint64_t seed,
                                const int32_t *excluded, size_t excluded_count, size_t count,
                                int32_t *genomes, size_t *found) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    if (!found || (!genomes && count > 0) || (!excluded && excluded_count > 0))
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "an array is NULL");
    if (method != LINAS_SAMPLE_UNIFORM && method != LINAS_SAMPLE_LOW_DISCREPANCY)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "there is no sampling method %d", (int)method);
    lns_genome_set *taken;
    LNS_TRY(lns_genome_set_create(space, &taken));
    linas_status status = fill_excluded(space, excluded, excluded_count, taken);
    size_t drawn = 0;
    if (status == LINAS_OK)
        status = lns_space_draw(space, method, seed, taken, count, genomes, &drawn);
    lns_genome_set_destroy(taken);
    *found = drawn;
    return status;
}
