/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

uint64_t lns_hash_u64(uint64_t seed, uint64_t value) {
    return lns_mix64((seed + UINT64_C(0x9e3779b97f4a7c15)) ^ lns_mix64(value));
}

uint64_t lns_hash_bytes(uint64_t seed, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    uint64_t hash = lns_hash_u64(seed, count);
    /* Little-endian words put together by shifts, so that every machine gets the same hash. */
    while (count > 0) {
        uint64_t word = 0;
        size_t taken = count < 8 ? count : 8;
        for (size_t i = 0; i < taken; i++)
            word |= (uint64_t)next[i] << (8 * i);
        hash = lns_hash_u64(hash, word);
        next += taken;
        count -= taken;
    }
    return hash;
}
