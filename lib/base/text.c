/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 64, DIGITS_ENOUGH = 17 };

void lns_text_init(lns_text *text, linas_context *context) {
    memset(text, 0, sizeof *text);
    text->context = context;
}

void lns_text_free(lns_text *text) {
    lns_free(text->context, text->data);
    lns_text_init(text, text->context);
}

void lns_text_bytes(lns_text *text, const char *bytes, size_t count) {
    if (text->failed)
        return;
    if (!lns_grow(text->context, &text->data, &text->capacity, text->length + count + 1, 1)) {
        text->failed = true;
        return;
    }
    memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void lns_text_string(lns_text *text, const char *string) {
    lns_text_bytes(text, string, strlen(string));
}

void lns_text_u64(lns_text *text, uint64_t value) {
    char digits[NUMBER_BYTES];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    lns_text_string(text, digits);
}

void lns_text_i64(lns_text *text, int64_t value) {
    char digits[NUMBER_BYTES];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    lns_text_string(text, digits);
}

/* printf and strtod follow the host's locale, which is not ours to change: its decimal point is
 * exchanged afterwards (or beforehand). */
static const char *decimal_point(void) {
    return localeconv()->decimal_point; /* the C standard: never empty */
}

static void print_portably(double value, int digits, char *out, size_t capacity) {
    snprintf(out, capacity, "%.*g", digits, value);
    const char *point = decimal_point();
    char *found = strcmp(point, ".") == 0 ? NULL : strstr(out, point);
    if (!found)
        return;
    size_t width = strlen(point);
    *found = '.';
    memmove(found + 1, found + width, strlen(found + width) + 1);
}

void lns_text_double(lns_text *text, double value) {
    if (!isfinite(value)) {
        lns_text_string(text, "null");
        return;
    }
    char digits[NUMBER_BYTES];
    for (int count = 1;; count++) {
        /* Most numbers of a search are short; 15 digits are tried before the last two. */
        if (count > 6 && count < 15)
            continue;
        double back = 0.0;
        print_portably(value, count, digits, sizeof digits);
        lns_parse_double(digits, strlen(digits), &back);
        if (back == value || count == DIGITS_ENOUGH)
            break;
    }
    lns_text_string(text, digits);
}

bool lns_parse_double(const char *text, size_t length, double *value) {
    char copy[512];
    const char *point = decimal_point();
    size_t width = strlen(point);
    size_t used = 0;
    if (length == 0 || strchr(" \t\n\v\f\r", text[0]))
        return false;
    for (size_t i = 0; i < length; i++) {
        const char *piece = text[i] == '.' ? point : text + i;
        size_t bytes = text[i] == '.' ? width : 1;
        /* A comma would be read as a point in some locales. */
        if (text[i] == ',' || text[i] == '\0' || used + bytes >= sizeof copy)
            return false;
        memcpy(copy + used, piece, bytes);
        used += bytes;
    }
    copy[used] = '\0';
    char *end;
    *value = strtod(copy, &end);
    return *end == '\0';
}

size_t lns_utf8_length(const unsigned char *s) {
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

void lns_text_json_string(lns_text *text, const char *string) {
    lns_text_string(text, "\"");
    const char *next = string;
    while (*next) {
        unsigned char byte = (unsigned char)*next;
        size_t length = lns_utf8_length((const unsigned char *)next);
        char escaped[8];
        if (byte == '"' || byte == '\\') {
            snprintf(escaped, sizeof escaped, "\\%c", byte);
            lns_text_string(text, escaped);
        } else if (byte < 0x20) {
            snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            lns_text_string(text, escaped);
        } else if (length == 0) {
            lns_text_string(text, "\xef\xbf\xbd");
            length = 1;
        } else {
            lns_text_bytes(text, next, length);
        }
        next += length;
    }
    lns_text_string(text, "\"");
}

linas_status lns_give(linas_context *context, const void *data, size_t length, bool terminated,
                      void *buffer, size_t capacity, size_t *needed) {
    size_t total = length + (terminated ? 1 : 0);
    if (needed)
        *needed = total;
    if (capacity < total || (!buffer && (length > 0 || terminated)))
        return lns_fail(context, LINAS_ERROR_BUFFER_TOO_SMALL,
                        "the buffer has %zu bytes and %zu are needed", buffer ? capacity : 0,
                        total);
    if (length > 0)
        memcpy(buffer, data, length);
    if (terminated)
        ((char *)buffer)[length] = '\0';
    return LINAS_OK;
}
