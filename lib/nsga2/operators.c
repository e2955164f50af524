/* SPDX-License-Identifier: Apache-2.0 */
/* Crossover and mutation of integer and categorical genes. */
#include "nsga2/model.h"

#include <math.h>

enum { LONG_ORDINAL = 8 };

bool lns_nsga2_long_ordinal(const linas_nsga2 *engine, size_t variable) {
    const lns_variable *facts = lns_space_variable(engine->space, variable);
    return facts->order == LINAS_ORDINAL && facts->values >= LONG_ORDINAL;
}

static int32_t clamp_index(double index, int32_t values) {
    if (!(index > 0.0))
        return 0;
    if (index > (double)(values - 1))
        return values - 1;
    return (int32_t)lround(index);
}

static void cross_uniform(const linas_nsga2 *engine, lns_rng *rng, const int32_t *other,
                          int32_t *child) {
    uint64_t bits = 0;
    for (size_t i = 0; i < engine->variables; i++) {
        if (i % 64 == 0)
            bits = lns_rng_next(rng);
        if (bits >> (i % 64) & 1)
            child[i] = other[i];
    }
}

static void cross_two_point(const linas_nsga2 *engine, lns_rng *rng, const int32_t *other,
                            int32_t *child) {
    uint32_t n = (uint32_t)engine->variables;
    uint32_t a = lns_rng_below(rng, n + 1), b = lns_rng_below(rng, n + 1);
    for (uint32_t i = a < b ? a : b; i < (a < b ? b : a); i++)
        child[i] = other[i];
}

/* Simulated binary crossover (Deb and Agrawal 1995) of two indices, rounded: one of its two
 * children by even chance. */
static int32_t cross_binary(lns_rng *rng, int32_t a, int32_t b, int32_t values, double eta) {
    double u = lns_rng_unit(rng), side = lns_rng_unit(rng) < 0.5 ? -1.0 : 1.0;
    double beta = u <= 0.5 ? pow(2.0 * u, 1.0 / (eta + 1.0))
                           : pow(1.0 / (2.0 * (1.0 - u)), 1.0 / (eta + 1.0));
    return clamp_index(0.5 * (a + b) + side * beta * 0.5 * (b - a), values);
}

static void cross_sbx(const linas_nsga2 *engine, lns_rng *rng, const int32_t *other,
                      int32_t *child) {
    for (size_t i = 0; i < engine->variables; i++) {
        bool take = lns_rng_unit(rng) < 0.5;
        if (!lns_nsga2_long_ordinal(engine, i))
            child[i] = take ? other[i] : child[i];
        else if (take)
            child[i] =
                cross_binary(rng, child[i], other[i], lns_space_variable(engine->space, i)->values,
                             engine->options.eta_crossover);
    }
}

void lns_nsga2_cross(const linas_nsga2 *engine, lns_rng *rng, const int32_t *other,
                     int32_t *child) {
    if (engine->options.crossover == LINAS_CROSSOVER_UNIFORM)
        cross_uniform(engine, rng, other, child);
    else if (engine->options.crossover == LINAS_CROSSOVER_TWO_POINT)
        cross_two_point(engine, rng, other, child);
    else
        cross_sbx(engine, rng, other, child);
}

static int32_t reset(lns_rng *rng, int32_t value, int32_t values) {
    int32_t drawn = (int32_t)lns_rng_below(rng, (uint32_t)values - 1);
    return drawn + (drawn >= value);
}

static int32_t step(lns_rng *rng, int32_t value, int32_t values) {
    if (value == 0)
        return 1;
    if (value == values - 1)
        return values - 2;
    return lns_rng_unit(rng) < 0.5 ? value - 1 : value + 1;
}

/* Polynomial mutation (Deb and Goyal 1996) of an index, rounded; a rounding back to the same value
 * becomes a step, for a mutation is meant to change something. */
static int32_t polynomial(lns_rng *rng, int32_t value, int32_t values, double eta) {
    double u = lns_rng_unit(rng), exponent = 1.0 / (eta + 1.0);
    double delta = u < 0.5 ? pow(2.0 * u, exponent) - 1.0 : 1.0 - pow(2.0 * (1.0 - u), exponent);
    int32_t moved = clamp_index(value + delta * (values - 1), values);
    return moved == value ? step(rng, value, values) : moved;
}

static int32_t mutate_gene(const linas_nsga2 *engine, lns_rng *rng, size_t variable,
                           int32_t value) {
    const lns_variable *facts = lns_space_variable(engine->space, variable);
    if (facts->values < 2)
        return value;
    if (engine->options.mutation == LINAS_MUTATION_RESET || facts->order != LINAS_ORDINAL)
        return reset(rng, value, facts->values);
    if (engine->options.mutation == LINAS_MUTATION_POLYNOMIAL &&
        lns_nsga2_long_ordinal(engine, variable))
        return polynomial(rng, value, facts->values, engine->options.eta_mutation);
    return step(rng, value, facts->values);
}

void lns_nsga2_mutate(const linas_nsga2 *engine, lns_rng *rng, double probability, int32_t *child,
                      const uint8_t *active) {
    if (probability >= 1.0) {
        for (size_t i = 0; i < engine->variables; i++)
            if (active[i])
                child[i] = mutate_gene(engine, rng, i, child[i]);
        return;
    }
    /* The gaps between mutated genes are geometric, so that one draw is needed per mutation and not
     * per gene. */
    double scale = 1.0 / log1p(-probability);
    for (double at = 0.0;; at += 1.0) {
        at += floor(log1p(-lns_rng_unit(rng)) * scale);
        if (!(at < (double)engine->variables))
            return;
        size_t i = (size_t)at;
        if (active[i])
            child[i] = mutate_gene(engine, rng, i, child[i]);
    }
}
