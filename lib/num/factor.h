/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_FACTOR_H
#define LNS_NUM_FACTOR_H
/* Cholesky factors in blocks, of our own instead of LAPACK's: every sum runs over rising indices,
 * whatever the size of a block, so that the minimiser above it takes the same steps on every
 * processor.
 *
 * A matrix of n rows is kept in an array of lns_factor_order(n) rows of lns_factor_stride(n)
 * numbers each. The factor is R of A = R'R, upper triangular, so that rows of R are contiguous. */
#include <stdbool.h>
#include <stddef.h>

enum { LNS_FACTOR_LANES = 8 };

/* n, rounded up to whole lanes. */
size_t lns_factor_order(size_t n);
/* At least the order, and not a distance at which rows fall on each other in a cache. */
size_t lns_factor_stride(size_t n);

/* Factors a matrix in place; only its upper triangle is read. What is beyond n becomes the
 * identity. False when the matrix is not positive definite. */
bool lns_factor(double *matrix, size_t n);
/* Logarithm of R's determinant. */
double lns_factor_log(const double *factor, size_t n);

/* Solves R'R x = b in place. */
void lns_factor_solve(const double *factor, size_t n, double *x);
/* Solves R'x = b in place for `width` right-hand sides: x has the order's rows of `stride` numbers,
 * and both are multiples of LNS_FACTOR_LANES. */
void lns_factor_forward(const double *factor, size_t n, double *x, size_t stride, size_t width);

/* Some columns of a matrix that is kept by rows. What is read of a row goes on to a whole number of
 * lanes, so that a matrix has room for LNS_FACTOR_LANES numbers behind its end. */
typedef struct lns_columns {
    const double *first;
    size_t stride;
    size_t count;
} lns_columns;

/* Takes P'P off `target`, blocks of the upper triangle only; P has n rows, which are added in their
 * order. The target's rows and their number are whole lanes. */
void lns_factor_subtract_square(const lns_columns *p, size_t n, double *target, size_t stride);

/* The inverse of R', lower triangular and zero above, into an array of the same size. */
void lns_factor_invert(const double *factor, size_t n, double *inverted);
/* Diagonal of A^-1, from what lns_factor_invert() wrote. */
void lns_factor_diagonal(const double *inverted, size_t n, double *diagonal);
/* Takes A^-1 off `target`, blocks of the upper triangle only. */
void lns_factor_subtract_inverse(const double *inverted, size_t n, double *target);

#endif
