/* SPDX-License-Identifier: Apache-2.0 */
/* Ridge regression (Hoerl and Kennard 1970) on the masked features, with an intercept that is not
 * penalised. The penalty comes from ridge_path.c; with it the normal equations are solved by sums
 * of fixed order, so that a model has the same bits on every processor. Predictions with a fold
 * left out are exact, by the deletion formula of linear smoothers. */
#include "predict/model.h"
#include "num/factor.h"
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

/* With X the centred features and R'R = X'X + penalty (or, by rows, XX' + penalty), a whitened row
 * is R'^-1 x_i (or R'^-1 e_i), and a column here: rows stand side by side, fold by fold. */
typedef struct solution {
    const lns_ridge_path *path;
    const size_t *members; /* rows by fold */
    double penalty;
    double mean;    /* of the target */
    double *factor; /* as lns_factor() makes it, in the path's room */
    double *whitened;
    double *weights;  /* per feature */
    double *residual; /* per row */
} solution;

static void free_solution(solution *s) {
    linas_context *context = s->path->context;
    lns_free(context, s->weights);
    lns_free(context, s->residual);
}

static linas_status allocate_solution(solution *s) {
    const lns_ridge_path *path = s->path;
    linas_context *context = path->context;
    size_t order = lns_factor_order(path->order), stride = lns_factor_stride(path->order);
    s->factor = path->factor;
    s->whitened = path->whitened;
    memcpy(s->factor, path->gram, order * stride * sizeof *s->factor);
    memset(s->whitened, 0, order * path->wide * sizeof *s->whitened);
    s->weights = lns_alloc_zero(context, path->features, sizeof(double));
    s->residual = lns_alloc(context, path->rows, sizeof(double));
    if (s->weights && s->residual)
        return LINAS_OK;
    return lns_no_memory(context);
}

static linas_status factorise(solution *s) {
    const lns_ridge_path *path = s->path;
    size_t stride = lns_factor_stride(path->order);
    for (size_t k = 0; k < path->order; k++)
        s->factor[k * stride + k] += s->penalty;
    /* No penalty at all: the features do not vary, and neither do the predictions. */
    if (s->penalty > 0.0 && !lns_factor(s->factor, path->order))
        return lns_fail(path->context, LINAS_ERROR_NUMERIC,
                        "ridge: a matrix of order %zu is not positive definite", path->order);
    return LINAS_OK;
}

static void whiten(solution *s) {
    const lns_ridge_path *path = s->path;
    for (size_t i = 0; i < path->rows; i++) {
        size_t row = s->members[i];
        if (path->by_rows)
            s->whitened[row * path->wide + i] = 1.0;
        for (size_t f = 0; f < path->features && !path->by_rows; f++)
            s->whitened[f * path->wide + i] = path->columns[f * path->wide + row];
    }
    lns_factor_forward(s->factor, path->order, s->whitened, path->wide, path->wide);
}

/* w = (X'X + penalty)^-1 X'y or X'(XX' + penalty)^-1 y. */
static void find_weights(solution *s, const double *z) {
    const lns_ridge_path *path = s->path;
    size_t features = path->features;
    double *dual = s->residual; /* not in use yet */
    for (size_t row = 0; row < path->rows; row++)
        dual[row] = z[row] - s->mean;
    if (path->by_rows)
        lns_factor_solve(s->factor, path->order, dual);
    for (size_t row = 0; row < path->rows; row++)
        lns_add_scaled(s->weights, path->centred + row * path->stride, dual[row], features);
    if (!path->by_rows)
        lns_factor_solve(s->factor, path->order, s->weights);
    for (size_t row = 0; row < path->rows; row++)
        s->residual[row] =
            z[row] - s->mean - lns_dot(path->centred + row * path->stride, s->weights, features);
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

/* I - H of the rows from `first` on in the order of folds, where H takes targets to fitted values.
 */
static void fill_deletion(const solution *s, size_t first, size_t count, double *matrix) {
    const lns_ridge_path *path = s->path;
    const lns_columns own = {s->whitened + first, path->wide, count};
    size_t stride = lns_factor_stride(count);
    bool scaled = path->by_rows && s->penalty > 0.0; /* then I - H is the penalty times products */
    memset(matrix, 0, lns_factor_order(count) * stride * sizeof *matrix);
    lns_factor_subtract_square(&own, path->order, matrix, stride);
    for (size_t a = 0; a < count; a++)
        for (size_t b = a; b < count; b++) {
            double same = a == b ? 1.0 : 0.0, *element = &matrix[a * stride + b];
            *element =
                (scaled ? -s->penalty * *element : same + *element) - 1.0 / (double)path->rows;
        }
}

/* With e the residuals, those of fold F by the model without F are ((I - H)_FF)^-1 e_F. */
static linas_status leave_fold_out(const solution *s, const double *z, size_t first, size_t count,
                                   double *held_out) {
    linas_context *context = s->path->context;
    const size_t *members = s->members + first;
    size_t cells = lns_factor_order(count) * lns_factor_stride(count);
    double *matrix = lns_alloc(context, cells + count, sizeof *matrix);
    if (!matrix)
        return lns_no_memory(context);
    double *deleted = matrix + cells;
    fill_deletion(s, first, count, matrix);
    for (size_t a = 0; a < count; a++)
        deleted[a] = s->residual[members[a]];
    bool solved = lns_factor(matrix, count);
    if (solved)
        lns_factor_solve(matrix, count, deleted);
    for (size_t a = 0; a < count && solved; a++)
        held_out[members[a]] = lns_round_to_grid(z[members[a]] - deleted[a], LNS_OUTPUT_BITS);
    lns_free(context, matrix);
    if (!solved)
        return lns_fail(context, LINAS_ERROR_NUMERIC,
                        "ridge: a fold of %zu rows cannot be left out", count);
    return LINAS_OK;
}

/* Rows fold by fold; one after the other without folds. */
static void list_members(const lns_training *training, size_t *members) {
    size_t count = 0;
    for (uint32_t fold = 0; fold < training->folds; fold++)
        for (size_t i = 0; i < training->rows; i++)
            if (training->fold[i] == fold)
                members[count++] = i;
    for (size_t i = 0; i < training->rows && training->folds == 0; i++)
        members[i] = i;
}

static linas_status leave_folds_out(const lns_training *training, const solution *s,
                                    const double *z, double *held_out) {
    linas_status status = LINAS_OK;
    size_t first = 0;
    while (training->folds > 0 && first < training->rows && status == LINAS_OK) {
        uint32_t fold = training->fold[s->members[first]];
        size_t end = first;
        while (end < training->rows && training->fold[s->members[end]] == fold)
            end++;
        status = leave_fold_out(s, z, first, end - first, held_out);
        first = end;
    }
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
    size_t *members = lns_alloc(training->context, training->rows, sizeof *members);
    solution s = {.path = shared, .members = members};
    linas_status status = members ? LINAS_OK : lns_no_memory(training->context);
    if (status == LINAS_OK) {
        list_members(training, members);
        status = fit_model(training, &s, z, held_out, model);
        free_solution(&s);
    }
    lns_free(training->context, members);
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
