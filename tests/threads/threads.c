/* SPDX-License-Identifier: Apache-2.0 */
/* Sixteen contexts search at once, each in a thread of its own, and every third search with three
 * more that evaluate, while other threads and a signal handler ask them to stop. Run with
 * ThreadSanitizer: ./dev tsan. usage: threads SECONDS; last line "N passed, N failed". */
#define _GNU_SOURCE
#include <linas/linas.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 16, GENES = 6 };

static _Atomic(linas_search *) running[THREADS]; /* NULL: not to be stopped */
static atomic_int stopping[THREADS];             /* a stopper looks at it */
static atomic_long searches, wrong, stopped_by_thread, stopped_by_signal;
static atomic_int over;

static int32_t measure(void *user_data, linas_candidate *candidate) {
    const int32_t *genome = linas_candidate_genome(candidate);
    double top1 = 60.0, latency = 1.0;
    (void)user_data;
    for (int i = 0; i < GENES; i++) {
        top1 += genome[i] / (1.0 + i);
        latency += genome[i] * (0.5 + 0.1 * i);
    }
    linas_candidate_set(candidate, "top1", top1);
    return linas_candidate_set(candidate, "latency", latency);
}

static linas_space *make_space(linas_context *context) {
    static const int64_t values[] = {1, 2, 4, 8};
    linas_space *space = NULL;
    if (linas_space_create(context, &space) ||
        linas_space_add_int(space, "k", GENES, values, 4, LINAS_CATEGORICAL))
        return NULL;
    return space;
}

/* The search is destroyed only when nobody can be asking it to stop. */
static void retire(int number) {
    atomic_store(&running[number], NULL);
    while (atomic_load(&stopping[number]) > 0)
        sched_yield();
}

static void search_once(int number, unsigned round, double *volumes) {
    linas_context *context = NULL;
    linas_search *search = NULL;
    linas_objective goals[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    static const int32_t models[] = {LINAS_PREDICTOR_AUTO, LINAS_PREDICTOR_RIDGE,
                                     LINAS_PREDICTOR_GP, LINAS_PREDICTOR_SVR};
    double volume = -1.0;
    int model = (int)(round % 4);
    evaluator.evaluate = measure;
    evaluator.flags = LINAS_EVALUATOR_THREAD_SAFE;
    evaluator.threads = round % 3 == 2 ? 3 : 0;
    options.evaluations = 30;
    options.population = 10;
    options.generations = 5;
    options.predictor = models[model];
    linas_space *space = linas_context_create(&context, NULL) ? NULL : make_space(context);
    if (!space || linas_search_create(context, space, goals, 2, &options, &search)) {
        atomic_fetch_add(&wrong, 1);
        return;
    }
    if (number >= THREADS / 2)
        atomic_store(&running[number], search);
    linas_status status = linas_search_run(search, &evaluator);
    retire(number);
    int32_t reason = linas_search_stop_reason(search);
    linas_search_hypervolume(search, &volume);
    if (status != LINAS_OK)
        atomic_fetch_add(&wrong, 1);
    else if (reason == LINAS_STOP_REQUESTED)
        atomic_fetch_add(number == THREADS - 1 ? &stopped_by_signal : &stopped_by_thread, 1);
    else if (evaluator.threads > 0) /* the order of the answers decides */
        atomic_fetch_add(&wrong, !(volume > 0.0));
    else if (volumes[model] > 0.0 && (volumes[model] < volume || volumes[model] > volume))
        atomic_fetch_add(&wrong, 1);
    else
        volumes[model] = volume;
    atomic_fetch_add(&searches, 1);
    linas_search_destroy(search);
    linas_space_destroy(space);
    linas_context_destroy(context);
}

static void *work(void *argument) {
    double volumes[4] = {0};
    int number = *(int *)argument;
    for (unsigned round = 0; !atomic_load(&over); round++)
        search_once(number, round, volumes);
    return NULL;
}

static void ask_to_stop(int number) {
    atomic_fetch_add(&stopping[number], 1);
    linas_search_request_stop(atomic_load(&running[number]));
    atomic_fetch_sub(&stopping[number], 1);
}

static void on_signal(int signal) {
    (void)signal;
    ask_to_stop(THREADS - 1);
}

static void *stop_others(void *argument) {
    (void)argument;
    for (int number = THREADS / 2; !atomic_load(&over); number++) {
        struct timespec pause = {0, 3000000};
        if (number == THREADS - 1) {
            kill(getpid(), SIGUSR1);
            number = THREADS / 2 - 1;
        } else {
            ask_to_stop(number);
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS], stopper;
    int numbers[THREADS];
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, work, &numbers[i]))
            return 2;
    }
    if (pthread_create(&stopper, NULL, stop_others, NULL))
        return 2;
    unsigned left = count > 1 ? (unsigned)atoi(arguments[1]) : 120;
    time_t until = time(NULL) + (time_t)left;
    while (time(NULL) < until)
        sleep(1);
    atomic_store(&over, 1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(stopper, NULL);
    long by_thread = atomic_load(&stopped_by_thread), by_signal = atomic_load(&stopped_by_signal);
    printf("%d contexts at once, %ld searches, %ld stopped by other threads, %ld by a signal "
           "handler\n",
           THREADS, atomic_load(&searches), by_thread, by_signal);
    long failed = atomic_load(&wrong) + (by_thread == 0) + (by_signal == 0);
    printf("%d passed, %ld failed\n", (by_thread > 0) + (by_signal > 0), failed);
    return failed > 0;
}
