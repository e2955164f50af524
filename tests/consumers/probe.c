/* SPDX-License-Identifier: Apache-2.0 */
/* A host program: a whole search by callbacks. It says on its own copy of stdout what it saw, while
 * the library has a stdout and a stderr that must stay empty.
 * usage: probe JOURNAL [LOCALE]; prints "key=value" lines. */
#define _GNU_SOURCE
#include <linas/linas.h>

#include <dlfcn.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Accuracy grows with every gene but with falling returns, latency with the product of two. */
static int32_t measure(void *user_data, linas_candidate *candidate) {
    const int32_t *genome = linas_candidate_genome(candidate);
    size_t variables = linas_space_variables(linas_candidate_space(candidate));
    double accuracy = 60.1;
    double latency = 1.5;
    int *calls = user_data;
    ++*calls;
    for (size_t i = 0; i < variables; i++) {
        double gene = (double)genome[i];
        accuracy += gene / (1.25 + (double)(i % 7)) - 0.11 * gene * gene;
        latency += gene * (0.3 + 0.1 * (double)(i % 5));
    }
    linas_candidate_set(candidate, "top1", accuracy);
    linas_candidate_set(candidate, "latency", latency);
    return 0;
}

static off_t size_of(int descriptor) {
    struct stat facts;
    return fstat(descriptor, &facts) == 0 ? facts.st_size : -1;
}

static linas_status search(const char *journal, int *calls, size_t *members) {
    linas_context *context = NULL;
    linas_space *space = NULL;
    linas_search *run = NULL;
    linas_front *front = NULL;
    linas_objective objectives[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "ms")};
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    options.evaluations = 60;
    options.journal = journal;
    evaluator.evaluate = measure;
    evaluator.evaluate_data = calls;
    linas_status status = linas_context_create(&context, NULL);
    if (!status)
        status = linas_space_preset(context, "ofa-mobilenetv3", &space);
    if (!status)
        status = linas_search_create(context, space, objectives, 2, &options, &run);
    if (!status)
        status = linas_search_run(run, &evaluator);
    if (!status)
        status = linas_search_front(run, &front);
    if (status)
        printf("message=%s\n", linas_context_message(context));
    else
        *members = linas_front_size(front);
    linas_front_destroy(front);
    linas_search_destroy(run);
    linas_space_destroy(space);
    linas_context_destroy(context);
    return status;
}

int main(int count, char **arguments) {
    int calls = 0;
    size_t members = 0;
    if (count > 2 && !setlocale(LC_ALL, arguments[2])) {
        puts("locale=missing");
        return 3;
    }
    char before[256];
    snprintf(before, sizeof before, "%s", setlocale(LC_ALL, NULL));

    int out = dup(STDOUT_FILENO);
    FILE *quiet = tmpfile();
    FILE *quiet_error = tmpfile();
    if (out < 0 || !quiet || !quiet_error)
        return 3;
    fflush(stdout);
    dup2(fileno(quiet), STDOUT_FILENO);
    dup2(fileno(quiet_error), STDERR_FILENO);
    srand(17);
    int expected = rand();
    srand(17);
    linas_status status =
        search(count > 1 && arguments[1][0] ? arguments[1] : NULL, &calls, &members);
    int drawn = rand();
    fflush(stdout);
    fflush(stderr);
    long printed = (long)(size_of(fileno(quiet)) + size_of(fileno(quiet_error)));
    dup2(out, STDOUT_FILENO);

    Dl_info blas = {0};
    void *ddot = dlsym(RTLD_DEFAULT, "cblas_ddot");
    if (ddot)
        dladdr(ddot, &blas);
    printf("status=%d\ncalls=%d\nfront=%zu\nprinted=%ld\n", (int)status, calls, members, printed);
    printf("locale=%s\n", strcmp(before, setlocale(LC_ALL, NULL)) == 0 ? "kept" : "changed");
    printf("rand=%s\n", drawn == expected ? "kept" : "changed");
    printf("blas=%s\n", blas.dli_fname ? blas.dli_fname : "none");
    printf("build=%s\n", linas_build_info());
    return status ? 1 : 0;
}
