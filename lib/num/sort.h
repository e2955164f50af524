/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_SORT_H
#define LNS_NUM_SORT_H
/* Stable sorting of rows of numbers, and of 64-bit keys. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Keys in the order of finite numbers and infinities; both zeros have one key. */
static inline uint64_t lns_key_of(double number) {
    uint64_t bits;
    double plain = number + 0.0;
    memcpy(&bits, &plain, sizeof bits);
    return bits ^ ((uint64_t)((int64_t)bits >> 63) | UINT64_C(1) << 63);
}

/* Sorts n rows of m numbers: by the first number, ties by the next and so on, equals in the order
 * given. `order` holds the rows' indices, below 2^32, or is filled with 0 .. n-1 when `given` is
 * false. `work` has room for LNS_SORT_WORK * n words. */
enum { LNS_SORT_WORK = 4 };
void lns_sort_rows(const double *points, size_t n, size_t m, uint32_t *order, int given,
                   uint64_t *work);

typedef struct lns_keyed {
    uint64_t key;
    uint64_t value;
} lns_keyed;

/* Ascending, equal keys in the order given. `spare` has room for as many. */
void lns_sort_keyed(lns_keyed *rows, lns_keyed *spare, size_t n);

/* Ascending by the upper halves, equals in the order given. `spare` has room for as many; returns
 * where the result is, one of the two. */
uint64_t *lns_sort_halves(uint64_t *words, uint64_t *spare, size_t n);

#endif
