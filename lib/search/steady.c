/* SPDX-License-Identifier: Apache-2.0 */
#include "search/steady.h"
#include "num/rng.h"

#include <linas/nsga2.h>
#include <math.h>
#include <string.h>

/* Broods in a row without anything new before the rest is drawn at random. */
enum { FRUITLESS_BROODS = 8 };

/* An engine whose first generation is known, and room for a generation. */
typedef struct brood {
    linas_nsga2 *engine;
    size_t count;
    int32_t *genomes;
    double *objectives;
    double *violations;
} brood;

void lns_steady_free(linas_context *context, lns_steady *steady) {
    lns_free(context, steady->ids);
}

/* -- engines ----------------------------------------------------------------------------------- */

static linas_status make_engine(const lns_problem *problem, uint64_t seed, brood *b) {
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = (uint32_t)b->count;
    options.seed = seed;
    options.objectives = (uint32_t)problem->goals->count;
    options.constraints = (uint32_t)problem->goals->limits;
    options.survival = problem->options->survival;
    return linas_nsga2_create(problem->space, &options, &b->engine);
}

static void free_brood(const lns_problem *problem, brood *b) {
    linas_nsga2_destroy(b->engine);
    lns_free(problem->context, b->genomes);
    lns_free(problem->context, b->objectives);
    lns_free(problem->context, b->violations);
}

static linas_status make_arrays(const lns_problem *problem, brood *b) {
    linas_context *context = problem->context;
    const lns_goals *goals = problem->goals;
    b->genomes = lns_alloc(context, b->count * problem->history->variables, sizeof *b->genomes);
    b->objectives = lns_alloc(context, b->count * goals->count, sizeof *b->objectives);
    b->violations = lns_alloc(context, b->count * goals->limits, sizeof *b->violations);
    return b->genomes && b->objectives && b->violations ? LINAS_OK : lns_no_memory(context);
}

/* The set of what was proposed counts in the order of ids. */
static size_t id_of(const lns_problem *problem, const int32_t *genome) {
    size_t id = SIZE_MAX;
    lns_genome_set_find(problem->history->taken, genome, &id);
    return id;
}

static void read_result(const lns_problem *problem, const brood *b, size_t i) {
    const lns_goals *goals = problem->goals;
    size_t id = id_of(problem, b->genomes + i * problem->history->variables);
    double *objectives = b->objectives + i * goals->count;
    if (id < problem->history->proposed && lns_history_ok(problem->history, id)) {
        lns_goals_flip(goals, lns_history_values(problem->history, id), objectives);
        lns_goals_violations(goals, objectives, b->violations + i * goals->limits);
        return;
    }
    /* The host's predicate has changed its mind, and another one was drawn: it does not survive. */
    for (size_t j = 0; j < goals->count; j++)
        objectives[j] = (double)NAN;
    for (size_t j = 0; j < goals->limits; j++)
        b->violations[i * goals->limits + j] = 0.0;
}

/* Gives the engine its first generation, and what is known of it. */
static linas_status tell_known(const lns_problem *problem, const size_t *ids, const brood *b) {
    size_t n = problem->history->variables, asked;
    for (size_t i = 0; i < b->count; i++)
        memcpy(b->genomes + i * n, lns_history_genome(problem->history, ids[i]),
               n * sizeof *b->genomes);
    LNS_TRY(linas_nsga2_seed(b->engine, b->genomes, b->count));
    LNS_TRY(linas_nsga2_ask(b->engine, b->genomes, &asked));
    for (size_t i = 0; i < asked; i++)
        read_result(problem, b, i);
    return linas_nsga2_tell(b->engine, b->objectives, b->violations, asked);
}

static linas_status make_brood(const lns_problem *problem, const size_t *ids, uint64_t seed,
                               brood *b) {
    linas_status status = make_arrays(problem, b);
    if (status == LINAS_OK)
        status = make_engine(problem, seed, b);
    if (status == LINAS_OK)
        status = tell_known(problem, ids, b);
    return status;
}

/* -- survival ---------------------------------------------------------------------------------- */

static size_t population_of(const lns_problem *problem) {
    return problem->options->population;
}

/* Replaces `*count` ids by the best ones, a population at most; all or nothing. */
static linas_status select_best(const lns_problem *problem, size_t *ids, size_t *count) {
    size_t most = population_of(problem), n = problem->history->variables;
    brood b = {.count = *count};
    if (*count <= most)
        return LINAS_OK;
    linas_status status = make_brood(problem, ids, problem->options->seed, &b);
    if (status == LINAS_OK && most > linas_nsga2_size(b.engine))
        most = linas_nsga2_size(b.engine);
    for (size_t i = 0; i < most && status == LINAS_OK; i++)
        status = linas_nsga2_individual(b.engine, i, b.genomes + i * n, NULL, NULL, NULL);
    for (size_t i = 0; i < most && status == LINAS_OK; i++)
        ids[i] = id_of(problem, b.genomes + i * n);
    if (status == LINAS_OK)
        *count = most;
    free_brood(problem, &b);
    return status;
}

/* Adds what was measured among so many records that are not seen yet. */
static size_t add_records(const lns_problem *problem, const lns_steady *steady, size_t records,
                          size_t *ids) {
    const lns_history *history = problem->history;
    size_t count = steady->count;
    for (size_t i = steady->seen; i < steady->seen + records; i++)
        if (history->records[i].outcome == LINAS_EVALUATION_OK)
            ids[count++] = (size_t)history->records[i].id;
    return count;
}

/* Takes whole populations of records in, so that the end of the record is all that is left. */
static linas_status catch_up(const lns_problem *problem, lns_steady *steady) {
    size_t population = population_of(problem);
    if (!steady->ids)
        steady->ids = lns_alloc(problem->context, 2 * population, sizeof *steady->ids);
    if (!steady->ids)
        return lns_no_memory(problem->context);
    while (problem->history->count - steady->seen >= population) {
        size_t count = add_records(problem, steady, population, steady->ids);
        LNS_TRY(select_best(problem, steady->ids, &count));
        steady->count = count;
        steady->seen += population;
    }
    return LINAS_OK;
}

/* -- breeding ---------------------------------------------------------------------------------- */

static bool is_new(const lns_problem *problem, const lns_request *request, const int32_t *genome) {
    size_t n = problem->history->variables;
    if (lns_genome_set_has(problem->history->taken, genome))
        return false;
    for (size_t i = 0; i < request->found; i++)
        if (memcmp(request->genomes + i * n, genome, n * sizeof *genome) == 0)
            return false;
    return true;
}

/* Children of the parents; none if the engine finds nothing new. */
static linas_status breed(const lns_problem *problem, const size_t *parents, size_t count,
                          uint64_t seed, lns_request *request) {
    size_t n = problem->history->variables, children = 0;
    brood b = {.count = count};
    linas_status status = make_brood(problem, parents, seed, &b);
    if (status == LINAS_OK)
        status = linas_nsga2_ask(b.engine, b.genomes, &children);
    if (status == LINAS_ERROR_EXHAUSTED)
        status = LINAS_OK;
    for (size_t i = 0; i < children && request->found < request->wanted; i++)
        if (is_new(problem, request, b.genomes + i * n))
            memcpy(request->genomes + request->found++ * n, b.genomes + i * n,
                   n * sizeof *b.genomes);
    free_brood(problem, &b);
    return status;
}

static linas_status breed_all(const lns_problem *problem, const size_t *parents, size_t count,
                              lns_request *request) {
    size_t fruitless = 0;
    for (uint64_t k = 0; request->found < request->wanted && fruitless < FRUITLESS_BROODS; k++) {
        lns_rng rng =
            lns_rng_stream(problem->options->seed, LNS_RNG_SEARCH_INNER, request->batch, k);
        size_t before = request->found;
        LNS_TRY(breed(problem, parents, count, lns_rng_next(&rng), request));
        fruitless = request->found > before ? 0 : fruitless + 1;
    }
    return LINAS_OK;
}

static linas_status propose_children(const lns_problem *problem, lns_steady *steady,
                                     lns_request *request) {
    LNS_TRY(catch_up(problem, steady));
    size_t records = problem->history->count - steady->seen, count;
    size_t *parents = lns_alloc(problem->context, steady->count + records, sizeof *parents);
    if (!parents)
        return lns_no_memory(problem->context);
    if (steady->count > 0)
        memcpy(parents, steady->ids, steady->count * sizeof *parents);
    count = add_records(problem, steady, records, parents);
    linas_status status = select_best(problem, parents, &count);
    if (status == LINAS_OK && count >= 2)
        status = breed_all(problem, parents, count, request);
    lns_free(problem->context, parents);
    return status;
}

linas_status lns_steady_propose(const lns_problem *problem, lns_steady *steady,
                                lns_request *request) {
    if (request->batch > 0 && lns_tactic_begun(problem, population_of(problem)))
        LNS_TRY(propose_children(problem, steady, request));
    return lns_tactic_fill(problem, request);
}
