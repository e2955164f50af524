/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_SEARCH_H
#define LINAS_SEARCH_H
/**
 * @file search.h
 * The search: a tactic proposes sub-networks, the host measures them, the archive keeps all that
 * was measured. Either give callbacks to linas_search_run(), or drive it with ask and tell.
 */
#include <linas/evaluator.h>
#include <linas/predictor.h>
#include <linas/storage.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A search. */
typedef struct linas_search linas_search;

/** How sub-networks are chosen. */
enum {
    LINAS_TACTIC_LINAS = 0, /**< predictors and NSGA-II on them (arXiv 2205.10358, algorithm 1) */
    LINAS_TACTIC_NSGA2 = 1, /**< NSGA-II on measurements */
    LINAS_TACTIC_RANDOM = 2 /**< uniform, without duplicates */
};

/** Why a search has ended; asking for it is never an error. */
enum {
    LINAS_STOP_NONE = 0,        /**< it has not */
    LINAS_STOP_EVALUATIONS = 1, /**< the budget of evaluations is spent */
    LINAS_STOP_TIME = 2,        /**< the budget of seconds is spent */
    LINAS_STOP_STAGNATION = 3,  /**< the hypervolume no longer grows */
    LINAS_STOP_EXHAUSTED = 4,   /**< every sub-network (that can be found) was measured */
    LINAS_STOP_REQUESTED = 5,   /**< linas_search_request_stop() */
    LINAS_STOP_CALLBACK = 6,    /**< a callback returned a stop code */
    LINAS_STOP_FAILURES = 7     /**< max_failures evaluations in a row failed */
};

/** What became of an evaluation. */
enum {
    LINAS_EVALUATION_OK = 0,         /**< measured */
    LINAS_EVALUATION_FAILED = 1,     /**< could not be measured */
    LINAS_EVALUATION_INFEASIBLE = 2, /**< no valid sub-network */
    LINAS_EVALUATION_TIMED_OUT = 3,  /**< the host waited long enough */
    LINAS_EVALUATION_CANCELLED = 4   /**< given up for reasons apart from the sub-network */
};

/** What a search tells after every answer. */
typedef struct linas_progress {
    uint32_t size;        /**< bytes the library filled; grows in later versions */
    uint32_t failed;      /**< evaluations failed or infeasible so far */
    uint64_t evaluations; /**< answered so far, failed ones included, imported ones not */
    uint64_t budget;      /**< options.evaluations */
    uint64_t front_size;  /**< members of the front */
    uint64_t iteration;   /**< batches proposed so far */
    double hypervolume;   /**< of the front, below linas_search_reference(); 0 before any */
    double seconds;       /**< since the search object was made */
    uint32_t objectives;  /**< length of the array below */
    uint32_t reserved;    /**< 0 */
    /** Quality of each objective's predictor at its last fit (rows = 0: none yet, or computed);
     * stride is qualities[0].size; valid during the call. */
    const linas_predictor_quality *qualities;
} linas_progress;

/** Options of a search; what is not set has the default of the initialiser. */
typedef struct linas_search_options {
    uint32_t size;          /**< sizeof(linas_search_options) */
    int32_t tactic;         /**< LINAS_TACTIC_... */
    uint64_t seed;          /**< default 1 */
    uint64_t evaluations;   /**< budget, failed ones included, imported ones not, 1 or more;
                               default 250 */
    double seconds;         /**< budget of wall-clock time; 0 (default): none */
    uint32_t initial;       /**< first random sub-networks of linas; default 20 */
    uint32_t batch;         /**< proposals between two fits of the predictors; default 2 */
    uint32_t population;    /**< of NSGA-II (inner for linas, outer for nsga2); default 50 */
    uint32_t generations;   /**< of linas' inner NSGA-II; default 100 */
    int32_t predictor;      /**< LINAS_PREDICTOR_...; default AUTO */
    int32_t target;         /**< LINAS_TARGET_...; default AUTO */
    uint32_t stagnation;    /**< end when this many evaluations brought no gain of hypervolume above
                               `stagnation_gain`; 0 (default): never */
    uint32_t max_failures;  /**< end when so many evaluations in a row failed; 0 (default): never */
    double stagnation_gain; /**< relative gain that counts; default 1e-4 */
    uint32_t
        resume; /**< 1: continue `journal`, which must exist; 0: it must not exist or be empty */
    uint32_t reserved;   /**< 0 */
    const char *journal; /**< path of the JSONL journal; NULL (default): none. Copied. */
    /** Called after every answered evaluation; a non-zero return ends the search and is returned
     * by the running call unchanged. */
    int32_t (*progress)(void *user_data, const linas_progress *progress);
    void *progress_data; /**< first argument of `progress` */
    /** The host's predictors, one pointer per objective, NULL entries for the library's own; the
     * array is copied, the predictors stay the host's and must outlive the search. NULL: none. */
    linas_predictor *const *predictors;
    const linas_storage *storage; /**< the journal's place instead of a file; copied. NULL: none */
    uint32_t sync_every; /**< make the journal durable at every so many answers only: a crash of
                            the machine, not of the process, may then cost the answers since; 0
                            (default) and 1: each answer is durable before its call returns */
    uint32_t attempts;   /**< how often a sub-network is handed out when it fails or times out; 0
                            (default) and 1: once */
    uint32_t remeasure;  /**< hand a reference sub-network, the first that was measured, out again
                            after so many answers, to watch drift; 0 (default): never */
    int32_t survival;   /**< LINAS_SURVIVAL_... of NSGA-II, inner and outer; by reference directions
                           for three and more objectives */
    double drift_limit; /**< relative change of the reference sub-network's values above which a
                           warning is logged; 0 (default): none */
    double deadline; /**< a candidate that is out for more seconds is taken back by the next ask, as
                        if it had been answered LINAS_EVALUATION_TIMED_OUT; 0 (default): never */
    uint32_t outstanding;  /**< asynchronous search: so many candidates may be out at once, and ask
                              proposes new ones while fewer are, without waiting for any answer; 0
                              (default): a batch waits for all answers to the one before */
    uint32_t reserved_too; /**< 0 */
} linas_search_options;
/** Initialiser: the defaults. */
#define LINAS_SEARCH_OPTIONS_INIT                                                                  \
    {                                                                                              \
        (uint32_t)sizeof(linas_search_options), 0, 1, 250, 0.0, 20, 2, 50, 100, 0, 0, 0, 0, 1e-4,  \
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0, 0                                        \
    }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_search_options_init(linas_search_options *options);

/**
 * Make a search. With `options->resume` the journal is read and replayed: the search then stands
 * where the interrupted one stood, and what was outstanding is handed out again.
 * @param objectives `count` of them, 1 or more.
 * @return LINAS_OK; INVALID_ARGUMENT (no direction, zero budget, ...); DUPLICATE (objective
 *         names); STRUCT_SIZE; IO, CORRUPT, MISMATCH, LOCKED, VERSION (the journal); NO_MEMORY.
 */
LINAS_API linas_status linas_search_create(linas_context *context, const linas_space *space,
                                           const linas_objective *objectives, size_t count,
                                           const linas_search_options *options,
                                           linas_search **search);
/** Give up a search; its journal is closed. NULL is accepted. */
LINAS_API void linas_search_destroy(linas_search *search);

/**
 * Run to the end with the host's callbacks: a loop of ask and tell, one candidate at a time.
 *
 * With `evaluator->threads` of 2 or more (and LINAS_EVALUATOR_THREAD_SAFE in its flags) the call
 * starts so many threads, fewer if the system has no room, and joins them before it returns. They
 * call the evaluator, with all signals blocked, and nothing else: the host's other callbacks are
 * called by the caller's thread, and its allocator by one thread at a time. Inside an evaluator
 * only the linas_candidate_ functions, linas_space_ functions on linas_candidate_space() and
 * linas_search_request_stop() may be called; what failed is told by their status alone. Without
 * `options.outstanding` the search becomes asynchronous with as many candidates out as threads,
 * which its journal keeps. What it finds depends on the order in which evaluations end. After a
 * stop code, an error or a request nothing new is begun; what is at work is waited for and
 * recorded.
 * @return LINAS_OK when the search ended by itself (see linas_search_stop_reason()), a callback's
 *         stop code unchanged, or an error. May be called again to continue.
 */
LINAS_API linas_status linas_search_run(linas_search *search, const linas_evaluator *evaluator);

/**
 * Hand out up to `capacity` sub-networks to measure. They stay outstanding until told. Zero are
 * handed out when the search has ended, or when the next batch needs answers that are outstanding;
 * with `options.outstanding`, when so many are out, or the rest of the budget is. First of all,
 * what is out longer than `options.deadline` is taken back: handed out again while
 * `options.attempts` are left, else recorded as timed out.
 * @param[out] ids capacity. @param[out] genomes capacity x variables, canonical value indices.
 * @param[out] count handed out.
 * @return LINAS_OK, REENTRANT, IO, NUMERIC, NO_MEMORY, a callback's code.
 */
LINAS_API linas_status linas_search_ask(linas_search *search, size_t capacity, uint64_t *ids,
                                        int32_t *genomes, size_t *count);

/**
 * Answer an outstanding candidate, in any order.
 * @param values one per objective in their order; those of computed objectives are ignored and may
 * be anything. A NaN or infinity in a measured one records a failed evaluation, but a NaN stands
 * for the imported value where there is one (linas_search_known()).
 * @return LINAS_OK, UNKNOWN_ID (not outstanding: never asked, or answered), INVALID_ARGUMENT
 * (count), IO, NO_MEMORY, the progress callback's code (the answer is recorded all the same).
 * With `options.deadline` or `options.outstanding`, values that come late are welcome as long as
 * there is no answer: of a candidate that was taken or given back, or handed out before a resume.
 */
LINAS_API linas_status linas_search_tell(linas_search *search, uint64_t id, const double *values,
                                         size_t count);
/** Answer with LINAS_EVALUATION_FAILED, _INFEASIBLE, _TIMED_OUT or _CANCELLED; `reason` may be
 * NULL. With `options.attempts` left, what failed or timed out is handed out again instead. When a
 * worker is lost and the sub-network is not to blame, see linas_search_give_back(). */
LINAS_API linas_status linas_search_tell_failed(linas_search *search, uint64_t id, int32_t outcome,
                                                const char *reason);

/**
 * Give an outstanding candidate back without an answer (its worker died, or is needed elsewhere):
 * it is handed out again, and none of `options.attempts` is spent. The journal is not written: a
 * resumed search hands out again all that has no answer anyway.
 * @return LINAS_OK, UNKNOWN_ID (not outstanding), REENTRANT.
 */
LINAS_API linas_status linas_search_give_back(linas_search *search, uint64_t id);

/** Ask the search to end: ask hands out nothing more and run returns after the running callback.
 * The only function that may be called from any thread or signal handler. */
LINAS_API void linas_search_request_stop(linas_search *search);
/** LINAS_STOP_... */
LINAS_API int32_t linas_search_stop_reason(const linas_search *search);
/** One sentence about a stop reason; static storage, never NULL. */
LINAS_API const char *linas_stop_text(int32_t reason);

/** Number of evaluations answered (failed ones included) or imported. */
LINAS_API uint64_t linas_search_evaluations(const linas_search *search);
/** Number of candidates handed out and not answered. */
LINAS_API uint64_t linas_search_outstanding(const linas_search *search);

/** Earlier measurements, of this or another search, for linas_search_import(). */
typedef struct linas_measurements {
    uint32_t size;            /**< sizeof(linas_measurements) */
    uint32_t objectives;      /**< length of `names` */
    uint64_t rows;            /**< sub-networks */
    const int32_t *genomes;   /**< rows x variables; need not be canonical */
    const char *const *names; /**< which measured objectives of the search the values are of */
    const double *values;     /**< rows x objectives; NaN: not measured */
} linas_measurements;
/** Initialiser: no rows. */
#define LINAS_MEASUREMENTS_INIT                                                                    \
    { (uint32_t)sizeof(linas_measurements), 0, 0, 0, 0, 0 }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_measurements_init(linas_measurements *measurements);

/**
 * Give the search what was measured earlier, before the first sub-network is handed out; may be
 * called several times. Every value counts toward its objective's predictor. A sub-network of which
 * all measured objectives are known is an evaluation of this search at once, ahead of all others
 * and at no cost to the budget. Of another one only what is missing needs to be measured
 * (linas_search_known()), so that a search for a new device takes accuracies over and measures
 * latencies. What is said twice of a sub-network: the last value counts; rows that the space's
 * predicate refuses are left out. The journal takes the rows over: resuming needs no import.
 * @return LINAS_OK, WRONG_ORDER (a sub-network was handed out), UNKNOWN_NAME, DUPLICATE (a name
 * twice), INVALID_ARGUMENT (a computed objective), OUT_OF_RANGE (a gene; the message names the
 * row), NOT_FINITE (an infinity, or what was computed), STRUCT_SIZE, REENTRANT, TOO_LARGE, IO,
 * NO_MEMORY, a callback's code.
 */
LINAS_API linas_status linas_search_import(linas_search *search,
                                           const linas_measurements *measurements);
/** How many of linas_search_evaluations() were imported: the first. */
LINAS_API uint64_t linas_search_imported(const linas_search *search);
/**
 * What the import knows of a candidate that was handed out: one value per objective, NaN for those
 * to be measured. linas_search_tell() takes a NaN for "as imported" where a value is known here.
 * @return LINAS_OK, UNKNOWN_ID (never proposed).
 */
LINAS_API linas_status linas_search_known(const linas_search *search, uint64_t id, double *values);

/** One evaluation, in order of completion. */
typedef struct linas_evaluation {
    uint32_t size;         /**< sizeof(linas_evaluation), set by the caller */
    int32_t outcome;       /**< LINAS_EVALUATION_... */
    uint64_t id;           /**< of the candidate */
    const int32_t *genome; /**< valid until the next call that changes the search */
    const double *values;  /**< one per objective, in its own direction and unit; NaN if failed */
    const char *reason;    /**< of a failure, "" if none was given */
} linas_evaluation;
/** Initialiser: nothing but the size. */
#define LINAS_EVALUATION_INIT                                                                      \
    { (uint32_t)sizeof(linas_evaluation), 0, 0, 0, 0, 0 }
/** Evaluation `index`. @return LINAS_OK, OUT_OF_RANGE, STRUCT_SIZE. */
LINAS_API linas_status linas_search_evaluation(const linas_search *search, uint64_t index,
                                               linas_evaluation *evaluation);

/**
 * Reference point of the hypervolume, one value per objective in its own direction: fixed after the
 * first batch at the worst measured values, or as set by the host before the first answer.
 * @return LINAS_OK; WRONG_ORDER (get: none yet; set: too late).
 */
LINAS_API linas_status linas_search_reference(const linas_search *search, double *reference);
LINAS_API linas_status linas_search_set_reference(linas_search *search, const double *reference);
/** Hypervolume of the measured front below the reference point. */
LINAS_API linas_status linas_search_hypervolume(const linas_search *search, double *hypervolume);

/** Make the journal durable up to now (see `options.sync_every`). @return LINAS_OK, IO. */
LINAS_API linas_status linas_search_sync(linas_search *search);

/**
 * When nothing feasible was measured: of what was measured, the sub-network that breaks the limits
 * least, by the sum of the relative violations (the smallest id among equals); a feasible one, when
 * there are such. Pointers as in linas_search_evaluation().
 * @return LINAS_OK; NOTHING_MEASURED, the message telling the last failure; STRUCT_SIZE.
 */
LINAS_API linas_status linas_search_least_infeasible(const linas_search *search,
                                                     linas_evaluation *evaluation);

/** What re-measuring the reference sub-network found (`options.remeasure`). */
typedef struct linas_drift {
    uint32_t size;         /**< sizeof(linas_drift), set by the caller */
    int32_t exceeded;      /**< 1: `change` is beyond `options.drift_limit` */
    uint64_t id;           /**< of the reference sub-network */
    uint64_t measurements; /**< that succeeded, the first included */
    double first;          /**< value of the first measurement */
    double last;           /**< value of the last one */
    double change;         /**< (last - first) / |first| */
    double mean;           /**< of all measurements */
    double deviation;      /**< their standard deviation; 0 below two */
} linas_drift;
/** Initialiser: nothing but the size. */
#define LINAS_DRIFT_INIT                                                                           \
    { (uint32_t)sizeof(linas_drift), 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0 }
/** @return LINAS_OK, OUT_OF_RANGE (objective), WRONG_ORDER (nothing was measured yet), STRUCT_SIZE.
 */
LINAS_API linas_status linas_search_drift(const linas_search *search, size_t objective,
                                          linas_drift *drift);

/** The measured, feasible, non-dominated sub-networks at one moment; independent of the search. */
typedef struct linas_front linas_front;
/** The front at this moment. Free with linas_front_destroy(). When nothing feasible was measured
 * the front is empty. */
LINAS_API linas_status linas_search_front(const linas_search *search, linas_front **front);
/** Give up a front. NULL is accepted. */
LINAS_API void linas_front_destroy(linas_front *front);
/** Number of members. */
LINAS_API size_t linas_front_size(const linas_front *front);
/** Member `index`, best first by the first objective; pointers as in linas_search_evaluation() but
 * valid as long as the front. @return LINAS_OK, OUT_OF_RANGE, STRUCT_SIZE. */
LINAS_API linas_status linas_front_get(const linas_front *front, size_t index,
                                       linas_evaluation *member);

/**
 * Open a finished or running search's journal for reading: space, objectives and evaluations as a
 * search object that can be asked for its front and evaluations but not continued.
 */
LINAS_API linas_status linas_search_open_journal(linas_context *context, const char *path,
                                                 linas_search **search);
/** The same from the host's storage. */
LINAS_API linas_status linas_search_open_storage(linas_context *context,
                                                 const linas_storage *storage,
                                                 linas_search **search);
/** The search's space (lives as long as the search). */
LINAS_API const linas_space *linas_search_space(const linas_search *search);
/** Number of objectives. */
LINAS_API size_t linas_search_objectives(const linas_search *search);
/** Name, unit ("" if none) and direction of an objective; strings live as long as the search.
 * @return LINAS_OK, OUT_OF_RANGE. Output pointers may be NULL. */
LINAS_API linas_status linas_search_objective(const linas_search *search, size_t index,
                                              const char **name, const char **unit,
                                              int32_t *direction);

#ifdef __cplusplus
}
#endif
#endif
