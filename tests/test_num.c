/* SPDX-License-Identifier: Apache-2.0 */
/* Numerics: order statistics, LAPACK and libsvm behind their bridges. */
#include "num/lapack.h"
#include "num/lns_config.h"
#include "num/minimize.h"
#include "num/rng.h"
#include "num/sort.h"
#include "num/factor.h"
#include "num/stats.h"
#include "num/svm_bridge.h"
#include "num/vector.h"
#include "support.h"

#include <libsvm/svm.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if LNS_WITH_GSL
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#endif

static lns_rng stream(uint64_t seed) {
    return lns_rng_stream(seed, 1000, 0, 0);
}

/* -- order statistics -------------------------------------------------------------------------- */

START_TEST(sorting_is_stable_for_every_length) {
    lns_rng rng = stream(1);
    double values[70];
    size_t order[70], scratch[70];
    for (size_t n = 0; n <= 70; n++) {
        for (size_t i = 0; i < n; i++)
            values[i] = (double)lns_rng_below(&rng, 9) - 4.0;
        lns_sort_order(values, n, order, scratch);
        unsigned char seen[70] = {0};
        for (size_t i = 0; i < n; i++) {
            ck_assert(order[i] < n && !seen[order[i]]);
            seen[order[i]] = 1;
            if (i > 0)
                ck_assert(values[order[i - 1]] < values[order[i]] ||
                          (values[order[i - 1]] == values[order[i]] && order[i - 1] < order[i]));
        }
    }
}
END_TEST

START_TEST(inversions_are_counted_as_by_hand) {
    lns_rng rng = stream(2);
    for (size_t n = 0; n <= 40; n++) {
        double keys[40], scratch[40];
        uint64_t expected = 0;
        for (size_t i = 0; i < n; i++) {
            keys[i] = (double)lns_rng_below(&rng, 7);
            for (size_t j = 0; j < i; j++)
                expected += keys[j] > keys[i];
        }
        ck_assert_uint_eq(lns_count_inversions(keys, n, scratch), expected);
        for (size_t i = 1; i < n; i++)
            ck_assert(keys[i - 1] <= keys[i]);
    }
}
END_TEST

START_TEST(ranks_average_ties) {
    linas_context *context = test_context();
    double values[] = {3.0, -1.0, 3.0, 7.0, 3.0, -1.0}, ranks[6];
    double expected[] = {4.0, 1.5, 4.0, 6.0, 4.0, 1.5};
    ck_assert_int_eq(lns_ranks(context, values, 6, ranks), LINAS_OK);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq(ranks[i], expected[i]);
    ck_assert_int_eq(lns_ranks(context, values, 0, ranks), LINAS_OK);
    ck_assert_int_eq(lns_ranks(context, values, 1, ranks), LINAS_OK);
    ck_assert_double_eq(ranks[0], 1.0);
    linas_context_destroy(context);
}
END_TEST

START_TEST(normal_quantiles_are_right) {
    ck_assert_double_eq(lns_normal_quantile(0.5), 0.0);
    ck_assert_double_eq_tol(lns_normal_quantile(0.975), 1.959963984540054, 1e-13);
    ck_assert_double_eq_tol(lns_normal_quantile(0.1), -1.2815515655446004, 1e-13);
    ck_assert_double_eq_tol(lns_normal_quantile(1e-10), -6.361340902404056, 1e-12);
    ck_assert_double_eq(lns_normal_quantile(0.25), -lns_normal_quantile(0.75));
#if LNS_WITH_GSL
    for (int i = 1; i < 1000; i++)
        ck_assert_double_eq_tol(lns_normal_quantile(i / 1000.0), gsl_cdf_ugaussian_Pinv(i / 1000.0),
                                1e-12);
#endif
}
END_TEST

START_TEST(correlation_is_pearsons) {
    double a[] = {1, 2, 3, 4}, b[] = {2, 1, 4, 3};
    ck_assert_double_eq_tol(lns_correlation(a, b, 4), 0.6, 1e-14);
    ck_assert_double_eq_tol(lns_correlation(a, a, 4), 1.0, 1e-14);
    lns_rng rng = stream(3);
    double x[100], y[100];
    double xx = 0, yy = 0, xy = 0, sx = 0, sy = 0;
    for (int i = 0; i < 100; i++) {
        x[i] = lns_rng_below(&rng, 50);
        y[i] = x[i] + lns_rng_below(&rng, 50);
        sx += x[i], sy += y[i], xx += x[i] * x[i], yy += y[i] * y[i], xy += x[i] * y[i];
    }
    double expected = (100 * xy - sx * sy) / sqrt((100 * xx - sx * sx) * (100 * yy - sy * sy));
    ck_assert_double_eq_tol(lns_correlation(x, y, 100), expected, 1e-12);
#if LNS_WITH_GSL
    ck_assert_double_eq_tol(lns_correlation(x, y, 100), gsl_stats_correlation(x, 1, y, 1, 100),
                            1e-13);
#endif
}
END_TEST

START_TEST(roundings_keep_what_they_promise) {
    ck_assert_double_eq(lns_round_to_grid(0.3, 2), 0.25);
    ck_assert_double_eq(lns_round_to_grid(-0.4, 1), -0.5);
    ck_assert(!signbit(lns_round_to_grid(-0.01, 2)));
    ck_assert_double_eq(lns_round_to_grid(1e300, 36), 1e300);
    ck_assert_double_eq(lns_round_significand(0.0, 30), 0.0);
    ck_assert_double_eq(lns_round_significand(1.0 + 0x1p-40, 30), 1.0);
    ck_assert_double_eq(lns_round_significand(-3.0e-300, 53), -3.0e-300);
    ck_assert_double_eq(lns_round_significand(1.0 + 0x1p-20, 30), 1.0 + 0x1p-20);
}
END_TEST

/* -- LAPACK ------------------------------------------------------------------------------------ */

enum { ORDER = 12 };

static void random_positive(lns_rng *rng, double *matrix) {
    double factor[ORDER * ORDER];
    for (int i = 0; i < ORDER * ORDER; i++)
        factor[i] = lns_rng_unit(rng) - 0.5;
    for (int a = 0; a < ORDER; a++)
        for (int b = 0; b < ORDER; b++) {
            matrix[a * ORDER + b] = a == b ? 0.1 : 0.0;
            for (int k = 0; k < ORDER; k++)
                matrix[a * ORDER + b] += factor[a * ORDER + k] * factor[b * ORDER + k];
        }
}

START_TEST(eigenvectors_rebuild_the_matrix) {
    linas_context *context = test_context();
    lns_rng rng = stream(4);
    double matrix[ORDER * ORDER], vectors[ORDER * ORDER], values[ORDER];
    random_positive(&rng, matrix);
    memcpy(vectors, matrix, sizeof matrix);
    ck_assert_int_eq(lns_eigen_symmetric(context, vectors, ORDER, values), LINAS_OK);
    for (int a = 0; a < ORDER; a++) {
        if (a > 0)
            ck_assert(values[a - 1] <= values[a]);
        for (int b = 0; b < ORDER; b++) {
            double rebuilt = 0.0;
            for (int k = 0; k < ORDER; k++)
                rebuilt += values[k] * vectors[k * ORDER + a] * vectors[k * ORDER + b];
            ck_assert_double_eq_tol(rebuilt, matrix[a * ORDER + b], 1e-12);
        }
    }
    ck_assert_int_eq(lns_eigen_symmetric(context, vectors, 0, values), LINAS_OK);
    ck_assert_int_eq(lns_eigen_symmetric(context, vectors, LNS_LAPACK_MAX_ORDER + 1, values),
                     LINAS_ERROR_TOO_LARGE);
    linas_context_destroy(context);
}
END_TEST

START_TEST(what_has_no_eigenvalues) {
    linas_context *context = test_context();
    double matrix[ORDER * ORDER], values[ORDER];
    for (int i = 0; i < ORDER * ORDER; i++)
        matrix[i] = (double)NAN;
    ck_assert_int_eq(lns_eigen_symmetric(context, matrix, ORDER, values), LINAS_ERROR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "order 12"));
    linas_context_destroy(context);
}
END_TEST

START_TEST(what_has_no_cholesky_factor) {
    const double diagonals[][3] = {{1, 1, 1},       {1, 0, 1},           {1, 1, 0},
                                   {1, 1, -1e-300}, {1, (double)NAN, 1}, {(double)INFINITY, 1, 1}};
    for (size_t c = 0; c < sizeof diagonals / sizeof *diagonals; c++) {
        double matrix[LNS_FACTOR_LANES * LNS_FACTOR_LANES] = {0};
        for (int i = 0; i < 3; i++)
            matrix[(LNS_FACTOR_LANES + 1) * i] = diagonals[c][i];
        ck_assert_int_eq(lns_factor(matrix, 3), c == 0);
    }
}
END_TEST

/* -- minimising -------------------------------------------------------------------------------- */

enum { VARIABLES = 5 };

/* A bowl, and how its user sees it. */
typedef struct bowl {
    int calls;
    int infinite_from, infinite_to; /* calls in between find no value */
    int uphill;                     /* the gradient points the wrong way */
} bowl;

static double in_bowl(void *user_data, const double *x, double *gradient) {
    bowl *b = user_data;
    int call = b->calls++;
    double value = 3.0;
    for (int i = 0; i < VARIABLES; i++) {
        double from = x[i] - 0.25 * i, weight = 1.0 + 9.0 * i;
        value += weight * from * from;
        gradient[i] = (b->uphill ? -2.0 : 2.0) * weight * from;
    }
    return call >= b->infinite_from && call < b->infinite_to ? (double)INFINITY : value;
}

static double minimize_bowl(bowl *b, double start, int steps, double *x) {
    double workspace[VARIABLES * (4 + 2 * LNS_MINIMIZE_MEMORY)];
    ck_assert_uint_eq(lns_minimize_workspace(VARIABLES), sizeof workspace / sizeof *workspace);
    for (int i = 0; i < VARIABLES; i++)
        x[i] = 0.25 * i + start;
    return lns_minimize(in_bowl, b, x, VARIABLES, steps, workspace);
}

START_TEST(minimizing_ends_where_it_should) {
    double x[VARIABLES], first = 3.0 + 4.0 * (5.0 + 90.0);
    bowl b = {0};
    ck_assert_double_eq_tol(minimize_bowl(&b, 2.0, 100, x), 3.0, 1e-3);
    for (int i = 0; i < VARIABLES; i++)
        ck_assert_double_eq_tol(x[i], 0.25 * i, 0.05);
    ck_assert_int_lt(b.calls, 60);
    /* At the bottom already: nothing is tried. */
    b = (bowl){0};
    ck_assert_double_eq(minimize_bowl(&b, 0.0, 100, x), 3.0);
    ck_assert_int_eq(b.calls, 1);
    /* No step, one step. */
    b = (bowl){0};
    ck_assert_double_eq(minimize_bowl(&b, 2.0, 0, x), first);
    b = (bowl){0};
    double one = minimize_bowl(&b, 2.0, 1, x);
    ck_assert(one < first && one > 3.01);
    /* No value at the start; none anywhere else; a gradient that leads up. */
    b = (bowl){.infinite_to = 1};
    ck_assert(isinf(minimize_bowl(&b, 2.0, 100, x)));
    ck_assert_int_eq(b.calls, 1);
    b = (bowl){.infinite_from = 1, .infinite_to = 1000};
    ck_assert_double_eq(minimize_bowl(&b, 2.0, 100, x), first);
    ck_assert_double_eq(x[0], 2.0);
    ck_assert_int_lt(b.calls, 20);
    b = (bowl){.uphill = 1};
    ck_assert_double_eq(minimize_bowl(&b, 2.0, 100, x), first);
    /* A line search that fails on the way is begun anew along the gradient. */
    b = (bowl){.infinite_from = 4, .infinite_to = 16};
    ck_assert_double_eq_tol(minimize_bowl(&b, 2.0, 100, x), 3.0, 1e-3);
    ck_assert_int_gt(b.calls, 16);
}
END_TEST

/* -- libsvm ------------------------------------------------------------------------------------ */

enum { POINTS = 40 };

typedef struct svm_fixture {
    double kernel[POINTS][POINTS];
    double targets[POINTS];
    void *matrix, *scratch;
    size_t subset[POINTS];
    lns_svm_task task;
} svm_fixture;

/* Every second point is learned from. */
static svm_fixture *make_fixture(void) {
    svm_fixture *f = calloc(1, sizeof *f);
    lns_rng rng = stream(6);
    double x[POINTS];
    for (int i = 0; i < POINTS; i++) {
        x[i] = 6.0 * lns_rng_unit(&rng);
        f->targets[i] = sin(x[i]);
    }
    f->matrix = malloc(lns_svm_matrix_bytes(POINTS));
    for (int i = 0; i < POINTS; i++) {
        for (int j = 0; j < POINTS; j++)
            f->kernel[i][j] = exp(-(x[i] - x[j]) * (x[i] - x[j]));
        lns_svm_set_row(f->matrix, POINTS, (size_t)i, f->kernel[i]);
    }
    for (int i = 0; i < POINTS / 2; i++)
        f->subset[i] = (size_t)(2 * i);
    f->scratch = malloc(lns_svm_scratch_bytes(POINTS));
    f->task = (lns_svm_task){f->matrix, POINTS, f->subset, POINTS / 2, f->targets,
                             10.0,      0.01,   1e-4,      f->scratch};
    return f;
}

static void free_fixture(svm_fixture *f) {
    free(f->matrix);
    free(f->scratch);
    free(f);
}

/* libsvm used directly, on the same kernel. */
static struct svm_model *train_directly(svm_fixture *f, struct svm_node **rows,
                                        struct svm_problem *problem) {
    struct svm_parameter parameter;
    memset(&parameter, 0, sizeof parameter);
    parameter.svm_type = EPSILON_SVR;
    parameter.kernel_type = PRECOMPUTED;
    parameter.cache_size = 100;
    parameter.eps = f->task.tolerance;
    parameter.C = f->task.c;
    parameter.p = f->task.epsilon;
    for (size_t k = 0; k < f->task.count; k++) {
        rows[k] = (struct svm_node *)f->matrix + f->subset[k] * (POINTS + 1);
        problem->y[k] = f->targets[f->subset[k]];
    }
    problem->l = (int)f->task.count;
    problem->x = rows;
    ck_assert_ptr_null(svm_check_parameter(problem, &parameter));
    return svm_train(problem, &parameter);
}

START_TEST(svr_predicts_as_libsvm_does) {
    ck_assert_int_eq(lns_svm_usable(), 1);
    svm_fixture *f = make_fixture();
    double coefficients[POINTS], rho, y[POINTS];
    ck_assert_int_eq(lns_svm_train(&f->task, coefficients, &rho), LINAS_OK);
    struct svm_node *rows[POINTS];
    struct svm_problem problem = {0, y, NULL};
    struct svm_model *model = train_directly(f, rows, &problem);
    double worst = 0.0;
    for (size_t i = 0; i < POINTS; i++) {
        double own = -rho;
        for (size_t k = 0; k < f->task.count; k++)
            own += coefficients[k] * f->kernel[i][f->subset[k]];
        const struct svm_node *row = (struct svm_node *)f->matrix + i * (POINTS + 1);
        ck_assert_double_eq_tol(own, svm_predict(model, row), 1e-9);
        worst = fmax(worst, fabs(own - f->targets[i]));
    }
    ck_assert_double_lt(worst, 0.2);
    svm_free_and_destroy_model(&model);
    free_fixture(f);
}
END_TEST

START_TEST(svr_takes_one_point_and_no_spread) {
    svm_fixture *f = make_fixture();
    double coefficients[POINTS], rho;
    f->task.count = 1;
    ck_assert_int_eq(lns_svm_train(&f->task, coefficients, &rho), LINAS_OK);
    ck_assert_double_eq_tol(-rho, f->targets[0], 0.02);
    for (int i = 0; i < POINTS; i++)
        f->targets[i] = 0.0;
    f->task.count = POINTS / 2;
    ck_assert_int_eq(lns_svm_train(&f->task, coefficients, &rho), LINAS_OK);
    for (size_t k = 0; k < f->task.count; k++)
        ck_assert_double_eq(coefficients[k], 0.0);
    ck_assert_double_eq_tol(rho, 0.0, 0.02);
    free_fixture(f);
}
END_TEST

START_TEST(another_libsvm_is_refused) {
    int running = libsvm_version;
    libsvm_version = 337;
    svm_fixture *f = make_fixture();
    double coefficients[POINTS], rho;
    ck_assert_int_eq(lns_svm_usable(), 0);
    ck_assert_int_eq(lns_svm_train(&f->task, coefficients, &rho), LINAS_ERROR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(linas_build_info(), "SVR is off"));
    libsvm_version = running;
    ck_assert_int_eq(lns_svm_train(&f->task, coefficients, &rho), LINAS_OK);
    free_fixture(f);
}
END_TEST

extern int32_t svm_stand_in;

START_TEST(svm_bridge_contains_failures) {
    static const linas_status expected[] = {LINAS_OK, LINAS_ERROR_NO_MEMORY, LINAS_ERROR_NUMERIC,
                                            LINAS_ERROR_NUMERIC, LINAS_ERROR_NUMERIC};
    svm_fixture *f = make_fixture();
    double coefficients[POINTS], rho;
    for (int32_t how = 4; how >= 0; how--) {
        svm_stand_in = how;
        ck_assert_int_eq(lns_svm_train(&f->task, coefficients, &rho), expected[how]);
    }
    free_fixture(f);
}
END_TEST

/* -- facts of the build ------------------------------------------------------------------------ */

START_TEST(build_info_says_the_licence) {
    const char *info = linas_build_info();
#if LNS_WITH_GSL
    ck_assert_ptr_nonnull(strstr(info, "licence=GPL-3.0-or-later"));
    ck_assert_ptr_null(strstr(info, "gsl=off"));
#else
    ck_assert_ptr_nonnull(strstr(info, "licence=Apache-2.0"));
    ck_assert_ptr_nonnull(strstr(info, "gsl=off"));
#endif
    ck_assert_ptr_nonnull(strstr(info, LINAS_VERSION_STRING));
    ck_assert_ptr_nonnull(strstr(info, "libsvm=324"));
    ck_assert_ptr_nonnull(strstr(info, "blas=OpenBLAS"));
    ck_assert_int_eq(lns_svm_version_built(), lns_svm_version_running());
}
END_TEST

START_TEST(every_failed_allocation_is_reported) {
    for (long fail_at = 1;; fail_at++) {
        test_allocator allocator;
        linas_context *context = test_failing_context(&allocator, fail_at);
        double values[] = {2, 1}, ranks[2], matrix[] = {2, 1, 1, 2};
        linas_status status = lns_ranks(context, values, 2, ranks);
        if (status == LINAS_OK)
            status = lns_eigen_symmetric(context, matrix, 2, values);
        linas_context_destroy(context);
        ck_assert_int_eq(allocator.live, 0);
        if (status == LINAS_OK)
            break;
        ck_assert_int_eq(status, LINAS_ERROR_NO_MEMORY);
        ck_assert_int_lt(fail_at, 100);
    }
}
END_TEST

enum { MOST_SORTED = 700 };

/* Rows of two numbers of one of several kinds: many ties, whole numbers, close ones, both signs. */
static void sorting_case(lns_rng *rng, int kind, size_t n, double *points) {
    for (size_t i = 0; i < 2 * n; i++) {
        double whole = (double)lns_rng_below(rng, kind == 0 ? 3 : 50) - 1.0;
        points[i] = kind == 0   ? whole
                    : kind == 1 ? whole * 0.1 * pow(10.0, whole)
                    : kind == 2 ? 1.0 + whole * 0x1p-52
                    : kind == 3 ? (lns_rng_below(rng, 40) == 0 ? -(double)INFINITY : whole)
                                : (lns_rng_unit(rng) - 0.5) * 1e9;
        if (kind == 0 && points[i] == 0.0 && lns_rng_below(rng, 2))
            points[i] = -0.0;
    }
}

START_TEST(rows_are_sorted_stably) {
    static double points[2 * MOST_SORTED];
    static uint32_t order[MOST_SORTED];
    static uint64_t work[LNS_SORT_WORK * MOST_SORTED];
    lns_rng rng = lns_rng_stream(11, 1000, 0, 0);
    for (int round = 0; round < 300; round++) {
        size_t n = lns_rng_below(&rng, round % 2 ? 40 : MOST_SORTED + 1), m = 1 + (size_t)_i % 2;
        int given = _i / 2 % 2;
        sorting_case(&rng, _i / 4, n, points);
        for (size_t i = 0; i < n; i++)
            order[i] = (uint32_t)(n - 1 - i);
        lns_sort_rows(points, n, m, order, given, work);
        for (size_t i = 1; i < n; i++) {
            const double *a = points + order[i - 1] * m, *b = points + order[i] * m;
            bool before = a[0] < b[0] || (a[0] == b[0] && m == 2 && a[1] < b[1]);
            bool equal = a[0] == b[0] && (m == 1 || a[1] == b[1]);
            ck_assert(before || equal);
            if (equal)
                ck_assert(given ? order[i - 1] > order[i] : order[i - 1] < order[i]);
        }
    }
}
END_TEST

/* Digits of both lengths. */
START_TEST(many_words_are_sorted) {
    enum { MANY = 40000 };
    static uint64_t words[MANY], spare[MANY];
    for (size_t n = 255; n <= MANY; n = n * 3 + 1) {
        lns_rng rng = lns_rng_stream(12, 1000, n, 0);
        for (size_t i = 0; i < n; i++)
            words[i] = (lns_rng_next(&rng) & UINT64_C(0xfff0ffff00000000)) | i;
        const uint64_t *sorted = lns_sort_halves(words, spare, n);
        for (size_t i = 1; i < n; i++)
            ck_assert(sorted[i - 1] < sorted[i]);
    }
}
END_TEST

/* -- vectors ----------------------------------------------------------------------------------- */

START_TEST(exponentials_are_close_to_the_library) {
    enum { STEPS = 7000 };
    static double x[STEPS];
    for (int i = 0; i < STEPS; i++)
        x[i] = -0.0997 * i;
    lns_exp_negative(x, STEPS);
    for (int i = 0; i < STEPS; i++)
        ck_assert_double_eq_tol(x[i] / exp(-0.0997 * i), 1.0, 1e-14);
    double ends[] = {0.0, -0.0, -1e-300, -700.0, -700.5, -1e300};
    lns_exp_negative(ends, 6);
    ck_assert_double_eq(ends[0], 1.0);
    ck_assert_double_eq(ends[1], 1.0);
    ck_assert_double_eq(ends[2], 1.0);
    ck_assert_double_gt(ends[3], 0.0);
    ck_assert_double_eq(ends[4], 0.0);
    ck_assert_double_eq(ends[5], 0.0);
}
END_TEST

/* Whole numbers: sums are exact, whatever the order. */
START_TEST(vectors_of_every_length) {
    double a[40], b[40], sum[40];
    uint8_t bytes[40];
    for (size_t n = 0; n <= 40; n++) {
        double dot = 0.0, dot_bytes = 0.0;
        for (size_t i = 0; i < n; i++) {
            a[i] = (double)(i * 7 % 11) - 5.0;
            bytes[i] = (uint8_t)(255 - i);
            b[i] = sum[i] = (double)(i * i % 13);
            dot += a[i] * b[i];
            dot_bytes += a[i] * (double)bytes[i];
        }
        ck_assert_double_eq(lns_dot(a, b, n), dot);
        ck_assert_double_eq(lns_dot_bytes(a, bytes, n), dot_bytes);
        lns_add_scaled(sum, a, -2.0, n);
        lns_scale(sum, 0.5, n);
        lns_add_squares(sum, b, n);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq(sum[i], 0.5 * b[i] - a[i] + b[i] * b[i]);
    }
}
END_TEST

/* A positive definite matrix, in rows of so many numbers, and what a factor of it must give. */
enum { MOST_FACTORED = 27 };
typedef double square[MOST_FACTORED][MOST_FACTORED];

static void make_square(lns_rng *rng, size_t n, square a) {
    double root[MOST_FACTORED][MOST_FACTORED];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            root[i][j] = lns_rng_unit(rng) - 0.5;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            a[i][j] = i == j ? 0.1 : 0.0;
            for (size_t k = 0; k < n; k++)
                a[i][j] += root[i][k] * root[j][k];
        }
}

/* The upper triangle alone; everything else must not matter. */
static double *spread_out(size_t n, square a) {
    size_t stride = lns_factor_stride(n), size = lns_factor_order(n) * stride;
    double *matrix = malloc(size * sizeof *matrix + 1);
    for (size_t i = 0; i < size; i++)
        matrix[i] = 1e300;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            matrix[i * stride + j] = a[i][j];
    return matrix;
}

static void check_solutions(lns_rng *rng, size_t n, square a, const double *factor) {
    enum { LANES = LNS_FACTOR_LANES };
    double x[MOST_FACTORED], b[MOST_FACTORED], lanes[(MOST_FACTORED + LANES) * LANES];
    size_t stride = lns_factor_stride(n);
    for (size_t i = 0; i < n; i++)
        x[i] = b[i] = lns_rng_unit(rng) - 0.5;
    for (size_t i = 0; i < (MOST_FACTORED + LANES) * LANES; i++)
        lanes[i] = i < n * LANES ? b[i / LANES] * (double)(1 + i % LANES) : 1e300;
    lns_factor_solve(factor, n, x);
    lns_factor_forward(factor, n, lanes, LANES, LANES);
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0, forward = 0.0;
        for (size_t j = 0; j < n; j++)
            sum += a[i][j] * x[j];
        ck_assert_double_eq_tol(sum, b[i], 1e-9);
        for (size_t lane = 0; lane < LANES; lane++) {
            forward = 0.0;
            for (size_t k = 0; k <= i; k++)
                forward += factor[k * stride + i] * lanes[k * LANES + lane];
            ck_assert_double_eq_tol(forward, b[i] * (double)(1 + lane), 1e-10);
        }
    }
}

/* Several right-hand sides at once are each by itself; their products are those of plain loops. */
static void check_wide(lns_rng *rng, size_t n, const double *factor) {
    enum { LANES = LNS_FACTOR_LANES, WIDE = 3 * LNS_FACTOR_LANES, STRIDE = 40 };
    static double wide[(MOST_FACTORED + LANES) * STRIDE + LANES], target[STRIDE * STRIDE];
    double alone[(MOST_FACTORED + LANES) * LANES];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < STRIDE; j++)
            wide[i * STRIDE + j] = lns_rng_unit(rng) - 0.5;
    for (size_t i = 0; i < n; i++)
        memcpy(alone + i * LANES, wide + i * STRIDE + LANES, LANES * sizeof *alone);
    lns_factor_forward(factor, n, wide, STRIDE, WIDE);
    lns_factor_forward(factor, n, alone, LANES, LANES);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(
            memcmp(alone + i * LANES, wide + i * STRIDE + LANES, LANES * sizeof *alone), 0);
    const lns_columns some = {wide + 3, STRIDE, n < 19 ? n : 19};
    memset(target, 0, sizeof target);
    lns_factor_subtract_square(&some, n, target, STRIDE);
    for (size_t i = 0; i < some.count; i++)
        for (size_t j = i; j < some.count; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < n; k++)
                sum -= wide[k * STRIDE + 3 + i] * wide[k * STRIDE + 3 + j];
            ck_assert_double_eq(target[i * STRIDE + j], sum);
        }
}

static void check_inverse(size_t n, square a, const double *factor) {
    size_t stride = lns_factor_stride(n), size = lns_factor_order(n) * stride;
    double *inverted = malloc(size * sizeof *inverted + 1);
    double *target = calloc(size + 1, sizeof *target), diagonal[MOST_FACTORED];
    lns_factor_invert(factor, n, inverted);
    lns_factor_diagonal(inverted, n, diagonal);
    lns_factor_subtract_inverse(inverted, n, target);
    for (size_t i = 0; i < n; i++) {
        ck_assert_double_eq_tol(diagonal[i], -target[i * stride + i], 1e-9 * diagonal[i]);
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < n; k++)
                sum -= a[j][k] * (k < i ? target[k * stride + i] : target[i * stride + k]);
            ck_assert_double_eq_tol(sum, i == j ? 1.0 : 0.0, 1e-9);
        }
    }
    free(inverted);
    free(target);
}

START_TEST(factors_of_every_size) {
    lns_rng rng = lns_rng_stream(11, 0, 0, 0);
    for (size_t n = 0; n <= MOST_FACTORED; n++) {
        square a;
        make_square(&rng, n, a);
        double *factor = spread_out(n, a), logarithm = 0.0;
        size_t stride = lns_factor_stride(n);
        ck_assert(lns_factor(factor, n));
        for (size_t i = 0; i < n; i++) {
            logarithm += log(factor[i * stride + i]);
            for (size_t j = i; j < n; j++) {
                double sum = 0.0;
                for (size_t k = 0; k <= i; k++)
                    sum += factor[k * stride + i] * factor[k * stride + j];
                ck_assert_double_eq_tol(sum, a[i][j], 1e-12);
            }
        }
        ck_assert_double_eq_tol(lns_factor_log(factor, n), logarithm, 1e-10);
        check_solutions(&rng, n, a, factor);
        check_wide(&rng, n, factor);
        check_inverse(n, a, factor);
        free(factor);
        if (n == 0)
            continue;
        a[n - 1][n - 1] = -1.0;
        factor = spread_out(n, a);
        ck_assert(!lns_factor(factor, n));
        free(factor);
    }
    ck_assert_uint_eq(lns_factor_stride(128) % 64, 8);
}
END_TEST

/* The exponentials of our own. */
START_TEST(exponentials) {
    for (int i = -7000; i <= 7000; i++) {
        double x = 0.0937 * i, expected = exp(fmax(-700.0, fmin(700.0, x)));
        ck_assert_double_eq_tol(lns_exp(x), expected, 4e-16 * expected);
    }
    for (int i = 0; i <= 1000; i++) {
        float x = -0.1F * (float)i;
        double expected = x < -87.0F ? 0.0 : exp((double)x);
        lns_exp_negative_floats(&x, 1);
        ck_assert_double_le(fabs((double)x - expected), 3e-7 * expected);
    }
}
END_TEST

static TCase *vector_case(void) {
    TCase *tcase = tcase_create("vectors");
    tcase_add_test(tcase, exponentials_are_close_to_the_library);
    tcase_add_test(tcase, vectors_of_every_length);
    tcase_add_test(tcase, factors_of_every_size);
    tcase_add_test(tcase, exponentials);
    return tcase;
}

static TCase *order_case(void) {
    TCase *tcase = tcase_create("order statistics");
    tcase_add_test(tcase, sorting_is_stable_for_every_length);
    tcase_add_loop_test(tcase, rows_are_sorted_stably, 0, 20);
    tcase_add_test(tcase, many_words_are_sorted);
    tcase_add_test(tcase, inversions_are_counted_as_by_hand);
    tcase_add_test(tcase, ranks_average_ties);
    tcase_add_test(tcase, normal_quantiles_are_right);
    tcase_add_test(tcase, correlation_is_pearsons);
    tcase_add_test(tcase, roundings_keep_what_they_promise);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("num");
    suite_add_tcase(suite, order_case());
    suite_add_tcase(suite, vector_case());
    TCase *tcase = tcase_create("bridges");
    tcase_add_test(tcase, eigenvectors_rebuild_the_matrix);
    tcase_add_test(tcase, what_has_no_eigenvalues);
    tcase_add_test(tcase, what_has_no_cholesky_factor);
    tcase_add_test(tcase, minimizing_ends_where_it_should);
    tcase_add_test(tcase, svr_predicts_as_libsvm_does);
    tcase_add_test(tcase, svm_bridge_contains_failures);
    tcase_add_test(tcase, svr_takes_one_point_and_no_spread);
    tcase_add_test(tcase, another_libsvm_is_refused);
    tcase_add_test(tcase, build_info_says_the_licence);
    tcase_add_test(tcase, every_failed_allocation_is_reported);
    suite_add_tcase(suite, tcase);
    return test_run(suite);
}
