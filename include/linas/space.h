/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_SPACE_H
#define LINAS_SPACE_H
/**
 * @file space.h
 * Search spaces: which sub-networks a super-network contains.
 *
 * A space is a list of groups; a group (`ks`) is a name, a number of slots (20) and the values that
 * each slot may take ({3,5,7}). Every slot is one variable, named `ks[3]`, or `d` in a group of one
 * slot. A configuration is a *genome*: one int32 per variable, the index of its value, in
 * the order of the groups and slots. A variable may be inactive in some configurations (a layer
 * beyond the depth of its stage); configurations that differ only in inactive variables are the
 * same sub-network. The *canonical form* gives every inactive variable the index 0 and every value
 * that means the same as an earlier one that earlier index.
 *
 * A space is built by the `add` functions (or by a preset or JSON) and becomes immutable when first
 * used by an engine, a predictor or a search.
 */
#include <linas/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A search space. */
typedef struct linas_space linas_space;

/** Kinds of values. */
enum {
    LINAS_VALUE_INT = 0,   /**< int64_t */
    LINAS_VALUE_REAL = 1,  /**< double */
    LINAS_VALUE_STRING = 2 /**< UTF-8 */
};

/** Order of a group's values. */
enum {
    LINAS_CATEGORICAL = 0, /**< none */
    LINAS_ORDINAL = 1      /**< neighbours are alike, and numbers are encoded by their size */
};

/** How configurations are drawn. Both draw each variable's values with equal weight. */
enum {
    LINAS_SAMPLE_UNIFORM = 0, /**< independent uniform draws */
    LINAS_SAMPLE_LOW_DISCREPANCY =
        1 /**< leaped Halton (Kocis and Whiten, 1997), randomly shifted */
};

/** Limits of a space. */
enum {
    LINAS_MAX_VARIABLES = 65536, /**< slots of all groups together */
    LINAS_MAX_VALUES = 65536,    /**< per group */
    LINAS_MAX_NAME = 255         /**< bytes, without the terminating zero */
};

/** Make an empty space. Free with linas_space_destroy(). */
LINAS_API linas_status linas_space_create(linas_context *context, linas_space **space);

/** Give up a space; objects made from it keep it alive for themselves. */
LINAS_API void linas_space_destroy(linas_space *space);

/**
 * Add a group of `slots` variables, each with the `count` distinct values given.
 * Names are non-empty UTF-8 without control characters, '[' , ']' or '='. Values are copied.
 * @param order LINAS_CATEGORICAL or LINAS_ORDINAL; ordinal numbers must be strictly increasing or
 *              strictly decreasing, ordinal strings are ordered as given.
 * @return LINAS_OK; INVALID_ARGUMENT (empty list, zero slots, bad name); DUPLICATE (name or
 *         value); NOT_FINITE; TOO_LARGE; WRONG_ORDER (the space is in use); NO_MEMORY. On failure
 *         the space is as before.
 */
LINAS_API linas_status linas_space_add_int(linas_space *space, const char *name, size_t slots,
                                           const int64_t *values, size_t count, int32_t order);
/** As linas_space_add_int(), with real values. */
LINAS_API linas_status linas_space_add_real(linas_space *space, const char *name, size_t slots,
                                            const double *values, size_t count, int32_t order);
/** As linas_space_add_int(), with strings (UTF-8, copied). */
LINAS_API linas_status linas_space_add_string(linas_space *space, const char *name, size_t slots,
                                              const char *const *values, size_t count,
                                              int32_t order);

/**
 * `name[slot]` is active only if the value of `controller[controller_slot]` is greater than
 * `threshold` (and that variable is itself active). A variable with several conditions is active if
 * all of them hold. Depth conditions are written so: slot j is active iff depth > j.
 * @return LINAS_OK; UNKNOWN_NAME; OUT_OF_RANGE (slot); INVALID_ARGUMENT (the controller has string
 *         values); NOT_FINITE; CYCLE; WRONG_ORDER; NO_MEMORY.
 */
LINAS_API linas_status linas_space_active_if_above(linas_space *space, const char *name,
                                                   size_t slot, const char *controller,
                                                   size_t controller_slot, double threshold);

/**
 * `name[slot]` is active only if `controller[controller_slot]` takes one of the `count` values with
 * the given value indices. Otherwise as linas_space_active_if_above().
 */
LINAS_API linas_status linas_space_active_if_in(linas_space *space, const char *name, size_t slot,
                                                const char *controller, size_t controller_slot,
                                                const int32_t *value_indices, size_t count);

/**
 * Declare that in `name[slot]` the value with index `second` means the same sub-network as the one
 * with the smaller index `first` (OFA ResNet50: d[0] of 0 and 1).
 */
LINAS_API linas_status linas_space_same_value(linas_space *space, const char *name, size_t slot,
                                              int32_t first, int32_t second);

/**
 * Feasibility of a configuration by the host: return 1 (feasible), 0 (not), or another positive
 * code > 1 or negative code, which stops the running call and is returned by it unchanged. Called
 * with canonical genomes of `variables` genes. NULL removes the predicate.
 */
typedef int32_t (*linas_feasible_fn)(void *user_data, const int32_t *genome, size_t variables);
/** Set the predicate, or remove it by NULL.
 * @return LINAS_OK, INVALID_ARGUMENT, WRONG_ORDER (the space is in use). */
LINAS_API linas_status linas_space_set_feasible(linas_space *space, linas_feasible_fn feasible,
                                                void *user_data);

/**
 * A space compiled into the library; linas_space_preset_name() lists them.
 * @return LINAS_OK, UNKNOWN_NAME (the message lists the names), NO_MEMORY.
 */
LINAS_API linas_status linas_space_preset(linas_context *context, const char *name,
                                          linas_space **space);
/** Number of presets. */
LINAS_API size_t linas_space_preset_count(void);
/** Name of preset `index`, or NULL beyond the last; static storage. */
LINAS_API const char *linas_space_preset_name(size_t index);
/** One line about preset `index`, or NULL beyond the last; static storage. */
LINAS_API const char *linas_space_preset_text(size_t index);

/**
 * Read a space from JSON text of `length` bytes (docs/space-json.md has the grammar):
 * `{"ks":{"count":20,"vars":[3,5,7],"active_if":{"variable":"d","stages":[4,4,4,4,4]}},
 *   "d":{"count":5,"vars":[2,3,4],"ordered":true}}`.
 * @return LINAS_OK; PARSE with line and column; the errors of the `add` functions, their message
 *         naming the group.
 */
LINAS_API linas_status linas_space_from_json(linas_context *context, const char *text,
                                             size_t length, linas_space **space);

/**
 * Write the space as JSON that linas_space_from_json() reads back to an equal space.
 * @param buffer of `capacity` bytes, may be NULL with capacity 0.
 * @param[out] needed bytes including the terminating zero; may be NULL.
 * @return LINAS_OK, BUFFER_TOO_SMALL (only `*needed` is stored), NO_MEMORY.
 */
LINAS_API linas_status linas_space_to_json(const linas_space *space, char *buffer, size_t capacity,
                                           size_t *needed);

/** Number of variables, the length of every genome. */
LINAS_API size_t linas_space_variables(const linas_space *space);
/** Number of groups. */
LINAS_API size_t linas_space_groups(const linas_space *space);

/** Facts about one group; strings live as long as the space. */
typedef struct linas_group_info {
    uint32_t size;           /**< sizeof(linas_group_info), set by the caller */
    int32_t value_kind;      /**< LINAS_VALUE_... */
    int32_t order;           /**< LINAS_CATEGORICAL or LINAS_ORDINAL */
    uint32_t slots;          /**< variables of the group */
    uint32_t values;         /**< that each of them may take */
    uint32_t first_variable; /**< index in the genome of slot 0 */
    const char *name;        /**< of the group */
} linas_group_info;
/** Initialiser: nothing but the size. */
#define LINAS_GROUP_INFO_INIT                                                                      \
    { (uint32_t)sizeof(linas_group_info), 0, 0, 0, 0, 0, 0 }

/** Facts about group `group`. @return LINAS_OK, OUT_OF_RANGE, STRUCT_SIZE. */
LINAS_API linas_status linas_space_group(const linas_space *space, size_t group,
                                         linas_group_info *info);
/** Index of the group of that name. @return LINAS_OK, UNKNOWN_NAME. */
LINAS_API linas_status linas_space_find_group(const linas_space *space, const char *name,
                                              size_t *group);
/** Number of values of a variable of the genome; 0 beyond the last. */
LINAS_API size_t linas_space_value_count(const linas_space *space, size_t variable);

/** Value `index` of a group, as int64 (only of LINAS_VALUE_INT groups), as double (int and real) or
 * as text (string groups only; lives as long as the space).
 * @return LINAS_OK, OUT_OF_RANGE, INVALID_ARGUMENT (other kind). */
LINAS_API linas_status linas_space_value_int(const linas_space *space, size_t group, size_t index,
                                             int64_t *value);
LINAS_API linas_status linas_space_value_real(const linas_space *space, size_t group, size_t index,
                                              double *value);
LINAS_API linas_status linas_space_value_string(const linas_space *space, size_t group,
                                                size_t index, const char **value);

/** Is every gene a valid value index? @return LINAS_OK, OUT_OF_RANGE naming the variable. */
LINAS_API linas_status linas_space_check(const linas_space *space, const int32_t *genome);

/** Canonical form of `genome` into `canonical` (may be the same array). Errors as
 * linas_space_check(). */
LINAS_API linas_status linas_space_canonical(const linas_space *space, const int32_t *genome,
                                             int32_t *canonical);
/** 1 or 0 per variable: is it active in this configuration? Errors as linas_space_check(). */
LINAS_API linas_status linas_space_active(const linas_space *space, const int32_t *genome,
                                          uint8_t *active);
/** 64-bit hash of the canonical form, equal on every platform and version. */
LINAS_API linas_status linas_space_hash(const linas_space *space, const int32_t *genome,
                                        uint64_t *hash);
/** Does the feasibility predicate accept it (1 or 0; 1 without a predicate)? */
LINAS_API linas_status linas_space_is_feasible(const linas_space *space, const int32_t *genome,
                                               int32_t *feasible);
/** 64-bit hash of the space itself: names, values, order, conditions. */
LINAS_API linas_status linas_space_fingerprint(const linas_space *space, uint64_t *fingerprint);

/** Number of genomes (product of the value counts); may be huge, hence a double. */
LINAS_API double linas_space_raw_cardinality(const linas_space *space);
/** Number of distinct canonical forms, without regard to feasibility.
 * @return LINAS_OK; TOO_LARGE when conditions are entangled beyond exact counting. */
LINAS_API linas_status linas_space_effective_cardinality(const linas_space *space,
                                                         double *cardinality);

/**
 * Draw up to `count` configurations, canonical, feasible and distinct from one another and from the
 * `excluded_count` genomes in `excluded` (may be NULL with 0).
 * @param method LINAS_SAMPLE_...; the same seed gives the same genomes.
 * @param[out] genomes `count` rows of linas_space_variables() genes.
 * @param[out] found rows written; fewer than `count` when the space is (nearly) used up; never an
 *             error in itself.
 */
LINAS_API linas_status linas_space_sample(const linas_space *space, int32_t method, uint64_t seed,
                                          const int32_t *excluded, size_t excluded_count,
                                          size_t count, int32_t *genomes, size_t *found);

/** A configuration as JSON with named values, `{"ks":[3,5],"d":2}` (a group of one slot is a
 * plain value). Buffer rules as linas_space_to_json(). */
LINAS_API linas_status linas_space_config_to_json(const linas_space *space, const int32_t *genome,
                                                  char *buffer, size_t capacity, size_t *needed);
/** Reads what linas_space_config_to_json() writes. Every variable must be named.
 * @return LINAS_OK; PARSE; UNKNOWN_NAME; OUT_OF_RANGE (a value that the group does not have). */
LINAS_API linas_status linas_space_config_from_json(const linas_space *space, const char *text,
                                                    size_t length, int32_t *genome);

#ifdef __cplusplus
}
#endif
#endif
