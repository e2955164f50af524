/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_GP_FEATURES_H
#define LNS_PREDICT_GP_FEATURES_H
/* What the Gaussian process compares two configurations by. A feature is a variable, or a count of
 * how many variables of one family have one value, for which distance is the difference's share of
 * the family, or the product of a layer's numbers, for what a layer costs often grows with that.
 * Distances are in [0, 1]: 0 or 1 for categories, the distance of the scaled positions for
 * ordinals; an inactive variable is a value of its own, and 0 among positive numbers, for what is
 * absent contributes nothing. */
#include "predict/encode.h"

/* Distances are kept as bytes, in units of 1 / LNS_DISTANCE_ONE. */
enum { LNS_DISTANCE_ONE = 255 };

/* The feature's code numbers its states. */
typedef struct lns_feature {
    size_t first_member; /* in lns_gp_features.members */
    size_t member_count;
    int32_t counted; /* index of the value that is counted, LNS_SINGLE or LNS_PRODUCT */
    size_t codes;
    size_t first_code;     /* its codes' place among all codes of all features */
    size_t first_distance; /* of its codes x codes table in lns_gp_features.distances */
} lns_feature;
enum { LNS_SINGLE = -1, LNS_PRODUCT = -2 };

typedef struct lns_gp_features {
    linas_context *context;
    const linas_space *space; /* borrowed */
    size_t variables;
    size_t count;
    size_t products; /* how many of them, the last, are products of layers */
    lns_feature *list;
    size_t list_capacity;
    size_t *members;
    size_t member_count;
    size_t member_capacity;
    uint8_t *distances;
    size_t codes; /* of all features */
    /* Per state of a variable (first_code of the variable's feature + state): the feature in which
     * it is counted and 1, or any and 0. */
    uint32_t *counter;
    uint16_t *counts;
    /* Likewise the feature of the variable's layer, and what the state adds to its code. */
    uint32_t *layer;
    uint16_t *layer_codes;
} lns_gp_features;

/* With `products` those of layers too. `features` need no initialisation; free them also when this
 * failed. */
linas_status lns_gp_features_init(lns_gp_features *features, const linas_space *space,
                                  bool products);
void lns_gp_features_free(lns_gp_features *features);

/* Codes of one configuration, given by its states (see encode.h), one per feature. */
void lns_gp_features_encode(const lns_gp_features *features, const uint16_t *states,
                            uint16_t *codes);
/* Distances from one code of a feature to all its codes. */
const uint8_t *lns_gp_features_line(const lns_gp_features *features, size_t feature, uint16_t code);

#endif
