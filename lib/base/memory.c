/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <string.h>

static bool total_bytes(size_t count, size_t bytes, size_t *total) {
    if (bytes != 0 && count > SIZE_MAX / bytes)
        return false;
    *total = count * bytes;
    if (*total == 0)
        *total = 1;
    return true;
}

void *lns_alloc(linas_context *context, size_t count, size_t bytes) {
    size_t total;
    if (!total_bytes(count, bytes, &total))
        return NULL;
    return context->options.allocate(context->options.allocator_data, total);
}

void *lns_alloc_zero(linas_context *context, size_t count, size_t bytes) {
    void *memory = lns_alloc(context, count, bytes);
    if (memory)
        memset(memory, 0, count * bytes);
    return memory;
}

void lns_free(linas_context *context, void *memory) {
    if (memory)
        context->options.release(context->options.allocator_data, memory);
}

void *lns_copy_bytes(linas_context *context, const void *source, size_t count, size_t bytes) {
    void *memory = lns_alloc(context, count, bytes);
    if (memory && count * bytes != 0)
        memcpy(memory, source, count * bytes);
    return memory;
}

char *lns_copy_string(linas_context *context, const char *text) {
    return lns_copy_bytes(context, text, strlen(text) + 1, 1);
}

bool lns_grow(linas_context *context, void *array, size_t *capacity, size_t needed, size_t bytes) {
    if (needed <= *capacity)
        return true;
    size_t wanted = *capacity * 2; /* less than needed when that overflows */
    if (wanted < needed)
        wanted = needed;
    if (wanted < 8)
        wanted = 8;
    size_t total;
    if (!total_bytes(wanted, bytes, &total))
        return false;
    /* `array` is the address of some pointer; copied bytewise, since its type is not known here. */
    void *memory;
    memcpy(&memory, array, sizeof memory);
    memory = context->options.reallocate(context->options.allocator_data, memory, total);
    if (!memory)
        return false;
    memcpy(array, &memory, sizeof memory);
    *capacity = wanted;
    return true;
}
