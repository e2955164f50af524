/* SPDX-License-Identifier: Apache-2.0 */
/* Dominance, sorting, crowding, hypervolume and archive, against brute force and known values. */
#include "support.h"

#include "num/rng.h"
#include "pareto/places.h"
#include "pareto/pareto.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 24, MOST_OBJECTIVES = 7 };

static int random_sets(void) {
    return getenv("LINAS_TEST_QUICK") ? 200 : 2000;
}

static int many_random_sets(void) {
    return 5 * random_sets();
}

/* Small whole numbers, so that ties and duplicates are common. */
static size_t random_set(lns_rng *rng, size_t m, size_t most, double *points) {
    size_t n = lns_rng_below(rng, (uint32_t)most + 1);
    uint32_t values = 1 + lns_rng_below(rng, 6);
    for (size_t i = 0; i < n * m; i++)
        points[i] = (double)lns_rng_below(rng, values);
    return n;
}

START_TEST(comparing) {
    double a[] = {1, 2}, b[] = {1, 3}, c[] = {0, 4};
    ck_assert_int_eq(linas_pareto_compare(a, b, 2), -1);
    ck_assert_int_eq(linas_pareto_compare(b, a, 2), 1);
    ck_assert_int_eq(linas_pareto_compare(a, a, 2), 0);
    ck_assert_int_eq(linas_pareto_compare(a, c, 2), 0);
    ck_assert_int_eq(linas_pareto_compare(a, c, 1), 1);
}
END_TEST

/* Peels fronts one after the other by definition. */
static size_t peel(const double *points, size_t n, size_t m, uint32_t *ranks) {
    bool done[MOST_POINTS] = {false};
    size_t left = n, front = 0;
    for (; left > 0; front++) {
        bool now[MOST_POINTS] = {false};
        for (size_t i = 0; i < n; i++) {
            now[i] = !done[i];
            for (size_t j = 0; j < n && now[i]; j++)
                now[i] = done[j] || linas_pareto_compare(points + j * m, points + i * m, m) != -1;
        }
        for (size_t i = 0; i < n; i++)
            if (now[i]) {
                ranks[i] = (uint32_t)front;
                done[i] = true;
                left--;
            }
    }
    return front;
}

START_TEST(sorting_against_brute_force) {
    size_t m = (size_t)_i;
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(1, 1000, m, 0);
    for (int set = 0; set < many_random_sets(); set++) {
        double points[MOST_POINTS * MOST_OBJECTIVES];
        uint32_t ranks[MOST_POINTS], expected[MOST_POINTS];
        size_t n = random_set(&rng, m, MOST_POINTS, points), fronts = 99;
        ck_assert_int_eq(linas_pareto_rank(context, points, n, m, ranks, &fronts), LINAS_OK);
        ck_assert_uint_eq(fronts, peel(points, n, m, expected));
        for (size_t i = 0; i < n; i++)
            ck_assert_uint_eq(ranks[i], expected[i]);
    }
    linas_context_destroy(context);
}
END_TEST

/* Ranks by definition: one more than the highest of those who dominate. */
static void rank_slowly(const double *points, size_t n, size_t m, uint32_t *ranks) {
    memset(ranks, 0, n * sizeof *ranks);
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                if (ranks[j] >= ranks[i] &&
                    linas_pareto_compare(points + j * m, points + i * m, m) == -1) {
                    ranks[i] = ranks[j] + 1;
                    changed = true;
                }
    }
}

/* Large sets of several kinds, one of them of whole numbers with many ties and equals, by each kind
 * of vectors that the processor has: all must say the same. */
START_TEST(sorting_large_sets) {
    enum { LARGE = 900 };
    static double points[LARGE * 6];
    static uint32_t ranks[LARGE], expected[LARGE];
    size_t m = 2 + (size_t)_i % 5, kind = (size_t)_i / 5,
           n = getenv("LINAS_TEST_QUICK") ? 200 : LARGE;
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(5, 1000, (uint64_t)_i, 0);
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < m; k++) {
            points[i * m + k] = kind == 1 ? lns_rng_below(&rng, 12) : lns_rng_unit(&rng);
            sum += points[i * m + k];
        }
        for (size_t k = 0; k < m && kind == 2; k++)
            points[i * m + k] *= (1.0 + 0.05 * (double)(i % 3)) / sum;
    }
    rank_slowly(points, n, m, expected);
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    for (int32_t most = work.vectors; work.vectors >= 0; work.vectors--) {
        size_t fronts = 0;
        memset(ranks, 0xff, sizeof ranks);
        ck_assert_int_eq(lns_pareto_rank(&work, points, n, m, ranks, &fronts), LINAS_OK);
        ck_assert_int_eq(memcmp(ranks, expected, n * sizeof *ranks), 0);
        for (size_t i = 0; i < n; i++)
            ck_assert_uint_lt(ranks[i], fronts);
        ck_assert_int_le(work.vectors, most);
    }
    lns_pareto_workspace_free(&work);
    linas_context_destroy(context);
}
END_TEST

/* Points that only the first objective and the last tell apart crowd in few leaves. */
START_TEST(sorting_unevenly_spread_points) {
    enum { N = 600, M = 5 };
    static double points[N * M];
    static uint32_t ranks[N], expected[N];
    linas_context *context = test_context();
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < M; k++)
            points[i * M + k] = k == 0       ? (double)(i * 7919 % N)
                                : k == M - 1 ? -(double)(i * 7919 % N) + (double)(i % 3)
                                             : (double)(i % 2);
    rank_slowly(points, N, M, expected);
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    for (; work.vectors >= 0; work.vectors--) {
        size_t fronts;
        ck_assert_int_eq(lns_pareto_rank(&work, points, N, M, ranks, &fronts), LINAS_OK);
        ck_assert_int_eq(memcmp(ranks, expected, sizeof ranks), 0);
    }
    lns_pareto_workspace_free(&work);
    linas_context_destroy(context);
}
END_TEST

/* More points than the trees' depth is made for; most of them are one. */
START_TEST(sorting_very_many_equals) {
    enum { N = 70000, M = 4 };
    static double points[N * M];
    static uint32_t ranks[N];
    linas_context *context = test_context();
    size_t fronts;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < M; k++)
            points[i * M + k] = (double)(i % 7);
    ck_assert_int_eq(linas_pareto_rank(context, points, N, M, ranks, &fronts), LINAS_OK);
    ck_assert_uint_eq(fronts, 7);
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(ranks[i], i % 7);
    linas_context_destroy(context);
}
END_TEST

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Cells between the points' coordinates, counted one by one. */
static double count_cells(const double *points, size_t n, size_t m, const double *reference) {
    double grid[MOST_OBJECTIVES][MOST_POINTS + 1];
    size_t cell[MOST_OBJECTIVES] = {0};
    for (size_t k = 0; k < m; k++) {
        for (size_t i = 0; i < n; i++)
            grid[k][i] = fmin(points[i * m + k], reference[k]);
        grid[k][n] = reference[k];
        qsort(grid[k], n + 1, sizeof(double), compare_doubles);
    }
    double total = 0.0;
    for (bool more = n > 0; more;) {
        bool covered = false;
        double size = 1.0;
        for (size_t k = 0; k < m; k++)
            size *= grid[k][cell[k] + 1] - grid[k][cell[k]];
        for (size_t i = 0; i < n && !covered && size > 0.0; i++) {
            covered = true;
            for (size_t k = 0; k < m; k++)
                covered = covered && points[i * m + k] <= grid[k][cell[k]];
        }
        total += covered ? size : 0.0;
        more = false;
        for (size_t k = 0; k < m && !more; k++) {
            more = ++cell[k] < n;
            if (!more)
                cell[k] = 0;
        }
    }
    return total;
}

START_TEST(hypervolume_against_brute_force) {
    size_t m = (size_t)_i, most = m < 4 ? 12 : m == 4 ? 8 : 11 - m;
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(2, 1000, m, 0);
    for (int set = 0; set < (m < 4 ? many_random_sets() : random_sets()); set++) {
        double points[MOST_POINTS * MOST_OBJECTIVES], reference[MOST_OBJECTIVES], volume = -1.0;
        size_t n = random_set(&rng, m, most, points);
        for (size_t k = 0; k < m; k++)
            reference[k] = (double)lns_rng_below(&rng, 7);
        ck_assert_int_eq(linas_hypervolume(context, points, n, m, reference, &volume), LINAS_OK);
        ck_assert_double_eq(volume, count_cells(points, n, m, reference));
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(gain_is_the_difference) {
    size_t m = (size_t)_i;
    linas_context *context = test_context();
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    lns_rng rng = lns_rng_stream(3, 1000, m, 0);
    for (int set = 0; set < random_sets() / 4; set++) {
        double points[(MOST_POINTS + 1) * MOST_OBJECTIVES], reference[MOST_OBJECTIVES];
        double with, without, gain;
        size_t n = random_set(&rng, m, 12, points);
        for (size_t k = 0; k < m; k++) {
            reference[k] = 5.0;
            points[n * m + k] = (double)lns_rng_below(&rng, 7);
        }
        lns_hypervolume(&work, points, n, m, reference, &without);
        lns_hypervolume(&work, points, n + 1, m, reference, &with);
        ck_assert_int_eq(
            lns_hypervolume_gain(&work, points, n, m, reference, points + n * m, &gain), LINAS_OK);
        ck_assert_double_eq(gain, with - without);
    }
    lns_pareto_workspace_free(&work);
    linas_context_destroy(context);
}
END_TEST

/* A further objective of one value changes nothing: dimensions are measured by one another. And no
 * bit hangs on the vectors that the processor has. */
START_TEST(hypervolume_of_large_sets) {
    enum { LARGE = 6000 };
    static double flat[LARGE * 6], deep[LARGE * 7];
    static const size_t sizes[] = {5000, 5000, 300, 90, 40};
    size_t m = 2 + (size_t)_i, n = getenv("LINAS_TEST_QUICK") ? 30 : sizes[_i];
    double reference[7] = {1, 1, 1, 1, 1, 1, 1}, first = 0.0, volume;
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(6, 1000, m, 0);
    for (size_t i = 0; i < n; i++) {
        double square = 0.0;
        for (size_t k = 0; k < m; k++) {
            flat[i * m + k] = lns_rng_unit(&rng);
            square += flat[i * m + k] * flat[i * m + k];
        }
        deep[i * (m + 1) + m] = 0.0;
        for (size_t k = 0; k < m; k++)
            deep[i * (m + 1) + k] = flat[i * m + k] =
                1.0 - flat[i * m + k] / (i % 10 ? sqrt(square) : 2.0);
    }
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    for (; work.vectors >= 0; work.vectors--) {
        ck_assert_int_eq(lns_hypervolume(&work, flat, n, m, reference, &volume), LINAS_OK);
        first = first > 0.0 ? first : volume;
        ck_assert_int_eq(memcmp(&first, &volume, sizeof volume), 0);
        ck_assert_int_eq(lns_hypervolume(&work, deep, n, m + 1, reference, &volume), LINAS_OK);
        ck_assert_double_eq_tol(volume, first, 1e-11);
    }
    lns_pareto_workspace_free(&work);
    linas_context_destroy(context);
}
END_TEST

START_TEST(places_find_their_neighbours) {
    enum { MOST = 5000 };
    static uint64_t memory[MOST / 32 + LNS_PLACES_LEVELS];
    static bool member[MOST];
    lns_rng rng = lns_rng_stream(7, 1000, 0, 0);
    for (size_t n = 1; n <= MOST; n = n * 4 + 3) {
        lns_places places;
        memset(member, 0, sizeof member);
        lns_places_init(&places, memory, n);
        for (int round = 0; round < 2000; round++) {
            size_t at = lns_rng_below(&rng, (uint32_t)n), next = at, before = at;
            member[at] = lns_rng_below(&rng, 8) < (round < 1000 ? 1U : 6U);
            (member[at] ? lns_places_set : lns_places_clear)(&places, at);
            at = lns_rng_below(&rng, (uint32_t)n);
            for (next = at; next < n && !member[next];)
                next++;
            for (before = at; before > 0 && !member[before - 1];)
                before--;
            ck_assert_uint_eq(lns_places_from(&places, at), next);
            if (before > 0)
                ck_assert_uint_eq(lns_places_before(&places, at), before - 1);
            else
                ck_assert_uint_ge(lns_places_before(&places, at), at);
        }
    }
}
END_TEST

START_TEST(archive_keeps_its_hypervolume) {
    size_t m = (size_t)_i;
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(8, 1000, m, 0);
    for (int set = 0; set < random_sets() / 20; set++) {
        double points[MOST_POINTS * MOST_OBJECTIVES], reference[MOST_OBJECTIVES], kept, whole;
        size_t n = random_set(&rng, m, MOST_POINTS, points), start = lns_rng_below(&rng, 5);
        linas_archive *archive;
        for (size_t k = 0; k < m; k++)
            reference[k] = (double)lns_rng_below(&rng, 7);
        ck_assert_int_eq(linas_archive_create(context, m, &archive), LINAS_OK);
        ck_assert_int_eq(linas_archive_hypervolume(archive, &kept), LINAS_ERROR_WRONG_ORDER);
        for (size_t i = 0; i < n; i++) {
            if (i == start)
                ck_assert_int_eq(linas_archive_set_reference(archive, reference), LINAS_OK);
            ck_assert_int_eq(linas_archive_add(archive, points + i * m, i, NULL), LINAS_OK);
            if (i < start)
                continue;
            ck_assert_int_eq(linas_archive_hypervolume(archive, &kept), LINAS_OK);
            linas_hypervolume(context, points, i + 1, m, reference, &whole);
            ck_assert_double_eq(kept, whole);
        }
        reference[0] = (double)NAN;
        ck_assert_int_eq(linas_archive_set_reference(archive, reference), LINAS_ERROR_NOT_FINITE);
        ck_assert_int_eq(linas_archive_set_reference(archive, NULL), LINAS_ERROR_INVALID_ARGUMENT);
        linas_archive_destroy(archive);
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(hypervolume_of_known_fronts) {
    linas_context *context = test_context();
    double volume, reference2[] = {1.0, 1.0};
    /* n points on the line x + y = 1: staircase under the line, 1/2 - 1/(2n) with n + 1 points. */
    double line[2 * 101];
    for (int i = 0; i <= 100; i++) {
        line[2 * i] = i / 100.0;
        line[2 * i + 1] = 1.0 - i / 100.0;
    }
    ck_assert_int_eq(linas_hypervolume(context, line, 101, 2, reference2, &volume), LINAS_OK);
    ck_assert_double_eq_tol(volume, 0.5 - 0.005, 1e-12);
    /* One point in five dimensions. */
    double one[] = {0.5, 0.5, 0.5, 0.5, 0.5}, reference5[] = {1, 1, 1, 1, 1};
    ck_assert_int_eq(linas_hypervolume(context, one, 1, 5, reference5, &volume), LINAS_OK);
    ck_assert_double_eq(volume, 1.0 / 32.0);
    /* Outside the reference, nothing; a point on it, nothing. */
    ck_assert_int_eq(linas_hypervolume(context, reference5, 1, 5, one, &volume), LINAS_OK);
    ck_assert_double_eq(volume, 0.0);
    ck_assert_int_eq(linas_hypervolume(context, one, 1, 5, one, &volume), LINAS_OK);
    ck_assert_double_eq(volume, 0.0);
    ck_assert_int_eq(linas_hypervolume(context, one, 0, 5, reference5, &volume), LINAS_OK);
    ck_assert_double_eq(volume, 0.0);
    /* An octant of the unit sphere, dense: 1 - pi/6 within the grid's resolution. */
    enum { STEPS = 60 };
    static double sphere[3 * STEPS * STEPS];
    for (int i = 0; i < STEPS; i++)
        for (int j = 0; j < STEPS; j++) {
            double a = (i + 0.5) / STEPS * acos(0.0), b = (j + 0.5) / STEPS * acos(0.0);
            double *p = sphere + 3 * (i * STEPS + j);
            p[0] = 1.0 - sin(a) * cos(b);
            p[1] = 1.0 - sin(a) * sin(b);
            p[2] = 1.0 - cos(a);
        }
    ck_assert_int_eq(linas_hypervolume(context, sphere, STEPS * STEPS, 3, reference5, &volume),
                     LINAS_OK);
    ck_assert_double_eq_tol(volume, acos(0.0) / 3.0, 0.03);
    ck_assert_double_lt(volume, acos(0.0) / 3.0);
    linas_context_destroy(context);
}
END_TEST

START_TEST(crowding_by_hand) {
    linas_context *context = test_context();
    double points[] = {0, 4, 1, 2, 2, 1, 4, 0}, distances[4];
    ck_assert_int_eq(linas_pareto_crowding(context, points, 4, 2, distances), LINAS_OK);
    ck_assert(isinf(distances[0]) && isinf(distances[3]));
    ck_assert_double_eq(distances[1], 2.0 / 4.0 + 3.0 / 4.0);
    ck_assert_double_eq(distances[2], 3.0 / 4.0 + 2.0 / 4.0);
    double same[] = {1, 1, 1, 1, 1, 1};
    ck_assert_int_eq(linas_pareto_crowding(context, same, 3, 2, distances), LINAS_OK);
    ck_assert(isinf(distances[0]) && isinf(distances[2]) && distances[1] == 0.0);
    ck_assert_int_eq(linas_pareto_crowding(context, same, 1, 2, distances), LINAS_OK);
    ck_assert(isinf(distances[0]));
    ck_assert_int_eq(linas_pareto_crowding(context, NULL, 0, 2, NULL), LINAS_OK);
    linas_context_destroy(context);
}
END_TEST

START_TEST(bad_arguments) {
    linas_context *context = test_context();
    double points[] = {0, 1, 2, (double)NAN}, reference[] = {1, 1}, volume = 7.0;
    uint32_t ranks[2];
    ck_assert_int_eq(linas_pareto_rank(context, points, 2, 2, ranks, NULL), LINAS_ERROR_NOT_FINITE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "point 1"));
    ck_assert_int_eq(linas_pareto_rank(context, points, 2, 0, ranks, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_pareto_rank(context, NULL, 2, 2, ranks, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    points[3] = -(double)INFINITY;
    ck_assert_int_eq(linas_hypervolume(context, points, 2, 2, reference, &volume),
                     LINAS_ERROR_NOT_FINITE);
    ck_assert_int_eq(linas_hypervolume(context, points, 1, 2, NULL, &volume),
                     LINAS_ERROR_INVALID_ARGUMENT);
    reference[0] = (double)NAN;
    ck_assert_int_eq(linas_hypervolume(context, points, 1, 2, reference, &volume),
                     LINAS_ERROR_NOT_FINITE);
    ck_assert_double_eq(volume, 7.0);
    reference[0] = 1.0;
    ck_assert_int_eq(linas_hypervolume(context, points, 1, 2, reference, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    double far[] = {-1e200, -1e200};
    ck_assert_int_eq(linas_hypervolume(context, far, 1, 2, reference, &volume),
                     LINAS_ERROR_NOT_FINITE);
    ck_assert_double_eq(volume, 7.0);
    ck_assert_int_eq(linas_pareto_rank(NULL, points, 1, 2, ranks, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_pareto_rank(context, points, 1, 2, NULL, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_pareto_crowding(context, points, 1, 2, NULL),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_pareto_rank(context, NULL, 0, 2, NULL, NULL), LINAS_OK);
    linas_context_destroy(context);
}
END_TEST

START_TEST(archive_without_arguments) {
    linas_context *context = test_context();
    linas_archive *archive;
    double point[] = {1.0, 2.0}, volume = 7.0;
    ck_assert_int_eq(linas_archive_create(NULL, 2, &archive), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_archive_create(context, 2, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_archive_create(context, 2, &archive), LINAS_OK);
    ck_assert_int_eq(linas_archive_add(NULL, point, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_archive_add(archive, NULL, 0, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_archive_set_reference(NULL, point), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_archive_hypervolume(archive, &volume), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_archive_set_reference(archive, point), LINAS_OK);
    ck_assert_int_eq(linas_archive_hypervolume(NULL, &volume), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_archive_hypervolume(archive, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_double_eq(volume, 7.0);
    ck_assert_int_eq(linas_archive_get(NULL, 0, point, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(linas_archive_size(NULL), 0);
    linas_archive_destroy(archive);
    linas_context_destroy(context);
}
END_TEST

/* Counts that 32 bits cannot hold are refused before anything is looked at. */
START_TEST(too_many_points_or_objectives) {
    linas_context *context = test_context();
    static double points[80], reference[80];
    double volume;
    uint32_t ranks[1];
    size_t fronts;
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    size_t many = (size_t)UINT32_MAX + 1;
    ck_assert_int_eq(lns_pareto_rank(&work, points, many, 2, ranks, &fronts),
                     LINAS_ERROR_TOO_LARGE);
    ck_assert_int_eq(lns_hypervolume(&work, points, many, 2, reference, &volume),
                     LINAS_ERROR_TOO_LARGE);
    ck_assert_int_eq(lns_hypervolume_gain(&work, points, many, 3, reference, points, &volume),
                     LINAS_ERROR_TOO_LARGE);
    lns_pareto_workspace_free(&work);
    ck_assert_int_eq(linas_hypervolume(context, points, 1, 80, reference, &volume),
                     LINAS_ERROR_TOO_LARGE);
    linas_context_destroy(context);
}
END_TEST

/* A range beyond a double's: distances are the same as of the points shrunk. */
START_TEST(crowding_of_huge_numbers) {
    linas_context *context = test_context();
    double points[12], huge[12], distances[6], expected[6];
    lns_rng rng = lns_rng_stream(6, 1000, 0, 0);
    for (int i = 0; i < 12; i++) {
        points[i] = i == 0 ? -1.0 : i == 2 ? 1.0 : 2.0 * lns_rng_unit(&rng) - 1.0;
        huge[i] = points[i] * 1.7e308;
    }
    ck_assert(isinf(huge[2] - huge[0]));
    ck_assert_int_eq(linas_pareto_crowding(context, points, 6, 2, expected), LINAS_OK);
    ck_assert_int_eq(linas_pareto_crowding(context, huge, 6, 2, distances), LINAS_OK);
    for (int i = 0; i < 6; i++)
        ck_assert(distances[i] == expected[i] || fabs(distances[i] - expected[i]) < 1e-12);
    linas_context_destroy(context);
}
END_TEST

/* Gains that rounding alone decides: never below nothing. */
START_TEST(gains_are_not_negative) {
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(7, 1000, 0, 0);
    lns_pareto_workspace work;
    lns_pareto_workspace_init(&work, context);
    static const double reference[] = {1.0, 1.0, 1.0, 1.0, 1.0}, point[5];
    for (int set = 0; set < 1000; set++) {
        double points[8 * 5], gain;
        size_t m = 3 + (size_t)set % 3, n = 3 + lns_rng_below(&rng, 6);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < m; k++)
                points[i * m + k] =
                    k == i % m ? lns_rng_unit(&rng) * 0x1p-17 : -lns_rng_unit(&rng) * 0.1;
        ck_assert_int_eq(lns_hypervolume_gain(&work, points, n, m, reference, point, &gain),
                         LINAS_OK);
        ck_assert(gain >= 0.0 && gain < 1e-30 + 0x1p-50);
    }
    lns_pareto_workspace_free(&work);
    linas_context_destroy(context);
}
END_TEST

START_TEST(archive_keeps_the_front) {
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(4, 1000, 0, 0);
    for (int set = 0; set < 200; set++) {
        double points[MOST_POINTS * MOST_OBJECTIVES];
        uint32_t ranks[MOST_POINTS];
        size_t m = 1 + (size_t)set % 3, n = random_set(&rng, m, MOST_POINTS, points), distinct = 0;
        linas_archive *archive;
        ck_assert_int_eq(linas_archive_create(context, m, &archive), LINAS_OK);
        for (size_t i = 0; i < n; i++)
            ck_assert_int_eq(linas_archive_add(archive, points + i * m, i, NULL), LINAS_OK);
        linas_pareto_rank(context, points, n, m, ranks, NULL);
        for (size_t i = 0; i < n; i++) {
            bool repeated = false;
            for (size_t j = 0; j < i; j++)
                repeated = repeated || memcmp(points + i * m, points + j * m, m * 8) == 0;
            distinct += ranks[i] == 0 && !repeated;
        }
        ck_assert_uint_eq(linas_archive_size(archive), distinct);
        double before = -1.0;
        for (size_t i = 0; i < distinct; i++) {
            double point[MOST_OBJECTIVES];
            uint64_t tag;
            ck_assert_int_eq(linas_archive_get(archive, i, point, &tag), LINAS_OK);
            ck_assert_int_eq(memcmp(point, points + tag * m, m * sizeof *point), 0);
            ck_assert_uint_eq(ranks[tag], 0);
            ck_assert_double_ge(point[0], before);
            before = point[0];
        }
        ck_assert_int_eq(linas_archive_get(archive, distinct, NULL, NULL),
                         LINAS_ERROR_OUT_OF_RANGE);
        if (distinct > 0)
            ck_assert_int_eq(linas_archive_get(archive, 0, NULL, NULL), LINAS_OK);
        linas_archive_destroy(archive);
    }
    linas_archive *archive;
    int32_t entered = 5;
    double bad[] = {(double)INFINITY}, good[] = {1.0};
    ck_assert_int_eq(linas_archive_create(context, 0, &archive), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_archive_create(context, 1, &archive), LINAS_OK);
    ck_assert_int_eq(linas_archive_add(archive, bad, 0, &entered), LINAS_ERROR_NOT_FINITE);
    ck_assert_int_eq(linas_archive_add(archive, good, 0, &entered), LINAS_OK);
    ck_assert_int_eq(entered, 1);
    ck_assert_int_eq(linas_archive_add(archive, good, 1, &entered), LINAS_OK);
    ck_assert_int_eq(entered, 0);
    /* Context and archive may go in any order. */
    linas_context_destroy(context);
    linas_archive_destroy(archive);
    linas_archive_destroy(NULL);
}
END_TEST

static linas_status use_everything(linas_context *context) {
    double points[] = {0, 3, 1, 4, 1, 2, 2, 2, 2, 2, 3, 1, 3, 0, 1, 2}, reference[] = {5, 5, 5, 5};
    double distances[4], volume;
    uint32_t ranks[4];
    linas_archive *archive = NULL;
    linas_status status = linas_pareto_rank(context, points, 4, 4, ranks, NULL);
    if (status == LINAS_OK)
        status = linas_pareto_rank(context, points, 4, 3, ranks, NULL);
    if (status == LINAS_OK)
        status = linas_pareto_crowding(context, points, 4, 4, distances);
    if (status == LINAS_OK)
        status = linas_hypervolume(context, points, 4, 4, reference, &volume);
    if (status == LINAS_OK)
        status = linas_archive_create(context, 4, &archive);
    if (status == LINAS_OK)
        status = linas_archive_set_reference(archive, reference);
    for (size_t i = 0; i < 4 && status == LINAS_OK; i++)
        status = linas_archive_add(archive, points + 4 * i, i, NULL);
    linas_archive_destroy(archive);
    return status;
}

START_TEST(out_of_memory_everywhere) {
    linas_status status = LINAS_ERROR_NO_MEMORY;
    for (long at = 1; status != LINAS_OK; at++) {
        test_allocator allocator;
        linas_context *context = test_failing_context(&allocator, at);
        status = use_everything(context);
        ck_assert(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY);
        linas_context_destroy(context);
        ck_assert_int_eq(allocator.live, 0);
        ck_assert_int_lt(at, 1000);
    }
}
END_TEST

/* Memory fails while trees of many shapes grow; what was ranked without a failure is right. */
START_TEST(out_of_memory_in_trees) {
    enum { N = 320, M = 5 };
    static double points[N * M];
    static uint32_t ranks[N], expected[N];
    linas_context *good = test_context();
    lns_rng rng = lns_rng_stream(8, 1000, (uint64_t)_i, 0);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < M; k++)
            points[i * M + k] = k == 0        ? (double)i
                                : _i % 2 == 0 ? lns_rng_unit(&rng)
                                : k + 1 == M  ? -(double)i + lns_rng_below(&rng, 3)
                                              : (double)lns_rng_below(&rng, 1 + (uint32_t)_i / 2);
    size_t n = 40 + lns_rng_below(&rng, N - 39), fronts;
    ck_assert_int_eq(linas_pareto_rank(good, points, n, M, expected, &fronts), LINAS_OK);
    linas_status status = LINAS_ERROR_NO_MEMORY;
    for (long at = 1; status != LINAS_OK; at++) {
        test_allocator allocator;
        linas_context *context = test_failing_context(&allocator, at);
        status = linas_pareto_rank(context, points, n, M, ranks, &fronts);
        ck_assert_int_eq(status, allocator.calls > at ? LINAS_ERROR_NO_MEMORY : LINAS_OK);
        linas_context_destroy(context);
        ck_assert_int_eq(allocator.live, 0);
    }
    ck_assert_int_eq(memcmp(ranks, expected, n * sizeof *ranks), 0);
    linas_context_destroy(good);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pareto");
    TCase *cases = tcase_create("pareto");
    tcase_set_timeout(cases, 120);
    suite_add_tcase(suite, cases);
    tcase_add_test(cases, comparing);
    tcase_add_loop_test(cases, sorting_against_brute_force, 1, MOST_OBJECTIVES + 1);
    tcase_add_loop_test(cases, sorting_large_sets, 0, 15);
    tcase_add_test(cases, sorting_unevenly_spread_points);
    tcase_add_loop_test(cases, hypervolume_against_brute_force, 1, MOST_OBJECTIVES + 1);
    tcase_add_loop_test(cases, gain_is_the_difference, 1, MOST_OBJECTIVES + 1);
    tcase_add_loop_test(cases, hypervolume_of_large_sets, 0, 5);
    tcase_add_test(cases, places_find_their_neighbours);
    tcase_add_loop_test(cases, archive_keeps_its_hypervolume, 1, MOST_OBJECTIVES + 1);
    tcase_add_test(cases, hypervolume_of_known_fronts);
    tcase_add_test(cases, crowding_by_hand);
    tcase_add_test(cases, bad_arguments);
    tcase_add_test(cases, archive_keeps_the_front);
    tcase_add_test(cases, out_of_memory_everywhere);
    tcase_add_loop_test(cases, out_of_memory_in_trees, 0, 40);
    tcase_add_test(cases, sorting_very_many_equals);
    tcase_add_test(cases, archive_without_arguments);
    tcase_add_test(cases, too_many_points_or_objectives);
    tcase_add_test(cases, crowding_of_huge_numbers);
    tcase_add_test(cases, gains_are_not_negative);
    return test_run(suite);
}
