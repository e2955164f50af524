/* SPDX-License-Identifier: Apache-2.0 */
/* Survival by reference directions (Deb and Jain 2014, section IV): objectives are normalised by
 * the plane through the front's extreme points, every individual belongs to the direction that it
 * is nearest to, and the front that does not fit whole fills the emptiest directions. */
#include "nsga2/model.h"
#include "num/vector.h"

#include <math.h>
#include <string.h>

/* Along an axis those are extreme that are small in all other objectives: smallness there counts so
 * many times more than in its own. */
static const double off_axis = 1e6;
/* Of the front's width; below that, another objective counts as 0 for an extreme point. */
static const double negligible = 1e-3;
/* Planes that cut an axis nearer than that to the ideal, in widths of the front, are no planes. */
static const double least_intercept = 1e-6;
/* Of those about equally near to a direction the one nearer to the ideal is better; a little of the
 * way along the direction counts with the distance from it, so that rounding does not decide. */
static const double along = 0.01;
/* Normalised objectives of what lies far behind the front go no further, so that their squares are
 * numbers. */
static const double most_normal = 1e100;

typedef struct frame {
    const linas_nsga2 *engine;
    lns_reference *reference;
    size_t m;
    size_t first;  /* size of the first front */
    size_t looked; /* individuals that may survive: the first ones in the order */
} frame;

static const double *objectives_of(const frame *f, size_t place) {
    return f->engine->objectives + f->engine->order[place] * f->m;
}

/* How far a value is from the ideal one: half of it, since the whole may be too large. */
static double beyond_ideal(const frame *f, const double *objectives, size_t k) {
    return 0.5 * objectives[k] - 0.5 * f->reference->ideal[k];
}

/* -- normalisation ----------------------------------------------------------------------------- */

static void improve_ideal(const frame *f) {
    double *ideal = f->reference->ideal;
    for (size_t k = 0; k < f->m && !f->reference->learned; k++)
        ideal[k] = (double)INFINITY;
    for (size_t i = 0; i < f->first; i++)
        for (size_t k = 0; k < f->m; k++)
            if (objectives_of(f, i)[k] < ideal[k])
                ideal[k] = objectives_of(f, i)[k];
}

static double largest(const frame *f, size_t k, size_t count) {
    double most = 0.0;
    for (size_t i = 0; i < count; i++)
        if (beyond_ideal(f, objectives_of(f, i), k) > most)
            most = beyond_ideal(f, objectives_of(f, i), k);
    return most;
}

/* The front's; of all, where the front has none. */
static void measure_widths(const frame *f) {
    double *widths = f->reference->widths;
    for (size_t k = 0; k < f->m; k++) {
        widths[k] = largest(f, k, f->first);
        if (widths[k] <= 0.0)
            widths[k] = largest(f, k, f->looked);
        if (widths[k] <= 0.0)
            widths[k] = 1.0;
    }
}

/* A candidate for the extreme points, compared with the best ones of each axis. */
static void offer_extreme(const frame *f, const double *objectives, const double **rows,
                          double *least) {
    double own[LNS_NSGA2_OBJECTIVES], most = 0.0, second = 0.0;
    size_t at = 0;
    for (size_t k = 0; k < f->m; k++) {
        own[k] = beyond_ideal(f, objectives, k) / f->reference->widths[k];
        double counted = own[k] < negligible ? 0.0 : own[k];
        if (counted > most) {
            second = most;
            most = counted;
            at = k;
        } else if (counted > second)
            second = counted;
    }
    for (size_t k = 0; k < f->m; k++) {
        double others = off_axis * (k == at ? second : most);
        double reach = own[k] > others ? own[k] : others;
        if (reach < least[k]) {
            least[k] = reach;
            rows[k] = objectives;
        }
    }
}

/* From the front and the extreme points before. */
static void find_extremes(const frame *f) {
    const double *rows[LNS_NSGA2_OBJECTIVES];
    double least[LNS_NSGA2_OBJECTIVES], *found = f->reference->system;
    for (size_t k = 0; k < f->m; k++) {
        rows[k] = objectives_of(f, 0);
        least[k] = (double)INFINITY;
    }
    for (size_t k = 0; k < f->m && f->reference->learned; k++)
        offer_extreme(f, f->reference->extremes + k * f->m, rows, least);
    for (size_t i = 0; i < f->first; i++)
        offer_extreme(f, objectives_of(f, i), rows, least);
    for (size_t k = 0; k < f->m; k++)
        memcpy(found + k * f->m, rows[k], f->m * sizeof *found);
    memcpy(f->reference->extremes, found, f->m * f->m * sizeof *found);
}

static void swap_rows(double *system, size_t a, size_t b, size_t width) {
    for (size_t k = 0; k < width; k++) {
        double kept = system[a * width + k];
        system[a * width + k] = system[b * width + k];
        system[b * width + k] = kept;
    }
}

/* Gauss's elimination with row pivots; false when the matrix is singular or nearly so. The solution
 * is in the last column. */
static bool solve(double *system, size_t m) {
    size_t width = m + 1;
    for (size_t k = 0; k < m; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < m; i++)
            if (fabs(system[i * width + k]) > fabs(system[pivot * width + k]))
                pivot = i;
        if (!(fabs(system[pivot * width + k]) > 1e-12))
            return false;
        swap_rows(system, k, pivot, width);
        for (size_t i = 0; i < m; i++) {
            double factor = i == k ? 0.0 : system[i * width + k] / system[k * width + k];
            for (size_t j = k; j < width; j++)
                system[i * width + j] -= factor * system[k * width + j];
        }
    }
    for (size_t k = 0; k < m; k++)
        system[k * width + m] /= system[k * width + k];
    return true;
}

/* Where the plane through the extreme points cuts the axes, in widths of the front. */
static bool find_intercepts(const frame *f, double *intercepts) {
    size_t m = f->m, width = m + 1;
    double *system = f->reference->system;
    for (size_t i = 0; i < m; i++) {
        const double *extreme = f->reference->extremes + i * m;
        for (size_t k = 0; k < m; k++)
            system[i * width + k] = beyond_ideal(f, extreme, k) / f->reference->widths[k];
        system[i * width + m] = 1.0;
    }
    if (!solve(system, m))
        return false;
    for (size_t k = 0; k < m; k++) {
        intercepts[k] = 1.0 / system[k * width + m];
        if (!(intercepts[k] > least_intercept && isfinite(intercepts[k])))
            return false;
    }
    return true;
}

/* Widths become those up to the intercepts, but not beyond all individuals. Without a plane they
 * are the front's. */
static void stretch(const frame *f) {
    double intercepts[LNS_NSGA2_OBJECTIVES], *widths = f->reference->widths;
    if (!find_intercepts(f, intercepts))
        return;
    for (size_t k = 0; k < f->m; k++) {
        double most = largest(f, k, f->looked), width = widths[k] * intercepts[k];
        if (most > 0.0 && width > most)
            width = most;
        if (width > 0.0)
            widths[k] = width;
    }
}

static void normalise(const frame *f) {
    improve_ideal(f);
    measure_widths(f);
    find_extremes(f);
    stretch(f);
    f->reference->learned = true;
}

/* -- association ------------------------------------------------------------------------------- */

static void associate(const frame *f, size_t place) {
    lns_reference *reference = f->reference;
    double point[LNS_NSGA2_OBJECTIVES], product, square = 0.0;
    uint32_t slot = f->engine->order[place];
    for (size_t k = 0; k < f->m; k++) {
        point[k] = beyond_ideal(f, objectives_of(f, place), k) / reference->widths[k];
        if (point[k] > most_normal)
            point[k] = most_normal;
    }
    size_t nearest =
        lns_largest_product(point, f->m, reference->columns, reference->stride, &product);
    for (size_t k = 0; k < f->m; k++) {
        double apart = point[k] - product * reference->columns[k * reference->stride + nearest];
        square += apart * apart;
    }
    reference->niches[slot] = (uint32_t)nearest;
    reference->distances[slot] = sqrt(square) + along * product;
}

/* -- niches ------------------------------------------------------------------------------------ */

static void count_survivors(lns_reference *r, const uint32_t *slots, size_t count) {
    memset(r->counts, 0, r->directions * sizeof *r->counts);
    for (size_t i = 0; i < count; i++)
        r->counts[r->niches[slots[i]]]++;
}

/* Candidates by direction; returns the number of directions that have any. */
static size_t list_candidates(lns_reference *r, const uint32_t *slots, size_t count) {
    uint32_t sum = 0;
    size_t open = 0;
    memset(r->ends, 0, r->directions * sizeof *r->ends);
    for (size_t i = 0; i < count; i++)
        r->ends[r->niches[slots[i]]]++;
    for (uint32_t d = 0; d < r->directions; d++) {
        uint32_t size = r->ends[d];
        r->starts[d] = r->ends[d] = sum;
        sum += size;
        r->open[open] = d;
        open += size > 0;
    }
    for (size_t i = 0; i < count; i++)
        r->members[r->ends[r->niches[slots[i]]]++] = slots[i];
    return open;
}

/* An empty direction takes the nearest candidate, others any; it leaves the list. */
static uint32_t take_candidate(lns_reference *r, uint32_t direction, lns_rng *rng) {
    uint32_t *list = r->members + r->starts[direction], at = 0;
    uint32_t count = r->ends[direction] - r->starts[direction]++;
    if (r->counts[direction]++ > 0)
        at = lns_rng_below(rng, count);
    else
        for (uint32_t i = 1; i < count; i++)
            if (r->distances[list[i]] < r->distances[list[at]])
                at = i;
    uint32_t taken = list[at];
    list[at] = list[0];
    return taken;
}

/* Lists the directions with candidates that have the fewest survivors; others are forgotten. */
static size_t find_ready(lns_reference *r, size_t *open) {
    uint32_t fewest = UINT32_MAX;
    size_t kept = 0, ready = 0;
    for (size_t i = 0; i < *open; i++) {
        uint32_t d = r->open[i];
        if (r->starts[d] == r->ends[d])
            continue;
        r->open[kept++] = d;
        if (r->counts[d] < fewest) {
            fewest = r->counts[d];
            ready = 0;
        }
        if (r->counts[d] == fewest)
            r->ready[ready++] = d;
    }
    *open = kept;
    return ready;
}

/* The first `wanted` of the list become a random choice from it. */
static void choose(uint32_t *list, size_t count, size_t wanted, lns_rng *rng) {
    for (size_t i = 0; i < wanted; i++) {
        size_t other = i + lns_rng_below(rng, (uint32_t)(count - i));
        uint32_t kept = list[i];
        list[i] = list[other];
        list[other] = kept;
    }
}

/* Puts those to the beginning of a front of which `room` survive; `whole` survive anyway. */
static void fill_niches(const frame *f, size_t whole, size_t room) {
    const linas_nsga2 *engine = f->engine;
    lns_reference *r = f->reference;
    uint32_t *front = engine->order + whole;
    lns_rng rng =
        lns_rng_stream(engine->options.seed, LNS_RNG_NSGA2_SURVIVAL, engine->generation, 0);
    count_survivors(r, engine->order, whole);
    size_t open = list_candidates(r, front, f->looked - whole), taken = 0;
    while (taken < room) {
        size_t ready = find_ready(r, &open), left = room - taken;
        if (left < ready)
            choose(r->ready, ready, left, &rng);
        for (size_t i = 0; i < ready && i < left; i++)
            front[taken++] = take_candidate(r, r->ready[i], &rng);
    }
}

/* -- all together ------------------------------------------------------------------------------ */

static void take(linas_nsga2 *engine, size_t front, size_t start, size_t count) {
    for (size_t i = 0; i < count; i++)
        engine->distances[i] = 0.0 - engine->reference->distances[engine->order[start + i]];
    lns_nsga2_take(engine, front, start, count);
}

void lns_reference_take(linas_nsga2 *engine, size_t fronts) {
    const uint32_t *starts = engine->starts;
    size_t whole = 0, population = engine->options.population;
    if (fronts == 0)
        return;
    while (whole < fronts && starts[whole + 1] <= population)
        whole++;
    bool split = whole < fronts && starts[whole] < population;
    frame f = {engine, engine->reference, engine->options.objectives, starts[1],
               starts[split ? whole + 1 : whole]};
    normalise(&f);
    for (size_t i = 0; i < f.looked; i++)
        associate(&f, i);
    if (split)
        fill_niches(&f, starts[whole], population - starts[whole]);
    for (size_t i = 0; i < whole; i++)
        take(engine, i, starts[i], starts[i + 1] - starts[i]);
    if (split)
        take(engine, whole, starts[whole], population - starts[whole]);
}
