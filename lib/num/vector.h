/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_VECTOR_H
#define LNS_NUM_VECTOR_H
/* Loops over vectors, compiled for several processors where the compiler can; the order of every
 * sum is fixed, so that the results are the same on all of them. */
#include <stddef.h>
#include <stdint.h>

/* Dot product with eight fixed partial sums: the compiler vectorises it without reordering. */
double lns_dot(const double *a, const double *b, size_t n);
/* target += scale * source. */
void lns_add_scaled(double *target, const double *source, double scale, size_t n);
/* Sum of weights * bytes, in the order of lns_dot(). */
double lns_dot_bytes(const double *weights, const uint8_t *bytes, size_t n);
/* target *= scale. */
void lns_scale(double *target, double scale, size_t n);
/* target += source^2. */
void lns_add_squares(double *target, const double *source, size_t n);
/* The column that has the largest product with a point of m coordinates, the first among equals;
 * coordinates are not negative. Coordinate k of column j is columns[k * stride + j]; `stride` is a
 * multiple of LNS_COLUMN_LANES, and what is beyond the last column is 0. */
enum { LNS_COLUMN_LANES = 8 };
size_t lns_largest_product(const double *point, size_t m, const double *columns, size_t stride,
                           double *product);
/* x = exp(x) for x of 0 or less; within a few units of the last place, and 0 below -700. */
void lns_exp_negative(double *x, size_t n);
/* The same in single precision; 0 below -87. */
void lns_exp_negative_floats(float *x, size_t n);
/* One exponential, of any x from -700 to 700, beyond which x is taken for the end. Unlike exp() the
 * same on every processor. */
double lns_exp(double x);

#endif
