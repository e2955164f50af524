/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_SUPPORT_H
#define LINAS_COMMAND_SUPPORT_H
/* What the parts of the command share: messages, exit statuses, memory, files and numbers. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_SIGNAL = 128 };

/* Prints one line "linas: ..." on standard error and returns `status`. */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for what is worth a line but ends nothing. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Called before a message is printed, so that a progress line does not stay in front of it. */
void set_before_message(void (*before)(void));

/* Memory that is there, or the program ends with a message. */
void *get_memory(size_t count, size_t bytes);
void *more_memory(void *memory, size_t count, size_t bytes);
char *copy_text(const char *text);
/* A text made as by printf. */
char *make_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The whole of a file, zero-terminated; freed by the caller. */
int read_file(const char *path, char **text, size_t *length);

/* A whole decimal number in `text`, finite; no hexadecimal, no "nan", no spaces. */
bool parse_real(const char *text, double *value);
/* A whole decimal integer. */
bool parse_integer(const char *text, int64_t *value);

/* The shortest form that reads back to the same number. */
typedef struct number_form {
    char text[32];
} number_form;
number_form shortest(double value);

/* Seconds of a clock that never goes back. */
double seconds_now(void);

#endif
