/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RANKS_TABLE_H
#define RANKS_TABLE_H
/* The demo's super-network, as far as it was measured exhaustively: bench/data/fashion.csv. */
#include <stdint.h>

enum { TABLE_VARIABLES = 12, TABLE_CELLS = 1 << 9 << 5 };

extern const char table_space[]; /* as JSON */

typedef struct cell {
    double accuracy; /* per cent; 0 where there is no sub-network */
    double latency;  /* microseconds */
} cell;

/* Of TABLE_CELLS cells; free() it. NULL with a message on stderr on failure. */
cell *table_read(const char *path);
/* The cell of a canonical genome. */
const cell *table_find(const cell *table, const int32_t *genome);

#endif
