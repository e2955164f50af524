/* SPDX-License-Identifier: Apache-2.0 */
/* LINAS (arXiv 2205.10358, algorithm 1): measure a random start; then again and again fit one
 * predictor per objective to all that was measured, search the predictions, and measure what they
 * promise most of. */
#include "search/beliefs.h"
#include "search/pool.h"
#include "search/tactic.h"
#include "num/rng.h"

#include <string.h>

typedef struct linas_state {
    const lns_problem *problem;
    linas_predictor **predictors; /* one per objective and one for failures, see models.h */
} linas_state;

static void destroy(void *state) {
    linas_state *kept = state;
    linas_context *context = kept->problem->context;
    for (size_t j = 0; kept->predictors && j <= kept->problem->goals->count; j++)
        linas_predictor_destroy(kept->predictors[j]);
    lns_free(context, kept->predictors);
    lns_free(context, kept);
}

static linas_status create(const lns_problem *problem, void **state) {
    linas_context *context = problem->context;
    linas_state *kept = lns_alloc_zero(context, 1, sizeof *kept);
    if (!kept)
        return lns_no_memory(context);
    kept->problem = problem;
    kept->predictors = lns_alloc_zero(context, problem->goals->count + 1, sizeof *kept->predictors);
    if (!kept->predictors) {
        destroy(kept);
        return lns_no_memory(context);
    }
    *state = kept;
    return LINAS_OK;
}

/* -- a start from what was imported ------------------------------------------------------------ */

/* The fewest imported values of a measured objective. */
static size_t least_known(const lns_problem *problem) {
    const lns_imported *imported = problem->imported;
    size_t least = imported->count;
    for (size_t j = 0; j < problem->goals->count && least > 0; j++) {
        if (problem->goals->goal[j].computed)
            continue;
        size_t known = lns_imported_known(imported, j, imported->count);
        least = known < least ? known : least;
    }
    return least;
}

/* Imports stand in for the random start as far as they go. */
static size_t size(const lns_problem *problem, uint64_t batch) {
    size_t initial = problem->options->initial, known = batch == 0 ? least_known(problem) : 0;
    if (batch > 0 || known >= initial)
        return lns_tactic_size(problem, problem->options->batch);
    return initial - known;
}

/* Rows of which something is still to be measured, in random order. */
static void list_partial(const lns_problem *problem, size_t *rows, size_t *count) {
    const lns_imported *imported = problem->imported;
    lns_rng rng = lns_rng_stream(problem->options->seed, LNS_RNG_SEARCH_INITIAL, 0, 0);
    *count = 0;
    for (size_t row = 0; row < imported->count; row++)
        if (!lns_genome_set_has(problem->history->taken, lns_imported_genome(imported, row)))
            rows[(*count)++] = row;
    for (size_t i = *count; i > 1; i--) {
        size_t other = lns_rng_below(&rng, (uint32_t)i), kept = rows[i - 1];
        rows[i - 1] = rows[other];
        rows[other] = kept;
    }
}

/* Sub-networks of which something is known cost least to measure. */
static linas_status start_from_imports(const lns_problem *problem, lns_request *request) {
    const lns_imported *imported = problem->imported;
    size_t n = problem->history->variables, count;
    size_t *rows = lns_alloc(problem->context, imported->count, sizeof *rows);
    if (!rows)
        return lns_no_memory(problem->context);
    list_partial(problem, rows, &count);
    for (size_t i = 0; i < count && request->found < request->wanted; i++)
        memcpy(request->genomes + request->found++ * n, lns_imported_genome(imported, rows[i]),
               n * sizeof *request->genomes);
    lns_free(problem->context, rows);
    return LINAS_OK;
}

/* -- batches ----------------------------------------------------------------------------------- */

/* Predictions that promise less than this, in units of the box of the front and the pool, are used
 * up; then the better end of their uncertainty is searched, ever further, until there is a promise
 * again. */
static const double least_gain = 1e-4, more_optimism = 0.25, most_optimism = 2.0;
/* Steps where many are pending, whose beliefs use predictions up sooner. */
static const double more_for_many = 1.0;

/* `*gain`: see lns_picks. */
static linas_status pick(const lns_pool *pool, const lns_aims *aims, lns_request *request,
                         double *gain) {
    size_t n = pool->variables;
    lns_picks picks = {lns_alloc(pool->context, request->wanted, sizeof *picks.list), 0, 0.0};
    if (!picks.list)
        return lns_no_memory(pool->context);
    linas_status status = lns_pool_pick(pool, aims, request->wanted, &picks);
    for (size_t i = 0; i < picks.count && status == LINAS_OK; i++)
        memcpy(request->genomes + i * n, pool->genomes + picks.list[i] * n,
               n * sizeof *request->genomes);
    request->found = picks.count;
    *gain = picks.gain;
    lns_free(pool->context, picks.list);
    return status;
}

static linas_status search_once(const lns_models *models, const lns_aims *aims,
                                lns_request *request, double *gain) {
    lns_pool pool;
    LNS_TRY(lns_pool_create(models, request->batch, &pool));
    linas_status status = pick(&pool, aims, request, gain);
    lns_log(pool.context, LINAS_LOG_DEBUG,
            "batch %llu: %zu of %zu candidates chosen, optimism %g, gain %.3g",
            (unsigned long long)request->batch, request->found, pool.count, models->optimism,
            *gain);
    lns_pool_free(&pool);
    return status;
}

static linas_status search_for(lns_models *models, const lns_aims *aims, lns_request *request) {
    double gain = 0.0;
    bool more = lns_models_tell_deviations(models);
    bool many = request->pending_count > models->problem->options->batch;
    LNS_TRY(search_once(models, aims, request, &gain));
    while (more && gain < least_gain && models->optimism < most_optimism) {
        models->optimism += many ? more_for_many : more_optimism;
        LNS_TRY(search_once(models, aims, request, &gain));
    }
    return LINAS_OK;
}

static linas_status search(lns_models *models, lns_request *request) {
    const lns_members *front = &models->problem->front->now;
    lns_tail tails[LNS_MAX_OBJECTIVES];
    lns_aims aims = {front->points, front->count, tails};
    lns_beliefs beliefs;
    LNS_TRY(lns_tails_find(models->problem, tails));
    LNS_TRY(lns_beliefs_create(models, request, &beliefs));
    if (beliefs.count > 0) {
        aims.front = beliefs.points;
        aims.count = beliefs.count;
    }
    linas_status status = search_for(models, &aims, request);
    lns_beliefs_free(&beliefs);
    return status;
}

static bool anything_measured(const lns_history *history) {
    for (size_t i = 0; i < history->count; i++)
        if (history->records[i].outcome == LINAS_EVALUATION_OK)
            return true;
    return false;
}

static linas_status propose(void *state, lns_request *request) {
    const linas_state *kept = state;
    const lns_problem *problem = kept->problem;
    size_t known = least_known(problem);
    bool first = request->batch == 0 && known < problem->options->initial;
    if (first)
        LNS_TRY(start_from_imports(problem, request));
    else if (known > 0 || (anything_measured(problem->history) &&
                           lns_tactic_begun(problem, problem->options->initial))) {
        lns_models models;
        size_t population = lns_tactic_size(problem, problem->options->population);
        LNS_TRY(lns_models_create(problem, population, kept->predictors, &models));
        linas_status status = search(&models, request);
        lns_models_free(&models);
        LNS_TRY(status);
    }
    return lns_tactic_fill(problem, request);
}

const lns_tactic lns_tactic_linas = {"linas", create, destroy, size, propose};
