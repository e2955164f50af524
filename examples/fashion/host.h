/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_HOST_H
#define FASHION_HOST_H
/* The host's side of the search: turning candidates into sub-networks and measuring them. Every
 * measurement is kept by configuration, so that comparing several searches costs little. */
#include "subnet.h"

#include <linas/linas.h>

/* What was measured of one sub-network. */
typedef struct measurement {
    uint64_t hash;   /* of the canonical configuration */
    double accuracy; /* per cent, on the validation images */
    latency latency;
} measurement;

typedef struct host {
    linas_context *context;
    linas_space *space;
    const float *weights;
    image_set calibration;
    image_set validation;
    int threads;
    subnet_buffers *buffers; /* of one image, for the latency */
    measurement *known;
    size_t known_count;
    size_t known_capacity;
} host;

/* 0 on success, else a message on stderr. */
int host_create(host *h, const float *weights, const dataset *data, int threads);
void host_free(host *h);

subnet_config host_config(const host *h, const int32_t *genome);
/* NULL when memory is short. */
const measurement *host_measure(host *h, const int32_t *genome);
const measurement *host_find(const host *h, const int32_t *genome);
/* Reference point of the hypervolume: 20 points of accuracy below the largest sub-network and a
 * tenth slower. 0 on success. */
int host_reference(host *h, double *reference);
/* Per cent of the images that the sub-network classifies rightly. */
double host_accuracy(const host *h, const subnet_config *config, const image_set *images);

/* For linas_evaluator, with the host as user data. */
int32_t host_evaluate(void *user_data, linas_candidate *candidate);
int32_t host_measure_latency(void *user_data, linas_candidate *candidate);

enum { OBJECTIVES = 2 };
extern const linas_objective host_objectives[OBJECTIVES];

#endif
