/* SPDX-License-Identifier: Apache-2.0 */
/* How well predictions agree with the truth. */
#include "predict/predict.h"
#include "num/stats.h"

#include <math.h>

double linas_metric_mape(const double *truth, const double *predicted, size_t n) {
    if (!truth || !predicted)
        return NAN;
    double sum = 0.0;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (truth[i] == 0.0)
            continue;
        double error = (predicted[i] - truth[i]) / truth[i];
        /* The difference of two huge numbers may overflow where their ratio does not. */
        if (isinf(error) && isfinite(predicted[i]) && isfinite(truth[i]))
            error = predicted[i] / truth[i] - 1.0;
        sum += fabs(error);
        used++;
    }
    return used > 0 ? 100.0 * sum / (double)used : NAN;
}

double linas_metric_rmse(const double *truth, const double *predicted, size_t n) {
    if (!truth || !predicted || n == 0)
        return NAN;
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        double error = fabs(predicted[i] - truth[i]);
        if (isnan(error))
            return NAN;
        largest = fmax(largest, error);
    }
    if (largest == 0.0 || isinf(largest))
        return largest;
    /* Scaled by a power of two, so that no square overflows and none loses a bit. */
    int exponent;
    frexp(largest, &exponent);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double error = ldexp(predicted[i] - truth[i], -exponent);
        sum += error * error;
    }
    return ldexp(sqrt(sum / (double)n), exponent);
}

static linas_status check_pairs(linas_context *context, const double *a, const double *b, size_t n,
                                const double *result) {
    lns_clear(context);
    if (!context || !result || (n > 0 && (!a || !b)))
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    for (size_t i = 0; i < n; i++)
        if (!isfinite(a[i]) || !isfinite(b[i]))
            return lns_fail(context, LINAS_ERROR_NOT_FINITE, "pair %zu is not finite", i);
    return LINAS_OK;
}

static uint64_t pairs_of(uint64_t n) {
    return n * (n - 1) / 2;
}

typedef struct pair_counts {
    uint64_t all, tied_a, tied_b, tied_both, discordant;
} pair_counts;

/* Orders the pairs by a and, within ties of a, by b: first by b, then stably by a. */
static void order_pairs(const double *a, const double *b, size_t n, double *sorted_a,
                        double *sorted_b, size_t *order, double *keys) {
    size_t *first = order, *second = order + n, *scratch = order + 2 * n;
    lns_sort_order(b, n, first, scratch);
    for (size_t i = 0; i < n; i++)
        keys[i] = a[first[i]];
    lns_sort_order(keys, n, second, scratch);
    for (size_t i = 0; i < n; i++) {
        sorted_a[i] = a[first[second[i]]];
        sorted_b[i] = b[first[second[i]]];
    }
}

static uint64_t count_ties(const double *sorted, const double *also, size_t n) {
    uint64_t ties = 0;
    for (size_t start = 0; start < n;) {
        size_t end = start + 1;
        while (end < n && sorted[end] == sorted[start] && (!also || also[end] == also[start]))
            end++;
        ties += pairs_of(end - start);
        start = end;
    }
    return ties;
}

/* Knight's method (1966): in the order of a, discordant pairs are the inversions of b. */
static void count_pairs(const double *a, const double *b, size_t n, double *numbers, size_t *order,
                        pair_counts *counts) {
    double *sorted_a = numbers, *sorted_b = numbers + n, *scratch = numbers + 2 * n;
    order_pairs(a, b, n, sorted_a, sorted_b, order, scratch);
    counts->all = pairs_of(n);
    counts->tied_a = count_ties(sorted_a, NULL, n);
    counts->tied_both = count_ties(sorted_a, sorted_b, n);
    counts->discordant = lns_count_inversions(sorted_b, n, scratch);
    counts->tied_b = count_ties(sorted_b, NULL, n);
}

linas_status linas_metric_kendall_tau(linas_context *context, const double *a, const double *b,
                                      size_t n, double *tau) {
    LNS_TRY(check_pairs(context, a, b, n, tau));
    *tau = NAN;
    if (n < 2)
        return LINAS_OK;
    double *numbers = lns_alloc(context, n, 3 * sizeof *numbers);
    size_t *order = lns_alloc(context, n, 3 * sizeof *order);
    if (numbers && order) {
        pair_counts counts;
        count_pairs(a, b, n, numbers, order, &counts);
        uint64_t untied_a = counts.all - counts.tied_a, untied_b = counts.all - counts.tied_b;
        uint64_t untied = untied_a - (counts.tied_b - counts.tied_both);
        double difference = (double)untied - 2.0 * (double)counts.discordant;
        if (untied_a == untied_b && untied_a > 0)
            *tau = difference / (double)untied_a;
        else if (untied_a > 0 && untied_b > 0)
            *tau = difference / (sqrt((double)untied_a) * sqrt((double)untied_b));
    }
    bool enough = numbers && order;
    lns_free(context, numbers);
    lns_free(context, order);
    return enough ? LINAS_OK : lns_no_memory(context);
}

static bool varies(const double *values, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (values[i] != values[0])
            return true;
    return false;
}

linas_status linas_metric_spearman(linas_context *context, const double *a, const double *b,
                                   size_t n, double *rho) {
    LNS_TRY(check_pairs(context, a, b, n, rho));
    *rho = NAN;
    if (!varies(a, n) || !varies(b, n))
        return LINAS_OK;
    double *ranks = lns_alloc(context, n, 2 * sizeof *ranks);
    if (!ranks)
        return lns_no_memory(context);
    linas_status status = lns_ranks(context, a, n, ranks);
    if (status == LINAS_OK)
        status = lns_ranks(context, b, n, ranks + n);
    if (status == LINAS_OK)
        *rho = lns_correlation(ranks, ranks + n, n);
    lns_free(context, ranks);
    return status;
}
