/* SPDX-License-Identifier: Apache-2.0 */
/* NSGA-II on measurements. The engine is asked again for what the history already knows, so that
 * no sub-network is measured twice and a resumed search needs nothing but the history. */
#include "search/steady.h"

#include <linas/nsga2.h>
#include <math.h>
#include <string.h>

/* Generations in a row without anything new before the rest is drawn at random. */
enum { FRUITLESS_GENERATIONS = 200 };

typedef struct evolution {
    const lns_problem *problem;
    lns_steady steady; /* of an asynchronous search */
    linas_nsga2 *engine;
    int32_t *genomes; /* the generation that was asked for */
    size_t count;
    bool asked;
    double *objectives;
    double *violations;
    size_t seen; /* ids below it belong to generations that are told */
    size_t fruitless;
    bool random; /* nothing more to be had from the engine */
} evolution;

static void destroy(void *state) {
    evolution *e = state;
    linas_context *context = e->problem->context;
    linas_nsga2_destroy(e->engine);
    lns_free(context, e->genomes);
    lns_free(context, e->objectives);
    lns_free(context, e->violations);
    lns_steady_free(context, &e->steady);
    lns_free(context, e);
}

/* The first generation is the random start of every tactic. */
static linas_status seed(evolution *e, size_t population) {
    const lns_problem *problem = e->problem;
    size_t found;
    LNS_TRY(lns_space_draw(problem->space, LINAS_SAMPLE_UNIFORM, problem->options->seed, NULL,
                           population, e->genomes, &found));
    return linas_nsga2_seed(e->engine, e->genomes, found);
}

static linas_status prepare(evolution *e) {
    const lns_problem *problem = e->problem;
    size_t population = problem->options->population, m = problem->goals->count;
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = problem->options->population;
    options.seed = problem->options->seed;
    options.objectives = (uint32_t)m;
    options.constraints = (uint32_t)problem->goals->limits;
    options.survival = problem->options->survival;
    e->genomes =
        lns_alloc(problem->context, population * problem->history->variables, sizeof *e->genomes);
    e->objectives = lns_alloc(problem->context, population * m, sizeof *e->objectives);
    e->violations =
        lns_alloc(problem->context, population * problem->goals->limits, sizeof *e->violations);
    if (!e->genomes || !e->objectives || !e->violations)
        return lns_no_memory(problem->context);
    LNS_TRY(linas_nsga2_create(problem->space, &options, &e->engine));
    return seed(e, population);
}

static linas_status create(const lns_problem *problem, void **state) {
    evolution *made = lns_alloc_zero(problem->context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(problem->context);
    made->problem = problem;
    *state = made;
    return LINAS_OK;
}

static size_t size(const lns_problem *problem, uint64_t batch) {
    if (batch > 0 && lns_tactic_asynchronous(problem))
        return lns_tactic_size(problem, 1);
    return problem->options->population;
}

/* -- one generation ---------------------------------------------------------------------------- */

static linas_status begin(evolution *e) {
    linas_status status = linas_nsga2_ask(e->engine, e->genomes, &e->count);
    if (status == LINAS_ERROR_EXHAUSTED) {
        e->random = true;
        return LINAS_OK;
    }
    e->asked = status == LINAS_OK;
    return status;
}

static void offer_new(const evolution *e, lns_request *request) {
    const lns_history *history = e->problem->history;
    size_t n = history->variables;
    for (size_t i = 0; i < e->count && request->found < request->wanted; i++)
        if (!lns_genome_set_has(history->taken, e->genomes + i * n))
            memcpy(request->genomes + request->found++ * n, e->genomes + i * n,
                   n * sizeof *e->genomes);
}

static void read_result(evolution *e, size_t i, size_t id) {
    const lns_goals *goals = e->problem->goals;
    double *objectives = e->objectives + i * goals->count;
    lns_goals_flip(goals, lns_history_values(e->problem->history, id), objectives);
    lns_goals_violations(goals, objectives, e->violations + i * goals->limits);
}

static linas_status end(evolution *e) {
    const lns_history *history = e->problem->history;
    size_t newest = e->seen;
    for (size_t i = 0; i < e->count; i++) {
        size_t id = lns_history_find(history, e->genomes + i * history->variables, e->seen);
        read_result(e, i, id);
        newest = id >= newest ? id + 1 : newest;
    }
    LNS_TRY(linas_nsga2_tell(e->engine, e->objectives, e->violations, e->count));
    e->asked = false;
    e->fruitless = newest > e->seen ? 0 : e->fruitless + 1;
    e->seen = newest;
    e->random = e->fruitless >= FRUITLESS_GENERATIONS;
    return LINAS_OK;
}

static linas_status restart(evolution *e) {
    linas_context *context = e->problem->context;
    linas_nsga2_destroy(e->engine);
    lns_free(context, e->genomes);
    lns_free(context, e->objectives);
    lns_free(context, e->violations);
    const lns_problem *problem = e->problem;
    memset(e, 0, sizeof *e);
    e->problem = problem;
    return prepare(e);
}

static linas_status propose_generation(evolution *e, lns_request *request) {
    /* Made late, so that the host's feasibility callback is first called by ask. */
    if (!e->engine) {
        linas_status status = restart(e);
        if (status != LINAS_OK) {
            linas_nsga2_destroy(e->engine);
            e->engine = NULL;
            return status;
        }
    }
    while (!e->random) {
        if (!e->asked)
            LNS_TRY(begin(e));
        if (!e->asked)
            break;
        offer_new(e, request);
        if (request->found > 0)
            return LINAS_OK;
        LNS_TRY(end(e));
    }
    return lns_tactic_fill(e->problem, request);
}

static linas_status propose(void *state, lns_request *request) {
    evolution *e = state;
    if (lns_tactic_asynchronous(e->problem))
        return lns_steady_propose(e->problem, &e->steady, request);
    return propose_generation(e, request);
}

const lns_tactic lns_tactic_nsga2 = {"nsga2", create, destroy, size, propose};
