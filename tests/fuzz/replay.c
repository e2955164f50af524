/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds every file of the corpora to its target, and every beginning of it. usage: replay CORPORA;
 * last line "N passed, N failed". */
#include "targets.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*target)(const uint8_t *data, size_t size);
} targets[] = {{"space", fuzz_space},     {"journal", fuzz_journal},  {"predictor", fuzz_predictor},
               {"options", fuzz_options}, {"pareto", fuzz_pareto},    {"calls", fuzz_calls},
               {"csv", fuzz_csv},         {"protocol", fuzz_protocol}};

static size_t feed(const char *path, void (*target)(const uint8_t *data, size_t size)) {
    static uint8_t bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    target(bytes, length);
    size_t step = 1 + length / 40;
    for (size_t kept = 0; kept < length; kept += step) {
        /* A copy of its own, so that reading beyond it is seen. */
        uint8_t *part = malloc(kept > 0 ? kept : 1);
        if (!part)
            abort();
        memcpy(part, bytes, kept);
        target(part, kept);
        free(part);
    }
    return 1;
}

int main(int count, char **arguments) {
    size_t fed = 0;
    for (size_t i = 0; i < sizeof targets / sizeof *targets && count > 1; i++) {
        char folder[512], path[1024];
        size_t before = fed;
        snprintf(folder, sizeof folder, "%s/%s", arguments[1], targets[i].name);
        DIR *open = opendir(folder);
        struct dirent *entry;
        while (open && (entry = readdir(open)) != NULL) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            if (entry->d_name[0] != '.')
                fed += feed(path, targets[i].target);
        }
        if (open)
            closedir(open);
        if (fed == before) {
            printf("FAIL no corpus for %s\n0 passed, 1 failed\n", targets[i].name);
            return 1;
        }
    }
    printf("%zu passed, 0 failed\n", fed);
    return fed == 0;
}
