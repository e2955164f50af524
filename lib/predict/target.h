/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_TARGET_H
#define LNS_PREDICT_TARGET_H
/* Between the target's own unit and what a model learns: numbers of mean about 0 and deviation
 * about 1, of the targets, their logarithms or their normal scores. */
#include "base/base.h"

/* Model outputs are multiples of 2^-LNS_OUTPUT_BITS (about eleven decimal digits of the target's
 * deviation), so that no comparison of predictions hangs on last bits. */
enum { LNS_OUTPUT_BITS = 36 };

typedef struct lns_target {
    int32_t kind; /* LINAS_TARGET_RAW, _LOG or _RANK */
    /* raw, log: value = (centre + scale * z) * 2^exponent */
    int32_t exponent;
    double centre;
    double scale; /* 0 when all targets are equal */
    /* rank: increasing pairs */
    size_t knots;
    double *z;
    double *y;
} lns_target;

/* Learns the transform and writes the targets transformed to `z`. `target` needs no initialisation;
 * free it with lns_target_free() unless this failed. LOG needs positive targets. */
linas_status lns_target_fit(linas_context *context, int32_t kind, const double *y, size_t n,
                            lns_target *target, double *z);
void lns_target_free(linas_context *context, lns_target *target);

/* Back to the target's unit; finite whatever z (which is finite). */
double lns_target_back(const lns_target *target, double z);

#endif
