/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/gp_features.h"

#include <math.h>
#include <string.h>

/* Values of families of more values are not counted: their neighbours are too much alike.
 * Nor are products of more codes: distances are between all pairs of codes. */
enum { MAX_COUNTED_VALUES = 8, MAX_LAYER_CODES = 64 };

/* -- features ---------------------------------------------------------------------------------- */

/* Its values and, where it has one, its inactive state. */
static size_t variable_codes(const lns_gp_features *features, size_t variable) {
    const lns_variable *facts = lns_space_variable(features->space, variable);
    return (size_t)facts->values + facts->conditional;
}

/* Adds a feature of `count` members with `codes` states. */
static linas_status add_feature(lns_gp_features *features, const size_t *members, size_t count,
                                int32_t counted, size_t codes) {
    linas_context *context = features->context;
    if (!lns_grow(context, &features->list, &features->list_capacity, features->count + 1,
                  sizeof *features->list) ||
        !lns_grow(context, &features->members, &features->member_capacity,
                  features->member_count + count, sizeof *features->members))
        return lns_no_memory(context);
    lns_feature added = {features->member_count, count, counted, codes, features->codes, 0};
    features->codes += codes;
    features->list[features->count++] = added;
    memcpy(features->members + features->member_count, members, count * sizeof *members);
    features->member_count += count;
    return LINAS_OK;
}

/* Variables that mean the same kind of thing: the slots of one group, or single variables of equal
 * values. */
static bool same_family(const lns_gp_features *features, size_t a, size_t b) {
    const lns_variable *first = lns_space_variable(features->space, a);
    const lns_variable *second = lns_space_variable(features->space, b);
    if (first->group == second->group)
        return true;
    linas_group_info one = LINAS_GROUP_INFO_INIT, two = LINAS_GROUP_INFO_INIT;
    linas_space_group(features->space, first->group, &one);
    linas_space_group(features->space, second->group, &two);
    return one.slots == 1 && two.slots == 1 &&
           lns_space_same_values(features->space, first->group, second->group);
}

/* How often each value occurs in a family: what its members share is learned from all of them. */
static linas_status add_counts(lns_gp_features *features, const size_t *members, size_t count) {
    int32_t values = lns_space_variable(features->space, members[0])->values;
    if (count < 2 || values > MAX_COUNTED_VALUES)
        return LINAS_OK;
    for (int32_t value = 0; value < values; value++)
        LNS_TRY(add_feature(features, members, count, value, count + 1));
    return LINAS_OK;
}

/* Adds the family of which `first` is the first variable. `members` is room for all variables. */
static linas_status add_family(lns_gp_features *features, size_t first, size_t *members) {
    size_t count = 0;
    for (size_t v = 0; v < features->variables; v++) {
        if (!same_family(features, first, v))
            continue;
        if (v < first)
            return LINAS_OK;
        members[count++] = v;
    }
    return add_counts(features, members, count);
}

/* Numbers of a group as they are, when all are positive; such a variable has 0 when inactive. */
static bool positive_numbers(const lns_gp_features *features, const lns_variable *facts,
                             double *largest) {
    *largest = 0.0;
    for (size_t i = 0; i < (size_t)facts->values; i++) {
        double value;
        if (linas_space_value_real(features->space, facts->group, i, &value) != LINAS_OK ||
            value <= 0.0)
            return false;
        *largest = fmax(*largest, value);
    }
    return true;
}

static double amount(const lns_gp_features *features, const lns_variable *facts, size_t code) {
    double value = 0.0;
    if (code < (size_t)facts->values)
        linas_space_value_real(features->space, facts->group, code, &value);
    return value;
}

/* Only what may be inactive is known to be a part of a layer. */
static bool is_part(const lns_gp_features *features, size_t variable) {
    const lns_variable *facts = lns_space_variable(features->space, variable);
    double largest;
    return facts->order == LINAS_ORDINAL && facts->conditional &&
           positive_numbers(features, facts, &largest);
}

static bool same_layer(const lns_gp_features *features, size_t a, size_t b) {
    return is_part(features, a) && is_part(features, b) &&
           lns_space_same_layer(features->space, a, b);
}

/* Adds the layer of which `first` is the first variable: what it costs is often the product of its
 * numbers. `members` is room for all variables. */
static linas_status add_layer(lns_gp_features *features, size_t first, size_t *members) {
    size_t count = 1, codes = variable_codes(features, first);
    members[0] = first;
    for (size_t v = 0; v < features->variables; v++) {
        if (!same_layer(features, first, v))
            continue;
        if (v < first)
            return LINAS_OK;
        members[count++] = v;
        codes *= variable_codes(features, v);
        if (codes > MAX_LAYER_CODES)
            return LINAS_OK;
    }
    return count < 2 ? LINAS_OK : add_feature(features, members, count, LNS_PRODUCT, codes);
}

static linas_status add_all(lns_gp_features *features, bool products, size_t *members) {
    for (size_t v = 0; v < features->variables; v++)
        LNS_TRY(add_feature(features, &v, 1, LNS_SINGLE, variable_codes(features, v)));
    for (size_t v = 0; v < features->variables; v++)
        LNS_TRY(add_family(features, v, members));
    size_t others = features->count;
    for (size_t v = 0; v < features->variables && products; v++)
        LNS_TRY(add_layer(features, v, members));
    features->products = features->count - others;
    return LINAS_OK;
}

static linas_status add_features(lns_gp_features *features, bool products) {
    linas_context *context = features->context;
    size_t *members = lns_alloc(context, features->variables, sizeof *members);
    if (!members)
        return lns_no_memory(context);
    linas_status status = add_all(features, products, members);
    lns_free(context, members);
    return status;
}

static void fill_counter(lns_gp_features *features, size_t feature) {
    const lns_feature *f = &features->list[feature];
    for (size_t m = 0; m < f->member_count; m++) {
        size_t variable = features->members[f->first_member + m];
        size_t code = features->list[variable].first_code + (size_t)f->counted;
        features->counter[code] = (uint32_t)feature;
        features->counts[code] = 1;
    }
}

/* A product's code has the states of its members as digits, the first one's least. */
static void fill_layer(lns_gp_features *features, size_t feature) {
    const lns_feature *f = &features->list[feature];
    size_t unit = 1;
    for (size_t m = 0; m < f->member_count; m++) {
        const lns_feature *member = &features->list[features->members[f->first_member + m]];
        for (size_t state = 0; state < member->codes; state++) {
            features->layer[member->first_code + state] = (uint32_t)feature;
            features->layer_codes[member->first_code + state] = (uint16_t)(unit * state);
        }
        unit *= member->codes;
    }
}

static linas_status fill_counters(lns_gp_features *features) {
    linas_context *context = features->context;
    features->counter = lns_alloc_zero(context, features->codes, sizeof *features->counter);
    features->counts = lns_alloc_zero(context, features->codes, sizeof *features->counts);
    features->layer = lns_alloc_zero(context, features->codes, sizeof *features->layer);
    features->layer_codes = lns_alloc_zero(context, features->codes, sizeof *features->layer_codes);
    if (!features->counter || !features->counts || !features->layer || !features->layer_codes)
        return lns_no_memory(context);
    for (size_t i = features->variables; i < features->count; i++)
        if (features->list[i].counted == LNS_PRODUCT)
            fill_layer(features, i);
        else
            fill_counter(features, i);
    return LINAS_OK;
}

/* -- distances --------------------------------------------------------------------------------- */

static double variable_distance(const lns_gp_features *features, size_t variable, size_t a,
                                size_t b) {
    const lns_variable *facts = lns_space_variable(features->space, variable);
    size_t inactive = (size_t)facts->values;
    double largest;
    if (a == b)
        return 0.0;
    if (facts->order != LINAS_ORDINAL)
        return 1.0;
    if (facts->conditional && positive_numbers(features, facts, &largest))
        return fabs(amount(features, facts, a) - amount(features, facts, b)) / largest;
    if (a == inactive || b == inactive)
        return 1.0;
    const double *positions = lns_space_positions(features->space, variable);
    return fabs(positions[a] - positions[b]);
}

/* Of its largest value. An inactive layer has none. */
static double product_of(const lns_gp_features *features, const lns_feature *f, size_t code) {
    double product = 1.0;
    for (size_t m = 0; m < f->member_count; m++) {
        size_t variable = features->members[f->first_member + m];
        size_t codes = features->list[variable].codes;
        const lns_variable *facts = lns_space_variable(features->space, variable);
        double largest = 1.0;
        positive_numbers(features, facts, &largest);
        product *= amount(features, facts, code % codes) / largest;
        code /= codes;
    }
    return product;
}

static double feature_distance(const lns_gp_features *features, const lns_feature *f, size_t a,
                               size_t b) {
    if (f->counted == LNS_PRODUCT)
        return fabs(product_of(features, f, a) - product_of(features, f, b));
    if (f->counted != LNS_SINGLE)
        return fabs((double)a - (double)b) / (double)f->member_count;
    return variable_distance(features, features->members[f->first_member], a, b);
}

static void fill_feature(const lns_gp_features *features, const lns_feature *f, uint8_t *out) {
    for (size_t a = 0; a < f->codes; a++)
        for (size_t b = 0; b < f->codes; b++)
            *out++ = (uint8_t)lround(feature_distance(features, f, a, b) * LNS_DISTANCE_ONE);
}

static linas_status fill_distances(lns_gp_features *features) {
    linas_context *context = features->context;
    size_t total = 0;
    for (size_t i = 0; i < features->count; i++) {
        features->list[i].first_distance = total;
        total += features->list[i].codes * features->list[i].codes;
    }
    features->distances = lns_alloc(context, total, sizeof *features->distances);
    if (!features->distances)
        return lns_no_memory(context);
    for (size_t i = 0; i < features->count; i++) {
        const lns_feature *f = &features->list[i];
        fill_feature(features, f, features->distances + f->first_distance);
    }
    return LINAS_OK;
}

/* -- the whole --------------------------------------------------------------------------------- */

linas_status lns_gp_features_init(lns_gp_features *features, const linas_space *space,
                                  bool products) {
    memset(features, 0, sizeof *features);
    features->context = lns_space_context(space);
    features->space = space;
    features->variables = linas_space_variables(space);
    LNS_TRY(add_features(features, products));
    LNS_TRY(fill_counters(features));
    return fill_distances(features);
}

void lns_gp_features_free(lns_gp_features *features) {
    lns_free(features->context, features->list);
    lns_free(features->context, features->members);
    lns_free(features->context, features->distances);
    lns_free(features->context, features->counter);
    lns_free(features->context, features->counts);
    lns_free(features->context, features->layer);
    lns_free(features->context, features->layer_codes);
    memset(features, 0, sizeof *features);
}

/* The features of single variables come first, in their order. */
void lns_gp_features_encode(const lns_gp_features *features, const uint16_t *states,
                            uint16_t *codes) {
    size_t variables = features->variables;
    memcpy(codes, states, variables * sizeof *codes);
    memset(codes + variables, 0, (features->count - variables) * sizeof *codes);
    for (size_t v = 0; v < variables; v++) {
        size_t code = features->list[v].first_code + states[v];
        uint32_t counter = features->counter[code];
        codes[counter] = (uint16_t)(codes[counter] + features->counts[code]);
        uint32_t layer = features->layer[code];
        codes[layer] = (uint16_t)(codes[layer] + features->layer_codes[code]);
    }
}

const uint8_t *lns_gp_features_line(const lns_gp_features *features, size_t feature,
                                    uint16_t code) {
    const lns_feature *f = &features->list[feature];
    return features->distances + f->first_distance + code * f->codes;
}
