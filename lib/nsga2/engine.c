/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's public face: making, ask and tell, its state as bytes. */
#include "nsga2/model.h"

#include <math.h>
#include <string.h>

enum {
    MAX_POPULATION = LNS_NSGA2_POPULATION,
    MAX_OBJECTIVES = LNS_NSGA2_OBJECTIVES,
    MAX_CONSTRAINTS = 64
};

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
    if (o->survival < LINAS_SURVIVAL_CROWDING || o->survival > LINAS_SURVIVAL_REFERENCE)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "there is no survival %d",
                        (int)o->survival);
    if (o->reserved != 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "a reserved member is not 0");
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

static size_t table_size(size_t population) {
    size_t size = 64;
    while (size < 4 * population)
        size *= 2;
    return size;
}

static bool allocate_individuals(linas_nsga2 *e) {
    linas_context *context = lns_space_context(e->space);
    size_t p = e->options.population, slots = 2 * p, m = e->options.objectives;
    e->genes = lns_alloc_zero(context, slots * e->stride, sizeof *e->genes);
    e->active = lns_alloc(context, e->plain ? 0 : slots * e->words, sizeof *e->active);
    e->hashes = lns_alloc(context, slots, sizeof *e->hashes);
    e->objectives = lns_alloc(context, slots * m, sizeof *e->objectives);
    e->violations = lns_alloc(context, slots, sizeof *e->violations);
    e->parents = lns_alloc(context, p, sizeof *e->parents);
    e->ranks = lns_alloc(context, p, sizeof *e->ranks);
    e->crowding = lns_alloc(context, p, sizeof *e->crowding);
    e->children = lns_alloc(context, slots + 1, sizeof *e->children);
    e->table_size = table_size(p);
    e->table = lns_alloc(context, e->table_size, sizeof *e->table);
    return e->genes && e->active && e->hashes && e->objectives && e->violations && e->parents &&
           e->ranks && e->crowding && e->children && e->table;
}

static bool allocate_scratch(linas_nsga2 *e) {
    linas_context *context = lns_space_context(e->space);
    size_t pool = 2 * (size_t)e->options.population, m = e->options.objectives;
    e->gene = lns_alloc(context, e->variables, sizeof *e->gene);
    e->gaps = lns_alloc(context, LNS_LEVELS, sizeof *e->gaps);
    e->other = lns_alloc(context, e->stride, sizeof *e->other);
    e->bits = lns_alloc(context, 2 * e->words, sizeof *e->bits);
    e->unpacked = lns_alloc(context, e->variables, sizeof *e->unpacked);
    e->pool = lns_alloc(context, pool, sizeof *e->pool);
    e->order = lns_alloc(context, pool, sizeof *e->order);
    e->starts = lns_alloc(context, pool + 1, sizeof *e->starts);
    e->pool_ranks = lns_alloc(context, pool, sizeof *e->pool_ranks);
    e->line = lns_alloc(context, pool, sizeof *e->line);
    e->spare = lns_alloc(context, pool, sizeof *e->spare);
    e->sorting = lns_alloc(context, LNS_SORT_WORK * pool, sizeof *e->sorting);
    e->points = lns_alloc(context, pool * m, sizeof *e->points);
    e->distances = lns_alloc(context, pool, sizeof *e->distances);
    return e->gene && e->gaps && e->other && e->bits && e->unpacked && e->pool && e->order &&
           e->starts && e->pool_ranks && e->line && e->spare && e->sorting && e->points &&
           e->distances;
}

static linas_status fill_engine(linas_nsga2 *engine) {
    linas_context *context = lns_space_context(engine->space);
    LNS_TRY(lns_packing_create(engine->space, &engine->packing));
    engine->variables = linas_space_variables(engine->space);
    engine->stride = lns_packing_stride(engine->packing);
    engine->words = lns_packing_words(engine->packing);
    engine->plain = lns_packing_plain(engine->packing);
    lns_pareto_workspace_init(&engine->work, context);
    if (!allocate_individuals(engine) || !allocate_scratch(engine))
        return lns_no_memory(context);
    LNS_TRY(lns_pareto_reserve(&engine->work, 2 * (size_t)engine->options.population,
                               engine->options.objectives));
    if (engine->options.survival == LINAS_SURVIVAL_REFERENCE)
        LNS_TRY(lns_reference_create(engine));
    lns_nsga2_prepare(engine);
    for (uint32_t slot = 0; slot < 2 * engine->options.population; slot++)
        engine->children[slot] = slot;
    return LINAS_OK;
}

static linas_status make_engine(const linas_space *space, const linas_nsga2_options *options,
                                linas_nsga2 **engine) {
    linas_context *context = lns_space_context(space);
    linas_nsga2 *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->space = lns_space_keep(space);
    made->options = *options;
    lns_pareto_workspace_init(&made->work, context);
    linas_status status = fill_engine(made);
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
    void *arrays[] = {
        engine->genes,   engine->active, engine->hashes,   engine->objectives, engine->violations,
        engine->parents, engine->ranks,  engine->crowding, engine->children,   engine->table,
        engine->gene,    engine->gaps,   engine->other,    engine->bits,       engine->unpacked,
        engine->seeds,   engine->pool,   engine->order,    engine->starts,     engine->pool_ranks,
        engine->line,    engine->spare,  engine->sorting,  engine->points,     engine->distances};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        lns_free(context, arrays[i]);
    lns_reference_free(engine);
    lns_packing_destroy(engine->packing);
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
        if (engine->child_count == 0)
            return lns_fail(context, LINAS_ERROR_EXHAUSTED,
                            "no new configuration could be found in this space");
        engine->asked = true;
    }
    for (size_t i = 0; i < engine->child_count; i++)
        lns_packing_unpack(engine->packing, lns_nsga2_genes(engine, engine->children[i]),
                           genomes + i * engine->variables);
    *count = engine->child_count;
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
    if (count != engine->child_count)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "%zu individuals were asked, %zu results are given", engine->child_count,
                        count);
    size_t m = engine->options.objectives, constraints = engine->options.constraints;
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = engine->children[i];
        memcpy(engine->objectives + slot * m, objectives + i * m, m * sizeof *objectives);
        engine->violations[slot] =
            constraints ? sum_violations(violations + i * constraints, constraints) : 0.0;
    }
    LNS_TRY(lns_nsga2_survive(engine));
    engine->asked = false;
    engine->generation++;
    return LINAS_OK;
}

size_t linas_nsga2_size(const linas_nsga2 *engine) {
    return engine ? engine->parent_count : 0;
}

linas_status linas_nsga2_individual(const linas_nsga2 *engine, size_t index, int32_t *genome,
                                    double *objectives, uint32_t *rank, double *crowding) {
    linas_context *context = begin(engine);
    if (!engine)
        return LINAS_ERROR_INVALID_ARGUMENT;
    if (index >= engine->parent_count)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "the population has %zu individuals, there is no individual %zu",
                        engine->parent_count, index);
    size_t m = engine->options.objectives;
    uint32_t slot = engine->parents[index];
    if (genome)
        lns_packing_unpack(engine->packing, lns_nsga2_genes(engine, slot), genome);
    if (objectives)
        memcpy(objectives, engine->objectives + slot * m, m * sizeof *objectives);
    if (rank)
        *rank = engine->ranks[index];
    if (crowding)
        *crowding = engine->crowding[index];
    return LINAS_OK;
}
