/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_JSON_FIELDS_H
#define LNS_PREDICT_JSON_FIELDS_H
/* Reading the fields of a stored predictor; all fail with CORRUPT and the field's name. */
#include "io/json.h"

linas_status lns_field(linas_context *context, const lns_json *object, const char *key,
                       lns_json_kind kind, const lns_json **value);
/* An array of exactly `count` elements. */
linas_status lns_field_array(linas_context *context, const lns_json *object, const char *key,
                             size_t count, const lns_json **value);
/* A finite number. */
linas_status lns_field_double(linas_context *context, const lns_json *object, const char *key,
                              double *value);
/* An integer within bounds. */
linas_status lns_field_int(linas_context *context, const lns_json *object, const char *key,
                           int64_t least, int64_t most, int64_t *value);
/* `array` has `count` finite numbers; `name` is for messages. */
linas_status lns_read_doubles(linas_context *context, const lns_json *array, const char *name,
                              size_t count, double *values);

void lns_text_doubles(lns_text *text, const double *values, size_t count);

#endif
