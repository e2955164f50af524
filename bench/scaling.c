/* SPDX-License-Identifier: Apache-2.0 */
/* One search with many workers on a virtual clock: evaluations take times of a heavy-tailed
 * distribution, proposing takes the processor time that it really takes, with all workers that want
 * one standing in a queue. Prints a line of JSON. */
#define _POSIX_C_SOURCE 199309L
#include "problems.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_MARKS = 32 };

typedef struct job {
    const char *problem;
    const char *data;
    const char *tactic;
    const char *tail; /* lognormal or pareto */
    uint64_t seed;
    uint64_t evaluations;
    uint32_t workers;
    uint32_t barrier; /* 1: batch by batch */
    double seconds;   /* mean of an evaluation */
    size_t marks[MAX_MARKS];
    size_t mark_count;
    double hours[MAX_MARKS];
    size_t hour_count;
} job;

/* A candidate at work. */
typedef struct event {
    double start;
    double end;
    uint64_t id;
    int32_t *genome;
} event;

typedef struct cluster {
    const job *j;
    problem *problem;
    linas_objective objectives[PROBLEM_MAX_OBJECTIVES];
    size_t objective_count;
    linas_search *search;
    linas_archive *archive;
    event *heap; /* the next to end first */
    size_t at_work;
    uint64_t *ids;
    int32_t *genomes;
    double clock;
    double worked;     /* of all workers, by what has ended */
    double last_start; /* of an evaluation */
    double utilised;   /* share of all workers' time until then */
    double proposing;  /* real seconds */
    double late;       /* of them, for the last tenth of the proposals */
    double longest;    /* ask */
    uint64_t proposed, late_proposed, told;
    double at_mark[MAX_MARKS], at_hour[MAX_MARKS];
    size_t next_mark, next_hour;
} cluster;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time); /* whatever else the machine does */
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* -- how long an evaluation takes -------------------------------------------------------------- */

static uint64_t scramble(uint64_t x) {
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

static double uniform(uint64_t key) {
    return ((double)(scramble(key) >> 11) + 0.5) * 0x1p-53;
}

/* Of mean 1: log-normal with deviation 1, or Pareto with index 1.5 (no variance), which is cut at
 * a hundred times its least value. */
static double duration(const job *j, uint64_t id) {
    uint64_t key = scramble(j->seed) + 2 * id;
    double u = uniform(key);
    if (strcmp(j->tail, "pareto") == 0)
        return j->seconds * fmin(pow(u, -1.0 / 1.5), 100.0) / 2.8;
    double normal = sqrt(-2.0 * log(u)) * cos(6.283185307179586 * uniform(key + 1));
    return j->seconds * exp(normal - 0.5);
}

/* -- the queue of events ----------------------------------------------------------------------- */

static void swap(cluster *c, size_t a, size_t b) {
    event kept = c->heap[a];
    c->heap[a] = c->heap[b];
    c->heap[b] = kept;
}

static void push(cluster *c, event e) {
    size_t i = c->at_work++;
    c->heap[i] = e;
    for (; i > 0 && c->heap[i].end < c->heap[(i - 1) / 2].end; i = (i - 1) / 2)
        swap(c, i, (i - 1) / 2);
}

static event pop(cluster *c) {
    event first = c->heap[0];
    c->heap[0] = c->heap[--c->at_work];
    for (size_t i = 0, child = 1; child < c->at_work; child = 2 * i + 1) {
        if (child + 1 < c->at_work && c->heap[child + 1].end < c->heap[child].end)
            child++;
        if (c->heap[i].end <= c->heap[child].end)
            break;
        swap(c, i, child);
        i = child;
    }
    return first;
}

/* -- working ----------------------------------------------------------------------------------- */

static double sign_of(const linas_objective *objective) {
    return objective->direction == LINAS_DIRECTION_MAXIMIZE ? -1.0 : 1.0;
}

static void begin(cluster *c, uint64_t id, const int32_t *genome) {
    size_t bytes = linas_space_variables(problem_space(c->problem)) * sizeof *genome;
    double takes = duration(c->j, id);
    event e = {c->clock, c->clock + takes, id, malloc(bytes)};
    if (!e.genome)
        exit(EXIT_FAILURE);
    memcpy(e.genome, genome, bytes);
    push(c, e);
}

/* Until the last evaluation begins: later there is nothing to do for some. */
static void note_utilisation(cluster *c) {
    double sum = c->worked;
    for (size_t i = 0; i < c->at_work; i++)
        sum += fmin(c->heap[i].end, c->clock) - c->heap[i].start;
    c->last_start = c->clock;
    c->utilised = sum / (c->clock * c->j->workers);
}

/* Gives work to all that are idle, as far as there is some. */
static linas_status hand_out(cluster *c) {
    size_t n = linas_space_variables(problem_space(c->problem)), count = 0;
    double start = now();
    linas_status status =
        linas_search_ask(c->search, c->j->workers - c->at_work, c->ids, c->genomes, &count);
    double took = now() - start;
    c->clock += took;
    c->proposing += took;
    c->longest = fmax(c->longest, took);
    c->proposed += count;
    if (c->proposed > c->j->evaluations - c->j->evaluations / 10) {
        c->late += took;
        c->late_proposed += count;
    }
    if (count > 0)
        note_utilisation(c);
    for (size_t i = 0; i < count; i++)
        begin(c, c->ids[i], c->genomes + i * n);
    return status;
}

static double share(const cluster *c) {
    double volume = 0.0;
    linas_archive_hypervolume(c->archive, &volume);
    return volume / problem_best(c->problem);
}

static void note_hours(cluster *c, double clock) {
    while (c->next_hour < c->j->hour_count && c->j->hours[c->next_hour] * 3600.0 < clock)
        c->at_hour[c->next_hour++] = share(c);
}

static linas_status take_answer(cluster *c) {
    event e = pop(c);
    double values[PROBLEM_MAX_OBJECTIVES], point[PROBLEM_MAX_OBJECTIVES], start;
    note_hours(c, e.end);
    c->clock = fmax(c->clock, e.end);
    c->worked += e.end - e.start;
    problem_measure(c->problem, e.genome, c->j->seed, values);
    free(e.genome);
    for (size_t k = 0; k < c->objective_count; k++)
        point[k] = sign_of(&c->objectives[k]) * values[k];
    linas_status status = linas_archive_add(c->archive, point, e.id, NULL);
    start = now();
    if (status == LINAS_OK)
        status = linas_search_tell(c->search, e.id, values, c->objective_count);
    c->clock += now() - start;
    c->told++;
    while (c->next_mark < c->j->mark_count && c->j->marks[c->next_mark] <= c->told)
        c->at_mark[c->next_mark++] = share(c);
    return status;
}

static linas_status work(cluster *c) {
    linas_status status = hand_out(c);
    while (status == LINAS_OK && c->at_work > 0) {
        status = take_answer(c);
        if (status == LINAS_OK)
            status = hand_out(c);
    }
    note_hours(c, INFINITY);
    return status;
}

/* -- one job ----------------------------------------------------------------------------------- */

static linas_status make(linas_context *context, cluster *c) {
    const job *j = c->j;
    double reference[PROBLEM_MAX_OBJECTIVES];
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.seed = j->seed;
    options.evaluations = j->evaluations;
    options.tactic = strcmp(j->tactic, "nsga2") == 0    ? LINAS_TACTIC_NSGA2
                     : strcmp(j->tactic, "random") == 0 ? LINAS_TACTIC_RANDOM
                                                        : LINAS_TACTIC_LINAS;
    if (j->barrier && j->workers > options.batch)
        options.batch = j->workers;
    if (j->barrier && j->workers > options.initial)
        options.initial = j->workers;
    if (j->barrier && j->workers > options.population)
        options.population = j->workers;
    if (!j->barrier)
        options.outstanding = j->workers;
    c->objective_count = problem_objectives(c->problem, c->objectives);
    for (size_t k = 0; k < c->objective_count; k++)
        reference[k] = sign_of(&c->objectives[k]) * problem_reference(c->problem)[k];
    size_t n = linas_space_variables(problem_space(c->problem));
    c->heap = malloc(j->workers * sizeof *c->heap);
    c->ids = malloc(j->workers * sizeof *c->ids);
    c->genomes = malloc(j->workers * n * sizeof *c->genomes);
    if (!c->heap || !c->ids || !c->genomes)
        return LINAS_ERROR_NO_MEMORY;
    linas_status status = linas_archive_create(context, c->objective_count, &c->archive);
    if (status == LINAS_OK)
        status = linas_archive_set_reference(c->archive, reference);
    if (status == LINAS_OK)
        status = linas_search_create(context, problem_space(c->problem), c->objectives,
                                     c->objective_count, &options, &c->search);
    return status;
}

static void print(const cluster *c) {
    const job *j = c->j;
    printf("{\"problem\":\"%s\",\"tactic\":\"%s\",\"tail\":\"%s\",\"seed\":%llu,\"workers\":%u,"
           "\"barrier\":%u,\"evaluations\":%llu,\"hypervolume\":{",
           j->problem, j->tactic, j->tail, (unsigned long long)j->seed, (unsigned)j->workers,
           (unsigned)j->barrier, (unsigned long long)c->told);
    for (size_t i = 0; i < c->next_mark; i++)
        printf("%s\"%zu\":%.6f", i ? "," : "", j->marks[i], c->at_mark[i]);
    printf("},\"hours\":{");
    for (size_t i = 0; i < j->hour_count; i++)
        printf("%s\"%g\":%.6f", i ? "," : "", j->hours[i], c->at_hour[i]);
    printf("},\"utilisation\":%.5f,\"makespan\":%.1f,\"ms_per_proposal\":%.4f,"
           "\"ms_per_late_proposal\":%.4f,\"longest_ask_ms\":%.1f}\n",
           c->utilised, c->clock, 1e3 * c->proposing / (double)c->proposed,
           1e3 * c->late / (double)(c->late_proposed ? c->late_proposed : 1), 1e3 * c->longest);
}

static int simulate(linas_context *context, const job *j) {
    const char *why;
    cluster c = {.j = j};
    c.problem = problem_open(context, j->problem, j->data, &why);
    if (!c.problem) {
        fprintf(stderr, "scaling: %s skipped: %s\n", j->problem, why);
        return EXIT_SUCCESS;
    }
    linas_status status = make(context, &c);
    if (status == LINAS_OK)
        status = work(&c);
    if (status == LINAS_OK)
        print(&c);
    else
        fprintf(stderr, "scaling: %s: %s\n", j->problem, linas_context_message(context));
    linas_search_destroy(c.search);
    linas_archive_destroy(c.archive);
    problem_close(c.problem);
    free(c.heap);
    free(c.ids);
    free(c.genomes);
    return status == LINAS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* -- the command line -------------------------------------------------------------------------- */

static void read_marks(job *j, char *list) {
    for (char *piece = strtok(list, ","); piece && j->mark_count < MAX_MARKS;
         piece = strtok(NULL, ","))
        j->marks[j->mark_count++] = (size_t)strtoul(piece, NULL, 10);
}

static void read_hours(job *j, char *list) {
    for (char *piece = strtok(list, ","); piece && j->hour_count < MAX_MARKS;
         piece = strtok(NULL, ","))
        j->hours[j->hour_count++] = strtod(piece, NULL);
}

static bool read_option(job *j, const char *name, char *value) {
    if (strcmp(name, "--problem") == 0)
        j->problem = value;
    else if (strcmp(name, "--data") == 0)
        j->data = value;
    else if (strcmp(name, "--tactic") == 0)
        j->tactic = value;
    else if (strcmp(name, "--tail") == 0)
        j->tail = value;
    else if (strcmp(name, "--seed") == 0)
        j->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--evaluations") == 0)
        j->evaluations = strtoull(value, NULL, 10);
    else if (strcmp(name, "--workers") == 0)
        j->workers = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "--barrier") == 0)
        j->barrier = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "--seconds") == 0)
        j->seconds = strtod(value, NULL);
    else if (strcmp(name, "--marks") == 0)
        read_marks(j, value);
    else if (strcmp(name, "--hours") == 0)
        read_hours(j, value);
    else
        return false;
    return true;
}

int main(int argc, char **argv) {
    job j = {.data = "../shared/data",
             .problem = "ofa-i7",
             .tactic = "linas",
             .tail = "lognormal",
             .seed = 1,
             .evaluations = 250,
             .workers = 1,
             .seconds = 600.0};
    for (int i = 1; i + 1 < argc; i += 2)
        if (!read_option(&j, argv[i], argv[i + 1])) {
            fprintf(stderr, "scaling: unknown option %s\n", argv[i]);
            return 2;
        }
    linas_context *context = NULL;
    if (j.workers == 0 || linas_context_create(&context, NULL) != LINAS_OK)
        return EXIT_FAILURE;
    int result = simulate(context, &j);
    linas_context_destroy(context);
    return result;
}
