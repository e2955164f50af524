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

enum { LANES = LNS_GP_LANES, GROUP = LNS_GP_GROUP, BLOCK = LNS_GP_BLOCK };

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
    lns_free(context, core->lookups);
    lns_free(context, core->tables);
    lns_free(context, core->own);
    lns_free(context, core->line);
    lns_free(context, core->kernel);
    lns_free(context, core->right_hand);
    lns_free(context, core);
}

lns_gp_core *lns_gp_core_keep(lns_gp_core *core) {
    core->references++;
    return core;
}

/* -- lookups ----------------------------------------------------------------------------------- */

/* Floats in a line of the cache, which lines of a table do not straddle. */
enum { MOST_PAIRS = 16, CACHE_LINE = 16 };

static bool join(const lns_gp_features *features, size_t feature) {
    return feature + 1 < features->count &&
           features->list[feature].codes * features->list[feature + 1].codes <= MOST_PAIRS;
}

static bool list_lookups(lns_gp_core *core) {
    const lns_gp_features *features = &core->features;
    core->lookups = lns_alloc(core->context, features->count, sizeof *core->lookups);
    for (size_t v = 0; v < features->count && core->lookups; v++) {
        lns_gp_lookup *next = &core->lookups[core->lookup_count++];
        *next = (lns_gp_lookup){v, 1, core->lines, features->list[v].codes};
        if (join(features, v)) {
            next->second_codes = features->list[++v].codes;
            next->lines *= next->second_codes;
        }
        core->lines += next->lines;
    }
    return core->lookups != NULL;
}

uint16_t lns_gp_first_code(const lns_gp_lookup *lookup, size_t line) {
    return (uint16_t)(line / lookup->second_codes);
}

uint16_t lns_gp_second_code(const lns_gp_lookup *lookup, size_t line) {
    return (uint16_t)(line % lookup->second_codes);
}

static bool allocate(lns_gp_core *core) {
    linas_context *context = core->context;
    size_t n = core->features.count;
    if (!list_lookups(core))
        return false;
    core->parameters = lns_alloc(context, lns_gp_parameter_count(&core->features), sizeof(double));
    core->states = lns_alloc(context, core->rows * core->features.variables, sizeof *core->states);
    core->codes = lns_alloc(context, core->rows * n, sizeof *core->codes);
    core->factor = lns_alloc_zero(context, lns_gp_matrix_size(core->rows), sizeof *core->factor);
    core->weight = lns_alloc(context, 2 * n, sizeof *core->weight);
    core->tables = lns_alloc(context, 2 * core->lines * core->padded + CACHE_LINE, sizeof(float));
    core->own = lns_alloc(context, n, sizeof *core->own);
    core->line = lns_alloc(context, core->lookup_count * LANES, sizeof *core->line);
    core->kernel =
        lns_alloc(context, core->padded * (LANES + LNS_FACTOR_LANES), sizeof *core->kernel);
    core->right_hand = lns_alloc(context, lns_factor_order(core->rows) * LNS_FACTOR_LANES,
                                 sizeof *core->right_hand);
    if (!core->parameters || !core->states || !core->codes || !core->factor || !core->weight ||
        !core->tables || !core->own || !core->line || !core->kernel || !core->right_hand)
        return false;
    core->length = core->weight + n;
    core->lengths =
        (float *)core->tables + CACHE_LINE - (uintptr_t)core->tables / sizeof(float) % CACHE_LINE;
    core->weights = core->lengths + core->lines * core->padded;
    core->additive = core->kernel + core->padded * LANES;
    return true;
}

linas_status lns_gp_core_create(const lns_gp_data *data, bool products, lns_gp_core **out) {
    const linas_space *space = data->encoding->space;
    linas_context *context = lns_space_context(space);
    size_t rows = data->rows;
    lns_gp_core *core = lns_alloc_zero(context, 1, sizeof *core);
    if (!core)
        return lns_no_memory(context);
    core->context = context;
    core->references = 1;
    core->rows = rows;
    core->padded = (rows + BLOCK - 1) / BLOCK * BLOCK;
    linas_status status = lns_gp_features_init(&core->features, space, products);
    if (status == LINAS_OK && !allocate(core))
        status = lns_no_memory(context);
    if (status != LINAS_OK) {
        lns_gp_core_drop(core);
        return status;
    }
    size_t variables = core->features.variables;
    memcpy(core->states, data->states, rows * variables * sizeof *core->states);
    for (size_t i = 0; i < rows; i++)
        lns_gp_features_encode(&core->features, data->states + i * variables,
                               core->codes + i * core->features.count);
    *out = core;
    return LINAS_OK;
}

/* -- learning ---------------------------------------------------------------------------------- */

/* Hyper-parameters are learned from the first rows only, a number that grows in steps of a quarter:
 * fits in between take them over, and a search that is resumed finds the same ones as the one that
 * was interrupted. The likelihood takes the cube of the rows in time, so most of the way is gone
 * with few of them, evenly spaced, and the rest with more. */
enum { FEWEST_LEARNED = 8, FEW_ROWS = 64, FEW_STEPS = 40, MANY_ROWS = 256, MANY_STEPS = 8 };
/* Fewer rows cannot tell whether products of layers matter; they then do more good than harm. */
enum { FEWEST_JUDGED = 100 };

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

/* Up to `most` of the first rows. */
static linas_status take_sample(const lns_gp_core *core, const lns_training *training, size_t most,
                                sample *s) {
    size_t n = core->features.count, first = first_rows(core->rows);
    *s = (sample){.context = core->context, .count = first < most ? first : most};
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

/* Of all that hyper-parameters follow from. */
static uint64_t hash_first_rows(const lns_training *training) {
    size_t first = first_rows(training->rows), states = first * training->encoding->variables;
    uint64_t hash = lns_hash_u64(0, first);
    hash = lns_hash_bytes(hash, training->states, states * sizeof *training->states);
    hash = lns_hash_bytes(hash, training->targets, first * sizeof *training->targets);
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

/* With kind -1 the transform is chosen, too. */
static linas_status learn_few(lns_gp_core *core, const lns_training *training, int32_t *kind,
                              double *unlikelihood) {
    sample s;
    linas_status status = take_sample(core, training, FEW_ROWS, &s);
    lns_gp_start(&core->features, core->parameters);
    if (status == LINAS_OK && *kind < 0)
        status = choose_kind(&s, training, core->parameters, kind);
    if (status == LINAS_OK)
        status = transform(&s, *kind);
    if (status == LINAS_OK)
        status = lns_gp_learn(&s.rows, FEW_STEPS, core->parameters, unlikelihood);
    free_sample(&s);
    return status;
}

static linas_status learn_many(lns_gp_core *core, const lns_training *training, int32_t kind,
                               double *unlikelihood) {
    sample s;
    if (first_rows(core->rows) <= FEW_ROWS)
        return LINAS_OK;
    linas_status status = take_sample(core, training, MANY_ROWS, &s);
    if (status == LINAS_OK)
        status = transform(&s, kind);
    if (status == LINAS_OK)
        status = lns_gp_learn(&s.rows, MANY_STEPS, core->parameters, unlikelihood);
    free_sample(&s);
    return status;
}

static linas_status learn_all(lns_gp_core *core, const lns_training *training, int32_t *kind,
                              double *unlikelihood) {
    LNS_TRY(learn_few(core, training, kind, unlikelihood));
    return learn_many(core, training, *kind, unlikelihood);
}

/* Tries to do without products of layers, which is kept where it makes the rows more likely. */
static linas_status try_plain(const lns_gp_data *data, const lns_training *training, int32_t kind,
                              double unlikelihood, lns_gp_core **core) {
    lns_gp_core *plain;
    double reached;
    LNS_TRY(lns_gp_core_create(data, false, &plain));
    linas_status status = learn_all(plain, training, &kind, &reached);
    if (status != LINAS_OK || reached > unlikelihood) {
        lns_gp_core_drop(plain);
        return status;
    }
    lns_gp_core_drop(*core);
    *core = plain;
    return LINAS_OK;
}

static linas_status learn(const lns_gp_data *data, const lns_training *training,
                          lns_gp_core **core) {
    int32_t kind = -1;
    double unlikelihood;
    LNS_TRY(lns_gp_core_create(data, true, core));
    LNS_TRY(learn_all(*core, training, &kind, &unlikelihood));
    if ((*core)->features.products == 0 || first_rows(data->rows) < FEWEST_JUDGED)
        return LINAS_OK;
    return try_plain(data, training, kind, unlikelihood, core);
}

static linas_status remember(const lns_gp_core *core, uint64_t from, lns_model_memory *memory) {
    size_t count = lns_gp_parameter_count(&core->features);
    double *copy = lns_alloc(core->context, count, sizeof *copy);
    if (!copy)
        return lns_no_memory(core->context);
    memcpy(copy, core->parameters, count * sizeof *copy);
    lns_free(core->context, memory->parameters);
    *memory = (lns_model_memory){from, core->features.products > 0, copy};
    return LINAS_OK;
}

static linas_status recall(const lns_gp_data *data, const lns_model_memory *memory,
                           lns_gp_core **core) {
    LNS_TRY(lns_gp_core_create(data, memory->products, core));
    memcpy((*core)->parameters, memory->parameters,
           lns_gp_parameter_count(&(*core)->features) * sizeof *memory->parameters);
    return LINAS_OK;
}

linas_status lns_gp_core_learn(const lns_training *training, lns_gp_core **core) {
    lns_gp_data data = {training->encoding, training->states, training->rows};
    lns_model_memory *memory = training->memory;
    uint64_t from = hash_first_rows(training);
    *core = NULL;
    if (memory->parameters && memory->from == from)
        return recall(&data, memory, core);
    linas_status status = learn(&data, training, core);
    if (status == LINAS_OK)
        status = remember(*core, from, memory);
    if (status != LINAS_OK) {
        lns_gp_core_drop(*core);
        *core = NULL;
    }
    return status;
}

/* -- tables ------------------------------------------------------------------------------------ */

static void fill_constants(lns_gp_core *core) {
    size_t n = core->features.count;
    core->total = 0.0;
    for (size_t v = 0; v < n; v++) {
        core->weight[v] = lns_exp(core->parameters[v]);
        core->length[v] = lns_exp(core->parameters[n + v]);
        core->total += core->weight[v];
    }
    core->interaction = lns_exp(core->parameters[2 * n]);
}

/* Adds one feature's share to a line; rows beyond the last are never looked at. */
static void add_distances(const lns_gp_core *core, size_t feature, uint16_t code, double unit,
                          float *line) {
    size_t n = core->features.count, step = core->lines * BLOCK;
    const uint8_t *distances = lns_gp_features_line(&core->features, feature, code);
    const uint16_t *codes = core->codes + feature;
    for (size_t i = 0; i < core->rows; i++)
        line[i / BLOCK * step + i % BLOCK] -= (float)(unit * (double)distances[codes[i * n]]);
}

/* A table of lines, given the unit of each feature. */
static void fill_table(const lns_gp_core *core, const double *units, float *table) {
    memset(table, 0, core->lines * core->padded * sizeof *table);
    for (size_t k = 0; k < core->lookup_count; k++) {
        const lns_gp_lookup *lookup = &core->lookups[k];
        size_t v = lookup->feature;
        for (size_t at = 0; at < lookup->lines; at++) {
            float *line = table + (lookup->first_line + at) * BLOCK;
            add_distances(core, v, lns_gp_first_code(lookup, at), units[v] / LNS_DISTANCE_ONE,
                          line);
            if (lookup->second_codes > 1)
                add_distances(core, v + 1, lns_gp_second_code(lookup, at),
                              units[v + 1] / LNS_DISTANCE_ONE, line);
        }
    }
}

linas_status lns_gp_core_condition(lns_gp_core *core) {
    lns_gp_rows rows = {&core->features, core->codes, NULL, core->rows};
    LNS_TRY(lns_gp_factor(&rows, core->parameters, core->factor));
    fill_constants(core);
    fill_table(core, core->length, core->lengths);
    core->has_weights = false;
    return LINAS_OK;
}

/* -- comparing --------------------------------------------------------------------------------- */

/* The sums over all lookups of `count` configurations, whole groups from lane `first` on: blocks of
 * rows x `stride` configurations x rows of a block. */
LNS_CLONES
static void sum_lines(const lns_gp_core *core, const float *table, size_t first, size_t count,
                      size_t stride, float *sums) {
    size_t n = core->lookup_count, step = core->lines * BLOCK;
    for (size_t row = 0; row < core->padded; row += BLOCK, table += step)
        for (size_t lane = 0; lane < count; lane += GROUP) {
            const uint32_t *line = core->line + (first + lane) * n;
            lns_f32x8 low[GROUP] = {{0.0F}}, high[GROUP] = {{0.0F}};
            for (size_t k = 0; k < n; k++)
                for (size_t g = 0; g < GROUP; g++) {
                    lns_f32x8 one, two;
                    const float *own = table + line[k * GROUP + g];
                    memcpy(&one, own, sizeof one);
                    memcpy(&two, own + 8, sizeof two);
                    low[g] += one;
                    high[g] += two;
                }
            for (size_t g = 0; g < GROUP; g++) {
                memcpy(sums + row * stride + (lane + g) * BLOCK, &low[g], sizeof low[g]);
                memcpy(sums + row * stride + (lane + g) * BLOCK + 8, &high[g], sizeof high[g]);
            }
        }
}

/* Sixteen sums, added in halves. */
LNS_CLONES
double lns_gp_core_weigh(const lns_gp_core *core, const double *alpha, size_t lane) {
    double sums[BLOCK] = {0.0};
    for (size_t row = 0; row < core->padded; row += BLOCK) {
        const float *kernel = core->kernel + row * LANES + lane * BLOCK;
        for (size_t k = 0; k < BLOCK; k++)
            sums[k] += alpha[row + k] * (double)kernel[k];
    }
    for (size_t k = 0; k < BLOCK / 2; k++)
        sums[k] += sums[k + BLOCK / 2];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) +
           ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

static size_t whole_groups(size_t count) {
    return (count + GROUP - 1) / GROUP * GROUP;
}

static void find_lines(lns_gp_core *core, size_t lane) {
    uint32_t *line = core->line + lane / GROUP * core->lookup_count * GROUP + lane % GROUP;
    for (size_t k = 0; k < core->lookup_count; k++) {
        const lns_gp_lookup *lookup = &core->lookups[k];
        size_t own = lookup->first_line + core->own[lookup->feature] * lookup->second_codes;
        if (lookup->second_codes > 1)
            own += core->own[lookup->feature + 1];
        line[k * GROUP] = (uint32_t)(own * BLOCK);
    }
}

void lns_gp_core_look_up(const lns_gp_core *core, const double *lines, size_t count, double *sums) {
    for (size_t lane = 0; lane < count; lane += GROUP) {
        const uint32_t *line = core->line + lane * core->lookup_count;
        double group[GROUP] = {0.0};
        for (size_t k = 0; k < core->lookup_count; k++)
            for (size_t g = 0; g < GROUP; g++)
                group[g] += lines[line[k * GROUP + g] / BLOCK];
        size_t some = count - lane < GROUP ? count - lane : GROUP;
        memcpy(sums + lane, group, some * sizeof *sums);
    }
}

/* The last group is filled with the last configuration. */
void lns_gp_core_compare(lns_gp_core *core, const uint16_t *states, size_t count) {
    for (size_t lane = 0; lane < whole_groups(count); lane++) {
        if (lane < count)
            lns_gp_features_encode(&core->features, states + lane * core->features.variables,
                                   core->own);
        find_lines(core, lane);
    }
    sum_lines(core, core->lengths, 0, whole_groups(count), LANES, core->kernel);
    for (size_t row = 0; row < core->padded; row += BLOCK)
        lns_exp_negative_floats(core->kernel + row * LANES, count * BLOCK);
}

/* Kernel values of some lanes with every row, as right-hand sides. */
static void fill_right_hand(const lns_gp_core *core, size_t first, size_t count) {
    enum { SIDES = LNS_FACTOR_LANES };
    memset(core->right_hand, 0, core->rows * SIDES * sizeof *core->right_hand);
    for (size_t i = 0; i < core->rows; i++) {
        size_t row = i / BLOCK * BLOCK, within = i % BLOCK;
        const float *kernel = core->kernel + row * LANES + first * BLOCK + within;
        const float *additive = core->additive + row * SIDES + within;
        for (size_t lane = 0; lane < count; lane++)
            core->right_hand[i * SIDES + lane] = (core->total + (double)additive[lane * BLOCK]) +
                                                 core->interaction * (double)kernel[lane * BLOCK];
    }
}

/* Rasmussen and Williams 2006, equation 2.26: k(x, x) - |R'^-1 k|^2, and the noise. */
static void find_deviations(const lns_gp_core *core, size_t first, size_t count,
                            double *deviations) {
    enum { SIDES = LNS_FACTOR_LANES };
    double left[SIDES], noise = lns_exp(core->parameters[2 * core->features.count + 1]);
    sum_lines(core, core->weights, first, whole_groups(count), SIDES, core->additive);
    fill_right_hand(core, first, count);
    lns_factor_forward(core->factor, core->rows, core->right_hand, SIDES, SIDES);
    for (size_t side = 0; side < SIDES; side++)
        left[side] = core->total + core->interaction + noise;
    for (size_t i = 0; i < core->rows; i++)
        for (size_t side = 0; side < SIDES; side++)
            left[side] -= core->right_hand[i * SIDES + side] * core->right_hand[i * SIDES + side];
    for (size_t lane = 0; lane < count; lane++)
        deviations[lane] = lns_round_to_grid(sqrt(fmax(left[lane], 0.0)), LNS_OUTPUT_BITS);
}

void lns_gp_core_deviations(lns_gp_core *core, size_t count, double *deviations) {
    if (!core->has_weights)
        fill_table(core, core->weight, core->weights);
    core->has_weights = true;
    for (size_t lane = 0; lane < count; lane += LNS_FACTOR_LANES) {
        size_t some = count - lane < LNS_FACTOR_LANES ? count - lane : LNS_FACTOR_LANES;
        find_deviations(core, lane, some, deviations + lane);
    }
}
