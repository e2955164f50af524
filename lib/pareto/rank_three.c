/* SPDX-License-Identifier: Apache-2.0 */
/* Non-dominated sorting of three objectives: points come by the first, and each front keeps the
 * staircase of its points in the other two. What dominates in a front is itself dominated in every
 * earlier one, so the front is found by halving (Zhang, Tian, Cheng and Jin 2015). */
#include "pareto/pareto.h"

#include <string.h>

/* Steps are words, the second objective's place above the third's; ascending, and so descending in
 * the lower half. */
typedef struct staircase {
    uint64_t start; /* among all steps */
    uint32_t count;
    uint32_t capacity;
} staircase;

enum { FIRST_STEPS = 4, STAIRCASE_WORDS = sizeof(staircase) / sizeof(uint64_t) };

static size_t steps_up_to(const uint64_t *steps, size_t count, uint64_t limit) {
    const uint64_t *base = steps;
    while (count > 0) {
        size_t half = count / 2;
        bool low = base[half] <= limit;
        base = low ? base + half + 1 : base;
        count = low ? count - half - 1 : half;
    }
    return (size_t)(base - steps);
}

static bool dominated(const uint64_t *steps, const staircase *front, uint64_t step) {
    const uint64_t *own = steps + front->start;
    size_t at = steps_up_to(own, front->count, step);
    return at > 0 && (uint32_t)own[at - 1] <= (uint32_t)step;
}

/* A front's steps move when they need more room. The old room stays unused: in all no more than
 * FIRST_STEPS words a point are needed. */
static void make_room(uint64_t *steps, staircase *front, size_t *used) {
    if (front->count < front->capacity)
        return;
    uint32_t wanted = front->capacity ? 2 * front->capacity : FIRST_STEPS;
    memcpy(steps + *used, steps + front->start, front->count * sizeof *steps);
    front->start = *used;
    front->capacity = wanted;
    *used += wanted;
}

/* Adds a step that no other covers; those that it covers go. */
static void add_step(uint64_t *steps, staircase *front, uint64_t step, size_t *used) {
    make_room(steps, front, used);
    uint64_t *own = steps + front->start;
    size_t count = front->count, at = steps_up_to(own, count, step), end = at;
    while (end < count && (uint32_t)own[end] >= (uint32_t)step)
        end++;
    if (end == at)
        memmove(own + at + 1, own + at, (count - at) * sizeof *own);
    else
        memmove(own + at + 1, own + end, (count - end) * sizeof *own);
    own[at] = step;
    front->count = (uint32_t)(count + 1 - (end - at));
}

static size_t find_front(const uint64_t *steps, const staircase *all, size_t fronts,
                         uint64_t step) {
    size_t low = 0, high = fronts;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dominated(steps, &all[middle], step))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Places within one objective, equal numbers at one place, into half of the words. */
static void place_column(lns_pareto_workspace *work, const double *points, size_t n, size_t k,
                         int shift, uint64_t *words) {
    uint32_t *order = (uint32_t *)(void *)work->places, place = 0;
    for (size_t i = 0; i < n; i++)
        work->numbers[i] = points[3 * i + k];
    lns_sort_rows(work->numbers, n, 1, order, 0, work->words);
    for (size_t i = 0; i < n; i++) {
        place += i > 0 && work->numbers[order[i]] != work->numbers[order[i - 1]];
        words[order[i]] |= (uint64_t)place << shift;
    }
}

static bool same_point(const double *a, const double *b) {
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

linas_status lns_pareto_rank_three(lns_pareto_workspace *work, const double *points, size_t n,
                                   uint32_t *ranks, size_t *fronts) {
    LNS_TRY(lns_pareto_reserve_many(work, n, 3));
    uint64_t *points_words = (uint64_t *)(void *)work->nodes;
    staircase *all = (staircase *)(void *)(points_words + n);
    uint64_t *steps = (uint64_t *)(void *)work->leaves;
    size_t used = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        points_words[i] = 0;
    place_column(work, points, n, 1, 32, points_words);
    place_column(work, points, n, 2, 0, points_words);
    for (size_t i = 0; i < n; i++) {
        size_t point = work->order[i];
        if (i > 0 && same_point(points + 3 * point, points + 3 * (size_t)work->order[i - 1])) {
            ranks[point] = ranks[work->order[i - 1]];
            continue;
        }
        size_t front = find_front(steps, all, count, points_words[point]);
        if (front == count)
            all[count++] = (staircase){0, 0, 0};
        add_step(steps, &all[front], points_words[point], &used);
        ranks[point] = (uint32_t)front;
    }
    *fronts = count;
    return LINAS_OK;
}
