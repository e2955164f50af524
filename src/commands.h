/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_COMMANDS_H
#define LINAS_COMMAND_COMMANDS_H
/* The commands behind the first word; each returns the exit status. */
#include "support.h"

#include <linas/linas.h>

int search_command(int count, char **arguments);
int ask_command(int count, char **arguments);
int tell_command(int count, char **arguments);
int front_command(int count, char **arguments);
int report_command(int count, char **arguments);
int spaces_command(int count, char **arguments);

/* A context that reports the library's warnings, or NULL with a message. */
linas_context *open_context(void);
/* A space by the name of a preset or from a file. */
int open_space(linas_context *context, const char *name, linas_space **space);

#endif
