/* SPDX-License-Identifier: Apache-2.0 */
/* A regression on 0 (values) and 1 (none): its mean is the probability of a failure, as in the
 * least-squares classification of Rasmussen and Williams 2006, section 6.5. */
#include "search/failures.h"
#include "predict/predict.h"
#include "search/rows.h"

#include <math.h>
#include <string.h>

/* With fewer of either kind there is nothing to learn. */
enum { FEWEST_OF_A_KIND = 3 };

/* The share of pairs of one of each kind that must be told apart when held out. */
static const double least_skill = 0.7;
/* By how much it may be likelier than usual. */
static const double tolerance = 0.2;
/* Predictions are rounded to its multiples: what differs between processors must not decide. */
static const double step = 0x1p-20;

typedef struct outcomes {
    linas_context *context;
    size_t count;
    size_t failed;
    int32_t *genomes;
    double *targets;
} outcomes;

static void free_outcomes(outcomes *o) {
    lns_free(o->context, o->genomes);
    lns_free(o->context, o->targets);
}

static linas_status gather(const lns_problem *problem, outcomes *o) {
    const lns_history *history = problem->history;
    size_t n = history->variables;
    lns_rows rows;
    *o = (outcomes){.context = problem->context};
    LNS_TRY(lns_rows_answered(problem, &rows));
    o->genomes = lns_alloc(o->context, rows.count * n, sizeof *o->genomes);
    o->targets = lns_alloc(o->context, rows.count, sizeof *o->targets);
    if (!o->genomes || !o->targets)
        rows.count = 0;
    for (size_t i = 0; i < rows.count; i++) {
        size_t id = rows.ids[i];
        bool failed = !lns_history_ok(history, id);
        memcpy(o->genomes + o->count * n, lns_history_genome(history, id), n * sizeof *o->genomes);
        o->targets[o->count++] = failed ? 1.0 : 0.0;
        o->failed += failed;
    }
    lns_rows_free(problem, &rows);
    return o->genomes && o->targets ? LINAS_OK : lns_no_memory(o->context);
}

/* Kendall's tau-b of a perfect order is below 1 because of the ties. */
static bool skilled(const outcomes *o, double tau) {
    double share = (double)o->failed / (double)o->count;
    return 0.5 * (tau / sqrt(2.0 * share * (1.0 - share)) + 1.0) >= least_skill;
}

/* The mean prediction of what brought values. */
static linas_status find_usual(const outcomes *o, lns_failures *failures) {
    double sum = 0.0;
    double *means = lns_alloc(o->context, o->count, sizeof *means);
    linas_status status = means ? LINAS_OK : lns_no_memory(o->context);
    if (status == LINAS_OK)
        status = lns_predictor_bound(failures->predictor, o->genomes, o->count, 0.0, means);
    for (size_t i = 0; i < o->count && status == LINAS_OK; i++)
        sum += o->targets[i] == 0.0 ? means[i] : 0.0;
    failures->usual = sum / (double)(o->count - o->failed);
    lns_free(o->context, means);
    return status;
}

static linas_status fit(const lns_problem *problem, const outcomes *o, linas_predictor **own,
                        lns_failures *failures) {
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    linas_predictor_quality quality = LINAS_PREDICTOR_QUALITY_INIT;
    options.target = LINAS_TARGET_RAW;
    options.seed = problem->options->seed;
    if (!*own)
        LNS_TRY(linas_predictor_create(problem->space, &options, own));
    LNS_TRY(linas_predictor_fit(*own, o->genomes, o->targets, o->count));
    LNS_TRY(linas_predictor_get_quality(*own, &quality));
    if (!skilled(o, quality.kendall_tau))
        return LINAS_OK;
    failures->predictor = *own;
    return find_usual(o, failures);
}

linas_status lns_failures_fit(const lns_problem *problem, linas_predictor **own,
                              lns_failures *failures) {
    outcomes o;
    *failures = (lns_failures){NULL, 0.0};
    linas_status status = gather(problem, &o);
    if (status == LINAS_OK && o.failed >= FEWEST_OF_A_KIND &&
        o.count - o.failed >= FEWEST_OF_A_KIND) {
        status = fit(problem, &o, own, failures);
        if (status != LINAS_OK)
            status = lns_fail_within(problem->context, status, "predictor of failures");
    }
    free_outcomes(&o);
    return status;
}

linas_status lns_failures_predict(const lns_failures *failures, const int32_t *genomes, size_t rows,
                                  double *excess) {
    LNS_TRY(lns_predictor_bound(failures->predictor, genomes, rows, 0.0, excess));
    for (size_t i = 0; i < rows; i++)
        excess[i] = nearbyint((excess[i] - failures->usual - tolerance) / step) * step;
    return LINAS_OK;
}
