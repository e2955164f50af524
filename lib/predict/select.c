/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing among models and target transforms by cross-validation: the highest Kendall tau of the
 * held-out predictions, for a search needs the order of configurations more than their values. Ties
 * go to the smaller error, then to the earlier candidate. What is compared is rounded, so that
 * choices do not hang on last bits. */
#include "predict/predict.h"
#include "num/rng.h"
#include "num/stats.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* With fewer rows there is nothing to choose by: AUTO takes ridge on the raw target. */
enum { ROWS_TO_CHOOSE = 8 };

static const lns_model_class *const classes[] = {&lns_ridge_class, &lns_svr_class, &lns_gp_class};
static const int32_t transforms[] = {LINAS_TARGET_RAW, LINAS_TARGET_RANK, LINAS_TARGET_LOG};
enum {
    CLASSES = sizeof classes / sizeof classes[0],
    TRANSFORMS = sizeof transforms / sizeof transforms[0]
};

typedef struct selection {
    const linas_predictor *predictor;
    const double *targets;
    lns_training training;
    int32_t kinds[TRANSFORMS];
    uint32_t *fold;
    double *z;         /* transformed targets */
    double *held_out;  /* transformed predictions */
    double *predicted; /* the same in the target's unit */
    lns_fitted *best;
} selection;

/* -- folds ------------------------------------------------------------------------------------- */

static void deal_folds(const linas_predictor *predictor, size_t rows, selection *s) {
    uint32_t folds = predictor->options.folds;
    if (folds > rows)
        folds = (uint32_t)rows;
    for (size_t i = 0; i < rows; i++)
        s->fold[i] = (uint32_t)(i % folds);
    lns_rng rng = lns_rng_stream(predictor->options.seed, LNS_RNG_FOLDS, 0, 0);
    for (size_t i = rows; i > 1; i--) {
        size_t other = lns_rng_below(&rng, (uint32_t)i);
        uint32_t kept = s->fold[i - 1];
        s->fold[i - 1] = s->fold[other];
        s->fold[other] = kept;
    }
    s->training.fold = s->fold;
    s->training.folds = rows > 1 ? folds : 0;
}

/* -- one candidate ----------------------------------------------------------------------------- */

/* Nine digits: what is reported is the same whichever way the sums were computed. */
static double report(double value) {
    return isfinite(value) ? lns_round_significand(value, 30) + 0.0 : value;
}

static linas_status measure(selection *s, lns_fitted *fitted) {
    size_t rows = s->training.rows;
    linas_predictor_quality *quality = &fitted->quality;
    quality->kendall_tau = quality->spearman = quality->rmse = quality->mape = NAN;
    quality->rows = (uint32_t)rows;
    fitted->deviation = 0.0;
    if (s->training.folds == 0)
        return LINAS_OK;
    for (size_t i = 0; i < rows; i++)
        s->predicted[i] = lns_target_back(&fitted->target, s->held_out[i]);
    linas_context *context = s->training.context;
    LNS_TRY(
        linas_metric_kendall_tau(context, s->targets, s->predicted, rows, &quality->kendall_tau));
    LNS_TRY(linas_metric_spearman(context, s->targets, s->predicted, rows, &quality->spearman));
    quality->kendall_tau = report(quality->kendall_tau);
    quality->spearman = report(quality->spearman);
    quality->rmse = report(linas_metric_rmse(s->targets, s->predicted, rows));
    quality->mape = report(linas_metric_mape(s->targets, s->predicted, rows));
    fitted->deviation = fmin(quality->rmse, DBL_MAX);
    return LINAS_OK;
}

static double score_tau(const lns_fitted *fitted) {
    return isnan(fitted->quality.kendall_tau) ? -2.0 : fitted->quality.kendall_tau;
}

static double score_error(const lns_fitted *fitted) {
    return isnan(fitted->quality.rmse) ? INFINITY : fitted->quality.rmse;
}

static bool is_better(const lns_fitted *candidate, const lns_fitted *best) {
    if (!best || score_tau(candidate) != score_tau(best))
        return !best || score_tau(candidate) > score_tau(best);
    return score_error(candidate) < score_error(best);
}

static void keep_if_better(selection *s, lns_fitted *fitted) {
    bool better = is_better(fitted, s->best);
    lns_fitted_destroy(s->training.context, better ? s->best : fitted);
    if (better)
        s->best = fitted;
}

static linas_status try_transform(selection *s, const lns_model_class *type, void *shared,
                                  int32_t kind) {
    linas_context *context = s->training.context;
    lns_fitted *fitted = lns_alloc_zero(context, 1, sizeof *fitted);
    if (!fitted)
        return lns_no_memory(context);
    fitted->quality.model = type->kind;
    fitted->quality.target = kind;
    linas_status status =
        lns_target_fit(context, kind, s->targets, s->training.rows, &fitted->target, s->z);
    if (status == LINAS_OK)
        status = type->fit(&s->training, shared, s->z, s->held_out, &fitted->model);
    if (status == LINAS_OK)
        status = measure(s, fitted);
    if (status == LINAS_OK)
        keep_if_better(s, fitted);
    else
        lns_fitted_destroy(context, fitted);
    return status;
}

/* -- all candidates ---------------------------------------------------------------------------- */

static bool all_positive(const double *targets, size_t rows) {
    for (size_t i = 0; i < rows; i++)
        if (!(targets[i] > 0.0))
            return false;
    return true;
}

static bool all_equal(const double *targets, size_t rows) {
    for (size_t i = 1; i < rows; i++)
        if (targets[i] != targets[0])
            return false;
    return true;
}

static bool can_choose(const selection *s) {
    return s->training.rows >= ROWS_TO_CHOOSE && !all_equal(s->targets, s->training.rows);
}

static bool wants_transform(const selection *s, int32_t kind) {
    int32_t asked = s->predictor->options.target;
    if (asked != LINAS_TARGET_AUTO)
        return kind == asked;
    if (kind == LINAS_TARGET_RAW)
        return true;
    return can_choose(s) &&
           (kind != LINAS_TARGET_LOG || all_positive(s->targets, s->training.rows));
}

static bool wants_class(const selection *s, const lns_model_class *type) {
    int32_t asked = s->predictor->options.model;
    if (asked != LINAS_PREDICTOR_AUTO)
        return type->kind == asked;
    if (type->kind == LINAS_PREDICTOR_RIDGE)
        return true;
    /* libsvm allocates without a way to fail, so that nobody gets it without asking. */
    return type->kind == LINAS_PREDICTOR_GP && can_choose(s) &&
           s->training.rows <= LNS_GP_AUTO_ROWS;
}

static void list_transforms(selection *s) {
    s->training.kinds = s->kinds;
    for (size_t t = 0; t < TRANSFORMS; t++)
        if (wants_transform(s, transforms[t]))
            s->kinds[s->training.kind_count++] = transforms[t];
}

static linas_status screen_transform(selection *s, const lns_model_class *type, void *shared,
                                     int32_t kind, lns_fitted *screened) {
    linas_context *context = s->training.context;
    memset(screened, 0, sizeof *screened);
    LNS_TRY(lns_target_fit(context, kind, s->targets, s->training.rows, &screened->target, s->z));
    linas_status status = type->screen(&s->training, shared, s->z, s->held_out);
    if (status == LINAS_OK)
        status = measure(s, screened);
    lns_target_free(context, &screened->target);
    return status;
}

/* Several transforms of an expensive model are screened, and only the best is fitted. */
static linas_status screen_transforms(selection *s, const lns_model_class *type, void *shared,
                                      int32_t *kind) {
    lns_fitted best = {0}, screened;
    *kind = LINAS_TARGET_AUTO;
    for (size_t t = 0; t < s->training.kind_count; t++) {
        LNS_TRY(screen_transform(s, type, shared, s->kinds[t], &screened));
        if (is_better(&screened, *kind == LINAS_TARGET_AUTO ? NULL : &best)) {
            best = screened;
            *kind = s->kinds[t];
        }
    }
    return LINAS_OK;
}

static linas_status try_transforms(selection *s, const lns_model_class *type, void *shared) {
    int32_t only = LINAS_TARGET_AUTO;
    if (type->screen && s->training.kind_count > 1)
        LNS_TRY(screen_transforms(s, type, shared, &only));
    for (size_t t = 0; t < s->training.kind_count; t++)
        if (only == LINAS_TARGET_AUTO || s->kinds[t] == only)
            LNS_TRY(try_transform(s, type, shared, s->kinds[t]));
    return LINAS_OK;
}

static linas_status try_class(selection *s, const lns_model_class *type) {
    void *shared = NULL;
    linas_status status = type->prepare(&s->training, &shared);
    if (status == LINAS_OK)
        status = try_transforms(s, type, shared);
    type->release(&s->training, shared);
    return status;
}

static linas_status try_all(selection *s) {
    for (size_t c = 0; c < CLASSES; c++)
        if (wants_class(s, classes[c]))
            LNS_TRY(try_class(s, classes[c]));
    return LINAS_OK;
}

linas_status lns_fit_best(linas_predictor *predictor, const uint16_t *states, const double *targets,
                          size_t rows, lns_fitted **fitted) {
    linas_context *context = predictor->context;
    selection s = {.predictor = predictor, .targets = targets};
    s.training = (lns_training){.context = context,
                                .encoding = &predictor->encoding,
                                .states = states,
                                .rows = rows,
                                .targets = targets,
                                .memory = &predictor->memory};
    list_transforms(&s);
    s.fold = lns_alloc(context, rows, sizeof *s.fold);
    s.z = lns_alloc_zero(context, rows, 3 * sizeof *s.z);
    linas_status status = s.fold && s.z ? LINAS_OK : lns_no_memory(context);
    if (status == LINAS_OK) {
        s.held_out = s.z + rows;
        s.predicted = s.z + 2 * rows;
        deal_folds(predictor, rows, &s);
        status = try_all(&s);
    }
    lns_free(context, s.fold);
    lns_free(context, s.z);
    if (status == LINAS_OK)
        *fitted = s.best;
    else
        lns_fitted_destroy(context, s.best);
    return status;
}
