/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one tactic on one problem with one seed and prints a line of JSON: the hypervolume, as a
 * share of the best known front's, after each number of evaluations asked for. With --serve, what
 * searches is another program: it writes genomes, a line each, and reads their values. */
#define _POSIX_C_SOURCE 199309L
#include "problems.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_MARKS = 32, START = 50, LINE = 8192 };

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
    bool serve;
    const char *transfer;
    uint64_t transfer_evaluations;
} job;

/* Everything that was measured, in order, minimised. */
typedef struct run {
    problem *problem;
    linas_objective objectives[PROBLEM_MAX_OBJECTIVES];
    size_t objective_count;
    linas_search *search;
    uint64_t seed;
    size_t capacity;
    size_t count;
    double *measured;
    double *truth;
    double evaluation_seconds;
    size_t refused;        /* sub-networks that could not be measured */
    size_t first_measured; /* evaluations that measured the first objective */
    const size_t *marks;
    size_t mark_count;
    size_t first_at[MAX_MARKS]; /* how many those were at each mark */
} run;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool make_run(uint64_t evaluations, run *r) {
    r->objective_count = problem_objectives(r->problem, r->objectives);
    r->capacity = (size_t)evaluations;
    r->measured = malloc(r->capacity * r->objective_count * sizeof *r->measured);
    r->truth = malloc(r->capacity * r->objective_count * sizeof *r->truth);
    return r->measured && r->truth;
}

static void free_run(run *r) {
    linas_search_destroy(r->search);
    problem_close(r->problem);
    free(r->measured);
    free(r->truth);
}

static double sign_of(const linas_objective *objective) {
    return objective->direction == LINAS_DIRECTION_MAXIMIZE ? -1.0 : 1.0;
}

/* What stands for a sub-network that cannot be measured: worse than any other. */
static void set_worst(const run *r, double *values) {
    for (size_t k = 0; k < r->objective_count; k++)
        values[k] = sign_of(&r->objectives[k]) * 1e6;
}

/* Measures a genome; `values` are the problem's own. @return whether it can be measured. */
static bool measure(run *r, const int32_t *genome, double *values) {
    double start = now(), truth[PROBLEM_MAX_OBJECTIVES];
    bool fits = problem_fits(r->problem, genome);
    problem_measure(r->problem, genome, r->seed, values);
    r->evaluation_seconds += now() - start;
    problem_truth(r->problem, genome, truth);
    if (!fits) {
        set_worst(r, values);
        set_worst(r, truth);
        r->refused++;
    }
    if (r->count == r->capacity)
        return fits;
    for (size_t k = 0; k < r->objective_count; k++) {
        double sign = sign_of(&r->objectives[k]);
        r->measured[r->count * r->objective_count + k] = sign * values[k];
        r->truth[r->count * r->objective_count + k] = sign * truth[k];
    }
    r->count++;
    return fits;
}

static int32_t evaluate(void *user_data, linas_candidate *candidate) {
    run *r = user_data;
    double values[PROBLEM_MAX_OBJECTIVES], known;
    bool fits = measure(r, linas_candidate_genome(candidate), values);
    if (!fits)
        linas_candidate_infeasible(candidate, "does not fit into memory");
    for (size_t i = 0; i < r->objective_count && fits; i++) {
        linas_candidate_known(candidate, r->objectives[i].name, &known);
        if (!r->objectives[i].compute && known != known)
            linas_candidate_set(candidate, r->objectives[i].name, values[i]);
        r->first_measured += i == 0 && known != known;
    }
    for (size_t i = 0; i < r->mark_count; i++)
        if (r->marks[i] >= r->count)
            r->first_at[i] = r->first_measured;
    return 0;
}

/* The share of the best known hypervolume that the front of the first `count` evaluations has: the
 * front as measured, its members' values without noise. */
static double share(linas_context *context, const run *r, size_t count) {
    size_t m = r->objective_count, kept = 0;
    double *truth = malloc((count + 1) * m * sizeof *truth);
    uint32_t *ranks = malloc((count + 1) * sizeof *ranks);
    double reference[PROBLEM_MAX_OBJECTIVES], hypervolume = 0.0;
    for (size_t k = 0; k < m; k++)
        reference[k] = sign_of(&r->objectives[k]) * problem_reference(r->problem)[k];
    if (truth && ranks && count > 0 &&
        linas_pareto_rank(context, r->measured, count, m, ranks, NULL) == LINAS_OK) {
        for (size_t i = 0; i < count; i++)
            if (ranks[i] == 0)
                memcpy(truth + m * kept++, r->truth + m * i, m * sizeof *truth);
        linas_hypervolume(context, truth, kept, m, reference, &hypervolume);
    }
    free(truth);
    free(ranks);
    return hypervolume / problem_best(r->problem);
}

static void print_run(linas_context *context, const job *j, const run *r, double seconds) {
    size_t done = r->count;
    printf("{\"problem\":\"%s\",\"tactic\":\"%s\",\"seed\":%llu,\"hypervolume\":{", j->problem,
           j->tactic, (unsigned long long)j->seed);
    for (size_t i = 0; i < j->mark_count; i++) {
        size_t mark = j->marks[i] < done ? j->marks[i] : done;
        printf("%s\"%zu\":%.6f", i ? "," : "", j->marks[i], share(context, r, mark));
    }
    printf("},\"first_measured\":{");
    for (size_t i = 0; i < j->mark_count; i++)
        printf("%s\"%zu\":%zu", i ? "," : "", j->marks[i], r->first_at[i]);
    printf("},\"evaluations\":%zu,\"refused\":%zu,\"seconds_outside\":%.3f}\n", done, r->refused,
           seconds - r->evaluation_seconds);
    fflush(stdout);
}

static int32_t tactic_of(const char *name) {
    if (strcmp(name, "nsga2") == 0)
        return LINAS_TACTIC_NSGA2;
    return strcmp(name, "random") == 0 ? LINAS_TACTIC_RANDOM : LINAS_TACTIC_LINAS;
}

static linas_status run_search(linas_context *context, const job *j, run *r,
                               const linas_measurements *known) {
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = tactic_of(j->tactic);
    options.seed = r->seed;
    options.evaluations = r->capacity;
    if (j->batch)
        options.batch = j->batch;
    if (j->initial)
        options.initial = j->initial;
    options.predictor = j->predictor;
    options.target = j->target;
    linas_status status = linas_search_create(context, problem_space(r->problem), r->objectives,
                                              r->objective_count, &options, &r->search);
    if (status == LINAS_OK && known)
        status = linas_search_import(r->search, known);
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = evaluate;
    evaluator.evaluate_data = r;
    return status == LINAS_OK ? linas_search_run(r->search, &evaluator) : status;
}

/* The first objective of everything that a search of another problem of the same space measured. */
static bool take_first(const run *earlier, int32_t *genomes, double *values) {
    size_t variables = linas_space_variables(problem_space(earlier->problem));
    for (size_t i = 0; i < earlier->count; i++) {
        linas_evaluation e = LINAS_EVALUATION_INIT;
        if (linas_search_evaluation(earlier->search, i, &e) != LINAS_OK)
            return false;
        memcpy(genomes + i * variables, e.genome, variables * sizeof *genomes);
        values[i] = e.values[0];
    }
    return true;
}

/* Searches another problem first, with another seed, and takes its first objective over. */
static linas_status transfer(linas_context *context, const job *j, run *r) {
    const char *why;
    run earlier = {.seed = j->seed + 1000};
    earlier.problem = problem_open(context, j->transfer, j->data, &why);
    linas_status status = earlier.problem && make_run(j->transfer_evaluations, &earlier)
                              ? run_search(context, j, &earlier, NULL)
                              : LINAS_ERROR_IO;
    size_t variables = linas_space_variables(problem_space(r->problem));
    int32_t *genomes = malloc(earlier.count * variables * sizeof *genomes);
    double *values = malloc(earlier.count * sizeof *values);
    const char *name = r->objectives[0].name;
    linas_measurements known = LINAS_MEASUREMENTS_INIT;
    known.objectives = 1;
    known.rows = earlier.count;
    known.genomes = genomes;
    known.names = &name;
    known.values = values;
    if (status == LINAS_OK)
        status = genomes && values && take_first(&earlier, genomes, values)
                     ? run_search(context, j, r, &known)
                     : LINAS_ERROR_NO_MEMORY;
    free(genomes);
    free(values);
    free_run(&earlier);
    return status;
}

static int search(linas_context *context, const job *j, run *r) {
    double start = now();
    linas_status status = j->transfer ? transfer(context, j, r) : run_search(context, j, r, NULL);
    if (status != LINAS_OK) {
        fprintf(stderr, "samples: %s: %s\n", j->problem, linas_context_message(context));
        return EXIT_FAILURE;
    }
    print_run(context, j, r, now() - start);
    return EXIT_SUCCESS;
}

/* -- searches of other programs -----------------------------------------------------------------
 */

static void print_genome(const int32_t *genome, size_t variables) {
    for (size_t i = 0; i < variables; i++)
        printf("%s%d", i ? "," : "[", (int)genome[i]);
    putchar(']');
}

/* The space and the random start of every tactic. */
static int print_problem(const job *j, const run *r) {
    const linas_space *space = problem_space(r->problem);
    size_t variables = linas_space_variables(space), found = 0;
    int32_t *start = malloc(START * variables * sizeof *start);
    if (!start || linas_space_sample(space, LINAS_SAMPLE_UNIFORM, j->seed, NULL, 0, START, start,
                                     &found) != LINAS_OK) {
        free(start);
        return EXIT_FAILURE;
    }
    printf("{\"variables\":[");
    for (size_t g = 0, first = 1; g < linas_space_groups(space); g++) {
        linas_group_info group = LINAS_GROUP_INFO_INIT;
        linas_space_group(space, g, &group);
        for (uint32_t slot = 0; slot < group.slots; slot++, first = 0)
            printf("%s{\"values\":%u,\"ordinal\":%s}", first ? "" : ",", (unsigned)group.values,
                   group.order == LINAS_ORDINAL ? "true" : "false");
    }
    printf("],\"objectives\":%zu,\"start\":[", r->objective_count);
    for (size_t i = 0; i < found; i++) {
        fputs(i ? "," : "", stdout);
        print_genome(start + i * variables, variables);
    }
    printf("]}\n");
    fflush(stdout);
    free(start);
    return EXIT_SUCCESS;
}

/* A genome out of a line of numbers, with inactive variables normalised; false if it is none. */
static bool read_genome(const linas_space *space, char *line, int32_t *genome) {
    size_t variables = linas_space_variables(space);
    char *next = line;
    for (size_t i = 0; i < variables; i++) {
        char *end;
        genome[i] = (int32_t)strtol(next, &end, 10);
        if (end == next)
            return false;
        next = end;
    }
    return linas_space_canonical(space, genome, genome) == LINAS_OK;
}

static int serve(linas_context *context, const job *j, run *r) {
    char line[LINE];
    int32_t genome[LINE / 2];
    double values[PROBLEM_MAX_OBJECTIVES], start = now();
    if (linas_space_variables(problem_space(r->problem)) > LINE / 2 || print_problem(j, r) != 0)
        return EXIT_FAILURE;
    while (r->count < j->evaluations && fgets(line, LINE, stdin)) {
        if (!read_genome(problem_space(r->problem), line, genome)) {
            fprintf(stderr, "samples: %s: not a genome: %s", j->problem, line);
            return EXIT_FAILURE;
        }
        measure(r, genome, values);
        for (size_t k = 0; k < r->objective_count; k++)
            printf("%s%.17g", k ? "," : "[", sign_of(&r->objectives[k]) * values[k]);
        puts("]");
        fflush(stdout);
    }
    print_run(context, j, r, now() - start);
    return EXIT_SUCCESS;
}

/* -- the command line -----------------------------------------------------------------------------
 */

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
    else if (strcmp(name, "--transfer") == 0)
        j->transfer = value;
    else if (strcmp(name, "--transfer-evaluations") == 0)
        j->transfer_evaluations = strtoull(value, NULL, 10);
    else if (strcmp(name, "--serve") == 0)
        j->tactic = value, j->serve = true;
    else
        return false;
    return true;
}

static int list_problems(void) {
    for (size_t i = 0; problem_name(i); i++)
        puts(problem_name(i));
    return EXIT_SUCCESS;
}

static int do_job(linas_context *context, const job *j) {
    const char *why;
    run r = {.seed = j->seed, .marks = j->marks, .mark_count = j->mark_count};
    r.problem = problem_open(context, j->problem, j->data, &why);
    int result = EXIT_SUCCESS;
    if (!r.problem)
        fprintf(stderr, "samples: %s skipped: %s\n", j->problem, why);
    else if (!make_run(j->evaluations, &r))
        result = EXIT_FAILURE;
    else
        result = j->serve ? serve(context, j, &r) : search(context, j, &r);
    free_run(&r);
    return result;
}

int main(int argc, char **argv) {
    job j = {.data = "../shared/data",
             .tactic = "linas",
             .seed = 1,
             .evaluations = 250,
             .transfer_evaluations = 250};
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
    int result = do_job(context, &j);
    linas_context_destroy(context);
    return result;
}
