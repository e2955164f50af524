# SPDX-License-Identifier: Apache-2.0
"""An evaluator that computes what it is asked for, of OFA's MobileNetV3 space."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    config = request["config"]
    layers = sum(config["d"])
    values = {"top1": 68.0 + 0.35 * layers + 0.02 * sum(config["ks"]),
              "latency": 2.0 + 0.4 * layers + 0.05 * sum(config["ks"])}
    print(json.dumps({"id": request["id"], "values": values}), flush=True)
