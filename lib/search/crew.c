/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "search/crew.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

typedef enum state { IDLE, READY, AT_WORK, DONE } state;

typedef struct worker {
    lns_crew *crew;
    pthread_t thread;
    pthread_cond_t wake;
    bool can_wake;
    bool started;
    linas_context *context; /* its own */
    linas_space *space;     /* likewise */
    state state;
    uint64_t turn; /* when DONE: order of completion */
    lns_returned returned;
} worker;

struct lns_crew {
    linas_search *search;
    const linas_evaluator *evaluator;
    pthread_mutex_t lock; /* of all below; the caller's thread holds it unless it waits */
    pthread_cond_t done;
    bool can_lock, can_wait, locked;
    bool over;
    uint64_t turns;
    size_t count; /* workers */
    size_t idle;
    worker *workers;
};

/* -- a worker's own context -------------------------------------------------------------------- */

/* The caller's thread makes and destroys the workers' contexts while it does not hold the lock. */
static void *allocate(void *user_data, size_t bytes) {
    lns_crew *crew = user_data;
    const linas_context_options *host = &crew->search->context->options;
    pthread_mutex_lock(&crew->lock);
    void *memory = host->allocate(host->allocator_data, bytes);
    pthread_mutex_unlock(&crew->lock);
    return memory;
}

static void *reallocate(void *user_data, void *memory, size_t bytes) {
    lns_crew *crew = user_data;
    const linas_context_options *host = &crew->search->context->options;
    pthread_mutex_lock(&crew->lock);
    void *moved = host->reallocate(host->allocator_data, memory, bytes);
    pthread_mutex_unlock(&crew->lock);
    return moved;
}

static void release(void *user_data, void *memory) {
    lns_crew *crew = user_data;
    const linas_context_options *host = &crew->search->context->options;
    pthread_mutex_lock(&crew->lock);
    host->release(host->allocator_data, memory);
    pthread_mutex_unlock(&crew->lock);
}

static linas_status make_context(worker *w) {
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    options.allocate = allocate;
    options.reallocate = reallocate;
    options.release = release;
    options.allocator_data = w->crew;
    return linas_context_create(&w->context, &options);
}

/* `text` is the search's space. */
static linas_status make_space(worker *w, const char *text) {
    linas_context *context = w->crew->search->context;
    linas_status status = make_context(w);
    if (status == LINAS_OK)
        status = linas_space_from_json(w->context, text, strlen(text), &w->space);
    if (status == LINAS_OK)
        return LINAS_OK;
    return lns_fail(context, status, "a thread's copy of the space: %s",
                    w->context ? w->context->message : "out of memory");
}

static linas_status make_spaces(lns_crew *crew) {
    const linas_search *search = crew->search;
    size_t needed = 0;
    linas_status status = linas_space_to_json(search->space, NULL, 0, &needed);
    if (status != LINAS_ERROR_BUFFER_TOO_SMALL)
        return status;
    char *text = lns_alloc(search->context, needed, 1);
    status = text ? linas_space_to_json(search->space, text, needed, NULL)
                  : lns_no_memory(search->context);
    for (size_t i = 0; i < crew->count && status == LINAS_OK; i++)
        status = make_space(&crew->workers[i], text);
    lns_free(search->context, text);
    return status;
}

/* -- working ----------------------------------------------------------------------------------- */

static void *work(void *argument) {
    worker *w = argument;
    lns_crew *crew = w->crew;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (w->state != READY && !crew->over)
            pthread_cond_wait(&w->wake, &crew->lock);
        if (w->state != READY)
            break;
        w->state = AT_WORK;
        pthread_mutex_unlock(&crew->lock);
        w->returned.code = lns_candidate_evaluate(w->returned.candidate, crew->evaluator);
        pthread_mutex_lock(&crew->lock);
        w->state = DONE;
        w->turn = crew->turns++;
        pthread_cond_signal(&crew->done);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* The host's signals are for the host's threads. Those that the system has no room for are done
 * without. */
static linas_status start(lns_crew *crew) {
    sigset_t all, before;
    size_t started = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < crew->count; i++) {
        worker *w = &crew->workers[i];
        w->started = w->can_wake && pthread_create(&w->thread, NULL, work, w) == 0;
        w->state = w->started ? IDLE : DONE;
        started += w->started;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    crew->idle = started;
    if (started > 0)
        return LINAS_OK;
    return lns_fail(crew->search->context, LINAS_ERROR_NO_MEMORY, "no thread could be started");
}

/* -- the crew ---------------------------------------------------------------------------------- */

static linas_status make_workers(lns_crew *crew, uint32_t threads) {
    linas_context *context = crew->search->context;
    crew->can_lock = pthread_mutex_init(&crew->lock, NULL) == 0;
    crew->can_wait = crew->can_lock && pthread_cond_init(&crew->done, NULL) == 0;
    crew->workers = lns_alloc_zero(context, threads, sizeof *crew->workers);
    if (!crew->can_wait || !crew->workers)
        return lns_no_memory(context);
    crew->count = threads;
    for (size_t i = 0; i < crew->count; i++) {
        crew->workers[i].crew = crew;
        crew->workers[i].can_wake = pthread_cond_init(&crew->workers[i].wake, NULL) == 0;
    }
    LNS_TRY(make_spaces(crew));
    pthread_mutex_lock(&crew->lock);
    crew->locked = true;
    return start(crew);
}

linas_status lns_crew_create(linas_search *search, const linas_evaluator *evaluator,
                             uint32_t threads, lns_crew **crew) {
    lns_crew *made = lns_alloc_zero(search->context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(search->context);
    made->search = search;
    made->evaluator = evaluator;
    linas_status status = make_workers(made, threads);
    if (status == LINAS_OK)
        *crew = made;
    else
        lns_crew_destroy(made);
    return status;
}

static void dismiss(lns_crew *crew) {
    crew->over = true;
    for (size_t i = 0; i < crew->count; i++)
        if (crew->workers[i].started)
            pthread_cond_signal(&crew->workers[i].wake);
    if (crew->locked)
        pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->count; i++)
        if (crew->workers[i].started)
            pthread_join(crew->workers[i].thread, NULL);
}

void lns_crew_destroy(lns_crew *crew) {
    linas_context *context = crew->search->context;
    dismiss(crew);
    for (size_t i = 0; i < crew->count; i++) {
        worker *w = &crew->workers[i];
        linas_space_destroy(w->space);
        linas_context_destroy(w->context);
        if (w->can_wake)
            pthread_cond_destroy(&w->wake);
    }
    lns_free(context, crew->workers);
    if (crew->can_wait)
        pthread_cond_destroy(&crew->done);
    if (crew->can_lock)
        pthread_mutex_destroy(&crew->lock);
    lns_free(context, crew);
}

size_t lns_crew_idle(const lns_crew *crew) {
    return crew->idle;
}

size_t lns_crew_at_work(const lns_crew *crew) {
    size_t count = 0;
    for (size_t i = 0; i < crew->count; i++)
        count += crew->workers[i].started && crew->workers[i].state != IDLE;
    return count;
}

static worker *find_idle(lns_crew *crew) {
    size_t i = 0;
    while (!crew->workers[i].started || crew->workers[i].state != IDLE)
        i++;
    return &crew->workers[i];
}

linas_status lns_crew_begin(lns_crew *crew, size_t id) {
    worker *w = find_idle(crew);
    lns_home home = {w->context, w->space};
    LNS_TRY(lns_candidate_create(crew->search, id, &home, &w->returned.candidate));
    w->state = READY;
    crew->idle--;
    pthread_cond_signal(&w->wake);
    return LINAS_OK;
}

static worker *find_done(lns_crew *crew) {
    worker *first = NULL;
    for (size_t i = 0; i < crew->count; i++) {
        worker *w = &crew->workers[i];
        if (w->started && w->state == DONE && (!first || w->turn < first->turn))
            first = w;
    }
    return first;
}

void lns_crew_wait(lns_crew *crew, lns_returned *returned) {
    worker *w;
    while (!(w = find_done(crew)))
        pthread_cond_wait(&crew->done, &crew->lock);
    *returned = w->returned;
    w->state = IDLE;
    crew->idle++;
}
