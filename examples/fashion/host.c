/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALIBRATION_IMAGES = 256 };

const linas_objective host_objectives[OBJECTIVES] = {LINAS_MAXIMIZE("accuracy", "%"),
                                                     LINAS_MINIMIZE("latency", "ms")};

int host_create(host *h, const float *weights, const dataset *data, int threads) {
    memset(h, 0, sizeof *h);
    h->weights = weights;
    h->threads = threads;
    h->calibration = data->training;
    if (h->calibration.count > CALIBRATION_IMAGES)
        h->calibration.count = CALIBRATION_IMAGES;
    h->validation = data->validation;
    h->buffers = subnet_buffers_create(1);
    if (linas_context_create(&h->context, NULL) == LINAS_OK && h->buffers &&
        linas_space_from_json(h->context, supernet_space_json, strlen(supernet_space_json),
                              &h->space) == LINAS_OK)
        return 0;
    fprintf(stderr, "fashion: %s\n", linas_context_message(h->context));
    return -1;
}

void host_free(host *h) {
    linas_space_destroy(h->space);
    linas_context_destroy(h->context);
    subnet_buffers_free(h->buffers);
    free(h->known);
}

/* Value of one variable; the groups are ks, e and d in the space's text. */
static int value_of(const host *h, const int32_t *genome, size_t group, size_t slot) {
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    int64_t value = 0;
    linas_space_group(h->space, group, &info);
    linas_space_value_int(h->space, group, (size_t)genome[info.first_variable + slot], &value);
    return (int)value;
}

subnet_config host_config(const host *h, const int32_t *genome) {
    subnet_config config;
    for (size_t i = 0; i < LAYERS; i++) {
        config.kernel[i] = value_of(h, genome, 0, i);
        config.expansion[i] = value_of(h, genome, 1, i);
    }
    for (size_t s = 0; s < STAGES; s++)
        config.depth[s] = value_of(h, genome, 2, s);
    return config;
}

double host_accuracy(const host *h, const subnet_config *config, const image_set *images) {
    subnet *net = subnet_extract(h->weights, config, &h->calibration);
    double accuracy = net ? subnet_accuracy(net, images, h->threads) : -1.0;
    subnet_free(net);
    return accuracy;
}

const measurement *host_find(const host *h, const int32_t *genome) {
    uint64_t hash = 0;
    linas_space_hash(h->space, genome, &hash);
    for (size_t i = 0; i < h->known_count; i++)
        if (h->known[i].hash == hash)
            return &h->known[i];
    return NULL;
}

static int measure(const host *h, const int32_t *genome, measurement *m) {
    subnet_config config = host_config(h, genome);
    subnet *net = subnet_extract(h->weights, &config, &h->calibration);
    if (!net || linas_space_hash(h->space, genome, &m->hash) != LINAS_OK)
        return -1;
    m->accuracy = subnet_accuracy(net, &h->validation, h->threads);
    m->latency = subnet_latency(net, h->buffers, h->validation.pixels);
    subnet_free(net);
    return m->accuracy < 0.0 ? -1 : 0;
}

const measurement *host_measure(host *h, const int32_t *genome) {
    const measurement *found = host_find(h, genome);
    if (found)
        return found;
    if (h->known_count == h->known_capacity) {
        size_t capacity = 2 * h->known_capacity + 256;
        measurement *grown = realloc(h->known, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        h->known = grown;
        h->known_capacity = capacity;
    }
    if (measure(h, genome, &h->known[h->known_count]))
        return NULL;
    return &h->known[h->known_count++];
}

int host_reference(host *h, double *reference) {
    int32_t genome[2 * LAYERS + STAGES];
    for (size_t i = 0; i < linas_space_variables(h->space); i++)
        genome[i] = (int32_t)linas_space_value_count(h->space, i) - 1;
    const measurement *largest = host_measure(h, genome);
    if (!largest)
        return -1;
    reference[0] = largest->accuracy - 20.0;
    reference[1] = 1.1 * largest->latency.milliseconds;
    return 0;
}

int32_t host_evaluate(void *user_data, linas_candidate *candidate) {
    const measurement *m = host_measure(user_data, linas_candidate_genome(candidate));
    if (!m)
        linas_candidate_fail(candidate, "out of memory");
    else
        linas_candidate_set(candidate, "accuracy", m->accuracy);
    return 0;
}

int32_t host_measure_latency(void *user_data, linas_candidate *candidate) {
    const measurement *m = host_measure(user_data, linas_candidate_genome(candidate));
    if (!m)
        linas_candidate_fail(candidate, "out of memory");
    else
        linas_candidate_set(candidate, "latency", m->latency.milliseconds);
    return 0;
}
