/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, time, and whether another process is alive. */
#define _POSIX_C_SOURCE 200809L
#include "mpi/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void *lns_mpi_alloc(lns_mpi *run, size_t count, size_t bytes) {
    if (count > SIZE_MAX / 2 / bytes)
        return NULL;
    size_t needed = count > 0 ? count * bytes : bytes;
    void *memory = run->memory.allocate ? run->memory.allocate(run->memory.allocator_data, needed)
                                        : malloc(needed);
    return memory ? memset(memory, 0, needed) : NULL;
}

void lns_mpi_free(lns_mpi *run, void *memory) {
    if (run->memory.release)
        run->memory.release(run->memory.allocator_data, memory);
    else
        free(memory);
}

linas_status lns_mpi_fail(lns_mpi *run, linas_status status, const char *message) {
    snprintf(run->report.message, sizeof run->report.message, "%s", message);
    return status;
}

linas_status lns_mpi_check(lns_mpi *run, int code) {
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    if (code == MPI_SUCCESS)
        return LINAS_OK;
    MPI_Error_string(code, text, &length);
    return lns_mpi_fail(run, LINAS_ERROR_IO, text);
}

double lns_mpi_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void lns_mpi_pause(const lns_mpi *run, lns_pause *pause, bool busy) {
    enum { SHORTEST = 20 };
    if (busy) {
        pause->microseconds = 0;
        return;
    }
    uint32_t longer = pause->microseconds < SHORTEST ? SHORTEST : 2 * pause->microseconds;
    pause->microseconds = longer < run->options.sleep ? longer : run->options.sleep;
    struct timespec wanted = {.tv_sec = pause->microseconds / 1000000,
                              .tv_nsec = 1000L * (long)(pause->microseconds % 1000000)};
    nanosleep(&wanted, NULL);
}

/* FNV-1a */
static uint64_t mix(uint64_t hash, const char *text) {
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
    return hash;
}

lns_process lns_mpi_this_process(void) {
    char host[256] = "", table[256] = "";
    gethostname(host, sizeof host - 1);
    /* Containers may share a name, but then not the table of processes. */
    ssize_t length = readlink("/proc/self/ns/pid", table, sizeof table - 1);
    lns_process process = {(int32_t)getpid(), 0};
    if (length > 0)
        process.place = mix(mix(0xcbf29ce484222325U, host), table);
    return process;
}

static bool is_here(const lns_process *process) {
    return process->id > 0 && process->place != 0 && process->place == lns_mpi_this_process().place;
}

bool lns_mpi_is_dead(const lns_process *process) {
    return is_here(process) && kill((pid_t)process->id, 0) != 0 && errno == ESRCH;
}

bool lns_mpi_kill(const lns_process *process) {
    return is_here(process) && kill((pid_t)process->id, SIGKILL) == 0;
}
