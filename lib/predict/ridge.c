/* SPDX-License-Identifier: Apache-2.0 */
/* Ridge regression (Hoerl and Kennard 1970) on the masked features, with an intercept that is not
 * penalised. The penalty comes from ridge_path.c; with it the normal equations are solved by sums
 * of fixed order, so that a model has the same bits on every processor. Predictions with a fold
 * left out are exact, by the deletion formula of linear smoothers. */
#include "predict/model.h"
#include "num/cholesky.h"
#include "num/vector.h"
#include "num/stats.h"
#include "predict/json_fields.h"
#include "predict/ridge_path.h"
#include "predict/target.h"

#include <math.h>
#include <string.h>

typedef struct ridge_model {
    lns_model head;
    double intercept;
    double *table; /* weight per state of every variable; 0 for inactive */
    size_t states;
} ridge_model;

static void release(const lns_training *training, void *shared) {
    if (shared)
        lns_ridge_path_free(shared);
    lns_free(training->context, shared);
}

static linas_status prepare(const lns_training *training, void **shared) {
    lns_ridge_path *path = lns_alloc_zero(training->context, 1, sizeof *path);
    *shared = path;
    return path ? lns_ridge_path_init(path, training) : lns_no_memory(training->context);
}

/* -- one solution ------------------------------------------------------------------------------ */

/* With X the centred features and L the Cholesky factor of X'X + penalty (or, by rows, XX' +
 * penalty), whitened row i is L^-1 x_i (or L^-1 e_i). */
typedef struct solution {
    const lns_ridge_path *path;
    double penalty;
    double mean;      /* of the target */
    double *factor;   /* order x order */
    double *whitened; /* rows x order */
    double *weights;  /* per feature */
    double *residual; /* per row */
} solution;

static void free_solution(solution *s) {
    linas_context *context = s->path->context;
    lns_free(context, s->factor);
    lns_free(context, s->whitened);
    lns_free(context, s->weights);
    lns_free(context, s->residual);
}

static linas_status allocate_solution(solution *s) {
    const lns_ridge_path *path = s->path;
    linas_context *context = path->context;
    s->factor = lns_copy_bytes(context, path->gram, path->order * path->order, sizeof(double));
    s->whitened = lns_alloc_zero(context, path->rows * path->order, sizeof(double));
    s->weights = lns_alloc_zero(context, path->features, sizeof(double));
    s->residual = lns_alloc(context, path->rows, sizeof(double));
    if (s->factor && s->whitened && s->weights && s->residual)
        return LINAS_OK;
    return lns_no_memory(context);
}

static linas_status factorise(solution *s) {
    const lns_ridge_path *path = s->path;
    for (size_t k = 0; k < path->order; k++)
        s->factor[k * path->order + k] += s->penalty;
    /* No penalty at all: the features do not vary, and neither do the predictions. */
    if (s->penalty > 0.0 && !lns_cholesky(s->factor, 0, path->order, path->order))
        return lns_fail(path->context, LINAS_ERROR_NUMERIC,
                        "ridge: a matrix of order %zu is not positive definite", path->order);
    return LINAS_OK;
}

static void whiten(solution *s) {
    const lns_ridge_path *path = s->path;
    for (size_t row = 0; row < path->rows; row++) {
        double *out = s->whitened + row * path->order;
        if (path->by_rows)
            out[row] = 1.0;
        else
            memcpy(out, path->centred + row * path->features, path->order * sizeof *out);
        lns_cholesky_forward(s->factor, path->order, path->order, out);
    }
}

static void add_scaled(double *restrict out, const double *restrict row, double scale, size_t n) {
    for (size_t i = 0; i < n; i++)
        out[i] += scale * row[i];
}

/* w = (X'X + penalty)^-1 X'y or X'(XX' + penalty)^-1 y. */
static void find_weights(solution *s, const double *z) {
    const lns_ridge_path *path = s->path;
    size_t features = path->features;
    double *dual = s->residual; /* not in use yet */
    for (size_t row = 0; row < path->rows; row++)
        dual[row] = z[row] - s->mean;
    if (path->by_rows) {
        lns_cholesky_forward(s->factor, path->order, path->order, dual);
        lns_cholesky_backward(s->factor, path->order, path->order, dual);
    }
    for (size_t row = 0; row < path->rows; row++)
        add_scaled(s->weights, path->centred + row * features, dual[row], features);
    if (!path->by_rows) {
        lns_cholesky_forward(s->factor, path->order, path->order, s->weights);
        lns_cholesky_backward(s->factor, path->order, path->order, s->weights);
    }
    for (size_t row = 0; row < path->rows; row++)
        s->residual[row] =
            z[row] - s->mean - lns_dot(path->centred + row * features, s->weights, features);
}

static linas_status solve(solution *s, const double *z) {
    const lns_ridge_path *path = s->path;
    LNS_TRY(allocate_solution(s));
    LNS_TRY(factorise(s));
    for (size_t row = 0; row < path->rows; row++)
        s->mean += z[row] / (double)path->rows;
    if (s->penalty > 0.0) {
        whiten(s);
        find_weights(s, z);
    } else {
        for (size_t row = 0; row < path->rows; row++)
            s->residual[row] = z[row] - s->mean;
    }
    return LINAS_OK;
}

/* -- leaving folds out ------------------------------------------------------------------------- */

/* Element of I - H, where H takes the targets to the fitted values. */
static double deletion_element(const solution *s, size_t i, size_t j) {
    size_t order = s->path->order;
    double product = lns_dot(s->whitened + i * order, s->whitened + j * order, order);
    double same = i == j ? 1.0 : 0.0, element = same - product;
    if (s->path->by_rows)
        element = s->penalty > 0.0 ? s->penalty * product : same;
    return element - 1.0 / (double)s->path->rows;
}

/* With e the residuals, those of fold F by the model without F are ((I - H)_FF)^-1 e_F. */
static linas_status leave_fold_out(const solution *s, const double *z, const size_t *members,
                                   size_t count, double *held_out) {
    linas_context *context = s->path->context;
    double *matrix = lns_alloc(context, count * count + count, sizeof *matrix);
    if (!matrix)
        return lns_no_memory(context);
    double *deleted = matrix + count * count;
    for (size_t a = 0; a < count; a++) {
        deleted[a] = s->residual[members[a]];
        for (size_t b = 0; b <= a; b++)
            matrix[a * count + b] = deletion_element(s, members[a], members[b]);
    }
    bool solved = lns_cholesky(matrix, 0, count, count);
    if (solved) {
        lns_cholesky_forward(matrix, count, count, deleted);
        lns_cholesky_backward(matrix, count, count, deleted);
    }
    for (size_t a = 0; a < count && solved; a++)
        held_out[members[a]] = lns_round_to_grid(z[members[a]] - deleted[a], LNS_OUTPUT_BITS);
    lns_free(context, matrix);
    if (!solved)
        return lns_fail(context, LINAS_ERROR_NUMERIC,
                        "ridge: a fold of %zu rows cannot be left out", count);
    return LINAS_OK;
}

static size_t fold_members(const lns_training *training, uint32_t fold, size_t *members) {
    size_t count = 0;
    for (size_t i = 0; i < training->rows; i++)
        if (training->fold[i] == fold)
            members[count++] = i;
    return count;
}

static linas_status leave_folds_out(const lns_training *training, const solution *s,
                                    const double *z, double *held_out) {
    size_t *members = lns_alloc(training->context, training->rows, sizeof *members);
    if (!members)
        return lns_no_memory(training->context);
    linas_status status = LINAS_OK;
    for (uint32_t fold = 0; fold < training->folds && status == LINAS_OK; fold++) {
        size_t count = fold_members(training, fold, members);
        status = leave_fold_out(s, z, members, count, held_out);
    }
    lns_free(training->context, members);
    return status;
}

/* -- the model --------------------------------------------------------------------------------- */

static void destroy(lns_model *head) {
    ridge_model *model = (ridge_model *)head;
    lns_free(head->context, model->table);
    lns_free(head->context, model);
}

static linas_status create(linas_context *context, const lns_encoding *encoding,
                           ridge_model **out) {
    ridge_model *model = lns_alloc_zero(context, 1, sizeof *model);
    if (!model)
        return lns_no_memory(context);
    model->head.type = &lns_ridge_class;
    model->head.context = context;
    model->states = encoding->first_state[encoding->variables];
    model->table = lns_alloc_zero(context, model->states, sizeof *model->table);
    if (!model->table) {
        destroy(&model->head);
        return lns_no_memory(context);
    }
    *out = model;
    return LINAS_OK;
}

/* A weight per state instead of one per feature. They are multiples of 2^-LNS_OUTPUT_BITS, so that
 * their sums are exact in any order. */
static void fill_table(ridge_model *model, const lns_encoding *encoding, const double *weights) {
    for (size_t v = 0; v < encoding->variables; v++) {
        size_t first = encoding->first_state[v], inactive = encoding->first_state[v + 1] - 1;
        const double *own = weights + encoding->first_feature[v];
        bool one_hot = encoding->views[v] == LNS_VIEW_ONE_HOT;
        bool bit = lns_space_variable(encoding->space, v)->conditional;
        for (size_t s = first; s < inactive; s++) {
            uint16_t state = (uint16_t)(s - first);
            double weight = one_hot ? own[state] : own[0] * lns_position(encoding, v, state);
            if (!one_hot && bit)
                weight += own[1];
            model->table[s] = lns_round_to_grid(weight, LNS_OUTPUT_BITS);
        }
    }
}

static void fill_model(ridge_model *model, const lns_encoding *encoding, const solution *s) {
    double intercept = s->mean - lns_dot(s->weights, s->path->mean, s->path->features);
    model->intercept = lns_round_to_grid(intercept, LNS_OUTPUT_BITS);
    fill_table(model, encoding, s->weights);
}

static linas_status fit_model(const lns_training *training, solution *s, const double *z,
                              double *held_out, ridge_model *model) {
    LNS_TRY(lns_ridge_path_penalty(s->path, z, &s->penalty));
    LNS_TRY(solve(s, z));
    LNS_TRY(leave_folds_out(training, s, z, held_out));
    fill_model(model, training->encoding, s);
    return LINAS_OK;
}

static linas_status fit(const lns_training *training, void *shared, const double *z,
                        double *held_out, lns_model **out) {
    ridge_model *model = NULL;
    LNS_TRY(create(training->context, training->encoding, &model));
    solution s = {.path = shared};
    linas_status status = fit_model(training, &s, z, held_out, model);
    free_solution(&s);
    if (status == LINAS_OK)
        *out = &model->head;
    else
        destroy(&model->head);
    return status;
}

static void predict(const lns_model *head, const lns_encoding *encoding, const uint16_t *states,
                    size_t rows, double *z) {
    const ridge_model *model = (const ridge_model *)head;
    size_t variables = encoding->variables;
    for (size_t row = 0; row < rows; row++) {
        double sum = model->intercept;
        for (size_t v = 0; v < variables; v++)
            sum += model->table[encoding->first_state[v] + states[row * variables + v]];
        z[row] = sum;
    }
}

/* -- text -------------------------------------------------------------------------------------- */

static void save(const lns_model *head, const lns_encoding *encoding, lns_text *text) {
    const ridge_model *model = (const ridge_model *)head;
    lns_text_string(text, "{\"intercept\":");
    lns_text_double(text, model->intercept);
    lns_text_string(text, ",\"weights\":[");
    for (size_t v = 0; v < encoding->variables; v++) {
        size_t first = encoding->first_state[v], inactive = encoding->first_state[v + 1] - 1;
        lns_text_string(text, v > 0 ? ",\n" : "\n");
        lns_text_doubles(text, model->table + first, inactive - first);
    }
    lns_text_string(text, "]}");
}

static linas_status load_weights(linas_context *context, const lns_encoding *encoding,
                                 const lns_json *json, ridge_model *model) {
    const lns_json *weights;
    LNS_TRY(lns_field_array(context, json, "weights", encoding->variables, &weights));
    for (size_t v = 0; v < encoding->variables; v++) {
        size_t first = encoding->first_state[v], inactive = encoding->first_state[v + 1] - 1;
        LNS_TRY(lns_read_doubles(context, lns_json_at(weights, v), "weights", inactive - first,
                                 model->table + first));
    }
    return LINAS_OK;
}

static linas_status load(linas_context *context, const lns_encoding *encoding, const lns_json *json,
                         lns_model **out) {
    ridge_model *model = NULL;
    LNS_TRY(create(context, encoding, &model));
    linas_status status = lns_field_double(context, json, "intercept", &model->intercept);
    if (status == LINAS_OK)
        status = load_weights(context, encoding, json, model);
    if (status == LINAS_OK)
        *out = &model->head;
    else
        destroy(&model->head);
    return status;
}

const lns_model_class lns_ridge_class = {LINAS_PREDICTOR_RIDGE,
                                         "ridge",
                                         prepare,
                                         release,
                                         NULL,
                                         fit,
                                         predict,
                                         NULL,
                                         save,
                                         load,
                                         destroy};
