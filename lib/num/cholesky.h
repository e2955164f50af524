/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_CHOLESKY_H
#define LNS_NUM_CHOLESKY_H
/* Small Cholesky factors of our own instead of LAPACK's: the order of every sum is fixed, so that
 * results do not depend on the BLAS kernel or its number of threads. All matrices are row-major
 * with a leading dimension; only lower triangles are read and written. Large ones: num/factor.h. */
#include <stdbool.h>
#include <stddef.h>

/* Factors rows first..n-1 of `matrix` in place (rows before `first` hold the factor already), so a
 * factor is extended row by row. False when the matrix is not positive definite. */
bool lns_cholesky(double *matrix, size_t first, size_t n, size_t stride);

/* Solves L x = b in place. */
void lns_cholesky_forward(const double *factor, size_t n, size_t stride, double *x);
/* Solves L' x = b in place. */
void lns_cholesky_backward(const double *factor, size_t n, size_t stride, double *x);

#endif
