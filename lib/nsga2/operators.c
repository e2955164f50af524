/* SPDX-License-Identifier: Apache-2.0 */
/* Crossover and mutation of integer and categorical genes. */
#include "nsga2/model.h"

#include <math.h>

enum { LONG_ORDINAL = 8, FIXED = UINT8_MAX };

/* -- preparing --------------------------------------------------------------------------------- */

/* LINAS_MUTATION_... that a variable allows. */
static uint8_t allowed_mutation(const lns_variable *facts, int32_t wanted) {
    if (facts->values < 2)
        return FIXED;
    if (wanted == LINAS_MUTATION_RESET || facts->order != LINAS_ORDINAL)
        return LINAS_MUTATION_RESET;
    if (wanted == LINAS_MUTATION_POLYNOMIAL && facts->values >= LONG_ORDINAL)
        return LINAS_MUTATION_POLYNOMIAL;
    return LINAS_MUTATION_STEP;
}

/* thresholds[k] is the probability, in 2^-32, that a gap is longer than k. */
static void fill_gaps(lns_gaps *gaps, double probability) {
    double longer = 4294967296.0, left = probability < 1.0 ? 1.0 - probability : 0.0;
    for (size_t k = 0; k < LNS_GAPS; k++) {
        longer *= left;
        gaps->thresholds[k] = longer < 4294967295.0 ? (uint32_t)longer : UINT32_MAX;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t highest = byte << 24 | 0xffffff;
        uint8_t k = 0;
        while (k < LNS_GAPS && highest < gaps->thresholds[k])
            k++;
        gaps->guide[byte] = k;
    }
}

void lns_nsga2_prepare(linas_nsga2 *engine) {
    const linas_nsga2_options *options = &engine->options;
    double probability = options->mutation_probability;
    if (probability <= 0.0)
        probability = 1.0 / (double)engine->variables;
    for (int level = 0; level < LNS_LEVELS; level++, probability *= 2.0)
        fill_gaps(&engine->gaps[level], probability);
    for (size_t i = 0; i < engine->variables; i++) {
        const lns_variable *facts = lns_space_variable(engine->space, i);
        engine->gene[i].values = (uint32_t)facts->values;
        engine->gene[i].mutation = allowed_mutation(facts, options->mutation);
        engine->gene[i].binary = facts->order == LINAS_ORDINAL && facts->values >= LONG_ORDINAL;
    }
}

/* -- crossover --------------------------------------------------------------------------------- */

static uint16_t clamp_index(double index, uint32_t values) {
    if (!(index > 0.0))
        return 0;
    if (index > (double)(values - 1))
        return (uint16_t)(values - 1);
    return (uint16_t)lround(index);
}

static void cross_uniform(const linas_nsga2 *engine, lns_rng *rng, const uint16_t *other,
                          uint16_t *row) {
    uint64_t *mask = engine->bits + engine->words;
    for (size_t i = 0; i < engine->words; i++)
        mask[i] = lns_rng_next(rng);
    lns_packed_choose(row, other, mask, engine->stride);
}

static void cross_two_point(const linas_nsga2 *engine, lns_rng *rng, const uint16_t *other,
                            uint16_t *row) {
    uint32_t n = (uint32_t)engine->variables;
    uint32_t a = lns_rng_below(rng, n + 1), b = lns_rng_below(rng, n + 1);
    for (uint32_t i = a < b ? a : b; i < (a < b ? b : a); i++)
        row[i] = other[i];
}

/* Simulated binary crossover (Deb and Agrawal 1995) of two indices, rounded: one of its two
 * children by even chance. */
static uint16_t cross_binary(lns_rng *rng, int32_t a, int32_t b, uint32_t values, double eta) {
    double u = lns_rng_unit(rng), side = lns_rng_unit(rng) < 0.5 ? -1.0 : 1.0;
    double beta = u <= 0.5 ? pow(2.0 * u, 1.0 / (eta + 1.0))
                           : pow(1.0 / (2.0 * (1.0 - u)), 1.0 / (eta + 1.0));
    return clamp_index(0.5 * (a + b) + side * beta * 0.5 * (b - a), values);
}

static void cross_sbx(const linas_nsga2 *engine, lns_rng *rng, const uint16_t *other,
                      uint16_t *row) {
    for (size_t i = 0; i < engine->variables; i++) {
        if (lns_rng_unit(rng) >= 0.5)
            continue;
        row[i] = engine->gene[i].binary
                     ? cross_binary(rng, row[i], other[i], engine->gene[i].values,
                                    engine->options.eta_crossover)
                     : other[i];
    }
}

void lns_nsga2_cross(const linas_nsga2 *engine, lns_rng *rng, const uint16_t *other,
                     uint16_t *row) {
    if (engine->options.crossover == LINAS_CROSSOVER_UNIFORM)
        cross_uniform(engine, rng, other, row);
    else if (engine->options.crossover == LINAS_CROSSOVER_TWO_POINT)
        cross_two_point(engine, rng, other, row);
    else
        cross_sbx(engine, rng, other, row);
}

/* -- mutation ---------------------------------------------------------------------------------- */

/* One word serves a mutation: its upper half says how far away it is, its lower half what it does.
 * That half times a count, upper bits, is uneven by less than 2^-16 of a share. */
static uint16_t reset(uint32_t draw, uint32_t value, uint32_t values) {
    uint32_t drawn = (uint32_t)((uint64_t)draw * (values - 1) >> 32);
    return (uint16_t)(drawn + (drawn >= value));
}

static uint16_t step(uint32_t draw, uint32_t value, uint32_t values) {
    if (value == 0)
        return 1;
    if (value == values - 1)
        return (uint16_t)(values - 2);
    return (uint16_t)(draw >> 31 ? value - 1 : value + 1);
}

/* Polynomial mutation (Deb and Goyal 1996) of an index, rounded; a rounding back to the same value
 * becomes a step, for a mutation is meant to change something. */
static uint16_t polynomial(uint32_t draw, uint32_t value, uint32_t values, double eta) {
    double u = ((double)draw + 0.5) * 0x1p-32, exponent = 1.0 / (eta + 1.0);
    double delta = u < 0.5 ? pow(2.0 * u, exponent) - 1.0 : 1.0 - pow(2.0 * (1.0 - u), exponent);
    uint16_t moved = clamp_index(value + delta * (values - 1), values);
    return moved == value ? step(draw, value, values) : moved;
}

static uint16_t mutate_gene(const linas_nsga2 *engine, const lns_gene *gene, uint32_t draw,
                            uint16_t value) {
    switch (gene->mutation) {
    case LINAS_MUTATION_RESET:
        return reset(draw, value, gene->values);
    case LINAS_MUTATION_STEP:
        return step(draw, value, gene->values);
    case LINAS_MUTATION_POLYNOMIAL:
        return polynomial(draw, value, gene->values, engine->options.eta_mutation);
    default:
        return value;
    }
}

/* Genes to leave alone before the next mutation, n or more if there is none; *draw is left for
 * what it does. Beyond the table the next draw goes on: the gaps have no memory. */
static size_t next_gap(const lns_gaps *gaps, lns_rng *rng, size_t n, uint32_t *draw) {
    size_t gap = 0;
    for (;;) {
        uint64_t word = lns_rng_next(rng);
        uint32_t upper = (uint32_t)(word >> 32);
        size_t k = gaps->guide[upper >> 24];
        while (k < LNS_GAPS && upper < gaps->thresholds[k])
            k++;
        gap += k;
        *draw = (uint32_t)word;
        if (k < LNS_GAPS || gap >= n)
            return gap;
    }
}

void lns_nsga2_mutate(const linas_nsga2 *engine, lns_rng *rng, int attempt, const uint64_t *active,
                      uint16_t *row) {
    const lns_gaps *gaps = &engine->gaps[attempt < LNS_LEVELS ? 0 : attempt - LNS_LEVELS];
    size_t n = engine->variables;
    uint32_t draw;
    for (size_t at = next_gap(gaps, rng, n, &draw); at < n; at += 1 + next_gap(gaps, rng, n, &draw))
        if (!active || active[at / 64] >> at % 64 & 1)
            row[at] = mutate_gene(engine, &engine->gene[at], draw, row[at]);
}
