/* SPDX-License-Identifier: Apache-2.0 */
#include "search/beliefs.h"

#include <linas/pareto.h>
#include <math.h>
#include <string.h>

typedef struct block {
    int32_t *genomes;
    double *values;
    double *violations;
} block;

static bool believed(const lns_models *models, const double *values, const double *violations) {
    for (size_t j = 0; j < models->problem->goals->count; j++)
        if (!isfinite(values[j]))
            return false;
    for (size_t j = 0; j < models->limits; j++)
        if (violations[j] > 0.0)
            return false;
    return true;
}

static linas_status add_block(const lns_models *models, const block *b, size_t rows,
                              lns_beliefs *beliefs) {
    size_t m = models->problem->goals->count;
    LNS_TRY(lns_models_predict(models, b->genomes, rows, b->values));
    LNS_TRY(lns_models_violations(models, b->genomes, b->values, rows, b->violations));
    for (size_t i = 0; i < rows; i++)
        if (believed(models, b->values + i * m, b->violations + i * models->limits))
            memcpy(beliefs->points + beliefs->count++ * m, b->values + i * m,
                   m * sizeof *b->values);
    return LINAS_OK;
}

static linas_status add_pending(const lns_models *models, const lns_request *request,
                                const block *b, lns_beliefs *beliefs) {
    const lns_history *history = models->problem->history;
    size_t n = history->variables, rows = 0;
    for (size_t i = 0; i < request->pending_count; i++) {
        memcpy(b->genomes + rows++ * n, lns_history_genome(history, (size_t)request->pending[i]),
               n * sizeof *b->genomes);
        if (rows < models->block && i + 1 < request->pending_count)
            continue;
        LNS_TRY(add_block(models, b, rows, beliefs));
        rows = 0;
    }
    return LINAS_OK;
}

/* What is dominated adds no hypervolume, but costs time. */
static linas_status keep_best(size_t m, lns_beliefs *beliefs) {
    uint32_t *ranks = lns_alloc(beliefs->context, beliefs->count, sizeof *ranks);
    if (!ranks)
        return lns_no_memory(beliefs->context);
    linas_status status =
        linas_pareto_rank(beliefs->context, beliefs->points, beliefs->count, m, ranks, NULL);
    size_t kept = 0;
    for (size_t i = 0; i < beliefs->count && status == LINAS_OK; i++)
        if (ranks[i] == 0)
            memmove(beliefs->points + kept++ * m, beliefs->points + i * m,
                    m * sizeof *beliefs->points);
    beliefs->count = kept;
    lns_free(beliefs->context, ranks);
    return status;
}

static linas_status gather(const lns_models *models, const lns_request *request,
                           lns_beliefs *beliefs) {
    linas_context *context = beliefs->context;
    size_t n = models->problem->history->variables, m = models->problem->goals->count;
    block b = {lns_alloc(context, models->block * n, sizeof *b.genomes),
               lns_alloc(context, models->block * m, sizeof *b.values),
               lns_alloc(context, models->block * models->limits, sizeof *b.violations)};
    bool made = b.genomes && b.values && b.violations;
    linas_status status = made ? add_pending(models, request, &b, beliefs) : lns_no_memory(context);
    lns_free(context, b.genomes);
    lns_free(context, b.values);
    lns_free(context, b.violations);
    return status == LINAS_OK && beliefs->count > 0 ? keep_best(m, beliefs) : status;
}

linas_status lns_beliefs_create(const lns_models *models, const lns_request *request,
                                lns_beliefs *beliefs) {
    const lns_members *front = &models->problem->front->now;
    size_t m = models->problem->goals->count;
    *beliefs = (lns_beliefs){models->problem->context, NULL, 0};
    if (request->pending_count == 0)
        return LINAS_OK;
    beliefs->points = lns_alloc(beliefs->context, (front->count + request->pending_count) * m,
                                sizeof *beliefs->points);
    if (!beliefs->points)
        return lns_no_memory(beliefs->context);
    beliefs->count = front->count;
    if (front->count > 0)
        memcpy(beliefs->points, front->points, front->count * m * sizeof *front->points);
    linas_status status = gather(models, request, beliefs);
    if (status != LINAS_OK)
        lns_beliefs_free(beliefs);
    return status;
}

void lns_beliefs_free(lns_beliefs *beliefs) {
    lns_free(beliefs->context, beliefs->points);
}
