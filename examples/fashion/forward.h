/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_FORWARD_H
#define FASHION_FORWARD_H
/* One pass of a sub-network over a batch, on the super-network's shared weights, keeping what the
 * way back needs and the statistics of every normalisation. */
#include "supernet.h"

enum { MAX_MIDDLE = MAX_EXPANSION * FEATURES };

/* Statistics of one normalisation. */
typedef struct norm_statistics {
    float mean[MAX_MIDDLE];
    float inverse[MAX_MIDDLE];
} norm_statistics;

typedef struct layer_tape {
    float *input;    /* borrowed: what the layer before left */
    float *expanded; /* normalised, then after relu */
    float *expanded_out;
    float *filtered;
    float *filtered_out;
    float *projected;
    float *output;
    norm_statistics norms[3];
} layer_tape;

typedef struct tape {
    int most_images;
    int images;
    float *patches;
    float *stem;
    float *stem_out;
    norm_statistics stem_norm;
    layer_tape layers[LAYERS];
    float *pooled;
    float *logits;      /* images x CLASSES */
    float *gradient[2]; /* of activations, used in turn */
    float *kept;        /* gradient of a residual's short way */
} tape;

int tape_create(tape *t, int most_images);
void tape_free(tape *t);

/* Logits of `images` images into t->logits. */
void subnet_forward(const float *weights, const subnet_config *config, const float *pixels,
                    int images, tape *t);
/* Adds the gradient of the weights; `dlogits` is images x CLASSES. */
void subnet_backward(const float *weights, const subnet_config *config, tape *t,
                     const float *dlogits, float *dweights);

#endif
