/* SPDX-License-Identifier: Apache-2.0 */
#include "weights.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Counts changes of the network or of its training that the options do not show. */
enum { RECIPE = 1 };

static uint64_t hash_bytes(const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ next[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void weights_path(const char *folder, const train_options *options, size_t images, char *path,
                  size_t capacity) {
    char recipe[256];
    snprintf(recipe, sizeof recipe, "%d %zu %zu %g %d %g %llu %d", RECIPE, supernet_size(), images,
             options->epochs, options->batch, options->learning_rate, options->seed,
             options->threads);
    snprintf(path, capacity, "%s/supernet-%016llx.weights", folder,
             (unsigned long long)hash_bytes(recipe, strlen(recipe)));
}

int weights_read(const char *path, float *weights) {
    FILE *file = fopen(path, "rb");
    uint64_t stored = 0;
    if (!file)
        return -1;
    int whole = fread(weights, sizeof *weights, supernet_size(), file) == supernet_size() &&
                fread(&stored, sizeof stored, 1, file) == 1 && fgetc(file) == EOF &&
                stored == hash_bytes(weights, supernet_size() * sizeof *weights);
    fclose(file);
    if (!whole)
        fprintf(stderr, "fashion: %s is damaged; training anew\n", path);
    return whole ? 0 : -1;
}

int weights_write(const char *path, const float *weights) {
    uint64_t hash = hash_bytes(weights, supernet_size() * sizeof *weights);
    char partial[4200];
    snprintf(partial, sizeof partial, "%s.partial", path);
    FILE *file = fopen(partial, "wb");
    int whole = file &&
                fwrite(weights, sizeof *weights, supernet_size(), file) == supernet_size() &&
                fwrite(&hash, sizeof hash, 1, file) == 1;
    if (file && fclose(file))
        whole = 0;
    if (whole && rename(partial, path) == 0)
        return 0;
    fprintf(stderr, "fashion: cannot write %s: %s\n", path, strerror(errno));
    return -1;
}
