# SPDX-License-Identifier: Apache-2.0
"""A table of configurations with an accuracy and a latency that are made up."""
import itertools

OPERATIONS = ["none", "skip", "conv1", "conv3", "pool"]

print(",".join(["op%d" % i for i in range(6)] + ["cifar10_test_acc_pct", "lat_raspi4_ms"]))
for row in itertools.product(range(len(OPERATIONS)), repeat=6):
    print(",".join([OPERATIONS[i] for i in row] +
                   ["%.2f" % (60 + sum(row) - 0.1 * row[0] * row[3]), "%.2f" % (1 + sum(i * i for i in row))]))
