/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/gp.h"
#include "num/cholesky.h"
#include "num/minimize.h"
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

void lns_gp_start(const lns_gp_features *features, double *parameters) {
    double share = (double)features->count;
    for (size_t i = 0; i < features->count; i++) {
        parameters[i] = log(weight_total / share);
        parameters[features->count + i] = log(length_total / share);
    }
    parameters[2 * features->count] = log(interaction_centre);
    parameters[2 * features->count + 1] = log(noise_centre);
}

/* -- likelihood -------------------------------------------------------------------------------- */

/* Pairs p = (i, j), j < i, in row order; what does not change while the hyper-parameters move. */
typedef struct fit_work {
    const lns_gp_features *features;
    size_t rows;
    size_t pairs;
    const double *targets;
    uint8_t *pair_distances; /* features x pairs */
    double *additive;        /* pairs */
    double *interaction;     /* pairs */
    double *inner;           /* pairs: alpha alpha' - K^-1 */
    double *factor;          /* rows x rows */
    double *inverse;
    double *scratch;
    double *alpha;
    double *minimizer;
} fit_work;

static void fill_pair_distances(fit_work *work, const uint16_t *codes) {
    size_t n = work->features->count;
    uint8_t *out = work->pair_distances;
    for (size_t v = 0; v < n; v++)
        for (size_t i = 1; i < work->rows; i++) {
            const uint8_t *line = lns_gp_features_line(work->features, v, codes[i * n + v]);
            for (size_t j = 0; j < i; j++)
                *out++ = line[codes[j * n + v]];
        }
}

static double weight_sum(const double *parameters, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += exp(parameters[i]);
    return sum;
}

static void fill_kernel(fit_work *work, const double *parameters) {
    size_t n = work->features->count;
    double total = weight_sum(parameters, n), b = exp(parameters[2 * n]);
    for (size_t p = 0; p < work->pairs; p++) {
        work->additive[p] = total;
        work->interaction[p] = 0.0;
    }
    for (size_t v = 0; v < n; v++) {
        const uint8_t *distances = work->pair_distances + v * work->pairs;
        lns_add_scaled_bytes(work->additive, distances, -exp(parameters[v]) / LNS_DISTANCE_ONE,
                             work->pairs);
        lns_add_scaled_bytes(work->interaction, distances,
                             -exp(parameters[n + v]) / LNS_DISTANCE_ONE, work->pairs);
    }
    lns_exp_negative(work->interaction, work->pairs);
    for (size_t p = 0; p < work->pairs; p++)
        work->interaction[p] *= b;
    double diagonal = total + b + exp(parameters[2 * n + 1]) + jitter * (total + b);
    size_t p = 0;
    for (size_t i = 0; i < work->rows; i++) {
        double *row = work->factor + i * work->rows;
        for (size_t j = 0; j < i; j++, p++)
            row[j] = work->additive[p] + work->interaction[p];
        row[i] = diagonal;
    }
}

static bool solve(fit_work *work) {
    if (!lns_cholesky(work->factor, 0, work->rows, work->rows))
        return false;
    memcpy(work->alpha, work->targets, work->rows * sizeof *work->alpha);
    lns_cholesky_forward(work->factor, work->rows, work->rows, work->alpha);
    lns_cholesky_backward(work->factor, work->rows, work->rows, work->alpha);
    return true;
}

static double add_prior(double *gradient, const double *parameters, size_t first, size_t count,
                        double centre, double spread) {
    double value = 0.0;
    for (size_t i = first; i < first + count; i++) {
        double z = (parameters[i] - log(centre)) / spread;
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

/* Gradient of the negative log marginal likelihood: -1/2 sum over i, j of
 * (alpha alpha' - K^-1)_ij dK_ij (Rasmussen and Williams 2006, equation 5.9). Off-diagonal pairs
 * stand twice in that sum, hence no half here. */
static void fill_gradient(fit_work *work, const double *parameters, double *gradient) {
    size_t n = work->features->count, rows = work->rows;
    lns_cholesky_inverse(work->factor, rows, rows, work->inverse, work->scratch);
    double trace = 0.0, plain_sum = 0.0, interaction_sum = 0.0;
    size_t p = 0;
    for (size_t i = 0; i < rows; i++) {
        const double *row = work->inverse + i * rows;
        for (size_t j = 0; j < i; j++, p++) {
            work->inner[p] = work->alpha[i] * work->alpha[j] - row[j];
            plain_sum += work->inner[p];
        }
        trace += work->alpha[i] * work->alpha[i] - row[i];
    }
    for (size_t v = 0; v < n; v++) {
        const uint8_t *distances = work->pair_distances + v * work->pairs;
        double far = lns_dot_bytes(work->inner, distances, work->pairs) / LNS_DISTANCE_ONE;
        gradient[v] = -exp(parameters[v]) * (plain_sum - far + 0.5 * trace * (1.0 + jitter));
    }
    for (p = 0; p < work->pairs; p++) {
        work->inner[p] *= work->interaction[p];
        interaction_sum += work->inner[p];
    }
    for (size_t v = 0; v < n; v++) {
        const uint8_t *distances = work->pair_distances + v * work->pairs;
        double far = lns_dot_bytes(work->inner, distances, work->pairs) / LNS_DISTANCE_ONE;
        gradient[n + v] = exp(parameters[n + v]) * far;
    }
    gradient[2 * n] = -(interaction_sum + 0.5 * trace * exp(parameters[2 * n]) * (1.0 + jitter));
    gradient[2 * n + 1] = -0.5 * trace * exp(parameters[2 * n + 1]);
}

static double negative_log_likelihood(void *user_data, const double *parameters, double *gradient) {
    fit_work *work = user_data;
    fill_kernel(work, parameters);
    if (!solve(work))
        return (double)INFINITY;
    double value = 0.5 * lns_dot(work->targets, work->alpha, work->rows);
    for (size_t i = 0; i < work->rows; i++)
        value += log(work->factor[i * work->rows + i]);
    fill_gradient(work, parameters, gradient);
    return value + add_priors(work->features, parameters, gradient);
}

static void free_work(fit_work *work, linas_context *context) {
    lns_free(context, work->pair_distances);
    lns_free(context, work->additive);
    lns_free(context, work->interaction);
    lns_free(context, work->inner);
    lns_free(context, work->inverse);
    lns_free(context, work->scratch);
    lns_free(context, work->minimizer);
    lns_free(context, work->factor);
    lns_free(context, work->alpha);
}

static bool allocate_work(fit_work *work, linas_context *context) {
    size_t square = work->rows * work->rows;
    work->pair_distances = lns_alloc(context, work->pairs, work->features->count);
    work->additive = lns_alloc(context, work->pairs, sizeof(double));
    work->interaction = lns_alloc(context, work->pairs, sizeof(double));
    work->inner = lns_alloc(context, work->pairs, sizeof(double));
    work->inverse = lns_alloc(context, square, sizeof(double));
    work->scratch = lns_alloc(context, square, sizeof(double));
    work->factor = lns_alloc_zero(context, square, sizeof(double));
    work->alpha = lns_alloc(context, work->rows, sizeof(double));
    work->minimizer = lns_alloc(context,
                                lns_minimize_workspace(lns_gp_parameter_count(work->features)) +
                                    lns_gp_parameter_count(work->features),
                                sizeof(double));
    return work->pair_distances && work->additive && work->interaction && work->inner &&
           work->inverse && work->scratch && work->factor && work->alpha && work->minimizer;
}

static linas_status begin_work(fit_work *work, const lns_gp_rows *rows) {
    memset(work, 0, sizeof *work);
    work->features = rows->features;
    work->rows = rows->count;
    work->pairs = rows->count * (rows->count - 1) / 2;
    work->targets = rows->targets;
    if (!allocate_work(work, rows->features->context))
        return lns_no_memory(rows->features->context);
    fill_pair_distances(work, rows->codes);
    return LINAS_OK;
}

linas_status lns_gp_learn(const lns_gp_rows *rows, int steps, double *parameters) {
    fit_work work;
    size_t count = lns_gp_parameter_count(rows->features);
    linas_status status = begin_work(&work, rows);
    if (status == LINAS_OK)
        lns_minimize(negative_log_likelihood, &work, parameters, count, steps, work.minimizer);
    free_work(&work, rows->features->context);
    return status;
}

static linas_status singular(const lns_gp_rows *rows) {
    return lns_fail(rows->features->context, LINAS_ERROR_NUMERIC,
                    "the Gaussian process's kernel matrix of %zu rows is singular", rows->count);
}

/* Distances are rounded to a byte, and so the kernel may lack what little keeps the matrix of an
 * exact measure positive: the diagonal then grows, a hundredfold each time. */
enum { MOST_JITTER = 3 };

static bool condition_with(fit_work *work, const double *parameters, int more) {
    size_t n = work->rows;
    fill_kernel(work, parameters);
    for (size_t i = 0; i < n && more > 0; i++)
        work->factor[i * n + i] *= 1.0 + jitter * pow(100.0, more);
    return solve(work);
}

linas_status lns_gp_condition(const lns_gp_rows *rows, const double *parameters, double *factor,
                              double *alpha) {
    fit_work work;
    linas_status status = begin_work(&work, rows);
    if (status == LINAS_OK) {
        bool solved = false;
        for (int more = 0; more <= MOST_JITTER && !solved; more++)
            solved = condition_with(&work, parameters, more);
        status = solved ? LINAS_OK : singular(rows);
    }
    if (status == LINAS_OK) {
        memcpy(factor, work.factor, rows->count * rows->count * sizeof *factor);
        memcpy(alpha, work.alpha, rows->count * sizeof *alpha);
    }
    free_work(&work, rows->features->context);
    return status;
}

linas_status lns_gp_leave_one_out(const lns_gp_rows *rows, const double *factor,
                                  const double *alpha, double *means) {
    linas_context *context = rows->features->context;
    size_t n = rows->count;
    double *inverse = lns_alloc(context, n * n, sizeof *inverse);
    double *scratch = lns_alloc(context, n * n, sizeof *scratch);
    linas_status status = inverse && scratch ? LINAS_OK : lns_no_memory(context);
    if (status == LINAS_OK)
        lns_cholesky_inverse(factor, n, n, inverse, scratch);
    for (size_t i = 0; i < n && status == LINAS_OK; i++)
        means[i] = rows->targets[i] - alpha[i] / inverse[i * n + i];
    lns_free(context, inverse);
    lns_free(context, scratch);
    return status;
}
