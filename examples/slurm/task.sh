#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#SBATCH --gres=gpu:1 --time=01:00:00
# One task of the array: its line of the batch, measured and told as soon as it is done.
set -e
sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" batch.jsonl |
    ${PYTHON:-python3} measure.py |
    linas tell "${JOURNAL:-run.jsonl}" --wait 600
