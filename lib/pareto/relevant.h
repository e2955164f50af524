/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PARETO_RELEVANT_H
#define LNS_PARETO_RELEVANT_H
/* Which boxes matter for what one more box has for itself. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Boxes by columns: side k of box i is sides[k * stride + i]. Columns are filled with zeros up to a
 * multiple of LNS_BOX_LANES. */
enum { LNS_BOX_LANES = 8 };
typedef struct lns_boxes {
    double *sides;
    size_t stride;
    size_t count;
    size_t dimensions;
} lns_boxes;

/* floors[k]: up to there another box covers all of `box` in direction k. What `box` has for itself
 * lies above all floors; boxes that reach above all of them are listed, in order. Returns false,
 * and lists nothing, when another box covers the whole. `vectors` is LNS_VECTORS_..., without
 * influence on results. */
bool lns_relevant_boxes(const lns_boxes *boxes, const double *box, int32_t vectors, double *floors,
                        uint32_t *list, size_t *listed);

/* Boxes within `box`, in order. */
size_t lns_covered_boxes(const lns_boxes *boxes, const double *box, int32_t vectors,
                         uint32_t *list);

#endif
