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

/* -- two objectives ---------------------------------------------------------------------------- */

/* The latest point of a front has its smallest second objective, and so alone decides; fronts'
 * latest points rise with the fronts. */
size_t lns_pareto_sweep(const double *points, const uint32_t *order, size_t n, double *tails,
                        uint32_t *ranks) {
    size_t fronts = 0, front = 0;
    for (size_t i = 0; i < n; i++) {
        const double *point = points + 2 * (size_t)order[i];
        double second = point[1];
        bool same = i > 0 && points[2 * (size_t)order[i - 1] + 1] == second &&
                    points[2 * (size_t)order[i - 1]] == point[0];
        if (!same) {
            size_t low = 0;
            for (size_t length = fronts; length > 0;) {
                size_t half = length / 2;
                bool beaten = tails[low + half] <= second;
                low = beaten ? low + half + 1 : low;
                length = beaten ? length - half - 1 : half;
            }
            front = low;
            tails[front] = second;
            fronts += front == fronts;
        }
        ranks[i] = (uint32_t)front;
    }
    return fronts;
}

/* -- all together ------------------------------------------------------------------------------ */

static linas_status reserve(lns_pareto_workspace *work, size_t n) {
    if (!lns_grow(work->context, &work->words, &work->words_capacity, LNS_SORT_WORK * n,
                  sizeof *work->words) ||
        !lns_grow(work->context, &work->order, &work->order_capacity, n, sizeof *work->order) ||
        !lns_grow(work->context, &work->numbers, &work->numbers_capacity, n, sizeof *work->numbers))
        return lns_no_memory(work->context);
    return LINAS_OK;
}

linas_status lns_pareto_reserve(lns_pareto_workspace *work, size_t n, size_t m) {
    LNS_TRY(reserve(work, n));
    return m > 2 ? lns_pareto_reserve_many(work, n, m) : LINAS_OK;
}

static size_t rank_one(lns_pareto_workspace *work, const double *points, size_t n,
                       uint32_t *ranks) {
    const uint32_t *order = work->order;
    size_t fronts = 0;
    for (size_t i = 0; i < n; i++) {
        fronts += i == 0 || points[order[i]] != points[order[i - 1]];
        ranks[order[i]] = (uint32_t)(fronts - 1);
    }
    return fronts;
}

static size_t rank_two(lns_pareto_workspace *work, const double *points, size_t n,
                       uint32_t *ranks) {
    uint32_t *in_order = (uint32_t *)(void *)work->words;
    size_t fronts = lns_pareto_sweep(points, work->order, n, work->numbers, in_order);
    for (size_t i = 0; i < n; i++)
        ranks[work->order[i]] = in_order[i];
    return fronts;
}

linas_status lns_pareto_rank(lns_pareto_workspace *work, const double *points, size_t n, size_t m,
                             uint32_t *ranks, size_t *fronts) {
    if (n > UINT32_MAX)
        return lns_fail(work->context, LINAS_ERROR_TOO_LARGE, "too many points");
    size_t count = 0;
    if (fronts)
        *fronts = 0;
    if (n == 0)
        return LINAS_OK;
    LNS_TRY(reserve(work, n));
    lns_sort_rows(points, n, m, work->order, 0, work->words);
    if (m == 1)
        count = rank_one(work, points, n, ranks);
    else if (m == 2)
        count = rank_two(work, points, n, ranks);
    else if (m == 3)
        LNS_TRY(lns_pareto_rank_three(work, points, n, ranks, &count));
    else
        LNS_TRY(lns_pareto_rank_many(work, points, n, m, ranks, &count));
    if (fronts)
        *fronts = count;
    return LINAS_OK;
}

linas_status lns_pareto_crowding(lns_pareto_workspace *work, const double *points, size_t n,
                                 size_t m, double *distances) {
    LNS_TRY(reserve(work, n));
    const uint32_t *order = work->order;
    double *column = work->numbers;
    for (size_t i = 0; i < n; i++)
        distances[i] = 0.0;
    for (size_t k = 0; k < m && n > 0; k++) {
        for (size_t i = 0; i < n; i++)
            column[i] = points[i * m + k];
        lns_sort_rows(column, n, 1, work->order, 0, work->words);
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
