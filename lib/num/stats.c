/* SPDX-License-Identifier: Apache-2.0 */
#include "num/stats.h"

#include <math.h>
#include <string.h>

static void merge_orders(const double *values, const size_t *left, size_t left_count,
                         const size_t *right, size_t right_count, size_t *out) {
    size_t i = 0, j = 0;
    while (i < left_count && j < right_count) {
        bool take_right = values[right[j]] < values[left[i]];
        *out++ = take_right ? right[j++] : left[i++];
    }
    while (i < left_count)
        *out++ = left[i++];
    while (j < right_count)
        *out++ = right[j++];
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

void lns_sort_order(const double *values, size_t n, size_t *order, size_t *scratch) {
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = least(start + width, n);
            size_t end = least(start + 2 * width, n);
            merge_orders(values, order + start, middle - start, order + middle, end - middle,
                         scratch + start);
        }
        memcpy(order, scratch, n * sizeof *order);
    }
}

linas_status lns_ranks(linas_context *context, const double *values, size_t n, double *ranks) {
    size_t *order = lns_alloc(context, n, 2 * sizeof *order);
    if (!order)
        return lns_no_memory(context);
    lns_sort_order(values, n, order, order + n);
    for (size_t start = 0; start < n;) {
        size_t end = start + 1;
        while (end < n && values[order[end]] == values[order[start]])
            end++;
        double average = 0.5 * ((double)start + 1.0 + (double)end);
        for (size_t i = start; i < end; i++)
            ranks[order[i]] = average;
        start = end;
    }
    lns_free(context, order);
    return LINAS_OK;
}

static uint64_t merge_counting(const double *left, size_t left_count, const double *right,
                               size_t right_count, double *out) {
    uint64_t inversions = 0;
    size_t i = 0, j = 0;
    while (i < left_count && j < right_count) {
        if (right[j] < left[i]) {
            inversions += left_count - i;
            *out++ = right[j++];
        } else {
            *out++ = left[i++];
        }
    }
    while (i < left_count)
        *out++ = left[i++];
    while (j < right_count)
        *out++ = right[j++];
    return inversions;
}

uint64_t lns_count_inversions(double *keys, size_t n, double *scratch) {
    uint64_t inversions = 0;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = least(start + width, n);
            size_t end = least(start + 2 * width, n);
            inversions += merge_counting(keys + start, middle - start, keys + middle, end - middle,
                                         scratch + start);
        }
        memcpy(keys, scratch, n * sizeof *keys);
    }
    return inversions;
}

/* Abramowitz and Stegun 26.2.23, to about 5e-4, as a start. */
static double rough_upper_quantile(double tail) {
    double t = sqrt(-2.0 * log(tail));
    double above = 2.515517 + t * (0.802853 + t * 0.010328);
    double below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    return t - above / below;
}

double lns_normal_quantile(double p) {
    if (p == 0.5)
        return 0.0;
    double tail = p < 0.5 ? p : 1.0 - p;
    double z = rough_upper_quantile(tail);
    /* Halley's steps on the upper tail's probability. */
    for (int step = 0; step < 3; step++) {
        double excess = 0.5 * erfc(z * sqrt(0.5)) - tail;
        double density = exp(-0.5 * z * z) / sqrt(2.0 * acos(-1.0));
        double newton = excess / density;
        z += newton / (1.0 - 0.5 * z * newton);
    }
    return p < 0.5 ? -z : z;
}

double lns_round_to_grid(double x, int bits) {
    double step = ldexp(1.0, -bits);
    if (!(fabs(x) < 0x1p52 * step))
        return x;                        /* a multiple already */
    return round(x / step) * step + 0.0; /* no negative zero */
}

double lns_round_significand(double x, int bits) {
    int exponent;
    double fraction = frexp(x, &exponent);
    return ldexp(round(ldexp(fraction, bits)), exponent - bits);
}
