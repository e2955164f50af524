/* SPDX-License-Identifier: Apache-2.0 */
#include "description.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- the command line -------------------------------------------------------------------------- */

void description_rules(description_texts *t, option_rule *rules) {
    const option_rule made[DESCRIPTION_RULES] = {
        {.name = "--objective", .list = &t->objectives},
        {.name = "--limit", .list = &t->limits},
        {.name = "--tactic", .value = &t->tactic},
        {.name = "--evaluations", .value = &t->evaluations},
        {.name = "--batch", .value = &t->batch},
        {.name = "--population", .value = &t->population},
        {.name = "--initial", .value = &t->initial},
        {.name = "--seed", .value = &t->seed},
        {.name = "--survival", .value = &t->survival}};
    memcpy(rules, made, sizeof made);
}

void description_texts_free(description_texts *t) {
    text_list_free(&t->objectives);
    text_list_free(&t->limits);
}

static const char *const tactics[] = {"linas", "nsga2", "random", NULL};
static const char *const survivals[] = {"crowding", "reference", NULL};

/* The place of a name in a list that NULL ends. */
static bool find_name(const char *name, const char *const *names, int32_t *place) {
    for (int32_t i = 0; name && names[i]; i++)
        if (strcmp(name, names[i]) == 0) {
            *place = i;
            return true;
        }
    return false;
}

static int read_numbers(const description_texts *t, linas_search_options *o) {
    int status = option_number("--evaluations", t->evaluations, 1, UINT64_MAX, &o->evaluations);
    if (status == STATUS_OK)
        status = option_number32("--batch", t->batch, 1, &o->batch);
    if (status == STATUS_OK)
        status = option_number32("--population", t->population, 2, &o->population);
    if (status == STATUS_OK)
        status = option_number32("--initial", t->initial, 1, &o->initial);
    if (status == STATUS_OK)
        status = option_number("--seed", t->seed, 0, UINT64_MAX, &o->seed);
    return status;
}

static int read_names(const description_texts *t, linas_search_options *o) {
    if (t->tactic && !find_name(t->tactic, tactics, &o->tactic))
        return fail(STATUS_USAGE, "--tactic is linas, nsga2 or random, not '%s'", t->tactic);
    if (t->survival && !find_name(t->survival, survivals, &o->survival))
        return fail(STATUS_USAGE, "--survival is crowding or reference, not '%s'", t->survival);
    return STATUS_OK;
}

static int apply_limit(description *read, const limit *l) {
    for (size_t i = 0; i < read->objective_count; i++) {
        linas_objective *objective = &read->objectives[i];
        if (strcmp(objective->name, l->name) != 0)
            continue;
        if (l->upper)
            objective->upper_limit = l->bound;
        else
            objective->lower_limit = l->bound;
        if (objective->lower_limit > objective->upper_limit)
            return fail(STATUS_USAGE, "the limits of '%s' exclude each other", l->name);
        return STATUS_OK;
    }
    return fail(STATUS_USAGE, "limit on '%s', which is no objective", l->name);
}

static int read_objectives(const description_texts *t, description *read) {
    int status = objectives_read(&t->objectives, &read->objectives);
    if (status != STATUS_OK)
        return status;
    read->objective_count = t->objectives.count;
    limit *limits = NULL;
    status = limits_read(&t->limits, &limits);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < t->limits.count && status == STATUS_OK; i++)
        status = apply_limit(read, &limits[i]);
    limits_free(limits, t->limits.count);
    return status;
}

int description_read(const description_texts *t, description *read) {
    linas_search_options_init(&read->options);
    int status = read_objectives(t, read);
    if (status == STATUS_OK)
        status = read_numbers(t, &read->options);
    return status == STATUS_OK ? read_names(t, &read->options) : status;
}

void description_free(description *read) {
    objectives_free(read->objectives, read->objective_count);
    *read = (description){.objectives = NULL};
}

/* -- a journal --------------------------------------------------------------------------------- */

char *header_line(const char *journal) {
    char *line = NULL;
    size_t capacity = 0;
    FILE *stream = fopen(journal, "rb");
    ssize_t length = stream ? getline(&line, &capacity, stream) : -1;
    if (stream)
        fclose(stream);
    if (length > 0 && line[length - 1] == '\n')
        return line;
    free(line);
    return NULL;
}

/* Beyond 2^63 - 1 it is a text of digits. */
static bool get_number(const json_t *object, const char *key, uint64_t *number) {
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value))
        return option_number(key, json_string_value(value), 0, UINT64_MAX, number) == STATUS_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

static bool get_number32(const json_t *object, const char *key, uint32_t *number) {
    uint64_t wide;
    if (!get_number(object, key, &wide) || wide > UINT32_MAX)
        return false;
    *number = (uint32_t)wide;
    return true;
}

static bool get_name(const json_t *object, const char *key, const char *const *names,
                     int32_t *place) {
    return find_name(json_string_value(json_object_get(object, key)), names, place);
}

static bool get_options(const json_t *header, linas_search_options *o) {
    static const char *const predictors[] = {"auto", "ridge", "svr", "custom", "gp", NULL};
    static const char *const targets[] = {"auto", "raw", "log", "rank", NULL};
    const json_t *object = json_object_get(header, "options");
    return get_number(header, "seed", &o->seed) &&
           get_number(object, "evaluations", &o->evaluations) &&
           get_number32(object, "initial", &o->initial) &&
           get_number32(object, "batch", &o->batch) &&
           get_number32(object, "population", &o->population) &&
           get_number32(object, "generations", &o->generations) &&
           get_name(object, "tactic", tactics, &o->tactic) &&
           get_name(object, "predictor", predictors, &o->predictor) &&
           get_name(object, "target", targets, &o->target) &&
           (!json_object_get(object, "survival") ||
            get_name(object, "survival", survivals, &o->survival)) &&
           (!json_object_get(object, "outstanding") ||
            get_number32(object, "outstanding", &o->outstanding));
}

static double limit_or(const json_t *object, const char *key, double none) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : none;
}

static bool get_objective(const json_t *object, linas_objective *objective) {
    static const char *const directions[] = {"min", "max", NULL};
    const char *name = json_string_value(json_object_get(object, "name"));
    const char *unit = json_string_value(json_object_get(object, "unit"));
    int32_t place;
    if (!name || !unit || !get_name(object, "direction", directions, &place))
        return false;
    linas_objective_init(objective, place ? LINAS_DIRECTION_MAXIMIZE : LINAS_DIRECTION_MINIMIZE,
                         copy_text(name), copy_text(unit));
    objective->lower_limit = limit_or(object, "lower_limit", -INFINITY);
    objective->upper_limit = limit_or(object, "upper_limit", INFINITY);
    return true;
}

static bool get_objectives(const json_t *array, description *read) {
    read->objectives = get_memory(json_array_size(array), sizeof *read->objectives);
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!get_objective(json_array_get(array, i), &read->objectives[i]))
            return false;
        read->objective_count++;
    }
    return read->objective_count > 0;
}

int description_from_header(const char *journal, const char *line, description *read) {
    linas_search_options_init(&read->options);
    json_t *root = json_loads(line, 0, NULL);
    const json_t *header = json_object_get(root, "linas");
    bool good = get_options(header, &read->options) &&
                get_objectives(json_object_get(header, "objectives"), read);
    json_decref(root);
    return good ? STATUS_OK
                : fail(STATUS_FAILED, "%s: the header is none that this command can go on with",
                       journal);
}
