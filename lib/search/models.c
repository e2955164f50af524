/* SPDX-License-Identifier: Apache-2.0 */
/* The predictors, fitted anew in every iteration. They are kept in between only to save work: what
 * is proposed follows from the history alone. */
#include "search/models.h"

#include <math.h>
#include <string.h>

/* Predictions are rounded to this many binary digits of the measured range: what differs between
 * processors must not decide. */
enum { DIGITS_KEPT = 30 };

static linas_predictor *predictor_of(const lns_models *models, size_t objective) {
    linas_predictor *own = models->own[objective];
    return own ? own : models->problem->predictors[objective];
}

/* -- fitting ----------------------------------------------------------------------------------- */

typedef struct samples {
    size_t count;
    int32_t *genomes;
    double *targets; /* of one objective */
    size_t *ids;
} samples;

static void free_samples(linas_context *context, samples *s) {
    lns_free(context, s->genomes);
    lns_free(context, s->targets);
    lns_free(context, s->ids);
}

static linas_status gather(const lns_history *history, samples *s) {
    linas_context *context = history->context;
    size_t n = history->variables;
    memset(s, 0, sizeof *s);
    s->genomes = lns_alloc(context, history->count * n, sizeof *s->genomes);
    s->targets = lns_alloc(context, history->count, sizeof *s->targets);
    s->ids = lns_alloc(context, history->count, sizeof *s->ids);
    if (!s->genomes || !s->targets || !s->ids)
        return lns_no_memory(context);
    for (size_t id = 0; id < history->proposed; id++)
        if (lns_history_ok(history, id)) {
            memcpy(s->genomes + s->count * n, lns_history_genome(history, id),
                   n * sizeof *s->genomes);
            s->ids[s->count++] = id;
        }
    return LINAS_OK;
}

static double step_of(const samples *s) {
    double lowest = s->targets[0], highest = s->targets[0];
    int exponent;
    for (size_t i = 1; i < s->count; i++) {
        lowest = fmin(lowest, s->targets[i]);
        highest = fmax(highest, s->targets[i]);
    }
    if (!(highest > lowest) || !isfinite(highest - lowest))
        return 0.0;
    frexp(highest - lowest, &exponent);
    return ldexp(1.0, exponent - DIGITS_KEPT);
}

/* What was never negative (a latency, a count) is not predicted to be: such a promise would be
 * kept by nothing, and would be made again and again. */
static double floor_of(const samples *s) {
    for (size_t i = 0; i < s->count; i++)
        if (s->targets[i] < 0.0)
            return -(double)INFINITY;
    return 0.0;
}

static linas_status fit_one(lns_models *models, size_t objective, const samples *s) {
    const lns_problem *problem = models->problem;
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    options.model = problem->options->predictor;
    options.target = problem->options->target;
    options.seed = problem->options->seed;
    if (!problem->predictors[objective] && !models->own[objective])
        LNS_TRY(linas_predictor_create(problem->space, &options, &models->own[objective]));
    linas_predictor *predictor = predictor_of(models, objective);
    LNS_TRY(linas_predictor_fit(predictor, s->genomes, s->targets, s->count));
    linas_predictor_quality quality = LINAS_PREDICTOR_QUALITY_INIT;
    LNS_TRY(linas_predictor_get_quality(predictor, &quality));
    problem->qualities[objective] = quality;
    return LINAS_OK;
}

static linas_status fit_all(lns_models *models, samples *s) {
    const lns_problem *problem = models->problem;
    size_t m = problem->goals->count;
    for (size_t j = 0; j < m; j++) {
        if (problem->goals->goal[j].computed)
            continue;
        for (size_t i = 0; i < s->count; i++)
            s->targets[i] = lns_history_values(problem->history, s->ids[i])[j];
        models->step[j] = step_of(s);
        models->floor[j] = floor_of(s);
        linas_status status = fit_one(models, j, s);
        if (status != LINAS_OK)
            return lns_fail_within(problem->context, status, "predictor of %s",
                                   problem->goals->goal[j].name);
    }
    return LINAS_OK;
}

linas_status lns_models_create(const lns_problem *problem, size_t block, linas_predictor **own,
                               lns_models *models) {
    linas_context *context = problem->context;
    size_t m = problem->goals->count;
    models->problem = problem;
    models->block = block;
    models->own = own;
    models->step = lns_alloc_zero(context, 2 * m, sizeof *models->step);
    models->floor = models->step ? models->step + m : NULL;
    for (size_t j = 0; j < m && models->step; j++)
        models->floor[j] = -(double)INFINITY;
    models->column = lns_alloc(context, block, sizeof *models->column);
    samples s = {0};
    linas_status status =
        models->step && models->column ? gather(problem->history, &s) : lns_no_memory(context);
    if (status == LINAS_OK)
        status = fit_all(models, &s);
    free_samples(context, &s);
    if (status != LINAS_OK)
        lns_models_free(models);
    return status;
}

void lns_models_free(lns_models *models) {
    linas_context *context = models->problem->context;
    lns_free(context, models->step);
    lns_free(context, models->column);
}

/* -- predicting -------------------------------------------------------------------------------- */

static linas_status values_of(const lns_models *models, size_t objective, const int32_t *genomes,
                              size_t rows) {
    const lns_goal *goal = &models->problem->goals->goal[objective];
    if (!goal->computed)
        return linas_predictor_predict(predictor_of(models, objective), genomes, rows,
                                       models->column, NULL);
    int32_t code = goal->compute(goal->compute_data, genomes, rows, models->column);
    if (code != 0)
        return lns_fail(models->problem->context, code, "the computed objective %s ended the call",
                        goal->name);
    return LINAS_OK;
}

static double rounded(double value, double step) {
    return step > 0.0 ? nearbyint(value / step) * step : value;
}

linas_status lns_models_predict(const lns_models *models, const int32_t *genomes, size_t rows,
                                double *values) {
    const lns_goals *goals = models->problem->goals;
    for (size_t j = 0; j < goals->count && rows > 0; j++) {
        LNS_TRY(values_of(models, j, genomes, rows));
        for (size_t i = 0; i < rows; i++)
            values[i * goals->count + j] =
                fmax(rounded(models->column[i], models->step[j]), models->floor[j]) *
                goals->goal[j].sign;
    }
    return LINAS_OK;
}
