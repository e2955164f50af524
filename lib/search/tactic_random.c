/* SPDX-License-Identifier: Apache-2.0 */
/* Random search without duplicates; its first batch is that of the other tactics. */
#include "search/tactic.h"

static linas_status create(const lns_problem *problem, void **state) {
    const lns_problem **kept = lns_alloc(problem->context, 1, sizeof *kept);
    if (!kept)
        return lns_no_memory(problem->context);
    *kept = problem;
    *state = kept;
    return LINAS_OK;
}

static void destroy(void *state) {
    const lns_problem **kept = state;
    lns_free((*kept)->context, kept);
}

static size_t size(const lns_problem *problem, uint64_t batch) {
    return batch == 0 ? problem->options->initial
                      : lns_tactic_size(problem, problem->options->batch);
}

static linas_status propose(void *state, lns_request *request) {
    const lns_problem **kept = state;
    return lns_tactic_fill(*kept, request);
}

const lns_tactic lns_tactic_random = {"random", create, destroy, size, propose};
