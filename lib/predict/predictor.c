/* SPDX-License-Identifier: Apache-2.0 */
/* The public handle: checks, host's predictors, and predicting in blocks. */
#include "predict/predict.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Bytes of genomes in a block: enough that a host's callback is called seldom. */
enum { BLOCK_GENES = 65536, BLOCK_ROWS = 1024 };
_Static_assert((int)BLOCK_GENES >= (int)LNS_MAX_STATES, "a block has a row at least");

/* -- making ------------------------------------------------------------------------------------ */

void linas_predictor_options_init(linas_predictor_options *options) {
    linas_predictor_options defaults = LINAS_PREDICTOR_OPTIONS_INIT;
    if (options)
        *options = defaults;
}

linas_status lns_predictor_check_options(linas_context *context,
                                         const linas_predictor_options *options) {
    if (options->model < LINAS_PREDICTOR_AUTO || options->model > LINAS_PREDICTOR_GP ||
        options->model == LINAS_PREDICTOR_CUSTOM)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "model %d is none of AUTO, RIDGE, SVR and GP", (int)options->model);
    if (options->target < LINAS_TARGET_AUTO || options->target > LINAS_TARGET_RANK)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "target %d is none of AUTO, RAW, LOG and RANK", (int)options->target);
    if (options->folds < 2)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "%u folds: a cross-validation has 2 or more", options->folds);
    return LINAS_OK;
}

static void destroy_block(linas_context *context, lns_predict_block *block) {
    if (!block)
        return;
    lns_free(context, block->genomes);
    lns_free(context, block->active);
    lns_free(context, block->states);
    lns_encoding_room_free(context, &block->room);
    lns_free(context, block->deviations);
    lns_free(context, block);
}

static lns_predict_block *create_block(linas_context *context, const lns_encoding *encoding) {
    size_t variables = encoding->variables;
    lns_predict_block *block = lns_alloc_zero(context, 1, sizeof *block);
    if (!block)
        return NULL;
    block->rows = BLOCK_GENES / variables;
    block->rows = block->rows > BLOCK_ROWS ? BLOCK_ROWS : block->rows;
    block->genomes = lns_alloc(context, block->rows * variables, sizeof *block->genomes);
    block->active = lns_alloc(context, variables, sizeof *block->active);
    block->states = lns_alloc(context, block->rows * variables, sizeof *block->states);
    block->deviations = lns_alloc(context, block->rows, sizeof *block->deviations);
    linas_status status = lns_encoding_room_init(encoding, &block->room);
    if (block->genomes && block->active && block->states && block->deviations && status == LINAS_OK)
        return block;
    destroy_block(context, block);
    return NULL;
}

linas_status lns_predictor_new(const linas_space *space, linas_predictor **out) {
    linas_context *context = lns_space_context(space);
    if (linas_space_variables(space) == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "the space has no variables");
    linas_predictor *predictor = lns_alloc_zero(context, 1, sizeof *predictor);
    if (!predictor)
        return lns_no_memory(context);
    predictor->context = context;
    predictor->space = lns_space_keep(space);
    linas_status status = lns_encoding_init(&predictor->encoding, predictor->space);
    if (status == LINAS_OK) {
        predictor->block = create_block(context, &predictor->encoding);
        if (!predictor->block)
            status = lns_no_memory(context);
    }
    if (status == LINAS_OK)
        *out = predictor;
    else
        linas_predictor_destroy(predictor);
    return status;
}

linas_status linas_predictor_create(const linas_space *space,
                                    const linas_predictor_options *options,
                                    linas_predictor **predictor) {
    if (predictor)
        *predictor = NULL;
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = lns_space_context(space);
    lns_clear(context);
    if (!predictor)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "predictor is NULL");
    linas_predictor_options known = LINAS_PREDICTOR_OPTIONS_INIT;
    if (options)
        LNS_TRY(lns_read_struct(context, options, &known, sizeof known, "linas_predictor_options"));
    LNS_TRY(lns_predictor_check_options(context, &known));
    LNS_TRY(lns_predictor_new(space, predictor));
    (*predictor)->options = known;
    return LINAS_OK;
}

linas_status linas_predictor_create_custom(const linas_space *space,
                                           const linas_predictor_callbacks *callbacks,
                                           linas_predictor **predictor) {
    if (predictor)
        *predictor = NULL;
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = lns_space_context(space);
    lns_clear(context);
    if (!predictor || !callbacks)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "%s is NULL",
                        predictor ? "callbacks" : "predictor");
    linas_predictor_callbacks known = {(uint32_t)sizeof known, 0, NULL, NULL, NULL, NULL};
    LNS_TRY(lns_read_struct(context, callbacks, &known, sizeof known, "linas_predictor_callbacks"));
    if (!known.fit || !known.predict)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "a predictor needs both callbacks, fit and predict");
    LNS_TRY(lns_predictor_new(space, predictor));
    (*predictor)->callbacks = known;
    return LINAS_OK;
}

void lns_fitted_destroy(linas_context *context, lns_fitted *fitted) {
    if (!fitted)
        return;
    lns_target_free(context, &fitted->target);
    if (fitted->model)
        fitted->model->type->destroy(fitted->model);
    lns_free(context, fitted);
}

void linas_predictor_destroy(linas_predictor *predictor) {
    if (!predictor)
        return;
    if (predictor->callbacks.release)
        predictor->callbacks.release(predictor->callbacks.user_data);
    lns_fitted_destroy(predictor->context, predictor->fitted);
    destroy_block(predictor->context, predictor->block);
    lns_encoding_free(&predictor->encoding);
    lns_free(predictor->context, predictor->memory.parameters);
    linas_space *space = predictor->space;
    lns_free(predictor->context, predictor);
    lns_space_drop(space);
}

/* -- fitting ----------------------------------------------------------------------------------- */

static bool is_custom(const linas_predictor *predictor) {
    return predictor->callbacks.fit != NULL;
}

static linas_status check_genomes(const linas_predictor *predictor, const int32_t *genomes,
                                  size_t rows) {
    size_t variables = predictor->encoding.variables;
    for (size_t row = 0; row < rows; row++) {
        if (lns_encoding_fits(&predictor->encoding, genomes + row * variables))
            continue;
        linas_status status = linas_space_check(predictor->space, genomes + row * variables);
        return lns_fail_within(predictor->context, status, "row %zu", row);
    }
    return LINAS_OK;
}

static linas_status check_idle(const linas_predictor *predictor) {
    if (predictor->block->busy)
        return lns_fail(predictor->context, LINAS_ERROR_REENTRANT,
                        "the predictor is called from inside its own callback");
    return LINAS_OK;
}

static linas_status check_fit(const linas_predictor *predictor, const int32_t *genomes,
                              const double *targets, size_t rows) {
    linas_context *context = predictor->context;
    LNS_TRY(check_idle(predictor));
    if (!genomes || !targets || rows == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "%s",
                        rows == 0 ? "there are no rows to fit to" : "an argument is NULL");
    if (rows > UINT32_MAX / predictor->encoding.variables)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "%zu rows are too many", rows);
    for (size_t row = 0; row < rows; row++)
        if (!isfinite(targets[row]))
            return lns_fail(context, LINAS_ERROR_NOT_FINITE, "row %zu: the target is not finite",
                            row);
    return check_genomes(predictor, genomes, rows);
}

static linas_status stopped_by_host(const linas_predictor *predictor, int32_t code) {
    return lns_fail(predictor->context, code, "the host's predictor stopped with code %d",
                    (int)code);
}

static linas_status fit_custom(linas_predictor *predictor, const int32_t *canonical,
                               const double *targets, size_t rows) {
    linas_context *context = predictor->context;
    lns_fitted *fitted = lns_alloc_zero(context, 1, sizeof *fitted);
    if (!fitted)
        return lns_no_memory(context);
    predictor->block->busy = true;
    int32_t code =
        predictor->callbacks.fit(predictor->callbacks.user_data, canonical, targets, rows);
    predictor->block->busy = false;
    if (code != 0) {
        lns_fitted_destroy(context, fitted);
        return stopped_by_host(predictor, code);
    }
    fitted->quality = (linas_predictor_quality){
        0, LINAS_PREDICTOR_CUSTOM, LINAS_TARGET_RAW, (uint32_t)rows, NAN, NAN, NAN, NAN};
    lns_fitted_destroy(context, predictor->fitted);
    predictor->fitted = fitted;
    return LINAS_OK;
}

static linas_status fit_own(linas_predictor *predictor, const uint16_t *states,
                            const double *targets, size_t rows) {
    lns_fitted *fitted = NULL;
    LNS_TRY(lns_fit_best(predictor, states, targets, rows, &fitted));
    lns_fitted_destroy(predictor->context, predictor->fitted);
    predictor->fitted = fitted;
    return LINAS_OK;
}

linas_status linas_predictor_fit(linas_predictor *predictor, const int32_t *genomes,
                                 const double *targets, size_t rows) {
    if (!predictor)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = predictor->context;
    lns_clear(context);
    LNS_TRY(check_fit(predictor, genomes, targets, rows));
    size_t variables = predictor->encoding.variables;
    int32_t *canonical = lns_alloc(context, rows * variables, sizeof *canonical);
    uint16_t *states = lns_alloc(context, rows * variables, sizeof *states);
    linas_status status = LINAS_OK;
    if (!canonical || !states)
        status = lns_no_memory(context);
    for (size_t row = 0; row < rows && status == LINAS_OK; row++)
        lns_encoding_states(&predictor->encoding, genomes + row * variables,
                            canonical + row * variables, predictor->block->active,
                            states + row * variables);
    if (status == LINAS_OK && is_custom(predictor))
        status = fit_custom(predictor, canonical, targets, rows);
    else if (status == LINAS_OK)
        status = fit_own(predictor, states, targets, rows);
    lns_free(context, canonical);
    lns_free(context, states);
    return status;
}

/* -- predicting -------------------------------------------------------------------------------- */

static linas_status predict_custom(const linas_predictor *predictor, size_t rows, double *means,
                                   double *deviations) {
    lns_predict_block *block = predictor->block;
    block->busy = true;
    int32_t code = predictor->callbacks.predict(predictor->callbacks.user_data, block->genomes,
                                                rows, means, deviations);
    block->busy = false;
    if (code != 0)
        return stopped_by_host(predictor, code);
    for (size_t row = 0; row < rows; row++)
        if (!isfinite(means[row]) ||
            (deviations && !(deviations[row] >= 0.0 && isfinite(deviations[row]))))
            return lns_fail(predictor->context, LINAS_ERROR_NOT_FINITE,
                            "the host's predictor gave no finite mean and deviation");
    return LINAS_OK;
}

/* Where predictions go; `deviations` may be NULL. */
typedef struct wanted {
    double *means;
    double *deviations;
    double shift; /* so many own deviations are added to each mean, where the model knows them */
} wanted;

static void predict_means(const linas_predictor *predictor, size_t rows, wanted to) {
    const lns_fitted *fitted = predictor->fitted;
    fitted->model->type->predict(fitted->model, &predictor->encoding, predictor->block->states,
                                 rows, to.means);
    for (size_t row = 0; row < rows; row++)
        to.means[row] = lns_target_back(&fitted->target, to.means[row]);
    for (size_t row = 0; to.deviations && row < rows; row++)
        to.deviations[row] = fitted->deviation;
}

static void predict_bounds(const linas_predictor *predictor, size_t rows, wanted to) {
    const lns_fitted *fitted = predictor->fitted;
    double *deviations = predictor->block->deviations;
    fitted->model->type->spread(fitted->model, &predictor->encoding, predictor->block->states, rows,
                                to.means, deviations);
    for (size_t row = 0; row < rows; row++)
        to.means[row] =
            lns_target_back(&fitted->target, to.means[row] + to.shift * deviations[row]);
}

/* The host's deviations stay 0 where it does not write any. */
static linas_status predict_custom_bounds(const linas_predictor *predictor, size_t rows,
                                          wanted to) {
    double *deviations = predictor->block->deviations;
    memset(deviations, 0, rows * sizeof *deviations);
    LNS_TRY(predict_custom(predictor, rows, to.means, deviations));
    for (size_t row = 0; row < rows; row++)
        to.means[row] = fmax(-DBL_MAX, fmin(DBL_MAX, to.means[row] + to.shift * deviations[row]));
    return LINAS_OK;
}

static linas_status predict_block(const linas_predictor *predictor, const int32_t *genomes,
                                  size_t rows, wanted to) {
    lns_predict_block *block = predictor->block;
    size_t variables = predictor->encoding.variables;
    for (size_t row = 0; row < rows && is_custom(predictor); row++)
        lns_space_canonicalize(predictor->space, genomes + row * variables,
                               block->genomes + row * variables, NULL);
    if (is_custom(predictor))
        return to.shift != 0.0 ? predict_custom_bounds(predictor, rows, to)
                               : predict_custom(predictor, rows, to.means, to.deviations);
    lns_encoding_rows(&predictor->encoding, genomes, rows, &block->room, block->states);
    if (to.shift != 0.0 && predictor->fitted->model->type->spread)
        predict_bounds(predictor, rows, to);
    else
        predict_means(predictor, rows, to);
    return LINAS_OK;
}

static linas_status predict_all(const linas_predictor *predictor, const int32_t *genomes,
                                size_t rows, wanted to) {
    if (!predictor)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(predictor->context);
    LNS_TRY(check_idle(predictor));
    if (rows > 0 && (!genomes || !to.means))
        return lns_fail(predictor->context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    if (!predictor->fitted)
        return lns_fail(predictor->context, LINAS_ERROR_NOT_FITTED,
                        "the predictor was not fitted yet");
    LNS_TRY(check_genomes(predictor, genomes, rows));
    size_t variables = predictor->encoding.variables, step = predictor->block->rows;
    for (size_t row = 0; row < rows; row += step) {
        size_t count = rows - row < step ? rows - row : step;
        wanted here = to;
        here.means += row;
        here.deviations = to.deviations ? to.deviations + row : NULL;
        LNS_TRY(predict_block(predictor, genomes + row * variables, count, here));
    }
    return LINAS_OK;
}

linas_status linas_predictor_predict(const linas_predictor *predictor, const int32_t *genomes,
                                     size_t rows, double *means, double *deviations) {
    return predict_all(predictor, genomes, rows, (wanted){means, deviations, 0.0});
}

linas_status lns_predictor_bound(const linas_predictor *predictor, const int32_t *genomes,
                                 size_t rows, double shift, double *values) {
    return predict_all(predictor, genomes, rows, (wanted){values, NULL, shift});
}

bool lns_predictor_tells_deviations(const linas_predictor *predictor) {
    return predictor->fitted && (is_custom(predictor) || predictor->fitted->model->type->spread);
}

linas_status linas_predictor_get_quality(const linas_predictor *predictor,
                                         linas_predictor_quality *quality) {
    if (!predictor)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(predictor->context);
    if (!quality)
        return lns_fail(predictor->context, LINAS_ERROR_INVALID_ARGUMENT, "quality is NULL");
    if (!predictor->fitted)
        return lns_fail(predictor->context, LINAS_ERROR_NOT_FITTED,
                        "the predictor was not fitted yet");
    return lns_write_struct(predictor->context, &predictor->fitted->quality,
                            sizeof predictor->fitted->quality, quality, "linas_predictor_quality");
}
