/* SPDX-License-Identifier: Apache-2.0 */
/* Append-only lines with checksums, by POSIX calls: whole lines in one write, fdatasync before a
 * commit returns, flock against a second writer. Or by the host's storage. */
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
static const char torn_key[] = "{\"type\":\"torn\",\"bytes\":";
enum { CHECK_DIGITS = 16, CHECK_BYTES = (int)sizeof check_key - 1 + CHECK_DIGITS + 2 };

struct lns_journal {
    linas_context *context;
    char *path;            /* or what stands for it in messages */
    int file;              /* -1 with the host's storage */
    linas_storage storage; /* append is NULL without it */
    bool broken;           /* the storage holds what is not known here */
    uint32_t sync_every;
    uint32_t unsynced; /* commits that are not durable yet */
    bool created;      /* its directory is not yet known to be durable */
    bool dirty;        /* bytes beyond `end` must be cut off before writing */
    size_t end;        /* bytes of whole, good lines */
    size_t line;       /* number of the line last read */
    char *buffer;      /* bytes of the file read so far but not handed out */
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

static linas_status make(linas_context *context, const char *path, lns_journal **journal) {
    lns_journal *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->context = lns_context_keep(context);
    made->file = -1;
    made->sync_every = 1;
    lns_text_init(&made->aside, context);
    made->path = lns_copy_string(context, path);
    *journal = made;
    return made->path ? LINAS_OK : lns_no_memory(context);
}

static linas_status made(lns_journal *journal, linas_status status, lns_journal **out) {
    if (status == LINAS_OK)
        *out = journal;
    else
        lns_journal_close(journal);
    return status;
}

linas_status lns_journal_open(linas_context *context, const char *path, lns_journal_mode mode,
                              lns_journal **journal) {
    lns_journal *opened = NULL;
    linas_status status = make(context, path, &opened);
    if (status == LINAS_OK)
        status = open_file(opened, mode);
    return made(opened, status, journal);
}

void lns_journal_sync_every(lns_journal *journal, uint32_t commits) {
    journal->sync_every = commits > 0 ? commits : 1;
}

void lns_journal_close(lns_journal *journal) {
    if (!journal)
        return;
    linas_context *context = journal->context;
    /* Nobody is left to hear of a failure: what must be known is asked for by a sync before. */
    if (journal->unsynced > 0 && journal->file >= 0)
        fdatasync(journal->file);
    else if (journal->unsynced > 0 && journal->storage.sync)
        journal->storage.sync(journal->storage.user_data);
    if (journal->file >= 0)
        close(journal->file);
    lns_text_free(&journal->aside);
    lns_free(context, journal->buffer);
    lns_free(context, journal->path);
    lns_free(context, journal);
    lns_context_drop(context);
}

/* -- the host's storage ------------------------------------------------------------------------ */

static bool hosted(const lns_journal *journal) {
    return journal->storage.append != NULL;
}

static linas_status fail_storage(const lns_journal *journal, linas_status code, const char *what) {
    return lns_fail(journal->context, code, "the host's storage could not %s the journal", what);
}

static int32_t take_piece(void *user_data, const void *bytes, size_t length) {
    lns_journal *journal = user_data;
    if (length == 0)
        return LINAS_OK;
    if (!bytes || length > SIZE_MAX - journal->filled ||
        !lns_grow(journal->context, &journal->buffer, &journal->buffer_capacity,
                  journal->filled + length, 1))
        return lns_no_memory(journal->context);
    memcpy(journal->buffer + journal->filled, bytes, length);
    journal->filled += length;
    return LINAS_OK;
}

static linas_status open_storage(lns_journal *journal, const linas_storage *storage,
                                 lns_journal_mode mode) {
    journal->storage = *storage;
    int32_t code = storage->iterate(storage->user_data, take_piece, journal);
    if (code == LINAS_ERROR_NO_MEMORY)
        return lns_no_memory(journal->context);
    if (code != 0)
        return fail_storage(journal, code, "read");
    if (mode == LNS_JOURNAL_NEW && journal->filled > 0)
        return lns_fail(journal->context, LINAS_ERROR_IO,
                        "the host's storage holds a search already: resume it");
    return LINAS_OK;
}

linas_status lns_journal_open_storage(linas_context *context, const linas_storage *storage,
                                      lns_journal_mode mode, lns_journal **journal) {
    lns_journal *opened = NULL;
    linas_status status = make(context, "the host's storage", &opened);
    if (status == LINAS_OK)
        status = open_storage(opened, storage, mode);
    return made(opened, status, journal);
}

/* -- reading ----------------------------------------------------------------------------------- */

static linas_status read_block(lns_journal *journal, size_t *got) {
    *got = 0;
    if (hosted(journal))
        return LINAS_OK; /* read whole when it was opened */
    /* What was handed out makes room first. */
    journal->filled -= journal->used;
    if (journal->filled > 0)
        /* Then there is a buffer. NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
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

/* What ends a line that was torn where nothing can be cut off: how many bytes before it are void.
 * Without a line feed; returns its length. */
enum { MARK_BYTES = (int)sizeof torn_key + 20 + CHECK_BYTES };
static size_t write_mark(size_t bytes, char *out) {
    int length = snprintf(out, MARK_BYTES, "%s%zu", torn_key, bytes);
    write_check(out, (size_t)length, out + length);
    return (size_t)length + CHECK_BYTES;
}

static bool is_marked_torn(const char *line, size_t length) {
    char mark[MARK_BYTES];
    for (size_t digits = 1; digits <= 20; digits++) {
        size_t key = sizeof torn_key - 1, bytes = key + digits + CHECK_BYTES;
        if (length < bytes)
            return false;
        if (memcmp(line + length - bytes, torn_key, key) != 0)
            continue;
        size_t written = write_mark(length - bytes, mark);
        if (written == bytes && memcmp(line + length - bytes, mark, bytes) == 0)
            return true;
    }
    return false;
}

static linas_status fail_damaged(lns_journal *journal, const char *what) {
    char why[128];
    snprintf(why, sizeof why, "%s; the %zu lines before it (%zu bytes) are whole", what,
             journal->line - 1, journal->end);
    return lns_journal_fail(journal, LINAS_ERROR_CORRUPT, why);
}

static linas_status verify(lns_journal *journal, const char *line, size_t length) {
    char check[CHECK_BYTES + 1];
    size_t key = sizeof check_key - 1;
    if (length < CHECK_BYTES || memcmp(line + length - CHECK_BYTES, check_key, key) != 0)
        return fail_damaged(journal, "not a line of a journal, or damaged: it has no checksum");
    write_check(line, length - CHECK_BYTES, check);
    if (memcmp(line + length - CHECK_BYTES, check, CHECK_BYTES) != 0)
        return fail_damaged(journal, "damaged: the checksum does not fit the line");
    return LINAS_OK;
}

linas_status lns_journal_next(lns_journal *journal, const char **line, size_t *length) {
    const char *start;
    size_t whole;
    *line = NULL;
    *length = 0;
    do {
        LNS_TRY(find_line(journal, &whole));
        if (whole == 0) {
            journal->dirty = journal->filled > journal->used;
            return LINAS_OK;
        }
        journal->line++;
        start = journal->buffer + journal->used;
        bool torn = is_marked_torn(start, whole - 1);
        if (!torn)
            LNS_TRY(verify(journal, start, whole - 1));
        journal->used += whole;
        journal->end += whole;
        if (!torn)
            *line = start;
    } while (!*line);
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

static linas_status sync_file(lns_journal *journal) {
    if (fdatasync(journal->file) != 0)
        return fail_errno(journal, "make durable", errno);
    if (journal->created)
        LNS_TRY(sync_directory(journal));
    journal->created = false;
    return LINAS_OK;
}

static linas_status sync_storage(lns_journal *journal) {
    int32_t code =
        journal->storage.sync ? journal->storage.sync(journal->storage.user_data) : LINAS_OK;
    if (code == 0)
        return LINAS_OK;
    journal->broken = true;
    return fail_storage(journal, code, "make durable");
}

linas_status lns_journal_sync(lns_journal *journal) {
    LNS_TRY(hosted(journal) ? sync_storage(journal) : sync_file(journal));
    journal->unsynced = 0;
    return LINAS_OK;
}

/* After a commit: now, or with a later one. */
static linas_status sync_when_due(lns_journal *journal) {
    bool first = journal->end == 0;
    if (!first && journal->unsynced + 1 < journal->sync_every) {
        journal->unsynced++;
        return LINAS_OK;
    }
    return lns_journal_sync(journal);
}

/* What stands torn at the storage's end becomes a line that is void. */
static linas_status append_mark(lns_journal *journal) {
    char mark[MARK_BYTES + 1];
    size_t torn = journal->filled - journal->used, length = write_mark(torn, mark);
    mark[length] = '\n';
    int32_t code = journal->storage.append(journal->storage.user_data, mark, length + 1);
    if (code != 0)
        return fail_storage(journal, code, "repair");
    journal->used = journal->filled;
    journal->end += torn + length + 1;
    journal->dirty = false;
    return LINAS_OK;
}

static linas_status append_aside(lns_journal *journal) {
    const linas_storage *storage = &journal->storage;
    if (journal->dirty)
        LNS_TRY(append_mark(journal));
    int32_t code = storage->append(storage->user_data, journal->aside.data, journal->aside.length);
    return code == 0 ? sync_when_due(journal) : fail_storage(journal, code, "write");
}

/* What a failing append left behind is known only to who reads it anew. */
static linas_status commit_to_storage(lns_journal *journal) {
    if (journal->broken)
        return lns_fail(journal->context, LINAS_ERROR_IO,
                        "the host's storage failed before: resume the search from it");
    linas_status status = append_aside(journal);
    if (status == LINAS_OK)
        journal->end += journal->aside.length;
    else
        journal->broken = true;
    journal->aside.length = 0;
    return status;
}

static linas_status commit(lns_journal *journal) {
    if (journal->dirty)
        LNS_TRY(cut(journal));
    journal->dirty = true;
    LNS_TRY(write_aside(journal));
    LNS_TRY(sync_when_due(journal));
    journal->dirty = false;
    journal->end += journal->aside.length;
    return LINAS_OK;
}

linas_status lns_journal_commit(lns_journal *journal) {
    if (journal->aside.length == 0)
        return LINAS_OK;
    if (hosted(journal))
        return commit_to_storage(journal);
    linas_status status = commit(journal);
    journal->aside.length = 0;
    if (status == LINAS_OK)
        return LINAS_OK;
    /* A failing cut is tried again by the next commit; the first cause is what is reported. */
    char why[sizeof journal->context->message];
    memcpy(why, journal->context->message, sizeof why);
    cut(journal);
    return lns_fail(journal->context, status, "%s", why);
}
