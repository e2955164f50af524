/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_PREDICT_H
#define LNS_PREDICT_PREDICT_H
/* The predictor behind the public handle. */
#include "predict/model.h"
#include "predict/target.h"

/* What a fit leaves. */
typedef struct lns_fitted {
    lns_target target;
    lns_model *model; /* NULL in custom predictors */
    linas_predictor_quality quality;
    double deviation; /* root mean square of the cross-validated residuals */
} lns_fitted;

/* Buffers of fixed size, so that predicting never allocates. */
typedef struct lns_predict_block {
    size_t rows;
    int32_t *genomes;
    uint8_t *active;
    uint16_t *states;
    lns_encoding_room room;
    double *deviations;
    bool busy; /* inside a callback of the host */
} lns_predict_block;

struct linas_predictor {
    linas_space *space;
    linas_context *context; /* kept alive by the space */
    linas_predictor_options options;
    linas_predictor_callbacks callbacks; /* fit is NULL in the library's own predictors */
    lns_encoding encoding;
    lns_predict_block *block;
    lns_fitted *fitted; /* NULL before the first fit */
    lns_model_memory memory;
};

linas_status lns_predictor_new(const linas_space *space, linas_predictor **predictor);
linas_status lns_predictor_check_options(linas_context *context,
                                         const linas_predictor_options *options);
void lns_fitted_destroy(linas_context *context, lns_fitted *fitted);

/* Values `shift` of the model's own standard deviations (of a measurement of that configuration)
 * beyond its means, where the model knows how sure it is; elsewhere the means. */
linas_status lns_predictor_bound(const linas_predictor *predictor, const int32_t *genomes,
                                 size_t rows, double shift, double *values);
bool lns_predictor_tells_deviations(const linas_predictor *predictor);

/* Fits the library's own models and keeps the best. */
linas_status lns_fit_best(linas_predictor *predictor, const uint16_t *states, const double *targets,
                          size_t rows, lns_fitted **fitted);

#endif
