/* SPDX-License-Identifier: Apache-2.0 */
/* Fronts on standard output: as an aligned table, as JSON, as CSV. */
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* -- aligned tables ---------------------------------------------------------------------------- */

void text_table_add(text_table *table, char *cell) {
    size_t count = table->rows;
    table->cells = more_memory(table->cells, count + 1, sizeof *table->cells);
    table->cells[count] = cell;
    table->rows = count + 1;
}

/* Characters, not bytes, of a UTF-8 text. */
static size_t text_width(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void print_padding(size_t count) {
    for (size_t i = 0; i < count; i++)
        putchar(' ');
}

static void print_table_row(const text_table *table, size_t first, const size_t *widths) {
    for (size_t column = 0; column < table->columns; column++) {
        const char *cell = table->cells[first + column];
        size_t padding = widths[column] - text_width(cell);
        bool last = column + 1 == table->columns;
        if (column < table->left)
            print_padding(padding);
        fputs(cell, stdout);
        if (column >= table->left && !last)
            print_padding(padding);
        fputs(last ? "\n" : "  ", stdout);
    }
}

void text_table_print(const text_table *table) {
    size_t *widths = get_memory(table->columns, sizeof *widths);
    memset(widths, 0, table->columns * sizeof *widths);
    for (size_t i = 0; i < table->rows; i++) {
        size_t width = text_width(table->cells[i]);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    for (size_t i = 0; i < table->rows; i += table->columns)
        print_table_row(table, i, widths);
    free(widths);
}

void text_table_free(text_table *table) {
    for (size_t i = 0; i < table->rows; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (text_table){0};
}

/* -- configurations ---------------------------------------------------------------------------- */

char *variable_name(const linas_group_info *group, size_t slot) {
    return group->slots == 1 ? copy_text(group->name) : make_text("%s[%zu]", group->name, slot);
}

char *value_text(const linas_space *space, size_t group, const linas_group_info *info,
                 size_t index) {
    int64_t integer = 0;
    double real = 0;
    const char *text = "";
    if (info->value_kind == LINAS_VALUE_INT) {
        linas_space_value_int(space, group, index, &integer);
        return make_text("%" PRId64, integer);
    }
    if (info->value_kind == LINAS_VALUE_REAL) {
        linas_space_value_real(space, group, index, &real);
        return copy_text(shortest(real).text);
    }
    linas_space_value_string(space, group, index, &text);
    return copy_text(text);
}

static linas_group_info group_info(const linas_space *space, size_t group) {
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    linas_space_group(space, group, &info);
    return info;
}

/* ks=3,5,- d=2: a dash stands for a variable that is not active. */
static char *compact_configuration(const linas_space *space, const int32_t *genome) {
    uint8_t *active = get_memory(linas_space_variables(space), 1);
    char *text = NULL;
    size_t length = 0;
    linas_space_active(space, genome, active);
    FILE *stream = open_memstream(&text, &length);
    for (size_t g = 0; stream && g < linas_space_groups(space); g++) {
        linas_group_info info = group_info(space, g);
        fprintf(stream, "%s%s=", g > 0 ? " " : "", info.name);
        for (size_t slot = 0; slot < info.slots; slot++) {
            size_t variable = info.first_variable + slot;
            char *value = active[variable] ? value_text(space, g, &info, (size_t)genome[variable])
                                           : copy_text("-");
            fprintf(stream, "%s%s", slot > 0 ? "," : "", value);
            free(value);
        }
    }
    if (stream)
        fclose(stream);
    free(active);
    return text ? text : copy_text("");
}

/* -- the three formats ------------------------------------------------------------------------- */

static void objective_facts(const linas_search *search, size_t index, const char **name,
                            const char **unit) {
    *name = *unit = "";
    linas_search_objective(search, index, name, unit, NULL);
}

static void print_as_table(const linas_search *search, const linas_evaluation *members,
                           size_t count) {
    const linas_space *space = linas_search_space(search);
    size_t objectives = linas_search_objectives(search);
    text_table table = {.columns = objectives + 1, .left = objectives};
    for (size_t i = 0; i < objectives; i++) {
        const char *name;
        const char *unit;
        objective_facts(search, i, &name, &unit);
        text_table_add(&table, *unit ? make_text("%s (%s)", name, unit) : copy_text(name));
    }
    text_table_add(&table, copy_text("configuration"));
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < objectives; i++)
            text_table_add(&table, make_text("%.10g", members[row].values[i]));
        text_table_add(&table, compact_configuration(space, members[row].genome));
    }
    text_table_print(&table);
    text_table_free(&table);
}

void print_json_string(FILE *stream, const char *text) {
    json_t *string = json_string(text);
    if (!string || json_dumpf(string, stream, JSON_ENCODE_ANY) != 0)
        fputs("\"\"", stream);
    json_decref(string);
}

static int print_json_config(linas_context *context, const linas_space *space,
                             const int32_t *genome) {
    size_t needed = 0;
    linas_space_config_to_json(space, genome, NULL, 0, &needed);
    char *config = get_memory(needed + 1, 1);
    int status = STATUS_OK;
    if (linas_space_config_to_json(space, genome, config, needed, NULL) == LINAS_OK)
        fputs(config, stdout);
    else
        status = fail(STATUS_FAILED, "%s", linas_context_message(context));
    free(config);
    return status;
}

static int print_json_member(linas_context *context, const linas_search *search,
                             const linas_evaluation *member) {
    const linas_space *space = linas_search_space(search);
    printf("{\"id\":%" PRIu64 ",\"values\":{", member->id);
    for (size_t i = 0; i < linas_search_objectives(search); i++) {
        const char *name;
        const char *unit;
        objective_facts(search, i, &name, &unit);
        fputs(i > 0 ? "," : "", stdout);
        print_json_string(stdout, name);
        printf(":%s", shortest(member->values[i]).text);
    }
    fputs("},\"config\":", stdout);
    int status = print_json_config(context, space, member->genome);
    fputs(",\"genome\":[", stdout);
    for (size_t i = 0; i < linas_space_variables(space); i++)
        printf("%s%" PRId32, i > 0 ? "," : "", member->genome[i]);
    fputs("]}", stdout);
    return status;
}

static int print_as_json(linas_context *context, const linas_search *search,
                         const linas_evaluation *members, size_t count) {
    int status = STATUS_OK;
    putchar('[');
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        fputs(i > 0 ? ",\n " : "\n ", stdout);
        status = print_json_member(context, search, &members[i]);
    }
    fputs(count > 0 ? "\n]\n" : "]\n", stdout);
    return status;
}

/* Takes over `text`. */
static void print_csv_cell(char *text, bool first) {
    bool quoted = text[strcspn(text, ",\"\r\n")] != 0 || text[0] == ' ' || text[0] == 0;
    fputs(first ? "" : ",", stdout);
    fputs(quoted ? "\"" : "", stdout);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            putchar('"');
        putchar(*c);
    }
    fputs(quoted ? "\"" : "", stdout);
    free(text);
}

static void print_csv_header(const linas_search *search) {
    const linas_space *space = linas_search_space(search);
    for (size_t i = 0; i < linas_search_objectives(search); i++) {
        const char *name;
        const char *unit;
        objective_facts(search, i, &name, &unit);
        print_csv_cell(copy_text(name), i == 0);
    }
    for (size_t g = 0; g < linas_space_groups(space); g++) {
        linas_group_info info = group_info(space, g);
        for (size_t slot = 0; slot < info.slots; slot++)
            print_csv_cell(variable_name(&info, slot), false);
    }
    putchar('\n');
}

static void print_as_csv(const linas_search *search, const linas_evaluation *members,
                         size_t count) {
    const linas_space *space = linas_search_space(search);
    print_csv_header(search);
    for (size_t row = 0; row < count; row++) {
        const linas_evaluation *member = &members[row];
        for (size_t i = 0; i < linas_search_objectives(search); i++)
            print_csv_cell(copy_text(shortest(member->values[i]).text), i == 0);
        for (size_t g = 0; g < linas_space_groups(space); g++) {
            linas_group_info info = group_info(space, g);
            const int32_t *genes = member->genome + info.first_variable;
            for (size_t slot = 0; slot < info.slots; slot++)
                print_csv_cell(value_text(space, g, &info, (size_t)genes[slot]), false);
        }
        putchar('\n');
    }
}

int print_evaluations(linas_context *context, const linas_search *search,
                      const linas_evaluation *members, size_t count, front_format format) {
    if (format == FORMAT_JSON)
        return print_as_json(context, search, members, count);
    if (format == FORMAT_CSV)
        print_as_csv(search, members, count);
    else
        print_as_table(search, members, count);
    return STATUS_OK;
}

int finish_output(void) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_OK;
    return fail(STATUS_FAILED, "cannot write the output: %s", strerror(errno));
}
