/* SPDX-License-Identifier: Apache-2.0 */
#include "num/halton.h"

#include <stdbool.h>

void lns_halton_primes(uint32_t *primes) {
    size_t found = 0;
    for (uint32_t candidate = 2; found < LNS_HALTON_DIMENSIONS; candidate++) {
        bool prime = true;
        for (size_t i = 0; i < found && prime && primes[i] * primes[i] <= candidate; i++)
            prime = candidate % primes[i] != 0;
        if (prime)
            primes[found++] = candidate;
    }
}

double lns_halton(uint64_t index, uint32_t prime) {
    uint64_t rest = (index + 1) * LNS_HALTON_LEAP;
    double inverse = 1.0 / prime, weight = inverse, value = 0.0;
    for (; rest > 0; rest /= prime, weight *= inverse)
        value += weight * (double)(rest % prime);
    return value;
}
