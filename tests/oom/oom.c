/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of every public function fails once, and from then on, in turn: the library's
 * own, jansson's, libsvm's, all that malloc is asked for. The call must say so, leave its object as
 * it was and leak nothing. usage: oom MAP [quick]; last line "N passed, N failed". */
#define _GNU_SOURCE
#include <linas/linas.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libsvm/svm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* -- malloc ------------------------------------------------------------------------------------ */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void __libc_free(void *memory);

static int armed;
static long fail_at, calls, live;
static int forever;

static int refuses(void) {
    if (!armed)
        return 0;
    long call = calls++;
    if (call == fail_at || (forever && call > fail_at)) {
        errno = ENOMEM;
        return 1;
    }
    return 0;
}

void *malloc(size_t bytes) {
    void *memory = refuses() ? NULL : __libc_malloc(bytes);
    live += memory != NULL;
    return memory;
}

void *calloc(size_t count, size_t bytes) {
    void *memory = refuses() ? NULL : __libc_calloc(count, bytes);
    live += memory != NULL;
    return memory;
}

void *realloc(void *memory, size_t bytes) {
    if (refuses())
        return NULL;
    void *moved = __libc_realloc(memory, bytes);
    live += (memory == NULL) && moved;
    return moved;
}

void free(void *memory) {
    live -= memory != NULL;
    __libc_free(memory);
}

/* -- libsvm ------------------------------------------------------------------------------------ */

static long svm_fits;

/* Stands before libsvm's own, and counts. */
struct svm_model *svm_train(const struct svm_problem *problem,
                            const struct svm_parameter *parameter) {
    union {
        void *address;
        struct svm_model *(*train)(const struct svm_problem *, const struct svm_parameter *);
    } real = {dlsym(RTLD_NEXT, "svm_train")};
    svm_fits++;
    return real.train(problem, parameter);
}

/* -- the world that a call works on ------------------------------------------------------------ */

enum { GENES = 6, ROWS = 14, TEXT = 1 << 16 };
enum {
    WITH_ENGINE = 1,
    WITH_PREDICTOR = 2,
    WITH_SEARCH = 4,
    WITH_ARCHIVE = 8,
    WITH_FRONT = 16,
    WITH_BATCH = 32 /* a search whose next question needs predictors */
};

typedef struct world {
    linas_context *context;
    linas_space *space;
    linas_nsga2 *engine;
    linas_predictor *predictor;
    linas_search *search;
    linas_archive *archive;
    linas_front *front;
    linas_front *front_made; /* what the call made */
    linas_space *space_made;
    linas_search *search_made;
    linas_predictor *predictor_made;
    linas_nsga2 *engine_made;
    linas_archive *archive_made;
    linas_context *context_made;
    uint64_t ids[8];
    int32_t asked[8 * GENES];
    size_t count;
} world;

static char journal[64], saved[TEXT], space_text[4096], config_text[512];
static size_t saved_length, engine_length;
static unsigned char engine_bytes[TEXT];
static int32_t genomes[ROWS * GENES];
static double targets[ROWS], points[ROWS * 2], buffer[ROWS * 2];
static uint32_t ranks[ROWS];
static int32_t out_genomes[64 * GENES];
static char out_text[TEXT];

static linas_space *make_space(linas_context *context) {
    static const int64_t depths[] = {1, 2, 3}, widths[] = {3, 5, 7};
    linas_space *space = NULL;
    if (linas_space_create(context, &space) ||
        linas_space_add_int(space, "d", 1, depths, 3, LINAS_ORDINAL) ||
        linas_space_add_int(space, "k", 5, widths, 3, LINAS_CATEGORICAL) ||
        linas_space_active_if_above(space, "k", 4, "d", 0, 1.5))
        abort();
    return space;
}

static void measure(const int32_t *genome, double *values) {
    values[0] = 60.0 + 2.0 * genome[0];
    values[1] = 3.0;
    for (int i = 1; i < GENES; i++) {
        values[0] += genome[i] / (double)i;
        values[1] += genome[i] * 0.25 * i;
    }
}

static linas_search_options small(void) {
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.evaluations = 18;
    options.initial = 12;
    options.batch = 3;
    options.population = 6;
    options.generations = 3;
    options.attempts = 2;
    options.remeasure = 5;
    options.stagnation = 100;
    return options;
}

static linas_status create_search(world *w, const linas_search_options *options,
                                  linas_search **search) {
    linas_objective goals[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    goals[1].upper_limit = 8.0;
    return linas_search_create(w->context, w->space, goals, 2, options, search);
}

/* Twelve answered, three outstanding: what comes next needs predictors. */
static void warm_up(world *w, size_t answers) {
    for (size_t told = 0; told < answers;) {
        if (linas_search_ask(w->search, 3, w->ids, w->asked, &w->count) || w->count == 0)
            abort();
        for (size_t i = 0; i < w->count && told < answers; i++, told++) {
            double values[2];
            measure(w->asked + i * GENES, values);
            if (linas_search_tell(w->search, w->ids[i], values, 2))
                abort();
        }
    }
}

/* Nothing is outstanding and the random sub-networks are all measured. */
static void answer_all(world *w) {
    while (linas_search_evaluations(w->search) < small().initial) {
        double values[2];
        if (linas_search_ask(w->search, 1, w->ids, w->asked, &w->count) || w->count != 1)
            abort();
        measure(w->asked, values);
        if (linas_search_tell(w->search, w->ids[0], values, 2))
            abort();
    }
}

static int32_t evaluate(void *user_data, linas_candidate *candidate) {
    double values[2];
    int64_t depth;
    (void)user_data;
    if (linas_candidate_int(candidate, "d", 0, &depth) != LINAS_OK)
        return 5;
    linas_candidate_known(candidate, "top1", values);
    measure(linas_candidate_genome(candidate), values);
    if (linas_candidate_id(candidate) == 2)
        linas_candidate_fail(candidate, "broken");
    linas_candidate_set(candidate, "top1", values[0]);
    linas_candidate_set(candidate, "latency", values[1]);
    return 0;
}

static void build(world *w, int parts) {
    memset(w, 0, sizeof *w);
    if (linas_context_create(&w->context, NULL))
        abort();
    w->space = make_space(w->context);
    linas_nsga2_options engine = LINAS_NSGA2_OPTIONS_INIT;
    engine.population = 8;
    if (parts & WITH_ENGINE) {
        if (linas_nsga2_create(w->space, &engine, &w->engine) ||
            linas_nsga2_seed(w->engine, genomes, 2) ||
            linas_nsga2_ask(w->engine, w->asked, &w->count))
            abort();
    }
    linas_predictor_options model = LINAS_PREDICTOR_OPTIONS_INIT;
    model.model = LINAS_PREDICTOR_RIDGE;
    if (parts & WITH_PREDICTOR) {
        if (linas_predictor_create(w->space, &model, &w->predictor) ||
            linas_predictor_fit(w->predictor, genomes, targets, ROWS - 1))
            abort();
    }
    linas_search_options options = small();
    options.predictor = LINAS_PREDICTOR_RIDGE;
    unlink(journal);
    options.journal = journal;
    if (parts & (WITH_SEARCH | WITH_FRONT)) {
        if (create_search(w, &options, &w->search))
            abort();
        warm_up(w, 7);
    }
    if (parts & WITH_BATCH) {
        if (create_search(w, &options, &w->search))
            abort();
        answer_all(w);
    }
    if ((parts & WITH_FRONT) && linas_search_front(w->search, &w->front))
        abort();
    if (parts & WITH_ARCHIVE) {
        if (linas_archive_create(w->context, 2, &w->archive))
            abort();
        for (size_t i = 0; i < 8; i++)
            if (linas_archive_add(w->archive, points + 2 * i, i, NULL))
                abort();
    }
}

static void drop(world *w) {
    linas_front_destroy(w->front);
    linas_front_destroy(w->front_made);
    linas_search_destroy(w->search);
    linas_search_destroy(w->search_made);
    linas_predictor_destroy(w->predictor);
    linas_predictor_destroy(w->predictor_made);
    linas_nsga2_destroy(w->engine);
    linas_nsga2_destroy(w->engine_made);
    linas_archive_destroy(w->archive);
    linas_archive_destroy(w->archive_made);
    linas_space_destroy(w->space);
    linas_space_destroy(w->space_made);
    linas_context_destroy(w->context_made);
    linas_context_destroy(w->context);
}

/* Everything in its serialised form, into one hash. */
static uint64_t mixed(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ next[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t snapshot(const world *w) {
    static char text[TEXT];
    uint64_t hash = UINT64_C(14695981039346656037);
    size_t needed = 0;
    if (linas_space_to_json(w->space, text, sizeof text, &needed) == LINAS_OK)
        hash = mixed(hash, text, needed);
    if (w->engine && linas_nsga2_save(w->engine, text, sizeof text, &needed) == LINAS_OK)
        hash = mixed(hash, text, needed);
    if (w->predictor && linas_predictor_save(w->predictor, text, sizeof text, &needed) == LINAS_OK)
        hash = mixed(hash, text, needed);
    for (size_t i = 0; w->archive && i < linas_archive_size(w->archive); i++) {
        double point[2];
        uint64_t tag;
        linas_archive_get(w->archive, i, point, &tag);
        hash = mixed(hash, point, sizeof point);
    }
    if (!w->search)
        return hash;
    linas_evaluation e = LINAS_EVALUATION_INIT;
    for (uint64_t i = 0; linas_search_evaluation(w->search, i, &e) == LINAS_OK; i++) {
        hash = mixed(hash, &e.id, sizeof e.id);
        hash = mixed(hash, e.values, 2 * sizeof *e.values);
    }
    uint64_t outstanding = linas_search_outstanding(w->search);
    hash = mixed(hash, &outstanding, sizeof outstanding);
    FILE *file = fopen(journal, "rb");
    size_t length = file ? fread(text, 1, sizeof text, file) : 0;
    if (file)
        fclose(file);
    return mixed(hash, text, length);
}

/* -- the calls --------------------------------------------------------------------------------- */

#define CALL(name) static linas_status name(world *w)

static linas_predictor_options fitted_by(int32_t model) {
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    options.model = model;
    options.folds = 3;
    return options;
}

static int32_t host_fit(void *d, const int32_t *g, const double *t, size_t rows) {
    (void)d, (void)g, (void)t, (void)rows;
    return 0;
}
static int32_t host_predict(void *d, const int32_t *g, size_t rows, double *means, double *sd) {
    (void)d, (void)g;
    for (size_t i = 0; i < rows; i++) {
        means[i] = 1.0;
        if (sd)
            sd[i] = 1.0;
    }
    return 0;
}

static const int64_t ints[] = {1, 2, 4};
static const double reals[] = {0.5, 1.0};
static const char *const strings[] = {"a", "b"};
static const int32_t indices[] = {0, 1};

CALL(context_create) {
    return linas_context_create(&w->context_made, NULL);
}
CALL(space_create) {
    return linas_space_create(w->context, &w->space_made);
}
CALL(add_int) {
    return linas_space_add_int(w->space, "n", 9, ints, 3, LINAS_ORDINAL);
}
CALL(add_real) {
    return linas_space_add_real(w->space, "n", 9, reals, 2, LINAS_ORDINAL);
}
CALL(add_string) {
    return linas_space_add_string(w->space, "n", 9, strings, 2, LINAS_CATEGORICAL);
}
CALL(if_above) {
    return linas_space_active_if_above(w->space, "k", 3, "k", 4, 3.0); /* looks for circles */
}
CALL(if_in) {
    return linas_space_active_if_in(w->space, "k", 2, "d", 0, indices, 2);
}
CALL(same) {
    return linas_space_same_value(w->space, "k", 0, 0, 1);
}
CALL(preset) {
    return linas_space_preset(w->context, "ofa-resnet50", &w->space_made);
}
CALL(from_json) {
    return linas_space_from_json(w->context, space_text, strlen(space_text), &w->space_made);
}
CALL(to_json) {
    return linas_space_to_json(w->space, out_text, TEXT, NULL);
}
CALL(config_to) {
    return linas_space_config_to_json(w->space, genomes, out_text, TEXT, NULL);
}
CALL(config_from) {
    return linas_space_config_from_json(w->space, config_text, strlen(config_text), out_genomes);
}
CALL(sample) {
    size_t found;
    return linas_space_sample(w->space, LINAS_SAMPLE_LOW_DISCREPANCY, 3, genomes, 2, 20,
                              out_genomes, &found);
}
CALL(sample_uniform) {
    size_t found;
    return linas_space_sample(w->space, LINAS_SAMPLE_UNIFORM, 3, genomes, 2, 20, out_genomes,
                              &found);
}
CALL(canonical) {
    return linas_space_canonical(w->space, genomes, out_genomes);
}
CALL(hash) {
    uint64_t value;
    return linas_space_hash(w->space, genomes, &value);
}
CALL(active) {
    uint8_t flags[GENES];
    return linas_space_active(w->space, genomes, flags);
}
CALL(feasible) {
    int32_t flag;
    return linas_space_is_feasible(w->space, genomes, &flag);
}
CALL(fingerprint) {
    uint64_t value;
    return linas_space_fingerprint(w->space, &value);
}
CALL(cardinality) {
    double value;
    return linas_space_effective_cardinality(w->space, &value);
}
CALL(check) {
    return linas_space_check(w->space, genomes);
}
CALL(set_feasible) {
    return linas_space_set_feasible(w->space, NULL, NULL);
}
CALL(rank) {
    size_t fronts;
    return linas_pareto_rank(w->context, points, ROWS, 2, ranks, &fronts);
}
CALL(rank3) {
    return linas_pareto_rank(w->context, points, ROWS / 2, 4, ranks, NULL);
}
CALL(crowding) {
    return linas_pareto_crowding(w->context, points, ROWS, 2, buffer);
}
CALL(volume) {
    static const double reference[] = {9, 9};
    double value;
    return linas_hypervolume(w->context, points, ROWS, 2, reference, &value);
}
CALL(volume4) {
    static const double reference[] = {9, 9, 9, 9};
    double value;
    return linas_hypervolume(w->context, points, ROWS / 2, 4, reference, &value);
}
CALL(archive_create) {
    return linas_archive_create(w->context, 2, &w->archive_made);
}
CALL(archive_add) {
    static const double point[] = {0.001, 0.002};
    return linas_archive_add(w->archive, point, 9, NULL);
}
CALL(archive_volume) {
    static const double reference[] = {9.0, 9.0};
    double value;
    linas_status status = linas_archive_set_reference(w->archive, reference);
    return status ? status : linas_archive_hypervolume(w->archive, &value);
}
CALL(engine_create) {
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    return linas_nsga2_create(w->space, &options, &w->engine_made);
}
CALL(engine_seed) {
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    linas_status status = linas_nsga2_create(w->space, &options, &w->engine_made);
    return status ? status : linas_nsga2_seed(w->engine_made, genomes, 5);
}
CALL(engine_tell) {
    return linas_nsga2_tell(w->engine, points, NULL, w->count);
}
CALL(engine_ask) {
    linas_nsga2_options options = LINAS_NSGA2_OPTIONS_INIT;
    size_t count;
    linas_status status = linas_nsga2_create(w->space, &options, &w->engine_made);
    return status ? status : linas_nsga2_ask(w->engine_made, out_genomes, &count);
}
CALL(engine_save) {
    return linas_nsga2_save(w->engine, out_text, TEXT, NULL);
}
CALL(engine_load) {
    return linas_nsga2_load(w->engine, engine_bytes, engine_length);
}
CALL(predictor_create) {
    linas_predictor_options options = fitted_by(LINAS_PREDICTOR_AUTO);
    return linas_predictor_create(w->space, &options, &w->predictor_made);
}
CALL(predictor_custom) {
    linas_predictor_callbacks host = {sizeof host, 0, host_fit, host_predict, NULL, NULL};
    return linas_predictor_create_custom(w->space, &host, &w->predictor_made);
}
CALL(refit) {
    return linas_predictor_fit(w->predictor, genomes, targets, ROWS);
}
static linas_status fit_new(world *w, int32_t model) {
    linas_predictor_options options = fitted_by(model);
    linas_status status = linas_predictor_create(w->space, &options, &w->predictor_made);
    return status ? status : linas_predictor_fit(w->predictor_made, genomes, targets, ROWS);
}
CALL(fit_ridge) {
    return fit_new(w, LINAS_PREDICTOR_RIDGE);
}
CALL(fit_gp) {
    return fit_new(w, LINAS_PREDICTOR_GP);
}
CALL(fit_svr) {
    return fit_new(w, LINAS_PREDICTOR_SVR);
}
CALL(predict) {
    return linas_predictor_predict(w->predictor, genomes, ROWS, buffer, buffer + ROWS);
}
CALL(predictor_save) {
    return linas_predictor_save(w->predictor, out_text, TEXT, NULL);
}
CALL(predictor_load) {
    return linas_predictor_load(w->space, saved, saved_length, &w->predictor_made);
}
CALL(tau) {
    double value;
    return linas_metric_kendall_tau(w->context, targets, points, ROWS, &value);
}
CALL(rho) {
    double value;
    return linas_metric_spearman(w->context, targets, points, ROWS, &value);
}
CALL(search_create) {
    linas_search_options options = small();
    return create_search(w, &options, &w->search_made);
}
CALL(search_create_journal) {
    linas_search_options options = small();
    options.journal = journal;
    return create_search(w, &options, &w->search_made);
}
CALL(search_resume) {
    linas_search_options options = small();
    linas_search_destroy(w->search);
    w->search = NULL;
    options.predictor = LINAS_PREDICTOR_RIDGE;
    options.journal = journal;
    options.resume = 1;
    return create_search(w, &options, &w->search_made);
}
CALL(open_journal) {
    return linas_search_open_journal(w->context, journal, &w->search_made);
}
/* The journal as a host's storage, read without an allocation. */
static int32_t read_only(void *d, const void *bytes, size_t length) {
    (void)d, (void)bytes, (void)length;
    return LINAS_ERROR_IO;
}
static int32_t read_pieces(void *d, linas_take_fn take, void *take_data) {
    static char piece[512];
    int file = open(journal, O_RDONLY);
    ssize_t count;
    int32_t code = 0;
    (void)d;
    while (code == 0 && (count = read(file, piece, sizeof piece)) > 0)
        code = take(take_data, piece, (size_t)count);
    close(file);
    return code;
}
CALL(open_storage) {
    linas_storage storage = LINAS_STORAGE_INIT;
    storage.append = read_only;
    storage.iterate = read_pieces;
    return linas_search_open_storage(w->context, &storage, &w->search_made);
}
CALL(ask) {
    return linas_search_ask(w->search, 3, w->ids, w->asked, &w->count);
}
/* Candidates are out while new ones are proposed: predictors are fitted, and believed. */
static linas_status ask_async(world *w, int32_t tactic) {
    linas_search_options options = small();
    options.tactic = tactic;
    options.predictor = LINAS_PREDICTOR_RIDGE;
    options.outstanding = 4;
    options.initial = 4;
    linas_status status = create_search(w, &options, &w->search_made);
    for (size_t told = 0; told < 10 && status == LINAS_OK; told++) {
        double values[2];
        status = linas_search_ask(w->search_made, 2, w->ids, w->asked, &w->count);
        if (status == LINAS_OK && w->count > 0) {
            measure(w->asked, values);
            status = linas_search_tell(w->search_made, w->ids[0], values, 2);
        } else if (status == LINAS_OK) {
            status = linas_search_tell_failed(w->search_made, told, LINAS_EVALUATION_FAILED, NULL);
            status = status == LINAS_ERROR_UNKNOWN_ID ? LINAS_OK : status;
        }
    }
    return status;
}
CALL(ask_linas) {
    return ask_async(w, LINAS_TACTIC_LINAS);
}
CALL(ask_nsga2) {
    return ask_async(w, LINAS_TACTIC_NSGA2);
}
CALL(give_back) {
    return linas_search_give_back(w->search, 7);
}
CALL(tell) {
    static const double values[] = {61.0, 3.5};
    return linas_search_tell(w->search, 7, values, 2);
}
CALL(tell_nan) {
    const double values[] = {(double)NAN, 3.5};
    return linas_search_tell(w->search, 7, values, 2);
}
CALL(tell_failed) {
    return linas_search_tell_failed(w->search, 7, LINAS_EVALUATION_INFEASIBLE, "a reason");
}
CALL(tell_again) {
    return linas_search_tell_failed(w->search, 7, LINAS_EVALUATION_FAILED, "why");
}
CALL(set_reference) {
    static const double reference[] = {50.0, 20.0};
    linas_search_options options = small();
    linas_status status = create_search(w, &options, &w->search_made);
    return status ? status : linas_search_set_reference(w->search_made, reference);
}
CALL(import_rows) {
    static const char *const names[] = {"top1", "latency"};
    linas_search_options options = small();
    linas_measurements known = LINAS_MEASUREMENTS_INIT;
    linas_status status = create_search(w, &options, &w->search_made);
    known.objectives = 2;
    known.rows = ROWS;
    known.genomes = genomes;
    known.names = names;
    known.values = points;
    return status ? status : linas_search_import(w->search_made, &known);
}
CALL(search_volume) {
    double value;
    return linas_search_hypervolume(w->search, &value);
}
CALL(search_front) {
    return linas_search_front(w->search, &w->front_made);
}
CALL(sync_search) {
    return linas_search_sync(w->search);
}
static int32_t goes_on(void *d, const linas_progress *progress) {
    (void)d, (void)progress;
    return 0;
}
static linas_status run_with(world *w, int32_t tactic, int32_t predictor) {
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    linas_search_options options = small();
    options.tactic = tactic;
    options.predictor = predictor;
    options.progress = goes_on;
    evaluator.evaluate = evaluate;
    linas_status status = create_search(w, &options, &w->search_made);
    return status ? status : linas_search_run(w->search_made, &evaluator);
}
CALL(run_ridge) {
    return run_with(w, LINAS_TACTIC_LINAS, LINAS_PREDICTOR_RIDGE);
}
CALL(run_default) {
    return run_with(w, LINAS_TACTIC_LINAS, LINAS_PREDICTOR_AUTO);
}
CALL(run_nsga2) {
    return run_with(w, LINAS_TACTIC_NSGA2, LINAS_PREDICTOR_RIDGE);
}

/* Functions that need no memory at all. */
CALL(accessors) {
    linas_evaluation e = LINAS_EVALUATION_INIT;
    linas_drift drift = LINAS_DRIFT_INIT;
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    linas_predictor_quality quality = LINAS_PREDICTOR_QUALITY_INIT;
    linas_context_options o1;
    linas_objective o2;
    linas_evaluator o3;
    linas_nsga2_options o4;
    linas_predictor_options o5;
    linas_search_options o6;
    linas_storage o7;
    linas_measurements o8;
    size_t found = 0;
    int64_t i = 0;
    double x = 0;
    const char *text = linas_context_message(w->context);
    linas_context_options_init(&o1);
    linas_objective_init(&o2, 1, "a", "b");
    linas_evaluator_init(&o3);
    linas_nsga2_options_init(&o4);
    linas_predictor_options_init(&o5);
    linas_search_options_init(&o6);
    linas_storage_init(&o7);
    linas_measurements_init(&o8);
    linas_search_evaluation(w->search, 0, &e);
    linas_search_drift(w->search, 0, &drift);
    linas_search_least_infeasible(w->search, &e);
    linas_front_get(w->front, 0, &e);
    linas_space_group(w->space, 0, &info);
    linas_space_find_group(w->space, "k", &found);
    linas_space_value_int(w->space, 0, 0, &i);
    linas_space_value_real(w->space, 0, 0, &x);
    linas_space_value_string(w->space, 0, 0, &text);
    linas_predictor_get_quality(w->predictor, &quality);
    linas_archive_get(w->archive, 0, buffer, NULL);
    linas_nsga2_individual(w->engine, 0, NULL, NULL, NULL, NULL);
    linas_search_objective(w->search, 0, &text, NULL, NULL);
    linas_search_reference(w->search, buffer);
    linas_search_known(w->search, 0, buffer);
    linas_search_request_stop(NULL);
    x = linas_metric_mape(targets, points, ROWS) + linas_metric_rmse(targets, points, ROWS) +
        linas_space_raw_cardinality(w->space);
    found = linas_front_size(w->front) + linas_archive_size(w->archive) +
            linas_nsga2_size(w->engine) + linas_nsga2_population(w->engine) +
            linas_nsga2_generation(w->engine) + linas_search_evaluations(w->search) +
            linas_search_outstanding(w->search) + linas_search_objectives(w->search) +
            linas_search_imported(w->search) + linas_space_groups(w->space) +
            linas_space_variables(w->space) + linas_space_value_count(w->space, 0) +
            linas_space_preset_count();
    const void *p[] = {linas_space_preset_name(0), linas_space_preset_text(0),
                       linas_status_name(0),       linas_status_text(0),
                       linas_stop_text(0),         linas_version(),
                       linas_build_info(),         linas_search_space(w->search)};
    (void)linas_search_stop_reason(w->search);
    (void)linas_pareto_compare(points, points, 2);
    return found > 0 && x >= 0 && p[0] ? LINAS_OK : LINAS_ERROR_INTERNAL;
}
static const char accessor_names[] =
    "linas_context_message linas_context_options_init linas_objective_init linas_evaluator_init "
    "linas_nsga2_options_init linas_predictor_options_init linas_search_options_init "
    "linas_storage_init linas_measurements_init linas_search_known linas_search_imported "
    "linas_search_evaluation linas_search_drift linas_search_least_infeasible "
    "linas_front_get linas_space_group linas_space_find_group linas_space_value_int "
    "linas_space_value_real linas_space_value_string linas_predictor_get_quality linas_archive_get "
    "linas_nsga2_individual linas_search_objective linas_search_reference "
    "linas_search_request_stop linas_metric_mape linas_metric_rmse linas_space_raw_cardinality "
    "linas_front_size linas_archive_size linas_nsga2_size linas_nsga2_population "
    "linas_nsga2_generation linas_search_evaluations linas_search_outstanding "
    "linas_search_objectives linas_space_groups linas_space_variables linas_space_value_count "
    "linas_space_preset_count linas_space_preset_name linas_space_preset_text linas_status_name "
    "linas_status_text linas_stop_text linas_version linas_build_info linas_search_space "
    "linas_search_stop_reason linas_pareto_compare linas_context_destroy linas_space_destroy "
    "linas_search_destroy linas_front_destroy linas_archive_destroy linas_nsga2_destroy "
    "linas_predictor_destroy ";

typedef struct sweep {
    const char *names; /* of the public functions that it covers */
    linas_status (*call)(world *w);
    int parts;
    int none; /* allocates nothing */
} sweep;

enum { ALL = WITH_ENGINE | WITH_PREDICTOR | WITH_SEARCH | WITH_ARCHIVE | WITH_FRONT };
enum { SEARCHES = 3 }; /* the last ones, which are long */
static const sweep sweeps[] = {
    {accessor_names, accessors, ALL, 1},
    {"linas_context_create ", context_create, 0, 0},
    {"linas_space_create ", space_create, 0, 0},
    {"linas_space_add_int ", add_int, 0, 0},
    {"linas_space_add_real ", add_real, 0, 0},
    {"linas_space_add_string ", add_string, 0, 0},
    {"linas_space_active_if_above ", if_above, 0, 0},
    {"linas_space_active_if_in ", if_in, 0, 0},
    {"linas_space_same_value ", same, 0, 0},
    {"linas_space_preset ", preset, 0, 0},
    {"linas_space_from_json ", from_json, 0, 0},
    {"linas_space_to_json ", to_json, 0, 0},
    {"linas_space_config_to_json ", config_to, 0, 0},
    {"linas_space_config_from_json ", config_from, 0, 0},
    {"linas_space_sample ", sample, 0, 0},
    {"linas_space_sample ", sample_uniform, 0, 0},
    {"linas_space_canonical ", canonical, 0, 0},
    {"linas_space_hash ", hash, 0, 0},
    {"linas_space_active ", active, 0, 0},
    {"linas_space_is_feasible ", feasible, 0, 0},
    {"linas_space_fingerprint ", fingerprint, 0, 0},
    {"linas_space_effective_cardinality ", cardinality, 0, 0},
    {"linas_space_check ", check, 0, 0},
    {"linas_space_set_feasible ", set_feasible, 0, 0},
    {"linas_pareto_rank ", rank, 0, 0},
    {"linas_pareto_rank ", rank3, 0, 0},
    {"linas_pareto_crowding ", crowding, 0, 0},
    {"linas_hypervolume ", volume, 0, 0},
    {"linas_hypervolume ", volume4, 0, 0},
    {"linas_archive_create ", archive_create, 0, 0},
    {"linas_archive_add ", archive_add, WITH_ARCHIVE, 0},
    {"linas_archive_set_reference linas_archive_hypervolume ", archive_volume, WITH_ARCHIVE, 0},
    {"linas_nsga2_create ", engine_create, 0, 0},
    {"linas_nsga2_seed ", engine_seed, 0, 0},
    {"linas_nsga2_ask ", engine_ask, 0, 0},
    {"linas_nsga2_tell ", engine_tell, WITH_ENGINE, 0},
    {"linas_nsga2_save ", engine_save, WITH_ENGINE, 0},
    {"linas_nsga2_load ", engine_load, WITH_ENGINE, 0},
    {"linas_predictor_create ", predictor_create, 0, 0},
    {"linas_predictor_create_custom ", predictor_custom, 0, 0},
    {"linas_predictor_fit ", refit, WITH_PREDICTOR, 0},
    {"linas_predictor_fit ", fit_ridge, 0, 0},
    {"linas_predictor_fit ", fit_gp, 0, 0},
    {"linas_predictor_predict ", predict, WITH_PREDICTOR, 1},
    {"linas_predictor_save ", predictor_save, WITH_PREDICTOR, 0},
    {"linas_predictor_load ", predictor_load, 0, 0},
    {"linas_metric_kendall_tau ", tau, 0, 0},
    {"linas_metric_spearman ", rho, 0, 0},
    {"linas_search_create ", search_create, 0, 0},
    {"linas_search_create ", search_create_journal, 0, 0},
    {"linas_search_create ", search_resume, WITH_SEARCH, 0},
    {"linas_search_open_journal ", open_journal, WITH_SEARCH, 0},
    {"linas_search_open_storage ", open_storage, WITH_SEARCH, 0},
    {"linas_search_ask ", ask, WITH_SEARCH, 0},
    {"linas_search_ask ", ask, WITH_BATCH, 0},
    {"linas_search_ask ", ask_linas, 0, 0},
    {"linas_search_ask ", ask_nsga2, 0, 0},
    {"linas_search_give_back ", give_back, WITH_SEARCH, 1},
    {"linas_search_tell ", tell, WITH_SEARCH, 0},
    {"linas_search_tell ", tell_nan, WITH_SEARCH, 0},
    {"linas_search_tell_failed ", tell_failed, WITH_SEARCH, 0},
    {"linas_search_tell_failed ", tell_again, WITH_SEARCH, 0},
    {"linas_search_set_reference ", set_reference, 0, 0},
    {"linas_search_import ", import_rows, 0, 0},
    {"linas_search_hypervolume ", search_volume, WITH_SEARCH, 0},
    {"linas_search_front ", search_front, WITH_SEARCH, 0},
    {"linas_search_sync ", sync_search, WITH_SEARCH, 0},
    {"linas_search_run linas_candidate_id linas_candidate_genome linas_candidate_space "
     "linas_candidate_known linas_candidate_int linas_candidate_real linas_candidate_string "
     "linas_candidate_set "
     "linas_candidate_fail linas_candidate_infeasible linas_candidate_time_out "
     "linas_candidate_cancel ",
     run_ridge, 0, 0},
    {"linas_search_run ", run_nsga2, 0, 0},
    {"linas_search_run ", run_default, 0, 0},
};

/* -- sweeping ---------------------------------------------------------------------------------- */

static long passed, failed, points_tried, coped;

static void complain(const sweep *s, const char *what, int status) {
    failed++;
    if (failed < 40)
        printf("FAIL %.40s allocation %ld%s: %s (status %d)\n", s->names, fail_at,
               forever ? " and all after it" : "", what, status);
}

/* An answer is recorded though the words about it, or the hypervolume for the progress callback,
 * had to be left out. */
static int may_cope(const sweep *s) {
    return s->call == tell_nan || strncmp(s->names, "linas_search_run ", 17) == 0;
}

/* False when nothing failed any more. */
static int one_point(const sweep *s) {
    world w;
    long before = live;
    build(&w, s->parts);
    int resumes = s->call == search_resume;
    uint64_t old = snapshot(&w);
    calls = 0;
    armed = 1;
    linas_status status = s->call(&w);
    armed = 0;
    int fired = calls > fail_at;
    if (fired && status != LINAS_ERROR_NO_MEMORY && status != LINAS_OK)
        complain(s, "another status than NO_MEMORY", status);
    else if (fired && status == LINAS_OK && !may_cope(s))
        complain(s, "nothing is said of it", status);
    else if (!fired && status != LINAS_OK && s->call != accessors)
        complain(s, linas_context_message(w.context), status);
    else if (status != LINAS_OK && !resumes && snapshot(&w) != old)
        complain(s, "the object has changed", status);
    else if (s->none && calls > 0)
        complain(s, "it allocates", status);
    else
        passed++;
    coped += fired && status == LINAS_OK;
    points_tried += fired;
    drop(&w);
    if (live != before)
        complain(s, "a leak", (int)(live - before));
    return fired;
}

/* Fits in children of their own: what do they come to? */
static void in_children(long step) {
    long said = 0, ok = 0, crashed = 0;
    forever = 0;
    for (fail_at = 0;; fail_at += step) {
        int status = 0;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            world w;
            build(&w, 0);
            calls = 0;
            armed = 1;
            linas_status got = fit_svr(&w);
            armed = 0;
            drop(&w);
            exit(calls <= fail_at ? 3 : got == LINAS_ERROR_NO_MEMORY ? 0 : got == LINAS_OK ? 1 : 2);
        }
        if (waitpid(child, &status, 0) != child || (WIFEXITED(status) && WEXITSTATUS(status) == 3))
            break;
        said += WIFEXITED(status) && WEXITSTATUS(status) == 0;
        ok += WIFEXITED(status) && WEXITSTATUS(status) == 1;
        crashed += !WIFEXITED(status) || WEXITSTATUS(status) == 2;
    }
    printf("fit by libsvm: %ld failures are said, %ld are got over, %ld end the process\n", said,
           ok, crashed);
}

/* What libsvm does with a failing allocation is not contained: no default may lead to it. */
static int default_avoids_libsvm(void) {
    world w;
    build(&w, 0);
    svm_fits = 0;
    linas_status status = run_default(&w);
    int good = status == LINAS_OK && svm_fits == 0;
    if (!good)
        printf("FAIL the default search: status %d, %ld fits by libsvm\n", status, svm_fits);
    drop(&w);
    build(&w, 0);
    svm_fits = 0;
    fit_svr(&w);
    if (svm_fits == 0)
        printf("FAIL fits by libsvm are not counted\n");
    drop(&w);
    return good && svm_fits > 0;
}

static void prepare(void) {
    size_t found = 0;
    world w;
    snprintf(journal, sizeof journal, "%s/linas-oom-%ld",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    build(&w, 0);
    if (linas_space_sample(w.space, LINAS_SAMPLE_UNIFORM, 1, NULL, 0, ROWS, genomes, &found) ||
        linas_space_to_json(w.space, space_text, sizeof space_text, NULL) ||
        linas_space_config_to_json(w.space, genomes, config_text, sizeof config_text, NULL))
        abort();
    for (size_t i = 0; i < ROWS; i++) {
        double values[2];
        measure(genomes + i * GENES, values);
        targets[i] = values[0];
        points[2 * i] = 1.0 + (double)(i % 5);
        points[2 * i + 1] = 6.0 - (double)(i % 4) - 0.01 * (double)i;
    }
    drop(&w);
    build(&w, WITH_PREDICTOR | WITH_ENGINE);
    if (linas_predictor_save(w.predictor, saved, TEXT, &found))
        abort();
    saved_length = found - 1;
    if (linas_nsga2_tell(w.engine, points, NULL, w.count) ||
        linas_nsga2_save(w.engine, engine_bytes, TEXT, &engine_length))
        abort();
    drop(&w);
    /* What the C library and BLAS keep for good is asked for now. */
    build(&w, ALL);
    run_default(&w);
    snapshot(&w);
    drop(&w);
}

static void check_names(const char *path) {
    char name[256];
    FILE *map = fopen(path, "r");
    if (!map) {
        perror(path);
        exit(2);
    }
    while (fscanf(map, "%255s", name) == 1) {
        int covered = strncmp(name, "linas_", 6) != 0;
        name[strcspn(name, ";")] = 0;
        strcat(name, " ");
        for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps && !covered; i++)
            covered = strstr(sweeps[i].names, name) != NULL;
        passed += covered;
        if (!covered) {
            failed++;
            printf("FAIL no sweep covers %s\n", name);
        }
    }
    fclose(map);
}

int main(int count, char **arguments) {
    long step = count > 2 ? 7 : 1;
    if (count < 2)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    prepare();
    check_names(arguments[1]);
    size_t total = sizeof sweeps / sizeof *sweeps;
    if (!default_avoids_libsvm()) {
        printf("%ld passed, %ld failed\n", passed, failed + 1);
        return 1; /* the sweeps would end this process */
    }
    passed++;
    for (size_t i = 0; i < total; i++)
        for (forever = 0; forever < 2; forever++)
            for (fail_at = 0; one_point(&sweeps[i]); fail_at += i + SEARCHES >= total ? step : 1)
                continue;
    in_children(step);
    unlink(journal);
    printf("%zu sweeps, %ld allocations failed, %ld of them without harm\n", total, points_tried,
           coped);
    printf("%ld passed, %ld failed\n", passed, failed);
    return failed > 0;
}
