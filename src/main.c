/* SPDX-License-Identifier: Apache-2.0 */
/* The `linas` command: dispatch, help and version. */
#include "child.h"
#include "commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char general_help[] =
    "linas - search a super-network's sub-networks for the best trade-offs\n"
    "\n"
    "  linas search ...     search with a table or an evaluator program (linas help search)\n"
    "  linas ask JOURNAL    candidates to measure, one a line (linas help ask)\n"
    "  linas tell JOURNAL   takes answers to them from standard input (linas help tell)\n"
    "  linas front JOURNAL  the best trade-offs in a journal (linas help front)\n"
    "  linas report JOURNAL... -o FILE.html   what searches did, as a page (linas help report)\n"
    "  linas spaces         the search spaces that are built in (linas help spaces)\n"
    "  linas help [WORD]    this text, or a command's\n"
    "  linas --version      version, build and licence\n"
    "\n"
    "Exit status: 0 done, 1 failure, 2 bad use, 130 interrupted.\n";

static const char search_help[] =
    "linas search --space FILE|PRESET --evaluator 'COMMAND' --objective ... [options]\n"
    "linas search --table FILE.csv --variables a,b,... --objective ... [options]\n"
    "\n"
    "What is searched:\n"
    "  --space FILE|PRESET       a space as JSON, or a name that 'linas spaces' lists\n"
    "  --evaluator 'COMMAND'     program that measures, spoken to in JSON lines; no shell\n"
    "                            repeatable: each is a device, and none waits for the others\n"
    "  --timeout SECONDS         its silence that fails an evaluation (3600)\n"
    "  --device-limit X          warns when measures of devices differ by more than X (0.05)\n"
    "  --calibrate a,b,...       divides these objectives, such as latency, by that ratio\n"
    "  --jobs N                  requests outstanding at a time (1), of each device\n"
    "  --asynchronous            none waits for the others: so many are always outstanding\n"
    "  --attempts N              tries at a sub-network that fails or times out (1)\n"
    "  --remeasure N             the first one is measured again after every N answers\n"
    "  --drift-limit X           warns when its measures change by more than X, such as 0.05\n"
    "  --table FILE.csv          measures of configurations, one a row\n"
    "  --variables a,b,...       its columns that are variables; first..last is a range\n"
    "  --ordinal a,b,...         those of them whose values have an order\n"
    "  --objective NAME:max|min[:UNIT]   once for each\n"
    "  --limit 'NAME<=X'|'NAME>=X'       what a sub-network must keep to; repeatable\n"
    "Earlier measurements, which are not made again:\n"
    "  --import FILE             a journal of the same space, or CSV; repeatable\n"
    "  --import-only a,b,...     these objectives of it (all)\n"
    "How:\n"
    "  --tactic linas|nsga2|random       (linas)\n"
    "  --evaluations N           budget (250)\n"
    "  --initial N               first random sub-networks of linas (20)\n"
    "  --batch N                 sub-networks proposed at a time (2)\n"
    "  --population N            of NSGA-II (50)\n"
    "  --survival crowding|reference     of NSGA-II; reference for many objectives (crowding)\n"
    "  --seed S                  same seed, same search (1)\n"
    "  --journal FILE            record of the search, one JSON object a line\n"
    "  --resume                  continue the journal\n"
    "\n"
    "Prints why it stopped, the hypervolume and the front; progress goes to standard error.\n";

static const char ask_help[] =
    "linas ask JOURNAL [-n N] [--again] [--wait SECONDS]\n"
    "linas ask JOURNAL [-n N] --space FILE|PRESET --objective NAME:max|min[:UNIT] ... [options]\n"
    "\n"
    "Prints candidates, {\"id\",\"genome\",\"config\"} a line, and ends. What is handed out is "
    "not\n"
    "handed out again. A journal that does not exist is begun.\n"
    "\n"
    "  -n N                  so many (1); fewer at the end of the budget\n"
    "  --again               all that is handed out and has no answer, and nothing new\n"
    "  --wait SECONDS        for others that write the journal (60)\n"
    "  --evaluations N       budget (250, or the journal's)\n"
    "  --objective, --limit, --tactic, --initial, --batch, --population, --survival, --seed\n"
    "                        of a new journal, or the same again: see linas help search\n";

static const char tell_help[] =
    "linas tell JOURNAL [--wait SECONDS]\n"
    "\n"
    "Takes answers to what linas ask printed from standard input, in any order, one a line:\n"
    "  {\"id\":7,\"values\":{\"top1\":76.1,\"latency\":13.2}}\n"
    "  {\"id\":7,\"error\":\"why\"}    or    {\"id\":7,\"infeasible\":\"why\"}\n"
    "Each is recorded at once. Lines that cannot be are told, and the exit status is 1.\n"
    "\n"
    "  --wait SECONDS        for others that write the journal (60)\n";

static const char front_help[] =
    "linas front JOURNAL [options]\n"
    "\n"
    "  --limit 'NAME<=X'|'NAME>=X'   within these limits instead of the search's own\n"
    "  --best NAME                   only the member that is best in this objective\n"
    "  --json                        an array of {\"id\",\"values\",\"config\",\"genome\"}\n"
    "  --csv                         a header, then objectives and variables\n";

static const char report_help[] =
    "linas report JOURNAL... [-o FILE.html]\n"
    "\n"
    "One page that needs nothing else: the front, hypervolume (several journals of the same\n"
    "objectives are compared), how well the measures can be predicted, the values that good\n"
    "sub-networks take, outcomes, drift and settings. Without -o it goes to standard output.\n";

static const char spaces_help[] =
    "linas spaces [NAME|FILE] [--json]\n"
    "\n"
    "Without a name: the presets with the number of their variables, of configurations and of\n"
    "distinct sub-networks. With one: its groups, or with --json the space as JSON.\n";

static const struct command {
    const char *name;
    int (*run)(int count, char **arguments);
    const char *help;
} commands[] = {{"search", search_command, search_help}, {"ask", ask_command, ask_help},
                {"tell", tell_command, tell_help},       {"front", front_command, front_help},
                {"report", report_command, report_help}, {"spaces", spaces_command, spaces_help}};

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void log_warning(void *user_data, int32_t level, const char *message) {
    (void)user_data;
    if (level >= LINAS_LOG_WARNING)
        warn("%s", message);
}

linas_context *open_context(void) {
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    options.log = log_warning;
    linas_context *context = NULL;
    linas_status status = linas_context_create(&context, &options);
    if (status != LINAS_OK)
        fail(STATUS_FAILED, "%s", linas_status_text(status));
    return context;
}

static int print_text(const char *text) {
    fputs(text, stdout);
    return fflush(stdout) == 0 ? STATUS_OK : STATUS_FAILED;
}

static int help(int count, char **words) {
    if (count == 0)
        return print_text(general_help);
    const struct command *command = find_command(words[0]);
    if (!command)
        return fail(STATUS_USAGE, "no help on '%s'", words[0]);
    return print_text(command->help);
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int dispatch(int count, char **words) {
    if (count == 0)
        return fail(STATUS_USAGE, "which command? 'linas --help' lists all");
    if (is_help(words[0]) || strcmp(words[0], "help") == 0)
        return help(count - 1, words + 1);
    if (strcmp(words[0], "--version") == 0) {
        printf("linas %s\n%s\n", linas_version(), linas_build_info());
        return print_text("");
    }
    const struct command *command = find_command(words[0]);
    if (!command)
        return fail(STATUS_USAGE, "unknown command '%s'; 'linas --help' lists all", words[0]);
    for (int i = 1; i < count; i++)
        if (is_help(words[i]))
            return print_text(command->help);
    return command->run(count - 1, words + 1);
}

/* A journal opened as descriptor 1 or 2 would be written to by messages. */
static void open_standard_descriptors(void) {
    int descriptor;
    do
        descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

int main(int count, char **words) {
    open_standard_descriptors();
    atexit(child_kill_now);
    return dispatch(count - 1, words + 1);
}
