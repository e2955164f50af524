/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H
/* Each takes any bytes and aborts when something is wrong. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void fuzz_space(const uint8_t *data, size_t size);
void fuzz_journal(const uint8_t *data, size_t size);
void fuzz_predictor(const uint8_t *data, size_t size);
void fuzz_options(const uint8_t *data, size_t size);
void fuzz_pareto(const uint8_t *data, size_t size);
void fuzz_calls(const uint8_t *data, size_t size);
/* Of the command; see command.c. */
void fuzz_csv(const uint8_t *data, size_t size);
void fuzz_protocol(const uint8_t *data, size_t size);

/* `line`, which should be an object, as a journal's line with a checksum that fits; returns the
 * bytes written: at most `length` + 64. */
size_t fuzz_checked_line(const uint8_t *line, size_t length, char *out);

#endif
