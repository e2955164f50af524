/* SPDX-License-Identifier: Apache-2.0 */
#include "num/rng.h"
#include "base/base.h"

lns_rng lns_rng_stream(uint64_t seed, uint64_t purpose, uint64_t generation, uint64_t slot) {
    uint64_t key = lns_hash_u64(seed, purpose);
    key = lns_hash_u64(key, generation);
    key = lns_hash_u64(key, slot);
    lns_rng rng = {key, 0};
    return rng;
}

/* SplitMix64 (Steele, Lea and Flood 2014): a mixed counter. */
uint64_t lns_rng_next(lns_rng *rng) {
    rng->counter++;
    return lns_mix64(rng->key + rng->counter * UINT64_C(0x9e3779b97f4a7c15));
}

double lns_rng_unit(lns_rng *rng) {
    return (double)(lns_rng_next(rng) >> 11) * 0x1p-53;
}

uint32_t lns_rng_below(lns_rng *rng, uint32_t bound) {
    /* Lemire's multiplication (2019): the high half is the draw; the few low halves that would make
     * it uneven are rejected. */
    uint64_t product = (lns_rng_next(rng) >> 32) * bound;
    uint32_t threshold = (uint32_t)(-bound) % bound;
    while ((uint32_t)product < threshold)
        product = (lns_rng_next(rng) >> 32) * bound;
    return (uint32_t)(product >> 32);
}
