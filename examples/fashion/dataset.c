/* SPDX-License-Identifier: Apache-2.0 */
#include "dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char debian_folder[] = "/usr/share/datasets/fashion-mnist";
static const float pixel_mean = 0.2860F, pixel_deviation = 0.3530F; /* of the training images */

static unsigned big_endian(const unsigned char *bytes) {
    return (unsigned)bytes[0] << 24 | (unsigned)bytes[1] << 16 | (unsigned)bytes[2] << 8 | bytes[3];
}

/* Reads an IDX file of `dimensions` dimensions: its items' bytes and their number. */
static unsigned char *read_idx(const char *folder, const char *file, int dimensions,
                               size_t item_bytes, size_t *count) {
    char path[4096];
    unsigned char header[16] = {0}, *bytes = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    gzFile stream = gzopen(path, "rb");
    unsigned header_bytes = 4 + 4 * (unsigned)dimensions;
    if (stream && gzread(stream, header, header_bytes) == (int)header_bytes && header[2] == 8 &&
        header[3] == dimensions) {
        *count = big_endian(header + 4);
        size_t total = *count * item_bytes;
        bytes = total < 1u << 30 ? malloc(total) : NULL;
        if (bytes && gzread(stream, bytes, (unsigned)total) != (int)total) {
            free(bytes);
            bytes = NULL;
        }
    }
    if (stream)
        gzclose(stream);
    if (!bytes)
        fprintf(stderr, "fashion: cannot read %s (package dataset-fashion-mnist)\n", path);
    return bytes;
}

static int load_images(image_set *out, const char *folder, const char *name) {
    char file[64];
    size_t count = 0, labels = 0;
    memset(out, 0, sizeof *out);
    snprintf(file, sizeof file, "%s-images-idx3-ubyte.gz", name);
    unsigned char *bytes = read_idx(folder, file, 3, IMAGE_PIXELS, &count);
    snprintf(file, sizeof file, "%s-labels-idx1-ubyte.gz", name);
    out->labels = bytes ? read_idx(folder, file, 1, 1, &labels) : NULL;
    out->pixels = malloc((count + 1) * IMAGE_PIXELS * sizeof *out->pixels);
    int whole = bytes && out->labels && out->pixels && labels == count;
    for (size_t i = 0; i < count * IMAGE_PIXELS && whole; i++)
        out->pixels[i] = ((float)bytes[i] / 255.0F - pixel_mean) / pixel_deviation;
    free(bytes);
    out->count = count;
    return whole ? 0 : -1;
}

int dataset_load(dataset *data, const char *folder, size_t validation_count) {
    memset(data, 0, sizeof *data);
    if (!folder)
        folder = debian_folder;
    if (load_images(&data->training, folder, "train") || load_images(&data->test, folder, "t10k"))
        return -1;
    if (validation_count >= data->training.count)
        return -1;
    size_t kept = data->training.count - validation_count;
    data->validation.pixels = data->training.pixels + kept * IMAGE_PIXELS;
    data->validation.labels = data->training.labels + kept;
    data->validation.count = validation_count;
    data->training.count = kept;
    return 0;
}

void dataset_free(dataset *data) {
    free(data->training.pixels);
    free(data->training.labels);
    free(data->test.pixels);
    free(data->test.labels);
    memset(data, 0, sizeof *data);
}
