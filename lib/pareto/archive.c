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
    double *reference; /* NULL: the hypervolume is not kept */
    double hypervolume;
    lns_pareto_workspace work;
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
    lns_pareto_workspace_init(&made->work, context);
    *archive = made;
    return LINAS_OK;
}

void linas_archive_destroy(linas_archive *archive) {
    if (!archive)
        return;
    linas_context *context = archive->context;
    lns_free(context, archive->points);
    lns_free(context, archive->tags);
    lns_free(context, archive->reference);
    lns_pareto_workspace_free(&archive->work);
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

/* Where `point` stands, or would stand, in lexicographic order. */
static size_t place_of(const linas_archive *archive, const double *point) {
    size_t low = 0, length = archive->count;
    while (length > 0) {
        size_t half = length / 2;
        bool before = row_less(archive->points + (low + half) * archive->m, point, archive->m);
        low = before ? low + half + 1 : low;
        length = before ? length - half - 1 : half;
    }
    return low;
}

/* Members before the place may dominate the point, and the one at it may equal it. With two
 * objectives the nearest has the smallest second one. */
static bool beaten(const linas_archive *archive, const double *point, size_t place) {
    size_t m = archive->m, first = m <= 2 && place > 0 ? place - 1 : 0;
    for (size_t i = first; i < archive->count && i <= place; i++)
        if (weakly_dominates(archive->points + i * m, point, m))
            return true;
    return false;
}

/* Members from the place on may be dominated; with two objectives they stand together. */
static void remove_dominated(linas_archive *archive, const double *point, size_t place) {
    size_t m = archive->m, kept = place, i = place;
    for (; i < archive->count; i++) {
        const double *member = archive->points + i * m;
        if (!weakly_dominates(point, member, m)) {
            if (m <= 2)
                break;
            memmove(archive->points + kept * m, member, m * sizeof *member);
            archive->tags[kept++] = archive->tags[i];
        }
    }
    size_t rest = archive->count - i;
    memmove(archive->points + kept * m, archive->points + i * m,
            rest * m * sizeof *archive->points);
    memmove(archive->tags + kept, archive->tags + i, rest * sizeof *archive->tags);
    archive->count = kept + rest;
}

static void insert(linas_archive *archive, const double *point, uint64_t tag, size_t at) {
    size_t m = archive->m, after = archive->count - at;
    memmove(archive->points + (at + 1) * m, archive->points + at * m,
            after * m * sizeof *archive->points);
    memmove(archive->tags + at + 1, archive->tags + at, after * sizeof *archive->tags);
    memcpy(archive->points + at * m, point, m * sizeof *point);
    archive->tags[at] = tag;
    archive->count++;
}

/* What the point adds. With two objectives that depends on those that it removes and on one member
 * at either side of them. */
static linas_status measure_gain(linas_archive *archive, const double *point, size_t place,
                                 double *gain) {
    size_t m = archive->m, first = 0, end = archive->count;
    if (m == 2) {
        first = place > 0 ? place - 1 : 0;
        for (end = place; end < archive->count; end++)
            if (!weakly_dominates(point, archive->points + end * m, m)) {
                end++;
                break;
            }
    }
    return lns_hypervolume_gain(&archive->work, archive->points + first * m, end - first, m,
                                archive->reference, point, gain);
}

static linas_status enter(linas_archive *archive, const double *point, uint64_t tag, size_t place) {
    linas_context *context = archive->context;
    double gain = 0.0;
    if (!lns_grow(context, &archive->points, &archive->points_capacity,
                  (archive->count + 1) * archive->m, sizeof *archive->points) ||
        !lns_grow(context, &archive->tags, &archive->tags_capacity, archive->count + 1,
                  sizeof *archive->tags))
        return lns_no_memory(context);
    if (archive->reference)
        LNS_TRY(measure_gain(archive, point, place, &gain));
    archive->hypervolume += gain;
    remove_dominated(archive, point, place);
    insert(archive, point, tag, place);
    return LINAS_OK;
}

static linas_status check_point(const linas_archive *archive, const double *point) {
    if (!point)
        return lns_fail(archive->context, LINAS_ERROR_INVALID_ARGUMENT, "the point is NULL");
    for (size_t k = 0; k < archive->m; k++)
        if (!isfinite(point[k]))
            return lns_fail(archive->context, LINAS_ERROR_NOT_FINITE, "objective %zu is not finite",
                            k);
    return LINAS_OK;
}

linas_status linas_archive_add(linas_archive *archive, const double *point, uint64_t tag,
                               int32_t *entered) {
    if (!archive)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(archive->context);
    LNS_TRY(check_point(archive, point));
    size_t place = place_of(archive, point);
    bool enters = !beaten(archive, point, place);
    if (enters)
        LNS_TRY(enter(archive, point, tag, place));
    if (entered)
        *entered = enters;
    return LINAS_OK;
}

linas_status linas_archive_set_reference(linas_archive *archive, const double *reference) {
    double hypervolume;
    if (!archive)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = archive->context;
    lns_clear(context);
    LNS_TRY(check_point(archive, reference));
    LNS_TRY(lns_hypervolume(&archive->work, archive->points, archive->count, archive->m, reference,
                            &hypervolume));
    double *copy = lns_copy_bytes(context, reference, archive->m, sizeof *reference);
    if (!copy)
        return lns_no_memory(context);
    lns_free(context, archive->reference);
    archive->reference = copy;
    archive->hypervolume = hypervolume;
    return LINAS_OK;
}

linas_status linas_archive_hypervolume(const linas_archive *archive, double *hypervolume) {
    if (!archive)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(archive->context);
    if (!hypervolume)
        return lns_fail(archive->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "no place for the hypervolume");
    if (!archive->reference)
        return lns_fail(archive->context, LINAS_ERROR_WRONG_ORDER, "no reference was set");
    *hypervolume = archive->hypervolume;
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
