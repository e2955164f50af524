/* SPDX-License-Identifier: Apache-2.0 */
/* The measured front and its public copies. */
#include "search/front.h"

#include <linas/pareto.h>
#include <string.h>

void lns_front_init(lns_front *front, linas_context *context, size_t objectives) {
    memset(front, 0, sizeof *front);
    front->context = context;
    front->objectives = objectives;
}

static void free_members(linas_context *context, lns_members *members) {
    lns_free(context, members->points);
    lns_free(context, members->ids);
}

void lns_front_free(lns_front *front) {
    if (!front->context)
        return;
    free_members(front->context, &front->now);
    free_members(front->context, &front->next);
    memset(front, 0, sizeof *front);
}

/* -- one more answer --------------------------------------------------------------------------- */

static bool reserve(lns_front *front, size_t count) {
    lns_members *next = &front->next;
    return lns_grow(front->context, &next->points, &next->point_capacity, count * front->objectives,
                    sizeof *next->points) &&
           lns_grow(front->context, &next->ids, &next->id_capacity, count, sizeof *next->ids);
}

static void append(lns_front *front, const double *point, uint64_t id) {
    lns_members *next = &front->next;
    memcpy(next->points + next->count * front->objectives, point,
           front->objectives * sizeof *point);
    next->ids[next->count++] = id;
}

static bool equal(const double *a, const double *b, size_t m) {
    for (size_t i = 0; i < m; i++)
        if (a[i] < b[i] || a[i] > b[i])
            return false;
    return true;
}

linas_status lns_front_prepare(lns_front *front, const double *point, uint64_t id) {
    size_t m = front->objectives;
    bool enters = point != NULL;
    if (!reserve(front, front->now.count + 1))
        return lns_no_memory(front->context);
    front->next.count = 0;
    for (size_t i = 0; i < front->now.count; i++) {
        const double *member = front->now.points + i * m;
        bool same = enters && equal(member, point, m);
        int32_t compared = point ? linas_pareto_compare(member, point, m) : 0;
        if (compared < 0 || (same && front->now.ids[i] < id))
            enters = false;
        if (compared <= 0 && !(same && enters))
            append(front, member, front->now.ids[i]);
    }
    if (enters)
        append(front, point, id);
    return LINAS_OK;
}

void lns_front_commit(lns_front *front) {
    lns_members kept = front->now;
    front->now = front->next;
    front->next = kept;
}

/* -- order ------------------------------------------------------------------------------------- */

static bool before(const lns_front *front, size_t a, size_t b) {
    size_t m = front->objectives, i = 0;
    const double *x = front->now.points + a * m, *y = front->now.points + b * m;
    while (i + 1 < m && x[i] == y[i]) /* no two members are equal */
        i++;
    return x[i] < y[i];
}

static void merge(const lns_front *front, const size_t *from, size_t *to, size_t start, size_t half,
                  size_t end) {
    for (size_t k = start, a = start, b = half; k < end; k++) {
        bool first = b == end || (a < half && !before(front, from[b], from[a]));
        to[k] = first ? from[a++] : from[b++];
    }
}

/* Merge sort, bottom up: qsort has no place for the front. */
linas_status lns_front_order(const lns_front *front, size_t *order) {
    size_t n = front->now.count;
    size_t *from = order, *to = lns_alloc(front->context, n, sizeof *to);
    size_t *spare = to;
    if (!spare)
        return lns_no_memory(front->context);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t half = n - start < width ? n : start + width;
            size_t end = n - half < width ? n : half + width;
            merge(front, from, to, start, half, end);
        }
        size_t *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
    lns_free(front->context, spare);
    return LINAS_OK;
}

/* -- public copies ----------------------------------------------------------------------------- */

struct linas_front {
    linas_context *context;
    size_t count;
    size_t variables;
    size_t objectives;
    uint64_t *ids;
    int32_t *genomes;
    double *values;
};

static linas_status make(linas_context *context, size_t count, const lns_history *history,
                         linas_front **copy) {
    linas_front *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->context = lns_context_keep(context);
    made->variables = history->variables;
    made->objectives = history->objectives;
    made->ids = lns_alloc(context, count, sizeof *made->ids);
    made->genomes = lns_alloc(context, count * made->variables, sizeof *made->genomes);
    made->values = lns_alloc(context, count * made->objectives, sizeof *made->values);
    if (!made->ids || !made->genomes || !made->values) {
        linas_front_destroy(made);
        return lns_no_memory(context);
    }
    *copy = made;
    return LINAS_OK;
}

static void copy_member(linas_front *copy, const lns_history *history, uint64_t id) {
    size_t k = copy->count++, n = copy->variables, m = copy->objectives;
    copy->ids[k] = id;
    memcpy(copy->genomes + k * n, lns_history_genome(history, (size_t)id),
           n * sizeof *copy->genomes);
    memcpy(copy->values + k * m, lns_history_values(history, (size_t)id), m * sizeof *copy->values);
}

linas_status lns_front_publish(const lns_front *front, const lns_history *history,
                               linas_front **copy) {
    linas_context *context = front->context;
    size_t count = front->now.count;
    size_t *order = lns_alloc(context, count, sizeof *order);
    linas_status status = order ? lns_front_order(front, order) : lns_no_memory(context);
    if (status == LINAS_OK)
        status = make(context, count, history, copy);
    for (size_t i = 0; i < count && status == LINAS_OK; i++)
        copy_member(*copy, history, front->now.ids[order[i]]);
    lns_free(context, order);
    return status;
}

void linas_front_destroy(linas_front *front) {
    if (!front)
        return;
    linas_context *context = front->context;
    lns_free(context, front->ids);
    lns_free(context, front->genomes);
    lns_free(context, front->values);
    lns_free(context, front);
    lns_context_drop(context);
}

size_t linas_front_size(const linas_front *front) {
    return front ? front->count : 0;
}

linas_status linas_front_get(const linas_front *front, size_t index, linas_evaluation *member) {
    if (!front)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(front->context);
    if (!member)
        return lns_fail(front->context, LINAS_ERROR_INVALID_ARGUMENT, "`member` is NULL");
    if (index >= front->count)
        return lns_fail(front->context, LINAS_ERROR_OUT_OF_RANGE,
                        "member %zu of a front of %zu members", index, front->count);
    linas_evaluation known = LINAS_EVALUATION_INIT;
    known.id = front->ids[index];
    known.genome = front->genomes + index * front->variables;
    known.values = front->values + index * front->objectives;
    known.reason = "";
    return lns_write_struct(front->context, &known, sizeof known, member, "linas_evaluation");
}
