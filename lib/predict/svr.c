/* SPDX-License-Identifier: Apache-2.0 */
/* Epsilon support vector regression (Drucker et al. 1997; Smola and Schoelkopf 2004) with an RBF
 * kernel over the masked features. libsvm solves the dual on a kernel matrix computed here, and
 * predictions are computed here too. The hyper-parameters come from a small grid by cross-validated
 * squared error; the distances are computed once for the whole grid. */
#include "predict/model.h"
#include "num/stats.h"
#include "num/svm_bridge.h"
#include "num/vector.h"
#include "predict/columns.h"
#include "predict/json_fields.h"
#include "predict/svr.h"
#include "predict/svr_sum.h"
#include "predict/target.h"

#include <math.h>
#include <string.h>

/* Points tried: width, as a multiple of 1 / mean squared distance, and box constraint, for targets
 * of deviation 1. The first is the default and wins ties. */
typedef struct grid_point {
    double width;
    double box;
} grid_point;
static const grid_point grid[] = {{0.6, 5.0}, {0.3, 5.0}, {0.1, 20.0}, {1.5, 5.0}};
enum { GRID_POINTS = sizeof grid / sizeof grid[0] };
static const double tube = 0.01;
/* Of the optimality conditions, in deviations of the target. */
static const double tolerance = 0.01;

typedef struct svr_model {
    lns_model head;
    double gamma;
    double box;
    double rho;
    size_t count; /* support vectors */
    double *coefficients;
    uint16_t *states; /* count x variables */
    lns_columns columns;
    double *table;      /* kernel by number of differences; NULL when some variable is a position */
    lns_bit_rows rows;  /* with a table and few states a variable: the same as bits */
    uint16_t *inactive; /* per variable its inactive state, and room for one configuration's */
    double *share;      /* exp(-gamma active), by the number of active variables */
    uint64_t *own;      /* workspace: one configuration's bits */
} svr_model;

double lns_svr_kernel(double gamma, double distance) {
    /* Last bits of exp() differ between processors. The sum with 2^12 keeps multiples of 2^-40. */
    return (exp(-gamma * distance) + 4096.0) - 4096.0;
}

/* -- training ---------------------------------------------------------------------------------- */

typedef struct svr_shared {
    double *distances; /* rows x rows */
    double *kernel;    /* rows x rows, for the width at hand */
    void *matrix;      /* the same for libsvm */
    void *scratch;
    size_t *subset;
    double *coefficients;
    double *predicted; /* held-out predictions of the grid point at hand */
    double mean_distance;
} svr_shared;

static void release(const lns_training *training, void *memory) {
    svr_shared *shared = memory;
    if (!shared)
        return;
    lns_free(training->context, shared->distances);
    lns_free(training->context, shared->kernel);
    lns_free(training->context, shared->matrix);
    lns_free(training->context, shared->scratch);
    lns_free(training->context, shared->subset);
    lns_free(training->context, shared->coefficients);
    lns_free(training->context, shared->predicted);
    lns_free(training->context, shared);
}

static bool allocate_shared(const lns_training *training, svr_shared *shared) {
    linas_context *context = training->context;
    size_t rows = training->rows;
    shared->distances = lns_alloc(context, rows * rows, sizeof *shared->distances);
    shared->kernel = lns_alloc(context, rows * rows, sizeof *shared->kernel);
    shared->matrix = lns_alloc(context, lns_svm_matrix_bytes(rows), 1);
    shared->scratch = lns_alloc(context, lns_svm_scratch_bytes(rows), 1);
    shared->subset = lns_alloc(context, rows, sizeof *shared->subset);
    shared->coefficients = lns_alloc(context, rows, sizeof *shared->coefficients);
    shared->predicted = lns_alloc(context, rows, sizeof *shared->predicted);
    return shared->distances && shared->kernel && shared->matrix && shared->scratch &&
           shared->subset && shared->coefficients && shared->predicted;
}

static linas_status fill_distances(const lns_training *training, svr_shared *shared) {
    size_t rows = training->rows;
    lns_columns columns;
    LNS_TRY(lns_columns_init(&columns, training->encoding, training->states, rows));
    double sum = 0.0;
    for (size_t i = 0; i < rows; i++) {
        lns_measure_distances(&columns, training->encoding,
                              training->states + i * training->encoding->variables);
        memcpy(shared->distances + i * rows, columns.distances, rows * sizeof(double));
        for (size_t j = 0; j < i; j++)
            sum += columns.distances[j];
    }
    double pairs = 0.5 * (double)rows * ((double)rows - 1.0);
    shared->mean_distance = sum > 0.0 ? sum / pairs : 1.0;
    lns_columns_free(&columns);
    return LINAS_OK;
}

static linas_status prepare(const lns_training *training, void **memory) {
    linas_context *context = training->context;
    *memory = NULL;
    if (!lns_svm_usable())
        return lns_fail(context, LINAS_ERROR_UNSUPPORTED,
                        "SVR is off: this build knows libsvm %d and %d is running",
                        lns_svm_version_built(), lns_svm_version_running());
    if (training->rows > LNS_SVM_MAX_ROWS)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "SVR takes up to %d rows, not %zu",
                        (int)LNS_SVM_MAX_ROWS, training->rows);
    svr_shared *shared = lns_alloc_zero(context, 1, sizeof *shared);
    *memory = shared;
    if (!shared || !allocate_shared(training, shared))
        return lns_no_memory(context);
    return fill_distances(training, shared);
}

static void set_width(const lns_training *training, svr_shared *shared, double gamma) {
    size_t rows = training->rows;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j <= i; j++) {
            double value = lns_svr_kernel(gamma, shared->distances[i * rows + j]);
            shared->kernel[i * rows + j] = shared->kernel[j * rows + i] = value;
        }
    }
    for (size_t i = 0; i < rows; i++)
        lns_svm_set_row(shared->matrix, rows, i, shared->kernel + i * rows);
}

/* The rows outside `fold`; all of them when the training has no such fold. */
static size_t training_rows(const lns_training *training, uint32_t fold, size_t *subset) {
    size_t count = 0;
    for (size_t i = 0; i < training->rows; i++)
        if (fold >= training->folds || training->fold[i] != fold)
            subset[count++] = i;
    return count;
}

static linas_status solve(const lns_training *training, svr_shared *shared, const double *z,
                          double box, size_t count, double *rho) {
    lns_svm_task task = {shared->matrix, training->rows, shared->subset, count, z, box,
                         tube,           tolerance,      shared->scratch};
    linas_status status = lns_svm_train(&task, shared->coefficients, rho);
    if (status == LINAS_ERROR_NO_MEMORY)
        return lns_no_memory(training->context);
    if (status != LINAS_OK)
        return lns_fail(training->context, status, "libsvm found no solution for %zu rows", count);
    return LINAS_OK;
}

static double predict_row(const lns_training *training, const svr_shared *shared, size_t row,
                          size_t count, double rho) {
    const double *kernel = shared->kernel + row * training->rows;
    double sum = 0.0;
    for (size_t k = 0; k < count; k++)
        sum += shared->coefficients[k] * kernel[shared->subset[k]];
    return lns_round_to_grid(sum - rho, LNS_OUTPUT_BITS);
}

static linas_status hold_folds_out(const lns_training *training, svr_shared *shared,
                                   const double *z, double box) {
    for (uint32_t fold = 0; fold < training->folds; fold++) {
        double rho;
        size_t count = training_rows(training, fold, shared->subset);
        LNS_TRY(solve(training, shared, z, box, count, &rho));
        for (size_t i = 0; i < training->rows; i++)
            if (training->fold[i] == fold)
                shared->predicted[i] = predict_row(training, shared, i, count, rho);
    }
    return LINAS_OK;
}

static double squared_error(const double *z, const double *predicted, size_t rows) {
    double sum = 0.0;
    for (size_t i = 0; i < rows; i++)
        sum += (z[i] - predicted[i]) * (z[i] - predicted[i]);
    return lns_round_significand(sum, 30);
}

static double width_to_gamma(const svr_shared *shared, double width) {
    return lns_round_significand(width / shared->mean_distance, 30);
}

/* Held-out predictions of one point of the grid into shared->predicted. */
static linas_status try_point(const lns_training *training, svr_shared *shared, const double *z,
                              grid_point point) {
    set_width(training, shared, width_to_gamma(shared, point.width));
    return hold_folds_out(training, shared, z, point.box);
}

static linas_status screen(const lns_training *training, void *memory, const double *z,
                           double *held_out) {
    svr_shared *shared = memory;
    LNS_TRY(try_point(training, shared, z, grid[0]));
    memcpy(held_out, shared->predicted, training->rows * sizeof *held_out);
    return LINAS_OK;
}

static linas_status search_grid(const lns_training *training, svr_shared *shared, const double *z,
                                double *held_out, grid_point *best) {
    double best_error = INFINITY;
    *best = grid[0];
    for (size_t p = 0; p < GRID_POINTS && training->folds > 0; p++) {
        LNS_TRY(try_point(training, shared, z, grid[p]));
        double error = squared_error(z, shared->predicted, training->rows);
        if (error >= best_error)
            continue;
        best_error = error;
        *best = grid[p];
        memcpy(held_out, shared->predicted, training->rows * sizeof *held_out);
    }
    return LINAS_OK;
}

/* -- the model --------------------------------------------------------------------------------- */

static void destroy(lns_model *head) {
    svr_model *model = (svr_model *)head;
    lns_columns_free(&model->columns);
    lns_free(head->context, model->coefficients);
    lns_free(head->context, model->states);
    lns_free(head->context, model->table);
    lns_free(head->context, model->rows.bits);
    lns_free(head->context, model->rows.coefficients);
    lns_free(head->context, model->inactive);
    lns_free(head->context, model->own);
    lns_free(head->context, model);
}

static linas_status create(linas_context *context, const lns_encoding *encoding, size_t count,
                           svr_model **out) {
    svr_model *model = lns_alloc_zero(context, 1, sizeof *model);
    if (!model)
        return lns_no_memory(context);
    model->head.type = &lns_svr_class;
    model->head.context = context;
    model->count = count;
    model->coefficients = lns_alloc(context, count, sizeof *model->coefficients);
    model->states = lns_alloc(context, count * encoding->variables, sizeof *model->states);
    if (!model->coefficients || !model->states) {
        destroy(&model->head);
        return lns_no_memory(context);
    }
    *out = model;
    return LINAS_OK;
}

/* -- everything as bits ------------------------------------------------------------------------ */

enum { MOST_PLANES = 8, FOUR = 4 };

static size_t padded(const lns_encoding *encoding) {
    return (encoding->variables + FOUR - 1) / FOUR * FOUR;
}

static size_t planes_of(const lns_encoding *encoding) {
    size_t most = 0, planes = 0;
    for (size_t v = 0; v < encoding->variables; v++) {
        size_t states = encoding->first_state[v + 1] - encoding->first_state[v];
        most = states > most ? states : most;
    }
    while ((size_t)1 << planes < most)
        planes++;
    return planes;
}

/* Padding is inactive. */
static void fill_inactive(svr_model *model, const lns_encoding *encoding) {
    memset(model->inactive, 0, 2 * padded(encoding) * sizeof *model->inactive);
    for (size_t v = 0; v < encoding->variables; v++)
        model->inactive[v] =
            (uint16_t)(encoding->first_state[v + 1] - encoding->first_state[v] - 1);
}

/* `share` gets the configuration's own factor of every kernel value. */
static lns_bit_row take_bits(const svr_model *model, const lns_encoding *encoding,
                             const uint16_t *states, double *share) {
    const lns_bit_rows *rows = &model->rows;
    size_t n = padded(encoding), active = 0;
    uint16_t *copy = model->inactive + n;
    uint64_t *mask = model->own + rows->planes * rows->words;
    memcpy(copy, states, encoding->variables * sizeof *copy);
    lns_bits_of_states(copy, model->inactive, n, rows->planes, model->own, mask);
    for (size_t w = 0; w < rows->words; w++)
        active += lns_count_bits(mask[w]);
    *share = model->share[active];
    return (lns_bit_row){model->own, mask};
}

static bool allocate_bits(svr_model *model, const lns_encoding *encoding) {
    linas_context *context = model->head.context;
    lns_bit_rows *rows = &model->rows;
    size_t words = rows->planes * rows->words;
    size_t high = rows->most / LNS_SUM_LOW + LNS_SUM_HIGH;
    rows->bits = lns_alloc_zero(context, words * rows->stride, sizeof *rows->bits);
    rows->coefficients = lns_alloc_zero(context, rows->stride + LNS_SUM_LOW + high + rows->most + 1,
                                        sizeof *rows->coefficients);
    model->inactive = lns_alloc(context, 2 * padded(encoding), sizeof *model->inactive);
    model->own = lns_alloc(context, words + rows->words, sizeof *model->own);
    if (!rows->bits || !rows->coefficients || !model->inactive || !model->own)
        return false;
    rows->low = rows->coefficients + rows->stride;
    rows->high = rows->low + LNS_SUM_LOW;
    model->share = rows->high + high;
    return true;
}

static void fill_worths(svr_model *model) {
    const lns_bit_rows *rows = &model->rows;
    for (size_t equal = 0; equal < LNS_SUM_LOW; equal++)
        rows->low[equal] = lns_exp(2.0 * model->gamma * (double)equal);
    for (size_t times = 0; times <= rows->most / LNS_SUM_LOW; times++)
        rows->high[times] = lns_exp(2.0 * model->gamma * (double)(LNS_SUM_LOW * times));
    for (size_t active = 0; active <= rows->most; active++)
        model->share[active] = lns_exp(-model->gamma * (double)active);
}

static linas_status make_bits(svr_model *model, const lns_encoding *encoding) {
    lns_bit_rows *rows = &model->rows;
    rows->words = (encoding->variables + 63) / 64;
    rows->planes = planes_of(encoding);
    rows->stride = (model->count + LNS_SUM_LANES - 1) / LNS_SUM_LANES * LNS_SUM_LANES;
    rows->most = encoding->variables;
    if (!allocate_bits(model, encoding))
        return lns_no_memory(model->head.context);
    fill_worths(model);
    fill_inactive(model, encoding);
    for (size_t k = 0; k < model->count; k++) {
        double share;
        lns_bit_row row =
            take_bits(model, encoding, model->states + k * encoding->variables, &share);
        rows->coefficients[k] = model->coefficients[k] * share;
        for (size_t w = 0; w < rows->planes * rows->words; w++)
            rows->bits[w * rows->stride + k] = row.bits[w];
    }
    return LINAS_OK;
}

/* Few states a variable, and no factor of a kernel value that leaves the numbers' range. */
static bool fits_bits(const svr_model *model, const lns_encoding *encoding) {
    static const double largest_exponent = 300.0;
    return planes_of(encoding) <= MOST_PLANES &&
           2.0 * model->gamma * (double)encoding->variables < largest_exponent;
}

/* What predicting needs beside the coefficients and states, which are there. */
static linas_status complete(svr_model *model, const lns_encoding *encoding) {
    LNS_TRY(lns_columns_init(&model->columns, encoding, model->states, model->count));
    if (!lns_columns_are_whole(&model->columns))
        return LINAS_OK;
    size_t most = 2 * model->columns.one_hots;
    model->table = lns_alloc(model->head.context, most + 1, sizeof *model->table);
    if (!model->table)
        return lns_no_memory(model->head.context);
    for (size_t d = 0; d <= most; d++)
        model->table[d] = lns_svr_kernel(model->gamma, (double)d);
    return fits_bits(model, encoding) ? make_bits(model, encoding) : LINAS_OK;
}

static linas_status make_model(const lns_training *training, const svr_shared *shared,
                               svr_model **out) {
    const lns_encoding *encoding = training->encoding;
    size_t count = 0;
    for (size_t i = 0; i < training->rows; i++)
        count += shared->coefficients[i] != 0.0;
    svr_model *model;
    LNS_TRY(create(training->context, encoding, count, &model));
    size_t k = 0;
    for (size_t i = 0; i < training->rows; i++) {
        if (shared->coefficients[i] == 0.0)
            continue;
        memcpy(model->states + k * encoding->variables, training->states + i * encoding->variables,
               encoding->variables * sizeof *model->states);
        model->coefficients[k++] = shared->coefficients[i];
    }
    *out = model;
    return LINAS_OK;
}

static linas_status fit(const lns_training *training, void *memory, const double *z,
                        double *held_out, lns_model **out) {
    svr_shared *shared = memory;
    grid_point best;
    LNS_TRY(search_grid(training, shared, z, held_out, &best));
    double rho, gamma = width_to_gamma(shared, best.width);
    set_width(training, shared, gamma);
    size_t count = training_rows(training, training->folds, shared->subset);
    LNS_TRY(solve(training, shared, z, best.box, count, &rho));
    svr_model *model;
    LNS_TRY(make_model(training, shared, &model));
    model->gamma = gamma;
    model->box = best.box;
    model->rho = rho + 0.0; /* no negative zero: JSON loses it */
    linas_status status = complete(model, training->encoding);
    if (status == LINAS_OK)
        *out = &model->head;
    else
        destroy(&model->head);
    return status;
}

/* Everything is a category: kernel values come from the table. */
static double sum_from_table(lns_columns *columns, const svr_model *model,
                             const lns_encoding *encoding, const uint16_t *states) {
    lns_count_differences(columns, encoding, states);
    double sum = 0.0;
    for (size_t k = 0; k < model->count; k++)
        sum += model->coefficients[k] * model->table[columns->differences[k]];
    return sum;
}

static double sum_from_bits(const svr_model *model, const lns_encoding *encoding,
                            const uint16_t *states) {
    double share;
    lns_bit_row own = take_bits(model, encoding, states, &share);
    return share * lns_sum_kernels(&model->rows, &own);
}

static double sum_from_distances(lns_columns *columns, const svr_model *model,
                                 const lns_encoding *encoding, const uint16_t *states) {
    lns_measure_distances(columns, encoding, states);
    double sum = 0.0;
    for (size_t k = 0; k < model->count; k++)
        sum += model->coefficients[k] * lns_svr_kernel(model->gamma, columns->distances[k]);
    return sum;
}

static void predict(const lns_model *head, const lns_encoding *encoding, const uint16_t *states,
                    size_t rows, double *z) {
    const svr_model *model = (const svr_model *)head;
    lns_columns columns = model->columns;
    for (size_t row = 0; row < rows; row++) {
        const uint16_t *own = states + row * encoding->variables;
        double sum = model->own     ? sum_from_bits(model, encoding, own)
                     : model->table ? sum_from_table(&columns, model, encoding, own)
                                    : sum_from_distances(&columns, model, encoding, own);
        z[row] = lns_round_to_grid(sum - model->rho, LNS_OUTPUT_BITS);
    }
}

/* -- text -------------------------------------------------------------------------------------- */

/* Inactive variables are written as -1. */
static void save_states(const lns_encoding *encoding, const uint16_t *states, lns_text *text) {
    lns_text_string(text, "[");
    for (size_t v = 0; v < encoding->variables; v++) {
        if (v > 0)
            lns_text_string(text, ",");
        lns_text_i64(text, lns_is_active(encoding, v, states[v]) ? states[v] : -1);
    }
    lns_text_string(text, "]");
}

static void save(const lns_model *head, const lns_encoding *encoding, lns_text *text) {
    const svr_model *model = (const svr_model *)head;
    lns_text_string(text, "{\"gamma\":");
    lns_text_double(text, model->gamma);
    lns_text_string(text, ",\"box\":");
    lns_text_double(text, model->box);
    lns_text_string(text, ",\"rho\":");
    lns_text_double(text, model->rho);
    lns_text_string(text, ",\"coefficients\":");
    lns_text_doubles(text, model->coefficients, model->count);
    lns_text_string(text, ",\"vectors\":[");
    for (size_t k = 0; k < model->count; k++) {
        lns_text_string(text, k > 0 ? ",\n" : "\n");
        save_states(encoding, model->states + k * encoding->variables, text);
    }
    lns_text_string(text, "]}");
}

static linas_status load_states(linas_context *context, const lns_encoding *encoding,
                                const lns_json *json, uint16_t *states) {
    if (!json || lns_json_kind_of(json) != LNS_JSON_ARRAY ||
        lns_json_size(json) != encoding->variables)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "a vector has not %zu elements",
                        encoding->variables);
    for (size_t v = 0; v < encoding->variables; v++) {
        const lns_json *element = lns_json_at(json, v);
        int64_t inactive = (int64_t)(encoding->first_state[v + 1] - encoding->first_state[v]) - 1;
        int64_t state = lns_json_kind_of(element) == LNS_JSON_INT ? lns_json_int(element) : -2;
        if (state < -1 || state >= inactive)
            return lns_fail(context, LINAS_ERROR_CORRUPT, "element %zu of a vector is no value", v);
        states[v] = (uint16_t)(state < 0 ? inactive : state);
    }
    return LINAS_OK;
}

static linas_status load_vectors(linas_context *context, const lns_encoding *encoding,
                                 const lns_json *json, svr_model *model) {
    LNS_TRY(lns_field_double(context, json, "gamma", &model->gamma));
    LNS_TRY(lns_field_double(context, json, "box", &model->box));
    LNS_TRY(lns_field_double(context, json, "rho", &model->rho));
    LNS_TRY(lns_read_doubles(context, lns_json_get(json, "coefficients"), "coefficients",
                             model->count, model->coefficients));
    const lns_json *vectors = lns_json_get(json, "vectors");
    for (size_t k = 0; k < model->count; k++)
        LNS_TRY(load_states(context, encoding, lns_json_at(vectors, k),
                            model->states + k * encoding->variables));
    if (!(model->gamma > 0.0))
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"gamma\" is not positive");
    return complete(model, encoding);
}

static linas_status load(linas_context *context, const lns_encoding *encoding, const lns_json *json,
                         lns_model **out) {
    const lns_json *vectors;
    LNS_TRY(lns_field(context, json, "vectors", LNS_JSON_ARRAY, &vectors));
    svr_model *model;
    LNS_TRY(create(context, encoding, lns_json_size(vectors), &model));
    linas_status status = load_vectors(context, encoding, json, model);
    if (status == LINAS_OK)
        *out = &model->head;
    else
        destroy(&model->head);
    return status;
}

const lns_model_class lns_svr_class = {
    LINAS_PREDICTOR_SVR, "svr", prepare, release, screen, fit, predict, NULL, save, load, destroy};
