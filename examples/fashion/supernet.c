/* SPDX-License-Identifier: Apache-2.0 */
#include "supernet.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const int stage_channels[STAGES] = {8, 24, FEATURES};
static const int stage_stride[STAGES] = {1, 2, 2};

const char supernet_space_json[] = "{\"ks\":{\"count\":9,\"vars\":[3,5],\"ordered\":true,"
                                   "\"active_if\":{\"variable\":\"d\",\"stages\":[3,3,3]}},"
                                   "\"e\":{\"count\":9,\"vars\":[1,3,6],\"ordered\":true,"
                                   "\"active_if\":{\"variable\":\"d\",\"stages\":[3,3,3]}},"
                                   "\"d\":{\"count\":3,\"vars\":[1,2,3],\"ordered\":true}}";

static subnet_config uniform(int kernel, int expansion, int depth) {
    subnet_config config;
    for (int i = 0; i < LAYERS; i++) {
        config.kernel[i] = kernel;
        config.expansion[i] = expansion;
    }
    for (int s = 0; s < STAGES; s++)
        config.depth[s] = depth;
    return config;
}

subnet_config subnet_largest(void) {
    return uniform(MAX_KERNEL, MAX_EXPANSION, STAGE_LAYERS);
}

subnet_config subnet_smallest(void) {
    return uniform(3, 1, 1);
}

/* -- where everything is in the weight array
 * ------------------------------------------------------- */

static int layer_in(int layer) {
    int stage = layer / STAGE_LAYERS;
    if (layer % STAGE_LAYERS > 0)
        return stage_channels[stage];
    return stage > 0 ? stage_channels[stage - 1] : STEM_CHANNELS;
}

static size_t layer_size(int layer) {
    size_t in = (size_t)layer_in(layer), out = (size_t)stage_channels[layer / STAGE_LAYERS];
    size_t middle = in * MAX_EXPANSION;
    return in * middle + MAX_KERNEL * MAX_KERNEL * middle + middle * out + 2 * middle + 2 * middle +
           2 * out;
}

size_t supernet_stem(void) {
    return 0;
}

static size_t layer_offset(int layer) {
    size_t offset = STEM_TAPS * STEM_CHANNELS + 2 * STEM_CHANNELS;
    for (int i = 0; i < layer; i++)
        offset += layer_size(i);
    return offset;
}

size_t supernet_classifier(void) {
    return layer_offset(LAYERS);
}

size_t supernet_size(void) {
    return supernet_classifier() + FEATURES * CLASSES + CLASSES;
}

static int side_before(int layer) {
    int side = STEM_SIDE;
    for (int s = 0; s < layer / STAGE_LAYERS; s++)
        side = (side - 1) / stage_stride[s] + 1;
    if (layer % STAGE_LAYERS > 0)
        side = (side - 1) / stage_stride[layer / STAGE_LAYERS] + 1;
    return side;
}

layer_shape supernet_layer(const subnet_config *config, int layer) {
    layer_shape shape;
    shape.in = layer_in(layer);
    shape.out = stage_channels[layer / STAGE_LAYERS];
    shape.middle = shape.in * config->expansion[layer];
    shape.middle_most = shape.in * MAX_EXPANSION;
    shape.kernel = config->kernel[layer];
    shape.stride = layer % STAGE_LAYERS == 0 ? stage_stride[layer / STAGE_LAYERS] : 1;
    shape.side = side_before(layer);
    shape.after = (shape.side - 1) / shape.stride + 1;
    size_t most = (size_t)shape.middle_most;
    shape.expand = layer_offset(layer);
    shape.depthwise = shape.expand + (size_t)shape.in * most;
    shape.project = shape.depthwise + MAX_KERNEL * MAX_KERNEL * most;
    shape.norms[NORM_EXPAND] = shape.project + most * (size_t)shape.out;
    shape.norms[NORM_DEPTHWISE] = shape.norms[NORM_EXPAND] + 2 * most;
    shape.norms[NORM_PROJECT] = shape.norms[NORM_DEPTHWISE] + 2 * most;
    return shape;
}

int layer_is_active(const subnet_config *config, int layer) {
    return layer % STAGE_LAYERS < config->depth[layer / STAGE_LAYERS];
}

int layer_has_residual(const layer_shape *shape) {
    return shape->in == shape->out && shape->stride == 1;
}

/* -- first weights
 * ------------------------------------------------------------------------------------ */

static uint64_t next_random(uint64_t *state) {
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Uniform with deviation sqrt(2 / fan_in). */
static void fill_random(float *weights, size_t count, size_t fan_in, uint64_t *state) {
    double scale = sqrt(6.0 / (double)fan_in);
    for (size_t i = 0; i < count; i++) {
        double unit = (double)(next_random(state) >> 11) * 0x1p-53;
        weights[i] = (float)(scale * (2.0 * unit - 1.0));
    }
}

static void fill_norm(float *weights, size_t channels) {
    for (size_t i = 0; i < channels; i++) {
        weights[i] = 1.0F;
        weights[channels + i] = 0.0F;
    }
}

void supernet_initialise(float *weights, unsigned long long seed) {
    uint64_t state = seed;
    subnet_config largest = subnet_largest();
    fill_random(weights + supernet_stem(), STEM_TAPS * STEM_CHANNELS, STEM_TAPS, &state);
    fill_norm(weights + supernet_stem() + STEM_TAPS * STEM_CHANNELS, STEM_CHANNELS);
    for (int i = 0; i < LAYERS; i++) {
        layer_shape s = supernet_layer(&largest, i);
        size_t in = (size_t)s.in, out = (size_t)s.out, most = (size_t)s.middle_most;
        fill_random(weights + s.expand, in * most, in, &state);
        fill_random(weights + s.depthwise, MAX_KERNEL * MAX_KERNEL * most, 9, &state);
        fill_random(weights + s.project, most * out, most, &state);
        fill_norm(weights + s.norms[NORM_EXPAND], most);
        fill_norm(weights + s.norms[NORM_DEPTHWISE], most);
        fill_norm(weights + s.norms[NORM_PROJECT], out);
        /* A residual layer begins as the identity. */
        if (layer_has_residual(&s))
            memset(weights + s.norms[NORM_PROJECT], 0, out * sizeof *weights);
    }
    fill_random(weights + supernet_classifier(), FEATURES * CLASSES, 6 * FEATURES, &state);
    memset(weights + supernet_classifier() + FEATURES * CLASSES, 0, CLASSES * sizeof *weights);
}

void supernet_decays(unsigned char *decays) {
    subnet_config largest = subnet_largest();
    memset(decays, 0, supernet_size());
    memset(decays, 1, STEM_TAPS * STEM_CHANNELS);
    for (int i = 0; i < LAYERS; i++) {
        layer_shape s = supernet_layer(&largest, i);
        memset(decays + s.expand, 1, s.norms[NORM_EXPAND] - s.expand);
    }
    memset(decays + supernet_classifier(), 1, FEATURES * CLASSES);
}

double subnet_macs(const subnet_config *config) {
    double total = (double)STEM_SIDE * STEM_SIDE * STEM_TAPS * STEM_CHANNELS + FEATURES * CLASSES;
    for (int i = 0; i < LAYERS; i++) {
        if (!layer_is_active(config, i))
            continue;
        layer_shape s = supernet_layer(config, i);
        total += (double)s.side * s.side * s.in * s.middle +
                 (double)s.after * s.after * s.middle * (s.kernel * s.kernel + s.out);
    }
    return total;
}

size_t subnet_parameters(const subnet_config *config) {
    size_t total = (STEM_TAPS + 1) * STEM_CHANNELS + (FEATURES + 1) * CLASSES;
    for (int i = 0; i < LAYERS; i++) {
        if (!layer_is_active(config, i))
            continue;
        layer_shape s = supernet_layer(config, i);
        size_t in = (size_t)s.in, middle = (size_t)s.middle, taps = (size_t)(s.kernel * s.kernel);
        total += (in + 1) * middle + (taps + 1) * middle + (middle + 1) * (size_t)s.out;
    }
    return total;
}
