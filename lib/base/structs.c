/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <string.h>

static uint32_t size_of(const void *given) {
    uint32_t size;
    memcpy(&size, given, sizeof size);
    return size;
}

linas_status lns_read_struct(linas_context *context, const void *given, void *known,
                             size_t known_bytes, const char *name) {
    size_t size = size_of(given);
    if (size < sizeof(uint32_t))
        return lns_fail(context, LINAS_ERROR_STRUCT_SIZE, "%s.size is not set", name);
    const unsigned char *bytes = given;
    for (size_t i = known_bytes; i < size; i++)
        if (bytes[i] != 0)
            return lns_fail(context, LINAS_ERROR_STRUCT_SIZE,
                            "%s has %zu bytes and sets a field that this version (%zu bytes) does "
                            "not know",
                            name, size, known_bytes);
    memcpy(known, given, size < known_bytes ? size : known_bytes);
    uint32_t kept = (uint32_t)known_bytes;
    memcpy(known, &kept, sizeof kept);
    return LINAS_OK;
}

linas_status lns_write_struct(linas_context *context, const void *known, size_t known_bytes,
                              void *out, const char *name) {
    uint32_t size = size_of(out);
    if (size < sizeof(uint32_t))
        return lns_fail(context, LINAS_ERROR_STRUCT_SIZE, "%s.size is not set", name);
    if (size > known_bytes)
        memset((unsigned char *)out + known_bytes, 0, size - known_bytes);
    memcpy(out, known, size < known_bytes ? size : known_bytes);
    memcpy(out, &size, sizeof size);
    return LINAS_OK;
}
