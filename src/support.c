/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, memory, files and numbers for all parts of the command. */
#include "support.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void (*before_message)(void);

void set_before_message(void (*before)(void)) {
    before_message = before;
}

/* One line whatever the text holds: names, reasons and paths come from outside. */
static void print_message(const char *prefix, const char *format, va_list arguments) {
    char message[2048];
    vsnprintf(message, sizeof message, format, arguments);
    for (char *c = message; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = ' ';
    if (before_message)
        before_message();
    fprintf(stderr, "linas: %s%s\n", prefix, message);
}

int fail(int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_message("", format, arguments);
    va_end(arguments);
    return status;
}

void warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_message("warning: ", format, arguments);
    va_end(arguments);
}

static void end_without_memory(void) {
    fprintf(stderr, "linas: out of memory\n");
    exit(STATUS_FAILED);
}

void *more_memory(void *memory, size_t count, size_t bytes) {
    if (bytes != 0 && count > SIZE_MAX / bytes)
        end_without_memory();
    size_t total = count * bytes;
    void *more = realloc(memory, total > 0 ? total : 1);
    if (!more)
        end_without_memory();
    return more;
}

void *get_memory(size_t count, size_t bytes) {
    return more_memory(NULL, count, bytes);
}

char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(get_memory(bytes, 1), text, bytes);
}

char *make_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return copy_text("");
    char *text = get_memory((size_t)length + 1, 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

static char *read_stream(FILE *stream, size_t *length) {
    size_t capacity = 65536;
    char *text = get_memory(capacity, 1);
    *length = 0;
    for (;;) {
        *length += fread(text + *length, 1, capacity - *length - 1, stream);
        if (*length < capacity - 1)
            break;
        text = more_memory(text, capacity, 2);
        capacity *= 2;
    }
    text[*length] = 0;
    return text;
}

int read_file(const char *path, char **text, size_t *length) {
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return fail(STATUS_FAILED, "cannot read '%s': %s", path, strerror(errno));
    errno = 0;
    *text = read_stream(stream, length);
    bool broken = ferror(stream) != 0;
    int error = errno;
    fclose(stream);
    if (!broken)
        return STATUS_OK;
    free(*text);
    *text = NULL;
    return fail(STATUS_FAILED, "cannot read '%s': %s", path, strerror(error));
}

bool parse_real(const char *text, double *value) {
    if (*text == 0 || text[strspn(text, "0123456789+-.eE")] != 0)
        return false;
    char *end;
    *value = strtod(text, &end);
    return *end == 0 && isfinite(*value);
}

bool parse_integer(const char *text, int64_t *value) {
    const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
    if (*digits == 0 || digits[strspn(digits, "0123456789")] != 0)
        return false;
    errno = 0;
    long long parsed = strtoll(text, NULL, 10);
    *value = parsed;
    return errno == 0;
}

number_form shortest(double value) {
    number_form form;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(form.text, sizeof form.text, "%.*g", digits, value);
        if (strtod(form.text, NULL) == value)
            break;
    }
    return form;
}

double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
