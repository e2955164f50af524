/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_IO_JOURNAL_H
#define LNS_IO_JOURNAL_H
/* Storage of JSON objects, one a line, each with a checksum; knows nothing of what they mean.
 * A line that was not written to its end (the process died) is no line; any other damage is an
 * error that names the line. docs/journal-format.md describes the file. */
#include "base/base.h"
#include <linas/storage.h>

typedef struct lns_journal lns_journal;

typedef enum lns_journal_mode {
    LNS_JOURNAL_READ,    /* without a lock, while another process may be writing */
    LNS_JOURNAL_NEW,     /* must not exist, or be empty */
    LNS_JOURNAL_CONTINUE /* must exist */
} lns_journal_mode;

/* A writer holds an exclusive lock until it closes: LOCKED when another one does. */
linas_status lns_journal_open(linas_context *context, const char *path, lns_journal_mode mode,
                              lns_journal **journal);
/* The same in the host's storage, which can only append: a torn line stays there and is marked. */
linas_status lns_journal_open_storage(linas_context *context, const linas_storage *storage,
                                      lns_journal_mode mode, lns_journal **journal);
/* Make durable at every commit number `commits` only; the first commit and closing always do. */
void lns_journal_sync_every(lns_journal *journal, uint32_t commits);
void lns_journal_close(lns_journal *journal);

/* The next line, checked, without its line feed; NULL at the end. Valid until the next call. */
linas_status lns_journal_next(lns_journal *journal, const char **line, size_t *length);
/* Number of the line last read, from 1; and a failure that names file and line. */
size_t lns_journal_line(const lns_journal *journal);
linas_status lns_journal_fail(lns_journal *journal, linas_status status, const char *why);
/* After the last line: what stands behind it (a torn line); it is cut off by the first commit. */
void lns_journal_tail(const lns_journal *journal, const char **text, size_t *length);

/* Put an object's JSON text ("{...}", without line feeds) aside for the next commit. */
linas_status lns_journal_add(lns_journal *journal, const char *object, size_t length);
/* Forget what was put aside. */
void lns_journal_discard(lns_journal *journal);
/* Write what was put aside and make it durable: all of it, or on failure nothing (then it is no
 * longer put aside either). Lines must have been read to the end before. */
linas_status lns_journal_commit(lns_journal *journal);
/* Make durable what was committed. */
linas_status lns_journal_sync(lns_journal *journal);

#endif
