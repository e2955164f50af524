/* SPDX-License-Identifier: Apache-2.0 */
/* Earlier measurements: first everything that may fail (the host's functions, memory, the journal),
 * then the change, which cannot. */
#include "search/search.h"

#include <math.h>
#include <string.h>

void linas_measurements_init(linas_measurements *measurements) {
    linas_measurements made = LINAS_MEASUREMENTS_INIT;
    if (measurements)
        *measurements = made;
}

/* -- taking rows over -------------------------------------------------------------------------- */

/* What an import will have changed. */
typedef struct importing {
    linas_search *search;
    lns_imported store;
    lns_front front;
    bool *touched; /* per row of the store */
    size_t complete;
    int32_t *genomes; /* of complete rows that are not in the history yet */
    double *values;
} importing;

static linas_status merge(importing *in, const lns_import_rows *rows) {
    linas_search *search = in->search;
    size_t n = search->history.variables, m = search->goals.count;
    LNS_TRY(lns_imported_copy(&search->imported, search->space, m, &in->store));
    size_t most = search->imported.count + rows->count;
    in->touched = lns_alloc_zero(search->context, most, sizeof *in->touched);
    in->genomes = lns_alloc(search->context, most * n, sizeof *in->genomes);
    in->values = lns_alloc(search->context, most * m, sizeof *in->values);
    if (!in->touched || !in->genomes || !in->values)
        return lns_no_memory(search->context);
    for (size_t i = 0; i < rows->count; i++) {
        size_t row;
        LNS_TRY(lns_imported_add(&in->store, rows->genomes + i * n, rows->values + i * m, &row));
        in->touched[row] = true;
    }
    return LINAS_OK;
}

static bool all_known(const lns_goals *goals, const double *values, bool computed_too) {
    for (size_t j = 0; j < goals->count; j++)
        if (isnan(values[j]) && (computed_too || !goals->goal[j].computed))
            return false;
    return true;
}

/* The rows that are evaluations of this search from now on. */
static linas_status gather_complete(importing *in, bool compute) {
    linas_search *search = in->search;
    const lns_goals *goals = &search->goals;
    size_t n = search->history.variables, m = goals->count;
    for (size_t row = 0; row < in->store.count; row++) {
        const int32_t *genome = lns_imported_genome(&in->store, row);
        double *values = lns_imported_values(&in->store, row);
        if (!in->touched[row] || lns_genome_set_has(search->history.taken, genome) ||
            !all_known(goals, values, !compute))
            continue;
        if (compute)
            LNS_TRY(lns_search_compute(search, genome, values));
        if (!all_known(goals, values, true))
            return lns_fail(search->context, LINAS_ERROR_NOT_FINITE,
                            "a computed objective of an imported sub-network is not a number");
        memcpy(in->genomes + in->complete * n, genome, n * sizeof *genome);
        memcpy(in->values + in->complete++ * m, values, m * sizeof *values);
    }
    return LINAS_OK;
}

static linas_status offer(importing *in, const double *values, uint64_t id) {
    double point[LNS_MAX_OBJECTIVES];
    if (!lns_goals_within(&in->search->goals, values))
        return LINAS_OK;
    lns_goals_flip(&in->search->goals, values, point);
    LNS_TRY(lns_front_prepare(&in->front, point, id));
    lns_front_commit(&in->front);
    return LINAS_OK;
}

/* Nothing was proposed yet: all that the history holds was imported. */
static linas_status make_front(importing *in) {
    const lns_history *history = &in->search->history;
    size_t m = history->objectives;
    lns_front_init(&in->front, in->search->context, m);
    for (size_t id = 0; id < history->proposed; id++)
        LNS_TRY(offer(in, lns_history_values(history, id), id));
    for (size_t i = 0; i < in->complete; i++)
        LNS_TRY(offer(in, in->values + i * m, history->proposed + i));
    return LINAS_OK;
}

static linas_status write(importing *in) {
    lns_text line;
    if (!in->search->journal)
        return LINAS_OK;
    lns_text_init(&line, in->search->context);
    lns_line_import(in->search, &in->store, in->touched, &line);
    return lns_search_write(in->search, &line);
}

static linas_status prepare(importing *in, const lns_import_rows *rows) {
    lns_history *history = &in->search->history;
    LNS_TRY(lns_history_refresh(history));
    LNS_TRY(merge(in, rows));
    LNS_TRY(gather_complete(in, rows->fresh));
    LNS_TRY(make_front(in));
    LNS_TRY(lns_history_prepare_imported(history, in->genomes, in->complete));
    return rows->fresh ? write(in) : LINAS_OK;
}

linas_status lns_search_take_over(linas_search *search, const lns_import_rows *rows) {
    importing in = {.search = search};
    linas_status status = prepare(&in, rows);
    if (status == LINAS_OK) {
        lns_history_commit_imported(&search->history, in.genomes, in.values, in.complete);
        lns_imported kept = search->imported;
        search->imported = in.store;
        in.store = kept;
        lns_front before = search->front;
        search->front = in.front;
        in.front = before;
    }
    lns_imported_free(&in.store);
    lns_front_free(&in.front);
    lns_free(search->context, in.touched);
    lns_free(search->context, in.genomes);
    lns_free(search->context, in.values);
    return status;
}

/* -- the host's rows --------------------------------------------------------------------------- */

/* The objective that each column is about. */
static linas_status find_objectives(const linas_search *search, const linas_measurements *given,
                                    size_t *objective) {
    linas_context *context = search->context;
    bool seen[LNS_MAX_OBJECTIVES] = {false};
    for (uint32_t k = 0; k < given->objectives; k++) {
        if (!given->names[k])
            return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "a name is NULL");
        objective[k] = lns_goals_find(&search->goals, given->names[k]);
        if (objective[k] == search->goals.count)
            return lns_fail(context, LINAS_ERROR_UNKNOWN_NAME, "there is no objective %s",
                            given->names[k]);
        if (search->goals.goal[objective[k]].computed)
            return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                            "objective %s is computed, not measured", given->names[k]);
        if (seen[objective[k]])
            return lns_fail(context, LINAS_ERROR_DUPLICATE, "objective %s is named twice",
                            given->names[k]);
        seen[objective[k]] = true;
    }
    return LINAS_OK;
}

static linas_status read_row(const linas_search *search, const linas_measurements *given,
                             const size_t *objective, size_t row, double *values) {
    for (size_t j = 0; j < search->goals.count; j++)
        values[j] = (double)NAN;
    for (size_t k = 0; k < given->objectives; k++) {
        double value = given->values[row * given->objectives + k];
        if (isinf(value))
            return lns_fail(search->context, LINAS_ERROR_NOT_FINITE, "row %zu: %s is infinite", row,
                            given->names[k]);
        /* A zero loses its sign, as in the journal. */
        values[objective[k]] = value == 0.0 ? 0.0 : value;
    }
    return LINAS_OK;
}

static bool is_empty(const double *values, size_t m) {
    for (size_t j = 0; j < m; j++)
        if (!isnan(values[j]))
            return false;
    return true;
}

/* Canonical, feasible rows that know something. */
static linas_status read_rows(linas_search *search, const linas_measurements *given,
                              lns_import_rows *rows) {
    size_t n = search->history.variables, m = search->goals.count;
    size_t objective[LNS_MAX_OBJECTIVES];
    LNS_TRY(find_objectives(search, given, objective));
    for (size_t i = 0; i < given->rows; i++) {
        int32_t *genome = rows->genomes + rows->count * n;
        bool feasible;
        linas_status status = linas_space_canonical(search->space, given->genomes + i * n, genome);
        if (status != LINAS_OK)
            return lns_fail_within(search->context, status, "row %zu", i);
        LNS_TRY(read_row(search, given, objective, i, rows->values + rows->count * m));
        LNS_TRY(lns_space_feasible(search->space, genome, &feasible));
        rows->count += feasible && !is_empty(rows->values + rows->count * m, m);
    }
    return LINAS_OK;
}

static linas_status check(linas_search *search, const linas_measurements *given) {
    linas_context *context = search->context;
    if (search->read_only || search->history.batches > 0)
        return lns_fail(context, LINAS_ERROR_WRONG_ORDER,
                        "measurements are imported before the first sub-network is handed out");
    if (given->objectives > LNS_MAX_OBJECTIVES)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "more than %d objectives",
                        LNS_MAX_OBJECTIVES);
    if (given->rows > 0 && (!given->genomes || (given->objectives > 0 && !given->values)))
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an array is NULL");
    if (given->objectives > 0 && !given->names)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "`names` is NULL");
    size_t width = search->history.variables + search->goals.count;
    if (given->rows > SIZE_MAX / sizeof(double) / width)
        return lns_no_memory(context);
    return LINAS_OK;
}

static linas_status import_rows(linas_search *search, const linas_measurements *given) {
    size_t count = (size_t)given->rows;
    lns_import_rows rows = {.fresh = true};
    rows.genomes =
        lns_alloc(search->context, count * search->history.variables, sizeof *rows.genomes);
    rows.values = lns_alloc(search->context, count * search->goals.count, sizeof *rows.values);
    linas_status status = rows.genomes && rows.values ? LINAS_OK : lns_no_memory(search->context);
    search->busy = true;
    if (status == LINAS_OK)
        status = read_rows(search, given, &rows);
    search->busy = false;
    if (status == LINAS_OK && rows.count > 0)
        status = lns_search_take_over(search, &rows);
    lns_free(search->context, rows.genomes);
    lns_free(search->context, rows.values);
    return status;
}

linas_status linas_search_import(linas_search *search, const linas_measurements *measurements) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = search->context;
    lns_clear(context);
    if (search->busy)
        return lns_fail(context, LINAS_ERROR_REENTRANT, "called from inside a callback");
    if (!measurements)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "`measurements` is NULL");
    linas_measurements known = LINAS_MEASUREMENTS_INIT;
    LNS_TRY(lns_read_struct(context, measurements, &known, sizeof known, "linas_measurements"));
    LNS_TRY(check(search, &known));
    LNS_TRY(import_rows(search, &known));
    lns_clear(context);
    return LINAS_OK;
}

/* -- asking ------------------------------------------------------------------------------------ */

uint64_t linas_search_imported(const linas_search *search) {
    return search ? search->history.imported : 0;
}

const double *lns_search_known(const linas_search *search, size_t id) {
    /* The reference sub-network is handed out again to be measured again. */
    if (search->watch.out && id == search->watch.id)
        return NULL;
    return lns_imported_find(&search->imported, lns_history_genome(&search->history, id));
}

linas_status linas_search_known(const linas_search *search, uint64_t id, double *values) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (!values)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT, "`values` is NULL");
    if (id >= search->history.proposed)
        return lns_fail(search->context, LINAS_ERROR_UNKNOWN_ID, "there is no candidate %llu",
                        (unsigned long long)id);
    const double *known = lns_search_known(search, (size_t)id);
    for (size_t j = 0; j < search->goals.count; j++)
        values[j] = known ? known[j] : (double)NAN;
    return LINAS_OK;
}
