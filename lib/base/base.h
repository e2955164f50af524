/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_BASE_H
#define LNS_BASE_H
/* What every room stands on: context, memory, messages, struct sizes, hashes and text.
 * Internal names start with lns_, public ones with linas_. */
#include <linas/base.h>
#include <stdbool.h>
#include <stdarg.h>

struct linas_context {
    size_t references;
    linas_context_options options;
    char message[512];
};

/* -- context and messages ---------------------------------------------------------------------- */

/* Objects keep their context alive: one reference each. */
linas_context *lns_context_keep(linas_context *context);
void lns_context_drop(linas_context *context);

/* Every public function that can fail calls this first. Accepts NULL. */
void lns_clear(linas_context *context);

/* Sets the message and returns `status`. Accepts a NULL context. */
linas_status lns_fail(linas_context *context, linas_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
linas_status lns_no_memory(linas_context *context);

/* Puts "prefix: " before the message of a failure that came from below; returns `status`. */
linas_status lns_fail_within(linas_context *context, linas_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void lns_log(const linas_context *context, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define LNS_TRY(expression)                                                                        \
    do {                                                                                           \
        linas_status lns_try_status = (expression);                                                \
        if (lns_try_status != LINAS_OK)                                                            \
            return lns_try_status;                                                                 \
    } while (0)

/* -- memory ------------------------------------------------------------------------------------ */

/* All memory of an object comes from its context's allocator. These return NULL when memory is
 * short or count * bytes overflows; a count of 0 gives a valid pointer. */
void *lns_alloc(linas_context *context, size_t count, size_t bytes);
void *lns_alloc_zero(linas_context *context, size_t count, size_t bytes);
void lns_free(linas_context *context, void *memory);
char *lns_copy_string(linas_context *context, const char *text);
void *lns_copy_bytes(linas_context *context, const void *source, size_t count, size_t bytes);

/* Makes room for `needed` elements in a growing array (doubling); false when memory is short, the
 * array then unchanged. `*array` may be NULL with capacity 0. */
bool lns_grow(linas_context *context, void *array, size_t *capacity, size_t needed, size_t bytes);

/* -- sized structs ----------------------------------------------------------------------------- */

/* Reads a caller's struct that starts with `uint32_t size` into `known` (of `known_bytes`, filled
 * with the defaults beforehand): fewer bytes leave the defaults, more must be zero. */
linas_status lns_read_struct(linas_context *context, const void *given, void *known,
                             size_t known_bytes, const char *name);
/* Writes `known` into a caller's output struct of `*(uint32_t *)out` bytes, keeping its size. */
linas_status lns_write_struct(linas_context *context, const void *known, size_t known_bytes,
                              void *out, const char *name);

/* -- hashes ------------------------------------------------------------------------------------ */

/* The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of the input moves about half
 * of the bits of the output. */
static inline uint64_t lns_mix64(uint64_t x) {
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}
/* The same on every machine; `seed` chains calls. */
uint64_t lns_hash_bytes(uint64_t seed, const void *bytes, size_t count);
uint64_t lns_hash_u64(uint64_t seed, uint64_t value);

/* Number of the lowest bit that is set; `bits` is not 0. */
static inline size_t lns_lowest_bit(uint64_t bits) {
#if defined(__GNUC__)
    return (size_t)__builtin_ctzll(bits);
#else
    size_t at = 0;
    while (!(bits >> at & 1))
        at++;
    return at;
#endif
}

/* -- text -------------------------------------------------------------------------------------- */

/* A growing zero-terminated text. Appending to a failed text does nothing, so that writers check
 * `failed` once at their end. */
typedef struct lns_text {
    linas_context *context;
    char *data;
    size_t length;
    size_t capacity;
    bool failed;
} lns_text;

void lns_text_init(lns_text *text, linas_context *context);
void lns_text_free(lns_text *text);
void lns_text_bytes(lns_text *text, const char *bytes, size_t count);
void lns_text_string(lns_text *text, const char *string);
void lns_text_u64(lns_text *text, uint64_t value);
void lns_text_i64(lns_text *text, int64_t value);
/* Shortest form that reads back to the same double, '.' in every locale; null, as JSON, for NaN
 * and infinities. */
void lns_text_double(lns_text *text, double value);
/* Quoted and escaped as a JSON string; invalid UTF-8 becomes U+FFFD. */
void lns_text_json_string(lns_text *text, const char *string);

/* Length of the UTF-8 sequence at `s`, which ends with a zero; or 0 if it is malformed (overlong
 * forms, surrogates and values beyond U+10FFFF included). */
size_t lns_utf8_length(const unsigned char *s);

/* Hands `length` bytes (plus a terminating zero if `terminated`) to a caller's buffer by the rule
 * of the public `_to_json` functions. */
linas_status lns_give(linas_context *context, const void *data, size_t length, bool terminated,
                      void *buffer, size_t capacity, size_t *needed);

/* Reads a double in the C locale's form whatever the host's locale; false unless the whole of
 * `length` bytes is one finite or infinite or NaN number. */
bool lns_parse_double(const char *text, size_t length, double *value);

#endif
