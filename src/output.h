/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_OUTPUT_H
#define LINAS_COMMAND_OUTPUT_H
/* Fronts on standard output: as an aligned table, as JSON, as CSV. */
#include "support.h"

#include <linas/linas.h>
#include <stdio.h>

typedef enum front_format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV } front_format;

/* Prints `count` evaluations of a search. */
int print_evaluations(linas_context *context, const linas_search *search,
                      const linas_evaluation *members, size_t count, front_format format);

/* Names of a space's variables ("ks[3]", or "d" in a group of one slot), printed as one piece. */
char *variable_name(const linas_group_info *group, size_t slot);
/* One value of a group as text; owned by the caller. */
char *value_text(const linas_space *space, size_t group, const linas_group_info *info,
                 size_t index);

/* A JSON string with its quotes. */
void print_json_string(FILE *stream, const char *text);
/* Ends the output: a failure when not all of it could be written. */
int finish_output(void);

/* A table with aligned columns; texts are taken over. Column `left` and those after it are aligned
 * to the left. */
typedef struct text_table {
    char **cells;
    size_t columns;
    size_t rows;
    size_t left;
} text_table;
void text_table_add(text_table *table, char *cell);
void text_table_print(const text_table *table);
void text_table_free(text_table *table);

#endif
