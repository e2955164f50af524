/* SPDX-License-Identifier: Apache-2.0 */
/* Append-only lines with checksums, by POSIX calls: whole lines in one write, fdatasync before a
 * commit returns, flock against a second writer. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "io/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 65536 };
static const char check_key[] = ",\"check\":\"";
enum { CHECK_DIGITS = 16, CHECK_BYTES = (int)sizeof check_key - 1 + CHECK_DIGITS + 2 };

struct lns_journal {
    linas_context *context;
    char *path;
    int file;
    bool created; /* its directory is not yet known to be durable */
    bool dirty;   /* bytes beyond `end` must be cut off before writing */
    size_t end;   /* bytes of whole, good lines */
    size_t line;  /* number of the line last read */
    char *buffer; /* bytes of the file read so far but not handed out */
    size_t buffer_capacity;
    size_t filled;
    size_t used; /* handed out of `buffer` */
    lns_text aside;
};

static linas_status fail_errno(const lns_journal *journal, const char *what, int error) {
    char why[128];
    if (strerror_r(error, why, sizeof why) != 0)
        snprintf(why, sizeof why, "error %d", error);
    return lns_fail(journal->context, LINAS_ERROR_IO, "cannot %s the journal %s: %s", what,
                    journal->path, why);
}

linas_status lns_journal_fail(lns_journal *journal, linas_status status, const char *why) {
    return lns_fail(journal->context, status, "%s, line %zu: %s", journal->path, journal->line,
                    why);
}

/* -- opening ----------------------------------------------------------------------------------- */

static int open_flags(lns_journal_mode mode) {
    if (mode == LNS_JOURNAL_READ)
        return O_RDONLY | O_CLOEXEC;
    return O_RDWR | O_CLOEXEC | (mode == LNS_JOURNAL_NEW ? O_CREAT : 0);
}

static linas_status lock(const lns_journal *journal) {
    int result;
    do
        result = flock(journal->file, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    if (result == 0)
        return LINAS_OK;
    if (errno == EWOULDBLOCK)
        return lns_fail(journal->context, LINAS_ERROR_LOCKED,
                        "another search is writing the journal %s", journal->path);
    return fail_errno(journal, "lock", errno);
}

static linas_status check_file(lns_journal *journal, lns_journal_mode mode) {
    struct stat facts;
    if (fstat(journal->file, &facts) != 0)
        return fail_errno(journal, "inspect", errno);
    if (!S_ISREG(facts.st_mode))
        return lns_fail(journal->context, LINAS_ERROR_IO, "the journal %s is not a regular file",
                        journal->path);
    if (mode == LNS_JOURNAL_NEW && facts.st_size > 0)
        return lns_fail(journal->context, LINAS_ERROR_IO,
                        "the journal %s holds a search already: resume it, or choose another file",
                        journal->path);
    journal->created = facts.st_size == 0;
    return LINAS_OK;
}

static linas_status open_file(lns_journal *journal, lns_journal_mode mode) {
    do
        journal->file = open(journal->path, open_flags(mode), 0666);
    while (journal->file < 0 && errno == EINTR);
    if (journal->file < 0)
        return fail_errno(journal, "open", errno);
    if (mode != LNS_JOURNAL_READ)
        LNS_TRY(lock(journal));
    return check_file(journal, mode);
}

linas_status lns_journal_open(linas_context *context, const char *path, lns_journal_mode mode,
                              lns_journal **journal) {
    lns_journal *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->context = lns_context_keep(context);
    made->file = -1;
    lns_text_init(&made->aside, context);
    made->path = lns_copy_string(context, path);
    linas_status status = made->path ? open_file(made, mode) : lns_no_memory(context);
    if (status != LINAS_OK) {
        lns_journal_close(made);
        return status;
    }
    *journal = made;
    return LINAS_OK;
}

void lns_journal_close(lns_journal *journal) {
    if (!journal)
        return;
    linas_context *context = journal->context;
    if (journal->file >= 0)
        close(journal->file);
    lns_text_free(&journal->aside);
    lns_free(context, journal->buffer);
    lns_free(context, journal->path);
    lns_free(context, journal);
    lns_context_drop(context);
}

/* -- reading ----------------------------------------------------------------------------------- */

static linas_status read_block(lns_journal *journal, size_t *got) {
    /* What was handed out makes room first. */
    journal->filled -= journal->used;
    if (journal->filled > 0)
        memmove(journal->buffer, journal->buffer + journal->used, journal->filled);
    journal->used = 0;
    if (!lns_grow(journal->context, &journal->buffer, &journal->buffer_capacity,
                  journal->filled + BLOCK, 1))
        return lns_no_memory(journal->context);
    off_t at = (off_t)(journal->end + journal->filled);
    ssize_t count;
    do
        count = pread(journal->file, journal->buffer + journal->filled, BLOCK, at);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fail_errno(journal, "read", errno);
    *got = (size_t)count;
    journal->filled += *got;
    return LINAS_OK;
}

/* Length of the line that starts at `used`, with its line feed; 0 if there is no whole line. */
static linas_status find_line(lns_journal *journal, size_t *length) {
    size_t searched = 0;
    for (;;) {
        size_t left = journal->filled - journal->used;
        const char *start = left > searched ? journal->buffer + journal->used : NULL;
        const char *found = start ? memchr(start + searched, '\n', left - searched) : NULL;
        *length = found ? (size_t)(found - start) + 1 : 0;
        if (found)
            return LINAS_OK;
        searched = left;
        size_t got = 0;
        LNS_TRY(read_block(journal, &got));
        if (got == 0)
            return LINAS_OK;
    }
}

static void write_check(const char *line, size_t length, char *out) {
    snprintf(out, CHECK_BYTES + 1, "%s%016llx\"}", check_key,
             (unsigned long long)lns_hash_bytes(0, line, length));
}

static linas_status verify(lns_journal *journal, const char *line, size_t length) {
    char check[CHECK_BYTES + 1];
    size_t key = sizeof check_key - 1;
    if (length < CHECK_BYTES || memcmp(line + length - CHECK_BYTES, check_key, key) != 0)
        return lns_journal_fail(journal, LINAS_ERROR_CORRUPT,
                                "not a line of a journal, or damaged: it has no checksum");
    write_check(line, length - CHECK_BYTES, check);
    if (memcmp(line + length - CHECK_BYTES, check, CHECK_BYTES) != 0)
        return lns_journal_fail(journal, LINAS_ERROR_CORRUPT,
                                "damaged: the checksum does not fit the line");
    return LINAS_OK;
}

linas_status lns_journal_next(lns_journal *journal, const char **line, size_t *length) {
    size_t whole;
    LNS_TRY(find_line(journal, &whole));
    *line = NULL;
    *length = 0;
    if (whole == 0) {
        journal->dirty = journal->filled > journal->used;
        return LINAS_OK;
    }
    journal->line++;
    const char *start = journal->buffer + journal->used;
    LNS_TRY(verify(journal, start, whole - 1));
    journal->used += whole;
    journal->end += whole;
    *line = start;
    *length = whole - 1;
    return LINAS_OK;
}

size_t lns_journal_line(const lns_journal *journal) {
    return journal->line;
}

void lns_journal_tail(const lns_journal *journal, const char **text, size_t *length) {
    *text = journal->buffer ? journal->buffer + journal->used : "";
    *length = journal->filled - journal->used;
}

/* -- writing ----------------------------------------------------------------------------------- */

linas_status lns_journal_add(lns_journal *journal, const char *object, size_t length) {
    char check[CHECK_BYTES + 1];
    size_t before = journal->aside.length;
    write_check(object, length - 1, check);
    lns_text_bytes(&journal->aside, object, length - 1);
    lns_text_string(&journal->aside, check);
    lns_text_string(&journal->aside, "\n");
    if (!journal->aside.failed)
        return LINAS_OK;
    journal->aside.failed = false;
    journal->aside.length = before;
    return lns_no_memory(journal->context);
}

void lns_journal_discard(lns_journal *journal) {
    journal->aside.length = 0;
}

static linas_status cut(lns_journal *journal) {
    int result;
    do
        result = ftruncate(journal->file, (off_t)journal->end);
    while (result != 0 && errno == EINTR);
    if (result != 0)
        return fail_errno(journal, "shorten", errno);
    journal->dirty = false;
    return LINAS_OK;
}

static linas_status write_aside(lns_journal *journal) {
    size_t written = 0;
    while (written < journal->aside.length) {
        ssize_t count = pwrite(journal->file, journal->aside.data + written,
                               journal->aside.length - written, (off_t)(journal->end + written));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return fail_errno(journal, "write", count == 0 ? ENOSPC : errno);
        written += (size_t)count;
    }
    return LINAS_OK;
}

/* A file is found after a crash only if its directory was made durable too. */
static linas_status sync_directory(const lns_journal *journal) {
    const char *slash = strrchr(journal->path, '/');
    size_t length = slash ? (size_t)(slash - journal->path) + 1 : 0;
    char *directory = lns_alloc(journal->context, length + 2, 1);
    if (!directory)
        return lns_no_memory(journal->context);
    memcpy(directory, slash ? journal->path : ".", slash ? length : 1);
    directory[slash ? length : 1] = '\0';
    int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    lns_free(journal->context, directory);
    /* A directory that may be written but not read cannot be synchronised. */
    if (file < 0)
        return errno == EACCES ? LINAS_OK : fail_errno(journal, "open the directory of", errno);
    int error = fsync(file) == 0 ? 0 : errno;
    close(file);
    return error == 0 || error == EINVAL ? LINAS_OK : fail_errno(journal, "make durable", error);
}

static linas_status sync_all(lns_journal *journal) {
    if (fdatasync(journal->file) != 0)
        return fail_errno(journal, "make durable", errno);
    if (journal->created)
        LNS_TRY(sync_directory(journal));
    journal->created = false;
    return LINAS_OK;
}

static linas_status commit(lns_journal *journal) {
    if (journal->dirty)
        LNS_TRY(cut(journal));
    journal->dirty = true;
    LNS_TRY(write_aside(journal));
    LNS_TRY(sync_all(journal));
    journal->dirty = false;
    journal->end += journal->aside.length;
    return LINAS_OK;
}

linas_status lns_journal_commit(lns_journal *journal) {
    if (journal->aside.length == 0)
        return LINAS_OK;
    linas_status status = commit(journal);
    journal->aside.length = 0;
    if (status == LINAS_OK || !journal->dirty)
        return status;
    /* A failing cut is tried again by the next commit; the first cause is what is reported. */
    char why[sizeof journal->context->message];
    memcpy(why, journal->context->message, sizeof why);
    cut(journal);
    return lns_fail(journal->context, status, "%s", why);
}
