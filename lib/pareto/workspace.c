/* SPDX-License-Identifier: Apache-2.0 */
#include "pareto/pareto.h"

#include <string.h>

void lns_pareto_workspace_init(lns_pareto_workspace *work, linas_context *context) {
    memset(work, 0, sizeof *work);
    work->context = context;
}

void lns_pareto_workspace_free(lns_pareto_workspace *work) {
    lns_free(work->context, work->order);
    lns_free(work->context, work->fronts);
    lns_free(work->context, work->numbers);
    lns_pareto_workspace_init(work, work->context);
}

static bool row_before(const double *points, size_t m, size_t a, size_t b) {
    const double *first = points + a * m, *second = points + b * m;
    for (size_t k = 0; k < m; k++)
        if (first[k] != second[k])
            return first[k] < second[k];
    return a < b;
}

/* Bottom-up merge sort: no recursion, no worst case, no library call that could allocate. */
void lns_sort_rows(const double *points, size_t n, size_t m, size_t *order, size_t *spare) {
    size_t *from = order, *to = spare;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = start + width < n ? start + width : n;
            size_t end = start + 2 * width < n ? start + 2 * width : n;
            size_t left = start, right = middle;
            for (size_t at = start; at < end; at++) {
                bool take_left = left < middle &&
                                 (right >= end || row_before(points, m, from[left], from[right]));
                to[at] = from[take_left ? left++ : right++];
            }
        }
        size_t *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
}
