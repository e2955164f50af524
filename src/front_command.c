/* SPDX-License-Identifier: Apache-2.0 */
/* `linas front`: the best trade-offs in a journal. */
#include "commands.h"
#include "options.h"
#include "output.h"

#include <stdlib.h>
#include <string.h>

typedef struct front_options {
    const char *journal;
    const char *best;
    text_list limits;
    bool json;
    bool csv;
} front_options;

/* What is printed: members, and the object their arrays belong to. */
typedef struct selection {
    linas_context *context;
    linas_search *search;
    linas_front *front;
    linas_evaluation *members;
    size_t count;
} selection;

static int library_failure(const selection *s) {
    return fail(STATUS_FAILED, "%s", linas_context_message(s->context));
}

static int find_objective(const selection *s, const char *name, size_t *index, int32_t *direction) {
    for (*index = 0; *index < linas_search_objectives(s->search); (*index)++) {
        const char *found = "";
        linas_search_objective(s->search, *index, &found, NULL, direction);
        if (strcmp(found, name) == 0)
            return STATUS_OK;
    }
    return fail(STATUS_FAILED, "the journal has no objective '%s'", name);
}

/* -- the recorded front ------------------------------------------------------------------------ */

static int take_recorded_front(selection *s) {
    if (linas_search_front(s->search, &s->front) != LINAS_OK)
        return library_failure(s);
    s->count = linas_front_size(s->front);
    s->members = get_memory(s->count, sizeof *s->members);
    for (size_t i = 0; i < s->count; i++) {
        s->members[i] = (linas_evaluation)LINAS_EVALUATION_INIT;
        if (linas_front_get(s->front, i, &s->members[i]) != LINAS_OK)
            return library_failure(s);
    }
    return STATUS_OK;
}

/* -- a front within other limits --------------------------------------------------------------- */

static int index_limits(const selection *s, const limit *limits, size_t count, size_t *indices) {
    int status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = find_objective(s, limits[i].name, &indices[i], NULL);
    return status;
}

static bool is_within(const limit *limits, const size_t *indices, size_t count,
                      const double *values) {
    for (size_t i = 0; i < count; i++) {
        double value = values[indices[i]];
        if (limits[i].upper ? value > limits[i].bound : value < limits[i].bound)
            return false;
    }
    return true;
}

/* The archive minimises: what is maximised is negated. */
static int offer(const selection *s, linas_archive *archive, const double *values, uint64_t tag) {
    size_t m = linas_search_objectives(s->search);
    double *point = get_memory(m, sizeof *point);
    for (size_t i = 0; i < m; i++) {
        int32_t direction = LINAS_DIRECTION_MINIMIZE;
        linas_search_objective(s->search, i, NULL, NULL, &direction);
        point[i] = direction == LINAS_DIRECTION_MAXIMIZE ? -values[i] : values[i];
    }
    linas_status status = linas_archive_add(archive, point, tag, NULL);
    free(point);
    return status == LINAS_OK ? STATUS_OK : library_failure(s);
}

static int get_evaluation(const selection *s, uint64_t index, linas_evaluation *evaluation) {
    *evaluation = (linas_evaluation)LINAS_EVALUATION_INIT;
    if (linas_search_evaluation(s->search, index, evaluation) != LINAS_OK)
        return library_failure(s);
    return STATUS_OK;
}

static int offer_all(const selection *s, linas_archive *archive, const limit *limits,
                     const size_t *indices, size_t count) {
    for (uint64_t i = 0; i < linas_search_evaluations(s->search); i++) {
        linas_evaluation evaluation;
        int status = get_evaluation(s, i, &evaluation);
        if (status == STATUS_OK && evaluation.outcome == LINAS_EVALUATION_OK &&
            is_within(limits, indices, count, evaluation.values))
            status = offer(s, archive, evaluation.values, i);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static int take_archive(selection *s, const linas_archive *archive) {
    s->count = linas_archive_size(archive);
    s->members = get_memory(s->count, sizeof *s->members);
    for (size_t i = 0; i < s->count; i++) {
        uint64_t tag = 0;
        if (linas_archive_get(archive, i, NULL, &tag) != LINAS_OK)
            return library_failure(s);
        int status = get_evaluation(s, tag, &s->members[i]);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static int take_front_within(selection *s, const limit *limits, size_t count) {
    size_t *indices = get_memory(count, sizeof *indices);
    linas_archive *archive = NULL;
    int status = index_limits(s, limits, count, indices);
    if (status == STATUS_OK &&
        linas_archive_create(s->context, linas_search_objectives(s->search), &archive) != LINAS_OK)
        status = library_failure(s);
    if (status == STATUS_OK)
        status = offer_all(s, archive, limits, indices, count);
    if (status == STATUS_OK)
        status = take_archive(s, archive);
    linas_archive_destroy(archive);
    free(indices);
    return status;
}

/* -- the command ------------------------------------------------------------------------------- */

/* Keeps only the member that is best in one objective; of several, the first. */
static int keep_best(selection *s, const char *name) {
    size_t index = 0;
    int32_t direction = 0;
    int status = find_objective(s, name, &index, &direction);
    if (status != STATUS_OK || s->count == 0)
        return status;
    size_t best = 0;
    for (size_t i = 1; i < s->count; i++) {
        double value = s->members[i].values[index];
        double least = s->members[best].values[index];
        if (direction == LINAS_DIRECTION_MAXIMIZE ? value > least : value < least)
            best = i;
    }
    s->members[0] = s->members[best];
    s->count = 1;
    return STATUS_OK;
}

static int print_selection(selection *s, const front_options *options, const limit *limits) {
    int status = options->limits.count > 0 ? take_front_within(s, limits, options->limits.count)
                                           : take_recorded_front(s);
    if (status == STATUS_OK && options->best)
        status = keep_best(s, options->best);
    if (status != STATUS_OK)
        return status;
    front_format format = options->json ? FORMAT_JSON : options->csv ? FORMAT_CSV : FORMAT_TABLE;
    if (s->count == 0 && (options->best || format == FORMAT_TABLE))
        return fail(STATUS_FAILED, "%s: no feasible sub-network%s", options->journal,
                    options->limits.count > 0 ? " within these limits" : "");
    return print_evaluations(s->context, s->search, s->members, s->count, format);
}

static int run_front(const front_options *options) {
    limit *limits = NULL;
    int status = limits_read(&options->limits, &limits);
    if (status != STATUS_OK)
        return status;
    selection s = {.context = open_context()};
    if (!s.context)
        status = STATUS_FAILED;
    else if (linas_search_open_journal(s.context, options->journal, &s.search) != LINAS_OK)
        status = library_failure(&s);
    else
        status = print_selection(&s, options, limits);
    limits_free(limits, options->limits.count);
    free(s.members);
    linas_front_destroy(s.front);
    linas_search_destroy(s.search);
    linas_context_destroy(s.context);
    return status == STATUS_OK ? finish_output() : status;
}

int front_command(int count, char **arguments) {
    front_options options = {0};
    const option_rule rules[] = {{.name = "--limit", .list = &options.limits},
                                 {.name = "--best", .value = &options.best},
                                 {.name = "--json", .flag = &options.json},
                                 {.name = "--csv", .flag = &options.csv}};
    int status =
        options_read(count, arguments, rules, sizeof rules / sizeof *rules, &options.journal);
    if (status == STATUS_OK && !options.journal)
        status = fail(STATUS_USAGE, "front needs the path of a journal");
    if (status == STATUS_OK && options.json && options.csv)
        status = fail(STATUS_USAGE, "--json and --csv exclude each other");
    if (status == STATUS_OK)
        status = run_front(&options);
    text_list_free(&options.limits);
    return status;
}
