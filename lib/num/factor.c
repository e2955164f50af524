/* SPDX-License-Identifier: Apache-2.0 */
#include "num/factor.h"
#include "num/clones.h"
#include "num/lanes.h"
#include "num/vector.h"

#include <math.h>
#include <string.h>

enum { LANES = LNS_FACTOR_LANES, TILE = 4, FAR = 64 };

size_t lns_factor_order(size_t n) {
    return (n + LANES - 1) / LANES * LANES;
}

size_t lns_factor_stride(size_t n) {
    size_t order = lns_factor_order(n);
    return order % FAR == 0 ? order + LANES : order;
}

/* A tile of TILE x LANES numbers less the products of `n` rows of p and q: out[r][l] -= sum over k
 * of p[k][r] q[k][l]. The one loop in which factors and inverses spend their time. */
static inline void subtract_products(double *out, size_t out_stride, const double *p,
                                     size_t p_stride, const double *q, size_t q_stride, size_t n) {
    lns_f64x4 low[TILE], high[TILE];
    for (size_t r = 0; r < TILE; r++) {
        memcpy(&low[r], out + r * out_stride, sizeof low[r]);
        memcpy(&high[r], out + r * out_stride + LANES / 2, sizeof high[r]);
    }
    for (size_t k = 0; k < n; k++) {
        lns_f64x4 left, right;
        memcpy(&left, q + k * q_stride, sizeof left);
        memcpy(&right, q + k * q_stride + LANES / 2, sizeof right);
        for (size_t r = 0; r < TILE; r++) {
            low[r] -= p[k * p_stride + r] * left;
            high[r] -= p[k * p_stride + r] * right;
        }
    }
    for (size_t r = 0; r < TILE; r++) {
        memcpy(out + r * out_stride, &low[r], sizeof low[r]);
        memcpy(out + r * out_stride + LANES / 2, &high[r], sizeof high[r]);
    }
}

/* -- factor ------------------------------------------------------------------------------------ */

static void pad(double *matrix, size_t n) {
    size_t order = lns_factor_order(n), stride = lns_factor_stride(n);
    for (size_t i = 0; i < n; i++)
        memset(matrix + i * stride + n, 0, (stride - n) * sizeof *matrix);
    for (size_t i = n; i < order; i++) {
        memset(matrix + i * stride, 0, stride * sizeof *matrix);
        matrix[i * stride + i] = 1.0;
    }
}

/* Rows `first` to `first` + TILE - 1, from which the rows before them are taken off already. */
static bool finish_rows(double *matrix, size_t order, size_t stride, size_t first) {
    for (size_t i = first; i < first + TILE; i++) {
        double *row = matrix + i * stride;
        for (size_t k = first; k < i; k++)
            lns_add_scaled(row + i, matrix + k * stride + i, -matrix[k * stride + i], order - i);
        if (!(row[i] > 0.0) || !isfinite(row[i]))
            return false;
        row[i] = sqrt(row[i]);
        lns_scale(row + i + 1, 1.0 / row[i], order - i - 1);
    }
    return true;
}

LNS_CLONES
static void take_rows_off(double *matrix, size_t order, size_t stride, size_t first) {
    for (size_t j = first / LANES * LANES; j < order; j += LANES)
        subtract_products(matrix + first * stride + j, stride, matrix + first, stride, matrix + j,
                          stride, first);
}

bool lns_factor(double *matrix, size_t n) {
    size_t order = lns_factor_order(n), stride = lns_factor_stride(n);
    pad(matrix, n);
    for (size_t i = 0; i < order; i += TILE) {
        take_rows_off(matrix, order, stride, i);
        if (!finish_rows(matrix, order, stride, i))
            return false;
    }
    return true;
}

/* One logarithm of the product, whose exponent is counted apart. */
double lns_factor_log(const double *factor, size_t n) {
    size_t stride = lns_factor_stride(n);
    double product = 1.0;
    long exponents = 0;
    for (size_t i = 0; i < n; i++) {
        int exponent;
        product = frexp(product * factor[i * stride + i], &exponent);
        exponents += exponent;
    }
    return log(product) + (double)exponents * 0.69314718055994531;
}

/* -- solving ----------------------------------------------------------------------------------- */

void lns_factor_solve(const double *factor, size_t n, double *x) {
    size_t stride = lns_factor_stride(n);
    for (size_t i = 0; i < n; i++) {
        const double *row = factor + i * stride;
        x[i] /= row[i];
        lns_add_scaled(x + i + 1, row + i + 1, -x[i], n - i - 1);
    }
    for (size_t i = n; i-- > 0;) {
        const double *row = factor + i * stride;
        x[i] = (x[i] - lns_dot(row + i + 1, x + i + 1, n - i - 1)) / row[i];
    }
}

/* Rows `first` to `first` + TILE - 1 of the solution, columns up to `width`. */
static void finish_solution(const double *factor, size_t stride, size_t first, double *x,
                            size_t x_stride, size_t width) {
    for (size_t i = first; i < first + TILE; i++) {
        for (size_t k = first; k < i; k++)
            lns_add_scaled(x + i * x_stride, x + k * x_stride, -factor[k * stride + i], width);
        lns_scale(x + i * x_stride, 1.0 / factor[i * stride + i], width);
    }
}

LNS_CLONES
static void take_solutions_off(const double *factor, size_t stride, size_t first, double *x,
                               const size_t *shape) {
    for (size_t column = 0; column < shape[1]; column += LANES)
        subtract_products(x + first * shape[0] + column, shape[0], factor + first, stride,
                          x + column, shape[0], first);
}

void lns_factor_forward(const double *factor, size_t n, double *x, size_t stride, size_t width) {
    size_t order = lns_factor_order(n), own = lns_factor_stride(n);
    const size_t shape[] = {stride, width};
    memset(x + n * stride, 0, (order - n) * stride * sizeof *x);
    for (size_t i = 0; i < order; i += TILE) {
        take_solutions_off(factor, own, i, x, shape);
        finish_solution(factor, own, i, x, stride, width);
    }
}

/* -- products ---------------------------------------------------------------------------------- */

LNS_CLONES
void lns_factor_subtract_square(const lns_columns *p, size_t n, double *target, size_t stride) {
    for (size_t i = 0; i < p->count; i += TILE)
        for (size_t j = i / LANES * LANES; j < p->count; j += LANES)
            subtract_products(target + i * stride + j, stride, p->first + i, p->stride,
                              p->first + j, p->stride, n);
}

/* -- inverse ----------------------------------------------------------------------------------- */

LNS_CLONES
static void take_solution_off(const double *factor, size_t stride, size_t first, double *x) {
    for (size_t column = 0; column < first; column += LANES)
        subtract_products(x + first * stride + column, stride, factor + column * stride + first,
                          stride, x + column * stride + column, stride, first - column);
}

void lns_factor_invert(const double *factor, size_t n, double *inverted) {
    size_t order = lns_factor_order(n), stride = lns_factor_stride(n);
    memset(inverted, 0, order * stride * sizeof *inverted);
    for (size_t i = 0; i < order; i++)
        inverted[i * stride + i] = 1.0;
    for (size_t i = 0; i < order; i += TILE) {
        take_solution_off(factor, stride, i, inverted);
        finish_solution(factor, stride, i, inverted, stride, i + TILE);
    }
}

void lns_factor_diagonal(const double *inverted, size_t n, double *diagonal) {
    size_t stride = lns_factor_stride(n);
    memset(diagonal, 0, n * sizeof *diagonal);
    for (size_t k = 0; k < n; k++)
        lns_add_squares(diagonal, inverted + k * stride, k + 1);
}

LNS_CLONES
void lns_factor_subtract_inverse(const double *inverted, size_t n, double *target) {
    size_t order = lns_factor_order(n), stride = lns_factor_stride(n);
    for (size_t i = 0; i < order; i += TILE)
        for (size_t j = i / LANES * LANES; j < order; j += LANES)
            subtract_products(target + i * stride + j, stride, inverted + j * stride + i, stride,
                              inverted + j * stride + j, stride, order - j);
}
