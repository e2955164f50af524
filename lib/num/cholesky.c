/* SPDX-License-Identifier: Apache-2.0 */
#include "num/cholesky.h"
#include "num/clones.h"
#include "num/vector.h"

#include <math.h>
#include <string.h>

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

enum { LANES = LNS_SOLVE_LANES, TILE = 4 };

/* Takes the first `n` rows of x, already solved, off `rows` rows that follow in the factor. */
static inline void take_off(const double *restrict factor, size_t n, size_t stride, size_t rows,
                            const double *restrict x, double *restrict out) {
    double sums[TILE][LANES];
    memcpy(sums, out, rows * sizeof sums[0]);
    for (size_t j = 0; j < n; j++)
        for (size_t r = 0; r < rows; r++)
            for (size_t k = 0; k < LANES; k++)
                sums[r][k] -= factor[r * stride + j] * x[j * LANES + k];
    memcpy(out, sums, rows * sizeof sums[0]);
}

LNS_CLONES
void lns_cholesky_forward_lanes(const double *factor, size_t n, size_t stride, double *x) {
    for (size_t i = 0; i < n; i++) {
        const double *row = factor + i * stride;
        /* Four rows share the pass over what is solved; each is then short of the other three. */
        if (i % TILE == 0 && i + TILE <= n)
            take_off(row, i, stride, TILE, x, x + i * LANES);
        size_t done = i / TILE * TILE + TILE <= n ? i / TILE * TILE : 0;
        take_off(row + done, i - done, stride, 1, x + done * LANES, x + i * LANES);
        for (size_t k = 0; k < LANES; k++)
            x[i * LANES + k] /= row[i];
    }
}

void lns_cholesky_backward(const double *factor, size_t n, size_t stride, double *x) {
    for (size_t i = n; i-- > 0;) {
        const double *row = factor + i * stride;
        x[i] /= row[i];
        lns_add_scaled(x, row, -x[i], i);
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
