/* SPDX-License-Identifier: Apache-2.0 */
/* The engine bench's worker: reads one command a line and answers each with one line, the seconds
 * that one unit of the work took. It uses the public functions as a host does, so that their checks
 * and copies count. */
#define _POSIX_C_SOURCE 199309L
#include "worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INT45 = 45, WORDS = 8 };
static double least_seconds = 0.02;

/* Processor time, so that what else runs on the core counts little. */
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* -- inputs ------------------------------------------------------------------------------------ */

static uint64_t state;

static double uniform(void) {
    uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((double)((x ^ x >> 31) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void) {
    double u = uniform(), v = uniform();
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

/* One point on the octant of the unit sphere around (1, 1, ...), seen from the origin. */
static void on_sphere(double *point, size_t m, double radius) {
    double square = 0.0;
    for (size_t k = 0; k < m; k++) {
        point[k] = fabs(normal());
        square += point[k] * point[k];
    }
    for (size_t k = 0; k < m; k++)
        point[k] = 1.0 - radius * point[k] / sqrt(square);
}

static void fill(const char *kind, size_t m, size_t n, double *points) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(kind, "uniform") == 0)
            for (size_t k = 0; k < m; k++)
                points[i * m + k] = uniform();
        else /* "front": one front; "late": a few fronts close to one another */
            on_sphere(points + i * m, m, strcmp(kind, "late") == 0 ? 1.0 - 0.05 * uniform() : 1.0);
}

/* input KIND M N SEED FILE */
static double make_input(char **words) {
    size_t m = strtoul(words[2], NULL, 10), n = strtoul(words[3], NULL, 10);
    double *points = room(n * m, sizeof *points);
    state = strtoull(words[4], NULL, 10);
    fill(words[1], m, n, points);
    FILE *file = fopen(words[5], "wb");
    if (!file || fwrite(points, sizeof *points, n * m, file) != n * m || fclose(file) != 0)
        die("cannot write the input");
    free(points);
    return 0.0;
}

static double *read_input(const char *name, size_t count) {
    double *points = room(count, sizeof *points);
    FILE *file = fopen(name, "rb");
    if (!file || fread(points, sizeof *points, count, file) != count)
        die("cannot read the input");
    fclose(file);
    return points;
}

/* -- Pareto functions -------------------------------------------------------------------------- */

typedef struct job {
    linas_context *context;
    double *points;
    size_t m;
    size_t n;
    uint32_t *ranks;
    double *reference;
    double result;
} job;

static void rank_once(job *j) {
    size_t fronts;
    must(j->context, linas_pareto_rank(j->context, j->points, j->n, j->m, j->ranks, &fronts));
    j->result = (double)fronts;
}

static void volume_once(job *j) {
    must(j->context,
         linas_hypervolume(j->context, j->points, j->n, j->m, j->reference, &j->result));
}

static double repeat(job *j, void (*once)(job *)) {
    double start = now(), spent;
    size_t done = 0;
    do {
        once(j);
        done++;
        spent = now() - start;
    } while (spent < least_seconds);
    return spent / (double)done;
}

/* rank FILE M N, volume FILE M N: also writes FILE.ours, for comparison with the peers' results. */
static double pareto(linas_context *context, char **words) {
    job j = {.context = context};
    j.m = strtoul(words[2], NULL, 10);
    j.n = strtoul(words[3], NULL, 10);
    j.points = read_input(words[1], j.n * j.m);
    j.ranks = room(j.n, sizeof *j.ranks);
    j.reference = room(j.m, sizeof *j.reference);
    for (size_t k = 0; k < j.m; k++)
        j.reference[k] = 1.0;
    double seconds = repeat(&j, words[0][0] == 'r' ? rank_once : volume_once);
    free(j.points);
    free(j.ranks);
    free(j.reference);
    return seconds;
}

/* added FILE M N: seconds per point, of an archive that takes the N points one after the other and
 * is asked for its hypervolume after each. */
static double added(linas_context *context, char **words) {
    size_t m = strtoul(words[2], NULL, 10), n = strtoul(words[3], NULL, 10);
    double *points = read_input(words[1], n * m), *reference = room(m, sizeof *reference), volume;
    linas_archive *archive;
    int32_t entered;
    for (size_t k = 0; k < m; k++)
        reference[k] = 1.0;
    must(context, linas_archive_create(context, m, &archive));
    must(context, linas_archive_set_reference(archive, reference));
    double start = now();
    for (size_t i = 0; i < n; i++) {
        must(context, linas_archive_add(archive, points + i * m, i, &entered));
        must(context, linas_archive_hypervolume(archive, &volume));
    }
    double spent = now() - start;
    linas_archive_destroy(archive);
    free(points);
    free(reference);
    return spent / (double)n;
}

/* -- NSGA-II ----------------------------------------------------------------------------------- */

static double weights[2][INT45], most[2];

static void make_weights(void) {
    most[0] = most[1] = 0.0;
    for (int i = 0; i < INT45; i++) {
        weights[0][i] = 1 + 7 * i % 10;
        weights[1][i] = 1 + (3 * i + 5) % 10;
        most[0] += 2 * weights[0][i];
        most[1] += 4 * weights[1][i];
    }
}

static void int45(const int32_t *x, double *f) {
    f[0] = f[1] = 0.0;
    for (int i = 0; i < INT45; i++) {
        f[0] += weights[0][i] * x[i];
        f[1] += weights[1][i] * (2 - x[i]) * (2 - x[i]);
    }
    f[0] /= most[0];
    f[1] /= most[1];
}

static linas_nsga2 *make_engine(linas_context *context, size_t variables, uint32_t population,
                                uint32_t objectives, uint64_t seed) {
    static const int64_t values[] = {0, 1, 2};
    linas_space *space;
    linas_nsga2 *engine;
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = population;
    options.objectives = objectives;
    options.seed = seed;
    must(context, linas_space_create(context, &space));
    must(context, linas_space_add_int(space, "x", variables, values, 3, LINAS_ORDINAL));
    must(context, linas_nsga2_create(space, &options, &engine));
    linas_space_destroy(space);
    return engine;
}

/* Any number of variables and objectives: sums over interleaved parts of the genome, against the
 * sum of all. */
static void many(const int32_t *x, size_t n, double *f, size_t m) {
    for (size_t k = 0; k < m; k++)
        f[k] = 0.0;
    for (size_t i = 0; i < n; i++) {
        f[i % m] += x[i] * (double)(1 + 7 * i % 10);
        f[(i + 1) % m] += (2 - x[i]) * (2 - x[i]) * (double)(1 + (3 * i + 5) % 10);
    }
}

/* nsga2 POPULATION GENERATIONS SEED [VARIABLES OBJECTIVES]: seconds of ask and tell per generation
 */
static double generations(linas_context *context, char **words) {
    size_t population = strtoul(words[1], NULL, 10), count, limit = strtoul(words[2], NULL, 10);
    size_t n = words[4] ? strtoul(words[4], NULL, 10) : INT45;
    size_t m = words[4] ? strtoul(words[5], NULL, 10) : 2;
    linas_nsga2 *engine =
        make_engine(context, n, (uint32_t)population, (uint32_t)m, strtoull(words[3], NULL, 10));
    int32_t *genomes = room(population * n, sizeof *genomes);
    double *objectives = room(population * m, sizeof *objectives), spent = 0.0;
    for (size_t g = 0; g < limit; g++) {
        double start = now();
        must(context, linas_nsga2_ask(engine, genomes, &count));
        spent += now() - start;
        for (size_t i = 0; i < count; i++)
            if (words[4])
                many(genomes + i * n, n, objectives + i * m, m);
            else
                int45(genomes + i * n, objectives + i * m);
        start = now();
        must(context, linas_nsga2_tell(engine, objectives, NULL, count));
        spent += now() - start;
    }
    linas_nsga2_destroy(engine);
    free(genomes);
    free(objectives);
    return spent / (double)limit;
}

/* -- predictors and searches ------------------------------------------------------------------- */

/* A measure with interactions, of any genome. */
static double measure(const int32_t *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * (double)(1 + 7 * i % 10) + 3.0 * x[i] * x[(i + 1) % n];
    return sum;
}

/* predict ROWS COUNT: seconds per configuration, by an SVR of that many rows, in one call; process:
 * the same by a Gaussian process; learn: seconds of that one's fit to one target. */
static double predict(linas_context *context, char **words) {
    size_t rows = strtoul(words[1], NULL, 10), count = strtoul(words[2], NULL, 10), found;
    static const int64_t values[] = {0, 1, 2};
    linas_space *space;
    linas_predictor *predictor;
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    int32_t *genomes = room((rows + count) * INT45, sizeof *genomes);
    double *targets = room(rows, sizeof *targets), *means = room(count, sizeof *means);
    must(context, linas_space_create(context, &space));
    must(context, linas_space_add_int(space, "x", INT45, values, 3, LINAS_CATEGORICAL));
    must(context, linas_space_sample(space, 0, 1, NULL, 0, rows + count, genomes, &found));
    for (size_t i = 0; i < rows; i++)
        targets[i] = measure(genomes + i * INT45, INT45);
    options.model = strcmp(words[0], "predict") == 0 ? LINAS_PREDICTOR_SVR : LINAS_PREDICTOR_GP;
    options.target = LINAS_TARGET_RAW;
    must(context, linas_predictor_create(space, &options, &predictor));
    double start = now();
    must(context, linas_predictor_fit(predictor, genomes, targets, rows));
    double fitting = now() - start;
    start = now();
    must(context, linas_predictor_predict(predictor, genomes + rows * INT45, count, means, NULL));
    double spent = now() - start;
    linas_predictor_destroy(predictor);
    linas_space_destroy(space);
    free(genomes);
    free(targets);
    free(means);
    return strcmp(words[0], "learn") == 0 ? fitting : spent / (double)count;
}

/* Bytes that are alive, each allocation with its size before it. */
static size_t alive;

static void *counted_reallocate(void *user_data, void *memory, size_t bytes) {
    size_t *old = memory ? (size_t *)memory - 2 : NULL;
    (void)user_data;
    alive += bytes - (old ? *old : 0);
    old = realloc(old, bytes + 2 * sizeof *old);
    if (!old)
        die("out of memory");
    *old = bytes;
    return old + 2;
}

static void *counted_allocate(void *user_data, size_t bytes) {
    return counted_reallocate(user_data, NULL, bytes);
}

static void counted_release(void *user_data, void *memory) {
    (void)user_data;
    if (!memory)
        return;
    alive -= *((size_t *)memory - 2);
    free((size_t *)memory - 2);
}

static linas_context *counted_context(void) {
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    linas_context *context;
    options.allocate = counted_allocate;
    options.reallocate = counted_reallocate;
    options.release = counted_release;
    if (linas_context_create(&context, &options) != LINAS_OK)
        die("no context");
    return context;
}

static linas_search *make_search(linas_context *context, int32_t tactic, uint32_t initial,
                                 uint64_t evaluations) {
    linas_space *space;
    linas_search *search;
    linas_objective two[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = tactic;
    options.initial = initial;
    options.evaluations = evaluations;
    options.generations = 400;
    must(context, linas_space_preset(context, "ofa-mobilenetv3", &space));
    must(context, linas_search_create(context, space, two, 2, &options, &search));
    linas_space_destroy(space);
    return search;
}

/* One candidate; returns the seconds that asking and telling took. */
static double step(linas_context *context, linas_search *search, double *asking) {
    int32_t genome[INT45];
    uint64_t id;
    size_t count;
    double start = now(), values[2];
    must(context, linas_search_ask(search, 1, &id, genome, &count));
    double asked = now();
    if (count == 0)
        die("the search has ended");
    values[0] = 60.0 + 0.02 * measure(genome, INT45);
    values[1] = 5.0;
    for (size_t i = 0; i < INT45; i++)
        values[1] += genome[i] * (double)(1 + (3 * i + 5) % 10) * 0.05;
    double told = now();
    must(context, linas_search_tell(search, id, values, 2));
    *asking = asked - start;
    return asked - start + (now() - told);
}

/* iteration ROWS AGAIN: seconds of the ask that fits to ROWS rows, chooses a batch after 20 000
 * inner evaluations; with AGAIN 1 that of the next batch, whose fit starts from the last. */
static double iteration(linas_context *context, char **words) {
    uint32_t rows = (uint32_t)strtoul(words[1], NULL, 10);
    double asking = 0.0, longest = 0.0;
    linas_search *search = make_search(context, LINAS_TACTIC_LINAS, rows, rows + 100);
    for (uint32_t i = 0; i <= rows; i++)
        step(context, search, &asking);
    /* Of the asks that follow only the one that fits takes long. */
    for (int i = 0; i < 5 && words[2][0] == '1'; i++) {
        step(context, search, &asking);
        longest = asking > longest ? asking : longest;
    }
    linas_search_destroy(search);
    return words[2][0] == '1' ? longest : asking;
}

/* archive COUNT what: after so many evaluations the seconds of one ask and tell, or (`bytes`) the
 * bytes that an evaluation takes. */
static double archive(char **words) {
    uint64_t count = strtoull(words[1], NULL, 10);
    enum { LAST = 1000 };
    double asking, spent = 0.0;
    linas_context *context = counted_context();
    linas_search *search = make_search(context, LINAS_TACTIC_NSGA2, 20, count + 2 * LAST);
    size_t before = 0;
    for (uint64_t i = 0; i < count; i++) {
        step(context, search, &asking);
        before = i == 100 ? alive : before;
    }
    double bytes = ((double)alive - (double)before) / (double)count;
    for (int i = 0; i < LAST; i++)
        spent += step(context, search, &asking) / LAST;
    linas_search_destroy(search);
    linas_context_destroy(context);
    return words[2][0] == 'b' ? bytes : spent;
}

/* -- commands ---------------------------------------------------------------------------------- */

static double obey(linas_context *context, char **words) {
    if (strcmp(words[0], "input") == 0)
        return make_input(words);
    if (strcmp(words[0], "rank") == 0 || strcmp(words[0], "volume") == 0)
        return pareto(context, words);
    if (strcmp(words[0], "nsga2") == 0)
        return generations(context, words);
    if (strcmp(words[0], "added") == 0)
        return added(context, words);
    if (strcmp(words[0], "predict") == 0 || strcmp(words[0], "process") == 0 ||
        strcmp(words[0], "learn") == 0)
        return predict(context, words);
    if (strcmp(words[0], "iteration") == 0)
        return iteration(context, words);
    if (strcmp(words[0], "archive") == 0)
        return archive(words);
    die("unknown command");
    return 0.0;
}

/* With --once nothing is repeated: for counting instructions. */
int main(int argc, char **argv) {
    static char line[4096];
    if (argc > 1 && strcmp(argv[1], "--once") == 0)
        least_seconds = 0.0;
    linas_context *context;
    if (linas_context_create(&context, NULL) != LINAS_OK)
        die("no context");
    make_weights();
    while (fgets(line, sizeof line, stdin)) {
        char *words[WORDS] = {NULL};
        size_t count = 0;
        for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n"))
            words[count++] = word;
        if (count == 0)
            continue;
        printf("%.9g\n", obey(context, words));
        fflush(stdout);
    }
    linas_context_destroy(context);
    return 0;
}
