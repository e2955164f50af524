/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/svr_sum.h"
#include "num/processor.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

uint64_t lns_count_bits(uint64_t bits) {
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return bits * UINT64_C(0x0101010101010101) >> 56;
}

/* -- states as bits ---------------------------------------------------------------------------- */

/* Bits 0, 16, 32 and 48 put together. */
static uint64_t gather_four(uint64_t bits) {
    return (bits * UINT64_C(0x0001000200040008)) >> 48 & 15;
}

void lns_bits_of_states(const uint16_t *states, const uint16_t *inactive, size_t n, size_t planes,
                        uint64_t *bits, uint64_t *mask) {
    const uint64_t ones = UINT64_C(0x0001000100010001), low = UINT64_C(0x7fff7fff7fff7fff);
    size_t words = (n + 63) / 64;
    for (size_t w = 0; w < words; w++) {
        size_t end = n < 64 * (w + 1) ? n : 64 * (w + 1);
        uint64_t four, off, sum = 0;
        for (size_t v = 64 * w; v < end; v += 4) {
            memcpy(&four, states + v, sizeof four);
            memcpy(&off, inactive + v, sizeof off);
            off ^= four;
            off = ((off & low) + low) | off;
            sum |= gather_four(off >> 15 & ones) << v % 64;
        }
        mask[w] = sum;
        for (size_t p = 0; p < planes; p++) {
            sum = 0;
            for (size_t v = 64 * w; v < end; v += 4) {
                memcpy(&four, states + v, sizeof four);
                sum |= gather_four(four >> p & ones) << v % 64;
            }
            bits[p * words + w] = sum;
        }
    }
}

/* -- sums -------------------------------------------------------------------------------------- */

static double add_halves(double *sums) {
    for (size_t half = LNS_SUM_LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            sums[i] += sums[i + half];
    return sums[0];
}

static inline double worth_of(const lns_bit_rows *rows, uint64_t equal) {
    return rows->low[equal % LNS_SUM_LOW] * rows->high[equal / LNS_SUM_LOW];
}

/* Equal and active variables of one word. */
static inline uint64_t equal_bits(const lns_bit_rows *rows, const lns_bit_row *own, size_t row,
                                  size_t word) {
    uint64_t differ = 0;
    for (size_t p = 0; p < rows->planes; p++)
        differ |= rows->bits[(p * rows->words + word) * rows->stride + row] ^
                  own->bits[p * rows->words + word];
    return own->mask[word] & ~differ;
}

double lns_sum_kernels_portable(const lns_bit_rows *rows, const lns_bit_row *own) {
    double sums[LNS_SUM_LANES] = {0};
    for (size_t row = 0; row < rows->stride; row++) {
        uint64_t equal = 0;
        for (size_t w = 0; w < rows->words; w++)
            equal += lns_count_bits(equal_bits(rows, own, row, w));
        sums[row % LNS_SUM_LANES] += rows->coefficients[row] * worth_of(rows, equal);
    }
    return add_halves(sums);
}

#if defined(__x86_64__) && defined(__GNUC__)
static __attribute__((target("popcnt"))) double sum_popcnt(const lns_bit_rows *rows,
                                                           const lns_bit_row *own) {
    double sums[LNS_SUM_LANES] = {0};
    for (size_t row = 0; row < rows->stride; row++) {
        uint64_t equal = 0;
        for (size_t w = 0; w < rows->words; w++)
            equal += (uint64_t)__builtin_popcountll(equal_bits(rows, own, row, w));
        sums[row % LNS_SUM_LANES] += rows->coefficients[row] * worth_of(rows, equal);
    }
    return add_halves(sums);
}

/* Eight rows' numbers of equal and active variables. */
static inline __attribute__((always_inline, target("avx512f,avx512vpopcntdq"))) __m512i
count_equal(const lns_bit_rows *rows, const lns_bit_row *own, size_t words, size_t planes,
            size_t row) {
    __m512i equal = _mm512_setzero_si512();
    for (size_t w = 0; w < words; w++) {
        __m512i differ = _mm512_setzero_si512();
        for (size_t p = 0; p < planes; p++) {
            size_t at = p * words + w;
            __m512i bits = _mm512_loadu_si512(rows->bits + at * rows->stride + row);
            bits = _mm512_xor_si512(bits, _mm512_set1_epi64((long long)own->bits[at]));
            differ = _mm512_or_si512(differ, bits);
        }
        differ = _mm512_andnot_si512(differ, _mm512_set1_epi64((long long)own->mask[w]));
        equal = _mm512_add_epi64(equal, _mm512_popcnt_epi64(differ));
    }
    return equal;
}

/* The two tables lie in registers: for numbers below LNS_SUM_LOW * LNS_SUM_HIGH. */
static inline __attribute__((always_inline, target("avx512f,avx512vpopcntdq"))) double
sum_planes(const lns_bit_rows *rows, const lns_bit_row *own, size_t words, size_t planes) {
    __m512d sum = _mm512_setzero_pd(), low = _mm512_loadu_pd(rows->low);
    __m512d high = _mm512_loadu_pd(rows->high), higher = _mm512_loadu_pd(rows->high + 8);
    double sums[LNS_SUM_LANES];
    for (size_t row = 0; row < rows->stride; row += LNS_SUM_LANES) {
        __m512i equal = count_equal(rows, own, words, planes, row);
        __m512d worth =
            _mm512_mul_pd(_mm512_permutexvar_pd(equal, low),
                          _mm512_permutex2var_pd(high, _mm512_srli_epi64(equal, 3), higher));
        sum = _mm512_add_pd(sum, _mm512_mul_pd(_mm512_loadu_pd(rows->coefficients + row), worth));
    }
    _mm512_storeu_pd(sums, sum);
    return add_halves(sums);
}

typedef double sum_fn(const lns_bit_rows *rows, const lns_bit_row *own);

/* Numbers of planes that are known when compiling make the loops over them straight. */
static __attribute__((target("avx512f,avx512vpopcntdq"))) double sum_512(const lns_bit_rows *rows,
                                                                         const lns_bit_row *own) {
    if (rows->words == 1 && rows->planes == 2)
        return sum_planes(rows, own, 1, 2);
    if (rows->words == 1 && rows->planes == 3)
        return sum_planes(rows, own, 1, 3);
    return sum_planes(rows, own, rows->words, rows->planes);
}

double lns_sum_kernels(const lns_bit_rows *rows, const lns_bit_row *own) {
    if (rows->most < (size_t)LNS_SUM_LOW * LNS_SUM_HIGH && LNS_CPU_HAS("avx512f", 512) &&
        __builtin_cpu_supports("avx512vpopcntdq"))
        return sum_512(rows, own);
    sum_fn *by_words = LNS_CPU_HAS("popcnt", 256) ? sum_popcnt : lns_sum_kernels_portable;
    return by_words(rows, own);
}
#else
double lns_sum_kernels(const lns_bit_rows *rows, const lns_bit_row *own) {
    return lns_sum_kernels_portable(rows, own);
}
#endif
