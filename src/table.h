/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_TABLE_H
#define LINAS_COMMAND_TABLE_H
/* A table of measured configurations that stands in for an evaluator: its space is what its
 * columns hold, and a configuration without a row is infeasible. */
#include "options.h"

typedef struct table table;

/* What to read: columns by name; `ordinals` are among the variables. */
typedef struct table_columns {
    const char *path;
    const text_list *variables; /* a name, or first..last for all columns between two */
    const text_list *ordinals;
    const linas_objective *objectives;
    size_t objective_count;
} table_columns;

int table_open(linas_context *context, const table_columns *columns, table **opened);
void table_close(table *table);

/* The space, with the table as its feasibility predicate; lives as long as the table. */
linas_space *table_space(const table *table);
/* The measures of a configuration, one per objective, or NULL when it has no row. */
const double *table_find(const table *table, const int32_t *genome);
size_t table_rows(const table *table);

#endif
