/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled-in spaces: sizes as published, and OFA MobileNetV3's cost formula on its genomes. */
#include "support.h"

#include <math.h>
#include <string.h>

typedef struct expected {
    const char *name;
    size_t variables;
    double raw;       /* to the digits published */
    double effective; /* 0: not published */
} expected;

static const expected published[] = {
    {"ofa-mobilenetv3", 45, 2.95e21, 2.18e19},
    {"ofa-mobilenetv3-w1.0", 45, 2.95e21, 2.18e19},
    {"ofa-mobilenetv3-w1.2", 45, 2.95e21, 2.18e19},
    {"ofa-proxylessnas", 45, 2.95e21, 2.18e19},
    {"ofa-resnet50", 29, 6.86e13, 2.46e12},
    {"ofa-resnet50-quantized", 151, 3.6e50, 0},
    {"hat-transformer-wmt-ende", 39, 2.44e15, 4.18e14},
    {"bert-sst2", 25, 6.2e13, 9.73e12},
    {"bert-sst2-quantized", 99, 1.2e36, 0},
    {"vit", 25, 2.7e13, 9.72e12},
    {"ncf", 10, 2.0e8, 3.7e7},
};
enum { PUBLISHED = sizeof published / sizeof published[0] };

/* Two or three significant digits are published. */
static void check_published(double value, double figure, const char *name) {
    ck_assert_msg(fabs(value / figure - 1.0) < 0.02, "%s: %g, published %g", name, value, figure);
}

START_TEST(sizes_are_as_published) {
    const expected *e = &published[_i];
    linas_context *context = test_context();
    linas_space *space;
    ck_assert_int_eq(linas_space_preset(context, e->name, &space), LINAS_OK);
    ck_assert_uint_eq(linas_space_variables(space), e->variables);
    check_published(linas_space_raw_cardinality(space), e->raw, e->name);
    double effective;
    ck_assert_int_eq(linas_space_effective_cardinality(space, &effective), LINAS_OK);
    if (e->effective > 0)
        check_published(effective, e->effective, e->name);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* Sum of base^k for k from `first` to `last`. */
static double powers(double base, int first, int last) {
    double sum = 0.0;
    for (int k = first; k <= last; k++)
        sum += pow(base, k);
    return sum;
}

START_TEST(effective_sizes_are_exact) {
    const struct {
        const char *name;
        double size;
    } exact[] = {{"ofa-mobilenetv3", pow(81 + 729 + 6561, 5)},
                 {"ofa-resnet50", pow(117, 3) * 1053 * 2 * 729},
                 {"hat-transformer-wmt-ende", 4.0 * 729 * 64 * powers(3 * 2 * 2 * 3, 1, 6)},
                 {"bert-sst2", powers(4 * 3, 6, 12)},
                 {"vit", powers(4 * 3, 10, 12)},
                 {"ncf", 125 * powers(8, 1, 6)},
                 {"ofa-resnet50-quantized", pow(117, 3) * 1053 * 2 * 729 * pow(2, 122)},
                 {"bert-sst2-quantized", powers(4 * 3, 6, 12) * pow(2, 74)}};
    linas_context *context = test_context();
    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
        linas_space *space;
        double effective;
        ck_assert_int_eq(linas_space_preset(context, exact[i].name, &space), LINAS_OK);
        ck_assert_int_eq(linas_space_effective_cardinality(space, &effective), LINAS_OK);
        ck_assert_msg(fabs(effective / exact[i].size - 1.0) < 1e-14, "%s: %.17g", exact[i].name,
                      effective);
        linas_space_destroy(space);
    }
    linas_context_destroy(context);
}
END_TEST

START_TEST(list_and_names_agree) {
    linas_context *context = test_context();
    ck_assert_uint_eq(linas_space_preset_count(), PUBLISHED);
    for (size_t i = 0; i < linas_space_preset_count(); i++) {
        size_t found = 0;
        for (size_t k = 0; k < PUBLISHED; k++)
            found += strcmp(published[k].name, linas_space_preset_name(i)) == 0;
        ck_assert_uint_eq(found, 1);
        ck_assert_uint_gt(strlen(linas_space_preset_text(i)), 0);
    }
    ck_assert_ptr_null(linas_space_preset_name(PUBLISHED));
    ck_assert_ptr_null(linas_space_preset_text(PUBLISHED));
    linas_space *space;
    ck_assert_int_eq(linas_space_preset(context, "ofa", &space), LINAS_ERROR_UNKNOWN_NAME);
    ck_assert_ptr_nonnull(strstr(linas_context_message(context), "hat-transformer"));
    ck_assert_int_eq(linas_space_preset(context, NULL, &space), LINAS_ERROR_INVALID_ARGUMENT);
    linas_context_destroy(context);
}
END_TEST

START_TEST(resnet_stem_values_are_one) {
    linas_context *context = test_context();
    linas_space *space;
    ck_assert_int_eq(linas_space_preset(context, "ofa-resnet50", &space), LINAS_OK);
    int32_t genome[29] = {1}, canonical[29];
    ck_assert_int_eq(linas_space_canonical(space, genome, canonical), LINAS_OK);
    ck_assert_int_eq(canonical[0], 0);
    genome[0] = 2;
    ck_assert_int_eq(linas_space_canonical(space, genome, canonical), LINAS_OK);
    ck_assert_int_eq(canonical[0], 2);
    /* The first stage has two blocks and d[1] more of its four. */
    uint8_t active[29];
    ck_assert_int_eq(linas_space_active(space, genome, active), LINAS_OK);
    ck_assert(active[5] && active[6] && !active[7] && !active[8]);
    genome[1] = 1;
    ck_assert_int_eq(linas_space_active(space, genome, active), LINAS_OK);
    ck_assert(active[7] && !active[8]);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

/* -- cost of OFA MobileNetV3 at 224 pixels, as a host would compute it
 * ----------------------------- */

static int make_divisible(double v) {
    int rounded = (int)(v + 4.0) / 8 * 8;
    if (rounded < 8)
        rounded = 8;
    return rounded < 0.9 * v ? rounded + 8 : rounded;
}

static double layer_macs(int size, int in, int out, int stride, int middle, int kernel) {
    int after = (size - 1) / stride + 1;
    return (double)size * size * in * middle + (double)after * after * middle * kernel * kernel +
           (double)after * after * middle * out;
}

static int64_t value_of(const linas_space *space, const int32_t *genome, size_t group,
                        size_t slot) {
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    int64_t value = 0;
    ck_assert_int_eq(linas_space_group(space, group, &info), LINAS_OK);
    ck_assert_int_eq(
        linas_space_value_int(space, group, (size_t)genome[info.first_variable + slot], &value),
        LINAS_OK);
    return value;
}

static double macs(const linas_space *space, const int32_t *genome) {
    static const int outs[] = {24, 40, 80, 112, 160}, strides[] = {2, 2, 2, 1, 2};
    static const int squeeze[] = {0, 1, 0, 1, 1};
    int size = 112, in = 16;
    double total = (double)size * size * (3 * 16 * 9 + 16 * 9 + 16 * 16);
    for (size_t s = 0; s < 5; s++)
        for (size_t j = 0; j < (size_t)value_of(space, genome, 2, s); j++) {
            int stride = j == 0 ? strides[s] : 1;
            int middle = make_divisible((double)(in * value_of(space, genome, 1, 4 * s + j)));
            total += layer_macs(size, in, outs[s], stride, middle,
                                (int)value_of(space, genome, 0, 4 * s + j));
            if (squeeze[s])
                total += 2.0 * middle * make_divisible(middle / 4.0);
            size = (size - 1) / stride + 1;
            in = outs[s];
        }
    return total + 49.0 * 160 * 960 + 960.0 * 1280 + 1280.0 * 1000;
}

START_TEST(mobilenetv3_macs_of_the_test_vector) {
    static const char config[] =
        "{\"ks\":[7,3,3,7,5,3,3,3,7,3,7,7,7,3,7,5,3,3,3,3],"
        "\"e\":[3,6,6,3,6,3,6,6,6,6,4,3,4,6,4,3,3,6,4,4],\"d\":[3,2,2,3,2]}";
    linas_context *context = test_context();
    linas_space *space;
    int32_t genome[45], canonical[45];
    ck_assert_int_eq(linas_space_preset(context, "ofa-mobilenetv3", &space), LINAS_OK);
    ck_assert_int_eq(linas_space_config_from_json(space, config, strlen(config), genome), LINAS_OK);
    ck_assert_double_eq(macs(space, genome), 244945104.0);
    /* The canonical form is the same sub-network. */
    ck_assert_int_eq(linas_space_canonical(space, genome, canonical), LINAS_OK);
    ck_assert_int_ne(memcmp(genome, canonical, sizeof genome), 0);
    ck_assert_double_eq(macs(space, canonical), 244945104.0);
    linas_space_destroy(space);
    linas_context_destroy(context);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("presets");
    TCase *cases = tcase_create("presets");
    suite_add_tcase(suite, cases);
    tcase_add_loop_test(cases, sizes_are_as_published, 0, PUBLISHED);
    tcase_add_test(cases, effective_sizes_are_exact);
    tcase_add_test(cases, list_and_names_agree);
    tcase_add_test(cases, resnet_stem_values_are_one);
    tcase_add_test(cases, mobilenetv3_macs_of_the_test_vector);
    return test_run(suite);
}
