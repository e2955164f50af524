/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_SUPERNET_H
#define FASHION_SUPERNET_H
/* The super-network: a stem, three stages of inverted bottlenecks with elastic kernel size,
 * expansion and depth, and a linear classifier, after Once-for-All (Cai et al. 2020). Sub-networks
 * share one array of weights: a smaller kernel is the centre of the larger one, a smaller expansion
 * its first channels, a smaller depth its first layers. */
#include "dataset.h"

enum {
    STAGES = 3,
    STAGE_LAYERS = 3,
    LAYERS = STAGES * STAGE_LAYERS,
    MAX_KERNEL = 5,
    MAX_EXPANSION = 6,
    STEM_CHANNELS = 8,
    STEM_TAPS = 9,
    STEM_SIDE = IMAGE_SIDE / 2,
    FEATURES = 64 /* channels of the last stage */
};

/* What the search chooses. */
typedef struct subnet_config {
    int kernel[LAYERS];    /* 3 or 5 */
    int expansion[LAYERS]; /* 1, 3 or 6 */
    int depth[STAGES];     /* 1, 2 or 3 */
} subnet_config;

extern const char supernet_space_json[];
subnet_config subnet_largest(void);
subnet_config subnet_smallest(void);

/* Shape of layer `layer` in the sub-network; offsets count floats in the weight array. */
typedef struct layer_shape {
    int in, out;     /* channels */
    int middle;      /* expanded channels in use */
    int middle_most; /* in the super-network: the stride of the weights' rows */
    int kernel;
    int side;  /* of the input */
    int after; /* of the output */
    int stride;
    size_t expand, depthwise, project; /* offsets of the weights */
    size_t norms[3];                   /* offsets of scales; shifts follow the most channels */
} layer_shape;
layer_shape supernet_layer(const subnet_config *config, int layer);
int layer_is_active(const subnet_config *config, int layer);
int layer_has_residual(const layer_shape *shape);

enum { NORM_EXPAND, NORM_DEPTHWISE, NORM_PROJECT };

/* Offsets outside the layers, and the whole size. */
size_t supernet_stem(void);       /* STEM_TAPS x STEM_CHANNELS, then scales and shifts */
size_t supernet_classifier(void); /* FEATURES x CLASSES, then CLASSES biases */
size_t supernet_size(void);

/* Random first weights (He et al. 2015); scales 1, shifts 0. */
void supernet_initialise(float *weights, unsigned long long seed);
/* 1 for weights that decay, 0 for scales, shifts and biases. */
void supernet_decays(unsigned char *decays);

/* Multiply-accumulate operations of one image. */
double subnet_macs(const subnet_config *config);
/* Weights and biases of the sub-network as it runs, normalisations folded in. */
size_t subnet_parameters(const subnet_config *config);

#endif
