/* SPDX-License-Identifier: Apache-2.0 */
/* Stored predictors: docs/predictor-format.md. */
#include "predict/predict.h"
#include "predict/json_fields.h"

#include <math.h>
#include <string.h>

enum { FORMAT = 1, HEX_DIGITS = 16, NAMES = 5 };

static const char *const model_names[NAMES] = {"auto", "ridge", "svr", NULL, "gp"};
static const char *const target_names[NAMES] = {"auto", "raw", "log", "rank", NULL};

/* -- writing ----------------------------------------------------------------------------------- */

static void put_key(lns_text *text, const char *before, const char *key) {
    lns_text_string(text, before);
    lns_text_json_string(text, key);
    lns_text_string(text, ":");
}

static void put_double(lns_text *text, const char *before, const char *key, double value) {
    put_key(text, before, key);
    lns_text_double(text, value);
}

static void put_integer(lns_text *text, const char *before, const char *key, int64_t value) {
    put_key(text, before, key);
    lns_text_i64(text, value);
}

static void put_string(lns_text *text, const char *before, const char *key, const char *value) {
    put_key(text, before, key);
    lns_text_json_string(text, value);
}

/* 64 bits do not fit the numbers of every JSON reader. */
static void put_hex(lns_text *text, const char *before, const char *key, uint64_t value) {
    char digits[HEX_DIGITS + 1];
    for (int i = HEX_DIGITS - 1; i >= 0; i--, value >>= 4)
        digits[i] = "0123456789abcdef"[value & 15];
    digits[HEX_DIGITS] = '\0';
    put_string(text, before, key, digits);
}

static void put_options(lns_text *text, const linas_predictor_options *options) {
    put_key(text, ",\n", "options");
    put_string(text, "{", "model", model_names[options->model]);
    put_string(text, ",", "target", target_names[options->target]);
    put_integer(text, ",", "folds", options->folds);
    put_hex(text, ",", "seed", options->seed);
    lns_text_string(text, "}");
}

static void put_target(lns_text *text, const lns_target *target) {
    put_key(text, ",\n", "target");
    put_string(text, "{", "kind", target_names[target->kind]);
    if (target->kind == LINAS_TARGET_RANK) {
        put_key(text, ",", "scores");
        lns_text_doubles(text, target->z, target->knots);
        put_key(text, ",", "values");
        lns_text_doubles(text, target->y, target->knots);
    } else {
        put_integer(text, ",", "exponent", target->exponent);
        put_double(text, ",", "centre", target->centre);
        put_double(text, ",", "scale", target->scale);
    }
    lns_text_string(text, "}");
}

static void put_quality(lns_text *text, const lns_fitted *fitted) {
    const linas_predictor_quality *quality = &fitted->quality;
    put_key(text, ",\n", "quality");
    put_integer(text, "{", "rows", quality->rows);
    put_double(text, ",", "kendall_tau", quality->kendall_tau);
    put_double(text, ",", "spearman", quality->spearman);
    put_double(text, ",", "rmse", quality->rmse);
    put_double(text, ",", "mape", quality->mape);
    lns_text_string(text, "}");
    put_double(text, ",\n", "deviation", fitted->deviation);
}

static void put_views(lns_text *text, const lns_encoding *encoding) {
    put_key(text, ",\n", "views");
    for (size_t v = 0; v < encoding->variables; v++) {
        lns_text_string(text, v > 0 ? "," : "[");
        lns_text_i64(text, encoding->views[v]);
    }
    lns_text_string(text, "]");
}

static void put_predictor(lns_text *text, const linas_predictor *predictor, uint64_t fingerprint) {
    const lns_fitted *fitted = predictor->fitted;
    put_integer(text, "{", "linas_predictor", FORMAT);
    put_string(text, ",\n", "library", LINAS_VERSION_STRING);
    put_hex(text, ",\n", "space", fingerprint);
    put_options(text, &predictor->options);
    put_target(text, &fitted->target);
    put_quality(text, fitted);
    put_views(text, &predictor->encoding);
    put_string(text, ",\n", "model", fitted->model->type->name);
    put_key(text, ",\n", "parameters");
    fitted->model->type->save(fitted->model, &predictor->encoding, text);
    lns_text_string(text, "}\n");
}

linas_status linas_predictor_save(const linas_predictor *predictor, char *buffer, size_t capacity,
                                  size_t *needed) {
    if (!predictor)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = predictor->context;
    lns_clear(context);
    if (predictor->callbacks.fit)
        return lns_fail(context, LINAS_ERROR_UNSUPPORTED, "the host's predictors are not stored");
    if (!predictor->fitted)
        return lns_fail(context, LINAS_ERROR_NOT_FITTED, "the predictor was not fitted yet");
    uint64_t fingerprint;
    LNS_TRY(linas_space_fingerprint(predictor->space, &fingerprint));
    lns_text text;
    lns_text_init(&text, context);
    put_predictor(&text, predictor, fingerprint);
    linas_status status =
        text.failed ? lns_no_memory(context)
                    : lns_give(context, text.data, text.length, true, buffer, capacity, needed);
    lns_text_free(&text);
    return status;
}

/* -- reading ----------------------------------------------------------------------------------- */

static linas_status get_hex(linas_context *context, const lns_json *object, const char *key,
                            uint64_t *value) {
    const lns_json *json;
    LNS_TRY(lns_field(context, object, key, LNS_JSON_STRING, &json));
    const char *digits = lns_json_string(json);
    bool good = strlen(digits) == HEX_DIGITS && strspn(digits, "0123456789abcdef") == HEX_DIGITS;
    if (!good)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" is not 16 hexadecimal digits", key);
    *value = 0;
    for (int i = 0; i < HEX_DIGITS; i++) {
        int digit = digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10;
        *value = *value << 4 | (uint64_t)digit;
    }
    return LINAS_OK;
}

static linas_status get_name(linas_context *context, const lns_json *object, const char *key,
                             const char *const *names, int32_t *value) {
    const lns_json *json;
    LNS_TRY(lns_field(context, object, key, LNS_JSON_STRING, &json));
    for (int32_t i = 0; i < NAMES; i++)
        if (names[i] && strcmp(names[i], lns_json_string(json)) == 0) {
            *value = i;
            return LINAS_OK;
        }
    return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" has an unknown value", key);
}

static linas_status get_header(linas_context *context, const linas_space *space,
                               const lns_json *root) {
    if (lns_json_kind_of(root) != LNS_JSON_OBJECT || !lns_json_get(root, "linas_predictor"))
        return lns_fail(context, LINAS_ERROR_CORRUPT, "this is no stored predictor");
    int64_t format;
    LNS_TRY(lns_field_int(context, root, "linas_predictor", 1, INT64_MAX, &format));
    if (format > FORMAT)
        return lns_fail(context, LINAS_ERROR_VERSION,
                        "the predictor is stored in format %lld, this library reads up to %d",
                        (long long)format, FORMAT);
    uint64_t stored, own;
    LNS_TRY(get_hex(context, root, "space", &stored));
    LNS_TRY(linas_space_fingerprint(space, &own));
    if (stored != own)
        return lns_fail(context, LINAS_ERROR_MISMATCH, "the predictor belongs to another space");
    return LINAS_OK;
}

static linas_status get_options(linas_context *context, const lns_json *root,
                                linas_predictor_options *options) {
    const lns_json *json;
    int64_t folds;
    LNS_TRY(lns_field(context, root, "options", LNS_JSON_OBJECT, &json));
    LNS_TRY(get_name(context, json, "model", model_names, &options->model));
    LNS_TRY(get_name(context, json, "target", target_names, &options->target));
    LNS_TRY(lns_field_int(context, json, "folds", 2, UINT32_MAX, &folds));
    options->folds = (uint32_t)folds;
    return get_hex(context, json, "seed", &options->seed);
}

static linas_status check_increasing(linas_context *context, const double *values, size_t count,
                                     const char *name) {
    for (size_t i = 1; i < count; i++)
        if (!(values[i - 1] < values[i]))
            return lns_fail(context, LINAS_ERROR_CORRUPT, "\"%s\" does not increase", name);
    return LINAS_OK;
}

static linas_status get_knots(linas_context *context, const lns_json *json, lns_target *target) {
    const lns_json *scores;
    LNS_TRY(lns_field(context, json, "scores", LNS_JSON_ARRAY, &scores));
    size_t knots = lns_json_size(scores);
    if (knots == 0)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"scores\" is empty");
    target->z = lns_alloc(context, knots, sizeof *target->z);
    target->y = lns_alloc(context, knots, sizeof *target->y);
    if (!target->z || !target->y)
        return lns_no_memory(context);
    target->knots = knots;
    LNS_TRY(lns_read_doubles(context, scores, "scores", knots, target->z));
    LNS_TRY(lns_read_doubles(context, lns_json_get(json, "values"), "values", knots, target->y));
    LNS_TRY(check_increasing(context, target->z, knots, "scores"));
    return check_increasing(context, target->y, knots, "values");
}

static linas_status get_target(linas_context *context, const lns_json *root, lns_target *target) {
    const lns_json *json;
    LNS_TRY(lns_field(context, root, "target", LNS_JSON_OBJECT, &json));
    LNS_TRY(get_name(context, json, "kind", target_names, &target->kind));
    if (target->kind == LINAS_TARGET_AUTO)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"kind\" has an unknown value");
    if (target->kind == LINAS_TARGET_RANK)
        return get_knots(context, json, target);
    int64_t exponent;
    LNS_TRY(lns_field_int(context, json, "exponent", -1100, 1100, &exponent));
    target->exponent = (int32_t)exponent;
    LNS_TRY(lns_field_double(context, json, "centre", &target->centre));
    return lns_field_double(context, json, "scale", &target->scale);
}

/* A metric may be undefined, which is null. */
static linas_status get_metric(linas_context *context, const lns_json *object, const char *key,
                               double *value) {
    const lns_json *json = lns_json_get(object, key);
    *value = NAN;
    if (json && lns_json_kind_of(json) == LNS_JSON_NULL)
        return LINAS_OK;
    return lns_field_double(context, object, key, value);
}

static linas_status get_quality(linas_context *context, const lns_json *root, lns_fitted *fitted) {
    const lns_json *json;
    int64_t rows;
    linas_predictor_quality *quality = &fitted->quality;
    LNS_TRY(lns_field(context, root, "quality", LNS_JSON_OBJECT, &json));
    LNS_TRY(lns_field_int(context, json, "rows", 1, UINT32_MAX, &rows));
    quality->rows = (uint32_t)rows;
    quality->target = fitted->target.kind;
    LNS_TRY(get_metric(context, json, "kendall_tau", &quality->kendall_tau));
    LNS_TRY(get_metric(context, json, "spearman", &quality->spearman));
    LNS_TRY(get_metric(context, json, "rmse", &quality->rmse));
    LNS_TRY(get_metric(context, json, "mape", &quality->mape));
    LNS_TRY(lns_field_double(context, root, "deviation", &fitted->deviation));
    if (fitted->deviation < 0.0)
        return lns_fail(context, LINAS_ERROR_CORRUPT, "\"deviation\" is negative");
    return LINAS_OK;
}

static linas_status get_views(linas_context *context, const lns_json *root,
                              lns_encoding *encoding) {
    const lns_json *json;
    LNS_TRY(lns_field_array(context, root, "views", encoding->variables, &json));
    uint8_t *views = lns_alloc(context, encoding->variables, sizeof *views);
    if (!views)
        return lns_no_memory(context);
    for (size_t v = 0; v < encoding->variables; v++) {
        const lns_json *view = lns_json_at(json, v);
        bool known =
            lns_json_kind_of(view) == LNS_JSON_INT &&
            (lns_json_int(view) == LNS_VIEW_ONE_HOT || lns_json_int(view) == LNS_VIEW_POSITION);
        views[v] = known ? (uint8_t)lns_json_int(view) : UINT8_MAX;
    }
    linas_status status = lns_encoding_set_views(encoding, views);
    lns_free(context, views);
    if (status == LINAS_ERROR_INVALID_ARGUMENT)
        return lns_fail_within(context, LINAS_ERROR_CORRUPT, "\"views\"");
    return status;
}

static linas_status get_model(linas_context *context, const lns_json *root,
                              const lns_encoding *encoding, lns_fitted *fitted) {
    const lns_json *json;
    int32_t *kind = &fitted->quality.model;
    LNS_TRY(get_name(context, root, "model", model_names, kind));
    LNS_TRY(lns_field(context, root, "parameters", LNS_JSON_OBJECT, &json));
    if (*kind == LINAS_PREDICTOR_RIDGE)
        return lns_ridge_class.load(context, encoding, json, &fitted->model);
    if (*kind == LINAS_PREDICTOR_SVR)
        return lns_svr_class.load(context, encoding, json, &fitted->model);
    if (*kind == LINAS_PREDICTOR_GP)
        return lns_gp_class.load(context, encoding, json, &fitted->model);
    return lns_fail(context, LINAS_ERROR_CORRUPT, "\"model\" has an unknown value");
}

static linas_status get_predictor(const lns_json *root, linas_predictor *predictor) {
    linas_context *context = predictor->context;
    LNS_TRY(get_header(context, predictor->space, root));
    LNS_TRY(get_options(context, root, &predictor->options));
    lns_fitted *fitted = lns_alloc_zero(context, 1, sizeof *fitted);
    if (!fitted)
        return lns_no_memory(context);
    predictor->fitted = fitted;
    LNS_TRY(get_target(context, root, &fitted->target));
    LNS_TRY(get_quality(context, root, fitted));
    LNS_TRY(get_views(context, root, &predictor->encoding));
    return get_model(context, root, &predictor->encoding, fitted);
}

linas_status linas_predictor_load(const linas_space *space, const char *text, size_t length,
                                  linas_predictor **out) {
    if (out)
        *out = NULL;
    if (!space)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = lns_space_context(space);
    lns_clear(context);
    if (!out || !text)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "%s is NULL",
                        out ? "text" : "predictor");
    lns_json *root;
    LNS_TRY(lns_json_parse(context, text, length, &root));
    linas_predictor *predictor = NULL;
    linas_status status = lns_predictor_new(space, &predictor);
    if (status == LINAS_OK)
        status = get_predictor(root, predictor);
    lns_json_free(root);
    if (status == LINAS_OK)
        *out = predictor;
    else
        linas_predictor_destroy(predictor);
    return status;
}
