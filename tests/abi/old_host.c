/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the time of the baseline: its structs have the sizes of then. Every struct is also
 * given with the size of its first members only, and as one of a later version. */
#include <linas/linas.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t measure(void *user_data, linas_candidate *candidate) {
    const int32_t *genome = linas_candidate_genome(candidate);
    (void)user_data;
    linas_candidate_set(candidate, "top1", 60.0 + genome[0] - 0.1 * genome[1]);
    return linas_candidate_set(candidate, "latency", 1.0 + genome[0] + genome[2]);
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%d: %s: %s\n", __LINE__, #condition, linas_context_message(context));          \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

/* An init function must not write beyond the struct of the program's headers. */
#define CHECK_INIT(type, init)                                                                     \
    do {                                                                                           \
        struct {                                                                                   \
            type given;                                                                            \
            unsigned char guard[256];                                                              \
        } framed;                                                                                  \
        memset(&framed, 0xa5, sizeof framed);                                                      \
        init(&framed.given);                                                                       \
        CHECK(framed.given.size == sizeof(type));                                                  \
        for (size_t i = 0; i < sizeof framed.guard; i++)                                           \
            CHECK(framed.guard[i] == 0xa5);                                                        \
    } while (0)

static void name_objective(linas_objective *objective) {
    linas_objective_init(objective, LINAS_DIRECTION_MINIMIZE, "a", "b");
}

int main(void) {
    linas_context *context = NULL;
    linas_space *space = NULL;
    linas_search *search = NULL;
    linas_front *front = NULL;
    static const int64_t values[] = {1, 2, 3};
    struct {
        linas_search_options given;
        unsigned char later[64];
    } options = {LINAS_SEARCH_OPTIONS_INIT, {0}};
    linas_objective goals[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = measure;
    CHECK(linas_context_create(&context, NULL) == LINAS_OK);
    CHECK_INIT(linas_context_options, linas_context_options_init);
    CHECK_INIT(linas_objective, name_objective);
    CHECK_INIT(linas_evaluator, linas_evaluator_init);
    CHECK_INIT(linas_nsga2_options, linas_nsga2_options_init);
    CHECK_INIT(linas_predictor_options, linas_predictor_options_init);
    CHECK_INIT(linas_search_options, linas_search_options_init);
    CHECK_INIT(linas_storage, linas_storage_init);
    CHECK(linas_space_create(context, &space) == LINAS_OK);
    CHECK(linas_space_add_int(space, "k", 4, values, 3, LINAS_CATEGORICAL) == LINAS_OK);
    options.given.evaluations = 24;
    options.given.size = (uint32_t)sizeof options;
    CHECK(linas_search_create(context, space, goals, 2, &options.given, &search) == LINAS_OK);
    linas_search_destroy(search);
    options.later[63] = 1;
    CHECK(linas_search_create(context, space, goals, 2, &options.given, &search) ==
          LINAS_ERROR_STRUCT_SIZE);
    options.given.size = (uint32_t)offsetof(linas_search_options, storage);
    CHECK(linas_search_create(context, space, goals, 2, &options.given, &search) == LINAS_OK);
    CHECK(linas_search_run(search, &evaluator) == LINAS_OK);
    CHECK(linas_search_front(search, &front) == LINAS_OK);
    linas_evaluation e = LINAS_EVALUATION_INIT;
    CHECK(linas_front_get(front, 0, &e) == LINAS_OK && e.values[0] > 60.0);
    e.size = (uint32_t)offsetof(linas_evaluation, genome);
    e.genome = NULL;
    CHECK(linas_front_get(front, 0, &e) == LINAS_OK && !e.genome);
    linas_front_destroy(front);
    linas_search_destroy(search);
    linas_space_destroy(space);
    linas_context_destroy(context);
    return 0;
}
