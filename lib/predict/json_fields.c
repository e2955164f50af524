/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/json_fields.h"

linas_status lns_field(linas_context *context, const lns_json *object, const char *key,
                       lns_json_kind kind, const lns_json **value) {
    *value = lns_json_get(object, key);
    if (!*value)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" is missing", key);
    if (lns_json_kind_of(*value) != kind)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" is %s", key,
                        lns_json_kind_text(*value));
    return LINAS_OK;
}

static linas_status check_count(linas_context *context, const lns_json *array, const char *name,
                                size_t count) {
    if (!array || lns_json_kind_of(array) != LNS_JSON_ARRAY)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" is not an array", name);
    if (lns_json_size(array) != count)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" has %zu elements instead of %zu",
                        name, lns_json_size(array), count);
    return LINAS_OK;
}

linas_status lns_field_array(linas_context *context, const lns_json *object, const char *key,
                             size_t count, const lns_json **value) {
    LNS_TRY(lns_field(context, object, key, LNS_JSON_ARRAY, value));
    return check_count(context, *value, key, count);
}

static linas_status read_double(linas_context *context, const lns_json *json, const char *name,
                                double *value) {
    if (!lns_json_is_number(json)) /* a number of JSON is finite */
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" is not a number", name);
    *value = lns_json_number(json);
    return LINAS_OK;
}

linas_status lns_field_double(linas_context *context, const lns_json *object, const char *key,
                              double *value) {
    return read_double(context, lns_json_get(object, key), key, value);
}

linas_status lns_field_int(linas_context *context, const lns_json *object, const char *key,
                           int64_t least, int64_t most, int64_t *value) {
    const lns_json *json;
    LNS_TRY(lns_field(context, object, key, LNS_JSON_INT, &json));
    *value = lns_json_int(json);
    if (*value < least || *value > most)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" is %lld", key, (long long)*value);
    return LINAS_OK;
}

linas_status lns_read_doubles(linas_context *context, const lns_json *array, const char *name,
                              size_t count, double *values) {
    LNS_TRY(check_count(context, array, name, count));
    for (size_t i = 0; i < count; i++)
        LNS_TRY(read_double(context, lns_json_at(array, i), name, values + i));
    return LINAS_OK;
}

void lns_text_doubles(lns_text *text, const double *values, size_t count) {
    lns_text_string(text, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            lns_text_string(text, ",");
        lns_text_double(text, values[i]);
    }
    lns_text_string(text, "]");
}
