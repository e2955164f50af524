/* SPDX-License-Identifier: Apache-2.0 */
/* A whole search inside a host that looks at everything of its process before and after.
 * usage: embed LIBRARY PLUGIN JOURNAL LOCALE [SHARED_PLUGIN HOST HOST]; LIBRARY is the shared
 * object, PLUGIN one with the library inside, SHARED_PLUGIN one that needs LIBRARY, for the hosts
 * with a static copy. Last line "N passed, N failed". */
#define _GNU_SOURCE
#include <linas/linas.h>

#include <dirent.h>
#include <dlfcn.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static long passed, failed;

static void check(int good, const char *what) {
    passed += good != 0;
    failed += good == 0;
    printf("%s %s\n", good ? "ok  " : "FAIL", what);
}

/* -- a search through pointers ----------------------------------------------------------------- */

typedef linas_status (*create_context)(linas_context **, const linas_context_options *);

typedef struct library {
    create_context context_create;
    void (*context_destroy)(linas_context *);
    linas_status (*preset)(linas_context *, const char *, linas_space **);
    void (*space_destroy)(linas_space *);
    linas_status (*create)(linas_context *, const linas_space *, const linas_objective *, size_t,
                           const linas_search_options *, linas_search **);
    void (*destroy)(linas_search *);
    linas_status (*run)(linas_search *, const linas_evaluator *);
    linas_status (*volume)(const linas_search *, double *);
    linas_status (*set)(linas_candidate *, const char *, double);
    const int32_t *(*genome)(const linas_candidate *);
} library;

static int find(void *handle, library *l) {
    struct {
        void *place;
        const char *name;
    } const names[] = {{&l->context_create, "linas_context_create"},
                       {&l->context_destroy, "linas_context_destroy"},
                       {&l->preset, "linas_space_preset"},
                       {&l->space_destroy, "linas_space_destroy"},
                       {&l->create, "linas_search_create"},
                       {&l->destroy, "linas_search_destroy"},
                       {&l->run, "linas_search_run"},
                       {&l->volume, "linas_search_hypervolume"},
                       {&l->set, "linas_candidate_set"},
                       {&l->genome, "linas_candidate_genome"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *found = dlsym(handle, names[i].name);
        if (!found)
            return 0;
        memcpy(names[i].place, &found, sizeof found);
    }
    return 1;
}

static int32_t measure(void *user_data, linas_candidate *candidate) {
    const library *l = user_data;
    const int32_t *genome = l->genome(candidate);
    double top1 = 60.0, latency = 1.0;
    for (int i = 0; i < 45; i++) {
        top1 += genome[i] / (1.0 + i);
        latency += genome[i] * (0.1 + 0.01 * i);
    }
    l->set(candidate, "top1", top1);
    return l->set(candidate, "latency", latency);
}

static double search(const library *l, const char *journal) {
    linas_context *context = NULL;
    linas_space *space = NULL;
    linas_search *made = NULL;
    linas_objective goals[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    double volume = -1.0;
    union {
        const library *given;
        void *data;
    } host = {l};
    options.evaluations = 40;
    options.generations = 20;
    options.journal = journal;
    evaluator.evaluate = measure;
    evaluator.evaluate_data = host.data;
    if (l->context_create(&context, NULL) == LINAS_OK &&
        l->preset(context, "ofa-mobilenetv3", &space) == LINAS_OK &&
        l->create(context, space, goals, 2, &options, &made) == LINAS_OK &&
        l->run(made, &evaluator) == LINAS_OK)
        l->volume(made, &volume);
    l->destroy(made);
    l->space_destroy(space);
    l->context_destroy(context);
    return volume;
}

/* -- what a host owns -------------------------------------------------------------------------- */

static void gsl_handler(const char *reason, const char *file, int line, int code) {
    (void)reason, (void)file, (void)line, (void)code;
}

typedef struct facts {
    void *gsl;
    char locale[256];
    int random[4];
    fenv_t environment;
    int rounding;
    struct sigaction actions[32];
    sigset_t mask;
    off_t out, err;
    char folder[512];
    unsigned long variables;
    int blas_threads;
    unsigned long descriptors;
    long threads;
    mode_t umask;
} facts;

static unsigned long listed(const char *path) {
    unsigned long sum = 0;
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        sum += 1000 + strlen(entry->d_name);
    if (folder)
        closedir(folder);
    return sum;
}

static off_t size_of(int file) {
    struct stat found;
    return fstat(file, &found) == 0 ? found.st_size : -1;
}

static void look(facts *f) {
    memset(f, 0, sizeof *f);
    void *(*set)(void *) = (void *(*)(void *))dlsym(RTLD_DEFAULT, "gsl_set_error_handler");
    if (set) {
        f->gsl = set((void *)gsl_handler);
        set(f->gsl);
    }
    snprintf(f->locale, sizeof f->locale, "%s", setlocale(LC_ALL, NULL));
    fegetenv(&f->environment);
    f->rounding = fegetround();
    for (int i = 1; i < 32; i++)
        sigaction(i, NULL, &f->actions[i]);
    sigprocmask(SIG_SETMASK, NULL, &f->mask);
    f->out = size_of(1);
    f->err = size_of(2);
    if (!getcwd(f->folder, sizeof f->folder))
        abort();
    for (char **v = environ; *v; v++)
        for (const char *c = *v; *c; c++)
            f->variables = f->variables * 31 + (unsigned char)*c;
    int (*threads)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "openblas_get_num_threads");
    f->blas_threads = threads ? threads() : -1;
    f->descriptors = listed("/proc/self/fd");
    f->threads = (long)listed("/proc/self/task");
    f->umask = umask(0);
    umask(f->umask);
}

static void nothing(int number) {
    (void)number;
}

static void before_and_after(const char *path, const char *journal, const char *locale) {
    facts old, new;
    library l;
    void *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!handle || !find(handle, &l)) {
        check(0, "the library is loaded");
        return;
    }
    void *(*set)(void *) = (void *(*)(void *))dlsym(RTLD_DEFAULT, "gsl_set_error_handler");
    if (set)
        set((void *)gsl_handler);
    signal(SIGUSR1, nothing);
    signal(SIGPIPE, SIG_DFL);
    setenv("LINAS_EMBED", "1", 1);
    check(setlocale(LC_ALL, locale) != NULL, "the host has a locale of its own");
    fesetround(FE_TONEAREST);
    srand(7);
    int expected[8];
    for (int i = 0; i < 8; i++)
        expected[i] = rand();
    srand(7);
    for (int i = 0; i < 4; i++)
        if (rand() != expected[i])
            abort();
    /* stdout and stderr are files while the library works. */
    fflush(stdout);
    int out = dup(1), err = dup(2);
    FILE *file = tmpfile();
    dup2(fileno(file), 1);
    dup2(fileno(file), 2);
    feclearexcept(FE_ALL_EXCEPT);
    look(&old);
    double volume = search(&l, journal);
    int raised = fetestexcept(FE_ALL_EXCEPT);
    look(&new);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    check(volume > 0.0, "a full search");
    int same = 1;
    for (int i = 4; i < 8; i++)
        same = same && rand() == expected[i];
    check(same, "rand() goes on where it was");
    check(!set || (old.gsl == (void *)gsl_handler && new.gsl == old.gsl), "GSL's error handler");
    check(strcmp(old.locale, new.locale) == 0, "locale");
    check(old.rounding == new.rounding &&old.environment.__control_word ==
                  new.environment.__control_word &&
              (old.environment.__mxcsr & 0xffc0u) == (new.environment.__mxcsr & 0xffc0u),
          "floating-point environment: rounding, masks, flush to zero");
    printf("     exception flags that arithmetic left behind: %#x\n", (unsigned)raised);
    int handlers = 1;
    for (int i = 1; i < 32; i++)
        if (old.actions[i].sa_handler != new.actions[i].sa_handler ||
            old.actions[i].sa_flags != new.actions[i].sa_flags) {
            printf("     signal %d\n", i);
            handlers = 0;
        }
    check(handlers, "signal handlers");
    check(memcmp(&old.mask, &new.mask, sizeof old.mask) == 0, "signal mask");
    check(new.out == 0 && new.err == 0, "nothing on stdout or stderr");
    check(strcmp(old.folder, new.folder) == 0 && old.umask == new.umask,
          "working directory and umask");
    check(old.variables == new.variables, "environment");
    check(old.blas_threads == new.blas_threads, "BLAS thread count");
    check(old.descriptors == new.descriptors, "open descriptors");
    check(old.threads == new.threads, "threads of the process");
    fclose(file);
    close(out);
    close(err);
    dlclose(handle);
}

/* -- loading again and again ------------------------------------------------------------------- */

static long resident(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        abort();
    fclose(file);
    return pages;
}

static void load_and_unload(const char *path) {
    long early = 0, late;
    int good = 1;
    unsigned long before = 0;
    for (int i = 0; i < 1000 && good; i++) {
        library l;
        linas_context *context = NULL;
        linas_space *space = NULL;
        void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        good = handle && find(handle, &l) && l.context_create(&context, NULL) == LINAS_OK &&
               l.preset(context, "ofa-resnet50", &space) == LINAS_OK;
        if (good) {
            l.space_destroy(space);
            l.context_destroy(context);
        }
        good = good && dlclose(handle) == 0;
        if (i == 100) {
            early = resident();
            before = listed("/proc/self/fd");
        }
    }
    late = resident();
    printf("     resident pages after 100 loads %ld, after 1000 %ld\n", early, late);
    check(good && late - early < 64 && listed("/proc/self/fd") == before,
          "1000 times dlopen and dlclose without growth");
}

/* Two copies: each with its own functions, both with the same result. */
static void two_copies(const char *shared, const char *plugin) {
    library one, two;
    void *first = dlopen(shared, RTLD_NOW | RTLD_GLOBAL), *second = dlopen(plugin, RTLD_NOW);
    if (!first || !second) {
        check(0, dlerror());
        return;
    }
    double (*inside)(void) = (double (*)(void))dlsym(second, "plugin_search");
    void *(*address)(void) = (void *(*)(void))dlsym(second, "plugin_address");
    check(find(first, &one) && inside && address, "two copies are loaded");
    check(find(first, &two) && address() != (void *)one.run, "each has functions of its own");
    double a = search(&one, NULL), b = inside(), c = search(&one, NULL);
    check(a > 0.0 && a - b == 0.0 && a - c == 0.0, "both find the same");
    dlclose(second);
    dlclose(first);
}

/* A host with a copy inside, and a plugin with the shared one, in a process of their own. */
static void other_way_round(const char *host, const char *plugin, const char *exports) {
    char command[2048];
    snprintf(command, sizeof command, "'%s' '%s' %s", host, plugin, exports);
    int status = system(command);
    check(status == 0, exports[0] ? "static in a host that exports it, shared in a plugin"
                                  : "static in the host, shared in a plugin");
}

int main(int count, char **arguments) {
    if (count < 5) {
        fprintf(stderr, "usage: embed LIBRARY PLUGIN JOURNAL LOCALE [SHARED_PLUGIN HOST HOST]\n");
        return 2;
    }
    load_and_unload(arguments[1]);
    two_copies(arguments[1], arguments[2]);
    before_and_after(arguments[1], arguments[3], arguments[4]);
    if (count == 8) {
        other_way_round(arguments[6], arguments[5], "");
        other_way_round(arguments[7], arguments[5], "exports");
    }
    printf("%ld passed, %ld failed\n", passed, failed);
    return failed > 0;
}
