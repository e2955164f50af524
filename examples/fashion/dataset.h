/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_DATASET_H
#define FASHION_DATASET_H
/* Fashion-MNIST as Debian's dataset-fashion-mnist installs it. */
#include <stddef.h>

enum { IMAGE_SIDE = 28, IMAGE_PIXELS = IMAGE_SIDE * IMAGE_SIDE, CLASSES = 10 };

/* Images are rows of IMAGE_PIXELS numbers of mean about 0 and deviation about 1. */
typedef struct image_set {
    float *pixels;
    unsigned char *labels;
    size_t count;
} image_set;

typedef struct dataset {
    image_set training;
    image_set validation; /* the last of the training file, never trained on */
    image_set test;
} dataset;

/* 0 on success, else a message on stderr. `folder` NULL means Debian's. */
int dataset_load(dataset *data, const char *folder, size_t validation_count);
void dataset_free(dataset *data);

#endif
