/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

linas_context *test_context(void) {
    linas_context *context = NULL;
    ck_assert_int_eq(linas_context_create(&context, NULL), LINAS_OK);
    return context;
}

void test_path(const char *name, char *path, size_t capacity) {
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, capacity, "%s/linas-%s-%ld", folder, name, (long)getpid());
    unlink(path);
}

static int refuses(test_allocator *allocator) {
    return allocator->calls++ == allocator->fail_at;
}

static void *failing_allocate(void *user_data, size_t bytes) {
    test_allocator *allocator = user_data;
    if (refuses(allocator))
        return NULL;
    allocator->live++;
    return malloc(bytes);
}

static void *failing_reallocate(void *user_data, void *memory, size_t bytes) {
    test_allocator *allocator = user_data;
    if (refuses(allocator))
        return NULL;
    if (!memory)
        allocator->live++;
    return realloc(memory, bytes);
}

static void failing_release(void *user_data, void *memory) {
    test_allocator *allocator = user_data;
    if (memory)
        allocator->live--;
    free(memory);
}

linas_context *test_failing_context(test_allocator *allocator, long fail_at) {
    allocator->calls = 0;
    allocator->fail_at = fail_at;
    allocator->live = 0;
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    options.allocate = failing_allocate;
    options.reallocate = failing_reallocate;
    options.release = failing_release;
    options.allocator_data = allocator;
    linas_context *context = NULL;
    linas_context_create(&context, &options);
    return context;
}

const char *test_data(const char *file) {
    static char path[4096];
    const char *folder = getenv("LINAS_TEST_DATA");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : LINAS_DEFAULT_DATA, file);
    FILE *stream = fopen(path, "r");
    if (!stream)
        return NULL;
    fclose(stream);
    return path;
}

void test_skip(const char *why) {
    printf("skipped: %s\n", why);
}

int test_run(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
