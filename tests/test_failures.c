/* SPDX-License-Identifier: Apache-2.0 */
/* Sub-networks that bring no values: what is learned from them. */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"
#include "search/failures.h"
#include "search/search.h"
#include "tiny_search.h"

#include <stdio.h>
#include <unistd.h>

static linas_context *context;
static linas_space *space;
static linas_objective objectives[TINY_OBJECTIVES];
static char path[64];

static void set_up(void) {
    context = test_context();
    space = tiny_space(context);
    ck_assert_ptr_nonnull(space);
    tiny_objectives(objectives);
    test_path("failures", path, sizeof path);
}

static void tear_down(void) {
    unlink(path);
    linas_space_destroy(space);
    linas_context_destroy(context);
}

static linas_search_options plain(void) {
    linas_search_options options = tiny_options(LINAS_TACTIC_LINAS);
    options.predictor = LINAS_PREDICTOR_AUTO;
    options.population = 20;
    options.generations = 10;
    options.initial = 20;
    options.batch = 2;
    options.evaluations = 80;
    return options;
}

static linas_search *begun(const linas_search_options *options) {
    return tiny_begun(context, space, objectives, options);
}

/* Which sub-networks bring no values. */
typedef enum rule { NONE, WIDE, BY_CHANCE, ALL } rule;

static bool fails(rule r, uint64_t id, const int32_t *genome) {
    int wide = 0;
    for (int i = 1; i <= 6; i++)
        wide += genome[i] == 2;
    return r == ALL || (r == WIDE && wide >= 2) || (r == BY_CHANCE && lns_hash_u64(5, id) % 3 == 0);
}

/* Answers `count` proposals; @return how many of them failed. */
static uint64_t answer(linas_search *search, rule r, int32_t outcome, uint64_t count) {
    uint64_t failed = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t id;
        int32_t genome[TINY_VARIABLES];
        double values[TINY_OBJECTIVES];
        size_t handed;
        ck_assert_int_eq(linas_search_ask(search, 1, &id, genome, &handed), LINAS_OK);
        ck_assert_uint_eq(handed, 1);
        tiny_measure(genome, values);
        bool bad = fails(r, id, genome);
        failed += bad;
        ck_assert_int_eq(bad ? linas_search_tell_failed(search, id, outcome, "too wide")
                             : linas_search_tell(search, id, values, TINY_OBJECTIVES),
                         LINAS_OK);
    }
    return failed;
}

/* Is anything told of the search's failures? */
static bool told(const linas_search *search) {
    linas_predictor *own = NULL;
    lns_failures failures;
    ck_assert_int_eq(lns_failures_fit(&search->problem, &own, &failures), LINAS_OK);
    linas_predictor_destroy(own);
    return failures.predictor != NULL;
}

START_TEST(failures_are_avoided) {
    static const int32_t outcomes[] = {LINAS_EVALUATION_INFEASIBLE, LINAS_EVALUATION_FAILED,
                                       LINAS_EVALUATION_TIMED_OUT};
    linas_search_options options = plain();
    linas_search *search = begun(&options);
    uint64_t first = answer(search, WIDE, outcomes[_i], 20);
    ck_assert_uint_ge(first, 5);
    /* The best of quality are among those that fail; without a word about them nearly all of what
     * is proposed would be. */
    uint64_t then = answer(search, WIDE, outcomes[_i], 60);
    ck_assert_msg(then < 30, "%llu of 60", (unsigned long long)then);
    ck_assert(told(search));
    linas_search_destroy(search);
}
END_TEST

START_TEST(what_was_cancelled_tells_nothing) {
    linas_search_options options = plain();
    linas_search *search = begun(&options);
    answer(search, WIDE, LINAS_EVALUATION_CANCELLED, 40);
    ck_assert(!told(search));
    linas_search_destroy(search);
}
END_TEST

START_TEST(chance_is_not_learned) {
    linas_search_options options = plain();
    int wrong = 0;
    for (options.seed = 1; options.seed <= 10; options.seed++) {
        linas_search *search = begun(&options);
        answer(search, BY_CHANCE, LINAS_EVALUATION_FAILED, 60);
        wrong += told(search);
        linas_search_destroy(search);
    }
    ck_assert_int_le(wrong, 2);
}
END_TEST

START_TEST(one_kind_only) {
    static const rule rules[] = {NONE, ALL};
    linas_search_options options = plain();
    linas_search *search = begun(&options);
    ck_assert(!told(search));
    answer(search, rules[_i], LINAS_EVALUATION_FAILED, 40);
    ck_assert(!told(search));
    linas_search_destroy(search);
}
END_TEST

static uint64_t beyond_the_limit(const linas_search *search, double limit) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < linas_search_evaluations(search); i++) {
        linas_evaluation e = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_search_evaluation(search, i, &e), LINAS_OK);
        count += e.values[1] > limit;
    }
    return count;
}

/* Limits that a search has on its objectives stand beside what fails. */
START_TEST(limits_too) {
    linas_search_options options = plain();
    objectives[1].upper_limit = 14.0;
    linas_search *search = begun(&options);
    uint64_t then = answer(search, WIDE, LINAS_EVALUATION_INFEASIBLE, 80);
    linas_front *front = NULL;
    ck_assert_uint_lt(then, 45);
    ck_assert_uint_lt(beyond_the_limit(search, 14.0), 15);
    ck_assert_int_eq(linas_search_front(search, &front), LINAS_OK);
    ck_assert_uint_gt(linas_front_size(front), 3);
    for (size_t i = 0; i < linas_front_size(front); i++) {
        linas_evaluation member = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_front_get(front, i, &member), LINAS_OK);
        ck_assert(member.values[1] <= 14.0 && !fails(WIDE, member.id, member.genome));
    }
    linas_front_destroy(front);
    linas_search_destroy(search);
}
END_TEST

static void assert_same(const linas_search *a, const linas_search *b) {
    ck_assert_uint_eq(linas_search_evaluations(a), linas_search_evaluations(b));
    for (uint64_t i = 0; i < linas_search_evaluations(a); i++) {
        linas_evaluation one = LINAS_EVALUATION_INIT, other = LINAS_EVALUATION_INIT;
        ck_assert_int_eq(linas_search_evaluation(a, i, &one), LINAS_OK);
        ck_assert_int_eq(linas_search_evaluation(b, i, &other), LINAS_OK);
        ck_assert_int_eq(one.outcome, other.outcome);
        ck_assert_mem_eq(one.genome, other.genome, TINY_VARIABLES * sizeof *one.genome);
    }
}

START_TEST(resumed_as_if_uninterrupted) {
    linas_search_options options = plain();
    linas_search *whole = begun(&options);
    answer(whole, WIDE, LINAS_EVALUATION_INFEASIBLE, 80);
    options.journal = path;
    linas_search *part = begun(&options);
    answer(part, WIDE, LINAS_EVALUATION_INFEASIBLE, 47);
    linas_search_destroy(part);
    options.resume = 1;
    part = begun(&options);
    answer(part, WIDE, LINAS_EVALUATION_INFEASIBLE, 33);
    assert_same(whole, part);
    linas_search_destroy(part);
    linas_search_destroy(whole);
}
END_TEST

/* False when no allocation failed. */
static bool fit_without_memory(const linas_search *full, long at) {
    test_allocator allocator;
    linas_context *poor = test_failing_context(&allocator, at);
    linas_space *own_space = poor ? tiny_space(poor) : NULL;
    if (own_space) {
        lns_problem problem = full->problem;
        lns_failures failures;
        linas_predictor *own = NULL;
        problem.context = poor;
        problem.space = own_space;
        linas_status status = lns_failures_fit(&problem, &own, &failures);
        ck_assert(status == LINAS_OK || status == LINAS_ERROR_NO_MEMORY);
        ck_assert(status != LINAS_OK || failures.predictor == own);
        linas_predictor_destroy(own);
    }
    linas_space_destroy(own_space);
    linas_context_destroy(poor);
    ck_assert_int_eq(allocator.live, 0);
    return allocator.calls > at;
}

START_TEST(memory_fails_everywhere) {
    linas_search_options options = plain();
    linas_search *search = begun(&options);
    answer(search, WIDE, LINAS_EVALUATION_INFEASIBLE, 40);
    ck_assert(told(search));
    for (long at = 0; fit_without_memory(search, at);)
        at += tiny_loops(1, 7);
    linas_search_destroy(search);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("failures");
    TCase *cases = tcase_create("failures");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, failures_are_avoided, 0, 3);
    tcase_add_test(cases, what_was_cancelled_tells_nothing);
    tcase_add_test(cases, chance_is_not_learned);
    tcase_add_loop_test(cases, one_kind_only, 0, 2);
    tcase_add_test(cases, limits_too);
    tcase_add_test(cases, resumed_as_if_uninterrupted);
    tcase_add_test(cases, memory_fails_everywhere);
    suite_add_tcase(suite, cases);
    return test_run(suite);
}
