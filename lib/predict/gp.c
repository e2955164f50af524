/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/gp.h"
#include "num/clones.h"
#include "num/factor.h"
#include "num/lanes.h"
#include "num/minimize.h"
#include "num/stats.h"
#include "num/vector.h"

#include <math.h>
#include <string.h>

/* Log-normal priors: centre and deviation of the logarithm. The centres of the weights and lengths
 * share a fixed total among the features, so that they mean the same in every space. */
static const double weight_total = 1.0, weight_spread = 1.5;
static const double length_total = 3.0, length_spread = 1.5;
static const double interaction_centre = 0.5, interaction_spread = 1.5;
static const double noise_centre = 1e-3, noise_spread = 2.0;
static const double jitter = 1e-8;

size_t lns_gp_parameter_count(const lns_gp_features *features) {
    return 2 * features->count + 2;
}

/* Last bits of log() differ between processors. */
static double rounded_log(double x) {
    return lns_round_to_grid(log(x), 40);
}

void lns_gp_start(const lns_gp_features *features, double *parameters) {
    double share = (double)features->count;
    for (size_t i = 0; i < features->count; i++) {
        parameters[i] = rounded_log(weight_total / share);
        parameters[features->count + i] = rounded_log(length_total / share);
    }
    parameters[2 * features->count] = rounded_log(interaction_centre);
    parameters[2 * features->count + 1] = rounded_log(noise_centre);
}

/* -- distances --------------------------------------------------------------------------------- */

/* A line holds the distances of one code of a feature from every row, in units of 1 /
 * LNS_DISTANCE_ONE; lines of codes that no row has are left out. */
enum { BLOCK = 16, COLUMNS = 64 };

typedef struct line_table {
    linas_context *context;
    size_t rows;
    size_t features;
    size_t stride; /* of a line: the rows, rounded up to whole blocks */
    size_t count;
    size_t *offset; /* rows x features: where the row's own lines begin */
    double *distance;
} line_table;

static size_t whole_blocks(size_t n) {
    return (n + BLOCK - 1) / BLOCK * BLOCK;
}

static void free_lines(line_table *lines) {
    lns_free(lines->context, lines->offset);
    lns_free(lines->context, lines->distance);
}

/* Numbers the lines; `number` has a place for every code. */
static void number_lines(line_table *lines, const lns_gp_rows *rows, size_t *number) {
    const lns_gp_features *features = rows->features;
    for (size_t i = 0; i < features->codes; i++)
        number[i] = SIZE_MAX;
    lines->count = 0;
    for (size_t i = 0; i < rows->count; i++)
        for (size_t v = 0; v < features->count; v++) {
            size_t *own =
                &number[features->list[v].first_code + rows->codes[i * features->count + v]];
            if (*own == SIZE_MAX)
                *own = lines->count++;
            lines->offset[i * features->count + v] = *own * lines->stride;
        }
}

static void fill_lines(line_table *lines, const lns_gp_rows *rows, const size_t *number) {
    const lns_gp_features *features = rows->features;
    for (size_t v = 0; v < features->count; v++)
        for (size_t code = 0; code < features->list[v].codes; code++) {
            size_t own = number[features->list[v].first_code + code];
            if (own == SIZE_MAX)
                continue;
            const uint8_t *from = lns_gp_features_line(features, v, (uint16_t)code);
            double *line = lines->distance + own * lines->stride;
            for (size_t j = 0; j < rows->count; j++)
                line[j] = (double)from[rows->codes[j * features->count + v]];
            memset(line + rows->count, 0, (lines->stride - rows->count) * sizeof *line);
        }
}

static linas_status make_lines(line_table *lines, const lns_gp_rows *rows) {
    linas_context *context = rows->features->context;
    lines->context = context;
    lines->rows = rows->count;
    lines->features = rows->features->count;
    lines->stride = whole_blocks(rows->count);
    size_t *number = lns_alloc(context, rows->features->codes, sizeof *number);
    lines->offset = lns_alloc(context, rows->count * lines->features, sizeof *lines->offset);
    if (number && lines->offset) {
        number_lines(lines, rows, number);
        lines->distance = lns_alloc(context, lines->count * lines->stride, sizeof *lines->distance);
    }
    if (lines->distance)
        fill_lines(lines, rows, number);
    lns_free(context, number);
    return lines->distance ? LINAS_OK : lns_no_memory(context);
}

/* -- kernel matrix ----------------------------------------------------------------------------- */

/* The parameters in the units of the sums. */
typedef struct kernel {
    double *weight; /* per feature and unit of distance */
    double *length; /* likewise */
    double total;   /* of the weights, per distance of 1 */
    double interaction;
    double noise;
} kernel;

static void set_kernel(kernel *k, const double *parameters, size_t features) {
    k->total = 0.0;
    for (size_t v = 0; v < features; v++) {
        double weight = lns_exp(parameters[v]);
        k->total += weight;
        k->weight[v] = weight / LNS_DISTANCE_ONE;
        k->length[v] = lns_exp(parameters[features + v]) / LNS_DISTANCE_ONE;
    }
    k->interaction = lns_exp(parameters[2 * features]);
    k->noise = lns_exp(parameters[2 * features + 1]);
}

/* Weighted distances of one row, given by its lines, from columns `from` to `to`, whole blocks:
 * -sum of w d and -sum of l d. */
LNS_CLONES
static void sum_distances(const double *distance, const size_t *offset, size_t features,
                          const kernel *k, size_t from, size_t to, double *additive,
                          double *exponent) {
    for (size_t j = from; j < to; j += BLOCK) {
        lns_f64x4 a[4] = {{0.0}}, x[4] = {{0.0}};
        for (size_t v = 0; v < features; v++) {
            const double *line = distance + offset[v] + j;
            for (size_t q = 0; q < 4; q++) {
                lns_f64x4 d;
                memcpy(&d, line + 4 * q, sizeof d);
                a[q] -= k->weight[v] * d;
                x[q] -= k->length[v] * d;
            }
        }
        for (size_t q = 0; q < 4; q++) {
            memcpy(additive + j - from + 4 * q, &a[q], sizeof a[q]);
            memcpy(exponent + j - from + 4 * q, &x[q], sizeof x[q]);
        }
    }
}

/* Columns `from` to `to` of row i of the matrix, and of its interaction part unless that is NULL.
 */
static void fill_columns(const line_table *lines, const kernel *k, size_t i, size_t from, size_t to,
                         double *matrix, double *interaction) {
    double additive[COLUMNS], exponent[COLUMNS];
    size_t stride = lns_factor_stride(lines->rows);
    sum_distances(lines->distance, lines->offset + i * lines->features, lines->features, k, from,
                  to, additive, exponent);
    lns_exp_negative(exponent, to - from);
    for (size_t j = from; j < to && j < lines->rows; j++) {
        double part = k->interaction * exponent[j - from];
        matrix[i * stride + j] = (k->total + additive[j - from]) + part;
        if (interaction)
            interaction[i * stride + j] = part;
    }
}

/* The upper triangle of the kernel matrix, a range of columns at a time, so that their distances
 * stay in the cache. */
static void fill_matrix(const line_table *lines, const kernel *k, double diagonal, double *matrix,
                        double *interaction) {
    size_t n = lines->rows, stride = lns_factor_stride(n);
    for (size_t first = 0; first < n; first += COLUMNS) {
        size_t end = first + COLUMNS < lines->stride ? first + COLUMNS : lines->stride;
        for (size_t i = 0; i < n && i < end; i++) {
            size_t from = i / BLOCK * BLOCK > first ? i / BLOCK * BLOCK : first;
            fill_columns(lines, k, i, from, end, matrix, interaction);
        }
    }
    for (size_t i = 0; i < n; i++)
        matrix[i * stride + i] = diagonal;
}

static double prior_variance(const kernel *k) {
    return k->total + k->interaction;
}

static double diagonal_of(const kernel *k, double more) {
    return prior_variance(k) + k->noise + more * prior_variance(k);
}

/* -- likelihood -------------------------------------------------------------------------------- */

/* Rows whose gradients are summed in single precision. */
enum { FEW_ROWS = 8 };

typedef struct fit_work {
    const lns_gp_features *features;
    const double *targets;
    size_t rows;
    line_table lines;
    kernel kernel;
    float *distance; /* the lines in single precision */
    double *factor;
    double *interaction;
    double *inverted;
    double *inner; /* alpha alpha' - K^-1 */
    double *alpha;
    float *plain_row;       /* one row of that, from its diagonal on */
    float *interaction_row; /* the same times the interaction part */
    float *few;             /* features x 2 x 8: sums over a few rows */
    double *sums;           /* features x 2: sums over all of them */
    double *minimizer;
} fit_work;

static double add_prior(double *gradient, const double *parameters, size_t first, size_t count,
                        double centre, double spread) {
    double value = 0.0, middle = rounded_log(centre);
    for (size_t i = first; i < first + count; i++) {
        double z = (parameters[i] - middle) / spread;
        value += 0.5 * z * z;
        gradient[i] += z / spread;
    }
    return value;
}

static double add_priors(const lns_gp_features *features, const double *parameters,
                         double *gradient) {
    size_t n = features->count;
    double share = (double)n;
    return add_prior(gradient, parameters, 0, n, weight_total / share, weight_spread) +
           add_prior(gradient, parameters, n, n, length_total / share, length_spread) +
           add_prior(gradient, parameters, 2 * n, 1, interaction_centre, interaction_spread) +
           add_prior(gradient, parameters, 2 * n + 1, 1, noise_centre, noise_spread);
}

static void fill_inner(fit_work *work) {
    size_t n = work->rows, stride = lns_factor_stride(n);
    lns_factor_invert(work->factor, n, work->inverted);
    memset(work->inner, 0, lns_factor_order(n) * stride * sizeof *work->inner);
    for (size_t i = 0; i < n; i++)
        lns_add_scaled(work->inner + i * stride, work->alpha, work->alpha[i], n);
    lns_factor_subtract_inverse(work->inverted, n, work->inner);
}

/* Row i right of the diagonal as floats, zero in the rest of its blocks. */
static void take_row(fit_work *work, size_t i) {
    size_t stride = lns_factor_stride(work->rows), from = i / BLOCK * BLOCK;
    const double *inner = work->inner + i * stride, *part = work->interaction + i * stride;
    for (size_t j = from; j <= i; j++)
        work->plain_row[j] = work->interaction_row[j] = 0.0F;
    for (size_t j = i + 1; j < work->rows; j++) {
        work->plain_row[j] = (float)inner[j];
        work->interaction_row[j] = (float)(inner[j] * part[j]);
    }
    for (size_t j = work->rows; j < work->lines.stride; j++)
        work->plain_row[j] = work->interaction_row[j] = 0.0F;
}

/* Adds one row's products with the distances. */
LNS_CLONES
static void add_products(const float *distance, const size_t *offset, size_t features,
                         const float *plain, const float *interaction, size_t from, size_t to,
                         float *few) {
    for (size_t j = from; j < to; j += BLOCK) {
        lns_f32x8 a[2], x[2];
        memcpy(a, plain + j, sizeof a);
        memcpy(x, interaction + j, sizeof x);
        for (size_t v = 0; v < features; v++) {
            lns_f32x8 d[2], s, t;
            memcpy(d, distance + offset[v] + j, sizeof d);
            memcpy(&s, few + v * BLOCK, sizeof s);
            memcpy(&t, few + v * BLOCK + 8, sizeof t);
            s += a[0] * d[0] + a[1] * d[1];
            t += x[0] * d[0] + x[1] * d[1];
            memcpy(few + v * BLOCK, &s, sizeof s);
            memcpy(few + v * BLOCK + 8, &t, sizeof t);
        }
    }
}

static void flush(fit_work *work) {
    size_t n = work->features->count;
    for (size_t s = 0; s < 2 * n; s++) {
        const float *f = work->few + s * 8;
        work->sums[s] +=
            (double)(((f[0] + f[4]) + (f[2] + f[6])) + ((f[1] + f[5]) + (f[3] + f[7])));
    }
    memset(work->few, 0, n * BLOCK * sizeof *work->few);
}

static double sum_of(const float *values, size_t from, size_t to) {
    double sum = 0.0;
    for (size_t j = from; j < to; j++)
        sum += (double)values[j];
    return sum;
}

/* Sums over the pairs of rows of inner_ij, times d_ij per feature, and both times the interaction
 * part; `whole` gets the two that have no distance. */
static void sum_pairs(fit_work *work, double *whole) {
    size_t n = work->features->count;
    memset(work->sums, 0, 2 * n * sizeof *work->sums);
    memset(work->few, 0, n * BLOCK * sizeof *work->few);
    whole[0] = whole[1] = 0.0;
    for (size_t i = 0; i < work->rows; i++) {
        size_t from = i / BLOCK * BLOCK;
        take_row(work, i);
        add_products(work->distance, work->lines.offset + i * n, n, work->plain_row,
                     work->interaction_row, from, work->lines.stride, work->few);
        whole[0] += sum_of(work->plain_row, i + 1, work->rows);
        whole[1] += sum_of(work->interaction_row, i + 1, work->rows);
        if (i % FEW_ROWS == FEW_ROWS - 1 || i + 1 == work->rows)
            flush(work);
    }
}

/* Gradient of the negative log marginal likelihood: -1/2 sum over i, j of
 * (alpha alpha' - K^-1)_ij dK_ij (Rasmussen and Williams 2006, equation 5.9). Off-diagonal pairs
 * stand twice in that sum, hence no half here. */
static void fill_gradient(fit_work *work, double *gradient) {
    size_t n = work->features->count, stride = lns_factor_stride(work->rows);
    const kernel *k = &work->kernel;
    double whole[2], trace = 0.0;
    fill_inner(work);
    sum_pairs(work, whole);
    for (size_t i = 0; i < work->rows; i++)
        trace += work->inner[i * stride + i];
    for (size_t v = 0; v < n; v++) {
        double weight = k->weight[v] * LNS_DISTANCE_ONE;
        gradient[v] =
            k->weight[v] * work->sums[2 * v] - weight * (whole[0] + 0.5 * trace * (1.0 + jitter));
        gradient[n + v] = k->length[v] * work->sums[2 * v + 1];
    }
    gradient[2 * n] = -(whole[1] + 0.5 * trace * k->interaction * (1.0 + jitter));
    gradient[2 * n + 1] = -0.5 * trace * k->noise;
}

static double negative_log_likelihood(void *user_data, const double *parameters, double *gradient) {
    fit_work *work = user_data;
    set_kernel(&work->kernel, parameters, work->features->count);
    fill_matrix(&work->lines, &work->kernel, diagonal_of(&work->kernel, jitter), work->factor,
                work->interaction);
    if (!lns_factor(work->factor, work->rows))
        return (double)INFINITY;
    lns_gp_weigh(work->factor, work->targets, work->rows, work->alpha);
    double value = 0.5 * lns_dot(work->targets, work->alpha, work->rows) +
                   lns_round_to_grid(lns_factor_log(work->factor, work->rows), 30);
    fill_gradient(work, gradient);
    return value + add_priors(work->features, parameters, gradient);
}

static void free_work(fit_work *work) {
    linas_context *context = work->features->context;
    free_lines(&work->lines);
    lns_free(context, work->kernel.weight);
    lns_free(context, work->distance);
    lns_free(context, work->factor);
    lns_free(context, work->plain_row);
    lns_free(context, work->few);
    lns_free(context, work->alpha);
}

/* Arrays of one type lie behind one another. */
static bool allocate_work(fit_work *work) {
    linas_context *context = work->features->context;
    size_t n = work->features->count, parameters = lns_gp_parameter_count(work->features);
    size_t matrix = lns_factor_order(work->rows) * lns_factor_stride(work->rows);
    work->kernel.weight = lns_alloc(context, 2 * n, sizeof(double));
    work->distance =
        lns_alloc(context, work->lines.count * work->lines.stride, sizeof *work->distance);
    work->factor = lns_alloc_zero(context, matrix, 4 * sizeof(double));
    work->plain_row = lns_alloc(context, work->lines.stride, 2 * sizeof(float));
    work->few = lns_alloc(context, n * BLOCK, sizeof(float));
    work->alpha =
        lns_alloc(context, work->rows + 2 * n + lns_minimize_workspace(parameters) + parameters,
                  sizeof(double));
    if (!work->kernel.weight || !work->distance || !work->factor || !work->plain_row ||
        !work->few || !work->alpha)
        return false;
    work->kernel.length = work->kernel.weight + n;
    work->interaction = work->factor + matrix;
    work->inverted = work->interaction + matrix;
    work->inner = work->inverted + matrix;
    work->interaction_row = work->plain_row + work->lines.stride;
    work->sums = work->alpha + work->rows;
    work->minimizer = work->sums + 2 * n;
    return true;
}

static linas_status begin_work(fit_work *work, const lns_gp_rows *rows) {
    memset(work, 0, sizeof *work);
    work->features = rows->features;
    work->rows = rows->count;
    work->targets = rows->targets;
    LNS_TRY(make_lines(&work->lines, rows));
    if (!allocate_work(work))
        return lns_no_memory(rows->features->context);
    for (size_t i = 0; i < work->lines.count * work->lines.stride; i++)
        work->distance[i] = (float)work->lines.distance[i];
    return LINAS_OK;
}

linas_status lns_gp_learn(const lns_gp_rows *rows, int steps, double *parameters,
                          double *unlikelihood) {
    fit_work work;
    size_t count = lns_gp_parameter_count(rows->features);
    linas_status status = begin_work(&work, rows);
    double reached = 0.0;
    if (status == LINAS_OK)
        reached =
            lns_minimize(negative_log_likelihood, &work, parameters, count, steps, work.minimizer);
    if (unlikelihood)
        *unlikelihood = reached;
    free_work(&work);
    return status;
}

/* -- conditioning ------------------------------------------------------------------------------ */

/* Distances are rounded to a byte, and so the kernel may lack what little keeps the matrix of an
 * exact measure positive: the diagonal then grows, a hundredfold each time. */
enum { MOST_JITTER = 3 };

size_t lns_gp_matrix_size(size_t rows) {
    return lns_factor_order(rows) * lns_factor_stride(rows);
}

static bool factor_with(const line_table *lines, const kernel *k, double more, double *factor) {
    fill_matrix(lines, k, diagonal_of(k, more), factor, NULL);
    return lns_factor(factor, lines->rows);
}

static linas_status factor_rows(const lns_gp_rows *rows, const line_table *lines, const kernel *k,
                                double *factor) {
    double more = jitter;
    for (int tries = 0; tries <= MOST_JITTER; tries++, more *= 100.0)
        if (factor_with(lines, k, more, factor))
            return LINAS_OK;
    return lns_fail(rows->features->context, LINAS_ERROR_NUMERIC,
                    "the Gaussian process's kernel matrix of %zu rows is singular", rows->count);
}

linas_status lns_gp_factor(const lns_gp_rows *rows, const double *parameters, double *factor) {
    linas_context *context = rows->features->context;
    size_t n = rows->features->count;
    line_table lines = {0};
    kernel k = {.weight = lns_alloc(context, 2 * n, sizeof(double))};
    linas_status status = k.weight ? make_lines(&lines, rows) : lns_no_memory(context);
    if (status == LINAS_OK) {
        k.length = k.weight + n;
        set_kernel(&k, parameters, n);
        status = factor_rows(rows, &lines, &k, factor);
    }
    if (lines.context)
        free_lines(&lines);
    lns_free(context, k.weight);
    return status;
}

void lns_gp_weigh(const double *factor, const double *targets, size_t rows, double *alpha) {
    memcpy(alpha, targets, rows * sizeof *alpha);
    lns_factor_solve(factor, rows, alpha);
}

linas_status lns_gp_precision(linas_context *context, const double *factor, size_t rows,
                              double *precision) {
    double *inverted = lns_alloc(context, lns_gp_matrix_size(rows), sizeof *inverted);
    if (!inverted)
        return lns_no_memory(context);
    lns_factor_invert(factor, rows, inverted);
    lns_factor_diagonal(inverted, rows, precision);
    lns_free(context, inverted);
    return LINAS_OK;
}

void lns_gp_leave_one_out(const double *targets, const double *alpha, const double *precision,
                          size_t rows, double *means) {
    for (size_t i = 0; i < rows; i++)
        means[i] = targets[i] - alpha[i] / precision[i];
}
