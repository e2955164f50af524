/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the command line: options, and the small notations in their values. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* -- lists of texts ---------------------------------------------------------------------------- */

static void add_owned(text_list *list, char *text) {
    list->items = more_memory(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = text;
}

static char *copy_part(const char *text, size_t length) {
    char *part = get_memory(length + 1, 1);
    memcpy(part, text, length);
    part[length] = 0;
    return part;
}

void text_list_add(text_list *list, const char *text) {
    add_owned(list, copy_text(text));
}

void text_list_free(text_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (text_list){NULL, 0};
}

int text_list_split(text_list *list, const char *option, const char *text) {
    for (;;) {
        size_t length = strcspn(text, ",");
        if (length == 0)
            return fail(STATUS_USAGE, "%s has an empty name", option);
        add_owned(list, copy_part(text, length));
        if (text[length] == 0)
            return STATUS_OK;
        text += length + 1;
    }
}

/* Copies one word to `word`; returns what follows it, or NULL when a quote is not closed. */
static const char *take_word(const char *text, char *word) {
    char quote = 0;
    for (; *text && (quote || !strchr(" \t\n", *text)); text++) {
        if (quote == 0 && (*text == '\'' || *text == '"'))
            quote = *text;
        else if (*text == quote)
            quote = 0;
        else if (*text == '\\' && quote != '\'' && text[1] &&
                 (quote == 0 || strchr("\"\\", text[1])))
            *word++ = *++text;
        else
            *word++ = *text;
    }
    *word = 0;
    return quote ? NULL : text;
}

int text_list_words(text_list *list, const char *option, const char *text) {
    while (*(text += strspn(text, " \t\n"))) {
        char *word = get_memory(strlen(text) + 1, 1);
        text = take_word(text, word);
        add_owned(list, word);
        if (!text)
            return fail(STATUS_USAGE, "%s has a quote that is not closed", option);
    }
    if (list->count == 0)
        return fail(STATUS_USAGE, "%s is empty", option);
    return STATUS_OK;
}

/* -- options ----------------------------------------------------------------------------------- */

static const option_rule *find_rule(const char *argument, const option_rule *rules, size_t count) {
    size_t length = strcspn(argument, "=");
    for (size_t i = 0; i < count; i++)
        if (strlen(rules[i].name) == length && strncmp(rules[i].name, argument, length) == 0)
            return &rules[i];
    return NULL;
}

static int store_value(const option_rule *rule, const char *value) {
    if (rule->list) {
        text_list_add(rule->list, value);
        return STATUS_OK;
    }
    if (*rule->value)
        return fail(STATUS_USAGE, "%s is given twice", rule->name);
    *rule->value = value;
    return STATUS_OK;
}

static int store_operand(const char *argument, const char **operand) {
    if (!operand || *operand)
        return fail(STATUS_USAGE, "unexpected argument '%s'", argument);
    *operand = argument;
    return STATUS_OK;
}

/* Reads the option at `arguments[*at]`, moving on over its value. */
static int read_option(int count, char **arguments, int *at, const option_rule *rule) {
    const char *value = strchr(arguments[*at], '=');
    if (rule->flag) {
        if (value)
            return fail(STATUS_USAGE, "%s takes no value", rule->name);
        *rule->flag = true;
        return STATUS_OK;
    }
    if (!value && *at + 1 >= count)
        return fail(STATUS_USAGE, "%s needs a value", rule->name);
    return store_value(rule, value ? value + 1 : arguments[++*at]);
}

int options_read(int count, char **arguments, const option_rule *rules, size_t rule_count,
                 const char **operand) {
    for (int i = 0; i < count; i++) {
        int status;
        if (arguments[i][0] != '-' || arguments[i][1] == 0) {
            status = store_operand(arguments[i], operand);
        } else {
            const option_rule *rule = find_rule(arguments[i], rules, rule_count);
            if (!rule)
                return fail(STATUS_USAGE, "unknown option '%s'; 'linas --help' lists all",
                            arguments[i]);
            status = read_option(count, arguments, &i, rule);
        }
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

int option_number(const char *option, const char *text, uint64_t least, uint64_t most,
                  uint64_t *number) {
    if (!text)
        return STATUS_OK;
    if (*text == 0 || text[strspn(text, "0123456789")] != 0)
        return fail(STATUS_USAGE, "%s needs a whole number, not '%s'", option, text);
    errno = 0;
    unsigned long long parsed = strtoull(text, NULL, 10);
    if (errno != 0 || parsed < least || parsed > most)
        return fail(STATUS_USAGE, "%s must be from %llu to %llu, not %s", option,
                    (unsigned long long)least, (unsigned long long)most, text);
    *number = parsed;
    return STATUS_OK;
}

int option_number32(const char *option, const char *text, uint32_t least, uint32_t *number) {
    uint64_t wide = *number;
    int status = option_number(option, text, least, UINT32_MAX, &wide);
    *number = (uint32_t)wide;
    return status;
}

/* -- objectives -------------------------------------------------------------------------------- */

static int read_objective(const char *text, linas_objective *objective) {
    size_t name = strcspn(text, ":");
    if (name == 0)
        return fail(STATUS_USAGE, "objective '%s' has no name", text);
    const char *direction = text[name] ? text + name + 1 : "";
    size_t length = strcspn(direction, ":");
    int32_t code = 0;
    if (length == 3 && strncmp(direction, "max", 3) == 0)
        code = LINAS_DIRECTION_MAXIMIZE;
    if (length == 3 && strncmp(direction, "min", 3) == 0)
        code = LINAS_DIRECTION_MINIMIZE;
    if (code == 0)
        return fail(STATUS_USAGE, "objective '%s' has no direction: write %.*s:max or %.*s:min",
                    text, (int)name, text, (int)name, text);
    const char *unit = direction[length] ? direction + length + 1 : "";
    linas_objective_init(objective, code, copy_part(text, name), copy_text(unit));
    return STATUS_OK;
}

int objectives_read(const text_list *texts, linas_objective **objectives) {
    if (texts->count == 0)
        return fail(STATUS_USAGE, "no --objective is given: write --objective NAME:max or "
                                  "NAME:min, once for each");
    linas_objective *read = get_memory(texts->count, sizeof *read);
    for (size_t i = 0; i < texts->count; i++) {
        int status = read_objective(texts->items[i], &read[i]);
        if (status != STATUS_OK) {
            objectives_free(read, i);
            return status;
        }
        for (size_t j = 0; j < i; j++)
            if (strcmp(read[i].name, read[j].name) == 0) {
                status = fail(STATUS_USAGE, "objective '%s' is given twice", read[i].name);
                objectives_free(read, i + 1);
                return status;
            }
    }
    *objectives = read;
    return STATUS_OK;
}

void objectives_free(linas_objective *objectives, size_t count) {
    for (size_t i = 0; i < count && objectives; i++) {
        free((char *)(uintptr_t)objectives[i].name);
        free((char *)(uintptr_t)objectives[i].unit);
    }
    free(objectives);
}

/* -- limits ------------------------------------------------------------------------------------ */

static int read_limit(const char *text, limit *read) {
    const char *sign = strstr(text, "<=");
    const char *other = strstr(text, ">=");
    if (!sign || (other && other < sign))
        sign = other;
    if (!sign || sign == text)
        return fail(STATUS_USAGE, "limit '%s' is not of the form NAME<=X or NAME>=X", text);
    if (!parse_real(sign + 2, &read->bound))
        return fail(STATUS_USAGE, "limit '%s': '%s' is not a number", text, sign + 2);
    read->upper = *sign == '<';
    read->name = copy_part(text, (size_t)(sign - text));
    return STATUS_OK;
}

static bool same_limit(const limit *a, const limit *b) {
    return a->upper == b->upper && strcmp(a->name, b->name) == 0;
}

int limits_read(const text_list *texts, limit **limits) {
    limit *read = get_memory(texts->count, sizeof *read);
    for (size_t i = 0; i < texts->count; i++) {
        int status = read_limit(texts->items[i], &read[i]);
        if (status != STATUS_OK) {
            limits_free(read, i);
            return status;
        }
        for (size_t j = 0; j < i; j++)
            if (same_limit(&read[i], &read[j])) {
                status = fail(STATUS_USAGE, "limit '%s%s' is given twice", read[i].name,
                              read[i].upper ? "<=" : ">=");
                limits_free(read, i + 1);
                return status;
            }
    }
    *limits = read;
    return STATUS_OK;
}

void limits_free(limit *limits, size_t count) {
    for (size_t i = 0; i < count && limits; i++)
        free(limits[i].name);
    free(limits);
}
