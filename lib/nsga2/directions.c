/* SPDX-License-Identifier: Apache-2.0 */
/* Reference directions: the lattice of Das and Dennis (1998) on the unit simplex, one or two layers
 * of it (Deb and Jain 2014, sections IV-B and VI). */
#include "nsga2/model.h"
#include "num/vector.h"

#include <math.h>
#include <string.h>

enum { MOST_DIRECTIONS = 1 << 16 };

typedef struct layers {
    uint32_t outer;
    uint32_t inner; /* 0: none */
} layers;

/* Ways to share `parts` among m objectives, C(parts + m - 1, m - 1), from those to share one part
 * less; 1 for no parts. */
static uint64_t one_more(uint64_t ways, uint64_t parts, size_t m) {
    return ways * (m - 1 + parts) / parts;
}

/* Points of a lattice, or more than the most if there are more. */
static size_t lattice_size(uint32_t parts, size_t m) {
    uint64_t size = 1;
    for (uint64_t i = 1; i <= parts && m > 1 && size <= MOST_DIRECTIONS; i++)
        size = one_more(size, i, m);
    return parts == 0 ? 0 : (size_t)size;
}

/* The most parts, from 0 to `most`, whose lattice has no more than `size` points. */
static uint32_t most_parts(size_t size, size_t m, uint32_t most) {
    uint32_t parts = 0;
    for (uint64_t ways = 1; parts < most; parts++) {
        ways = one_more(ways, parts + 1, m);
        if (ways > size)
            break;
    }
    return parts;
}

static layers choose_layers(const linas_nsga2_options *options) {
    size_t m = options->objectives, population = options->population;
    layers chosen = {options->divisions, options->inner_divisions};
    if (chosen.outer > 0 || chosen.inner > 0)
        return chosen;
    if (population > MOST_DIRECTIONS)
        population = MOST_DIRECTIONS;
    chosen.outer = most_parts(population, m, m > 1 ? MOST_DIRECTIONS : 1);
    if (chosen.outer == 0)
        chosen.outer = 1; /* the axes, of whatever number */
    size_t used = lattice_size(chosen.outer, m);
    if (chosen.outer < m && used < population)
        chosen.inner = most_parts(population - used, m, chosen.outer);
    return chosen;
}

/* The next composition of a whole into m parts, from (whole, 0, ...) to (..., 0, whole). */
static void advance(uint32_t *parts, size_t m) {
    size_t i = m - 1;
    uint32_t last = parts[m - 1];
    while (i > 0 && parts[i - 1] == 0)
        i--;
    if (i == 0)
        return;
    parts[m - 1] = 0;
    parts[i - 1]--;
    parts[i] = last + 1;
}

/* One layer, moved to the centre by the share `inward`, as unit vectors from column `first` on. */
static void fill_layer(lns_reference *reference, size_t m, uint32_t whole, double inward,
                       size_t first) {
    uint32_t parts[LNS_NSGA2_OBJECTIVES] = {whole};
    size_t count = lattice_size(whole, m);
    for (size_t d = first; d < first + count; d++, advance(parts, m)) {
        double *column = reference->columns + d, square = 0.0;
        for (size_t k = 0; k < m; k++) {
            double weight = (1.0 - inward) * parts[k] / whole + inward / (double)m;
            column[k * reference->stride] = weight;
            square += weight * weight;
        }
        for (size_t k = 0; k < m; k++)
            column[k * reference->stride] /= sqrt(square);
    }
}

static bool allocate(lns_reference *r, linas_context *context, size_t m, size_t slots) {
    r->columns = lns_alloc_zero(context, r->stride * m, sizeof *r->columns);
    r->ideal = lns_alloc(context, m, sizeof *r->ideal);
    r->extremes = lns_alloc(context, m * m, sizeof *r->extremes);
    r->widths = lns_alloc(context, m, sizeof *r->widths);
    r->system = lns_alloc(context, m * (m + 1), sizeof *r->system);
    r->niches = lns_alloc_zero(context, slots, sizeof *r->niches);
    r->distances = lns_alloc(context, slots, sizeof *r->distances);
    r->counts = lns_alloc(context, r->directions, sizeof *r->counts);
    r->starts = lns_alloc(context, r->directions, sizeof *r->starts);
    r->ends = lns_alloc(context, r->directions, sizeof *r->ends);
    r->open = lns_alloc(context, r->directions, sizeof *r->open);
    r->ready = lns_alloc(context, r->directions, sizeof *r->ready);
    r->members = lns_alloc(context, slots, sizeof *r->members);
    return r->columns && r->ideal && r->extremes && r->widths && r->system && r->niches &&
           r->distances && r->counts && r->starts && r->ends && r->open && r->ready && r->members;
}

linas_status lns_reference_create(linas_nsga2 *engine) {
    linas_context *context = lns_space_context(engine->space);
    size_t m = engine->options.objectives;
    layers chosen = choose_layers(&engine->options);
    size_t outer = lattice_size(chosen.outer, m), inner = lattice_size(chosen.inner, m);
    if (outer > MOST_DIRECTIONS || outer + inner > MOST_DIRECTIONS)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE,
                        "%u divisions of %zu objectives make more than %d reference directions",
                        (unsigned)(outer > inner ? chosen.outer : chosen.inner), m,
                        MOST_DIRECTIONS);
    lns_reference *made = engine->reference = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->directions = outer + inner;
    made->stride = (made->directions + LNS_COLUMN_LANES - 1) / LNS_COLUMN_LANES * LNS_COLUMN_LANES;
    if (!allocate(made, context, m, 2 * (size_t)engine->options.population))
        return lns_no_memory(context);
    fill_layer(made, m, chosen.outer, 0.0, 0);
    fill_layer(made, m, chosen.inner, 0.5, outer);
    return LINAS_OK;
}

void lns_reference_free(linas_nsga2 *engine) {
    linas_context *context = lns_space_context(engine->space);
    lns_reference *r = engine->reference;
    if (!r)
        return;
    void *arrays[] = {r->columns, r->ideal,     r->extremes, r->widths, r->system,
                      r->niches,  r->distances, r->counts,   r->starts, r->ends,
                      r->open,    r->ready,     r->members};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        lns_free(context, arrays[i]);
    lns_free(context, r);
}
