/* SPDX-License-Identifier: Apache-2.0 */
/* Search spaces: building, conditions, canonical form, counting, sampling, JSON. */
#include "support.h"

#include "num/rng.h"
#include "space/space.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static linas_status from_json(linas_context *context, const char *text, linas_space **space) {
    return linas_space_from_json(context, text, strlen(text), space);
}

/* Two stages of two layers and something unconditional. */
static const char small[] =
    "{\"ks\":{\"count\":4,\"vars\":[3,5,7],\"active_if\":{\"variable\":\"d\",\"stages\":[2,2]}},"
    "\"d\":{\"count\":2,\"vars\":[1,2],\"ordered\":true},"
    "\"act\":{\"vars\":[\"relu\",\"swish\"]}}";

static linas_space *make_small(linas_context *context) {
    linas_space *space;
    ck_assert_int_eq(from_json(context, small, &space), LINAS_OK);
    return space;
}

/* -- building
 * -------------------------------------------------------------------------------------- */

START_TEST(groups_and_values) {
    linas_context *context = test_context();
    linas_space *space;
    int64_t ints[] = {3, 5};
    double reals[] = {0.5, 0.25};
    const char *strings[] = {"a", "b", "c"};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "i", 3, ints, 2, LINAS_CATEGORICAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_real(space, "r", 1, reals, 2, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_string(space, "s", 2, strings, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_uint_eq(linas_space_variables(space), 6);
    ck_assert_uint_eq(linas_space_groups(space), 3);
    ck_assert_uint_eq(linas_space_value_count(space, 4), 3);
    ck_assert_uint_eq(linas_space_value_count(space, 6), 0);
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    ck_assert_int_eq(linas_space_group(space, 2, &info), LINAS_OK);
    ck_assert_str_eq(info.name, "s");
    ck_assert_uint_eq(info.first_variable, 4);
    ck_assert_uint_eq(info.slots, 2);
    ck_assert_uint_eq(info.values, 3);
    ck_assert_int_eq(info.value_kind, LINAS_VALUE_STRING);
    ck_assert_int_eq(info.order, LINAS_ORDINAL);
    ck_assert_int_eq(linas_space_group(space, 3, &info), LINAS_ERROR_OUT_OF_RANGE);
    size_t group;
    ck_assert_int_eq(linas_space_find_group(space, "r", &group), LINAS_OK);
    ck_assert_uint_eq(group, 1);
    ck_assert_int_eq(linas_space_find_group(space, "q", &group), LINAS_ERROR_UNKNOWN_NAME);
    int64_t i;
    double r;
    const char *s;
    ck_assert_int_eq(linas_space_value_int(space, 0, 1, &i), LINAS_OK);
    ck_assert_int_eq(i, 5);
    ck_assert_int_eq(linas_space_value_real(space, 0, 1, &r), LINAS_OK);
    ck_assert_double_eq(r, 5.0);
    ck_assert_int_eq(linas_space_value_int(space, 1, 1, &i), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_value_string(space, 2, 2, &s), LINAS_OK);
    ck_assert_str_eq(s, "c");
    ck_assert_int_eq(linas_space_value_string(space, 2, 3, &s), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_value_real(space, 2, 0, &r), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_double_eq(lns_space_positions(space, 3)[0], 1.0);
    ck_assert_double_eq(lns_space_positions(space, 3)[1], 0.0);
    ck_assert_double_eq(lns_space_positions(space, 4)[1], 0.5);
    /* Groups with the same values as one of the above, but for one thing. */
    int64_t others[] = {3, 6}, more[] = {3, 5, 7};
    const char *names[] = {"a", "b", "d"};
    ck_assert_int_eq(linas_space_add_int(space, "i1", 1, ints, 2, LINAS_CATEGORICAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "i2", 1, ints, 2, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "i3", 1, others, 2, LINAS_CATEGORICAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "i4", 1, more, 3, LINAS_CATEGORICAL), LINAS_OK);
    ck_assert_int_eq(linas_space_add_string(space, "s1", 1, names, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert(!lns_space_same_values(space, 0, 1));
    ck_assert(lns_space_same_values(space, 2, 2));
    ck_assert(lns_space_same_values(space, 0, 3));
    for (size_t other = 4; other <= 6; other++)
        ck_assert(!lns_space_same_values(space, 0, other));
    ck_assert(!lns_space_same_values(space, 2, 7));
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(bad_groups) {
    linas_context *context = test_context();
    linas_space *space;
    int64_t ints[] = {3, 5, 3}, wave[] = {1, 3, 2};
    int64_t close[] = {INT64_C(1) << 53, (INT64_C(1) << 53) + 1}; /* equal as doubles */
    double reals[] = {0.0, -0.0}, nan[] = {0.0, (double)NAN};
    const char *strings[] = {"a", NULL};
    char name[400];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
#define CHECK_INT(name, slots, values, count, order, status)                                       \
    ck_assert_int_eq(linas_space_add_int(space, name, slots, values, count, order), status);       \
    ck_assert_uint_gt(strlen(linas_context_message(context)), 0);                                  \
    ck_assert_uint_eq(linas_space_groups(space), 0)
    CHECK_INT(NULL, 1, ints, 2, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("", 1, ints, 2, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a[0]", 1, ints, 2, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a\n", 1, ints, 2, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a\x7f", 1, ints, 2, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a", 1, close, 2, LINAS_ORDINAL, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(name, 1, ints, 2, 0, LINAS_ERROR_TOO_LARGE);
    CHECK_INT("a", 0, ints, 2, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a", 1, ints, 0, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a", 1, NULL, 2, 0, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a", SIZE_MAX, ints, 2, 0, LINAS_ERROR_TOO_LARGE);
    CHECK_INT("a", 65537, ints, 2, 0, LINAS_ERROR_TOO_LARGE);
    CHECK_INT("a", 1, ints, 65537, 0, LINAS_ERROR_TOO_LARGE);
    CHECK_INT("a", 1, ints, 2, 7, LINAS_ERROR_INVALID_ARGUMENT);
    CHECK_INT("a", 1, ints, 3, 0, LINAS_ERROR_DUPLICATE);
    CHECK_INT("a", 1, wave, 3, LINAS_ORDINAL, LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_add_real(space, "a", 1, reals, 2, 0), LINAS_ERROR_DUPLICATE);
    ck_assert_int_eq(linas_space_add_real(space, "a", 1, nan, 2, 0), LINAS_ERROR_NOT_FINITE);
    ck_assert_int_eq(linas_space_add_string(space, "a", 1, strings, 2, 0),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_add_real(space, "", 1, reals, 1, 0), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_add_string(space, "", 1, strings, 1, 0),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_add_int(space, "a", 1, ints, 2, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "a", 1, ints, 2, 0), LINAS_ERROR_DUPLICATE);
    ck_assert_int_eq(linas_space_add_int(space, "b", 65536, ints, 2, 0), LINAS_ERROR_TOO_LARGE);
    ck_assert_int_eq(linas_space_add_int(space, "b", 65535, ints, 2, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(NULL, "a", 1, ints, 2, 0), LINAS_ERROR_INVALID_ARGUMENT);
    linas_space_destroy(space);
    linas_space_destroy(NULL);
    linas_context_destroy(context);
}
END_TEST

START_TEST(many_groups_are_told_apart) {
    enum { GROUPS = 3000 };
    linas_context *context = test_context();
    linas_space *space;
    const int64_t ints[] = {1, 2};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    size_t found;
    ck_assert_int_eq(linas_space_find_group(space, "g0", &found), LINAS_ERROR_UNKNOWN_NAME);
    for (int i = 0; i < GROUPS; i++) {
        char name[16];
        snprintf(name, sizeof name, "g%d", i);
        ck_assert_int_eq(linas_space_add_int(space, name, 1, ints, 2, 0), LINAS_OK);
        ck_assert_int_eq(linas_space_add_int(space, name, 1, ints, 2, 0), LINAS_ERROR_DUPLICATE);
    }
    for (int i = 0; i < GROUPS; i++) {
        char name[16];
        snprintf(name, sizeof name, "g%d", i);
        ck_assert_int_eq(linas_space_find_group(space, name, &found), LINAS_OK);
        ck_assert_uint_eq(found, (size_t)i);
    }
    ck_assert_int_eq(linas_space_find_group(space, "g3000", &found), LINAS_ERROR_UNKNOWN_NAME);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(bad_conditions) {
    linas_context *context = test_context();
    linas_space *space;
    int64_t ints[] = {1, 2};
    const char *strings[] = {"a", "b"};
    int32_t indices[] = {0, 5};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 2, ints, 2, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "y", 2, ints, 2, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_add_string(space, "s", 1, strings, 2, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "q", 0, "x", 0, 1.0),
                     LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_int_eq(linas_space_active_if_above(space, "y", 0, "q", 0, 1.0),
                     LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_int_eq(linas_space_active_if_above(space, "y", 2, "x", 0, 1.0),
                     LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_active_if_above(space, "y", 0, "s", 0, 1.0),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_active_if_above(space, "y", 0, "x", 0, (double)NAN),
                     LINAS_ERROR_NOT_FINITE);
    ck_assert_int_eq(linas_space_active_if_in(space, "y", 0, "x", 0, indices, 2),
                     LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_active_if_in(space, "y", 0, "x", 0, indices, 0),
                     LINAS_ERROR_INVALID_ARGUMENT);
    /* Circles: itself, two, three. */
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 0, "x", 0, 1.0), LINAS_ERROR_CYCLE);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 0, "y", 0, 1.0), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "y", 0, "x", 0, 1.0), LINAS_ERROR_CYCLE);
    ck_assert_int_eq(linas_space_active_if_above(space, "y", 0, "y", 1, 1.0), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "y", 1, "x", 0, 1.0), LINAS_ERROR_CYCLE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "y[1]"));
    ck_assert_int_eq(linas_space_same_value(space, "x", 0, 1, 0), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_same_value(space, "x", 0, 0, 2), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_same_value(space, "x", 0, -1, 1), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_same_value(space, "q", 0, 0, 1), LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_int_eq(linas_space_active_if_in(space, "y", 0, "x", 0, NULL, 1),
                     LINAS_ERROR_INVALID_ARGUMENT);
    indices[1] = -1;
    ck_assert_int_eq(linas_space_active_if_in(space, "y", 0, "x", 0, indices, 2),
                     LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_active_if_above(space, NULL, 0, "x", 0, 1.0),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_active_if_above(NULL, "y", 0, "x", 0, 1.0),
                     LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_same_value(NULL, "x", 0, 0, 1), LINAS_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(linas_space_set_feasible(NULL, NULL, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(a_space_in_use_is_immutable) {
    linas_context *context = test_context();
    linas_space *space = make_small(context);
    linas_space *kept = lns_space_keep(space);
    int64_t ints[] = {1, 2};
    ck_assert_int_eq(linas_space_add_int(space, "x", 1, ints, 2, 0), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_space_active_if_above(space, "ks", 0, "d", 1, 0.0),
                     LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_space_same_value(space, "ks", 0, 0, 1), LINAS_ERROR_WRONG_ORDER);
    ck_assert_int_eq(linas_space_set_feasible(space, NULL, NULL), LINAS_ERROR_WRONG_ORDER);
    linas_space_destroy(space);
    ck_assert_uint_eq(linas_space_variables(kept), 7);
    linas_context_destroy(context);
    lns_space_drop(kept);
}
END_TEST

/* -- configurations
 * ---------------------------------------------------------------------------------- */

START_TEST(canonical_form_and_hash) {
    linas_context *context = test_context();
    linas_space *space = make_small(context);
    /* d = {1, 2}: ks[1] is inactive. */
    int32_t a[] = {1, 2, 0, 1, 0, 1, 1}, b[] = {1, 0, 0, 1, 0, 1, 1}, canonical[7];
    uint8_t active[7];
    uint64_t hash_a, hash_b;
    ck_assert_int_eq(linas_space_canonical(space, a, canonical), LINAS_OK);
    ck_assert_int_eq(memcmp(canonical, b, sizeof b), 0);
    ck_assert_int_eq(linas_space_canonical(space, a, a), LINAS_OK);
    ck_assert_int_eq(memcmp(a, b, sizeof b), 0);
    a[1] = 1;
    ck_assert_int_eq(linas_space_hash(space, a, &hash_a), LINAS_OK);
    ck_assert_int_eq(linas_space_hash(space, b, &hash_b), LINAS_OK);
    ck_assert_uint_eq(hash_a, hash_b);
    b[0] = 2;
    ck_assert_int_eq(linas_space_hash(space, b, &hash_b), LINAS_OK);
    ck_assert_uint_ne(hash_a, hash_b);
    ck_assert_int_eq(linas_space_active(space, a, active), LINAS_OK);
    uint8_t expected[] = {1, 0, 1, 1, 1, 1, 1};
    ck_assert_int_eq(memcmp(active, expected, sizeof expected), 0);
    a[3] = 3;
    ck_assert_int_eq(linas_space_check(space, a), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "ks[3]"));
    ck_assert_int_eq(linas_space_hash(space, a, &hash_b), LINAS_ERROR_OUT_OF_RANGE);
    a[3] = -1;
    ck_assert_int_eq(linas_space_canonical(space, a, canonical), LINAS_ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(linas_space_check(space, NULL), LINAS_ERROR_INVALID_ARGUMENT);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(chains_of_conditions) {
    linas_context *context = test_context();
    linas_space *space;
    /* c needs b above 0, b needs a to be "on": an inactive b makes c inactive whatever b's gene. */
    ck_assert_int_eq(
        from_json(context,
                  "{\"c\":{\"vars\":[0,1],\"active_if\":{\"variable\":\"b\",\"above\":0}},"
                  "\"b\":{\"vars\":[0,1,2],\"active_if\":{\"variable\":\"a\",\"in\":[\"on\"]}},"
                  "\"a\":{\"vars\":[\"off\",\"on\"]}}",
                  &space),
        LINAS_OK);
    int32_t genome[] = {1, 2, 0}, canonical[3];
    ck_assert_int_eq(linas_space_canonical(space, genome, canonical), LINAS_OK);
    int32_t none[] = {0, 0, 0};
    ck_assert_int_eq(memcmp(canonical, none, sizeof none), 0);
    double cardinality;
    ck_assert_int_eq(linas_space_effective_cardinality(space, &cardinality), LINAS_OK);
    ck_assert_double_eq(cardinality, 1 + 1 + 2 * 2); /* off; on b=0; on b=1,2 with c */
    ck_assert_double_eq(linas_space_raw_cardinality(space), 12.0);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Values that mean the same: classes grow together, whatever the order. */
START_TEST(same_values_are_merged) {
    linas_context *context = test_context();
    linas_space *space;
    int64_t ints[] = {0, 1, 2, 3, 4, 5};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 1, ints, 6, LINAS_CATEGORICAL), LINAS_OK);
    static const int32_t pairs[][2] = {{4, 5}, {0, 3}, {2, 3}, {1, 4}, {1, 5}},
                         expected[] = {0, 1, 0, 0, 1, 1};
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(linas_space_same_value(space, "x", 0, pairs[i][0], pairs[i][1]), LINAS_OK);
    for (int32_t value = 0; value < 6; value++) {
        int32_t canonical;
        ck_assert_int_eq(linas_space_canonical(space, &value, &canonical), LINAS_OK);
        ck_assert_int_eq(canonical, expected[value]);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(null_arguments) {
    linas_context *context = test_context();
    linas_space *space = make_small(context), *none = NULL;
    int32_t genome[7] = {0}, answer;
    uint8_t active[7];
    uint64_t hash;
    double cardinality;
    size_t count, group;
    char text[100];
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    enum { BAD = LINAS_ERROR_INVALID_ARGUMENT };
    ck_assert_int_eq(linas_space_create(NULL, &none), BAD);
    ck_assert_int_eq(linas_space_create(context, NULL), BAD);
    ck_assert_int_eq(linas_space_check(NULL, genome), BAD);
    ck_assert_int_eq(linas_space_canonical(space, genome, NULL), BAD);
    ck_assert_int_eq(linas_space_active(space, genome, NULL), BAD);
    ck_assert_int_eq(linas_space_active(NULL, genome, active), BAD);
    ck_assert_int_eq(linas_space_hash(space, genome, NULL), BAD);
    ck_assert_int_eq(linas_space_is_feasible(space, genome, NULL), BAD);
    ck_assert_int_eq(linas_space_is_feasible(space, NULL, &answer), BAD);
    ck_assert_int_eq(linas_space_fingerprint(NULL, &hash), BAD);
    ck_assert_int_eq(linas_space_fingerprint(space, NULL), BAD);
    ck_assert_int_eq(linas_space_effective_cardinality(NULL, &cardinality), BAD);
    ck_assert_int_eq(linas_space_effective_cardinality(space, NULL), BAD);
    ck_assert_double_eq(linas_space_raw_cardinality(NULL), 1.0);
    ck_assert_int_eq(linas_space_sample(NULL, 0, 1, NULL, 0, 1, genome, &count), BAD);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 1, genome, NULL), BAD);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 1, NULL, &count), BAD);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 1, 1, genome, &count), BAD);
    ck_assert_int_eq(linas_space_sample(space, -1, 1, NULL, 0, 1, genome, &count), BAD);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 0, NULL, &count), LINAS_OK);
    ck_assert_int_eq(linas_space_from_json(NULL, small, 2, &none), BAD);
    ck_assert_int_eq(linas_space_from_json(context, NULL, 2, &none), BAD);
    ck_assert_int_eq(linas_space_from_json(context, small, 2, NULL), BAD);
    ck_assert_int_eq(linas_space_to_json(NULL, text, sizeof text, &count), BAD);
    ck_assert_int_eq(linas_space_config_to_json(space, NULL, text, sizeof text, &count), BAD);
    ck_assert_int_eq(linas_space_config_from_json(NULL, "{}", 2, genome), BAD);
    ck_assert_int_eq(linas_space_config_from_json(space, NULL, 2, genome), BAD);
    ck_assert_int_eq(linas_space_config_from_json(space, "{}", 2, NULL), BAD);
    ck_assert_uint_eq(linas_space_variables(NULL) + linas_space_groups(NULL), 0);
    ck_assert_uint_eq(linas_space_value_count(NULL, 0), 0);
    ck_assert_int_eq(linas_space_group(NULL, 0, &info), BAD);
    ck_assert_int_eq(linas_space_group(space, 0, NULL), BAD);
    ck_assert_int_eq(linas_space_find_group(NULL, "d", &group), BAD);
    ck_assert_int_eq(linas_space_find_group(space, "d", NULL), BAD);
    ck_assert_int_eq(linas_space_find_group(space, NULL, &group), BAD);
    ck_assert_int_eq(linas_space_value_int(space, 0, 0, NULL), BAD);
    ck_assert_int_eq(linas_space_value_string(NULL, 0, 0, NULL), BAD);
    ck_assert_int_eq(linas_space_preset(NULL, "nb201", &none), BAD);
    ck_assert_int_eq(linas_space_preset(context, NULL, &none), BAD);
    ck_assert_int_eq(linas_space_preset(context, "nb201", NULL), BAD);
    ck_assert_ptr_null(none);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Counts canonical genomes one by one. */
static double count_canonical(const linas_space *space) {
    int32_t genome[16] = {0}, canonical[16];
    size_t n = linas_space_variables(space);
    double count = 0.0;
    for (size_t i = 0; i < n;) {
        linas_space_canonical(space, genome, canonical);
        count += memcmp(genome, canonical, n * sizeof *genome) == 0;
        for (i = 0; i < n && ++genome[i] == (int32_t)linas_space_value_count(space, i); i++)
            genome[i] = 0;
    }
    return count;
}

/* Random conditions on 12 slots, added one by one and read all at once: the same circles are found,
 * and else the same are active. */
enum { WEB = 12, STRANDS = 16 };

static void add_strand(char *text, const int (*strand)[2], size_t count, size_t slot) {
    size_t length = strlen(text);
    for (size_t i = 0, first = 1; i < count; i++)
        if ((size_t)strand[i][0] == slot) {
            length += (size_t)sprintf(text + length, "%s{\"variable\":\"v[%d]\",\"above\":0}",
                                      first ? "" : ",", strand[i][1]);
            first = 0;
        }
}

static linas_space *read_web(linas_context *context, const int (*strand)[2], linas_status *status) {
    char text[STRANDS * 64 + 256] = "{\"v\":{\"count\":12,\"vars\":[0,1,2],\"active_if\":[";
    linas_space *space = NULL;
    for (size_t slot = 0; slot < WEB; slot++) {
        strcat(text, slot ? ",[" : "[");
        add_strand(text, strand, STRANDS, slot);
        strcat(text, "]");
    }
    strcat(text, "]}}");
    *status = from_json(context, text, &space);
    return space;
}

static void compare_webs(const linas_space *a, const linas_space *b, lns_rng *rng) {
    int32_t genome[WEB], one[WEB], two[WEB];
    static char text[8192], again[8192];
    ck_assert_int_eq(linas_space_to_json(a, text, sizeof text, NULL), LINAS_OK);
    ck_assert_int_eq(linas_space_to_json(b, again, sizeof again, NULL), LINAS_OK);
    size_t given = 0;
    for (const char *c = text; (c = strstr(c, "\"variable\"")) != NULL; c++)
        given++;
    ck_assert_uint_eq(given, STRANDS);
    ck_assert_uint_eq(strlen(text), strlen(again));
    uint8_t active_one[WEB], active_two[WEB];
    for (int round = 0; round < 30; round++) {
        for (size_t i = 0; i < WEB; i++)
            genome[i] = (int32_t)lns_rng_below(rng, 3);
        lns_space_canonicalize(a, genome, one, active_one);
        lns_space_canonicalize(b, genome, two, active_two);
        ck_assert_mem_eq(one, two, sizeof one);
        ck_assert_mem_eq(active_one, active_two, sizeof active_one);
    }
}

START_TEST(conditions_one_by_one_and_at_once) {
    linas_context *context = test_context();
    lns_rng rng = lns_rng_stream(11, 0, 0, 0);
    const int64_t values[] = {0, 1, 2};
    int circles = 0;
    for (int trial = 0; trial < 400; trial++) {
        int strand[STRANDS][2];
        linas_space *space = NULL;
        linas_status added = LINAS_OK, status;
        ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
        ck_assert_int_eq(linas_space_add_int(space, "v", WEB, values, 3, 0), LINAS_OK);
        for (int i = 0; i < STRANDS; i++)
            for (int k = 0; k < 2; k++)
                strand[i][k] = (int)lns_rng_below(&rng, WEB);
        for (int i = 0; i < STRANDS && added == LINAS_OK; i++) {
            int *s = strand[i];
            if (trial % 2 && s[0] < s[1]) { /* no circle */
                int first = s[0];
                s[0] = s[1];
                s[1] = first;
            }
            s[0] += trial % 2 && s[0] == s[1] && s[0] + 1 < WEB;
            added = linas_space_active_if_above(space, "v", (size_t)s[0], "v", (size_t)s[1], 0.0);
        }
        linas_space *read = read_web(context, (const int(*)[2])strand, &status);
        ck_assert_int_eq(status, added);
        circles += added == LINAS_ERROR_CYCLE;
        if (read)
            compare_webs(space, read, &rng);
        linas_space_destroy(read);
        linas_space_destroy(space);
    }
    ck_assert_int_gt(circles, 50);
    ck_assert_int_lt(circles, 350);
    linas_context_destroy(context);
}
END_TEST

/* A chain whose last link comes first; and many that hang on one that hangs itself. */
START_TEST(many_conditions_are_read_in_time) {
    enum { MANY = 60000 };
    linas_context *context = test_context();
    char *text = malloc((size_t)MANY * 40 + 1000);
    linas_space *space = NULL;
    size_t length =
        (size_t)sprintf(text, "{\"a\":{\"count\":%d,\"vars\":[1,2],\"active_if\":[", (int)MANY);
    for (int i = 1; i < MANY; i++)
        length += (size_t)sprintf(text + length, "{\"variable\":\"a[%d]\",\"above\":1},", i);
    sprintf(text + length, "null]}}");
    clock_t begun = clock();
    ck_assert_int_eq(from_json(context, text, &space), LINAS_OK);
    uint64_t fingerprint = 0; /* needs the whole text */
    ck_assert_int_eq(linas_space_fingerprint(space, &fingerprint), LINAS_OK);
    linas_space_destroy(space);
    sprintf(text,
            "{\"b\":{\"count\":%d,\"vars\":[1,2],\"active_if\":{\"variable\":\"d[1]\"}},"
            "\"d\":{\"count\":2,\"vars\":[1,2],\"active_if\":[null,"
            "{\"variable\":\"d[0]\",\"above\":1}]}}",
            (int)MANY);
    ck_assert_int_eq(from_json(context, text, &space), LINAS_OK);
    ck_assert_int_lt((int)((clock() - begun) / CLOCKS_PER_SEC), 5);
    linas_space_destroy(space);
    free(text);
    linas_context_destroy(context);
}
END_TEST

START_TEST(cardinality_by_counting) {
    static const char *const texts[] = {
        small, "{\"a\":{\"vars\":[1,2,3]}}",
        "{\"a\":{\"count\":3,\"vars\":[1,2],\"active_if\":[null,{\"variable\":\"a[0]\",\"above\":1}"
        ","
        "[{\"variable\":\"a[0]\",\"above\":1},{\"variable\":\"b\",\"in\":[\"x\"]}]]},"
        "\"b\":{\"vars\":[\"x\",\"y\"]}}",
        "{\"d\":{\"count\":2,\"vars\":[0,1,2],\"same\":{\"0\":[[0,1]],\"1\":[[0,2]]}},"
        "\"e\":{\"count\":3,\"vars\":[4,5],\"active_if\":{\"variable\":\"d\",\"stages\":[2,1],"
        "\"base\":[0,0]}}}"};
    linas_context *context = test_context();
    linas_space *space;
    double cardinality;
    ck_assert_int_eq(from_json(context, texts[_i], &space), LINAS_OK);
    ck_assert_int_eq(linas_space_effective_cardinality(space, &cardinality), LINAS_OK);
    ck_assert_double_eq(cardinality, count_canonical(space));
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(entangled_beyond_counting) {
    linas_context *context = test_context();
    linas_space *space;
    int64_t ints[] = {0, 1};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 40, ints, 2, 0), LINAS_OK);
    for (size_t i = 1; i < 40; i++)
        ck_assert_int_eq(linas_space_active_if_above(space, "x", i, "x", i - 1, 0.0), LINAS_OK);
    double cardinality = 7.0;
    ck_assert_int_eq(linas_space_effective_cardinality(space, &cardinality), LINAS_ERROR_TOO_LARGE);
    ck_assert_double_eq(cardinality, 7.0);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* -- sampling
 * ------------------------------------------------------------------------------------------ */

START_TEST(sampling_uses_a_space_up_exactly) {
    linas_context *context = test_context();
    linas_space *space = make_small(context);
    double cardinality;
    linas_space_effective_cardinality(space, &cardinality);
    enum { MORE = 400 };
    static int32_t genomes[MORE * 7], again[MORE * 7];
    size_t found, other;
    for (int32_t method = 0; method < 2; method++) {
        ck_assert_int_eq(linas_space_sample(space, method, 3, NULL, 0, MORE, genomes, &found),
                         LINAS_OK);
        ck_assert_double_eq((double)found, cardinality);
        for (size_t i = 0; i < found; i++)
            for (size_t j = 0; j < i; j++)
                ck_assert_int_ne(memcmp(genomes + 7 * i, genomes + 7 * j, 7 * sizeof *genomes), 0);
        ck_assert_int_eq(linas_space_sample(space, method, 3, genomes, 40, MORE, again, &other),
                         LINAS_OK);
        ck_assert_uint_eq(other, found - 40);
    }
    ck_assert_int_eq(linas_space_sample(space, 0, 3, NULL, 0, 0, genomes, &found), LINAS_OK);
    ck_assert_uint_eq(found, 0);
    ck_assert_int_eq(linas_space_sample(space, 2, 3, NULL, 0, 1, genomes, &found),
                     LINAS_ERROR_INVALID_ARGUMENT);
    again[0] = 9;
    ck_assert_int_eq(linas_space_sample(space, 0, 3, again, 1, 1, genomes, &found),
                     LINAS_ERROR_OUT_OF_RANGE);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(sampling_is_even_and_repeatable) {
    linas_context *context = test_context();
    linas_space *space;
    enum { COUNT = 900, N = 45 };
    static int32_t genomes[COUNT * N], again[COUNT * N];
    size_t found;
    ck_assert_int_eq(linas_space_preset(context, "ofa-mobilenetv3", &space), LINAS_OK);
    for (int32_t method = 0; method < 2; method++) {
        linas_space_sample(space, method, 5, NULL, 0, COUNT, genomes, &found);
        ck_assert_uint_eq(found, COUNT);
        linas_space_sample(space, method, 5, NULL, 0, COUNT, again, &found);
        ck_assert_int_eq(memcmp(genomes, again, sizeof genomes), 0);
        linas_space_sample(space, method, 6, NULL, 0, COUNT, again, &found);
        ck_assert_int_ne(memcmp(genomes, again, sizeof genomes), 0);
        for (size_t v = 40; v < N; v++) { /* d is never inactive */
            int counts[3] = {0, 0, 0};
            for (size_t i = 0; i < COUNT; i++)
                counts[genomes[i * N + v]]++;
            for (int k = 0; k < 3; k++)
                ck_assert_int_lt(abs(counts[k] - 300), method ? 25 : 60);
        }
    }
    /* Few points of the low-discrepancy design are even already: 21 points, 3 values each 7 +- 4
     * times in every variable; plain Halton in 45 bases would not come near. */
    linas_space_sample(space, LINAS_SAMPLE_LOW_DISCREPANCY, 1, NULL, 0, 21, genomes, &found);
    for (size_t v = 40; v < N; v++) {
        int counts[3] = {0, 0, 0};
        for (size_t i = 0; i < 21; i++)
            counts[genomes[i * N + v]]++;
        for (int k = 0; k < 3; k++)
            ck_assert_int_le(abs(counts[k] - 7), 5);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(sampling_beyond_the_prime_bases) {
    linas_context *context = test_context();
    linas_space *space;
    enum { N = 1000 };
    int64_t ints[] = {0, 1, 2, 3};
    static int32_t genomes[4 * N];
    size_t found;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", N, ints, 4, 0), LINAS_OK);
    ck_assert_int_eq(
        linas_space_sample(space, LINAS_SAMPLE_LOW_DISCREPANCY, 1, NULL, 0, 4, genomes, &found),
        LINAS_OK);
    ck_assert_uint_eq(found, 4);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

static int32_t feasible_or_stop(void *user_data, const int32_t *genome, size_t variables) {
    const int32_t *stop = user_data;
    ck_assert_uint_eq(variables, 7);
    return *stop ? *stop : genome[0] != 1;
}

START_TEST(feasibility) {
    linas_context *context = test_context();
    linas_space *space = make_small(context);
    int32_t stop = 0, feasible = 5, genome[7] = {1};
    static int32_t genomes[400 * 7];
    size_t found;
    ck_assert_int_eq(linas_space_is_feasible(space, genome, &feasible), LINAS_OK);
    ck_assert_int_eq(feasible, 1);
    ck_assert_int_eq(linas_space_set_feasible(space, feasible_or_stop, &stop), LINAS_OK);
    ck_assert_int_eq(linas_space_is_feasible(space, genome, &feasible), LINAS_OK);
    ck_assert_int_eq(feasible, 0);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 400, genomes, &found), LINAS_OK);
    ck_assert_uint_gt(found, 0);
    for (size_t i = 0; i < found; i++)
        ck_assert_int_ne(genomes[7 * i], 1);
    stop = 77;
    ck_assert_int_eq(linas_space_is_feasible(space, genome, &feasible), 77);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 4, genomes, &found), 77);
    stop = -5;
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 4, genomes, &found), -5);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Values beyond a byte: none is taken for another. */
START_TEST(long_variables_are_used_up) {
    enum { LONG = 700 };
    linas_context *context = test_context();
    linas_space *space;
    static int64_t values[LONG];
    static int32_t genomes[LONG + 1];
    uint8_t seen[LONG] = {0};
    size_t found;
    for (int i = 0; i < LONG; i++)
        values[i] = i;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 1, values, LONG, LINAS_ORDINAL), LINAS_OK);
    for (int32_t method = 0; method < 2; method++) {
        ck_assert_int_eq(linas_space_sample(space, method, 1, NULL, 0, LONG + 1, genomes, &found),
                         LINAS_OK);
        ck_assert_uint_eq(found, LONG);
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < found; i++) {
            ck_assert(genomes[i] >= 0 && genomes[i] < LONG && !seen[genomes[i]]);
            seen[genomes[i]] = 1;
        }
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(a_space_without_variables) {
    linas_context *context = test_context();
    linas_space *space;
    int32_t genome = 5;
    size_t found = 5;
    double cardinality;
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 3, &genome, &found), LINAS_OK);
    ck_assert_uint_eq(found, 0);
    ck_assert_int_eq(linas_space_effective_cardinality(space, &cardinality), LINAS_OK);
    ck_assert_double_eq(cardinality, 1.0);
    lns_genome_set *set;
    ck_assert_int_eq(lns_genome_set_create(space, &set), LINAS_OK);
    lns_genome_set_clear(set); /* empty already */
    ck_assert_uint_eq(lns_genome_set_size(set), 0);
    lns_genome_set_destroy(set);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* What the predicate of few_are_feasible allows. */
typedef struct rarity {
    long calls, stop_at;
    int32_t wanted; /* the sum of the genes */
} rarity;

static int32_t is_rare(void *user_data, const int32_t *genome, size_t variables) {
    rarity *r = user_data;
    int32_t sum = 0;
    if (r->calls++ == r->stop_at)
        return 77;
    for (size_t i = 0; i < variables; i++)
        sum += genome[i];
    return sum == r->wanted;
}

/* Chance does not find one configuration in 2^17; walking through the space in order does. */
START_TEST(few_are_feasible) {
    enum { N = 17, MANY = 25 };
    linas_context *context = test_context();
    linas_space *space;
    int64_t ints[] = {0, 1};
    int32_t genomes[3 * MANY];
    size_t found;
    rarity rare = {0, -1, N};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", N, ints, 2, LINAS_CATEGORICAL), LINAS_OK);
    ck_assert_int_eq(linas_space_set_feasible(space, is_rare, &rare), LINAS_OK);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 1, genomes, &found), LINAS_OK);
    ck_assert_uint_eq(found, 1);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(genomes[i], 1);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 2, genomes, &found), LINAS_OK);
    ck_assert_uint_eq(found, 1);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, genomes, 1, 2, genomes, &found), LINAS_OK);
    ck_assert_uint_eq(found, 0);
    rare.wanted = N - 1; /* N of them: no more are drawn than are wanted */
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 3, genomes, &found), LINAS_OK);
    ck_assert_uint_eq(found, 3);
    rare.wanted = N;
    rare.calls = 0;
    rare.stop_at = 60000;
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 1, genomes, &found), 77);
    ck_assert_uint_eq(found, 0);
    linas_space_destroy(space);
    /* A space too large for walking is given up. */
    rare = (rarity){0, -1, -1};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", MANY, ints, 2, LINAS_CATEGORICAL), LINAS_OK);
    ck_assert_int_eq(linas_space_set_feasible(space, is_rare, &rare), LINAS_OK);
    ck_assert_int_eq(linas_space_sample(space, 0, 1, NULL, 0, 1, genomes, &found), LINAS_OK);
    ck_assert_uint_eq(found, 0);
    ck_assert_int_lt(rare.calls, 10000);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(sets_compare_by_value) {
    linas_context *context = test_context();
    linas_space *space;
    ck_assert_int_eq(linas_space_preset(context, "ofa-mobilenetv3", &space), LINAS_OK);
    lns_genome_set *set;
    enum { COUNT = 500, N = 45 };
    static int32_t genomes[COUNT * N];
    size_t found;
    linas_space_sample(space, 0, 9, NULL, 0, COUNT, genomes, &found);
    ck_assert_int_eq(lns_genome_set_create(space, &set), LINAS_OK);
    ck_assert(!lns_genome_set_has(set, genomes));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            bool added;
            ck_assert_int_eq(lns_genome_set_add(set, genomes + i * N, &added), LINAS_OK);
            ck_assert(added);
            ck_assert_int_eq(lns_genome_set_add(set, genomes + i * N, &added), LINAS_OK);
            ck_assert(!added);
            ck_assert(lns_genome_set_has(set, genomes + i * N));
        }
        ck_assert_uint_eq(lns_genome_set_size(set), COUNT);
        lns_genome_set_clear(set);
        ck_assert(!lns_genome_set_has(set, genomes));
    }
    lns_genome_set_destroy(set);
    lns_genome_set_destroy(NULL);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* -- JSON
 * ---------------------------------------------------------------------------------------------- */

static void check_round_trip(linas_context *context, const linas_space *space) {
    size_t needed;
    uint64_t before, after;
    ck_assert_int_eq(linas_space_to_json(space, NULL, 0, &needed), LINAS_ERROR_BUFFER_TOO_SMALL);
    char *text = malloc(needed);
    ck_assert_int_eq(linas_space_to_json(space, text, needed, NULL), LINAS_OK);
    linas_space *read;
    ck_assert_int_eq(from_json(context, text, &read), LINAS_OK);
    linas_space_fingerprint(space, &before);
    linas_space_fingerprint(read, &after);
    ck_assert_uint_eq(before, after);
    char *again = malloc(needed);
    ck_assert_int_eq(linas_space_to_json(read, again, needed, NULL), LINAS_OK);
    ck_assert_str_eq(text, again);
    free(text);
    free(again);
    linas_space_destroy(read);
}

START_TEST(json_round_trips) {
    static const char *const texts[] = {
        small, "{\"r\":{\"vars\":[2.0,0.1,1e300]},\"s\":{\"vars\":[\"\\u00e9\\\"\",\"\"]}}",
        "{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":[null,[{\"variable\":\"b[1]\",\"in\":"
        "[2.5]},{\"variable\":\"b[0]\",\"above\":0.5}]]},\"b\":{\"count\":2,\"vars\":[0.5,2.5]}}"};
    linas_context *context = test_context();
    linas_space *space;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ck_assert_int_eq(from_json(context, texts[i], &space), LINAS_OK);
        check_round_trip(context, space);
        linas_space_destroy(space);
    }
    for (size_t i = 0; i < linas_space_preset_count(); i++) {
        ck_assert_int_eq(linas_space_preset(context, linas_space_preset_name(i), &space), LINAS_OK);
        check_round_trip(context, space);
        linas_space_destroy(space);
    }
    linas_context_destroy(context);
}
END_TEST

/* Ways to say the same; and zeros, whatever their sign. */
START_TEST(equal_spaces_have_one_fingerprint) {
    static const char *const texts[][2] = {
        {"{\"a\":{\"vars\":[0.0,1.5]}}", "{\"a\":{\"vars\":[-0.0,1.5],\"ordered\":false}}"},
        {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b[0]\",\"in\":[2.0]}},"
         "\"b\":{\"vars\":[1,2]}}",
         "{\"a\":{\"vars\":[1,2],\"active_if\":[{\"variable\":\"b\",\"above\":1.5}]},"
         "\"b\":{\"vars\":[1,2]}}"},
        {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"s\",\"in\":[\"y\"]}},"
         "\"s\":{\"vars\":[\"x\",\"y\"],\"same\":{\"0\":[[\"x\",\"y\"]]}}}",
         "{\"a\":{\"vars\":[1,2],\"active_if\":[[{\"variable\":\"s\",\"in\":[\"y\"]}]]},"
         "\"s\":{\"vars\":[\"x\",\"y\"],\"same\":{\"0\":[[\"y\",\"x\"]]}}}"}};
    linas_context *context = test_context();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint64_t prints[2];
        for (int k = 0; k < 2; k++) {
            linas_space *space;
            ck_assert_int_eq(from_json(context, texts[i][k], &space), LINAS_OK);
            ck_assert_int_eq(linas_space_fingerprint(space, &prints[k]), LINAS_OK);
            linas_space_destroy(space);
        }
        ck_assert_uint_eq(prints[0], prints[1]);
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(names_that_are_too_long_in_json) {
    linas_context *context = test_context();
    linas_space *space;
    char name[400], text[600];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text,
             "{\"a\":{\"vars\":[1],\"active_if\":{\"variable\":\"%s\",\"above\":1}}}", name);
    ck_assert_int_eq(from_json(context, text, &space), LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "255 bytes"));
    linas_context_destroy(context);
}
END_TEST

START_TEST(fingerprint_tells_spaces_apart) {
    static const char *const texts[] = {
        "{\"a\":{\"count\":2,\"vars\":[1,2]}}",
        "{\"b\":{\"count\":2,\"vars\":[1,2]}}",
        "{\"a\":{\"count\":3,\"vars\":[1,2]}}",
        "{\"a\":{\"count\":2,\"vars\":[1,3]}}",
        "{\"a\":{\"count\":2,\"vars\":[1.0,2.0]}}",
        "{\"a\":{\"count\":2,\"vars\":[1,2],\"ordered\":true}}",
        "{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"1\":[[1,2]]}}}",
        ("{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":[null,{\"variable\":\"a[0]\",\"above\":"
         "1}"
         "]}}")};
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    linas_context *context = test_context();
    uint64_t prints[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        linas_space *space;
        ck_assert_int_eq(from_json(context, texts[i], &space), LINAS_OK);
        linas_space_fingerprint(space, &prints[i]);
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(prints[i], prints[j]);
        linas_space_destroy(space);
    }
    linas_context_destroy(context);
}
END_TEST

typedef struct bad_space {
    const char *text;
    linas_status status;
    const char *message; /* a part of it */
} bad_space;

static const bad_space bad_spaces[] = {
    {"{\"a\":\n {\"vars\":[1,}}", LINAS_ERROR_PARSE, "line 2, column"},
    {"[]", LINAS_ERROR_INVALID_ARGUMENT, "must be an object"},
    {"{}", LINAS_ERROR_INVALID_ARGUMENT, "no groups"},
    {"{\"a\":3}", LINAS_ERROR_INVALID_ARGUMENT, "group \"a\""},
    {"{\"a\":{}}", LINAS_ERROR_INVALID_ARGUMENT, "\"vars\""},
    {"{\"a\":{\"vars\":[]}}", LINAS_ERROR_INVALID_ARGUMENT, "no values"},
    {"{\"a\":{\"vars\":[1,1]}}", LINAS_ERROR_DUPLICATE, "equal"},
    {"{\"a\":{\"vars\":[1,\"x\"]}}", LINAS_ERROR_INVALID_ARGUMENT, "mixes"},
    {"{\"a\":{\"vars\":[1,null]}}", LINAS_ERROR_INVALID_ARGUMENT, "null"},
    {"{\"a\":{\"vars\":[1],\"count\":0}}", LINAS_ERROR_OUT_OF_RANGE, "\"count\""},
    {"{\"a\":{\"vars\":[1],\"count\":99999999}}", LINAS_ERROR_OUT_OF_RANGE, "\"count\""},
    {"{\"a\":{\"vars\":[1],\"count\":\"2\"}}", LINAS_ERROR_INVALID_ARGUMENT, "\"count\""},
    {"{\"a\":{\"vars\":[1],\"ordered\":1}}", LINAS_ERROR_INVALID_ARGUMENT, "\"ordered\""},
    {"{\"a\":{\"vars\":[1],\"vals\":1}}", LINAS_ERROR_UNKNOWN_NAME, "\"vals\""},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\"}}}", LINAS_ERROR_UNKNOWN_NAME,
     "\"b\""},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"a\"}}}", LINAS_ERROR_CYCLE, "itself"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"above\":1}},"
     "\"b\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"a\",\"above\":1}}}",
     LINAS_ERROR_CYCLE, "b"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b[1]\"}},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_OUT_OF_RANGE, "no slot 1"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b[x]\"}},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "b[x]"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b[1\"}},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "b[1"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{}},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"variable\""},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":7},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"active_if\""},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":[null,null]},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "2 entries for 1 slots"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"in\":[3]}},\"b\":{\"vars\":[1,2]}"
     "}",
     LINAS_ERROR_OUT_OF_RANGE, "does not have"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"in\":[]}},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "never be active"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"above\":\"1\"}},\"b\":{\"vars\":["
     "1,2]}"
     "}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"above\""},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"above\":1,\"in\":[1]}},\"b\":{"
     "\"vars\""
     ":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "either"},
    {"{\"a\":{\"count\":3,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"stages\":[2]}},\"b\":{"
     "\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "stages have 2 slots"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"stages\":[2],\"base\":"
     "[]}}"
     ",\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "equally long"},
    {"{\"a\":{\"vars\":[1,2],\"same\":{\"0\":[[1,3]]}}}", LINAS_ERROR_OUT_OF_RANGE,
     "does not have"},
    {"{\"a\":{\"vars\":[1,2],\"same\":{\"1\":[[1,2]]}}}", LINAS_ERROR_INVALID_ARGUMENT, "\"same\""},
    {"{\"a\":{\"vars\":[1,2],\"same\":{\"0\":[[1,1]]}}}", LINAS_ERROR_OUT_OF_RANGE, "do not rise"},
    {"{\"a\":{\"vars\":3}}", LINAS_ERROR_INVALID_ARGUMENT, "\"vars\""},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":3,\"above\":1}},\"b\":{\"vars\":[1,2]},"
     "\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "must be a string"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"above\":1}},\"b\":{\"vars\":[1,2]},\"s\":{\"vars\":["
     "\"x\",\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "missing"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b[/"
     "]\",\"above\":1}},\"b\":{\"vars\":[1,2]},\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "b[/]"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b[99999999]\",\"above\":1}},\"b\":{"
     "\"vars\":[1,2]},\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "does not name"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b[0]x\",\"above\":1}},\"b\":{\"vars\":["
     "1,2]},\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "does not name"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"s\",\"in\":[\"x\",3]}},\"b\":{\"vars\":["
     "1,2]},\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_OUT_OF_RANGE, "an integer"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"in\":[1,\"x\"]}},\"b\":{\"vars\":["
     "1,2]},\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_OUT_OF_RANGE, "(x)"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"in\":[1.5]}},\"b\":{\"vars\":[1,2]"
     "},\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_OUT_OF_RANGE, "does not have"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"q\",\"in\":[1]}},\"b\":{\"vars\":[1,2]},"
     "\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_UNKNOWN_NAME, "q"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"in\":1}},\"b\":{\"vars\":[1,2]},"
     "\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "array"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":[3]},\"b\":{\"vars\":[1,2]},\"s\":{\"vars\":[\"x\","
     "\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "a condition must be an object"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":[[3]]},\"b\":{\"vars\":[1,2]},\"s\":{\"vars\":[\"x\","
     "\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "a condition must be an object"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"above\":1,\"x\":2}},\"b\":{"
     "\"vars\":[1,2]},\"s\":{\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_UNKNOWN_NAME, "\"x\""},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":[{\"variable\":\"b\"}]},\"b\":{\"vars\":[1,2]},\"s\":{"
     "\"vars\":[\"x\",\"y\"]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "either"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"stages\":3}},\"b\":{"
     "\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "equally long"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"stages\":[2],\"base\":"
     "0}},\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "equally long"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"stages\":[\"x\"]}},"
     "\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "equally long"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"stages\":[-2]}},\"b\":"
     "{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "equally long"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"stages\":[70000]}},"
     "\"b\":{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "equally long"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"x\":1}},\"b\":{"
     "\"vars\":[1,2]}}",
     LINAS_ERROR_UNKNOWN_NAME, "\"x\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"first\":\"0\"}},\"b\":"
     "{\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"first\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"first\":-1}},\"b\":{"
     "\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"first\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b[0]\",\"first\":0}},\"b\":{"
     "\"vars\":[1,2]}}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"first\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"active_if\":{\"variable\":\"b\",\"first\":1}},\"b\":{"
     "\"vars\":[1,2]}}",
     LINAS_ERROR_OUT_OF_RANGE, "no slot 1"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":3}}", LINAS_ERROR_INVALID_ARGUMENT, "\"same\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"x\":[[1,2]]}}}", LINAS_ERROR_INVALID_ARGUMENT,
     "\"x\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"-1\":[[1,2]]}}}", LINAS_ERROR_INVALID_ARGUMENT,
     "\"-1\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"2\":[[1,2]]}}}", LINAS_ERROR_INVALID_ARGUMENT,
     "\"2\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"0.5\":[[1,2]]}}}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"0.5\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"nan\":[[1,2]]}}}",
     LINAS_ERROR_INVALID_ARGUMENT, "\"nan\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"1\":3}}}", LINAS_ERROR_INVALID_ARGUMENT,
     "\"1\""},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"1\":[3]}}}", LINAS_ERROR_INVALID_ARGUMENT,
     "pairs"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"1\":[[1]]}}}", LINAS_ERROR_INVALID_ARGUMENT,
     "pairs"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"1\":[[9,1]]}}}", LINAS_ERROR_OUT_OF_RANGE,
     "does not have"},
    {"{\"a\":{\"count\":2,\"vars\":[1,2],\"same\":{\"1\":[{\"x\":1,\"y\":2}]}}}",
     LINAS_ERROR_INVALID_ARGUMENT, "pairs"},
    {"{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"r\",\"in\":[null]}},"
     "\"r\":{\"vars\":[0.0,1.0]}}",
     LINAS_ERROR_OUT_OF_RANGE, "null"},
};

START_TEST(bad_json) {
    const bad_space *bad = &bad_spaces[_i];
    linas_context *context = test_context();
    linas_space *space = (linas_space *)context;
    ck_assert_int_eq(from_json(context, bad->text, &space), bad->status);
    ck_assert_msg(strstr(linas_context_message(context), bad->message), "%s: %s", bad->text,
                  linas_context_message(context));
    ck_assert_ptr_null(space);
    linas_context_destroy(context);
}
END_TEST

START_TEST(configurations_as_json) {
    linas_context *context = test_context();
    linas_space *space = make_small(context);
    int32_t genome[] = {1, 2, 0, 1, 0, 1, 1}, read[7];
    char text[200];
    ck_assert_int_eq(linas_space_config_to_json(space, genome, text, sizeof text, NULL), LINAS_OK);
    ck_assert_str_eq(text, "{\"ks\":[5,7,3,5],\"d\":[1,2],\"act\":\"swish\"}");
    ck_assert_int_eq(linas_space_config_from_json(space, text, strlen(text), read), LINAS_OK);
    ck_assert_int_eq(memcmp(genome, read, sizeof read), 0);
    ck_assert_int_eq(linas_space_config_to_json(space, genome, text, 10, NULL),
                     LINAS_ERROR_BUFFER_TOO_SMALL);
    /* One slot may be a list too. */
    static const char listed[] = "{\"act\":[\"swish\"],\"d\":[1,2],\"ks\":[5,7,3,5]}";
    ck_assert_int_eq(linas_space_config_from_json(space, listed, sizeof listed - 1, read),
                     LINAS_OK);
    ck_assert_int_eq(memcmp(genome, read, sizeof read), 0);
    static const bad_space bad[] = {
        {"{\"ks\":[5,7,3,5],\"d\":[1,2]}", LINAS_ERROR_UNKNOWN_NAME, "act"},
        {"{\"ks\":[5,7,3,5],\"d\":[1,2],\"act\":\"x\"}", LINAS_ERROR_OUT_OF_RANGE, "(x)"},
        {"{\"ks\":[5,7,3],\"d\":[1,2],\"act\":\"relu\"}", LINAS_ERROR_OUT_OF_RANGE, "4 values"},
        {"{\"ks\":[5,7,3,5],\"d\":[1,2],\"act\":\"relu\",\"x\":1}", LINAS_ERROR_UNKNOWN_NAME, "x"},
        {"{\"ks\":[5,7,3,5],\"d\":[1,3],\"act\":\"relu\"}", LINAS_ERROR_OUT_OF_RANGE, "d"},
        {"{\"ks\":5,\"d\":[1,2],\"act\":\"relu\"}", LINAS_ERROR_OUT_OF_RANGE, "4 values"},
        {"[1]", LINAS_ERROR_INVALID_ARGUMENT, "object"},
        {"{", LINAS_ERROR_PARSE, "line 1"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(
            linas_space_config_from_json(space, bad[i].text, strlen(bad[i].text), read),
            bad[i].status);
        ck_assert_ptr_nonnull(strstr(linas_context_message(context), bad[i].message));
        ck_assert_int_eq(memcmp(genome, read, sizeof read), 0);
    }
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Packed genomes are what plain ones are, in every preset and in a chain of conditions. */
static void check_packing(const linas_space *space) {
    size_t n = linas_space_variables(space);
    lns_packing *packing;
    ck_assert_int_eq(lns_packing_create(space, &packing), LINAS_OK);
    size_t stride = lns_packing_stride(packing), words = lns_packing_words(packing);
    int32_t *genome = calloc(3 * n, sizeof *genome);
    uint16_t *row = calloc(3 * stride, sizeof *row);
    uint64_t *bits = calloc(words, sizeof *bits);
    uint8_t *active = calloc(n, 1);
    lns_rng rng = lns_rng_stream(5, 1000, n, 0);
    for (int round = 0; round < 300; round++) {
        for (size_t i = 0; i < n; i++)
            genome[i] = (int32_t)lns_rng_below(&rng, (uint32_t)linas_space_value_count(space, i));
        lns_packing_pack(packing, genome, row);
        memcpy(row + stride, row, stride * sizeof *row);
        lns_packing_canonicalize(packing, row, bits);
        lns_space_canonicalize(space, genome, genome + n, active);
        lns_packing_unpack(packing, row, genome + 2 * n);
        ck_assert_int_eq(memcmp(genome + n, genome + 2 * n, n * sizeof *genome), 0);
        for (size_t i = 0; i < n; i++)
            ck_assert_uint_eq(bits[i / 64] >> i % 64 & 1, active[i]);
        if (lns_packing_plain(packing))
            ck_assert_int_eq(memcmp(row, row + stride, stride * sizeof *row), 0);
        lns_packing_pack(packing, genome + n, row + stride);
        ck_assert_uint_eq(lns_packing_hash(packing, row), lns_packing_hash(packing, row + stride));
        /* The vector path and the portable one, bit for bit. */
        for (size_t w = 0; w < words; w++)
            bits[w] = lns_rng_next(&rng);
        for (size_t i = 0; i < stride; i++)
            row[2 * stride + i] = (uint16_t)lns_rng_next(&rng);
        lns_packed_choose(row, row + 2 * stride, bits, stride);
        lns_packed_choose_portable(row + stride, row + 2 * stride, bits, stride);
        ck_assert_int_eq(memcmp(row, row + stride, stride * sizeof *row), 0);
    }
    free(genome);
    free(row);
    free(bits);
    free(active);
    lns_packing_destroy(packing);
}

START_TEST(packed_genomes) {
    linas_context *context = test_context();
    linas_space *space;
    for (size_t i = 0; i < linas_space_preset_count(); i++) {
        ck_assert_int_eq(linas_space_preset(context, linas_space_preset_name(i), &space), LINAS_OK);
        check_packing(space);
        linas_space_destroy(space);
    }
    int64_t values[] = {0, 1, 2};
    const int32_t last[] = {2};
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 70, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 0, "x", 69, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_in(space, "x", 69, "x", 33, last, 1), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 5, "x", 0, 1), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 5, "x", 7, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_same_value(space, "x", 33, 0, 2), LINAS_OK);
    ck_assert_int_eq(linas_space_same_value(space, "x", 7, 1, 2), LINAS_OK);
    check_packing(space);
    linas_space_destroy(space);
    /* Nothing but values that mean the same; and one controller of two words, back and forth. */
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 5, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_same_value(space, "x", 2, 0, 2), LINAS_OK);
    check_packing(space);
    linas_space_destroy(space);
    ck_assert_int_eq(linas_space_create(context, &space), LINAS_OK);
    ck_assert_int_eq(linas_space_add_int(space, "x", 70, values, 3, LINAS_ORDINAL), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 0, "x", 33, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 66, "x", 33, 0), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 5, "x", 33, 1), LINAS_OK);
    ck_assert_int_eq(linas_space_active_if_above(space, "x", 5, "x", 0, 0), LINAS_OK);
    check_packing(space);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

static const char all_kinds[] =
    "{\"a\":{\"vars\":[1,2],\"active_if\":{\"variable\":\"s\",\"in\":[\"y\",\"z\"]}},"
    "\"s\":{\"vars\":[\"x\",\"y\",\"z\"],\"same\":{\"0\":[[\"x\",\"y\"]]}},"
    "\"r\":{\"vars\":[0.5,1.5]}}";

/* A small space of every kind, drawn to its end. */
static linas_status use_small(linas_context *context) {
    linas_space *space = NULL;
    int32_t genomes[30 * 3];
    char text[1024];
    size_t found;
    linas_status status = from_json(context, all_kinds, &space);
    if (status == LINAS_OK)
        status = linas_space_to_json(space, text, sizeof text, NULL);
    if (status == LINAS_OK)
        status = linas_space_sample(space, LINAS_SAMPLE_UNIFORM, 1, NULL, 0, 30, genomes, &found);
    linas_space_destroy(space);
    space = NULL;
    if (status == LINAS_OK &&
        linas_space_preset(context, "none such", &space) != LINAS_ERROR_UNKNOWN_NAME)
        status = LINAS_ERROR_NO_MEMORY;
    return status;
}

static linas_status use_everything(linas_context *context) {
    linas_space *space = NULL;
    static int32_t genomes[20 * 29];
    static char text[8192];
    size_t found;
    double cardinality;
    uint8_t active[29];
    linas_status status = linas_space_preset(context, "ofa-resnet50", &space);
    if (status == LINAS_OK)
        status = linas_space_sample(space, LINAS_SAMPLE_LOW_DISCREPANCY, 1, NULL, 0, 10, genomes,
                                    &found);
    if (status == LINAS_OK)
        status = linas_space_sample(space, LINAS_SAMPLE_UNIFORM, 1, genomes, 10, 10,
                                    genomes + 10 * 29, &found);
    if (status == LINAS_OK)
        status = linas_space_effective_cardinality(space, &cardinality);
    if (status == LINAS_OK)
        status = linas_space_active(space, genomes, active);
    if (status == LINAS_OK)
        status = linas_space_to_json(space, text, sizeof text, NULL);
    if (status == LINAS_OK)
        status = linas_space_config_to_json(space, genomes, text, sizeof text, NULL);
    if (status == LINAS_OK)
        status = linas_space_config_from_json(space, text, strlen(text), genomes);
    linas_space_destroy(space);
    if (status == LINAS_OK)
        status = use_small(context);
    return status;
}

START_TEST(out_of_memory_everywhere) {
    linas_status status = LINAS_ERROR_NO_MEMORY;
    for (long at = 1; status != LINAS_OK; at++) {
        test_allocator allocator;
        linas_context *context = test_failing_context(&allocator, at);
        status = use_everything(context);
        ck_assert_int_eq(status, allocator.calls > at ? LINAS_ERROR_NO_MEMORY : LINAS_OK);
        linas_context_destroy(context);
        ck_assert_int_eq(allocator.live, 0);
        ck_assert_int_lt(at, 5000);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("space");
    TCase *cases = tcase_create("space");
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    tcase_add_test(cases, groups_and_values);
    tcase_add_test(cases, bad_groups);
    tcase_add_test(cases, many_groups_are_told_apart);
    tcase_add_test(cases, bad_conditions);
    tcase_add_test(cases, a_space_in_use_is_immutable);
    tcase_add_test(cases, canonical_form_and_hash);
    tcase_add_test(cases, chains_of_conditions);
    tcase_add_test(cases, same_values_are_merged);
    tcase_add_test(cases, null_arguments);
    tcase_add_test(cases, long_variables_are_used_up);
    tcase_add_test(cases, a_space_without_variables);
    tcase_add_test(cases, few_are_feasible);
    tcase_add_test(cases, equal_spaces_have_one_fingerprint);
    tcase_add_test(cases, names_that_are_too_long_in_json);
    tcase_add_loop_test(cases, cardinality_by_counting, 0, 4);
    tcase_add_test(cases, conditions_one_by_one_and_at_once);
    tcase_add_test(cases, many_conditions_are_read_in_time);
    tcase_add_test(cases, entangled_beyond_counting);
    tcase_add_test(cases, sampling_uses_a_space_up_exactly);
    tcase_add_test(cases, sampling_is_even_and_repeatable);
    tcase_add_test(cases, sampling_beyond_the_prime_bases);
    tcase_add_test(cases, feasibility);
    tcase_add_test(cases, sets_compare_by_value);
    tcase_add_test(cases, packed_genomes);
    tcase_add_test(cases, json_round_trips);
    tcase_add_test(cases, fingerprint_tells_spaces_apart);
    tcase_add_loop_test(cases, bad_json, 0, sizeof bad_spaces / sizeof bad_spaces[0]);
    tcase_add_test(cases, configurations_as_json);
    tcase_add_test(cases, out_of_memory_everywhere);
    return test_run(suite);
}
