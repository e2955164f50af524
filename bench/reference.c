/* SPDX-License-Identifier: Apache-2.0 */
/* The worker of the bench of survival by reference directions: runs the engine on problems of many
 * objectives over ordinal variables, and scores what anyone's run ended with. One command a line,
 * one line of numbers each. */
#define _POSIX_C_SOURCE 199309L
#include "worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_OBJECTIVES = 8, MOST_VARIABLES = 32, DISTANCE_VARIABLES = 10, WORDS = 12 };
static const double half_pi = 1.5707963267948966;

/* -- problems ---------------------------------------------------------------------------------- */

/* DTLZ2 (Deb, Thiele, Laumanns and Zitzler 2002) of variables that have `levels` values between 0
 * and 1 each, and two others: "scaled", objective k times 10^k, and "convex" (Deb and Jain 2014).
 */
typedef struct problem {
    char kind[16];
    size_t m;
    size_t n;
    size_t levels;
} problem;

static problem problem_of(char **words) {
    problem p = {.m = strtoul(words[1], NULL, 10), .levels = strtoul(words[2], NULL, 10)};
    snprintf(p.kind, sizeof p.kind, "%s", words[0]);
    p.n = p.m - 1 + DISTANCE_VARIABLES;
    if (p.m < 2 || p.m > MOST_OBJECTIVES || p.levels < 2)
        die("no such problem");
    return p;
}

static void evaluate(const problem *p, const int32_t *genome, double *f) {
    double x[MOST_VARIABLES], g = 0.0;
    for (size_t i = 0; i < p->n; i++)
        x[i] = (double)genome[i] / (double)(p->levels - 1);
    for (size_t i = p->m - 1; i < p->n; i++)
        g += (x[i] - 0.5) * (x[i] - 0.5);
    for (size_t k = 0; k < p->m; k++) {
        f[k] = 1.0 + g;
        for (size_t i = 0; i + 1 + k < p->m; i++)
            f[k] *= cos(half_pi * x[i]);
        if (k > 0)
            f[k] *= sin(half_pi * x[p->m - 1 - k]);
        if (strcmp(p->kind, "convex") == 0)
            f[k] = k + 1 < p->m ? f[k] * f[k] * f[k] * f[k] : f[k] * f[k];
        if (strcmp(p->kind, "scaled") == 0)
            f[k] *= pow(10.0, (double)k);
    }
}

static double unit_of(const problem *p, size_t k) {
    return strcmp(p->kind, "scaled") == 0 ? pow(10.0, (double)k) : 1.0;
}

/* All points of the true front: every value of the position variables, the others at their best. */
static double *true_front(const problem *p, size_t *count) {
    size_t positions = p->m - 1;
    *count = 1;
    for (size_t i = 0; i < positions; i++)
        *count *= p->levels;
    double *points = room(*count * p->m, sizeof *points);
    for (size_t at = 0; at < *count; at++) {
        int32_t genome[MOST_VARIABLES];
        size_t rest = at;
        for (size_t i = 0; i < p->n; i++)
            genome[i] = (int32_t)(p->levels - 1) / 2;
        for (size_t i = 0; i < positions; i++, rest /= p->levels)
            genome[i] = (int32_t)(rest % p->levels);
        evaluate(p, genome, points + at * p->m);
    }
    return points;
}

/* -- runs -------------------------------------------------------------------------------------- */

static linas_nsga2 *make_engine(linas_context *context, const problem *p, char **words) {
    int64_t values[256];
    linas_space *space;
    linas_nsga2 *engine;
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = (uint32_t)strtoul(words[3], NULL, 10);
    options.seed = strtoull(words[5], NULL, 10);
    options.survival = atoi(words[6]);
    options.divisions = (uint32_t)strtoul(words[7], NULL, 10);
    options.objectives = (uint32_t)p->m;
    options.crossover_probability = 1.0;
    options.mutation = LINAS_MUTATION_STEP;
    options.mutation_probability = 0.5 / (double)p->n;
    for (size_t i = 0; i < p->levels; i++)
        values[i] = (int64_t)i;
    must(context, linas_space_create(context, &space));
    must(context, linas_space_add_int(space, "x", p->n, values, p->levels, LINAS_ORDINAL));
    must(context, linas_nsga2_create(space, &options, &engine));
    linas_space_destroy(space);
    return engine;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void write_population(const linas_nsga2 *engine, size_t m, const char *name) {
    double objectives[MOST_OBJECTIVES];
    FILE *file = fopen(name, "wb");
    if (!file)
        die("cannot write");
    for (size_t i = 0; i < linas_nsga2_size(engine); i++) {
        linas_nsga2_individual(engine, i, NULL, objectives, NULL, NULL);
        if (fwrite(objectives, sizeof *objectives, m, file) != m)
            die("cannot write");
    }
    if (fclose(file) != 0)
        die("cannot write");
}

/* run KIND M LEVELS POPULATION GENERATIONS SEED SURVIVAL DIVISIONS FILE: seconds of ask and tell a
 * generation; the last population's objectives in FILE. */
static double run(linas_context *context, char **words) {
    problem p = problem_of(words);
    linas_nsga2 *engine = make_engine(context, &p, words);
    size_t population = linas_nsga2_population(engine), limit = strtoul(words[4], NULL, 10), count;
    int32_t *genomes = room(population * p.n, sizeof *genomes);
    double *objectives = room(population * p.m, sizeof *objectives), spent = 0.0;
    for (size_t g = 0; g < limit; g++) {
        double start = now();
        must(context, linas_nsga2_ask(engine, genomes, &count));
        spent += now() - start;
        for (size_t i = 0; i < count; i++)
            evaluate(&p, genomes + i * p.n, objectives + i * p.m);
        start = now();
        must(context, linas_nsga2_tell(engine, objectives, NULL, count));
        spent += now() - start;
    }
    write_population(engine, p.m, words[8]);
    linas_nsga2_destroy(engine);
    free(genomes);
    free(objectives);
    return spent / (double)limit;
}

/* -- scores ------------------------------------------------------------------------------------ */

static double *read_points(const problem *p, const char *name, size_t *count) {
    FILE *file = fopen(name, "rb");
    size_t most = 1 << 20, bytes = p->m * sizeof(double);
    double *points = room(most * p->m, sizeof *points);
    if (!file)
        die("cannot read");
    *count = fread(points, bytes, most, file);
    fclose(file);
    return points;
}

static void scale(const problem *p, double *points, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < p->m; k++)
            points[i * p->m + k] /= unit_of(p, k);
}

typedef struct sample {
    problem of;
    double *points; /* what a run ended with */
    size_t count;
    double *front;
    size_t front_count;
} sample;

static sample read_sample(char **words) {
    sample s = {.of = problem_of(words)};
    s.points = read_points(&s.of, words[3], &s.count);
    s.front = true_front(&s.of, &s.front_count);
    scale(&s.of, s.points, s.count);
    scale(&s.of, s.front, s.front_count);
    return s;
}

static void free_sample(sample *s) {
    free(s->points);
    free(s->front);
}

/* Mean distance of the true front's points from the nearest one found, of which only what is worse
 * counts (IGD+: Ishibuchi, Masuda, Tanigaki and Nojima 2015). */
static double igd_plus(const sample *s) {
    size_t m = s->of.m;
    double sum = 0.0;
    for (size_t i = 0; i < s->front_count; i++) {
        double nearest = (double)INFINITY;
        for (size_t j = 0; j < s->count; j++) {
            double square = 0.0;
            for (size_t k = 0; k < m; k++) {
                double worse = s->points[j * m + k] - s->front[i * m + k];
                square += worse > 0.0 ? worse * worse : 0.0;
            }
            nearest = square < nearest ? square : nearest;
        }
        sum += sqrt(nearest);
    }
    return sum / (double)s->front_count;
}

/* volume KIND M LEVELS FILE: hypervolume of what a run ended with, below (1.1, 1.1, ...). */
static double volume(linas_context *context, char **words) {
    sample s = read_sample(words + 1);
    double reference[MOST_OBJECTIVES], found;
    for (size_t k = 0; k < s.of.m; k++)
        reference[k] = 1.1;
    must(context, linas_hypervolume(context, s.points, s.count, s.of.m, reference, &found));
    free_sample(&s);
    return found;
}

/* distance KIND M LEVELS FILE: its IGD+. */
static double distance(char **words) {
    sample s = read_sample(words + 1);
    double found = igd_plus(&s);
    free_sample(&s);
    return found;
}

static double obey(linas_context *context, char **words, size_t count) {
    if (count == 10 && strcmp(words[0], "run") == 0)
        return run(context, words + 1);
    if (count == 5 && strcmp(words[0], "volume") == 0)
        return volume(context, words);
    if (count == 5 && strcmp(words[0], "distance") == 0)
        return distance(words);
    die("unknown command");
    return 0.0;
}

int main(void) {
    static char line[4096];
    linas_context *context;
    if (linas_context_create(&context, NULL) != LINAS_OK)
        die("no context");
    while (fgets(line, sizeof line, stdin)) {
        char *words[WORDS] = {NULL};
        size_t count = 0;
        for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n"))
            words[count++] = word;
        printf("%.9g\n", obey(context, words, count));
        fflush(stdout);
    }
    linas_context_destroy(context);
    return 0;
}
