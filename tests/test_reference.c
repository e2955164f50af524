/* SPDX-License-Identifier: Apache-2.0 */
/* NSGA-II's survival by reference directions. */
#include "nsga2/model.h"
#include "num/vector.h"
#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 21, MOST_VARIABLES = 24, MOST_POPULATION = 300, MOST_OBJECTIVES = 10 };

static linas_context *context;
static int32_t genomes[MOST_POPULATION * MOST_VARIABLES];
static double objectives[MOST_POPULATION * MOST_OBJECTIVES];
static double violations[MOST_POPULATION];

static linas_space *space_of(size_t variables) {
    int64_t values[LEVELS];
    linas_space *space;
    for (int i = 0; i < LEVELS; i++)
        values[i] = i;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", variables, values, LEVELS, LINAS_ORDINAL),
                     LINAS_OK);
    return space;
}

static linas_nsga2_options reference_options(uint32_t m, uint32_t population) {
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.objectives = m;
    options.population = population;
    options.survival = LINAS_SURVIVAL_REFERENCE;
    return options;
}

static linas_nsga2 *engine_with(size_t variables, const linas_nsga2_options *options) {
    linas_space *space = space_of(variables);
    linas_nsga2 *engine;
    ck_assert_int_eq(linas_nsga2_create(space, options, &engine), LINAS_OK);
    linas_space_destroy(space);
    return engine;
}

static size_t ask(linas_nsga2 *engine) {
    size_t count;
    ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
    return count;
}

static void tell(linas_nsga2 *engine, size_t count) {
    ck_assert_int_eq(linas_nsga2_tell(engine, objectives, violations, count), LINAS_OK);
}

/* DTLZ2 with ordinal variables. */
static void sphere(const int32_t *genome, size_t n, double *f, size_t m) {
    double g = 0.0;
    for (size_t i = m - 1; i < n; i++)
        g += (genome[i] / 20.0 - 0.5) * (genome[i] / 20.0 - 0.5);
    for (size_t k = 0; k < m; k++) {
        f[k] = 1.0 + g;
        for (size_t i = 0; i + 1 + k < m; i++)
            f[k] *= cos(1.5707963267948966 * genome[i] / 20.0);
        if (k > 0)
            f[k] *= sin(1.5707963267948966 * genome[m - 1 - k] / 20.0);
    }
}

static void sphere_generations(linas_nsga2 *engine, size_t n, size_t m, int generations) {
    for (int g = 0; g < generations; g++) {
        size_t count = ask(engine);
        for (size_t i = 0; i < count; i++)
            sphere(genomes + i * n, n, objectives + i * m, m);
        tell(engine, count);
    }
}

/* -- directions -------------------------------------------------------------------------------- */

static size_t directions_of(uint32_t m, uint32_t population, uint32_t divisions, uint32_t inner) {
    linas_nsga2_options options = reference_options(m, population);
    options.divisions = divisions;
    options.inner_divisions = inner;
    linas_nsga2 *engine = engine_with(2, &options);
    size_t count = engine->reference->directions;
    linas_nsga2_destroy(engine);
    return count;
}

START_TEST(numbers_of_directions) {
    /* Deb and Jain 2014, table I. */
    ck_assert_uint_eq(directions_of(3, 91, 0, 0), 91);
    ck_assert_uint_eq(directions_of(5, 212, 0, 0), 210);
    ck_assert_uint_eq(directions_of(8, 156, 0, 0), 156);
    ck_assert_uint_eq(directions_of(10, 275, 0, 0), 275);
    ck_assert_uint_eq(directions_of(15, 135, 0, 0), 135);
    ck_assert_uint_eq(directions_of(3, 50, 0, 0), 45);
    ck_assert_uint_eq(directions_of(1, 50, 0, 0), 1);
    ck_assert_uint_eq(directions_of(1, 50, UINT32_MAX, 0), 1);
    ck_assert_uint_eq(directions_of(2, 50, 0, 0), 50);
    ck_assert_uint_eq(directions_of(64, 2, 0, 0), 64);
    ck_assert_uint_eq(directions_of(3, 2, 0, 0), 3);
    ck_assert_uint_eq(directions_of(3, 5, 0, 0), 3);
    ck_assert_uint_eq(directions_of(3, 10, 12, 0), 91);
    ck_assert_uint_eq(directions_of(3, 10, 2, 1), 9);
    ck_assert_uint_eq(directions_of(3, 10, 0, 3), 10);
    ck_assert_uint_eq(directions_of(2, 10, 65535, 0), 65536);
    ck_assert_uint_eq(directions_of(2, 1 << 18, 0, 0), 1 << 16);
}
END_TEST

START_TEST(bad_options) {
    linas_space *space = space_of(2);
    linas_nsga2 *engine;
    linas_nsga2_options good = reference_options(3, 10), bad;
#define CHECK_BAD(field, value, status)                                                            \
    bad = good;                                                                                    \
    bad.field = value;                                                                             \
    ck_assert_int_eq(linas_nsga2_create(space, &bad, &engine), status);                            \
    ck_assert_ptr_null(engine)
    CHECK_BAD(survival, 2, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_BAD(survival, -1, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_BAD(reserved, 1, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_BAD(divisions, 400, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(divisions, UINT32_MAX, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(inner_divisions, UINT32_MAX, LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "4294967295 divisions"));
    good.divisions = 300;
    CHECK_BAD(inner_divisions, 300, LINAS_ERROR_OUT_OF_RANGE);
    /* A struct of before the options existed. */
    good.size = (uint32_t)offsetof(linas_nsga2_options, survival);
    ck_assert_int_eq(linas_nsga2_create(space, &good, &engine), LINAS_OK);
    ck_assert_ptr_null(engine->reference);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
}
END_TEST

/* Unit vectors of the positive octant, all different; a second layer has the centre's sum. */
START_TEST(directions_are_unit_vectors) {
    static const uint32_t sizes[][4] = {{3, 20, 0, 0}, {5, 50, 0, 0}, {4, 9, 3, 2}, {1, 9, 7, 0}};
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        linas_nsga2_options options = reference_options(sizes[c][0], sizes[c][1]);
        options.divisions = sizes[c][2];
        options.inner_divisions = sizes[c][3];
        linas_nsga2 *engine = engine_with(2, &options);
        const lns_reference *r = engine->reference;
        for (size_t a = 0; a < r->stride; a++) {
            double square = 0.0;
            for (size_t k = 0; k < sizes[c][0]; k++)
                square += r->columns[k * r->stride + a] * r->columns[k * r->stride + a];
            ck_assert_double_eq_tol(square, a < r->directions ? 1.0 : 0.0, 1e-14);
            for (size_t b = 0; b < a && a < r->directions; b++) {
                double product = 0.0;
                for (size_t k = 0; k < sizes[c][0]; k++)
                    product += r->columns[k * r->stride + a] * r->columns[k * r->stride + b];
                ck_assert_double_lt(product, 0.999999);
            }
        }
        linas_nsga2_destroy(engine);
    }
}
END_TEST

/* Against the plain loop, of every length, with equals among the products. */
START_TEST(largest_product_is_the_first_of_the_largest) {
    enum { MOST = 200, M = 7 };
    static double columns[M * MOST];
    uint64_t state = 5;
    for (int round = 0; round < 400; round++) {
        size_t count = 1 + (size_t)round % 150, m = 1 + (size_t)round % M, best = 0;
        size_t stride = (count + LNS_COLUMN_LANES - 1) / LNS_COLUMN_LANES * LNS_COLUMN_LANES;
        double point[M], most = -1.0, product;
        memset(columns, 0, sizeof columns);
        for (size_t k = 0; k < m; k++) {
            point[k] = (double)(lns_mix64(state++) % 4);
            for (size_t d = 0; d < count; d++)
                columns[k * stride + d] = (double)(lns_mix64(state++) % 5) / 8.0;
        }
        for (size_t d = 0; d < count; d++) {
            double sum = 0.0;
            for (size_t k = 0; k < m; k++)
                sum += point[k] * columns[k * stride + d];
            if (sum > most) {
                most = sum;
                best = d;
            }
        }
        ck_assert_uint_eq(lns_largest_product(point, m, columns, stride, &product), best);
        ck_assert_double_eq(product, most);
    }
}
END_TEST

/* -- survivors --------------------------------------------------------------------------------- */

/* One generation after the other of given objectives; returns the sum of what is alive after. */
static void generation_of(linas_nsga2 *engine, const double *given, size_t count) {
    size_t m = engine->options.objectives;
    ck_assert_uint_eq(ask(engine), count);
    memcpy(objectives, given, count * m * sizeof *given);
    tell(engine, count);
}

static bool lives(const linas_nsga2 *engine, const double *point) {
    size_t m = engine->options.objectives;
    double found[MOST_OBJECTIVES];
    for (size_t i = 0; i < linas_nsga2_size(engine); i++) {
        linas_nsga2_individual(engine, i, NULL, found, NULL, NULL);
        if (memcmp(found, point, m * sizeof *found) == 0)
            return true;
    }
    return false;
}

START_TEST(the_nearest_of_each_direction_survive) {
    static const double first[] = {4, 4, 4, 0, 1, 0.25, 1, 0.25, 0};
    static const double second[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    static const double third[] = {0.5, 0.5, 0, 0.6, 0, 0.4, 0, 0.25, 0.75};
    linas_nsga2_options options = reference_options(3, 3);
    linas_nsga2 *engine = engine_with(4, &options);
    generation_of(engine, first, 3);
    generation_of(engine, second, 3);
    generation_of(engine, third, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert(lives(engine, second + 3 * i));
    for (size_t i = 0; i < 3; i++) {
        uint32_t rank;
        double crowding;
        linas_nsga2_individual(engine, i, NULL, NULL, &rank, &crowding);
        ck_assert_uint_eq(rank, 0);
        ck_assert(crowding <= 0.0 && crowding > -0.02);
    }
    linas_nsga2_destroy(engine);
}
END_TEST

/* Nobody is turned away from a direction while another that took one has two more. */
START_TEST(the_emptiest_directions_are_filled) {
    enum { N = 6, M = 3 };
    int splits = 0;
    for (uint32_t population = 10; population <= 100; population += 15) {
        linas_nsga2_options options = reference_options(M, population);
        options.seed = population;
        linas_nsga2 *engine = engine_with(N, &options);
        const lns_reference *r = engine->reference;
        for (int g = 0; g < 12; g++) {
            uint32_t counts[MOST_POPULATION] = {0};
            size_t told = ask(engine), last = 0;
            for (size_t i = 0; i < told; i++)
                sphere(genomes + i * N, N, objectives + i * M, M);
            tell(engine, told);
            for (size_t i = 0; i < engine->parent_count; i++) {
                counts[r->niches[engine->parents[i]]]++;
                last = engine->ranks[i] > last ? engine->ranks[i] : last;
            }
            bool split = engine->starts[last + 1] > population;
            for (size_t d = 0; split && d < r->directions; d++)
                for (size_t i = 0; i < population && r->starts[d] < r->ends[d]; i++)
                    if (engine->ranks[i] == last)
                        ck_assert_uint_le(counts[r->niches[engine->parents[i]]], counts[d] + 1);
            splits += split;
        }
        linas_nsga2_destroy(engine);
    }
    ck_assert_int_ge(splits, 50);
}
END_TEST

static double volume_after(uint32_t m, uint32_t population, int32_t survival, int generations) {
    linas_nsga2_options options = reference_options(m, population);
    double reference[MOST_OBJECTIVES], volume;
    options.survival = survival;
    options.crossover_probability = 1.0;
    options.mutation = LINAS_MUTATION_STEP;
    size_t n = m + 9;
    linas_nsga2 *engine = engine_with(n, &options);
    sphere_generations(engine, n, m, generations);
    for (size_t k = 0; k < m; k++)
        reference[k] = 1.1;
    for (size_t i = 0; i < linas_nsga2_size(engine); i++)
        linas_nsga2_individual(engine, i, NULL, objectives + i * m, NULL, NULL);
    ck_assert_int_eq(
        linas_hypervolume(context, objectives, linas_nsga2_size(engine), m, reference, &volume),
        LINAS_OK);
    linas_nsga2_destroy(engine);
    return volume;
}

/* The best that 91 directions can do is .7430, 210 ones 1.3095 (of 11 values). */
START_TEST(fronts_of_many_objectives) {
    if (getenv("LINAS_TEST_QUICK")) {
        test_skip("the quality of long runs is measured at full speed only");
        return;
    }
    double three = volume_after(3, 91, LINAS_SURVIVAL_REFERENCE, 100);
    double five = volume_after(5, 210, LINAS_SURVIVAL_REFERENCE, 100);
    ck_assert_double_ge(three, 0.742);
    ck_assert_double_ge(five, 1.300);
    ck_assert_double_le(volume_after(3, 91, LINAS_SURVIVAL_CROWDING, 100), three - 0.01);
}
END_TEST

/* Multiples of the objectives by powers of two change nothing, since all is relative. */
START_TEST(units_do_not_matter) {
    enum { N = 8, M = 4, POPULATION = 40 };
    static int32_t other[POPULATION * N];
    linas_nsga2_options options = reference_options(M, POPULATION);
    linas_nsga2 *plain = engine_with(N, &options), *scaled = engine_with(N, &options);
    for (int g = 0; g < 25; g++) {
        size_t count = ask(plain);
        memcpy(other, genomes, sizeof other);
        ck_assert_uint_eq(ask(scaled), count);
        ck_assert_int_eq(memcmp(other, genomes, sizeof other), 0);
        for (size_t i = 0; i < count; i++)
            sphere(genomes + i * N, N, objectives + i * M, M);
        tell(plain, count);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < M; k++)
                objectives[i * M + k] = ldexp(objectives[i * M + k], (int)k * 40 - 60);
        tell(scaled, count);
    }
    linas_nsga2_destroy(plain);
    linas_nsga2_destroy(scaled);
}
END_TEST

/* -- edges ------------------------------------------------------------------------------------- */

enum { SHAPES = 13 };

/* Objectives of the i-th individual, of shapes that have no plane, or numbers at their ends. */
static double shaped(int shape, size_t i, size_t k) {
    double t = (double)(i % 17), u = (double)(i % 5);
    switch (shape) {
    case 0: /* duplicates */
        return 1.0;
    case 1: /* one direction only */
        return t;
    case 2: /* all objectives but the first are constant */
        return k == 0 ? t : 3.0;
    case 3: /* a line: the extreme points span no plane */
        return k % 2 ? t : 16.0 - t;
    case 4:
        return (k % 2 ? t : 16.0 - t) * 1.1e307 - 0.9e308;
    case 5: /* beyond what a double's difference holds */
        return (k % 2 ? 1.0 : -1.0) * (t - 8.0) / 8.0 * 1.7e308;
    case 6: /* subnormal */
        return (k % 2 ? t : 16.0 - t) * 5e-324;
    case 7: /* two individuals far away from the others */
        return k == 0 ? (i < 2 ? -1e300 : t) : (i < 2 ? 1e300 : u);
    case 8: /* a wide objective beside a narrow one */
        return k == 0 ? t * 1e-300 : k == 1 ? (16.0 - t) * 1e300 : u;
    case 9: /* extreme points with a negative intercept */
        return k == 0 ? t : k == 1 ? t * t : -t - u;
    case 10: /* zeros of both signs */
        return k == 0 ? (i % 2 ? 0.0 : -0.0) : t;
    case 11: /* a narrow front, and all others far behind it */
        return i % 6 == 0 ? (k % 2 ? (double)(i % 4) : 4.0 - (double)(i % 4)) * 1e-310 : 1e10 + t;
    default:
        return lns_mix64(i * 64 + k) % 3 == 0 ? 0.0 : (double)(lns_mix64(i * 7 + k) % 4);
    }
}

START_TEST(strange_fronts) {
    enum { N = 6, POPULATION = 12 };
    for (int shape = 0; shape < SHAPES; shape++)
        for (uint32_t m = 1; m <= 6; m++) {
            linas_nsga2_options options = reference_options(m, POPULATION);
            linas_nsga2 *engine = engine_with(N, &options);
            for (int g = 0; g < 8; g++) {
                size_t count = ask(engine);
                for (size_t i = 0; i < count; i++)
                    for (size_t k = 0; k < m; k++)
                        objectives[i * m + k] = shaped(shape, (size_t)g * POPULATION + i, k);
                tell(engine, count);
                ck_assert_uint_eq(linas_nsga2_size(engine), POPULATION);
                for (size_t i = 0; i < POPULATION; i++) {
                    double crowding;
                    linas_nsga2_individual(engine, i, NULL, NULL, NULL, &crowding);
                    ck_assert(isfinite(crowding) && crowding <= 0.0);
                }
                for (size_t k = 0; k < m; k++)
                    ck_assert(isfinite(engine->reference->ideal[k]) &&
                              isfinite(engine->reference->widths[k]) &&
                              engine->reference->widths[k] > 0.0);
            }
            linas_nsga2_destroy(engine);
        }
}
END_TEST

START_TEST(one_survivor_and_failures) {
    linas_nsga2_options options = reference_options(3, 4);
    linas_nsga2 *engine = engine_with(4, &options);
    size_t count = ask(engine);
    for (size_t i = 0; i < 3 * count; i++)
        objectives[i] = (double)NAN;
    tell(engine, count);
    ck_assert_uint_eq(linas_nsga2_size(engine), 0);
    ck_assert(!engine->reference->learned);
    count = ask(engine);
    for (size_t i = 0; i < 3; i++)
        objectives[i] = 7.0;
    tell(engine, count);
    ck_assert_uint_eq(linas_nsga2_size(engine), 1);
    ck_assert_double_eq(engine->reference->ideal[2], 7.0);
    count = ask(engine);
    for (size_t i = 0; i < 3 * count; i++)
        objectives[i] = 1.0 + (double)i;
    tell(engine, count);
    ck_assert_uint_eq(linas_nsga2_size(engine), 4);
    linas_nsga2_destroy(engine);
}
END_TEST

/* What breaks the constraints comes last, however near to a direction, and does not normalise. */
START_TEST(constraints_come_first) {
    enum { N = 8, M = 3, POPULATION = 30 };
    linas_nsga2_options options = reference_options(M, POPULATION);
    options.constraints = 1;
    linas_nsga2 *engine = engine_with(N, &options);
    size_t infeasible = POPULATION;
    for (int g = 0; g < 40; g++) {
        size_t count = ask(engine);
        for (size_t i = 0; i < count; i++) {
            sphere(genomes + i * N, N, objectives + i * M, M);
            /* In the first generations nothing is feasible. */
            violations[i] = g < 3 ? 1.0 + objectives[i * M] : 0.4 - objectives[i * M];
            if (violations[i] > 0.0)
                objectives[i * M + 1] -= 1000.0;
        }
        tell(engine, count);
        if (g < 3)
            ck_assert(!engine->reference->learned);
        infeasible = 0;
        double before = 0.0;
        for (size_t i = 0; i < linas_nsga2_size(engine); i++) {
            double violation = engine->violations[engine->parents[i]];
            ck_assert(violation >= before || violation <= 0.0);
            ck_assert(infeasible == 0 || violation > 0.0);
            infeasible += violation > 0.0;
            before = violation > 0.0 ? violation : 0.0;
        }
    }
    ck_assert_uint_eq(infeasible, 0);
    ck_assert_double_ge(engine->reference->ideal[1], 0.0);
    ck_assert_double_ge(engine->reference->ideal[0], 0.4);
    memset(violations, 0, sizeof violations);
    linas_nsga2_destroy(engine);
}
END_TEST

/* -- memory and state -------------------------------------------------------------------------- */

START_TEST(nothing_is_allocated_while_it_runs) {
    enum { N = 9, POPULATION = 24 };
    test_allocator allocator;
    linas_context *kept = context;
    context = test_failing_context(&allocator, -1);
    linas_nsga2_options options = reference_options((uint32_t)_i % 6 + 1, POPULATION);
    size_t m = options.objectives;
    options.constraints = (uint32_t)_i / 6;
    linas_nsga2 *engine = engine_with(N, &options);
    for (int g = 0; g < 40; g++) {
        long calls = allocator.calls;
        size_t count = ask(engine);
        for (size_t i = 0; i < count; i++) {
            sphere(genomes + i * N, N, objectives + i * m, m);
            violations[i] = genomes[i * N] - 10;
        }
        tell(engine, count);
        if (g > 0)
            ck_assert_int_eq(allocator.calls, calls);
    }
    memset(violations, 0, sizeof violations);
    linas_nsga2_destroy(engine);
    linas_context_destroy(context);
    ck_assert_int_eq(allocator.live, 0);
    context = kept;
}
END_TEST

static linas_status whole_life(linas_context *in, unsigned char *bytes, size_t capacity) {
    int64_t values[] = {0, 1, 2, 3, 4};
    linas_space *space = NULL;
    linas_nsga2 *engine = NULL;
    linas_nsga2_options options = reference_options(3, 6);
    size_t count, needed;
    linas_status status = linas_space_create(in, &space);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "x", 5, values, 5, LINAS_ORDINAL);
    if (status == LINAS_OK)
        status = linas_nsga2_create(space, &options, &engine);
    for (int g = 0; g < 3 && status == LINAS_OK; g++) {
        status = linas_nsga2_ask(engine, genomes, &count);
        for (size_t i = 0; status == LINAS_OK && i < count; i++)
            sphere(genomes + i * 5, 5, objectives + i * 3, 3);
        if (status == LINAS_OK)
            status = linas_nsga2_tell(engine, objectives, NULL, count);
    }
    if (status == LINAS_OK)
        status = linas_nsga2_save(engine, bytes, capacity, &needed);
    if (status == LINAS_OK)
        status = linas_nsga2_load(engine, bytes, needed);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    return status;
}

START_TEST(out_of_memory_everywhere) {
    static unsigned char bytes[1 << 16];
    linas_status status = LINAS_ERROR_NO_MEMORY;
    for (long at = 1; status != LINAS_OK; at++) {
        test_allocator allocator;
        linas_context *failing = test_failing_context(&allocator, at);
        status = whole_life(failing, bytes, sizeof bytes);
        ck_assert(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY);
        linas_context_destroy(failing);
        ck_assert_int_eq(allocator.live, 0);
        ck_assert_int_lt(at, 2000);
    }
}
END_TEST

/* With and without constraints. */
START_TEST(what_is_saved_continues) {
    enum { N = 7, POPULATION = 14 };
    static unsigned char bytes[1 << 16], after[1 << 16];
    static int32_t asked[POPULATION * N];
    for (uint32_t m = 1; m <= 4; m++) {
        linas_nsga2_options options = reference_options(m, POPULATION);
        options.constraints = m % 2;
        linas_nsga2 *engine = engine_with(N, &options), *loaded = engine_with(N, &options);
        for (int g = 0; g < 12; g++) {
            size_t needed, again, count;
            /* Between two generations, and in the middle of one. */
            ck_assert_int_eq(linas_nsga2_save(engine, bytes, sizeof bytes, &needed), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed), LINAS_OK);
            count = ask(loaded);
            memcpy(asked, genomes, sizeof asked);
            ck_assert_uint_eq(ask(engine), count);
            ck_assert_int_eq(memcmp(asked, genomes, count * N * sizeof *asked), 0);
            memcpy(asked, genomes, sizeof asked);
            ck_assert_int_eq(linas_nsga2_save(engine, bytes, sizeof bytes, &needed), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed), LINAS_OK);
            ck_assert_uint_eq(ask(loaded), count);
            ck_assert_int_eq(memcmp(asked, genomes, count * N * sizeof *asked), 0);
            for (size_t i = 0; i < count; i++) {
                sphere(genomes + i * N, N, objectives + i * m, m);
                violations[i] = g < 2 ? 1.0 : genomes[i * N] - 12;
            }
            tell(engine, count);
            tell(loaded, count);
            ck_assert_int_eq(linas_nsga2_save(engine, bytes, sizeof bytes, &needed), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_save(loaded, after, sizeof after, &again), LINAS_OK);
            ck_assert_uint_eq(needed, again);
            ck_assert_int_eq(memcmp(bytes, after, needed), 0);
        }
        linas_nsga2_destroy(engine);
        linas_nsga2_destroy(loaded);
    }
    memset(violations, 0, sizeof violations);
}
END_TEST

static void put_word(unsigned char *bytes, size_t word, uint64_t value) {
    for (size_t i = 0; i < 8; i++)
        bytes[word * 8 + i] = (unsigned char)(value >> (8 * i) & 0xff);
}

START_TEST(forged_states_are_refused) {
    enum { N = 7, M = 3, POPULATION = 10, TAIL = 1 + M + M * M };
    static unsigned char good[1 << 14], bad[1 << 14];
    linas_nsga2_options options = reference_options(M, POPULATION);
    linas_nsga2 *engine = engine_with(N, &options), *other;
    size_t length;
    sphere_generations(engine, N, M, 3);
    ck_assert_int_eq(linas_nsga2_save(engine, good, sizeof good, &length), LINAS_OK);
    /* Before the hash: niches, whether the rest is known, the ideal, the extreme points. */
    size_t rest = length / 8 - 1 - TAIL, niches = rest - POPULATION;
    const struct {
        size_t word;
        uint64_t value;
        const char *why;
    } cases[] = {{niches, engine->reference->directions, "direction"},
                 {niches + POPULATION - 1, UINT64_MAX, "direction"},
                 {rest + 1, UINT64_C(0x7ff0000000000000), "finite"},
                 {rest + M + M * M, UINT64_C(0x7ff8000000000000), "finite"},
                 {rest, 0, "length"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(bad, good, length);
        put_word(bad, cases[i].word, cases[i].value);
        put_word(bad, length / 8 - 1, lns_hash_bytes(0, bad, length - 8));
        ck_assert_int_eq(linas_nsga2_load(engine, bad, length), LINAS_ERROR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), cases[i].why));
    }
    ck_assert_int_eq(linas_nsga2_load(engine, good, length), LINAS_OK);
    /* Engines of another survival or of other directions. */
    options.survival = LINAS_SURVIVAL_CROWDING;
    other = engine_with(N, &options);
    ck_assert_int_eq(linas_nsga2_load(other, good, length), LINAS_ERROR_MISMATCH);
    linas_nsga2_destroy(other);
    options.survival = LINAS_SURVIVAL_REFERENCE;
    options.inner_divisions = 1;
    other = engine_with(N, &options);
    ck_assert_int_eq(linas_nsga2_load(other, good, length), LINAS_ERROR_MISMATCH);
    linas_nsga2_destroy(other);
    linas_nsga2_destroy(engine);
}
END_TEST

static void set_up(void) {
    context = test_context();
}

static void tear_down(void) {
    linas_context_destroy(context);
}

int main(void) {
    Suite *suite = suite_create("reference");
    TCase *cases = tcase_create("reference");
    tcase_set_timeout(cases, 300);
    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, numbers_of_directions);
    tcase_add_test(cases, bad_options);
    tcase_add_test(cases, directions_are_unit_vectors);
    tcase_add_test(cases, largest_product_is_the_first_of_the_largest);
    tcase_add_test(cases, the_nearest_of_each_direction_survive);
    tcase_add_test(cases, the_emptiest_directions_are_filled);
    tcase_add_test(cases, fronts_of_many_objectives);
    tcase_add_test(cases, units_do_not_matter);
    tcase_add_test(cases, strange_fronts);
    tcase_add_test(cases, one_survivor_and_failures);
    tcase_add_test(cases, constraints_come_first);
    tcase_add_loop_test(cases, nothing_is_allocated_while_it_runs, 0, 12);
    tcase_add_test(cases, out_of_memory_everywhere);
    tcase_add_test(cases, what_is_saved_continues);
    tcase_add_test(cases, forged_states_are_refused);
    return test_run(suite);
}
