/* SPDX-License-Identifier: Apache-2.0 */
#include "layers.h"
#include "supernet.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

void pointwise(const float *x, const float *w, float *y, int rows, int in, int out, int stride) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, out, in, 1.0F, x, in, w, stride,
                0.0F, y, out);
}

void pointwise_backward(const float *x, const float *w, const float *dy, float *dx, float *dw,
                        int rows, int in, int out, int stride) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, rows, 1.0F, x, in, dy, out, 1.0F,
                dw, stride);
    if (dx)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, in, out, 1.0F, dy, out, w,
                    stride, 0.0F, dx, in);
}

/* -- depthwise
 * ------------------------------------------------------------------------------------- */

static void multiply_add(float *restrict y, const float *restrict a, const float *restrict b,
                         int count) {
    for (int i = 0; i < count; i++)
        y[i] += a[i] * b[i];
}

/* The taps of one output pixel that lie inside the image: a rectangle of them. */
typedef struct window {
    int first_line, end_line, first_column, end_column; /* of taps */
    int corner_line, corner_column;                     /* of the image, under tap (0, 0) */
} window;

static window find_window(const depthwise_shape *s, int line, int column) {
    window w;
    w.corner_line = line * s->stride - s->kernel / 2;
    w.corner_column = column * s->stride - s->kernel / 2;
    w.first_line = w.corner_line < 0 ? -w.corner_line : 0;
    w.first_column = w.corner_column < 0 ? -w.corner_column : 0;
    w.end_line = s->side - w.corner_line < s->kernel ? s->side - w.corner_line : s->kernel;
    w.end_column = s->side - w.corner_column < s->kernel ? s->side - w.corner_column : s->kernel;
    return w;
}

/* One tap: offsets of the input and of the weights, in floats. */
typedef struct tap {
    size_t input;
    size_t weight;
} tap;

static int list_taps(const depthwise_shape *s, int image, int line, int column, tap *taps) {
    window w = find_window(s, line, column);
    int margin = (MAX_KERNEL - s->kernel) / 2, count = 0;
    for (int i = w.first_line; i < w.end_line; i++)
        for (int j = w.first_column; j < w.end_column; j++, count++) {
            int row = (image * s->side + w.corner_line + i) * s->side + w.corner_column + j;
            int weight = (i + margin) * MAX_KERNEL + j + margin;
            taps[count].input = (size_t)row * (size_t)s->channels;
            taps[count].weight = (size_t)weight * (size_t)s->weight_stride;
        }
    return count;
}

void depthwise(const depthwise_shape *s, const float *x, const float *w, float *y) {
    tap taps[MAX_KERNEL * MAX_KERNEL];
    for (int image = 0; image < s->images; image++)
        for (int line = 0; line < s->after; line++)
            for (int column = 0; column < s->after; column++, y += s->channels) {
                int count = list_taps(s, image, line, column, taps);
                memset(y, 0, (size_t)s->channels * sizeof *y);
                for (int k = 0; k < count; k++)
                    multiply_add(y, x + taps[k].input, w + taps[k].weight, s->channels);
            }
}

void depthwise_backward(const depthwise_shape *s, const float *x, const float *w, const float *dy,
                        float *dx, float *dw) {
    tap taps[MAX_KERNEL * MAX_KERNEL];
    memset(dx, 0, (size_t)(s->images * s->side * s->side) * (size_t)s->channels * sizeof *dx);
    for (int image = 0; image < s->images; image++)
        for (int line = 0; line < s->after; line++)
            for (int column = 0; column < s->after; column++, dy += s->channels) {
                int count = list_taps(s, image, line, column, taps);
                for (int k = 0; k < count; k++) {
                    multiply_add(dx + taps[k].input, dy, w + taps[k].weight, s->channels);
                    multiply_add(dw + taps[k].weight, dy, x + taps[k].input, s->channels);
                }
            }
}

void stem_patches(const float *pixels, int images, float *patches) {
    for (int image = 0; image < images; image++)
        for (int line = 0; line < STEM_SIDE; line++)
            for (int column = 0; column < STEM_SIDE; column++)
                for (int k = 0; k < STEM_TAPS; k++) {
                    int y = 2 * line + k / 3 - 1, x = 2 * column + k % 3 - 1;
                    int inside = y >= 0 && y < IMAGE_SIDE && x >= 0 && x < IMAGE_SIDE;
                    *patches++ = inside ? pixels[image * IMAGE_PIXELS + y * IMAGE_SIDE + x] : 0.0F;
                }
}

/* -- batch normalisation
 * --------------------------------------------------------------------------- */

static void find_statistics(const batch_norm *norm, const float *x) {
    int channels = norm->channels;
    float *mean = norm->mean, *square = norm->inverse;
    memset(mean, 0, (size_t)channels * sizeof *mean);
    memset(square, 0, (size_t)channels * sizeof *square);
    for (int row = 0; row < norm->rows; row++) {
        const float *values = x + (size_t)row * (size_t)channels;
        for (int c = 0; c < channels; c++) {
            mean[c] += values[c];
            square[c] += values[c] * values[c];
        }
    }
    for (int c = 0; c < channels; c++) {
        mean[c] /= (float)norm->rows;
        float variance = square[c] / (float)norm->rows - mean[c] * mean[c];
        norm->inverse[c] = 1.0F / sqrtf((variance > 0.0F ? variance : 0.0F) + 1e-5F);
    }
}

void normalise(const batch_norm *norm, float *x, float *y) {
    int channels = norm->channels;
    float lowest = norm->relu ? 0.0F : -INFINITY;
    find_statistics(norm, x);
    for (int row = 0; row < norm->rows; row++) {
        float *in = x + (size_t)row * (size_t)channels, *out = y + (size_t)row * (size_t)channels;
        for (int c = 0; c < channels; c++) {
            in[c] = (in[c] - norm->mean[c]) * norm->inverse[c];
            float value = norm->scale[c] * in[c] + norm->shift[c];
            out[c] = value > lowest ? value : lowest;
        }
    }
}

void normalise_backward(const batch_norm *norm, const float *normalised, const float *y, float *dy,
                        float *dscale, float *dshift) {
    int channels = norm->channels;
    size_t count = (size_t)channels;
    float sum[MAX_EXPANSION * FEATURES], product[MAX_EXPANSION * FEATURES];
    memset(sum, 0, count * sizeof *sum);
    memset(product, 0, count * sizeof *product);
    for (int row = 0; row < norm->rows; row++) {
        float *gradient = dy + (size_t)row * count;
        const float *in = normalised + (size_t)row * count, *out = y + (size_t)row * count;
        for (int c = 0; c < channels; c++) {
            gradient[c] = norm->relu && out[c] <= 0.0F ? 0.0F : gradient[c];
            sum[c] += gradient[c];
            product[c] += gradient[c] * in[c];
        }
    }
    add(dshift, sum, count);
    add(dscale, product, count);
    for (int c = 0; c < channels; c++) {
        sum[c] /= (float)norm->rows;
        product[c] /= (float)norm->rows;
    }
    for (int row = 0; row < norm->rows; row++) {
        float *gradient = dy + (size_t)row * count;
        const float *in = normalised + (size_t)row * count;
        for (int c = 0; c < channels; c++)
            gradient[c] =
                norm->scale[c] * norm->inverse[c] * (gradient[c] - sum[c] - in[c] * product[c]);
    }
}

void add(float *y, const float *x, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}
