/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_TACTIC_H
#define LNS_SEARCH_TACTIC_H
/* Tactics only propose, and what they propose follows from the options and the history alone: so a
 * tactic that is made anew over a replayed history goes on as the old one would have. They see
 * everything by id, never by order of completion; in an asynchronous search, of which the journal
 * keeps that order, by order of completion. */
#include "search/front.h"
#include "search/goals.h"
#include "search/history.h"
#include "search/imported.h"
#include <linas/search.h>

/* What a tactic works on; lives as long as the search. */
typedef struct lns_problem {
    linas_context *context;
    const linas_space *space;
    const lns_goals *goals;
    const linas_search_options *options;
    linas_predictor *const *predictors; /* the host's, NULL entries allowed */
    const lns_history *history;
    const lns_front *front;
    const lns_imported *imported;
    linas_predictor_quality *qualities; /* the tactic writes here what its last fits found */
} lns_problem;

typedef struct lns_request {
    uint64_t batch; /* number of the batch, from 0 */
    size_t wanted;
    const uint64_t *pending; /* ids without an answer; none where searches run batch by batch */
    size_t pending_count;
    int32_t *genomes; /* room for `wanted` */
    size_t found;     /* out: new, distinct, canonical, feasible; 0: the space is used up */
} lns_request;

typedef struct lns_tactic {
    const char *name;
    linas_status (*create)(const lns_problem *problem, void **state);
    void (*destroy)(void *state);
    /* Size of a batch when the budget allows it. */
    size_t (*size)(const lns_problem *problem, uint64_t batch);
    linas_status (*propose)(void *state, lns_request *request);
} lns_tactic;

extern const lns_tactic lns_tactic_linas;
extern const lns_tactic lns_tactic_nsga2;
extern const lns_tactic lns_tactic_random;

/* NULL if there is none of that number. */
const lns_tactic *lns_tactic_of(int32_t tactic);
/* Nobody waits for batches? */
bool lns_tactic_asynchronous(const lns_problem *problem);
/* Size of a batch: `least`, or more where so many candidates are out that a larger one is hardly
 * later. */
size_t lns_tactic_size(const lns_problem *problem, size_t least);
/* Is enough of a random start of `initial` answered to go on by what is known? */
bool lns_tactic_begun(const lns_problem *problem, size_t initial);
/* Draws what is still missing in the request at random. */
linas_status lns_tactic_fill(const lns_problem *problem, lns_request *request);

#endif
