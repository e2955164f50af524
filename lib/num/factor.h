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
/* Solves R'x = b in place for several b: x has the order's rows of LNS_FACTOR_LANES numbers. */
void lns_factor_forward_lanes(const double *factor, size_t n, double *x);

/* The inverse of R', lower triangular and zero above, into an array of the same size. */
void lns_factor_invert(const double *factor, size_t n, double *inverted);
/* Diagonal of A^-1, from what lns_factor_invert() wrote. */
void lns_factor_diagonal(const double *inverted, size_t n, double *diagonal);
/* Takes A^-1 off `target`, blocks of the upper triangle only. */
void lns_factor_subtract_inverse(const double *inverted, size_t n, double *target);

#endif
