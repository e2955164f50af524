/* SPDX-License-Identifier: Apache-2.0 */
#include "num/rng.h"

lns_rng lns_rng_stream(uint64_t seed, uint64_t purpose, uint64_t generation, uint64_t slot) {
    uint64_t key = lns_hash_u64(seed, purpose);
    key = lns_hash_u64(key, generation);
    key = lns_hash_u64(key, slot);
    lns_rng rng = {key, 0};
    return rng;
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
