/* SPDX-License-Identifier: Apache-2.0 */
/* What is fuzzed through the public functions. Compiled with FUZZ_TARGET as a libFuzzer program,
 * and as a whole into replay.c, which feeds the corpora. A target aborts when something is wrong.
 */
#include "targets.h"

#include <linas/linas.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { GENES = 4, MOST = 1 << 16, ASKED = 8 };

static linas_context *plain_context(void) {
    linas_context *context = NULL;
    EXPECT(linas_context_create(&context, NULL) == LINAS_OK);
    return context;
}

/* Parsers are fed millions of inputs: what they need beside the input is made once. */
static linas_context *kept_context(void) {
    static linas_context *context;
    if (!context)
        context = plain_context();
    return context;
}

static linas_space *small_space(linas_context *context) {
    static const int64_t depths[] = {1, 2}, widths[] = {3, 5, 7};
    linas_space *space = NULL;
    if (linas_space_create(context, &space) ||
        linas_space_add_int(space, "d", 1, depths, 2, LINAS_ORDINAL) ||
        linas_space_add_int(space, "k", 3, widths, 3, LINAS_CATEGORICAL) ||
        linas_space_active_if_above(space, "k", 2, "d", 0, 1.0)) {
        linas_space_destroy(space);
        return NULL;
    }
    return space;
}

static linas_space *kept_space(void) {
    static linas_space *space;
    if (!space)
        space = small_space(kept_context());
    EXPECT(space);
    return space;
}

static linas_space *kept_preset(void) {
    static linas_space *space;
    if (!space)
        EXPECT(linas_space_preset(kept_context(), "ofa-mobilenetv3", &space) == LINAS_OK);
    return space;
}

/* -- space JSON: what is read can be written, and read again as the same ------------------------
 */

static void use_space(linas_context *context, linas_space *space) {
    static char text[MOST], again[MOST];
    uint64_t one = 1, two = 2;
    size_t needed = 0, length = 0;
    linas_space *copy = NULL;
    if (linas_space_to_json(space, text, sizeof text, &needed) != LINAS_OK)
        return;
    linas_status status = linas_space_from_json(context, text, needed - 1, &copy);
    if (status == LINAS_ERROR_NO_MEMORY)
        return;
    EXPECT(status == LINAS_OK);
    EXPECT(linas_space_fingerprint(space, &one) == LINAS_OK);
    EXPECT(linas_space_fingerprint(copy, &two) == LINAS_OK && one == two);
    status = linas_space_to_json(copy, again, sizeof again, &length);
    EXPECT(status == LINAS_ERROR_NO_MEMORY ||
           (status == LINAS_OK && length == needed && memcmp(text, again, needed) == 0));
    size_t variables = linas_space_variables(space);
    if (variables > 0 && variables < 64) {
        int32_t genomes[4 * 64], back[64];
        size_t found = 0;
        if (linas_space_sample(space, 0, 1, NULL, 0, 4, genomes, &found) != LINAS_OK)
            found = 0;
        for (size_t i = 0; i < found; i++) {
            const int32_t *genome = genomes + i * variables;
            if (linas_space_config_to_json(space, genome, text, sizeof text, &needed) != LINAS_OK)
                continue;
            status = linas_space_config_from_json(space, text, needed - 1, back);
            EXPECT(status == LINAS_ERROR_NO_MEMORY ||
                   (status == LINAS_OK && memcmp(back, genome, variables * sizeof *back) == 0));
        }
    }
    linas_space_destroy(copy);
}

void fuzz_space(const uint8_t *data, size_t size) {
    linas_context *context = kept_context();
    linas_space *space = NULL;
    const char *text = (const char *)(const void *)data;
    linas_status status = linas_space_from_json(context, text, size, &space);
    EXPECT((status == LINAS_OK) == (space != NULL));
    EXPECT((status == LINAS_OK) == (linas_context_message(context)[0] == '\0'));
    if (space)
        use_space(context, space);
    linas_space_destroy(space);
    int32_t genome[64];
    linas_space_config_from_json(kept_preset(), text, size, genome);
}

/* -- journal: any bytes, and any lines with good checksums ---------------------------------------
 */

typedef struct disk_bytes {
    char data[1 << 17];
    size_t length;
} disk_bytes;

static int32_t add_bytes(void *user_data, const void *added, size_t length) {
    disk_bytes *b = user_data;
    if (length > sizeof b->data - b->length)
        return 9;
    memcpy(b->data + b->length, added, length);
    b->length += length;
    return 0;
}

static int32_t hand_over(void *user_data, linas_take_fn take, void *take_data) {
    disk_bytes *b = user_data;
    return b->length > 0 ? take(take_data, b->data, b->length) : 0;
}

static linas_search_options journal_options(const linas_storage *storage) {
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = LINAS_TACTIC_RANDOM;
    options.evaluations = 12;
    options.batch = 3;
    options.attempts = 2;
    options.storage = storage;
    return options;
}

/* Goes on from what was accepted, to the end. */
static void go_on(linas_context *context, linas_space *space, const linas_storage *storage) {
    linas_objective goals[] = {LINAS_MAXIMIZE("a", "%"), LINAS_MINIMIZE("b", "")};
    linas_search_options options = journal_options(storage);
    linas_search *search = NULL, *reader = NULL;
    options.resume = 1;
    if (linas_search_create(context, space, goals, 2, &options, &search) == LINAS_OK) {
        uint64_t ids[4];
        int32_t genomes[4 * GENES];
        size_t count = 0;
        while (linas_search_ask(search, 4, ids, genomes, &count) == LINAS_OK && count > 0)
            for (size_t i = 0; i < count; i++) {
                double values[] = {genomes[i * GENES], genomes[i * GENES + 1]};
                if (linas_search_tell(search, ids[i], values, 2) != LINAS_OK)
                    break;
            }
        uint64_t answered = linas_search_evaluations(search);
        linas_search_destroy(search);
        if (linas_search_open_storage(context, storage, &reader) == LINAS_OK)
            EXPECT(linas_search_evaluations(reader) == answered);
        linas_search_destroy(reader);
    }
}

void fuzz_journal(const uint8_t *data, size_t size) {
    static disk_bytes disk;
    linas_context *context = kept_context();
    linas_search *search = NULL;
    linas_front *front = NULL;
    linas_evaluation e = LINAS_EVALUATION_INIT;
    linas_storage storage = {sizeof storage, 0, add_bytes, NULL, hand_over, &disk};
    disk.length = 0;
    /* The first byte says whether lines get the checksum that they need. */
    bool repaired = size > 0 && data[0] != 'r';
    for (size_t at = size > 0 ? 1 : 0; at < size && disk.length < sizeof disk.data / 2;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        if (repaired && end && length > 1)
            disk.length += fuzz_checked_line(data + at, length, disk.data + disk.length);
        else
            add_bytes(&disk, data + at, length + (end ? 1 : 0));
        at += length + (end ? 1 : 0);
    }
    linas_status status = linas_search_open_storage(context, &storage, &search);
    if (status == LINAS_OK) {
        for (uint64_t i = 0; linas_search_evaluation(search, i, &e) == LINAS_OK; i++)
            EXPECT(e.outcome >= 0 && e.outcome <= LINAS_EVALUATION_CANCELLED);
        EXPECT(linas_search_front(search, &front) == LINAS_OK);
        linas_front_destroy(front);
    }
    linas_search_destroy(search);
    /* What cannot be read cannot be continued either: tried with a part of the inputs. */
    if (status == LINAS_OK || size % 4 == 0)
        go_on(context, kept_space(), &storage);
}

/* -- predictor file ------------------------------------------------------------------------------
 */

void fuzz_predictor(const uint8_t *data, size_t size) {
    static char text[MOST], again[MOST];
    linas_space *space = kept_space();
    linas_predictor *predictor = NULL, *copy = NULL;
    linas_status status =
        linas_predictor_load(space, (const char *)(const void *)data, size, &predictor);
    EXPECT((status == LINAS_OK) == (predictor != NULL));
    if (predictor) {
        int32_t genomes[2 * GENES] = {0, 1, 2, 0, 1, 2, 0, 1};
        double means[2], sds[2];
        size_t needed = 0, length = 0;
        linas_predictor_predict(predictor, genomes, 2, means, sds);
        if (linas_predictor_save(predictor, text, sizeof text, &needed) == LINAS_OK) {
            EXPECT(linas_predictor_load(space, text, needed - 1, &copy) == LINAS_OK);
            EXPECT(linas_predictor_save(copy, again, sizeof again, &length) == LINAS_OK);
            EXPECT(needed == length && memcmp(text, again, needed) == 0);
        }
    }
    linas_predictor_destroy(copy);
    linas_predictor_destroy(predictor);
}

/* -- structs filled with anything ----------------------------------------------------------------
 */

static void take(const uint8_t **data, size_t *size, void *out, size_t bytes) {
    size_t taken = *size < bytes ? *size : bytes;
    memset(out, 0, bytes);
    memcpy(out, *data, taken);
    *data += taken;
    *size -= taken;
}

/* The size is that of the struct or less: what lies beyond a struct is the caller's. */
static uint32_t size_within(uint32_t given, size_t whole) {
    return given % ((uint32_t)whole + 1);
}

void fuzz_options(const uint8_t *data, size_t size) {
    linas_context *context = kept_context(), *other = NULL;
    linas_space *space = kept_space();
    linas_search_options search;
    linas_nsga2_options engine;
    linas_predictor_options model;
    linas_objective goals[2];
    linas_search *made = NULL;
    linas_nsga2 *nsga2 = NULL;
    linas_predictor *predictor = NULL;
    linas_context_options wide = LINAS_CONTEXT_OPTIONS_INIT;
    take(&data, &size, &wide.threads, sizeof wide.threads);
    linas_context_create(&other, &wide);
    take(&data, &size, &engine, sizeof engine);
    engine.size = size_within(engine.size, sizeof engine);
    engine.population %= 200;
    engine.objectives %= 20;
    engine.constraints %= 20;
    if (linas_nsga2_create(space, &engine, &nsga2) == LINAS_OK &&
        linas_nsga2_population(nsga2) <= ASKED) {
        int32_t genomes[ASKED * GENES];
        size_t count = 0;
        linas_nsga2_ask(nsga2, genomes, &count);
        EXPECT(count <= ASKED);
        double told[ASKED * 40];
        take(&data, &size, told, sizeof told);
        linas_nsga2_tell(nsga2, told, told + count * 20, count);
    }
    take(&data, &size, &model, sizeof model);
    model.size = size_within(model.size, sizeof model);
    linas_predictor_create(space, &model, &predictor);
    take(&data, &size, &search, sizeof search);
    search.size = size_within(search.size, sizeof search);
    search.journal = NULL;
    search.progress = NULL;
    search.predictors = NULL;
    search.storage = NULL;
    take(&data, &size, goals, sizeof goals);
    for (int i = 0; i < 2; i++) {
        goals[i].size = (uint32_t)sizeof *goals;
        goals[i].name = i ? "b" : "a";
        goals[i].unit = NULL;
        goals[i].compute = NULL;
    }
    if (linas_search_create(context, space, goals, 2, &search, &made) == LINAS_OK) {
        uint64_t id;
        int32_t genome[GENES];
        size_t count = 0;
        double values[] = {1.0, 2.0};
        if (linas_search_ask(made, 1, &id, genome, &count) == LINAS_OK && count == 1)
            EXPECT(linas_search_tell(made, id, values, 2) == LINAS_OK);
    }
    linas_search_destroy(made);
    linas_predictor_destroy(predictor);
    linas_nsga2_destroy(nsga2);
    linas_context_destroy(other);
}

/* -- sorting and hypervolume against the definitions ---------------------------------------------
 */

static void expect_ranks(const double *points, size_t n, size_t m, const uint32_t *ranks) {
    for (size_t i = 0; i < n; i++) {
        uint32_t deepest = 0;
        for (size_t j = 0; j < n; j++)
            if (linas_pareto_compare(points + j * m, points + i * m, m) < 0 &&
                ranks[j] + 1 > deepest)
                deepest = ranks[j] + 1;
        EXPECT(ranks[i] == deepest);
    }
}

/* Coordinates are 0 to 3 and the reference is 4: every cell of the grid counts 1. */
static double cells(const double *points, size_t n, size_t m) {
    double sum = 0.0;
    for (size_t cell = 0; cell < (size_t)1 << (2 * m); cell++) {
        int covered = 0;
        for (size_t i = 0; i < n && !covered; i++) {
            covered = 1;
            for (size_t j = 0; j < m; j++)
                covered = covered && points[i * m + j] <= (double)(cell >> (2 * j) & 3);
        }
        sum += covered;
    }
    return sum;
}

void fuzz_pareto(const uint8_t *data, size_t size) {
    double points[40 * 5], distances[40], volume = -1.0;
    static const double reference[] = {4, 4, 4, 4, 4};
    uint32_t ranks[40];
    size_t m = size > 0 ? 1 + data[0] % 5 : 1, n = size > 1 ? (size - 1) / m : 0, fronts = 0;
    n = n > 40 ? 40 : n;
    for (size_t i = 0; i < n * m; i++)
        points[i] = data[1 + i] & 3;
    linas_context *context = kept_context();
    EXPECT(linas_pareto_rank(context, points, n, m, ranks, &fronts) == LINAS_OK);
    expect_ranks(points, n, m, ranks);
    EXPECT(linas_pareto_crowding(context, points, n, m, distances) == LINAS_OK);
    EXPECT(linas_hypervolume(context, points, n, m, reference, &volume) == LINAS_OK);
    EXPECT(fabs(volume - cells(points, n, m)) < 1e-9);
    linas_archive *archive = NULL;
    EXPECT(linas_archive_create(context, m, &archive) == LINAS_OK);
    for (size_t i = 0; i < n; i++)
        EXPECT(linas_archive_add(archive, points + i * m, i, NULL) == LINAS_OK);
    for (size_t i = 0; i < linas_archive_size(archive); i++) {
        uint64_t tag = 0;
        EXPECT(linas_archive_get(archive, i, NULL, &tag) == LINAS_OK && ranks[tag] == 0);
    }
    linas_archive_destroy(archive);
    /* Any bits as numbers: refused or counted, never anything else. */
    n = size / sizeof(double);
    n = n > 40 ? 40 : n;
    memcpy(points, data, n * sizeof(double));
    linas_pareto_rank(context, points, n / 2, 2, ranks, NULL);
    linas_hypervolume(context, points, n / 2, 2, reference, &volume);
    linas_metric_kendall_tau(context, points, points + n / 2, n / 2, &volume);
    linas_metric_spearman(context, points, points + n / 2, n / 2, &volume);
}

/* -- a program of public calls, memory failing now and then ---------------------------------------
 */

typedef struct machine {
    const uint8_t *data;
    size_t size;
    uint64_t noise;
    unsigned scarce; /* one allocation in so many fails; 0: none */
    long live;
    linas_context *context;
    linas_space *space;
    linas_nsga2 *engine;
    linas_predictor *predictor;
    linas_search *search;
    linas_archive *archive;
    uint64_t ids[8];
    size_t waiting;
} machine;

static uint8_t next(machine *m) {
    if (m->size == 0)
        return 0;
    m->size--;
    return *m->data++;
}

static int refuses(machine *m) {
    m->noise = m->noise * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return m->scarce > 0 && (m->noise >> 40) % m->scarce == 0;
}

static void *allocate(void *user_data, size_t length) {
    machine *m = user_data;
    void *memory = refuses(m) ? NULL : malloc(length);
    m->live += memory != NULL;
    return memory;
}

static void *reallocate(void *user_data, void *memory, size_t length) {
    machine *m = user_data;
    void *moved = refuses(m) ? NULL : realloc(memory, length);
    m->live += !memory && moved;
    return moved;
}

static void release(void *user_data, void *memory) {
    machine *m = user_data;
    m->live -= memory != NULL;
    free(memory);
}

static int32_t answer(void *user_data, linas_candidate *candidate) {
    machine *m = user_data;
    uint8_t what = next(m);
    int64_t integer;
    double real;
    const char *text;
    EXPECT(linas_candidate_space(candidate) && linas_candidate_id(candidate) < 11);
    linas_candidate_known(candidate, what & 2 ? "a" : "c", &real);
    linas_candidate_int(candidate, "d", what & 1, &integer);
    linas_candidate_real(candidate, "k", what & 7, &real);
    linas_candidate_string(candidate, "s", 0, &text);
    linas_candidate_set(candidate, "a", what);
    linas_candidate_set(candidate, what % 7 ? "b" : "c",
                        (double)linas_candidate_genome(candidate)[0]);
    if (what % 11 == 3)
        linas_candidate_fail(candidate, "no");
    if (what % 11 == 4)
        linas_candidate_infeasible(candidate, NULL);
    if (what % 11 == 5)
        linas_candidate_time_out(candidate, "slow");
    if (what % 11 == 6)
        linas_candidate_cancel(candidate, "later");
    EXPECT(linas_search_run(m->search, NULL) == LINAS_ERROR_REENTRANT);
    return what % 29 == 1 ? 77 : 0;
}

static void change_space(machine *m, uint8_t a) {
    static const int64_t ints[] = {1, 2, 3, 3};
    static const double reals[] = {0.5, 1.5, (double)NAN};
    static const char *const names[] = {"x", "y", "d", "", "k"};
    static const char *const words[] = {"p", "q", "p"};
    static const int32_t indices[] = {0, 1, 9};
    const char *name = names[a % 5];
    switch (a >> 3 & 7) {
    case 0:
        linas_space_add_int(m->space, name, a & 3, ints, (size_t)(a >> 6) + 1, a & 1);
        break;
    case 1:
        linas_space_add_real(m->space, name, 1, reals, (size_t)(a >> 6), a & 1);
        break;
    case 2:
        linas_space_add_string(m->space, name, 2, words, (size_t)(a >> 6), 0);
        break;
    case 3:
        linas_space_active_if_above(m->space, "k", a & 3, names[a % 5], 0, 1.0);
        break;
    case 4:
        linas_space_active_if_in(m->space, names[a % 5], 0, "k", 1, indices, (size_t)(a >> 6));
        break;
    case 5:
        linas_space_same_value(m->space, "k", a & 3, 0, (int32_t)(a >> 6));
        break;
    default:
        use_space(m->context, m->space);
        break;
    }
}

static void make_search(machine *m, uint8_t a) {
    linas_objective goals[] = {LINAS_MAXIMIZE("a", "%"), LINAS_MINIMIZE("b", "")};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = a % 3;
    options.evaluations = 8;
    options.initial = 4;
    options.batch = 2;
    options.population = 4;
    options.generations = 2;
    options.attempts = a >> 6;
    options.remeasure = a >> 4 & 3;
    options.max_failures = a >> 5;
    options.predictor = LINAS_PREDICTOR_RIDGE;
    goals[1].upper_limit = a & 8 ? 1.0 : (double)INFINITY;
    linas_search_destroy(m->search);
    m->search = NULL;
    m->waiting = 0;
    linas_search_create(m->context, m->space, goals, 2, &options, &m->search);
}

static void import_rows(machine *m, uint8_t a) {
    static const char *const names[] = {"a", "b", "c", NULL};
    int32_t genomes[3 * 64];
    double values[6];
    linas_measurements known;
    linas_measurements_init(&known);
    if (linas_space_variables(m->space) > 64)
        return;
    for (size_t i = 0; i < sizeof genomes / sizeof *genomes; i++)
        genomes[i] = (int32_t)((a >> i % 5) & 1);
    for (size_t i = 0; i < 6; i++)
        values[i] = a >> i & 1 ? (double)NAN : (double)a - (double)i;
    known.objectives = a & 3;
    known.rows = a >> 2 & 3;
    known.names = names + (a >> 4 & 1);
    known.genomes = genomes;
    known.values = values;
    linas_search_import(m->search, &known);
    linas_search_known(m->search, linas_search_imported(m->search), values);
}

static void ask_or_tell(machine *m, uint8_t a) {
    int32_t genomes[8 * 64];
    double values[] = {a, a % 5 == 4 ? (double)NAN : a % 5};
    size_t count = 0;
    if (linas_space_variables(m->space) > 64)
        return;
    if (a & 1) {
        linas_search_ask(m->search, 8, m->ids, genomes, &count);
        m->waiting = count;
    } else if (m->waiting > 0 && a & 2) {
        linas_search_tell(m->search, m->ids[a % m->waiting], values, 2);
    } else if (m->waiting > 0 && a & 8) {
        linas_search_give_back(m->search, m->ids[a % m->waiting]);
    } else if (m->waiting > 0) {
        linas_search_tell_failed(m->search, m->ids[a % m->waiting], a >> 4, a & 4 ? "why" : NULL);
    } else {
        linas_search_tell(m->search, a, values, a % 4);
    }
    linas_search_sync(m->search);
}

static void run_search(machine *m) {
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    linas_evaluation e = LINAS_EVALUATION_INIT;
    linas_drift drift = LINAS_DRIFT_INIT;
    linas_front *front = NULL;
    double numbers[2] = {0.0, 0.0};
    evaluator.evaluate = answer;
    evaluator.evaluate_data = m;
    linas_search_run(m->search, &evaluator);
    linas_search_front(m->search, &front);
    linas_front_get(front, 0, &e);
    linas_front_destroy(front);
    linas_search_least_infeasible(m->search, &e);
    linas_search_drift(m->search, 1, &drift);
    linas_search_reference(m->search, numbers);
    linas_search_hypervolume(m->search, numbers);
    linas_search_set_reference(m->search, numbers);
}

static void use_engine(machine *m, uint8_t a) {
    static char state[MOST];
    int32_t genomes[6 * 64];
    double objectives[12];
    size_t count = 0, needed = 0;
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    options.population = 6;
    options.crossover = a & 3;
    options.mutation = a >> 2 & 3;
    if (linas_space_variables(m->space) > 64)
        return;
    if (!m->engine || a & 16) {
        linas_nsga2_destroy(m->engine);
        m->engine = NULL;
        linas_nsga2_create(m->space, &options, &m->engine);
    }
    if (linas_nsga2_ask(m->engine, genomes, &count) != LINAS_OK)
        return;
    for (size_t i = 0; i < 12; i++)
        objectives[i] = next(m);
    linas_nsga2_tell(m->engine, objectives, NULL, count);
    if (linas_nsga2_save(m->engine, state, sizeof state, &needed) != LINAS_OK)
        return;
    if (a & 32)
        state[a % needed] = (char)next(m);
    linas_nsga2_load(m->engine, state, needed);
}

static void use_predictor(machine *m, uint8_t a) {
    static const int32_t models[] = {LINAS_PREDICTOR_RIDGE, LINAS_PREDICTOR_GP};
    int32_t genomes[8 * 64];
    double targets[8], means[8];
    size_t found = 0;
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    options.model = models[a & 1];
    options.target = a >> 1 & 3;
    options.folds = 2;
    if (linas_space_variables(m->space) > 64)
        return;
    if (!m->predictor || a & 16) {
        linas_predictor_destroy(m->predictor);
        m->predictor = NULL;
        linas_predictor_create(m->space, &options, &m->predictor);
    }
    if (linas_space_sample(m->space, a & 1, a, NULL, 0, 8, genomes, &found) != LINAS_OK)
        return;
    for (size_t i = 0; i < 8; i++)
        targets[i] = next(m);
    linas_predictor_fit(m->predictor, genomes, targets, found);
    linas_predictor_predict(m->predictor, genomes, found, means, NULL);
}

static int32_t likes(void *user_data, const int32_t *genome, size_t variables) {
    (void)user_data;
    return variables == 0 || genome[0] != 1;
}

/* Facts of the space, and functions that need nothing but numbers. */
static void look_at_space(machine *m, uint8_t a) {
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    int32_t genome[64] = {a & 1, a >> 1 & 3, a >> 3 & 3, a >> 5};
    uint8_t active[64];
    uint64_t hash;
    int64_t integer;
    double real;
    const char *text = NULL;
    size_t group = 0;
    int32_t flag;
    if (linas_space_variables(m->space) > 64)
        return;
    if (linas_space_check(m->space, genome) == LINAS_OK) {
        linas_space_active(m->space, genome, active);
        linas_space_hash(m->space, genome, &hash);
        linas_space_is_feasible(m->space, genome, &flag);
        linas_space_canonical(m->space, genome, genome);
    }
    linas_space_group(m->space, a & 3, &info);
    linas_space_find_group(m->space, a & 4 ? "k" : "z", &group);
    for (size_t i = 0; i <= linas_space_groups(m->space); i++) {
        linas_space_value_int(m->space, i, a & 3, &integer);
        linas_space_value_real(m->space, i, a & 3, &real);
        linas_space_value_string(m->space, i, a & 3, &text);
    }
    linas_space_value_count(m->space, a);
    linas_space_raw_cardinality(m->space);
    linas_space_effective_cardinality(m->space, &real);
    if (a & 64)
        linas_space_set_feasible(m->space, likes, NULL);
    EXPECT(linas_space_preset_name(a & 15) || linas_space_preset_count() <= (size_t)(a & 15));
    linas_space_preset_text(a & 15);
    EXPECT(linas_status_name(-(int32_t)a * 3) && linas_status_text(-(int32_t)a * 3));
    EXPECT(linas_stop_text(a) && linas_version() && linas_build_info());
}

static int32_t learn(void *user_data, const int32_t *genomes, const double *targets, size_t rows) {
    (void)genomes, (void)targets;
    return *(uint8_t *)user_data % 5 == 1 ? (int32_t)rows : 0;
}

static int32_t guess(void *user_data, const int32_t *genomes, size_t rows, double *means,
                     double *deviations) {
    (void)user_data;
    for (size_t i = 0; i < rows; i++) {
        means[i] = genomes[0];
        if (deviations)
            deviations[i] = 1.0;
    }
    return 0;
}

/* Facts of the other objects. */
static void look_at_rest(machine *m, uint8_t a) {
    linas_predictor_quality quality = LINAS_PREDICTOR_QUALITY_INIT;
    linas_predictor_callbacks host = {sizeof host, 0, learn, guess, NULL, &a};
    linas_predictor *custom = NULL;
    linas_front *front = NULL;
    int32_t genomes[64] = {0};
    double numbers[] = {a, a & 7, 3.0, 1.0}, more[4];
    const char *name, *unit;
    int32_t direction;
    uint32_t rank;
    if (linas_space_variables(m->space) > 64)
        return;
    linas_predictor_get_quality(m->predictor, &quality);
    if (linas_predictor_create_custom(m->space, &host, &custom) == LINAS_OK)
        linas_predictor_fit(custom, genomes, numbers, 1);
    linas_predictor_destroy(custom);
    linas_nsga2_seed(m->engine, genomes, 1);
    linas_nsga2_individual(m->engine, a & 7, genomes, more, &rank, more);
    EXPECT(linas_nsga2_size(m->engine) <= linas_nsga2_population(m->engine));
    linas_nsga2_generation(m->engine);
    linas_metric_mape(numbers, numbers + 2, 2);
    linas_metric_rmse(numbers, numbers + 2, 2);
    linas_search_objective(m->search, a & 3, &name, &unit, &direction);
    EXPECT(linas_search_objectives(m->search) <= 2);
    EXPECT((linas_search_space(m->search) != NULL) == (m->search != NULL));
    linas_search_outstanding(m->search);
    linas_search_stop_reason(m->search);
    if (a & 8)
        linas_search_request_stop(m->search);
    if (linas_search_front(m->search, &front) == LINAS_OK)
        linas_front_size(front);
    linas_front_destroy(front);
    linas_search *none = NULL;
    EXPECT(linas_search_open_journal(m->context, "/nowhere/at/all", &none) != LINAS_OK && !none);
    if (!m->archive)
        linas_archive_create(m->context, 2, &m->archive);
    linas_archive_add(m->archive, numbers, a, NULL);
    linas_archive_set_reference(m->archive, numbers + 1);
    linas_archive_hypervolume(m->archive, more);
}

/* Every init function gives a struct that is taken. */
static void initialise(machine *m, uint8_t a) {
    linas_context_options one;
    linas_objective goal;
    linas_evaluator three;
    linas_nsga2_options engine;
    linas_predictor_options model;
    linas_search_options six;
    linas_storage seven;
    linas_search *search = NULL;
    linas_context_options_init(&one);
    linas_objective_init(&goal, a & 3, "a", NULL);
    linas_evaluator_init(&three);
    linas_nsga2_options_init(&engine);
    linas_predictor_options_init(&model);
    linas_search_options_init(&six);
    linas_storage_init(&seven);
    linas_search_create(m->context, m->space, &goal, 1, &six, &search);
    linas_search_destroy(search);
}

static void step(machine *m) {
    uint8_t code = next(m), a = next(m);
    switch (code % 11) {
    case 0:
        if (a % 16 == 0 || !m->space) {
            linas_space_destroy(m->space);
            m->space = small_space(m->context);
        }
        break;
    case 1:
        change_space(m, a);
        break;
    case 2:
        make_search(m, a);
        if (a & 4)
            import_rows(m, next(m));
        break;
    case 3:
        ask_or_tell(m, a);
        break;
    case 4:
        run_search(m);
        break;
    case 5:
        use_engine(m, a);
        break;
    case 6:
        use_predictor(m, a);
        break;
    case 7:
        look_at_space(m, a);
        break;
    case 8:
        look_at_rest(m, a);
        break;
    case 9:
        initialise(m, a);
        break;
    default:
        m->scarce = a % 64;
        break;
    }
}

void fuzz_calls(const uint8_t *data, size_t size) {
    machine m = {.data = data, .size = size < 512 ? size : 512, .noise = 1};
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    options.allocate = allocate;
    options.reallocate = reallocate;
    options.release = release;
    options.allocator_data = &m;
    EXPECT(linas_context_create(&m.context, &options) == LINAS_OK);
    m.space = small_space(m.context);
    while (m.size > 0 && m.space)
        step(&m);
    linas_search_destroy(m.search);
    linas_predictor_destroy(m.predictor);
    linas_nsga2_destroy(m.engine);
    linas_archive_destroy(m.archive);
    linas_space_destroy(m.space);
    linas_context_destroy(m.context);
    EXPECT(m.live == 0);
}

#ifdef FUZZ_TARGET
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    FUZZ_TARGET(data, size);
    return 0;
}
#endif
