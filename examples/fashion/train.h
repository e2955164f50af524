/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_TRAIN_H
#define FASHION_TRAIN_H
/* Training of the super-network by the sandwich rule with in-place distillation (Yu et al. 2020,
 * "BigNAS", section 3): in every step the largest sub-network learns from the labels, the smallest
 * and a random one from the largest one's answers. */
#include "supernet.h"

typedef struct train_options {
    double epochs;
    int batch; /* images per step, shared by the threads */
    double learning_rate;
    unsigned long long seed;
    int threads;
} train_options;

/* Trains from random weights into `weights` (supernet_size() floats); a progress line on stderr.
 * 0 on success. */
int supernet_train(float *weights, const image_set *training, const train_options *options);

#endif
