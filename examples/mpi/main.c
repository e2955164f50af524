/* SPDX-License-Identifier: Apache-2.0 */
/* One search on many ranks: every rank runs this program, rank 0 searches, the others measure.
 * usage: mpirun -n 4 ranks TABLE [EVALUATIONS [JOURNAL]] */
#include "table.h"

#include <linas/mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a rank measures with: here a table, elsewhere a super-network and a device. */
static int32_t measure_accuracy(void *user_data, linas_mpi_task *task) {
    const cell *found = table_find(user_data, task->genome);
    if (found->latency <= 0.0)
        return linas_mpi_task_fail(task, LINAS_EVALUATION_INFEASIBLE, "not in the table");
    return linas_mpi_task_set(task, "accuracy", found->accuracy);
}

/* Called while this rank alone of its machine has the device. */
static int32_t measure_latency(void *user_data, linas_mpi_task *task) {
    return linas_mpi_task_set(task, "latency", table_find(user_data, task->genome)->latency);
}

/* A journal that is there is continued. */
static uint32_t there(const char *path) {
    FILE *file = path ? fopen(path, "r") : NULL;
    if (file)
        fclose(file);
    return file != NULL;
}

static linas_status begin(linas_context *context, const char *const *words, uint32_t outstanding,
                          linas_search **search) {
    const linas_objective objectives[] = {LINAS_MAXIMIZE("accuracy", "%"),
                                          LINAS_MINIMIZE("latency", "us")};
    const double reference[] = {84.0, 160.0};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_space *space = NULL;
    options.evaluations = words[1] ? strtoull(words[1], NULL, 10) : 150;
    options.journal = words[1] ? words[2] : NULL;
    options.resume = there(options.journal);
    options.outstanding = outstanding;
    linas_status status = linas_space_from_json(context, table_space, strlen(table_space), &space);
    if (status == LINAS_OK)
        status = linas_search_create(context, space, objectives, 2, &options, search);
    if (status == LINAS_OK && !options.resume)
        status = linas_search_set_reference(*search, reference);
    linas_space_destroy(space);
    return status;
}

static void print(const linas_search *search, const linas_mpi_report *report) {
    linas_front *front = NULL;
    linas_evaluation one = LINAS_EVALUATION_INIT;
    double hypervolume = 0.0;
    linas_search_front(search, &front);
    for (size_t i = 0; linas_front_get(front, i, &one) == LINAS_OK; i++)
        printf("%.2f %% in %.2f us\n", one.values[0], one.values[1]);
    linas_front_destroy(front);
    linas_search_hypervolume(search, &hypervolume);
    printf("%u ranks, %u lost, %u evaluations, hypervolume %.3f\n", report->ranks, report->lost,
           (unsigned)linas_search_evaluations(search), hypervolume);
    fflush(stdout);
}

/* Every rank comes here, whatever went wrong before, so that none waits for another. */
static linas_status run(linas_context *context, linas_search *search, cell *table,
                        linas_mpi_report *report) {
    linas_mpi_evaluator evaluator = LINAS_MPI_EVALUATOR_INIT;
    linas_mpi_options options = LINAS_MPI_OPTIONS_INIT;
    evaluator.evaluate = table ? measure_accuracy : NULL;
    evaluator.measure_latency = measure_latency;
    evaluator.evaluate_data = evaluator.latency_data = table;
    options.deadline = 600.0; /* several times what a measurement takes */
    options.device = "cpu";
    options.report = report;
    linas_status status = linas_mpi_run(search, &evaluator, MPI_COMM_WORLD, &options);
    if (status != LINAS_OK)
        fprintf(stderr, "ranks: rank %d: %s: %s\n", report->rank, linas_status_text(status),
                report->message[0] ? report->message : linas_context_message(context));
    return status;
}

int main(int argc, char **argv) {
    const char *words[3] = {NULL};
    linas_mpi_report report = LINAS_MPI_REPORT_INIT;
    linas_context *context = NULL;
    linas_search *search = NULL;
    linas_status status = LINAS_OK;
    int rank, ranks;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    for (int i = 1; i < argc && i <= 3; i++)
        words[i - 1] = argv[i];
    cell *table = words[0] ? table_read(words[0]) : NULL;
    if (rank == 0)
        status = linas_context_create(&context, NULL);
    if (rank == 0 && status == LINAS_OK)
        status = begin(context, words, ranks > 1 ? (uint32_t)ranks - 1 : 1, &search);
    if (status != LINAS_OK)
        fprintf(stderr, "ranks: %s\n", linas_context_message(context));
    status = run(context, search, table, &report);
    if (rank == 0 && status == LINAS_OK)
        print(search, &report);
    linas_search_destroy(search);
    linas_context_destroy(context);
    free(table);
    linas_mpi_finalize(&report);
    return status == LINAS_OK ? 0 : 1;
}
