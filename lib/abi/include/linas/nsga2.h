/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_NSGA2_H
#define LINAS_NSGA2_H
/**
 * @file nsga2.h
 * NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002) over a space, by ask and tell: the caller owns
 * the evaluation. Every objective is minimised; constraints are violations (0 or less is
 * feasible), compared by Deb's constrained domination. For three and more objectives there is the
 * survival of NSGA-III (Deb and Jain 2014).
 */
#include <linas/space.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An engine: a population and what it takes to breed the next. */
typedef struct linas_nsga2 linas_nsga2;

/** How two parents are mixed. */
enum {
    LINAS_CROSSOVER_UNIFORM = 0,   /**< each gene from either parent with probability 1/2 */
    LINAS_CROSSOVER_TWO_POINT = 1, /**< the genes between two cuts change sides */
    LINAS_CROSSOVER_SBX = 2        /**< simulated binary on ordinals with at least 8 values (Deb and
                                      Agrawal 1995, rounded), uniform on all other genes */
};
/** How a gene changes. */
enum {
    LINAS_MUTATION_RESET = 0,     /**< a different value, uniformly */
    LINAS_MUTATION_STEP = 1,      /**< one step up or down on ordinals, reset on categories */
    LINAS_MUTATION_POLYNOMIAL = 2 /**< polynomial (Deb and Goyal 1996) on ordinals with at least 8
                                     values, step on shorter ones, reset on categories */
};
/** Who survives a generation. */
enum {
    LINAS_SURVIVAL_CROWDING = 0, /**< within a front the loneliest survive */
    LINAS_SURVIVAL_REFERENCE = 1 /**< NSGA-III: those spread best over reference directions (Deb and
                                    Jain 2014); parents of one direction compete (U-NSGA-III: Seada
                                    and Deb 2016) */
};

/** Options of an engine. */
typedef struct linas_nsga2_options {
    uint32_t size;                /**< sizeof(linas_nsga2_options) */
    uint32_t population;          /**< individuals per generation, 2 or more; default 50 */
    uint64_t seed;                /**< default 1 */
    int32_t crossover;            /**< LINAS_CROSSOVER_... */
    int32_t mutation;             /**< LINAS_MUTATION_... */
    double crossover_probability; /**< per pair of parents; default 0.5 */
    double mutation_probability;  /**< per active gene; 0 (default) means 1 / number of variables */
    double eta_crossover;         /**< distribution index of SBX; default 15 */
    double eta_mutation;          /**< distribution index of polynomial mutation; default 20 */
    uint32_t objectives;          /**< 1 or more */
    uint32_t constraints;         /**< 0 or more violations per individual */
    int32_t survival;             /**< LINAS_SURVIVAL_... */
    /** Reference directions: all points of the objectives' unit simplex whose coordinates are
     * multiples of 1 / `divisions` (Das and Dennis 1998), and those of 1 / `inner_divisions` moved
     * half way to its centre. 0 (default) for `divisions`: as many as there are individuals for,
     * with a second layer where the first has none inside. Without meaning for crowding. */
    uint32_t divisions;
    uint32_t inner_divisions; /**< 0 (default): no second layer, unless `divisions` is 0 */
    uint32_t reserved;        /**< 0 */
} linas_nsga2_options;
/** Initialiser: the defaults. */
#define LINAS_NSGA2_OPTIONS_INIT                                                                   \
    { (uint32_t)sizeof(linas_nsga2_options), 50, 1, 0, 0, 0.5, 0.0, 15.0, 20.0, 2, 0, 0, 0, 0, 0 }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_nsga2_options_init(linas_nsga2_options *options);

/** Make an engine. Free with linas_nsga2_destroy().
 * @return LINAS_OK, INVALID_ARGUMENT, OUT_OF_RANGE, STRUCT_SIZE, NO_MEMORY. */
LINAS_API linas_status linas_nsga2_create(const linas_space *space,
                                          const linas_nsga2_options *options, linas_nsga2 **engine);
/** Give up an engine. NULL is accepted. */
LINAS_API void linas_nsga2_destroy(linas_nsga2 *engine);

/** Give individuals for the first generation (before the first ask); duplicates are dropped, the
 * rest of the first generation is sampled. @return LINAS_OK, OUT_OF_RANGE, WRONG_ORDER, NO_MEMORY.
 */
LINAS_API linas_status linas_nsga2_seed(linas_nsga2 *engine, const int32_t *genomes, size_t count);

/** Most individuals that one ask hands out: the population size. */
LINAS_API size_t linas_nsga2_population(const linas_nsga2 *engine);
/** Generations completed (told); 0 before the first tell. */
LINAS_API uint64_t linas_nsga2_generation(const linas_nsga2 *engine);

/**
 * The next generation's individuals: canonical, feasible by the space's predicate, distinct from
 * one another and from the current population. Fewer than the population near the end of a small
 * space. Asking again before tell gives the same ones.
 * @param[out] genomes room for linas_nsga2_population() rows. @param[out] count rows written.
 * @return LINAS_OK, EXHAUSTED (no new individual could be found), NO_MEMORY.
 */
LINAS_API linas_status linas_nsga2_ask(linas_nsga2 *engine, int32_t *genomes, size_t *count);

/**
 * Results of the individuals asked, in their order.
 * @param count must equal the count asked. @param objectives count x objectives, minimised. A row
 * with a NaN or infinity is a failed evaluation: it never enters the population.
 * @param violations count x constraints, may be NULL without constraints.
 */
LINAS_API linas_status linas_nsga2_tell(linas_nsga2 *engine, const double *objectives,
                                        const double *violations, size_t count);

/** Individuals in the current population. */
LINAS_API size_t linas_nsga2_size(const linas_nsga2 *engine);
/** Individual `index`, best first (rank, then crowding). Survival by reference directions has as
 * crowding the distance from the nearest direction, in units of the front's extent, times -1.
 * Output pointers may be NULL. */
LINAS_API linas_status linas_nsga2_individual(const linas_nsga2 *engine, size_t index,
                                              int32_t *genome, double *objectives, uint32_t *rank,
                                              double *crowding);

/** Whole state as bytes, portable between machines; what is loaded continues exactly. The engine
 * given to load must be made from an equal space with equal options (MISMATCH otherwise).
 * Buffer rules as linas_space_to_json(), without a terminating zero. */
LINAS_API linas_status linas_nsga2_save(const linas_nsga2 *engine, void *buffer, size_t capacity,
                                        size_t *needed);
LINAS_API linas_status linas_nsga2_load(linas_nsga2 *engine, const void *bytes, size_t length);

#ifdef __cplusplus
}
#endif
#endif
