/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing a batch: greedily the sub-network whose prediction adds most hypervolume to what is
 * measured and chosen. Gains only shrink as the batch grows, so most of them need no second look
 * (lazy evaluation of a submodular gain: Minoux 1978). */
#include "search/pool.h"

#include <linas/pareto.h>
#include <math.h>
#include <string.h>

/* The reference lies this far beyond the worst of the front and the pool, in units of their range,
 * so that the ends of the front count. */
static const double beyond = 0.1;
/* Smaller gains are noise of rounding. */
static const double smallest_gain = 1e-12;

typedef struct greedy {
    linas_context *context;
    size_t m;
    size_t good;
    double *points;  /* of the pool, scaled to [0, 1] */
    double *members; /* the front and what was picked, scaled */
    size_t member_count;
    double *clipped;
    double *gains;
    size_t *known_at; /* `member_count` for which the gain was computed */
    bool *picked;
    double reference[LNS_MAX_OBJECTIVES];
    double lowest[LNS_MAX_OBJECTIVES];
    double range[LNS_MAX_OBJECTIVES];
    const lns_tail *tails;
} greedy;

/* -- scaling ----------------------------------------------------------------------------------- */

static void widen(greedy *g, const double *points, size_t count, double *highest) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < g->m; j++) {
            double v = lns_tail_bend(&g->tails[j], points[i * g->m + j]);
            g->lowest[j] = fmin(g->lowest[j], v);
            highest[j] = fmax(highest[j], v);
        }
}

static void scale(const greedy *g, const double *points, size_t count, double *scaled) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < g->m; j++)
            scaled[i * g->m + j] =
                (lns_tail_bend(&g->tails[j], points[i * g->m + j]) - g->lowest[j]) / g->range[j];
}

static void set_scale(greedy *g, const lns_pool *pool, const double *front, size_t count) {
    double highest[LNS_MAX_OBJECTIVES];
    for (size_t j = 0; j < g->m; j++) {
        g->lowest[j] = (double)INFINITY;
        highest[j] = -(double)INFINITY;
    }
    widen(g, front, count, highest);
    widen(g, pool->points, pool->good, highest);
    for (size_t j = 0; j < g->m; j++) {
        g->range[j] = highest[j] > g->lowest[j] ? highest[j] - g->lowest[j] : 1.0;
        g->reference[j] = 1.0 + beyond;
    }
}

/* -- gains ------------------------------------------------------------------------------------- */

/* What a point adds: its box below the reference less the part that members cover. */
static linas_status gain_of(greedy *g, size_t candidate, double *gain) {
    const double *point = g->points + candidate * g->m;
    double box = 1.0, covered;
    for (size_t j = 0; j < g->m; j++)
        box *= g->reference[j] - point[j];
    for (size_t i = 0; i < g->member_count; i++)
        for (size_t j = 0; j < g->m; j++)
            g->clipped[i * g->m + j] = fmax(g->members[i * g->m + j], point[j]);
    LNS_TRY(
        linas_hypervolume(g->context, g->clipped, g->member_count, g->m, g->reference, &covered));
    *gain = box - covered;
    return LINAS_OK;
}

static size_t largest(const greedy *g) {
    size_t best = g->good;
    for (size_t i = 0; i < g->good; i++)
        if (!g->picked[i] && (best == g->good || g->gains[i] > g->gains[best]))
            best = i;
    return best;
}

/* The candidate of largest gain, or `good` if none is left. */
static linas_status next_best(greedy *g, size_t *best) {
    for (;;) {
        *best = largest(g);
        if (*best == g->good || g->known_at[*best] == g->member_count)
            return LINAS_OK;
        LNS_TRY(gain_of(g, *best, &g->gains[*best]));
        g->known_at[*best] = g->member_count;
    }
}

static void forget_gains(greedy *g) {
    for (size_t i = 0; i < g->good; i++) {
        g->gains[i] = (double)INFINITY;
        g->known_at[i] = SIZE_MAX;
    }
}

static void pick(greedy *g, size_t candidate, lns_picks *picks) {
    memcpy(g->members + g->member_count++ * g->m, g->points + candidate * g->m,
           g->m * sizeof *g->points);
    g->picked[candidate] = true;
    picks->list[picks->count++] = candidate;
}

static linas_status pick_good(greedy *g, size_t wanted, lns_picks *picks) {
    forget_gains(g);
    while (picks->count < wanted) {
        size_t best;
        LNS_TRY(next_best(g, &best));
        if (best == g->good)
            return LINAS_OK;
        if (g->gains[best] > smallest_gain) {
            if (picks->count == 0 && g->member_count > 0)
                picks->gain = g->gains[best];
            pick(g, best, picks);
        } else if (g->member_count > 0) {
            /* Nothing adds to the members: look at the next layer by itself. */
            g->member_count = 0;
            forget_gains(g);
        } else {
            return LINAS_OK;
        }
    }
    return LINAS_OK;
}

/* -- all together ------------------------------------------------------------------------------ */

static void free_greedy(greedy *g) {
    lns_free(g->context, g->points);
    lns_free(g->context, g->members);
    lns_free(g->context, g->clipped);
    lns_free(g->context, g->gains);
    lns_free(g->context, g->known_at);
    lns_free(g->context, g->picked);
}

static linas_status make_greedy(greedy *g, const lns_pool *pool, size_t most_members) {
    g->context = pool->context;
    g->m = pool->objectives;
    g->good = pool->good;
    g->points = lns_alloc(g->context, g->good * g->m, sizeof *g->points);
    g->members = lns_alloc(g->context, most_members * g->m, sizeof *g->members);
    g->clipped = lns_alloc(g->context, most_members * g->m, sizeof *g->clipped);
    g->gains = lns_alloc(g->context, g->good, sizeof *g->gains);
    g->known_at = lns_alloc(g->context, g->good, sizeof *g->known_at);
    g->picked = lns_alloc_zero(g->context, g->good, sizeof *g->picked);
    return g->points && g->members && g->clipped && g->gains && g->known_at && g->picked
               ? LINAS_OK
               : lns_no_memory(g->context);
}

linas_status lns_pool_pick(const lns_pool *pool, const lns_aims *aims, size_t wanted,
                           lns_picks *picks) {
    greedy g;
    memset(&g, 0, sizeof g);
    picks->count = 0;
    picks->gain = 0.0;
    g.tails = aims->tails;
    linas_status status = make_greedy(&g, pool, aims->count + wanted);
    if (status == LINAS_OK) {
        set_scale(&g, pool, aims->front, aims->count);
        scale(&g, pool->points, pool->good, g.points);
        scale(&g, aims->front, aims->count, g.members);
        g.member_count = aims->count;
        status = pick_good(&g, wanted, picks);
    }
    free_greedy(&g);
    for (size_t i = pool->good; i < pool->count && picks->count < wanted; i++)
        picks->list[picks->count++] = i;
    return status;
}
