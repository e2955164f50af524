/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/svr_sum.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

static size_t count_bits(uint64_t bits) {
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (size_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

static double add_halves(double *sums) {
    for (size_t half = LNS_SUM_LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            sums[i] += sums[i + half];
    return sums[0];
}

double lns_sum_kernels_portable(const lns_bit_rows *rows, const double *table,
                                const uint64_t *own) {
    double sums[LNS_SUM_LANES] = {0};
    for (size_t row = 0; row < rows->stride; row++) {
        size_t apart = 0;
        for (size_t w = 0; w < rows->words; w++)
            apart += count_bits(rows->bits[w * rows->stride + row] ^ own[w]);
        sums[row % LNS_SUM_LANES] += rows->coefficients[row] * table[apart];
    }
    return add_halves(sums);
}

#if defined(__x86_64__) && defined(__GNUC__)
static __attribute__((target("popcnt"))) double
sum_popcnt(const lns_bit_rows *rows, const double *table, const uint64_t *own) {
    double sums[LNS_SUM_LANES] = {0};
    for (size_t row = 0; row < rows->stride; row++) {
        long long apart = 0;
        for (size_t w = 0; w < rows->words; w++)
            apart += __builtin_popcountll(rows->bits[w * rows->stride + row] ^ own[w]);
        sums[row % LNS_SUM_LANES] += rows->coefficients[row] * table[apart];
    }
    return add_halves(sums);
}

static __attribute__((target("avx512f,avx512vpopcntdq"))) double
sum_512(const lns_bit_rows *rows, const double *table, const uint64_t *own) {
    __m512d sum = _mm512_setzero_pd();
    double sums[LNS_SUM_LANES];
    for (size_t row = 0; row < rows->stride; row += LNS_SUM_LANES) {
        __m512i apart = _mm512_setzero_si512();
        for (size_t w = 0; w < rows->words; w++) {
            __m512i bits = _mm512_loadu_si512(rows->bits + w * rows->stride + row);
            bits = _mm512_xor_si512(bits, _mm512_set1_epi64((long long)own[w]));
            apart = _mm512_add_epi64(apart, _mm512_popcnt_epi64(bits));
        }
        __m512d kernel = _mm512_i64gather_pd(apart, table, 8);
        sum = _mm512_add_pd(sum, _mm512_mul_pd(_mm512_loadu_pd(rows->coefficients + row), kernel));
    }
    _mm512_storeu_pd(sums, sum);
    return add_halves(sums);
}

double lns_sum_kernels(const lns_bit_rows *rows, const double *table, const uint64_t *own) {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq"))
        return sum_512(rows, table, own);
    if (__builtin_cpu_supports("popcnt"))
        return sum_popcnt(rows, table, own);
    return lns_sum_kernels_portable(rows, table, own);
}
#else
double lns_sum_kernels(const lns_bit_rows *rows, const double *table, const uint64_t *own) {
    return lns_sum_kernels_portable(rows, table, own);
}
#endif
