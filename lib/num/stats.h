/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_STATS_H
#define LNS_NUM_STATS_H
/* Order statistics, correlation and the roundings by which decisions are kept apart from last
 * bits. */
#include "base/base.h"

/* Stable order of the values, smallest first: a merge sort, whose course depends on nothing but the
 * values. `scratch` has n elements. No value is NaN. */
void lns_sort_order(const double *values, size_t n, size_t *order, size_t *scratch);

/* Ranks from 1, the average rank for ties. */
linas_status lns_ranks(linas_context *context, const double *values, size_t n, double *ranks);

/* Pairs that a permutation puts in the wrong order: `keys` is sorted, by merging. */
uint64_t lns_count_inversions(double *keys, size_t n, double *scratch);

/* Pearson's correlation of two samples that both vary, of moderate size (ranks). */
double lns_correlation(const double *a, const double *b, size_t n);

/* The z for which a standard normal variable is below z with probability p, 0 < p < 1. */
double lns_normal_quantile(double p);

/* The multiple of 2^-bits nearest to x. */
double lns_round_to_grid(double x, int bits);
/* x with a significand of `bits` bits. */
double lns_round_significand(double x, int bits);

#endif
