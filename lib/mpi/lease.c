/* SPDX-License-Identifier: Apache-2.0 */
/* One process at a time on a device: a lock on a file, which the kernel gives up for a process that
 * dies. */
#define _POSIX_C_SOURCE 200809L
#include "mpi/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, NAME_BYTES = 200 };

/* Names of devices may hold what names of files may not. */
static bool lease_path(const lns_mpi *run, char *path) {
    char name[NAME_BYTES + 1];
    const char *device = run->options.device;
    const char *folder = run->options.lease_folder ? run->options.lease_folder : "/tmp";
    size_t length = strlen(device);
    if (length > NAME_BYTES)
        return false;
    for (size_t i = 0; i <= length; i++)
        name[i] = device[i] == '/' ? '_' : device[i];
    return snprintf(path, PATH_BYTES, "%s/linas-device-%s.lock", folder, name) < PATH_BYTES;
}

static int open_lock(const char *path) {
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW;
    int file = open(path, flags | O_CREAT, 0666);
    /* Another user's file in a folder like /tmp may not be opened with O_CREAT. */
    return file < 0 && errno == EACCES ? open(path, flags) : file;
}

linas_status lns_mpi_lease(lns_mpi *run, int *lease) {
    char path[PATH_BYTES], message[LINAS_MPI_MESSAGE_BYTES];
    *lease = -1;
    if (!run->options.device)
        return LINAS_OK;
    if (!lease_path(run, path))
        return lns_mpi_fail(run, LINAS_ERROR_INVALID_ARGUMENT, "the device's name is too long");
    int file = open_lock(path);
    int locked = file < 0 ? -1 : flock(file, LOCK_EX);
    while (locked != 0 && file >= 0 && errno == EINTR)
        locked = flock(file, LOCK_EX);
    if (locked != 0) {
        snprintf(message, sizeof message, "%.150s: %.80s", path, strerror(errno));
        lns_mpi_release(file);
        return lns_mpi_fail(run, LINAS_ERROR_IO, message);
    }
    *lease = file;
    return LINAS_OK;
}

void lns_mpi_release(int lease) {
    if (lease >= 0)
        close(lease);
}
