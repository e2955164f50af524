/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SPACE_MODEL_H
#define LNS_SPACE_MODEL_H
/* How a space is kept; only this room looks inside. */
#include "space/space.h"

typedef struct lns_group {
    char *name;
    int32_t kind;  /* LINAS_VALUE_... */
    int32_t order; /* LINAS_CATEGORICAL or LINAS_ORDINAL */
    size_t slots;
    size_t values;
    size_t first; /* variable of slot 0 */
    int64_t *ints;
    double *reals; /* of int groups too */
    char **strings;
    double *positions; /* value indices scaled to [0, 1] */
} lns_group;

/* `variable` is active only if `controller` has a value whose `allowed` byte is set. Both kinds of
 * public conditions are kept in this form, with what they were given as for JSON. */
/* The space keeps them sorted by the level of their variable, so that one pass in order settles who
 * is active. */
typedef struct lns_condition {
    size_t variable;
    size_t controller;
    bool above; /* given as a threshold */
    double threshold;
    uint8_t *allowed; /* one per value of the controller */
} lns_condition;

struct linas_space {
    linas_context *context;
    size_t references;
    bool frozen;
    lns_group *groups;
    size_t group_count, group_capacity;
    uint32_t *by_name; /* a hash table of one more than a group's index, at most half full */
    size_t by_name_size;
    lns_variable *variables;
    size_t variable_count, variable_capacity;
    lns_condition *conditions;
    size_t condition_count, condition_capacity;
    bool gathering; /* conditions are appended as they come; lns_space_order() follows */
    int32_t **same; /* per variable NULL, or for each value the first that means the same */
    size_t same_capacity;
    uint32_t *level; /* per variable: 0, or one more than its controllers' highest */
    size_t level_capacity;
    linas_feasible_fn feasible;
    void *feasible_data;
};

/* @return the group of this name, or NULL. */
const lns_group *lns_group_named(const linas_space *space, const char *name);

/* Makes place for the name of one more group. @return whether there was memory. */
bool lns_names_reserve(linas_space *space);

/* Makes the group known by its name, for which there is place. */
void lns_names_add(linas_space *space, size_t group);

/* Finds a variable by group name and slot. */
linas_status lns_space_find(const linas_space *space, const char *name, size_t slot,
                            size_t *variable);

/* Levels and order of conditions that were gathered, in time that grows with their number alone.
 * @return LINAS_OK, CYCLE, NO_MEMORY. */
linas_status lns_space_order(linas_space *space);

#endif
