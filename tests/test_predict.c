/* SPDX-License-Identifier: Apache-2.0 */
/* Predictors: metrics, target transforms, features, ridge, SVR, the choice between them, stored
 * form and the host's own. */
#define _POSIX_C_SOURCE 200809L /* popen */
#include "io/json.h"
#include "num/rng.h"
#include "num/stats.h"
#include "num/svm_bridge.h"
#include "predict/gp.h"
#include "predict/predict.h"
#include "predict/ridge_path.h"
#include "predict/svr_sum.h"
#include "support.h"

#include <float.h>
#include <libsvm/svm.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lns_rng stream(uint64_t seed) {
    return lns_rng_stream(seed, 2000, 0, 0);
}

static int is_quick(void) {
    const char *quick = getenv("LINAS_TEST_QUICK");
    return quick && strcmp(quick, "1") == 0;
}

enum { MODELS = 4 };
static const int32_t every_model[MODELS] = {LINAS_PREDICTOR_AUTO, LINAS_PREDICTOR_RIDGE,
                                            LINAS_PREDICTOR_SVR, LINAS_PREDICTOR_GP};

/* -- spaces ------------------------------------------------------------------------------------ */

/* Two stages with up to 3 layers each, an ordinal of 9 values, and one that may be inactive. */
enum { SMALL_VARIABLES = 10, RESOLUTION = 8, DILATION = 9 };

static linas_space *small_space(linas_context *context) {
    linas_space *space = NULL;
    int64_t kernels[] = {3, 5, 7}, depths[] = {1, 2, 3};
    int64_t resolutions[] = {128, 136, 144, 152, 160, 168, 176, 184, 192};
    double dilations[] = {1.0, 1.5, 2.0, 4.0, 8.0};
    linas_status status = linas_space_create(context, &space);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "ks", 6, kernels, 3, LINAS_CATEGORICAL);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "d", 2, depths, 3, LINAS_ORDINAL);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "r", 1, resolutions, 9, LINAS_ORDINAL);
    if (status == LINAS_OK)
        status = linas_space_add_real(space, "dilation", 1, dilations, 5, LINAS_ORDINAL);
    for (size_t slot = 0; slot < 6 && status == LINAS_OK; slot++)
        status = linas_space_active_if_above(space, "ks", slot, "d", slot / 3, (double)(slot % 3));
    if (status == LINAS_OK)
        status = linas_space_active_if_above(space, "dilation", 0, "d", 0, 1.0);
    if (status == LINAS_OK)
        return space;
    linas_space_destroy(space);
    return NULL;
}

/* Categories only: SVR then predicts from its table. */
enum { FLAT_VARIABLES = 8 };
static linas_space *flat_space(linas_context *context) {
    linas_space *space = NULL;
    int64_t values[] = {0, 1, 2, 3};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 8, values, 4, LINAS_CATEGORICAL), LINAS_OK);
    return space;
}

static linas_space *ofa_space(linas_context *context, int32_t resolution_order) {
    linas_space *space = NULL;
    int64_t kernels[] = {3, 5, 7}, expansions[] = {3, 4, 6}, depths[] = {2, 3, 4}, sizes[25];
    for (int i = 0; i < 25; i++)
        sizes[i] = 128 + 4 * i;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "ks", 20, kernels, 3, LINAS_CATEGORICAL), 0);
    ck_assert_int_eq(linas_space_add_int(space, "e", 20, expansions, 3, LINAS_CATEGORICAL), 0);
    ck_assert_int_eq(linas_space_add_int(space, "d", 5, depths, 3, LINAS_CATEGORICAL), 0);
    if (resolution_order >= 0)
        ck_assert_int_eq(linas_space_add_int(space, "r", 1, sizes, 25, resolution_order), 0);
    for (size_t slot = 0; slot < 20; slot++) {
        double threshold = (double)(slot % 4);
        ck_assert_int_eq(linas_space_active_if_above(space, "ks", slot, "d", slot / 4, threshold),
                         LINAS_OK);
        ck_assert_int_eq(linas_space_active_if_above(space, "e", slot, "d", slot / 4, threshold),
                         LINAS_OK);
    }
    return space;
}

static void random_genomes(const linas_space *space, lns_rng *rng, size_t rows, int32_t *genomes) {
    size_t variables = linas_space_variables(space);
    for (size_t row = 0; row < rows; row++)
        for (size_t v = 0; v < variables; v++)
            genomes[row * variables + v] =
                (int32_t)lns_rng_below(rng, (uint32_t)linas_space_value_count(space, v));
}

/* A smooth function of the small space's sub-networks, with an interaction. */
static void small_targets(const linas_space *space, const int32_t *genomes, size_t rows,
                          double *targets) {
    for (size_t row = 0; row < rows; row++) {
        int32_t genome[SMALL_VARIABLES];
        uint8_t active[SMALL_VARIABLES];
        linas_space_canonical(space, genomes + row * SMALL_VARIABLES, genome);
        linas_space_active(space, genome, active);
        double sum = 10.0 + 0.4 * genome[RESOLUTION];
        for (int v = 0; v < 6; v++)
            sum += active[v] ? 1.0 + 0.5 * genome[v] * (1 + v % 2) : 0.0;
        sum += active[DILATION] ? 0.2 * genome[DILATION] * genome[0] : 0.0;
        targets[row] = sum;
    }
}

enum { ROWS = 60, FRESH = 200 };

typedef struct small_data {
    linas_context *context;
    linas_space *space;
    int32_t genomes[ROWS * SMALL_VARIABLES];
    double targets[ROWS];
    int32_t fresh[FRESH * SMALL_VARIABLES];
    double truth[FRESH];
} small_data;

static small_data *make_data(uint64_t seed) {
    small_data *data = calloc(1, sizeof *data);
    data->context = test_context();
    data->space = small_space(data->context);
    ck_assert_ptr_nonnull(data->space);
    lns_rng rng = stream(seed);
    random_genomes(data->space, &rng, ROWS, data->genomes);
    random_genomes(data->space, &rng, FRESH, data->fresh);
    small_targets(data->space, data->genomes, ROWS, data->targets);
    small_targets(data->space, data->fresh, FRESH, data->truth);
    return data;
}

static void free_data(small_data *data) {
    linas_space_destroy(data->space);
    linas_context_destroy(data->context);
    free(data);
}

static linas_predictor *make_predictor(const linas_space *space, int32_t model, int32_t target) {
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    options.model = model;
    options.target = target;
    linas_predictor *predictor = NULL;
    ck_assert_int_eq(linas_predictor_create(space, &options, &predictor), LINAS_OK);
    return predictor;
}

static linas_predictor_quality quality_of(const linas_predictor *predictor) {
    linas_predictor_quality quality = LINAS_PREDICTOR_QUALITY_INIT;
    ck_assert_int_eq(linas_predictor_get_quality(predictor, &quality), LINAS_OK);
    return quality;
}

static char *save_text(const linas_predictor *predictor) {
    size_t needed = 0;
    ck_assert_int_eq(linas_predictor_save(predictor, NULL, 0, &needed),
                     LINAS_ERROR_BUFFER_TOO_SMALL);
    char *text = malloc(needed);
    ck_assert_int_eq(linas_predictor_save(predictor, text, needed, NULL), LINAS_OK);
    ck_assert_uint_eq(strlen(text) + 1, needed);
    return text;
}

/* -- metrics ----------------------------------------------------------------------------------- */

START_TEST(mape_and_rmse_by_hand) {
    double truth[] = {100.0, 50.0, 0.0, -10.0}, predicted[] = {101.0, 49.0, 3.0, -12.0};
    ck_assert_double_eq_tol(linas_metric_mape(truth, predicted, 4), (1.0 + 2.0 + 20.0) / 3.0,
                            1e-12);
    ck_assert_double_eq(linas_metric_rmse(truth, predicted, 4), sqrt((1.0 + 1.0 + 9.0 + 4.0) / 4));
    ck_assert_double_eq(linas_metric_rmse(truth, truth, 4), 0.0);
    ck_assert_double_eq(linas_metric_mape(truth, truth, 4), 0.0);
    ck_assert(isnan(linas_metric_mape(truth, predicted, 0)));
    ck_assert(isnan(linas_metric_rmse(truth, predicted, 0)));
    ck_assert(isnan(linas_metric_mape(truth + 2, predicted + 2, 1)));
    ck_assert(isnan(linas_metric_mape(NULL, predicted, 1)));
    ck_assert(isnan(linas_metric_rmse(truth, NULL, 1)));
}
END_TEST

START_TEST(metrics_without_arguments) {
    linas_context *context = test_context();
    double one[] = {1.0, 2.0}, result = 7.0;
    ck_assert(isnan(linas_metric_mape(NULL, one, 2)) && isnan(linas_metric_mape(one, NULL, 2)));
    ck_assert(isnan(linas_metric_rmse(NULL, one, 2)) && isnan(linas_metric_rmse(one, NULL, 2)));
    ck_assert(isnan(linas_metric_rmse(one, one, 0)) && isnan(linas_metric_mape(one, one, 0)));
    ck_assert_int_eq(linas_metric_spearman(NULL, one, one, 2, &result),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_metric_kendall_tau(context, one, one, 2, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_metric_kendall_tau(context, NULL, one, 2, &result),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_metric_kendall_tau(context, one, NULL, 2, &result),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_double_eq(result, 7.0);
    ck_assert_int_eq(linas_metric_spearman(context, NULL, NULL, 0, &result), LINAS_OK);
    ck_assert(isnan(result));
    linas_context_destroy(context);
}
END_TEST

START_TEST(errors_survive_huge_values) {
    double truth[] = {1e308, -1e308}, predicted[] = {-1e308, 1e308};
    ck_assert_double_eq(linas_metric_mape(truth, predicted, 2), 200.0);
    ck_assert(isinf(linas_metric_rmse(truth, predicted, 2)));
    double zero[] = {0.0, 0.0}, wide[] = {3e300, 4e300};
    ck_assert_double_eq_tol(linas_metric_rmse(zero, wide, 2) / 1e300, sqrt(12.5), 1e-14);
    double tiny[] = {3e-300, 4e-300};
    ck_assert_double_eq_tol(linas_metric_rmse(zero, tiny, 2) / 1e-300, sqrt(12.5), 1e-14);
    double bad[] = {NAN, 1.0};
    ck_assert(isnan(linas_metric_rmse(zero, bad, 2)));
}
END_TEST

static double tau_of(linas_context *context, const double *a, const double *b, size_t n) {
    double tau = 7.0;
    ck_assert_int_eq(linas_metric_kendall_tau(context, a, b, n, &tau), LINAS_OK);
    return tau;
}

static double rho_of(linas_context *context, const double *a, const double *b, size_t n) {
    double rho = 7.0;
    ck_assert_int_eq(linas_metric_spearman(context, a, b, n, &rho), LINAS_OK);
    return rho;
}

START_TEST(rank_correlations_by_hand) {
    linas_context *context = test_context();
    double up[] = {1, 2, 3, 4, 5}, down[] = {5, 4, 3, 2, 1}, mixed[] = {3, 4, 1, 2, 5};
    ck_assert_double_eq(tau_of(context, up, up, 5), 1.0);
    ck_assert_double_eq(tau_of(context, up, down, 5), -1.0);
    /* 4 discordant pairs of 10 */
    ck_assert_double_eq_tol(tau_of(context, up, mixed, 5), 0.2, 1e-15);
    /* differences of ranks -2 -2 2 2 0: 1 - 6 * 16 / (5 * 24) */
    ck_assert_double_eq_tol(rho_of(context, up, mixed, 5), 0.2, 1e-14);
    /* 10 pairs; 2 tied in a, 1 in b, none in both; 5 concordant, 2 discordant */
    double a[] = {1, 1, 2, 3, 3}, b[] = {1, 2, 2, 4, 1.5};
    ck_assert_double_eq_tol(tau_of(context, a, b, 5), 3.0 / sqrt(8.0 * 9.0), 1e-15);
    /* ranks 1.5 1.5 3 4.5 4.5 and 1 3.5 3.5 5 2 */
    ck_assert_double_eq_tol(rho_of(context, a, b, 5), 3.75 / sqrt(9.0 * 9.5), 1e-14);
    double flat[] = {2, 2, 2, 2, 2};
    ck_assert(isnan(tau_of(context, up, flat, 5)));
    ck_assert(isnan(rho_of(context, flat, up, 5)));
    ck_assert(isnan(tau_of(context, up, up, 1)));
    ck_assert(isnan(rho_of(context, up, up, 1)));
    ck_assert(isnan(tau_of(context, NULL, NULL, 0)));
    ck_assert(isnan(rho_of(context, NULL, NULL, 0)));
    double zeros[] = {0.0, -0.0, 1.0}, ones[] = {1.0, 1.0, 2.0};
    ck_assert_double_eq(tau_of(context, zeros, ones, 3), 1.0);
    linas_context_destroy(context);
}
END_TEST

/* Tau-b from its definition. */
static double slow_tau(const double *a, const double *b, size_t n) {
    double balance = 0, untied_a = 0, untied_b = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double one = (a[i] > a[j]) - (a[i] < a[j]), two = (b[i] > b[j]) - (b[i] < b[j]);
            balance += one * two;
            untied_a += one * one;
            untied_b += two * two;
        }
    return balance / sqrt(untied_a * untied_b);
}

START_TEST(tau_is_its_definition) {
    linas_context *context = test_context();
    lns_rng rng = stream(11);
    for (int trial = 0; trial < 300; trial++) {
        double a[40], b[40];
        size_t n = 2 + lns_rng_below(&rng, 39);
        uint32_t levels = 1 + lns_rng_below(&rng, 30);
        for (size_t i = 0; i < n; i++) {
            a[i] = lns_rng_below(&rng, levels);
            b[i] = a[i] + lns_rng_below(&rng, levels);
        }
        double expected = slow_tau(a, b, n), tau = tau_of(context, a, b, n);
        if (isnan(expected))
            ck_assert(isnan(tau));
        else
            ck_assert_double_eq_tol(tau, expected, 1e-14);
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(rank_correlations_refuse_bad_input) {
    linas_context *context = test_context();
    double good[] = {1, 2, 3}, bad[] = {1, NAN, 3}, worse[] = {1, 2, INFINITY}, out;
    ck_assert_int_eq(linas_metric_kendall_tau(context, good, bad, 3, &out), LINAS_ERROR_NOT_FINITE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "1"));
    ck_assert_int_eq(linas_metric_spearman(context, worse, good, 3, &out), LINAS_ERROR_NOT_FINITE);
    ck_assert_int_eq(linas_metric_kendall_tau(NULL, good, good, 3, &out),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_metric_kendall_tau(context, NULL, good, 3, &out),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_metric_spearman(context, good, good, 3, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    linas_context_destroy(context);
}
END_TEST

/* -- targets ----------------------------------------------------------------------------------- */

static void check_round_trip(int32_t kind, const double *y, size_t n, double tolerance) {
    linas_context *context = test_context();
    lns_target target;
    double z[16];
    ck_assert_int_eq(lns_target_fit(context, kind, y, n, &target, z), LINAS_OK);
    for (size_t i = 0; i < n; i++) {
        ck_assert(isfinite(z[i]));
        double back = lns_target_back(&target, z[i]);
        ck_assert_double_le(fabs(back - y[i]), tolerance * fabs(y[i]));
        for (size_t j = 0; j < n; j++)
            ck_assert((y[i] < y[j]) <= (z[i] < z[j]));
    }
    /* Monotone, and finite however far out. */
    double last = -INFINITY;
    for (int step = -4000; step <= 4000; step++) {
        double back = lns_target_back(&target, 0.01 * step);
        ck_assert(isfinite(back) && back >= last);
        last = back;
    }
    ck_assert(isfinite(lns_target_back(&target, 1e300)));
    ck_assert(isfinite(lns_target_back(&target, -1e300)));
    lns_target_free(context, &target);
    linas_context_destroy(context);
}

START_TEST(targets_come_back) {
    double plain[] = {76.1, 75.9, 74.2, 76.1, 70.0}, one[] = {5.5}, equal[] = {-3.0, -3.0, -3.0};
    double huge[] = {1e300, -1e300, 5e299, 1.7e308, -1.7e308}, tiny[] = {1e-300, 2e-300, 4e-300};
    double outlier[] = {1.0, 1.5, 2.0, 2.5, 1e12}, zero[] = {0.0, 0.0};
    double close[] = {1e15, 1e15 + 1, 1e15 + 2}, mixed[] = {1e-300, 1.0, 1e300};
    for (int32_t kind = LINAS_TARGET_RAW; kind <= LINAS_TARGET_RANK; kind++) {
        check_round_trip(kind, plain, 5, 1e-10);
        check_round_trip(kind, one, 1, 1e-10);
        check_round_trip(kind, outlier, 5, kind == LINAS_TARGET_RAW ? 1e-3 : 1e-10);
        check_round_trip(kind, tiny, 3, 1e-10);
        if (kind == LINAS_TARGET_LOG)
            continue;
        check_round_trip(kind, equal, 3, 0.0);
        check_round_trip(kind, zero, 2, 0.0);
        check_round_trip(kind, huge, 5, 1e-10);
        check_round_trip(kind, close, 3, 1e-15);
    }
    check_round_trip(LINAS_TARGET_LOG, mixed, 3, 1e-9);
    check_round_trip(LINAS_TARGET_RANK, mixed, 3, 0.0);
}
END_TEST

START_TEST(raw_targets_are_standardised) {
    linas_context *context = test_context();
    lns_target target;
    double y[] = {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}, z[8];
    ck_assert_int_eq(lns_target_fit(context, LINAS_TARGET_RAW, y, 8, &target, z), LINAS_OK);
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq_tol(z[i], (y[i] - 5.0) / 2.0, 1e-15);
    ck_assert_double_eq(lns_target_back(&target, 3.0), 11.0);
    linas_context_destroy(context);
}
END_TEST

START_TEST(rank_targets_are_normal_scores) {
    linas_context *context = test_context();
    lns_target target;
    double y[] = {30.0, 10.0, 20.0, 20.0}, z[4];
    ck_assert_int_eq(lns_target_fit(context, LINAS_TARGET_RANK, y, 4, &target, z), LINAS_OK);
    ck_assert_uint_eq(target.knots, 3);
    double outer = lns_normal_quantile(0.875);
    ck_assert_double_eq_tol(z[0], outer, 1e-12);
    ck_assert_double_eq_tol(z[1], -outer, 1e-12);
    ck_assert_double_eq(z[2], 0.0);
    ck_assert_double_eq(z[3], 0.0);
    ck_assert_double_eq_tol(lns_target_back(&target, outer / 4), 22.5, 1e-9);
    ck_assert_double_eq_tol(lns_target_back(&target, 2 * outer), 40.0, 1e-9);
    lns_target_free(context, &target);
    /* An outlier does not make the slope beyond the end. */
    double far[] = {0.0, 1.0, 2.0, 1000.0};
    ck_assert_int_eq(lns_target_fit(context, LINAS_TARGET_RANK, far, 4, &target, z), LINAS_OK);
    ck_assert_double_lt(lns_target_back(&target, outer + 0.1), 1000.0 + 50.0);
    lns_target_free(context, &target);
    linas_context_destroy(context);
}
END_TEST

START_TEST(logarithms_need_positive_targets) {
    small_data *data = make_data(1);
    linas_predictor *predictor =
        make_predictor(data->space, LINAS_PREDICTOR_RIDGE, LINAS_TARGET_LOG);
    data->targets[3] = 0.0;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(linas_context_message(data->context), "row 3"));
    data->targets[3] = 1.0;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    ck_assert_int_eq(quality_of(predictor).target, LINAS_TARGET_LOG);
    linas_predictor_destroy(predictor);
    free_data(data);
}
END_TEST

/* -- features ---------------------------------------------------------------------------------- */

START_TEST(features_are_masked) {
    small_data *data = make_data(2);
    lns_encoding encoding;
    ck_assert_int_eq(lns_encoding_init(&encoding, data->space), LINAS_OK);
    ck_assert_uint_eq(encoding.features, 6 * 3 + 2 * 3 + 1 + 2);
    ck_assert_int_eq(encoding.views[0], LNS_VIEW_ONE_HOT);
    ck_assert_int_eq(encoding.views[6], LNS_VIEW_ONE_HOT); /* an ordinal of 3 values */
    ck_assert_int_eq(encoding.views[RESOLUTION], LNS_VIEW_POSITION);
    int32_t genome[] = {2, 1, 1, 0, 1, 2, 0, 2, 8, 3}, canonical[SMALL_VARIABLES];
    uint8_t active[SMALL_VARIABLES];
    uint16_t states[SMALL_VARIABLES];
    size_t index[2 * SMALL_VARIABLES];
    double value[2 * SMALL_VARIABLES];
    lns_encoding_states(&encoding, genome, canonical, active, states);
    ck_assert_uint_eq(lns_encoding_features(&encoding, states, index, value), 7);
    size_t expected[] = {2, 9, 13, 17, 18, 23, 24};
    for (int k = 0; k < 7; k++) {
        ck_assert_uint_eq(index[k], expected[k]);
        ck_assert_double_eq_tol(value[k], k == 6 ? 4.0 : 1.0, 1e-6);
    }
    genome[6] = 1; /* now ks[1] and the dilation are active, too */
    lns_encoding_states(&encoding, genome, canonical, active, states);
    ck_assert_uint_eq(lns_encoding_features(&encoding, states, index, value), 10);
    ck_assert_uint_eq(index[8], 25);
    ck_assert_double_eq_tol(value[8], sqrt(8.0) * 3.0 / 7.0, 1e-6);
    ck_assert_double_eq(value[9], 1.0);
    lns_encoding_free(&encoding);
    free_data(data);
}
END_TEST

START_TEST(inactive_genes_change_nothing) {
    small_data *data = make_data(3);
    for (int m = 0; m < MODELS; m++) {
        linas_predictor *predictor = make_predictor(data->space, every_model[m], LINAS_TARGET_RAW);
        ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS),
                         LINAS_OK);
        int32_t genomes[][SMALL_VARIABLES] = {{1, 0, 0, 2, 0, 0, 0, 0, 4, 0},
                                              {1, 2, 1, 2, 1, 2, 0, 0, 4, 4}};
        double means[2];
        ck_assert_int_eq(linas_predictor_predict(predictor, genomes[0], 2, means, NULL), LINAS_OK);
        ck_assert_double_eq(means[0], means[1]);
        linas_predictor_destroy(predictor);
    }
    free_data(data);
}
END_TEST

/* -- ridge against dense normal equations ------------------------------------------------------ */

/* Straight from the definition, in long double: dense features, (Xc'Xc + penalty I) w = Xc'yc. */
enum { MOST_FEATURES = 40 };

typedef struct oracle {
    size_t rows, features;
    double x[ROWS][MOST_FEATURES];
} oracle;

static void fill_oracle(oracle *o, const lns_encoding *encoding, const uint16_t *states,
                        size_t rows) {
    memset(o, 0, sizeof *o);
    o->rows = rows;
    o->features = encoding->features;
    for (size_t row = 0; row < rows; row++) {
        size_t index[2 * SMALL_VARIABLES];
        double value[2 * SMALL_VARIABLES];
        size_t count =
            lns_encoding_features(encoding, states + row * encoding->variables, index, value);
        for (size_t k = 0; k < count; k++)
            o->x[row][index[k]] = value[k];
    }
}

static void eliminate(size_t n, long double a[MOST_FEATURES][MOST_FEATURES + 1]) {
    for (size_t pivot = 0; pivot < n; pivot++)
        for (size_t row = 0; row < n; row++) {
            long double factor = row == pivot ? 0 : a[row][pivot] / a[pivot][pivot];
            for (size_t column = pivot; column <= n && factor != 0; column++)
                a[row][column] -= factor * a[pivot][column];
        }
}

/* Fits without the rows marked in `left_out` and predicts all rows. */
static void oracle_predict(const oracle *o, const double *z, const int *left_out, double penalty,
                           double *predicted) {
    static long double a[MOST_FEATURES][MOST_FEATURES + 1];
    long double mean[MOST_FEATURES] = {0}, mean_z = 0, used = 0;
    memset(a, 0, sizeof a);
    for (size_t i = 0; i < o->rows; i++)
        if (!left_out[i]) {
            used += 1;
            mean_z += z[i];
            for (size_t f = 0; f < o->features; f++)
                mean[f] += o->x[i][f];
        }
    mean_z /= used;
    for (size_t f = 0; f < o->features; f++)
        mean[f] /= used;
    for (size_t f = 0; f < o->features; f++) {
        a[f][f] += penalty;
        for (size_t i = 0; i < o->rows; i++) {
            if (left_out[i])
                continue;
            for (size_t g = 0; g < o->features; g++)
                a[f][g] += (o->x[i][f] - mean[f]) * (o->x[i][g] - mean[g]);
            a[f][o->features] += (o->x[i][f] - mean[f]) * (z[i] - mean_z);
        }
    }
    eliminate(o->features, a);
    for (size_t i = 0; i < o->rows; i++) {
        long double sum = mean_z;
        for (size_t f = 0; f < o->features; f++)
            sum += (o->x[i][f] - mean[f]) * (a[f][o->features] / a[f][f]);
        predicted[i] = (double)sum;
    }
}

/* The penalty of the grid with the least leave-one-out error, by leaving every row out. */
static double oracle_penalty(const oracle *o, const double *z, double mean_square) {
    double shares[] = {10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5};
    double best = 0, best_error = INFINITY;
    for (int s = 0; s < 13; s++) {
        double error = 0.0, predicted[ROWS];
        for (size_t i = 0; i < o->rows; i++) {
            int left_out[ROWS] = {0};
            left_out[i] = 1;
            oracle_predict(o, z, left_out, shares[s] * mean_square, predicted);
            error += (predicted[i] - z[i]) * (predicted[i] - z[i]);
        }
        if (error < best_error * (1 - 1e-9)) {
            best_error = error;
            best = shares[s] * mean_square;
        }
    }
    return best;
}

static double mean_square_of(const oracle *o) {
    double sum = 0.0;
    for (size_t f = 0; f < o->features; f++) {
        double mean = 0.0;
        for (size_t i = 0; i < o->rows; i++)
            mean += o->x[i][f] / (double)o->rows;
        for (size_t i = 0; i < o->rows; i++)
            sum += (o->x[i][f] - mean) * (o->x[i][f] - mean);
    }
    return sum / (double)o->rows;
}

/* More rows than features, and fewer: the two factorisations. */
static void check_ridge(size_t rows) {
    small_data *data = make_data(4 + rows);
    lns_encoding encoding;
    ck_assert_int_eq(lns_encoding_init(&encoding, data->space), LINAS_OK);
    uint16_t states[ROWS * SMALL_VARIABLES];
    int32_t canonical[SMALL_VARIABLES];
    uint8_t active[SMALL_VARIABLES];
    uint32_t fold[ROWS];
    for (size_t i = 0; i < rows; i++) {
        lns_encoding_states(&encoding, data->genomes + i * SMALL_VARIABLES, canonical, active,
                            states + i * SMALL_VARIABLES);
        fold[i] = (uint32_t)((i * 7) % 4);
    }
    double z[ROWS], held_out[ROWS], fitted[ROWS], expected[ROWS];
    lns_target target;
    lns_target_fit(data->context, LINAS_TARGET_RAW, data->targets, rows, &target, z);
    lns_training training = {.context = data->context,
                             .encoding = &encoding,
                             .states = states,
                             .rows = rows,
                             .fold = fold,
                             .folds = 4};
    void *shared = NULL;
    lns_model *model = NULL;
    ck_assert_int_eq(lns_ridge_class.prepare(&training, &shared), LINAS_OK);
    ck_assert_int_eq(lns_ridge_class.fit(&training, shared, z, held_out, &model), LINAS_OK);
    lns_ridge_class.predict(model, &encoding, states, rows, fitted);

    static oracle o;
    fill_oracle(&o, &encoding, states, rows);
    double penalty = oracle_penalty(&o, z, mean_square_of(&o));
    int left_out[ROWS] = {0};
    oracle_predict(&o, z, left_out, penalty, expected);
    for (size_t i = 0; i < rows; i++)
        ck_assert_double_eq_tol(fitted[i], expected[i], 1e-9);
    for (uint32_t f = 0; f < 4; f++) {
        for (size_t i = 0; i < rows; i++)
            left_out[i] = fold[i] == f;
        oracle_predict(&o, z, left_out, penalty, expected);
        for (size_t i = 0; i < rows; i++)
            if (left_out[i])
                ck_assert_double_eq_tol(held_out[i], expected[i], 1e-9);
    }
    lns_ridge_class.destroy(model);
    lns_ridge_class.release(&training, shared);
    lns_encoding_free(&encoding);
    free_data(data);
}

START_TEST(ridge_is_the_normal_equations) {
    check_ridge(60);
    check_ridge(30);
    check_ridge(20);
    check_ridge(9);
}
END_TEST

/* -- SVR against libsvm ------------------------------------------------------------------------ */

static double stored_number(const lns_json *root, const char *object, const char *key) {
    return lns_json_number(lns_json_get(lns_json_get(root, object), key));
}

/* Dense features as libsvm's sparse nodes. */
static void put_nodes(const lns_encoding *encoding, const int32_t *genome, struct svm_node *nodes) {
    int32_t canonical[SMALL_VARIABLES];
    uint8_t active[SMALL_VARIABLES];
    uint16_t states[SMALL_VARIABLES];
    size_t index[2 * SMALL_VARIABLES];
    double value[2 * SMALL_VARIABLES];
    lns_encoding_states(encoding, genome, canonical, active, states);
    size_t count = lns_encoding_features(encoding, states, index, value);
    for (size_t k = 0; k < count; k++)
        nodes[k] = (struct svm_node){(int)index[k] + 1, value[k]};
    nodes[count] = (struct svm_node){-1, 0.0};
}

/* libsvm trains and predicts by itself, with its own RBF kernel on the features. */
static void check_svr(linas_space *space, const int32_t *genomes, const double *targets,
                      const int32_t *fresh) {
    size_t variables = linas_space_variables(space);
    linas_predictor *predictor = make_predictor(space, LINAS_PREDICTOR_SVR, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, targets, ROWS), LINAS_OK);
    char *text = save_text(predictor);
    lns_json *root;
    ck_assert_int_eq(lns_json_parse(lns_space_context(space), text, strlen(text), &root), LINAS_OK);

    static struct svm_node nodes[ROWS][2 * SMALL_VARIABLES + 1];
    struct svm_node *x[ROWS], query[2 * SMALL_VARIABLES + 1];
    double z[ROWS], means[FRESH];
    lns_target target;
    lns_target_fit(lns_space_context(space), LINAS_TARGET_RAW, targets, ROWS, &target, z);
    for (size_t i = 0; i < ROWS; i++) {
        put_nodes(&predictor->encoding, genomes + i * variables, nodes[i]);
        x[i] = nodes[i];
    }
    struct svm_parameter parameter;
    memset(&parameter, 0, sizeof parameter);
    parameter.svm_type = EPSILON_SVR;
    parameter.kernel_type = RBF;
    parameter.cache_size = 100;
    parameter.eps = 0.01;
    parameter.p = 0.01;
    parameter.C = stored_number(root, "parameters", "box");
    parameter.gamma = stored_number(root, "parameters", "gamma");
    struct svm_problem problem = {ROWS, z, x};
    ck_assert_ptr_null(svm_check_parameter(&problem, &parameter));
    struct svm_model *model = svm_train(&problem, &parameter);
    ck_assert_int_eq(linas_predictor_predict(predictor, fresh, FRESH, means, NULL), LINAS_OK);
    for (size_t i = 0; i < FRESH; i++) {
        put_nodes(&predictor->encoding, fresh + i * variables, query);
        double expected = lns_target_back(&target, svm_predict(model, query));
        ck_assert_double_eq_tol(means[i], expected, 1e-9);
    }
    svm_free_and_destroy_model(&model);
    lns_json_free(root);
    free(text);
    linas_predictor_destroy(predictor);
}

START_TEST(svr_predicts_as_libsvm) {
    small_data *data = make_data(5);
    check_svr(data->space, data->genomes, data->targets, data->fresh);
    free_data(data);
    /* Categories only: the path by table. */
    linas_context *context = test_context();
    linas_space *space = flat_space(context);
    lns_rng rng = stream(6);
    static int32_t genomes[ROWS * FLAT_VARIABLES], fresh[FRESH * FLAT_VARIABLES];
    double targets[ROWS];
    random_genomes(space, &rng, ROWS, genomes);
    random_genomes(space, &rng, FRESH, fresh);
    for (int i = 0; i < ROWS; i++)
        targets[i] = genomes[i * FLAT_VARIABLES] * genomes[i * FLAT_VARIABLES + 1] + 0.1 * i;
    check_svr(space, genomes, targets, fresh);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(another_libsvm_is_left_alone) {
    small_data *data = make_data(7);
    int running = libsvm_version;
    libsvm_version = 325;
    linas_predictor *chosen = make_predictor(data->space, LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO);
    linas_predictor *asked = make_predictor(data->space, LINAS_PREDICTOR_SVR, LINAS_TARGET_AUTO);
    ck_assert_int_eq(linas_predictor_fit(chosen, data->genomes, data->targets, ROWS), LINAS_OK);
    ck_assert_int_ne(quality_of(chosen).model, LINAS_PREDICTOR_SVR);
    ck_assert_int_eq(linas_predictor_fit(asked, data->genomes, data->targets, ROWS),
                     LINAS_ERROR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(linas_context_message(data->context), "325"));
    libsvm_version = running;
    ck_assert_int_eq(linas_predictor_fit(asked, data->genomes, data->targets, ROWS), LINAS_OK);
    linas_predictor_destroy(asked);
    linas_predictor_destroy(chosen);
    free_data(data);
}
END_TEST

/* -- the Gaussian process against its definition ------------------------------------------------
 */

typedef struct gp_case {
    small_data *data;
    lns_encoding encoding;
    lns_gp_features features;
    uint16_t *codes;
    double z[ROWS];
    double *parameters;
} gp_case;

static void make_gp_case(gp_case *c, size_t rows) {
    uint16_t states[SMALL_VARIABLES];
    int32_t canonical[SMALL_VARIABLES];
    uint8_t active[SMALL_VARIABLES];
    c->data = make_data(40 + rows);
    ck_assert_int_eq(lns_encoding_init(&c->encoding, c->data->space), LINAS_OK);
    ck_assert_int_eq(lns_gp_features_init(&c->features, c->data->space, true), LINAS_OK);
    c->codes = calloc(rows * c->features.count, sizeof *c->codes);
    c->parameters = calloc(lns_gp_parameter_count(&c->features), sizeof *c->parameters);
    for (size_t i = 0; i < rows; i++) {
        lns_encoding_states(&c->encoding, c->data->genomes + i * SMALL_VARIABLES, canonical, active,
                            states);
        lns_gp_features_encode(&c->features, states, c->codes + i * c->features.count);
        c->z[i] = 0.2 * (c->data->targets[i] - 18.0);
    }
    lns_gp_start(&c->features, c->parameters);
}

static void free_gp_case(gp_case *c) {
    lns_gp_features_free(&c->features);
    lns_encoding_free(&c->encoding);
    free(c->codes);
    free(c->parameters);
    free_data(c->data);
}

/* The kernel as gp.h writes it, without noise. */
static double gp_kernel(const gp_case *c, size_t i, size_t j) {
    size_t n = c->features.count;
    double additive = 0.0, exponent = 0.0;
    for (size_t v = 0; v < n; v++) {
        const uint8_t *line = lns_gp_features_line(&c->features, v, c->codes[i * n + v]);
        double distance = line[c->codes[j * n + v]] / 255.0;
        additive += exp(c->parameters[v]) * (1.0 - distance);
        exponent += exp(c->parameters[n + v]) * distance;
    }
    return additive + exp(c->parameters[2 * n]) * exp(-exponent);
}

START_TEST(gp_is_its_definition) {
    enum { USED = 25 };
    gp_case c;
    make_gp_case(&c, USED);
    lns_gp_rows rows = {&c.features, c.codes, c.z, USED};
    ck_assert_int_eq(lns_gp_learn(&rows, 15, c.parameters, NULL), LINAS_OK);
    double alpha[USED], precision[USED], means[USED], weights[USED];
    double *factor = calloc(lns_gp_matrix_size(USED), sizeof *factor);
    ck_assert_int_eq(lns_gp_factor(&rows, c.parameters, factor), LINAS_OK);
    lns_gp_weigh(factor, c.z, USED, alpha);
    double noise = exp(c.parameters[2 * c.features.count + 1]);
    for (size_t i = 0; i < USED; i++) {
        double sum = noise * alpha[i];
        for (size_t j = 0; j < USED; j++)
            sum += gp_kernel(&c, i, j) * alpha[j];
        ck_assert_double_eq_tol(sum, c.z[i], 1e-5);
    }
    ck_assert_int_eq(lns_gp_precision(c.data->context, factor, USED, precision), LINAS_OK);
    lns_gp_leave_one_out(c.z, alpha, precision, USED, means);
    /* The last row, predicted by a process that never saw it. */
    lns_gp_rows others = {&c.features, c.codes, c.z, USED - 1};
    ck_assert_int_eq(lns_gp_factor(&others, c.parameters, factor), LINAS_OK);
    lns_gp_weigh(factor, c.z, USED - 1, weights);
    double expected = 0.0;
    for (size_t j = 0; j < USED - 1; j++)
        expected += gp_kernel(&c, USED - 1, j) * weights[j];
    ck_assert_double_eq_tol(means[USED - 1], expected, 1e-5);
    free(factor);
    free_gp_case(&c);
}
END_TEST

/* Learned, the rows are told from fewer of them than from the start. */
START_TEST(gp_learns) {
    gp_case c;
    make_gp_case(&c, ROWS);
    lns_gp_rows rows = {&c.features, c.codes, c.z, ROWS};
    double *factor = calloc(lns_gp_matrix_size(ROWS), sizeof *factor);
    double alpha[ROWS], precision[ROWS], means[2][ROWS];
    for (int learned = 0; learned < 2; learned++) {
        if (learned)
            ck_assert_int_eq(lns_gp_learn(&rows, 40, c.parameters, NULL), LINAS_OK);
        ck_assert_int_eq(lns_gp_factor(&rows, c.parameters, factor), LINAS_OK);
        lns_gp_weigh(factor, c.z, ROWS, alpha);
        ck_assert_int_eq(lns_gp_precision(c.data->context, factor, ROWS, precision), LINAS_OK);
        lns_gp_leave_one_out(c.z, alpha, precision, ROWS, means[learned]);
    }
    free(factor);
    ck_assert_double_lt(linas_metric_rmse(c.z, means[1], ROWS),
                        0.7 * linas_metric_rmse(c.z, means[0], ROWS));
    free_gp_case(&c);
}
END_TEST

/* Two numbers a layer, and how many of the four layers there are. */
enum { LAYERS = 4, LAYERED_VARIABLES = 2 * LAYERS + 1 };
static const int64_t widths[] = {3, 5, 7}, heights[] = {1, 2, 4}, layer_counts[] = {2, 3, 4};

static linas_space *layered_space(linas_context *context, int32_t order) {
    linas_space *space = NULL;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "width", LAYERS, widths, 3, order), 0);
    ck_assert_int_eq(linas_space_add_int(space, "height", LAYERS, heights, 3, order), 0);
    ck_assert_int_eq(linas_space_add_int(space, "layers", 1, layer_counts, 3, LINAS_ORDINAL), 0);
    for (size_t slot = 0; slot < LAYERS; slot++) {
        ck_assert_int_eq(
            linas_space_active_if_above(space, "width", slot, "layers", 0, (double)slot), 0);
        ck_assert_int_eq(
            linas_space_active_if_above(space, "height", slot, "layers", 0, (double)slot), 0);
    }
    return space;
}

/* Width times height of an active layer. */
static double layer_cost(const int32_t *genome, size_t layer) {
    if ((int64_t)layer >= layer_counts[genome[2 * LAYERS]])
        return 0.0;
    return (double)(widths[genome[layer]] * heights[genome[LAYERS + layer]]);
}

/* The feature of a layer is the product of its numbers, 0 when it is inactive. */
START_TEST(gp_features_multiply_layers) {
    enum { USED = 40 };
    linas_context *context = test_context();
    linas_space *space = layered_space(context, LINAS_ORDINAL);
    lns_rng rng = stream(7);
    int32_t genomes[USED * LAYERED_VARIABLES], canonical[LAYERED_VARIABLES];
    uint8_t active[LAYERED_VARIABLES];
    uint16_t states[LAYERED_VARIABLES], codes[USED][64];
    random_genomes(space, &rng, USED, genomes);
    lns_encoding encoding;
    lns_gp_features features;
    ck_assert_int_eq(lns_encoding_init(&encoding, space), LINAS_OK);
    ck_assert_int_eq(lns_gp_features_init(&features, space, true), LINAS_OK);
    ck_assert_uint_eq(features.products, LAYERS);
    for (size_t i = 0; i < USED; i++) {
        lns_encoding_states(&encoding, genomes + i * LAYERED_VARIABLES, canonical, active, states);
        lns_gp_features_encode(&features, states, codes[i]);
    }
    for (size_t layer = 0; layer < LAYERS; layer++) {
        size_t feature = features.count - LAYERS + layer;
        for (size_t i = 0; i < USED; i++)
            for (size_t j = 0; j < USED; j++) {
                const uint8_t *line = lns_gp_features_line(&features, feature, codes[i][feature]);
                double expected = fabs(layer_cost(genomes + i * LAYERED_VARIABLES, layer) -
                                       layer_cost(genomes + j * LAYERED_VARIABLES, layer)) /
                                  28.0;
                ck_assert_double_eq_tol(line[codes[j][feature]] / 255.0, expected, 0.51 / 255.0);
            }
    }
    lns_gp_features_free(&features);
    ck_assert_int_eq(lns_gp_features_init(&features, space, false), LINAS_OK);
    ck_assert_uint_eq(features.products, 0);
    lns_gp_features_free(&features);
    lns_encoding_free(&encoding);
    linas_space_destroy(space);
    space = layered_space(context, LINAS_CATEGORICAL);
    ck_assert_int_eq(lns_gp_features_init(&features, space, true), LINAS_OK);
    ck_assert_uint_eq(features.products, 0);
    lns_gp_features_free(&features);
    linas_space_destroy(space);
    /* Numbers that are always there, such as a stage's depth and kernel size, are no layer. */
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "ks", 3, widths, 3, LINAS_ORDINAL), 0);
    ck_assert_int_eq(linas_space_add_int(space, "d", 3, layer_counts, 3, LINAS_ORDINAL), 0);
    ck_assert_int_eq(lns_gp_features_init(&features, space, true), LINAS_OK);
    ck_assert_uint_eq(features.products, 0);
    lns_gp_features_free(&features);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* What grows with the products of layers is told by them, from fewer rows than there are pairs of
 * values; what falls in one variable and rises and falls in another is not; and a stored process
 * keeps its choice. */
START_TEST(gp_chooses_products) {
    enum { USED = 120, ASKED = 200 };
    linas_context *context = test_context();
    linas_space *space = layered_space(context, LINAS_ORDINAL);
    lns_rng rng = stream(8);
    int32_t genomes[(USED + ASKED) * LAYERED_VARIABLES];
    double costs[USED + ASKED], others[USED + ASKED], predicted[ASKED], again[ASKED];
    random_genomes(space, &rng, USED + ASKED, genomes);
    for (size_t i = 0; i < USED + ASKED; i++) {
        const int32_t *genome = genomes + i * LAYERED_VARIABLES;
        costs[i] = others[i] = 0.0;
        for (size_t layer = 0; layer < LAYERS; layer++) {
            bool there = layer_cost(genome, layer) > 0.0;
            costs[i] += layer_cost(genome, layer) * (double)(1 + layer % 2);
            others[i] += there ? (genome[layer] == 1) - 0.7 * genome[LAYERS + layer] : 0.0;
        }
    }
    linas_predictor *predictor = make_predictor(space, LINAS_PREDICTOR_GP, LINAS_TARGET_RAW);
    const int32_t *asked = genomes + USED * LAYERED_VARIABLES;
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, others, USED), LINAS_OK);
    ck_assert(!predictor->memory.products);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, costs, USED), LINAS_OK);
    ck_assert(predictor->memory.products);
    ck_assert_int_eq(linas_predictor_predict(predictor, asked, ASKED, predicted, NULL), LINAS_OK);
    double tau;
    ck_assert_int_eq(linas_metric_kendall_tau(context, costs + USED, predicted, ASKED, &tau),
                     LINAS_OK);
    ck_assert_double_gt(tau, 0.97);
    char *text = save_text(predictor);
    linas_predictor *loaded = NULL;
    ck_assert_int_eq(linas_predictor_load(space, text, strlen(text), &loaded), LINAS_OK);
    ck_assert_int_eq(linas_predictor_predict(loaded, asked, ASKED, again, NULL), LINAS_OK);
    ck_assert_mem_eq(predicted, again, sizeof predicted);
    free(text);
    linas_predictor_destroy(loaded);
    linas_predictor_destroy(predictor);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* What a fitted process says of itself: its parameters and its targets, out of its stored form. */
static void read_parameters(gp_case *c, const linas_predictor *predictor) {
    char *text = save_text(predictor);
    lns_json *root;
    ck_assert_int_eq(lns_json_parse(c->data->context, text, strlen(text), &root), LINAS_OK);
    const lns_json *list = lns_json_get(lns_json_get(root, "parameters"), "parameters");
    ck_assert_uint_eq(lns_json_size(list), lns_gp_parameter_count(&c->features));
    for (size_t i = 0; i < lns_json_size(list); i++)
        c->parameters[i] = lns_json_number(lns_json_at(list, i));
    list = lns_json_get(lns_json_get(root, "parameters"), "targets");
    for (size_t i = 0; i < lns_json_size(list); i++)
        c->z[i] = lns_json_number(lns_json_at(list, i));
    lns_json_free(root);
    free(text);
}

/* Mean and deviation of one configuration, given the codes of `rows` rows and then its own. */
static double defined_deviation(const gp_case *c, size_t rows, double *mean) {
    static long double system[MOST_FEATURES][MOST_FEATURES + 1];
    double variance = gp_kernel(c, rows, rows), with[MOST_FEATURES];
    double own = exp(c->parameters[2 * c->features.count + 1]), noise = own + 1e-8 * variance;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < rows; j++)
            system[i][j] = gp_kernel(c, i, j) + (i == j ? noise : 0.0);
        system[i][rows] = with[i] = gp_kernel(c, i, rows);
    }
    eliminate(rows, system);
    *mean = 0.0;
    for (size_t i = 0; i < rows; i++) {
        double solved = (double)(system[i][rows] / system[i][i]);
        variance -= with[i] * solved;
        *mean += c->z[i] * solved;
    }
    return sqrt(fmax(variance + own, 0.0));
}

/* Fresh configurations, more than fit one block and no multiple of it; last one that was seen. */
START_TEST(gp_bound_is_its_definition) {
    enum { USED = 40, ASKED = 21 };
    gp_case c;
    make_gp_case(&c, USED + 1);
    linas_predictor *predictor =
        make_predictor(c.data->space, LINAS_PREDICTOR_GP, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(predictor, c.data->genomes, c.data->targets, USED), 0);
    read_parameters(&c, predictor);
    memcpy(c.data->fresh + (ASKED - 1) * SMALL_VARIABLES, c.data->genomes,
           SMALL_VARIABLES * sizeof *c.data->genomes);
    double means[ASKED], plain[ASKED], above[ASKED], below[ASKED], alone;
    ck_assert(lns_predictor_tells_deviations(predictor));
    ck_assert_int_eq(lns_predictor_bound(predictor, c.data->fresh, ASKED, 0.0, means), 0);
    ck_assert_int_eq(lns_predictor_bound(predictor, c.data->fresh, ASKED, 1.0, above), 0);
    ck_assert_int_eq(lns_predictor_bound(predictor, c.data->fresh, ASKED, -2.0, below), 0);
    ck_assert_int_eq(linas_predictor_predict(predictor, c.data->fresh, ASKED, plain, NULL), 0);
    ck_assert_mem_eq(means, plain, sizeof means);
    const lns_target *target = &predictor->fitted->target;
    double unit = ldexp(target->scale, target->exponent), least = INFINITY, most = 0.0;
    for (size_t i = 0; i < ASKED; i++) {
        uint16_t states[SMALL_VARIABLES];
        int32_t canonical[SMALL_VARIABLES];
        uint8_t active[SMALL_VARIABLES];
        lns_encoding_states(&c.encoding, c.data->fresh + i * SMALL_VARIABLES, canonical, active,
                            states);
        lns_gp_features_encode(&c.features, states, c.codes + USED * c.features.count);
        double mean, expected = unit * defined_deviation(&c, USED, &mean);
        ck_assert_double_eq_tol(means[i], lns_target_back(target, mean), 1e-5 * unit);
        double deviation = above[i] - means[i];
        ck_assert_double_eq_tol(deviation, expected, 1e-5 * unit);
        ck_assert_double_eq_tol(means[i] - below[i], 2.0 * deviation, 1e-9 * unit);
        ck_assert_int_eq(
            lns_predictor_bound(predictor, c.data->fresh + i * SMALL_VARIABLES, 1, 1.0, &alone),
            LINAS_OK);
        ck_assert(alone == above[i]);
        least = fmin(least, deviation);
        most = fmax(most, deviation);
    }
    ck_assert(above[ASKED - 1] - means[ASKED - 1] == least && least < 0.5 * most);
    linas_predictor_destroy(predictor);
    free_gp_case(&c);
}
END_TEST

/* Models that do not know how sure they are give their means. */
START_TEST(bound_without_a_process) {
    small_data *data = make_data(12);
    linas_predictor *predictor =
        make_predictor(data->space, LINAS_PREDICTOR_RIDGE, LINAS_TARGET_RAW);
    double values[2], means[2];
    ck_assert(!lns_predictor_tells_deviations(predictor));
    ck_assert_int_eq(lns_predictor_bound(predictor, data->fresh, 2, 1.0, values),
                     LINAS_ERROR_NOT_FITTED);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    ck_assert(!lns_predictor_tells_deviations(predictor));
    ck_assert_int_eq(lns_predictor_bound(predictor, data->fresh, 2, 1.0, values), LINAS_OK);
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, 2, means, NULL), LINAS_OK);
    ck_assert_mem_eq(values, means, sizeof means);
    linas_predictor_destroy(predictor);
    free_data(data);
}
END_TEST

/* -- choosing ---------------------------------------------------------------------------------- */

START_TEST(every_model_and_target_predicts_well) {
    small_data *data = make_data(8);
    for (int m = 0; m < MODELS; m++)
        for (int32_t target = LINAS_TARGET_AUTO; target <= LINAS_TARGET_RANK; target++) {
            int32_t model = every_model[m];
            linas_predictor *predictor = make_predictor(data->space, model, target);
            ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS),
                             LINAS_OK);
            double means[FRESH], deviations[FRESH];
            ck_assert_int_eq(
                linas_predictor_predict(predictor, data->fresh, FRESH, means, deviations),
                LINAS_OK);
            ck_assert_double_gt(tau_of(data->context, data->truth, means, FRESH), 0.8);
            linas_predictor_quality quality = quality_of(predictor);
            ck_assert_uint_eq(quality.rows, ROWS);
            ck_assert_double_gt(quality.kendall_tau, 0.75);
            ck_assert_double_gt(quality.spearman, quality.kendall_tau);
            ck_assert_double_lt(quality.rmse, 1.2);
            ck_assert_double_lt(quality.mape, 6.0);
            if (model != LINAS_PREDICTOR_AUTO)
                ck_assert_int_eq(quality.model, model);
            if (target != LINAS_TARGET_AUTO)
                ck_assert_int_eq(quality.target, target);
            /* About as wrong on new rows as cross-validation said. */
            ck_assert_double_lt(linas_metric_rmse(data->truth, means, FRESH), 2 * quality.rmse);
            for (int i = 0; i < FRESH; i++)
                ck_assert_double_eq(deviations[i], quality.rmse);
            linas_predictor_destroy(predictor);
        }
    free_data(data);
}
END_TEST

/* A line prefers ridge; a product of two variables cannot be had from a sum. */
START_TEST(the_model_fits_the_data) {
    linas_context *context = test_context();
    linas_space *space = flat_space(context);
    lns_rng rng = stream(9);
    static int32_t genomes[200 * FLAT_VARIABLES];
    double line[200], product[200];
    random_genomes(space, &rng, 200, genomes);
    for (int i = 0; i < 200; i++) {
        const int32_t *g = genomes + i * FLAT_VARIABLES;
        line[i] = 3.0 * g[0] + 1.1 * g[1] - 0.71 * g[2] + 0.313 * g[3] + 0.0577 * g[4];
        product[i] = (g[0] % 2 ? 1.0 : -1.0) * (1.0 + g[1]) + 0.1 * g[2];
    }
    linas_predictor *predictor = make_predictor(space, LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, line, 200), LINAS_OK);
    ck_assert_int_eq(quality_of(predictor).model, LINAS_PREDICTOR_RIDGE);
    ck_assert_int_eq(quality_of(predictor).target, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, product, 200), LINAS_OK);
    ck_assert_int_ne(quality_of(predictor).model, LINAS_PREDICTOR_RIDGE);
    linas_predictor *vectors = make_predictor(space, LINAS_PREDICTOR_SVR, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(vectors, genomes, line, 200), LINAS_OK);
    char *text = save_text(vectors);
    ck_assert_ptr_nonnull(strstr(text, "\"box\":2e+01,")); /* as smooth as the grid allows */
    free(text);
    linas_predictor_destroy(vectors);
    for (int i = 0; i < 200; i++)
        line[i] = exp(4.0 * line[i]);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, line, 200), LINAS_OK);
    ck_assert_int_eq(quality_of(predictor).target, LINAS_TARGET_LOG);
    for (int i = 0; i < 200; i++)
        line[i] = -1.0 / line[i]; /* negative, heavy-tailed, and only the order is a sum */
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, line, 200), LINAS_OK);
    ck_assert_int_eq(quality_of(predictor).target, LINAS_TARGET_RANK);
    linas_predictor_destroy(predictor);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(fits_repeat_and_depend_on_the_seed_only) {
    small_data *data = make_data(10);
    double means[3][FRESH];
    linas_predictor_quality qualities[3];
    uint64_t seeds[] = {1, 1, 2};
    for (int run = 0; run < 3; run++) {
        linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
        options.seed = seeds[run];
        options.model = LINAS_PREDICTOR_SVR;
        linas_predictor *predictor = NULL;
        ck_assert_int_eq(linas_predictor_create(data->space, &options, &predictor), LINAS_OK);
        for (int again = 0; again <= run; again++) /* earlier fits leave no trace */
            ck_assert_int_eq(
                linas_predictor_fit(predictor, data->genomes, data->targets, ROWS - (run != again)),
                LINAS_OK);
        ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means[run], NULL),
                         LINAS_OK);
        qualities[run] = quality_of(predictor);
        linas_predictor_destroy(predictor);
    }
    ck_assert_mem_eq(means[0], means[1], sizeof means[0]);
    ck_assert_double_eq(qualities[0].rmse, qualities[1].rmse);
    ck_assert(qualities[0].rmse != qualities[2].rmse);
    free_data(data);
}
END_TEST

/* -- edges ------------------------------------------------------------------------------------- */

static void check_sane(small_data *data, const double *targets, size_t rows, double low,
                       double high) {
    for (int m = 0; m < MODELS; m++)
        for (int32_t target = LINAS_TARGET_AUTO; target <= LINAS_TARGET_RANK; target++) {
            int32_t model = every_model[m];
            if (target == LINAS_TARGET_LOG && !(targets[0] > 0.0))
                continue;
            linas_predictor *predictor = make_predictor(data->space, model, target);
            ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, targets, rows),
                             LINAS_OK);
            double means[FRESH], deviations[FRESH];
            ck_assert_int_eq(
                linas_predictor_predict(predictor, data->fresh, FRESH, means, deviations),
                LINAS_OK);
            for (int i = 0; i < FRESH; i++) {
                ck_assert(isfinite(means[i]) && isfinite(deviations[i]));
                ck_assert_double_ge(deviations[i], 0.0);
                ck_assert_msg(means[i] >= low && means[i] <= high,
                              "model %d target %d rows %zu: %g outside %g .. %g", (int)model,
                              (int)target, rows, means[i], low, high);
            }
            ck_assert_uint_eq(quality_of(predictor).rows, rows);
            linas_predictor_destroy(predictor);
        }
}

START_TEST(few_rows_and_equal_targets) {
    small_data *data = make_data(12);
    double equal[ROWS], two[] = {1.0, 3.0};
    for (int i = 0; i < ROWS; i++)
        equal[i] = 42.5;
    check_sane(data, equal, 1, 42.5 - 1e-9, 42.5 + 1e-9);
    check_sane(data, equal, 2, 42.5 - 1e-9, 42.5 + 1e-9);
    check_sane(data, equal, ROWS, 42.5 - 1e-9, 42.5 + 1e-9);
    check_sane(data, two, 2, -3.0, 10.0);
    for (size_t rows = 1; rows < 12; rows += is_quick() ? 5 : 1)
        check_sane(data, data->targets, rows, -100.0, 150.0);
    linas_predictor *predictor =
        make_predictor(data->space, LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, two, 1), LINAS_OK);
    linas_predictor_quality quality = quality_of(predictor);
    ck_assert(isnan(quality.kendall_tau) && isnan(quality.spearman) && isnan(quality.rmse) &&
              isnan(quality.mape));
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, equal, 20), LINAS_OK);
    quality = quality_of(predictor);
    ck_assert(isnan(quality.kendall_tau) && isnan(quality.spearman));
    ck_assert_double_eq(quality.rmse, 0.0);
    linas_predictor_destroy(predictor);
    free_data(data);
}
END_TEST

START_TEST(duplicate_rows) {
    small_data *data = make_data(13);
    for (int i = 1; i < ROWS; i++)
        memcpy(data->genomes + i * SMALL_VARIABLES, data->genomes,
               SMALL_VARIABLES * sizeof(int32_t));
    double noisy[ROWS];
    for (int i = 0; i < ROWS; i++)
        noisy[i] = i % 2 ? 10.0 : 11.0;
    check_sane(data, noisy, ROWS, 9.0, 12.0);
    check_sane(data, noisy, 2, 9.0, 12.0);
    free_data(data);
}
END_TEST

START_TEST(outliers_and_huge_values) {
    small_data *data = make_data(14);
    double scaled[ROWS];
    for (int i = 0; i < ROWS; i++)
        scaled[i] = data->targets[i] * 1e300;
    check_sane(data, scaled, ROWS, -1e302, 1e303);
    for (int i = 0; i < ROWS; i++)
        scaled[i] = (i % 2 ? 1.7e308 : -1.7e308);
    check_sane(data, scaled, ROWS, -DBL_MAX, DBL_MAX);
    for (int i = 0; i < ROWS; i++)
        scaled[i] = data->targets[i] * 1e-300;
    check_sane(data, scaled, ROWS, -1e-298, 1e-297);
    memcpy(scaled, data->targets, sizeof scaled);
    scaled[7] = 1e9;
    check_sane(data, scaled, ROWS, -DBL_MAX, DBL_MAX);
    linas_predictor *predictor =
        make_predictor(data->space, LINAS_PREDICTOR_RIDGE, LINAS_TARGET_AUTO);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, scaled, ROWS), LINAS_OK);
    ck_assert_int_ne(quality_of(predictor).target, LINAS_TARGET_RAW);
    double means[FRESH];
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, NULL), LINAS_OK);
    ck_assert_double_gt(tau_of(data->context, data->truth, means, FRESH), 0.5);
    linas_predictor_destroy(predictor);
    free_data(data);
}
END_TEST

START_TEST(one_variable) {
    for (int32_t order = LINAS_CATEGORICAL; order <= LINAS_ORDINAL; order++) {
        linas_context *context = test_context();
        linas_space *space = NULL;
        int64_t values[] = {1, 2, 3, 4, 5, 6};
        linas_space_create(context, &space);
        linas_space_add_int(space, "x", 1, values, order == LINAS_ORDINAL ? 6 : 1, order);
        int32_t genomes[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        double targets[] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}, means[12];
        for (int i = 0; i < 12 && order == LINAS_ORDINAL; i++)
            genomes[i] = i % 6;
        linas_predictor *predictor = make_predictor(space, LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO);
        ck_assert_int_eq(linas_predictor_fit(predictor, genomes, targets, 12), LINAS_OK);
        ck_assert_int_eq(linas_predictor_predict(predictor, genomes, 12, means, NULL), LINAS_OK);
        for (int i = 0; i < 12; i++)
            ck_assert_double_eq_tol(means[i], order == LINAS_ORDINAL ? targets[i] : 3.5, 0.6);
        linas_predictor_destroy(predictor);
        linas_space_destroy(space);
        linas_context_destroy(context);
    }
}
END_TEST

START_TEST(bad_calls_are_refused) {
    small_data *data = make_data(15);
    linas_predictor *predictor = (linas_predictor *)data;
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    ck_assert_int_eq(linas_predictor_create(NULL, NULL, &predictor), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_ptr_null(predictor);
    ck_assert_int_eq(linas_predictor_create(data->space, NULL, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    options.model = LINAS_PREDICTOR_CUSTOM;
    ck_assert_int_eq(linas_predictor_create(data->space, &options, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    for (int32_t model = -1; model < 10; model += 10) {
        options.model = model;
        ck_assert_int_eq(linas_predictor_create(data->space, &options, &predictor),
                         LINAS_ERROR_INVALID_ARGUMENT);
    }
    linas_predictor_options_init(NULL);
    linas_predictor_options_init(&options);
    options.target = -1;
    ck_assert_int_eq(linas_predictor_create(data->space, &options, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    options.target = 4;
    ck_assert_int_eq(linas_predictor_create(data->space, &options, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    linas_predictor_options_init(&options);
    options.folds = 1;
    ck_assert_int_eq(linas_predictor_create(data->space, &options, &predictor),
                     LINAS_ERROR_OUT_OF_RANGE);
    linas_predictor_options_init(&options);
    options.size = 0;
    ck_assert_int_eq(linas_predictor_create(data->space, &options, &predictor),
                     LINAS_ERROR_STRUCT_SIZE);
    linas_space *empty = NULL;
    linas_space_create(data->context, &empty);
    ck_assert_int_eq(linas_predictor_create(empty, NULL, &predictor), LINAS_ERROR_INVALID_ARGUMENT);
    linas_space_destroy(empty);

    ck_assert_int_eq(linas_predictor_create(data->space, NULL, &predictor), LINAS_OK);
    double means[1];
    linas_predictor_quality quality = LINAS_PREDICTOR_QUALITY_INIT;
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, 1, means, NULL),
                     LINAS_ERROR_NOT_FITTED);
    ck_assert_int_eq(linas_predictor_get_quality(predictor, &quality), LINAS_ERROR_NOT_FITTED);
    ck_assert_int_eq(linas_predictor_save(predictor, NULL, 0, NULL), LINAS_ERROR_NOT_FITTED);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, 0),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_fit(predictor, NULL, data->targets, 3),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, SIZE_MAX / 2),
                     LINAS_ERROR_TOO_LARGE);
    ck_assert_int_eq(linas_predictor_fit(NULL, data->genomes, data->targets, 3),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    double before[FRESH], after[FRESH];
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, before, NULL),
                     LINAS_OK);

    /* A failed fit leaves the predictor as it was. */
    data->targets[5] = NAN;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS),
                     LINAS_ERROR_NOT_FINITE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(data->context), "row 5"));
    data->targets[5] = 1.0;
    data->genomes[2 * SMALL_VARIABLES + 1] = 3;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS),
                     LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(data->context), "row 2"));
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, after, NULL), LINAS_OK);
    ck_assert_mem_eq(before, after, sizeof before);

    ck_assert_int_eq(linas_predictor_predict(predictor, data->genomes, ROWS, after, NULL),
                     LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_predictor_predict(predictor, NULL, 1, after, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, 1, NULL, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_predict(predictor, NULL, 0, NULL, NULL), LINAS_OK);
    ck_assert_int_eq(linas_predictor_predict(NULL, data->fresh, 1, after, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_get_quality(predictor, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_get_quality(NULL, &quality), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, NULL, 3),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_save(NULL, NULL, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    quality.size = 0;
    ck_assert_int_eq(linas_predictor_get_quality(predictor, &quality), LINAS_ERROR_STRUCT_SIZE);
    linas_predictor_destroy(predictor);
    linas_predictor_destroy(NULL);
    free_data(data);
}
END_TEST

START_TEST(objects_may_go_in_any_order) {
    small_data *data = make_data(16);
    linas_predictor *predictor =
        make_predictor(data->space, LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO);
    linas_space_destroy(data->space);
    linas_context_destroy(data->context);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    double means[FRESH];
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, NULL), LINAS_OK);
    linas_predictor_destroy(predictor);
    free(data);
}
END_TEST

START_TEST(batches_are_the_same_as_single_rows) {
    small_data *data = make_data(17);
    enum { MANY = 2500 }; /* more than two blocks */
    int32_t *genomes = malloc(MANY * SMALL_VARIABLES * sizeof *genomes);
    double *means = malloc(MANY * sizeof *means), single, deviation;
    lns_rng rng = stream(18);
    random_genomes(data->space, &rng, MANY, genomes);
    linas_predictor *predictor =
        make_predictor(data->space, LINAS_PREDICTOR_SVR, LINAS_TARGET_RANK);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    ck_assert_int_eq(linas_predictor_predict(predictor, genomes, MANY, means, NULL), LINAS_OK);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(linas_predictor_predict(predictor, genomes + i * SMALL_VARIABLES, 1,
                                                 &single, &deviation),
                         LINAS_OK);
        ck_assert_double_eq(single, means[i]);
    }
    linas_predictor_destroy(predictor);
    free(genomes);
    free(means);
    free_data(data);
}
END_TEST

/* -- stored form ------------------------------------------------------------------------------- */

static void check_stored(small_data *data, int32_t model, int32_t target) {
    linas_predictor *predictor = make_predictor(data->space, model, target), *loaded = NULL;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    char *text = save_text(predictor);
    ck_assert_int_eq(linas_predictor_load(data->space, text, strlen(text), &loaded), LINAS_OK);
    double means[2][FRESH], deviations[2][FRESH];
    linas_predictor_predict(predictor, data->fresh, FRESH, means[0], deviations[0]);
    linas_predictor_predict(loaded, data->fresh, FRESH, means[1], deviations[1]);
    ck_assert_mem_eq(means[0], means[1], sizeof means[0]);
    ck_assert_mem_eq(deviations[0], deviations[1], sizeof deviations[0]);
    linas_predictor_quality one = quality_of(predictor), two = quality_of(loaded);
    ck_assert_mem_eq(&one, &two, sizeof one);
    char *again = save_text(loaded);
    ck_assert_str_eq(text, again);
    /* A loaded predictor is fitted again as the stored one would be. */
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, 30), LINAS_OK);
    ck_assert_int_eq(linas_predictor_fit(loaded, data->genomes, data->targets, 30), LINAS_OK);
    linas_predictor_predict(predictor, data->fresh, FRESH, means[0], NULL);
    linas_predictor_predict(loaded, data->fresh, FRESH, means[1], NULL);
    ck_assert_mem_eq(means[0], means[1], sizeof means[0]);
    free(again);
    free(text);
    linas_predictor_destroy(predictor);
    linas_predictor_destroy(loaded);
}

START_TEST(stored_predictors_predict_the_same_bits) {
    small_data *data = make_data(19);
    for (int m = 0; m < MODELS; m++)
        for (int32_t target = LINAS_TARGET_AUTO; target <= LINAS_TARGET_RANK; target++)
            check_stored(data, every_model[m], target);
    free_data(data);
}
END_TEST

START_TEST(undefined_quality_is_stored) {
    small_data *data = make_data(20);
    linas_predictor *predictor =
                        make_predictor(data->space, LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO),
                    *loaded = NULL;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, 1), LINAS_OK);
    char *text = save_text(predictor);
    ck_assert_int_eq(linas_predictor_load(data->space, text, strlen(text), &loaded), LINAS_OK);
    ck_assert(isnan(quality_of(loaded).rmse));
    free(text);
    linas_predictor_destroy(predictor);
    linas_predictor_destroy(loaded);
    free_data(data);
}
END_TEST

static char *replaced(const char *text, const char *from, const char *to) {
    const char *found = strstr(text, from);
    ck_assert_msg(found != NULL, "%s", from);
    char *made = malloc(strlen(text) + strlen(to) + 1);
    sprintf(made, "%.*s%s%s", (int)(found - text), text, to, found + strlen(from));
    return made;
}

static void expect_refused(small_data *data, const char *text, linas_status expected,
                           const char *why) {
    linas_predictor *loaded = (linas_predictor *)data;
    ck_assert_int_eq(linas_predictor_load(data->space, text, strlen(text), &loaded), expected);
    ck_assert_ptr_null(loaded);
    const char *message = linas_context_message(data->context);
    ck_assert_msg(strstr(message, why) != NULL, "'%s' is not in '%s'", why, message);
}

static char *stored_example(small_data *data, int32_t model, int32_t target) {
    linas_predictor *predictor = make_predictor(data->space, model, target);
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, 12), LINAS_OK);
    char *text = save_text(predictor);
    linas_predictor_destroy(predictor);
    return text;
}

typedef struct damage {
    int32_t model, target;
    const char *from, *to;
    linas_status status;
    const char *why;
} damage;

static const damage damages[] = {
    {1, 1, "{\"linas_predictor\":1", "[{}", LINAS_ERROR_PARSE, "line"},
    {1, 1, "\"linas_predictor\"", "\"other\"", LINAS_ERROR_CORRUPT, "no stored predictor"},
    {1, 1, "\"linas_predictor\":1", "\"linas_predictor\":2", LINAS_ERROR_VERSION, "format 2"},
    {1, 1, "\"linas_predictor\":1", "\"linas_predictor\":0", LINAS_ERROR_CORRUPT, "predictor"},
    {1, 1, "\"linas_predictor\":1", "\"linas_predictor\":\"1\"", LINAS_ERROR_CORRUPT, "a string"},
    {1, 1, "\"space\":\"", "\"space\":\"0", LINAS_ERROR_CORRUPT, "space"},
    {1, 1, "\"space\":", "\"space\":1,\"x\":", LINAS_ERROR_CORRUPT, "space"},
    {1, 1, "\"options\"", "\"opt\"", LINAS_ERROR_CORRUPT, "\"options\" is missing"},
    {1, 1, "\"folds\":5", "\"folds\":1", LINAS_ERROR_CORRUPT, "folds"},
    {1, 1, "\"folds\":5", "\"folds\":5.5", LINAS_ERROR_CORRUPT, "folds"},
    {1, 1, "\"seed\":\"0000000000000001\"", "\"seed\":\"000000000000000G\"", LINAS_ERROR_CORRUPT,
     "seed"},
    {1, 1, "\"model\":\"ridge\"", "\"model\":\"oracle\"", LINAS_ERROR_CORRUPT, "model"},
    {1, 1, "\"kind\":\"raw\"", "\"kind\":\"auto\"", LINAS_ERROR_CORRUPT, "kind"},
    {1, 1, "\"kind\":\"raw\"", "\"kind\":\"rank\"", LINAS_ERROR_CORRUPT, "scores"},
    {1, 1, "\"exponent\":", "\"exponent\":9999", LINAS_ERROR_CORRUPT, "exponent"},
    {1, 1, "\"centre\":", "\"centre\":null,\"x\":", LINAS_ERROR_CORRUPT, "centre"},
    {1, 3, "\"scores\":[", "\"scores\":[99,", LINAS_ERROR_CORRUPT, "values"},
    {1, 3, "\"scores\":[", "\"scores\":[],\"x\":[", LINAS_ERROR_CORRUPT, "scores"},
    {1, 3, "\"scores\":[-", "\"scores\":[9", LINAS_ERROR_CORRUPT, "does not increase"},
    {1, 3, "\"values\":[", "\"values\":[true,", LINAS_ERROR_CORRUPT, "values"},
    {1, 1, "\"rows\":12", "\"rows\":0", LINAS_ERROR_CORRUPT, "rows"},
    {1, 1, "\"rmse\":", "\"rmse\":{},\"x\":", LINAS_ERROR_CORRUPT, "rmse"},
    {1, 1, "\"deviation\":", "\"deviation\":-", LINAS_ERROR_CORRUPT, "deviation"},
    {1, 1, "\"views\":[0", "\"views\":[1", LINAS_ERROR_CORRUPT, "views"},
    {1, 1, "\"views\":[0", "\"views\":[2", LINAS_ERROR_CORRUPT, "views"},
    {1, 1, "\"views\":[0", "\"views\":[0,0", LINAS_ERROR_CORRUPT, "views"},
    {1, 1, "\"parameters\":{", "\"parameters\":[],\"x\":{", LINAS_ERROR_CORRUPT, "parameters"},
    {1, 1, "\"intercept\":", "\"intercept\":\"\",\"x\":", LINAS_ERROR_CORRUPT, "intercept"},
    {1, 1, "\"weights\":[", "\"weights\":[[],", LINAS_ERROR_CORRUPT, "weights"},
    {1, 1, "\"weights\":[\n[", "\"weights\":[\n[0,", LINAS_ERROR_CORRUPT, "weights"},
    {1, 1, ",\n\"model\":\"ridge\"", ",\n\"model\":\"auto\"", LINAS_ERROR_CORRUPT, "model"},
    {2, 1, "\"vectors\":[\n[", "\"vectors\":[\n[\"x\",1],[", LINAS_ERROR_CORRUPT, "coefficients"},
    {2, 1, "\"box\":", "\"box\":[],\"x\":", LINAS_ERROR_CORRUPT, "box"},
    {2, 1, "\"gamma\":", "\"gamma\":[],\"x\":", LINAS_ERROR_CORRUPT, "gamma"},
    {2, 1, "\"gamma\":", "\"gamma\":-", LINAS_ERROR_CORRUPT, "gamma"},
    {4, 1, "\"targets\":[", "\"targets\":[],\"x\":[", LINAS_ERROR_CORRUPT, "targets"},
    {4, 1, "\"targets\":[", "\"targets\":3,\"x\":[", LINAS_ERROR_CORRUPT, "targets"},
    {4, 1, "\"states\":[", "\"states\":[1,", LINAS_ERROR_CORRUPT, "states"},
    {4, 1, "\"states\":[", "\"states\":[9", LINAS_ERROR_CORRUPT, "wrong entry at 0"},
    {4, 1, "\"states\":[", "\"states\":[0.5", LINAS_ERROR_CORRUPT, "wrong entry at 0"},
    {4, 1, "\"parameters\":[", "\"parameters\":[1,", LINAS_ERROR_CORRUPT, "parameters"},
    {2, 1, "\"rho\":", "\"rho\":[],\"x\":", LINAS_ERROR_CORRUPT, "rho"},
    {2, 1, "\"coefficients\":[", "\"coefficients\":[1,", LINAS_ERROR_CORRUPT, "coefficients"},
    {2, 1, "\"vectors\":[\n[", "\"vectors\":[\n[3,", LINAS_ERROR_CORRUPT, "vector"},
    {2, 1, "\"vectors\":[\n[", "\"vectors\":[\n[9", LINAS_ERROR_CORRUPT, "no value"},
    {2, 1, "\"vectors\":[\n[", "\"vectors\":{},\"x\":[\n[", LINAS_ERROR_CORRUPT, "vectors"},
};

START_TEST(damaged_files_are_refused) {
    small_data *data = make_data(21);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const damage *d = damages + i;
        char *good = stored_example(data, d->model, d->target);
        char *bad = replaced(good, d->from, d->to);
        expect_refused(data, bad, d->status, d->why);
        free(bad);
        free(good);
    }
    linas_space *other = flat_space(data->context);
    char *text = stored_example(data, LINAS_PREDICTOR_RIDGE, LINAS_TARGET_RAW);
    linas_predictor *loaded = NULL;
    ck_assert_int_eq(linas_predictor_load(other, text, strlen(text), &loaded),
                     LINAS_ERROR_MISMATCH);
    ck_assert_int_eq(linas_predictor_load(NULL, text, strlen(text), &loaded),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_load(other, NULL, 0, &loaded), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_load(other, text, strlen(text), NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    free(text);
    linas_space_destroy(other);
    free_data(data);
}
END_TEST

static void try_loading(small_data *data, const char *text, size_t length) {
    linas_predictor *loaded = NULL;
    double means[8];
    linas_status status = linas_predictor_load(data->space, text, length, &loaded);
    if (status != LINAS_OK) {
        ck_assert_str_ne(linas_context_message(data->context), "");
        return;
    }
    ck_assert_int_eq(linas_predictor_predict(loaded, data->fresh, 8, means, NULL), LINAS_OK);
    for (int i = 0; i < 8; i++)
        ck_assert(isfinite(means[i]));
    linas_predictor_destroy(loaded);
}

START_TEST(random_damage_does_no_harm) {
    small_data *data = make_data(22);
    lns_rng rng = stream(23);
    for (int32_t model = 1; model <= 2; model++)
        for (int32_t target = 1; target <= 3; target += 2) {
            char *text = stored_example(data, model, target);
            size_t length = strlen(text);
            for (size_t cut = 0; cut < length; cut += is_quick() ? 97 : 3)
                try_loading(data, text, cut);
            for (int trial = 0; trial < (is_quick() ? 20 : 2000); trial++) {
                char *bad = malloc(length + 1);
                memcpy(bad, text, length + 1);
                for (uint32_t hits = 1 + lns_rng_below(&rng, 3); hits > 0; hits--)
                    bad[lns_rng_below(&rng, (uint32_t)length)] =
                        "0123456789-e.,[]{}\":x"[lns_rng_below(&rng, 21)];
                try_loading(data, bad, length);
                free(bad);
            }
            free(text);
        }
    free_data(data);
}
END_TEST

START_TEST(locales_do_not_matter) {
    const char *names[] = {"fr_FR.UTF-8", "fr_FR.utf8", "de_DE.UTF-8", "tr_TR.UTF-8"};
    const char *set = NULL;
    for (int i = 0; i < 4 && !set; i++)
        set = setlocale(LC_ALL, names[i]) ? names[i] : NULL;
    if (!set) {
        test_skip("no foreign locale is installed");
        return;
    }
    small_data *data = make_data(24);
    char *foreign = stored_example(data, LINAS_PREDICTOR_SVR, LINAS_TARGET_RANK);
    setlocale(LC_ALL, "C");
    char *plain = stored_example(data, LINAS_PREDICTOR_SVR, LINAS_TARGET_RANK);
    ck_assert_str_eq(foreign, plain);
    setlocale(LC_ALL, set);
    linas_predictor *loaded = NULL;
    ck_assert_int_eq(linas_predictor_load(data->space, plain, strlen(plain), &loaded), LINAS_OK);
    char *again = save_text(loaded);
    ck_assert_str_eq(again, plain);
    setlocale(LC_ALL, "C");
    linas_predictor_destroy(loaded);
    free(again);
    free(foreign);
    free(plain);
    free_data(data);
}
END_TEST

/* -- the host's own ---------------------------------------------------------------------------- */

typedef struct host_model {
    linas_predictor *self;
    size_t fits, predicts, released, rows;
    int32_t fit_code, predict_code;
    double answer, deviation;
    int32_t first_gene;
    linas_status inner; /* of a call from inside */
} host_model;

static int32_t host_fit(void *user_data, const int32_t *genomes, const double *targets,
                        size_t rows) {
    host_model *host = user_data;
    host->fits++;
    host->rows = rows;
    host->answer = targets[rows - 1];
    host->first_gene = genomes[1];
    host->inner = linas_predictor_fit(host->self, genomes, targets, rows);
    return host->fit_code;
}

static int32_t host_predict(void *user_data, const int32_t *genomes, size_t rows, double *means,
                            double *deviations) {
    host_model *host = user_data;
    host->predicts++;
    for (size_t i = 0; i < rows; i++) {
        means[i] = host->answer + genomes[i * SMALL_VARIABLES + RESOLUTION];
        if (deviations)
            deviations[i] = host->deviation;
    }
    host->inner = linas_predictor_predict(host->self, genomes, rows, means, deviations);
    return host->predict_code;
}

static void host_release(void *user_data) {
    ((host_model *)user_data)->released++;
}

static linas_predictor *make_custom(small_data *data, host_model *host) {
    linas_predictor_callbacks callbacks = {sizeof callbacks, 0,   host_fit, host_predict,
                                           host_release,     host};
    linas_predictor *predictor = NULL;
    ck_assert_int_eq(linas_predictor_create_custom(data->space, &callbacks, &predictor), LINAS_OK);
    host->self = predictor;
    return predictor;
}

START_TEST(custom_predictors_are_asked) {
    small_data *data = make_data(25);
    host_model host = {.deviation = 0.5};
    linas_predictor *predictor = make_custom(data, &host);
    double means[FRESH], deviations[FRESH];
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, 1, means, NULL),
                     LINAS_ERROR_NOT_FITTED);
    data->genomes[6] = 0; /* makes ks[1] inactive */
    data->genomes[1] = 2;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    ck_assert_uint_eq(host.fits, 1);
    ck_assert_uint_eq(host.rows, ROWS);
    ck_assert_int_eq(host.first_gene, 0); /* canonical */
    ck_assert_int_eq(host.inner, LINAS_ERROR_REENTRANT);
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, deviations),
                     LINAS_OK);
    ck_assert_int_eq(host.inner, LINAS_ERROR_REENTRANT);
    for (int i = 0; i < FRESH; i++) {
        ck_assert_double_eq(means[i], data->targets[ROWS - 1] +
                                          data->fresh[i * SMALL_VARIABLES + RESOLUTION]);
        ck_assert_double_eq(deviations[i], 0.5);
    }
    double bound;
    ck_assert(lns_predictor_tells_deviations(predictor));
    ck_assert_int_eq(lns_predictor_bound(predictor, data->fresh, 1, -3.0, &bound), LINAS_OK);
    ck_assert_double_eq(bound, means[0] - 1.5);
    linas_predictor_quality quality = quality_of(predictor);
    ck_assert_int_eq(quality.model, LINAS_PREDICTOR_CUSTOM);
    ck_assert_uint_eq(quality.rows, ROWS);
    ck_assert(isnan(quality.kendall_tau));
    ck_assert_int_eq(linas_predictor_save(predictor, NULL, 0, NULL), LINAS_ERROR_UNSUPPORTED);
    linas_predictor_destroy(predictor);
    ck_assert_uint_eq(host.released, 1);
    free_data(data);
}
END_TEST

START_TEST(stop_codes_come_back) {
    small_data *data = make_data(26);
    host_model host = {.fit_code = 77};
    linas_predictor *predictor = make_custom(data, &host);
    double means[FRESH], deviations[FRESH];
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), 77);
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, 1, means, NULL),
                     LINAS_ERROR_NOT_FITTED);
    host.fit_code = -5;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), -5);
    host.fit_code = 0;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS), LINAS_OK);
    host.predict_code = 12345;
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, NULL), 12345);
    host.predict_code = 0;
    host.deviation = -1.0;
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, deviations),
                     LINAS_ERROR_NOT_FINITE);
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, NULL), LINAS_OK);
    host.answer = NAN;
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, NULL),
                     LINAS_ERROR_NOT_FINITE);
    linas_predictor_destroy(predictor);
    free_data(data);
}
END_TEST

START_TEST(custom_predictors_need_both_callbacks) {
    small_data *data = make_data(27);
    linas_predictor *predictor = (linas_predictor *)data;
    linas_predictor_callbacks callbacks = {sizeof callbacks, 0, host_fit, NULL, NULL, NULL};
    ck_assert_int_eq(linas_predictor_create_custom(data->space, &callbacks, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_ptr_null(predictor);
    ck_assert_int_eq(linas_predictor_create_custom(data->space, NULL, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_create_custom(NULL, &callbacks, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    callbacks.predict = host_predict;
    callbacks.fit = NULL;
    ck_assert_int_eq(linas_predictor_create_custom(data->space, &callbacks, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_predictor_create_custom(data->space, &callbacks, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    linas_space *empty = NULL;
    ck_assert_int_eq(linas_space_create(data->context, &empty), LINAS_OK);
    callbacks.fit = host_fit;
    ck_assert_int_eq(linas_predictor_create_custom(empty, &callbacks, &predictor),
                     LINAS_ERROR_INVALID_ARGUMENT);
    linas_space_destroy(empty);
    callbacks.size = 1;
    ck_assert_int_eq(linas_predictor_create_custom(data->space, &callbacks, &predictor),
                     LINAS_ERROR_STRUCT_SIZE);
    callbacks.size = sizeof callbacks;
    ck_assert_int_eq(linas_predictor_create_custom(data->space, &callbacks, &predictor), LINAS_OK);
    linas_predictor_destroy(predictor); /* no release */
    free_data(data);
}
END_TEST

/* -- numerical failures ------------------------------------------------------------------------ */

/* Factorisations, of which one fails (counted from 0), or all from one on. */
static long factor_calls, factor_fails_at = -1;
static int factor_fails_on;

static bool factor_refuses(void) {
    long call = factor_calls++;
    return factor_fails_at >= 0 &&
           (call == factor_fails_at || (factor_fails_on && call > factor_fails_at));
}

bool __real_lns_factor(double *matrix, size_t n);
bool __wrap_lns_factor(double *matrix, size_t n);
bool __wrap_lns_factor(double *matrix, size_t n) {
    return !factor_refuses() && __real_lns_factor(matrix, n);
}

/* A matrix that is not positive definite, at every place: the fit says so and the predictor is as
 * before, or it gets over it. */
START_TEST(every_factorisation_may_fail) {
    static const int32_t models[] = {LINAS_PREDICTOR_RIDGE, LINAS_PREDICTOR_GP};
    small_data *data = make_data(41);
    linas_predictor *predictor = make_predictor(data->space, models[_i], LINAS_TARGET_RAW);
    double before[FRESH], after[FRESH];
    long refused = 0, total;
    ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, 20), LINAS_OK);
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, before, NULL),
                     LINAS_OK);
    for (factor_fails_on = 0; factor_fails_on < 2; factor_fails_on++) {
        factor_fails_at = -1;
        for (long at = 0;; at += 1 + at / 8) {
            factor_calls = 0;
            factor_fails_at = at;
            linas_predictor *fresh = make_predictor(data->space, models[_i], LINAS_TARGET_RAW);
            linas_status status = linas_predictor_fit(fresh, data->genomes, data->targets, 24);
            total = factor_calls;
            ck_assert(status == LINAS_OK || status == LINAS_ERROR_NUMERIC);
            if (models[_i] == LINAS_PREDICTOR_RIDGE)
                ck_assert_int_eq(status, total > at ? LINAS_ERROR_NUMERIC : LINAS_OK);
            ck_assert_int_eq(linas_predictor_predict(fresh, data->fresh, FRESH, after, NULL),
                             status == LINAS_OK ? LINAS_OK : LINAS_ERROR_NOT_FITTED);
            linas_predictor_destroy(fresh);
            factor_calls = 0;
            status = linas_predictor_fit(predictor, data->genomes, data->targets, 24);
            factor_fails_at = -1;
            refused += status == LINAS_ERROR_NUMERIC;
            if (status == LINAS_OK)
                ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, 20),
                                 LINAS_OK);
            if (total <= at)
                break;
        }
    }
    ck_assert_int_gt(refused, 0);
    ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, after, NULL), LINAS_OK);
    if (models[_i] == LINAS_PREDICTOR_RIDGE)
        ck_assert_mem_eq(before, after, sizeof before);
    linas_predictor_destroy(predictor);
    free_data(data);
}
END_TEST

extern int32_t svm_stand_in;

START_TEST(failures_of_libsvm_are_said) {
    static const linas_status expected[] = {LINAS_OK, LINAS_ERROR_NO_MEMORY, LINAS_ERROR_NUMERIC,
                                            LINAS_ERROR_NUMERIC, LINAS_ERROR_NUMERIC};
    small_data *data = make_data(42);
    linas_predictor *predictor = make_predictor(data->space, LINAS_PREDICTOR_SVR, LINAS_TARGET_RAW);
    for (int32_t how = 4; how >= 0; how--) {
        svm_stand_in = how;
        ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, 20),
                         expected[how]);
        svm_stand_in = 0;
        ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, 1, data->targets, NULL),
                         how ? LINAS_ERROR_NOT_FITTED : LINAS_OK);
    }
    linas_predictor_destroy(predictor);
    free_data(data);
}
END_TEST

/* -- counts beyond what is possible ------------------------------------------------------------ */

START_TEST(too_many_values_variables_rows) {
    enum { MANY = 65536, SVR_ROWS = 10001 };
    linas_context *context = test_context();
    linas_space *space;
    linas_predictor *predictor;
    int64_t *values = calloc(MANY, sizeof *values);
    for (int i = 0; i < MANY; i++)
        values[i] = i;
    for (int c = 0; c < 2; c++) {
        ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
        ck_assert_int_eq(
            linas_space_add_int(space, "x", c ? MANY : 1, values, c ? 2 : MANY, LINAS_ORDINAL),
            LINAS_OK);
        ck_assert_int_eq(linas_predictor_create(space, NULL, &predictor), LINAS_ERROR_TOO_LARGE);
        ck_assert_ptr_null(predictor);
        linas_space_destroy(space);
    }
    int32_t *genomes = calloc(SVR_ROWS, sizeof *genomes);
    double *targets = calloc(SVR_ROWS, sizeof *targets);
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 1, values, 2, LINAS_ORDINAL), LINAS_OK);
    predictor = make_predictor(space, LINAS_PREDICTOR_SVR, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, targets, SVR_ROWS),
                     LINAS_ERROR_TOO_LARGE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "10000 rows"));
    linas_predictor *process = make_predictor(space, LINAS_PREDICTOR_GP, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(process, genomes, targets, 4001), LINAS_ERROR_TOO_LARGE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "4000 rows"));
    linas_predictor_destroy(process);
    /* Ridge's matrix is as large as the smaller of rows and features. */
    lns_encoding encoding = predictor->encoding;
    lns_training training = {.context = context, .encoding = &encoding, .rows = 40000};
    lns_ridge_path path;
    encoding.features = 30001;
    ck_assert_int_eq(lns_ridge_path_init(&path, &training), LINAS_ERROR_TOO_LARGE);
    linas_predictor_destroy(predictor);
    linas_space_destroy(space);
    free(targets);
    free(genomes);
    free(values);
    linas_context_destroy(context);
}
END_TEST

/* Very many variables, or so many values that SVR keeps no bits of them: sums of the kernel by
 * hand.
 */
START_TEST(svr_of_very_many_features) {
    enum { MOST_N = 1100, MOST_VALUES = 600, SAMPLES = 24 };
    linas_context *context = test_context();
    linas_space *space;
    int64_t values[MOST_VALUES];
    const size_t N = _i ? 6 : MOST_N;
    for (int i = 0; i < MOST_VALUES; i++)
        values[i] = i;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", N - 1, values, 4, LINAS_CATEGORICAL),
                     LINAS_OK);
    ck_assert_int_eq(
        linas_space_add_int(space, "y", 1, values, _i ? MOST_VALUES : 4, LINAS_CATEGORICAL),
        LINAS_OK);
    static int32_t genomes[(SAMPLES + 5) * MOST_N];
    double targets[SAMPLES], means[5];
    lns_rng rng = stream(43);
    random_genomes(space, &rng, SAMPLES + 5, genomes);
    for (size_t i = 0; i < SAMPLES; i++)
        targets[i] = genomes[i * N] + 0.5 * genomes[i * N + 1];
    linas_predictor *predictor = make_predictor(space, LINAS_PREDICTOR_SVR, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, targets, SAMPLES), LINAS_OK);
    ck_assert_int_eq(linas_predictor_predict(predictor, genomes + SAMPLES * N, 5, means, NULL),
                     LINAS_OK);
    char *text = save_text(predictor);
    lns_json *root;
    ck_assert_int_eq(lns_json_parse(context, text, strlen(text), &root), LINAS_OK);
    const lns_json *model = lns_json_get(root, "parameters");
    const lns_json *vectors = lns_json_get(model, "vectors");
    double z[SAMPLES];
    lns_target target;
    ck_assert_int_eq(lns_target_fit(context, LINAS_TARGET_RAW, targets, SAMPLES, &target, z),
                     LINAS_OK);
    for (size_t i = 0; i < 5; i++) {
        const int32_t *genome = genomes + (SAMPLES + i) * N;
        double sum = -stored_number(root, "parameters", "rho");
        for (size_t k = 0; k < lns_json_size(vectors); k++) {
            double apart = 0.0;
            for (size_t v = 0; v < N; v++)
                apart += lns_json_int(lns_json_at(lns_json_at(vectors, k), v)) != genome[v] ? 2 : 0;
            sum += lns_json_number(lns_json_at(lns_json_get(model, "coefficients"), k)) *
                   exp(-stored_number(root, "parameters", "gamma") * apart);
        }
        ck_assert_double_eq_tol(means[i], lns_target_back(&target, sum), 1e-8);
    }
    lns_target_free(context, &target);
    lns_json_free(root);
    free(text);
    linas_predictor_destroy(predictor);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Ordinals that may be inactive, of numbers that are not all positive, of none, and twins of them.
 */
START_TEST(a_process_over_odd_ordinals) {
    enum { N = 6, TRAINED = 40, HELD = 40 };
    linas_context *context = test_context();
    linas_space *space;
    static const int64_t ints[] = {0, 1, 2}, more[] = {1, 2, 4};
    static const char *const strings[] = {"a", "b", "c"};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "d", 1, more, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "zero", 1, ints, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_string(space, "text", 1, strings, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "twin", 1, more, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "two", 2, ints, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "zero", 0, "d", 0, 1.0), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "text", 0, "d", 0, 1.0), LINAS_OK);
    int32_t genomes[(TRAINED + HELD) * N];
    double targets[TRAINED + HELD], means[HELD], tau;
    lns_rng rng = stream(44);
    random_genomes(space, &rng, TRAINED + HELD, genomes);
    for (size_t i = 0; i < TRAINED + HELD; i++) {
        const int32_t *g = genomes + i * N;
        targets[i] = g[0] + (g[0] > 0 ? 0.5 * g[1] + 0.7 * g[2] : 0.0) + 0.3 * g[3] + 0.2 * g[4];
    }
    linas_predictor *predictor = make_predictor(space, LINAS_PREDICTOR_GP, LINAS_TARGET_RAW);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, targets, TRAINED), LINAS_OK);
    ck_assert_int_eq(linas_predictor_predict(predictor, genomes + TRAINED * N, HELD, means, NULL),
                     LINAS_OK);
    ck_assert_int_eq(linas_metric_kendall_tau(context, targets + TRAINED, means, HELD, &tau),
                     LINAS_OK);
    ck_assert_double_gt(tau, 0.9);
    linas_predictor_destroy(predictor);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* -- memory ------------------------------------------------------------------------------------ */

/* Everything once; the first failure is returned. */
static linas_status use_everything(linas_context *context, int32_t model, int32_t target,
                                   const small_data *data) {
    linas_space *space = small_space(context);
    if (!space)
        return LINAS_ERROR_NO_MEMORY;
    linas_predictor *predictor = NULL, *loaded = NULL;
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    options.model = model;
    options.target = target;
    double means[10], again[10], tau;
    static char text[200000];
    linas_status status = linas_predictor_create(space, &options, &predictor);
    if (status == LINAS_OK)
        status = linas_predictor_fit(predictor, data->genomes, data->targets, 14);
    if (status == LINAS_OK)
        status = linas_predictor_predict(predictor, data->fresh, 10, means, NULL);
    if (status == LINAS_OK) {
        status = linas_predictor_fit(predictor, data->genomes, data->targets, 16);
        /* After a failure it predicts as before. */
        ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, 10, again, NULL),
                         LINAS_OK);
        if (status != LINAS_OK)
            ck_assert_mem_eq(means, again, sizeof means);
    }
    if (status == LINAS_OK)
        status = linas_predictor_save(predictor, text, sizeof text, NULL);
    if (status == LINAS_OK)
        status = linas_predictor_load(space, text, strlen(text), &loaded);
    if (status == LINAS_OK)
        status = linas_metric_kendall_tau(context, means, again, 10, &tau);
    if (status == LINAS_OK)
        status = linas_metric_spearman(context, means, again, 10, &tau);
    linas_predictor_destroy(loaded);
    linas_predictor_destroy(predictor);
    linas_space_destroy(space);
    return status;
}

static void sweep(int32_t model, int32_t target, const small_data *data) {
    for (long fail_at = 1;; fail_at += is_quick() ? 23 : 1) {
        test_allocator allocator;
        linas_context *context = test_failing_context(&allocator, fail_at);
        linas_status status = use_everything(context, model, target, data);
        ck_assert_msg(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY, "%s at %ld: %s",
                      linas_status_name(status), fail_at, linas_context_message(context));
        linas_context_destroy(context);
        ck_assert_int_eq(allocator.live, 0);
        if (status == LINAS_OK && allocator.calls <= fail_at)
            break;
        ck_assert_msg(status != LINAS_OK, "allocation %ld failed unnoticed", fail_at);
        ck_assert_int_lt(fail_at, 100000);
    }
}

START_TEST(every_allocation_may_fail) {
    small_data *data = make_data(28);
    sweep(LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO, data);
    sweep(LINAS_PREDICTOR_RIDGE, LINAS_TARGET_RANK, data);
    sweep(LINAS_PREDICTOR_SVR, LINAS_TARGET_RANK, data);
    sweep(LINAS_PREDICTOR_GP, LINAS_TARGET_RANK, data);
    free_data(data);
}
END_TEST

START_TEST(custom_allocations_may_fail) {
    small_data *data = make_data(29);
    for (long fail_at = 1;; fail_at++) {
        test_allocator allocator;
        linas_context *context = test_failing_context(&allocator, fail_at);
        linas_space *space = small_space(context);
        linas_predictor *predictor = NULL;
        host_model host = {0};
        linas_predictor_callbacks callbacks = {sizeof callbacks, 0,    host_fit, host_predict,
                                               host_release,     &host};
        linas_status status = LINAS_ERROR_NO_MEMORY;
        if (space)
            status = linas_predictor_create_custom(space, &callbacks, &predictor);
        ck_assert_uint_eq(host.released, 0);
        host.self = predictor;
        if (status == LINAS_OK)
            status = linas_predictor_fit(predictor, data->genomes, data->targets, 4);
        linas_predictor_destroy(predictor);
        linas_space_destroy(space);
        linas_context_destroy(context);
        ck_assert_uint_eq(host.released, predictor ? 1 : 0);
        ck_assert_int_eq(allocator.live, 0);
        if (status == LINAS_OK)
            break;
        ck_assert_int_eq(status, LINAS_ERROR_NO_MEMORY);
    }
    free_data(data);
}
END_TEST

START_TEST(predicting_allocates_nothing) {
    small_data *data = make_data(30);
    test_allocator allocator;
    linas_context *context = test_failing_context(&allocator, -1);
    linas_space *space = small_space(context);
    for (int m = 0; m < MODELS; m++) {
        linas_predictor *predictor = make_predictor(space, every_model[m], LINAS_TARGET_RANK);
        ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, ROWS),
                         LINAS_OK);
        long calls = allocator.calls;
        double means[FRESH], deviations[FRESH];
        ck_assert_int_eq(linas_predictor_predict(predictor, data->fresh, FRESH, means, deviations),
                         LINAS_OK);
        ck_assert_int_eq(allocator.calls, calls);
        linas_predictor_destroy(predictor);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
    free_data(data);
}
END_TEST

/* -- processors -------------------------------------------------------------------------------- */

static const char *program; /* argv[0] */

/* Of stored models and their predictions. */
static uint64_t digest_of_fits(void) {
    uint64_t digest = 0;
    for (uint64_t seed = 31; seed < (is_quick() ? 33 : 39); seed++) {
        small_data *data = make_data(seed);
        linas_predictor *predictor =
            make_predictor(data->space, every_model[seed % MODELS], LINAS_TARGET_AUTO);
        size_t rows = 20 + 5 * (size_t)(seed % 9);
        ck_assert_int_eq(linas_predictor_fit(predictor, data->genomes, data->targets, rows),
                         LINAS_OK);
        double means[FRESH];
        linas_predictor_predict(predictor, data->fresh, FRESH, means, NULL);
        digest = lns_hash_bytes(digest, means, sizeof means);
        char *text = save_text(predictor);
        digest = lns_hash_bytes(digest, text, strlen(text));
        free(text);
        linas_predictor_destroy(predictor);
        free_data(data);
    }
    return digest;
}

/* Alone in its case, for the processes that the next test starts. */
START_TEST(print_digest) {
    if (getenv("LINAS_TEST_DIGEST"))
        printf("digest %016llx\n", (unsigned long long)digest_of_fits());
}
END_TEST

/* OpenBLAS chooses its kernels when it is loaded: each choice needs a process of its own. */
static uint64_t digest_with(const char *settings) {
    char command[4200], line[200];
    unsigned long long digest = 0;
    snprintf(command, sizeof command, "%s LINAS_TEST_DIGEST=1 CK_FORK=no CK_RUN_CASE=digest '%s'",
             settings, program);
    FILE *stream = popen(command, "r");
    ck_assert_ptr_nonnull(stream);
    while (fgets(line, sizeof line, stream))
        sscanf(line, "digest %llx", &digest);
    pclose(stream);
    return digest;
}

START_TEST(blas_kernels_and_threads_do_not_matter) {
    uint64_t expected = digest_of_fits();
    ck_assert_uint_eq(digest_with("OPENBLAS_CORETYPE=Prescott OPENBLAS_NUM_THREADS=1"), expected);
    ck_assert_uint_eq(digest_with("OPENBLAS_CORETYPE=Haswell OPENBLAS_NUM_THREADS=2"), expected);
    ck_assert_uint_eq(digest_with("OPENBLAS_NUM_THREADS=4"), expected);
}
END_TEST

/* -- real measurements ------------------------------------------------------------------------- */

enum { MOST_ROWS = 6000, MOST_COLUMNS = 64, OFA_VARIABLES = 46 };

typedef struct table {
    size_t rows, columns;
    double (*cells)[MOST_COLUMNS];
    char header[8192];
} table;

static int read_table(const char *file, table *t) {
    const char *path = test_data(file);
    if (!path)
        return 0;
    FILE *stream = fopen(path, "r");
    static char line[8192];
    memset(t, 0, sizeof *t);
    t->cells = calloc(MOST_ROWS, sizeof *t->cells);
    ck_assert_ptr_nonnull(fgets(t->header, sizeof t->header, stream));
    while (fgets(line, sizeof line, stream) && t->rows < MOST_ROWS) {
        size_t column = 0;
        for (char *cell = line; cell && column < MOST_COLUMNS; column++) {
            t->cells[t->rows][column] = strtod(cell, NULL);
            cell = strchr(cell, ',');
            cell = cell ? cell + 1 : NULL;
        }
        t->rows++;
    }
    fclose(stream);
    return 1;
}

static size_t column_of(const table *t, const char *name) {
    size_t column = 0;
    for (const char *cell = t->header; cell; column++) {
        if (strncmp(cell, name, strlen(name)) == 0 && strchr(",\r\n", cell[strlen(name)]))
            return column;
        cell = strchr(cell, ',');
        cell = cell ? cell + 1 : NULL;
    }
    ck_abort_msg("no column %s", name);
    return 0;
}

static int32_t index_of_value(size_t variable, double value) {
    if (variable == 45)
        return (int32_t)((value - 128.0) / 4.0);
    double kernels[] = {3, 5, 7}, expansions[] = {3, 4, 6}, depths[] = {2, 3, 4};
    const double *values = variable < 20 ? kernels : variable < 40 ? expansions : depths;
    for (int32_t i = 0; i < 3; i++)
        if (values[i] == value)
            return i;
    ck_abort_msg("value %g of variable %zu", value, variable);
    return 0;
}

/* Fits to `rows` rows drawn at random and returns tau over 1 000 others. */
static double tau_on_table(const table *t, const linas_space *space, const char *measure,
                           size_t rows, uint64_t seed) {
    size_t variables = linas_space_variables(space), others = 1000, total = rows + others;
    static int32_t genomes[2000 * OFA_VARIABLES];
    static double values[2000], means[2000];
    static size_t deck[MOST_ROWS];
    lns_rng rng = stream(seed);
    for (size_t i = 0; i < t->rows; i++)
        deck[i] = i;
    size_t measured = column_of(t, measure);
    for (size_t i = 0; i < total; i++) {
        size_t pick = i + lns_rng_below(&rng, (uint32_t)(t->rows - i)), row = deck[pick];
        deck[pick] = deck[i];
        for (size_t v = 0; v < variables; v++)
            genomes[i * variables + v] = index_of_value(v, t->cells[row][v]);
        values[i] = t->cells[row][measured];
    }
    linas_predictor *predictor = make_predictor(space, LINAS_PREDICTOR_AUTO, LINAS_TARGET_AUTO);
    ck_assert_int_eq(linas_predictor_fit(predictor, genomes, values, rows), LINAS_OK);
    ck_assert_int_eq(
        linas_predictor_predict(predictor, genomes + rows * variables, others, means, NULL),
        LINAS_OK);
    linas_predictor_destroy(predictor);
    return tau_of(lns_space_context(space), values + rows, means, others);
}

START_TEST(measured_accuracy_is_predicted) {
    table t;
    if (!read_table("ofa_mbv3_measured.csv", &t)) {
        test_skip("ofa_mbv3_measured.csv is not at hand");
        return;
    }
    linas_context *context = test_context();
    linas_space *space = ofa_space(context, -1);
    ck_assert_double_gt(tau_on_table(&t, space, "top1_acc_pct", 200, 1), 0.90);
    if (!is_quick()) {
        ck_assert_double_gt(tau_on_table(&t, space, "top1_acc_pct", 100, 2), 0.87);
        ck_assert_double_gt(tau_on_table(&t, space, "macs", 200, 3), 0.965);
        ck_assert_double_gt(tau_on_table(&t, space, "lat_i7-8700K_lut_ms", 200, 4), 0.94);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
    free(t.cells);
}
END_TEST

START_TEST(long_ordinals_are_positions) {
    table t;
    if (!read_table("ofa_mbv3_gpu_latency.csv", &t)) {
        test_skip("ofa_mbv3_gpu_latency.csv is not at hand");
        return;
    }
    linas_context *context = test_context();
    linas_space *ordinal = ofa_space(context, LINAS_ORDINAL);
    linas_space *categorical = ofa_space(context, LINAS_CATEGORICAL);
    double with = tau_on_table(&t, ordinal, "lat_titan_xp_64_ms", 100, 1);
    double without = tau_on_table(&t, categorical, "lat_titan_xp_64_ms", 100, 1);
    ck_assert_double_gt(with, 0.87);
    ck_assert_double_lt(without, with - 0.05);
    linas_space_destroy(ordinal);
    linas_space_destroy(categorical);
    linas_context_destroy(context);
    free(t.cells);
}
END_TEST

/* -- suite ------------------------------------------------------------------------------------- */

static TCase *metrics_case(void) {
    TCase *tcase = tcase_create("metrics");
    tcase_add_test(tcase, mape_and_rmse_by_hand);
    tcase_add_test(tcase, errors_survive_huge_values);
    tcase_add_test(tcase, metrics_without_arguments);
    tcase_add_test(tcase, rank_correlations_by_hand);
    tcase_add_test(tcase, tau_is_its_definition);
    tcase_add_test(tcase, rank_correlations_refuse_bad_input);
    return tcase;
}

static size_t count_equal(const uint16_t *a, const uint16_t *b, const uint16_t *inactive,
                          size_t n) {
    size_t equal = 0;
    for (size_t v = 0; v < n; v++)
        equal += a[v] == b[v] && a[v] != inactive[v];
    return equal;
}

/* Sums by bits: what they mean, and no last bit that hangs on the processor; of one word and of
 * two, with numbers that fit the tables in registers and with others. */
static void check_sums(lns_rng *rng, size_t variables, size_t planes) {
    enum { STRIDE = 40, MOST = 200, PLANES = 3 };
    uint16_t inactive[MOST] = {0}, states[STRIDE + 1][MOST] = {{0}};
    uint64_t bits[4 * PLANES * STRIDE], row[STRIDE + 1][4 * PLANES], mask[4];
    double coefficients[STRIDE], low[LNS_SUM_LOW], high[MOST / LNS_SUM_LOW + LNS_SUM_HIGH];
    size_t words = (variables + 63) / 64;
    for (size_t v = 0; v < variables; v++)
        inactive[v] = (uint16_t)(2 + v % (planes == 3 ? 6 : 2));
    for (size_t d = 0; d < LNS_SUM_LOW; d++)
        low[d] = exp(0.02 * (double)d);
    for (size_t d = 0; d < sizeof high / sizeof high[0]; d++)
        high[d] = exp(0.02 * (double)(LNS_SUM_LOW * d));
    lns_bit_rows rows = {words, planes, STRIDE, bits, coefficients, low, high, variables};
    double plain = 0.0;
    for (size_t k = 0; k <= STRIDE; k++) {
        for (size_t v = 0; v < variables; v++)
            states[k][v] = (uint16_t)lns_rng_below(rng, inactive[v] + 1u);
        lns_bits_of_states(states[k], inactive, variables, planes, row[k], mask);
        for (size_t v = 0; v < variables; v++)
            ck_assert_uint_eq(mask[v / 64] >> v % 64 & 1, states[k][v] != inactive[v]);
        if (k == STRIDE)
            break;
        for (size_t w = 0; w < words * planes; w++)
            bits[w * STRIDE + k] = row[k][w];
    }
    lns_bit_row own = {row[STRIDE], mask};
    for (size_t k = 0; k < STRIDE; k++) {
        coefficients[k] = k < 37 ? lns_rng_unit(rng) - 0.5 : 0.0;
        size_t equal = count_equal(states[k], states[STRIDE], inactive, variables);
        plain += coefficients[k] * exp(0.02 * (double)equal);
    }
    double here = lns_sum_kernels(&rows, &own), portable = lns_sum_kernels_portable(&rows, &own);
    ck_assert_int_eq(memcmp(&here, &portable, sizeof here), 0);
    ck_assert_double_eq_tol(here, plain, 1e-12);
}

START_TEST(kernel_sums_are_the_same_everywhere) {
    lns_rng rng = lns_rng_stream(13, 1000, 0, 0);
    for (int round = 0; round < 50; round++) {
        check_sums(&rng, 48, 2);
        check_sums(&rng, 48, 3);
        check_sums(&rng, 60, 3);
        check_sums(&rng, 64, 3);
        check_sums(&rng, 100, 3);
        check_sums(&rng, 196, 3);
    }
}
END_TEST

static TCase *models_case(void) {
    TCase *tcase = tcase_create("models");
    tcase_add_test(tcase, kernel_sums_are_the_same_everywhere);
    tcase_add_test(tcase, targets_come_back);
    tcase_add_test(tcase, raw_targets_are_standardised);
    tcase_add_test(tcase, rank_targets_are_normal_scores);
    tcase_add_test(tcase, logarithms_need_positive_targets);
    tcase_add_test(tcase, features_are_masked);
    tcase_add_test(tcase, inactive_genes_change_nothing);
    tcase_add_test(tcase, ridge_is_the_normal_equations);
    tcase_add_test(tcase, svr_predicts_as_libsvm);
    tcase_add_loop_test(tcase, svr_of_very_many_features, 0, 2);
    tcase_add_test(tcase, a_process_over_odd_ordinals);
    tcase_add_test(tcase, another_libsvm_is_left_alone);
    tcase_add_test(tcase, gp_is_its_definition);
    tcase_add_test(tcase, gp_learns);
    tcase_add_test(tcase, gp_features_multiply_layers);
    tcase_add_test(tcase, gp_chooses_products);
    tcase_add_test(tcase, gp_bound_is_its_definition);
    tcase_add_test(tcase, bound_without_a_process);
    tcase_add_test(tcase, every_model_and_target_predicts_well);
    tcase_add_test(tcase, the_model_fits_the_data);
    tcase_add_test(tcase, fits_repeat_and_depend_on_the_seed_only);
    tcase_add_test(tcase, blas_kernels_and_threads_do_not_matter);
    return tcase;
}

static TCase *edges_case(void) {
    TCase *tcase = tcase_create("edges");
    tcase_add_test(tcase, few_rows_and_equal_targets);
    tcase_add_test(tcase, duplicate_rows);
    tcase_add_test(tcase, outliers_and_huge_values);
    tcase_add_test(tcase, one_variable);
    tcase_add_test(tcase, bad_calls_are_refused);
    tcase_add_test(tcase, objects_may_go_in_any_order);
    tcase_add_test(tcase, batches_are_the_same_as_single_rows);
    return tcase;
}

static TCase *stored_case(void) {
    TCase *tcase = tcase_create("stored");
    tcase_add_test(tcase, stored_predictors_predict_the_same_bits);
    tcase_add_test(tcase, undefined_quality_is_stored);
    tcase_add_test(tcase, damaged_files_are_refused);
    tcase_add_test(tcase, random_damage_does_no_harm);
    tcase_add_test(tcase, locales_do_not_matter);
    return tcase;
}

static TCase *host_case(void) {
    TCase *tcase = tcase_create("host");
    tcase_add_test(tcase, custom_predictors_are_asked);
    tcase_add_test(tcase, stop_codes_come_back);
    tcase_add_test(tcase, custom_predictors_need_both_callbacks);
    tcase_add_test(tcase, every_allocation_may_fail);
    tcase_add_loop_test(tcase, every_factorisation_may_fail, 0, 2);
    tcase_add_test(tcase, failures_of_libsvm_are_said);
    tcase_add_test(tcase, too_many_values_variables_rows);
    tcase_add_test(tcase, custom_allocations_may_fail);
    tcase_add_test(tcase, predicting_allocates_nothing);
    tcase_add_test(tcase, measured_accuracy_is_predicted);
    tcase_add_test(tcase, long_ordinals_are_positions);
    return tcase;
}

int main(int argc, char **argv) {
    program = argc > 0 ? argv[0] : "";
    Suite *suite = suite_create("predict");
    TCase *digest = tcase_create("digest");
    tcase_add_test(digest, print_digest);
    TCase *cases[] = {metrics_case(), models_case(), edges_case(),
                      stored_case(),  host_case(),   digest};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tcase_set_timeout(cases[i], 120);
        suite_add_tcase(suite, cases[i]);
    }
    return test_run(suite);
}
