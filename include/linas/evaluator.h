/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_EVALUATOR_H
#define LINAS_EVALUATOR_H
/**
 * @file evaluator.h
 * The host's side of a search: objectives, and the callbacks that measure a sub-network.
 */
#include <linas/space.h>
#include <math.h> /* INFINITY, in the initialisers */

#ifdef __cplusplus
extern "C" {
#endif

/** Directions of an objective; 0 is an error: say which. */
enum {
    LINAS_DIRECTION_MAXIMIZE = 1, /**< more is better */
    LINAS_DIRECTION_MINIMIZE = 2  /**< less is better */
};

/**
 * One objective. Measured objectives get their values from the evaluator and are predicted inside
 * the search; computed ones (`compute` set: cheap and exact, such as MACs) are asked from the host
 * inside the search too and need no predictor.
 * In arrays, `size` of the first element is the stride.
 */
typedef struct linas_objective {
    uint32_t size;      /**< sizeof(linas_objective) */
    int32_t direction;  /**< LINAS_DIRECTION_... */
    const char *name;   /**< distinct, copied */
    const char *unit;   /**< may be NULL, copied */
    double upper_limit; /**< measured values must not exceed it; INFINITY: no limit */
    double lower_limit; /**< measured values must not be below it; -INFINITY: no limit */
    /** Values of `rows` canonical genomes into `values`; NULL for a measured objective. Must be a
     * pure function. Non-zero return: stops the running call and is returned by it unchanged. */
    int32_t (*compute)(void *user_data, const int32_t *genomes, size_t rows, double *values);
    void *compute_data; /**< first argument of `compute` */
} linas_objective;

#define LINAS_OBJECTIVE_INIT_(direction_, name_, unit_)                                            \
    { (uint32_t)sizeof(linas_objective), (direction_), (name_), (unit_), INFINITY, -INFINITY, 0, 0 }
/** Initialiser of a measured objective that is to be maximised. */
#define LINAS_MAXIMIZE(name, unit) LINAS_OBJECTIVE_INIT_(LINAS_DIRECTION_MAXIMIZE, name, unit)
/** Initialiser of a measured objective that is to be minimised. */
#define LINAS_MINIMIZE(name, unit) LINAS_OBJECTIVE_INIT_(LINAS_DIRECTION_MINIMIZE, name, unit)
/** Same as the initialisers above, for callers that cannot use a macro. */
LINAS_API void linas_objective_init(linas_objective *objective, int32_t direction, const char *name,
                                    const char *unit);

/** A sub-network being measured; valid only inside the callback it was given to. */
typedef struct linas_candidate linas_candidate;

/** Its number in the search, as linas_search_ask() gives it. */
LINAS_API uint64_t linas_candidate_id(const linas_candidate *candidate);
/** Canonical value indices, one per variable; valid inside the callback. */
LINAS_API const int32_t *linas_candidate_genome(const linas_candidate *candidate);
/** The space, for its linas_space_ functions; in a thread of linas_search_run() a copy, without the
 * host's predicate, that is valid, as all that comes from a candidate, inside the callback. */
LINAS_API const linas_space *linas_candidate_space(const linas_candidate *candidate);
/** Value of `group[slot]`. Inactive variables have their first value.
 * @return LINAS_OK, UNKNOWN_NAME, OUT_OF_RANGE, INVALID_ARGUMENT (other kind of value). */
LINAS_API linas_status linas_candidate_int(const linas_candidate *candidate, const char *group,
                                           size_t slot, int64_t *value);
LINAS_API linas_status linas_candidate_real(const linas_candidate *candidate, const char *group,
                                            size_t slot, double *value);
LINAS_API linas_status linas_candidate_string(const linas_candidate *candidate, const char *group,
                                              size_t slot, const char **value);

/** The imported value of one objective (linas_search_import()), which then need not be set; NaN if
 * there is none. @return LINAS_OK, UNKNOWN_NAME, INVALID_ARGUMENT. */
LINAS_API linas_status linas_candidate_known(const linas_candidate *candidate,
                                             const char *objective, double *value);

/** Set the measured value of one objective. A NaN or an infinity fails the candidate.
 * @return LINAS_OK, UNKNOWN_NAME, INVALID_ARGUMENT (a computed objective). */
LINAS_API linas_status linas_candidate_set(linas_candidate *candidate, const char *objective,
                                           double value);
/** Say that this evaluation failed; the reason (may be NULL) is copied into the record. */
LINAS_API void linas_candidate_fail(linas_candidate *candidate, const char *reason);
/** Say that this sub-network is not feasible at all (never a front member, not an error). */
LINAS_API void linas_candidate_infeasible(linas_candidate *candidate, const char *reason);
/** Say that measuring it took too long; as linas_candidate_fail() otherwise. */
LINAS_API void linas_candidate_time_out(linas_candidate *candidate, const char *reason);
/** Say that it was given up for reasons apart from the sub-network: neither tried again nor counted
 * among the failures in a row. */
LINAS_API void linas_candidate_cancel(linas_candidate *candidate, const char *reason);

/**
 * Measures one sub-network: sets every measured objective that is not known from an import, or
 * fails the candidate; what is left unset after the last callback fails it too. Return 0 to go on;
 * any other code ends the search and is returned by linas_search_run() unchanged, the candidate
 * staying outstanding. With `threads` it is called from several threads at once.
 */
typedef int32_t (*linas_evaluate_fn)(void *user_data, linas_candidate *candidate);

/** linas_evaluator.flags */
enum {
    LINAS_EVALUATOR_THREAD_SAFE = 1 /**< the callbacks may be called from several threads at once */
};

/** The callbacks of a host. `measure_latency` may be NULL; it is called after `evaluate`
 * succeeded, with the same candidate, for hosts that keep the device apart from the network. */
typedef struct linas_evaluator {
    uint32_t size;                     /**< sizeof(linas_evaluator) */
    uint32_t flags;                    /**< LINAS_EVALUATOR_..., or 0 */
    linas_evaluate_fn evaluate;        /**< measures a sub-network */
    void *evaluate_data;               /**< first argument of `evaluate` */
    linas_evaluate_fn measure_latency; /**< called after it; may be NULL */
    void *latency_data;                /**< first argument of `measure_latency` */
    uint32_t threads;  /**< that call the two; 0 (default) and 1: the caller's, and none is started.
                          See linas_search_run() */
    uint32_t reserved; /**< 0 */
} linas_evaluator;
/** Initialiser: no callback. */
#define LINAS_EVALUATOR_INIT                                                                       \
    { (uint32_t)sizeof(linas_evaluator), 0, 0, 0, 0, 0, 0, 0 }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_evaluator_init(linas_evaluator *evaluator);

#ifdef __cplusplus
}
#endif
#endif
