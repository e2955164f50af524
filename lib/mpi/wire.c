/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and texts as int32 words, by value, so that ranks of another byte order read the same. */
#include "mpi/run.h"

#include <string.h>

static void pack_u64(uint64_t number, int32_t *words) {
    uint32_t low = (uint32_t)number, high = (uint32_t)(number >> 32);
    memcpy(&words[0], &low, sizeof low);
    memcpy(&words[1], &high, sizeof high);
}

static uint64_t unpack_u64(const int32_t *words) {
    return (uint64_t)(uint32_t)words[0] | (uint64_t)(uint32_t)words[1] << 32;
}

void lns_pack_head(const lns_head *head, int32_t *words) {
    words[0] = head->kind;
    words[1] = head->code;
    pack_u64(head->id, &words[2]);
    words[4] = head->first;
    words[5] = head->second;
    words[6] = head->third;
    words[7] = head->fourth;
}

lns_head lns_unpack_head(const int32_t *words) {
    lns_head head = {.kind = words[0],
                     .code = words[1],
                     .id = unpack_u64(&words[2]),
                     .first = words[4],
                     .second = words[5],
                     .third = words[6],
                     .fourth = words[7]};
    return head;
}

void lns_pack_doubles(const double *values, size_t count, int32_t *words) {
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        pack_u64(bits, &words[2 * i]);
    }
}

void lns_unpack_doubles(const int32_t *words, size_t count, double *values) {
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = unpack_u64(&words[2 * i]);
        memcpy(&values[i], &bits, sizeof bits);
    }
}

void lns_pack_reason(const char *reason, int32_t *words) {
    for (size_t i = 0; i < LNS_REASON_WORDS; i++) {
        uint32_t word = 0;
        for (size_t j = 0; j < 4; j++)
            word |= (uint32_t)(unsigned char)reason[4 * i + j] << 8 * j;
        memcpy(&words[i], &word, sizeof word);
    }
}

void lns_unpack_reason(const int32_t *words, char *reason) {
    for (size_t i = 0; i < LINAS_MPI_REASON_BYTES; i++)
        reason[i] = (char)((uint32_t)words[i / 4] >> 8 * (i % 4));
    reason[LINAS_MPI_REASON_BYTES - 1] = '\0';
}
