/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_CREW_H
#define LNS_SEARCH_CREW_H
/* Threads that evaluate, and nothing else: the search, its context and all other callbacks of the
 * host stay with the thread that called linas_search_run(). Only the host's allocator may be called
 * by a worker, for what an evaluator asks of its own copy of the space; the crew's lock, which the
 * caller's thread gives away only while it waits, then keeps all others out. */
#include "search/candidate.h"

typedef struct lns_crew lns_crew;

/* What came back from a worker. */
typedef struct lns_returned {
    linas_candidate *candidate; /* the caller's to destroy */
    int32_t code;               /* of the host's callback; 0: go on */
} lns_returned;

/* Starts up to `threads` workers, as many as the system has; the evaluator must outlive the crew.
 */
linas_status lns_crew_create(linas_search *search, const linas_evaluator *evaluator,
                             uint32_t threads, lns_crew **crew);
/* Joins all workers; none may be at work. */
void lns_crew_destroy(lns_crew *crew);
size_t lns_crew_idle(const lns_crew *crew);
size_t lns_crew_at_work(const lns_crew *crew);
/* Gives a candidate to an idle worker. */
linas_status lns_crew_begin(lns_crew *crew, size_t id);
/* Waits for one of those at work, in order of completion. */
void lns_crew_wait(lns_crew *crew, lns_returned *returned);

#endif
