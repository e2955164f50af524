/* SPDX-License-Identifier: Apache-2.0 */
/* A host program of liblinas: trains a weight-sharing super-network on Fashion-MNIST and searches
 * its sub-networks for the best trade-offs between accuracy and measured latency. */
#include "progress.h"
#include "report.h"
#include "weights.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VALIDATION_IMAGES = 5000, QUICK_IMAGES = 1500, QUICK_VALIDATION = 400, COMPARE_SEEDS = 3 };

typedef struct demo_options {
    const char *data;
    const char *cache;
    const char *output;
    const char *journal;
    int32_t tactic;
    uint64_t seed;
    uint64_t evaluations;
    int threads;
    int compare;
    int quick;
    train_options train;
} demo_options;

static const char usage[] =
    "usage: fashion [OPTION]...\n"
    "  --tactic linas|nsga2|random   default linas\n"
    "  --evaluations N               sub-networks measured, default 200\n"
    "  --seed S                      of the search, default 1\n"
    "  --compare                     linas, nsga2 and random side by side, 3 seeds each\n"
    "  --journal FILE                keep a journal; an existing one is continued\n"
    "  --output DIR                  of front.csv, front.jsonl, front.svg; default .\n"
    "  --cache DIR                   of the trained weights; default $LINAS_FASHION_CACHE or .\n"
    "  --data DIR                    of the four dataset files\n"
    "  --epochs X                    of training, default 8\n"
    "  --threads N                   for training and accuracy, default 2\n"
    "  --quick                       a small training and search, to see that all works\n";

/* -- the super-network
 * ------------------------------------------------------------------------------- */

static float *trained_weights(const demo_options *o, const dataset *data) {
    char path[4096];
    float *weights = malloc(supernet_size() * sizeof *weights);
    if (!weights)
        return NULL;
    weights_path(o->cache, &o->train, data->training.count, path, sizeof path);
    if (weights_read(path, weights) == 0) {
        printf("trained weights from %s\n", path);
        return weights;
    }
    double start = seconds_now();
    if (supernet_train(weights, &data->training, &o->train) == 0 &&
        weights_write(path, weights) == 0) {
        printf("trained the super-network of %zu weights in %.0f s; kept in %s\n", supernet_size(),
               seconds_now() - start, path);
        return weights;
    }
    free(weights);
    return NULL;
}

/* -- searches
 * ------------------------------------------------------------------------------------------ */

static int32_t show(void *user_data, const linas_progress *now) {
    char text[160];
    snprintf(text, sizeof text, "%llu sub-networks, hypervolume %.4g, front of %llu",
             (unsigned long long)now->evaluations, now->hypervolume,
             (unsigned long long)now->front_size);
    progress_show(user_data, (double)now->evaluations, text);
    return 0;
}

static int file_exists(const char *path) {
    struct stat facts;
    return path && stat(path, &facts) == 0 && facts.st_size > 0;
}

static linas_status set_reference(host *h, linas_search *search) {
    /* Accuracy by chance is no use; twice the largest sub-network's latency is beyond all. */
    int32_t genome[2 * LAYERS + STAGES];
    for (size_t i = 0; i < linas_space_variables(h->space); i++)
        genome[i] = (int32_t)linas_space_value_count(h->space, i) - 1;
    const measurement *largest = host_measure(h, genome);
    if (!largest)
        return LINAS_ERROR_NO_MEMORY;
    double reference[OBJECTIVES] = {largest->accuracy - 20.0, 1.1 * largest->latency.milliseconds};
    return linas_search_set_reference(search, reference);
}

static linas_search *run_search(host *h, const demo_options *o, const char *name) {
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = o->tactic;
    options.seed = o->seed;
    options.evaluations = o->evaluations;
    options.journal = o->journal;
    options.resume = o->journal && file_exists(o->journal);
    progress line = progress_start(name, (double)o->evaluations);
    options.progress = show;
    options.progress_data = &line;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = host_evaluate;
    evaluator.evaluate_data = h;
    evaluator.measure_latency = host_measure_latency;
    evaluator.latency_data = h;
    linas_search *search = NULL;
    linas_status status =
        linas_search_create(h->context, h->space, host_objectives, OBJECTIVES, &options, &search);
    if (status == LINAS_OK && linas_search_evaluations(search) == 0)
        status = set_reference(h, search);
    if (status == LINAS_OK)
        status = linas_search_run(search, &evaluator);
    progress_end(&line);
    if (status == LINAS_OK)
        return search;
    fprintf(stderr, "fashion: %s: %s\n", linas_status_name(status),
            linas_context_message(h->context));
    linas_search_destroy(search);
    return NULL;
}

static int search_and_report(host *h, const demo_options *o, const image_set *test) {
    double start = seconds_now();
    linas_search *search = run_search(h, o, "searching");
    report r = {0};
    double volume = 0.0;
    int failed = !search || report_create(&r, h, search, test);
    if (!failed) {
        linas_search_hypervolume(search, &volume);
        printf("%llu sub-networks measured in %.0f s, hypervolume %.4f; the search ended: %s\n",
               (unsigned long long)linas_search_evaluations(search), seconds_now() - start, volume,
               linas_stop_text(linas_search_stop_reason(search)));
        report_print(&r);
        failed = report_write(&r, o->output);
    }
    if (!failed)
        printf("wrote front.csv, front.jsonl and front.svg to %s\n", o->output);
    report_free(&r);
    linas_search_destroy(search);
    return failed ? -1 : 0;
}

static int compare(host *h, const demo_options *given) {
    static const char *const names[] = {"linas", "nsga2", "random"};
    static const int32_t tactics[] = {LINAS_TACTIC_LINAS, LINAS_TACTIC_NSGA2, LINAS_TACTIC_RANDOM};
    demo_options o = *given;
    o.journal = NULL;
    printf("hypervolume after %llu evaluations\n", (unsigned long long)o.evaluations);
    for (size_t t = 0; t < sizeof tactics / sizeof tactics[0]; t++) {
        double sum = 0.0;
        printf("%-7s", names[t]);
        for (uint64_t k = 0; k < COMPARE_SEEDS; k++) {
            double volume = 0.0;
            o.tactic = tactics[t];
            o.seed = given->seed + k;
            linas_search *search = run_search(h, &o, names[t]);
            if (!search || linas_search_hypervolume(search, &volume) != LINAS_OK)
                return -1;
            linas_search_destroy(search);
            printf(" %9.4f", volume);
            fflush(stdout);
            sum += volume;
        }
        printf("   mean %9.4f\n", sum / COMPARE_SEEDS);
    }
    return 0;
}

/* -- options
 * ------------------------------------------------------------------------------------------- */

static int read_tactic(const char *name, int32_t *tactic) {
    if (strcmp(name, "linas") == 0)
        *tactic = LINAS_TACTIC_LINAS;
    else if (strcmp(name, "nsga2") == 0)
        *tactic = LINAS_TACTIC_NSGA2;
    else if (strcmp(name, "random") == 0)
        *tactic = LINAS_TACTIC_RANDOM;
    else
        return -1;
    return 0;
}

static int read_value(demo_options *o, const char *name, const char *value) {
    if (strcmp(name, "--tactic") == 0)
        return read_tactic(value, &o->tactic);
    if (strcmp(name, "--evaluations") == 0)
        o->evaluations = strtoull(value, NULL, 10);
    else if (strcmp(name, "--seed") == 0)
        o->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--journal") == 0)
        o->journal = value;
    else if (strcmp(name, "--output") == 0)
        o->output = value;
    else if (strcmp(name, "--cache") == 0)
        o->cache = value;
    else if (strcmp(name, "--data") == 0)
        o->data = value;
    else if (strcmp(name, "--epochs") == 0)
        o->train.epochs = strtod(value, NULL);
    else if (strcmp(name, "--threads") == 0)
        o->threads = atoi(value);
    else
        return -1;
    return 0;
}

static int read_options(demo_options *o, int count, char **words) {
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--compare") == 0)
            o->compare = 1;
        else if (strcmp(words[i], "--quick") == 0)
            o->quick = 1;
        else if (i + 1 >= count || read_value(o, words[i], words[i + 1]))
            return -1;
        else
            i++;
    }
    if (o->quick) {
        o->evaluations = 30;
        o->train.epochs = 1.0;
    }
    o->train.threads = o->threads;
    return o->threads >= 1 && o->threads <= 16 && o->evaluations > 0 && o->train.epochs > 0.0 ? 0
                                                                                              : -1;
}

static void shorten(dataset *data) {
    data->training.count = QUICK_IMAGES;
    data->validation.count = QUICK_VALIDATION;
    data->test.count = QUICK_VALIDATION;
}

static int run(const demo_options *o) {
    dataset data;
    host h = {0};
    if (dataset_load(&data, o->data, VALIDATION_IMAGES))
        return -1;
    if (o->quick)
        shorten(&data);
    float *weights = trained_weights(o, &data);
    int failed = !weights || host_create(&h, weights, &data, o->threads);
    if (!failed)
        failed = o->compare ? compare(&h, o) : search_and_report(&h, o, &data.test);
    host_free(&h);
    free(weights);
    dataset_free(&data);
    return failed ? -1 : 0;
}

int main(int argc, char **argv) {
    const char *cache = getenv("LINAS_FASHION_CACHE");
    demo_options o = {.cache = cache ? cache : ".",
                      .output = ".",
                      .tactic = LINAS_TACTIC_LINAS,
                      .seed = 1,
                      .evaluations = 200,
                      .threads = 2,
                      .train = {8.0, 64, 0.1, 1, 2}};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (read_options(&o, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    /* Threads are this program's: one matrix product runs on one. */
    openblas_set_num_threads(1);
    mkdir(o.output, 0777);
    mkdir(o.cache, 0777);
    return run(&o) ? EXIT_FAILURE : EXIT_SUCCESS;
}
