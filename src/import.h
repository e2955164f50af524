/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_IMPORT_H
#define LINAS_COMMAND_IMPORT_H
/* Earlier measurements for a new search: from a journal of the same space, or from CSV. */
#include "options.h"

/* Takes over the named objectives, or without names all that the file knows of the search's. */
int import_file(linas_context *context, linas_search *search, const char *path,
                const text_list *only);

#endif
