/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON. */
#include "support.h"

#include "io/json.h"

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
    return test_run(suite);
}
