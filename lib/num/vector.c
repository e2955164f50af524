/* SPDX-License-Identifier: Apache-2.0 */
#include "num/vector.h"
#include "num/clones.h"
#include "num/lanes.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

/* The lanes are added in halves, as vector registers are. */
static double sum_lanes(const double *lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
           ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

LNS_CLONES
double lns_dot(const double *restrict a, const double *restrict b, size_t n) {
    double lanes[LANES] = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lanes[k] += a[i + k] * b[i + k];
    for (size_t k = 0; i < n; i++, k++)
        lanes[k] += a[i] * b[i];
    return sum_lanes(lanes);
}

LNS_CLONES
double lns_dot_bytes(const double *restrict weights, const uint8_t *restrict bytes, size_t n) {
    double lanes[LANES] = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lanes[k] += weights[i + k] * (double)bytes[i + k];
    for (size_t k = 0; i < n; i++, k++)
        lanes[k] += weights[i] * (double)bytes[i];
    return sum_lanes(lanes);
}

LNS_CLONES
void lns_add_scaled(double *restrict target, const double *restrict source, double scale,
                    size_t n) {
    for (size_t i = 0; i < n; i++)
        target[i] += scale * source[i];
}

LNS_CLONES
void lns_scale(double *restrict target, double scale, size_t n) {
    for (size_t i = 0; i < n; i++)
        target[i] *= scale;
}

LNS_CLONES
void lns_add_squares(double *restrict target, const double *restrict source, size_t n) {
    for (size_t i = 0; i < n; i++)
        target[i] += source[i] * source[i];
}

/* -- the largest of many products -------------------------------------------------------------- */

typedef int64_t i64x4 __attribute__((vector_size(32)));

/* Columns stand in lanes: of each the largest product, and in which block of lanes it is. */
typedef struct largest {
    double products[LANES];
    int64_t blocks[LANES];
} largest;

static size_t best_lane(const largest *kept, double *product) {
    size_t best = SIZE_MAX;
    *product = -1.0;
    for (size_t lane = 0; lane < LANES; lane++) {
        size_t column = (size_t)kept->blocks[lane] * LANES + lane;
        double value = kept->products[lane];
        if (value > *product || (value == *product && column < best)) {
            best = column;
            *product = value;
        }
    }
    return best;
}

LNS_CLONES
size_t lns_largest_product(const double *restrict point, size_t m, const double *restrict columns,
                           size_t stride, double *product) {
    const lns_f64x4 less = {-1.0, -1.0, -1.0, -1.0};
    lns_f64x4 most[2] = {less, less}, sums[2], two[2];
    i64x4 blocks[2] = {{0}, {0}};
    largest kept;
    for (size_t block = 0; block < stride / LANES; block++) {
        memset(sums, 0, sizeof sums);
        for (size_t k = 0; k < m; k++) {
            memcpy(two, columns + k * stride + block * LANES, sizeof two);
            sums[0] += point[k] * two[0];
            sums[1] += point[k] * two[1];
        }
        for (size_t half = 0; half < 2; half++) {
            i64x4 larger = sums[half] > most[half];
            most[half] = (lns_f64x4)(((i64x4)sums[half] & larger) | ((i64x4)most[half] & ~larger));
            blocks[half] = ((int64_t)block & larger) | (blocks[half] & ~larger);
        }
    }
    memcpy(kept.products, most, sizeof most);
    memcpy(kept.blocks, blocks, sizeof blocks);
    return best_lane(&kept, product);
}

/* exp(x) = 2^k exp(r) with |r| <= ln(2) / 2, and the Taylor series of exp(r) to the 13th power,
 * whose rest is below 2^-57. Adding and subtracting 1.5 * 2^52 rounds to a whole number and leaves
 * it in the low bits. */
static const double lowest = -700.0, magic = 6755399441055744.0, inverse_ln2 = 1.4426950408889634,
                    ln2_high = 0x1.62e42fefa0000p-1, ln2_low = 0x1.cf79abc9e3b3ap-40;

/* Of x from -700 to 700. */
static inline double exp_within(double x) {
    double shifted = x * inverse_ln2 + magic;
    double k = shifted - magic;
    double r = (x - k * ln2_high) - k * ln2_low;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static inline double exp_negative(double x) {
    return x < lowest ? 0.0 : exp_within(x < lowest ? lowest : x);
}

double lns_exp(double x) {
    return exp_within(x < lowest ? lowest : x > -lowest ? -lowest : x);
}

LNS_CLONES
void lns_exp_negative(double *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = exp_negative(x[i]);
}

/* The same with the series to the 6th power, whose rest is below 2^-23. */
static inline float exp_negative_float(float x) {
    const float least = -87.0f, turn = 12582912.0f;
    float clipped = x < least ? least : x;
    float shifted = clipped * 1.44269504f + turn;
    float k = shifted - turn;
    float r = (clipped - k * 0.693359375f) + k * 2.12194440e-4f;
    float p = 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return x < least ? 0.0f : p * power;
}

LNS_CLONES
void lns_exp_negative_floats(float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = exp_negative_float(x[i]);
}
