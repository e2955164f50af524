/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_HISTORY_H
#define LNS_SEARCH_HISTORY_H
/* Everything a search proposed (by id) and everything that was answered (in order of completion).
 * Changes come in two steps: one that may fail and changes nothing, one that cannot fail. */
#include "search/goals.h"
#include "space/space.h"
#include <linas/search.h>

typedef struct lns_record {
    uint64_t id;
    char *reason; /* NULL if none */
    int32_t outcome;
} lns_record;

typedef struct lns_history {
    linas_context *context;
    const linas_space *space;
    size_t variables;
    size_t objectives;
    /* by id */
    size_t proposed;
    size_t
        imported; /* the first of them were measured before the search; no budget pays for them */
    int32_t *genomes;
    size_t genome_capacity;
    size_t *place; /* of the answer among the records, or one of the two below */
    size_t place_capacity;
    uint32_t *tries; /* attempts that failed and were not the last */
    size_t try_capacity;
    double *since; /* monotonic seconds, when it was handed out last; written by the host's loop */
    size_t since_capacity;
    size_t handed;      /* ids below it were handed out */
    size_t outstanding; /* handed out and not answered */
    size_t again;       /* to be handed out again */
    size_t open;        /* ids below it are answered */
    size_t replayed;    /* ids below it stood in a journal that was resumed */
    size_t first;       /* size of the first batch */
    uint64_t batches;
    lns_genome_set *taken; /* all that was proposed */
    /* in order of completion */
    size_t count;
    lns_record *records;
    size_t record_capacity;
    double *values; /* own direction; NaN if failed */
    size_t value_capacity;
} lns_history;

#define LNS_WAITING SIZE_MAX     /* not answered */
#define LNS_AGAIN (SIZE_MAX - 1) /* not answered, and to be handed out again */

linas_status lns_history_init(lns_history *history, linas_context *context,
                              const linas_space *space, size_t objectives);
void lns_history_free(lns_history *history);

const int32_t *lns_history_genome(const lns_history *history, size_t id);
/* Own values of an answered id; NaN unless its outcome is OK. */
const double *lns_history_values(const lns_history *history, size_t id);
bool lns_history_answered(const lns_history *history, size_t id);
/* Was the id answered with values? */
bool lns_history_ok(const lns_history *history, size_t id);
/* Is it in the host's hands? */
bool lns_history_is_out(const lns_history *history, size_t id);
/* The id is to be handed out again. */
void lns_history_give_back(lns_history *history, size_t id);
/* Counts an attempt that failed besides. */
void lns_history_again(lns_history *history, size_t id);
/* Hands out the next id that is not answered; false if there is none. */
bool lns_history_hand_out(lns_history *history, size_t *id);
/* Takes hand-outs back, when ids below `handed` were handed out before them. */
void lns_history_undo(lns_history *history, size_t handed, size_t id);
/* Every id without an answer, in order; room for `proposed` - `count`. */
size_t lns_history_list_pending(const lns_history *history, uint64_t *ids);
/* The first outstanding id; false if there is none. */
bool lns_history_first_outstanding(const lns_history *history, size_t *id);
/* Id of a genome that was proposed, looked for from id `start` on and then from the beginning. */
size_t lns_history_find(const lns_history *history, const int32_t *canonical, size_t start);

/* A batch of new, distinct, canonical genomes: first all that may fail, then the change. */
linas_status lns_history_prepare_batch(lns_history *history, const int32_t *genomes, size_t count);
void lns_history_commit_batch(lns_history *history, const int32_t *genomes, size_t count);
/* A prepared batch that was given up leaves genomes in `taken`; this puts it right. */
linas_status lns_history_refresh(lns_history *history);

/* Genomes with values that no batch proposed: first all that may fail, then the change. */
linas_status lns_history_prepare_imported(lns_history *history, const int32_t *genomes,
                                          size_t count);
void lns_history_commit_imported(lns_history *history, const int32_t *genomes, const double *values,
                                 size_t count);

/* Room for one more record. */
linas_status lns_history_prepare_answer(lns_history *history);
/* `record->reason` becomes the history's. */
void lns_history_commit_answer(lns_history *history, const lns_record *record,
                               const double *values);

#endif
