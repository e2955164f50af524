/* SPDX-License-Identifier: Apache-2.0 */
/* `linas spaces`: the presets, or one space in full; and opening a space by name or file. */
#include "commands.h"
#include "options.h"
#include "output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_preset(const char *name) {
    for (size_t i = 0; i < linas_space_preset_count(); i++)
        if (strcmp(linas_space_preset_name(i), name) == 0)
            return true;
    return false;
}

static int open_space_file(linas_context *context, const char *path, linas_space **space) {
    char *text;
    size_t length;
    int status = read_file(path, &text, &length);
    if (status != STATUS_OK)
        return status;
    if (linas_space_from_json(context, text, length, space) != LINAS_OK)
        status = fail(STATUS_FAILED, "%s: %s", path, linas_context_message(context));
    free(text);
    return status;
}

int open_space(linas_context *context, const char *name, linas_space **space) {
    struct stat facts;
    if (!is_preset(name) && stat(name, &facts) == 0)
        return open_space_file(context, name, space);
    if (linas_space_preset(context, name, space) == LINAS_OK)
        return STATUS_OK;
    if (is_preset(name))
        return fail(STATUS_FAILED, "%s", linas_context_message(context));
    return fail(STATUS_FAILED, "'%s' is neither a file nor a preset; 'linas spaces' lists those",
                name);
}

static char *cardinality_text(const linas_space *space) {
    double cardinality;
    if (linas_space_effective_cardinality(space, &cardinality) != LINAS_OK)
        return copy_text("-");
    return make_text("%.4g", cardinality);
}

/* -- the list ---------------------------------------------------------------------------------- */

static void add_preset_row(text_table *table, const linas_space *space, size_t index) {
    text_table_add(table, copy_text(linas_space_preset_name(index)));
    text_table_add(table, make_text("%zu", linas_space_variables(space)));
    text_table_add(table, make_text("%.3g", linas_space_raw_cardinality(space)));
    text_table_add(table, cardinality_text(space));
    text_table_add(table, copy_text(linas_space_preset_text(index)));
}

static void print_preset_json(const linas_space *space, size_t index) {
    double effective;
    fputs(index > 0 ? ",\n {\"name\":" : "\n {\"name\":", stdout);
    print_json_string(stdout, linas_space_preset_name(index));
    printf(",\"variables\":%zu,\"raw\":%s", linas_space_variables(space),
           shortest(linas_space_raw_cardinality(space)).text);
    bool known = linas_space_effective_cardinality(space, &effective) == LINAS_OK;
    printf(",\"effective\":%s,\"text\":", known ? shortest(effective).text : "null");
    print_json_string(stdout, linas_space_preset_text(index));
    putchar('}');
}

static int list_presets(linas_context *context, bool json) {
    static const char *const titles[] = {"name", "variables", "raw", "effective", "what"};
    text_table table = {.columns = 5};
    for (size_t i = 0; i < 5; i++)
        text_table_add(&table, copy_text(titles[i]));
    int status = STATUS_OK;
    fputs(json ? "[" : "", stdout);
    for (size_t i = 0; i < linas_space_preset_count() && status == STATUS_OK; i++) {
        linas_space *space;
        status = open_space(context, linas_space_preset_name(i), &space);
        if (status != STATUS_OK)
            break;
        if (json)
            print_preset_json(space, i);
        else
            add_preset_row(&table, space, i);
        linas_space_destroy(space);
    }
    if (json)
        fputs("\n]\n", stdout);
    else
        text_table_print(&table);
    text_table_free(&table);
    return status;
}

/* -- one space --------------------------------------------------------------------------------- */

static int print_space_json(linas_context *context, const linas_space *space) {
    size_t needed = 0;
    linas_space_to_json(space, NULL, 0, &needed);
    char *text = get_memory(needed + 1, 1);
    int status = STATUS_OK;
    if (linas_space_to_json(space, text, needed, NULL) == LINAS_OK)
        puts(text);
    else
        status = fail(STATUS_FAILED, "%s", linas_context_message(context));
    free(text);
    return status;
}

static char *values_text(const linas_space *space, size_t group, const linas_group_info *info) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    for (size_t i = 0; stream && i < info->values; i++) {
        char *value = value_text(space, group, info, i);
        fprintf(stream, "%s%s", i > 0 ? " " : "", value);
        free(value);
    }
    if (stream)
        fclose(stream);
    return text ? text : copy_text("");
}

static void print_space(const linas_space *space) {
    static const char *const titles[] = {"group", "slots", "order", "values"};
    text_table table = {.columns = 4};
    char *effective = cardinality_text(space);
    printf("%zu variables; configurations: %.4g, distinct sub-networks: %s\n\n",
           linas_space_variables(space), linas_space_raw_cardinality(space), effective);
    free(effective);
    for (size_t i = 0; i < 4; i++)
        text_table_add(&table, copy_text(titles[i]));
    for (size_t g = 0; g < linas_space_groups(space); g++) {
        linas_group_info info = LINAS_GROUP_INFO_INIT;
        linas_space_group(space, g, &info);
        text_table_add(&table, copy_text(info.name));
        text_table_add(&table, make_text("%u", (unsigned)info.slots));
        text_table_add(&table, copy_text(info.order == LINAS_ORDINAL ? "ordinal" : "categorical"));
        text_table_add(&table, values_text(space, g, &info));
    }
    text_table_print(&table);
    text_table_free(&table);
}

int spaces_command(int count, char **arguments) {
    const char *name = NULL;
    bool json = false;
    const option_rule rules[] = {{.name = "--json", .flag = &json}};
    int status = options_read(count, arguments, rules, 1, &name);
    if (status != STATUS_OK)
        return status;
    linas_context *context = open_context();
    linas_space *space = NULL;
    if (!context)
        return STATUS_FAILED;
    if (!name)
        status = list_presets(context, json);
    else if ((status = open_space(context, name, &space)) == STATUS_OK) {
        if (json)
            status = print_space_json(context, space);
        else
            print_space(space);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
    return status == STATUS_OK ? finish_output() : status;
}
