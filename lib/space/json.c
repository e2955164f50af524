/* SPDX-License-Identifier: Apache-2.0 */
/* Spaces and configurations as JSON (docs/space-json.md has the grammar). */
#include "io/json.h"
#include "space/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- reading groups ------------------------------------------------------------------------------
 */

static linas_status wrong(const linas_space *space, const char *group, const char *what,
                          const lns_json *value) {
    return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "group \"%s\": %s, not %s", group,
                    what, value ? lns_json_kind_text(value) : "missing");
}

static linas_status check_keys(const linas_space *space, const char *group, const lns_json *object,
                               const char *const *known) {
    const char *key;
    const lns_json *value;
    for (void *i = lns_json_next(object, NULL, &key, &value); i;
         i = lns_json_next(object, i, &key, &value)) {
        size_t k = 0;
        while (known[k] && strcmp(known[k], key) != 0)
            k++;
        if (!known[k])
            return lns_fail(space->context, LINAS_ERROR_UNKNOWN_NAME,
                            "group \"%s\": there is no key \"%s\"", group, key);
    }
    return LINAS_OK;
}

static linas_status read_count(const linas_space *space, const char *name, const lns_json *group,
                               size_t *slots) {
    const lns_json *count = lns_json_get(group, "count");
    *slots = 1;
    if (!count)
        return LINAS_OK;
    if (lns_json_kind_of(count) != LNS_JSON_INT)
        return wrong(space, name, "\"count\" must be an integer", count);
    if (lns_json_int(count) < 1 || lns_json_int(count) > LINAS_MAX_VARIABLES)
        return lns_fail(space->context, LINAS_ERROR_OUT_OF_RANGE,
                        "group \"%s\": \"count\" must be in 1 .. %d", name,
                        (int)LINAS_MAX_VARIABLES);
    *slots = (size_t)lns_json_int(count);
    return LINAS_OK;
}

/* The one kind that all values share; integers among reals are reals. */
static linas_status common_kind(const linas_space *space, const char *name, const lns_json *vars,
                                int32_t *kind) {
    size_t reals = 0, strings = 0, count = lns_json_size(vars);
    for (size_t i = 0; i < count; i++) {
        lns_json_kind one = lns_json_kind_of(lns_json_at(vars, i));
        reals += one == LNS_JSON_REAL;
        strings += one == LNS_JSON_STRING;
        if (one != LNS_JSON_INT && one != LNS_JSON_REAL && one != LNS_JSON_STRING)
            return wrong(space, name, "a value in \"vars\" must be a number or a string",
                         lns_json_at(vars, i));
    }
    if (strings > 0 && strings < count)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "group \"%s\": \"vars\" mixes numbers and strings", name);
    *kind = strings ? LINAS_VALUE_STRING : reals ? LINAS_VALUE_REAL : LINAS_VALUE_INT;
    return LINAS_OK;
}

static linas_status add_values(linas_space *space, const char *name, size_t slots,
                               const lns_json *vars, int32_t kind, int32_t order) {
    linas_context *context = space->context;
    size_t count = lns_json_size(vars);
    int64_t *ints = lns_alloc(context, count, sizeof *ints);
    double *reals = lns_alloc(context, count, sizeof *reals);
    const char **strings = lns_alloc(context, count, sizeof *strings);
    linas_status status = ints && reals && strings ? LINAS_OK : lns_no_memory(context);
    for (size_t i = 0; i < count && status == LINAS_OK; i++) {
        const lns_json *value = lns_json_at(vars, i);
        if (kind == LINAS_VALUE_INT)
            ints[i] = lns_json_int(value);
        else if (kind == LINAS_VALUE_REAL)
            reals[i] = lns_json_number(value);
        else
            strings[i] = lns_json_string(value);
    }
    if (status == LINAS_OK)
        status = kind == LINAS_VALUE_INT
                     ? linas_space_add_int(space, name, slots, ints, count, order)
                 : kind == LINAS_VALUE_REAL
                     ? linas_space_add_real(space, name, slots, reals, count, order)
                     : linas_space_add_string(space, name, slots, strings, count, order);
    lns_free(context, ints);
    lns_free(context, reals);
    lns_free(context, strings);
    return status;
}

static linas_status read_group(linas_space *space, const char *name, const lns_json *group) {
    static const char *const keys[] = {"count", "vars", "ordered", "active_if", "same", NULL};
    if (lns_json_kind_of(group) != LNS_JSON_OBJECT)
        return wrong(space, name, "must be an object", group);
    LNS_TRY(check_keys(space, name, group, keys));
    size_t slots;
    LNS_TRY(read_count(space, name, group, &slots));
    const lns_json *vars = lns_json_get(group, "vars");
    if (!vars || lns_json_kind_of(vars) != LNS_JSON_ARRAY)
        return wrong(space, name, "\"vars\" must be an array of values", vars);
    const lns_json *ordered = lns_json_get(group, "ordered");
    if (ordered && lns_json_kind_of(ordered) != LNS_JSON_BOOL)
        return wrong(space, name, "\"ordered\" must be true or false", ordered);
    int32_t kind = LINAS_VALUE_INT;
    int32_t order = ordered && lns_json_bool(ordered) ? LINAS_ORDINAL : LINAS_CATEGORICAL;
    LNS_TRY(common_kind(space, name, vars, &kind));
    return add_values(space, name, slots, vars, kind, order);
}

/* -- reading conditions --------------------------------------------------------------------------
 */

/* Splits "d[2]" into a name and a slot; a bare "d" is slot 0. */
static linas_status read_reference(const linas_space *space, const char *group,
                                   const lns_json *condition, char *name, size_t *slot,
                                   bool *bare) {
    const lns_json *reference = lns_json_get(condition, "variable");
    if (!reference || lns_json_kind_of(reference) != LNS_JSON_STRING)
        return wrong(space, group, "\"variable\" of a condition must be a string", reference);
    const char *text = lns_json_string(reference), *bracket = strchr(text, '[');
    size_t length = bracket ? (size_t)(bracket - text) : strlen(text);
    if (length > LINAS_MAX_NAME)
        return lns_fail(space->context, LINAS_ERROR_UNKNOWN_NAME,
                        "group \"%s\": a condition names a variable of more than %d bytes", group,
                        (int)LINAS_MAX_NAME);
    memcpy(name, text, length);
    name[length] = '\0';
    *slot = 0;
    *bare = !bracket;
    for (const char *digit = bracket ? bracket + 1 : "]"; *digit != ']' || digit[1]; digit++) {
        if (*digit < '0' || *digit > '9' || *slot > LINAS_MAX_VARIABLES)
            return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                            "group \"%s\": \"%s\" does not name a variable", group, text);
        *slot = *slot * 10 + (size_t)(*digit - '0');
    }
    return LINAS_OK;
}

static bool json_equals_value(const lns_group *group, size_t index, const lns_json *value) {
    if (group->kind == LINAS_VALUE_STRING)
        return lns_json_kind_of(value) == LNS_JSON_STRING &&
               strcmp(lns_json_string(value), group->strings[index]) == 0;
    if (group->kind == LINAS_VALUE_INT && lns_json_kind_of(value) == LNS_JSON_INT)
        return group->ints[index] == lns_json_int(value);
    return lns_json_is_number(value) && lns_json_number(value) == group->reals[index];
}

static linas_status find_value(const linas_space *space, const lns_group *group,
                               const lns_json *value, int32_t *index) {
    for (size_t i = 0; i < group->values; i++)
        if (json_equals_value(group, i, value)) {
            *index = (int32_t)i;
            return LINAS_OK;
        }
    return lns_fail(space->context, LINAS_ERROR_OUT_OF_RANGE,
                    "\"%s\" does not have the value named (%s)", group->name,
                    lns_json_kind_of(value) == LNS_JSON_STRING ? lns_json_string(value)
                                                               : lns_json_kind_text(value));
}

static linas_status add_in(linas_space *space, const lns_group *group, size_t slot,
                           const char *controller, size_t controller_slot, const lns_json *list) {
    linas_context *context = space->context;
    size_t variable = 0;
    LNS_TRY(lns_space_find(space, controller, controller_slot, &variable));
    if (lns_json_kind_of(list) != LNS_JSON_ARRAY)
        return wrong(space, group->name, "\"in\" must be an array of values", list);
    const lns_group *values = &space->groups[space->variables[variable].group];
    size_t count = lns_json_size(list);
    int32_t *indices = lns_alloc(context, count, sizeof *indices);
    linas_status status = indices ? LINAS_OK : lns_no_memory(context);
    for (size_t i = 0; i < count && status == LINAS_OK; i++)
        status = find_value(space, values, lns_json_at(list, i), &indices[i]);
    if (status == LINAS_OK)
        status = linas_space_active_if_in(space, group->name, slot, controller, controller_slot,
                                          indices, count);
    lns_free(context, indices);
    return status;
}

/* One condition of one slot: {"variable":..., "above":...} or {"variable":..., "in":[...]}. */
static linas_status add_plain(linas_space *space, const lns_group *group, size_t slot,
                              const lns_json *condition) {
    static const char *const keys[] = {"variable", "above", "in", NULL};
    if (lns_json_kind_of(condition) != LNS_JSON_OBJECT)
        return wrong(space, group->name, "a condition must be an object", condition);
    LNS_TRY(check_keys(space, group->name, condition, keys));
    char controller[LINAS_MAX_NAME + 1];
    size_t controller_slot = 0;
    bool bare = false;
    LNS_TRY(read_reference(space, group->name, condition, controller, &controller_slot, &bare));
    const lns_json *above = lns_json_get(condition, "above"), *in = lns_json_get(condition, "in");
    if ((above && in) || (!above && !in))
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "group \"%s\": a condition has either \"above\" or \"in\"", group->name);
    if (in)
        return add_in(space, group, slot, controller, controller_slot, in);
    if (!lns_json_is_number(above))
        return wrong(space, group->name, "\"above\" must be a number", above);
    return linas_space_active_if_above(space, group->name, slot, controller, controller_slot,
                                       lns_json_number(above));
}

static linas_status add_slot_conditions(linas_space *space, const lns_group *group, size_t slot,
                                        const lns_json *conditions) {
    if (lns_json_kind_of(conditions) == LNS_JSON_NULL)
        return LINAS_OK;
    if (lns_json_kind_of(conditions) != LNS_JSON_ARRAY)
        return add_plain(space, group, slot, conditions);
    for (size_t i = 0; i < lns_json_size(conditions); i++)
        LNS_TRY(add_plain(space, group, slot, lns_json_at(conditions, i)));
    return LINAS_OK;
}

/* A non-negative integer of a list, `missing` where there is no list. */
static linas_status read_list_entry(const linas_space *space, const char *group,
                                    const lns_json *list, size_t index, int64_t missing,
                                    int64_t *entry) {
    *entry = missing;
    if (!list)
        return LINAS_OK;
    const lns_json *value = lns_json_at(list, index);
    if (!value || lns_json_kind_of(value) != LNS_JSON_INT || lns_json_int(value) < 0 ||
        lns_json_int(value) > LINAS_MAX_VARIABLES)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "group \"%s\": \"stages\" and \"base\" must be arrays of non-negative "
                        "integers, equally long",
                        group);
    *entry = lns_json_int(value);
    return LINAS_OK;
}

/* {"variable":"d","stages":[4,4],"base":[2,2],"first":1}: position p of stage s is active iff
 * base[s] + d[first + s] > p; without stages all slots are one stage. */
static linas_status add_staged(linas_space *space, const lns_group *group,
                               const lns_json *condition) {
    static const char *const keys[] = {"variable", "stages", "base", "first", NULL};
    LNS_TRY(check_keys(space, group->name, condition, keys));
    char controller[LINAS_MAX_NAME + 1];
    size_t first = 0, slot = 0;
    bool bare = false;
    LNS_TRY(read_reference(space, group->name, condition, controller, &first, &bare));
    const lns_json *stages = lns_json_get(condition, "stages");
    const lns_json *base = lns_json_get(condition, "base"),
                   *start = lns_json_get(condition, "first");
    if (start && (lns_json_kind_of(start) != LNS_JSON_INT || lns_json_int(start) < 0 || !bare))
        return wrong(space, group->name, "\"first\" must be a slot's number", start);
    if (start)
        first = (size_t)lns_json_int(start);
    size_t count = stages && lns_json_kind_of(stages) == LNS_JSON_ARRAY ? lns_json_size(stages) : 1;
    for (size_t s = 0; s < count; s++) {
        int64_t length = 0, offset = 0;
        LNS_TRY(read_list_entry(space, group->name, stages, s, (int64_t)group->slots, &length));
        LNS_TRY(read_list_entry(space, group->name, base, s, 0, &offset));
        for (int64_t p = 0; p < length; p++, slot++)
            LNS_TRY(linas_space_active_if_above(space, group->name, slot, controller, first + s,
                                                (double)(p - offset)));
    }
    if (slot != group->slots)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "group \"%s\": the stages have %zu slots, the group %zu", group->name, slot,
                        group->slots);
    return LINAS_OK;
}

static linas_status read_conditions(linas_space *space, size_t at, const lns_json *conditions) {
    const lns_group group = space->groups[at];
    if (lns_json_kind_of(conditions) == LNS_JSON_ARRAY) {
        if (lns_json_size(conditions) != group.slots)
            return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                            "group \"%s\": \"active_if\" has %zu entries for %zu slots", group.name,
                            lns_json_size(conditions), group.slots);
        for (size_t slot = 0; slot < group.slots; slot++)
            LNS_TRY(add_slot_conditions(space, &group, slot, lns_json_at(conditions, slot)));
        return LINAS_OK;
    }
    if (lns_json_kind_of(conditions) != LNS_JSON_OBJECT)
        return wrong(space, group.name, "\"active_if\" must be an object or an array", conditions);
    if (!lns_json_get(conditions, "above") && !lns_json_get(conditions, "in"))
        return add_staged(space, &group, conditions);
    for (size_t slot = 0; slot < group.slots; slot++)
        LNS_TRY(add_plain(space, &group, slot, conditions));
    return LINAS_OK;
}

/* "same": {"0": [[0, 1]]}: in slot 0 the values 0 and 1 mean the same. */
static linas_status read_same(linas_space *space, size_t at, const lns_json *same) {
    const lns_group *group = &space->groups[at];
    const char *key;
    const lns_json *pairs;
    if (lns_json_kind_of(same) != LNS_JSON_OBJECT)
        return wrong(space, group->name, "\"same\" must be an object", same);
    for (void *i = lns_json_next(same, NULL, &key, &pairs); i;
         i = lns_json_next(same, i, &key, &pairs)) {
        double slot;
        if (!lns_parse_double(key, strlen(key), &slot) || !(slot >= 0.0) ||
            !(slot < (double)group->slots) || slot != floor(slot) ||
            lns_json_kind_of(pairs) != LNS_JSON_ARRAY)
            return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                            "group \"%s\": \"same\" needs a slot's number and an array of pairs, "
                            "not \"%s\"",
                            group->name, key);
        for (size_t p = 0; p < lns_json_size(pairs); p++) {
            const lns_json *pair = lns_json_at(pairs, p);
            int32_t a, b;
            if (lns_json_kind_of(pair) != LNS_JSON_ARRAY || lns_json_size(pair) != 2)
                return wrong(space, group->name, "\"same\" has pairs of values", pair);
            LNS_TRY(find_value(space, group, lns_json_at(pair, 0), &a));
            LNS_TRY(find_value(space, group, lns_json_at(pair, 1), &b));
            LNS_TRY(linas_space_same_value(space, group->name, (size_t)slot, a < b ? a : b,
                                           a < b ? b : a));
        }
    }
    return LINAS_OK;
}

static linas_status read_space(linas_space *space, const lns_json *root) {
    const char *name;
    const lns_json *group;
    if (lns_json_kind_of(root) != LNS_JSON_OBJECT)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "a space must be an object of groups, not %s", lns_json_kind_text(root));
    if (lns_json_size(root) == 0)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "the space has no groups");
    for (void *i = lns_json_next(root, NULL, &name, &group); i;
         i = lns_json_next(root, i, &name, &group))
        LNS_TRY(read_group(space, name, group));
    size_t at = 0;
    space->gathering = true;
    for (void *i = lns_json_next(root, NULL, &name, &group); i;
         i = lns_json_next(root, i, &name, &group), at++) {
        const lns_json *conditions = lns_json_get(group, "active_if");
        const lns_json *same = lns_json_get(group, "same");
        if (conditions)
            LNS_TRY(read_conditions(space, at, conditions));
        if (same)
            LNS_TRY(read_same(space, at, same));
    }
    return lns_space_order(space);
}

linas_status linas_space_from_json(linas_context *context, const char *text, size_t length,
                                   linas_space **space) {
    lns_clear(context);
    if (!context || !text || !space)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *space = NULL;
    lns_json *root;
    LNS_TRY(lns_json_parse(context, text, length, &root));
    linas_space *made = NULL;
    linas_status status = linas_space_create(context, &made);
    if (status == LINAS_OK)
        status = read_space(made, root);
    lns_json_free(root);
    if (status == LINAS_OK)
        *space = made;
    else
        lns_space_drop(made);
    return status;
}

/* -- writing -------------------------------------------------------------------------------------
 */

static void write_value(lns_text *text, const lns_group *group, size_t index) {
    if (group->kind == LINAS_VALUE_STRING) {
        lns_text_json_string(text, group->strings[index]);
    } else if (group->kind == LINAS_VALUE_INT) {
        lns_text_i64(text, group->ints[index]);
    } else {
        size_t before = text->length;
        lns_text_double(text, group->reals[index]);
        /* 2 would be read back as an integer. */
        if (!text->failed && !strpbrk(text->data + before, ".e"))
            lns_text_string(text, ".0");
    }
}

static void write_condition(lns_text *text, const linas_space *space,
                            const lns_condition *condition) {
    char name[LINAS_MAX_NAME + 32];
    const lns_group *group = &space->groups[space->variables[condition->controller].group];
    lns_space_variable_name(space, condition->controller, name, sizeof name);
    lns_text_string(text, "{\"variable\":");
    lns_text_json_string(text, name);
    if (condition->above) {
        lns_text_string(text, ",\"above\":");
        lns_text_double(text, condition->threshold);
        lns_text_string(text, "}");
        return;
    }
    const char *separator = ",\"in\":[";
    for (size_t i = 0; i < group->values; i++)
        if (condition->allowed[i]) {
            lns_text_string(text, separator);
            write_value(text, group, i);
            separator = ",";
        }
    lns_text_string(text, "]}");
}

/* The first of a variable's conditions, which stand together: they are sorted by the variables'
 * levels, and by the variables themselves. */
static size_t first_condition(const linas_space *space, size_t variable) {
    size_t low = 0, high = space->condition_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2, other = space->conditions[middle].variable;
        uint32_t level = space->level[other], wanted = space->level[variable];
        if (level < wanted || (level == wanted && other < variable))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void write_slot_conditions(lns_text *text, const linas_space *space, size_t variable) {
    if (!space->variables[variable].conditional) {
        lns_text_string(text, "null");
        return;
    }
    const char *separator = "[";
    for (size_t i = first_condition(space, variable);
         i < space->condition_count && space->conditions[i].variable == variable; i++) {
        lns_text_string(text, separator);
        write_condition(text, space, &space->conditions[i]);
        separator = ",";
    }
    lns_text_string(text, "]");
}

static void write_conditions(lns_text *text, const linas_space *space, const lns_group *group) {
    bool any = false;
    for (size_t slot = 0; slot < group->slots; slot++)
        any = any || space->variables[group->first + slot].conditional;
    if (!any)
        return;
    lns_text_string(text, ",\"active_if\":[");
    for (size_t slot = 0; slot < group->slots; slot++) {
        lns_text_string(text, slot ? "," : "");
        write_slot_conditions(text, space, group->first + slot);
    }
    lns_text_string(text, "]");
}

static void write_same(lns_text *text, const linas_space *space, const lns_group *group) {
    const char *separator = ",\"same\":{\"";
    for (size_t slot = 0; slot < group->slots; slot++) {
        const int32_t *same = space->same[group->first + slot];
        if (!same)
            continue;
        lns_text_string(text, separator);
        lns_text_u64(text, slot);
        lns_text_string(text, "\":[");
        separator = "";
        for (size_t v = 0; v < group->values; v++)
            if (same[v] != (int32_t)v) {
                lns_text_string(text, separator);
                lns_text_string(text, "[");
                write_value(text, group, (size_t)same[v]);
                lns_text_string(text, ",");
                write_value(text, group, v);
                lns_text_string(text, "]");
                separator = ",";
            }
        lns_text_string(text, "]");
        separator = ",\"";
    }
    if (strcmp(separator, ",\"") == 0)
        lns_text_string(text, "}");
}

static void write_group(lns_text *text, const linas_space *space, const lns_group *group) {
    lns_text_json_string(text, group->name);
    lns_text_string(text, ":{\"count\":");
    lns_text_u64(text, group->slots);
    lns_text_string(text, ",\"vars\":[");
    for (size_t i = 0; i < group->values; i++) {
        lns_text_string(text, i ? "," : "");
        write_value(text, group, i);
    }
    lns_text_string(text, group->order == LINAS_ORDINAL ? "],\"ordered\":true" : "]");
    write_conditions(text, space, group);
    write_same(text, space, group);
    lns_text_string(text, "}");
}

static linas_status give_text(lns_text *text, char *buffer, size_t capacity, size_t *needed) {
    linas_context *context = text->context;
    linas_status status =
        text->failed ? lns_no_memory(context)
                     : lns_give(context, text->data, text->length, true, buffer, capacity, needed);
    lns_text_free(text);
    return status;
}

linas_status linas_space_to_json(const linas_space *space, char *buffer, size_t capacity,
                                 size_t *needed) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    lns_text text;
    lns_text_init(&text, space->context);
    lns_text_string(&text, "{");
    for (size_t i = 0; i < space->group_count; i++) {
        lns_text_string(&text, i ? "," : "");
        write_group(&text, space, &space->groups[i]);
    }
    lns_text_string(&text, "}");
    return give_text(&text, buffer, capacity, needed);
}

linas_status linas_space_config_to_json(const linas_space *space, const int32_t *genome,
                                        char *buffer, size_t capacity, size_t *needed) {
    LNS_TRY(linas_space_check(space, genome));
    lns_text text;
    lns_text_init(&text, space->context);
    lns_text_string(&text, "{");
    for (size_t i = 0; i < space->group_count; i++) {
        const lns_group *group = &space->groups[i];
        lns_text_string(&text, i ? "," : "");
        lns_text_json_string(&text, group->name);
        lns_text_string(&text, group->slots > 1 ? ":[" : ":");
        for (size_t slot = 0; slot < group->slots; slot++) {
            lns_text_string(&text, slot ? "," : "");
            write_value(&text, group, (size_t)genome[group->first + slot]);
        }
        lns_text_string(&text, group->slots > 1 ? "]" : "");
    }
    lns_text_string(&text, "}");
    return give_text(&text, buffer, capacity, needed);
}

static linas_status read_config_group(const linas_space *space, const lns_group *group,
                                      const lns_json *value, int32_t *genome) {
    bool list = value && lns_json_kind_of(value) == LNS_JSON_ARRAY;
    if (!value)
        return lns_fail(space->context, LINAS_ERROR_UNKNOWN_NAME,
                        "the configuration does not name \"%s\"", group->name);
    if (group->slots == 1 && !list)
        return find_value(space, group, value, &genome[group->first]);
    if (!list || lns_json_size(value) != group->slots)
        return lns_fail(space->context, LINAS_ERROR_OUT_OF_RANGE, "\"%s\" needs %zu values",
                        group->name, group->slots);
    for (size_t slot = 0; slot < group->slots; slot++)
        LNS_TRY(find_value(space, group, lns_json_at(value, slot), &genome[group->first + slot]));
    return LINAS_OK;
}

static linas_status read_config(const linas_space *space, const lns_json *root, int32_t *genome) {
    const char *key;
    const lns_json *value;
    if (lns_json_kind_of(root) != LNS_JSON_OBJECT)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "a configuration must be an object, not %s", lns_json_kind_text(root));
    for (void *i = lns_json_next(root, NULL, &key, &value); i;
         i = lns_json_next(root, i, &key, &value)) {
        size_t variable;
        LNS_TRY(lns_space_find(space, key, 0, &variable));
    }
    for (size_t i = 0; i < space->group_count; i++)
        LNS_TRY(read_config_group(space, &space->groups[i],
                                  lns_json_get(root, space->groups[i].name), genome));
    return LINAS_OK;
}

linas_status linas_space_config_from_json(const linas_space *space, const char *text, size_t length,
                                          int32_t *genome) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = space->context;
    lns_clear(context);
    if (!text || !genome)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    lns_json *root;
    LNS_TRY(lns_json_parse(context, text, length, &root));
    int32_t *read = lns_alloc(context, space->variable_count, sizeof *read);
    linas_status status = read ? read_config(space, root, read) : lns_no_memory(context);
    if (status == LINAS_OK)
        memcpy(genome, read, space->variable_count * sizeof *genome);
    lns_free(context, read);
    lns_json_free(root);
    return status;
}
