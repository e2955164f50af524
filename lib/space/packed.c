/* SPDX-License-Identifier: Apache-2.0 */
/* Packed genomes: what an engine does to every individual costs a few vector operations a row. */
#include "num/sort.h"
#include "space/model.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { LANES = 8 };

/* What one value of a controlling variable switches off, 64 variables at a time. */
typedef struct switching {
    uint32_t word;
    uint64_t off;
} switching;

struct lns_packing {
    linas_space *space;
    size_t variables;
    size_t stride;
    size_t words;
    /* Controllers in the order of their levels, so that each is settled before it is looked at. For
     * each its values and, last, its own inactivity: from starts[first + value] on, to the next. */
    uint32_t *controllers;
    uint32_t *firsts;
    size_t controller_count;
    uint32_t *starts;
    switching *switchings;
    uint32_t *renamed; /* variables some of whose values mean the same as others */
    size_t renamed_count;
};

/* -- making ------------------------------------------------------------------------------------ */

static bool switches_off(const lns_condition *condition, int32_t value, int32_t values) {
    return value == values || !condition->allowed[value];
}

/* Appends what `value` of a controller switches off; conditions on one word are put together. */
static size_t add_switchings(lns_packing *p, const lns_keyed *run, size_t length, int32_t value,
                             size_t count) {
    const linas_space *space = p->space;
    size_t start = count;
    for (size_t c = 0; c < length; c++) {
        const lns_condition *condition = &space->conditions[run[c].value];
        if (!switches_off(condition, value, space->variables[condition->controller].values))
            continue;
        uint32_t word = (uint32_t)(condition->variable / 64);
        size_t at = count;
        while (at > start && p->switchings[at - 1].word != word)
            at--;
        if (at == start) {
            at = ++count;
            p->switchings[at - 1] = (switching){word, 0};
        }
        p->switchings[at - 1].off |= UINT64_C(1) << condition->variable % 64;
    }
    return count;
}

/* Conditions sorted by their controllers' levels, those of one controller together. */
static void sort_conditions(const linas_space *space, lns_keyed *rows, lns_keyed *spare) {
    for (size_t c = 0; c < space->condition_count; c++) {
        size_t controller = space->conditions[c].controller;
        rows[c] = (lns_keyed){(uint64_t)space->level[controller] << 32 | controller, c};
    }
    lns_sort_keyed(rows, spare, space->condition_count);
}

static void list_switchings(lns_packing *p, const lns_keyed *rows) {
    const linas_space *space = p->space;
    size_t count = 0, first = 0;
    for (size_t run = 0, end; run < space->condition_count; run = end) {
        uint32_t controller = (uint32_t)space->conditions[rows[run].value].controller;
        for (end = run; end < space->condition_count && rows[end].key == rows[run].key; end++)
            ;
        p->controllers[p->controller_count] = controller;
        p->firsts[p->controller_count++] = (uint32_t)first;
        for (int32_t value = 0; value <= space->variables[controller].values; value++) {
            p->starts[first++] = (uint32_t)count;
            count = add_switchings(p, rows + run, end - run, value, count);
        }
    }
    p->starts[first] = (uint32_t)count;
}

static void list_renamed(lns_packing *p) {
    for (size_t i = 0; i < p->variables; i++)
        if (p->space->same[i])
            p->renamed[p->renamed_count++] = (uint32_t)i;
}

static linas_status fill(lns_packing *p) {
    const linas_space *space = p->space;
    linas_context *context = space->context;
    size_t conditions = space->condition_count, most = 1;
    for (size_t c = 0; c < conditions; c++)
        most += (size_t)space->variables[space->conditions[c].controller].values + 1;
    lns_keyed *rows = lns_alloc(context, 2 * conditions, sizeof *rows);
    p->controllers = lns_alloc(context, conditions, sizeof *p->controllers);
    p->firsts = lns_alloc(context, conditions, sizeof *p->firsts);
    p->starts = lns_alloc(context, most, sizeof *p->starts);
    p->switchings = lns_alloc(context, most, sizeof *p->switchings);
    p->renamed = lns_alloc(context, p->variables, sizeof *p->renamed);
    bool whole = rows && p->controllers && p->firsts && p->starts && p->switchings && p->renamed;
    if (whole) {
        sort_conditions(space, rows, rows + conditions);
        list_switchings(p, rows);
        list_renamed(p);
    }
    lns_free(context, rows);
    return whole ? LINAS_OK : lns_no_memory(context);
}

linas_status lns_packing_create(const linas_space *space, lns_packing **packing) {
    lns_packing *made = lns_alloc_zero(space->context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(space->context);
    made->space = lns_space_keep(space);
    made->variables = space->variable_count;
    made->stride = (made->variables + LANES - 1) / LANES * LANES;
    made->words = (made->variables + 63) / 64;
    linas_status status = fill(made);
    if (status == LINAS_OK)
        *packing = made;
    else
        lns_packing_destroy(made);
    return status;
}

void lns_packing_destroy(lns_packing *packing) {
    if (!packing)
        return;
    linas_space *space = packing->space;
    lns_free(space->context, packing->controllers);
    lns_free(space->context, packing->firsts);
    lns_free(space->context, packing->starts);
    lns_free(space->context, packing->switchings);
    lns_free(space->context, packing->renamed);
    lns_free(space->context, packing);
    lns_space_drop(space);
}

/* -- using ------------------------------------------------------------------------------------- */

size_t lns_packing_stride(const lns_packing *packing) {
    return packing->stride;
}

size_t lns_packing_words(const lns_packing *packing) {
    return packing->words;
}

bool lns_packing_plain(const lns_packing *packing) {
    return packing->controller_count == 0 && packing->renamed_count == 0;
}

void lns_packing_pack(const lns_packing *packing, const int32_t *genome, uint16_t *row) {
    size_t n = packing->variables;
    for (size_t i = 0; i < n; i++)
        row[i] = (uint16_t)genome[i];
    memset(row + n, 0, (packing->stride - n) * sizeof *row);
}

void lns_packing_unpack(const lns_packing *packing, const uint16_t *row, int32_t *genome) {
    for (size_t i = 0; i < packing->variables; i++)
        genome[i] = row[i];
}

void lns_packed_choose_portable(uint16_t *row, const uint16_t *other, const uint64_t *bits,
                                size_t n) {
    for (size_t i = 0; i < n; i++)
        row[i] = bits[i / 64] >> i % 64 & 1 ? other[i] : row[i];
}

#if defined(__SSE2__)
/* All ones in the lanes whose bits are set among bits i .. i+7. */
static __m128i lanes_of(const uint64_t *bits, size_t i) {
    const __m128i lanes = _mm_set_epi16(128, 64, 32, 16, 8, 4, 2, 1);
    __m128i chosen = _mm_set1_epi16((short)(bits[i / 64] >> i % 64 & 0xff));
    return _mm_cmpeq_epi16(_mm_and_si128(chosen, lanes), lanes);
}

void lns_packed_choose(uint16_t *row, const uint16_t *other, const uint64_t *bits, size_t n) {
    for (size_t i = 0; i < n; i += LANES) {
        __m128i mask = lanes_of(bits, i);
        __m128i mine = _mm_loadu_si128((const __m128i *)(const void *)(row + i));
        __m128i theirs = _mm_loadu_si128((const __m128i *)(const void *)(other + i));
        mine = _mm_or_si128(_mm_and_si128(mask, theirs), _mm_andnot_si128(mask, mine));
        _mm_storeu_si128((__m128i *)(void *)(row + i), mine);
    }
}

static void clear_inactive(uint16_t *row, const uint64_t *active, size_t n) {
    for (size_t i = 0; i < n; i += LANES) {
        __m128i kept = _mm_loadu_si128((const __m128i *)(const void *)(row + i));
        _mm_storeu_si128((__m128i *)(void *)(row + i), _mm_and_si128(lanes_of(active, i), kept));
    }
}
#else
void lns_packed_choose(uint16_t *row, const uint16_t *other, const uint64_t *bits, size_t n) {
    lns_packed_choose_portable(row, other, bits, n);
}

static void clear_inactive(uint16_t *row, const uint64_t *active, size_t n) {
    for (size_t i = 0; i < n; i++)
        row[i] = active[i / 64] >> i % 64 & 1 ? row[i] : 0;
}
#endif

void lns_packing_activity(const lns_packing *packing, uint16_t *row, uint64_t *active) {
    memset(active, 0xff, packing->words * sizeof *active);
    for (size_t i = 0; i < packing->renamed_count; i++) {
        uint32_t variable = packing->renamed[i];
        row[variable] = (uint16_t)packing->space->same[variable][row[variable]];
    }
    for (size_t k = 0; k < packing->controller_count; k++) {
        uint32_t controller = packing->controllers[k];
        size_t values = (size_t)packing->space->variables[controller].values;
        bool on = active[controller / 64] >> controller % 64 & 1;
        size_t at = packing->firsts[k] + (on ? row[controller] : values);
        for (uint32_t s = packing->starts[at]; s < packing->starts[at + 1]; s++)
            active[packing->switchings[s].word] &= ~packing->switchings[s].off;
    }
}

void lns_packing_canonicalize(const lns_packing *packing, uint16_t *row, uint64_t *active) {
    lns_packing_activity(packing, row, active);
    if (packing->controller_count > 0)
        clear_inactive(row, active, packing->stride);
}

/* A sum of products of the halves of keyed words (NH: Black, Halevi, Krawczyk, Krovetz and Rogaway
 * 1999): no step waits for another. */
uint64_t lns_packing_hash(const lns_packing *packing, const uint16_t *row) {
    uint64_t sum = 0;
    for (size_t i = 0; i < packing->stride; i += 4) {
        uint64_t word, key = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        memcpy(&word, row + i, sizeof word);
        uint32_t low = (uint32_t)word + (uint32_t)key;
        uint32_t high = (uint32_t)(word >> 32) + (uint32_t)(key >> 32);
        sum += (uint64_t)low * high;
    }
    return lns_mix64(sum);
}
