/* SPDX-License-Identifier: Apache-2.0 */
/* A host that dies at every call by which its journal changes, and goes on from what is left.
 * usage: crash FOLDER [quick], with shim.c preloaded: prints counts, the last line "N passed, N
 * failed". crash search JOURNAL STOP_AFTER RESUME: one search, prints its digest. */
#define _GNU_SOURCE
#include <linas/linas.h>

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GENES = 9, BUDGET = 24, WIDTH = 3, MODES = 7, LONGEST = 1 << 16 };

static void (*arm)(long call, long mode, size_t kept);
static long (*calls)(void);
static long (*unsynced)(void); /* NULL without the shim */

/* What a child tells its parent, in memory that both see: it may die at any time. */
typedef struct result {
    uint64_t digest;
    uint64_t answered;
    int32_t status;
    int32_t stop;
    long calls;
    long hasty; /* acknowledgements before the bytes were durable */
    uint8_t acknowledged[BUDGET];
} result;

typedef struct plan {
    const char *journal;
    int32_t tactic;
    uint32_t resume;
    uint32_t sync_every;
    uint64_t stop_after;
    long call; /* that fails; -1: none */
    long mode;
    size_t kept; /* bytes of a torn write */
    uint32_t outstanding;
} plan;

/* -- one search -------------------------------------------------------------------------------- */

static linas_space *make_space(linas_context *context) {
    static const int64_t depths[] = {2, 3, 4}, widths[] = {3, 5, 7};
    linas_space *space = NULL;
    linas_status status = linas_space_create(context, &space);
    if (!status)
        status = linas_space_add_int(space, "d", 1, depths, 3, LINAS_ORDINAL);
    if (!status)
        status = linas_space_add_int(space, "k", 8, widths, 3, LINAS_CATEGORICAL);
    for (size_t slot = 4; slot < 8 && !status; slot++)
        status = linas_space_active_if_above(space, "k", slot, "d", 0, (double)(slot / 2));
    return status ? NULL : space;
}

static void measure(const int32_t *genome, double *values) {
    values[0] = 60.0 + genome[0];
    values[1] = 2.0 + 0.125 * genome[0];
    for (int i = 1; i < GENES; i++) {
        values[0] += genome[i] / (1.0 + 0.5 * i) - 0.1 * genome[i] * genome[0];
        values[1] += genome[i] * (0.25 + 0.0625 * i);
    }
}

static uint64_t mixed(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ next[i]) * UINT64_C(1099511628211);
    return hash;
}

/* Of all evaluations and the front; the order of the answers does not matter, for after a death
 * what was tried again may come earlier. */
static uint64_t digest_of(const linas_search *search) {
    const uint64_t start = UINT64_C(14695981039346656037);
    uint64_t sum = 0;
    linas_evaluation e = LINAS_EVALUATION_INIT;
    for (uint64_t i = 0; linas_search_evaluation(search, i, &e) == LINAS_OK; i++) {
        uint64_t hash = mixed(start, &e.id, sizeof e.id);
        hash = mixed(hash, &e.outcome, sizeof e.outcome);
        hash = mixed(hash, e.genome, GENES * sizeof *e.genome);
        if (e.outcome == LINAS_EVALUATION_OK)
            hash = mixed(hash, e.values, 2 * sizeof *e.values);
        sum += hash;
    }
    linas_front *front = NULL;
    if (linas_search_front(search, &front) == LINAS_OK)
        for (size_t i = 0; linas_front_get(front, i, &e) == LINAS_OK; i++)
            sum = mixed(sum, &e.id, sizeof e.id);
    linas_front_destroy(front);
    return sum;
}

/* Sub-networks are answered in the order of their ids, several of them outstanding; every seventh
 * fails once and is tried again, every eleventh fails for good. What was
 * acknowledged is noted. */
static linas_status drive(linas_search *search, uint64_t stop_after, result *found) {
    uint64_t ids[WIDTH];
    int32_t genomes[WIDTH * GENES];
    size_t count = 0;
    uint64_t told = 0;
    linas_status status = LINAS_OK;
    while ((status = linas_search_ask(search, WIDTH, ids, genomes, &count)) == LINAS_OK &&
           count > 0)
        for (size_t i = 0; i < count; i++) {
            double values[2];
            if (told++ == stop_after)
                return LINAS_OK;
            measure(genomes + i * GENES, values);
            uint64_t before = linas_search_evaluations(search);
            if (ids[i] % 11 == 10)
                status =
                    linas_search_tell_failed(search, ids[i], LINAS_EVALUATION_INFEASIBLE, "no");
            else if (ids[i] % 7 == 3)
                status = linas_search_tell_failed(search, ids[i], LINAS_EVALUATION_FAILED, "flaky");
            else
                status = linas_search_tell(search, ids[i], values, 2);
            if (status != LINAS_OK)
                return status;
            found->hasty += unsynced && unsynced() > 0;
            if (linas_search_evaluations(search) > before)
                found->acknowledged[ids[i]] = 1;
        }
    return status;
}

/* Several are always outstanding, and the first of them is answered. */
static linas_status drive_async(linas_search *search, uint64_t stop_after, result *found) {
    uint64_t ids[WIDTH];
    int32_t genomes[WIDTH * GENES];
    size_t out = 0, count = 0;
    for (uint64_t told = 0; told < stop_after; told++) {
        linas_status status =
            linas_search_ask(search, WIDTH - out, ids + out, genomes + out * GENES, &count);
        out += count;
        if (status != LINAS_OK || out == 0)
            return status;
        size_t first = 0;
        double values[2];
        for (size_t i = 1; i < out; i++)
            first = ids[i] < ids[first] ? i : first;
        measure(genomes + first * GENES, values);
        if (ids[first] % 11 == 10)
            status = linas_search_tell_failed(search, ids[first], LINAS_EVALUATION_FAILED, "no");
        else
            status = linas_search_tell(search, ids[first], values, 2);
        if (status != LINAS_OK)
            return status;
        found->hasty += unsynced && unsynced() > 0;
        found->acknowledged[ids[first]] = 1;
        ids[first] = ids[--out];
        memmove(genomes + first * GENES, genomes + out * GENES, GENES * sizeof *genomes);
    }
    return LINAS_OK;
}

static linas_status create(const plan *p, linas_context *context, linas_search **search) {
    linas_objective goals[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_space *space = make_space(context);
    options.tactic = p->tactic;
    options.evaluations = BUDGET;
    options.initial = 8;
    options.batch = 4;
    options.population = 8;
    options.generations = 6;
    options.attempts = p->outstanding ? 1 : 2;
    options.outstanding = p->outstanding;
    options.remeasure = 9;
    options.journal = p->journal;
    options.resume = p->resume;
    options.sync_every = p->sync_every;
    linas_status status = linas_search_create(context, space, goals, 2, &options, search);
    linas_space_destroy(space);
    return status;
}

static void search_once(const plan *p, result *found) {
    linas_context *context = NULL;
    linas_search *search = NULL;
    found->status = linas_context_create(&context, NULL);
    if (!found->status)
        found->status = create(p, context, &search);
    if (search) {
        found->status = (p->outstanding ? drive_async : drive)(search, p->stop_after, found);
        found->digest = digest_of(search);
        found->answered = linas_search_evaluations(search);
        found->stop = linas_search_stop_reason(search);
    }
    if (found->status && getenv("CRASH_VERBOSE"))
        fprintf(stderr, "%s\n", linas_context_message(context));
    linas_search_destroy(search);
    linas_context_destroy(context);
}

/* -- dying ------------------------------------------------------------------------------------- */

static result *shared;
static long passed, failed, killed, refused;

/* True if the child ended by itself. */
static int run_child(const plan *p, result *found) {
    int status = 0;
    memset(shared, 0, sizeof *shared);
    pid_t child = fork();
    if (child == 0) {
        arm(p->call, p->mode, p->kept);
        search_once(p, shared);
        shared->calls = calls();
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("crash");
        exit(2);
    }
    *found = *shared;
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
        printf("FAIL signal %d\n", WTERMSIG(status));
        failed++;
    }
    return WIFEXITED(status);
}

/* Is everything in the journal that was acknowledged? A journal that no answer ever reached may
 * lack its header. */
static int holds(const plan *p, const result *first) {
    linas_context *context = NULL;
    linas_search *search = NULL;
    linas_evaluation e = LINAS_EVALUATION_INIT;
    uint8_t found[BUDGET] = {0};
    int all = 1;
    if (linas_context_create(&context, NULL) != LINAS_OK)
        return 0;
    if (linas_search_open_journal(context, p->journal, &search) == LINAS_OK)
        for (uint64_t i = 0; linas_search_evaluation(search, i, &e) == LINAS_OK; i++)
            found[e.id] = 1;
    for (int id = 0; id < BUDGET; id++)
        all = all && (found[id] || !first->acknowledged[id]);
    linas_search_destroy(search);
    linas_context_destroy(context);
    return all;
}

/* Goes on from what is there, unhindered: the end must be that of the uninterrupted search. */
static void go_on(const plan *p, const result *whole, const result *before, const char *what) {
    plan rest = *p;
    result found;
    struct stat facts;
    int kept = holds(p, before);
    rest.call = -1;
    rest.resume = stat(p->journal, &facts) == 0 ? 1 : 0;
    int ended = run_child(&rest, &found);
    if (kept && ended && found.status == LINAS_OK && found.digest == whole->digest &&
        found.answered == BUDGET) {
        passed++;
        return;
    }
    failed++;
    printf("FAIL %s: tactic %d, call %ld, mode %ld, %zu bytes: %s, status %d, %llu answers\n", what,
           (int)p->tactic, p->call, p->mode, p->kept, kept ? "nothing lost" : "an answer is lost",
           (int)found.status, (unsigned long long)found.answered);
}

static void one_point(const plan *p, const result *whole) {
    result first, second;
    unlink(p->journal);
    if (run_child(p, &first))
        refused += first.status != LINAS_OK;
    else
        killed++;
    go_on(p, whole, &first, "once");
    /* And once more while it goes on, early and late. */
    if (p->call % 5 != 0)
        return;
    for (long again = 0; again < 6; again += 2) {
        plan next = *p;
        unlink(p->journal);
        run_child(p, &first);
        next.resume = access(p->journal, F_OK) == 0 ? 1 : 0;
        next.call = again;
        if (!run_child(&next, &second))
            killed++;
        for (int id = 0; id < BUDGET; id++)
            second.acknowledged[id] |= first.acknowledged[id];
        go_on(&next, whole, &second, "twice");
    }
}

static void every_call(plan p, const result *whole) {
    static const size_t parts[] = {1, 20, 1000};
    for (p.mode = 0; p.mode < MODES; p.mode++)
        for (p.call = 0; p.call < whole->calls; p.call++) {
            p.kept = parts[p.call % 3];
            one_point(&p, whole);
        }
}

/* Every byte of the last lines, and every `step`th before. */
static void every_byte(plan p, const result *whole, size_t step) {
    static char bytes[LONGEST];
    result nothing = {0};
    FILE *file = fopen(p.journal, "rb");
    size_t length = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file)
        fclose(file);
    for (p.kept = 0; p.kept < length; p.kept += p.kept + 300 < length ? step : 1) {
        file = fopen(p.journal, "wb");
        if (!file || fwrite(bytes, 1, p.kept, file) != p.kept || fclose(file) != 0)
            exit(2);
        go_on(&p, whole, &nothing, "torn");
    }
}

static void all_of(const char *journal, int32_t tactic, uint32_t sync_every, size_t step,
                   uint32_t outstanding) {
    plan p = {journal, tactic, 0, sync_every, UINT64_MAX, -1, 0, 0, outstanding};
    result whole;
    long before = passed;
    unlink(journal);
    if (!run_child(&p, &whole) || whole.answered != BUDGET) {
        failed++;
        printf("FAIL the uninterrupted search: status %d\n", (int)whole.status);
        return;
    }
    if ((whole.hasty > 0) != (sync_every > 1)) {
        failed++;
        printf("FAIL %ld answers were acknowledged before they were durable\n", whole.hasty);
    }
    if (step > 0)
        every_byte(p, &whole, step);
    long torn = passed - before;
    every_call(p, &whole);
    printf("tactic %d%s, durable every %u: %ld calls, %ld torn at a byte, %ld points in all\n",
           (int)tactic, outstanding ? ", asynchronous" : "", (unsigned)sync_every, whole.calls,
           torn, passed - before);
}

static int print_one(char **arguments) {
    plan p = {arguments[0],
              LINAS_TACTIC_LINAS,
              (uint32_t)atoi(arguments[2]),
              1,
              strtoull(arguments[1], NULL, 10),
              -1,
              0,
              0,
              0};
    result found = {0};
    search_once(&p, &found);
    printf("%llu evaluations, digest %016llx\n", (unsigned long long)found.answered,
           (unsigned long long)found.digest);
    return found.status != LINAS_OK;
}

int main(int count, char **arguments) {
    char journal[512];
    if (count == 5 && strcmp(arguments[1], "search") == 0)
        return print_one(arguments + 2);
    *(void **)&arm = dlsym(RTLD_DEFAULT, "crash_arm");
    *(void **)&calls = dlsym(RTLD_DEFAULT, "crash_calls");
    *(void **)&unsynced = dlsym(RTLD_DEFAULT, "crash_unsynced");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count < 2 || !arm || !calls || !unsynced || shared == MAP_FAILED) {
        fprintf(stderr, "usage: LD_PRELOAD=shim.so crash FOLDER [quick]\n");
        return 2;
    }
    snprintf(journal, sizeof journal, "%s/crash-%ld.jsonl", arguments[1], (long)getpid());
    setvbuf(stdout, NULL, _IONBF, 0);
    if (count == 3) {
        all_of(journal, LINAS_TACTIC_LINAS, 1, 31, 0);
        all_of(journal, LINAS_TACTIC_LINAS, 1, 0, WIDTH);
    } else {
        all_of(journal, LINAS_TACTIC_LINAS, 1, 1, 0);
        all_of(journal, LINAS_TACTIC_NSGA2, 1, 7, 0);
        all_of(journal, LINAS_TACTIC_RANDOM, 1, 7, 0);
        all_of(journal, LINAS_TACTIC_LINAS, 5, 0, 0);
        for (int32_t tactic = LINAS_TACTIC_LINAS; tactic <= LINAS_TACTIC_RANDOM; tactic++)
            all_of(journal, tactic, 1, 7, WIDTH);
    }
    unlink(journal);
    printf("killed %ld times, refused %ld times\n", killed, refused);
    printf("%ld passed, %ld failed\n", passed, failed);
    return failed > 0;
}
