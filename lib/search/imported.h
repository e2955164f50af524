/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_IMPORTED_H
#define LNS_SEARCH_IMPORTED_H
/* What was measured before the search: rows of distinct canonical genomes, in the order in which
 * they first came, each with the values that are known. */
#include "search/goals.h"
#include "space/space.h"

typedef struct lns_imported {
    linas_context *context;
    size_t variables;
    size_t objectives;
    size_t count;
    lns_genome_set *rows; /* NULL until something is imported */
    int32_t *genomes;
    size_t genome_capacity;
    double *values; /* the objectives' own; NaN: not known */
    size_t value_capacity;
} lns_imported;

/* A copy that can be added to; free it also when this failed. */
linas_status lns_imported_copy(const lns_imported *from, const linas_space *space,
                               size_t objectives, lns_imported *copy);
void lns_imported_free(lns_imported *imported);
/* Adds a row, or puts the values that are no NaN in place of those of the same genome. */
linas_status lns_imported_add(lns_imported *imported, const int32_t *canonical,
                              const double *values, size_t *row);
/* The values of a genome, or NULL. */
const double *lns_imported_find(const lns_imported *imported, const int32_t *canonical);
const int32_t *lns_imported_genome(const lns_imported *imported, size_t row);
double *lns_imported_values(const lns_imported *imported, size_t row);
/* How many of the rows before `end` know an objective. */
size_t lns_imported_known(const lns_imported *imported, size_t objective, size_t end);

#endif
