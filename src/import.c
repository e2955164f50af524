/* SPDX-License-Identifier: Apache-2.0 */
/* `linas search --import`: rows of a journal or of a CSV file, by the objectives' names. */
#include "import.h"
#include "csv.h"
#include "output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What goes into the search. */
typedef struct import {
    linas_context *context;
    linas_search *search;
    const char *path;
    const text_list *only;
    const char **names; /* of the objectives that are taken over */
    size_t *sources;    /* objective of the journal, or column of the CSV */
    size_t count;
    size_t rows;
    int32_t *genomes;
    double *values;
} import;

static bool is_wanted(const import *i, const char *name) {
    for (size_t k = 0; k < i->only->count; k++)
        if (strcmp(i->only->items[k], name) == 0)
            return true;
    return i->only->count == 0;
}

static void take_objective(import *i, const char *name, size_t source) {
    i->names[i->count] = name;
    i->sources[i->count++] = source;
}

/* Is every name that was asked for one of those taken over? */
static int check_names(const import *i) {
    for (size_t k = 0; k < i->only->count; k++) {
        bool found = false;
        for (size_t n = 0; n < i->count && !found; n++)
            found = strcmp(i->names[n], i->only->items[k]) == 0;
        if (!found)
            return fail(STATUS_FAILED,
                        "%s: '%s' of --import-only is not both in it and an objective", i->path,
                        i->only->items[k]);
    }
    if (i->count == 0)
        return fail(STATUS_FAILED, "%s: has none of the search's objectives", i->path);
    return STATUS_OK;
}

static void make_room(import *i, size_t rows) {
    i->genomes =
        get_memory(rows, linas_space_variables(linas_search_space(i->search)) * sizeof *i->genomes);
    i->values = get_memory(rows, i->count * sizeof *i->values);
}

/* -- journals ---------------------------------------------------------------------------------- */

static int choose_objectives(import *i, const linas_search *earlier) {
    for (size_t k = 0; k < linas_search_objectives(i->search); k++) {
        const char *name, *unit, *its, *its_unit;
        linas_search_objective(i->search, k, &name, &unit, NULL);
        for (size_t n = 0; n < linas_search_objectives(earlier) && is_wanted(i, name); n++) {
            linas_search_objective(earlier, n, &its, &its_unit, NULL);
            if (strcmp(name, its) != 0)
                continue;
            if (strcmp(unit, its_unit) != 0)
                return fail(STATUS_FAILED, "%s: '%s' is in '%s' there, not in '%s'", i->path, name,
                            its_unit, unit);
            take_objective(i, name, n);
        }
    }
    return check_names(i);
}

static void read_evaluations(import *i, const linas_search *earlier) {
    size_t variables = linas_space_variables(linas_search_space(earlier));
    for (uint64_t k = 0; k < linas_search_evaluations(earlier); k++) {
        linas_evaluation e = LINAS_EVALUATION_INIT;
        linas_search_evaluation(earlier, k, &e);
        if (e.outcome != LINAS_EVALUATION_OK)
            continue;
        memcpy(i->genomes + i->rows * variables, e.genome, variables * sizeof *e.genome);
        for (size_t n = 0; n < i->count; n++)
            i->values[i->rows * i->count + n] = e.values[i->sources[n]];
        i->rows++;
    }
}

static int read_journal(import *i) {
    linas_search *earlier;
    uint64_t ours = 0, its = 0;
    if (linas_search_open_journal(i->context, i->path, &earlier) != LINAS_OK)
        return fail(STATUS_FAILED, "%s", linas_context_message(i->context));
    linas_space_fingerprint(linas_search_space(i->search), &ours);
    linas_space_fingerprint(linas_search_space(earlier), &its);
    int status = ours == its ? choose_objectives(i, earlier)
                             : fail(STATUS_FAILED, "%s: is of another space", i->path);
    if (status == STATUS_OK) {
        make_room(i, (size_t)linas_search_evaluations(earlier));
        read_evaluations(i, earlier);
    }
    linas_search_destroy(earlier);
    return status;
}

/* -- CSV --------------------------------------------------------------------------------------- */

/* "ks[3]" is also found as "ks3" and, as a table has it, as "ks.3". */
static bool is_called(const char *column, const linas_group_info *group, size_t slot) {
    char *spellings[] = {variable_name(group, slot), make_text("%s%zu", group->name, slot),
                         make_text("%s.%zu", group->name, slot)};
    bool found = false;
    for (size_t k = 0; k < sizeof spellings / sizeof *spellings; k++) {
        found = found || ((k == 0 || group->slots > 1) && strcmp(column, spellings[k]) == 0);
        free(spellings[k]);
    }
    return found;
}

/* A table's "ks[3]" is a group "ks.3" of the space. */
static bool is_table_s(const char *column, const char *name) {
    size_t length = strlen(column);
    if (length < 2 || column[length - 1] != ']' || strlen(name) + 1 != length)
        return false;
    for (size_t k = 0; k + 1 < length; k++)
        if (column[k] != name[k] && !(column[k] == '[' && name[k] == '.'))
            return false;
    return true;
}

static int find_variable(const import *i, const csv_file *csv, const linas_group_info *group,
                         size_t slot, size_t *column) {
    for (*column = 0; *column < csv->columns; ++*column)
        if (is_called(csv_name(csv, *column), group, slot) ||
            (group->slots == 1 && is_table_s(csv_name(csv, *column), group->name)))
            return STATUS_OK;
    char *name = variable_name(group, slot);
    int status = fail(STATUS_FAILED, "%s: has no column '%s'", i->path, name);
    free(name);
    return status;
}

static bool is_value(const linas_space *space, size_t group, const linas_group_info *info,
                     size_t index, const char *cell) {
    double number, real = 0;
    const char *text = "";
    if (info->value_kind == LINAS_VALUE_STRING) {
        linas_space_value_string(space, group, index, &text);
        return strcmp(text, cell) == 0;
    }
    linas_space_value_real(space, group, index, &real);
    return parse_real(cell, &number) && !(number < real) && !(number > real);
}

static int read_variable(import *i, const csv_file *csv, size_t group, size_t slot) {
    const linas_space *space = linas_search_space(i->search);
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    size_t column, variables = linas_space_variables(space);
    linas_space_group(space, group, &info);
    int status = find_variable(i, csv, &info, slot, &column);
    for (size_t row = 0; row < csv->rows && status == STATUS_OK; row++) {
        const char *cell = csv_cell(csv, row, column);
        size_t index = 0;
        while (index < info.values && !is_value(space, group, &info, index, cell))
            index++;
        if (index == info.values)
            return fail(STATUS_FAILED, "%s, line %zu: '%s' in column '%s' is no value of the space",
                        i->path, csv->lines[row], cell, csv_name(csv, column));
        i->genomes[row * variables + info.first_variable + slot] = (int32_t)index;
    }
    return status;
}

/* An empty cell is not measured. */
static int read_objective(import *i, const csv_file *csv, size_t n) {
    for (size_t row = 0; row < csv->rows; row++) {
        const char *cell = csv_cell(csv, row, i->sources[n]);
        double *value = &i->values[row * i->count + n];
        *value = (double)NAN;
        if (*cell && !parse_real(cell, value))
            return fail(STATUS_FAILED, "%s, line %zu: '%s' in column '%s' is not a finite number",
                        i->path, csv->lines[row], cell, i->names[n]);
    }
    return STATUS_OK;
}

static int read_columns(import *i, const csv_file *csv) {
    const linas_space *space = linas_search_space(i->search);
    for (size_t k = 0; k < linas_search_objectives(i->search); k++) {
        const char *name;
        linas_search_objective(i->search, k, &name, NULL, NULL);
        for (size_t column = 0; column < csv->columns && is_wanted(i, name); column++)
            if (strcmp(csv_name(csv, column), name) == 0) {
                take_objective(i, name, column);
                break;
            }
    }
    int status = check_names(i);
    if (status != STATUS_OK)
        return status;
    make_room(i, csv->rows);
    i->rows = csv->rows;
    for (size_t group = 0; group < linas_space_groups(space); group++) {
        linas_group_info info = LINAS_GROUP_INFO_INIT;
        linas_space_group(space, group, &info);
        for (size_t slot = 0; slot < info.slots && status == STATUS_OK; slot++)
            status = read_variable(i, csv, group, slot);
    }
    for (size_t n = 0; n < i->count && status == STATUS_OK; n++)
        status = read_objective(i, csv, n);
    return status;
}

static int read_csv(import *i) {
    csv_file csv;
    int status = csv_read(i->path, &csv);
    if (status != STATUS_OK)
        return status;
    status = read_columns(i, &csv);
    csv_free(&csv);
    return status;
}

/* -- both -------------------------------------------------------------------------------------- */

/* A journal begins with the brace of its header. */
static int read_rows(import *i) {
    char *text;
    size_t length;
    int status = read_file(i->path, &text, &length);
    if (status != STATUS_OK)
        return status;
    bool journal = text[0] == '{';
    free(text);
    return journal ? read_journal(i) : read_csv(i);
}

static int give_rows(const import *i) {
    linas_measurements known = LINAS_MEASUREMENTS_INIT;
    known.objectives = (uint32_t)i->count;
    known.rows = i->rows;
    known.genomes = i->genomes;
    known.names = i->names;
    known.values = i->values;
    if (linas_search_import(i->search, &known) == LINAS_OK)
        return STATUS_OK;
    return fail(STATUS_FAILED, "%s: %s", i->path, linas_context_message(i->context));
}

int import_file(linas_context *context, linas_search *search, const char *path,
                const text_list *only) {
    size_t most = linas_search_objectives(search);
import i = {.context = context, .search = search, .path = path, .only = only };
    i.names = get_memory(most, sizeof *i.names);
    i.sources = get_memory(most, sizeof *i.sources);
    int status = read_rows(&i);
    if (status == STATUS_OK)
        status = give_rows(&i);
    free(i.names);
    free(i.sources);
    free(i.genomes);
    free(i.values);
    return status;
}
