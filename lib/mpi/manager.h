/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_MPI_MANAGER_H
#define LNS_MPI_MANAGER_H
/* What rank 0 knows of the others. */
#include "mpi/run.h"

/* States of a rank that measures. Nothing is ever sent to one that is OVERDUE: it may be dead, and
 * Open MPI's TCP transport ends a process that sends to a dead one. */
enum {
    LNS_ABSENT = 0, /* has not said hello */
    LNS_IDLE,       /* waits for a task */
    LNS_BUSY,       /* measures */
    LNS_OVERDUE,    /* missed its deadline, or is dead */
    LNS_OUT,        /* answered too late too often */
    LNS_GONE        /* refused, or was told the end */
};

typedef struct lns_worker {
    int rank;
    int32_t state;
    uint32_t missed;
    uint64_t id;  /* of the candidate it got last */
    double since; /* when it got that, or the run began */
    lns_process process;
    int32_t *in, *out;
    MPI_Request sending, greeting, texting;
} lns_worker;

/* A candidate without an answer: with `holders` ranks that are on time, or waiting for one. */
typedef struct lns_pending {
    bool open;
    bool again; /* wanted once more though it has a holder */
    uint32_t given, holders;
    uint64_t id;
    int32_t *genome;
} lns_pending;

typedef struct lns_manager {
    lns_mpi *run;
    linas_search *search;
    size_t variables, objectives;
    int workers;
    lns_worker *worker;   /* `workers` of them, ranks 1 and up */
    lns_pending *pending; /* likewise: a rank on time has one, and who waits goes first */
    MPI_Request *receiving;
    int *done;
    uint64_t *ids;
    int32_t *genomes, *queue; /* workers x variables, of ask() and of `pending` */
    double *values;
    char *text; /* of the space and the names; NULL: the run ends before it begins */
    size_t text_bytes;
    int32_t setup[LNS_HEAD_WORDS];
    linas_status status, refusal;
    bool ended;  /* the search has */
    bool ask;    /* it may hand something out */
    bool look;   /* for dead processes, in this round */
    bool broken; /* MPI itself failed */
    double now, asked, looked;
} lns_manager;

/* m->worker is NULL if there is no memory even for telling the ranks. */
linas_status lns_manager_begin(lns_manager *m, lns_mpi *run, linas_search *search,
                               linas_status status);
linas_status lns_manager_listen(lns_manager *m, lns_worker *worker);
linas_status lns_manager_set_up(lns_manager *m, lns_worker *worker);
linas_status lns_manager_give(lns_manager *m, lns_worker *worker, lns_pending *entry);
void lns_manager_end(lns_manager *m, lns_worker *worker);
/* Tells every rank the end, without memory. */
void lns_manager_turn_away(const lns_mpi *run, linas_status status);
/* Ends the run on every rank that can be reached and frees everything. */
void lns_manager_close(lns_manager *m);

#endif
