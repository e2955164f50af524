/* SPDX-License-Identifier: Apache-2.0 */
#include "subnet.h"
#include "forward.h"
#include "layers.h"
#include "progress.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 16, RUN_IMAGES = 8 };

typedef struct dense_layer {
    layer_shape shape;
    float *expand, *expand_bias;       /* in x middle */
    float *depthwise, *depthwise_bias; /* kernel^2 x middle, in the middle of MAX_KERNEL^2 taps */
    float *project, *project_bias;     /* middle x out */
} dense_layer;

struct subnet {
    int layer_count;
    int stage_end[STAGES]; /* the first layer behind each stage */
    dense_layer layers[LAYERS];
    float stem[STEM_TAPS * STEM_CHANNELS], stem_bias[STEM_CHANNELS];
    float classifier[FEATURES * CLASSES], classifier_bias[CLASSES];
};

/* -- taking out
 * -------------------------------------------------------------------------------------- */

/* Copies `rows` x `columns` out of rows of `stride`, scaled so that the normalisation that follows
 * is done; what it adds goes to `bias`. */
static void fold(const float *source, int rows, int columns, int stride, const float *scale,
                 const float *shift, const norm_statistics *norm, float *target, float *bias) {
    for (int c = 0; c < columns; c++) {
        float factor = scale[c] * norm->inverse[c];
        for (int r = 0; r < rows; r++)
            target[r * columns + c] = source[r * stride + c] * factor;
        bias[c] = shift[c] - norm->mean[c] * factor;
    }
}

static int allocate_layer(dense_layer *layer) {
    size_t in = (size_t)layer->shape.in, middle = (size_t)layer->shape.middle;
    size_t out = (size_t)layer->shape.out;
    layer->expand = malloc(in * middle * sizeof(float));
    layer->expand_bias = malloc(middle * sizeof(float));
    layer->depthwise = malloc(MAX_KERNEL * MAX_KERNEL * middle * sizeof(float));
    layer->depthwise_bias = malloc(middle * sizeof(float));
    layer->project = malloc(middle * out * sizeof(float));
    layer->project_bias = malloc(out * sizeof(float));
    return layer->expand && layer->expand_bias && layer->depthwise && layer->depthwise_bias &&
                   layer->project && layer->project_bias
               ? 0
               : -1;
}

static int extract_layer(const float *weights, const layer_shape *s, const layer_tape *statistics,
                         dense_layer *layer) {
    layer->shape = *s;
    if (allocate_layer(layer))
        return -1;
    const float *n = weights + s->norms[NORM_EXPAND];
    fold(weights + s->expand, s->in, s->middle, s->middle_most, n, n + s->middle_most,
         &statistics->norms[NORM_EXPAND], layer->expand, layer->expand_bias);
    n = weights + s->norms[NORM_DEPTHWISE];
    fold(weights + s->depthwise, MAX_KERNEL * MAX_KERNEL, s->middle, s->middle_most, n,
         n + s->middle_most, &statistics->norms[NORM_DEPTHWISE], layer->depthwise,
         layer->depthwise_bias);
    n = weights + s->norms[NORM_PROJECT];
    fold(weights + s->project, s->middle, s->out, s->out, n, n + s->out,
         &statistics->norms[NORM_PROJECT], layer->project, layer->project_bias);
    return 0;
}

static int extract(const float *weights, const subnet_config *config, const tape *t, subnet *net) {
    const float *norm = weights + supernet_stem() + STEM_TAPS * STEM_CHANNELS;
    const float *classifier = weights + supernet_classifier();
    fold(weights + supernet_stem(), STEM_TAPS, STEM_CHANNELS, STEM_CHANNELS, norm,
         norm + STEM_CHANNELS, &t->stem_norm, net->stem, net->stem_bias);
    for (int i = 0; i < LAYERS; i++) {
        if (!layer_is_active(config, i))
            continue;
        layer_shape s = supernet_layer(config, i);
        if (extract_layer(weights, &s, &t->layers[i], &net->layers[net->layer_count++]))
            return -1;
        net->stage_end[i / STAGE_LAYERS] = net->layer_count;
    }
    memcpy(net->classifier, classifier, sizeof net->classifier);
    memcpy(net->classifier_bias, classifier + FEATURES * CLASSES, sizeof net->classifier_bias);
    return 0;
}

subnet *subnet_extract(const float *weights, const subnet_config *config,
                       const image_set *calibration) {
    subnet *net = calloc(1, sizeof *net);
    tape t;
    int failed = tape_create(&t, (int)calibration->count) || !net;
    if (!failed) {
        subnet_forward(weights, config, calibration->pixels, (int)calibration->count, &t);
        failed = extract(weights, config, &t, net);
    }
    tape_free(&t);
    if (!failed)
        return net;
    subnet_free(net);
    return NULL;
}

void subnet_free(subnet *net) {
    for (int i = 0; net && i < net->layer_count; i++) {
        dense_layer *layer = &net->layers[i];
        free(layer->expand);
        free(layer->expand_bias);
        free(layer->depthwise);
        free(layer->depthwise_bias);
        free(layer->project);
        free(layer->project_bias);
    }
    free(net);
}

/* -- running
 * ------------------------------------------------------------------------------------------- */

struct subnet_buffers {
    float *patches;
    float *wide[2]; /* of expanded channels */
    float *slim[2]; /* of a layer's input and output */
    float *stages[STAGES];
};

subnet_buffers *subnet_buffers_create(int images) {
    subnet_buffers *b = calloc(1, sizeof *b);
    size_t pixels = (size_t)images * STEM_SIDE * STEM_SIDE;
    size_t wide = pixels * STEM_CHANNELS * MAX_EXPANSION;
    if (!b)
        return NULL;
    b->patches = malloc(pixels * STEM_TAPS * sizeof(float));
    for (int i = 0; i < 2; i++) {
        b->wide[i] = malloc(wide * sizeof(float));
        b->slim[i] = malloc(wide * sizeof(float));
    }
    int whole = 1;
    for (int s = 0; s < STAGES; s++) {
        b->stages[s] = malloc((size_t)images * subnet_stage_floats(s) * sizeof(float));
        whole = whole && b->stages[s];
    }
    if (whole && b->patches && b->wide[0] && b->wide[1] && b->slim[0] && b->slim[1])
        return b;
    subnet_buffers_free(b);
    return NULL;
}

void subnet_buffers_free(subnet_buffers *b) {
    if (!b)
        return;
    free(b->patches);
    for (int i = 0; i < 2; i++) {
        free(b->wide[i]);
        free(b->slim[i]);
    }
    for (int s = 0; s < STAGES; s++)
        free(b->stages[s]);
    free(b);
}

static void add_bias(float *x, const float *bias, int rows, int channels, float lowest) {
    for (int row = 0; row < rows; row++, x += channels)
        for (int c = 0; c < channels; c++) {
            float value = x[c] + bias[c];
            x[c] = value > lowest ? value : lowest;
        }
}

static void run_layer(const dense_layer *layer, subnet_buffers *b, int images, const float *x,
                      float *y) {
    const layer_shape *s = &layer->shape;
    int before = images * s->side * s->side, after = images * s->after * s->after;
    depthwise_shape filter = {images,    s->side,   s->after, s->stride,
                              s->kernel, s->middle, s->middle};
    pointwise(x, layer->expand, b->wide[0], before, s->in, s->middle, s->middle);
    add_bias(b->wide[0], layer->expand_bias, before, s->middle, 0.0F);
    depthwise(&filter, b->wide[0], layer->depthwise, b->wide[1]);
    add_bias(b->wide[1], layer->depthwise_bias, after, s->middle, 0.0F);
    pointwise(b->wide[1], layer->project, y, after, s->middle, s->out, s->out);
    add_bias(y, layer->project_bias, after, s->out, -INFINITY);
    if (layer_has_residual(s))
        add(y, x, (size_t)after * (size_t)s->out);
}

size_t subnet_stage_floats(int stage) {
    subnet_config largest = subnet_largest();
    layer_shape s = supernet_layer(&largest, stage * STAGE_LAYERS);
    return (size_t)s.after * (size_t)s.after * (size_t)s.out;
}

void subnet_classify(const subnet *net, const float *x, int images, float *logits) {
    int side = net->layers[net->layer_count - 1].shape.after, pixels = side * side;
    for (int image = 0; image < images; image++) {
        float pooled[FEATURES] = {0.0F};
        for (int p = 0; p < pixels; p++)
            add(pooled, x + (image * pixels + p) * FEATURES, FEATURES);
        for (int c = 0; c < FEATURES; c++)
            pooled[c] /= (float)pixels;
        pointwise(pooled, net->classifier, logits + image * CLASSES, 1, FEATURES, CLASSES, CLASSES);
        add(logits + image * CLASSES, net->classifier_bias, CLASSES);
    }
}

static void run_stem(const subnet *net, subnet_buffers *b, const float *pixels, int images,
                     float *y) {
    int rows = images * STEM_SIDE * STEM_SIDE;
    stem_patches(pixels, images, b->patches);
    pointwise(b->patches, net->stem, y, rows, STEM_TAPS, STEM_CHANNELS, STEM_CHANNELS);
    add_bias(y, net->stem_bias, rows, STEM_CHANNELS, 0.0F);
}

void subnet_run_stage(const subnet *net, int stage, subnet_buffers *b, const float *x, int images,
                      float *y) {
    int turn = 0, end = net->stage_end[stage];
    if (stage == 0) {
        run_stem(net, b, x, images, b->slim[0]);
        x = b->slim[0];
        turn = 1;
    }
    for (int i = stage > 0 ? net->stage_end[stage - 1] : 0; i < end; i++, turn = 1 - turn) {
        float *out = i + 1 == end ? y : b->slim[turn];
        run_layer(&net->layers[i], b, images, x, out);
        x = out;
    }
}

void subnet_run(const subnet *net, subnet_buffers *b, const float *pixels, int images,
                float *logits) {
    const float *x = pixels;
    for (int stage = 0; stage < STAGES; x = b->stages[stage++])
        subnet_run_stage(net, stage, b, x, images, b->stages[stage]);
    subnet_classify(net, x, images, logits);
}

/* -- accuracy
 * ------------------------------------------------------------------------------------------ */

typedef struct scoring {
    pthread_t thread;
    const subnet *net;
    const image_set *images;
    size_t first, end;
    long correct; /* -1: out of memory */
} scoring;

int subnet_count_right(const float *logits, const unsigned char *labels, int images) {
    int right = 0;
    for (int i = 0; i < images; i++, logits += CLASSES) {
        int best = 0;
        for (int c = 1; c < CLASSES; c++)
            best = logits[c] > logits[best] ? c : best;
        right += best == labels[i];
    }
    return right;
}

static void *score(void *argument) {
    scoring *s = argument;
    subnet_buffers *buffers = subnet_buffers_create(RUN_IMAGES);
    float logits[RUN_IMAGES * CLASSES];
    s->correct = buffers ? 0 : -1;
    for (size_t at = s->first; buffers && at < s->end; at += RUN_IMAGES) {
        int count = s->end - at < RUN_IMAGES ? (int)(s->end - at) : RUN_IMAGES;
        subnet_run(s->net, buffers, s->images->pixels + at * IMAGE_PIXELS, count, logits);
        s->correct += subnet_count_right(logits, s->images->labels + at, count);
    }
    subnet_buffers_free(buffers);
    return NULL;
}

double subnet_accuracy(const subnet *net, const image_set *images, int threads) {
    scoring parts[MAX_THREADS];
    int started = 1;
    long correct = 0;
    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
    for (int k = 0; k < threads; k++) {
        size_t share = (images->count + (size_t)threads - 1) / (size_t)threads;
        size_t first = share * (size_t)k, end = first + share;
        first = first < images->count ? first : images->count;
        end = end < images->count ? end : images->count;
        parts[k] = (scoring){.net = net, .images = images, .first = first, .end = end};
    }
    while (started < threads &&
           pthread_create(&parts[started].thread, NULL, score, &parts[started]) == 0)
        started++;
    score(&parts[0]);
    for (int k = 0; k < threads; k++) {
        if (k >= started)
            score(&parts[k]);
        else if (k > 0)
            pthread_join(parts[k].thread, NULL);
        if (parts[k].correct < 0)
            return -1.0;
        correct += parts[k].correct;
    }
    return 100.0 * (double)correct / (double)images->count;
}

/* -- latency
 * ------------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_runs(const subnet *net, subnet_buffers *buffers, const float *pixels) {
    enum { RUNS = 41 };
    double times[RUNS];
    float logits[CLASSES];
    for (int i = 0; i < RUNS; i++) {
        double start = seconds_now();
        subnet_run(net, buffers, pixels, 1, logits);
        times[i] = seconds_now() - start;
    }
    qsort(times, RUNS, sizeof *times, compare_doubles);
    return 1e3 * times[RUNS / 2];
}

latency subnet_latency(const subnet *net, subnet_buffers *buffers, const float *pixels) {
    enum { AGREEING = 3, MOST_ROUNDS = 30 };
    double rounds[MOST_ROUNDS];
    latency result = {0.0, INFINITY, 0};
    median_of_runs(net, buffers, pixels);
    while (result.rounds < MOST_ROUNDS && !(result.spread <= 0.03)) {
        rounds[result.rounds++] = median_of_runs(net, buffers, pixels);
        /* The quietest rounds are the ones that must agree. */
        qsort(rounds, (size_t)result.rounds, sizeof *rounds, compare_doubles);
        result.milliseconds = rounds[0];
        if (result.rounds >= AGREEING)
            result.spread = rounds[AGREEING - 1] / rounds[0] - 1.0;
    }
    return result;
}
