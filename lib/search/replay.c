/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a journal back: its header as a search, its lines as that search's history. */
#include "io/json.h"
#include "search/names.h"
#include "search/search.h"

#include <stdio.h>
#include <string.h>

/* -- fields ------------------------------------------------------------------------------------ */

static bool digits_to_u64(const char *digits, uint64_t *value) {
    uint64_t sum = 0;
    for (const char *d = digits; *d; d++) {
        if (*d < '0' || *d > '9' || sum > (UINT64_MAX - (uint64_t)(*d - '0')) / 10)
            return false;
        sum = sum * 10 + (uint64_t)(*d - '0');
    }
    *value = sum;
    return digits[0] != '\0';
}

static bool get_u64(const lns_json *object, const char *key, uint64_t *value) {
    const lns_json *found = lns_json_get(object, key);
    if (!found)
        return false;
    if (lns_json_kind_of(found) == LNS_JSON_STRING)
        return digits_to_u64(lns_json_string(found), value);
    if (lns_json_kind_of(found) != LNS_JSON_INT || lns_json_int(found) < 0)
        return false;
    *value = (uint64_t)lns_json_int(found);
    return true;
}

static bool get_u32(const lns_json *object, const char *key, uint32_t *value) {
    uint64_t wide;
    if (!get_u64(object, key, &wide) || wide > UINT32_MAX)
        return false;
    *value = (uint32_t)wide;
    return true;
}

static const char *get_string(const lns_json *object, const char *key) {
    const lns_json *found = lns_json_get(object, key);
    return found && lns_json_kind_of(found) == LNS_JSON_STRING ? lns_json_string(found) : NULL;
}

static const lns_json *get_array(const lns_json *object, const char *key) {
    const lns_json *found = lns_json_get(object, key);
    return found && lns_json_kind_of(found) == LNS_JSON_ARRAY ? found : NULL;
}

static bool get_limit(const lns_json *object, const char *key, double *limit) {
    const lns_json *found = lns_json_get(object, key);
    if (found && lns_json_is_number(found))
        *limit = lns_json_number(found);
    return found && (lns_json_is_number(found) || lns_json_kind_of(found) == LNS_JSON_NULL);
}

static bool get_named(const lns_json *object, const char *key, const char *const *names,
                      size_t count, int32_t *value) {
    const char *name = get_string(object, key);
    for (size_t i = 0; i < count && name; i++)
        if (strcmp(name, names[i]) == 0) {
            *value = (int32_t)i;
            return true;
        }
    return false;
}

static linas_status corrupt(lns_journal *journal, const char *why) {
    return lns_journal_fail(journal, LINAS_ERROR_CORRUPT, why);
}

/* The next line as JSON; NULL at the end. */
static linas_status next_json(linas_context *context, lns_journal *journal, lns_json **root,
                              const char **line, size_t *length) {
    *root = NULL;
    LNS_TRY(lns_journal_next(journal, line, length));
    if (!*line)
        return LINAS_OK;
    linas_status status = lns_json_parse(context, *line, *length, root);
    if (status != LINAS_ERROR_PARSE)
        return status;
    return corrupt(journal, "not JSON");
}

/* -- header ------------------------------------------------------------------------------------ */

static const char header_start[] = "{\"linas\":{\"format\":";

static linas_status read_format(lns_journal *journal, const lns_json *root,
                                const lns_json **header) {
    uint32_t format;
    *header = lns_json_get(root, "linas");
    if (!*header || !get_u32(*header, "format", &format))
        return corrupt(journal, "no header of a search's journal");
    if (format != 1)
        return lns_journal_fail(journal, LINAS_ERROR_VERSION,
                                "written in a format that this version does not know");
    return LINAS_OK;
}

static bool read_objective(const lns_json *object, linas_objective *objective) {
    const char *direction = get_string(object, "direction");
    objective->name = get_string(object, "name");
    objective->unit = get_string(object, "unit");
    if (!objective->name || !objective->unit || !direction)
        return false;
    if (strcmp(direction, "min") != 0 && strcmp(direction, "max") != 0)
        return false;
    objective->direction =
        direction[1] == 'i' ? LINAS_DIRECTION_MINIMIZE : LINAS_DIRECTION_MAXIMIZE;
    return get_limit(object, "lower_limit", &objective->lower_limit) &&
           get_limit(object, "upper_limit", &objective->upper_limit);
}

static bool read_options(const lns_json *header, linas_search_options *options) {
    const lns_json *object = lns_json_get(header, "options");
    const char *tactics[LNS_TACTICS];
    for (int32_t i = 0; i < LNS_TACTICS; i++)
        tactics[i] = lns_tactic_of(i)->name;
    return object && get_named(object, "tactic", tactics, LNS_TACTICS, &options->tactic) &&
           get_u64(object, "evaluations", &options->evaluations) &&
           get_u32(object, "initial", &options->initial) &&
           get_u32(object, "batch", &options->batch) &&
           get_u32(object, "population", &options->population) &&
           get_u32(object, "generations", &options->generations) &&
           get_named(object, "predictor", lns_predictor_names, LNS_PREDICTORS,
                     &options->predictor) &&
           get_named(object, "target", lns_target_names, LNS_TARGETS, &options->target) &&
           (!lns_json_get(object, "survival") ||
            get_named(object, "survival", lns_survival_names, LNS_SURVIVALS, &options->survival)) &&
           (!lns_json_get(object, "outstanding") ||
            get_u32(object, "outstanding", &options->outstanding)) &&
           get_u64(header, "seed", &options->seed);
}

/* -- a search made from a header --------------------------------------------------------------- */

/* Length of the JSON value that starts at `text`, in a text that is known to be JSON. */
static size_t value_length(const char *text, size_t length) {
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!quoted && (text[i] == '}' || text[i] == ']') && --depth == 0)
            return i + 1;
    }
    return length;
}

static linas_status make_space(linas_context *context, lns_journal *journal, const char *line,
                               size_t length, linas_space **space) {
    static const char key[] = "\"space\":";
    size_t at = 0, bytes = sizeof key - 1;
    while (at + bytes < length && memcmp(line + at, key, bytes) != 0)
        at++;
    const char *text = line + at + bytes;
    size_t left = at + bytes < length ? length - at - bytes : 0;
    linas_status status = LINAS_ERROR_PARSE;
    if (left > 0)
        status = linas_space_from_json(context, text, value_length(text, left), space);
    if (status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY)
        return status;
    return corrupt(journal, "its space cannot be read");
}

static linas_status check_fingerprint(lns_journal *journal, const lns_json *header,
                                      const linas_space *space, linas_status otherwise) {
    char digits[24];
    uint64_t fingerprint;
    const char *recorded = get_string(header, "fingerprint");
    LNS_TRY(linas_space_fingerprint(space, &fingerprint));
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)fingerprint);
    if (!recorded || strcmp(recorded, digits) != 0)
        return lns_journal_fail(journal, otherwise, "it belongs to another space");
    return LINAS_OK;
}

static linas_status make_objectives(linas_context *context, lns_journal *journal,
                                    const lns_json *header, linas_objective **objectives,
                                    size_t *count) {
    const lns_json *array = get_array(header, "objectives");
    *count = array ? lns_json_size(array) : 0;
    *objectives = lns_alloc(context, *count, sizeof **objectives);
    if (!*objectives)
        return lns_no_memory(context);
    for (size_t i = 0; i < *count; i++) {
        linas_objective_init(&(*objectives)[i], 0, NULL, NULL);
        if (!read_objective(lns_json_at(array, i), &(*objectives)[i]))
            return corrupt(journal, "an objective in the header is malformed");
    }
    return LINAS_OK;
}

static linas_status make_search(linas_context *context, lns_journal *journal,
                                const lns_json *header, const linas_space *space,
                                linas_search **search) {
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_objective *objectives = NULL;
    size_t count = 0;
    LNS_TRY(check_fingerprint(journal, header, space, LINAS_ERROR_CORRUPT));
    if (!read_options(header, &options))
        return corrupt(journal, "the options in the header are malformed");
    linas_status status = make_objectives(context, journal, header, &objectives, &count);
    if (status == LINAS_OK)
        status = lns_search_new(context, space, objectives, count, &options, search);
    lns_free(context, objectives);
    if (status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY || status == LINAS_ERROR_CORRUPT)
        return status;
    return lns_fail_within(context, LINAS_ERROR_CORRUPT, "the journal's header");
}

linas_status lns_replay_open(linas_context *context, lns_journal *journal, linas_search **search) {
    lns_json *root;
    const lns_json *header;
    const char *line;
    size_t length;
    linas_space *space = NULL;
    LNS_TRY(next_json(context, journal, &root, &line, &length));
    if (!root)
        return corrupt(journal, "it is empty");
    linas_status status = read_format(journal, root, &header);
    if (status == LINAS_OK)
        status = make_space(context, journal, line, length, &space);
    if (status == LINAS_OK)
        status = make_search(context, journal, header, space, search);
    linas_space_destroy(space);
    lns_json_free(root);
    return status;
}

/* -- the header of a search that is to go on --------------------------------------------------- */

static linas_status mismatch(lns_journal *journal, const char *what) {
    char why[LINAS_MAX_NAME + 64];
    snprintf(why, sizeof why, "it was begun with another %s", what);
    return lns_journal_fail(journal, LINAS_ERROR_MISMATCH, why);
}

static bool same_number(double a, double b) {
    return !(a < b) && !(a > b);
}

static linas_status compare_objective(lns_journal *journal, const lns_json *object,
                                      const linas_search *search, size_t index) {
    const lns_goal *goal = &search->goals.goal[index];
    linas_objective recorded;
    linas_objective_init(&recorded, 0, NULL, NULL);
    const char *source = get_string(object, "source");
    if (!source || !read_objective(object, &recorded))
        return corrupt(journal, "an objective in the header is malformed");
    bool minimize = recorded.direction == LINAS_DIRECTION_MINIMIZE;
    if (strcmp(recorded.name, goal->name) != 0 || strcmp(recorded.unit, goal->unit) != 0)
        return mismatch(journal, "name or unit of an objective");
    if (minimize != (goal->sign > 0.0) || (strcmp(source, "computed") == 0) != goal->computed)
        return mismatch(journal, "direction or source of an objective");
    if (!same_number(recorded.lower_limit, goal->lower) ||
        !same_number(recorded.upper_limit, goal->upper))
        return mismatch(journal, "limit of an objective");
    if ((get_string(object, "predictor") != NULL) != (search->predictors[index] != NULL))
        return mismatch(journal, "predictor of an objective");
    return LINAS_OK;
}

static linas_status compare_options(lns_journal *journal, const linas_search_options *recorded,
                                    const linas_search_options *given) {
    if (recorded->tactic != given->tactic)
        return mismatch(journal, "tactic");
    if (recorded->seed != given->seed)
        return mismatch(journal, "seed");
    if (recorded->initial != given->initial)
        return mismatch(journal, "number of initial sub-networks");
    if (recorded->batch != given->batch)
        return mismatch(journal, "batch size");
    if (recorded->population != given->population)
        return mismatch(journal, "population size");
    if (recorded->generations != given->generations)
        return mismatch(journal, "number of generations");
    if (recorded->predictor != given->predictor || recorded->target != given->target)
        return mismatch(journal, "predictor or target");
    if (recorded->survival != given->survival)
        return mismatch(journal, "survival");
    if ((recorded->outstanding > 0) != (given->outstanding > 0))
        return mismatch(journal, "way of waiting (`outstanding`)");
    return LINAS_OK;
}

static linas_status compare_header(linas_search *search, const lns_json *root) {
    const lns_json *header;
    linas_search_options recorded = LINAS_SEARCH_OPTIONS_INIT;
    lns_journal *journal = search->journal;
    LNS_TRY(read_format(journal, root, &header));
    LNS_TRY(check_fingerprint(journal, header, search->space, LINAS_ERROR_MISMATCH));
    if (!read_options(header, &recorded))
        return corrupt(journal, "the options in the header are malformed");
    LNS_TRY(compare_options(journal, &recorded, &search->options));
    const lns_json *array = get_array(header, "objectives");
    if (!array || lns_json_size(array) != search->goals.count)
        return mismatch(journal, "number of objectives");
    for (size_t i = 0; i < search->goals.count; i++)
        LNS_TRY(compare_objective(journal, lns_json_at(array, i), search, i));
    return LINAS_OK;
}

/* -- lines ------------------------------------------------------------------------------------- */

static bool read_genome(const linas_search *search, const lns_json *array, int32_t *genome) {
    size_t n = search->history.variables;
    if (!array || lns_json_kind_of(array) != LNS_JSON_ARRAY || lns_json_size(array) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const lns_json *gene = lns_json_at(array, i);
        int32_t values = lns_space_variable(search->space, i)->values;
        if (lns_json_kind_of(gene) != LNS_JSON_INT || lns_json_int(gene) < 0 ||
            lns_json_int(gene) >= values)
            return false;
        genome[i] = (int32_t)lns_json_int(gene);
    }
    return true;
}

static linas_status read_batch(linas_search *search, const lns_json *genomes, int32_t *rows) {
    size_t n = search->history.variables, count = lns_json_size(genomes);
    int32_t *canonical = lns_alloc(search->context, n, sizeof *canonical);
    if (!canonical)
        return lns_no_memory(search->context);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        int32_t *row = rows + i * n;
        good = read_genome(search, lns_json_at(genomes, i), row);
        if (good)
            lns_space_canonicalize(search->space, row, canonical, NULL);
        good = good && memcmp(row, canonical, n * sizeof *row) == 0;
    }
    lns_free(search->context, canonical);
    if (!good)
        return corrupt(search->journal, "a proposal is not a configuration of the space");
    return LINAS_OK;
}

static linas_status replay_batch(linas_search *search, const int32_t *rows, size_t count) {
    linas_status status = lns_history_prepare_batch(&search->history, rows, count);
    if (status == LINAS_ERROR_INTERNAL)
        return corrupt(search->journal, "a sub-network is proposed twice");
    if (status == LINAS_OK)
        lns_history_commit_batch(&search->history, rows, count);
    return status;
}

static linas_status replay_proposals(linas_search *search, const lns_json *line) {
    lns_history *history = &search->history;
    uint64_t batch, first;
    const lns_json *genomes = get_array(line, "genomes");
    size_t count = genomes ? lns_json_size(genomes) : 0;
    if (count == 0 || !get_u64(line, "batch", &batch) || !get_u64(line, "first_id", &first))
        return corrupt(search->journal, "malformed proposals");
    if (batch != history->batches || first != history->proposed ||
        (history->count != history->proposed && search->options.outstanding == 0))
        return corrupt(search->journal, "proposals out of order");
    int32_t *rows = lns_alloc(search->context, count * history->variables, sizeof *rows);
    linas_status status = rows ? read_batch(search, genomes, rows) : lns_no_memory(search->context);
    if (status == LINAS_OK)
        status = replay_batch(search, rows, count);
    lns_free(search->context, rows);
    return status;
}

static bool read_values(const linas_search *search, const lns_json *object, double *values) {
    if (!object || lns_json_kind_of(object) != LNS_JSON_OBJECT)
        return false;
    for (size_t i = 0; i < search->goals.count; i++) {
        const lns_json *value = lns_json_get(object, search->goals.goal[i].name);
        if (!value || !lns_json_is_number(value))
            return false;
        values[i] = lns_json_number(value); /* JSON's numbers are finite */
    }
    return true;
}

static bool read_answer(const linas_search *search, const lns_json *line, lns_answer *answer,
                        double *values) {
    if (!get_u64(line, "id", &answer->id) ||
        !get_named(line, "status", lns_outcome_names, LNS_OUTCOMES, &answer->outcome))
        return false;
    answer->reason = get_string(line, "reason");
    answer->values = values;
    return answer->outcome != LINAS_EVALUATION_OK ||
           read_values(search, lns_json_get(line, "values"), values);
}

static linas_status check_genome(linas_search *search, const lns_json *line, uint64_t id) {
    size_t bytes = search->history.variables * sizeof(int32_t);
    int32_t *genome = lns_alloc(search->context, bytes, 1);
    if (!genome)
        return lns_no_memory(search->context);
    bool same = read_genome(search, lns_json_get(line, "genome"), genome) &&
                memcmp(genome, lns_history_genome(&search->history, (size_t)id), bytes) == 0;
    lns_free(search->context, genome);
    return same ? LINAS_OK
                : corrupt(search->journal, "an evaluation of another sub-network than proposed");
}

static linas_status replay_answer(linas_search *search, const lns_json *line) {
    lns_answer answer = {0};
    double values[LNS_MAX_OBJECTIVES];
    if (!read_answer(search, line, &answer, values))
        return corrupt(search->journal, "malformed evaluation");
    if (answer.id >= search->history.proposed ||
        lns_history_answered(&search->history, (size_t)answer.id))
        return corrupt(search->journal, "an evaluation that was not proposed, or is there twice");
    LNS_TRY(check_genome(search, line, answer.id));
    return lns_search_record(search, &answer, false);
}

/* An id of those that were proposed; `answered` or not. */
static linas_status read_id(linas_search *search, const lns_json *line, bool answered,
                            lns_answer *answer) {
    const lns_history *history = &search->history;
    if (!get_u64(line, "id", &answer->id) || answer->id >= history->proposed ||
        lns_history_answered(history, (size_t)answer->id) != answered)
        return corrupt(search->journal, "of a sub-network in another state");
    return LINAS_OK;
}

static linas_status replay_attempt(linas_search *search, const lns_json *line) {
    lns_answer answer = {0};
    LNS_TRY(read_id(search, line, false, &answer));
    lns_history_again(&search->history, (size_t)answer.id);
    return LINAS_OK;
}

static linas_status replay_remeasurement(linas_search *search, const lns_json *line) {
    lns_answer answer = {0};
    double values[LNS_MAX_OBJECTIVES];
    uint64_t after;
    LNS_TRY(read_id(search, line, true, &answer));
    if (!read_answer(search, line, &answer, values) || !get_u64(line, "after", &after) ||
        !search->watch.chosen || answer.id != search->watch.id)
        return corrupt(search->journal, "malformed remeasurement");
    lns_search_remeasured(search, &answer, after);
    return LINAS_OK;
}

static linas_status replay_reference(linas_search *search, const lns_json *line, bool *written) {
    double own[LNS_MAX_OBJECTIVES], minimised[LNS_MAX_OBJECTIVES];
    if (!read_values(search, lns_json_get(line, "values"), own))
        return corrupt(search->journal, "malformed reference point");
    lns_goals_flip(&search->goals, own, minimised);
    *written = true;
    /* One that was not set by the host follows from the evaluations before it. */
    return search->has_reference ? LINAS_OK : lns_search_fix_reference(search, minimised, false);
}

/* One objective's values; a NaN where there is null. */
static bool read_column(const lns_json *array, size_t count, size_t objectives, double *values) {
    if (!array || lns_json_kind_of(array) != LNS_JSON_ARRAY || lns_json_size(array) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const lns_json *value = lns_json_at(array, i);
        double number = (double)NAN;
        if (lns_json_is_number(value))
            number = lns_json_number(value);
        else if (lns_json_kind_of(value) != LNS_JSON_NULL)
            return false;
        values[i * objectives] = number;
    }
    return true;
}

static linas_status read_import(linas_search *search, const lns_json *line, lns_import_rows *rows) {
    size_t m = search->goals.count;
    const lns_json *values = lns_json_get(line, "values");
    LNS_TRY(read_batch(search, get_array(line, "genomes"), rows->genomes));
    bool good = values && lns_json_kind_of(values) == LNS_JSON_OBJECT;
    for (size_t j = 0; j < m && good; j++)
        good = read_column(lns_json_get(values, search->goals.goal[j].name), rows->count, m,
                           rows->values + j);
    return good ? LINAS_OK : corrupt(search->journal, "malformed import");
}

static linas_status replay_import(linas_search *search, const lns_json *line) {
    const lns_json *genomes = get_array(line, "genomes");
    lns_import_rows rows = {.count = genomes ? lns_json_size(genomes) : 0};
    if (rows.count == 0 || search->history.batches > 0)
        return corrupt(search->journal, "an import that is empty or out of order");
    rows.genomes =
        lns_alloc(search->context, rows.count * search->history.variables, sizeof *rows.genomes);
    rows.values = lns_alloc(search->context, rows.count * search->goals.count, sizeof *rows.values);
    linas_status status = rows.genomes && rows.values ? read_import(search, line, &rows)
                                                      : lns_no_memory(search->context);
    if (status == LINAS_OK)
        status = lns_search_take_over(search, &rows);
    lns_free(search->context, rows.genomes);
    lns_free(search->context, rows.values);
    return status;
}

/* A search that was begun by batches went on without. */
static linas_status replay_asynchronous(linas_search *search, const lns_json *line) {
    uint32_t outstanding;
    if (!get_u32(line, "outstanding", &outstanding) || outstanding == 0)
        return corrupt(search->journal, "malformed line");
    search->options.outstanding = outstanding;
    return LINAS_OK;
}

static linas_status replay_line(linas_search *search, const lns_json *line, bool *reference) {
    const char *type = get_string(line, "type");
    if (!type)
        return corrupt(search->journal, "a line without a type");
    if (strcmp(type, "proposals") == 0)
        return replay_proposals(search, line);
    if (strcmp(type, "evaluation") == 0)
        return replay_answer(search, line);
    if (strcmp(type, "attempt") == 0)
        return replay_attempt(search, line);
    if (strcmp(type, "remeasurement") == 0)
        return replay_remeasurement(search, line);
    if (strcmp(type, "import") == 0)
        return replay_import(search, line);
    if (strcmp(type, "asynchronous") == 0)
        return replay_asynchronous(search, line);
    if (strcmp(type, "reference") == 0)
        return replay_reference(search, line, reference);
    return LINAS_OK; /* of a later version */
}

static linas_status replay_lines(linas_search *search) {
    bool reference = false;
    for (;;) {
        lns_json *root;
        const char *line;
        size_t length;
        LNS_TRY(next_json(search->context, search->journal, &root, &line, &length));
        if (!root)
            break;
        linas_status status = replay_line(search, root, &reference);
        lns_json_free(root);
        LNS_TRY(status);
    }
    /* The writer died between an evaluation and the reference point that followed from it. */
    if (!search->read_only && search->has_reference && !reference)
        return lns_search_fix_reference(search, search->reference, true);
    return LINAS_OK;
}

/* Only what a header may begin with is taken for the beginning of a header. */
static linas_status check_tail(const linas_search *search) {
    const char *text;
    size_t length, known = sizeof header_start - 1;
    lns_journal_tail(search->journal, &text, &length);
    if (memcmp(text, header_start, length < known ? length : known) == 0)
        return LINAS_OK;
    return lns_fail(search->context, LINAS_ERROR_CORRUPT, "the file is not a search's journal");
}

linas_status lns_replay(linas_search *search, bool *empty) {
    lns_json *root = NULL;
    const char *line;
    size_t length;
    *empty = false;
    if (!search->read_only) {
        LNS_TRY(next_json(search->context, search->journal, &root, &line, &length));
        *empty = root == NULL;
        linas_status status = root ? compare_header(search, root) : check_tail(search);
        lns_json_free(root);
        if (status != LINAS_OK || *empty)
            return status;
    }
    return replay_lines(search);
}
