/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_CANDIDATE_H
#define LNS_SEARCH_CANDIDATE_H
/* A sub-network in the hands of the host's evaluator. */
#include "search/search.h"

/* What a candidate speaks through: the search's own, or a thread's copies. */
typedef struct lns_home {
    linas_context *context;
    const linas_space *space;
} lns_home;

/* Copies all that it will be asked for: the search may go on meanwhile. The memory is the search's
 * context's. */
linas_status lns_candidate_create(const linas_search *search, size_t id, const lns_home *home,
                                  linas_candidate **candidate);
void lns_candidate_destroy(linas_candidate *candidate);
/* Calls the host: the evaluation and, when that did not fail it, the latency's measurement. The
 * last callback's code; one that is not 0 ends the run. */
int32_t lns_candidate_evaluate(linas_candidate *candidate, const linas_evaluator *evaluator);
/* What the host said; valid as long as the candidate. */
void lns_candidate_answer(linas_candidate *candidate, lns_answer *answer);

/* loop.c: records an answer, computed objectives filled in, and reports progress. */
linas_status lns_search_answer(linas_search *search, const lns_answer *given);

#endif
