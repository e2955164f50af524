/* SPDX-License-Identifier: Apache-2.0 */
/* An archive of mutually non-dominated points, kept in lexicographic order. */
#include "pareto/pareto.h"

#include <math.h>
#include <string.h>

struct linas_archive {
    linas_context *context;
    size_t m;
    size_t count;
    double *points;
    size_t points_capacity;
    uint64_t *tags;
    size_t tags_capacity;
};

linas_status linas_archive_create(linas_context *context, size_t m, linas_archive **archive) {
    lns_clear(context);
    if (!context || !archive)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *archive = NULL;
    if (m == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "points need 1 objective or more");
    linas_archive *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->context = lns_context_keep(context);
    made->m = m;
    *archive = made;
    return LINAS_OK;
}

void linas_archive_destroy(linas_archive *archive) {
    if (!archive)
        return;
    linas_context *context = archive->context;
    lns_free(context, archive->points);
    lns_free(context, archive->tags);
    lns_free(context, archive);
    lns_context_drop(context);
}

static bool weakly_dominates(const double *a, const double *b, size_t m) {
    for (size_t k = 0; k < m; k++)
        if (a[k] > b[k])
            return false;
    return true;
}

static bool row_less(const double *a, const double *b, size_t m) {
    for (size_t k = 0; k < m; k++)
        if (a[k] != b[k])
            return a[k] < b[k];
    return false;
}

static void remove_dominated(linas_archive *archive, const double *point) {
    size_t m = archive->m, kept = 0;
    for (size_t i = 0; i < archive->count; i++) {
        if (weakly_dominates(point, archive->points + i * m, m))
            continue;
        memmove(archive->points + kept * m, archive->points + i * m, m * sizeof *archive->points);
        archive->tags[kept++] = archive->tags[i];
    }
    archive->count = kept;
}

static void insert(linas_archive *archive, const double *point, uint64_t tag) {
    size_t m = archive->m, at = 0;
    while (at < archive->count && row_less(archive->points + at * m, point, m))
        at++;
    size_t after = archive->count - at;
    memmove(archive->points + (at + 1) * m, archive->points + at * m,
            after * m * sizeof *archive->points);
    memmove(archive->tags + at + 1, archive->tags + at, after * sizeof *archive->tags);
    memcpy(archive->points + at * m, point, m * sizeof *point);
    archive->tags[at] = tag;
    archive->count++;
}

linas_status linas_archive_add(linas_archive *archive, const double *point, uint64_t tag,
                               int32_t *entered) {
    if (!archive)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = archive->context;
    lns_clear(context);
    if (!point)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "the point is NULL");
    for (size_t k = 0; k < archive->m; k++)
        if (!isfinite(point[k]))
            return lns_fail(context, LINAS_ERROR_NOT_FINITE, "objective %zu is not finite", k);
    bool beaten = false;
    for (size_t i = 0; i < archive->count && !beaten; i++)
        beaten = weakly_dominates(archive->points + i * archive->m, point, archive->m);
    if (!beaten) {
        if (!lns_grow(context, &archive->points, &archive->points_capacity,
                      (archive->count + 1) * archive->m, sizeof *archive->points) ||
            !lns_grow(context, &archive->tags, &archive->tags_capacity, archive->count + 1,
                      sizeof *archive->tags))
            return lns_no_memory(context);
        remove_dominated(archive, point);
        insert(archive, point, tag);
    }
    if (entered)
        *entered = !beaten;
    return LINAS_OK;
}

size_t linas_archive_size(const linas_archive *archive) {
    return archive ? archive->count : 0;
}

linas_status linas_archive_get(const linas_archive *archive, size_t index, double *point,
                               uint64_t *tag) {
    if (!archive)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(archive->context);
    if (index >= archive->count)
        return lns_fail(archive->context, LINAS_ERROR_OUT_OF_RANGE,
                        "the archive has %zu members, there is no member %zu", archive->count,
                        index);
    if (point)
        memcpy(point, archive->points + index * archive->m, archive->m * sizeof *point);
    if (tag)
        *tag = archive->tags[index];
    return LINAS_OK;
}
