/* SPDX-License-Identifier: Apache-2.0 */
/* Exact hypervolume: sweeps for up to three objectives. Above, points are taken from the tallest
 * down, and each adds what it has for itself in one dimension less (as in HV4D: Guerreiro, Fonseca
 * and Emmerich 2012), which lies between the floors that single other points set, and is found
 * there by the same means. Inside, a point is kept as the sides of its box below the reference (all
 * positive, larger is better). */
#include "pareto/places.h"
#include "pareto/relevant.h"
#include "pareto/pareto.h"

#include <math.h>
#include <string.h>

/* What the measure of some number of dimensions works with; only one is at work at a time. */
typedef struct level {
    double *rows;   /* boxes to measure */
    lns_boxes set;  /* those seen so far, without their last side */
    double *column; /* what rows are sorted by */
    uint32_t *order;
    uint32_t *list;
    uint64_t *sorting;
} level;

enum { MOST_DIMENSIONS = 64, FEW = 24, MANY = 4096 };

typedef struct volume {
    int32_t vectors;
    level levels[MOST_DIMENSIONS + 2];
} volume;

static double measure(volume *v, size_t n, size_t d);

/* -- two and three dimensions ------------------------------------------------------------------ */

static double measure1(const double *rows, size_t n) {
    double widest = 0.0;
    for (size_t i = 0; i < n; i++)
        widest = rows[i] > widest ? rows[i] : widest;
    return widest;
}

static double measure2(const level *l, size_t n) {
    double area = 0.0, tallest = 0.0;
    for (size_t i = 0; i < n; i++)
        l->column[i] = -l->rows[2 * i];
    lns_sort_rows(l->column, n, 1, l->order, 0, l->sorting);
    for (size_t i = 0; i < n; i++) {
        const double *row = l->rows + 2 * (size_t)l->order[i];
        double more = row[1] - tallest;
        area += more > 0.0 ? row[0] * more : 0.0;
        tallest = more > 0.0 ? row[1] : tallest;
    }
    return area;
}

/* The staircase of a two-dimensional front: first side falling, second side rising. */
typedef struct stairs {
    double *steps; /* pairs */
    size_t count;
    double area;
} stairs;

/* Number of steps whose first side is larger than x. */
static size_t steps_wider(const stairs *s, double x) {
    size_t low = 0, length = s->count;
    while (length > 0) {
        size_t half = length / 2;
        bool wider = s->steps[2 * (low + half)] > x;
        low = wider ? low + half + 1 : low;
        length = wider ? length - half - 1 : half;
    }
    return low;
}

/* Adds the box (x, y); steps that it covers go, and the area grows by what is new. */
static void add_step(stairs *s, double x, double y) {
    size_t at = steps_wider(s, x);
    double below = at > 0 ? s->steps[2 * at - 1] : 0.0;
    if (below >= y || (at < s->count && s->steps[2 * at] == x && s->steps[2 * at + 1] >= y))
        return;
    double right = x;
    size_t end = at;
    while (end < s->count && s->steps[2 * end + 1] <= y) {
        s->area += (right - s->steps[2 * end]) * (y - below);
        below = s->steps[2 * end + 1];
        right = s->steps[2 * end];
        end++;
    }
    s->area += (right - (end < s->count ? s->steps[2 * end] : 0.0)) * (y - below);
    memmove(s->steps + 2 * (at + 1), s->steps + 2 * end, 2 * (s->count - end) * sizeof *s->steps);
    s->count = s->count - (end - at) + 1;
    s->steps[2 * at] = x;
    s->steps[2 * at + 1] = y;
}

/* Order of the rows from the tallest, by their last side, down. */
static void sort_by_height(const level *l, size_t n, size_t d) {
    uint32_t *order = l->order;
    for (size_t i = 0; i < n; i++)
        l->column[i] = -l->rows[i * d + d - 1];
    if (n > FEW) {
        lns_sort_rows(l->column, n, 1, order, 0, l->sorting);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && l->column[order[at - 1]] > l->column[i]; at--)
            order[at] = order[at - 1];
        order[at] = (uint32_t)i;
    }
}

/* Slices from the tallest down: between two heights the cross-section is the staircase so far. */
static double measure3(const level *l, size_t n) {
    stairs s = {l->set.sides, 0, 0.0};
    double total = 0.0;
    sort_by_height(l, n, 3);
    for (size_t i = 0; i < n; i++) {
        const double *row = l->rows + 3 * (size_t)l->order[i];
        add_step(&s, row[0], row[1]);
        double next = i + 1 < n ? l->rows[3 * (size_t)l->order[i + 1] + 2] : 0.0;
        total += s.area * (row[2] - next);
    }
    return total;
}

/* As add_step(), where steps are the places of boxes among all, the widest first: nothing moves. */
static double add_place(const level *l, lns_places *places, const uint32_t *at, size_t place) {
    const double *box = l->rows + 3 * (size_t)at[place];
    size_t previous = lns_places_before(places, place + 1);
    double below = previous < place + 1 ? l->rows[3 * (size_t)at[previous] + 1] : 0.0;
    double right = box[0], grown = 0.0;
    if (below >= box[1])
        return 0.0;
    size_t next = lns_places_from(places, place);
    while (next < places->count && l->rows[3 * (size_t)at[next] + 1] <= box[1]) {
        const double *covered = l->rows + 3 * (size_t)at[next];
        grown += (right - covered[0]) * (box[1] - below);
        below = covered[1];
        right = covered[0];
        lns_places_clear(places, next);
        next = lns_places_from(places, next);
    }
    double end = next < places->count ? l->rows[3 * (size_t)at[next]] : 0.0;
    lns_places_set(places, place);
    return grown + (right - end) * (box[1] - below);
}

/* n log n however large the staircase becomes. */
static double measure3_many(const level *l, size_t n) {
    lns_places places;
    uint32_t *at = l->list, *place = (uint32_t *)(void *)l->set.sides;
    double total = 0.0, area = 0.0;
    for (size_t i = 0; i < n; i++)
        l->column[i] = -l->rows[3 * i];
    lns_sort_rows(l->column, n, 1, at, 0, l->sorting);
    for (size_t i = 0; i < n; i++)
        place[at[i]] = (uint32_t)i;
    sort_by_height(l, n, 3);
    lns_places_init(&places, l->sorting, n);
    for (size_t i = 0; i < n; i++) {
        size_t row = l->order[i];
        area += add_place(l, &places, at, place[row]);
        double next = i + 1 < n ? l->rows[3 * (size_t)l->order[i + 1] + 2] : 0.0;
        total += area * (l->rows[3 * row + 2] - next);
    }
    return total;
}

/* -- more -------------------------------------------------------------------------------------- */

static double product(const double *sides, size_t d) {
    double value = 1.0;
    for (size_t k = 0; k < d; k++)
        value *= sides[k];
    return value;
}

/* What the first two boxes share with one another. */
static double shared(const double *rows, size_t d) {
    double value = 1.0;
    for (size_t k = 0; k < d; k++)
        value *= rows[k] < rows[d + k] ? rows[k] : rows[d + k];
    return value;
}

/* What `box` has for itself beside the boxes of `set`; negative if it is covered by one of them. */
static double own_volume(volume *v, const lns_boxes *set, const double *box) {
    size_t d = set->dimensions, count;
    double floors[MOST_DIMENSIONS], *rows = v->levels[d].rows, whole = 1.0;
    const uint32_t *list = v->levels[d].list;
    if (!lns_relevant_boxes(set, box, v->vectors, floors, v->levels[d].list, &count))
        return -1.0;
    for (size_t k = 0; k < d; k++)
        whole *= box[k] - floors[k];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < d; k++) {
            double side = set->sides[k * set->stride + list[i]];
            rows[i * d + k] = (side < box[k] ? side : box[k]) - floors[k];
        }
    if (count == 0)
        return whole;
    if (count == 1)
        return whole - product(rows, d);
    if (count == 2)
        return whole - (product(rows, d) + product(rows + d, d) - shared(rows, d));
    double rest = whole - measure(v, count, d);
    return rest > 0.0 ? rest : 0.0;
}

static void clear_lanes(const lns_boxes *set, size_t first) {
    for (size_t k = 0; k < set->dimensions; k++)
        for (size_t i = 0; i < LNS_BOX_LANES; i++)
            set->sides[k * set->stride + first + i] = 0.0;
}

static void add_box(lns_boxes *set, const double *box) {
    if (set->count % LNS_BOX_LANES == 0)
        clear_lanes(set, set->count);
    for (size_t k = 0; k < set->dimensions; k++)
        set->sides[k * set->stride + set->count] = box[k];
    set->count++;
}

static void remove_boxes(lns_boxes *set, const uint32_t *list, size_t count) {
    while (count-- > 0) {
        size_t last = --set->count;
        for (size_t k = 0; k < set->dimensions; k++) {
            double *column = set->sides + k * set->stride;
            column[list[count]] = column[last];
            column[last] = 0.0;
        }
    }
}

static double measure_many(volume *v, size_t n, size_t d) {
    level *l = &v->levels[d];
    double total = 0.0, base = 0.0;
    l->set.count = 0;
    sort_by_height(l, n, d);
    for (size_t i = 0; i < n; i++) {
        const double *row = l->rows + l->order[i] * d;
        double own = own_volume(v, &l->set, row);
        if (own >= 0.0) {
            base += own;
            size_t covered = lns_covered_boxes(&l->set, row, v->vectors, l->list);
            remove_boxes(&l->set, l->list, covered);
            add_box(&l->set, row);
        }
        double next = i + 1 < n ? l->rows[l->order[i + 1] * d + d - 1] : 0.0;
        total += base * (row[d - 1] - next);
    }
    return total;
}

static double measure(volume *v, size_t n, size_t d) {
    const level *l = &v->levels[d];
    if (d == 1)
        return measure1(l->rows, n);
    if (d == 2)
        return measure2(l, n);
    if (d > 3)
        return measure_many(v, n, d);
    return n > MANY ? measure3_many(l, n) : measure3(l, n);
}

/* -- setting up -------------------------------------------------------------------------------- */

static size_t stride_of(size_t n) {
    return (n + LNS_BOX_LANES) / LNS_BOX_LANES * LNS_BOX_LANES;
}

/* Numbers that a level of d dimensions needs: rows, set or staircase, column, order and list in
 * one, sorting. */
static size_t level_numbers(size_t n, size_t d) {
    return n * d + stride_of(n) * (d < 3 ? 3 : d) + n + (n + 1) + LNS_SORT_WORK * n + 64;
}

static double *fill_level(level *l, double *numbers, size_t n, size_t d) {
    double *at = numbers;
    l->rows = at;
    at += n * d;
    l->set = (lns_boxes){at, stride_of(n), 0, d - 1};
    at += stride_of(n) * (d < 3 ? 3 : d);
    l->column = at;
    at += n;
    l->order = (uint32_t *)(void *)at;
    l->list = l->order + n;
    at += n + 1;
    l->sorting = (uint64_t *)(void *)at;
    return numbers + level_numbers(n, d);
}

/* Levels from the least that measuring m dimensions uses, to m. */
static linas_status make_volume(lns_pareto_workspace *work, size_t n, size_t m, volume *v) {
    size_t first = m < 3 ? m : 3, needed = 0;
    for (size_t d = first; d <= m; d++)
        needed += level_numbers(n, d);
    if (!lns_grow(work->context, &work->numbers, &work->numbers_capacity, needed,
                  sizeof *work->numbers))
        return lns_no_memory(work->context);
    v->vectors = work->vectors;
    double *numbers = work->numbers;
    for (size_t d = first; d <= m; d++)
        numbers = fill_level(&v->levels[d], numbers, n, d);
    return LINAS_OK;
}

static linas_status check_dimensions(const lns_pareto_workspace *work, size_t n, size_t m) {
    if (m > MOST_DIMENSIONS || n > UINT32_MAX)
        return lns_fail(work->context, LINAS_ERROR_TOO_LARGE,
                        "the hypervolume of more than %d objectives is out of reach",
                        MOST_DIMENSIONS);
    return LINAS_OK;
}

/* The box of a point; false unless the point lies strictly below the reference. */
static bool make_box(const double *point, const double *reference, size_t m, double *box) {
    bool inside = true;
    for (size_t k = 0; k < m; k++) {
        box[k] = reference[k] - point[k];
        inside = inside && box[k] > 0.0;
    }
    return inside;
}

linas_status lns_hypervolume(lns_pareto_workspace *work, const double *points, size_t n, size_t m,
                             const double *reference, double *hypervolume) {
    volume v;
    size_t count = 0;
    LNS_TRY(check_dimensions(work, n, m));
    LNS_TRY(make_volume(work, n, m, &v));
    double *rows = v.levels[m].rows;
    for (size_t i = 0; i < n; i++)
        count += make_box(points + i * m, reference, m, rows + count * m);
    *hypervolume = count > 0 ? measure(&v, count, m) : 0.0;
    return LINAS_OK;
}

/* The same in one and two dimensions: what is left when the others, cut to the box, are taken off.
 */
static linas_status gain_of_few(lns_pareto_workspace *work, const double *points, size_t n,
                                size_t m, const double *reference, const double *box,
                                double *gain) {
    volume v;
    size_t count = 0;
    LNS_TRY(make_volume(work, n, m, &v));
    double *rows = v.levels[m].rows;
    for (size_t i = 0; i < n; i++) {
        double *row = rows + count * m;
        count += make_box(points + i * m, reference, m, row);
        for (size_t k = 0; k < m; k++)
            row[k] = row[k] < box[k] ? row[k] : box[k];
    }
    double rest = product(box, m) - (count > 0 ? measure(&v, count, m) : 0.0);
    *gain = rest > 0.0 ? rest : 0.0;
    return LINAS_OK;
}

linas_status lns_hypervolume_gain(lns_pareto_workspace *work, const double *points, size_t n,
                                  size_t m, const double *reference, const double *point,
                                  double *gain) {
    volume v;
    double box[MOST_DIMENSIONS], other[MOST_DIMENSIONS];
    *gain = 0.0;
    LNS_TRY(check_dimensions(work, n, m));
    if (!make_box(point, reference, m, box))
        return LINAS_OK;
    if (m < 3)
        return gain_of_few(work, points, n, m, reference, box, gain);
    LNS_TRY(make_volume(work, n, m + 1, &v));
    lns_boxes *set = &v.levels[m + 1].set;
    for (size_t i = 0; i < n; i++)
        if (make_box(points + i * m, reference, m, other))
            add_box(set, other);
    double own = own_volume(&v, set, box);
    *gain = own > 0.0 ? own : 0.0;
    return LINAS_OK;
}
