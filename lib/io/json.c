/* SPDX-License-Identifier: Apache-2.0 */
#include "io/json.h"

#include <jansson.h>
#include <string.h>

/* An lns_json is jansson's own value under another name, so that the parser does not leak out. */
static const json_t *inner(const lns_json *value) {
    return (const json_t *)(const void *)value;
}

static const lns_json *outer(const json_t *value) {
    return (const lns_json *)(const void *)value;
}

linas_status lns_json_parse(linas_context *context, const char *text, size_t length,
                            lns_json **root) {
    json_error_t error;
    json_t *parsed = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!parsed && json_error_code(&error) == json_error_out_of_memory)
        return lns_no_memory(context);
    if (!parsed)
        return lns_fail(context, LINAS_ERROR_PARSE, "line %d, column %d: %s",
                        error.line > 0 ? error.line : 1, error.column > 0 ? error.column : 0,
                        error.text);
    *root = (lns_json *)(void *)parsed;
    return LINAS_OK;
}

void lns_json_free(lns_json *root) {
    if (root)
        json_decref((json_t *)(void *)root);
}

lns_json_kind lns_json_kind_of(const lns_json *value) {
    switch (json_typeof(inner(value))) {
    case JSON_OBJECT:
        return LNS_JSON_OBJECT;
    case JSON_ARRAY:
        return LNS_JSON_ARRAY;
    case JSON_STRING:
        return LNS_JSON_STRING;
    case JSON_INTEGER:
        return LNS_JSON_INT;
    case JSON_REAL:
        return LNS_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return LNS_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return LNS_JSON_NULL;
}

const char *lns_json_kind_text(const lns_json *value) {
    static const char *const texts[] = {"null",     "a boolean", "an integer", "a real number",
                                        "a string", "an array",  "an object"};
    return texts[lns_json_kind_of(value)];
}

bool lns_json_is_number(const lns_json *value) {
    return value && json_is_number(inner(value));
}

const lns_json *lns_json_get(const lns_json *object, const char *key) {
    return object ? outer(json_object_get(inner(object), key)) : NULL;
}

size_t lns_json_size(const lns_json *value) {
    return json_is_array(inner(value)) ? json_array_size(inner(value))
                                       : json_object_size(inner(value));
}

const lns_json *lns_json_at(const lns_json *array, size_t index) {
    return outer(json_array_get(inner(array), index));
}

void *lns_json_next(const lns_json *object, void *iterator, const char **key,
                    const lns_json **value) {
    json_t *whole = (json_t *)(uintptr_t)object;
    void *next = iterator ? json_object_iter_next(whole, iterator) : json_object_iter(whole);
    if (!next)
        return NULL;
    *key = json_object_iter_key(next);
    *value = outer(json_object_iter_value(next));
    return next;
}

bool lns_json_bool(const lns_json *value) {
    return json_is_true(inner(value));
}

int64_t lns_json_int(const lns_json *value) {
    return json_integer_value(inner(value));
}

double lns_json_number(const lns_json *value) {
    return json_number_value(inner(value));
}

const char *lns_json_string(const lns_json *value) {
    return json_string_value(inner(value));
}
