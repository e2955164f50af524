# SPDX-License-Identifier: Apache-2.0
"""Reads a log of `meson test` and prints each test's counts, the output of those that failed, and
as the last line the sum, "N passed, N failed, N skipped"."""
import json
import re
import sys

CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def counts(test):
    """(passed, failed, skipped) of one test program, by its own closing line."""
    text = test.get("stdout", "")
    check = CHECK.findall(text)
    plain = PLAIN.findall(text)
    good = test["result"] == "OK"
    if check:
        total, failures, errors = map(int, check[-1])
        failed = failures + errors
        skipped = len(re.findall(r"^skipped: ", text, re.M))
        passed = max(total - failed - skipped, 0)
    elif plain:
        passed, failed, skipped = (int(number or 0) for number in plain[-1])
    else:
        passed, failed, skipped = int(good), 0, int(test["result"] == "SKIP")
    if not good and failed == 0 and not (test["result"] == "SKIP" and skipped):
        failed = 1
    return passed, failed, skipped


def main(path):
    total = [0, 0, 0]
    with open(path, encoding="utf-8") as log:
        tests = [json.loads(line) for line in log if line.strip()]
    for test in sorted(tests, key=lambda test: test["name"]):
        result = counts(test)
        name = test["name"].rsplit(" / ", 1)[-1]
        total = [a + b for a, b in zip(total, result)]
        print("%s: %d passed, %d failed, %d skipped (%.1f s)" % (name, *result, test["duration"]))
        for line in re.findall(r"^skipped: .*$", test.get("stdout", ""), re.M):
            print(line)
        if result[1]:
            output = (test.get("stdout", "") + test.get("stderr", "")).splitlines()
            print("FAIL %s (%s, status %s)" % (name, test["result"], test["returncode"]))
            print("\n".join("    " + line for line in output[-60:]))
    if not tests:
        print("FAIL no test ran")
        total[1] = 1
    print("%d passed, %d failed, %d skipped" % tuple(total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
