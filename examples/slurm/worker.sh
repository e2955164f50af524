#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#SBATCH --array=0-63 --gres=gpu:1 --time=24:00:00
# One of many workers that ask for a candidate, measure it and tell, until the budget is handed out:
# none waits for another. What a worker that died had: `linas ask JOURNAL --again`, when all ended.
JOURNAL=${JOURNAL:-run.jsonl} BUDGET=${BUDGET:-1000} SPACE=${SPACE:-ofa-mobilenetv3}
mine=candidate.$SLURM_ARRAY_TASK_ID

while linas ask "$JOURNAL" --space "$SPACE" --objective top1:max --objective latency:min \
    --evaluations "$BUDGET" --wait 600 > "$mine" && [ -s "$mine" ]; do
    ${PYTHON:-python3} measure.py < "$mine" | linas tell "$JOURNAL" --wait 600
done
rm -f "$mine"
