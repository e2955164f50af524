/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_LAYERS_H
#define FASHION_LAYERS_H
/* The operations of the network, forward and backward. Activations are rows of channels, one row a
 * pixel of a batch (image by image, line by line), so that a pointwise convolution is one matrix
 * product. */
#include <stddef.h>

/* y (rows x out) = x (rows x in) w; w has `stride` columns, of which `out` are used. */
void pointwise(const float *x, const float *w, float *y, int rows, int in, int out, int stride);
/* dx = dy w' (skipped if NULL), dw += x' dy. */
void pointwise_backward(const float *x, const float *w, const float *dy, float *dx, float *dw,
                        int rows, int in, int out, int stride);

/* A depthwise convolution with the centre of a MAX_KERNEL square of taps x weight_stride weights.
 */
typedef struct depthwise_shape {
    int images;
    int side;
    int after;
    int stride;
    int kernel;
    int channels;
    int weight_stride;
} depthwise_shape;
void depthwise(const depthwise_shape *shape, const float *x, const float *w, float *y);
void depthwise_backward(const depthwise_shape *shape, const float *x, const float *w,
                        const float *dy, float *dx, float *dw);

/* Rows of the 3 x 3 patches, stride 2, of images of one channel. */
void stem_patches(const float *pixels, int images, float *patches);

/* Batch normalisation (Ioffe and Szegedy 2015) in place, with the batch's own statistics, which are
 * kept for the way back; relu cuts negative results. x becomes the normalised input. */
typedef struct batch_norm {
    int rows;
    int channels;
    int relu;
    const float *scale;
    const float *shift;
    float *mean;
    float *inverse; /* of the deviation */
} batch_norm;
void normalise(const batch_norm *norm, float *x, float *y);
/* dy becomes the gradient of the input. `normalised` and `y` are what normalise() left. */
void normalise_backward(const batch_norm *norm, const float *normalised, const float *y, float *dy,
                        float *dscale, float *dshift);

/* y += x */
void add(float *y, const float *x, size_t count);

#endif
