/* SPDX-License-Identifier: Apache-2.0 */
#include "forward.h"
#include "layers.h"

#include <stdlib.h>
#include <string.h>

/* -- memory
 * ------------------------------------------------------------------------------------------ */

static float *floats(int *failed, size_t count) {
    float *memory = malloc(count * sizeof *memory);
    *failed = *failed || !memory;
    return memory;
}

static size_t pixels_of(int images, int side) {
    return (size_t)images * (size_t)side * (size_t)side;
}

static size_t widest_activation(int images) {
    subnet_config largest = subnet_largest();
    size_t most = pixels_of(images, STEM_SIDE) * STEM_CHANNELS;
    for (int i = 0; i < LAYERS; i++) {
        layer_shape s = supernet_layer(&largest, i);
        size_t size = pixels_of(images, s.side) * (size_t)s.middle_most;
        most = size > most ? size : most;
    }
    return most;
}

static void create_layer(layer_tape *layer, const layer_shape *s, int images, int *failed) {
    size_t before = pixels_of(images, s->side), after = pixels_of(images, s->after);
    size_t middle = (size_t)s->middle_most, out = (size_t)s->out;
    layer->expanded = floats(failed, before * middle);
    layer->expanded_out = floats(failed, before * middle);
    layer->filtered = floats(failed, after * middle);
    layer->filtered_out = floats(failed, after * middle);
    layer->projected = floats(failed, after * out);
    layer->output = floats(failed, after * out);
}

int tape_create(tape *t, int most_images) {
    int failed = 0;
    size_t stem = pixels_of(most_images, STEM_SIDE);
    subnet_config largest = subnet_largest();
    memset(t, 0, sizeof *t);
    t->most_images = most_images;
    t->patches = floats(&failed, stem * STEM_TAPS);
    t->stem = floats(&failed, stem * STEM_CHANNELS);
    t->stem_out = floats(&failed, stem * STEM_CHANNELS);
    for (int i = 0; i < LAYERS; i++) {
        layer_shape s = supernet_layer(&largest, i);
        create_layer(&t->layers[i], &s, most_images, &failed);
    }
    t->pooled = floats(&failed, (size_t)most_images * FEATURES);
    t->logits = floats(&failed, (size_t)most_images * CLASSES);
    for (int i = 0; i < 2; i++)
        t->gradient[i] = floats(&failed, widest_activation(most_images));
    t->kept = floats(&failed, widest_activation(most_images));
    return failed ? -1 : 0;
}

void tape_free(tape *t) {
    float *memory[] = {t->patches, t->stem,        t->stem_out,    t->pooled,
                       t->logits,  t->gradient[0], t->gradient[1], t->kept};
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++)
        free(memory[i]);
    for (int i = 0; i < LAYERS; i++) {
        layer_tape *layer = &t->layers[i];
        free(layer->expanded);
        free(layer->expanded_out);
        free(layer->filtered);
        free(layer->filtered_out);
        free(layer->projected);
        free(layer->output);
    }
    memset(t, 0, sizeof *t);
}

/* -- forward
 * ------------------------------------------------------------------------------------------- */

static batch_norm norm_of(const float *weights, size_t offset, int most, int channels, size_t rows,
                          int relu, norm_statistics *statistics) {
    batch_norm norm = {
        (int)rows,        channels,           relu, weights + offset, weights + offset + most,
        statistics->mean, statistics->inverse};
    return norm;
}

static batch_norm layer_norm(const float *weights, const layer_shape *s, int which, int images,
                             layer_tape *layer) {
    int project = which == NORM_PROJECT;
    size_t rows = pixels_of(images, which == NORM_EXPAND ? s->side : s->after);
    return norm_of(weights, s->norms[which], project ? s->out : s->middle_most,
                   project ? s->out : s->middle, rows, !project, &layer->norms[which]);
}

static batch_norm stem_norm(const float *weights, tape *t) {
    return norm_of(weights, supernet_stem() + STEM_TAPS * STEM_CHANNELS, STEM_CHANNELS,
                   STEM_CHANNELS, pixels_of(t->images, STEM_SIDE), 1, &t->stem_norm);
}

static depthwise_shape depthwise_of(const layer_shape *s, int images) {
    depthwise_shape shape = {images,    s->side,   s->after,      s->stride,
                             s->kernel, s->middle, s->middle_most};
    return shape;
}

static void forward_layer(const float *weights, const layer_shape *s, int images,
                          layer_tape *layer) {
    size_t before = pixels_of(images, s->side), after = pixels_of(images, s->after);
    pointwise(layer->input, weights + s->expand, layer->expanded, (int)before, s->in, s->middle,
              s->middle_most);
    batch_norm norm = layer_norm(weights, s, NORM_EXPAND, images, layer);
    normalise(&norm, layer->expanded, layer->expanded_out);
    depthwise_shape filter = depthwise_of(s, images);
    depthwise(&filter, layer->expanded_out, weights + s->depthwise, layer->filtered);
    norm = layer_norm(weights, s, NORM_DEPTHWISE, images, layer);
    normalise(&norm, layer->filtered, layer->filtered_out);
    pointwise(layer->filtered_out, weights + s->project, layer->projected, (int)after, s->middle,
              s->out, s->out);
    norm = layer_norm(weights, s, NORM_PROJECT, images, layer);
    normalise(&norm, layer->projected, layer->output);
    if (layer_has_residual(s))
        add(layer->output, layer->input, after * (size_t)s->out);
}

static void pool(const float *x, int images, int pixels, float *pooled) {
    memset(pooled, 0, (size_t)images * FEATURES * sizeof *pooled);
    for (int image = 0; image < images; image++) {
        for (int p = 0; p < pixels; p++)
            add(pooled + image * FEATURES, x + (image * pixels + p) * FEATURES, FEATURES);
        for (int c = 0; c < FEATURES; c++)
            pooled[image * FEATURES + c] /= (float)pixels;
    }
}

static void classify(const float *weights, tape *t) {
    const float *w = weights + supernet_classifier(), *bias = w + FEATURES * CLASSES;
    pointwise(t->pooled, w, t->logits, t->images, FEATURES, CLASSES, CLASSES);
    for (int i = 0; i < t->images; i++)
        add(t->logits + i * CLASSES, bias, CLASSES);
}

void subnet_forward(const float *weights, const subnet_config *config, const float *pixels,
                    int images, tape *t) {
    t->images = images;
    stem_patches(pixels, images, t->patches);
    pointwise(t->patches, weights + supernet_stem(), t->stem, (int)pixels_of(images, STEM_SIDE),
              STEM_TAPS, STEM_CHANNELS, STEM_CHANNELS);
    batch_norm norm = stem_norm(weights, t);
    normalise(&norm, t->stem, t->stem_out);
    float *x = t->stem_out;
    int side = STEM_SIDE;
    for (int i = 0; i < LAYERS; i++) {
        if (!layer_is_active(config, i))
            continue;
        layer_shape s = supernet_layer(config, i);
        t->layers[i].input = x;
        forward_layer(weights, &s, images, &t->layers[i]);
        x = t->layers[i].output;
        side = s.after;
    }
    pool(x, images, side * side, t->pooled);
    classify(weights, t);
}

/* -- backward
 * ------------------------------------------------------------------------------------------ */

static void unnormalise(const batch_norm *norm, const float *normalised, const float *y,
                        float *gradient, float *dweights, size_t offset, int most) {
    normalise_backward(norm, normalised, y, gradient, dweights + offset, dweights + offset + most);
}

/* The gradient of the output comes in t->gradient[0], that of the input goes out there. */
static void backward_layer(const float *weights, const layer_shape *s, tape *t, layer_tape *layer,
                           float *dweights) {
    int images = t->images;
    size_t before = pixels_of(images, s->side), after = pixels_of(images, s->after);
    float *a = t->gradient[0], *b = t->gradient[1];
    if (layer_has_residual(s))
        memcpy(t->kept, a, after * (size_t)s->out * sizeof *a);
    batch_norm norm = layer_norm(weights, s, NORM_PROJECT, images, layer);
    unnormalise(&norm, layer->projected, layer->output, a, dweights, s->norms[NORM_PROJECT],
                s->out);
    pointwise_backward(layer->filtered_out, weights + s->project, a, b, dweights + s->project,
                       (int)after, s->middle, s->out, s->out);
    norm = layer_norm(weights, s, NORM_DEPTHWISE, images, layer);
    unnormalise(&norm, layer->filtered, layer->filtered_out, b, dweights, s->norms[NORM_DEPTHWISE],
                s->middle_most);
    depthwise_shape filter = depthwise_of(s, images);
    depthwise_backward(&filter, layer->expanded_out, weights + s->depthwise, b, a,
                       dweights + s->depthwise);
    norm = layer_norm(weights, s, NORM_EXPAND, images, layer);
    unnormalise(&norm, layer->expanded, layer->expanded_out, a, dweights, s->norms[NORM_EXPAND],
                s->middle_most);
    pointwise_backward(layer->input, weights + s->expand, a, b, dweights + s->expand, (int)before,
                       s->in, s->middle, s->middle_most);
    if (layer_has_residual(s))
        add(b, t->kept, after * (size_t)s->out);
    t->gradient[0] = b;
    t->gradient[1] = a;
}

static void backward_classifier(const float *weights, tape *t, const float *dlogits, int pixels,
                                float *dweights) {
    size_t w = supernet_classifier(), bias = w + FEATURES * CLASSES;
    float *dpooled = t->gradient[1];
    for (int i = 0; i < t->images; i++)
        add(dweights + bias, dlogits + i * CLASSES, CLASSES);
    pointwise_backward(t->pooled, weights + w, dlogits, dpooled, dweights + w, t->images, FEATURES,
                       CLASSES, CLASSES);
    for (int image = 0; image < t->images; image++)
        for (int p = 0; p < pixels; p++)
            for (int c = 0; c < FEATURES; c++)
                t->gradient[0][(image * pixels + p) * FEATURES + c] =
                    dpooled[image * FEATURES + c] / (float)pixels;
}

void subnet_backward(const float *weights, const subnet_config *config, tape *t,
                     const float *dlogits, float *dweights) {
    layer_shape last = supernet_layer(config, LAYERS - 1);
    backward_classifier(weights, t, dlogits, last.after * last.after, dweights);
    for (int i = LAYERS - 1; i >= 0; i--) {
        if (!layer_is_active(config, i))
            continue;
        layer_shape s = supernet_layer(config, i);
        backward_layer(weights, &s, t, &t->layers[i], dweights);
    }
    batch_norm norm = stem_norm(weights, t);
    size_t scale = supernet_stem() + STEM_TAPS * STEM_CHANNELS;
    unnormalise(&norm, t->stem, t->stem_out, t->gradient[0], dweights, scale, STEM_CHANNELS);
    pointwise_backward(t->patches, weights + supernet_stem(), t->gradient[0], NULL,
                       dweights + supernet_stem(), (int)pixels_of(t->images, STEM_SIDE), STEM_TAPS,
                       STEM_CHANNELS, STEM_CHANNELS);
}
