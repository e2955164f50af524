/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H
/* System calls of one test program that fail on demand. The linker puts the functions of faults.c
 * in their place (--wrap), in everything that is linked statically. */

enum {
    FAULT_OPEN,
    FAULT_FSTAT,
    FAULT_FLOCK,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_TRUNCATE,
    FAULT_DATASYNC,
    FAULT_SYNC,
    FAULTS
};

/* After `after` more calls `times` of them fail with `error`; 0 as error: a write writes nothing.
 */
void fault_set(int call, int after, int times, int error);
/* Calls since the last fault_clear(), and no failures any more. */
long fault_calls(int call);
void fault_clear(void);

#endif
