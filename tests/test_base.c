/* SPDX-License-Identifier: Apache-2.0 */
/* Context, memory, sized structs, hashes, random streams and text. */
#include "support.h"

#include "base/base.h"
#include "num/rng.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(status_names_are_known) {
    ck_assert_str_eq(linas_status_name(LINAS_OK), "LINAS_OK");
    ck_assert_str_eq(linas_status_name(LINAS_ERROR_PARSE), "LINAS_ERROR_PARSE");
    ck_assert_str_eq(linas_status_name(7), "LINAS_USER_CODE");
    ck_assert_str_eq(linas_status_name(-7), "LINAS_ERROR_UNKNOWN");
    for (linas_status s = -1000; s < 10; s++)
        ck_assert_uint_gt(strlen(linas_status_text(s)), 0);
}
END_TEST

START_TEST(version_matches_header) {
    ck_assert_str_eq(linas_version(), LINAS_VERSION_STRING);
}
END_TEST

START_TEST(context_refuses_bad_options) {
    linas_context *context = NULL;
    ck_assert_int_eq(linas_context_create(NULL, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    options.size = 0;
    ck_assert_int_eq(linas_context_create(&context, &options), LINAS_ERROR_STRUCT_SIZE);
    ck_assert_ptr_null(context);
    linas_context_options_init(&options);
    test_allocator allocator = {0, -1, 0};
    options.allocator_data = &allocator;
    options.allocate = (void *(*)(void *, size_t))(void (*)(void))lns_alloc;
    ck_assert_int_eq(linas_context_create(&context, &options), LINAS_ERROR_INVALID_ARGUMENT);
    linas_context_options_init(NULL);
}
END_TEST

START_TEST(context_out_of_memory) {
    test_allocator allocator;
    ck_assert_ptr_null(test_failing_context(&allocator, 0));
    linas_context *context = test_failing_context(&allocator, -1);
    ck_assert_ptr_nonnull(context);
    linas_context_destroy(context);
    ck_assert_int_eq(allocator.live, 0);
}
END_TEST

START_TEST(message_lives_in_the_context) {
    linas_context *context = test_context();
    ck_assert_str_eq(linas_context_message(context), "");
    ck_assert_str_eq(linas_context_message(NULL), "");
    ck_assert_int_eq(lns_fail(context, LINAS_ERROR_IO, "disk %d", 3), LINAS_ERROR_IO);
    ck_assert_str_eq(linas_context_message(context), "disk 3");
    lns_fail_within(context, LINAS_ERROR_IO, "reading %s", "x");
    ck_assert_str_eq(linas_context_message(context), "reading x: disk 3");
    lns_fail(context, LINAS_ERROR_IO, "again %s", linas_context_message(context));
    ck_assert_str_eq(linas_context_message(context), "again reading x: disk 3");
    char huge[2000];
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    lns_fail(context, LINAS_ERROR_IO, "%s", huge);
    ck_assert_uint_eq(strlen(linas_context_message(context)), sizeof context->message - 1);
    lns_fail_within(context, LINAS_ERROR_IO, "%s", huge);
    ck_assert_uint_eq(strlen(linas_context_message(context)), sizeof context->message - 1);
    lns_clear(context);
    ck_assert_str_eq(linas_context_message(context), "");
    linas_context_destroy(context);
}
END_TEST

static void remember(void *user_data, int32_t level, const char *message) {
    snprintf(user_data, 100, "%d %s", (int)level, message);
}

START_TEST(log_goes_to_the_host) {
    char seen[100] = "";
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    options.log = remember;
    options.log_data = seen;
    linas_context *context;
    ck_assert_int_eq(linas_context_create(&context, &options), LINAS_OK);
    lns_log(context, LINAS_LOG_WARNING, "slow by %d", 7);
    ck_assert_str_eq(seen, "2 slow by 7");
    linas_context_destroy(context);
    context = test_context();
    lns_log(context, LINAS_LOG_WARNING, "nobody listens");
    ck_assert_str_eq(seen, "2 slow by 7");
    linas_context_destroy(context);
}
END_TEST

START_TEST(memory_overflow_is_no_memory) {
    linas_context *context = test_context();
    ck_assert_ptr_null(lns_alloc(context, SIZE_MAX / 2, 4));
    ck_assert_ptr_null(lns_alloc_zero(context, SIZE_MAX, SIZE_MAX));
    void *nothing = lns_alloc(context, 0, 8);
    ck_assert_ptr_nonnull(nothing);
    lns_free(context, nothing);
    lns_free(context, NULL);
    int *array = NULL;
    size_t capacity = 0;
    ck_assert(lns_grow(context, &array, &capacity, 3, sizeof *array));
    ck_assert_uint_ge(capacity, 3);
    array[2] = 5;
    ck_assert(!lns_grow(context, &array, &capacity, SIZE_MAX / 2, sizeof *array));
    ck_assert_int_eq(array[2], 5);
    lns_free(context, array);
    /* Nothing times anything, from nowhere; and doubling that would overflow. */
    nothing = lns_alloc(context, 8, 0);
    ck_assert_ptr_nonnull(nothing);
    lns_free(context, nothing);
    nothing = lns_copy_bytes(context, NULL, 0, 8);
    ck_assert_ptr_nonnull(nothing);
    lns_free(context, nothing);
    linas_context_destroy(context);
    char *bytes = NULL;
    test_allocator allocator;
    context = test_failing_context(&allocator, 1);
    capacity = SIZE_MAX / 2 + 1;
    ck_assert(!lns_grow(context, &bytes, &capacity, SIZE_MAX / 2 + 2, 1));
    ck_assert_uint_eq(capacity, SIZE_MAX / 2 + 1);
    linas_context_destroy(context);
}
END_TEST

typedef struct wide_options {
    uint32_t size;
    uint32_t a;
    double b;
    double later;
} wide_options;
typedef struct known_options {
    uint32_t size;
    uint32_t a;
    double b;
} known_options;

START_TEST(structs_of_other_versions) {
    linas_context *context = test_context();
    known_options known = {sizeof known, 1, 2.0};
    wide_options newer = {sizeof newer, 9, 8.0, 0.0};
    ck_assert_int_eq(lns_read_struct(context, &newer, &known, sizeof known, "options"), LINAS_OK);
    ck_assert_uint_eq(known.a, 9);
    ck_assert_uint_eq(known.size, sizeof known);
    newer.later = 1.0;
    ck_assert_int_eq(lns_read_struct(context, &newer, &known, sizeof known, "options"),
                     LINAS_ERROR_STRUCT_SIZE);
    known_options fresh = {sizeof fresh, 1, 2.0};
    known_options older = {8, 5, 77.0};
    ck_assert_int_eq(lns_read_struct(context, &older, &fresh, sizeof fresh, "options"), LINAS_OK);
    ck_assert_uint_eq(fresh.a, 5);
    ck_assert_double_eq(fresh.b, 2.0);
    known_options source = {sizeof source, 3, 4.0};
    wide_options out = {sizeof out, 0, 0.0, 7.0};
    ck_assert_int_eq(lns_write_struct(context, &source, sizeof source, &out, "out"), LINAS_OK);
    ck_assert_uint_eq(out.size, sizeof out);
    ck_assert_double_eq(out.b, 4.0);
    ck_assert_double_eq(out.later, 0.0);
    out.size = 0;
    ck_assert_int_eq(lns_write_struct(context, &source, sizeof source, &out, "out"),
                     LINAS_ERROR_STRUCT_SIZE);
    linas_context_destroy(context);
}
END_TEST

START_TEST(hashes_are_fixed) {
    /* Journals and saved states hold these: they never change. */
    ck_assert_uint_eq(lns_hash_bytes(0, "", 0), lns_hash_u64(0, 0));
    ck_assert_uint_ne(lns_hash_bytes(0, "a", 1), lns_hash_bytes(0, "a\0", 2));
    ck_assert_uint_ne(lns_hash_bytes(0, "abcdefgh1", 9), lns_hash_bytes(0, "abcdefgh2", 9));
    ck_assert_uint_eq(lns_mix64(1), UINT64_C(0x5692161d100b05e5));
}
END_TEST

START_TEST(streams_are_independent_and_uniform) {
    lns_rng a = lns_rng_stream(1, LNS_RNG_SAMPLE, 0, 0);
    lns_rng again = lns_rng_stream(1, LNS_RNG_SAMPLE, 0, 0);
    lns_rng other = lns_rng_stream(1, LNS_RNG_SAMPLE, 0, 1);
    int same = 0;
    long counts[3] = {0, 0, 0};
    double sum = 0.0;
    for (int i = 0; i < 30000; i++) {
        uint64_t x = lns_rng_next(&a);
        ck_assert_uint_eq(x, lns_rng_next(&again));
        same += x == lns_rng_next(&other);
        counts[lns_rng_below(&other, 3)]++;
        double u = lns_rng_unit(&other);
        ck_assert(u >= 0.0 && u < 1.0);
        sum += u;
        ck_assert_uint_eq(lns_rng_below(&other, 1), 0);
    }
    ck_assert_int_eq(same, 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_lt(labs(counts[i] - 10000), 500);
    ck_assert_double_eq_tol(sum / 30000.0, 0.5, 0.01);
    /* A quarter of the draws is rejected here, or every third number would come twice as often. */
    long thirds[3] = {0, 0, 0};
    for (int i = 0; i < 30000; i++)
        thirds[lns_rng_below(&other, UINT32_C(3) << 30) % 3]++;
    for (int i = 0; i < 3; i++)
        ck_assert_int_lt(labs(thirds[i] - 10000), 500);
}
END_TEST

static void check_double(linas_context *context, double value, const char *expected) {
    lns_text text;
    lns_text_init(&text, context);
    lns_text_double(&text, value);
    ck_assert_str_eq(text.data, expected);
    lns_text_free(&text);
}

static void check_all_doubles(linas_context *context) {
    check_double(context, 0.1, "0.1");
    check_double(context, 0.0, "0");
    check_double(context, -2.5, "-2.5");
    check_double(context, 1e300, "1e+300");
    check_double(context, 1.0 / 3.0, "0.3333333333333333");
    check_double(context, 244945104.0, "244945104");
    check_double(context, (double)NAN, "null");
    check_double(context, (double)-INFINITY, "null");
    double value = 0.0;
    ck_assert(lns_parse_double("1.5", 3, &value) && value == 1.5);
    ck_assert(lns_parse_double("-1.5e-3xx", 7, &value) && value == -1.5e-3);
    ck_assert(!lns_parse_double("1,5", 3, &value));
    ck_assert(!lns_parse_double("", 0, &value));
    ck_assert(!lns_parse_double(" 1", 2, &value));
    ck_assert(!lns_parse_double("1 ", 2, &value));
    ck_assert(!lns_parse_double("x", 1, &value));
    ck_assert(!lns_parse_double("1\0002", 3, &value));
    char digits[600];
    memset(digits, '7', sizeof digits);
    digits[1] = '.';
    ck_assert(lns_parse_double(digits, 500, &value) && value == 70.0 / 9.0);
    ck_assert(!lns_parse_double(digits, sizeof digits, &value));
    /* Every double comes back, those of 17 digits and the smallest too. */
    const double kept[] = {5e-324, DBL_MIN, DBL_MAX, 0.1 + 0.2, 1.0 + DBL_EPSILON, 123456.75, -0.0};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        lns_text text;
        lns_text_init(&text, context);
        lns_text_double(&text, kept[i]);
        ck_assert(lns_parse_double(text.data, text.length, &value));
        ck_assert_int_eq(memcmp(&value, &kept[i], sizeof value), 0);
        lns_text_free(&text);
    }
}

START_TEST(numbers_ignore_the_locale) {
    linas_context *context = test_context();
    check_all_doubles(context);
    /* Where these locales exist; the project's own checks generate them. */
    const char *names[] = {"fr_FR.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!setlocale(LC_ALL, names[i]))
            continue;
        check_all_doubles(context);
        setlocale(LC_ALL, "C");
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(json_strings_are_escaped) {
    linas_context *context = test_context();
    lns_text text;
    lns_text_init(&text, context);
    lns_text_json_string(&text, "a\"\\\n\xc3\xa9\xff\xe2\x82");
    ck_assert_str_eq(text.data, "\"a\\\"\\\\\\u000a\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    lns_text_free(&text);
    linas_context_destroy(context);
}
END_TEST

/* Each row is one sequence at an edge of what UTF-8 allows, and its length. */
START_TEST(malformed_utf8_is_found) {
    static const struct {
        const char *bytes;
        size_t length;
    } rows[] = {{"\x7f", 1},
                {"\x80", 0},
                {"\xc1\xbf", 0},
                {"\xc2\x80", 2},
                {"\xdf\xbf", 2},
                {"\xdf\x7f", 0},
                {"\xe0\x9f\xbf", 0},
                {"\xe0\xa0\x80", 3},
                {"\xed\x9f\xbf", 3},
                {"\xed\xa0\x80", 0},
                {"\xee\x80\x80", 3},
                {"\xef\xbf\xc0", 0},
                {"\xf0\x8f\xbf\xbf", 0},
                {"\xf0\x90\x80\x80", 4},
                {"\xf4\x8f\xbf\xbf", 4},
                {"\xf4\x90\x80\x80", 0},
                {"\xf5\x80\x80\x80", 0},
                {"\xf1\x80\x80", 0},
                {"\xff", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_uint_eq(lns_utf8_length((const unsigned char *)rows[i].bytes), rows[i].length);
}
END_TEST

START_TEST(text_survives_shortage) {
    test_allocator allocator;
    linas_context *context = test_failing_context(&allocator, 1);
    lns_text text;
    lns_text_init(&text, context);
    lns_text_string(&text, "abc");
    ck_assert(text.failed);
    lns_text_string(&text, "def");
    lns_text_free(&text);
    linas_context_destroy(context);
    ck_assert_int_eq(allocator.live, 0);
}
END_TEST

START_TEST(giving_follows_the_buffer_rule) {
    linas_context *context = test_context();
    char buffer[4] = "zzz";
    size_t needed = 0;
    ck_assert_int_eq(lns_give(context, "abc", 3, true, NULL, 0, &needed),
                     LINAS_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(needed, 4);
    ck_assert_int_eq(lns_give(context, "abc", 3, true, buffer, 3, NULL),
                     LINAS_ERROR_BUFFER_TOO_SMALL);
    ck_assert_str_eq(buffer, "zzz");
    ck_assert_int_eq(lns_give(context, "abc", 3, true, NULL, 4, &needed),
                     LINAS_ERROR_BUFFER_TOO_SMALL);
    ck_assert_int_eq(lns_give(context, "abc", 3, true, buffer, 4, NULL), LINAS_OK);
    ck_assert_str_eq(buffer, "abc");
    ck_assert_int_eq(lns_give(context, NULL, 0, false, NULL, 0, &needed), LINAS_OK);
    ck_assert_uint_eq(needed, 0);
    ck_assert_int_eq(lns_give(context, NULL, 0, true, buffer, 1, &needed), LINAS_OK);
    ck_assert_str_eq(buffer, "");
    linas_context_destroy(context);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base");
    TCase *cases = tcase_create("base");
    suite_add_tcase(suite, cases);
    tcase_add_test(cases, status_names_are_known);
    tcase_add_test(cases, version_matches_header);
    tcase_add_test(cases, context_refuses_bad_options);
    tcase_add_test(cases, context_out_of_memory);
    tcase_add_test(cases, message_lives_in_the_context);
    tcase_add_test(cases, log_goes_to_the_host);
    tcase_add_test(cases, memory_overflow_is_no_memory);
    tcase_add_test(cases, structs_of_other_versions);
    tcase_add_test(cases, hashes_are_fixed);
    tcase_add_test(cases, streams_are_independent_and_uniform);
    tcase_add_test(cases, numbers_ignore_the_locale);
    tcase_add_test(cases, json_strings_are_escaped);
    tcase_add_test(cases, malformed_utf8_is_found);
    tcase_add_test(cases, text_survives_shortage);
    tcase_add_test(cases, giving_follows_the_buffer_rule);
    return test_run(suite);
}
