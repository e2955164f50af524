/* SPDX-License-Identifier: Apache-2.0 */
/* Exact hypervolume: sweeps for up to three objectives, WFG (While, Bradstreet and Barone 2012)
 * above. Inside, a point is kept as the sides of its box below the reference (all positive, larger
 * is better), so that the volume of one point is a product. */
#include "pareto/pareto.h"

#include <string.h>

/* -- one stack of doubles for all depths of the recursion
 * -------------------------------------------- */

typedef struct volume {
    linas_context *context;
    double *boxes;
    size_t boxes_capacity;
    bool failed;
} volume;

/* Volume of `n` boxes of `m` sides that start at `first` in v->boxes; may reorder them. Boxes after
 * them are free for use. */
static double measure(volume *v, size_t first, size_t n, size_t m);

static void swap_rows(double *a, double *b, size_t m) {
    for (size_t k = 0; k < m; k++) {
        double kept = a[k];
        a[k] = b[k];
        b[k] = kept;
    }
}

static bool taller(const double *a, const double *b, size_t m) {
    for (size_t k = m; k-- > 0;)
        if (a[k] != b[k])
            return a[k] > b[k];
    return false;
}

static void sift_down(double *rows, size_t root, size_t n, size_t m) {
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= n)
            return;
        if (child + 1 < n && taller(rows + child * m, rows + (child + 1) * m, m))
            child++;
        if (!taller(rows + root * m, rows + child * m, m))
            return;
        swap_rows(rows + root * m, rows + child * m, m);
        root = child;
    }
}

/* Heap sort in place, the tallest (by the last side, then the one before it, ...) first. */
static void sort_rows(double *rows, size_t n, size_t m) {
    for (size_t i = n / 2; i-- > 0;)
        sift_down(rows, i, n, m);
    for (size_t end = n; end > 1; end--) {
        swap_rows(rows, rows + (end - 1) * m, m);
        sift_down(rows, 0, end - 1, m);
    }
}

static double measure1(const double *rows, size_t n) {
    double widest = 0.0;
    for (size_t i = 0; i < n; i++)
        widest = rows[i] > widest ? rows[i] : widest;
    return widest;
}

static double measure2(double *rows, size_t n) {
    sort_rows(rows, n, 2);
    double area = 0.0, widest = 0.0;
    for (size_t i = 0; i < n; i++)
        if (rows[2 * i] > widest) {
            area += (rows[2 * i] - widest) * rows[2 * i + 1];
            widest = rows[2 * i];
        }
    return area;
}

/* The staircase of a two-dimensional front: first side falling, second side rising. */
typedef struct stairs {
    double *steps; /* pairs */
    size_t count;
    double area;
} stairs;

/* Number of steps whose first side is larger than x. */
static size_t steps_wider(const stairs *s, double x) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->steps[2 * middle] > x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds the box (x, y); steps that it covers go, and the area grows by what is new. */
static void add_step(stairs *s, double x, double y) {
    size_t at = steps_wider(s, x);
    double below = at > 0 ? s->steps[2 * at - 1] : 0.0;
    if (below >= y || (at < s->count && s->steps[2 * at] == x && s->steps[2 * at + 1] >= y))
        return;
    double right = x;
    size_t end = at;
    while (end < s->count && s->steps[2 * end + 1] <= y) {
        s->area += (right - s->steps[2 * end]) * (y - below);
        below = s->steps[2 * end + 1];
        right = s->steps[2 * end];
        end++;
    }
    s->area += (right - (end < s->count ? s->steps[2 * end] : 0.0)) * (y - below);
    memmove(s->steps + 2 * (at + 1), s->steps + 2 * end, 2 * (s->count - end) * sizeof *s->steps);
    s->count = s->count - (end - at) + 1;
    s->steps[2 * at] = x;
    s->steps[2 * at + 1] = y;
}

/* Slices from the tallest down: between two heights the cross-section is the staircase so far. */
static double measure3(volume *v, size_t first, size_t n) {
    if (!lns_grow(v->context, &v->boxes, &v->boxes_capacity, first + 3 * n + 2 * (n + 1),
                  sizeof *v->boxes)) {
        v->failed = true;
        return 0.0;
    }
    double *rows = v->boxes + first;
    stairs s = {rows + 3 * n, 0, 0.0};
    double total = 0.0;
    sort_rows(rows, n, 3);
    for (size_t i = 0; i < n; i++) {
        add_step(&s, rows[3 * i], rows[3 * i + 1]);
        double next = i + 1 < n ? rows[3 * (i + 1) + 2] : 0.0;
        total += s.area * (rows[3 * i + 2] - next);
    }
    return total;
}

static double box_volume(const double *box, size_t m) {
    double product = 1.0;
    for (size_t k = 0; k < m; k++)
        product *= box[k];
    return product;
}

static bool covers(const double *a, const double *b, size_t m) {
    for (size_t k = 0; k < m; k++)
        if (a[k] < b[k])
            return false;
    return true;
}

/* Boxes i+1 .. n-1 limited to box i, those covered by another left out, placed after the n. */
static size_t limit(volume *v, size_t first, size_t n, size_t m, size_t i, size_t sides) {
    size_t start = first + n * m;
    if (!lns_grow(v->context, &v->boxes, &v->boxes_capacity, start + (n - i) * sides,
                  sizeof *v->boxes)) {
        v->failed = true;
        return 0;
    }
    const double *box = v->boxes + first + i * m;
    double *out = v->boxes + start;
    size_t count = 0;
    for (size_t j = i + 1; j < n; j++) {
        const double *other = v->boxes + first + j * m;
        double *made = out + count * sides;
        for (size_t k = 0; k < sides; k++)
            made[k] = other[k] < box[k] ? other[k] : box[k];
        bool covered = false;
        for (size_t c = 0; c < count && !covered; c++)
            covered = covers(out + c * sides, made, sides);
        for (size_t c = 0; c < count && !covered;) {
            if (!covers(made, out + c * sides, sides)) {
                c++;
                continue;
            }
            memmove(out + c * sides, out + (c + 1) * sides, (count - c) * sides * sizeof *out);
            count--;
            made -= sides;
        }
        count += !covered;
    }
    return count;
}

/* Sum of what each box has for itself against those after it. Sorted with the shortest last side
 * first, every later box is at least as tall, so that the limited ones need one side less. */
static double measure_many(volume *v, size_t first, size_t n, size_t m) {
    double total = 0.0;
    sort_rows(v->boxes + first, n, m);
    for (size_t i = 0; i < n / 2; i++)
        swap_rows(v->boxes + first + i * m, v->boxes + first + (n - 1 - i) * m, m);
    for (size_t i = 0; i < n && !v->failed; i++) {
        double height = v->boxes[first + i * m + m - 1];
        double own = box_volume(v->boxes + first + i * m, m - 1);
        size_t limited = limit(v, first, n, m, i, m - 1);
        if (limited > 0)
            own -= measure(v, first + n * m, limited, m - 1);
        total += own * height;
    }
    return total;
}

static double measure(volume *v, size_t first, size_t n, size_t m) {
    if (m == 1)
        return measure1(v->boxes + first, n);
    if (m == 2)
        return measure2(v->boxes + first, n);
    return m == 3 ? measure3(v, first, n) : measure_many(v, first, n, m);
}

/* Boxes of the points strictly below the reference, cut to `within` (NULL: not cut). */
static size_t make_boxes(double *boxes, const double *points, size_t n, size_t m,
                         const double *reference, const double *within) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        bool inside = true;
        for (size_t k = 0; k < m; k++) {
            double side = reference[k] - points[i * m + k];
            if (within && side > reference[k] - within[k])
                side = reference[k] - within[k];
            boxes[count * m + k] = side;
            inside = inside && side > 0.0;
        }
        count += inside;
    }
    return count;
}

static linas_status measure_points(lns_pareto_workspace *work, const double *points, size_t n,
                                   size_t m, const double *reference, const double *within,
                                   double *result) {
    volume v = {.context = work->context};
    if (!lns_grow(work->context, &work->numbers, &work->numbers_capacity, n * m,
                  sizeof *work->numbers))
        return lns_no_memory(work->context);
    size_t count = make_boxes(work->numbers, points, n, m, reference, within);
    v.boxes = work->numbers;
    v.boxes_capacity = work->numbers_capacity;
    *result = measure(&v, 0, count, m);
    work->numbers = v.boxes;
    work->numbers_capacity = v.boxes_capacity;
    return v.failed ? lns_no_memory(work->context) : LINAS_OK;
}

linas_status lns_hypervolume(lns_pareto_workspace *work, const double *points, size_t n, size_t m,
                             const double *reference, double *hypervolume) {
    return measure_points(work, points, n, m, reference, NULL, hypervolume);
}

linas_status lns_hypervolume_gain(lns_pareto_workspace *work, const double *points, size_t n,
                                  size_t m, const double *reference, const double *point,
                                  double *gain) {
    double own = 1.0, shared = 0.0;
    for (size_t k = 0; k < m; k++) {
        double side = reference[k] - point[k];
        own *= side > 0.0 ? side : 0.0;
    }
    *gain = 0.0;
    if (own <= 0.0)
        return LINAS_OK;
    LNS_TRY(measure_points(work, points, n, m, reference, point, &shared));
    *gain = own > shared ? own - shared : 0.0;
    return LINAS_OK;
}
