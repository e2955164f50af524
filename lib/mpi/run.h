/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_MPI_RUN_H
#define LNS_MPI_RUN_H
/* What the parts of liblinas-mpi share. It stands on the public API alone. */
#include <linas/mpi.h>
#include <stdbool.h>

/* -- support.c: memory, time, other processes -------------------------------------------------- */

/* One call of linas_mpi_run() on one rank. */
typedef struct lns_mpi {
    MPI_Comm comm;
    int rank, ranks;
    linas_mpi_options options; /* defaults filled in */
    linas_context_options memory;
    linas_mpi_report report;
} lns_mpi;

/* Zeroed; NULL when memory is short or the size too large. */
void *lns_mpi_alloc(lns_mpi *run, size_t count, size_t bytes);
void lns_mpi_free(lns_mpi *run, void *memory);
/* Puts a message into the report and returns the status. */
linas_status lns_mpi_fail(lns_mpi *run, linas_status status, const char *message);
/* IO if an MPI function failed. */
linas_status lns_mpi_check(lns_mpi *run, int code);
double lns_mpi_seconds(void);

/* Sleeps a little, longer each time nothing happened. */
typedef struct lns_pause {
    uint32_t microseconds;
} lns_pause;
void lns_mpi_pause(const lns_mpi *run, lns_pause *pause, bool busy);

/* A process as another one of the same machine can look for it. */
typedef struct lns_process {
    int32_t id;
    uint64_t place; /* of the machine and its table of processes */
} lns_process;
lns_process lns_mpi_this_process(void);
/* False if there may be no telling. */
bool lns_mpi_is_dead(const lns_process *process);
/* False if it cannot be reached. */
bool lns_mpi_kill(const lns_process *process);

/* -- lease.c ----------------------------------------------------------------------------------- */

/* Waits until this process alone has the device; `*lease` is -1 without one. */
linas_status lns_mpi_lease(lns_mpi *run, int *lease);
void lns_mpi_release(int lease);

/* -- wire.c: messages are int32 words ---------------------------------------------------------- */

enum { LNS_MPI_VERSION = 1, LNS_HEAD_WORDS = 8, LNS_REASON_WORDS = LINAS_MPI_REASON_BYTES / 4 };

/* Kinds of messages. A worker begins with HELLO or REFUSED, the manager answers with SETUP and a
 * text, then TASK and ANSWER take turns until END. */
enum { LNS_HELLO = 1, LNS_REFUSED, LNS_SETUP, LNS_TASK, LNS_ANSWER, LNS_END };

/* What stands before every message. */
typedef struct lns_head {
    int32_t kind;
    int32_t code;   /* of the sender: a status or a stop code; HELLO, SETUP: the version */
    uint64_t id;    /* of a candidate; HELLO, SETUP: the sender's place */
    int32_t first;  /* ANSWER: the outcome; SETUP: variables; HELLO: the process */
    int32_t second; /* SETUP: objectives */
    int32_t third;  /* SETUP: bytes of the text */
    int32_t fourth; /* SETUP: the process */
} lns_head;
void lns_pack_head(const lns_head *head, int32_t *words);
lns_head lns_unpack_head(const int32_t *words);
/* Doubles by their bits, two words each, whatever the byte order. */
void lns_pack_doubles(const double *values, size_t count, int32_t *words);
void lns_unpack_doubles(const int32_t *words, size_t count, double *values);
void lns_pack_reason(const char *reason, int32_t *words);
void lns_unpack_reason(const int32_t *words, char *reason);

/* -- task.c: a task on the rank that measures it ------------------------------------------------
 */

/* Arrays for one task after the other. */
typedef struct lns_desk {
    const linas_space *space;
    linas_context *context; /* NULL if the space is the search's */
    linas_space *made;      /* likewise */
    size_t variables, objectives;
    char *text; /* the space and the names */
    const char **names;
    int32_t *genome;
    double *known, *values;
    char reason[LINAS_MPI_REASON_BYTES];
} lns_desk;
/* Room for tasks; text and names are filled by the caller. */
linas_status lns_desk_prepare(lns_mpi *run, lns_desk *desk);
void lns_desk_free(lns_mpi *run, lns_desk *desk);
/* Calls the callbacks; returns the stop code of one, or what the lease returned. */
linas_status lns_desk_measure(lns_mpi *run, const linas_mpi_evaluator *evaluator, lns_desk *desk,
                              linas_mpi_task *task);

/* -- the roles ----------------------------------------------------------------------------------
 */

/* `status`: what is wrong with this rank's arguments. Each ends the run on every rank. */
linas_status lns_mpi_work(lns_mpi *run, const linas_mpi_evaluator *evaluator, linas_status status);
linas_status lns_mpi_manage(lns_mpi *run, linas_search *search, linas_status status);
linas_status lns_mpi_alone(lns_mpi *run, linas_search *search,
                           const linas_mpi_evaluator *evaluator);

/* The text that tells a worker what is searched: the space as JSON and the objectives' names, each
 * with its terminating zero. */
linas_status lns_mpi_describe(lns_mpi *run, const linas_search *search, char **text, size_t *bytes);

#define LNS_TRY(call)                                                                              \
    do {                                                                                           \
        linas_status lns_tried = (call);                                                           \
        if (lns_tried != LINAS_OK)                                                                 \
            return lns_tried;                                                                      \
    } while (0)

#endif
