/* SPDX-License-Identifier: Apache-2.0 */
/* A set of canonical genomes: open addressing over the genomes' hashes, the genomes kept in one
 * array of the narrowest integers that hold the space's value indices. */
#include "space/model.h"

#include <string.h>

struct lns_genome_set {
    linas_space *space;
    size_t gene_bytes;
    size_t row_bytes;
    unsigned char *rows;
    size_t row_capacity; /* in bytes */
    size_t count;
    uint32_t *table; /* 0, or a row's number and one */
    size_t table_size;
    unsigned char *probe; /* one packed genome */
};

static size_t gene_bytes(const linas_space *space) {
    for (size_t i = 0; i < space->variable_count; i++)
        if (space->variables[i].values > 256)
            return 2;
    return 1;
}

linas_status lns_genome_set_create(const linas_space *space, lns_genome_set **set) {
    linas_context *context = space->context;
    lns_genome_set *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->space = lns_space_keep(space);
    made->gene_bytes = gene_bytes(space);
    made->row_bytes = made->gene_bytes * space->variable_count;
    made->probe = lns_alloc(context, made->row_bytes, 1);
    if (!made->probe) {
        lns_genome_set_destroy(made);
        return lns_no_memory(context);
    }
    *set = made;
    return LINAS_OK;
}

void lns_genome_set_destroy(lns_genome_set *set) {
    if (!set)
        return;
    linas_space *space = set->space;
    lns_free(space->context, set->rows);
    lns_free(space->context, set->table);
    lns_free(space->context, set->probe);
    lns_free(space->context, set);
    lns_space_drop(space);
}

static void pack(const lns_genome_set *set, const int32_t *canonical, unsigned char *row) {
    for (size_t i = 0; i < set->space->variable_count; i++) {
        uint32_t value = (uint32_t)canonical[i];
        row[i * set->gene_bytes] = (unsigned char)(value & 0xff);
        if (set->gene_bytes == 2)
            row[i * 2 + 1] = (unsigned char)(value >> 8 & 0xff);
    }
}

static uint64_t hash_row(const lns_genome_set *set, const unsigned char *row) {
    return lns_hash_bytes(0, row, set->row_bytes);
}

/* Place of the packed genome in the table, or the free place where it belongs. */
static size_t place_of(const lns_genome_set *set, const unsigned char *row) {
    size_t mask = set->table_size - 1, at = hash_row(set, row) & mask;
    while (set->table[at] &&
           memcmp(set->rows + (set->table[at] - 1) * set->row_bytes, row, set->row_bytes) != 0)
        at = (at + 1) & mask;
    return at;
}

static linas_status grow_table(lns_genome_set *set) {
    linas_context *context = set->space->context;
    if (set->table_size >= 2 * (set->count + 1))
        return LINAS_OK;
    size_t size = set->table_size ? set->table_size * 2 : 64;
    uint32_t *table = lns_alloc_zero(context, size, sizeof *table);
    if (!table)
        return lns_no_memory(context);
    lns_free(context, set->table);
    set->table = table;
    set->table_size = size;
    for (size_t i = 0; i < set->count; i++)
        table[place_of(set, set->rows + i * set->row_bytes)] = (uint32_t)i + 1;
    return LINAS_OK;
}

linas_status lns_genome_set_add(lns_genome_set *set, const int32_t *canonical, bool *added) {
    linas_context *context = set->space->context;
    *added = false;
    LNS_TRY(grow_table(set));
    pack(set, canonical, set->probe);
    size_t at = place_of(set, set->probe);
    if (set->table[at])
        return LINAS_OK;
    if (set->count >= UINT32_MAX - 1)
        return lns_no_memory(context); /* not reached: takes a machine of 64 GB */
    if (!lns_grow(context, &set->rows, &set->row_capacity, (set->count + 1) * set->row_bytes, 1))
        return lns_no_memory(context);
    memcpy(set->rows + set->count * set->row_bytes, set->probe, set->row_bytes);
    set->table[at] = (uint32_t)++set->count;
    *added = true;
    return LINAS_OK;
}

bool lns_genome_set_find(const lns_genome_set *set, const int32_t *canonical, size_t *number) {
    if (set->count == 0)
        return false;
    pack(set, canonical, set->probe);
    uint32_t found = set->table[place_of(set, set->probe)];
    *number = found ? found - 1 : 0;
    return found != 0;
}

bool lns_genome_set_has(const lns_genome_set *set, const int32_t *canonical) {
    size_t number;
    return lns_genome_set_find(set, canonical, &number);
}

void lns_genome_set_clear(lns_genome_set *set) {
    if (set->table_size > 0)
        memset(set->table, 0, set->table_size * sizeof *set->table);
    set->count = 0;
}

size_t lns_genome_set_size(const lns_genome_set *set) {
    return set->count;
}
