/* SPDX-License-Identifier: Apache-2.0 */
/* The Gaussian process as a model: what belongs to one target, over a core that the models of all
 * transforms of the target share. */
#include "num/stats.h"
#include "num/vector.h"
#include "predict/gp_core.h"
#include "predict/json_fields.h"
#include "predict/target.h"

#include <string.h>

enum { MAX_ROWS = 4000, LANES = LNS_GP_LANES };

typedef struct gp_model {
    lns_model head;
    lns_gp_core *core;
    double *targets;
    double *alpha;    /* padded with zeros */
    double offset;    /* the additive part of all rows at distance 0 */
    double *additive; /* per line of the lookups: its share of the additive part */
} gp_model;

static void destroy(lns_model *head) {
    gp_model *model = (gp_model *)head;
    lns_gp_core_drop(model->core);
    lns_free(head->context, model->targets);
    lns_free(head->context, model->additive);
    lns_free(head->context, model);
}

static size_t most_codes(const lns_gp_features *features) {
    size_t most = 0;
    for (size_t v = 0; v < features->count; v++)
        most = features->list[v].codes > most ? features->list[v].codes : most;
    return most;
}

/* Per code of a feature its share of the additive part of a mean. */
static void fill_shares(const gp_model *model, size_t feature, double *sums, double *shares) {
    const lns_gp_core *core = model->core;
    const lns_gp_features *features = &core->features;
    size_t codes = features->list[feature].codes;
    memset(sums, 0, codes * sizeof *sums);
    for (size_t i = 0; i < core->rows; i++)
        sums[core->codes[i * features->count + feature]] += model->alpha[i];
    for (size_t code = 0; code < codes; code++) {
        const uint8_t *line = lns_gp_features_line(features, feature, (uint16_t)code);
        shares[code] = -core->weight[feature] * lns_dot_bytes(sums, line, codes) / LNS_DISTANCE_ONE;
    }
}

/* The additive part of a mean is a sum over features of what depends on one code alone. */
static void fill_additive(gp_model *model, double *room) {
    const lns_gp_core *core = model->core;
    size_t most = most_codes(&core->features);
    double *first = room + most, *second = first + most, *out = model->additive;
    model->offset = 0.0;
    for (size_t i = 0; i < core->rows; i++)
        model->offset += core->total * model->alpha[i];
    for (size_t k = 0; k < core->lookup_count; k++) {
        const lns_gp_lookup *lookup = &core->lookups[k];
        bool two = lookup->second_codes > 1;
        fill_shares(model, lookup->feature, room, first);
        if (two)
            fill_shares(model, lookup->feature + 1, room, second);
        for (size_t line = 0; line < lookup->lines; line++)
            *out++ = first[lns_gp_first_code(lookup, line)] +
                     (two ? second[lns_gp_second_code(lookup, line)] : 0.0);
    }
}

/* A model of targets over a core that is conditioned. */
static linas_status create(lns_gp_core *core, const double *targets, gp_model **out) {
    linas_context *context = core->context;
    gp_model *model = lns_alloc_zero(context, 1, sizeof *model);
    if (!model)
        return lns_no_memory(context);
    model->head.type = &lns_gp_class;
    model->head.context = context;
    model->core = lns_gp_core_keep(core);
    model->targets =
        lns_alloc_zero(context, core->rows + core->padded + 3 * most_codes(&core->features),
                       sizeof *model->targets);
    model->additive = lns_alloc(context, core->lines, sizeof *model->additive);
    if (!model->targets || !model->additive) {
        destroy(&model->head);
        return lns_no_memory(context);
    }
    model->alpha = model->targets + core->rows;
    memcpy(model->targets, targets, core->rows * sizeof *targets);
    lns_gp_weigh(core->factor, targets, core->rows, model->alpha);
    fill_additive(model, model->alpha + core->padded);
    *out = model;
    return LINAS_OK;
}

/* -- predicting -------------------------------------------------------------------------------- */

/* The configurations that the core has compared. */
static void predict_group(const gp_model *model, size_t count, double *z) {
    const lns_gp_core *core = model->core;
    double means[LANES];
    lns_gp_core_look_up(core, model->additive, count, means);
    for (size_t lane = 0; lane < count; lane++) {
        double mean = model->offset + means[lane];
        mean += core->interaction * lns_gp_core_weigh(core, model->alpha, lane);
        z[lane] = lns_round_to_grid(mean, LNS_OUTPUT_BITS);
    }
}

/* With `deviations` NULL only means. */
static void spread(const lns_model *head, const lns_encoding *encoding, const uint16_t *states,
                   size_t rows, double *z, double *deviations) {
    const gp_model *model = (const gp_model *)head;
    for (size_t row = 0; row < rows; row += LANES) {
        size_t count = rows - row < LANES ? rows - row : LANES;
        lns_gp_core_compare(model->core, states + row * encoding->variables, count);
        predict_group(model, count, z + row);
        if (deviations)
            lns_gp_core_deviations(model->core, count, deviations + row);
    }
}

static void predict(const lns_model *head, const lns_encoding *encoding, const uint16_t *states,
                    size_t rows, double *z) {
    spread(head, encoding, states, rows, z, NULL);
}

/* -- fitting ----------------------------------------------------------------------------------- */

typedef struct gp_shared {
    lns_gp_core *core;
    double *precision; /* diagonal of K^-1, for held-out predictions */
} gp_shared;

static void release(const lns_training *training, void *memory) {
    gp_shared *shared = memory;
    if (!shared)
        return;
    lns_gp_core_drop(shared->core);
    lns_free(training->context, shared->precision);
    lns_free(training->context, shared);
}

/* A transform that was asked for may not suit the targets; the message then tells their row. */
static linas_status check_targets(const lns_training *training, double *z) {
    lns_target target;
    if (training->kind_count != 1)
        return LINAS_OK;
    LNS_TRY(lns_target_fit(training->context, training->kinds[0], training->targets, training->rows,
                           &target, z));
    lns_target_free(training->context, &target);
    return LINAS_OK;
}

static linas_status prepare(const lns_training *training, void **memory) {
    linas_context *context = training->context;
    *memory = NULL;
    if (training->rows > MAX_ROWS)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "a Gaussian process takes at most %d rows",
                        MAX_ROWS);
    gp_shared *shared = lns_alloc_zero(context, 1, sizeof *shared);
    *memory = shared;
    if (!shared)
        return lns_no_memory(context);
    shared->precision = lns_alloc(context, training->rows, sizeof *shared->precision);
    if (!shared->precision)
        return lns_no_memory(context);
    LNS_TRY(check_targets(training, shared->precision));
    LNS_TRY(lns_gp_core_learn(training, &shared->core));
    LNS_TRY(lns_gp_core_condition(shared->core));
    return lns_gp_precision(context, shared->core->factor, training->rows, shared->precision);
}

static linas_status fit(const lns_training *training, void *memory, const double *z,
                        double *held_out, lns_model **out) {
    const gp_shared *shared = memory;
    gp_model *model;
    LNS_TRY(create(shared->core, z, &model));
    lns_gp_leave_one_out(z, model->alpha, shared->precision, training->rows, held_out);
    for (size_t i = 0; i < training->rows; i++)
        held_out[i] = lns_round_to_grid(held_out[i], LNS_OUTPUT_BITS);
    *out = &model->head;
    return LINAS_OK;
}

/* -- text -------------------------------------------------------------------------------------- */

static void save(const lns_model *head, const lns_encoding *encoding, lns_text *text) {
    const gp_model *model = (const gp_model *)head;
    const lns_gp_core *core = model->core;
    lns_text_string(text, "{\"parameters\":");
    lns_text_doubles(text, core->parameters, lns_gp_parameter_count(&core->features));
    lns_text_string(text, ",\n\"targets\":");
    lns_text_doubles(text, model->targets, core->rows);
    lns_text_string(text, ",\n\"states\":[");
    for (size_t i = 0; i < core->rows * encoding->variables; i++) {
        lns_text_string(text, i == 0 ? "" : i % encoding->variables ? "," : ",\n");
        lns_text_u64(text, core->states[i]);
    }
    lns_text_string(text, "]}");
}

/* Only conditional variables have an inactive state. */
static size_t states_of(const lns_encoding *encoding, size_t variable) {
    const lns_variable *facts = lns_space_variable(encoding->space, variable);
    return (size_t)facts->values + facts->conditional;
}

static linas_status load_states(const lns_encoding *encoding, const lns_json *json, size_t rows,
                                uint16_t *states) {
    linas_context *context = lns_space_context(encoding->space);
    const lns_json *list;
    size_t count = rows * encoding->variables;
    LNS_TRY(lns_field_array(context, json, "states", count, &list));
    for (size_t i = 0; i < count; i++) {
        const lns_json *value = lns_json_at(list, i);
        size_t most = states_of(encoding, i % encoding->variables);
        if (lns_json_kind_of(value) != LNS_JSON_INT || lns_json_int(value) < 0 ||
            (uint64_t)lns_json_int(value) >= most)
            return lns_fail(context, LINAS_ERROR_CORRUPT, "\"states\" has a wrong entry at %zu", i);
        states[i] = (uint16_t)lns_json_int(value);
    }
    return LINAS_OK;
}

/* A process without products of layers has fewer parameters. */
static linas_status create_for(const lns_gp_data *data, const lns_json *json, lns_gp_core **core) {
    const lns_json *parameters = lns_json_get(json, "parameters");
    LNS_TRY(lns_gp_core_create(data, true, core));
    if ((*core)->features.products == 0 ||
        lns_json_size(parameters) == lns_gp_parameter_count(&(*core)->features))
        return LINAS_OK;
    lns_gp_core_drop(*core);
    return lns_gp_core_create(data, false, core);
}

static linas_status load_core(const lns_encoding *encoding, const lns_json *json, size_t rows,
                              lns_gp_core **core) {
    linas_context *context = lns_space_context(encoding->space);
    uint16_t *states = lns_alloc(context, rows * encoding->variables, sizeof *states);
    if (!states)
        return lns_no_memory(context);
    linas_status status = load_states(encoding, json, rows, states);
    if (status == LINAS_OK)
        status = create_for(&(lns_gp_data){encoding, states, rows}, json, core);
    lns_free(context, states);
    return status;
}

static linas_status load_parameters(const lns_json *json, lns_gp_core *core) {
    const lns_json *list;
    size_t count = lns_gp_parameter_count(&core->features);
    LNS_TRY(lns_field_array(core->context, json, "parameters", count, &list));
    LNS_TRY(lns_read_doubles(core->context, list, "parameters", count, core->parameters));
    linas_status status = lns_gp_core_condition(core);
    return status == LINAS_ERROR_NUMERIC ? LINAS_ERROR_CORRUPT : status;
}

static linas_status load_targets(const lns_json *json, lns_gp_core *core, lns_model **out) {
    double *targets = lns_alloc(core->context, core->rows, sizeof *targets);
    if (!targets)
        return lns_no_memory(core->context);
    const lns_json *list = lns_json_get(json, "targets");
    linas_status status = lns_read_doubles(core->context, list, "targets", core->rows, targets);
    gp_model *model;
    if (status == LINAS_OK)
        status = create(core, targets, &model);
    if (status == LINAS_OK)
        *out = &model->head;
    lns_free(core->context, targets);
    return status;
}

static linas_status load(linas_context *context, const lns_encoding *encoding, const lns_json *json,
                         lns_model **out) {
    const lns_json *targets;
    LNS_TRY(lns_field(context, json, "targets", LNS_JSON_ARRAY, &targets));
    size_t rows = lns_json_size(targets);
    if (rows == 0 || rows > MAX_ROWS)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"targets\" has %zu entries", rows);
    lns_gp_core *core;
    LNS_TRY(load_core(encoding, json, rows, &core));
    linas_status status = load_parameters(json, core);
    if (status == LINAS_OK)
        status = load_targets(json, core, out);
    lns_gp_core_drop(core);
    return status;
}

const lns_model_class lns_gp_class = {
    LINAS_PREDICTOR_GP, "gp", prepare, release, NULL, fit, predict, spread, save, load, destroy};
