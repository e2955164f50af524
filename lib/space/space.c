/* SPDX-License-Identifier: Apache-2.0 */
/* Building a space: groups, values, activity conditions. */
#include "num/sort.h"
#include "space/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- life -------------------------------------------------------------------------------------- */

linas_status linas_space_create(linas_context *context, linas_space **space) {
    lns_clear(context);
    if (!context || !space)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "a context and a place for the space "
                        "are needed");
    *space = NULL;
    linas_space *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->context = lns_context_keep(context);
    made->references = 1;
    *space = made;
    return LINAS_OK;
}

static void free_group(linas_context *context, lns_group *group) {
    if (group->strings)
        for (size_t i = 0; i < group->values; i++)
            lns_free(context, group->strings[i]);
    lns_free(context, group->strings);
    lns_free(context, group->name);
    lns_free(context, group->ints);
    lns_free(context, group->reals);
    lns_free(context, group->positions);
}

void lns_space_drop(linas_space *space) {
    if (!space || --space->references > 0)
        return;
    linas_context *context = space->context;
    for (size_t i = 0; i < space->group_count; i++)
        free_group(context, &space->groups[i]);
    for (size_t i = 0; i < space->condition_count; i++)
        lns_free(context, space->conditions[i].allowed);
    for (size_t i = 0; i < space->variable_count; i++)
        lns_free(context, space->same[i]);
    lns_free(context, space->groups);
    lns_free(context, space->by_name);
    lns_free(context, space->variables);
    lns_free(context, space->conditions);
    lns_free(context, space->same);
    lns_free(context, space->level);
    lns_free(context, space);
    lns_context_drop(context);
}

void linas_space_destroy(linas_space *space) {
    lns_space_drop(space);
}

linas_space *lns_space_keep(const linas_space *space) {
    /* A reference is not part of what const protects. */
    linas_space *kept = (linas_space *)(uintptr_t)space;
    kept->references++;
    kept->frozen = true;
    return kept;
}

linas_context *lns_space_context(const linas_space *space) {
    return space->context;
}

static linas_status check_changeable(const linas_space *space) {
    if (space->frozen)
        return lns_fail(space->context, LINAS_ERROR_WRONG_ORDER,
                        "the space is in use and can no longer be changed");
    return LINAS_OK;
}

/* -- groups ------------------------------------------------------------------------------------ */

static linas_status check_name(const linas_space *space, const char *name) {
    linas_context *context = space->context;
    if (!name || !name[0])
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "a group needs a name");
    if (strlen(name) > LINAS_MAX_NAME)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "a group's name has more than %d bytes",
                        (int)LINAS_MAX_NAME);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f || strchr("[]=", *c))
            return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                            "group name \"%s\" has a control character or one of [ ] =", name);
    if (lns_group_named(space, name))
        return lns_fail(context, LINAS_ERROR_DUPLICATE, "there is a group \"%s\" already", name);
    return LINAS_OK;
}

static linas_status check_shape(const linas_space *space, const char *name, size_t slots,
                                const void *values, size_t count, int32_t order) {
    linas_context *context = space->context;
    if (slots == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "group \"%s\" has no slots", name);
    if (!values || count == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "group \"%s\" has no values", name);
    if (slots > LINAS_MAX_VARIABLES || space->variable_count + slots > LINAS_MAX_VARIABLES)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE,
                        "group \"%s\" brings the space to more than %d variables", name,
                        (int)LINAS_MAX_VARIABLES);
    if (count > LINAS_MAX_VALUES)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "group \"%s\" has more than %d values",
                        name, (int)LINAS_MAX_VALUES);
    if (order != LINAS_CATEGORICAL && order != LINAS_ORDINAL)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "group \"%s\": order %d is neither categorical nor ordinal", name,
                        (int)order);
    return LINAS_OK;
}

static bool values_equal(const lns_group *group, size_t a, size_t b) {
    if (group->kind == LINAS_VALUE_STRING)
        return strcmp(group->strings[a], group->strings[b]) == 0;
    if (group->kind == LINAS_VALUE_INT)
        return group->ints[a] == group->ints[b];
    return group->reals[a] == group->reals[b];
}

/* Ordinal numbers are monotone, so only neighbours need comparing for them. */
static linas_status check_distinct(linas_context *context, const lns_group *group) {
    uint64_t *hashes = lns_alloc(context, group->values, sizeof *hashes);
    if (!hashes)
        return lns_no_memory(context);
    size_t capacity = 16;
    while (capacity < 2 * group->values)
        capacity *= 2;
    uint32_t *table = lns_alloc_zero(context, capacity, sizeof *table);
    linas_status status = table ? LINAS_OK : lns_no_memory(context);
    for (size_t i = 0; i < group->values && status == LINAS_OK; i++) {
        double real = group->reals && group->reals[i] != 0.0 ? group->reals[i] : 0.0;
        hashes[i] = group->kind == LINAS_VALUE_STRING
                        ? lns_hash_bytes(0, group->strings[i], strlen(group->strings[i]))
                        : lns_hash_bytes(0, &real, sizeof real);
        size_t at = hashes[i] & (capacity - 1);
        while (table[at] && !values_equal(group, table[at] - 1, i))
            at = (at + 1) & (capacity - 1);
        if (table[at])
            status = lns_fail(context, LINAS_ERROR_DUPLICATE,
                              "group \"%s\": values %u and %zu are equal", group->name,
                              (unsigned)(table[at] - 1), i);
        else
            table[at] = (uint32_t)i + 1;
    }
    lns_free(context, hashes);
    lns_free(context, table);
    return status;
}

static linas_status check_monotone(linas_context *context, const lns_group *group) {
    if (group->order != LINAS_ORDINAL || group->kind == LINAS_VALUE_STRING || group->values < 2)
        return LINAS_OK;
    bool up = group->reals[1] > group->reals[0];
    for (size_t i = 1; i < group->values; i++)
        if (group->reals[i] == group->reals[i - 1] || (group->reals[i] > group->reals[i - 1]) != up)
            return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                            "group \"%s\" is ordinal, but its values neither rise nor fall at "
                            "value %zu",
                            group->name, i);
    return LINAS_OK;
}

static linas_status fill_positions(linas_context *context, lns_group *group) {
    group->positions = lns_alloc(context, group->values, sizeof *group->positions);
    if (!group->positions)
        return lns_no_memory(context);
    double last = (double)(group->values - 1);
    for (size_t i = 0; i < group->values; i++)
        group->positions[i] = last > 0.0 ? (double)i / last : 0.0;
    if (group->kind == LINAS_VALUE_STRING || group->order != LINAS_ORDINAL || last <= 0.0)
        return LINAS_OK;
    double low = fmin(group->reals[0], group->reals[group->values - 1]);
    double high = fmax(group->reals[0], group->reals[group->values - 1]);
    /* Halves, because the range of huge numbers may not be finite. */
    for (size_t i = 0; i < group->values; i++)
        group->positions[i] = (group->reals[i] / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    return LINAS_OK;
}

/* Takes what `group` owns; nothing is changed on failure. */
static linas_status append_group(linas_space *space, const lns_group *group) {
    linas_context *context = space->context;
    size_t total = space->variable_count + group->slots;
    if (!lns_names_reserve(space) ||
        !lns_grow(context, &space->groups, &space->group_capacity, space->group_count + 1,
                  sizeof *space->groups) ||
        !lns_grow(context, &space->variables, &space->variable_capacity, total,
                  sizeof *space->variables) ||
        !lns_grow(context, &space->same, &space->same_capacity, total, sizeof *space->same) ||
        !lns_grow(context, &space->level, &space->level_capacity, total, sizeof *space->level))
        return lns_no_memory(context);
    for (size_t slot = 0; slot < group->slots; slot++) {
        size_t at = space->variable_count + slot;
        lns_variable variable = {(int32_t)group->values, group->order, false, false,
                                 space->group_count,     slot};
        space->variables[at] = variable;
        space->same[at] = NULL;
        space->level[at] = 0;
    }
    space->groups[space->group_count] = *group;
    space->groups[space->group_count].first = space->variable_count;
    lns_names_add(space, space->group_count);
    space->group_count++;
    space->variable_count = total;
    return LINAS_OK;
}

static linas_status finish_group(linas_space *space, lns_group *group, const char *name) {
    linas_context *context = space->context;
    group->name = lns_copy_string(context, name);
    if (!group->name)
        return lns_no_memory(context);
    LNS_TRY(check_distinct(context, group));
    LNS_TRY(check_monotone(context, group));
    LNS_TRY(fill_positions(context, group));
    return append_group(space, group);
}

static linas_status begin_group(linas_space *space, const char *name, size_t slots,
                                const void *values, size_t count, int32_t order) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    LNS_TRY(check_changeable(space));
    LNS_TRY(check_name(space, name));
    return check_shape(space, name, slots, values, count, order);
}

static linas_status end_group(linas_space *space, lns_group *group, const char *name,
                              bool complete) {
    linas_status status =
        complete ? finish_group(space, group, name) : lns_no_memory(space->context);
    if (status != LINAS_OK)
        free_group(space->context, group);
    return status;
}

linas_status linas_space_add_int(linas_space *space, const char *name, size_t slots,
                                 const int64_t *values, size_t count, int32_t order) {
    LNS_TRY(begin_group(space, name, slots, values, count, order));
    lns_group group = {.kind = LINAS_VALUE_INT, .order = order, .slots = slots, .values = count};
    group.ints = lns_copy_bytes(space->context, values, count, sizeof *values);
    group.reals = lns_alloc(space->context, count, sizeof *group.reals);
    bool complete = group.ints && group.reals;
    for (size_t i = 0; i < count && complete; i++)
        group.reals[i] = (double)values[i];
    return end_group(space, &group, name, complete);
}

linas_status linas_space_add_real(linas_space *space, const char *name, size_t slots,
                                  const double *values, size_t count, int32_t order) {
    LNS_TRY(begin_group(space, name, slots, values, count, order));
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return lns_fail(space->context, LINAS_ERROR_NOT_FINITE,
                            "group \"%s\": value %zu is not finite", name, i);
    lns_group group = {.kind = LINAS_VALUE_REAL, .order = order, .slots = slots, .values = count};
    group.reals = lns_copy_bytes(space->context, values, count, sizeof *values);
    return end_group(space, &group, name, group.reals != NULL);
}

linas_status linas_space_add_string(linas_space *space, const char *name, size_t slots,
                                    const char *const *values, size_t count, int32_t order) {
    LNS_TRY(begin_group(space, name, slots, values, count, order));
    for (size_t i = 0; i < count; i++)
        if (!values[i])
            return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                            "group \"%s\": value %zu is NULL", name, i);
    lns_group group = {.kind = LINAS_VALUE_STRING, .order = order, .slots = slots, .values = count};
    group.strings = lns_alloc_zero(space->context, count, sizeof *group.strings);
    bool complete = group.strings != NULL;
    for (size_t i = 0; i < count && complete; i++) {
        group.strings[i] = lns_copy_string(space->context, values[i]);
        complete = group.strings[i] != NULL;
    }
    return end_group(space, &group, name, complete);
}

/* -- activity conditions ------------------------------------------------------------------------
 */

linas_status lns_space_find(const linas_space *space, const char *name, size_t slot,
                            size_t *variable) {
    linas_context *context = space->context;
    if (!name)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "a group's name is needed");
    const lns_group *group = lns_group_named(space, name);
    if (!group)
        return lns_fail(context, LINAS_ERROR_UNKNOWN_NAME, "there is no group \"%s\"", name);
    if (slot >= group->slots)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "group \"%s\" has %zu slots, there is no slot %zu", name, group->slots,
                        slot);
    *variable = group->first + slot;
    return LINAS_OK;
}

static linas_status fail_circle(const linas_space *space, size_t variable) {
    char name[LINAS_MAX_NAME + 32];
    lns_space_variable_name(space, variable, name, sizeof name);
    return lns_fail(space->context, LINAS_ERROR_CYCLE, "the activity of %s would depend on itself",
                    name);
}

/* Would `variable` then depend on itself? Conditions are sorted by level, so one pass from the
 * controller downwards finds all that it depends on; they all have lower levels than it. */
static linas_status check_no_circle(const linas_space *space, size_t variable, size_t controller) {
    linas_context *context = space->context;
    if (controller != variable && space->level[controller] <= space->level[variable])
        return LINAS_OK;
    uint8_t *depends = lns_alloc_zero(context, space->variable_count, sizeof *depends);
    if (!depends)
        return lns_no_memory(context);
    depends[controller] = 1;
    for (size_t i = space->condition_count; i-- > 0;)
        if (depends[space->conditions[i].variable])
            depends[space->conditions[i].controller] = 1;
    bool circle = depends[variable];
    lns_free(context, depends);
    return circle ? fail_circle(space, variable) : LINAS_OK;
}

/* Raises the levels of what depends on others until every variable stands above its controllers;
 * without a circle this ends after as many rounds as the longest chain. */
static void settle_levels(linas_space *space) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < space->condition_count; i++) {
            const lns_condition *condition = &space->conditions[i];
            uint32_t needed = space->level[condition->controller] + 1;
            if (space->level[condition->variable] < needed) {
                space->level[condition->variable] = needed;
                changed = true;
            }
        }
    }
}

static bool before(const linas_space *space, const lns_condition *a, const lns_condition *b) {
    uint32_t level_a = space->level[a->variable], level_b = space->level[b->variable];
    return level_a != level_b ? level_a < level_b : a->variable < b->variable;
}

/* Insertion keeps the order of equal elements, and is quick on what is nearly sorted. Those before
 * `first` are sorted. */
static void sort_conditions(linas_space *space, size_t first) {
    for (size_t i = first; i < space->condition_count; i++) {
        lns_condition moved = space->conditions[i];
        size_t at = i;
        for (; at > 0 && before(space, &moved, &space->conditions[at - 1]); at--)
            space->conditions[at] = space->conditions[at - 1];
        space->conditions[at] = moved;
    }
}

/* Puts the last condition in its place. What nothing depends on, and what had no condition, moves
 * no other one. */
static void place_condition(linas_space *space) {
    const lns_condition *last = &space->conditions[space->condition_count - 1];
    lns_variable *variable = &space->variables[last->variable];
    uint32_t *level = &space->level[last->variable], needed = space->level[last->controller] + 1;
    bool moves = *level < needed && (variable->controls || variable->conditional);
    variable->conditional = true;
    space->variables[last->controller].controls = true;
    if (*level < needed)
        *level = needed;
    if (moves)
        settle_levels(space);
    sort_conditions(space, moves ? 1 : space->condition_count - 1);
}

/* -- all conditions at once ----------------------------------------------------------------------
 */

typedef struct ordering {
    size_t *first;   /* per variable: the first of its conditions in `by`, as a controller */
    size_t *by;      /* conditions, grouped by controller */
    size_t *waits;   /* per variable: its conditions whose controllers are not settled */
    size_t *settled; /* variables, each after its controllers */
    size_t count;    /* of those */
    lns_keyed *keys, *spare;
    lns_condition *sorted;
} ordering;

static bool get_ordering(const linas_space *space, ordering *o) {
    linas_context *context = space->context;
    size_t n = space->condition_count, variables = space->variable_count;
    memset(o, 0, sizeof *o);
    o->first = lns_alloc_zero(context, variables + 2, sizeof *o->first);
    o->by = lns_alloc(context, n, sizeof *o->by);
    o->waits = lns_alloc_zero(context, variables, sizeof *o->waits);
    o->settled = lns_alloc(context, variables, sizeof *o->settled);
    o->keys = lns_alloc(context, n, sizeof *o->keys);
    o->spare = lns_alloc(context, n, sizeof *o->spare);
    o->sorted = lns_alloc(context, n, sizeof *o->sorted);
    return o->first && o->by && o->waits && o->settled && o->keys && o->spare && o->sorted;
}

static void drop_ordering(const linas_space *space, ordering *o) {
    void *const parts[] = {o->first, o->by, o->waits, o->settled, o->keys, o->spare, o->sorted};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        lns_free(space->context, parts[i]);
}

static void group_by_controller(const linas_space *space, ordering *o) {
    for (size_t i = 0; i < space->condition_count; i++) {
        o->first[space->conditions[i].controller + 2]++;
        o->waits[space->conditions[i].variable]++;
    }
    for (size_t v = 2; v < space->variable_count + 2; v++)
        o->first[v] += o->first[v - 1];
    for (size_t i = 0; i < space->condition_count; i++)
        o->by[o->first[space->conditions[i].controller + 1]++] = i;
}

/* Levels by Kahn's algorithm: a variable is settled when all its controllers are. */
static void settle_all(linas_space *space, ordering *o) {
    for (size_t v = 0; v < space->variable_count; v++) {
        space->level[v] = 0;
        if (o->waits[v] == 0)
            o->settled[o->count++] = v;
    }
    for (size_t next = 0; next < o->count; next++) {
        size_t controller = o->settled[next];
        for (size_t i = o->first[controller]; i < o->first[controller + 1]; i++) {
            size_t variable = space->conditions[o->by[i]].variable;
            if (space->level[variable] < space->level[controller] + 1)
                space->level[variable] = space->level[controller] + 1;
            if (--o->waits[variable] == 0)
                o->settled[o->count++] = variable;
        }
    }
}

/* From what is not settled to one of its controllers that is not either, again and again, leads
 * into a circle; the last variable of it is told. */
static linas_status tell_circle(const linas_space *space, ordering *o) {
    size_t *from = o->settled, at = 0, last = 0;
    for (size_t i = 0; i < space->condition_count; i++) {
        const lns_condition *condition = &space->conditions[i];
        if (o->waits[condition->variable] > 0 && o->waits[condition->controller] > 0)
            from[at = condition->variable] = condition->controller;
    }
    for (size_t step = 0; step < 2 * space->variable_count; step++) {
        at = from[at];
        if (step >= space->variable_count && at > last)
            last = at;
    }
    return fail_circle(space, last);
}

static void sort_all(linas_space *space, ordering *o) {
    size_t n = space->condition_count;
    for (size_t i = 0; i < n; i++) {
        size_t variable = space->conditions[i].variable;
        o->keys[i] = (lns_keyed){(uint64_t)space->level[variable] << 32 | variable, i};
        space->variables[variable].conditional = true;
        space->variables[space->conditions[i].controller].controls = true;
    }
    lns_sort_keyed(o->keys, o->spare, n);
    for (size_t i = 0; i < n; i++)
        o->sorted[i] = space->conditions[o->keys[i].value];
    memcpy(space->conditions, o->sorted, n * sizeof *o->sorted);
}

linas_status lns_space_order(linas_space *space) {
    ordering o;
    space->gathering = false;
    if (space->condition_count == 0)
        return LINAS_OK;
    linas_status status = get_ordering(space, &o) ? LINAS_OK : lns_no_memory(space->context);
    if (status == LINAS_OK) {
        group_by_controller(space, &o);
        settle_all(space, &o);
        if (o.count < space->variable_count)
            status = tell_circle(space, &o);
        else
            sort_all(space, &o);
    }
    drop_ordering(space, &o);
    return status;
}

/* -- one condition -------------------------------------------------------------------------------
 */

/* Takes `condition->allowed`, also on failure. */
static linas_status append_condition(linas_space *space, const lns_condition *condition) {
    linas_context *context = space->context;
    linas_status status = LINAS_OK;
    if (!condition->allowed || !lns_grow(context, &space->conditions, &space->condition_capacity,
                                         space->condition_count + 1, sizeof *space->conditions))
        status = lns_no_memory(context);
    if (status == LINAS_OK && !space->gathering)
        status = check_no_circle(space, condition->variable, condition->controller);
    if (status != LINAS_OK) {
        lns_free(context, condition->allowed);
        return status;
    }
    space->conditions[space->condition_count++] = *condition;
    if (!space->gathering)
        place_condition(space);
    return LINAS_OK;
}

static linas_status begin_condition(linas_space *space, const char *name, size_t slot,
                                    const char *controller, size_t controller_slot,
                                    lns_condition *condition) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    LNS_TRY(check_changeable(space));
    LNS_TRY(lns_space_find(space, name, slot, &condition->variable));
    return lns_space_find(space, controller, controller_slot, &condition->controller);
}

linas_status linas_space_active_if_above(linas_space *space, const char *name, size_t slot,
                                         const char *controller, size_t controller_slot,
                                         double threshold) {
    lns_condition condition = {.above = true, .threshold = threshold};
    LNS_TRY(begin_condition(space, name, slot, controller, controller_slot, &condition));
    const lns_group *group = &space->groups[space->variables[condition.controller].group];
    if (group->kind == LINAS_VALUE_STRING)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "\"%s\" has strings for values, which cannot be above a number",
                        controller);
    if (!isfinite(threshold))
        return lns_fail(space->context, LINAS_ERROR_NOT_FINITE, "the threshold is not finite");
    condition.allowed = lns_alloc(space->context, group->values, sizeof *condition.allowed);
    for (size_t i = 0; i < group->values && condition.allowed; i++)
        condition.allowed[i] = group->reals[i] > threshold;
    return append_condition(space, &condition);
}

linas_status linas_space_active_if_in(linas_space *space, const char *name, size_t slot,
                                      const char *controller, size_t controller_slot,
                                      const int32_t *value_indices, size_t count) {
    lns_condition condition = {.above = false};
    LNS_TRY(begin_condition(space, name, slot, controller, controller_slot, &condition));
    const lns_group *group = &space->groups[space->variables[condition.controller].group];
    if (!value_indices || count == 0)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "\"%s\" would never be active: no values of \"%s\" are given", name,
                        controller);
    for (size_t i = 0; i < count; i++)
        if ((size_t)value_indices[i] >= group->values) /* or negative */
            return lns_fail(space->context, LINAS_ERROR_OUT_OF_RANGE,
                            "\"%s\" has no value with index %d", controller, (int)value_indices[i]);
    condition.allowed = lns_alloc_zero(space->context, group->values, sizeof *condition.allowed);
    for (size_t i = 0; i < count && condition.allowed; i++)
        condition.allowed[value_indices[i]] = 1;
    return append_condition(space, &condition);
}

linas_status linas_space_same_value(linas_space *space, const char *name, size_t slot,
                                    int32_t first, int32_t second) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = space->context;
    lns_clear(context);
    LNS_TRY(check_changeable(space));
    size_t variable = 0;
    LNS_TRY(lns_space_find(space, name, slot, &variable));
    int32_t values = space->variables[variable].values;
    if (first < 0 || second <= first || second >= values)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "value indices %d and %d of \"%s\" do not rise within its %d values",
                        (int)first, (int)second, name, (int)values);
    int32_t *same = space->same[variable];
    if (!same) {
        same = lns_alloc(context, (size_t)values, sizeof *same);
        if (!same)
            return lns_no_memory(context);
        for (int32_t i = 0; i < values; i++)
            same[i] = i;
        space->same[variable] = same;
    }
    int32_t low = same[first] < same[second] ? same[first] : same[second];
    int32_t high = same[first] < same[second] ? same[second] : same[first];
    for (int32_t i = 0; i < values; i++)
        if (same[i] == high)
            same[i] = low;
    return LINAS_OK;
}

linas_status linas_space_set_feasible(linas_space *space, linas_feasible_fn feasible,
                                      void *user_data) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    LNS_TRY(check_changeable(space));
    space->feasible = feasible;
    space->feasible_data = user_data;
    return LINAS_OK;
}

/* -- facts ---------------------------------------------------------------------------------------
 */

const lns_variable *lns_space_variable(const linas_space *space, size_t variable) {
    return &space->variables[variable];
}

void lns_space_variable_name(const linas_space *space, size_t variable, char *out,
                             size_t capacity) {
    const lns_variable *facts = &space->variables[variable];
    const lns_group *group = &space->groups[facts->group];
    if (group->slots == 1)
        snprintf(out, capacity, "%s", group->name);
    else
        snprintf(out, capacity, "%s[%zu]", group->name, facts->slot);
}

const double *lns_space_positions(const linas_space *space, size_t variable) {
    return space->groups[space->variables[variable].group].positions;
}

bool lns_space_same_values(const linas_space *space, size_t a, size_t b) {
    const lns_group *first = &space->groups[a], *second = &space->groups[b];
    if (first->kind != second->kind || first->order != second->order ||
        first->values != second->values)
        return false;
    for (size_t i = 0; i < first->values; i++) {
        bool equal = first->kind == LINAS_VALUE_STRING
                         ? strcmp(first->strings[i], second->strings[i]) == 0
                         : first->reals[i] == second->reals[i];
        if (!equal)
            return false;
    }
    return true;
}

/* Is every condition on variable a one on variable b too? */
static bool conditions_hold_for(const linas_space *space, size_t a, size_t b) {
    for (size_t i = 0; i < space->condition_count; i++) {
        const lns_condition *one = &space->conditions[i];
        bool found = one->variable != a;
        size_t values = (size_t)space->variables[one->controller].values;
        for (size_t k = 0; k < space->condition_count && !found; k++) {
            const lns_condition *other = &space->conditions[k];
            found = other->variable == b && other->controller == one->controller &&
                    memcmp(other->allowed, one->allowed, values) == 0;
        }
        if (!found)
            return false;
    }
    return true;
}

bool lns_space_same_layer(const linas_space *space, size_t a, size_t b) {
    const lns_variable *first = &space->variables[a], *second = &space->variables[b];
    size_t slots = space->groups[first->group].slots;
    return first->group != second->group && first->slot == second->slot && slots >= 2 &&
           slots == space->groups[second->group].slots && conditions_hold_for(space, a, b) &&
           conditions_hold_for(space, b, a);
}

size_t linas_space_variables(const linas_space *space) {
    return space ? space->variable_count : 0;
}

size_t linas_space_groups(const linas_space *space) {
    return space ? space->group_count : 0;
}

size_t linas_space_value_count(const linas_space *space, size_t variable) {
    return space && variable < space->variable_count ? (size_t)space->variables[variable].values
                                                     : 0;
}

static linas_status find_group_at(const linas_space *space, size_t group, const lns_group **found) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    if (group >= space->group_count)
        return lns_fail(space->context, LINAS_ERROR_OUT_OF_RANGE,
                        "the space has %zu groups, there is no group %zu", space->group_count,
                        group);
    *found = &space->groups[group];
    return LINAS_OK;
}

linas_status linas_space_group(const linas_space *space, size_t group, linas_group_info *info) {
    const lns_group *found = NULL;
    LNS_TRY(find_group_at(space, group, &found));
    if (!info)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "info is NULL");
    linas_group_info facts = LINAS_GROUP_INFO_INIT;
    facts.value_kind = found->kind;
    facts.order = found->order;
    facts.slots = (uint32_t)found->slots;
    facts.values = (uint32_t)found->values;
    facts.first_variable = (uint32_t)found->first;
    facts.name = found->name;
    return lns_write_struct(space->context, &facts, sizeof facts, info, "linas_group_info");
}

linas_status linas_space_find_group(const linas_space *space, const char *name, size_t *group) {
    if (!space || !group)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    size_t variable = 0;
    LNS_TRY(lns_space_find(space, name, 0, &variable));
    *group = space->variables[variable].group;
    return LINAS_OK;
}

static linas_status find_value(const linas_space *space, size_t group, size_t index,
                               const void *out, const lns_group **found) {
    LNS_TRY(find_group_at(space, group, found));
    if (!out)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "no place for the value");
    if (index >= (*found)->values)
        return lns_fail(space->context, LINAS_ERROR_OUT_OF_RANGE,
                        "group \"%s\" has %zu values, there is no value %zu", (*found)->name,
                        (*found)->values, index);
    return LINAS_OK;
}

static linas_status wrong_kind(const linas_space *space, const lns_group *group) {
    static const char *const kinds[] = {"integers", "real numbers", "strings"};
    return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                    "the values of group \"%s\" are %s", group->name, kinds[group->kind]);
}

linas_status linas_space_value_int(const linas_space *space, size_t group, size_t index,
                                   int64_t *value) {
    const lns_group *found = NULL;
    LNS_TRY(find_value(space, group, index, value, &found));
    if (found->kind != LINAS_VALUE_INT)
        return wrong_kind(space, found);
    *value = found->ints[index];
    return LINAS_OK;
}

linas_status linas_space_value_real(const linas_space *space, size_t group, size_t index,
                                    double *value) {
    const lns_group *found = NULL;
    LNS_TRY(find_value(space, group, index, value, &found));
    if (found->kind == LINAS_VALUE_STRING)
        return wrong_kind(space, found);
    *value = found->reals[index];
    return LINAS_OK;
}

linas_status linas_space_value_string(const linas_space *space, size_t group, size_t index,
                                      const char **value) {
    const lns_group *found = NULL;
    LNS_TRY(find_value(space, group, index, value, &found));
    if (found->kind != LINAS_VALUE_STRING)
        return wrong_kind(space, found);
    *value = found->strings[index];
    return LINAS_OK;
}
