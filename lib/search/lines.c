/* SPDX-License-Identifier: Apache-2.0 */
/* What a search writes into its journal (docs/journal-format.md). */
#include "search/search.h"
#include "search/names.h"

#include <linas/nsga2.h>
#include <stdio.h>

/* Beyond what every reader of JSON takes as an integer it is written as a string. */
static void put_u64(lns_text *text, uint64_t value) {
    const char *quote = value > INT64_MAX ? "\"" : "";
    lns_text_string(text, quote);
    lns_text_u64(text, value);
    lns_text_string(text, quote);
}

static void put_key_u64(lns_text *text, const char *key, uint64_t value) {
    lns_text_string(text, ",\"");
    lns_text_string(text, key);
    lns_text_string(text, "\":");
    put_u64(text, value);
}

static void put_key_string(lns_text *text, const char *key, const char *value) {
    lns_text_string(text, ",\"");
    lns_text_string(text, key);
    lns_text_string(text, "\":");
    lns_text_json_string(text, value);
}

static void put_genome(const linas_search *search, const int32_t *genome, lns_text *text) {
    for (size_t i = 0; i < search->history.variables; i++) {
        lns_text_string(text, i == 0 ? "[" : ",");
        lns_text_i64(text, genome[i]);
    }
    lns_text_string(text, "]");
}

static void put_values(const lns_goals *goals, const double *values, lns_text *text) {
    for (size_t i = 0; i < goals->count; i++) {
        lns_text_string(text, i == 0 ? "{" : ",");
        lns_text_json_string(text, goals->goal[i].name);
        lns_text_string(text, ":");
        if (values)
            lns_text_double(text, values[i]);
        else
            lns_text_string(text, "null");
    }
    lns_text_string(text, "}");
}

/* -- header ------------------------------------------------------------------------------------ */

static void put_space(const linas_space *space, lns_text *text) {
    size_t needed = 0;
    linas_space_to_json(space, NULL, 0, &needed);
    char *json = lns_alloc(text->context, needed, 1);
    if (json && linas_space_to_json(space, json, needed, NULL) == LINAS_OK)
        lns_text_string(text, json);
    else
        text->failed = true;
    lns_free(text->context, json);
    uint64_t fingerprint = 0;
    char digits[24];
    linas_space_fingerprint(space, &fingerprint);
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)fingerprint);
    put_key_string(text, "fingerprint", digits);
}

static void put_limit(lns_text *text, const char *key, double limit) {
    lns_text_string(text, ",\"");
    lns_text_string(text, key);
    lns_text_string(text, "\":");
    lns_text_double(text, limit); /* null if infinite */
}

static void put_objective(const linas_search *search, size_t index, lns_text *text) {
    const lns_goal *goal = &search->goals.goal[index];
    lns_text_string(text, index == 0 ? "{\"name\":" : ",{\"name\":");
    lns_text_json_string(text, goal->name);
    put_key_string(text, "unit", goal->unit);
    put_key_string(text, "direction", goal->sign > 0.0 ? "min" : "max");
    put_key_string(text, "source", goal->computed ? "computed" : "measured");
    put_limit(text, "lower_limit", goal->lower);
    put_limit(text, "upper_limit", goal->upper);
    if (search->predictors[index])
        put_key_string(text, "predictor", "host");
    lns_text_string(text, "}");
}

void lns_line_header(const linas_search *search, lns_text *text) {
    const linas_search_options *options = &search->options;
    lns_text_string(text, "{\"linas\":{\"format\":1");
    put_key_string(text, "version", LINAS_VERSION_STRING);
    lns_text_string(text, ",\"space\":");
    put_space(search->space, text);
    lns_text_string(text, ",\"objectives\":[");
    for (size_t i = 0; i < search->goals.count; i++)
        put_objective(search, i, text);
    lns_text_string(text, "],\"options\":{\"tactic\":");
    lns_text_json_string(text, lns_tactic_of(options->tactic)->name);
    put_key_u64(text, "evaluations", options->evaluations);
    put_key_u64(text, "initial", options->initial);
    put_key_u64(text, "batch", options->batch);
    put_key_u64(text, "population", options->population);
    put_key_u64(text, "generations", options->generations);
    put_key_string(text, "predictor", lns_predictor_names[options->predictor]);
    put_key_string(text, "target", lns_target_names[options->target]);
    if (options->survival != LINAS_SURVIVAL_CROWDING)
        put_key_string(text, "survival", lns_survival_names[options->survival]);
    if (options->outstanding > 0)
        put_key_u64(text, "outstanding", options->outstanding);
    lns_text_string(text, "}");
    put_key_u64(text, "seed", options->seed);
    lns_text_string(text, "}}");
}

/* -- the other lines --------------------------------------------------------------------------- */

void lns_line_proposals(const linas_search *search, const int32_t *genomes, size_t count,
                        lns_text *text) {
    lns_text_string(text, "{\"type\":\"proposals\"");
    put_key_u64(text, "batch", search->history.batches);
    put_key_u64(text, "first_id", search->history.proposed);
    lns_text_string(text, ",\"genomes\":[");
    for (size_t i = 0; i < count; i++) {
        lns_text_string(text, i == 0 ? "" : ",");
        put_genome(search, genomes + i * search->history.variables, text);
    }
    lns_text_string(text, "]}");
}

static void put_outcome(const lns_answer *answer, lns_text *text) {
    put_key_string(text, "status", lns_outcome_names[answer->outcome]);
    if (answer->reason && answer->reason[0])
        put_key_string(text, "reason", answer->reason);
    lns_text_string(text, "}");
}

void lns_line_attempt(const linas_search *search, const lns_answer *answer, lns_text *text) {
    (void)search;
    lns_text_string(text, "{\"type\":\"attempt\"");
    put_key_u64(text, "id", answer->id);
    put_outcome(answer, text);
}

void lns_line_remeasurement(const linas_search *search, const lns_answer *answer, lns_text *text) {
    bool ok = answer->outcome == LINAS_EVALUATION_OK;
    lns_text_string(text, "{\"type\":\"remeasurement\"");
    put_key_u64(text, "id", answer->id);
    put_key_u64(text, "after", search->history.count);
    lns_text_string(text, ",\"values\":");
    put_values(&search->goals, ok ? answer->values : NULL, text);
    put_outcome(answer, text);
}

void lns_line_answer(const linas_search *search, const lns_answer *answer, lns_text *text) {
    bool ok = answer->outcome == LINAS_EVALUATION_OK;
    lns_text_string(text, "{\"type\":\"evaluation\"");
    put_key_u64(text, "id", answer->id);
    lns_text_string(text, ",\"genome\":");
    put_genome(search, lns_history_genome(&search->history, (size_t)answer->id), text);
    lns_text_string(text, ",\"values\":");
    put_values(&search->goals, ok ? answer->values : NULL, text);
    put_outcome(answer, text);
}

/* One objective's values of the marked rows. */
static void put_column(const lns_imported *imported, const bool *marked, size_t objective,
                       lns_text *text) {
    const char *before = "[";
    for (size_t row = 0; row < imported->count; row++)
        if (marked[row]) {
            lns_text_string(text, before);
            lns_text_double(text, lns_imported_values(imported, row)[objective]); /* null if NaN */
            before = ",";
        }
    lns_text_string(text, "]");
}

void lns_line_import(const linas_search *search, const lns_imported *imported, const bool *marked,
                     lns_text *text) {
    const char *before = "{\"type\":\"import\",\"genomes\":[";
    for (size_t row = 0; row < imported->count; row++)
        if (marked[row]) {
            lns_text_string(text, before);
            put_genome(search, lns_imported_genome(imported, row), text);
            before = ",";
        }
    lns_text_string(text, "],\"values\":");
    for (size_t i = 0; i < search->goals.count; i++) {
        lns_text_string(text, i == 0 ? "{" : ",");
        lns_text_json_string(text, search->goals.goal[i].name);
        lns_text_string(text, ":");
        put_column(imported, marked, i, text);
    }
    lns_text_string(text, "}}");
}

void lns_line_asynchronous(uint32_t outstanding, lns_text *text) {
    lns_text_string(text, "{\"type\":\"asynchronous\"");
    put_key_u64(text, "outstanding", outstanding);
    lns_text_string(text, "}");
}

void lns_line_reference(const linas_search *search, const double *minimised, lns_text *text) {
    double own[LNS_MAX_OBJECTIVES];
    lns_goals_flip(&search->goals, minimised, own);
    lns_text_string(text, "{\"type\":\"reference\",\"values\":");
    put_values(&search->goals, own, text);
    lns_text_string(text, "}");
}
