#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A search whose candidates are measured by Slurm arrays. Between two arrays nothing runs: the
# journal is the whole state, so this may be ended and started again at any time.
set -e
JOURNAL=${JOURNAL:-run.jsonl} N=${N:-64} BUDGET=${BUDGET:-1000} SPACE=${SPACE:-ofa-mobilenetv3}

if [ ! -s "$JOURNAL" ]; then
    linas ask "$JOURNAL" -n "$N" --space "$SPACE" --objective top1:max --objective latency:min \
        --evaluations "$BUDGET" > batch.jsonl
else
    linas ask "$JOURNAL" --again > batch.jsonl # what was lost with an earlier array
fi
while [ -s batch.jsonl ] || { linas ask "$JOURNAL" -n "$N" > batch.jsonl && [ -s batch.jsonl ]; }; do
    last=$(($(wc -l < batch.jsonl) - 1))
    JOURNAL=$JOURNAL sbatch --wait --array=0-$last task.sh || true # tasks may fail
    : > batch.jsonl
done
