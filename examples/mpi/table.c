/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

enum { STAGES = 3, LINE = 256, FIRST_DEPTH = 9 };

/* A kernel size for each stage, an expansion for its first layer and one for those behind it, which
 * means nothing where the depth is 1. */
const char table_space[] = "{\"ks\":{\"count\":3,\"vars\":[3,5],\"ordered\":true},"
                           "\"e\":{\"count\":6,\"vars\":[1,6],\"ordered\":true,"
                           "\"active_if\":{\"variable\":\"d\",\"stages\":[2,2,2]}},"
                           "\"d\":{\"count\":3,\"vars\":[1,2,3],\"ordered\":true}}";

static size_t index_of(const int32_t *genome) {
    size_t index = 0;
    for (int i = 0; i < FIRST_DEPTH; i++)
        index = 2 * index + (size_t)genome[i];
    for (int i = FIRST_DEPTH; i < TABLE_VARIABLES; i++)
        index = 3 * index + (size_t)genome[i];
    return index;
}

const cell *table_find(const cell *table, const int32_t *genome) {
    return &table[index_of(genome)];
}

static int read_line(const char *line, cell *table) {
    int v[TABLE_VARIABLES];
    int32_t genome[TABLE_VARIABLES];
    cell one;
    if (sscanf(line, "%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%lf,%lf", &v[0], &v[1], &v[2], &v[3],
               &v[4], &v[5], &v[6], &v[7], &v[8], &v[9], &v[10], &v[11], &one.accuracy,
               &one.latency) != TABLE_VARIABLES + 2)
        return -1;
    for (int i = 0; i < TABLE_VARIABLES; i++) {
        genome[i] = i < STAGES ? v[i] == 5 : i < FIRST_DEPTH ? v[i] == 6 : v[i] - 1;
        if (genome[i] < 0 || genome[i] > 2)
            return -1;
    }
    table[index_of(genome)] = one;
    return 0;
}

cell *table_read(const char *path) {
    char line[LINE];
    FILE *file = fopen(path, "r");
    cell *table = calloc(TABLE_CELLS, sizeof *table);
    int good = file && table && fgets(line, sizeof line, file);
    while (good && fgets(line, sizeof line, file))
        good = read_line(line, table) == 0;
    if (file)
        fclose(file);
    if (good)
        return table;
    fprintf(stderr, "ranks: %s cannot be read\n", path);
    free(table);
    return NULL;
}
