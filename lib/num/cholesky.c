/* SPDX-License-Identifier: Apache-2.0 */
#include "num/cholesky.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

double lns_dot(const double *a, const double *b, size_t n) {
    double lanes[LANES] = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lanes[k] += a[i + k] * b[i + k];
    for (size_t k = 0; i < n; i++, k++)
        lanes[k] += a[i] * b[i];
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
           ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* target -= scale * source, over n elements. */
static void subtract_scaled(double *restrict target, const double *restrict source, double scale,
                            size_t n) {
    for (size_t i = 0; i < n; i++)
        target[i] -= scale * source[i];
}

bool lns_cholesky(double *matrix, size_t first, size_t n, size_t stride) {
    for (size_t i = first; i < n; i++) {
        double *row = matrix + i * stride;
        for (size_t j = 0; j < i; j++) {
            const double *above = matrix + j * stride;
            row[j] = (row[j] - lns_dot(row, above, j)) / above[j];
        }
        double pivot = row[i] - lns_dot(row, row, i);
        if (!(pivot > 0.0) || !isfinite(pivot))
            return false;
        row[i] = sqrt(pivot);
    }
    return true;
}

void lns_cholesky_forward(const double *factor, size_t n, size_t stride, double *x) {
    for (size_t i = 0; i < n; i++) {
        const double *row = factor + i * stride;
        x[i] = (x[i] - lns_dot(row, x, i)) / row[i];
    }
}

void lns_cholesky_backward(const double *factor, size_t n, size_t stride, double *x) {
    for (size_t i = n; i-- > 0;) {
        const double *row = factor + i * stride;
        x[i] /= row[i];
        subtract_scaled(x, row, x[i], i);
    }
}

/* Rows of L^-1 transposed: row j of `work` holds column j of L^-1 from j on. */
static void invert_factor(const double *factor, size_t n, size_t stride, double *work) {
    for (size_t j = 0; j < n; j++) {
        double *column = work + j * stride;
        column[j] = 1.0 / factor[j * stride + j];
        for (size_t i = j + 1; i < n; i++) {
            const double *row = factor + i * stride;
            column[i] = -lns_dot(row + j, column + j, i - j) / row[i];
        }
    }
}

void lns_cholesky_inverse(const double *factor, size_t n, size_t stride, double *inverse,
                          double *work) {
    invert_factor(factor, n, stride, work);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            inverse[i * stride + j] = lns_dot(work + i * stride + i, work + j * stride + i, n - i);
}
