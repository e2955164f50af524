/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of numbers are sorted by 32 bits of their first number, in one word with their place; what
 * those leave equal, which is little, is put right afterwards. Few words are sorted by merging,
 * many by their digits: neither branches on what it compares. */
#include "num/sort.h"

#include <stdbool.h>

/* -- any keys ---------------------------------------------------------------------------------- */

static void merge_keyed(const lns_keyed *from, size_t width, size_t n, lns_keyed *to) {
    size_t left = 0, right = width;
    for (size_t at = 0; at < n; at++) {
        bool take_left = left < width && (right >= n || from[left].key <= from[right].key);
        to[at] = from[take_left ? left++ : right++];
    }
}

/* Bottom-up merge sort: no recursion, no worst case. */
void lns_sort_keyed(lns_keyed *rows, lns_keyed *spare, size_t n) {
    lns_keyed *from = rows, *to = spare;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t left = n - at;
            merge_keyed(from + at, width < left ? width : left, left < 2 * width ? left : 2 * width,
                        to + at);
        }
        lns_keyed *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != rows)
        memcpy(rows, from, n * sizeof *rows);
}

/* -- few words by merging ---------------------------------------------------------------------- */

enum { RUN = 8, FEW = 256, MANY = 16384, SHORT_DIGIT = 8, LONG_DIGIT = 11 };

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a < b ? b : a;
}

/* Each word's place is the number of words before it: every pair is compared, none waits for
 * another. Words are distinct. */
static void place_run(uint64_t *words) {
    size_t places[RUN] = {0};
    uint64_t kept[RUN];
    memcpy(kept, words, sizeof kept);
    for (size_t i = 1; i < RUN; i++)
        for (size_t j = 0; j < i; j++) {
            size_t before = kept[j] < kept[i];
            places[i] += before;
            places[j] += 1 - before;
        }
    for (size_t i = 0; i < RUN; i++)
        words[places[i]] = kept[i];
}

static void insert_run(uint64_t *words, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint64_t moved = words[i];
        size_t at = i;
        for (; at > 0 && words[at - 1] > moved; at--)
            words[at] = words[at - 1];
        words[at] = moved;
    }
}

/* Two runs of one length, merged from both ends at once: after `width` steps the ends meet, and no
 * step can run out of either. */
static void merge_equal(const uint64_t *from, size_t width, uint64_t *to) {
    const uint64_t *left = from, *right = from + width;
    const uint64_t *left_end = right - 1, *right_end = right + width - 1;
    uint64_t *last = to + 2 * width - 1;
    for (size_t i = 0; i < width; i++) {
        uint64_t a = *left, b = *right, c = *left_end, d = *right_end;
        size_t take_right = b < a, take_left = d < c;
        *to++ = smaller(a, b);
        right += take_right;
        left += 1 - take_right;
        *last-- = larger(c, d);
        left_end -= take_left;
        right_end -= 1 - take_left;
    }
}

static void merge_rest(const uint64_t *from, size_t width, size_t n, uint64_t *to) {
    const uint64_t *left = from, *right = from + width, *middle = right, *end = from + n;
    while (left < middle && right < end) {
        size_t take_right = *right < *left;
        *to++ = smaller(*left, *right);
        right += take_right;
        left += 1 - take_right;
    }
    memcpy(to, left, (size_t)(middle - left) * sizeof *to);
    memcpy(to + (middle - left), right, (size_t)(end - right) * sizeof *to);
}

static void merge_width(const uint64_t *from, size_t n, size_t width, uint64_t *to) {
    size_t at = 0;
    for (; at + 2 * width <= n; at += 2 * width)
        merge_equal(from + at, width, to + at);
    if (at + width < n)
        merge_rest(from + at, width, n - at, to + at);
    else
        memcpy(to + at, from + at, (n - at) * sizeof *to);
}

static uint64_t *sort_few(uint64_t *words, uint64_t *spare, size_t n) {
    uint64_t *from = words, *to = spare;
    size_t whole = n / RUN * RUN;
    for (size_t at = 0; at < whole; at += RUN)
        place_run(words + at);
    insert_run(words + whole, n - whole);
    for (size_t width = RUN; width < n; width *= 2) {
        merge_width(from, n, width, to);
        uint64_t *swapped = from;
        from = to;
        to = swapped;
    }
    return from;
}

/* -- many words by digits ---------------------------------------------------------------------- */

/* One pass by a digit, least significant first; false when all words have the same. */
static bool spread_digit(const uint64_t *from, uint64_t *to, size_t n, uint32_t *counts, int shift,
                         size_t mask) {
    uint32_t sum = 0;
    if (counts[from[0] >> shift & mask] == n)
        return false;
    for (size_t d = 0; d <= mask; d++) {
        uint32_t count = counts[d];
        counts[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[counts[from[i] >> shift & mask]++] = from[i];
    return true;
}

static uint64_t *sort_digits(uint64_t *words, uint64_t *spare, size_t n, int bits) {
    uint32_t counts[(32 / LONG_DIGIT + 1) << LONG_DIGIT];
    int digits = (32 + bits - 1) / bits;
    size_t mask = ((size_t)1 << bits) - 1;
    memset(counts, 0, ((size_t)digits << bits) * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        for (int d = 0; d < digits; d++)
            counts[((size_t)d << bits) + (words[i] >> (32 + d * bits) & mask)]++;
    uint64_t *from = words, *to = spare;
    for (int d = 0; d < digits; d++) {
        if (!spread_digit(from, to, n, counts + ((size_t)d << bits), 32 + d * bits, mask))
            continue;
        uint64_t *swapped = from;
        from = to;
        to = swapped;
    }
    return from;
}

uint64_t *lns_sort_halves(uint64_t *words, uint64_t *spare, size_t n) {
    if (n < FEW)
        return sort_few(words, spare, n);
    return sort_digits(words, spare, n, n < MANY ? SHORT_DIGIT : LONG_DIGIT);
}

/* -- rows of numbers --------------------------------------------------------------------------- */

enum { SHORT_RUN = 16 };

static bool later(const double *a, const double *b, size_t m) {
    for (size_t k = 0; k < m; k++)
        if (a[k] != b[k])
            return a[k] > b[k];
    return false;
}

static void insert_rows(const double *points, size_t m, uint32_t *run, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint32_t moved = run[i];
        const double *point = points + moved * m;
        size_t at = i;
        for (; at > 0 && later(points + run[at - 1] * m, point, m); at--)
            run[at] = run[at - 1];
        run[at] = moved;
    }
}

/* A long run: by the last number first, each pass keeping the order of the one before. */
static void sort_run(const double *points, size_t m, uint32_t *run, lns_keyed *work, size_t n) {
    for (size_t k = m; k-- > 0;) {
        for (size_t i = 0; i < n; i++)
            work[i] = (lns_keyed){lns_key_of(points[run[i] * m + k]), run[i]};
        lns_sort_keyed(work, work + n, n);
        for (size_t i = 0; i < n; i++)
            run[i] = (uint32_t)work[i].value;
    }
}

/* Bits to leave out so that the range of the first numbers' keys fits 32. */
static int surplus_bits(const uint64_t *keys, size_t n, uint64_t *least) {
    uint64_t low = UINT64_MAX, high = 0;
    int surplus = 0;
    for (size_t i = 0; i < n; i++) {
        low = smaller(low, keys[i]);
        high = larger(high, keys[i]);
    }
    *least = low;
    while ((high - low) >> surplus > UINT32_MAX)
        surplus++;
    return surplus;
}

/* Puts rows right whose 32 bits are equal; true if there are runs too long for that. */
static bool sort_short_runs(const double *points, size_t m, const uint64_t *words, size_t n,
                            uint32_t *order) {
    bool long_ones = false;
    for (size_t start = 0, end; start < n; start = end) {
        for (end = start + 1; end < n && words[end] >> 32 == words[start] >> 32; end++)
            ;
        if (end - start > SHORT_RUN)
            long_ones = true;
        else if (end - start > 1)
            insert_rows(points, m, order + start, end - start);
    }
    return long_ones;
}

typedef struct prefix {
    uint64_t least;
    int surplus;
} prefix;

static uint64_t prefix_of(const prefix *p, double number) {
    return (lns_key_of(number) - p->least) >> p->surplus;
}

/* `work` no longer holds the words here. */
static void sort_long_runs(const double *points, size_t m, const prefix *p, size_t n,
                           uint32_t *order, uint64_t *work) {
    for (size_t start = 0, end; start < n; start = end) {
        uint64_t own = prefix_of(p, points[order[start] * m]);
        for (end = start + 1; end < n && prefix_of(p, points[order[end] * m]) == own; end++)
            ;
        if (end - start > SHORT_RUN)
            sort_run(points, m, order + start, (lns_keyed *)(void *)work, end - start);
    }
}

void lns_sort_rows(const double *points, size_t n, size_t m, uint32_t *order, int given,
                   uint64_t *work) {
    uint64_t *words = work;
    prefix p;
    if (n == 0)
        return;
    uint32_t *before = (uint32_t *)(void *)(work + 2 * n);
    if (given)
        memcpy(before, order, n * sizeof *order);
    for (size_t i = 0; i < n; i++)
        words[i] = lns_key_of(points[(given ? order[i] : i) * m]);
    p.surplus = surplus_bits(words, n, &p.least);
    for (size_t i = 0; i < n; i++)
        words[i] = (words[i] - p.least) >> p.surplus << 32 | i;
    words = lns_sort_halves(words, work + n, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t place = (uint32_t)words[i];
        order[i] = given ? before[place] : place;
    }
    if (m == 1 && p.surplus == 0)
        return;
    if (sort_short_runs(points, m, words, n, order))
        sort_long_runs(points, m, &p, n, order, work);
}
