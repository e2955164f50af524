/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's state as bytes: little-endian numbers, a header that says what it belongs to, and a
 * hash of everything at the end. */
#include "nsga2/model.h"

#include <math.h>
#include <string.h>

static const uint64_t magic = UINT64_C(0x31324147534e4c); /* "LNSGA21" */

typedef struct writer {
    lns_text text;
} writer;

static void put(writer *w, uint64_t value) {
    char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(unsigned char)(value >> (8 * i) & 0xff);
    lns_text_bytes(&w->text, bytes, sizeof bytes);
}

static void put_double(writer *w, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put(w, bits);
}

static uint64_t options_hash(const linas_nsga2_options *o) {
    double reals[] = {o->crossover_probability, o->mutation_probability, o->eta_crossover,
                      o->eta_mutation};
    uint64_t hash = lns_hash_u64(o->seed, o->population);
    hash = lns_hash_u64(hash, (uint64_t)o->crossover);
    hash = lns_hash_u64(hash, (uint64_t)o->mutation);
    hash = lns_hash_u64(hash, (uint64_t)o->objectives << 32 | o->constraints);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        uint64_t bits;
        memcpy(&bits, &reals[i], sizeof bits);
        hash = lns_hash_u64(hash, bits);
    }
    if (o->survival != LINAS_SURVIVAL_CROWDING) {
        hash = lns_hash_u64(hash, (uint64_t)o->survival);
        hash = lns_hash_u64(hash, (uint64_t)o->divisions << 32 | o->inner_divisions);
    }
    return hash;
}

static void put_genomes(writer *w, const int32_t *genomes, size_t count, size_t n) {
    put(w, count);
    for (size_t i = 0; i < count * n; i++)
        put(w, (uint64_t)(uint32_t)genomes[i]);
}

static void put_slots(writer *w, const linas_nsga2 *engine, const uint32_t *slots, size_t count) {
    put(w, count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < engine->variables; k++)
            put(w, lns_nsga2_genes(engine, slots[i])[k]);
}

static void put_reference(writer *w, const linas_nsga2 *engine) {
    const lns_reference *reference = engine->reference;
    size_t m = engine->options.objectives;
    for (size_t i = 0; i < engine->parent_count; i++)
        put(w, reference->niches[engine->parents[i]]);
    put(w, reference->learned);
    for (size_t k = 0; k < m && reference->learned; k++)
        put_double(w, reference->ideal[k]);
    for (size_t k = 0; k < m * m && reference->learned; k++)
        put_double(w, reference->extremes[k]);
}

static linas_status write_state(const linas_nsga2 *engine, writer *w) {
    size_t n = engine->variables, m = engine->options.objectives;
    uint64_t fingerprint;
    LNS_TRY(linas_space_fingerprint(engine->space, &fingerprint));
    put(w, magic);
    put(w, fingerprint);
    put(w, options_hash(&engine->options));
    put(w, engine->generation);
    put(w, engine->asked);
    put_genomes(w, engine->seeds, engine->seed_count, n);
    put_slots(w, engine, engine->children, engine->asked ? engine->child_count : 0);
    put_slots(w, engine, engine->parents, engine->parent_count);
    for (size_t i = 0; i < engine->parent_count; i++)
        for (size_t k = 0; k < m; k++)
            put_double(w, engine->objectives[engine->parents[i] * m + k]);
    for (size_t i = 0; i < engine->parent_count; i++) {
        put_double(w, engine->violations[engine->parents[i]]);
        put(w, engine->ranks[i]);
        put_double(w, engine->crowding[i]);
    }
    if (engine->reference)
        put_reference(w, engine);
    put(w, lns_hash_bytes(0, w->text.data, w->text.length));
    return w->text.failed ? lns_no_memory(w->text.context) : LINAS_OK;
}

linas_status linas_nsga2_save(const linas_nsga2 *engine, void *buffer, size_t capacity,
                              size_t *needed) {
    if (!engine)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = lns_space_context(engine->space);
    lns_clear(context);
    writer w;
    lns_text_init(&w.text, context);
    linas_status status = write_state(engine, &w);
    if (status == LINAS_OK)
        status = lns_give(context, w.text.data, w.text.length, false, buffer, capacity, needed);
    lns_text_free(&w.text);
    return status;
}

/* -- loading ----------------------------------------------------------------------------------- */

typedef struct reader {
    const unsigned char *next;
    size_t left;
    bool short_of_bytes;
} reader;

static uint64_t get(reader *r) {
    uint64_t value = 0;
    if (r->left < 8) {
        r->short_of_bytes = true;
        return 0;
    }
    for (size_t i = 0; i < 8; i++)
        value |= (uint64_t)r->next[i] << (8 * i);
    r->next += 8;
    r->left -= 8;
    return value;
}

static double get_double(reader *r) {
    uint64_t bits = get(r);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static linas_status damaged(linas_context *context, const char *what) {
    return lns_fail(context, LINAS_ERROR_CORRUPT, "the saved engine is damaged: %s", what);
}

static linas_status check_whole(linas_context *context, const unsigned char *bytes, size_t length) {
    if (length < 16 || length % 8 != 0)
        return damaged(context, "its length is wrong");
    reader first = {bytes, 8, false}, last = {bytes + length - 8, 8, false};
    if (get(&first) != magic)
        return damaged(context, "it does not begin like one");
    if (get(&last) != lns_hash_bytes(0, bytes, length - 8))
        return damaged(context, "its hash is wrong");
    return LINAS_OK;
}

/* Reads genomes into the slots from `first` on. */
static linas_status get_slots(linas_nsga2 *into, reader *r, uint32_t first, uint32_t *slots,
                              size_t *count) {
    linas_context *context = lns_space_context(into->space);
    size_t n = into->variables;
    uint64_t given = get(r);
    if (given > into->options.population || given * n * 8 > r->left)
        return damaged(context, "a count is too large");
    for (size_t i = 0; i < given; i++) {
        uint16_t *row = lns_nsga2_genes(into, first + (uint32_t)i);
        slots[i] = first + (uint32_t)i;
        for (size_t k = 0; k < n; k++) {
            uint64_t value = get(r);
            if (value >= into->gene[k].values)
                return damaged(context, "a value index is too large");
            row[k] = (uint16_t)value;
        }
        if (!into->plain)
            lns_packing_canonicalize(into->packing, row, into->active + slots[i] * into->words);
        into->hashes[slots[i]] = lns_packing_hash(into->packing, row);
    }
    *count = (size_t)given;
    return LINAS_OK;
}

static linas_status get_parents(linas_nsga2 *into, reader *r) {
    linas_context *context = lns_space_context(into->space);
    size_t m = into->options.objectives;
    LNS_TRY(get_slots(into, r, 0, into->parents, &into->parent_count));
    for (size_t i = 0; i < into->parent_count * m; i++) {
        into->objectives[i] = get_double(r);
        if (!isfinite(into->objectives[i]))
            return damaged(context, "an objective is not finite");
    }
    for (size_t i = 0; i < into->parent_count; i++) {
        into->violations[i] = get_double(r);
        into->ranks[i] = (uint32_t)get(r);
        into->crowding[i] = get_double(r);
        if (!isfinite(into->violations[i]) || isnan(into->crowding[i]))
            return damaged(context, "a number is not finite");
    }
    return LINAS_OK;
}

static linas_status get_reference(linas_nsga2 *into, reader *r) {
    linas_context *context = lns_space_context(into->space);
    lns_reference *reference = into->reference;
    size_t m = into->options.objectives;
    for (size_t i = 0; i < into->parent_count; i++) {
        uint64_t niche = get(r);
        if (niche >= reference->directions)
            return damaged(context, "there is no such direction");
        reference->niches[into->parents[i]] = (uint32_t)niche;
    }
    reference->learned = get(r) != 0;
    for (size_t k = 0; k < m * (m + 1) && reference->learned; k++) {
        double value = get_double(r);
        if (!isfinite(value))
            return damaged(context, "an extreme is not finite");
        *(k < m ? &reference->ideal[k] : &reference->extremes[k - m]) = value;
    }
    return LINAS_OK;
}

/* Children come before the parents, but their slots after them: those without a place are free. */
static void list_children(linas_nsga2 *into, size_t count) {
    uint32_t population = into->options.population, at = 0;
    for (uint32_t i = 0; i < population; i++)
        into->children[at++] = population + i;
    for (uint32_t i = (uint32_t)into->parent_count; i < population; i++)
        into->children[at++] = i;
    into->child_count = count;
}

static linas_status get_seeds(linas_nsga2 *into, reader *r) {
    linas_context *context = lns_space_context(into->space);
    size_t n = into->variables;
    uint64_t given = get(r);
    if (given > r->left || given * n * 8 > r->left)
        return damaged(context, "a count is too large");
    if (!lns_grow(context, &into->seeds, &into->seed_capacity, (size_t)given * n,
                  sizeof *into->seeds))
        return lns_no_memory(context);
    for (size_t i = 0; i < given * n; i++) {
        uint64_t value = get(r);
        if (value >= into->gene[i % n].values)
            return damaged(context, "a value index is too large");
        into->seeds[i] = (int32_t)value;
    }
    into->seed_count = (size_t)given;
    return LINAS_OK;
}

static linas_status read_state(linas_nsga2 *into, reader *r) {
    linas_context *context = lns_space_context(into->space);
    uint64_t fingerprint;
    LNS_TRY(linas_space_fingerprint(into->space, &fingerprint));
    get(r);
    if (get(r) != fingerprint)
        return lns_fail(context, LINAS_ERROR_MISMATCH, "the saved engine belongs to another space");
    if (get(r) != options_hash(&into->options))
        return lns_fail(context, LINAS_ERROR_MISMATCH, "the saved engine has other options");
    into->generation = get(r);
    into->asked = get(r) != 0;
    LNS_TRY(get_seeds(into, r));
    size_t children;
    LNS_TRY(get_slots(into, r, into->options.population, into->children, &children));
    LNS_TRY(get_parents(into, r));
    if (into->reference)
        LNS_TRY(get_reference(into, r));
    list_children(into, children);
    lns_nsga2_make_line(into);
    if (r->short_of_bytes || r->left != 8)
        return damaged(context, "its length is wrong");
    return LINAS_OK;
}

linas_status linas_nsga2_load(linas_nsga2 *engine, const void *bytes, size_t length) {
    if (!engine)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = lns_space_context(engine->space);
    lns_clear(context);
    if (!bytes)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "the bytes are NULL");
    LNS_TRY(check_whole(context, bytes, length));
    /* Read into a second engine, which takes the first one's place only when all went well. */
    linas_nsga2 *read = NULL;
    LNS_TRY(linas_nsga2_create(engine->space, &engine->options, &read));
    reader r = {bytes, length, false};
    linas_status status = read_state(read, &r);
    if (status == LINAS_OK) {
        linas_nsga2 old = *engine;
        *engine = *read;
        *read = old;
    }
    linas_nsga2_destroy(read);
    return status;
}
