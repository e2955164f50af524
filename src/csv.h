/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_CSV_H
#define LINAS_COMMAND_CSV_H
/* Reading CSV files (RFC 4180; line ends of any system, a byte-order mark is skipped). */
#include "support.h"

typedef struct csv_file {
    char *text;    /* all cells, zero-terminated */
    char **cells;  /* the header's names, then rows x columns */
    size_t *lines; /* line on which each row begins, counted from 1 */
    size_t columns;
    size_t rows;
} csv_file;

/* Reads a file with a header line; every fault is told with its line. */
int csv_read(const char *path, csv_file *file);
/* The same of a text that is at hand: zero-terminated, from get_memory(); `file` takes it over. */
int csv_take(const char *path, char *text, size_t length, csv_file *file);
void csv_free(csv_file *file);
const char *csv_name(const csv_file *file, size_t column);
const char *csv_cell(const csv_file *file, size_t row, size_t column);

#endif
