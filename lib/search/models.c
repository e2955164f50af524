/* SPDX-License-Identifier: Apache-2.0 */
/* The predictors, fitted anew in every iteration. They are kept in between only to save work: what
 * is proposed follows from the history alone. */
#include "search/models.h"
#include "predict/predict.h"

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

/* What one objective's predictor learns from: imported rows in their order, with a value that was
 * measured since in place of the imported one, then the other evaluations in the order of `rows`.
 * So rows only ever follow those of the fit before. */
typedef struct samples {
    lns_rows rows;
    size_t count;
    int32_t *genomes;
    double *targets;
} samples;

static void free_samples(linas_context *context, samples *s) {
    lns_free(context, s->rows.ids);
    lns_free(context, s->genomes);
    lns_free(context, s->targets);
}

static linas_status make_samples(const lns_problem *problem, samples *s) {
    LNS_TRY(lns_rows_measured(problem, &s->rows));
    size_t most = problem->imported->count + s->rows.count;
    s->genomes =
        lns_alloc(problem->context, most * problem->history->variables, sizeof *s->genomes);
    s->targets = lns_alloc(problem->context, most, sizeof *s->targets);
    return s->genomes && s->targets ? LINAS_OK : lns_no_memory(problem->context);
}

static void add_sample(const lns_problem *problem, const int32_t *genome, double target,
                       samples *s) {
    size_t n = problem->history->variables;
    memcpy(s->genomes + s->count * n, genome, n * sizeof *genome);
    s->targets[s->count++] = target;
}

static void add_imported(const lns_problem *problem, size_t objective, samples *s) {
    const lns_imported *imported = problem->imported;
    for (size_t i = 0; i < imported->count; i++) {
        double value = lns_imported_values(imported, i)[objective];
        if (!isnan(value))
            add_sample(problem, lns_imported_genome(imported, i), value, s);
    }
}

/* The sample that an imported genome has become; false if it is none of this objective's. */
static bool sample_of(const lns_problem *problem, size_t objective, const int32_t *genome,
                      size_t *sample) {
    const lns_imported *imported = problem->imported;
    size_t row;
    if (imported->count == 0 || !lns_genome_set_find(imported->rows, genome, &row) ||
        isnan(lns_imported_values(imported, row)[objective]))
        return false;
    *sample = lns_imported_known(imported, objective, row);
    return true;
}

static void gather(const lns_problem *problem, size_t objective, samples *s) {
    const lns_history *history = problem->history;
    s->count = 0;
    add_imported(problem, objective, s);
    for (size_t i = 0; i < s->rows.count; i++) {
        size_t sample, id = s->rows.ids[i];
        const int32_t *genome = lns_history_genome(history, id);
        double value = lns_history_values(history, id)[objective];
        if (sample_of(problem, objective, genome, &sample))
            s->targets[sample] = value;
        else
            add_sample(problem, genome, value, s);
    }
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
        gather(problem, j, s);
        models->step[j] = step_of(s);
        models->floor[j] = floor_of(s);
        linas_status status = fit_one(models, j, s);
        if (status != LINAS_OK)
            return lns_fail_within(problem->context, status, "predictor of %s",
                                   problem->goals->goal[j].name);
    }
    return LINAS_OK;
}

static linas_status fit_failures(lns_models *models) {
    const lns_problem *problem = models->problem;
    LNS_TRY(lns_failures_fit(problem, &models->own[problem->goals->count], &models->failures));
    models->limits = problem->goals->limits + (models->failures.predictor != NULL);
    return LINAS_OK;
}

linas_status lns_models_create(const lns_problem *problem, size_t block, linas_predictor **own,
                               lns_models *models) {
    linas_context *context = problem->context;
    size_t m = problem->goals->count;
    models->problem = problem;
    models->block = block;
    models->own = own;
    models->optimism = 0.0;
    models->step = lns_alloc_zero(context, 2 * m, sizeof *models->step);
    models->floor = models->step ? models->step + m : NULL;
    for (size_t j = 0; j < m && models->step; j++)
        models->floor[j] = -(double)INFINITY;
    models->column = lns_alloc(context, block, sizeof *models->column);
    samples s = {0};
    linas_status status =
        models->step && models->column ? make_samples(problem, &s) : lns_no_memory(context);
    if (status == LINAS_OK)
        status = fit_all(models, &s);
    if (status == LINAS_OK)
        status = fit_failures(models);
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

bool lns_models_tell_deviations(const lns_models *models) {
    const lns_goals *goals = models->problem->goals;
    for (size_t j = 0; j < goals->count; j++)
        if (!goals->goal[j].computed && lns_predictor_tells_deviations(predictor_of(models, j)))
            return true;
    return false;
}

/* -- predicting -------------------------------------------------------------------------------- */

static linas_status values_of(const lns_models *models, size_t objective, const int32_t *genomes,
                              size_t rows) {
    const lns_goal *goal = &models->problem->goals->goal[objective];
    if (!goal->computed)
        return lns_predictor_bound(predictor_of(models, objective), genomes, rows,
                                   -goal->sign * models->optimism, models->column);
    int32_t code = goal->compute(goal->compute_data, genomes, rows, models->column);
    if (code != 0)
        return lns_fail(models->problem->context, code, "the computed objective %s ended the call",
                        goal->name);
    return LINAS_OK;
}

static double rounded(double value, double step) {
    return step > 0.0 ? nearbyint(value / step) * step : value;
}

/* What was imported is known, not predicted. */
static void put_known(const lns_models *models, const int32_t *genomes, size_t rows,
                      double *values) {
    const lns_problem *problem = models->problem;
    const lns_goals *goals = problem->goals;
    for (size_t i = 0; i < rows && problem->imported->count > 0; i++) {
        const double *known =
            lns_imported_find(problem->imported, genomes + i * problem->history->variables);
        for (size_t j = 0; known && j < goals->count; j++)
            if (!goals->goal[j].computed && !isnan(known[j]))
                values[i * goals->count + j] = known[j] * goals->goal[j].sign;
    }
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
    put_known(models, genomes, rows, values);
    return LINAS_OK;
}

linas_status lns_models_violations(const lns_models *models, const int32_t *genomes,
                                   const double *values, size_t rows, double *violations) {
    const lns_goals *goals = models->problem->goals;
    size_t limits = models->limits;
    for (size_t i = 0; i < rows; i++)
        lns_goals_violations(goals, values + i * goals->count, violations + i * limits);
    if (!models->failures.predictor || rows == 0)
        return LINAS_OK;
    LNS_TRY(lns_failures_predict(&models->failures, genomes, rows, models->column));
    for (size_t i = 0; i < rows; i++)
        violations[i * limits + limits - 1] = models->column[i];
    return LINAS_OK;
}
