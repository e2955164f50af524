/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PARETO_PLACES_H
#define LNS_PARETO_PLACES_H
/* A set of places 0 .. count-1 as a tree of words of 64 bits, whose neighbours are found in as many
 * steps as the tree is high. */
#include <stddef.h>
#include <stdint.h>

enum { LNS_PLACES_LEVELS = 6 };
typedef struct lns_places {
    uint64_t *words[LNS_PLACES_LEVELS];
    size_t levels;
    size_t count;
} lns_places;

/* An empty set, in memory for count / 32 + LNS_PLACES_LEVELS words. */
void lns_places_init(lns_places *places, uint64_t *memory, size_t count);
void lns_places_set(lns_places *places, size_t place);
void lns_places_clear(lns_places *places, size_t place);
/* The first member from `place` on; `count` if there is none. */
size_t lns_places_from(const lns_places *places, size_t place);
/* The last member before `place`; `place` itself, or more, if there is none. */
size_t lns_places_before(const lns_places *places, size_t place);

#endif
