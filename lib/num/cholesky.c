/* SPDX-License-Identifier: Apache-2.0 */
#include "num/cholesky.h"
#include "num/vector.h"

#include <math.h>

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
        lns_add_scaled(x, row, -x[i], i);
    }
}
