/* SPDX-License-Identifier: Apache-2.0 */
/* A table of measured configurations that stands in for an evaluator. */
#include "table.h"
#include "csv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct table {
    linas_space *space;
    size_t variables;
    size_t objectives;
    size_t rows;
    int32_t *genomes; /* rows x variables */
    double *values;   /* rows x objectives */
    size_t *slots;    /* hash table of row + 1; 0 is free */
    size_t mask;
};

/* While a table is made: the file and the chosen columns. */
typedef struct builder {
    const char *path;
    linas_context *context;
    csv_file csv;
    size_t *variable_columns;
    size_t variable_count;
    bool *ordinal;
    table *table;
} builder;

/* One cell of a variable's column, in whichever kind the column has. */
typedef struct cell_value {
    int64_t integer;
    double real;
    const char *text;
    size_t row;
} cell_value;

/* -- columns by name --------------------------------------------------------------------------- */

static int find_column(const builder *b, const char *name, size_t *column) {
    size_t found = b->csv.columns;
    for (size_t i = 0; i < b->csv.columns; i++) {
        if (strcmp(csv_name(&b->csv, i), name) != 0)
            continue;
        if (found < b->csv.columns)
            return fail(STATUS_FAILED, "%s: two columns are named '%s'", b->path, name);
        found = i;
    }
    if (found == b->csv.columns)
        return fail(STATUS_FAILED, "%s: no column is named '%s'", b->path, name);
    *column = found;
    return STATUS_OK;
}

static bool has_column(const builder *b, const char *name) {
    for (size_t i = 0; i < b->csv.columns; i++)
        if (strcmp(csv_name(&b->csv, i), name) == 0)
            return true;
    return false;
}

static int add_variable(builder *b, size_t column) {
    for (size_t i = 0; i < b->variable_count; i++)
        if (b->variable_columns[i] == column)
            return fail(STATUS_FAILED, "variable '%s' is given twice", csv_name(&b->csv, column));
    b->variable_columns = more_memory(b->variable_columns, b->variable_count + 1, sizeof(size_t));
    b->variable_columns[b->variable_count++] = column;
    return STATUS_OK;
}

/* first..last: all columns from one to the other. */
static int add_range(builder *b, const char *text, const char *dots) {
    char *first = copy_text(text);
    first[dots - text] = 0;
    size_t from = 0;
    size_t to = 0;
    int status = find_column(b, first, &from);
    if (status == STATUS_OK)
        status = find_column(b, dots + 2, &to);
    if (status == STATUS_OK && from > to)
        status = fail(STATUS_FAILED, "%s: column '%s' stands after '%s'", b->path, first, dots + 2);
    free(first);
    for (size_t i = from; status == STATUS_OK && i <= to; i++)
        status = add_variable(b, i);
    return status;
}

static int choose_variables(builder *b, const text_list *names) {
    for (size_t i = 0; i < names->count; i++) {
        const char *dots = strstr(names->items[i], "..");
        size_t column = 0;
        int status;
        if (dots && !has_column(b, names->items[i])) {
            status = add_range(b, names->items[i], dots);
        } else {
            status = find_column(b, names->items[i], &column);
            if (status == STATUS_OK)
                status = add_variable(b, column);
        }
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static int choose_ordinals(builder *b, const text_list *names) {
    b->ordinal = get_memory(b->variable_count, sizeof *b->ordinal);
    memset(b->ordinal, 0, b->variable_count * sizeof *b->ordinal);
    for (size_t i = 0; i < names->count; i++) {
        size_t variable = 0;
        while (variable < b->variable_count &&
               strcmp(csv_name(&b->csv, b->variable_columns[variable]), names->items[i]) != 0)
            variable++;
        if (variable == b->variable_count)
            return fail(STATUS_FAILED, "--ordinal names '%s', which is not among the variables",
                        names->items[i]);
        b->ordinal[variable] = true;
    }
    return STATUS_OK;
}

/* -- one variable ------------------------------------------------------------------------------ */

static int order_of_rows(const cell_value *a, const cell_value *b) {
    return a->row < b->row ? -1 : a->row > b->row;
}

static int compare_integers(const void *left, const void *right) {
    const cell_value *a = left;
    const cell_value *b = right;
    if (a->integer != b->integer)
        return a->integer < b->integer ? -1 : 1;
    return order_of_rows(a, b);
}

static int compare_reals(const void *left, const void *right) {
    const cell_value *a = left;
    const cell_value *b = right;
    if (a->real < b->real || b->real < a->real)
        return a->real < b->real ? -1 : 1;
    return order_of_rows(a, b);
}

static int compare_texts(const void *left, const void *right) {
    const cell_value *a = left;
    const cell_value *b = right;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : order_of_rows(a, b);
}

static int compare_rows(const void *left, const void *right) {
    return order_of_rows(left, right);
}

/* Spellings of what is a number to other programs but no value that can be ordered. */
static bool is_nan_or_infinity(const char *text) {
    static const char *const names[] = {"nan", "inf", "infinity"};
    char lower[10];
    size_t length = 0;
    for (text += *text == '-' || *text == '+'; text[length] && length < sizeof lower - 1; length++)
        lower[length] = (char)tolower((unsigned char)text[length]);
    lower[length] = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(lower, names[i]) == 0)
            return true;
    return false;
}

/* Reads a column's cells and finds its kind: the narrowest that holds all of them. */
static int read_cells(const builder *b, size_t column, cell_value *cells, int32_t *kind) {
    size_t odd = b->csv.rows; /* first row with a NaN or an infinity */
    *kind = LINAS_VALUE_INT;
    for (size_t row = 0; row < b->csv.rows; row++) {
        cell_value *cell = &cells[row];
        *cell = (cell_value){0, 0.0, csv_cell(&b->csv, row, column), row};
        if (*cell->text == 0)
            return fail(STATUS_FAILED, "%s, line %zu: no value in column '%s'", b->path,
                        b->csv.lines[row], csv_name(&b->csv, column));
        if (!parse_integer(cell->text, &cell->integer) && *kind == LINAS_VALUE_INT)
            *kind = LINAS_VALUE_REAL;
        if (parse_real(cell->text, &cell->real))
            cell->real += 0.0; /* -0 becomes 0 */
        else if (!is_nan_or_infinity(cell->text))
            *kind = LINAS_VALUE_STRING;
        else if (odd == b->csv.rows)
            odd = row;
    }
    if (*kind != LINAS_VALUE_STRING && odd < b->csv.rows)
        return fail(STATUS_FAILED, "%s, line %zu: '%s' in column '%s' is not a finite number",
                    b->path, b->csv.lines[odd], cells[odd].text, csv_name(&b->csv, column));
    return STATUS_OK;
}

typedef int (*cell_order)(const void *, const void *);

static cell_order order_of_kind(int32_t kind) {
    return kind == LINAS_VALUE_INT    ? compare_integers
           : kind == LINAS_VALUE_REAL ? compare_reals
                                      : compare_texts;
}

static bool same_value(int32_t kind, const cell_value *a, const cell_value *b) {
    if (kind == LINAS_VALUE_INT)
        return a->integer == b->integer;
    if (kind == LINAS_VALUE_REAL)
        return !(a->real < b->real) && !(b->real < a->real);
    return strcmp(a->text, b->text) == 0;
}

/* The distinct values: numbers ascending, texts as they first appear. `cells` end up sorted by
 * value. */
static cell_value *distinct_values(const builder *b, int32_t kind, cell_value *cells,
                                   size_t *count) {
    cell_value *values = get_memory(b->csv.rows, sizeof *values);
    *count = 0;
    qsort(cells, b->csv.rows, sizeof *cells, order_of_kind(kind));
    for (size_t i = 0; i < b->csv.rows; i++)
        if (i == 0 || !same_value(kind, &cells[i - 1], &cells[i]))
            values[(*count)++] = cells[i];
    if (kind == LINAS_VALUE_STRING)
        qsort(values, *count, sizeof *values, compare_rows);
    return values;
}

static linas_status add_group(const builder *b, size_t variable, int32_t kind,
                              const cell_value *values, size_t count) {
    /* Brackets are the notation for slots of a group; here every column is a group of its own. */
    char *name = copy_text(csv_name(&b->csv, b->variable_columns[variable]));
    for (char *c = name; *c; c++)
        if (*c == '[')
            *c = '.';
    size_t length = strlen(name);
    if (length > 1 && name[length - 1] == ']')
        name[length - 1] = 0;
    int32_t order = b->ordinal[variable] ? LINAS_ORDINAL : LINAS_CATEGORICAL;
    union {
        int64_t *integers;
        double *reals;
        const char **texts;
        void *memory;
    } list = {.memory = get_memory(count, sizeof(int64_t) > sizeof(char *) ? sizeof(int64_t)
                                                                           : sizeof(char *))};
    linas_status status;
    if (kind == LINAS_VALUE_INT) {
        for (size_t i = 0; i < count; i++)
            list.integers[i] = values[i].integer;
        status = linas_space_add_int(b->table->space, name, 1, list.integers, count, order);
    } else if (kind == LINAS_VALUE_REAL) {
        for (size_t i = 0; i < count; i++)
            list.reals[i] = values[i].real;
        status = linas_space_add_real(b->table->space, name, 1, list.reals, count, order);
    } else {
        for (size_t i = 0; i < count; i++)
            list.texts[i] = values[i].text;
        status = linas_space_add_string(b->table->space, name, 1, list.texts, count, order);
    }
    free(list.memory);
    free(name);
    return status;
}

/* Writes each row's value index of one variable. `cells` are sorted by value, so that the first
 * row of a value is where a run of equal cells begins. */
static void write_genes(const builder *b, size_t variable, int32_t kind, const cell_value *cells,
                        const cell_value *values, size_t count) {
    size_t *index_of_row = get_memory(b->csv.rows, sizeof *index_of_row);
    for (size_t i = 0; i < count; i++)
        index_of_row[values[i].row] = i;
    size_t index = 0;
    for (size_t i = 0; i < b->csv.rows; i++) {
        if (i == 0 || !same_value(kind, &cells[i - 1], &cells[i]))
            index = index_of_row[cells[i].row];
        b->table->genomes[cells[i].row * b->variable_count + variable] = (int32_t)index;
    }
    free(index_of_row);
}

static int build_variable(const builder *b, size_t variable) {
    size_t column = b->variable_columns[variable];
    cell_value *cells = get_memory(b->csv.rows, sizeof *cells);
    int32_t kind;
    int status = read_cells(b, column, cells, &kind);
    if (status == STATUS_OK) {
        size_t count;
        cell_value *values = distinct_values(b, kind, cells, &count);
        if (add_group(b, variable, kind, values, count) != LINAS_OK)
            status = fail(STATUS_FAILED, "%s: column '%s': %s", b->path, csv_name(&b->csv, column),
                          linas_context_message(b->context));
        else
            write_genes(b, variable, kind, cells, values, count);
        free(values);
    }
    free(cells);
    return status;
}

/* -- measures ---------------------------------------------------------------------------------- */

static int build_objective(const builder *b, const linas_objective *objective, size_t index) {
    size_t column = 0;
    int status = find_column(b, objective->name, &column);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < b->variable_count; i++)
        if (b->variable_columns[i] == column)
            return fail(STATUS_FAILED, "'%s' is both a variable and an objective", objective->name);
    for (size_t row = 0; row < b->csv.rows; row++) {
        const char *cell = csv_cell(&b->csv, row, column);
        if (!parse_real(cell, &b->table->values[row * b->table->objectives + index]))
            return fail(STATUS_FAILED, "%s, line %zu: '%s' in column '%s' is not a finite number",
                        b->path, b->csv.lines[row], cell, objective->name);
    }
    return STATUS_OK;
}

/* -- rows by configuration --------------------------------------------------------------------- */

/* Fowler-Noll-Vo 1a over the genes, with a last mix for the low bits. */
static size_t hash_genome(const int32_t *genome, size_t variables) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < variables; i++)
        hash = (hash ^ (uint32_t)genome[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 29 ^ hash >> 47);
}

/* The slot that holds the genome's row, or the free one where it belongs. */
static size_t *find_slot(const table *t, const int32_t *genome) {
    size_t at = hash_genome(genome, t->variables) & t->mask;
    while (t->slots[at] != 0 && memcmp(t->genomes + (t->slots[at] - 1) * t->variables, genome,
                                       t->variables * sizeof *genome) != 0)
        at = (at + 1) & t->mask;
    return &t->slots[at];
}

static void build_index(const builder *b) {
    table *t = b->table;
    size_t capacity = 16;
    while (capacity < 2 * t->rows)
        capacity *= 2;
    t->mask = capacity - 1;
    t->slots = get_memory(capacity, sizeof *t->slots);
    memset(t->slots, 0, capacity * sizeof *t->slots);
    size_t repeated = 0;
    size_t different = 0;
    for (size_t row = 0; row < t->rows; row++) {
        size_t *slot = find_slot(t, t->genomes + row * t->variables);
        if (*slot == 0) {
            *slot = row + 1;
            continue;
        }
        repeated++;
        const double *first = t->values + (*slot - 1) * t->objectives;
        different +=
            memcmp(first, t->values + row * t->objectives, t->objectives * sizeof *first) != 0;
    }
    if (repeated > 0)
        warn("%s: rows that repeat an earlier configuration: %zu, with other measures: %zu; the "
             "first row of each is used",
             b->path, repeated, different);
}

const double *table_find(const table *t, const int32_t *genome) {
    size_t slot = *find_slot(t, genome);
    return slot == 0 ? NULL : t->values + (slot - 1) * t->objectives;
}

static int32_t has_row(void *user_data, const int32_t *genome, size_t variables) {
    (void)variables;
    return table_find(user_data, genome) != NULL;
}

/* -- all of it --------------------------------------------------------------------------------- */

static int build(builder *b, const table_columns *columns) {
    int status = choose_variables(b, columns->variables);
    if (status == STATUS_OK)
        status = choose_ordinals(b, columns->ordinals);
    if (status != STATUS_OK)
        return status;
    table *t = b->table;
    t->variables = b->variable_count;
    t->objectives = columns->objective_count;
    t->rows = b->csv.rows;
    t->genomes = get_memory(t->rows, t->variables * sizeof *t->genomes);
    t->values = get_memory(t->rows, t->objectives * sizeof *t->values);
    if (linas_space_create(b->context, &t->space) != LINAS_OK)
        return fail(STATUS_FAILED, "%s", linas_context_message(b->context));
    for (size_t i = 0; i < columns->objective_count && status == STATUS_OK; i++)
        status = build_objective(b, &columns->objectives[i], i);
    for (size_t i = 0; i < t->variables && status == STATUS_OK; i++)
        status = build_variable(b, i);
    if (status != STATUS_OK)
        return status;
    build_index(b);
    if (linas_space_set_feasible(t->space, has_row, t) != LINAS_OK)
        return fail(STATUS_FAILED, "%s", linas_context_message(b->context));
    return STATUS_OK;
}

int table_open(linas_context *context, const table_columns *columns, table **opened) {
    builder b = {.path = columns->path, .context = context};
    int status = csv_read(columns->path, &b.csv);
    if (status != STATUS_OK)
        return status;
    b.table = get_memory(1, sizeof *b.table);
    *b.table = (table){0};
    status = build(&b, columns);
    if (status == STATUS_OK)
        *opened = b.table;
    else
        table_close(b.table);
    csv_free(&b.csv);
    free(b.variable_columns);
    free(b.ordinal);
    return status;
}

void table_close(table *t) {
    if (!t)
        return;
    linas_space_destroy(t->space);
    free(t->genomes);
    free(t->values);
    free(t->slots);
    free(t);
}

linas_space *table_space(const table *t) {
    return t->space;
}

size_t table_rows(const table *t) {
    return t->rows;
}
