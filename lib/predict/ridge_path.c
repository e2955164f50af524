/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/ridge_path.h"
#include "num/factor.h"
#include "num/vector.h"
#include "num/lapack.h"
#include "num/stats.h"

#include <math.h>
#include <string.h>

/* Penalties tried, as multiples of the mean squared length of the centred rows: the share of noise
 * in the target for which each is right. Largest first, which wins ties. */
static const double penalty_shares[] = {10.0, 3.0,  1.0,  0.3,  0.1,  0.03, 0.01,
                                        3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5};
enum { PENALTIES = sizeof penalty_shares / sizeof penalty_shares[0] };

/* Directions below this share of the largest are taken for zero: features that depend on others. */
static const double smallest_direction = 1e-9;

void lns_ridge_path_free(lns_ridge_path *path) {
    if (!path->context)
        return;
    lns_free(path->context, path->mean);
    lns_free(path->context, path->centred);
    lns_free(path->context, path->columns);
    lns_free(path->context, path->gram);
    lns_free(path->context, path->directions);
    lns_free(path->context, path->squares);
    lns_free(path->context, path->strengths);
    lns_free(path->context, path->factor);
    lns_free(path->context, path->whitened);
    memset(path, 0, sizeof *path);
}

/* -- features ---------------------------------------------------------------------------------- */

static void put_features(const lns_training *training, size_t *index, double *value,
                         lns_ridge_path *path) {
    const lns_encoding *encoding = training->encoding;
    for (size_t row = 0; row < training->rows; row++) {
        const uint16_t *states = training->states + row * encoding->variables;
        size_t count = lns_encoding_features(encoding, states, index, value);
        for (size_t k = 0; k < count; k++)
            path->centred[row * path->stride + index[k]] = value[k];
    }
}

static void centre(lns_ridge_path *path) {
    for (size_t row = 0; row < path->rows; row++)
        for (size_t f = 0; f < path->features; f++)
            path->mean[f] += path->centred[row * path->stride + f];
    for (size_t f = 0; f < path->features; f++)
        path->mean[f] /= (double)path->rows;
    for (size_t row = 0; row < path->rows; row++)
        for (size_t f = 0; f < path->features; f++) {
            double *element = &path->centred[row * path->stride + f];
            *element -= path->mean[f];
            path->columns[f * path->wide + row] = *element;
        }
}

/* Zeros, with a row of lanes behind the end. */
static double *make_matrix(linas_context *context, size_t rows, size_t stride) {
    return lns_alloc_zero(context, rows + 1, stride * sizeof(double));
}

static linas_status fill_features(lns_ridge_path *path, const lns_training *training) {
    linas_context *context = path->context;
    size_t variables = training->encoding->variables;
    size_t *index = lns_alloc(context, variables, 2 * sizeof *index);
    double *value = lns_alloc(context, variables, 2 * sizeof *value);
    path->centred = make_matrix(context, path->rows, path->stride);
    path->columns = make_matrix(context, path->features, path->wide);
    path->mean = lns_alloc_zero(context, path->features, sizeof *path->mean);
    bool enough = index && value && path->centred && path->columns && path->mean;
    if (enough) {
        put_features(training, index, value, path);
        centre(path);
    }
    lns_free(context, index);
    lns_free(context, value);
    return enough ? LINAS_OK : lns_no_memory(context);
}

/* -- factorisation ----------------------------------------------------------------------------- */

static void fill_gram(lns_ridge_path *path) {
    size_t order = path->order, stride = lns_factor_stride(order);
    const lns_columns sides[] = {{path->centred, path->stride, path->features},
                                 {path->columns, path->wide, path->rows}};
    for (size_t row = 0; row < path->rows; row++) {
        const double *own = path->centred + row * path->stride;
        path->mean_square += lns_dot(own, own, path->features) / (double)path->rows;
    }
    lns_factor_subtract_square(&sides[path->by_rows], path->by_rows ? path->features : path->rows,
                               path->gram, stride);
    for (size_t a = 0; a < order; a++)
        for (size_t b = a; b < order; b++)
            path->gram[b * stride + a] = path->gram[a * stride + b] =
                0.0 - path->gram[a * stride + b];
}

/* Keeps the strong end of the ascending eigenvalues; returns how many weak ones are left out. */
static size_t drop_weak(lns_ridge_path *path) {
    double *values = path->strengths;
    size_t weak = 0;
    double limit = path->order > 0 ? values[path->order - 1] * smallest_direction : 0.0;
    while (weak < path->order && values[weak] <= fmax(limit, 1e-12))
        weak++;
    path->rank = path->order - weak;
    memmove(values, values + weak, path->rank * sizeof *values);
    return weak;
}

/* From the Gram matrix's eigenvectors v: v itself, or X v / sqrt(s) if it was the features'. */
static void fill_directions(lns_ridge_path *path, double *vectors) {
    for (size_t k = 0; k < path->rank && !path->by_rows; k++)
        lns_scale(vectors + k * path->order, 1.0 / sqrt(path->strengths[k]), path->order);
    for (size_t row = 0; row < path->rows; row++)
        for (size_t k = 0; k < path->rank; k++) {
            const double *vector = vectors + k * path->order;
            const double *own = path->centred + row * path->stride;
            double element = path->by_rows ? vector[row] : lns_dot(own, vector, path->features);
            path->directions[row * path->rank + k] = element;
            path->squares[row * path->rank + k] = element * element;
        }
}

/* The Gram matrix without the room between its rows. */
static double *copy_gram(const lns_ridge_path *path) {
    size_t order = path->order, stride = lns_factor_stride(order);
    double *copy = lns_alloc(path->context, order * order, sizeof *copy);
    for (size_t row = 0; copy && row < order; row++)
        memcpy(copy + row * order, path->gram + row * stride, order * sizeof *copy);
    return copy;
}

static linas_status decompose(lns_ridge_path *path) {
    linas_context *context = path->context;
    double *vectors = copy_gram(path);
    path->strengths = lns_alloc(context, path->order, sizeof *path->strengths);
    linas_status status = vectors && path->strengths ? LINAS_OK : lns_no_memory(context);
    if (status == LINAS_OK)
        status = lns_eigen_symmetric(context, vectors, path->order, path->strengths);
    if (status == LINAS_OK) {
        size_t weak = drop_weak(path);
        path->directions = lns_alloc(context, path->rows * path->rank, sizeof(double));
        path->squares = lns_alloc(context, path->rows * path->rank, sizeof(double));
        if (path->directions && path->squares)
            fill_directions(path, vectors + weak * path->order);
        else
            status = lns_no_memory(context);
    }
    lns_free(context, vectors);
    return status;
}

static linas_status factorise(lns_ridge_path *path, const lns_training *training) {
    linas_context *context = path->context;
    if (path->order > LNS_LAPACK_MAX_ORDER)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE,
                        "ridge on %zu rows of %zu features: the smaller number is limited to %d",
                        path->rows, path->features, (int)LNS_LAPACK_MAX_ORDER);
    LNS_TRY(fill_features(path, training));
    size_t order = lns_factor_order(path->order), stride = lns_factor_stride(path->order);
    path->gram = make_matrix(context, order, stride);
    path->factor = make_matrix(context, order, stride);
    path->whitened = make_matrix(context, order, path->wide);
    if (!path->gram || !path->factor || !path->whitened)
        return lns_no_memory(context);
    fill_gram(path);
    return decompose(path);
}

linas_status lns_ridge_path_init(lns_ridge_path *path, const lns_training *training) {
    memset(path, 0, sizeof *path);
    path->context = training->context;
    path->rows = training->rows;
    path->features = training->encoding->features;
    path->stride = lns_factor_order(path->features);
    path->wide = lns_factor_order(path->rows);
    path->by_rows = path->features > path->rows;
    path->order = path->by_rows ? path->rows : path->features;
    linas_status status = factorise(path, training);
    if (status != LINAS_OK)
        lns_ridge_path_free(path);
    return status;
}

/* -- the path ---------------------------------------------------------------------------------- */

static double mean_of(const double *z, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += z[i];
    return sum / (double)n;
}

static void project(const lns_ridge_path *path, const double *z, double mean, double *projection) {
    memset(projection, 0, path->rank * sizeof *projection);
    for (size_t i = 0; i < path->rows; i++) {
        const double *direction = path->directions + i * path->rank;
        for (size_t k = 0; k < path->rank; k++)
            projection[k] += direction[k] * (z[i] - mean);
    }
}

/* Mean squared leave-one-out residual, e_i / (1 - h_i); `kept` is the share of each direction that
 * the penalty keeps, `shrunk` what it leaves of the projection. */
static double leave_one_out(const lns_ridge_path *path, const double *z, double mean,
                            const double *kept, const double *shrunk) {
    double sum = 0.0;
    for (size_t i = 0; i < path->rows; i++) {
        double fitted = mean + lns_dot(path->directions + i * path->rank, shrunk, path->rank);
        double leverage =
            1.0 / (double)path->rows + lns_dot(path->squares + i * path->rank, kept, path->rank);
        double deleted = (z[i] - fitted) / fmax(1.0 - leverage, 1e-9);
        sum += deleted * deleted;
    }
    return sum / (double)path->rows;
}

linas_status lns_ridge_path_penalty(const lns_ridge_path *path, const double *z, double *penalty) {
    double *projection = lns_alloc(path->context, path->rank, 3 * sizeof *projection);
    if (!projection)
        return lns_no_memory(path->context);
    double *kept = projection + path->rank, *shrunk = kept + path->rank;
    double mean = mean_of(z, path->rows), best_error = INFINITY;
    project(path, z, mean, projection);
    *penalty = penalty_shares[0] * path->mean_square;
    for (size_t p = 0; p < PENALTIES; p++) {
        double tried = penalty_shares[p] * path->mean_square;
        for (size_t k = 0; k < path->rank; k++) {
            kept[k] = path->strengths[k] / (path->strengths[k] + tried);
            shrunk[k] = kept[k] * projection[k];
        }
        double error = leave_one_out(path, z, mean, kept, shrunk);
        /* Better beyond doubt, whatever the last bits. */
        if (error < best_error * (1.0 - 1e-9)) {
            best_error = error;
            *penalty = tried;
        }
    }
    lns_free(path->context, projection);
    return LINAS_OK;
}
