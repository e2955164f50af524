/* SPDX-License-Identifier: Apache-2.0 */
/* Non-dominated sorting and crowding distance. */
#include "pareto/pareto.h"

#include <math.h>
#include <string.h>

int32_t linas_pareto_compare(const double *a, const double *b, size_t m) {
    bool a_better = false, b_better = false;
    for (size_t k = 0; k < m; k++) {
        a_better = a_better || a[k] < b[k];
        b_better = b_better || b[k] < a[k];
    }
    return a_better == b_better ? 0 : a_better ? -1 : 1;
}

/* Points come in lexicographic order, so only earlier ones can dominate. */
typedef struct ranking {
    const double *points;
    size_t m;
    size_t *tail;     /* per front: its latest point */
    size_t *previous; /* per point: the one before it in its front, or itself */
} ranking;

static bool dominates(const double *a, const double *b, size_t m) {
    bool better = false;
    for (size_t k = 0; k < m; k++) {
        if (a[k] > b[k])
            return false;
        better = better || a[k] < b[k];
    }
    return better;
}

/* With two objectives the latest point of a front has its smallest second objective, and so alone
 * decides. */
static bool front_dominates(const ranking *r, size_t front, size_t point) {
    const double *candidate = r->points + point * r->m;
    for (size_t member = r->tail[front];; member = r->previous[member]) {
        if (dominates(r->points + member * r->m, candidate, r->m))
            return true;
        if (r->m <= 2 || r->previous[member] == member)
            return false;
    }
}

/* Efficient non-dominated sort with binary search (Zhang, Tian, Cheng and Jin 2015): what dominates
 * in a front is itself dominated in every earlier one. */
static size_t find_front(const ranking *r, size_t fronts, size_t point) {
    size_t low = 0, high = fronts;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (front_dominates(r, middle, point))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

linas_status lns_pareto_rank(lns_pareto_workspace *work, const double *points, size_t n, size_t m,
                             uint32_t *ranks, size_t *fronts) {
    if (!lns_grow(work->context, &work->order, &work->order_capacity, 2 * n, sizeof *work->order) ||
        !lns_grow(work->context, &work->fronts, &work->fronts_capacity, 2 * n,
                  sizeof *work->fronts))
        return lns_no_memory(work->context);
    lns_sort_rows(points, n, m, work->order, work->order + n);
    ranking r = {points, m, work->fronts, work->fronts + n};
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t point = work->order[i], front = find_front(&r, count, point);
        r.previous[point] = front == count ? point : r.tail[front];
        r.tail[front] = point;
        count += front == count;
        ranks[point] = (uint32_t)front;
    }
    if (fronts)
        *fronts = count;
    return LINAS_OK;
}

linas_status lns_pareto_crowding(lns_pareto_workspace *work, const double *points, size_t n,
                                 size_t m, double *distances) {
    if (!lns_grow(work->context, &work->order, &work->order_capacity, 2 * n, sizeof *work->order) ||
        !lns_grow(work->context, &work->numbers, &work->numbers_capacity, n, sizeof *work->numbers))
        return lns_no_memory(work->context);
    double *column = work->numbers;
    for (size_t i = 0; i < n; i++)
        distances[i] = 0.0;
    for (size_t k = 0; k < m && n > 0; k++) {
        for (size_t i = 0; i < n; i++)
            column[i] = points[i * m + k];
        const size_t *order = work->order;
        lns_sort_rows(column, n, 1, work->order, work->order + n);
        /* Halves where the range of huge numbers is not finite. */
        double least = column[order[0]], most = column[order[n - 1]];
        double scale = isfinite(most - least) ? 1.0 : 0.5;
        double range = most * scale - least * scale;
        distances[order[0]] = distances[order[n - 1]] = (double)INFINITY;
        for (size_t i = 1; i + 1 < n && range > 0.0; i++)
            distances[order[i]] +=
                (column[order[i + 1]] * scale - column[order[i - 1]] * scale) / range;
    }
    return LINAS_OK;
}

/* -- the public face
 * ------------------------------------------------------------------------------- */

static linas_status check_points(linas_context *context, const double *points, size_t n, size_t m,
                                 const void *out) {
    if (!context || (!points && n > 0) || (!out && n > 0))
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    if (m == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "points need 1 objective or more");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            if (!isfinite(points[i * m + k]))
                return lns_fail(context, LINAS_ERROR_NOT_FINITE,
                                "objective %zu of point %zu is not finite", k, i);
    return LINAS_OK;
}

linas_status linas_pareto_rank(linas_context *context, const double *points, size_t n, size_t m,
                               uint32_t *ranks, size_t *fronts) {
    lns_clear(context);
    LNS_TRY(check_points(context, points, n, m, ranks));
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    linas_status status = lns_pareto_rank(&work, points, n, m, ranks, fronts);
    lns_pareto_workspace_free(&work);
    return status;
}

linas_status linas_pareto_crowding(linas_context *context, const double *points, size_t n, size_t m,
                                   double *distances) {
    lns_clear(context);
    LNS_TRY(check_points(context, points, n, m, distances));
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    linas_status status = lns_pareto_crowding(&work, points, n, m, distances);
    lns_pareto_workspace_free(&work);
    return status;
}

linas_status linas_hypervolume(linas_context *context, const double *points, size_t n, size_t m,
                               const double *reference, double *hypervolume) {
    lns_clear(context);
    LNS_TRY(check_points(context, points, n, m, points));
    LNS_TRY(check_points(context, reference, 1, m, reference));
    if (!hypervolume)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "no place for the hypervolume");
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    double result = 0.0;
    linas_status status = lns_hypervolume(&work, points, n, m, reference, &result);
    lns_pareto_workspace_free(&work);
    if (status == LINAS_OK && !isfinite(result))
        status =
            lns_fail(context, LINAS_ERROR_NOT_FINITE, "the hypervolume is too large for a double");
    if (status == LINAS_OK)
        *hypervolume = result;
    return status;
}
