/* SPDX-License-Identifier: Apache-2.0 */
/* Reading CSV files (RFC 4180). The text is unquoted in place: a decoded cell is never longer than
 * its source. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const char *path;
    const char *at;  /* next byte to read */
    const char *end; /* of the text; a zero stands there */
    char *out;       /* next byte to write, never beyond `at` */
    size_t line;
    size_t capacity;      /* of the file's cells */
    size_t line_capacity; /* of the file's lines */
    size_t count;         /* cells read */
} reader;

static bool at_row_end(const reader *r) {
    return r->at == r->end || *r->at == '\n' || *r->at == '\r';
}

static void pass_line_end(reader *r) {
    if (r->at == r->end)
        return;
    if (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n')
        r->at++;
    r->at++;
    r->line++;
}

static int read_quoted(reader *r) {
    size_t begin = r->line;
    for (r->at++;; r->at++) {
        if (r->at == r->end)
            return fail(STATUS_FAILED, "%s, line %zu: a quote that is never closed", r->path,
                        begin);
        if (*r->at == '"' && r->at[1] != '"')
            break;
        if (*r->at == '"')
            r->at++;
        if (*r->at == '\n')
            r->line++;
        *r->out++ = *r->at;
    }
    r->at++;
    r->at += strspn(r->at, " \t");
    if (!at_row_end(r) && *r->at != ',')
        return fail(STATUS_FAILED, "%s, line %zu: text after a closing quote", r->path, r->line);
    return STATUS_OK;
}

static int read_plain(reader *r) {
    const char *begin = r->out;
    while (!at_row_end(r) && *r->at != ',') {
        if (*r->at == '"')
            return fail(STATUS_FAILED, "%s, line %zu: a quote inside an unquoted cell", r->path,
                        r->line);
        *r->out++ = *r->at++;
    }
    while (r->out > begin && (r->out[-1] == ' ' || r->out[-1] == '\t'))
        r->out--;
    return STATUS_OK;
}

static void add_cell(reader *r, csv_file *file, char *cell) {
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 1024;
        file->cells = more_memory(file->cells, r->capacity, sizeof *file->cells);
    }
    file->cells[r->count++] = cell;
}

static void add_line(reader *r, csv_file *file, size_t line) {
    if (file->rows == r->line_capacity) {
        r->line_capacity = r->line_capacity ? 2 * r->line_capacity : 256;
        file->lines = more_memory(file->lines, r->line_capacity, sizeof *file->lines);
    }
    file->lines[file->rows++] = line;
}

/* Reads one row's cells up to and over its line end; `*cells` of them. */
static int read_row(reader *r, csv_file *file, size_t *cells) {
    *cells = 0;
    for (;;) {
        r->at += strspn(r->at, " \t");
        char *cell = r->out;
        int status = r->at < r->end && *r->at == '"' ? read_quoted(r) : read_plain(r);
        if (status != STATUS_OK)
            return status;
        bool more = r->at < r->end && *r->at == ',';
        if (more)
            r->at++;
        else
            pass_line_end(r);
        *r->out++ = 0;
        add_cell(r, file, cell);
        (*cells)++;
        if (!more)
            return STATUS_OK;
    }
}

static int read_rows(reader *r, csv_file *file) {
    while (r->at < r->end) {
        if (at_row_end(r)) {
            pass_line_end(r);
            continue;
        }
        size_t line = r->line;
        size_t cells;
        int status = read_row(r, file, &cells);
        if (status != STATUS_OK)
            return status;
        if (file->columns == 0)
            file->columns = cells;
        if (cells != file->columns)
            return fail(STATUS_FAILED, "%s, line %zu: %zu cells, but the header has %zu", r->path,
                        line, cells, file->columns);
        add_line(r, file, line);
    }
    return STATUS_OK;
}

/* The last row may end without a line end; its last zero then needs the byte behind the text. */
static void start(reader *r, csv_file *file, const char *path, size_t length) {
    static const char mark[] = "\xEF\xBB\xBF";
    memset(r, 0, sizeof *r);
    r->path = path;
    r->at = file->text;
    r->end = file->text + length;
    r->out = file->text;
    r->line = 1;
    if (length >= 3 && memcmp(file->text, mark, 3) == 0)
        r->at += 3;
}

int csv_read(const char *path, csv_file *file) {
    char *text;
    size_t length;
    int status = read_file(path, &text, &length);
    return status == STATUS_OK ? csv_take(path, text, length, file) : status;
}

int csv_take(const char *path, char *text, size_t length, csv_file *file) {
    int status = STATUS_OK;
    reader r;
    *file = (csv_file){.text = text};
    start(&r, file, path, length);
    if (memchr(file->text, 0, length))
        status = fail(STATUS_FAILED, "%s: holds a zero byte, so it is no text", path);
    else
        status = read_rows(&r, file);
    if (status == STATUS_OK && file->rows == 0)
        status = fail(STATUS_FAILED, "%s: is empty, not even a header line", path);
    if (status == STATUS_OK && file->rows == 1)
        status = fail(STATUS_FAILED, "%s: has a header line but no rows", path);
    if (status != STATUS_OK) {
        csv_free(file);
        return status;
    }
    file->rows--;
    memmove(file->lines, file->lines + 1, file->rows * sizeof *file->lines);
    return STATUS_OK;
}

void csv_free(csv_file *file) {
    free(file->text);
    free(file->cells);
    free(file->lines);
    *file = (csv_file){0};
}

const char *csv_name(const csv_file *file, size_t column) {
    return file->cells[column];
}

const char *csv_cell(const csv_file *file, size_t row, size_t column) {
    return file->cells[(row + 1) * file->columns + column];
}
