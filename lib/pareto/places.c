/* SPDX-License-Identifier: Apache-2.0 */
#include "pareto/places.h"
#include "base/base.h"

#include <string.h>

void lns_places_init(lns_places *places, uint64_t *memory, size_t count) {
    places->levels = 0;
    places->count = count;
    for (size_t bits = count; places->levels == 0 || bits > 1;) {
        size_t words = (bits + 63) / 64;
        memset(memory, 0, words * sizeof *memory);
        places->words[places->levels++] = memory;
        memory += words;
        bits = words;
    }
}

void lns_places_set(lns_places *places, size_t place) {
    for (size_t l = 0; l < places->levels; l++, place /= 64)
        places->words[l][place / 64] |= UINT64_C(1) << place % 64;
}

void lns_places_clear(lns_places *places, size_t place) {
    for (size_t l = 0; l < places->levels; l++, place /= 64) {
        uint64_t *word = &places->words[l][place / 64];
        *word &= ~(UINT64_C(1) << place % 64);
        if (*word)
            return;
    }
}

static size_t highest_bit(uint64_t bits) {
#if defined(__GNUC__)
    return 63 - (size_t)__builtin_clzll(bits);
#else
    size_t at = 63;
    while (!(bits >> at & 1))
        at--;
    return at;
#endif
}

size_t lns_places_from(const lns_places *places, size_t place) {
    size_t limit = places->count;
    for (size_t l = 0; l < places->levels && place < limit; l++) {
        uint64_t bits = places->words[l][place / 64] >> place % 64;
        if (bits) {
            place += lns_lowest_bit(bits);
            while (l-- > 0)
                place = place * 64 + lns_lowest_bit(places->words[l][place]);
            return place;
        }
        place = place / 64 + 1;
        limit = (limit + 63) / 64;
    }
    return places->count;
}

size_t lns_places_before(const lns_places *places, size_t place) {
    size_t none = place;
    for (size_t l = 0; l < places->levels && place > 0; l++) {
        size_t last = place - 1;
        uint64_t bits = places->words[l][last / 64] << (63 - last % 64);
        if (bits) {
            place = last - (63 - highest_bit(bits));
            while (l-- > 0)
                place = place * 64 + highest_bit(places->words[l][place]);
            return place;
        }
        place = last / 64;
    }
    return none;
}
