/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the host: arguments, defaults, and which part this rank plays. */
#include "mpi/run.h"

#include <math.h>
#include <string.h>

#define INIT(type, MACRO)                                                                          \
    void type##_init(type *made) {                                                                 \
        const type initial = MACRO;                                                                \
        if (made)                                                                                  \
            *made = initial;                                                                       \
    }
INIT(linas_mpi_evaluator, LINAS_MPI_EVALUATOR_INIT)
INIT(linas_mpi_report, LINAS_MPI_REPORT_INIT)
INIT(linas_mpi_options, LINAS_MPI_OPTIONS_INIT)

/* A struct of the host, which may be of an older or a newer version, into one of this version. */
static linas_status read_struct(lns_mpi *run, const void *given, void *known, size_t bytes) {
    uint32_t size;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size)
        return lns_mpi_fail(run, LINAS_ERROR_STRUCT_SIZE, "a struct's size is not set");
    for (size_t i = bytes; i < size; i++)
        if (((const unsigned char *)given)[i] != 0)
            return lns_mpi_fail(run, LINAS_ERROR_STRUCT_SIZE,
                                "a struct has members that this version does not know");
    memcpy(known, given, size < bytes ? size : bytes);
    return LINAS_OK;
}

static linas_status read_options(lns_mpi *run, const linas_mpi_options *given) {
    enum { TAG = 24310, ATTEMPTS = 2, SLEEP = 1000 };
    linas_mpi_options *options = &run->options;
    linas_status status = LINAS_OK;
    if (given)
        status = read_struct(run, given, options, sizeof *options);
    if (status == LINAS_OK && options->context)
        status = read_struct(run, options->context, &run->memory, sizeof run->memory);
    options->size = (uint32_t)sizeof *options;
    run->memory.size = (uint32_t)sizeof run->memory;
    if (status == LINAS_OK &&
        (!(options->deadline >= 0.0) || options->tag < 0 || options->flags > LINAS_MPI_KILL_LOST ||
         !run->memory.allocate != !run->memory.release ||
         !run->memory.allocate != !run->memory.reallocate)) {
        run->memory.allocate = NULL;
        run->memory.release = NULL;
        status =
            lns_mpi_fail(run, LINAS_ERROR_INVALID_ARGUMENT,
                         "linas_mpi_options: a deadline or tag below zero, unknown flags, or a "
                         "part of an allocator");
    }
    options->tag = options->tag > 0 ? options->tag : TAG;
    options->attempts = options->attempts ? options->attempts : ATTEMPTS;
    options->misses = options->misses ? options->misses : 1;
    options->sleep = options->sleep ? options->sleep : SLEEP;
    return status;
}

static linas_status read_evaluator(lns_mpi *run, const linas_mpi_evaluator *given,
                                   linas_mpi_evaluator *evaluator) {
    if (!given)
        return lns_mpi_fail(run, LINAS_ERROR_INVALID_ARGUMENT, "`evaluator` is NULL");
    LNS_TRY(read_struct(run, given, evaluator, sizeof *evaluator));
    if (!evaluator->evaluate || evaluator->flags != 0)
        return lns_mpi_fail(run, LINAS_ERROR_INVALID_ARGUMENT,
                            "linas_mpi_evaluator: no `evaluate`, or `flags` are not 0");
    return LINAS_OK;
}

/* Every rank takes its part even with wrong arguments, so that the others do not wait for it. */
static linas_status play(lns_mpi *run, linas_search *search, const linas_mpi_evaluator *given,
                         linas_status status) {
    linas_mpi_evaluator evaluator = LINAS_MPI_EVALUATOR_INIT;
    if (status == LINAS_OK && (search != NULL) != (run->rank == 0))
        status = lns_mpi_fail(run, LINAS_ERROR_INVALID_ARGUMENT,
                              "`search` is for rank 0, and for no other");
    if (status == LINAS_OK && (run->rank != 0 || run->ranks == 1))
        status = read_evaluator(run, given, &evaluator);
    if (run->rank != 0)
        return lns_mpi_work(run, &evaluator, status);
    if (run->ranks > 1)
        return lns_mpi_manage(run, search, status);
    return status == LINAS_OK ? lns_mpi_alone(run, search, &evaluator) : status;
}

static linas_status with_errors_returned(lns_mpi *run, linas_search *search,
                                         const linas_mpi_evaluator *evaluator,
                                         linas_status status) {
    MPI_Errhandler before;
    LNS_TRY(lns_mpi_check(run, MPI_Comm_get_errhandler(run->comm, &before)));
    linas_status set = lns_mpi_check(run, MPI_Comm_set_errhandler(run->comm, MPI_ERRORS_RETURN));
    if (set == LINAS_OK) {
        set = play(run, search, evaluator, status);
        MPI_Comm_set_errhandler(run->comm, before);
    }
    MPI_Errhandler_free(&before);
    return set;
}

static void hand_back_report(const lns_mpi *run) {
    linas_mpi_report *wanted = run->options.report;
    if (!wanted || wanted->size < sizeof wanted->size)
        return;
    uint32_t size = wanted->size;
    memcpy(wanted, &run->report, size < sizeof *wanted ? size : sizeof *wanted);
    wanted->size = size;
}

static bool mpi_runs(void) {
    int begun = 0, ended = 0;
    return MPI_Initialized(&begun) == MPI_SUCCESS && begun &&
           MPI_Finalized(&ended) == MPI_SUCCESS && !ended;
}

linas_status linas_mpi_run(linas_search *search, const linas_mpi_evaluator *evaluator,
                           MPI_Comm comm, const linas_mpi_options *options) {
    lns_mpi run = {.comm = comm, .options = LINAS_MPI_OPTIONS_INIT};
    if (!mpi_runs())
        return LINAS_ERROR_WRONG_ORDER;
    if (comm == MPI_COMM_NULL)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_status status = read_options(&run, options);
    linas_status size = lns_mpi_check(&run, MPI_Comm_size(comm, &run.ranks));
    if (size == LINAS_OK)
        size = lns_mpi_check(&run, MPI_Comm_rank(comm, &run.rank));
    run.report.rank = run.rank;
    run.report.ranks = (uint32_t)run.ranks;
    status = size == LINAS_OK ? with_errors_returned(&run, search, evaluator, status) : size;
    hand_back_report(&run);
    return status;
}

/* The barrier in MPI_Finalize() waits for lost ranks that may still live; and when all other ranks
 * are dead it does not return one time in seven. */
static bool would_hang(const linas_mpi_report *report) {
    if (!report || report->size < sizeof *report || report->rank != 0 || report->lost == 0)
        return false;
    return report->lost > report->dead || report->lost + 1 >= report->ranks;
}

linas_status linas_mpi_finalize(const linas_mpi_report *report) {
    if (!mpi_runs())
        return LINAS_ERROR_WRONG_ORDER;
    int code = would_hang(report) ? MPI_Abort(MPI_COMM_WORLD, 0) : MPI_Finalize();
    return code == MPI_SUCCESS ? LINAS_OK : LINAS_ERROR_IO;
}
