/* SPDX-License-Identifier: Apache-2.0 */
/* Environmental selection: constrained domination, fronts, crowding (Deb et al. 2002, sections III
 * and VI). */
#include "nsga2/model.h"

#include <math.h>
#include <string.h>

static void copy_individual(const linas_nsga2 *engine, lns_individuals *to, size_t at,
                            const lns_individuals *from, size_t index) {
    size_t n = engine->variables, m = engine->options.objectives;
    memcpy(to->genomes + at * n, from->genomes + index * n, n * sizeof *to->genomes);
    memcpy(to->objectives + at * m, from->objectives + index * m, m * sizeof *to->objectives);
    to->violations[at] = from->violations[index];
}

static bool evaluated(const linas_nsga2 *engine, const lns_individuals *from, size_t index) {
    size_t m = engine->options.objectives;
    bool finite = isfinite(from->violations[index]);
    for (size_t k = 0; k < m && finite; k++)
        finite = isfinite(from->objectives[index * m + k]);
    return finite;
}

static void fill_pool(linas_nsga2 *engine) {
    size_t count = 0;
    for (size_t i = 0; i < engine->parents.count; i++)
        copy_individual(engine, &engine->pool, count++, &engine->parents, i);
    for (size_t i = 0; i < engine->children.count; i++)
        if (evaluated(engine, &engine->children, i))
            copy_individual(engine, &engine->pool, count++, &engine->children, i);
    engine->pool.count = count;
}

/* Feasible individuals by fronts; infeasible ones behind them, one rank per amount of violation. */
static linas_status rank_pool(linas_nsga2 *engine) {
    size_t m = engine->options.objectives, feasible = 0, fronts = 0;
    lns_individuals *pool = &engine->pool;
    size_t *order = engine->order;
    for (size_t i = 0; i < pool->count; i++)
        if (pool->violations[i] <= 0.0) {
            memcpy(engine->scratch + feasible * m, pool->objectives + i * m,
                   m * sizeof *engine->scratch);
            order[feasible++] = i;
        }
    uint32_t *ranks = engine->pool_ranks + 2 * (size_t)engine->options.population;
    LNS_TRY(lns_pareto_rank(&engine->work, engine->scratch, feasible, m, ranks, &fronts));
    for (size_t i = 0; i < feasible; i++)
        engine->pool_ranks[order[i]] = ranks[i];
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->violations[i] <= 0.0)
            continue;
        uint32_t better = 0;
        for (size_t j = 0; j < pool->count; j++)
            better += pool->violations[j] > 0.0 && pool->violations[j] < pool->violations[i];
        engine->pool_ranks[i] = (uint32_t)fronts + better;
    }
    return LINAS_OK;
}

static linas_status crowd_front(linas_nsga2 *engine, const size_t *members, size_t count) {
    size_t m = engine->options.objectives;
    double *distances = engine->scratch + 2 * (size_t)engine->options.population * m;
    for (size_t i = 0; i < count; i++)
        memcpy(engine->scratch + i * m, engine->pool.objectives + members[i] * m,
               m * sizeof *engine->scratch);
    LNS_TRY(lns_pareto_crowding(&engine->work, engine->scratch, count, m, distances));
    for (size_t i = 0; i < count; i++)
        engine->pool_crowding[members[i]] = distances[i];
    return LINAS_OK;
}

/* Sorts the pool by rank, and the members of each front by crowding, the loneliest first. Crowding
 * is negated, so that one ascending sort serves. */
static linas_status sort_pool(linas_nsga2 *engine) {
    size_t count = engine->pool.count, *order = engine->order, *spare = order + count;
    double *keys = engine->scratch;
    for (size_t i = 0; i < count; i++)
        keys[i] = (double)engine->pool_ranks[i];
    lns_sort_rows(keys, count, 1, order, spare);
    for (size_t start = 0; start < count;) {
        size_t end = start;
        while (end < count && engine->pool_ranks[order[end]] == engine->pool_ranks[order[start]])
            end++;
        LNS_TRY(crowd_front(engine, order + start, end - start));
        start = end;
    }
    for (size_t i = 0; i < count; i++) {
        keys[2 * i] = (double)engine->pool_ranks[i];
        keys[2 * i + 1] = -engine->pool_crowding[i];
    }
    lns_sort_rows(keys, count, 2, order, spare);
    return LINAS_OK;
}

static void take_best(linas_nsga2 *engine) {
    size_t count = engine->pool.count;
    if (count > engine->options.population)
        count = engine->options.population;
    for (size_t i = 0; i < count; i++) {
        copy_individual(engine, &engine->parents, i, &engine->pool, engine->order[i]);
        engine->ranks[i] = engine->pool_ranks[engine->order[i]];
        engine->crowding[i] = engine->pool_crowding[engine->order[i]];
    }
    engine->parents.count = count;
}

linas_status lns_nsga2_survive(linas_nsga2 *engine) {
    fill_pool(engine);
    LNS_TRY(rank_pool(engine));
    LNS_TRY(sort_pool(engine));
    take_best(engine);
    return LINAS_OK;
}
