/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations: checks, canonical form, hash, feasibility, and how many there are. */
#include "space/model.h"

#include <math.h>
#include <string.h>

linas_status linas_space_check(const linas_space *space, const int32_t *genome) {
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    if (!genome)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "the genome is NULL");
    for (size_t i = 0; i < space->variable_count; i++) {
        if (genome[i] >= 0 && genome[i] < space->variables[i].values)
            continue;
        char name[LINAS_MAX_NAME + 32];
        lns_space_variable_name(space, i, name, sizeof name);
        return lns_fail(space->context, LINAS_ERROR_OUT_OF_RANGE,
                        "value index %d of %s is not in 0 .. %d", (int)genome[i], name,
                        (int)(space->variables[i].values - 1));
    }
    return LINAS_OK;
}

/* Stands for an inactive variable while a canonical form is being made. */
enum { INACTIVE = -1 };

/* Conditions stand in the order of their variables' levels, so a controller is settled (and 0 if
 * inactive) before what it controls is looked at. */
void lns_space_canonicalize(const linas_space *space, const int32_t *genome, int32_t *canonical,
                            uint8_t *active) {
    size_t n = space->variable_count;
    for (size_t i = 0; i < n; i++) {
        const int32_t *same = space->same[i];
        canonical[i] = same ? same[genome[i]] : genome[i];
    }
    if (active)
        memset(active, 1, n);
    for (size_t c = 0; c < space->condition_count; c++) {
        const lns_condition *condition = &space->conditions[c];
        int32_t value = canonical[condition->controller];
        if (value == INACTIVE || !condition->allowed[value])
            canonical[condition->variable] = INACTIVE;
    }
    for (size_t i = 0; i < n; i++)
        if (canonical[i] == INACTIVE) {
            canonical[i] = 0;
            if (active)
                active[i] = 0;
        }
}

linas_status linas_space_canonical(const linas_space *space, const int32_t *genome,
                                   int32_t *canonical) {
    LNS_TRY(linas_space_check(space, genome));
    if (!canonical)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "no place for the canonical form");
    lns_space_canonicalize(space, genome, canonical, NULL);
    return LINAS_OK;
}

static linas_status canonical_copy(const linas_space *space, const int32_t *genome,
                                   int32_t **canonical) {
    LNS_TRY(linas_space_check(space, genome));
    *canonical = lns_alloc(space->context, space->variable_count, sizeof **canonical);
    if (!*canonical)
        return lns_no_memory(space->context);
    return LINAS_OK;
}

linas_status linas_space_active(const linas_space *space, const int32_t *genome, uint8_t *active) {
    int32_t *canonical;
    LNS_TRY(canonical_copy(space, genome, &canonical));
    linas_status status = LINAS_OK;
    if (active)
        lns_space_canonicalize(space, genome, canonical, active);
    else
        status = lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "no place for the bits");
    lns_free(space->context, canonical);
    return status;
}

uint64_t lns_space_hash_canonical(const linas_space *space, const int32_t *canonical) {
    uint64_t hash = lns_hash_u64(0, space->variable_count);
    for (size_t i = 0; i < space->variable_count; i++)
        hash = lns_hash_u64(hash, (uint64_t)(uint32_t)canonical[i]);
    return hash;
}

linas_status linas_space_hash(const linas_space *space, const int32_t *genome, uint64_t *hash) {
    int32_t *canonical;
    LNS_TRY(canonical_copy(space, genome, &canonical));
    lns_space_canonicalize(space, genome, canonical, NULL);
    linas_status status = LINAS_OK;
    if (hash)
        *hash = lns_space_hash_canonical(space, canonical);
    else
        status = lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "no place for the hash");
    lns_free(space->context, canonical);
    return status;
}

bool lns_space_has_predicate(const linas_space *space) {
    return space->feasible != NULL;
}

linas_status lns_space_feasible(const linas_space *space, const int32_t *canonical,
                                bool *feasible) {
    int32_t answer = 1;
    if (space->feasible)
        answer = space->feasible(space->feasible_data, canonical, space->variable_count);
    *feasible = answer == 1;
    if (answer == 0 || answer == 1)
        return LINAS_OK;
    return lns_fail(space->context, answer, "the feasibility callback ended the call");
}

linas_status linas_space_is_feasible(const linas_space *space, const int32_t *genome,
                                     int32_t *feasible) {
    int32_t *canonical;
    LNS_TRY(canonical_copy(space, genome, &canonical));
    lns_space_canonicalize(space, genome, canonical, NULL);
    bool answer;
    linas_status status = lns_space_feasible(space, canonical, &answer);
    lns_free(space->context, canonical);
    LNS_TRY(status);
    if (!feasible)
        return lns_fail(space->context, LINAS_ERROR_INVALID_ARGUMENT, "no place for the answer");
    *feasible = answer;
    return LINAS_OK;
}

/* -- fingerprint ---------------------------------------------------------------------------------
 */

static uint64_t hash_double(uint64_t seed, double value) {
    uint64_t bits;
    double plain = value == 0.0 ? 0.0 : value;
    memcpy(&bits, &plain, sizeof bits);
    return lns_hash_u64(seed, bits);
}

static uint64_t hash_group(uint64_t hash, const lns_group *group) {
    hash = lns_hash_bytes(hash, group->name, strlen(group->name));
    hash = lns_hash_u64(hash, (uint64_t)group->kind);
    hash = lns_hash_u64(hash, (uint64_t)group->order);
    hash = lns_hash_u64(hash, group->slots);
    for (size_t i = 0; i < group->values; i++)
        hash = group->kind == LINAS_VALUE_STRING
                   ? lns_hash_bytes(hash, group->strings[i], strlen(group->strings[i]))
               : group->kind == LINAS_VALUE_INT ? lns_hash_u64(hash, (uint64_t)group->ints[i])
                                                : hash_double(hash, group->reals[i]);
    return hash;
}

linas_status linas_space_fingerprint(const linas_space *space, uint64_t *fingerprint) {
    if (!space || !fingerprint)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(space->context);
    uint64_t hash = lns_hash_u64(0, space->group_count);
    for (size_t i = 0; i < space->group_count; i++)
        hash = hash_group(hash, &space->groups[i]);
    /* A sum, because the order in which conditions were given means nothing. */
    uint64_t sum = 0;
    for (size_t i = 0; i < space->condition_count; i++) {
        const lns_condition *condition = &space->conditions[i];
        size_t values = (size_t)space->variables[condition->controller].values;
        uint64_t one = lns_hash_u64(condition->variable, condition->controller);
        sum += lns_hash_bytes(one, condition->allowed, values);
    }
    hash = lns_hash_u64(hash, sum);
    for (size_t i = 0; i < space->variable_count; i++)
        for (int32_t v = 0; space->same[i] && v < space->variables[i].values; v++)
            if (space->same[i][v] != v)
                hash = lns_hash_u64(lns_hash_u64(hash, i),
                                    (uint64_t)v << 32 | (uint64_t)space->same[i][v]);
    *fingerprint = hash;
    return LINAS_OK;
}

/* -- cardinality ---------------------------------------------------------------------------------
 */

double linas_space_raw_cardinality(const linas_space *space) {
    double product = 1.0;
    for (size_t i = 0; space && i < space->variable_count; i++)
        product *= (double)space->variables[i].values;
    return product;
}

static double distinct_values(const linas_space *space, size_t variable) {
    const int32_t *same = space->same[variable];
    int32_t count = 0;
    for (int32_t v = 0; v < space->variables[variable].values; v++)
        count += !same || same[v] == v;
    return (double)count;
}

/* The variables that control others are enumerated, one connected component at a time; all that
 * they control follows from them by multiplication. */
typedef struct counting {
    const linas_space *space;
    size_t *component;   /* per variable */
    uint8_t *controls;   /* per variable: does it control another? */
    size_t *controllers; /* those of the component at hand */
    size_t controller_count;
    int32_t *genome; /* controllers' values; the rest 0 */
    int32_t *canonical;
    uint8_t *active;
    double work;
} counting;

static const double most_work = 1e8;

static size_t root_of(size_t *component, size_t i) {
    while (component[i] != i) {
        component[i] = component[component[i]];
        i = component[i];
    }
    return i;
}

static void find_components(counting *count) {
    const linas_space *space = count->space;
    for (size_t i = 0; i < space->variable_count; i++)
        count->component[i] = i;
    for (size_t i = 0; i < space->condition_count; i++) {
        const lns_condition *condition = &space->conditions[i];
        size_t a = root_of(count->component, condition->variable);
        size_t b = root_of(count->component, condition->controller);
        count->component[a] = b;
        count->controls[condition->controller] = 1;
    }
}

/* Next combination of the controllers' canonical values; false after the last. */
static bool next_combination(counting *count) {
    for (size_t k = 0; k < count->controller_count; k++) {
        size_t variable = count->controllers[k];
        const int32_t *same = count->space->same[variable];
        int32_t *value = &count->genome[variable];
        do
            (*value)++;
        while (*value < count->space->variables[variable].values && same && same[*value] != *value);
        if (*value < count->space->variables[variable].values)
            return true;
        *value = 0;
    }
    return false;
}

/* Each combination stands for itself only if it is canonical: then no inactive controller is
 * counted twice. */
static double count_combination(counting *count, size_t component) {
    const linas_space *space = count->space;
    lns_space_canonicalize(space, count->genome, count->canonical, count->active);
    for (size_t k = 0; k < count->controller_count; k++)
        if (count->canonical[count->controllers[k]] != count->genome[count->controllers[k]])
            return 0.0;
    double product = 1.0;
    for (size_t i = 0; i < space->variable_count; i++)
        if (!count->controls[i] && count->active[i] && root_of(count->component, i) == component)
            product *= distinct_values(space, i);
    return product;
}

static linas_status count_component(counting *count, size_t component, double *total) {
    const linas_space *space = count->space;
    count->controller_count = 0;
    double combinations = 1.0;
    for (size_t i = 0; i < space->variable_count; i++)
        if (count->controls[i] && root_of(count->component, i) == component) {
            count->controllers[count->controller_count++] = i;
            combinations *= distinct_values(space, i);
        }
    count->work += combinations * (double)space->variable_count;
    if (count->work > most_work)
        return lns_fail(space->context, LINAS_ERROR_TOO_LARGE,
                        "the conditions are too entangled to count the configurations exactly");
    double sum = 0.0;
    do
        sum += count_combination(count, component);
    while (next_combination(count));
    *total *= sum;
    return LINAS_OK;
}

static linas_status count_all(counting *count, double *cardinality) {
    const linas_space *space = count->space;
    double total = 1.0;
    find_components(count);
    for (size_t i = 0; i < space->variable_count; i++) {
        bool alone = !space->variables[i].conditional && !count->controls[i];
        if (alone)
            total *= distinct_values(space, i);
        else if (root_of(count->component, i) == i)
            LNS_TRY(count_component(count, i, &total));
    }
    *cardinality = total;
    return LINAS_OK;
}

linas_status linas_space_effective_cardinality(const linas_space *space, double *cardinality) {
    if (!space || !cardinality)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = space->context;
    lns_clear(context);
    size_t n = space->variable_count;
    counting count = {.space = space};
    count.component = lns_alloc(context, n, sizeof *count.component);
    count.controls = lns_alloc_zero(context, n, sizeof *count.controls);
    count.controllers = lns_alloc(context, n, sizeof *count.controllers);
    count.genome = lns_alloc_zero(context, n, sizeof *count.genome);
    count.canonical = lns_alloc(context, n, sizeof *count.canonical);
    count.active = lns_alloc(context, n, sizeof *count.active);
    linas_status status = count.component && count.controls && count.controllers && count.genome &&
                                  count.canonical && count.active
                              ? count_all(&count, cardinality)
                              : lns_no_memory(context);
    lns_free(context, count.component);
    lns_free(context, count.controls);
    lns_free(context, count.controllers);
    lns_free(context, count.genome);
    lns_free(context, count.canonical);
    lns_free(context, count.active);
    return status;
}
