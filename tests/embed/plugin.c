/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin with the static library inside: the same search as embed.c's. */
#include <linas/linas.h>

static int32_t measure(void *user_data, linas_candidate *candidate) {
    const int32_t *genome = linas_candidate_genome(candidate);
    double top1 = 60.0, latency = 1.0;
    (void)user_data;
    for (int i = 0; i < 45; i++) {
        top1 += genome[i] / (1.0 + i);
        latency += genome[i] * (0.1 + 0.01 * i);
    }
    linas_candidate_set(candidate, "top1", top1);
    return linas_candidate_set(candidate, "latency", latency);
}

__attribute__((visibility("default"))) void *plugin_address(void);
void *plugin_address(void) {
    return (void *)linas_search_run;
}

__attribute__((visibility("default"))) double plugin_search(void);
double plugin_search(void) {
    linas_context *context = NULL;
    linas_space *space = NULL;
    linas_search *search = NULL;
    linas_objective goals[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    double volume = -1.0;
    options.evaluations = 40;
    options.generations = 20;
    evaluator.evaluate = measure;
    if (linas_context_create(&context, NULL) == LINAS_OK &&
        linas_space_preset(context, "ofa-mobilenetv3", &space) == LINAS_OK &&
        linas_search_create(context, space, goals, 2, &options, &search) == LINAS_OK &&
        linas_search_run(search, &evaluator) == LINAS_OK)
        linas_search_hypervolume(search, &volume);
    linas_search_destroy(search);
    linas_space_destroy(space);
    linas_context_destroy(context);
    return volume;
}
