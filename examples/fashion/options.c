/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const tactic tactics[TACTICS] = {
    {"linas", LINAS_TACTIC_LINAS}, {"nsga2", LINAS_TACTIC_NSGA2}, {"random", LINAS_TACTIC_RANDOM}};

static const char usage[] =
    "usage: fashion [OPTION]...\n"
    "  --tactic linas|nsga2|random   default linas\n"
    "  --evaluations N               sub-networks measured, default 200\n"
    "  --seed S                      of the search, default 1\n"
    "  --compare                     the tactics side by side, 3 seeds each; with --tactic, one\n"
    "  --table FILE                  measure a part of the space exhaustively into a CSV file\n"
    "  --journal FILE                keep a journal; an existing one is continued\n"
    "  --output DIR                  of front.csv, front.jsonl, front.svg; default .\n"
    "  --cache DIR                   of the trained weights; default $LINAS_FASHION_CACHE or .\n"
    "  --data DIR                    of the four dataset files\n"
    "  --epochs X                    of training, default 8\n"
    "  --threads N                   for training and accuracy, default 2\n"
    "  --quick                       a small training and search, to see that all works\n";

void options_help(void) {
    fputs(usage, stdout);
}

static int bad_value(const char *name, const char *value) {
    fprintf(stderr, "fashion: %s cannot be '%s'; --help tells more\n", name, value);
    return -1;
}

static int read_count(const char *text, uint64_t least, uint64_t most, uint64_t *number) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || value < least || value > most)
        return -1;
    *number = value;
    return 0;
}

static int read_epochs(const char *text, double *epochs) {
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end || !(value > 0.0 && value <= 1000.0))
        return -1;
    *epochs = value;
    return 0;
}

static int read_tactic(const char *name, int32_t *code) {
    for (size_t i = 0; i < TACTICS; i++)
        if (strcmp(name, tactics[i].name) == 0) {
            *code = tactics[i].code;
            return 0;
        }
    return -1;
}

static const char **find_text(demo_options *o, const char *name) {
    if (strcmp(name, "--journal") == 0)
        return &o->journal;
    if (strcmp(name, "--output") == 0)
        return &o->output;
    if (strcmp(name, "--cache") == 0)
        return &o->cache;
    if (strcmp(name, "--data") == 0)
        return &o->data;
    return strcmp(name, "--table") == 0 ? &o->table : NULL;
}

static int read_value(demo_options *o, const char *name, const char *value) {
    const char **text = find_text(o, name);
    uint64_t threads = 0;
    int status;
    if (text) {
        *text = value;
        return 0;
    }
    if (strcmp(name, "--tactic") == 0)
        status = read_tactic(value, &o->tactic);
    else if (strcmp(name, "--evaluations") == 0)
        status = read_count(value, 1, 1000000, &o->evaluations);
    else if (strcmp(name, "--seed") == 0)
        status = read_count(value, 0, UINT64_MAX, &o->seed);
    else if (strcmp(name, "--epochs") == 0)
        status = read_epochs(value, &o->train.epochs);
    else {
        status = read_count(value, 1, 16, &threads);
        o->threads = (int)threads;
    }
    return status ? bad_value(name, value) : 0;
}

static int takes_value(const char *word) {
    static const char *const words[] = {"--tactic", "--evaluations", "--seed",   "--epochs",
                                        "--table",  "--threads",     "--output", "--journal",
                                        "--cache",  "--data"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return 1;
    return 0;
}

static int *find_flag(demo_options *o, const char *word) {
    if (strcmp(word, "--compare") == 0)
        return &o->compare;
    if (strcmp(word, "--help") == 0)
        return &o->help;
    return strcmp(word, "--quick") == 0 ? &o->quick : NULL;
}

static int read_word(demo_options *o, int count, char **words, int *at) {
    const char *word = words[*at];
    int *flag = find_flag(o, word);
    if (flag) {
        *flag = 1;
        return 0;
    }
    if (!takes_value(word) || *at + 1 >= count) {
        fprintf(stderr, "fashion: %s '%s'; --help tells more\n",
                takes_value(word) ? "no value for" : "unknown option", word);
        return -1;
    }
    return read_value(o, word, words[++*at]);
}

int options_read(demo_options *o, int count, char **words) {
    const char *cache = getenv("LINAS_FASHION_CACHE");
    *o = (demo_options){.cache = cache ? cache : ".",
                        .output = ".",
                        .tactic = -1,
                        .seed = 1,
                        .evaluations = 200,
                        .threads = 2,
                        .train = {8.0, 64, 0.1, 1, 2}};
    for (int i = 1; i < count; i++)
        if (read_word(o, count, words, &i))
            return -1;
    if (o->quick) {
        o->evaluations = 30;
        o->train.epochs = 1.0;
    }
    o->train.threads = o->threads;
    return 0;
}
