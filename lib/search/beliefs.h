/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_BELIEFS_H
#define LNS_SEARCH_BELIEFS_H
/* What is pending counts as if it were measured at its predicted means (the "kriging believer" of
 * Ginsbourger, Le Riche and Carraro 2010): then a batch spreads away from it. */
#include "search/models.h"

typedef struct lns_beliefs {
    linas_context *context;
    double *points; /* the front with the pending ones: minimised, none dominated by another */
    size_t count;   /* 0: nothing is pending */
} lns_beliefs;

linas_status lns_beliefs_create(const lns_models *models, const lns_request *request,
                                lns_beliefs *beliefs);
void lns_beliefs_free(lns_beliefs *beliefs);

#endif
