/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H
/* What the unit tests share. */
#include <check.h>
#include <linas/linas.h>

/* A context with default options; the test fails if it cannot be made. */
linas_context *test_context(void);

/* A context whose allocation number `fail_at` (counted from 0) fails, once; NULL if that is the
 * context's own. After the context and all its objects are destroyed, `live` must be 0. */
typedef struct test_allocator {
    long calls;
    long fail_at; /* -1: never */
    long live;
} test_allocator;
linas_context *test_failing_context(test_allocator *allocator, long fail_at);

/* Path of a file among the real measurements, or NULL when they are not at hand (LINAS_TEST_DATA
 * names the folder; default ../shared/data beside the source tree). Static storage. */
const char *test_data(const char *file);

/* A path of this process alone, of a file that is not there, in memory where that is possible. */
void test_path(const char *name, char *path, size_t capacity);

/* Says that a test is skipped, and why. */
void test_skip(const char *why);

/* Runs a suite and returns main's status; prints Check's closing line. */
int test_run(Suite *suite);

#endif
