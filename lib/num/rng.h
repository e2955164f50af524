/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_RNG_H
#define LNS_NUM_RNG_H
/* Counter-based random streams: a stream is keyed by what it is for, so that what one part of a
 * search draws never depends on how much another part drew, nor on the order of arrival. */
#include "base/base.h"

/* What a stream is for; append only, the values are part of reproducibility. */
enum {
    LNS_RNG_SAMPLE = 1,
    LNS_RNG_NSGA2_INITIAL = 2,
    LNS_RNG_NSGA2_VARIATION = 3,
    LNS_RNG_FOLDS = 4,
    LNS_RNG_SEARCH_INITIAL = 5,
    LNS_RNG_SEARCH_INNER = 6,
    LNS_RNG_SEARCH_FILL = 7,
    LNS_RNG_NSGA2_SURVIVAL = 8
};

typedef struct lns_rng {
    uint64_t key;
    uint64_t counter;
} lns_rng;

lns_rng lns_rng_stream(uint64_t seed, uint64_t purpose, uint64_t generation, uint64_t slot);

/* SplitMix64 (Steele, Lea and Flood 2014): a mixed counter. */
static inline uint64_t lns_rng_next(lns_rng *rng) {
    rng->counter++;
    return lns_mix64(rng->key + rng->counter * UINT64_C(0x9e3779b97f4a7c15));
}

/* Uniform in [0, 1) with 53 bits. */
static inline double lns_rng_unit(lns_rng *rng) {
    return (double)(lns_rng_next(rng) >> 11) * 0x1p-53;
}

/* Uniform in 0 .. bound-1, without bias; bound >= 1. */
uint32_t lns_rng_below(lns_rng *rng, uint32_t bound);

#endif
