/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_WEIGHTS_H
#define FASHION_WEIGHTS_H
/* Trained weights in a file, so that they are trained once. The file's name holds a hash of all
 * that they depend on, the file itself a hash of its contents. */
#include "train.h"

/* Path of the file for these options in `folder`. */
void weights_path(const char *folder, const train_options *options, size_t images, char *path,
                  size_t capacity);
/* 0 when the file is there and whole. */
int weights_read(const char *path, float *weights);
/* 0 when the file was written; a message on stderr otherwise. */
int weights_write(const char *path, const float *weights);

#endif
