/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_BASE_H
#define LINAS_BASE_H
/**
 * @file base.h
 * Status codes, the context (allocator, log, last message) and version facts.
 *
 * Thread rule of the whole library: a context and every object made with it belong to one thread
 * at a time; different contexts are independent. The only function that may be called from any
 * thread or from a signal handler is linas_search_request_stop().
 *
 * Ownership: every object keeps what it was made from alive, so objects may be destroyed in any
 * order. Every `_destroy` function accepts NULL.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) || defined(__CYGWIN__)
#define LINAS_API
#elif defined(__GNUC__)
#define LINAS_API __attribute__((visibility("default")))
#else
#define LINAS_API
#endif

#define LINAS_VERSION_MAJOR 0 /**< of these headers; linas_version() tells the library's */
#define LINAS_VERSION_MINOR 1 /**< see above */
#define LINAS_VERSION_PATCH 0 /**< see above */
/** "MAJOR.MINOR.PATCH" of these headers */
#define LINAS_VERSION_STRING "0.1.0"

/**
 * Result of every function that can fail: 0 is success, negative values are the library's errors,
 * in families with gaps and append-only. Positive values are stop codes of the host's own
 * callbacks, handed back unchanged.
 */
typedef int32_t linas_status;

/** The library's statuses. */
enum {
    LINAS_OK = 0, /**< success */
    /* the arguments of a call */
    LINAS_ERROR_INVALID_ARGUMENT = -100, /**< a NULL, a contradiction, a value of no meaning */
    LINAS_ERROR_OUT_OF_RANGE = -101,     /**< an index or a number outside its bounds */
    LINAS_ERROR_UNKNOWN_NAME = -102,     /**< no variable, preset, objective of that name */
    LINAS_ERROR_DUPLICATE = -103,        /**< a name or value that exists already */
    LINAS_ERROR_NOT_FINITE = -104,       /**< NaN or infinity where a number is needed */
    LINAS_ERROR_BUFFER_TOO_SMALL = -105, /**< the needed count was stored, nothing else */
    LINAS_ERROR_STRUCT_SIZE = -106,      /**< `.size` unset, or unknown trailing bytes not zero */
    LINAS_ERROR_CYCLE = -107,            /**< activity conditions that depend on one another */
    /* the state of an object */
    LINAS_ERROR_WRONG_ORDER = -200,      /**< the object is not in a state for this call */
    LINAS_ERROR_REENTRANT = -201,        /**< called from inside one of the object's callbacks */
    LINAS_ERROR_EXHAUSTED = -202,        /**< nothing left: the space has no further sub-network */
    LINAS_ERROR_UNKNOWN_ID = -203,       /**< no outstanding candidate has this id */
    LINAS_ERROR_NOT_FITTED = -204,       /**< a predictor was asked before it was fitted */
    LINAS_ERROR_NOTHING_MEASURED = -205, /**< no evaluation succeeded */
    /* resources */
    LINAS_ERROR_NO_MEMORY = -300, /**< the allocator gave NULL */
    LINAS_ERROR_TOO_LARGE = -301, /**< a count beyond the documented limit */
    /* input and output */
    LINAS_ERROR_IO = -400,       /**< a file or the host's storage; the message has the reason */
    LINAS_ERROR_PARSE = -401,    /**< malformed text; the message has line and column */
    LINAS_ERROR_CORRUPT = -402,  /**< well-formed, but damaged or not what it claims to be */
    LINAS_ERROR_VERSION = -403,  /**< written by a newer, incompatible version */
    LINAS_ERROR_MISMATCH = -404, /**< belongs to another space, other objectives or options */
    LINAS_ERROR_LOCKED = -405,   /**< another process writes this journal */
    /* numerics */
    LINAS_ERROR_NUMERIC = -500, /**< a factorisation or a fit failed on this data */
    /* the library */
    LINAS_ERROR_UNSUPPORTED = -900, /**< not part of this build */
    LINAS_ERROR_INTERNAL = -901     /**< a defect of the library; please report it */
};

/** Name of a status, such as "LINAS_ERROR_PARSE"; "LINAS_USER_CODE" for positive values and
 * "LINAS_ERROR_UNKNOWN" for values that no version of this library returns. Never NULL. */
LINAS_API const char *linas_status_name(linas_status status);

/** One sentence in English about a status. Never NULL; static storage. */
LINAS_API const char *linas_status_text(linas_status status);

/** Version of the library that is running, "MAJOR.MINOR.PATCH"; static storage. */
LINAS_API const char *linas_version(void);

/** One line: version, licence of this binary, GSL on or off, BLAS, libsvm's version; static
 * storage. Contains "licence=GPL-3.0-or-later" when linked with GSL, else "licence=Apache-2.0". */
LINAS_API const char *linas_build_info(void);

/** Owner of memory, log and last message. One thread at a time. */
typedef struct linas_context linas_context;

/** Levels of log messages. */
enum {
    LINAS_LOG_DEBUG = 0,  /**< for those who look for a fault */
    LINAS_LOG_INFO = 1,   /**< what happens */
    LINAS_LOG_WARNING = 2 /**< what should be looked at */
};

/**
 * Options of a context; zero everywhere but `size` means the default.
 * The three memory functions are given together or not at all. `allocate` and `reallocate` return
 * NULL when memory is short (the library then fails with LINAS_ERROR_NO_MEMORY and stays whole) and
 * memory aligned for any type otherwise; `release` accepts NULL. `log` may be NULL: then nothing is
 * reported anywhere, for the library itself never prints.
 */
typedef struct linas_context_options {
    uint32_t size;    /**< sizeof(linas_context_options) */
    uint32_t threads; /**< threads the library may use; 0 and 1 mean the caller's only */
    void *(*allocate)(void *user_data, size_t bytes);
    void *(*reallocate)(void *user_data, void *memory, size_t bytes);
    void (*release)(void *user_data, void *memory);
    void *allocator_data; /**< first argument of the three functions above */
    void (*log)(void *user_data, int32_t level, const char *message);
    void *log_data; /**< first argument of `log` */
} linas_context_options;

/** Initialiser: the defaults. */
#define LINAS_CONTEXT_OPTIONS_INIT                                                                 \
    { (uint32_t)sizeof(linas_context_options), 0, 0, 0, 0, 0, 0, 0 }

/** Same as LINAS_CONTEXT_OPTIONS_INIT, for callers that cannot use a macro. */
LINAS_API void linas_context_options_init(linas_context_options *options);

/**
 * Make a context. `options` may be NULL for defaults (malloc, one thread, no log).
 * @param[out] context the new context, or NULL on failure; free with linas_context_destroy().
 * @return LINAS_OK, LINAS_ERROR_INVALID_ARGUMENT, LINAS_ERROR_STRUCT_SIZE, LINAS_ERROR_NO_MEMORY.
 */
LINAS_API linas_status linas_context_create(linas_context **context,
                                            const linas_context_options *options);

/** Give up a context. Its memory goes when the last object made with it is destroyed. */
LINAS_API void linas_context_destroy(linas_context *context);

/**
 * What went wrong in the last call that failed on this context or one of its objects: a sentence
 * that names what and where; "" when the last such call succeeded. Valid until the next call on the
 * context. Never NULL (for a NULL context it is "").
 */
LINAS_API const char *linas_context_message(const linas_context *context);

#ifdef __cplusplus
}
#endif
#endif
