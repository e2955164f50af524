/* SPDX-License-Identifier: Apache-2.0 */
/* The NSGA-II engine: search quality on a known problem, ask and tell, constraints, its state. */
#include "nsga2/model.h"
#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INT45 = 45, MOST_SUM = 1024 };

static int weight_a(int i) {
    return 1 + 7 * i % 10;
}

static int weight_b(int i) {
    return 1 + (3 * i + 5) % 10;
}

static void int45(const int32_t *x, double *f) {
    double f1 = 0.0, f2 = 0.0, most1 = 0.0, most2 = 0.0;
    for (int i = 0; i < INT45; i++) {
        f1 += weight_a(i) * x[i];
        f2 += weight_b(i) * (2 - x[i]) * (2 - x[i]);
        most1 += 2 * weight_a(i);
        most2 += 4 * weight_b(i);
    }
    f[0] = f1 / most1;
    f[1] = f2 / most2;
}

static linas_space *int45_space(linas_context *context) {
    static const int64_t values[] = {0, 1, 2};
    linas_space *space;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", INT45, values, 3, LINAS_ORDINAL), LINAS_OK);
    return space;
}

/* Smallest second sum for every first sum, by dynamic programming: the exact front. */
START_TEST(int45_exact_front) {
    static double best[MOST_SUM], next[MOST_SUM];
    double most1 = 0.0, most2 = 0.0, volume;
    for (int s = 0; s < MOST_SUM; s++)
        best[s] = s == 0 ? 0.0 : (double)INFINITY;
    for (int i = 0; i < INT45; i++) {
        for (int s = 0; s < MOST_SUM; s++) {
            next[s] = (double)INFINITY;
            for (int x = 0; x < 3; x++)
                if (s >= weight_a(i) * x)
                    next[s] =
                        fmin(next[s], best[s - weight_a(i) * x] + weight_b(i) * (2 - x) * (2 - x));
        }
        memcpy(best, next, sizeof best);
        most1 += 2 * weight_a(i);
        most2 += 4 * weight_b(i);
    }
    static double points[2 * MOST_SUM];
    size_t count = 0;
    double lowest = (double)INFINITY;
    for (int s = 0; s < MOST_SUM; s++)
        if (best[s] < lowest) {
            lowest = best[s];
            points[2 * count] = s / most1;
            points[2 * count++ + 1] = best[s] / most2;
        }
    linas_context *context = test_context();
    double reference[] = {1.1, 1.1};
    ck_assert_uint_eq(count, 286);
    ck_assert_int_eq(linas_hypervolume(context, points, count, 2, reference, &volume), LINAS_OK);
    ck_assert_double_eq_tol(volume, 0.93389, 5e-6);
    linas_context_destroy(context);
}
END_TEST

static linas_nsga2 *engine_of(const linas_space *space, uint32_t population, uint64_t seed) {
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = population;
    options.seed = seed;
    linas_nsga2 *engine;
    ck_assert_int_eq(linas_nsga2_create(space, &options, &engine), LINAS_OK);
    return engine;
}

static void one_generation(linas_nsga2 *engine, int32_t *genomes, double *objectives) {
    size_t count;
    ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
    for (size_t i = 0; i < count; i++)
        int45(genomes + i * INT45, objectives + 2 * i);
    ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, count), LINAS_OK);
}

static double population_volume(linas_context *context, const linas_nsga2 *engine,
                                double *objectives) {
    double reference[] = {1.1, 1.1}, volume;
    size_t size = linas_nsga2_size(engine);
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(linas_nsga2_individual(engine, i, NULL, objectives + 2 * i, NULL, NULL),
                         LINAS_OK);
    ck_assert_int_eq(linas_hypervolume(context, objectives, size, 2, reference, &volume), LINAS_OK);
    return volume;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

START_TEST(int45_quality) {
    enum { SEEDS = 31, POPULATION = 100, GENERATIONS = 250 };
    if (getenv("LINAS_TEST_QUICK")) {
        test_skip("the quality of 31 long runs is measured at full speed only");
        return;
    }
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    static int32_t genomes[POPULATION * INT45];
    static double objectives[2 * POPULATION];
    double volumes[SEEDS];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        linas_nsga2 *engine = engine_of(space, POPULATION, seed + 1);
        for (int g = 0; g < GENERATIONS; g++)
            one_generation(engine, genomes, objectives);
        volumes[seed] = population_volume(context, engine, objectives);
        linas_nsga2_destroy(engine);
    }
    qsort(volumes, SEEDS, sizeof *volumes, compare_doubles);
    printf("INT45: median hypervolume %.4f (%.4f to %.4f)\n", volumes[SEEDS / 2], volumes[0],
           volumes[SEEDS - 1]);
    ck_assert_double_ge(volumes[SEEDS / 2], 0.920);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

static bool rows_differ(const int32_t *rows, size_t count, size_t n) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (memcmp(rows + i * n, rows + j * n, n * sizeof *rows) == 0)
                return false;
    return true;
}

START_TEST(individuals_are_canonical_and_distinct) {
    linas_context *context = test_context();
    linas_space *space;
    ck_assert_int_eq(linas_space_preset(context, "ofa-resnet50", &space), LINAS_OK);
    enum { N = 29, POPULATION = 20 };
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = POPULATION;
    int32_t genomes[2 * POPULATION * N], canonical[N];
    double objectives[2 * POPULATION];
    for (int32_t crossover = 0; crossover < 3; crossover++)
        for (int32_t mutation = 0; mutation < 3; mutation++) {
            options.crossover = crossover;
            options.mutation = mutation;
            linas_nsga2 *engine;
            ck_assert_int_eq(linas_nsga2_create(space, &options, &engine), LINAS_OK);
            for (int g = 0; g < 10; g++) {
                size_t count, parents = linas_nsga2_size(engine);
                ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
                ck_assert_uint_eq(count, POPULATION);
                for (size_t i = 0; i < parents; i++)
                    linas_nsga2_individual(engine, i, genomes + (count + i) * N, NULL, NULL, NULL);
                ck_assert(rows_differ(genomes, count + parents, N));
                for (size_t i = 0; i < count; i++) {
                    linas_space_canonical(space, genomes + i * N, canonical);
                    ck_assert_int_eq(memcmp(canonical, genomes + i * N, sizeof canonical), 0);
                    objectives[2 * i] = genomes[i * N];
                    objectives[2 * i + 1] = -genomes[i * N + 1];
                }
                ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, count), LINAS_OK);
            }
            linas_nsga2_destroy(engine);
        }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(same_seed_same_run_and_state_continues) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    enum { POPULATION = 30 };
    int32_t a[POPULATION * INT45], b[POPULATION * INT45];
    double objectives[2 * POPULATION];
    linas_nsga2 *first = engine_of(space, POPULATION, 7), *second = engine_of(space, POPULATION, 7);
    linas_nsga2 *other = engine_of(space, POPULATION, 8);
    for (int g = 0; g < 5; g++) {
        one_generation(first, a, objectives);
        one_generation(second, b, objectives);
        ck_assert_int_eq(memcmp(a, b, sizeof a), 0);
    }
    one_generation(other, b, objectives);
    ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
    /* Saved in the middle of a generation, into a fresh engine. */
    size_t count, needed;
    ck_assert_int_eq(linas_nsga2_ask(first, a, &count), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_save(first, NULL, 0, &needed), LINAS_ERROR_BUFFER_TOO_SMALL);
    unsigned char *bytes = malloc(needed);
    ck_assert_int_eq(linas_nsga2_save(first, bytes, needed, NULL), LINAS_OK);
    linas_nsga2 *loaded = engine_of(space, POPULATION, 7);
    ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed), LINAS_OK);
    ck_assert_uint_eq(linas_nsga2_generation(loaded), 5);
    for (int g = 0; g < 5; g++) {
        one_generation(first, a, objectives);
        one_generation(loaded, b, objectives);
        ck_assert_int_eq(memcmp(a, b, sizeof a), 0);
    }
    /* Another seed's engine, and every damaged byte, are refused. */
    ck_assert_int_eq(linas_nsga2_load(other, bytes, needed), LINAS_ERROR_MISMATCH);
    for (size_t i = 0; i < needed; i += 97) {
        bytes[i] ^= 1;
        ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed), LINAS_ERROR_CORRUPT);
        bytes[i] ^= 1;
    }
    ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed - 8), LINAS_ERROR_CORRUPT);
    ck_assert_int_eq(linas_nsga2_load(loaded, bytes, 0), LINAS_ERROR_CORRUPT);
    ck_assert_uint_eq(linas_nsga2_generation(loaded), 10);
    free(bytes);
    linas_nsga2_destroy(first);
    linas_nsga2_destroy(second);
    linas_nsga2_destroy(other);
    linas_nsga2_destroy(loaded);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(wrong_order_and_counts) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    linas_nsga2 *engine = engine_of(space, 4, 1);
    int32_t genomes[4 * INT45] = {0};
    double objectives[8] = {0};
    size_t count;
    ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, 4), LINAS_ERROR_WRONG_ORDER);
    genomes[INT45] = 3;
    ck_assert_int_eq(linas_nsga2_seed(engine, genomes, 2), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "individual 1"));
    genomes[INT45] = 1;
    ck_assert_int_eq(linas_nsga2_seed(engine, genomes, 2), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_seed(engine, genomes, 1), LINAS_OK); /* a duplicate */
    int32_t again[4 * INT45];
    ck_assert_int_eq(linas_nsga2_ask(engine, again, &count), LINAS_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(memcmp(again, genomes, 2 * INT45 * sizeof *again), 0);
    ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
    ck_assert_int_eq(memcmp(again, genomes, sizeof again), 0);
    ck_assert_int_eq(linas_nsga2_seed(engine, genomes, 1), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, 3), LINAS_ERROR_INVALID_ARGUMENT);
    /* A failed evaluation never enters. */
    objectives[2] = (double)NAN;
    ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, 4), LINAS_OK);
    ck_assert_uint_eq(linas_nsga2_size(engine), 3);
    ck_assert_int_eq(linas_nsga2_individual(engine, 3, genomes, NULL, NULL, NULL),
                     LINAS_ERROR_OUT_OF_RANGE);
    /* Nor does the search end when all fail. */
    for (int g = 0; g < 3; g++) {
        ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
        for (size_t i = 0; i < 2 * count; i++)
            objectives[i] = (double)INFINITY;
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, count), LINAS_OK);
    }
    ck_assert_uint_eq(linas_nsga2_size(engine), 3);
    linas_nsga2_destroy(engine);
    linas_nsga2_destroy(NULL);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(bad_options) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context), *empty;
    linas_nsga2 *engine;
    ck_assert_int_eq(linas_space_create(context, &empty), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_create(empty, NULL, &engine), LINAS_ERROR_INVALID_ARGUMENT);
    linas_nsga2_options good, bad;
    linas_nsga2_options_init(&good);
#define CHECK_BAD(field, value, status)                                                            \
    bad = good;                                                                                    \
    bad.field = value;                                                                             \
    ck_assert_int_eq(linas_nsga2_create(space, &bad, &engine), status);                            \
    ck_assert_ptr_null(engine)
    CHECK_BAD(population, 1, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(population, UINT32_MAX, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(objectives, 0, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(constraints, 1000, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(crossover, 3, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_BAD(mutation, -1, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_BAD(crossover_probability, (double)NAN, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(mutation_probability, 1.5, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(objectives, 65, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(crossover, -1, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_BAD(mutation, 3, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_BAD(crossover_probability, 1.5, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(mutation_probability, -0.1, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(eta_crossover, 0.0, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(eta_crossover, (double)INFINITY, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(eta_mutation, 0.0, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(eta_mutation, (double)INFINITY, LINAS_ERROR_OUT_OF_RANGE);
    CHECK_BAD(size, 0, LINAS_ERROR_STRUCT_SIZE);
    linas_space_destroy(space);
    linas_space_destroy(empty);
    linas_context_destroy(context);
}
END_TEST

START_TEST(constraints_come_first) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    enum { POPULATION = 20 };
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = POPULATION;
    options.constraints = 1;
    linas_nsga2 *engine;
    ck_assert_int_eq(linas_nsga2_create(space, &options, &engine), LINAS_OK);
    int32_t genomes[POPULATION * INT45];
    double objectives[2 * POPULATION], violations[POPULATION];
    for (int g = 0; g < 60; g++) {
        size_t count;
        ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
        for (size_t i = 0; i < count; i++) {
            int45(genomes + i * INT45, objectives + 2 * i);
            violations[i] = objectives[2 * i] - 0.2; /* f1 <= 0.2, far from a random start */
        }
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, violations, count), LINAS_OK);
    }
    for (size_t i = 0; i < linas_nsga2_size(engine); i++) {
        uint32_t rank;
        linas_nsga2_individual(engine, i, NULL, objectives, &rank, NULL);
        ck_assert_double_le(objectives[0], 0.2);
    }
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(one_objective_finds_the_best) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.objectives = 1;
    linas_nsga2 *engine;
    ck_assert_int_eq(linas_nsga2_create(space, &options, &engine), LINAS_OK);
    int32_t genomes[50 * INT45];
    double objectives[50], both[2];
    double best = 1.0;
    for (int g = 0; g < 100; g++) {
        size_t count;
        ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
        for (size_t i = 0; i < count; i++) {
            int45(genomes + i * INT45, both);
            objectives[i] = both[0];
            best = both[0] < best ? both[0] : best;
        }
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, count), LINAS_OK);
        /* The best one ever stays, all are different, and each stands where its value says. */
        for (size_t i = 0; i < linas_nsga2_size(engine); i++)
            linas_nsga2_individual(engine, i, genomes + i * INT45, objectives + i, NULL, NULL);
        ck_assert_double_eq(objectives[0], best);
        ck_assert(rows_differ(genomes, linas_nsga2_size(engine), INT45));
        for (size_t i = 1; i < linas_nsga2_size(engine); i++)
            ck_assert_double_le(objectives[i - 1], objectives[i]);
    }
    ck_assert_double_eq(best, 0.0);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* After the first generation the engine works in what it has, whatever it is asked to do. */
START_TEST(nothing_is_allocated_while_it_runs) {
    enum { POPULATION = 24, MOST_VARIABLES = 64 };
    test_allocator allocator;
    linas_context *context = test_failing_context(&allocator, -1);
    linas_space *space;
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    ck_assert_int_eq(linas_space_preset(context, "ofa-mobilenetv3", &space), LINAS_OK);
    options.population = POPULATION;
    options.objectives = (uint32_t)_i % 5 + 1;
    options.constraints = (uint32_t)_i / 5;
    linas_nsga2 *engine;
    ck_assert_int_eq(linas_nsga2_create(space, &options, &engine), LINAS_OK);
    int32_t genomes[POPULATION * MOST_VARIABLES];
    double objectives[POPULATION * 5], violations[POPULATION];
    size_t n = linas_space_variables(space);
    for (int g = 0; g < 60; g++) {
        size_t count;
        long calls = allocator.calls;
        ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
        for (size_t i = 0; i < count; i++) {
            for (size_t k = 0; k < options.objectives; k++)
                objectives[i * options.objectives + k] =
                    genomes[i * n + k] - genomes[i * n + k + 7] * (double)(k + 1);
            violations[i] = genomes[i * n] - 1;
        }
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, violations, count), LINAS_OK);
        if (g > 0)
            ck_assert_int_eq(allocator.calls, calls);
    }
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
    ck_assert_int_eq(allocator.live, 0);
}
END_TEST

/* Many individuals of equal objectives: what is loaded still goes on as what was saved. */
START_TEST(ties_survive_saving) {
    enum { POPULATION = 40 };
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    linas_nsga2 *engine = engine_of(space, POPULATION, 3),
                *loaded = engine_of(space, POPULATION, 3);
    static int32_t a[POPULATION * INT45], b[POPULATION * INT45];
    static unsigned char bytes[1 << 18];
    double objectives[2 * POPULATION];
    for (int g = 0; g < 40; g++) {
        size_t count, again, needed;
        ck_assert_int_eq(linas_nsga2_ask(engine, a, &count), LINAS_OK);
        ck_assert_int_eq(linas_nsga2_save(engine, bytes, sizeof bytes, &needed), LINAS_OK);
        ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed), LINAS_OK);
        for (size_t i = 0; i < count; i++) {
            int45(a + i * INT45, objectives + 2 * i);
            for (int k = 0; k < 2; k++)
                objectives[2 * i + (size_t)k] = floor(objectives[2 * i + (size_t)k] * 8.0);
        }
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, count), LINAS_OK);
        ck_assert_int_eq(linas_nsga2_tell(loaded, objectives, NULL, count), LINAS_OK);
        ck_assert_int_eq(linas_nsga2_ask(engine, a, &count), LINAS_OK);
        ck_assert_int_eq(linas_nsga2_ask(loaded, b, &again), LINAS_OK);
        ck_assert_uint_eq(count, again);
        ck_assert_int_eq(memcmp(a, b, count * INT45 * sizeof *a), 0);
    }
    linas_nsga2_destroy(engine);
    linas_nsga2_destroy(loaded);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Best first: ranks rise, crowding falls within a rank; and the ranks are those of the points. */
START_TEST(individuals_stand_in_order) {
    enum { POPULATION = 60 };
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    linas_nsga2 *engine = engine_of(space, POPULATION, 5);
    static int32_t genomes[POPULATION * INT45];
    double objectives[2 * POPULATION];
    uint32_t ranks[POPULATION], expected[POPULATION];
    for (int g = 0; g < 30; g++) {
        double before = 0.0;
        one_generation(engine, genomes, objectives);
        ck_assert_uint_eq(linas_nsga2_size(engine), POPULATION);
        for (size_t i = 0; i < POPULATION; i++) {
            double crowding;
            linas_nsga2_individual(engine, i, NULL, objectives + 2 * i, &ranks[i], &crowding);
            if (i > 0 && ranks[i] == ranks[i - 1])
                ck_assert_double_ge(before, crowding);
            else if (i > 0)
                ck_assert_uint_eq(ranks[i], ranks[i - 1] + 1);
            ck_assert(crowding >= 0.0 && (i > 0 || isinf(crowding)));
            before = crowding;
        }
        linas_pareto_rank(context, objectives, POPULATION, 2, expected, NULL);
        ck_assert_int_eq(memcmp(ranks, expected, sizeof ranks), 0);
    }
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

static int32_t only_even(void *user_data, const int32_t *genome, size_t variables) {
    (void)variables;
    int32_t *stop = user_data;
    return *stop ? *stop : genome[0] % 2 == 0;
}

START_TEST(small_spaces_are_used_up) {
    linas_context *context = test_context();
    linas_space *space;
    int64_t values[] = {0, 1, 2, 3};
    int32_t stop = 0;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 2, values, 4, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_set_feasible(space, only_even, &stop), LINAS_OK);
    linas_nsga2 *engine = engine_of(space, 6, 1);
    int32_t genomes[12];
    double objectives[12];
    size_t count, total = 0;
    linas_status status;
    while ((status = linas_nsga2_ask(engine, genomes, &count)) == LINAS_OK && total < 100) {
        total += count;
        for (size_t i = 0; i < count; i++) {
            ck_assert_int_eq(genomes[2 * i] % 2, 0);
            objectives[2 * i] = genomes[2 * i];
            objectives[2 * i + 1] = -genomes[2 * i] - genomes[2 * i + 1];
        }
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, count), LINAS_OK);
        if (total >= 24)
            break;
    }
    /* The engine itself forgets what died out; a search remembers. */
    ck_assert_uint_ge(total, 8);
    stop = 42;
    status = linas_nsga2_ask(engine, genomes, &count);
    ck_assert_int_eq(status, 42);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(out_of_memory_everywhere) {
    linas_status status = LINAS_ERROR_NO_MEMORY;
    int32_t genomes[4 * INT45];
    double objectives[8] = {0, 1, 1, 0, 2, 2, 3, 3};
    static unsigned char bytes[65536];
    for (long at = 1; status != LINAS_OK; at++) {
        test_allocator allocator;
        linas_context *context = test_failing_context(&allocator, at);
        linas_space *space = NULL;
        linas_nsga2 *engine = NULL;
        linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
        options.population = 4;
        size_t count = 4, needed = 0;
        int64_t values[] = {0, 1, 2};
        status = linas_space_create(context, &space);
        if (status == LINAS_OK)
            status = linas_space_add_int(space, "x", INT45, values, 3, LINAS_ORDINAL);
        if (status == LINAS_OK)
            status = linas_nsga2_create(space, &options, &engine);
        for (int g = 0; g < 2 && status == LINAS_OK; g++) {
            status = linas_nsga2_ask(engine, genomes, &count);
            if (status == LINAS_OK)
                status = linas_nsga2_tell(engine, objectives, NULL, count);
        }
        if (status == LINAS_OK)
            status = linas_nsga2_save(engine, bytes, sizeof bytes, &needed);
        if (status == LINAS_OK)
            status = linas_nsga2_load(engine, bytes, needed);
        ck_assert(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY);
        linas_nsga2_destroy(engine);
        linas_space_destroy(space);
        linas_context_destroy(context);
        ck_assert_int_eq(allocator.live, 0);
        ck_assert_int_lt(at, 2000);
    }
}
END_TEST

/* -- operators --------------------------------------------------------------------------------- */

enum { LONG = 1000, DRAWS = 40000 };

static linas_space *long_space(linas_context *context, size_t variables) {
    static int64_t values[LONG];
    linas_space *space;
    for (int i = 0; i < LONG; i++)
        values[i] = i;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(
        linas_space_add_int(space, "x", (uint32_t)variables, values, LONG, LINAS_ORDINAL),
        LINAS_OK);
    return space;
}

static linas_nsga2 *engine_with(const linas_space *space, const linas_nsga2_options *options) {
    linas_nsga2 *engine;
    ck_assert_int_eq(linas_nsga2_create(space, options, &engine), LINAS_OK);
    return engine;
}

/* Half of the genes are crossed, half of those lie between the parents, the others beyond one of
 * them, and their mean is the parents'. */
START_TEST(simulated_binary_crossover) {
    linas_context *context = test_context();
    linas_space *space = long_space(context, 1);
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.crossover = LINAS_CROSSOVER_SBX;
    double spread[2];
    for (int wide = 0; wide < 2; wide++) {
        options.eta_crossover = wide ? 2.0 : 20.0;
        linas_nsga2 *engine = engine_with(space, &options);
        lns_rng rng = lns_rng_stream(1, 2, 3, 4);
        uint16_t *row = lns_nsga2_genes(engine, 0), *other = lns_nsga2_genes(engine, 1);
        double sum = 0.0, squares = 0.0;
        int kept = 0, between = 0;
        *other = 600;
        for (int i = 0; i < DRAWS; i++) {
            *row = 400;
            lns_nsga2_cross(engine, &rng, other, row);
            ck_assert_uint_lt(*row, LONG);
            kept += *row == 400;
            between += *row > 400 && *row < 600;
            sum += *row - 450.0;
            squares += (*row - 450.0) * (*row - 450.0);
        }
        ck_assert_double_eq_tol(sum / DRAWS, 0.0, 2.5);
        ck_assert_double_eq_tol((double)kept / DRAWS, 0.5, wide ? 0.02 : 0.06);
        ck_assert_double_eq_tol((double)between / DRAWS, 0.25, 0.03);
        spread[wide] = squares;
        linas_nsga2_destroy(engine);
    }
    ck_assert_double_gt(spread[1], 1.05 * spread[0]);
    /* Equal parents have equal children; beyond the ends there is nothing. */
    options.eta_crossover = 0.1;
    linas_nsga2 *engine = engine_with(space, &options);
    lns_rng rng = lns_rng_stream(5, 6, 7, 8);
    uint16_t *row = lns_nsga2_genes(engine, 0), *other = lns_nsga2_genes(engine, 1);
    int least = 0, most = 0;
    for (int i = 0; i < 2000; i++) {
        *row = *other = 7;
        lns_nsga2_cross(engine, &rng, other, row);
        ck_assert_uint_eq(*row, 7);
        *row = 1;
        *other = LONG - 2;
        lns_nsga2_cross(engine, &rng, other, row);
        ck_assert_uint_lt(*row, LONG);
        least += *row == 0;
        most += *row == LONG - 1;
    }
    ck_assert_int_gt(least, 200);
    ck_assert_int_gt(most, 200);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Moves are even to both sides, 1 / (eta + 2) of the range on average, and never none. */
START_TEST(polynomial_mutation) {
    linas_context *context = test_context();
    linas_space *space = long_space(context, 1);
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.mutation = LINAS_MUTATION_POLYNOMIAL;
    options.mutation_probability = 1.0;
    options.eta_mutation = 20.0;
    linas_nsga2 *engine = engine_with(space, &options);
    lns_rng rng = lns_rng_stream(1, 2, 3, 4);
    uint16_t *row = lns_nsga2_genes(engine, 0);
    double moved = 0.0;
    int up = 0;
    for (int i = 0; i < DRAWS; i++) {
        *row = 500;
        lns_nsga2_mutate(engine, &rng, 0, NULL, row);
        ck_assert_uint_ne(*row, 500);
        up += *row > 500;
        moved += fabs(*row - 500.0);
        *row = i % 2 ? 0 : LONG - 1;
        lns_nsga2_mutate(engine, &rng, 0, NULL, row);
        ck_assert_uint_lt(*row, LONG);
        ck_assert_uint_ne(*row, i % 2 ? 0 : LONG - 1);
    }
    ck_assert_double_eq_tol((double)up / DRAWS, 0.5, 0.02);
    ck_assert_double_eq_tol(moved / DRAWS, (LONG - 1) / 22.0, 1.5);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* The share of mutated genes is the probability, wherever they stand: gaps longer than the table of
 * gaps too. */
START_TEST(mutations_are_spread_evenly) {
    enum { GENES = 700 };
    static const double probabilities[] = {0.0, 0.003, 0.25, 1.0};
    linas_context *context = test_context();
    linas_space *space = long_space(context, GENES);
    for (size_t p = 0; p < sizeof probabilities / sizeof *probabilities; p++) {
        linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
        options.mutation_probability = probabilities[p];
        linas_nsga2 *engine = engine_with(space, &options);
        lns_rng rng = lns_rng_stream(1, 2, 3, p);
        uint16_t *row = lns_nsga2_genes(engine, 0);
        int rounds = 4000, late = 0, changed = 0;
        double expected = (p ? probabilities[p] : 1.0 / GENES) * GENES * rounds;
        for (int i = 0; i < rounds; i++) {
            memset(row, 0, GENES * sizeof *row);
            lns_nsga2_mutate(engine, &rng, 0, NULL, row);
            for (int k = 0; k < GENES; k++) {
                changed += row[k] != 0;
                late += row[k] != 0 && k >= GENES / 2;
            }
        }
        ck_assert_double_eq_tol(changed / expected, 1.0, 0.05);
        ck_assert_double_eq_tol(late / expected, 0.5, 0.03);
        linas_nsga2_destroy(engine);
    }
    /* So seldom that it never comes to it. */
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.mutation_probability = 1e-12;
    linas_nsga2 *engine = engine_with(space, &options);
    lns_rng rng = lns_rng_stream(1, 2, 3, 4);
    uint16_t *row = lns_nsga2_genes(engine, 0);
    for (int i = 0; i < 1000; i++)
        lns_nsga2_mutate(engine, &rng, 0, NULL, row);
    for (int k = 0; k < GENES; k++)
        ck_assert_uint_eq(row[k], 0);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(a_variable_of_one_value_stays) {
    static const int64_t one[] = {9}, two[] = {1, 2};
    linas_context *context = test_context();
    linas_space *space;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "one", 1, one, 1, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "two", 9, two, 2, LINAS_CATEGORICAL), LINAS_OK);
    for (int32_t mutation = 0; mutation < 3; mutation++) {
        linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
        options.mutation = mutation;
        options.mutation_probability = 1.0;
        linas_nsga2 *engine = engine_with(space, &options);
        lns_rng rng = lns_rng_stream(1, 2, 3, 4);
        uint16_t *row = lns_nsga2_genes(engine, 0);
        lns_nsga2_mutate(engine, &rng, 0, NULL, row);
        ck_assert_uint_eq(row[0], 0);
        for (int k = 1; k < 10; k++)
            ck_assert_uint_eq(row[k], 1);
        linas_nsga2_destroy(engine);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* -- bad use ----------------------------------------------------------------------------------- */

START_TEST(null_arguments) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    linas_nsga2 *engine = engine_of(space, 4, 1), *none = NULL;
    int32_t genomes[4 * INT45] = {0};
    double objectives[8] = {0};
    unsigned char byte = 0;
    size_t count = 1;
    ck_assert_int_eq(linas_nsga2_create(NULL, NULL, &none), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_create(space, NULL, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_seed(NULL, genomes, 1), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_seed(engine, NULL, 1), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_seed(engine, NULL, 0), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_ask(NULL, genomes, &count), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_ask(engine, NULL, &count), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_ask(engine, genomes, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_tell(NULL, objectives, NULL, 4), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_tell(engine, NULL, NULL, 4), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_individual(NULL, 0, genomes, NULL, NULL, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_save(NULL, &byte, 1, &count), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_load(NULL, &byte, 1), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_nsga2_load(engine, NULL, 16), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(linas_nsga2_size(NULL) + linas_nsga2_population(NULL), 0);
    ck_assert_uint_eq(linas_nsga2_generation(NULL), 0);
    linas_nsga2_options_init(NULL);
    linas_nsga2_destroy(engine);
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.constraints = 2;
    engine = engine_with(space, &options);
    ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, 4), LINAS_ERROR_INVALID_ARGUMENT);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(seeds_beyond_the_population_are_left_out) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    linas_nsga2 *engine = engine_of(space, 4, 1), *loaded = engine_of(space, 4, 1);
    static int32_t seeds[6 * INT45], asked[4 * INT45], again[4 * INT45];
    static unsigned char bytes[1 << 14];
    size_t count, needed;
    for (size_t i = 0; i < 6; i++)
        seeds[i * INT45 + i] = 2;
    ck_assert_int_eq(linas_nsga2_seed(engine, seeds, 6), LINAS_OK);
    /* Saved before the first ask, they are still there. */
    ck_assert_int_eq(linas_nsga2_save(engine, bytes, sizeof bytes, &needed), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_ask(engine, asked, &count), LINAS_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(memcmp(asked, seeds, sizeof asked), 0);
    ck_assert_int_eq(linas_nsga2_ask(loaded, again, &count), LINAS_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(memcmp(again, seeds, sizeof again), 0);
    linas_nsga2_destroy(engine);
    linas_nsga2_destroy(loaded);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

static void put_word(unsigned char *bytes, size_t word, uint64_t value) {
    for (size_t i = 0; i < 8; i++)
        bytes[word * 8 + i] = (unsigned char)(value >> (8 * i) & 0xff);
}

static uint64_t bits_of(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* One word of a saved engine is another, and the hash fits. */
static linas_status load_forged(linas_nsga2 *engine, const unsigned char *good, size_t length,
                                size_t word, uint64_t value) {
    static unsigned char bytes[1 << 14];
    memcpy(bytes, good, length);
    put_word(bytes, word, value);
    put_word(bytes, length / 8 - 1, lns_hash_bytes(0, bytes, length - 8));
    return linas_nsga2_load(engine, bytes, length);
}

START_TEST(forged_states_are_refused) {
    enum { HEADER = 5, N = INT45, P = 2 };
    linas_context *context = test_context();
    linas_space *space = int45_space(context), *other;
    linas_nsga2 *engine = engine_of(space, P, 1);
    static unsigned char good[1 << 14], after[1 << 14];
    int32_t genomes[P * N] = {1};
    double objectives[2 * P];
    size_t length, again;
    ck_assert_int_eq(linas_nsga2_seed(engine, genomes, 1), LINAS_OK);
    one_generation(engine, genomes, objectives);
    ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &again), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_save(engine, good, sizeof good, &length), LINAS_OK);
    size_t children = HEADER + 1 + N, parents = children + 1 + P * N, values = parents + 1 + P * N,
           rest = values + 2 * P;
    ck_assert_uint_eq(length, 8 * (rest + 3 * P + 1));
    const struct {
        size_t word;
        uint64_t value;
        linas_status status;
        const char *why;
    } cases[] = {{0, 5, LINAS_ERROR_CORRUPT, "begin"},
                 {1, 5, LINAS_ERROR_MISMATCH, "another space"},
                 {2, 5, LINAS_ERROR_MISMATCH, "options"},
                 {HEADER, 1000, LINAS_ERROR_CORRUPT, "count"},
                 {HEADER, UINT64_MAX, LINAS_ERROR_CORRUPT, "count"},
                 {HEADER, UINT64_C(1) << 61, LINAS_ERROR_CORRUPT, "count"},
                 {HEADER, 100, LINAS_ERROR_CORRUPT, "count"},
                 {HEADER + 1, 3, LINAS_ERROR_CORRUPT, "value index"},
                 {children, P + 1, LINAS_ERROR_CORRUPT, "count"},
                 {children, 1, LINAS_ERROR_CORRUPT, ""},
                 {children + 1, 3, LINAS_ERROR_CORRUPT, "value index"},
                 {parents, P + 1, LINAS_ERROR_CORRUPT, "count"},
                 {parents, 0, LINAS_ERROR_CORRUPT, "length"},
                 {parents + 1, 1000, LINAS_ERROR_CORRUPT, "value index"},
                 {values, bits_of((double)NAN), LINAS_ERROR_CORRUPT, "objective"},
                 {rest, bits_of((double)INFINITY), LINAS_ERROR_CORRUPT, "number"},
                 {rest + 2, bits_of((double)NAN), LINAS_ERROR_CORRUPT, "number"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(load_forged(engine, good, length, cases[i].word, cases[i].value),
                         cases[i].status);
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), cases[i].why));
        ck_assert_int_eq(linas_nsga2_save(engine, after, sizeof after, &again), LINAS_OK);
        ck_assert_uint_eq(again, length);
        ck_assert_int_eq(memcmp(good, after, length), 0);
    }
    /* Cut short at every word, the hash right. */
    for (size_t left = 2; left < length / 8; left++) {
        memcpy(after, good, 8 * left);
        put_word(after, left - 1, lns_hash_bytes(0, after, 8 * (left - 1)));
        ck_assert_int_ne(linas_nsga2_load(engine, after, 8 * left), LINAS_OK);
    }
    ck_assert_int_eq(linas_nsga2_load(engine, good, 17), LINAS_ERROR_CORRUPT);
    ck_assert_int_eq(load_forged(engine, good, length, 3, 77), LINAS_OK);
    ck_assert_uint_eq(linas_nsga2_generation(engine), 77);
    linas_nsga2_destroy(engine);
    ck_assert_int_eq(linas_space_preset(context, "ofa-resnet50", &other), LINAS_OK);
    engine = engine_of(other, P, 1);
    ck_assert_int_eq(linas_nsga2_load(engine, good, length), LINAS_ERROR_MISMATCH);
    linas_nsga2_destroy(engine);
    linas_space_destroy(other);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Infeasible parents, and other numbers of objectives than two. */
START_TEST(constrained_states_continue) {
    enum { POPULATION = 12 };
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    static unsigned char bytes[1 << 16], after[1 << 16];
    static int32_t a[POPULATION * INT45], b[POPULATION * INT45];
    double objectives[3 * POPULATION], violations[POPULATION];
    for (uint32_t m = 1; m <= 3; m++) {
        linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
        options.population = POPULATION;
        options.objectives = m;
        options.constraints = 1;
        linas_nsga2 *engine = engine_with(space, &options), *loaded = engine_with(space, &options);
        for (int g = 0; g < 12; g++) {
            size_t count, again, needed;
            ck_assert_int_eq(linas_nsga2_ask(engine, a, &count), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_save(engine, bytes, sizeof bytes, &needed), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_load(loaded, bytes, needed), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_ask(loaded, b, &again), LINAS_OK);
            ck_assert_uint_eq(count, again);
            ck_assert_int_eq(memcmp(a, b, count * INT45 * sizeof *a), 0);
            for (size_t i = 0; i < count; i++) {
                for (size_t k = 0; k < m; k++)
                    objectives[i * m + k] = a[i * INT45 + k] - 2.0 * a[i * INT45 + k + 1];
                violations[i] = g < 3 ? a[i * INT45] + 1.0 : a[i * INT45] - 0.5;
            }
            ck_assert_int_eq(linas_nsga2_tell(engine, objectives, violations, count), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_tell(loaded, objectives, violations, count), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_save(engine, bytes, sizeof bytes, &needed), LINAS_OK);
            ck_assert_int_eq(linas_nsga2_save(loaded, after, sizeof after, &needed), LINAS_OK);
            ck_assert_int_eq(memcmp(bytes, after, needed), 0);
        }
        linas_nsga2_destroy(engine);
        linas_nsga2_destroy(loaded);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Ranges beyond a double's: crowding stays a number, and the ends stay infinitely lonely. */
START_TEST(huge_objectives) {
    static const double steps[][3] = {{0.8e308, 1e-3}, {1e-3, 0.8e308}, {0.8e308, 0.8e308, 1.0}};
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    for (int c = 0; c < 3; c++) {
        linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
        size_t m = options.objectives = c < 2 ? 2 : 3;
        options.population = 5;
        linas_nsga2 *engine = engine_with(space, &options);
        int32_t genomes[5 * INT45];
        double objectives[15];
        size_t count;
        ck_assert_int_eq(linas_nsga2_ask(engine, genomes, &count), LINAS_OK);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < m; k++)
                objectives[i * m + k] = ((double)i - 2.0) * (k == 0 ? steps[c][k] : -steps[c][k]);
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, count), LINAS_OK);
        for (size_t i = 0; i < 5; i++) {
            double crowding;
            uint32_t rank;
            linas_nsga2_individual(engine, i, NULL, NULL, &rank, &crowding);
            ck_assert_uint_eq(rank, 0);
            if (i < 2)
                ck_assert(isinf(crowding));
            else
                ck_assert_double_eq_tol(crowding, 0.5 * (double)m, 1e-12);
        }
        linas_nsga2_destroy(engine);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

static int32_t stops_at(void *user_data, const int32_t *genome, size_t variables) {
    int32_t *left = user_data;
    (void)genome, (void)variables;
    return --*left < 0 ? 42 : 1;
}

/* The host's predicate ends an ask at each of its calls; the next ask goes on as if it had not. */
START_TEST(a_predicate_may_stop_anywhere) {
    linas_context *context = test_context();
    linas_space *space = int45_space(context);
    int32_t left = INT32_MAX, genomes[4 * INT45], expected[4 * INT45], seeds[INT45] = {1, 2};
    double objectives[8];
    size_t count;
    ck_assert_int_eq(linas_space_set_feasible(space, stops_at, &left), LINAS_OK);
    linas_nsga2 *whole = engine_of(space, 4, 1), *engine = engine_of(space, 4, 1);
    ck_assert_int_eq(linas_nsga2_seed(whole, seeds, 1), LINAS_OK);
    ck_assert_int_eq(linas_nsga2_seed(engine, seeds, 1), LINAS_OK);
    for (int g = 0; g < 3; g++) {
        linas_status status = 42;
        left = INT32_MAX;
        ck_assert_int_eq(linas_nsga2_ask(whole, expected, &count), LINAS_OK);
        for (int32_t calls = 0; status != LINAS_OK; calls++) {
            left = calls;
            status = linas_nsga2_ask(engine, genomes, &count);
            ck_assert(status == LINAS_OK || (status == 42 && count == 0));
        }
        ck_assert_uint_eq(count, 4);
        ck_assert_int_eq(memcmp(genomes, expected, sizeof genomes), 0);
        for (size_t i = 0; i < 4; i++)
            int45(genomes + i * INT45, objectives + 2 * i);
        ck_assert_int_eq(linas_nsga2_tell(whole, objectives, NULL, 4), LINAS_OK);
        ck_assert_int_eq(linas_nsga2_tell(engine, objectives, NULL, 4), LINAS_OK);
    }
    linas_nsga2_destroy(whole);
    linas_nsga2_destroy(engine);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("nsga2");
    TCase *cases = tcase_create("nsga2");
    tcase_set_timeout(cases, 300);
    suite_add_tcase(suite, cases);
    tcase_add_test(cases, int45_exact_front);
    tcase_add_test(cases, int45_quality);
    tcase_add_test(cases, individuals_are_canonical_and_distinct);
    tcase_add_test(cases, same_seed_same_run_and_state_continues);
    tcase_add_test(cases, wrong_order_and_counts);
    tcase_add_test(cases, bad_options);
    tcase_add_test(cases, constraints_come_first);
    tcase_add_test(cases, one_objective_finds_the_best);
    tcase_add_loop_test(cases, nothing_is_allocated_while_it_runs, 0, 10);
    tcase_add_test(cases, ties_survive_saving);
    tcase_add_test(cases, individuals_stand_in_order);
    tcase_add_test(cases, small_spaces_are_used_up);
    tcase_add_test(cases, out_of_memory_everywhere);
    tcase_add_test(cases, simulated_binary_crossover);
    tcase_add_test(cases, polynomial_mutation);
    tcase_add_test(cases, mutations_are_spread_evenly);
    tcase_add_test(cases, a_variable_of_one_value_stays);
    tcase_add_test(cases, null_arguments);
    tcase_add_test(cases, seeds_beyond_the_population_are_left_out);
    tcase_add_test(cases, forged_states_are_refused);
    tcase_add_test(cases, constrained_states_continue);
    tcase_add_test(cases, huge_objectives);
    tcase_add_test(cases, a_predicate_may_stop_anywhere);
    return test_run(suite);
}
