/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *default_allocate(void *user_data, size_t bytes) {
    (void)user_data;
    return malloc(bytes);
}

static void *default_reallocate(void *user_data, void *memory, size_t bytes) {
    (void)user_data;
    return realloc(memory, bytes);
}

static void default_release(void *user_data, void *memory) {
    (void)user_data;
    free(memory);
}

void linas_context_options_init(linas_context_options *options) {
    linas_context_options defaults = LINAS_CONTEXT_OPTIONS_INIT;
    if (options)
        *options = defaults;
}

static linas_status complete_allocator(linas_context_options *options) {
    int given = !!options->allocate + !!options->reallocate + !!options->release;
    if (given != 0 && given != 3)
        return LINAS_ERROR_INVALID_ARGUMENT;
    if (given == 0) {
        options->allocate = default_allocate;
        options->reallocate = default_reallocate;
        options->release = default_release;
    }
    return LINAS_OK;
}

linas_status linas_context_create(linas_context **context, const linas_context_options *options) {
    if (!context)
        return LINAS_ERROR_INVALID_ARGUMENT;
    *context = NULL;
    linas_context_options known = LINAS_CONTEXT_OPTIONS_INIT;
    if (options)
        LNS_TRY(lns_read_struct(NULL, options, &known, sizeof known, "linas_context_options"));
    LNS_TRY(complete_allocator(&known));
    linas_context *made = known.allocate(known.allocator_data, sizeof *made);
    if (!made)
        return LINAS_ERROR_NO_MEMORY;
    memset(made, 0, sizeof *made);
    made->references = 1;
    made->options = known;
    *context = made;
    return LINAS_OK;
}

void linas_context_destroy(linas_context *context) {
    lns_context_drop(context);
}

linas_context *lns_context_keep(linas_context *context) {
    context->references++;
    return context;
}

void lns_context_drop(linas_context *context) {
    if (context && --context->references == 0)
        context->options.release(context->options.allocator_data, context);
}

const char *linas_context_message(const linas_context *context) {
    return context ? context->message : "";
}

void lns_clear(linas_context *context) {
    if (context)
        context->message[0] = '\0';
}

static void set_message(linas_context *context, const char *format, va_list arguments) {
    /* Built apart, because an argument may be the old message. */
    char text[sizeof context->message] = "";
    vsnprintf(text, sizeof text, format, arguments);
    memcpy(context->message, text, sizeof text);
}

linas_status lns_fail(linas_context *context, linas_status status, const char *format, ...) {
    if (!context)
        return status;
    va_list arguments;
    va_start(arguments, format);
    set_message(context, format, arguments);
    va_end(arguments);
    return status;
}

linas_status lns_no_memory(linas_context *context) {
    return lns_fail(context, LINAS_ERROR_NO_MEMORY, "out of memory");
}

linas_status lns_fail_within(linas_context *context, linas_status status, const char *format, ...) {
    char cause[sizeof context->message];
    memcpy(cause, context->message, sizeof cause);
    va_list arguments;
    va_start(arguments, format);
    set_message(context, format, arguments);
    va_end(arguments);
    size_t used = strlen(context->message);
    snprintf(context->message + used, sizeof context->message - used, ": %s", cause);
    return status;
}

void lns_log(const linas_context *context, int32_t level, const char *format, ...) {
    if (!context->options.log)
        return;
    char text[sizeof context->message] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    context->options.log(context->options.log_data, level, text);
}

const char *linas_version(void) {
    return LINAS_VERSION_STRING;
}
