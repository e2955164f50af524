/* SPDX-License-Identifier: Apache-2.0 */
/* The GSL bridge: GSL's statistics where the build has GSL, the same values computed here where it
 * has not. Nothing is decided by them, and none of the functions called can raise a GSL error. */
#include "num/stats.h"
#include "num/lns_config.h"

#include <math.h>

#if LNS_WITH_GSL
#include <gsl/gsl_statistics_double.h>

double lns_correlation(const double *a, const double *b, size_t n) {
    return gsl_stats_correlation(a, 1, b, 1, n);
}
#else
static double mean_of(const double *values, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

double lns_correlation(const double *a, const double *b, size_t n) {
    double mean_a = mean_of(a, n), mean_b = mean_of(b, n);
    double aa = 0.0, bb = 0.0, ab = 0.0;
    for (size_t i = 0; i < n; i++) {
        double from_a = a[i] - mean_a, from_b = b[i] - mean_b;
        aa += from_a * from_a;
        bb += from_b * from_b;
        ab += from_a * from_b;
    }
    return ab / (sqrt(aa) * sqrt(bb));
}
#endif
