/* SPDX-License-Identifier: Apache-2.0 */
#include "problems.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OFA_LAYERS = 20, OFA_STAGES = 5, OFA_VARIABLES = 45, OFA_FEATURES = 135 };
enum { NB201_VARIABLES = 6, NB201_VALUES = 5, NB201_CELLS = 15625 };
enum { FASHION_STAGES = 3, FASHION_VARIABLES = 12, FASHION_CELLS = 512 * 27 };
enum { LINE = 8192 };

typedef enum family { FAMILY_OFA, FAMILY_NB201, FAMILY_INT45, FAMILY_FASHION } family;
typedef enum cost { COST_MACS, COST_MACS_COMPUTED, COST_I7 } cost;

typedef struct description {
    const char *name;
    family family;
    int cost;           /* cost of OFA, latency column of NAS-Bench-201 */
    const char *second; /* NULL: the first objective is the only one */
    const char *unit;
    double reference[2];
    double best;
    double noise[2]; /* absolute on the first objective, relative on the second */
    double memory;   /* OFA: millions of weights that the device holds, or 0: any number */
} description;

static const description descriptions[] = {
    {"ofa-macs", FAMILY_OFA, COST_MACS, "macs", "M", {70.0, 600.0}, 3182.715475, {0, 0}, 0},
    {"ofa-macs-computed",
     FAMILY_OFA,
     COST_MACS_COMPUTED,
     "macs",
     "M",
     {70.0, 600.0},
     3182.715475,
     {0, 0},
     0},
    {"ofa-i7", FAMILY_OFA, COST_I7, "latency", "ms", {71.0, 36.3}, 174.493698, {0, 0}, 0},
    {"ofa-i7-noisy",
     FAMILY_OFA,
     COST_I7,
     "latency",
     "ms",
     {71.0, 36.3},
     174.493698,
     {0.022, 0.02},
     0},
    {"ofa-i7-memory", FAMILY_OFA, COST_I7, "latency", "ms", {71.0, 36.3}, 164.742902, {0, 0}, 2.6},
    {"nb201-raspi4", FAMILY_NB201, 0, "latency", "ms", {85.0, 55.4}, 418.91794, {0, 0}, 0},
    {"nb201-gold6226", FAMILY_NB201, 1, "latency", "ms", {85.0, 14.4}, 81.589402, {0, 0}, 0},
    {"nb201-eyeriss", FAMILY_NB201, 2, "latency", "ms", {85.0, 8.07}, 51.986866, {0, 0}, 0},
    {"fashion", FAMILY_FASHION, 0, "latency", "us", {84.0, 160.0}, 920.520000, {0, 0}, 0},
    {"int45", FAMILY_INT45, 0, "f2", "", {1.1, 1.1}, 0.93389, {0, 0}, 0},
    {"nb201-top1", FAMILY_NB201, 0, NULL, NULL, {85.0, 0.0}, 9.3733, {0, 0}, 0},
    {"ofa-top1", FAMILY_OFA, COST_MACS, NULL, NULL, {70.0, 0.0}, 7.61073, {0, 0}, 0},
};
enum { PROBLEMS = sizeof descriptions / sizeof descriptions[0] };

typedef struct ofa_data {
    size_t rows;
    unsigned char (*features)[OFA_FEATURES];
    double *coefficients;
    double fixed_latency;
    double layer_latency[OFA_STAGES][2][7][8]; /* stage, rest, expansion, kernel */
} ofa_data;

struct problem {
    const description *facts;
    linas_space *space;
    ofa_data ofa;
    double (*cells)[4];   /* NAS-Bench-201: accuracy and three latencies */
    double (*fashion)[2]; /* the demo's super-network: accuracy and latency */
};

const char *problem_name(size_t index) {
    return index < PROBLEMS ? descriptions[index].name : NULL;
}

/* -- OFA MobileNetV3 ----------------------------------------------------------------------------
 */

static const int kernels[] = {3, 5, 7}, expansions[] = {3, 4, 6};
static const int ofa_outs[] = {24, 40, 80, 112, 160}, ofa_squeeze[] = {0, 1, 0, 1, 1};

static int depth(const int32_t *genome, int stage) {
    return genome[40 + stage] + 2;
}

static void ofa_features(const int32_t *genome, unsigned char *features) {
    memset(features, 0, OFA_FEATURES);
    for (int i = 0; i < OFA_LAYERS; i++)
        if (i % 4 < depth(genome, i / 4)) {
            features[3 * i + genome[i]] = 1;
            features[60 + 3 * i + genome[20 + i]] = 1;
        }
    for (int s = 0; s < OFA_STAGES; s++)
        features[120 + 3 * s + genome[40 + s]] = 1;
}

static double ofa_accuracy(const ofa_data *data, const int32_t *genome) {
    unsigned char features[OFA_FEATURES];
    ofa_features(genome, features);
    double accuracy = 76.42072697585061;
    for (size_t k = 0; k < data->rows; k++) {
        int differing = 0;
        for (int i = 0; i < OFA_FEATURES; i++)
            differing += features[i] != data->features[k][i];
        accuracy += data->coefficients[k] * exp(-0.016 * differing);
    }
    return accuracy;
}

/* The multiple of 8 nearest to v, at least 8, one step up if below 0.9 v. */
static int make_divisible(double v) {
    int rounded = (int)(v + 4.0) / 8 * 8;
    if (rounded < 8)
        rounded = 8;
    return rounded < 0.9 * v ? rounded + 8 : rounded;
}

static double ofa_layer_macs(int size, int in, int out, int stride, int middle, int kernel) {
    int after = (size - 1) / stride + 1;
    return (double)size * size * in * middle + (double)after * after * middle * kernel * kernel +
           (double)after * after * middle * out;
}

static double ofa_macs(const int32_t *genome) {
    static const int strides[] = {2, 2, 2, 1, 2};
    int size = 112, in = 16;
    double total = (double)size * size * (3 * 16 * 9 + 16 * 9 + 16 * 16);
    for (int s = 0; s < OFA_STAGES; s++)
        for (int j = 0; j < depth(genome, s); j++) {
            int layer = 4 * s + j, stride = j == 0 ? strides[s] : 1;
            int middle = make_divisible(in * expansions[genome[20 + layer]]);
            total += ofa_layer_macs(size, in, ofa_outs[s], stride, middle, kernels[genome[layer]]);
            if (ofa_squeeze[s])
                total += 2.0 * middle * make_divisible(middle / 4.0);
            size = (size - 1) / stride + 1;
            in = ofa_outs[s];
        }
    return total + 49.0 * 160 * 960 + 960.0 * 1280 + 1280.0 * 1000;
}

/* Weights of what a sub-network chooses. */
static double ofa_weights(const int32_t *genome) {
    int in = 16;
    double total = 0.0;
    for (int s = 0; s < OFA_STAGES; s++)
        for (int j = 0; j < depth(genome, s); j++, in = ofa_outs[s]) {
            int layer = 4 * s + j, kernel = kernels[genome[layer]];
            int middle = make_divisible(in * expansions[genome[20 + layer]]);
            total += (double)middle * (in + kernel * kernel + ofa_outs[s]);
            if (ofa_squeeze[s])
                total += 2.0 * middle * make_divisible(middle / 4.0);
        }
    return total;
}

static double ofa_latency(const ofa_data *data, const int32_t *genome) {
    double total = data->fixed_latency;
    for (int i = 0; i < OFA_LAYERS; i++)
        if (i % 4 < depth(genome, i / 4))
            total += data->layer_latency[i / 4][i % 4 > 0][expansions[genome[20 + i]]]
                                        [kernels[genome[i]]];
    return total;
}

static FILE *open_data(const char *folder, const char *file) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return fopen(path, "r");
}

static int value_index(int column, long value) {
    if (column < 20)
        return (int)(value - 3) / 2;
    if (column < 40)
        return value == 3 ? 0 : value == 4 ? 1 : 2;
    return (int)value - 2;
}

static int load_oracle(ofa_data *data, const char *folder) {
    FILE *file = open_data(folder, "ofa_mbv3_accuracy_oracle.csv");
    char line[LINE];
    if (!file || !fgets(line, LINE, file))
        return 0;
    enum { MOST = 4096 };
    data->features = malloc(MOST * sizeof *data->features);
    data->coefficients = malloc(MOST * sizeof *data->coefficients);
    while (data->features && data->coefficients && data->rows < MOST && fgets(line, LINE, file)) {
        int32_t genome[OFA_VARIABLES];
        char *next = line;
        for (int i = 0; i < OFA_VARIABLES; i++, next++)
            genome[i] = value_index(i, strtol(next, &next, 10));
        ofa_features(genome, data->features[data->rows]);
        data->coefficients[data->rows++] = strtod(next, NULL);
    }
    fclose(file);
    return data->rows > 0;
}

static int load_latencies(ofa_data *data, const char *folder) {
    FILE *file = open_data(folder, "ofa_mbv3_i7_latency_lut.csv");
    char line[LINE], part[64], position[64];
    if (!file || !fgets(line, LINE, file))
        return 0;
    while (fgets(line, LINE, file)) {
        int stage, expand, kernel;
        double latency;
        if (sscanf(line, "%63[^,],%d,%63[^,],%d,%d,%lf", part, &stage, position, &expand, &kernel,
                   &latency) != 6)
            continue;
        if (stage < 0)
            data->fixed_latency += latency;
        else
            data->layer_latency[stage][strcmp(position, "first") != 0][expand][kernel] = latency;
    }
    fclose(file);
    return 1;
}

/* -- NAS-Bench-201 --------------------------------------------------------------------------------
 */

static size_t cell_index(const int32_t *genome) {
    size_t index = 0;
    for (int i = 0; i < NB201_VARIABLES; i++)
        index = index * NB201_VALUES + (size_t)genome[i];
    return index;
}

static int load_cells(problem *p, const char *folder) {
    FILE *file = open_data(folder, "nb201_cifar10.csv");
    char line[LINE];
    if (!file || !fgets(line, LINE, file))
        return 0;
    p->cells = calloc(NB201_CELLS, sizeof *p->cells);
    while (p->cells && fgets(line, LINE, file)) {
        int32_t genome[NB201_VARIABLES];
        char *next = line;
        for (int i = 0; i < NB201_VARIABLES; i++, next++)
            genome[i] = (int32_t)strtol(next, &next, 10);
        double *cell = p->cells[cell_index(genome)];
        for (int i = 0; i < 4; i++, next++)
            cell[i] = strtod(next, &next);
    }
    fclose(file);
    return p->cells != NULL;
}

/* -- a part of the demo's super-network, measured (data/README.md)
 * ----------------------------------
 */

static const char fashion_space[] = "{\"ks\":{\"count\":3,\"vars\":[3,5],\"ordered\":true},"
                                    "\"e\":{\"count\":6,\"vars\":[1,6],\"ordered\":true,"
                                    "\"active_if\":{\"variable\":\"d\",\"stages\":[2,2,2]}},"
                                    "\"d\":{\"count\":3,\"vars\":[1,2,3],\"ordered\":true}}";

static size_t fashion_index(const int32_t *genome) {
    const int32_t *kernels_of = genome, *expansions_of = genome + 3, *depths_of = genome + 9;
    size_t index = 0;
    for (int s = 0; s < FASHION_STAGES; s++) {
        int rest = depths_of[s] > 0 ? expansions_of[2 * s + 1] : 0; /* inactive at depth 1 */
        index = 2 * index + (size_t)kernels_of[s];
        index = 2 * index + (size_t)expansions_of[2 * s];
        index = 2 * index + (size_t)rest;
        index = 3 * index + (size_t)depths_of[s];
    }
    return index;
}

static int load_fashion(problem *p) {
    FILE *file = open_data(BENCH_DATA, "fashion.csv");
    char line[LINE];
    if (!file || !fgets(line, LINE, file))
        return 0;
    p->fashion = calloc(FASHION_CELLS, sizeof *p->fashion);
    while (p->fashion && fgets(line, LINE, file)) {
        int32_t genome[FASHION_VARIABLES];
        char *next = line;
        for (int i = 0; i < FASHION_VARIABLES; i++, next++) {
            long value = strtol(next, &next, 10);
            genome[i] = i < 3 ? value == 5 : i < 9 ? value == 6 : (int32_t)value - 1;
        }
        double *cell = p->fashion[fashion_index(genome)];
        cell[0] = strtod(next, &next);
        cell[1] = strtod(next + 1, NULL);
    }
    fclose(file);
    return p->fashion != NULL;
}

/* -- the integer problem of 45 variables
 * ------------------------------------------------------------ */

static void int45(const int32_t *genome, double *values) {
    double f1 = 0.0, f2 = 0.0, most1 = 0.0, most2 = 0.0;
    for (int i = 0; i < OFA_VARIABLES; i++) {
        int a = 1 + 7 * i % 10, b = 1 + (3 * i + 5) % 10, rest = 2 - genome[i];
        f1 += a * genome[i];
        f2 += b * rest * rest;
        most1 += 2 * a;
        most2 += 4 * b;
    }
    values[0] = f1 / most1;
    values[1] = f2 / most2;
}

/* -- the common face
 * ---------------------------------------------------------------------------------- */

static linas_status make_space(problem *p, linas_context *context) {
    static const int64_t three[] = {0, 1, 2}, five[] = {0, 1, 2, 3, 4};
    if (p->facts->family == FAMILY_OFA)
        return linas_space_preset(context, "ofa-mobilenetv3", &p->space);
    if (p->facts->family == FAMILY_FASHION)
        return linas_space_from_json(context, fashion_space, strlen(fashion_space), &p->space);
    linas_status status = linas_space_create(context, &p->space);
    if (status == LINAS_OK && p->facts->family == FAMILY_INT45)
        status = linas_space_add_int(p->space, "x", OFA_VARIABLES, three, 3, LINAS_ORDINAL);
    else if (status == LINAS_OK)
        status = linas_space_add_int(p->space, "op", NB201_VARIABLES, five, NB201_VALUES,
                                     LINAS_CATEGORICAL);
    return status;
}

static int load(problem *p, const char *folder) {
    switch (p->facts->family) {
    case FAMILY_OFA:
        return load_oracle(&p->ofa, folder) && load_latencies(&p->ofa, folder);
    case FAMILY_NB201:
        return load_cells(p, folder);
    case FAMILY_INT45:
        return 1;
    case FAMILY_FASHION:
        return load_fashion(p);
    }
    return 0;
}

problem *problem_open(linas_context *context, const char *name, const char *folder,
                      const char **why) {
    problem *p = calloc(1, sizeof *p);
    *why = "no such problem";
    for (size_t i = 0; p && i < PROBLEMS; i++)
        if (strcmp(name, descriptions[i].name) == 0)
            p->facts = &descriptions[i];
    if (!p || !p->facts || make_space(p, context) != LINAS_OK) {
        problem_close(p);
        return NULL;
    }
    *why = "its data is not at hand";
    if (load(p, folder))
        return p;
    problem_close(p);
    return NULL;
}

void problem_close(problem *p) {
    if (!p)
        return;
    linas_space_destroy(p->space);
    free(p->ofa.features);
    free(p->ofa.coefficients);
    free(p->cells);
    free(p->fashion);
    free(p);
}

const linas_space *problem_space(const problem *p) {
    return p->space;
}

static int32_t compute_macs(void *user_data, const int32_t *genomes, size_t rows, double *values) {
    (void)user_data;
    for (size_t row = 0; row < rows; row++)
        values[row] = ofa_macs(genomes + row * OFA_VARIABLES) / 1e6;
    return 0;
}

size_t problem_objectives(const problem *p, linas_objective *objectives) {
    bool maximize = p->facts->family != FAMILY_INT45;
    linas_objective_init(&objectives[0],
                         maximize ? LINAS_DIRECTION_MAXIMIZE : LINAS_DIRECTION_MINIMIZE,
                         maximize ? "top1" : "f1", maximize ? "%" : "");
    if (!p->facts->second)
        return 1;
    linas_objective_init(&objectives[1], LINAS_DIRECTION_MINIMIZE, p->facts->second,
                         p->facts->unit);
    if (p->facts->family == FAMILY_OFA && p->facts->cost == COST_MACS_COMPUTED)
        objectives[1].compute = compute_macs;
    return 2;
}

const double *problem_reference(const problem *p) {
    return p->facts->reference;
}

double problem_best(const problem *p) {
    return p->facts->best;
}

void problem_truth(const problem *p, const int32_t *genome, double *values) {
    switch (p->facts->family) {
    case FAMILY_OFA:
        values[0] = ofa_accuracy(&p->ofa, genome);
        values[1] =
            p->facts->cost == COST_I7 ? ofa_latency(&p->ofa, genome) : ofa_macs(genome) / 1e6;
        break;
    case FAMILY_NB201:
        values[0] = p->cells[cell_index(genome)][0];
        values[1] = p->cells[cell_index(genome)][1 + p->facts->cost];
        break;
    case FAMILY_INT45:
        int45(genome, values);
        break;
    case FAMILY_FASHION:
        memcpy(values, p->fashion[fashion_index(genome)], 2 * sizeof *values);
        break;
    }
}

bool problem_fits(const problem *p, const int32_t *genome) {
    return p->facts->memory == 0.0 || ofa_weights(genome) <= 1e6 * p->facts->memory;
}

static uint64_t scramble(uint64_t x) {
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* Standard normal by Box and Muller (1958), a pure function of its key. */
static double normal(uint64_t key) {
    double u = ((double)(scramble(key) >> 11) + 0.5) * 0x1p-53;
    double v = (double)(scramble(key + 1) >> 11) * 0x1p-53;
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void problem_measure(const problem *p, const int32_t *genome, uint64_t seed, double *values) {
    problem_truth(p, genome, values);
    if (p->facts->noise[0] == 0.0 && p->facts->noise[1] == 0.0)
        return;
    uint64_t key = seed;
    linas_space_hash(p->space, genome, &key);
    key = scramble(key ^ scramble(seed));
    values[0] += p->facts->noise[0] * normal(key);
    values[1] *= 1.0 + p->facts->noise[1] * normal(key + 2);
}
