/* SPDX-License-Identifier: Apache-2.0 */
/* The Gaussian process as a model. Its hyper-parameters are learned from the first `learned` rows
 * only, a number that grows in steps of a quarter: fits in between take them over, and a search
 * that is resumed finds the same ones as the one that was interrupted. */
#include "num/cholesky.h"
#include "num/stats.h"
#include "num/vector.h"
#include "predict/gp.h"
#include "predict/json_fields.h"
#include "predict/model.h"
#include "predict/target.h"

#include <math.h>
#include <string.h>

enum { FEWEST_LEARNED = 8, LEARNING_STEPS = 40, MAX_ROWS = 4000 };

typedef struct gp_model {
    lns_model head;
    lns_gp_features features;
    double *parameters;
    uint64_t learned_from; /* hash of the rows and targets behind the parameters */
    size_t rows;
    uint16_t *states; /* rows x variables, for saving */
    double *targets;  /* likewise */
    uint16_t *codes;  /* rows x features */
    double *factor;   /* rows x rows */
    double *alpha;
    /* for predicting */
    double offset;       /* sum of w_i, over all alpha */
    double *additive;    /* per feature and code: the additive part's share of the mean */
    double *lengths;     /* per feature and code and row: l_i d_i, by blocks of rows */
    double *row;         /* workspace, rows */
    double *block;       /* workspace, rows x LNS_SOLVE_LANES */
    uint16_t *own_codes; /* workspace, features */
} gp_model;

static void destroy(lns_model *head) {
    gp_model *model = (gp_model *)head;
    if (!model)
        return;
    linas_context *context = head->context;
    lns_gp_features_free(&model->features);
    lns_free(context, model->parameters);
    lns_free(context, model->states);
    lns_free(context, model->targets);
    lns_free(context, model->codes);
    lns_free(context, model->factor);
    lns_free(context, model->alpha);
    lns_free(context, model->additive);
    lns_free(context, model->lengths);
    lns_free(context, model->row);
    lns_free(context, model->block);
    lns_free(context, model->own_codes);
    lns_free(context, model);
}

static size_t total_codes(const lns_gp_features *features) {
    size_t total = 0;
    for (size_t i = 0; i < features->count; i++)
        total += features->list[i].codes;
    return total;
}

static bool allocate(gp_model *model) {
    linas_context *context = model->head.context;
    size_t count = model->features.count, codes = total_codes(&model->features);
    model->parameters =
        lns_alloc(context, lns_gp_parameter_count(&model->features), sizeof(double));
    model->states =
        lns_alloc(context, model->rows * model->features.variables, sizeof *model->states);
    model->targets = lns_alloc(context, model->rows, sizeof *model->targets);
    model->codes = lns_alloc(context, model->rows * count, sizeof *model->codes);
    model->factor = lns_alloc(context, model->rows * model->rows, sizeof *model->factor);
    model->alpha = lns_alloc(context, model->rows, sizeof *model->alpha);
    model->additive = lns_alloc(context, codes, sizeof *model->additive);
    model->lengths = lns_alloc(context, codes * model->rows, sizeof *model->lengths);
    model->row = lns_alloc(context, model->rows, sizeof *model->row);
    model->block = lns_alloc(context, model->rows * LNS_SOLVE_LANES, sizeof *model->block);
    model->own_codes = lns_alloc(context, count, sizeof *model->own_codes);
    return model->parameters && model->states && model->targets && model->codes && model->factor &&
           model->alpha && model->additive && model->lengths && model->row && model->block &&
           model->own_codes;
}

static linas_status create(linas_context *context, const linas_space *space, size_t rows,
                           gp_model **out) {
    gp_model *model = lns_alloc_zero(context, 1, sizeof *model);
    if (!model)
        return lns_no_memory(context);
    model->head.type = &lns_gp_class;
    model->head.context = context;
    model->rows = rows;
    linas_status status = lns_gp_features_init(&model->features, space);
    if (status == LINAS_OK && !allocate(model))
        status = lns_no_memory(context);
    if (status == LINAS_OK)
        *out = model;
    else
        destroy(&model->head);
    return status;
}

/* -- learning ---------------------------------------------------------------------------------- */

static size_t learned_rows(size_t rows) {
    size_t learned = FEWEST_LEARNED;
    while (learned + (learned + 3) / 4 <= rows)
        learned += (learned + 3) / 4;
    return learned < rows ? learned : rows;
}

/* Standardises on the rows learned from alone, and drops the last bits: they depend on the rows
 * that came later. */
static void standardise(const double *z, size_t n, double *out) {
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += z[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (z[i] - mean) * (z[i] - mean) / (double)n;
    double scale = square > 0.0 ? 1.0 / sqrt(square) : 1.0;
    for (size_t i = 0; i < n; i++)
        out[i] = lns_round_to_grid((z[i] - mean) * scale, 20);
}

static uint64_t hash_rows(const gp_model *model, const double *targets, size_t count) {
    uint64_t hash = lns_hash_u64(0, count);
    size_t codes = count * model->features.count;
    hash = lns_hash_bytes(hash, model->codes, codes * sizeof *model->codes);
    return lns_hash_bytes(hash, targets, count * sizeof *targets);
}

static linas_status learn(gp_model *model, const lns_model *previous) {
    size_t count = learned_rows(model->rows);
    double *targets = lns_alloc(model->head.context, count, sizeof *targets);
    if (!targets)
        return lns_no_memory(model->head.context);
    standardise(model->targets, count, targets);
    model->learned_from = hash_rows(model, targets, count);
    const gp_model *before = (const gp_model *)previous;
    linas_status status = LINAS_OK;
    if (before && before->learned_from == model->learned_from) {
        memcpy(model->parameters, before->parameters,
               lns_gp_parameter_count(&model->features) * sizeof *model->parameters);
    } else {
        lns_gp_rows rows = {&model->features, model->codes, targets, count};
        lns_gp_start(&model->features, model->parameters);
        status = lns_gp_learn(&rows, LEARNING_STEPS, model->parameters);
    }
    lns_free(model->head.context, targets);
    return status;
}

/* -- predicting -------------------------------------------------------------------------------- */

/* The additive part of a mean is a sum over features of what depends on one code alone. */
static void fill_tables(gp_model *model) {
    size_t n = model->features.count, at = 0;
    double sum = 0.0;
    for (size_t i = 0; i < model->rows; i++)
        sum += model->alpha[i];
    model->offset = 0.0;
    for (size_t v = 0; v < n; v++) {
        double weight = exp(model->parameters[v]), length = exp(model->parameters[n + v]);
        model->offset += weight * sum;
        for (size_t code = 0; code < model->features.list[v].codes; code++, at++) {
            const uint8_t *line = lns_gp_features_line(&model->features, v, (uint16_t)code);
            double *lengths = model->lengths + at * model->rows;
            model->additive[at] = 0.0;
            for (size_t i = 0; i < model->rows; i++) {
                double distance = (double)line[model->codes[i * n + v]] / LNS_DISTANCE_ONE;
                model->additive[at] -= weight * distance * model->alpha[i];
                lengths[i] = -length * distance;
            }
        }
    }
}

static double predict_one(const gp_model *model, const uint16_t *states) {
    size_t n = model->features.count, first = 0;
    double mean = model->offset, interaction = exp(model->parameters[2 * n]);
    lns_gp_features_encode(&model->features, states, model->own_codes);
    memset(model->row, 0, model->rows * sizeof *model->row);
    for (size_t v = 0; v < n; v++) {
        size_t at = first + model->own_codes[v];
        mean += model->additive[at];
        lns_add(model->row, model->lengths + at * model->rows, model->rows);
        first += model->features.list[v].codes;
    }
    lns_exp_negative(model->row, model->rows);
    return mean + interaction * lns_dot(model->row, model->alpha, model->rows);
}

static void predict(const lns_model *head, const lns_encoding *encoding, const uint16_t *states,
                    size_t rows, double *z) {
    const gp_model *model = (const gp_model *)head;
    for (size_t row = 0; row < rows; row++)
        z[row] = lns_round_to_grid(predict_one(model, states + row * encoding->variables),
                                   LNS_OUTPUT_BITS);
}

/* Kernel values of one configuration with every row, into column `lane` of the block. */
static void fill_lane(const gp_model *model, const uint16_t *states, size_t lane) {
    size_t n = model->features.count, rows = model->rows, first = 0;
    double total = 0.0, interaction = exp(model->parameters[2 * n]);
    for (size_t v = 0; v < n; v++)
        total += exp(model->parameters[v]);
    lns_gp_features_encode(&model->features, states, model->own_codes);
    memset(model->row, 0, rows * sizeof *model->row);
    for (size_t i = 0; i < rows; i++)
        model->block[i * LNS_SOLVE_LANES + lane] = total;
    for (size_t v = 0; v < n; v++) {
        const double *lengths = model->lengths + (first + model->own_codes[v]) * rows;
        double share = exp(model->parameters[v] - model->parameters[n + v]);
        for (size_t i = 0; i < rows; i++)
            model->block[i * LNS_SOLVE_LANES + lane] += share * lengths[i];
        lns_add(model->row, lengths, rows);
        first += model->features.list[v].codes;
    }
    lns_exp_negative(model->row, rows);
    for (size_t i = 0; i < rows; i++)
        model->block[i * LNS_SOLVE_LANES + lane] += interaction * model->row[i];
}

/* What is known of the value before any row, k(x, x). */
static double prior_variance(const gp_model *model) {
    size_t n = model->features.count;
    double variance = exp(model->parameters[2 * n]);
    for (size_t v = 0; v < n; v++)
        variance += exp(model->parameters[v]);
    return variance;
}

/* Rasmussen and Williams 2006, equation 2.26: k(x, x) - |L^-1 k|^2. */
static void spread_block(const gp_model *model, const uint16_t *states, size_t lanes,
                         double *deviations) {
    double left[LNS_SOLVE_LANES], variance = prior_variance(model);
    memset(model->block, 0, model->rows * LNS_SOLVE_LANES * sizeof *model->block);
    for (size_t lane = 0; lane < lanes; lane++) {
        fill_lane(model, states + lane * model->features.variables, lane);
        left[lane] = variance;
    }
    lns_cholesky_forward_lanes(model->factor, model->rows, model->rows, model->block);
    for (size_t i = 0; i < model->rows; i++)
        for (size_t lane = 0; lane < lanes; lane++) {
            double part = model->block[i * LNS_SOLVE_LANES + lane];
            left[lane] -= part * part;
        }
    for (size_t lane = 0; lane < lanes; lane++)
        deviations[lane] = lns_round_to_grid(sqrt(fmax(left[lane], 0.0)), LNS_OUTPUT_BITS);
}

static void spread(const lns_model *head, const lns_encoding *encoding, const uint16_t *states,
                   size_t rows, double *z, double *deviations) {
    const gp_model *model = (const gp_model *)head;
    predict(head, encoding, states, rows, z);
    for (size_t row = 0; row < rows; row += LNS_SOLVE_LANES) {
        size_t lanes = rows - row < LNS_SOLVE_LANES ? rows - row : LNS_SOLVE_LANES;
        spread_block(model, states + row * encoding->variables, lanes, deviations + row);
    }
}

/* -- fitting ----------------------------------------------------------------------------------- */

static linas_status prepare(const lns_training *training, void **shared) {
    (void)training;
    *shared = NULL;
    return LINAS_OK;
}

static void release(const lns_training *training, void *shared) {
    (void)training;
    (void)shared;
}

static void take_rows(gp_model *model, const uint16_t *states, const double *z) {
    size_t variables = model->features.variables;
    memmove(model->states, states, model->rows * variables * sizeof *states);
    memmove(model->targets, z, model->rows * sizeof *z);
    for (size_t i = 0; i < model->rows; i++)
        lns_gp_features_encode(&model->features, states + i * variables,
                               model->codes + i * model->features.count);
}

static lns_gp_rows all_rows(const gp_model *model) {
    lns_gp_rows rows = {&model->features, model->codes, model->targets, model->rows};
    return rows;
}

static linas_status condition(gp_model *model) {
    lns_gp_rows rows = all_rows(model);
    LNS_TRY(lns_gp_condition(&rows, model->parameters, model->factor, model->alpha));
    fill_tables(model);
    return LINAS_OK;
}

static linas_status hold_out(const gp_model *model, double *held_out) {
    lns_gp_rows rows = all_rows(model);
    LNS_TRY(lns_gp_leave_one_out(&rows, model->factor, model->alpha, held_out));
    for (size_t i = 0; i < model->rows; i++)
        held_out[i] = lns_round_to_grid(held_out[i], LNS_OUTPUT_BITS);
    return LINAS_OK;
}

static linas_status fit(const lns_training *training, void *shared, const double *z,
                        double *held_out, lns_model **out) {
    (void)shared;
    if (training->rows > MAX_ROWS)
        return lns_fail(training->context, LINAS_ERROR_TOO_LARGE,
                        "a Gaussian process takes at most %d rows", MAX_ROWS);
    gp_model *model = NULL;
    LNS_TRY(create(training->context, training->encoding->space, training->rows, &model));
    take_rows(model, training->states, z);
    linas_status status = learn(model, training->previous);
    if (status == LINAS_OK)
        status = condition(model);
    if (status == LINAS_OK)
        status = hold_out(model, held_out);
    if (status == LINAS_OK)
        *out = &model->head;
    else
        destroy(&model->head);
    return status;
}

/* -- text -------------------------------------------------------------------------------------- */

static void save(const lns_model *head, const lns_encoding *encoding, lns_text *text) {
    const gp_model *model = (const gp_model *)head;
    lns_text_string(text, "{\"parameters\":");
    lns_text_doubles(text, model->parameters, lns_gp_parameter_count(&model->features));
    lns_text_string(text, ",\n\"targets\":");
    lns_text_doubles(text, model->targets, model->rows);
    lns_text_string(text, ",\n\"states\":[");
    for (size_t i = 0; i < model->rows * encoding->variables; i++) {
        lns_text_string(text, i == 0 ? "" : i % encoding->variables ? "," : ",\n");
        lns_text_u64(text, model->states[i]);
    }
    lns_text_string(text, "]}");
}

static linas_status load_states(const lns_encoding *encoding, const lns_json *json,
                                gp_model *model) {
    linas_context *context = model->head.context;
    const lns_json *list;
    size_t count = model->rows * encoding->variables;
    LNS_TRY(lns_field_array(context, json, "states", count, &list));
    for (size_t i = 0; i < count; i++) {
        const lns_json *value = lns_json_at(list, i);
        size_t variable = i % encoding->variables;
        size_t most = encoding->first_state[variable + 1] - encoding->first_state[variable];
        if (lns_json_kind_of(value) != LNS_JSON_INT || lns_json_int(value) < 0 ||
            (uint64_t)lns_json_int(value) >= most)
            return lns_fail(context, LINAS_ERROR_CORRUPT, "\"states\" has a wrong entry at %zu", i);
        model->states[i] = (uint16_t)lns_json_int(value);
    }
    return LINAS_OK;
}

static linas_status load_rows(const lns_encoding *encoding, const lns_json *json, gp_model *model) {
    linas_context *context = model->head.context;
    const lns_json *list;
    size_t count = lns_gp_parameter_count(&model->features);
    LNS_TRY(lns_field_array(context, json, "parameters", count, &list));
    LNS_TRY(lns_read_doubles(context, list, "parameters", count, model->parameters));
    LNS_TRY(lns_field_array(context, json, "targets", model->rows, &list));
    LNS_TRY(lns_read_doubles(context, list, "targets", model->rows, model->targets));
    LNS_TRY(load_states(encoding, json, model));
    take_rows(model, model->states, model->targets);
    linas_status status = condition(model);
    return status == LINAS_ERROR_NUMERIC ? LINAS_ERROR_CORRUPT : status;
}

static linas_status load(linas_context *context, const lns_encoding *encoding, const lns_json *json,
                         lns_model **out) {
    const lns_json *targets;
    LNS_TRY(lns_field(context, json, "targets", LNS_JSON_ARRAY, &targets));
    size_t rows = lns_json_size(targets);
    if (rows == 0 || rows > MAX_ROWS)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"targets\" has %zu entries", rows);
    gp_model *model = NULL;
    LNS_TRY(create(context, encoding->space, rows, &model));
    linas_status status = load_rows(encoding, json, model);
    if (status == LINAS_OK)
        *out = &model->head;
    else
        destroy(&model->head);
    return status;
}

const lns_model_class lns_gp_class = {
    LINAS_PREDICTOR_GP, "gp", prepare, release, NULL, fit, predict, spread, save, load, destroy};
