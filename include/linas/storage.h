/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_STORAGE_H
#define LINAS_STORAGE_H
/**
 * @file storage.h
 * A journal in the host's own storage (a database, a device without files) instead of a file.
 */
#include <linas/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Takes the bytes that `iterate` hands over; a non-zero return is handed back by `iterate`. */
typedef int32_t (*linas_take_fn)(void *take_data, const void *bytes, size_t length);

/**
 * The host's storage. Each function returns 0, or a code that the running call returns unchanged;
 * after a failed `append` or `sync` the search writes no more: make it anew with `resume`, and
 * whatever the storage holds counts. A piece that was appended in part only is recognised then.
 * One writer at a time is the host's care.
 */
typedef struct linas_storage {
    uint32_t size;  /**< sizeof(linas_storage) */
    uint32_t flags; /**< 0 */
    /** Add bytes at the end. */
    int32_t (*append)(void *user_data, const void *bytes, size_t length);
    /** Make durable what was appended; NULL: `append` does so itself. */
    int32_t (*sync)(void *user_data);
    /** Hand all bytes, from the first on, to `take`, in pieces of any length. */
    int32_t (*iterate)(void *user_data, linas_take_fn take, void *take_data);
    void *user_data; /**< first argument of the three functions above */
} linas_storage;
/** Initialiser: no function. */
#define LINAS_STORAGE_INIT                                                                         \
    { (uint32_t)sizeof(linas_storage), 0, 0, 0, 0, 0 }
/** Same as the initialiser above, for callers that cannot use a macro. */
LINAS_API void linas_storage_init(linas_storage *storage);

#ifdef __cplusplus
}
#endif
#endif
