/* SPDX-License-Identifier: Apache-2.0 */
#include "search/tail.h"
#include "num/stats.h"

#include <math.h>

/* The bulk ends at this quantile; a tail is long when it reaches so many times as far beyond the
 * bulk as the bulk is wide. With fewer values there is no telling. */
static const double bulk = 0.8, long_reach = 2.0;
enum { FEWEST_VALUES = 8 };
/* How strongly a tail is bent: its values count by a logarithm in units of this share of the bulk.
 */
static const double share = 0.03;

static lns_tail tail_of(const double *sorted, size_t count) {
    lns_tail none = {(double)INFINITY, 0.0};
    if (count < FEWEST_VALUES)
        return none;
    double end = sorted[(size_t)(bulk * (double)(count - 1))], width = end - sorted[0];
    if (!(width > 0.0) || !(sorted[count - 1] - end > long_reach * width))
        return none;
    lns_tail tail = {end, share * width};
    return tail;
}

/* Minimised values of an objective in the first batch, ascending. */
static size_t first_values(const lns_problem *problem, size_t objective, double *values) {
    const lns_history *history = problem->history;
    size_t count = 0, first = problem->options->initial;
    for (size_t id = 0; id < history->proposed && id < first; id++)
        if (lns_history_ok(history, id))
            values[count++] =
                problem->goals->goal[objective].sign * lns_history_values(history, id)[objective];
    return count;
}

linas_status lns_tails_find(const lns_problem *problem, lns_tail *tails) {
    linas_context *context = problem->context;
    size_t first = problem->options->initial;
    double *values = lns_alloc(context, first, 2 * sizeof *values);
    size_t *order = lns_alloc(context, first, 2 * sizeof *order);
    linas_status status = values && order ? LINAS_OK : lns_no_memory(context);
    for (size_t j = 0; j < problem->goals->count && status == LINAS_OK; j++) {
        double *sorted = values + first;
        size_t count = first_values(problem, j, values);
        lns_sort_order(values, count, order, order + first);
        for (size_t i = 0; i < count; i++)
            sorted[i] = values[order[i]];
        tails[j] = tail_of(sorted, count);
    }
    lns_free(context, values);
    lns_free(context, order);
    return status;
}

/* What the logarithm differs by between processors must not decide. */
enum { KEPT_BITS = 30 };

double lns_tail_bend(const lns_tail *tail, double value) {
    if (!(value > tail->start))
        return value;
    double units = lns_round_to_grid(log1p((value - tail->start) / tail->scale), KEPT_BITS);
    return tail->start + tail->scale * units;
}
