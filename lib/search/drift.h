/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_DRIFT_H
#define LNS_SEARCH_DRIFT_H
/* The reference sub-network: the first that was measured, handed out again at intervals under its
 * own id. Nothing that is proposed depends on it. */
#include "base/base.h"

typedef struct lns_watch {
    double since; /* monotonic seconds, when it was handed out last; written by the loop */
    linas_context *context;
    size_t objectives;
    bool chosen;
    bool out; /* in the host's hands */
    size_t id;
    uint64_t due;   /* evaluations at which it is handed out next */
    uint64_t count; /* measurements */
    double *first;  /* per objective, as the following */
    double *last;
    double *mean;
    double *squares; /* sum of squared deviations from the mean (Welford 1962) */
} lns_watch;

linas_status lns_watch_init(lns_watch *watch, linas_context *context, size_t objectives);
void lns_watch_free(lns_watch *watch);
/* A measurement of the reference sub-network; the first one makes `id` that. */
void lns_watch_add(lns_watch *watch, size_t id, const double *values);
/* Relative change since the first measurement. */
double lns_watch_change(const lns_watch *watch, size_t objective);

#endif
