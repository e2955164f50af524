/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol.h"
#include "output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* -- requests ---------------------------------------------------------------------------------- */

static char *config_text(const protocol *p, const int32_t *genome) {
    size_t needed = 0;
    linas_space_config_to_json(p->space, genome, NULL, 0, &needed);
    char *config = get_memory(needed + 1, 1);
    if (linas_space_config_to_json(p->space, genome, config, needed, NULL) == LINAS_OK)
        return config;
    free(config);
    return NULL;
}

static void print_known(const protocol *p, const double *known, FILE *stream) {
    bool any = false;
    for (size_t i = 0; i < p->objective_count; i++) {
        if (isnan(known[i]))
            continue;
        fputs(any ? "," : ",\"known\":{", stream);
        print_json_string(stream, p->objectives[i].name);
        fprintf(stream, ":%s", shortest(known[i]).text);
        any = true;
    }
    fputs(any ? "}" : "", stream);
}

char *request_text(const protocol *p, uint64_t id, const int32_t *genome, const double *known) {
    char *config = config_text(p, genome);
    if (!config)
        return NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream) {
        fprintf(stream, "{\"id\":%" PRIu64 ",\"genome\":[", id);
        for (size_t i = 0; i < linas_space_variables(p->space); i++)
            fprintf(stream, "%s%" PRId32, i > 0 ? "," : "", genome[i]);
        fprintf(stream, "],\"config\":%s", config);
        print_known(p, known, stream);
        fputs("}\n", stream);
        fclose(stream);
    }
    free(config);
    return text;
}

/* -- answers ----------------------------------------------------------------------------------- */

/* The values of an answer, or NULL with a reason. */
static double *read_values(const protocol *p, const double *known, const json_t *values,
                           char **reason) {
    double *read = get_memory(p->objective_count, sizeof *read);
    for (size_t i = 0; i < p->objective_count && !*reason; i++) {
        const char *name = p->objectives[i].name;
        const json_t *value = json_object_get(values, name);
        if (!value && !isnan(known[i]))
            read[i] = (double)NAN; /* as imported */
        else if (!value)
            *reason = make_text("the answer has no value of '%s'", name);
        else if (!json_is_number(value) || !isfinite(json_number_value(value)))
            *reason = make_text("the value of '%s' is not a number", name);
        else
            read[i] = json_number_value(value);
    }
    if (!*reason)
        return read;
    free(read);
    return NULL;
}

bool answer_read(const protocol *p, const json_t *root, const double *known, answer_parts *parts) {
    const json_t *error = json_object_get(root, "error");
    const json_t *values = json_object_get(root, "values");
    const json_t *infeasible = json_object_get(root, "infeasible");
    *parts = (answer_parts){.outcome = LINAS_EVALUATION_FAILED};
    if (json_is_string(infeasible)) {
        parts->reason = copy_text(json_string_value(infeasible));
        parts->outcome = LINAS_EVALUATION_INFEASIBLE;
        return true;
    }
    if (json_is_string(error)) {
        parts->reason = copy_text(json_string_value(error));
        return true;
    }
    if (error && !json_is_null(error))
        parts->reason = copy_text("the answer's 'error' is not a text");
    else if (!json_is_object(values))
        parts->reason = copy_text("the answer has neither an object 'values' nor an 'error'");
    else
        parts->values = read_values(p, known, values, &parts->reason);
    if (parts->values)
        parts->outcome = LINAS_EVALUATION_OK;
    return parts->values != NULL;
}
