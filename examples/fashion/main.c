/* SPDX-License-Identifier: Apache-2.0 */
/* A host program of liblinas: trains a weight-sharing super-network on Fashion-MNIST and searches
 * its sub-networks for the best trade-offs between accuracy and measured latency. */
#include "progress.h"
#include "searches.h"
#include "table.h"
#include "weights.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { VALIDATION_IMAGES = 5000, QUICK_IMAGES = 1500, QUICK_VALIDATION = 400 };

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

static void shorten(dataset *data) {
    data->training.count = QUICK_IMAGES;
    data->validation.count = QUICK_VALIDATION;
    data->test.count = QUICK_VALIDATION;
}

static int use(host *h, const demo_options *o, const image_set *test) {
    if (o->table)
        return table_measure(h, o);
    return o->compare ? compare_tactics(h, o) : search_and_report(h, o, test);
}

static int run(const demo_options *o) {
    dataset data;
    host h = {0};
    if (dataset_load(&data, o->data, VALIDATION_IMAGES))
        return -1;
    if (o->quick)
        shorten(&data);
    float *weights = trained_weights(o, &data);
    int failed = !weights || host_create(&h, weights, &data, o->threads) || use(&h, o, &data.test);
    host_free(&h);
    free(weights);
    dataset_free(&data);
    return failed ? -1 : 0;
}

int main(int argc, char **argv) {
    demo_options o;
    if (options_read(&o, argc, argv))
        return 2;
    if (o.help) {
        options_help();
        return EXIT_SUCCESS;
    }
    /* Threads are this program's: one matrix product runs on one. */
    openblas_set_num_threads(1);
    mkdir(o.output, 0777);
    mkdir(o.cache, 0777);
    return run(&o) ? EXIT_FAILURE : EXIT_SUCCESS;
}
