/* SPDX-License-Identifier: Apache-2.0 */
/* What the tactics share. */
#include "search/tactic.h"
#include "num/rng.h"

#include <string.h>

const lns_tactic *lns_tactic_of(int32_t tactic) {
    switch (tactic) {
    case LINAS_TACTIC_LINAS:
        return &lns_tactic_linas;
    case LINAS_TACTIC_NSGA2:
        return &lns_tactic_nsga2;
    case LINAS_TACTIC_RANDOM:
        return &lns_tactic_random;
    default:
        return NULL;
    }
}

/* A batch is proposed with what is known when it begins. Of so many outstanding candidates, one
 * batch is a part: what its last one misses is little beside what all the pending ones hide. */
enum { BATCHES_OUT = 8 };

bool lns_tactic_asynchronous(const lns_problem *problem) {
    return problem->options->outstanding > 0;
}

size_t lns_tactic_size(const lns_problem *problem, size_t least) {
    size_t part = (problem->options->outstanding + (size_t)BATCHES_OUT - 1) / BATCHES_OUT;
    return part > least ? part : least;
}

bool lns_tactic_begun(const lns_problem *problem, size_t initial) {
    return !lns_tactic_asynchronous(problem) || 2 * problem->history->count >= initial;
}

static bool has_row(const int32_t *rows, size_t count, size_t n, const int32_t *genome) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(rows + i * n, genome, n * sizeof *genome) == 0)
            return true;
    return false;
}

/* As many as are missing are new even if all that stands in the request is drawn again. */
static linas_status draw(const lns_problem *problem, lns_request *request, int32_t *rows) {
    size_t n = problem->history->variables, drawn;
    lns_rng rng = lns_rng_stream(problem->options->seed, LNS_RNG_SEARCH_FILL, request->batch, 0);
    uint64_t seed = request->batch == 0 ? problem->options->seed : lns_rng_next(&rng);
    LNS_TRY(lns_space_draw(problem->space, LINAS_SAMPLE_UNIFORM, seed, problem->history->taken,
                           request->wanted, rows, &drawn));
    size_t before = request->found;
    for (size_t i = 0; i < drawn && request->found < request->wanted; i++)
        if (!has_row(request->genomes, before, n, rows + i * n))
            memcpy(request->genomes + request->found++ * n, rows + i * n, n * sizeof *rows);
    return LINAS_OK;
}

linas_status lns_tactic_fill(const lns_problem *problem, lns_request *request) {
    if (request->found >= request->wanted)
        return LINAS_OK;
    int32_t *rows =
        lns_alloc(problem->context, request->wanted * problem->history->variables, sizeof *rows);
    if (!rows)
        return lns_no_memory(problem->context);
    linas_status status = draw(problem, request, rows);
    lns_free(problem->context, rows);
    return status;
}
