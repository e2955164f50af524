/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_ENCODE_H
#define LNS_PREDICT_ENCODE_H
/* What models see of a configuration. A variable's state is its value index or, when it is
 * inactive, the number of its values. Categories become one-hot features, all zero when inactive;
 * ordinals with more than a few values their scaled position and, if they may be inactive, an
 * activity bit. */
#include "space/space.h"

enum {
    LNS_VIEW_ONE_HOT = 0,
    LNS_VIEW_POSITION = 1,
    /* Ordinals with so few values are one-hot: that is as short, and needs no straight line. */
    LNS_FEW_VALUES = 4,
    /* States and counts of equal states are 16-bit numbers. */
    LNS_MAX_STATES = 65535
};

typedef struct lns_encoding {
    const linas_space *space; /* borrowed */
    size_t variables;
    size_t features;
    uint8_t *views;        /* LNS_VIEW_... per variable */
    size_t *first_feature; /* per variable */
    size_t *first_state;   /* variables + 1 starts in a table of all states of all variables */
    lns_packing *packing;
    uint32_t *values;   /* per variable */
    uint16_t *inactive; /* per gene of a packed row, its variable's inactive state */
} lns_encoding;

/* Workspace for one packed row. */
typedef struct lns_encoding_room {
    uint16_t *row;
    uint64_t *active;
} lns_encoding_room;

/* The encoding by rule for a space. @return LINAS_OK, TOO_LARGE, NO_MEMORY. */
linas_status lns_encoding_init(lns_encoding *encoding, const linas_space *space);
void lns_encoding_free(lns_encoding *encoding);
/* Changes views (of `variables` entries) to those of a stored model. Categories cannot be
 * positions: INVALID_ARGUMENT. */
linas_status lns_encoding_set_views(lns_encoding *encoding, const uint8_t *views);

/* States of a checked genome. `canonical` (variables genes) is written, `active` is workspace. */
void lns_encoding_states(const lns_encoding *encoding, const int32_t *genome, int32_t *canonical,
                         uint8_t *active, uint16_t *states);

/* Is every value of the genome one of its variable's? */
bool lns_encoding_fits(const lns_encoding *encoding, const int32_t *genome);
/* The same states for many checked genomes, without their canonical form. */
void lns_encoding_rows(const lns_encoding *encoding, const int32_t *genomes, size_t rows,
                       const lns_encoding_room *room, uint16_t *states);
/* NO_MEMORY; free also when this failed. */
linas_status lns_encoding_room_init(const lns_encoding *encoding, lns_encoding_room *room);
void lns_encoding_room_free(linas_context *context, lns_encoding_room *room);

bool lns_is_active(const lns_encoding *encoding, size_t variable, uint16_t state);

/* Feature of an active ordinal's position: a multiple of 2^-20, so that squared distances of
 * configurations are exact sums. */
double lns_position(const lns_encoding *encoding, size_t variable, uint16_t state);

/* The features that are not zero; `index` and `value` have room for two per variable. */
size_t lns_encoding_features(const lns_encoding *encoding, const uint16_t *states, size_t *index,
                             double *value);

#endif
