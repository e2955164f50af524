/* SPDX-License-Identifier: Apache-2.0 */
#include "search/tail.h"
#include "num/stats.h"

#include <math.h>

/* The bulk of the first batch ends at this quantile; a tail is long when it lies apart from all
 * that is better by so many widths of the bulk. With fewer values there is no telling. */
static const double bulk = 0.6, long_jump = 2.0;
enum { FEWEST_VALUES = 8 };
/* How strongly a tail is bent: its values count by a logarithm in units of this share of the bulk.
 */
static const double share = 0.03;

typedef struct sorted_values {
    double *values; /* minimised, ascending */
    size_t count;
} sorted_values;

static bool jumps(const sorted_values *all, double start, double least) {
    for (size_t i = 1; i < all->count; i++)
        if (all->values[i] > start && all->values[i] - all->values[i - 1] > least)
            return true;
    return false;
}

static lns_tail tail_of(const sorted_values *first, const sorted_values *all) {
    lns_tail none = {(double)INFINITY, 0.0};
    if (first->count < FEWEST_VALUES)
        return none;
    double end = first->values[(size_t)(bulk * (double)(first->count - 1))];
    double width = end - first->values[0];
    if (!(width > 0.0) || !jumps(all, end, long_jump * width))
        return none;
    lns_tail tail = {end, share * width};
    return tail;
}

/* Minimised values of an objective among the first `ids` sub-networks. */
static size_t list_values(const lns_problem *problem, size_t objective, size_t ids,
                          double *values) {
    const lns_history *history = problem->history;
    size_t count = 0;
    for (size_t id = 0; id < history->proposed && id < ids; id++)
        if (lns_history_ok(history, id))
            values[count++] =
                problem->goals->goal[objective].sign * lns_history_values(history, id)[objective];
    return count;
}

typedef struct workspace {
    double *unsorted;
    size_t *order; /* twice as many */
} workspace;

static void sort_values(const workspace *work, sorted_values *sorted) {
    lns_sort_order(work->unsorted, sorted->count, work->order, work->order + sorted->count);
    for (size_t i = 0; i < sorted->count; i++)
        sorted->values[i] = work->unsorted[work->order[i]];
}

linas_status lns_tails_find(const lns_problem *problem, lns_tail *tails) {
    linas_context *context = problem->context;
    size_t most = problem->history->proposed;
    double *values = lns_alloc(context, most, 3 * sizeof *values);
    workspace work = {values, lns_alloc(context, most, 2 * sizeof *work.order)};
    linas_status status = values && work.order ? LINAS_OK : lns_no_memory(context);
    for (size_t j = 0; j < problem->goals->count && status == LINAS_OK; j++) {
        sorted_values first = {values + most, 0}, all = {values + 2 * most, 0};
        first.count = list_values(problem, j, problem->options->initial, values);
        sort_values(&work, &first);
        all.count = list_values(problem, j, most, values);
        sort_values(&work, &all);
        tails[j] = tail_of(&first, &all);
    }
    lns_free(context, values);
    lns_free(context, work.order);
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
