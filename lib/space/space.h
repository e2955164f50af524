/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SPACE_SPACE_H
#define LNS_SPACE_SPACE_H
/* What the rooms above need to know of a space, without checks: genomes given to these functions
 * have passed linas_space_check(). */
#include "base/base.h"
#include <linas/space.h>

/* References, so that engines, predictors and searches keep their space alive. Keeping a space also
 * makes it immutable. */
linas_space *lns_space_keep(const linas_space *space);
void lns_space_drop(linas_space *space);

linas_context *lns_space_context(const linas_space *space);

/* Facts about one variable of the genome. */
typedef struct lns_variable {
    int32_t values;   /* number of values */
    int32_t order;    /* LINAS_CATEGORICAL or LINAS_ORDINAL */
    bool conditional; /* may be inactive */
    bool controls;    /* others' activity depends on it */
    size_t group;
    size_t slot;
} lns_variable;
const lns_variable *lns_space_variable(const linas_space *space, size_t variable);
/* "ks[3]", or "d" in a group of one slot, for messages. */
void lns_space_variable_name(const linas_space *space, size_t variable, char *out, size_t capacity);
/* Numbers behind an ordinal's value indices, scaled to [0, 1] over the range (strings: evenly
 * spaced): lns_variable.values of them. Lives as long as the space. */
const double *lns_space_positions(const linas_space *space, size_t variable);

/* Do two groups have equal values of one kind and order? */
bool lns_space_same_values(const linas_space *space, size_t a, size_t b);

/* Do two variables describe one layer? They stand in the same slot of groups of as many slots, two
 * or more, and are active together. */
bool lns_space_same_layer(const linas_space *space, size_t a, size_t b);

/* Canonical form (in place allowed) and, unless NULL, the activity bits. */
void lns_space_canonicalize(const linas_space *space, const int32_t *genome, int32_t *canonical,
                            uint8_t *active);
/* Hash of a genome that is already canonical; equals linas_space_hash(). */
uint64_t lns_space_hash_canonical(const linas_space *space, const int32_t *canonical);
bool lns_space_has_predicate(const linas_space *space);
/* True without a predicate; a stop code of the host's (see linas_feasible_fn) is the status. */
linas_status lns_space_feasible(const linas_space *space, const int32_t *canonical, bool *feasible);

/* A set of canonical genomes by value (not only by hash): for "no duplicates". */
typedef struct lns_genome_set lns_genome_set;
linas_status lns_genome_set_create(const linas_space *space, lns_genome_set **set);
void lns_genome_set_destroy(lns_genome_set *set);
/* *added is false when the genome was there already. */
linas_status lns_genome_set_add(lns_genome_set *set, const int32_t *canonical, bool *added);
bool lns_genome_set_has(const lns_genome_set *set, const int32_t *canonical);
/* The genome's number in the order of adding, from 0; false if it is not there. */
bool lns_genome_set_find(const lns_genome_set *set, const int32_t *canonical, size_t *number);
void lns_genome_set_clear(lns_genome_set *set);
size_t lns_genome_set_size(const lns_genome_set *set);

/* Genomes packed for inner loops: 16 bits a gene, in rows of lns_packing_stride() genes of which
 * those beyond the last variable are 0; activity as bits, lns_packing_words() words of 64 a row. */
typedef struct lns_packing lns_packing;
linas_status lns_packing_create(const linas_space *space, lns_packing **packing);
void lns_packing_destroy(lns_packing *packing);
size_t lns_packing_stride(const lns_packing *packing);
size_t lns_packing_words(const lns_packing *packing);
/* Is every genome canonical, and every variable always active? */
bool lns_packing_plain(const lns_packing *packing);
void lns_packing_pack(const lns_packing *packing, const int32_t *genome, uint16_t *row);
void lns_packing_unpack(const lns_packing *packing, const uint16_t *row, int32_t *genome);
/* The activity bits; values that mean the same as others are replaced by those, nothing else. */
void lns_packing_activity(const lns_packing *packing, uint16_t *row, uint64_t *active);
/* Canonical form in place, and the activity bits. */
void lns_packing_canonicalize(const lns_packing *packing, uint16_t *row, uint64_t *active);
/* Only for tables in memory: not the same on every machine. */
uint64_t lns_packing_hash(const lns_packing *packing, const uint16_t *row);
/* row[i] = other[i] where bit i is set; n is a multiple of 8. */
void lns_packed_choose(uint16_t *row, const uint16_t *other, const uint64_t *bits, size_t n);
void lns_packed_choose_portable(uint16_t *row, const uint16_t *other, const uint64_t *bits,
                                size_t n);

/* Draws like linas_space_sample(), skipping what is in `taken` (may be NULL). Stops early, with
 * fewer than `count`, when the space is used up. A host's stop code comes back as the status. */
linas_status lns_space_draw(const linas_space *space, int32_t method, uint64_t seed,
                            const lns_genome_set *taken, size_t count, int32_t *genomes,
                            size_t *found);

#endif
