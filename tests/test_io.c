/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON. */
#include "support.h"

#include "io/json.h"

#include <stdlib.h>
#include <string.h>

static linas_status parse(linas_context *context, const char *text, lns_json **root) {
    return lns_json_parse(context, text, strlen(text), root);
}

START_TEST(values_and_their_kinds) {
    linas_context *context = test_context();
    lns_json *root;
    ck_assert_int_eq(parse(context, "{\"a\":[1,2.5,\"x\",true,null,{}],\"b\":-3}", &root),
                     LINAS_OK);
    const lns_json *list = lns_json_get(root, "a");
    ck_assert_uint_eq(lns_json_size(root), 2);
    ck_assert_uint_eq(lns_json_size(list), 6);
    ck_assert_int_eq(lns_json_kind_of(lns_json_at(list, 0)), LNS_JSON_INT);
    ck_assert_int_eq(lns_json_int(lns_json_at(list, 0)), 1);
    ck_assert_double_eq(lns_json_number(lns_json_at(list, 0)), 1.0);
    ck_assert_double_eq(lns_json_number(lns_json_at(list, 1)), 2.5);
    ck_assert_int_eq(lns_json_kind_of(lns_json_at(list, 1)), LNS_JSON_REAL);
    ck_assert_str_eq(lns_json_string(lns_json_at(list, 2)), "x");
    ck_assert(lns_json_bool(lns_json_at(list, 3)));
    ck_assert_int_eq(lns_json_kind_of(lns_json_at(list, 3)), LNS_JSON_BOOL);
    ck_assert_int_eq(lns_json_kind_of(lns_json_at(list, 4)), LNS_JSON_NULL);
    ck_assert_int_eq(lns_json_kind_of(lns_json_at(list, 5)), LNS_JSON_OBJECT);
    ck_assert_str_eq(lns_json_kind_text(list), "an array");
    ck_assert(lns_json_is_number(lns_json_at(list, 1)));
    ck_assert(!lns_json_is_number(list));
    ck_assert(!lns_json_is_number(NULL));
    ck_assert_ptr_null(lns_json_get(root, "c"));
    ck_assert_ptr_null(lns_json_get(NULL, "c"));
    ck_assert_ptr_null(lns_json_at(list, 6));
    lns_json_free(root);
    lns_json_free(NULL);
    linas_context_destroy(context);
}
END_TEST

START_TEST(members_in_the_order_of_the_text) {
    linas_context *context = test_context();
    lns_json *root;
    ck_assert_int_eq(parse(context, "{\"z\":1,\"a\":2,\"m\":3}", &root), LINAS_OK);
    const char *key, *expected[] = {"z", "a", "m"};
    const lns_json *value;
    size_t at = 0;
    for (void *i = lns_json_next(root, NULL, &key, &value); i;
         i = lns_json_next(root, i, &key, &value)) {
        ck_assert_str_eq(key, expected[at]);
        ck_assert_int_eq(lns_json_int(value), (int64_t)++at);
    }
    ck_assert_uint_eq(at, 3);
    lns_json_free(root);
    linas_context_destroy(context);
}
END_TEST

START_TEST(errors_have_line_and_column) {
    static const char *const bad[] = {"",         "{",         "[1,]",  "{\"a\":1,\"a\":2}",
                                      "1 2",      "{\"a\" 1}", "nul",   "\"\\u0000\"",
                                      "\"\xff\"", "[1e999]",   "{a:1}", "[99999999999999999999]"};
    linas_context *context = test_context();
    lns_json *root = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(parse(context, bad[i], &root), LINAS_ERROR_PARSE);
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), "line 1, column "));
        ck_assert_ptr_null(root);
    }
    ck_assert_int_eq(parse(context, "{\n\"a\":\n  x}", &root), LINAS_ERROR_PARSE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "line 3, column 3"));
    linas_context_destroy(context);
}
END_TEST

START_TEST(depth_is_limited) {
    linas_context *context = test_context();
    static char deep[200000];
    lns_json *root = NULL;
    memset(deep, '[', sizeof deep);
    ck_assert_int_eq(lns_json_parse(context, deep, sizeof deep, &root), LINAS_ERROR_PARSE);
    linas_context_destroy(context);
}
END_TEST

START_TEST(grammar) {
    static const char *const good[] = {
        "0",       "-0.5e-3",        "[]",     "{}",
        "[[],{}]", "\"\\u00e9\\n\"", " null ", "{\"a\":[1,{\"b\":true}],\"c\":\"\"}",
        "1E+9",    "[1,2]"};
    static const char *const bad[] = {"",      "[",      "]",  "{\"a\"}", "[1,]",      "{\"a\":1,}",
                                      "01",    "1.",     "-",  "\"\\x\"", "\"",        "tru",
                                      "1 2",   "[1}",    "1e", ".5",      "\"\\u12\"", "{1:2}",
                                      "[1 2]", "\"\n\"", "+1"};
    linas_context *context = test_context();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        lns_json *root = NULL;
        ck_assert_msg(parse(context, good[i], &root) == LINAS_OK, "%s", good[i]);
        lns_json_free(root);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lns_json *root = NULL;
        ck_assert_msg(parse(context, bad[i], &root) == LINAS_ERROR_PARSE, "%s", bad[i]);
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(strings_are_decoded) {
    linas_context *context = test_context();
    lns_json *root = NULL;
    ck_assert_int_eq(parse(context,
                           "[\"\\u00e9\\ud83d\\ude00\\/\\t\",-9223372036854775808,"
                           "9223372036854775807,{\"\":0}]",
                           &root),
                     LINAS_OK);
    ck_assert_str_eq(lns_json_string(lns_json_at(root, 0)), "\xc3\xa9\xf0\x9f\x98\x80/\t");
    ck_assert(lns_json_int(lns_json_at(root, 1)) == INT64_MIN);
    ck_assert(lns_json_int(lns_json_at(root, 2)) == INT64_MAX);
    ck_assert_ptr_nonnull(lns_json_get(lns_json_at(root, 3), ""));
    lns_json_free(root);
    ck_assert_int_eq(parse(context, "-0", &root), LINAS_OK);
    ck_assert(1.0 / lns_json_number(root) < 0.0);
    lns_json_free(root);
    static const char *const bad[] = {"\"\\ud83d\"",        "\"\\ude00\"",      "\"\\ud83dx\"",
                                      "\"\xc0\x80\"",       "\"\xed\xa0\x80\"", "\"\xe2\x82",
                                      "9223372036854775808"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(parse(context, bad[i], &root) == LINAS_ERROR_PARSE, "%s", bad[i]);
    linas_context_destroy(context);
}
END_TEST

/* Texts that end, or hold a zero, inside an escape. */
START_TEST(escapes_that_break_off) {
    static const char *const texts[] = {"\"\\u12", "\"\\", "\"\\u12\0004\"", "\"\\\0\""};
    static const size_t lengths[] = {5, 2, 8, 4};
    linas_context *context = test_context();
    lns_json *root = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *text = malloc(lengths[i]); /* nothing behind it may be read */
        memcpy(text, texts[i], lengths[i]);
        ck_assert_int_eq(lns_json_parse(context, text, lengths[i], &root), LINAS_ERROR_PARSE);
        free(text);
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(escapes_of_every_length) {
    linas_context *context = test_context();
    lns_json *root = NULL;
    ck_assert_int_eq(parse(context, "\"\\u007F\\u07ff\\u20AC\\uE000\\uFFFD\\ud800\\udc00\"", &root),
                     LINAS_OK);
    ck_assert_str_eq(lns_json_string(root), "\x7f\xdf\xbf\xe2\x82\xac\xee\x80\x80\xef\xbf\xbd"
                                            "\xf0\x90\x80\x80");
    lns_json_free(root);
    ck_assert_int_eq(parse(context, "\"\\ud800\\ue000\"", &root), LINAS_ERROR_PARSE);
    ck_assert_int_eq(parse(context, "\"\\udfff\"", &root), LINAS_ERROR_PARSE);
    linas_context_destroy(context);
}
END_TEST

START_TEST(blanks_of_every_kind) {
    linas_context *context = test_context();
    lns_json *root = NULL;
    ck_assert_int_eq(parse(context, "\r\n\t [\t1\r,\n2 ]\r", &root), LINAS_OK);
    ck_assert_uint_eq(lns_json_size(root), 2);
    lns_json_free(root);
    ck_assert_int_eq(parse(context, "[1,\v2]", &root), LINAS_ERROR_PARSE);
    linas_context_destroy(context);
}
END_TEST

START_TEST(numbers_and_texts_that_are_too_long) {
    linas_context *context = test_context();
    char number[700];
    lns_json *root = NULL;
    memset(number, '1', sizeof number);
    number[1] = '.';
    ck_assert_int_eq(lns_json_parse(context, number, 500, &root), LINAS_OK);
    ck_assert_double_eq(lns_json_number(root), 10.0 / 9.0);
    lns_json_free(root);
    ck_assert_int_eq(lns_json_parse(context, number, sizeof number, &root), LINAS_ERROR_PARSE);
    ck_assert_int_eq(lns_json_parse(context, "1", UINT32_MAX, &root), LINAS_ERROR_TOO_LARGE);
    linas_context_destroy(context);
}
END_TEST

/* Asked for what they are not, values give nothing. */
START_TEST(values_of_another_kind) {
    linas_context *context = test_context();
    lns_json *root = NULL;
    ck_assert_int_eq(parse(context, "{\"a\":[1],\"b\":true,\"c\":false,\"d\":\"x\"}", &root),
                     LINAS_OK);
    const lns_json *list = lns_json_get(root, "a"), *yes = lns_json_get(root, "b"), *value;
    const char *key;
    ck_assert_ptr_null(lns_json_get(list, "a"));
    ck_assert_ptr_null(lns_json_at(root, 0));
    ck_assert_ptr_null(lns_json_next(list, NULL, &key, &value));
    ck_assert(lns_json_bool(yes) && !lns_json_bool(lns_json_get(root, "c")));
    ck_assert(!lns_json_bool(lns_json_at(list, 0)));
    ck_assert_int_eq(lns_json_int(yes), 0);
    ck_assert_ptr_null(lns_json_string(yes));
    ck_assert_str_eq(lns_json_string(lns_json_get(root, "d")), "x");
    lns_json_free(root);
    linas_context_destroy(context);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("io");
    TCase *cases = tcase_create("io");
    suite_add_tcase(suite, cases);
    tcase_add_test(cases, values_and_their_kinds);
    tcase_add_test(cases, members_in_the_order_of_the_text);
    tcase_add_test(cases, errors_have_line_and_column);
    tcase_add_test(cases, depth_is_limited);
    tcase_add_test(cases, grammar);
    tcase_add_test(cases, strings_are_decoded);
    tcase_add_test(cases, escapes_that_break_off);
    tcase_add_test(cases, escapes_of_every_length);
    tcase_add_test(cases, blanks_of_every_kind);
    tcase_add_test(cases, numbers_and_texts_that_are_too_long);
    tcase_add_test(cases, values_of_another_kind);
    return test_run(suite);
}
