# SPDX-License-Identifier: Apache-2.0
"""An evaluator for `linas search --evaluator`: one JSON request a line, one answer a line."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    genome = request["genome"]
    accuracy = 50.3 + sum(gene / (1.0 + index % 4) for index, gene in enumerate(genome))
    latency = 1.7 + sum(gene * (0.31 + 0.07 * (index % 5)) for index, gene in enumerate(genome))
    answer = {"id": request["id"], "values": {"top1": accuracy, "latency": latency}}
    if sum(genome) % 11 == 10:
        answer = {"id": request["id"], "error": "refused, to have a failure in the journal"}
    print(json.dumps(answer), flush=True)
