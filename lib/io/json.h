/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_IO_JSON_H
#define LNS_IO_JSON_H
/* Reading JSON (RFC 8259), with memory from the context's allocator alone; JSON is written with
 * lns_text. */
#include "base/base.h"

typedef struct lns_json lns_json; /* one value; borrowed from its root */

typedef enum lns_json_kind {
    LNS_JSON_NULL,
    LNS_JSON_BOOL,
    LNS_JSON_INT,
    LNS_JSON_REAL,
    LNS_JSON_STRING,
    LNS_JSON_ARRAY,
    LNS_JSON_OBJECT
} lns_json_kind;

/* Parses one value; anything but white space after it, and a key that stands twice in an object,
 * are errors. PARSE messages are "line L, column C: why". Free the root with lns_json_free(). */
linas_status lns_json_parse(linas_context *context, const char *text, size_t length,
                            lns_json **root);
void lns_json_free(lns_json *root);

lns_json_kind lns_json_kind_of(const lns_json *value);
/* "an object", "a string", ...: for messages. */
const char *lns_json_kind_text(const lns_json *value);
bool lns_json_is_number(const lns_json *value);
/* Member of an object, or NULL (also when `object` is NULL or no object). */
const lns_json *lns_json_get(const lns_json *object, const char *key);
/* Elements of an array or members of an object. */
size_t lns_json_size(const lns_json *value);
const lns_json *lns_json_at(const lns_json *array, size_t index);
/* Members in the order of the text: start with `iterator` NULL, ends with NULL. */
void *lns_json_next(const lns_json *object, void *iterator, const char **key,
                    const lns_json **value);
bool lns_json_bool(const lns_json *value);
int64_t lns_json_int(const lns_json *value);
/* Of an integer or real. */
double lns_json_number(const lns_json *value);
/* Of a string, zero-terminated UTF-8 (the parser refuses embedded zeros). */
const char *lns_json_string(const lns_json *value);

#endif
