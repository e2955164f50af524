/* SPDX-License-Identifier: Apache-2.0 */
/* Fits every kind of predictor to uniform rows of one problem and judges it on other uniform rows;
 * prints a line of JSON per objective, number of rows and model. */
#define _POSIX_C_SOURCE 199309L
#include "problems.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_SIZES = 16, MODELS = 4 };

static const struct {
    const char *name;
    int32_t model;
} models[MODELS] = {{"auto", LINAS_PREDICTOR_AUTO},
                    {"ridge", LINAS_PREDICTOR_RIDGE},
                    {"svr", LINAS_PREDICTOR_SVR},
                    {"gp", LINAS_PREDICTOR_GP}};
static const char *const targets[] = {"auto", "raw", "log", "rank"};

typedef struct job {
    const char *problem;
    const char *data;
    uint64_t seed;
    size_t held_out;
    size_t sizes[MAX_SIZES];
    size_t size_count;
} job;

/* The first rows are learned from, the last ones predicted: none stands in both. */
typedef struct sample {
    linas_context *context;
    const linas_space *space;
    size_t variables;
    size_t objectives;
    size_t most; /* rows to learn from */
    size_t held_out;
    int32_t *genomes;
    double *measured; /* rows x objectives */
    double *truth;
    double *column;
    double *predicted;
    double *expected;
} sample;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool draw(const job *j, const problem *p, sample *s) {
    size_t total = s->most + s->held_out, found = 0;
    s->genomes = malloc(total * s->variables * sizeof *s->genomes);
    s->measured = malloc(total * s->objectives * sizeof *s->measured);
    s->truth = malloc(total * s->objectives * sizeof *s->truth);
    s->column = malloc(s->most * sizeof *s->column);
    s->predicted = malloc(s->held_out * sizeof *s->predicted);
    s->expected = malloc(s->held_out * sizeof *s->expected);
    if (!s->genomes || !s->measured || !s->truth || !s->column || !s->predicted || !s->expected)
        return false;
    if (linas_space_sample(s->space, LINAS_SAMPLE_UNIFORM, j->seed, NULL, 0, total, s->genomes,
                           &found) != LINAS_OK ||
        found < total)
        return false;
    for (size_t i = 0; i < total; i++) {
        const int32_t *genome = s->genomes + i * s->variables;
        problem_measure(p, genome, j->seed, s->measured + i * s->objectives);
        problem_truth(p, genome, s->truth + i * s->objectives);
    }
    return true;
}

static void free_sample(sample *s) {
    free(s->genomes);
    free(s->measured);
    free(s->truth);
    free(s->column);
    free(s->predicted);
    free(s->expected);
}

static void print_line(const job *j, const sample *s, const char *objective, const char *model,
                       const linas_predictor_quality *quality, double seconds) {
    double tau, rho;
    linas_metric_kendall_tau(s->context, s->expected, s->predicted, s->held_out, &tau);
    linas_metric_spearman(s->context, s->expected, s->predicted, s->held_out, &rho);
    printf("{\"problem\":\"%s\",\"objective\":\"%s\",\"model\":\"%s\",\"rows\":%u,\"seed\":%llu,"
           "\"held_out\":%zu,\"kendall_tau\":%.6f,\"spearman\":%.6f,\"mape\":%.6f,\"rmse\":%.6f,"
           "\"chosen\":\"%s\",\"target\":\"%s\",\"seconds\":%.3f}\n",
           j->problem, objective, model, quality->rows, (unsigned long long)j->seed, s->held_out,
           tau, rho, linas_metric_mape(s->expected, s->predicted, s->held_out),
           linas_metric_rmse(s->expected, s->predicted, s->held_out),
           quality->model == LINAS_PREDICTOR_GP    ? "gp"
           : quality->model == LINAS_PREDICTOR_SVR ? "svr"
                                                   : "ridge",
           targets[quality->target], seconds);
    fflush(stdout);
}

static linas_status judge(const job *j, const sample *s, size_t objective, const char *name,
                          size_t rows, size_t which) {
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    linas_predictor_quality quality = LINAS_PREDICTOR_QUALITY_INIT;
    linas_predictor *predictor = NULL;
    options.model = models[which].model;
    options.seed = j->seed;
    for (size_t i = 0; i < rows; i++)
        s->column[i] = s->measured[i * s->objectives + objective];
    for (size_t i = 0; i < s->held_out; i++)
        s->expected[i] = s->truth[(s->most + i) * s->objectives + objective];
    double start = now();
    linas_status status = linas_predictor_create(s->space, &options, &predictor);
    if (status == LINAS_OK)
        status = linas_predictor_fit(predictor, s->genomes, s->column, rows);
    double seconds = now() - start;
    if (status == LINAS_OK)
        status = linas_predictor_predict(predictor, s->genomes + s->most * s->variables,
                                         s->held_out, s->predicted, NULL);
    if (status == LINAS_OK)
        status = linas_predictor_get_quality(predictor, &quality);
    if (status == LINAS_OK)
        print_line(j, s, name, models[which].name, &quality, seconds);
    else
        fprintf(stderr, "predictors: %s\n", linas_context_message(s->context));
    linas_predictor_destroy(predictor);
    return status;
}

static int judge_all(linas_context *context, const job *j, const problem *p) {
    linas_objective objectives[PROBLEM_MAX_OBJECTIVES];
    sample s = {.context = context, .space = problem_space(p), .held_out = j->held_out};
    s.objectives = problem_objectives(p, objectives);
    s.variables = linas_space_variables(s.space);
    for (size_t i = 0; i < j->size_count; i++)
        s.most = j->sizes[i] > s.most ? j->sizes[i] : s.most;
    linas_status status = draw(j, p, &s) ? LINAS_OK : LINAS_ERROR_EXHAUSTED;
    for (size_t k = 0; k < s.objectives; k++)
        for (size_t i = 0; i < j->size_count; i++)
            for (size_t m = 0; m < MODELS && status == LINAS_OK; m++)
                status = judge(j, &s, k, objectives[k].name, j->sizes[i], m);
    free_sample(&s);
    return status == LINAS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void read_sizes(job *j, char *list) {
    for (char *piece = strtok(list, ","); piece && j->size_count < MAX_SIZES;
         piece = strtok(NULL, ","))
        j->sizes[j->size_count++] = (size_t)strtoul(piece, NULL, 10);
}

static bool read_option(job *j, const char *name, char *value) {
    if (strcmp(name, "--problem") == 0)
        j->problem = value;
    else if (strcmp(name, "--data") == 0)
        j->data = value;
    else if (strcmp(name, "--seed") == 0)
        j->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--held-out") == 0)
        j->held_out = (size_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "--rows") == 0)
        read_sizes(j, value);
    else
        return false;
    return true;
}

int main(int argc, char **argv) {
    job j = {.data = "../shared/data", .seed = 1, .held_out = 1000};
    for (int i = 1; i + 1 < argc; i += 2)
        if (!read_option(&j, argv[i], argv[i + 1])) {
            fprintf(stderr, "predictors: unknown option %s\n", argv[i]);
            return 2;
        }
    if (!j.problem || j.size_count == 0 || j.held_out == 0) {
        fprintf(stderr, "usage: predictors --problem NAME --rows N,... [--held-out N] ...\n");
        return 2;
    }
    linas_context *context = NULL;
    if (linas_context_create(&context, NULL) != LINAS_OK)
        return EXIT_FAILURE;
    const char *why;
    problem *p = problem_open(context, j.problem, j.data, &why);
    int result = EXIT_SUCCESS;
    if (p)
        result = judge_all(context, &j, p);
    else
        fprintf(stderr, "predictors: %s skipped: %s\n", j.problem, why);
    problem_close(p);
    linas_context_destroy(context);
    return result;
}
