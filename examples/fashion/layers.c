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
    int first_line, end_line, first_column, end_column;
} window;

static window find_window(const depthwise_shape *s, int line, int column) {
    int top = line * s->stride - s->kernel / 2, left = column * s->stride - s->kernel / 2;
    window w;
    w.first_line = top < 0 ? -top : 0;
    w.first_column = left < 0 ? -left : 0;
    w.end_line = s->side - top < s->kernel ? s->side - top : s->kernel;
    w.end_column = s->side - left < s->kernel ? s->side - left : s->kernel;
    return w;
}

/* One tap: offsets, in floats, of the input from the window's centre and of the weights. */
typedef struct tap {
    ptrdiff_t input;
    size_t weight;
} tap;

/* The taps of one window: all pixels away from the edges share them. */
typedef struct tap_list {
    window window;
    int count;
    tap taps[MAX_KERNEL * MAX_KERNEL];
} tap_list;

static void list_taps(const depthwise_shape *s, int line, int column, tap_list *list) {
    window w = find_window(s, line, column);
    int margin = (MAX_KERNEL - s->kernel) / 2, half = s->kernel / 2;
    if (list->count > 0 && memcmp(&w, &list->window, sizeof w) == 0)
        return;
    list->window = w;
    list->count = 0;
    for (int i = w.first_line; i < w.end_line; i++)
        for (int j = w.first_column; j < w.end_column; j++) {
            tap *t = &list->taps[list->count++];
            t->input = (ptrdiff_t)((i - half) * s->side + j - half) * s->channels;
            t->weight = (size_t)((i + margin) * MAX_KERNEL + j + margin) * (size_t)s->weight_stride;
        }
}

static ptrdiff_t centre_of(const depthwise_shape *s, int image, int line, int column) {
    int row = (image * s->side + line * s->stride) * s->side + column * s->stride;
    return (ptrdiff_t)row * s->channels;
}

/* Four taps at a time: the sums are loaded and stored less often. */
static void multiply_add_four(float *restrict y, const tap *taps, const float *restrict x,
                              const float *restrict w, int count) {
    const float *x0 = x + taps[0].input, *x1 = x + taps[1].input;
    const float *x2 = x + taps[2].input, *x3 = x + taps[3].input;
    const float *w0 = w + taps[0].weight, *w1 = w + taps[1].weight;
    const float *w2 = w + taps[2].weight, *w3 = w + taps[3].weight;
    for (int i = 0; i < count; i++)
        y[i] += x0[i] * w0[i] + x1[i] * w1[i] + x2[i] * w2[i] + x3[i] * w3[i];
}

static void filter_pixel(const tap_list *list, const float *x, const float *w, float *y,
                         int channels) {
    int k = 0;
    memset(y, 0, (size_t)channels * sizeof *y);
    for (; k + 4 <= list->count; k += 4)
        multiply_add_four(y, list->taps + k, x, w, channels);
    for (; k < list->count; k++)
        multiply_add(y, x + list->taps[k].input, w + list->taps[k].weight, channels);
}

void depthwise(const depthwise_shape *s, const float *x, const float *w, float *y) {
    tap_list list = {.count = 0};
    for (int image = 0; image < s->images; image++)
        for (int line = 0; line < s->after; line++)
            for (int column = 0; column < s->after; column++, y += s->channels) {
                list_taps(s, line, column, &list);
                filter_pixel(&list, x + centre_of(s, image, line, column), w, y, s->channels);
            }
}

static void filter_pixel_backward(const tap_list *list, const float *x, const float *w,
                                  const float *dy, float *dx, float *dw, int channels) {
    for (int k = 0; k < list->count; k++) {
        multiply_add(dx + list->taps[k].input, dy, w + list->taps[k].weight, channels);
        multiply_add(dw + list->taps[k].weight, dy, x + list->taps[k].input, channels);
    }
}

void depthwise_backward(const depthwise_shape *s, const float *x, const float *w, const float *dy,
                        float *dx, float *dw) {
    tap_list list = {.count = 0};
    memset(dx, 0, (size_t)(s->images * s->side * s->side) * (size_t)s->channels * sizeof *dx);
    for (int image = 0; image < s->images; image++)
        for (int line = 0; line < s->after; line++)
            for (int column = 0; column < s->after; column++, dy += s->channels) {
                ptrdiff_t centre = centre_of(s, image, line, column);
                list_taps(s, line, column, &list);
                filter_pixel_backward(&list, x + centre, w, dy, dx + centre, dw, s->channels);
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
