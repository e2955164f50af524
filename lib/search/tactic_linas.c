/* SPDX-License-Identifier: Apache-2.0 */
/* LINAS (arXiv 2205.10358, algorithm 1): measure a random start; then again and again fit one
 * predictor per objective to all that was measured, search the predictions, and measure what they
 * promise most of. */
#include "search/pool.h"
#include "search/tactic.h"

#include <string.h>

typedef struct linas_state {
    const lns_problem *problem;
    linas_predictor **predictors; /* one per objective, see models.h */
} linas_state;

static void destroy(void *state) {
    linas_state *kept = state;
    linas_context *context = kept->problem->context;
    for (size_t j = 0; kept->predictors && j < kept->problem->goals->count; j++)
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
    kept->predictors = lns_alloc_zero(context, problem->goals->count, sizeof *kept->predictors);
    if (!kept->predictors) {
        destroy(kept);
        return lns_no_memory(context);
    }
    *state = kept;
    return LINAS_OK;
}

static size_t size(const lns_problem *problem, uint64_t batch) {
    return batch == 0 ? problem->options->initial : problem->options->batch;
}

static linas_status pick(const lns_problem *problem, const lns_pool *pool, lns_request *request) {
    size_t n = problem->history->variables;
    size_t *picked = lns_alloc(problem->context, request->wanted, sizeof *picked);
    if (!picked)
        return lns_no_memory(problem->context);
    const lns_members *front = &problem->front->now;
    lns_tail tails[LNS_MAX_OBJECTIVES];
    linas_status status = lns_tails_find(problem, tails);
    if (status == LINAS_OK)
        status = lns_pool_pick(pool, &(lns_aims){front->points, front->count, tails},
                               request->wanted, picked, &request->found);
    for (size_t i = 0; i < request->found && status == LINAS_OK; i++)
        memcpy(request->genomes + i * n, pool->genomes + picked[i] * n,
               n * sizeof *request->genomes);
    lns_free(problem->context, picked);
    return status;
}

static linas_status search(const lns_problem *problem, const lns_models *models,
                           lns_request *request) {
    lns_pool pool;
    LNS_TRY(lns_pool_create(models, request->batch, &pool));
    linas_status status = pick(problem, &pool, request);
    lns_log(problem->context, LINAS_LOG_DEBUG, "batch %llu: %zu of %zu candidates chosen",
            (unsigned long long)request->batch, request->found, pool.count);
    lns_pool_free(&pool);
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
    if (request->batch > 0 && anything_measured(problem->history)) {
        lns_models models;
        LNS_TRY(
            lns_models_create(problem, problem->options->population, kept->predictors, &models));
        linas_status status = search(problem, &models, request);
        lns_models_free(&models);
        LNS_TRY(status);
    }
    return lns_tactic_fill(problem, request);
}

const lns_tactic lns_tactic_linas = {"linas", create, destroy, size, propose};
