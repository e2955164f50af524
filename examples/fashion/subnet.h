/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_SUBNET_H
#define FASHION_SUBNET_H
/* One sub-network taken out of the super-network, ready to run: its own dense weights, with the
 * normalisations folded in. */
#include "supernet.h"

typedef struct subnet subnet;

/* Takes `config` out of `weights`. The normalisations' statistics are measured anew for this
 * sub-network on `calibration` (some training images), as shared ones would be wrong for it. NULL
 * when memory is short. */
subnet *subnet_extract(const float *weights, const subnet_config *config,
                       const image_set *calibration);
void subnet_free(subnet *net);

/* Memory for runs of up to `images` images at once. */
typedef struct subnet_buffers subnet_buffers;
subnet_buffers *subnet_buffers_create(int images);
void subnet_buffers_free(subnet_buffers *buffers);

/* Logits, images x CLASSES. */
void subnet_run(const subnet *net, subnet_buffers *buffers, const float *pixels, int images,
                float *logits);

/* A part of such a run: the stem and the first stage on pixels, or a later stage on what the one
 * before it left. `y` has room for `images` activations of that stage (subnet_stage_floats()). */
void subnet_run_stage(const subnet *net, int stage, subnet_buffers *buffers, const float *x,
                      int images, float *y);
void subnet_classify(const subnet *net, const float *x, int images, float *logits);
/* Floats of one image after a stage. */
size_t subnet_stage_floats(int stage);
/* How many of the images' answers are right. */
int subnet_count_right(const float *logits, const unsigned char *labels, int images);

/* Share of images classified rightly, in per cent, by `threads` threads; negative on failure. */
double subnet_accuracy(const subnet *net, const image_set *images, int threads);

/* Latency of one image on one thread. */
typedef struct latency {
    double milliseconds; /* median */
    double spread;       /* between the medians of the rounds, relative */
    int rounds;
} latency;
/* Warms up, then measures rounds of many runs until three rounds in a row agree within 3 %, or the
 * rounds are used up; the least of their medians counts, for what disturbs only adds. */
latency subnet_latency(const subnet *net, subnet_buffers *buffers, const float *pixels);

#endif
