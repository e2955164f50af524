/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_MPI_H
#define LINAS_MPI_H
/**
 * @file mpi.h
 * liblinas-mpi: one search on many ranks. Rank 0 holds the search and manages, the others measure.
 * A library of its own (linas-mpi.pc); linas.h does not include this header.
 *
 * Between the ranks go arrays of int32 of fixed length, point to point and non-blocking, all with
 * one tag; nothing collective, so that a rank that dies cannot hold up the others. Such a rank
 * costs its candidate one attempt. The thread rule of base.h holds; MPI is used by the calling
 * thread only (MPI_THREAD_FUNNELED). No thread is started and nothing is printed.
 */
#include <linas/search.h>
#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Sizes of fixed buffers. */
enum {
    LINAS_MPI_REASON_BYTES = 256, /**< of linas_mpi_task.reason, with its terminating zero */
    LINAS_MPI_MESSAGE_BYTES = 256 /**< of linas_mpi_report.message, with its terminating zero */
};

/**
 * One sub-network to be measured, filled by the library and answered in place by the callbacks of
 * the rank that got it; valid during the call. (linas_candidate belongs to the search and exists on
 * its rank only.)
 */
typedef struct linas_mpi_task {
    uint32_t size;   /**< bytes the library filled; grows in later versions */
    int32_t outcome; /**< LINAS_EVALUATION_OK at first; a callback sets another one to fail it */
    uint64_t id;     /**< of the candidate, as linas_search_ask() gives it */
    const linas_space *space; /**< as rank 0 has it, without its predicate */
    const int32_t *genome;    /**< canonical value indices, one per variable */
    uint32_t objectives;      /**< length of the three arrays below */
    uint32_t reserved;        /**< 0 */
    const char *const *names; /**< of the objectives */
    const double *known;      /**< imported values, NaN for those to be measured */
    double *values; /**< to be set, in the objectives' order; the known ones are set already, and
                       computed ones are ignored. What is left NaN fails the evaluation. */
    char *reason;   /**< of a failure; LINAS_MPI_REASON_BYTES, "" at first */
} linas_mpi_task;

/** Measures one sub-network. Return 0 to go on; any other code ends the search and is returned by
 * linas_mpi_run() unchanged, the candidate staying outstanding. */
typedef int32_t (*linas_mpi_evaluate_fn)(void *user_data, linas_mpi_task *task);

/** Set the value of the objective of that name.
 * @return LINAS_OK, UNKNOWN_NAME, INVALID_ARGUMENT (a NULL). */
LINAS_API linas_status linas_mpi_task_set(linas_mpi_task *task, const char *objective,
                                          double value);
/** Fail a task: `outcome` as in linas_search_tell_failed(); `reason` (may be NULL) is copied and
 * cut to LINAS_MPI_REASON_BYTES. @return LINAS_OK, INVALID_ARGUMENT. */
LINAS_API linas_status linas_mpi_task_fail(linas_mpi_task *task, int32_t outcome,
                                           const char *reason);

/** The callbacks of a rank that measures. */
typedef struct linas_mpi_evaluator {
    uint32_t size;                         /**< sizeof(linas_mpi_evaluator) */
    uint32_t flags;                        /**< 0 */
    linas_mpi_evaluate_fn evaluate;        /**< measures what may be measured beside other ranks */
    void *evaluate_data;                   /**< first argument of `evaluate` */
    linas_mpi_evaluate_fn measure_latency; /**< called after `evaluate` succeeded, while this rank
                                              alone has `options.device`; may be NULL */
    void *latency_data;                    /**< first argument of `measure_latency` */
} linas_mpi_evaluator;
/** Initialiser: no callback. */
#define LINAS_MPI_EVALUATOR_INIT                                                                   \
    { (uint32_t)sizeof(linas_mpi_evaluator), 0, 0, 0, 0, 0 }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_mpi_evaluator_init(linas_mpi_evaluator *evaluator);

/** What became of a run, on each rank. */
typedef struct linas_mpi_report {
    uint32_t size;     /**< sizeof(linas_mpi_report), set by the caller */
    int32_t rank;      /**< of the caller */
    uint32_t ranks;    /**< of the communicator */
    uint32_t lost;     /**< rank 0: ranks that were dead or had not answered when the run ended */
    uint32_t dead;     /**< rank 0: those of them that are known to be dead */
    uint32_t reserved; /**< 0 */
    uint64_t tasks;    /**< measured on this rank; rank 0: handed out, repetitions included */
    uint64_t missed;   /**< rank 0: deadlines missed, deaths included */
    uint64_t late;     /**< rank 0: answers behind their deadline that were still of use */
    uint64_t dropped;  /**< rank 0: answers that came when another rank had given one */
    /** What went wrong, on rank 0 also on another rank that took no part; "" if nothing, or if the
     * search's context has the message. */
    char message[LINAS_MPI_MESSAGE_BYTES];
} linas_mpi_report;
/** Initialiser: nothing but the size. */
#define LINAS_MPI_REPORT_INIT                                                                      \
    { (uint32_t)sizeof(linas_mpi_report), 0, 0, 0, 0, 0, 0, 0, 0, 0, "" }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_mpi_report_init(linas_mpi_report *report);

/** Flags of linas_mpi_options. */
enum {
    LINAS_MPI_KILL_LOST = 1 /**< rank 0: when the run ends, end ranks of its own machine that have
                               not answered in time, with SIGKILL */
};

/** Options of a run; zero everywhere but `size` means the default. `deadline`, `attempts`,
 * `misses` and `flags` are read on rank 0, `device` and `lease_folder` on those that measure, the
 * others on all. */
typedef struct linas_mpi_options {
    uint32_t size;     /**< sizeof(linas_mpi_options) */
    int32_t tag;       /**< of all messages, the same on all ranks; 0 (default): 24310 */
    double deadline;   /**< seconds until an answer is due, waiting for the device included, and
                          until a rank is there; 0 (default): none */
    uint32_t attempts; /**< to how many ranks a candidate goes that is not answered in time; then it
                          is told to the search as timed out; 0 (default): 2 */
    uint32_t misses;   /**< a rank that missed so many deadlines gets nothing more, even if it
                          answers; 0 (default): 1 */
    uint32_t sleep;    /**< longest sleep between two looks for messages, in microseconds; 0
                          (default): 1000 */
    uint32_t flags;    /**< LINAS_MPI_KILL_LOST, or 0 (default) */
    const char *device; /**< name of what `measure_latency` measures on; ranks of one machine with
                           the same name take turns. NULL (default): no lease */
    const char *lease_folder;             /**< where the locks are; NULL (default): "/tmp" */
    const linas_context_options *context; /**< memory of this library, and of the context for the
                                             space where there is no search; NULL: defaults */
    linas_mpi_report *report;             /**< filled before the call returns; NULL: not wanted */
} linas_mpi_options;
/** Initialiser: the defaults. */
#define LINAS_MPI_OPTIONS_INIT                                                                     \
    { (uint32_t)sizeof(linas_mpi_options), 0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0 }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_mpi_options_init(linas_mpi_options *options);

/**
 * Run a search to its end on all ranks of a communicator; every rank calls it.
 * As many candidates are outstanding as there are ranks to measure them and as the search hands out
 * at once. Answers that are due when the search has ended are waited for. A communicator of one
 * rank measures on that rank. Every rank with a deadline missed is left alone: nothing is sent to
 * it until it answers, and what it answers late counts if nobody else has answered.
 * @param search on rank 0, else NULL.
 * @param evaluator on the other ranks, and on rank 0 if it is the only one; else it may be NULL.
 * @param comm an intra-communicator; its error handler is MPI_ERRORS_RETURN during the call, and
 *        messages with `options.tag` are the library's.
 * @param options may be NULL for the defaults.
 * @return the same on every rank that rank 0 can reach: LINAS_OK when the search ended by itself
 *         (see linas_search_stop_reason()); a callback's stop code unchanged; IO when no rank is
 * left that measures, or rank 0 is dead, or MPI failed (`report.message` tells); INVALID_ARGUMENT;
 *         STRUCT_SIZE; NO_MEMORY; what ask and tell return. What was answered is in the journal,
 * and the search may be continued or resumed.
 */
LINAS_API linas_status linas_mpi_run(linas_search *search, const linas_mpi_evaluator *evaluator,
                                     MPI_Comm comm, const linas_mpi_options *options);

/**
 * End MPI after linas_mpi_run(), on every rank: MPI_Finalize(); but MPI_Abort(MPI_COMM_WORLD, 0) on
 * rank 0 if ranks are lost that are not known to be dead, or all others are lost, because
 * MPI_Finalize() might wait for them for ever. Flush what should be seen and destroy the search
 * first. NULL is a report without losses.
 * @return LINAS_OK, IO.
 */
LINAS_API linas_status linas_mpi_finalize(const linas_mpi_report *report);

#ifdef __cplusplus
}
#endif
#endif
