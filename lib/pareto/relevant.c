/* SPDX-License-Identifier: Apache-2.0 */
#include "pareto/relevant.h"
#include "base/base.h"
#include "pareto/pareto.h"
#include "pareto/vectors.h"

/* -- portable ---------------------------------------------------------------------------------- */

static void floors_plain(const lns_boxes *b, const double *box, double *floors) {
    size_t d = b->dimensions;
    for (size_t i = 0; i < b->count; i++) {
        size_t short_sides = 0, shorter = 0;
        for (size_t k = 0; k < d; k++)
            if (b->sides[k * b->stride + i] < box[k]) {
                short_sides++;
                shorter = k;
            }
        for (size_t k = 0; k < d; k++) {
            double side = b->sides[k * b->stride + i];
            bool alone = short_sides == 0 || (short_sides == 1 && shorter == k);
            floors[k] = alone && side > floors[k] ? side : floors[k];
        }
    }
}

static size_t above_plain(const lns_boxes *b, const double *floors, uint32_t *list) {
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        bool above = true;
        for (size_t k = 0; k < b->dimensions; k++)
            above = above && b->sides[k * b->stride + i] > floors[k];
        list[count] = (uint32_t)i;
        count += above;
    }
    return count;
}

static size_t within_plain(const lns_boxes *b, const double *box, uint32_t *list) {
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        bool within = true;
        for (size_t k = 0; k < b->dimensions; k++)
            within = within && b->sides[k * b->stride + i] <= box[k];
        list[count] = (uint32_t)i;
        count += within;
    }
    return count;
}

/* -- vectors ----------------------------------------------------------------------------------- */

static LNS_ALWAYS_INLINE size_t list_bits(uint32_t bits, size_t first, uint32_t *list,
                                          size_t count) {
    for (; bits; bits &= bits - 1)
        list[count++] = (uint32_t)(first + lns_lowest_bit(bits));
    return count;
}

#if LNS_WIDE
enum { MOST_FIXED = 4 };

/* The loops over dimensions unroll where their number is a constant. */
static LNS_ALWAYS_INLINE LNS_TARGET_512 void floors_fixed_512(const lns_boxes *b, const double *box,
                                                              double *floors, size_t d) {
    __m512d highest[MOST_FIXED];
    for (size_t k = 0; k < d; k++)
        highest[k] = _mm512_setzero_pd();
    for (size_t i = 0; i < b->count; i += 8) {
        __m512d side[MOST_FIXED];
        __mmask8 reaches[MOST_FIXED];
        for (size_t k = 0; k < d; k++) {
            side[k] = _mm512_loadu_pd(b->sides + k * b->stride + i);
            reaches[k] = _mm512_cmp_pd_mask(side[k], _mm512_set1_pd(box[k]), _CMP_GE_OQ);
        }
        for (size_t k = 0; k < d; k++) {
            __mmask8 others = 0xff;
            for (size_t j = 0; j < d; j++)
                others = j == k ? others : (__mmask8)(others & reaches[j]);
            highest[k] = _mm512_mask_max_pd(highest[k], others, highest[k], side[k]);
        }
    }
    for (size_t k = 0; k < d; k++)
        floors[k] = _mm512_reduce_max_pd(highest[k]);
}

static LNS_TARGET_512 void floors_512(const lns_boxes *b, const double *box, double *floors) {
    if (b->dimensions == 3)
        floors_fixed_512(b, box, floors, 3);
    else if (b->dimensions == 4)
        floors_fixed_512(b, box, floors, 4);
    else
        floors_plain(b, box, floors);
}

static LNS_ALWAYS_INLINE LNS_TARGET_512 size_t above_fixed_512(const lns_boxes *b,
                                                               const double *floors, uint32_t *list,
                                                               size_t d) {
    __m512d limit[MOST_FIXED];
    size_t count = 0;
    for (size_t k = 0; k < d; k++)
        limit[k] = _mm512_set1_pd(floors[k]);
    for (size_t i = 0; i < b->count; i += 8) {
        __mmask8 found = 0xff;
        for (size_t k = 0; k < d; k++)
            found = _mm512_mask_cmp_pd_mask(found, _mm512_loadu_pd(b->sides + k * b->stride + i),
                                            limit[k], _CMP_GT_OQ);
        count = list_bits(found, i, list, count);
    }
    return count;
}

static LNS_TARGET_512 size_t above_512(const lns_boxes *b, const double *floors, uint32_t *list) {
    if (b->dimensions == 3)
        return above_fixed_512(b, floors, list, 3);
    if (b->dimensions == 4)
        return above_fixed_512(b, floors, list, 4);
    return above_plain(b, floors, list);
}

static LNS_ALWAYS_INLINE LNS_TARGET_512 size_t within_fixed_512(const lns_boxes *b,
                                                                const double *box, uint32_t *list,
                                                                size_t d) {
    __m512d limit[MOST_FIXED];
    size_t count = 0;
    for (size_t k = 0; k < d; k++)
        limit[k] = _mm512_set1_pd(box[k]);
    for (size_t i = 0; i < b->count; i += 8) {
        uint32_t rest = b->count - i < 8 ? (1u << (b->count - i)) - 1 : 0xff;
        __mmask8 found = (__mmask8)rest;
        for (size_t k = 0; k < d; k++)
            found = _mm512_mask_cmp_pd_mask(found, _mm512_loadu_pd(b->sides + k * b->stride + i),
                                            limit[k], _CMP_LE_OQ);
        count = list_bits(found, i, list, count);
    }
    return count;
}

static LNS_TARGET_512 size_t within_512(const lns_boxes *b, const double *box, uint32_t *list) {
    if (b->dimensions == 3)
        return within_fixed_512(b, box, list, 3);
    if (b->dimensions == 4)
        return within_fixed_512(b, box, list, 4);
    return within_plain(b, box, list);
}

static LNS_ALWAYS_INLINE LNS_TARGET_256 void floors_fixed_256(const lns_boxes *b, const double *box,
                                                              double *floors, size_t d) {
    __m256d highest[MOST_FIXED];
    for (size_t k = 0; k < d; k++)
        highest[k] = _mm256_setzero_pd();
    for (size_t i = 0; i < b->count; i += 4) {
        __m256d side[MOST_FIXED], reaches[MOST_FIXED];
        for (size_t k = 0; k < d; k++) {
            side[k] = _mm256_loadu_pd(b->sides + k * b->stride + i);
            reaches[k] = _mm256_cmp_pd(side[k], _mm256_set1_pd(box[k]), _CMP_GE_OQ);
        }
        for (size_t k = 0; k < d; k++) {
            __m256d others = side[k];
            for (size_t j = 0; j < d; j++)
                others = j == k ? others : _mm256_and_pd(others, reaches[j]);
            highest[k] = _mm256_max_pd(highest[k], others);
        }
    }
    for (size_t k = 0; k < d; k++) {
        double lanes[4];
        _mm256_storeu_pd(lanes, highest[k]);
        for (size_t i = 0; i < 4; i++)
            floors[k] = lanes[i] > floors[k] ? lanes[i] : floors[k];
    }
}

static LNS_TARGET_256 void floors_256(const lns_boxes *b, const double *box, double *floors) {
    if (b->dimensions == 3)
        floors_fixed_256(b, box, floors, 3);
    else if (b->dimensions == 4)
        floors_fixed_256(b, box, floors, 4);
    else
        floors_plain(b, box, floors);
}

static LNS_ALWAYS_INLINE LNS_TARGET_256 size_t above_fixed_256(const lns_boxes *b,
                                                               const double *floors, uint32_t *list,
                                                               size_t d) {
    __m256d limit[MOST_FIXED];
    size_t count = 0;
    for (size_t k = 0; k < d; k++)
        limit[k] = _mm256_set1_pd(floors[k]);
    for (size_t i = 0; i < b->count; i += 4) {
        __m256d found = _mm256_castsi256_pd(_mm256_set1_epi64x(-1));
        for (size_t k = 0; k < d; k++)
            found =
                _mm256_and_pd(found, _mm256_cmp_pd(_mm256_loadu_pd(b->sides + k * b->stride + i),
                                                   limit[k], _CMP_GT_OQ));
        count = list_bits((uint32_t)_mm256_movemask_pd(found), i, list, count);
    }
    return count;
}

static LNS_TARGET_256 size_t above_256(const lns_boxes *b, const double *floors, uint32_t *list) {
    if (b->dimensions == 3)
        return above_fixed_256(b, floors, list, 3);
    if (b->dimensions == 4)
        return above_fixed_256(b, floors, list, 4);
    return above_plain(b, floors, list);
}

static LNS_ALWAYS_INLINE LNS_TARGET_256 size_t within_fixed_256(const lns_boxes *b,
                                                                const double *box, uint32_t *list,
                                                                size_t d) {
    __m256d limit[MOST_FIXED];
    size_t count = 0;
    for (size_t k = 0; k < d; k++)
        limit[k] = _mm256_set1_pd(box[k]);
    for (size_t i = 0; i < b->count; i += 4) {
        uint32_t rest = b->count - i < 4 ? (1u << (b->count - i)) - 1 : 0xf;
        __m256d found = _mm256_castsi256_pd(_mm256_set1_epi64x(-1));
        for (size_t k = 0; k < d; k++)
            found =
                _mm256_and_pd(found, _mm256_cmp_pd(_mm256_loadu_pd(b->sides + k * b->stride + i),
                                                   limit[k], _CMP_LE_OQ));
        count = list_bits((uint32_t)_mm256_movemask_pd(found) & rest, i, list, count);
    }
    return count;
}

static LNS_TARGET_256 size_t within_256(const lns_boxes *b, const double *box, uint32_t *list) {
    if (b->dimensions == 3)
        return within_fixed_256(b, box, list, 3);
    if (b->dimensions == 4)
        return within_fixed_256(b, box, list, 4);
    return within_plain(b, box, list);
}
#else
#define floors_512 floors_plain
#define floors_256 floors_plain
#define above_512 above_plain
#define above_256 above_plain
#define within_512 within_plain
#define within_256 within_plain
#endif

/* -- the choice -------------------------------------------------------------------------------- */

bool lns_relevant_boxes(const lns_boxes *boxes, const double *box, int32_t vectors, double *floors,
                        uint32_t *list, size_t *listed) {
    *listed = 0;
    for (size_t k = 0; k < boxes->dimensions; k++)
        floors[k] = 0.0;
    if (vectors == LNS_VECTORS_512)
        floors_512(boxes, box, floors);
    else if (vectors == LNS_VECTORS_256)
        floors_256(boxes, box, floors);
    else
        floors_plain(boxes, box, floors);
    for (size_t k = 0; k < boxes->dimensions; k++)
        if (floors[k] >= box[k])
            return false;
    if (vectors == LNS_VECTORS_512)
        *listed = above_512(boxes, floors, list);
    else if (vectors == LNS_VECTORS_256)
        *listed = above_256(boxes, floors, list);
    else
        *listed = above_plain(boxes, floors, list);
    return true;
}

size_t lns_covered_boxes(const lns_boxes *boxes, const double *box, int32_t vectors,
                         uint32_t *list) {
    if (vectors == LNS_VECTORS_512)
        return within_512(boxes, box, list);
    if (vectors == LNS_VECTORS_256)
        return within_256(boxes, box, list);
    return within_plain(boxes, box, list);
}
