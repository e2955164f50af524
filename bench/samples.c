/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one tactic on one problem with one seed and prints a line of JSON: the hypervolume, as a
 * share of the best known front's, after each number of evaluations asked for. */
#define _POSIX_C_SOURCE 199309L
#include "problems.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_MARKS = 32 };

typedef struct job {
    const char *problem;
    const char *data;
    const char *tactic;
    uint64_t seed;
    uint64_t evaluations;
    uint32_t batch;
    uint32_t initial;
    int32_t predictor;
    int32_t target;
    size_t marks[MAX_MARKS];
    size_t mark_count;
} job;

typedef struct run {
    problem *problem;
    linas_search *search;
    uint64_t seed;
    double evaluation_seconds;
} run;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int32_t evaluate(void *user_data, linas_candidate *candidate) {
    run *r = user_data;
    double start = now(), values[PROBLEM_MAX_OBJECTIVES];
    linas_objective objectives[PROBLEM_MAX_OBJECTIVES];
    size_t count = problem_objectives(r->problem, objectives);
    problem_measure(r->problem, linas_candidate_genome(candidate), r->seed, values);
    for (size_t i = 0; i < count; i++)
        if (!objectives[i].compute)
            linas_candidate_set(candidate, objectives[i].name, values[i]);
    r->evaluation_seconds += now() - start;
    return 0;
}

/* The share of the best known hypervolume that the front of the first `count` evaluations has: the
 * front as measured, its members' values without noise. */
static double share(linas_context *context, const run *r, size_t count) {
    linas_objective objectives[PROBLEM_MAX_OBJECTIVES];
    size_t m = problem_objectives(r->problem, objectives), rows = 0;
    double *measured = malloc((count + 1) * m * sizeof *measured);
    double *truth = malloc((count + 1) * m * sizeof *truth);
    uint32_t *ranks = malloc((count + 1) * sizeof *ranks);
    double reference[PROBLEM_MAX_OBJECTIVES], hypervolume = 0.0;
    for (size_t i = 0; i < count && measured && truth && ranks; i++) {
        linas_evaluation e = LINAS_EVALUATION_INIT;
        if (linas_search_evaluation(r->search, i, &e) != LINAS_OK ||
            e.outcome != LINAS_EVALUATION_OK)
            continue;
        problem_truth(r->problem, e.genome, truth + rows * m);
        for (size_t k = 0; k < m; k++) {
            double sign = objectives[k].direction == LINAS_DIRECTION_MAXIMIZE ? -1.0 : 1.0;
            measured[rows * m + k] = sign * e.values[k];
            truth[rows * m + k] *= sign;
            reference[k] = sign * problem_reference(r->problem)[k];
        }
        rows++;
    }
    size_t kept = 0;
    linas_pareto_rank(context, measured, rows, m, ranks, NULL);
    for (size_t i = 0; i < rows; i++)
        if (ranks[i] == 0)
            memmove(truth + m * kept++, truth + m * i, m * sizeof *truth);
    if (kept > 0)
        linas_hypervolume(context, truth, kept, m, reference, &hypervolume);
    free(measured);
    free(truth);
    free(ranks);
    return hypervolume / problem_best(r->problem);
}

static void print_run(linas_context *context, const job *j, const run *r, double seconds) {
    size_t done = (size_t)linas_search_evaluations(r->search);
    printf("{\"problem\":\"%s\",\"tactic\":\"%s\",\"seed\":%llu,\"hypervolume\":{", j->problem,
           j->tactic, (unsigned long long)j->seed);
    for (size_t i = 0; i < j->mark_count; i++) {
        size_t mark = j->marks[i] < done ? j->marks[i] : done;
        printf("%s\"%zu\":%.6f", i ? "," : "", j->marks[i], share(context, r, mark));
    }
    printf("},\"evaluations\":%zu,\"seconds_outside\":%.3f}\n", done,
           seconds - r->evaluation_seconds);
    fflush(stdout);
}

static int32_t tactic_of(const char *name) {
    if (strcmp(name, "nsga2") == 0)
        return LINAS_TACTIC_NSGA2;
    return strcmp(name, "random") == 0 ? LINAS_TACTIC_RANDOM : LINAS_TACTIC_LINAS;
}

static int search(linas_context *context, const job *j, run *r) {
    linas_objective objectives[PROBLEM_MAX_OBJECTIVES];
    size_t count = problem_objectives(r->problem, objectives);
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = tactic_of(j->tactic);
    options.seed = j->seed;
    options.evaluations = j->evaluations;
    if (j->batch)
        options.batch = j->batch;
    if (j->initial)
        options.initial = j->initial;
    options.predictor = j->predictor;
    options.target = j->target;
    double start = now();
    linas_status status = linas_search_create(context, problem_space(r->problem), objectives, count,
                                              &options, &r->search);
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = evaluate;
    evaluator.evaluate_data = r;
    if (status == LINAS_OK)
        status = linas_search_run(r->search, &evaluator);
    if (status != LINAS_OK) {
        fprintf(stderr, "samples: %s: %s\n", j->problem, linas_context_message(context));
        return EXIT_FAILURE;
    }
    print_run(context, j, r, now() - start);
    return EXIT_SUCCESS;
}

static void read_marks(job *j, char *list) {
    for (char *piece = strtok(list, ","); piece && j->mark_count < MAX_MARKS;
         piece = strtok(NULL, ","))
        j->marks[j->mark_count++] = (size_t)strtoul(piece, NULL, 10);
}

static bool read_option(job *j, const char *name, char *value) {
    if (strcmp(name, "--problem") == 0)
        j->problem = value;
    else if (strcmp(name, "--data") == 0)
        j->data = value;
    else if (strcmp(name, "--tactic") == 0)
        j->tactic = value;
    else if (strcmp(name, "--seed") == 0)
        j->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--evaluations") == 0)
        j->evaluations = strtoull(value, NULL, 10);
    else if (strcmp(name, "--batch") == 0)
        j->batch = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "--initial") == 0)
        j->initial = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "--predictor") == 0)
        j->predictor = (int32_t)strtol(value, NULL, 10);
    else if (strcmp(name, "--target") == 0)
        j->target = (int32_t)strtol(value, NULL, 10);
    else if (strcmp(name, "--marks") == 0)
        read_marks(j, value);
    else
        return false;
    return true;
}

static int list_problems(void) {
    for (size_t i = 0; problem_name(i); i++)
        puts(problem_name(i));
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    job j = {.data = "../shared/data", .tactic = "linas", .seed = 1, .evaluations = 250};
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list_problems();
    for (int i = 1; i + 1 < argc; i += 2)
        if (!read_option(&j, argv[i], argv[i + 1])) {
            fprintf(stderr, "samples: unknown option %s\n", argv[i]);
            return 2;
        }
    if (!j.problem) {
        fprintf(stderr, "usage: samples --list | --problem NAME [--tactic T] [--seed S] ...\n");
        return 2;
    }
    linas_context *context = NULL;
    if (linas_context_create(&context, NULL) != LINAS_OK)
        return EXIT_FAILURE;
    const char *why;
    run r = {.seed = j.seed, .problem = problem_open(context, j.problem, j.data, &why)};
    int result = EXIT_SUCCESS;
    if (r.problem)
        result = search(context, &j, &r);
    else
        fprintf(stderr, "samples: %s skipped: %s\n", j.problem, why);
    linas_search_destroy(r.search);
    problem_close(r.problem);
    linas_context_destroy(context);
    return result;
}
