/* SPDX-License-Identifier: Apache-2.0 */
/* Groups by their names, in a time that does not grow with their number. */
#include "space/model.h"

#include <string.h>

/* The place of a name: that of its group, or the free one where it belongs. */
static uint32_t *find_place(const linas_space *space, const char *name) {
    size_t last = space->by_name_size - 1;
    size_t at = lns_hash_bytes(0, name, strlen(name)) & last;
    while (space->by_name[at] && strcmp(space->groups[space->by_name[at] - 1].name, name) != 0)
        at = (at + 1) & last;
    return &space->by_name[at];
}

const lns_group *lns_group_named(const linas_space *space, const char *name) {
    uint32_t found = space->by_name ? *find_place(space, name) : 0;
    return found ? &space->groups[found - 1] : NULL;
}

bool lns_names_reserve(linas_space *space) {
    if (2 * (space->group_count + 1) <= space->by_name_size)
        return true;
    size_t size = space->by_name_size ? 2 * space->by_name_size : 16;
    uint32_t *places = lns_alloc_zero(space->context, size, sizeof *places);
    if (!places)
        return false;
    lns_free(space->context, space->by_name);
    space->by_name = places;
    space->by_name_size = size;
    for (size_t i = 0; i < space->group_count; i++)
        lns_names_add(space, i);
    return true;
}

void lns_names_add(linas_space *space, size_t group) {
    *find_place(space, space->groups[group].name) = (uint32_t)group + 1;
}
