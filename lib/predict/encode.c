/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/encode.h"
#include "num/stats.h"

#include <math.h>
#include <string.h>

enum { POSITION_BITS = 20 };

static bool has_activity_bit(const lns_encoding *encoding, size_t variable) {
    return lns_space_variable(encoding->space, variable)->conditional;
}

static void number_features(lns_encoding *encoding) {
    encoding->features = 0;
    for (size_t v = 0; v < encoding->variables; v++) {
        encoding->first_feature[v] = encoding->features;
        if (encoding->views[v] == LNS_VIEW_ONE_HOT)
            encoding->features += (size_t)lns_space_variable(encoding->space, v)->values;
        else
            encoding->features += has_activity_bit(encoding, v) ? 2 : 1;
    }
}

static linas_status number_states(lns_encoding *encoding) {
    size_t total = 0;
    for (size_t v = 0; v < encoding->variables; v++) {
        const lns_variable *facts = lns_space_variable(encoding->space, v);
        if (facts->values > LNS_MAX_STATES || encoding->variables > LNS_MAX_STATES)
            return lns_fail(lns_space_context(encoding->space), LINAS_ERROR_TOO_LARGE,
                            "predictors take up to %d variables of up to %d values",
                            (int)LNS_MAX_STATES, (int)LNS_MAX_STATES);
        bool few = facts->order != LINAS_ORDINAL || facts->values <= LNS_FEW_VALUES;
        encoding->views[v] = few ? LNS_VIEW_ONE_HOT : LNS_VIEW_POSITION;
        encoding->first_state[v] = total;
        total += (size_t)facts->values + 1;
    }
    encoding->first_state[encoding->variables] = total;
    return LINAS_OK;
}

static linas_status make_packing(lns_encoding *encoding) {
    linas_context *context = lns_space_context(encoding->space);
    LNS_TRY(lns_packing_create(encoding->space, &encoding->packing));
    size_t n = encoding->variables, stride = lns_packing_stride(encoding->packing);
    encoding->values = lns_alloc(context, n, sizeof *encoding->values);
    encoding->inactive = lns_alloc_zero(context, stride, sizeof *encoding->inactive);
    if (!encoding->values || !encoding->inactive)
        return lns_no_memory(context);
    for (size_t v = 0; v < n; v++) {
        encoding->values[v] = (uint32_t)lns_space_variable(encoding->space, v)->values;
        encoding->inactive[v] = (uint16_t)encoding->values[v];
    }
    return LINAS_OK;
}

linas_status lns_encoding_init(lns_encoding *encoding, const linas_space *space) {
    linas_context *context = lns_space_context(space);
    memset(encoding, 0, sizeof *encoding);
    encoding->space = space;
    encoding->variables = linas_space_variables(space);
    encoding->views = lns_alloc_zero(context, encoding->variables, sizeof *encoding->views);
    encoding->first_feature =
        lns_alloc(context, encoding->variables, sizeof *encoding->first_feature);
    encoding->first_state =
        lns_alloc(context, encoding->variables + 1, sizeof *encoding->first_state);
    linas_status status = LINAS_OK;
    if (!encoding->views || !encoding->first_feature || !encoding->first_state)
        status = lns_no_memory(context);
    else
        status = number_states(encoding);
    if (status == LINAS_OK)
        status = make_packing(encoding);
    if (status == LINAS_OK)
        number_features(encoding);
    else
        lns_encoding_free(encoding);
    return status;
}

void lns_encoding_free(lns_encoding *encoding) {
    if (!encoding->space)
        return;
    linas_context *context = lns_space_context(encoding->space);
    lns_free(context, encoding->views);
    lns_free(context, encoding->first_feature);
    lns_free(context, encoding->first_state);
    lns_free(context, encoding->values);
    lns_free(context, encoding->inactive);
    lns_packing_destroy(encoding->packing);
    memset(encoding, 0, sizeof *encoding);
}

linas_status lns_encoding_set_views(lns_encoding *encoding, const uint8_t *views) {
    for (size_t v = 0; v < encoding->variables; v++) {
        bool ordinal = lns_space_variable(encoding->space, v)->order == LINAS_ORDINAL;
        if (views[v] != LNS_VIEW_ONE_HOT && (views[v] != LNS_VIEW_POSITION || !ordinal))
            return lns_fail(lns_space_context(encoding->space), LINAS_ERROR_INVALID_ARGUMENT,
                            "variable %zu cannot have view %u", v, (unsigned)views[v]);
    }
    if (encoding->variables > 0)
        memcpy(encoding->views, views, encoding->variables);
    number_features(encoding);
    return LINAS_OK;
}

void lns_encoding_states(const lns_encoding *encoding, const int32_t *genome, int32_t *canonical,
                         uint8_t *active, uint16_t *states) {
    lns_space_canonicalize(encoding->space, genome, canonical, active);
    const size_t *first = encoding->first_state;
    for (size_t v = 0; v < encoding->variables; v++) {
        uint16_t inactive = (uint16_t)(first[v + 1] - first[v] - 1);
        states[v] = active[v] ? (uint16_t)canonical[v] : inactive;
    }
}

bool lns_encoding_fits(const lns_encoding *encoding, const int32_t *genome) {
    uint32_t outside = 0;
    for (size_t v = 0; v < encoding->variables; v++)
        outside |= (uint32_t)genome[v] >= encoding->values[v];
    return outside == 0;
}

linas_status lns_encoding_room_init(const lns_encoding *encoding, lns_encoding_room *room) {
    linas_context *context = lns_space_context(encoding->space);
    room->row = lns_alloc(context, lns_packing_stride(encoding->packing), sizeof *room->row);
    room->active = lns_alloc(context, lns_packing_words(encoding->packing), sizeof *room->active);
    return room->row && room->active ? LINAS_OK : lns_no_memory(context);
}

void lns_encoding_room_free(linas_context *context, lns_encoding_room *room) {
    lns_free(context, room->row);
    lns_free(context, room->active);
}

/* What is inactive is set to that state, whatever it was. */
static void set_inactive(const lns_encoding *encoding, const lns_encoding_room *room) {
    size_t words = lns_packing_words(encoding->packing);
    lns_packing_activity(encoding->packing, room->row, room->active);
    for (size_t w = 0; w < words; w++)
        room->active[w] = ~room->active[w];
    lns_packed_choose(room->row, encoding->inactive, room->active,
                      lns_packing_stride(encoding->packing));
}

void lns_encoding_rows(const lns_encoding *encoding, const int32_t *genomes, size_t rows,
                       const lns_encoding_room *room, uint16_t *states) {
    size_t n = encoding->variables;
    bool plain = lns_packing_plain(encoding->packing);
    for (size_t i = 0; i < rows; i++) {
        lns_packing_pack(encoding->packing, genomes + i * n, room->row);
        if (!plain)
            set_inactive(encoding, room);
        memcpy(states + i * n, room->row, n * sizeof *states);
    }
}

bool lns_is_active(const lns_encoding *encoding, size_t variable, uint16_t state) {
    return encoding->first_state[variable] + state + 1u < encoding->first_state[variable + 1];
}

double lns_position(const lns_encoding *encoding, size_t variable, uint16_t state) {
    /* The ends are as far apart as if each step between them changed a category. */
    double steps = (double)lns_space_variable(encoding->space, variable)->values - 1.0;
    double position = lns_space_positions(encoding->space, variable)[state];
    return lns_round_to_grid(sqrt(2.0 * steps) * position, POSITION_BITS);
}

size_t lns_encoding_features(const lns_encoding *encoding, const uint16_t *states, size_t *index,
                             double *value) {
    size_t count = 0;
    for (size_t v = 0; v < encoding->variables; v++) {
        if (!lns_is_active(encoding, v, states[v]))
            continue;
        size_t first = encoding->first_feature[v];
        bool one_hot = encoding->views[v] == LNS_VIEW_ONE_HOT;
        index[count] = one_hot ? first + states[v] : first;
        value[count++] = one_hot ? 1.0 : lns_position(encoding, v, states[v]);
        if (!one_hot && has_activity_bit(encoding, v)) {
            index[count] = first + 1;
            value[count++] = 1.0;
        }
    }
    return count;
}
