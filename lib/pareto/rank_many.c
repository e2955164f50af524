/* SPDX-License-Identifier: Apache-2.0 */
/* Non-dominated sorting of many objectives: points come by the first; each front keeps its points
 * in a tree that halves the space by the other objectives in turn (Gustavsson and Syberfeldt 2018),
 * with the points in leaves that are compared a vector at a time. Numbers are replaced by their
 * places within the objective. */
#include "pareto/pareto.h"
#include "pareto/vectors.h"

#include <string.h>

enum { LEAF = 16, MOST_SAMPLE = 4096, MOST_DEPTH = 12, EMPTY = -1 };

/* Nodes are numbered over all fronts: an inner node has two children, a leaf its points. Points of
 * which nothing more tells them apart go on in a further leaf. */
typedef struct node {
    int32_t children[2]; /* EMPTY, or a node's number */
    int32_t leaf;        /* EMPTY in an inner node */
    int32_t count;       /* points in the leaf */
    int32_t more;        /* EMPTY, or the leaf's continuation */
} node;

enum { NODE_INTS = sizeof(node) / sizeof(int32_t) };

typedef struct forest {
    lns_pareto_workspace *work;
    size_t dimensions;     /* objectives but the first */
    const int32_t *places; /* points x dimensions */
    int32_t *splits;       /* of a complete tree: children of i are 2i + 1 and 2i + 2 */
    size_t depth;
    int32_t nodes;
    int32_t leaves;
    int32_t *roots; /* per front */
} forest;

static node *node_at(const forest *f, int32_t number) {
    return (node *)(void *)f->work->nodes + number;
}

static int32_t *leaf_at(const forest *f, int32_t number) {
    return f->work->leaves + (size_t)number * f->dimensions * LEAF;
}

/* -- asking ------------------------------------------------------------------------------------ */

/* Does a point of the leaf lie at or below the given one in all dimensions? Lanes without a point
 * are above all. */
typedef bool leaf_test(const int32_t *leaf, size_t dimensions, const int32_t *point);

static bool leaf_plain(const int32_t *leaf, size_t dimensions, const int32_t *point) {
    int32_t alive[LEAF], any = 0;
    for (size_t i = 0; i < LEAF; i++)
        alive[i] = leaf[i] <= point[0] ? -1 : 0;
    for (size_t k = 1; k < dimensions; k++)
        for (size_t i = 0; i < LEAF; i++)
            alive[i] &= leaf[k * LEAF + i] <= point[k] ? -1 : 0;
    for (size_t i = 0; i < LEAF; i++)
        any |= alive[i];
    return any != 0;
}

#if LNS_WIDE
static inline LNS_TARGET_256 bool leaf_256(const int32_t *leaf, size_t dimensions,
                                           const int32_t *point) {
    __m256i above[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t k = 0; k < dimensions; k++, leaf += LEAF) {
        const __m256i *row = (const __m256i *)(const void *)leaf;
        __m256i limit = _mm256_set1_epi32(point[k]);
        for (size_t half = 0; half < 2; half++)
            above[half] = _mm256_or_si256(
                above[half], _mm256_cmpgt_epi32(_mm256_loadu_si256(row + half), limit));
    }
    return _mm256_movemask_epi8(_mm256_and_si256(above[0], above[1])) != -1;
}

static inline LNS_TARGET_512 bool leaf_512(const int32_t *leaf, size_t dimensions,
                                           const int32_t *point) {
    __mmask16 alive = 0xffff;
    for (size_t k = 0; k < dimensions; k++, leaf += LEAF)
        alive = _mm512_mask_cmple_epi32_mask(alive, _mm512_loadu_si512(leaf),
                                             _mm512_set1_epi32(point[k]));
    return alive != 0;
}
#endif

static LNS_ALWAYS_INLINE bool tree_dominates(const forest *f, int32_t root, const int32_t *point,
                                             leaf_test *test) {
    int32_t waiting[MOST_DEPTH + 1], positions[MOST_DEPTH + 1], number = root, position = 0;
    size_t count = 0, dimension = 0, dimensions = f->dimensions;
    uint8_t turn[MOST_DEPTH + 1];
    for (;;) {
        const node *n = number == EMPTY ? NULL : node_at(f, number);
        if (n && n->leaf == EMPTY) {
            if (point[dimension] >= f->splits[position]) {
                waiting[count] = n->children[1];
                positions[count] = 2 * position + 2;
                turn[count++] = (uint8_t)dimension;
            }
            number = n->children[0];
            position = 2 * position + 1;
            dimension = dimension + 1 == dimensions ? 0 : dimension + 1;
            continue;
        }
        for (; n; n = n->more == EMPTY ? NULL : node_at(f, n->more))
            if (test(leaf_at(f, n->leaf), dimensions, point))
                return true;
        if (count == 0)
            return false;
        count--;
        number = waiting[count];
        position = positions[count];
        dimension = turn[count] + (size_t)1 == dimensions ? 0 : turn[count] + (size_t)1;
    }
}

/* What dominates in a front is itself dominated in every earlier one. */
static LNS_ALWAYS_INLINE size_t find_front(const forest *f, size_t fronts, const int32_t *point,
                                           leaf_test *test) {
    size_t low = 0, high = fronts;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tree_dominates(f, f->roots[middle], point, test))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t find_plain(const forest *f, size_t fronts, const int32_t *point) {
    return find_front(f, fronts, point, leaf_plain);
}

#if LNS_WIDE
static LNS_TARGET_256 size_t find_256(const forest *f, size_t fronts, const int32_t *point) {
    return find_front(f, fronts, point, leaf_256);
}

static LNS_TARGET_512 size_t find_512(const forest *f, size_t fronts, const int32_t *point) {
    return find_front(f, fronts, point, leaf_512);
}
#else
#define find_256 find_plain
#define find_512 find_plain
#endif

typedef size_t finder(const forest *f, size_t fronts, const int32_t *point);

static finder *choose_finder(int32_t vectors) {
    return vectors == LNS_VECTORS_512   ? find_512
           : vectors == LNS_VECTORS_256 ? find_256
                                        : find_plain;
}

/* -- adding ------------------------------------------------------------------------------------ */

static linas_status new_node(forest *f, bool with_leaf, int32_t *number) {
    lns_pareto_workspace *work = f->work;
    if (!lns_grow(work->context, &work->nodes, &work->nodes_capacity,
                  (size_t)(f->nodes + 1) * NODE_INTS, sizeof *work->nodes) ||
        !lns_grow(work->context, &work->leaves, &work->leaves_capacity,
                  (size_t)(f->leaves + with_leaf) * f->dimensions * LEAF, sizeof *work->leaves))
        return lns_no_memory(work->context);
    *number = f->nodes++;
    *node_at(f, *number) = (node){{EMPTY, EMPTY}, with_leaf ? f->leaves : EMPTY, 0, EMPTY};
    if (with_leaf) {
        int32_t *leaf = leaf_at(f, f->leaves++);
        for (size_t i = 0; i < f->dimensions * LEAF; i++)
            leaf[i] = INT32_MAX;
    }
    return LINAS_OK;
}

static void put(const forest *f, int32_t number, const int32_t *point) {
    node *n = node_at(f, number);
    int32_t *leaf = leaf_at(f, n->leaf);
    for (size_t k = 0; k < f->dimensions; k++)
        leaf[k * LEAF + (size_t)n->count] = point[k];
    n->count++;
}

/* Turns a full leaf into an inner node. Its room goes on with the points of the fuller side. */
static linas_status split(forest *f, int32_t number, size_t dimension, int32_t value) {
    int32_t kept[LEAF], leaf = node_at(f, number)->leaf, side[2] = {0, 0}, made[2];
    size_t dimensions = f->dimensions;
    const int32_t *old = leaf_at(f, leaf);
    for (size_t i = 0; i < LEAF; i++) {
        kept[i] = old[dimension * LEAF + i] >= value;
        side[kept[i]]++;
    }
    int full = side[1] > side[0];
    LNS_TRY(new_node(f, false, &made[full]));
    made[!full] = EMPTY;
    if (side[!full] > 0)
        LNS_TRY(new_node(f, true, &made[!full]));
    node *inner = node_at(f, number), *rest = node_at(f, made[full]);
    inner->leaf = EMPTY;
    inner->count = 0;
    memcpy(inner->children, made, sizeof made);
    rest->leaf = leaf;
    int32_t *rows = leaf_at(f, leaf);
    for (size_t i = 0; i < LEAF; i++) {
        int32_t point_at = kept[i] == full ? rest->count++ : node_at(f, made[!full])->count++;
        int32_t *to = kept[i] == full ? rows : leaf_at(f, node_at(f, made[!full])->leaf);
        for (size_t k = 0; k < dimensions; k++)
            to[k * LEAF + (size_t)point_at] = rows[k * LEAF + i];
    }
    for (size_t k = 0; k < dimensions; k++)
        for (size_t i = (size_t)rest->count; i < LEAF; i++)
            rows[k * LEAF + i] = INT32_MAX;
    return LINAS_OK;
}

/* Adds to the last of a chain of leaves. */
static linas_status put_beyond(forest *f, int32_t number, const int32_t *point) {
    while (node_at(f, number)->count == LEAF) {
        if (node_at(f, number)->more == EMPTY) {
            int32_t more;
            LNS_TRY(new_node(f, true, &more));
            node_at(f, number)->more = more;
        }
        number = node_at(f, number)->more;
    }
    put(f, number, point);
    return LINAS_OK;
}

static linas_status add_point(forest *f, size_t front, const int32_t *point) {
    int32_t number = f->roots[front];
    size_t position = 0, depth = 0;
    for (;;) {
        /* There are three or more. NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
        size_t dimension = depth % f->dimensions;
        if (node_at(f, number)->leaf != EMPTY) {
            if (depth == f->depth)
                return put_beyond(f, number, point);
            if (node_at(f, number)->count < LEAF) {
                put(f, number, point);
                return LINAS_OK;
            }
            LNS_TRY(split(f, number, dimension, f->splits[position]));
        }
        size_t side = point[dimension] >= f->splits[position];
        int32_t child = node_at(f, number)->children[side];
        if (child == EMPTY) {
            LNS_TRY(new_node(f, true, &child));
            node_at(f, number)->children[side] = child;
        }
        number = child;
        position = 2 * position + 1 + side;
        depth++;
    }
}

/* -- setting up -------------------------------------------------------------------------------- */

static size_t depth_for(size_t n) {
    size_t depth = 0;
    while (depth < MOST_DEPTH && (size_t)LEAF << depth < n)
        depth++;
    return depth;
}

/* Places of all points within one objective, equal numbers at one place. */
static void place_column(lns_pareto_workspace *work, const double *points, size_t n, size_t m,
                         size_t k, uint32_t *order) {
    int32_t place = 0;
    for (size_t i = 0; i < n; i++)
        work->numbers[i] = points[i * m + k];
    lns_sort_rows(work->numbers, n, 1, order, 0, work->words);
    for (size_t i = 0; i < n; i++) {
        place += i > 0 && work->numbers[order[i]] != work->numbers[order[i - 1]];
        work->places[order[i] * (m - 1) + k - 1] = place;
    }
}

/* Medians of a sample, level by level; words hold a sample point's place above its number. */
static void find_splits(forest *f, size_t n, uint64_t *words) {
    size_t size = n < MOST_SAMPLE ? n : MOST_SAMPLE;
    uint32_t starts[2][(1 << MOST_DEPTH) + 1];
    for (size_t i = 0; i < size; i++)
        words[i] = i * n / size;
    starts[0][0] = 0;
    starts[0][1] = (uint32_t)size;
    for (size_t depth = 0; depth < f->depth; depth++) {
        const uint32_t *from = starts[depth % 2];
        uint32_t *to = starts[(depth + 1) % 2];
        size_t dimension = depth % f->dimensions, first = ((size_t)1 << depth) - 1;
        to[0] = 0;
        for (size_t cell = 0; cell <= first; cell++) {
            size_t start = from[cell], count = from[cell + 1] - start, at = 0;
            for (size_t i = start; i < start + count; i++) {
                uint64_t point = words[i] & UINT32_MAX;
                words[i] = (uint64_t)f->places[point * f->dimensions + dimension] << 32 | point;
            }
            uint64_t *sorted = lns_sort_halves(words + start, words + size, count);
            if (sorted != words + start)
                memcpy(words + start, sorted, count * sizeof *words);
            int32_t value = count ? (int32_t)(words[start + count / 2] >> 32) : 0;
            while (at < count && (int32_t)(words[start + at] >> 32) < value)
                at++;
            f->splits[first + cell] = value;
            to[2 * cell + 1] = (uint32_t)(start + at);
            to[2 * cell + 2] = (uint32_t)(start + count);
        }
    }
}

/* Room for everything, so that ranking n points allocates nothing; three objectives need less. */
linas_status lns_pareto_reserve_many(lns_pareto_workspace *work, size_t n, size_t m) {
    size_t nodes = 6 * n, leaves = 8 * n + 8;
    if (m > 3) {
        nodes = (2 * n + n * MOST_DEPTH / LEAF + 4) * NODE_INTS;
        leaves = (n + 2) * (m - 1) * LEAF;
    }
    if (!lns_grow(work->context, &work->nodes, &work->nodes_capacity, nodes, sizeof *work->nodes) ||
        !lns_grow(work->context, &work->leaves, &work->leaves_capacity, leaves,
                  sizeof *work->leaves) ||
        !lns_grow(work->context, &work->places, &work->places_capacity,
                  n * m + ((size_t)1 << depth_for(n)), sizeof *work->places))
        return lns_no_memory(work->context);
    return LINAS_OK;
}

static bool same_point(const double *a, const double *b, size_t m) {
    for (size_t k = 0; k < m; k++)
        if (a[k] != b[k])
            return false;
    return true;
}

linas_status lns_pareto_rank_many(lns_pareto_workspace *work, const double *points, size_t n,
                                  size_t m, uint32_t *ranks, size_t *fronts) {
    if (!lns_grow(work->context, &work->places, &work->places_capacity,
                  n * m + ((size_t)1 << depth_for(n)), sizeof *work->places))
        return lns_no_memory(work->context);
    forest f = {work, m - 1, work->places, work->places + n * m, depth_for(n), 0, 0, NULL};
    f.roots = work->places + n * (m - 1);
    for (size_t k = 1; k < m; k++)
        place_column(work, points, n, m, k, (uint32_t *)(void *)f.roots);
    find_splits(&f, n, work->words);
    finder *find = choose_finder(work->vectors);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t point = work->order[i];
        if (i > 0 && same_point(points + point * m, points + (size_t)work->order[i - 1] * m, m)) {
            ranks[point] = ranks[work->order[i - 1]];
            continue;
        }
        const int32_t *places = f.places + point * (m - 1);
        size_t front = find(&f, count, places);
        if (front == count)
            LNS_TRY(new_node(&f, true, &f.roots[count++]));
        LNS_TRY(add_point(&f, front, places));
        ranks[point] = (uint32_t)front;
    }
    *fronts = count;
    return LINAS_OK;
}
