/* SPDX-License-Identifier: Apache-2.0 */
/* A search on many ranks whose evaluations go wrong as told. usage: host [NAME VALUE]...
 * A fault is RANK:CALL:WHAT[:SECONDS]: on that rank, at that call (from 1; 0: at every one),
 * `kill`, `hang`, `fail`, `stop`, `nan`, `lease` (dies with the device) or `memory` (none from the
 * beginning). Every rank prints one line. */
#define _POSIX_C_SOURCE 200809L
#include <linas/mpi.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { VARIABLES = 8, MAX_FAULTS = 8, MAX_EVALUATIONS = 1000, STOP_CODE = 4711 };

typedef struct fault {
    int rank, call;
    char what[16];
    double seconds;
} fault;

typedef struct host {
    int rank, calls;
    double milliseconds;
    const char *marker; /* there while a rank measures the latency */
    int overlaps;
    fault faults[MAX_FAULTS];
    int fault_count;
    linas_search *search;
    int stop_after, die_after;
    linas_mpi_options options;
    linas_search_options search_options;
    int no_search, no_evaluator;
} host;

static void wait_for(double seconds) {
    struct timespec time = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&time, NULL);
}

static const fault *fault_now(const host *h, const char *what) {
    for (int i = 0; i < h->fault_count; i++) {
        const fault *f = &h->faults[i];
        if (f->rank == h->rank && (f->call == h->calls || f->call == 0) &&
            (!what || strcmp(f->what, what) == 0))
            return f;
    }
    return NULL;
}

/* quality (to be maximised) and cost (to be minimised) */
static void measure(linas_mpi_task *task) {
    double quality = 50.0, cost = 1.0;
    for (int i = 0; i < VARIABLES; i++) {
        quality += (1.5 + 0.2 * i) * task->genome[i] - 0.1 * i * task->genome[i] * task->genome[i];
        cost += (1.0 + 0.25 * i) * task->genome[i];
    }
    linas_mpi_task_set(task, "quality", quality);
    task->values[1] = cost;
}

static int32_t evaluate(void *user_data, linas_mpi_task *task) {
    host *h = user_data;
    h->calls++;
    wait_for(1e-3 * h->milliseconds);
    const fault *f = fault_now(h, NULL);
    if (f && strcmp(f->what, "kill") == 0)
        raise(SIGKILL);
    if (f && strcmp(f->what, "hang") == 0)
        wait_for(f->seconds);
    if (f && strcmp(f->what, "stop") == 0)
        return STOP_CODE;
    if (f && strcmp(f->what, "fail") == 0)
        return linas_mpi_task_fail(task, LINAS_EVALUATION_FAILED, "told to");
    if (f && strcmp(f->what, "nan") == 0)
        return 0;
    measure(task);
    return 0;
}

static int32_t measure_latency(void *user_data, linas_mpi_task *task) {
    host *h = user_data;
    (void)task;
    if (fault_now(h, "lease"))
        raise(SIGKILL);
    int file = open(h->marker, O_CREAT | O_EXCL | O_WRONLY, 0600);
    h->overlaps += file < 0;
    wait_for(2e-3);
    if (file >= 0) {
        close(file);
        unlink(h->marker);
    }
    return 0;
}

static int32_t watch(void *user_data, const linas_progress *progress) {
    host *h = user_data;
    if (h->stop_after > 0 && progress->evaluations == (uint64_t)h->stop_after)
        linas_search_request_stop(h->search);
    if (h->die_after > 0 && progress->evaluations == (uint64_t)h->die_after)
        raise(SIGKILL);
    return 0;
}

/* -- memory ------------------------------------------------------------------------------------ */

static long memory_left = -1; /* allocations; -1: no end of them */

static void *allocate(void *user_data, size_t bytes) {
    (void)user_data;
    if (memory_left == 0)
        return NULL;
    memory_left -= memory_left > 0;
    return malloc(bytes);
}

static void *reallocate(void *user_data, void *memory, size_t bytes) {
    (void)user_data;
    return memory_left == 0 ? NULL : realloc(memory, bytes);
}

static void release(void *user_data, void *memory) {
    (void)user_data;
    free(memory);
}

/* -- the program ------------------------------------------------------------------------------- */

static void read_fault(host *h, const char *text) {
    fault *f = &h->faults[h->fault_count++];
    f->seconds = 1e6;
    sscanf(text, "%d:%d:%15[a-z]:%lf", &f->rank, &f->call, f->what, &f->seconds);
}

static void read_word(host *h, const char *name, const char *value) {
    linas_search_options *search = &h->search_options;
    if (strcmp(name, "fault") == 0)
        read_fault(h, value);
    else if (strcmp(name, "evaluations") == 0)
        search->evaluations = strtoull(value, NULL, 10);
    else if (strcmp(name, "batch") == 0)
        search->batch = (uint32_t)atoi(value);
    else if (strcmp(name, "initial") == 0)
        search->initial = (uint32_t)atoi(value);
    else if (strcmp(name, "outstanding") == 0)
        search->outstanding = (uint32_t)atoi(value);
    else if (strcmp(name, "die-after") == 0)
        h->die_after = atoi(value);
    else if (strcmp(name, "attempts") == 0)
        search->attempts = (uint32_t)atoi(value);
    else if (strcmp(name, "journal") == 0)
        search->journal = value;
    else if (strcmp(name, "resume") == 0)
        search->resume = (uint32_t)atoi(value);
    else if (strcmp(name, "deadline") == 0)
        h->options.deadline = atof(value);
    else if (strcmp(name, "ranks") == 0)
        h->options.attempts = (uint32_t)atoi(value);
    else if (strcmp(name, "misses") == 0)
        h->options.misses = (uint32_t)atoi(value);
    else if (strcmp(name, "ms") == 0)
        h->milliseconds = atof(value);
    else if (strcmp(name, "stop-after") == 0)
        h->stop_after = atoi(value);
    else if (strcmp(name, "device") == 0)
        h->options.device = value;
    else if (strcmp(name, "folder") == 0)
        h->options.lease_folder = value;
    else if (strcmp(name, "marker") == 0)
        h->marker = value;
    else if (strcmp(name, "kill-lost") == 0)
        h->options.flags = LINAS_MPI_KILL_LOST;
    else if (strcmp(name, "no-search") == 0)
        h->no_search = 1;
    else if (strcmp(name, "no-evaluator") == 0)
        h->no_evaluator = atoi(value);
}

static linas_status make_search(linas_context *context, host *h) {
    static const int64_t values[] = {1, 2, 3, 4};
    const linas_objective objectives[] = {LINAS_MAXIMIZE("quality", "%"),
                                          LINAS_MINIMIZE("cost", "ms")};
    const double reference[] = {40.0, 60.0};
    linas_space *space = NULL;
    linas_status status = linas_space_create(context, &space);
    if (status == LINAS_OK)
        status = linas_space_add_int(space, "x", VARIABLES, values, 4, LINAS_ORDINAL);
    h->search_options.progress = watch;
    h->search_options.progress_data = h;
    if (status == LINAS_OK)
        status = linas_search_create(context, space, objectives, 2, &h->search_options, &h->search);
    if (status == LINAS_OK && !h->search_options.resume)
        status = linas_search_set_reference(h->search, reference);
    linas_space_destroy(space);
    return status;
}

/* How many sub-networks were evaluated, and how many of them are distinct. */
static void count(const linas_search *search, unsigned *evaluated, unsigned *distinct,
                  unsigned *failed) {
    static unsigned char seen[1 << 2 * VARIABLES];
    linas_evaluation one = LINAS_EVALUATION_INIT;
    *evaluated = *distinct = *failed = 0;
    for (uint64_t i = 0; linas_search_evaluation(search, i, &one) == LINAS_OK; i++) {
        unsigned code = 0;
        for (int j = 0; j < VARIABLES; j++)
            code = 4 * code + (unsigned)one.genome[j];
        ++*evaluated;
        *distinct += !seen[code];
        *failed += one.outcome != LINAS_EVALUATION_OK;
        seen[code] = 1;
    }
}

static void print(const host *h, linas_status status, const linas_mpi_report *report) {
    unsigned evaluated = 0, distinct = 0, failed = 0;
    double hypervolume = 0.0;
    if (h->search) {
        count(h->search, &evaluated, &distinct, &failed);
        linas_search_hypervolume(h->search, &hypervolume);
    }
    printf("{\"rank\":%d,\"ranks\":%u,\"status\":%d,\"reason\":%d,\"evaluated\":%u,\"distinct\":%u,"
           "\"failed\":%u,\"outstanding\":%u,\"lost\":%u,\"dead\":%u,\"missed\":%u,\"late\":%u,"
           "\"dropped\":%u,"
           "\"tasks\":%u,\"overlaps\":%d,\"hypervolume\":%.12g,\"message\":\"%s\"}\n",
           report->rank, report->ranks, status, h->search ? linas_search_stop_reason(h->search) : 0,
           evaluated, distinct, failed,
           h->search ? (unsigned)linas_search_outstanding(h->search) : 0, report->lost,
           report->dead, (unsigned)report->missed, (unsigned)report->late,
           (unsigned)report->dropped, (unsigned)report->tasks, h->overlaps, hypervolume,
           report->message);
    fflush(stdout);
}

int main(int argc, char **argv) {
    host h = {.search_options = LINAS_SEARCH_OPTIONS_INIT, .options = LINAS_MPI_OPTIONS_INIT};
    linas_mpi_report report = LINAS_MPI_REPORT_INIT;
    linas_context_options memory = LINAS_CONTEXT_OPTIONS_INIT;
    linas_mpi_evaluator evaluator = LINAS_MPI_EVALUATOR_INIT;
    linas_context *context = NULL;
    linas_status status = LINAS_OK;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &h.rank);
    h.search_options.evaluations = 40;
    h.search_options.initial = 10;
    h.search_options.batch = 3;
    for (int i = 1; i + 1 < argc; i += 2)
        read_word(&h, argv[i], argv[i + 1]);
    evaluator.evaluate = evaluate;
    evaluator.evaluate_data = evaluator.latency_data = &h;
    evaluator.measure_latency = h.marker ? measure_latency : NULL;
    memory.allocate = allocate;
    memory.reallocate = reallocate;
    memory.release = release;
    h.options.context = &memory;
    h.options.report = &report;
    if (h.rank == 0 && !h.no_search)
        status = linas_context_create(&context, NULL);
    if (context && status == LINAS_OK)
        status = make_search(context, &h);
    if (status != LINAS_OK)
        fprintf(stderr, "%d: %s\n", status, linas_context_message(context));
    const fault *f = fault_now(&h, "memory");
    memory_left = f ? (long)f->seconds : -1;
    if (fault_now(&h, "absent"))
        raise(SIGKILL);
    status = linas_mpi_run(h.search, h.rank == h.no_evaluator && h.rank ? NULL : &evaluator,
                           MPI_COMM_WORLD, &h.options);
    print(&h, status, &report);
    linas_search_destroy(h.search);
    linas_context_destroy(context);
    linas_mpi_finalize(&report);
    return 0;
}
