/* SPDX-License-Identifier: Apache-2.0 */
/* A task on the rank that measures it. */
#include "mpi/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

linas_status linas_mpi_task_set(linas_mpi_task *task, const char *objective, double value) {
    if (!task || !objective)
        return LINAS_ERROR_INVALID_ARGUMENT;
    for (uint32_t i = 0; i < task->objectives; i++) {
        if (strcmp(task->names[i], objective) == 0) {
            task->values[i] = value;
            return LINAS_OK;
        }
    }
    return LINAS_ERROR_UNKNOWN_NAME;
}

linas_status linas_mpi_task_fail(linas_mpi_task *task, int32_t outcome, const char *reason) {
    if (!task || outcome <= LINAS_EVALUATION_OK || outcome > LINAS_EVALUATION_CANCELLED)
        return LINAS_ERROR_INVALID_ARGUMENT;
    task->outcome = outcome;
    snprintf(task->reason, LINAS_MPI_REASON_BYTES, "%s", reason ? reason : "");
    return LINAS_OK;
}

linas_status lns_desk_prepare(lns_mpi *run, lns_desk *desk) {
    desk->names = lns_mpi_alloc(run, desk->objectives, sizeof *desk->names);
    desk->genome = lns_mpi_alloc(run, desk->variables, sizeof *desk->genome);
    desk->known = lns_mpi_alloc(run, desk->objectives, sizeof *desk->known);
    desk->values = lns_mpi_alloc(run, desk->objectives, sizeof *desk->values);
    if (!desk->names || !desk->genome || !desk->known || !desk->values)
        return lns_mpi_fail(run, LINAS_ERROR_NO_MEMORY, "no memory for a task");
    return LINAS_OK;
}

void lns_desk_free(lns_mpi *run, lns_desk *desk) {
    lns_mpi_free(run, desk->text);
    lns_mpi_free(run, (void *)desk->names);
    lns_mpi_free(run, desk->genome);
    lns_mpi_free(run, desk->known);
    lns_mpi_free(run, desk->values);
    linas_space_destroy(desk->made);
    linas_context_destroy(desk->context);
}

static linas_status measure_latency(lns_mpi *run, const linas_mpi_evaluator *evaluator,
                                    linas_mpi_task *task) {
    int lease;
    LNS_TRY(lns_mpi_lease(run, &lease));
    linas_status status = evaluator->measure_latency(evaluator->latency_data, task);
    lns_mpi_release(lease);
    return status;
}

linas_status lns_desk_measure(lns_mpi *run, const linas_mpi_evaluator *evaluator, lns_desk *desk,
                              linas_mpi_task *task) {
    task->size = (uint32_t)sizeof *task;
    task->outcome = LINAS_EVALUATION_OK;
    task->space = desk->space;
    task->genome = desk->genome;
    task->objectives = (uint32_t)desk->objectives;
    task->names = desk->names;
    task->known = desk->known;
    task->values = desk->values;
    task->reason = desk->reason;
    memcpy(desk->values, desk->known, desk->objectives * sizeof *desk->values);
    memset(desk->reason, 0, sizeof desk->reason);
    run->report.tasks++;
    LNS_TRY(evaluator->evaluate(evaluator->evaluate_data, task));
    if (evaluator->measure_latency && task->outcome == LINAS_EVALUATION_OK)
        LNS_TRY(measure_latency(run, evaluator, task));
    desk->reason[sizeof desk->reason - 1] = '\0';
    if (task->outcome < LINAS_EVALUATION_OK || task->outcome > LINAS_EVALUATION_CANCELLED)
        return linas_mpi_task_fail(task, LINAS_EVALUATION_FAILED, "the callback set no outcome");
    return LINAS_OK;
}
