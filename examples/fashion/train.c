/* SPDX-License-Identifier: Apache-2.0 */
#include "train.h"
#include "forward.h"
#include "layers.h"
#include "progress.h"

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 16, SANDWICH = 3 };
static const float momentum = 0.9F, weight_decay = 1e-4F;
/* Weight of the other sub-networks' losses against the largest's. */
static const float student_share = 0.5F;

/* One thread's share of every batch, with gradients of its own. */
typedef struct worker {
    pthread_t thread;
    const struct training *shared;
    int index;
    tape tape;
    float *pixels;
    float *dlogits;
    float *teacher; /* probabilities of the largest sub-network */
    unsigned char *labels;
    float *gradient;
    double loss;
    long correct;
} worker;

typedef struct training {
    const image_set *images;
    const train_options *options;
    float *weights;
    float *velocity;
    unsigned char *decays;
    uint32_t *order;
    worker workers[MAX_THREADS];
    int share; /* images of a worker per step */
    long step;
    subnet_config sandwich[SANDWICH];
    uint64_t random;
} training;

static uint64_t next_random(uint64_t *state) {
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static int pick(uint64_t *state, int count) {
    return (int)(next_random(state) % (uint64_t)count);
}

static subnet_config random_subnet(uint64_t *state) {
    static const int kernels[] = {3, 5}, expansions[] = {1, 3, 6};
    subnet_config config;
    for (int i = 0; i < LAYERS; i++) {
        config.kernel[i] = kernels[pick(state, 2)];
        config.expansion[i] = expansions[pick(state, 3)];
    }
    for (int s = 0; s < STAGES; s++)
        config.depth[s] = 1 + pick(state, STAGE_LAYERS);
    return config;
}

static void shuffle(training *t) {
    for (size_t i = t->images->count; i > 1; i--) {
        size_t j = next_random(&t->random) % i;
        uint32_t kept = t->order[i - 1];
        t->order[i - 1] = t->order[j];
        t->order[j] = kept;
    }
}

/* -- a worker's part of a step
 * --------------------------------------------------------------------- */

/* Copies an image, mirrored left to right at random. */
static void fetch_image(const float *source, float *target, int mirrored) {
    for (int line = 0; line < IMAGE_SIDE; line++)
        for (int x = 0; x < IMAGE_SIDE; x++)
            target[line * IMAGE_SIDE + x] =
                source[line * IMAGE_SIDE + (mirrored ? IMAGE_SIDE - 1 - x : x)];
}

static void fetch_batch(worker *w) {
    const training *t = w->shared;
    size_t per_step = (size_t)t->share * (size_t)t->options->threads;
    size_t start = (size_t)t->step * per_step + (size_t)w->index * (size_t)t->share;
    for (int i = 0; i < t->share; i++) {
        size_t position = (start + (size_t)i) % t->images->count;
        uint64_t coin = start + (size_t)i + t->options->seed;
        size_t image = t->order[position];
        fetch_image(t->images->pixels + image * IMAGE_PIXELS, w->pixels + i * IMAGE_PIXELS,
                    next_random(&coin) & 1);
        w->labels[i] = t->images->labels[image];
    }
}

static void softmax(const float *logits, float *probabilities) {
    float most = logits[0], sum = 0.0F;
    for (int c = 1; c < CLASSES; c++)
        most = logits[c] > most ? logits[c] : most;
    for (int c = 0; c < CLASSES; c++)
        sum += probabilities[c] = expf(logits[c] - most);
    for (int c = 0; c < CLASSES; c++)
        probabilities[c] /= sum;
}

/* Gradient of the cross-entropy against the labels; remembers the answers as the teacher's. */
static void learn_from_labels(worker *w, int count, float scale) {
    for (int i = 0; i < count; i++) {
        float *p = w->teacher + i * CLASSES, *d = w->dlogits + i * CLASSES;
        int best = 0;
        softmax(w->tape.logits + i * CLASSES, p);
        for (int c = 0; c < CLASSES; c++) {
            d[c] = scale * (p[c] - (c == w->labels[i] ? 1.0F : 0.0F));
            best = p[c] > p[best] ? c : best;
        }
        w->loss -= log((double)p[w->labels[i]] + 1e-12);
        w->correct += best == w->labels[i];
    }
}

static void learn_from_teacher(worker *w, int count, float scale) {
    for (int i = 0; i < count; i++) {
        float p[CLASSES], *d = w->dlogits + i * CLASSES;
        softmax(w->tape.logits + i * CLASSES, p);
        for (int c = 0; c < CLASSES; c++)
            d[c] = scale * (p[c] - w->teacher[i * CLASSES + c]);
    }
}

static void *work(void *argument) {
    worker *w = argument;
    const training *t = w->shared;
    float scale = 1.0F / (float)(t->share * t->options->threads);
    memset(w->gradient, 0, supernet_size() * sizeof *w->gradient);
    w->loss = 0.0;
    w->correct = 0;
    fetch_batch(w);
    for (int k = 0; k < SANDWICH; k++) {
        subnet_forward(t->weights, &t->sandwich[k], w->pixels, t->share, &w->tape);
        if (k == 0)
            learn_from_labels(w, t->share, scale);
        else
            learn_from_teacher(w, t->share, student_share * scale);
        subnet_backward(t->weights, &t->sandwich[k], &w->tape, w->dlogits, w->gradient);
    }
    return NULL;
}

/* -- steps
 * ------------------------------------------------------------------------------------------------
 */

/* Stochastic gradient descent with Nesterov's momentum. */
static void update(training *t, float rate) {
    for (size_t i = 0; i < supernet_size(); i++) {
        float gradient = t->decays[i] ? weight_decay * t->weights[i] : 0.0F;
        for (int k = 0; k < t->options->threads; k++)
            gradient += t->workers[k].gradient[i];
        t->velocity[i] = momentum * t->velocity[i] + gradient;
        t->weights[i] -= rate * (gradient + momentum * t->velocity[i]);
    }
}

static int run_workers(training *t) {
    int started = 0, threads = t->options->threads;
    for (int k = 1; k < threads; k++, started++)
        if (pthread_create(&t->workers[k].thread, NULL, work, &t->workers[k]))
            break;
    work(&t->workers[0]);
    for (int k = 1; k <= started; k++)
        pthread_join(t->workers[k].thread, NULL);
    return started == threads - 1 ? 0 : -1;
}

/* A short rise and a half cosine down. */
static float rate_at(const training *t, long steps) {
    double done = (double)t->step / (double)steps, rise = 0.03;
    double share = done < rise ? done / rise
                               : 0.5 + 0.5 * cos(3.14159265358979 * (done - rise) / (1.0 - rise));
    return (float)(t->options->learning_rate * share);
}

static int train(training *t) {
    long per_epoch = (long)t->images->count / ((long)t->share * t->options->threads);
    long steps = (long)(t->options->epochs * (double)per_epoch);
    double loss = 0.0, correct = 0.0, seen = 0.0;
    progress line = progress_start("training", (double)steps);
    t->sandwich[0] = subnet_largest();
    t->sandwich[1] = subnet_smallest();
    for (t->step = 0; t->step < steps; t->step++) {
        if (t->step % per_epoch == 0)
            shuffle(t);
        t->sandwich[2] = random_subnet(&t->random);
        if (run_workers(t))
            return -1;
        update(t, rate_at(t, steps));
        loss *= 0.98;
        correct *= 0.98;
        seen *= 0.98;
        for (int k = 0; k < t->options->threads; k++) {
            loss += t->workers[k].loss;
            correct += (double)t->workers[k].correct;
            seen += t->share;
        }
        char text[96];
        snprintf(text, sizeof text, "largest sub-network: loss %.3f, accuracy %.1f %%", loss / seen,
                 100.0 * correct / seen);
        progress_show(&line, (double)t->step + 1.0, text);
    }
    progress_end(&line);
    return 0;
}

/* -- memory
 * ------------------------------------------------------------------------------------------------
 */

static int create_worker(training *t, int index) {
    worker *w = &t->workers[index];
    size_t share = (size_t)t->share;
    w->shared = t;
    w->index = index;
    w->pixels = malloc(share * IMAGE_PIXELS * sizeof *w->pixels);
    w->dlogits = malloc(share * CLASSES * sizeof *w->dlogits);
    w->teacher = malloc(share * CLASSES * sizeof *w->teacher);
    w->labels = malloc(share);
    w->gradient = malloc(supernet_size() * sizeof *w->gradient);
    int failed = tape_create(&w->tape, t->share);
    return failed || !w->pixels || !w->dlogits || !w->teacher || !w->labels || !w->gradient ? -1
                                                                                            : 0;
}

static void free_worker(worker *w) {
    free(w->pixels);
    free(w->dlogits);
    free(w->teacher);
    free(w->labels);
    free(w->gradient);
    tape_free(&w->tape);
}

int supernet_train(float *weights, const image_set *images, const train_options *options) {
    training *t = calloc(1, sizeof *t);
    if (!t || options->threads < 1 || options->threads > MAX_THREADS) {
        free(t);
        return -1;
    }
    t->images = images;
    t->options = options;
    t->weights = weights;
    t->share = options->batch / options->threads;
    t->random = options->seed;
    t->velocity = calloc(supernet_size(), sizeof *t->velocity);
    t->decays = malloc(supernet_size());
    t->order = malloc(images->count * sizeof *t->order);
    int failed = !t->velocity || !t->decays || !t->order;
    for (int k = 0; k < options->threads; k++)
        failed = create_worker(t, k) || failed;
    if (!failed) {
        for (size_t i = 0; i < images->count; i++)
            t->order[i] = (uint32_t)i;
        supernet_decays(t->decays);
        supernet_initialise(weights, options->seed);
        failed = train(t);
    }
    for (int k = 0; k < options->threads; k++)
        free_worker(&t->workers[k]);
    free(t->velocity);
    free(t->decays);
    free(t->order);
    free(t);
    return failed ? -1 : 0;
}
