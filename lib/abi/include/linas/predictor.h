/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_PREDICTOR_H
#define LINAS_PREDICTOR_H
/**
 * @file predictor.h
 * Predictors of one measure from a sub-network's configuration: ridge (LAPACK), epsilon-SVR
 * (libsvm), the automatic choice between them by cross-validation, and the host's own; and the
 * metrics by which they are judged.
 *
 * Features, chosen per variable: masked one-hot for categories and ordinals of up to 4 values (an
 * inactive variable is all zeros), position within the range plus an activity bit for longer
 * ordinals.
 */
#include <linas/space.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A predictor of one measure. */
typedef struct linas_predictor linas_predictor;

/** Models. */
enum {
    LINAS_PREDICTOR_AUTO = 0,   /**< chosen by cross-validated Kendall tau at every fit */
    LINAS_PREDICTOR_RIDGE = 1,  /**< linear, by least squares with a penalty */
    LINAS_PREDICTOR_SVR = 2,    /**< epsilon-SVR with an RBF kernel */
    LINAS_PREDICTOR_CUSTOM = 3, /**< only by linas_predictor_create_custom() */
    LINAS_PREDICTOR_GP = 4      /**< Gaussian process */
};
/** What is learnt: the targets, or a function of them. */
enum {
    LINAS_TARGET_AUTO = 0, /**< chosen by cross-validation */
    LINAS_TARGET_RAW = 1,  /**< as they are */
    LINAS_TARGET_LOG = 2,  /**< natural logarithm; only when all targets are positive */
    LINAS_TARGET_RANK = 3  /**< normal scores of the ranks; predictions are mapped back by
                              monotone interpolation */
};

/** Options of a predictor. */
typedef struct linas_predictor_options {
    uint32_t size;  /**< sizeof(linas_predictor_options) */
    int32_t model;  /**< LINAS_PREDICTOR_AUTO, _RIDGE, _SVR or _GP */
    int32_t target; /**< LINAS_TARGET_... */
    uint32_t folds; /**< cross-validation folds, 2 or more; default 5 */
    uint64_t seed;  /**< of the folds; default 1 */
} linas_predictor_options;
/** Initialiser: the defaults. */
#define LINAS_PREDICTOR_OPTIONS_INIT                                                               \
    { (uint32_t)sizeof(linas_predictor_options), 0, 0, 5, 1 }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_predictor_options_init(linas_predictor_options *options);

/** Make a predictor, not fitted. Free with linas_predictor_destroy().
 * @return LINAS_OK, INVALID_ARGUMENT (also a space without variables), OUT_OF_RANGE (folds),
 * STRUCT_SIZE, TOO_LARGE (a group of 65536 values, or as many variables), NO_MEMORY. */
LINAS_API linas_status linas_predictor_create(const linas_space *space,
                                              const linas_predictor_options *options,
                                              linas_predictor **predictor);

/** A predictor of the host. `fit` learns from `rows` canonical genomes and targets; `predict`
 * writes one mean per row, and one standard deviation per row unless `deviations` is NULL; it is
 * called for up to 1024 rows at a time. Both are required. A non-zero return stops the running call
 * and is returned by it unchanged. `release` is called once at destruction and may be NULL. */
typedef struct linas_predictor_callbacks {
    uint32_t size;     /**< sizeof(linas_predictor_callbacks) */
    uint32_t reserved; /**< 0 */
    int32_t (*fit)(void *user_data, const int32_t *genomes, const double *targets, size_t rows);
    int32_t (*predict)(void *user_data, const int32_t *genomes, size_t rows, double *means,
                       double *deviations);
    void (*release)(void *user_data);
    void *user_data; /**< first argument of the three functions above */
} linas_predictor_callbacks;
/** Make a predictor of the host. @return LINAS_OK, INVALID_ARGUMENT, STRUCT_SIZE, NO_MEMORY. */
LINAS_API linas_status linas_predictor_create_custom(const linas_space *space,
                                                     const linas_predictor_callbacks *callbacks,
                                                     linas_predictor **predictor);
/** Give up a predictor. NULL is accepted. */
LINAS_API void linas_predictor_destroy(linas_predictor *predictor);

/**
 * Fit to `rows` configurations (rows x variables genes, any order, need not be canonical) and
 * finite targets. One row, and equal targets, are allowed: the prediction is then their mean. On
 * failure the predictor is as before. AUTO chooses between ridge and, from 8 to 1000 rows, a
 * Gaussian process; SVR is taken when asked for.
 * @return LINAS_OK, INVALID_ARGUMENT (no rows; targets that are not positive for LOG), OUT_OF_RANGE
 *         (a gene), NOT_FINITE (a target; the message names the row), NUMERIC, TOO_LARGE (SVR: more
 *         than 10000 rows), UNSUPPORTED (SVR with another libsvm), REENTRANT, NO_MEMORY.
 */
LINAS_API linas_status linas_predictor_fit(linas_predictor *predictor, const int32_t *genomes,
                                           const double *targets, size_t rows);

/** Predict `rows` configurations; the library's own predictors allocate nothing here.
 * @param[out] means rows, in the target's unit, finite.
 * @param[out] deviations rows, one predictive standard deviation each (cross-validated residual
 * where the model has none of its own; 0 after a fit to one row); may be NULL.
 * @return LINAS_OK, NOT_FITTED, OUT_OF_RANGE (a gene), INVALID_ARGUMENT, NOT_FINITE (what a host's
 * predictor gave), REENTRANT. */
LINAS_API linas_status linas_predictor_predict(const linas_predictor *predictor,
                                               const int32_t *genomes, size_t rows, double *means,
                                               double *deviations);

/** What the last fit found. Metrics are over the cross-validated predictions of the fitted rows, in
 * the target's unit, to nine digits; NaN where undefined (one row, equal targets, the host's
 * predictors). */
typedef struct linas_predictor_quality {
    uint32_t size;      /**< sizeof(linas_predictor_quality), set by the caller */
    int32_t model;      /**< LINAS_PREDICTOR_RIDGE, _SVR, _GP or _CUSTOM */
    int32_t target;     /**< LINAS_TARGET_RAW, _LOG or _RANK */
    uint32_t rows;      /**< that it was fitted to */
    double kendall_tau; /**< linas_metric_kendall_tau() */
    double spearman;    /**< linas_metric_spearman() */
    double rmse;        /**< linas_metric_rmse() */
    double mape;        /**< linas_metric_mape(), in per cent */
} linas_predictor_quality;
/** Initialiser: nothing but the size. */
#define LINAS_PREDICTOR_QUALITY_INIT                                                               \
    { (uint32_t)sizeof(linas_predictor_quality), 0, 0, 0, 0.0, 0.0, 0.0, 0.0 }
/** Quality of the last fit. @return LINAS_OK, NOT_FITTED, STRUCT_SIZE. */
LINAS_API linas_status linas_predictor_get_quality(const linas_predictor *predictor,
                                                   linas_predictor_quality *quality);

/** The fitted model as text in a portable format of our own (docs/predictor-format.md), independent
 * of locale and machine; predictions after loading are bit for bit the same. Custom predictors:
 * UNSUPPORTED. Buffer rules as linas_space_to_json(). */
LINAS_API linas_status linas_predictor_save(const linas_predictor *predictor, char *buffer,
                                            size_t capacity, size_t *needed);
/** @return LINAS_OK, PARSE with line and column, CORRUPT, VERSION, MISMATCH (another space). */
LINAS_API linas_status linas_predictor_load(const linas_space *space, const char *text,
                                            size_t length, linas_predictor **predictor);

/** Metrics over n pairs. Undefined values (n = 0, no variation) are NaN, not errors.
 * Mean absolute percentage error, in per cent; pairs with a true value of 0 are left out. */
LINAS_API double linas_metric_mape(const double *truth, const double *predicted, size_t n);
/** Root mean squared error, in the unit of the values. */
LINAS_API double linas_metric_rmse(const double *truth, const double *predicted, size_t n);
/** Kendall's tau-b (Kendall 1945: corrected for ties), O(n log n) by Knight's method.
 * @return LINAS_OK, NO_MEMORY, NOT_FINITE. */
LINAS_API linas_status linas_metric_kendall_tau(linas_context *context, const double *a,
                                                const double *b, size_t n, double *tau);
/** Spearman's rank correlation with average ranks for ties. */
LINAS_API linas_status linas_metric_spearman(linas_context *context, const double *a,
                                             const double *b, size_t n, double *rho);

#ifdef __cplusplus
}
#endif
#endif
