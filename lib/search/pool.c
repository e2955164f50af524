/* SPDX-License-Identifier: Apache-2.0 */
/* The inner search of LINAS (arXiv 2205.10358, algorithm 1): NSGA-II on predictions, seeded from
 * the measured front. */
#include "search/pool.h"
#include "num/rng.h"

#include <linas/nsga2.h>
#include <linas/pareto.h>
#include <math.h>
#include <string.h>

/* Neighbours that are looked at, per member of the population. */
enum { LOCAL_SHARE = 50 };

typedef struct inner {
    const lns_models *models;
    const lns_problem *problem;
    size_t population;
    linas_nsga2 *engine;
    linas_archive *archive; /* predicted non-dominated ones; tags are rows of `kept` */
    int32_t *genomes;       /* one generation */
    double *objectives;
    double *violations;
    int32_t *kept;
    size_t kept_capacity;
    size_t kept_count;
    size_t waiting; /* genomes that are not looked at yet */
    bool *explored; /* per kept one: were its neighbours looked at? */
    size_t explored_capacity;
    size_t neighbours_left;
} inner;

/* -- setting up -------------------------------------------------------------------------------- */

static linas_status make_engine(inner *in, uint64_t batch) {
    const lns_problem *problem = in->problem;
    lns_rng rng = lns_rng_stream(problem->options->seed, LNS_RNG_SEARCH_INNER, batch, 0);
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = (uint32_t)in->population;
    options.seed = lns_rng_next(&rng);
    options.objectives = (uint32_t)problem->goals->count;
    options.constraints = (uint32_t)in->models->limits;
    options.survival = problem->options->survival;
    LNS_TRY(linas_archive_create(problem->context, problem->goals->count, &in->archive));
    return linas_nsga2_create(problem->space, &options, &in->engine);
}

static linas_status make_arrays(inner *in) {
    linas_context *context = in->problem->context;
    size_t p = in->population;
    in->genomes = lns_alloc(context, p * in->problem->history->variables, sizeof *in->genomes);
    in->objectives = lns_alloc(context, p * in->problem->goals->count, sizeof *in->objectives);
    in->violations = lns_alloc(context, p * in->models->limits, sizeof *in->violations);
    return in->genomes && in->objectives && in->violations ? LINAS_OK : lns_no_memory(context);
}

/* Half the first generation from the measured front, spread over it; the rest is random. */
static linas_status seed_engine(inner *in) {
    const lns_front *front = in->problem->front;
    const lns_history *history = in->problem->history;
    size_t n = history->variables, members = front->now.count, most = (in->population + 1) / 2;
    size_t count = members < most ? members : most;
    size_t *order = lns_alloc(history->context, members, sizeof *order);
    linas_status status = order ? lns_front_order(front, order) : lns_no_memory(history->context);
    for (size_t i = 0; i < count && status == LINAS_OK; i++) {
        size_t at = count > 1 ? i * (members - 1) / (count - 1) : 0;
        memcpy(in->genomes + i * n, lns_history_genome(history, (size_t)front->now.ids[order[at]]),
               n * sizeof *in->genomes);
    }
    lns_free(history->context, order);
    LNS_TRY(status);
    return linas_nsga2_seed(in->engine, in->genomes, count);
}

static void free_inner(inner *in) {
    linas_context *context = in->problem->context;
    linas_nsga2_destroy(in->engine);
    linas_archive_destroy(in->archive);
    lns_free(context, in->genomes);
    lns_free(context, in->objectives);
    lns_free(context, in->violations);
    lns_free(context, in->kept);
    lns_free(context, in->explored);
}

/* -- generations ------------------------------------------------------------------------------- */

static bool usable(const inner *in, size_t row) {
    size_t m = in->problem->goals->count, limits = in->models->limits;
    for (size_t j = 0; j < m; j++)
        if (!isfinite(in->objectives[row * m + j]))
            return false;
    for (size_t j = 0; j < limits; j++)
        if (in->violations[row * limits + j] > 0.0)
            return false;
    return true;
}

static linas_status keep(inner *in, size_t row) {
    const lns_history *history = in->problem->history;
    size_t n = history->variables;
    const int32_t *genome = in->genomes + row * n;
    int32_t entered;
    if (!usable(in, row) || lns_genome_set_has(history->taken, genome))
        return LINAS_OK;
    if (!lns_grow(history->context, &in->kept, &in->kept_capacity, (in->kept_count + 1) * n,
                  sizeof *in->kept) ||
        !lns_grow(history->context, &in->explored, &in->explored_capacity, in->kept_count + 1,
                  sizeof *in->explored))
        return lns_no_memory(history->context);
    LNS_TRY(linas_archive_add(in->archive, in->objectives + row * in->problem->goals->count,
                              in->kept_count, &entered));
    if (!entered)
        return LINAS_OK;
    memcpy(in->kept + in->kept_count * n, genome, n * sizeof *genome);
    in->explored[in->kept_count++] = false;
    return LINAS_OK;
}

/* Predicts the first `count` genomes and keeps the good ones. */
static linas_status look_at(inner *in, size_t count) {
    LNS_TRY(lns_models_predict(in->models, in->genomes, count, in->objectives));
    LNS_TRY(lns_models_violations(in->models, in->genomes, in->objectives, count, in->violations));
    for (size_t i = 0; i < count; i++)
        LNS_TRY(keep(in, i));
    return LINAS_OK;
}

static linas_status generation(inner *in, bool *ended) {
    size_t count;
    linas_status status = linas_nsga2_ask(in->engine, in->genomes, &count);
    *ended = status == LINAS_ERROR_EXHAUSTED;
    if (*ended)
        return LINAS_OK;
    LNS_TRY(status);
    LNS_TRY(look_at(in, count));
    return linas_nsga2_tell(in->engine, in->objectives, in->violations, count);
}

/* -- beyond the generations -------------------------------------------------------------------- */

static linas_status flush(inner *in) {
    size_t count = in->waiting;
    in->waiting = 0;
    return count > 0 ? look_at(in, count) : LINAS_OK;
}

/* Takes a genome into the next block, unless the host's predicate forbids it. */
static linas_status put(inner *in, const int32_t *canonical) {
    size_t n = in->problem->history->variables;
    bool feasible;
    LNS_TRY(lns_space_feasible(in->problem->space, canonical, &feasible));
    if (!feasible)
        return LINAS_OK;
    memcpy(in->genomes + in->waiting++ * n, canonical, n * sizeof *canonical);
    return in->waiting == in->population ? flush(in) : LINAS_OK;
}

static linas_status put_neighbours(inner *in, size_t tag, int32_t *genome, int32_t *canonical) {
    const linas_space *space = in->problem->space;
    size_t n = in->problem->history->variables;
    for (size_t i = 0; i < n && in->neighbours_left > 0; i++)
        for (int32_t value = 0; value < lns_space_variable(space, i)->values; value++) {
            const int32_t *kept = in->kept + tag * n;
            memcpy(genome, kept, n * sizeof *genome);
            genome[i] = value;
            lns_space_canonicalize(space, genome, canonical, NULL);
            if (memcmp(kept, canonical, n * sizeof *canonical) == 0)
                continue;
            in->neighbours_left -= in->neighbours_left > 0;
            LNS_TRY(put(in, canonical));
        }
    return LINAS_OK;
}

/* Looks at the neighbours of the archive's members that were not explored; none were left if
 * `*found` stays false. */
static linas_status explore_members(inner *in, int32_t *genomes, bool *found) {
    linas_context *context = in->problem->context;
    size_t n = in->problem->history->variables, members = linas_archive_size(in->archive);
    double point[LNS_MAX_OBJECTIVES];
    size_t *tags = lns_alloc(context, members, sizeof *tags);
    if (!tags)
        return lns_no_memory(context);
    linas_status status = LINAS_OK;
    for (size_t i = 0; i < members && status == LINAS_OK; i++) {
        uint64_t tag;
        status = linas_archive_get(in->archive, i, point, &tag);
        tags[i] = (size_t)tag;
    }
    for (size_t i = 0; i < members && status == LINAS_OK && in->neighbours_left > 0; i++) {
        if (in->explored[tags[i]])
            continue;
        in->explored[tags[i]] = *found = true;
        status = put_neighbours(in, tags[i], genomes, genomes + n);
    }
    lns_free(context, tags);
    return status == LINAS_OK ? flush(in) : status;
}

/* Pareto local search (Paquete, Chiarandini and Stuetzle 2004) from what the generations left. */
static linas_status climb(inner *in) {
    linas_context *context = in->problem->context;
    in->neighbours_left = LOCAL_SHARE * in->population;
    int32_t *genomes = lns_alloc(context, 2 * in->problem->history->variables, sizeof *genomes);
    linas_status status = genomes ? LINAS_OK : lns_no_memory(context);
    bool found = true;
    while (status == LINAS_OK && found && in->neighbours_left > 0) {
        found = false;
        status = explore_members(in, genomes, &found);
    }
    lns_free(context, genomes);
    return status;
}

static linas_status evolve(inner *in, uint64_t batch) {
    bool ended = false;
    LNS_TRY(make_arrays(in));
    LNS_TRY(make_engine(in, batch));
    LNS_TRY(seed_engine(in));
    for (uint32_t g = 0; g < in->problem->options->generations && !ended; g++)
        LNS_TRY(generation(in, &ended));
    return climb(in);
}

/* -- the pool ---------------------------------------------------------------------------------- */

static linas_status add(lns_pool *pool, const int32_t *genome, const double *point) {
    size_t n = pool->variables, m = pool->objectives;
    if (!lns_grow(pool->context, &pool->genomes, &pool->genome_capacity, (pool->count + 1) * n,
                  sizeof *pool->genomes) ||
        !lns_grow(pool->context, &pool->points, &pool->point_capacity, (pool->count + 1) * m,
                  sizeof *pool->points))
        return lns_no_memory(pool->context);
    memcpy(pool->genomes + pool->count * n, genome, n * sizeof *genome);
    memcpy(pool->points + pool->count * m, point, m * sizeof *point);
    pool->count++;
    return LINAS_OK;
}

static linas_status add_archive(const inner *in, lns_genome_set *present, lns_pool *pool) {
    double point[LNS_MAX_OBJECTIVES];
    for (size_t i = 0; i < linas_archive_size(in->archive); i++) {
        uint64_t tag;
        bool added;
        LNS_TRY(linas_archive_get(in->archive, i, point, &tag));
        const int32_t *genome = in->kept + tag * pool->variables;
        LNS_TRY(lns_genome_set_add(present, genome, &added));
        if (added)
            LNS_TRY(add(pool, genome, point));
    }
    return LINAS_OK;
}

/* Members of the last population that are predicted to keep the limits, or (`good` false) not. */
static linas_status add_population(inner *in, bool good, lns_genome_set *present, lns_pool *pool) {
    for (size_t i = 0; i < linas_nsga2_size(in->engine); i++) {
        bool added = false;
        LNS_TRY(linas_nsga2_individual(in->engine, i, in->genomes, in->objectives, NULL, NULL));
        LNS_TRY(lns_models_violations(in->models, in->genomes, in->objectives, 1, in->violations));
        if (usable(in, 0) == good && !lns_genome_set_has(in->problem->history->taken, in->genomes))
            LNS_TRY(lns_genome_set_add(present, in->genomes, &added));
        if (added)
            LNS_TRY(add(pool, in->genomes, in->objectives));
    }
    return LINAS_OK;
}

static linas_status collect(inner *in, lns_genome_set *present, lns_pool *pool) {
    LNS_TRY(add_archive(in, present, pool));
    LNS_TRY(add_population(in, true, present, pool));
    pool->good = pool->count;
    return add_population(in, false, present, pool);
}

linas_status lns_pool_create(const lns_models *models, uint64_t batch, lns_pool *pool) {
    const lns_problem *problem = models->problem;
    inner in = {.models = models, .problem = problem};
    lns_genome_set *present = NULL;
    in.population = models->block;
    memset(pool, 0, sizeof *pool);
    pool->context = problem->context;
    pool->variables = problem->history->variables;
    pool->objectives = problem->goals->count;
    linas_status status = lns_genome_set_create(problem->space, &present);
    if (status == LINAS_OK)
        status = evolve(&in, batch);
    if (status == LINAS_OK)
        status = collect(&in, present, pool);
    lns_genome_set_destroy(present);
    free_inner(&in);
    if (status != LINAS_OK)
        lns_pool_free(pool);
    return status;
}

void lns_pool_free(lns_pool *pool) {
    lns_free(pool->context, pool->genomes);
    lns_free(pool->context, pool->points);
}
