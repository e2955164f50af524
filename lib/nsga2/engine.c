/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's public face: making, ask and tell, its state as bytes. */
#include "nsga2/model.h"

#include <math.h>
#include <string.h>

enum { MAX_POPULATION = 1 << 20, MAX_OBJECTIVES = 64, MAX_CONSTRAINTS = 64 };

void linas_nsga2_options_init(linas_nsga2_options *options) {
    linas_nsga2_options defaults = LINAS_NSGA2_OPTIONS_INIT;
    if (options)
        *options = defaults;
}

static linas_status check_counts(linas_context *context, const linas_nsga2_options *o) {
    if (o->population < 2 || o->population > MAX_POPULATION)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE, "population %u is not in 2 .. %d",
                        (unsigned)o->population, MAX_POPULATION);
    if (o->objectives < 1 || o->objectives > MAX_OBJECTIVES)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE, "%u objectives are not in 1 .. %d",
                        (unsigned)o->objectives, MAX_OBJECTIVES);
    if (o->constraints > MAX_CONSTRAINTS)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE, "%u constraints are more than %d",
                        (unsigned)o->constraints, MAX_CONSTRAINTS);
    return LINAS_OK;
}

static linas_status check_operators(linas_context *context, const linas_nsga2_options *o) {
    if (o->crossover < LINAS_CROSSOVER_UNIFORM || o->crossover > LINAS_CROSSOVER_SBX)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "there is no crossover %d",
                        (int)o->crossover);
    if (o->mutation < LINAS_MUTATION_RESET || o->mutation > LINAS_MUTATION_POLYNOMIAL)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "there is no mutation %d",
                        (int)o->mutation);
    if (!(o->crossover_probability >= 0.0 && o->crossover_probability <= 1.0))
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "crossover_probability %g is not in 0 .. 1", o->crossover_probability);
    if (!(o->mutation_probability >= 0.0 && o->mutation_probability <= 1.0))
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "mutation_probability %g is not in 0 .. 1", o->mutation_probability);
    if (!(o->eta_crossover > 0.0 && isfinite(o->eta_crossover) && o->eta_mutation > 0.0 &&
          isfinite(o->eta_mutation)))
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "distribution indices must be positive and finite");
    return LINAS_OK;
}

/* -- life
 * ------------------------------------------------------------------------------------------ */

static bool allocate_individuals(const linas_nsga2 *engine, lns_individuals *individuals,
                                 size_t count) {
    linas_context *context = lns_space_context(engine->space);
    individuals->genomes =
        lns_alloc(context, count * engine->variables, sizeof *individuals->genomes);
    individuals->objectives =
        lns_alloc(context, count * engine->options.objectives, sizeof *individuals->objectives);
    individuals->violations = lns_alloc(context, count, sizeof *individuals->violations);
    return individuals->genomes && individuals->objectives && individuals->violations;
}

static void free_individuals(const linas_nsga2 *engine, lns_individuals *individuals) {
    linas_context *context = lns_space_context(engine->space);
    lns_free(context, individuals->genomes);
    lns_free(context, individuals->objectives);
    lns_free(context, individuals->violations);
}

static bool allocate_arrays(linas_nsga2 *engine) {
    linas_context *context = lns_space_context(engine->space);
    size_t population = engine->options.population, pool = 2 * population;
    /* Scratch holds one front and its crowding, a sort key of two numbers per individual, or the
     * activity bits of one child. */
    size_t doubles = pool * ((size_t)engine->options.objectives + 2) + engine->variables;
    engine->ranks = lns_alloc(context, population, sizeof *engine->ranks);
    engine->crowding = lns_alloc(context, population, sizeof *engine->crowding);
    engine->pool_ranks = lns_alloc(context, 2 * pool, sizeof *engine->pool_ranks);
    engine->pool_crowding = lns_alloc(context, pool, sizeof *engine->pool_crowding);
    engine->scratch = lns_alloc(context, doubles, sizeof *engine->scratch);
    engine->order = lns_alloc(context, 2 * pool, sizeof *engine->order);
    return engine->ranks && engine->crowding && engine->pool_ranks && engine->pool_crowding &&
           engine->scratch && engine->order &&
           allocate_individuals(engine, &engine->parents, population) &&
           allocate_individuals(engine, &engine->children, population) &&
           allocate_individuals(engine, &engine->pool, pool);
}

static linas_status make_engine(const linas_space *space, const linas_nsga2_options *options,
                                linas_nsga2 **engine) {
    linas_context *context = lns_space_context(space);
    linas_nsga2 *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->space = lns_space_keep(space);
    made->variables = linas_space_variables(space);
    made->options = *options;
    lns_pareto_workspace_init(&made->work, context);
    linas_status status =
        allocate_arrays(made) ? lns_genome_set_create(space, &made->known) : lns_no_memory(context);
    if (status == LINAS_OK)
        *engine = made;
    else
        linas_nsga2_destroy(made);
    return status;
}

linas_status linas_nsga2_create(const linas_space *space, const linas_nsga2_options *options,
                                linas_nsga2 **engine) {
    if (!space || !engine)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = lns_space_context(space);
    lns_clear(context);
    *engine = NULL;
    linas_nsga2_options known = LINAS_NSGA2_OPTIONS_INIT;
    if (options)
        LNS_TRY(lns_read_struct(context, options, &known, sizeof known, "linas_nsga2_options"));
    LNS_TRY(check_counts(context, &known));
    LNS_TRY(check_operators(context, &known));
    if (linas_space_variables(space) == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "the space has no variables");
    return make_engine(space, &known, engine);
}

void linas_nsga2_destroy(linas_nsga2 *engine) {
    if (!engine)
        return;
    linas_space *space = engine->space;
    linas_context *context = lns_space_context(space);
    free_individuals(engine, &engine->parents);
    free_individuals(engine, &engine->children);
    free_individuals(engine, &engine->pool);
    lns_free(context, engine->ranks);
    lns_free(context, engine->crowding);
    lns_free(context, engine->pool_ranks);
    lns_free(context, engine->pool_crowding);
    lns_free(context, engine->scratch);
    lns_free(context, engine->order);
    lns_free(context, engine->seeds);
    lns_genome_set_destroy(engine->known);
    lns_pareto_workspace_free(&engine->work);
    lns_free(context, engine);
    lns_space_drop(space);
}

static linas_context *begin(const linas_nsga2 *engine) {
    linas_context *context = engine ? lns_space_context(engine->space) : NULL;
    lns_clear(context);
    return context;
}

/* -- ask and tell
 * ------------------------------------------------------------------------------------ */

linas_status linas_nsga2_seed(linas_nsga2 *engine, const int32_t *genomes, size_t count) {
    linas_context *context = begin(engine);
    if (!engine || (!genomes && count > 0))
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    if (engine->asked || engine->generation > 0)
        return lns_fail(context, LINAS_ERROR_WRONG_ORDER,
                        "individuals can be given before the first ask only");
    size_t n = engine->variables;
    for (size_t i = 0; i < count; i++) {
        linas_status status = linas_space_check(engine->space, genomes + i * n);
        if (status != LINAS_OK)
            return lns_fail_within(context, status, "individual %zu", i);
    }
    if (!lns_grow(context, &engine->seeds, &engine->seed_capacity, (engine->seed_count + count) * n,
                  sizeof *engine->seeds))
        return lns_no_memory(context);
    for (size_t i = 0; i < count; i++)
        lns_space_canonicalize(engine->space, genomes + i * n,
                               engine->seeds + engine->seed_count++ * n, NULL);
    return LINAS_OK;
}

size_t linas_nsga2_population(const linas_nsga2 *engine) {
    return engine ? engine->options.population : 0;
}

uint64_t linas_nsga2_generation(const linas_nsga2 *engine) {
    return engine ? engine->generation : 0;
}

linas_status linas_nsga2_ask(linas_nsga2 *engine, int32_t *genomes, size_t *count) {
    linas_context *context = begin(engine);
    if (!engine || !genomes || !count)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *count = 0;
    if (!engine->asked) {
        LNS_TRY(lns_nsga2_breed(engine));
        if (engine->children.count == 0)
            return lns_fail(context, LINAS_ERROR_EXHAUSTED,
                            "no new configuration could be found in this space");
        engine->asked = true;
    }
    memcpy(genomes, engine->children.genomes,
           engine->children.count * engine->variables * sizeof *genomes);
    *count = engine->children.count;
    return LINAS_OK;
}

static double sum_violations(const double *violations, size_t count) {
    double sum = 0.0;
    for (size_t k = 0; k < count; k++)
        if (!(violations[k] <= 0.0))
            sum += violations[k];
    return sum;
}

linas_status linas_nsga2_tell(linas_nsga2 *engine, const double *objectives,
                              const double *violations, size_t count) {
    linas_context *context = begin(engine);
    if (!engine || !objectives || (!violations && engine->options.constraints > 0))
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    if (!engine->asked)
        return lns_fail(context, LINAS_ERROR_WRONG_ORDER, "nothing was asked");
    if (count != engine->children.count)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "%zu individuals were asked, %zu results are given", engine->children.count,
                        count);
    size_t m = engine->options.objectives, constraints = engine->options.constraints;
    memcpy(engine->children.objectives, objectives, count * m * sizeof *objectives);
    for (size_t i = 0; i < count; i++)
        engine->children.violations[i] =
            constraints ? sum_violations(violations + i * constraints, constraints) : 0.0;
    LNS_TRY(lns_nsga2_survive(engine));
    engine->asked = false;
    engine->generation++;
    return LINAS_OK;
}

size_t linas_nsga2_size(const linas_nsga2 *engine) {
    return engine ? engine->parents.count : 0;
}

linas_status linas_nsga2_individual(const linas_nsga2 *engine, size_t index, int32_t *genome,
                                    double *objectives, uint32_t *rank, double *crowding) {
    linas_context *context = begin(engine);
    if (!engine)
        return LINAS_ERROR_INVALID_ARGUMENT;
    if (index >= engine->parents.count)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "the population has %zu individuals, there is no individual %zu",
                        engine->parents.count, index);
    size_t n = engine->variables, m = engine->options.objectives;
    if (genome)
        memcpy(genome, engine->parents.genomes + index * n, n * sizeof *genome);
    if (objectives)
        memcpy(objectives, engine->parents.objectives + index * m, m * sizeof *objectives);
    if (rank)
        *rank = engine->ranks[index];
    if (crowding)
        *crowding = engine->crowding[index];
    return LINAS_OK;
}
