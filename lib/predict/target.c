/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/target.h"
#include "num/stats.h"

#include <linas/predictor.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* Results of the mathematical library (log, exp, erfc) differ in last bits between processors;
 * what is kept of them is coarser. */
enum { KEPT_BITS = 40 };

static double largest_magnitude(const double *values, size_t n) {
    double largest = 0.0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(values[i]));
    return largest;
}

static bool all_equal(const double *values, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (values[i] != values[0])
            return false;
    return true;
}

/* Centres and scales in place. Differences to the first value are summed, which keeps the digits of
 * values that lie close together; the power of two keeps squares from overflowing. */
static void standardise(lns_target *target, double *z, size_t n) {
    int exponent;
    frexp(largest_magnitude(z, n), &exponent);
    target->exponent = exponent + 1;
    for (size_t i = 0; i < n; i++)
        z[i] = ldexp(z[i], -target->exponent);
    double first = z[0], sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += z[i] - first;
    target->centre = first + sum / (double)n;
    target->scale = 0.0;
    if (all_equal(z, n)) {
        target->centre = first + 0.0;
        memset(z, 0, n * sizeof *z);
        return;
    }
    double widest = 0.0;
    for (size_t i = 0; i < n; i++)
        widest = fmax(widest, fabs(z[i] - target->centre));
    for (size_t i = 0; i < n; i++) {
        double part = (z[i] - target->centre) / widest;
        squares += part * part;
    }
    target->scale = widest * sqrt(squares / (double)n);
    for (size_t i = 0; i < n; i++)
        z[i] = (z[i] - target->centre) / target->scale;
}

static linas_status take_logarithms(linas_context *context, const double *y, size_t n, double *z) {
    for (size_t i = 0; i < n; i++) {
        if (!(y[i] > 0.0))
            return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                            "row %zu: the target %g is not positive, as logarithms need", i, y[i]);
        z[i] = lns_round_to_grid(log(y[i]), KEPT_BITS);
    }
    return LINAS_OK;
}

/* Normal scores of the average ranks; each distinct target is a knot of the way back. */
static void fill_knots(lns_target *target, const double *y, size_t n, const size_t *order,
                       double *z) {
    for (size_t start = 0; start < n;) {
        size_t end = start + 1;
        while (end < n && y[order[end]] == y[order[start]])
            end++;
        double rank = 0.5 * ((double)start + (double)end);
        double score = lns_round_to_grid(lns_normal_quantile(rank / (double)n), KEPT_BITS);
        for (size_t i = start; i < end; i++)
            z[order[i]] = score;
        target->y[target->knots] = y[order[start]] + 0.0; /* no negative zero: JSON loses it */
        target->z[target->knots++] = score;
        start = end;
    }
}

static linas_status take_scores(linas_context *context, lns_target *target, const double *y,
                                size_t n, double *z) {
    target->z = lns_alloc(context, n, sizeof *target->z);
    target->y = lns_alloc(context, n, sizeof *target->y);
    size_t *order = lns_alloc(context, n, 2 * sizeof *order);
    bool enough = target->z && target->y && order;
    if (enough) {
        lns_sort_order(y, n, order, order + n);
        fill_knots(target, y, n, order, z);
    }
    lns_free(context, order);
    if (enough)
        return LINAS_OK;
    lns_target_free(context, target);
    return lns_no_memory(context);
}

linas_status lns_target_fit(linas_context *context, int32_t kind, const double *y, size_t n,
                            lns_target *target, double *z) {
    memset(target, 0, sizeof *target);
    target->kind = kind;
    if (kind == LINAS_TARGET_RANK)
        return take_scores(context, target, y, n, z);
    if (kind == LINAS_TARGET_LOG)
        LNS_TRY(take_logarithms(context, y, n, z));
    else
        memcpy(z, y, n * sizeof *z);
    standardise(target, z, n);
    return LINAS_OK;
}

void lns_target_free(linas_context *context, lns_target *target) {
    lns_free(context, target->z);
    lns_free(context, target->y);
    memset(target, 0, sizeof *target);
}

static double make_finite(double value) {
    return fmax(-DBL_MAX, fmin(DBL_MAX, value));
}

/* Beyond the knots: on along the last two, but no steeper than all knots on average, so that an
 * outlier does not make the slope. Halves are used throughout, lest differences overflow. */
static double extrapolate(const lns_target *target, size_t end, size_t inner, double z) {
    size_t last = target->knots - 1;
    double all = (0.5 * target->y[last] - 0.5 * target->y[0]) / (target->z[last] - target->z[0]);
    double local =
        (0.5 * target->y[end] - 0.5 * target->y[inner]) / (target->z[end] - target->z[inner]);
    double half = 0.5 * target->y[end] + fmin(all, local) * (z - target->z[end]);
    return make_finite(2.0 * half);
}

static double interpolate(const lns_target *target, size_t below, double z) {
    const double *zs = target->z + below, *ys = target->y + below;
    double part = (z - zs[0]) / (zs[1] - zs[0]);
    double half = 0.5 * ys[0] + part * (0.5 * ys[1] - 0.5 * ys[0]);
    return fmin(2.0 * half, ys[1]);
}

static double back_from_scores(const lns_target *target, double z) {
    size_t last = target->knots - 1;
    if (last == 0)
        return target->y[0];
    if (z < target->z[0])
        return extrapolate(target, 0, 1, z);
    if (z >= target->z[last])
        return extrapolate(target, last, last - 1, z);
    size_t below = 0, above = last;
    while (above - below > 1) {
        size_t middle = below + (above - below) / 2;
        if (target->z[middle] <= z)
            below = middle;
        else
            above = middle;
    }
    return interpolate(target, below, z);
}

double lns_target_back(const lns_target *target, double z) {
    if (target->kind == LINAS_TARGET_RANK)
        return back_from_scores(target, z);
    double value = make_finite(ldexp(target->centre + target->scale * z, target->exponent));
    if (target->kind == LINAS_TARGET_RAW)
        return value;
    return make_finite(lns_round_significand(fmin(exp(value), DBL_MAX), KEPT_BITS));
}
