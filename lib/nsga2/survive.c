/* SPDX-License-Identifier: Apache-2.0 */
/* Environmental selection: constrained domination, fronts, crowding (Deb et al. 2002, sections III
 * and VI). */
#include "nsga2/model.h"

#include <math.h>
#include <string.h>

static bool evaluated(const linas_nsga2 *engine, uint32_t slot) {
    size_t m = engine->options.objectives;
    bool finite = isfinite(engine->violations[slot]);
    for (size_t k = 0; k < m; k++)
        finite = finite && isfinite(engine->objectives[slot * m + k]);
    return finite;
}

static bool feasible(const linas_nsga2 *engine, uint32_t slot) {
    return engine->violations[slot] <= 0.0;
}

/* The feasible individuals first, *good of them; each kind in the order of parents and children. */
static size_t fill_pool(linas_nsga2 *engine, size_t *good) {
    size_t count = 0, bad = 0;
    uint32_t *aside = engine->order;
    for (size_t i = 0; i < engine->parent_count; i++) {
        uint32_t slot = engine->parents[i];
        *(feasible(engine, slot) ? &engine->pool[count++] : &aside[bad++]) = slot;
    }
    for (size_t i = 0; i < engine->child_count; i++) {
        uint32_t slot = engine->children[i];
        if (evaluated(engine, slot))
            *(feasible(engine, slot) ? &engine->pool[count++] : &aside[bad++]) = slot;
    }
    memcpy(engine->pool + count, aside, bad * sizeof *aside);
    *good = count;
    return count + bad;
}

/* -- fronts ------------------------------------------------------------------------------------ */

/* Lists slots front by front, each front in the order given. */
static void list_fronts(linas_nsga2 *engine, const uint32_t *slots, size_t count, size_t fronts) {
    uint32_t *starts = engine->starts, *ranks = engine->pool_ranks, sum = 0;
    memset(starts, 0, (fronts + 1) * sizeof *starts);
    for (size_t i = 0; i < count; i++)
        starts[ranks[i]]++;
    for (size_t f = 0; f <= fronts; f++) {
        uint32_t size = starts[f];
        starts[f] = sum;
        sum += size;
    }
    for (size_t i = 0; i < count; i++)
        engine->order[starts[ranks[i]]++] = slots[i];
    memmove(starts + 1, starts, fronts * sizeof *starts);
    starts[0] = 0;
    engine->fronts = fronts;
}

static int precedes(const double *a, const double *b) {
    return (a[0] < b[0]) | ((a[0] == b[0]) & (a[1] < b[1]));
}

/* Puts the feasible children, sorted, among the parents, which still stand in their line. */
static void extend_line(linas_nsga2 *engine, const uint32_t *children, size_t count) {
    const double *f = engine->objectives;
    const uint32_t *left = engine->line, *left_end = left + engine->line_count;
    const uint32_t *right = engine->spare, *right_end = right + count;
    uint32_t *out = engine->order;
    memcpy(engine->spare, children, count * sizeof *children);
    lns_sort_rows(f, count, 2, engine->spare, 1, engine->sorting);
    while (left < left_end && right < right_end) {
        int take = precedes(f + 2 * (size_t)*right, f + 2 * (size_t)*left);
        *out++ = take ? *right : *left;
        right += take;
        left += 1 - take;
    }
    memcpy(out, left, (size_t)(left_end - left) * sizeof *out);
    memcpy(out + (left_end - left), right, (size_t)(right_end - right) * sizeof *out);
    engine->line_count += count;
    memcpy(engine->line, engine->order, engine->line_count * sizeof *engine->line);
}

/* Two objectives: one order serves ranks and crowding, and stays for the next generation. */
static void rank_two(linas_nsga2 *engine, size_t count) {
    size_t new_ones = count - engine->line_count;
    extend_line(engine, engine->pool + engine->line_count, new_ones);
    size_t fronts = lns_pareto_sweep(engine->objectives, engine->line, count, engine->distances,
                                     engine->pool_ranks);
    list_fronts(engine, engine->line, count, fronts);
}

static linas_status rank_many(linas_nsga2 *engine, size_t count) {
    size_t m = engine->options.objectives, fronts;
    for (size_t i = 0; i < count; i++)
        memcpy(engine->points + i * m, engine->objectives + engine->pool[i] * m,
               m * sizeof *engine->points);
    LNS_TRY(lns_pareto_rank(&engine->work, engine->points, count, m, engine->pool_ranks, &fronts));
    list_fronts(engine, engine->pool, count, fronts);
    return LINAS_OK;
}

/* Infeasible ones behind all fronts, one rank per amount of violation. */
static void rank_infeasible(linas_nsga2 *engine, size_t good, size_t count) {
    const double *violations = engine->violations;
    uint32_t *bad = engine->order + good;
    memcpy(bad, engine->pool + good, (count - good) * sizeof *bad);
    lns_sort_rows(violations, count - good, 1, bad, 1, engine->sorting);
    for (size_t i = 0; i < count - good; i++)
        if (i == 0 || violations[bad[i]] != violations[bad[i - 1]])
            engine->starts[engine->fronts++] = (uint32_t)(good + i);
    engine->starts[engine->fronts] = (uint32_t)count;
}

/* -- crowding ---------------------------------------------------------------------------------- */

/* A front of two objectives that comes sorted: the neighbours by the first are those by the second.
 * Halves where the range of huge numbers is not finite. */
static void crowd_sorted(const linas_nsga2 *engine, const uint32_t *front, size_t count,
                         double *distances) {
    const double *f = engine->objectives;
    const double *first = f + 2 * (size_t)front[0], *last = f + 2 * (size_t)front[count - 1];
    double scale = isfinite(last[0] - first[0]) && isfinite(first[1] - last[1]) ? 1.0 : 0.5;
    double range0 = last[0] * scale - first[0] * scale, range1 = first[1] * scale - last[1] * scale;
    for (size_t i = 1; i + 1 < count; i++) {
        const double *before = f + 2 * (size_t)front[i - 1], *after = f + 2 * (size_t)front[i + 1];
        double gap0 = after[0] * scale - before[0] * scale;
        double gap1 = before[1] * scale - after[1] * scale;
        distances[i] = (range0 > 0.0 ? gap0 / range0 : 0.0) + (range1 > 0.0 ? gap1 / range1 : 0.0);
    }
    distances[0] = distances[count - 1] = (double)INFINITY;
}

static linas_status crowd(linas_nsga2 *engine, const uint32_t *front, size_t count,
                          double *distances) {
    size_t m = engine->options.objectives;
    for (size_t i = 0; i < count; i++)
        memcpy(engine->points + i * m, engine->objectives + front[i] * m,
               m * sizeof *engine->points);
    return lns_pareto_crowding(&engine->work, engine->points, count, m, distances);
}

/* -- the next parents -------------------------------------------------------------------------- */

void lns_nsga2_take(linas_nsga2 *engine, size_t f, size_t start, size_t count) {
    size_t left = engine->options.population - engine->parent_count;
    uint32_t *sorted = engine->spare;
    for (size_t i = 0; i < count; i++)
        engine->distances[i] = -engine->distances[i];
    lns_sort_rows(engine->distances, count, 1, sorted, 0, engine->sorting);
    for (size_t i = 0; i < count && i < left; i++) {
        size_t at = engine->parent_count++;
        engine->parents[at] = engine->order[start + sorted[i]];
        engine->ranks[at] = (uint32_t)f;
        engine->crowding[at] = -engine->distances[sorted[i]];
    }
}

/* What is left of the line; equals stand as the parents do, so that the parents alone say how. */
static void shorten_line(linas_nsga2 *engine, const uint32_t *places) {
    const double *f = engine->objectives;
    uint32_t *line = engine->line;
    size_t kept = 0;
    for (size_t i = 0; i < engine->line_count; i++) {
        uint32_t slot = line[i];
        if (places[slot] == 0)
            continue;
        size_t at = kept++;
        for (; at > 0 && places[line[at - 1]] > places[slot] &&
               !precedes(f + 2 * (size_t)line[at - 1], f + 2 * (size_t)slot);
             at--)
            line[at] = line[at - 1];
        line[at] = slot;
    }
    engine->line_count = kept;
}

void lns_nsga2_make_line(linas_nsga2 *engine) {
    engine->line_count = 0;
    for (size_t i = 0; i < engine->parent_count && engine->options.objectives == 2; i++)
        if (feasible(engine, engine->parents[i]))
            engine->line[engine->line_count++] = engine->parents[i];
    lns_sort_rows(engine->objectives, engine->line_count, 2, engine->line, 1, engine->sorting);
}

/* After the parents have changed: the slots that are free, and the line. */
static void settle(linas_nsga2 *engine) {
    uint32_t slots = 2 * engine->options.population, *places = engine->pool_ranks;
    size_t count = 0;
    memset(places, 0, slots * sizeof *places);
    for (uint32_t i = 0; i < engine->parent_count; i++)
        places[engine->parents[i]] = i + 1;
    for (uint32_t slot = 0; slot < slots; slot++) {
        engine->children[count] = slot;
        count += places[slot] == 0;
    }
    engine->child_count = 0;
    shorten_line(engine, places);
}

linas_status lns_nsga2_survive(linas_nsga2 *engine) {
    size_t good, count = fill_pool(engine, &good), swept = 0;
    if (engine->options.objectives == 2) {
        rank_two(engine, good);
        swept = engine->fronts;
    } else
        LNS_TRY(rank_many(engine, good));
    size_t first = engine->reference ? engine->fronts : 0;
    rank_infeasible(engine, good, count);
    engine->parent_count = 0;
    lns_reference_take(engine, first);
    for (size_t f = first; f < engine->fronts && engine->parent_count < engine->options.population;
         f++) {
        size_t start = engine->starts[f], size = engine->starts[f + 1] - start;
        if (f < swept)
            crowd_sorted(engine, engine->order + start, size, engine->distances);
        else
            LNS_TRY(crowd(engine, engine->order + start, size, engine->distances));
        lns_nsga2_take(engine, f, start, size);
    }
    settle(engine);
    return LINAS_OK;
}
