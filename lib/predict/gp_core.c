/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/gp_core.h"
#include "num/clones.h"
#include "num/factor.h"
#include "num/lanes.h"
#include "num/stats.h"
#include "num/vector.h"
#include "predict/target.h"

#include <math.h>
#include <string.h>

enum { LANES = LNS_GP_LANES, BLOCK = LNS_GP_BLOCK };

/* -- making ------------------------------------------------------------------------------------ */

void lns_gp_core_drop(lns_gp_core *core) {
    if (!core || --core->references > 0)
        return;
    linas_context *context = core->context;
    lns_gp_features_free(&core->features);
    lns_free(context, core->parameters);
    lns_free(context, core->states);
    lns_free(context, core->codes);
    lns_free(context, core->factor);
    lns_free(context, core->weight);
    lns_free(context, core->share);
    lns_free(context, core->lengths);
    lns_free(context, core->own);
    lns_free(context, core->place);
    lns_free(context, core->kernel);
    lns_free(context, core->right_hand);
    lns_free(context, core);
}

lns_gp_core *lns_gp_core_keep(lns_gp_core *core) {
    core->references++;
    return core;
}

static bool allocate(lns_gp_core *core) {
    linas_context *context = core->context;
    size_t n = core->features.count;
    core->parameters = lns_alloc(context, lns_gp_parameter_count(&core->features), sizeof(double));
    core->states = lns_alloc(context, core->rows * core->features.variables, sizeof *core->states);
    core->codes = lns_alloc(context, core->rows * n, sizeof *core->codes);
    core->factor = lns_alloc_zero(context, lns_gp_matrix_size(core->rows), sizeof *core->factor);
    core->weight = lns_alloc(context, n, sizeof *core->weight);
    core->share = lns_alloc(context, n, sizeof *core->share);
    core->lengths = lns_alloc(context, core->features.codes * core->padded, sizeof *core->lengths);
    core->own = lns_alloc(context, n, sizeof *core->own);
    core->place = lns_alloc(context, n * LANES, sizeof *core->place);
    core->kernel = lns_alloc(context, 2 * core->padded * LANES, sizeof *core->kernel);
    core->right_hand =
        lns_alloc(context, lns_factor_order(core->rows) * LANES, sizeof *core->right_hand);
    if (!core->parameters || !core->states || !core->codes || !core->factor || !core->weight ||
        !core->share || !core->lengths || !core->own || !core->place || !core->kernel ||
        !core->right_hand)
        return false;
    core->additive = core->kernel + core->padded * LANES;
    return true;
}

linas_status lns_gp_core_create(const lns_encoding *encoding, const uint16_t *states, size_t rows,
                                lns_gp_core **out) {
    linas_context *context = lns_space_context(encoding->space);
    lns_gp_core *core = lns_alloc_zero(context, 1, sizeof *core);
    if (!core)
        return lns_no_memory(context);
    core->context = context;
    core->references = 1;
    core->rows = rows;
    core->padded = (rows + BLOCK - 1) / BLOCK * BLOCK;
    linas_status status = lns_gp_features_init(&core->features, encoding->space);
    if (status == LINAS_OK && !allocate(core))
        status = lns_no_memory(context);
    if (status != LINAS_OK) {
        lns_gp_core_drop(core);
        return status;
    }
    size_t variables = core->features.variables;
    memcpy(core->states, states, rows * variables * sizeof *states);
    for (size_t i = 0; i < rows; i++)
        lns_gp_features_encode(&core->features, states + i * variables,
                               core->codes + i * core->features.count);
    *out = core;
    return LINAS_OK;
}

/* -- learning ---------------------------------------------------------------------------------- */

/* Hyper-parameters are learned from the first rows only, a number that grows in steps of a quarter:
 * fits in between take them over, and a search that is resumed finds the same ones as the one that
 * was interrupted. Of more than MOST_LEARNED rows so many are taken, evenly spaced: the likelihood
 * takes their cube of time, and more do not make it learn better. */
enum { FEWEST_LEARNED = 8, MOST_LEARNED = 128, LEARNING_STEPS = 40 };

/* The rows that are learned from. */
typedef struct sample {
    linas_context *context;
    lns_gp_rows rows;
    uint16_t *codes;
    double *raw; /* their targets */
    double *z;   /* the same, transformed */
    double *held_out;
    size_t count;
} sample;

static size_t first_rows(size_t rows) {
    size_t first = FEWEST_LEARNED;
    while (first + (first + 3) / 4 <= rows)
        first += (first + 3) / 4;
    return first < rows ? first : rows;
}

static void free_sample(sample *s) {
    lns_free(s->context, s->codes);
    lns_free(s->context, s->raw);
}

static linas_status take_sample(const lns_gp_core *core, const lns_training *training, sample *s) {
    size_t n = core->features.count, first = first_rows(core->rows);
    s->context = core->context;
    s->count = first < MOST_LEARNED ? first : MOST_LEARNED;
    s->codes = lns_alloc(core->context, s->count * n, sizeof *s->codes);
    s->raw = lns_alloc(core->context, s->count, 3 * sizeof *s->raw);
    if (!s->codes || !s->raw)
        return lns_no_memory(core->context);
    s->z = s->raw + s->count;
    s->held_out = s->z + s->count;
    for (size_t i = 0; i < s->count; i++) {
        size_t row = i * first / s->count;
        memcpy(s->codes + i * n, core->codes + row * n, n * sizeof *s->codes);
        s->raw[i] = training->targets[row];
    }
    s->rows = (lns_gp_rows){&core->features, s->codes, s->z, s->count};
    return LINAS_OK;
}

static uint64_t hash_sample(const sample *s, const lns_training *training) {
    uint64_t hash = lns_hash_u64(0, s->count);
    size_t codes = s->count * s->rows.features->count;
    hash = lns_hash_bytes(hash, s->codes, codes * sizeof *s->codes);
    hash = lns_hash_bytes(hash, s->raw, s->count * sizeof *s->raw);
    return lns_hash_bytes(hash, training->kinds, training->kind_count * sizeof *training->kinds);
}

static linas_status transform(sample *s, int32_t kind) {
    lns_target target;
    LNS_TRY(lns_target_fit(s->context, kind, s->raw, s->count, &target, s->z));
    lns_target_free(s->context, &target);
    return LINAS_OK;
}

/* How well a process with the parameters at hand tells the order of the sample's rows, each from
 * the others. */
static linas_status judge(sample *s, const double *factor, const double *precision, double *alpha,
                          double *tau) {
    lns_gp_weigh(factor, s->z, s->count, alpha);
    lns_gp_leave_one_out(s->z, alpha, precision, s->count, s->held_out);
    for (size_t i = 0; i < s->count; i++)
        s->held_out[i] = lns_round_to_grid(s->held_out[i], LNS_OUTPUT_BITS);
    LNS_TRY(linas_metric_kendall_tau(s->context, s->z, s->held_out, s->count, tau));
    *tau = isnan(*tau) ? -2.0 : lns_round_significand(*tau, 30);
    return LINAS_OK;
}

static linas_status compare_kinds(sample *s, const lns_training *training, const double *parameters,
                                  double *room, int32_t *best) {
    double *alpha = room + lns_gp_matrix_size(s->count), *precision = alpha + s->count;
    double best_tau = -3.0, tau;
    LNS_TRY(lns_gp_factor(&s->rows, parameters, room));
    LNS_TRY(lns_gp_precision(s->context, room, s->count, precision));
    for (size_t k = 0; k < training->kind_count; k++) {
        LNS_TRY(transform(s, training->kinds[k]));
        LNS_TRY(judge(s, room, precision, alpha, &tau));
        if (tau > best_tau)
            *best = training->kinds[k];
        best_tau = fmax(tau, best_tau);
    }
    return LINAS_OK;
}

/* The transform of the targets that is learned for: what is learned serves the others too. */
static linas_status choose_kind(sample *s, const lns_training *training, const double *parameters,
                                int32_t *kind) {
    *kind = training->kinds[0];
    if (training->kind_count < 2)
        return LINAS_OK;
    double *room = lns_alloc(s->context, lns_gp_matrix_size(s->count) + 2 * s->count, sizeof *room);
    if (!room)
        return lns_no_memory(s->context);
    linas_status status = compare_kinds(s, training, parameters, room, kind);
    lns_free(s->context, room);
    return status;
}

static linas_status learn(lns_gp_core *core, const lns_training *training, sample *s) {
    int32_t kind;
    lns_gp_start(&core->features, core->parameters);
    LNS_TRY(choose_kind(s, training, core->parameters, &kind));
    LNS_TRY(transform(s, kind));
    return lns_gp_learn(&s->rows, LEARNING_STEPS, core->parameters);
}

static linas_status remember(const lns_gp_core *core, uint64_t from, lns_model_memory *memory) {
    size_t count = lns_gp_parameter_count(&core->features);
    double *copy = lns_alloc(core->context, count, sizeof *copy);
    if (!copy)
        return lns_no_memory(core->context);
    memcpy(copy, core->parameters, count * sizeof *copy);
    lns_free(core->context, memory->parameters);
    *memory = (lns_model_memory){from, copy};
    return LINAS_OK;
}

linas_status lns_gp_core_learn(lns_gp_core *core, const lns_training *training) {
    sample s = {.context = core->context};
    lns_model_memory *memory = training->memory;
    linas_status status = take_sample(core, training, &s);
    uint64_t from = status == LINAS_OK ? hash_sample(&s, training) : 0;
    if (status == LINAS_OK && memory->parameters && memory->from == from) {
        memcpy(core->parameters, memory->parameters,
               lns_gp_parameter_count(&core->features) * sizeof *core->parameters);
    } else if (status == LINAS_OK) {
        status = learn(core, training, &s);
        if (status == LINAS_OK)
            status = remember(core, from, memory);
    }
    free_sample(&s);
    return status;
}

/* -- tables ------------------------------------------------------------------------------------ */

static void fill_constants(lns_gp_core *core) {
    size_t n = core->features.count;
    core->total = 0.0;
    for (size_t v = 0; v < n; v++) {
        core->weight[v] = lns_exp(core->parameters[v]);
        core->share[v] = (float)lns_exp(core->parameters[v] - core->parameters[n + v]);
        core->total += core->weight[v];
    }
    core->interaction = lns_exp(core->parameters[2 * n]);
}

/* The line of one code; rows beyond the last are as far as the first, and never counted. */
static void fill_line(lns_gp_core *core, size_t feature, size_t code) {
    size_t n = core->features.count, at = core->features.list[feature].first_code + code;
    const uint8_t *distances = lns_gp_features_line(&core->features, feature, (uint16_t)code);
    double unit = lns_exp(core->parameters[n + feature]) / LNS_DISTANCE_ONE;
    for (size_t i = 0; i < core->padded; i++) {
        size_t row = i < core->rows ? i : 0;
        double distance = (double)distances[core->codes[row * n + feature]];
        core->lengths[(i / BLOCK * core->features.codes + at) * BLOCK + i % BLOCK] =
            -(float)(unit * distance);
    }
}

linas_status lns_gp_core_condition(lns_gp_core *core) {
    lns_gp_rows rows = {&core->features, core->codes, NULL, core->rows};
    LNS_TRY(lns_gp_factor(&rows, core->parameters, core->factor));
    fill_constants(core);
    for (size_t v = 0; v < core->features.count; v++)
        for (size_t code = 0; code < core->features.list[v].codes; code++)
            fill_line(core, v, code);
    return LINAS_OK;
}

/* -- comparing --------------------------------------------------------------------------------- */

enum { GROUP = 4 };

/* -sum of l d of GROUP configurations with every row. */
LNS_CLONES
static void sum_lengths(const lns_gp_core *core, const uint32_t *place, float *sums) {
    size_t n = core->features.count, step = core->features.codes * BLOCK;
    for (size_t row = 0; row < core->padded; row += BLOCK) {
        const float *table = core->lengths + row / BLOCK * step;
        lns_f32x8 low[GROUP] = {{0.0F}}, high[GROUP] = {{0.0F}};
        for (size_t v = 0; v < n; v++)
            for (size_t g = 0; g < GROUP; g++) {
                const float *line = table + place[v * LANES + g];
                lns_f32x8 first, second;
                memcpy(&first, line, sizeof first);
                memcpy(&second, line + BLOCK / 2, sizeof second);
                low[g] += first;
                high[g] += second;
            }
        for (size_t g = 0; g < GROUP; g++) {
            memcpy(sums + g * core->padded + row, &low[g], sizeof low[g]);
            memcpy(sums + g * core->padded + row + BLOCK / 2, &high[g], sizeof high[g]);
        }
    }
}

/* Likewise -sum of w d. */
LNS_CLONES
static void sum_weights(const lns_gp_core *core, const uint32_t *place, float *sums) {
    size_t n = core->features.count, step = core->features.codes * BLOCK;
    for (size_t row = 0; row < core->padded; row += BLOCK) {
        const float *table = core->lengths + row / BLOCK * step;
        lns_f32x8 low[GROUP] = {{0.0F}}, high[GROUP] = {{0.0F}};
        for (size_t v = 0; v < n; v++)
            for (size_t g = 0; g < GROUP; g++) {
                const float *line = table + place[v * LANES + g];
                lns_f32x8 first, second;
                memcpy(&first, line, sizeof first);
                memcpy(&second, line + BLOCK / 2, sizeof second);
                low[g] += core->share[v] * first;
                high[g] += core->share[v] * second;
            }
        for (size_t g = 0; g < GROUP; g++) {
            memcpy(sums + g * core->padded + row, &low[g], sizeof low[g]);
            memcpy(sums + g * core->padded + row + BLOCK / 2, &high[g], sizeof high[g]);
        }
    }
}

void lns_gp_core_compare(lns_gp_core *core, const uint16_t *states, size_t count) {
    size_t n = core->features.count;
    for (size_t lane = 0; lane < LANES; lane++) {
        if (lane < count)
            lns_gp_features_encode(&core->features, states + lane * core->features.variables,
                                   core->own);
        for (size_t v = 0; v < n; v++)
            core->place[v * LANES + lane] =
                (uint32_t)((core->features.list[v].first_code + core->own[v]) * BLOCK);
    }
    for (size_t lane = 0; lane < count; lane += GROUP)
        sum_lengths(core, core->place + lane, core->kernel + lane * core->padded);
    lns_exp_negative_floats(core->kernel, count * core->padded);
}

/* Rasmussen and Williams 2006, equation 2.26: k(x, x) - |R'^-1 k|^2. */
void lns_gp_core_deviations(lns_gp_core *core, size_t count, double *deviations) {
    double left[LANES];
    for (size_t lane = 0; lane < count; lane += GROUP)
        sum_weights(core, core->place + lane, core->additive + lane * core->padded);
    for (size_t lane = 0; lane < LANES; lane++) {
        const float *kernel = core->kernel + lane * core->padded;
        const float *additive = core->additive + lane * core->padded;
        for (size_t i = 0; i < core->rows; i++)
            core->right_hand[i * LANES + lane] =
                lane < count
                    ? (core->total + (double)additive[i]) + core->interaction * (double)kernel[i]
                    : 0.0;
        left[lane] = core->total + core->interaction;
    }
    lns_factor_forward_lanes(core->factor, core->rows, core->right_hand);
    for (size_t i = 0; i < core->rows; i++)
        for (size_t lane = 0; lane < LANES; lane++)
            left[lane] -= core->right_hand[i * LANES + lane] * core->right_hand[i * LANES + lane];
    for (size_t lane = 0; lane < count; lane++)
        deviations[lane] = lns_round_to_grid(sqrt(fmax(left[lane], 0.0)), LNS_OUTPUT_BITS);
}
