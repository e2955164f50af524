/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_COLUMNS_H
#define LNS_PREDICT_COLUMNS_H
/* A set of configurations, stored by variable, to which distances are computed: squared Euclidean
 * distance of the feature vectors. Over one-hot features that is the number of active variables of
 * both less twice the number of equal ones, a small integer. */
#include "predict/encode.h"

typedef struct lns_columns {
    linas_context *context;
    size_t rows;
    size_t one_hots;       /* variables of that view */
    size_t *one_hot;       /* which */
    uint16_t *states;      /* one_hots x rows */
    uint16_t *active;      /* active one-hot variables of each row */
    size_t positions;      /* variables of that view */
    size_t *position;      /* which */
    double *place;         /* positions x rows; 0 when inactive */
    double *bit;           /* positions x rows: 1 when active */
    uint16_t *equal;       /* workspace, rows */
    uint32_t *differences; /* result of lns_count_differences(), rows */
    double *distances;     /* result of lns_measure_distances(), rows */
} lns_columns;

/* `columns` need no initialisation. */
linas_status lns_columns_init(lns_columns *columns, const lns_encoding *encoding,
                              const uint16_t *states, size_t rows);
void lns_columns_free(lns_columns *columns);

/* Are all views one-hot, so that lns_count_differences() says all? */
bool lns_columns_are_whole(const lns_columns *columns);

/* From one configuration to every row, the one-hot variables only: at most twice their number. */
void lns_count_differences(lns_columns *columns, const lns_encoding *encoding,
                           const uint16_t *states);
/* The same with the positions. Exact sums: see lns_position(). */
void lns_measure_distances(lns_columns *columns, const lns_encoding *encoding,
                           const uint16_t *states);

#endif
