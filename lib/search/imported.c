/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of an import. */
#include "search/imported.h"

#include <math.h>
#include <string.h>

linas_status lns_imported_copy(const lns_imported *from, const linas_space *space,
                               size_t objectives, lns_imported *copy) {
    memset(copy, 0, sizeof *copy);
    copy->context = lns_space_context(space);
    copy->variables = linas_space_variables(space);
    copy->objectives = objectives;
    LNS_TRY(lns_genome_set_create(space, &copy->rows));
    for (size_t i = 0; i < from->count; i++) {
        size_t row;
        LNS_TRY(lns_imported_add(copy, lns_imported_genome(from, i), lns_imported_values(from, i),
                                 &row));
    }
    return LINAS_OK;
}

void lns_imported_free(lns_imported *imported) {
    if (!imported->context)
        return;
    lns_genome_set_destroy(imported->rows);
    lns_free(imported->context, imported->genomes);
    lns_free(imported->context, imported->values);
    memset(imported, 0, sizeof *imported);
}

static linas_status append(lns_imported *imported, const int32_t *canonical) {
    size_t n = imported->variables, m = imported->objectives, count = imported->count;
    linas_context *context = imported->context;
    bool added;
    if (!lns_grow(context, &imported->genomes, &imported->genome_capacity, (count + 1) * n,
                  sizeof *imported->genomes) ||
        !lns_grow(context, &imported->values, &imported->value_capacity, (count + 1) * m,
                  sizeof *imported->values))
        return lns_no_memory(context);
    LNS_TRY(lns_genome_set_add(imported->rows, canonical, &added));
    memcpy(imported->genomes + count * n, canonical, n * sizeof *canonical);
    for (size_t j = 0; j < m; j++)
        imported->values[count * m + j] = (double)NAN;
    imported->count++;
    return LINAS_OK;
}

linas_status lns_imported_add(lns_imported *imported, const int32_t *canonical,
                              const double *values, size_t *row) {
    if (!lns_genome_set_find(imported->rows, canonical, row)) {
        *row = imported->count;
        LNS_TRY(append(imported, canonical));
    }
    double *known = lns_imported_values(imported, *row);
    for (size_t j = 0; j < imported->objectives; j++)
        known[j] = isnan(values[j]) ? known[j] : values[j];
    return LINAS_OK;
}

const double *lns_imported_find(const lns_imported *imported, const int32_t *canonical) {
    size_t row;
    if (imported->count == 0 || !lns_genome_set_find(imported->rows, canonical, &row))
        return NULL;
    return lns_imported_values(imported, row);
}

const int32_t *lns_imported_genome(const lns_imported *imported, size_t row) {
    return imported->genomes + row * imported->variables;
}

double *lns_imported_values(const lns_imported *imported, size_t row) {
    return imported->values + row * imported->objectives;
}

size_t lns_imported_known(const lns_imported *imported, size_t objective, size_t end) {
    size_t count = 0;
    for (size_t i = 0; i < end; i++)
        count += isnan(lns_imported_values(imported, i)[objective]) ? 0 : 1;
    return count;
}
