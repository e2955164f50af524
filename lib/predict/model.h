/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_MODEL_H
#define LNS_PREDICT_MODEL_H
/* What a kind of model is: it learns standardised targets from states (see encode.h) and predicts
 * them. Choosing between models and the way back to the target's unit are not its business. */
#include "io/json.h"
#include "predict/encode.h"
#include <linas/predictor.h>

/* What fits of one predictor leave each other, to save work and never to change a result: the
 * hyper-parameters, and a hash of all that they were learned from. */
typedef struct lns_model_memory {
    uint64_t from;
    bool products; /* whether the process has products of layers among its features */
    double *parameters;
} lns_model_memory;

/* The rows to learn from, and the fold (0 .. folds-1) of each; folds is 0 when there are too few
 * rows for a cross-validation. */
typedef struct lns_training {
    linas_context *context;
    const lns_encoding *encoding;
    const uint16_t *states; /* rows x variables */
    size_t rows;
    const uint32_t *fold;
    uint32_t folds;
    const double *targets; /* as measured */
    const int32_t *kinds;  /* LINAS_TARGET_..., the transforms that will be fitted to */
    size_t kind_count;
    lns_model_memory *memory;
} lns_training;

typedef struct lns_model_class lns_model_class;

/* Head of every model. */
typedef struct lns_model {
    const lns_model_class *type;
    linas_context *context;
} lns_model;

struct lns_model_class {
    int32_t kind; /* LINAS_PREDICTOR_... */
    const char *name;
    /* What fits to several targets of the same rows share, such as a factorisation. */
    linas_status (*prepare)(const lns_training *training, void **shared);
    void (*release)(const lns_training *training, void *shared);
    /* Held-out predictions with default hyper-parameters, to choose a transform of the target by;
     * NULL when fits are as cheap. */
    linas_status (*screen)(const lns_training *training, void *shared, const double *z,
                           double *held_out);
    /* Chooses the hyper-parameters and fits to `z`. `held_out` gets the prediction of each row by a
     * model that did not see the row's fold (nothing when there are no folds). */
    linas_status (*fit)(const lns_training *training, void *shared, const double *z,
                        double *held_out, lns_model **model);
    /* Multiples of 2^-LNS_OUTPUT_BITS. Never allocates: models bring their workspace. */
    void (*predict)(const lns_model *model, const lns_encoding *encoding, const uint16_t *states,
                    size_t rows, double *z);
    /* Means as predict() gives them, and the standard deviation of a measurement, in the same unit
     * and as multiples of the same. NULL where a model does not know it. Never allocates either. */
    void (*spread)(const lns_model *model, const lns_encoding *encoding, const uint16_t *states,
                   size_t rows, double *z, double *deviations);
    /* The model as one JSON object, and back; numbers survive bit for bit. */
    void (*save)(const lns_model *model, const lns_encoding *encoding, lns_text *text);
    linas_status (*load)(linas_context *context, const lns_encoding *encoding, const lns_json *json,
                         lns_model **model);
    void (*destroy)(lns_model *model);
};

extern const lns_model_class lns_ridge_class;
extern const lns_model_class lns_svr_class;
extern const lns_model_class lns_gp_class;

/* More rows than this are not offered to the Gaussian process by AUTO: its time grows with their
 * cube. */
enum { LNS_GP_AUTO_ROWS = 1000 };

#endif
