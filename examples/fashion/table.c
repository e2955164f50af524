/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"
#include "progress.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of the space: one kernel size a stage; an expansion for its first layer and one for all
 * behind it, which matters from depth 2 on. */
enum { STAGE_OPTIONS = 20, RUN_IMAGES = 8, MAX_THREADS = 16 };
enum { LATENCY_CALIBRATION = 8, FEWEST_PASSES = 3, MOST_PASSES = 12 };
static const double spread_wanted = 0.02;

typedef struct stage_option {
    int depth, kernel, first, rest; /* rest: 1 where it does not matter */
} stage_option;

typedef struct table_row {
    stage_option stages[STAGES];
    subnet_config config;
    double accuracy;
    double best, second; /* latencies of the two fastest passes, ms */
    int passes;
} table_row;

typedef struct table {
    const host *host;
    stage_option options[STAGE_OPTIONS];
    size_t option_count; /* used of them */
    table_row *rows;
    size_t count;
} table;

/* -- rows
 * ----------------------------------------------------------------------------------------------
 */

static void list_options(stage_option *options) {
    size_t count = 0;
    for (int depth = 1; depth <= STAGE_LAYERS; depth++)
        for (int kernel = 3; kernel <= MAX_KERNEL; kernel += 2)
            for (int first = 1; first <= MAX_EXPANSION; first += MAX_EXPANSION - 1)
                for (int rest = 1; rest <= (depth > 1 ? MAX_EXPANSION : 1);
                     rest += MAX_EXPANSION - 1)
                    options[count++] = (stage_option){depth, kernel, first, rest};
}

static subnet_config config_of(const stage_option *stages) {
    subnet_config config;
    for (int s = 0; s < STAGES; s++) {
        config.depth[s] = stages[s].depth;
        for (int i = 0; i < STAGE_LAYERS; i++) {
            config.kernel[s * STAGE_LAYERS + i] = stages[s].kernel;
            config.expansion[s * STAGE_LAYERS + i] = i == 0 ? stages[s].first : stages[s].rest;
        }
    }
    return config;
}

static int create_rows(table *t, int quick) {
    list_options(t->options);
    t->option_count = quick ? 2 : STAGE_OPTIONS;
    if (quick)
        t->options[1] = t->options[STAGE_OPTIONS - 1];
    size_t n = t->option_count;
    t->count = n * n * n;
    t->rows = calloc(t->count, sizeof *t->rows);
    for (size_t i = 0; i < t->count && t->rows; i++) {
        table_row *row = &t->rows[i];
        row->stages[0] = t->options[i / (n * n)];
        row->stages[1] = t->options[i / n % n];
        row->stages[2] = t->options[i % n];
        row->config = config_of(row->stages);
        row->best = row->second = INFINITY;
    }
    return t->rows ? 0 : -1;
}

/* -- accuracy: sub-networks that begin alike share what their first stages compute
 * ------------------------------------------------------------------------------------------- */

typedef struct scorer {
    pthread_t thread;
    table *table;
    size_t index, step;
    subnet_buffers *buffers;
    float *after[STAGES - 1]; /* of all validation images */
    progress *line;           /* of the first scorer, else NULL */
    int failed;
} scorer;

static subnet *extract_row(const table *t, size_t row, size_t calibration_images) {
    image_set calibration = t->host->calibration;
    calibration.count = calibration_images;
    return subnet_extract(t->host->weights, &t->rows[row].config, &calibration);
}

static int images_at(const image_set *images, size_t at) {
    size_t left = images->count - at;
    return left < RUN_IMAGES ? (int)left : RUN_IMAGES;
}

/* Runs one of the first stages over all images. */
static void run_stage(scorer *s, const subnet *net, int stage) {
    const image_set *images = &s->table->host->validation;
    const float *x = stage > 0 ? s->after[stage - 1] : images->pixels;
    size_t in = stage > 0 ? subnet_stage_floats(stage - 1) : IMAGE_PIXELS;
    size_t out = subnet_stage_floats(stage);
    for (size_t at = 0; at < images->count; at += RUN_IMAGES)
        subnet_run_stage(net, stage, s->buffers, x + at * in, images_at(images, at),
                         s->after[stage] + at * out);
}

static double run_last_stage(scorer *s, const subnet *net, float *features) {
    const image_set *images = &s->table->host->validation;
    size_t in = subnet_stage_floats(STAGES - 2);
    long right = 0;
    for (size_t at = 0; at < images->count; at += RUN_IMAGES) {
        float logits[RUN_IMAGES * CLASSES];
        int count = images_at(images, at);
        subnet_run_stage(net, STAGES - 1, s->buffers, s->after[STAGES - 2] + at * in, count,
                         features);
        subnet_classify(net, features, count, logits);
        right += subnet_count_right(logits, images->labels + at, count);
    }
    return 100.0 * (double)right / (double)images->count;
}

static void score_row(scorer *s, size_t row, float *features) {
    subnet *net = extract_row(s->table, row, s->table->host->calibration.count);
    s->failed = s->failed || !net;
    if (s->failed)
        return;
    size_t n = s->table->option_count;
    if (row % (n * n) == 0)
        run_stage(s, net, 0);
    if (row % n == 0)
        run_stage(s, net, 1);
    s->table->rows[row].accuracy = run_last_stage(s, net, features);
    subnet_free(net);
}

static void *score(void *argument) {
    scorer *s = argument;
    const size_t options = s->table->option_count, block = options * options;
    float *features = malloc(RUN_IMAGES * subnet_stage_floats(STAGES - 1) * sizeof *features);
    s->failed = s->failed || !features;
    for (size_t first = s->index; first < options && !s->failed; first += s->step)
        for (size_t i = 0; i < block && !s->failed; i++) {
            score_row(s, first * block + i, features);
            if (s->line)
                progress_show(s->line, (double)(first * block + i + 1), "accuracy");
        }
    free(features);
    return NULL;
}

static void create_scorer(scorer *s, table *t, size_t index, size_t step) {
    size_t images = t->host->validation.count;
    *s = (scorer){.table = t, .index = index, .step = step};
    s->buffers = subnet_buffers_create(RUN_IMAGES);
    s->failed = !s->buffers;
    for (int i = 0; i < STAGES - 1; i++) {
        s->after[i] = malloc(images * subnet_stage_floats(i) * sizeof(float));
        s->failed = s->failed || !s->after[i];
    }
}

static void free_scorer(scorer *s) {
    subnet_buffers_free(s->buffers);
    for (int i = 0; i < STAGES - 1; i++)
        free(s->after[i]);
}

static int measure_accuracies(table *t) {
    scorer scorers[MAX_THREADS];
    progress line = progress_start("table", (double)t->count);
    size_t threads = (size_t)t->host->threads, started = 1;
    int failed = 0;
    for (size_t k = 0; k < threads; k++)
        create_scorer(&scorers[k], t, k, threads);
    scorers[0].line = &line;
    while (started < threads &&
           pthread_create(&scorers[started].thread, NULL, score, &scorers[started]) == 0)
        started++;
    score(&scorers[0]);
    for (size_t k = 1; k < threads; k++) {
        if (k < started)
            pthread_join(scorers[k].thread, NULL);
        else
            score(&scorers[k]);
    }
    for (size_t k = 0; k < threads; k++) {
        failed = failed || scorers[k].failed;
        free_scorer(&scorers[k]);
    }
    progress_end(&line);
    return failed ? -1 : 0;
}

/* -- latency: passes in ever other orders, so that a slow minute of the machine does not fall upon
 * neighbours; what disturbs only adds, so the fastest pass counts
 * ------------------------------------------------------------------------------------------- */

static double spread_of(const table_row *row) {
    return row->second / row->best - 1.0;
}

static int is_settled(const table_row *row) {
    return row->passes >= FEWEST_PASSES && spread_of(row) <= spread_wanted;
}

static int time_row(table *t, size_t index) {
    table_row *row = &t->rows[index];
    subnet *net = extract_row(t, index, LATENCY_CALIBRATION);
    if (!net)
        return -1;
    double now = subnet_latency(net, t->host->buffers, t->host->validation.pixels).milliseconds;
    subnet_free(net);
    row->second = fmin(row->second, fmax(now, row->best));
    row->best = fmin(row->best, now);
    row->passes++;
    return 0;
}

static uint64_t next_random(uint64_t *state) {
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void shuffle(size_t *order, size_t count, uint64_t *random) {
    for (size_t i = count; i > 1; i--) {
        size_t j = next_random(random) % i, kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static int time_pass(table *t, const size_t *order, int pass) {
    char name[32];
    snprintf(name, sizeof name, "table, pass %d", pass + 1);
    progress line = progress_start(name, (double)t->count);
    for (size_t i = 0; i < t->count; i++) {
        if (!is_settled(&t->rows[order[i]]) && time_row(t, order[i]))
            return -1;
        progress_show(&line, (double)i + 1.0, "latency");
    }
    progress_end(&line);
    return 0;
}

static size_t unsettled(const table *t) {
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++)
        count += !is_settled(&t->rows[i]);
    return count;
}

/* -- the file
 * ------------------------------------------------------------------------------------------ */

static void write_variables(FILE *file, const table_row *row) {
    for (int s = 0; s < STAGES; s++)
        fprintf(file, "%d,", row->stages[s].kernel);
    for (int s = 0; s < STAGES; s++)
        fprintf(file, "%d,%d,", row->stages[s].first, row->stages[s].rest);
    for (int s = 0; s < STAGES; s++)
        fprintf(file, "%d,", row->stages[s].depth);
}

static int write_table(const table *t, const char *path) {
    FILE *file = fopen(path, "w");
    if (file) {
        fprintf(file, "ks0,ks1,ks2,e0,e1,e2,e3,e4,e5,d0,d1,d2,accuracy_pct,latency_us,"
                      "latency_spread,macs,parameters\n");
        for (size_t i = 0; i < t->count; i++) {
            const table_row *row = &t->rows[i];
            write_variables(file, row);
            fprintf(file, "%.2f,%.2f,%.3f,%.0f,%zu\n", row->accuracy, 1e3 * row->best,
                    spread_of(row), subnet_macs(&row->config), subnet_parameters(&row->config));
        }
    }
    if (file && fclose(file) == 0)
        return 0;
    fprintf(stderr, "fashion: cannot write %s: %s\n", path, strerror(errno));
    return -1;
}

static int measure_latencies(table *t, const char *path) {
    uint64_t random = 1;
    size_t *order = malloc(t->count * sizeof *order);
    int failed = !order;
    for (size_t i = 0; i < t->count && order; i++)
        order[i] = i;
    for (int pass = 0; pass < MOST_PASSES && !failed && unsettled(t) > 0; pass++) {
        shuffle(order, t->count, &random);
        failed = time_pass(t, order, pass) || write_table(t, path);
    }
    free(order);
    return failed ? -1 : 0;
}

int table_measure(const host *h, const demo_options *o) {
    table t = {.host = h};
    double start = seconds_now();
    int failed =
        create_rows(&t, o->quick) || measure_accuracies(&t) || measure_latencies(&t, o->table);
    if (!failed)
        printf("measured %zu sub-networks in %.0f s, %zu with a spread above %.0f %%; wrote %s\n",
               t.count, seconds_now() - start, unsettled(&t), 100.0 * spread_wanted, o->table);
    free(t.rows);
    return failed ? -1 : 0;
}
