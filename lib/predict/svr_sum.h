/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_SVR_SUM_H
#define LNS_PREDICT_SVR_SUM_H
/* Kernel sums over configurations of categories alone. Bit p of the states of 64 variables is one
 * word, so that a compare of two configurations is a few operations on words. The squared distance
 * of their one-hot features is the number of active variables of both, less twice the number of
 * those that are equal and active: exp(-gamma d) is a factor of each one's own and exp(2 gamma) to
 * the number of the latter. */
#include "base/base.h"

enum { LNS_SUM_LANES = 8, LNS_SUM_LOW = 8, LNS_SUM_HIGH = 16 };

typedef struct lns_bit_rows {
    size_t words;   /* for the variables */
    size_t planes;  /* bits of a state */
    size_t stride;  /* rows, and more of coefficient 0 up to a multiple of LNS_SUM_LANES */
    uint64_t *bits; /* planes x words x stride */
    double *coefficients;
    /* What `equal` equal variables are worth is low[equal % LNS_SUM_LOW] high[equal / LNS_SUM_LOW];
     * `high` has LNS_SUM_HIGH places, and more when there are more variables. */
    double *low;
    double *high;
    size_t most; /* largest number of them */
} lns_bit_rows;

/* One configuration: planes x words of bits, and words of which variables are active. */
typedef struct lns_bit_row {
    const uint64_t *bits;
    const uint64_t *mask;
} lns_bit_row;

/* Sum of coefficient * worth: LNS_SUM_LANES sums of every eighth row, added by halves, on every
 * processor. */
double lns_sum_kernels(const lns_bit_rows *rows, const lns_bit_row *own);
double lns_sum_kernels_portable(const lns_bit_rows *rows, const lns_bit_row *own);

/* Bits of `n` states and which of them differ from `inactive`; both arrays end on a multiple of
 * four. */
void lns_bits_of_states(const uint16_t *states, const uint16_t *inactive, size_t n, size_t planes,
                        uint64_t *bits, uint64_t *mask);
uint64_t lns_count_bits(uint64_t bits);

#endif
