/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_SVR_SUM_H
#define LNS_PREDICT_SVR_SUM_H
/* Kernel sums over configurations of categories alone, kept as the bits of their one-hot features:
 * a squared distance is the number of bits that differ, and its kernel value comes from a table. */
#include "base/base.h"

enum { LNS_SUM_LANES = 8 };

typedef struct lns_bit_rows {
    uint64_t *bits; /* words x stride, by words; rows beyond the last have coefficient 0 */
    double *coefficients;
    size_t words;
    size_t stride; /* a multiple of LNS_SUM_LANES */
} lns_bit_rows;

/* Sum of coefficient * table[bits that differ from `own`]: LNS_SUM_LANES sums of every eighth row,
 * added by halves, on every processor. */
double lns_sum_kernels(const lns_bit_rows *rows, const double *table, const uint64_t *own);
double lns_sum_kernels_portable(const lns_bit_rows *rows, const double *table, const uint64_t *own);

#endif
