# SPDX-License-Identifier: Apache-2.0
"""Evaluators good and bad for the tests. usage: evaluator.py MODE [ARGUMENT]"""
import json
import os
import signal
import subprocess
import sys
import time

ODD = 2  # the id that bad evaluators are bad at


def measures(request):
    genome = request["genome"]
    return {"top1": 70 + sum(gene / (1 + index) for index, gene in enumerate(genome)),
            "latency": 1.5 + 0.3 * sum(genome)}


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def answer(request, **more):
    say(json.dumps(dict({"id": request["id"], "values": measures(request)}, **more)))


def good(request, _):
    answer(request)


def slow(request, seconds):
    time.sleep(float(seconds))
    answer(request)


def echo(request, path):
    """Writes down what it was asked."""
    with open(path, "a", encoding="utf-8") as log:
        log.write(json.dumps(request) + "\n")
    answer(request)


def spared(request, path):
    """Writes down what it was asked, and measures what is not known."""
    with open(path, "a", encoding="utf-8") as log:
        log.write(json.dumps(request) + "\n")
    known = request.get("known", {})
    say(json.dumps({"id": request["id"], "values": {
        name: value for name, value in measures(request).items() if name not in known}}))


def silent_on_top1(request, _):
    say(json.dumps({"id": request["id"], "values": {"latency": measures(request)["latency"]}}))


def error(request, _):
    if request["id"] == ODD:
        say(json.dumps({"id": ODD, "error": "out of memory on the device"}))
    else:
        answer(request)


def errors(request, _):
    say(json.dumps({"id": request["id"], "error": "the device\nis on fire"}))


SEEN = {}


def flaky(request, times):
    """Fails so often before it answers, the odd ids only."""
    SEEN[request["id"]] = SEEN.get(request["id"], 0) + 1
    if request["id"] % 2 == 1 and SEEN[request["id"]] <= int(times):
        say(json.dumps({"id": request["id"], "error": "attempt %d" % SEEN[request["id"]]}))
    else:
        answer(request)


def infeasible(request, _):
    if request["id"] == ODD:
        say(json.dumps({"id": ODD, "infeasible": "it does not fit the device"}))
    else:
        answer(request)


def warming(request, step):
    """The latency grows with every measurement."""
    SEEN["all"] = SEEN.get("all", 0) + 1
    values = measures(request)
    values["latency"] *= 1 + float(step) * (SEEN["all"] - 1)
    answer(request, values=values)


def lost_reference(request, _):
    """Cannot measure anything twice."""
    SEEN[request["id"]] = SEEN.get(request["id"], 0) + 1
    if SEEN[request["id"]] > 1:
        say(json.dumps({"id": request["id"], "error": "gone"}))
    else:
        answer(request)


def dying(request, _):
    if request["id"] == ODD:
        sys.exit(3)
    answer(request)


def dead(request, _):
    sys.exit(7)


def killed(request, _):
    if request["id"] == ODD:
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(60)
    answer(request)


def silent(request, _):
    if request["id"] == ODD:
        time.sleep(60)
    answer(request)


def stubborn(request, _):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    silent(request, _)


def rubbish(request, _):
    if request["id"] == ODD:
        say("loading the model...")
        time.sleep(0.1)
    answer(request)


def nothing_but_rubbish(request, _):
    say("]]")


def not_a_number(request, _):
    if request["id"] == ODD:
        say('{"id":%d,"values":{"top1":NaN,"latency":1.0}}' % ODD)
    else:
        answer(request)


def text_value(request, _):
    answer(request, **({"values": {"top1": "high", "latency": 1}} if request["id"] == ODD else {}))


def missing(request, _):
    answer(request, **({"values": {"top1": 70.5}} if request["id"] == ODD else {}))


def no_values(request, _):
    answer(request, **({"values": 3} if request["id"] == ODD else {}))


def no_id(request, _):
    if request["id"] == ODD:
        say('{"values":{"top1":70,"latency":2}}')
    else:
        answer(request)


def unknown(request, _):
    answer(request, **({"id": 123456} if request["id"] == ODD else {}))


def same_id(request, _):
    answer(request, id=0)


def twice(request, _):
    line = json.dumps({"id": request["id"], "values": measures(request)})
    say(line + "\n" + line + "\n")


def array(request, _):
    if request["id"] == ODD:
        say("[1, 2]")
    else:
        answer(request)


def long_line(request, _):
    if request["id"] == ODD:
        say("x" * (3 << 20))
    answer(request)


def flood(request, _):
    while request["id"] == ODD:
        say("\n" * 1000)
    answer(request)


def extra(request, _):
    answer(request, values=dict(measures(request), energy=5), note="hello", error=None)


def no_line_end(request, _):
    sys.stdout.write(json.dumps({"id": request["id"], "values": measures(request)}))
    sys.stdout.flush()
    sys.exit(0)


def close_output(request, _):
    if request["id"] == ODD:
        os.close(1)
        time.sleep(60)
    answer(request)


def close_input(request, _):
    answer(request)
    if request["id"] == ODD:
        os.close(0)
        time.sleep(60)


def child(request, path):
    """Leaves a process behind that holds its output open."""
    with subprocess.Popen(["sleep", "60"]) as process:
        with open(path, "w", encoding="utf-8") as file:
            file.write(str(process.pid))
        answer(request)
        os._exit(5)


def brood(request, path):
    """Leaves many processes behind, which bear more and heed no signal that can be ignored."""
    script = "trap '' TERM INT HUP; echo $$ >> \"$1\"; sh -c 'trap \"\" TERM; echo $$ >> \"$1\"; " \
             "while :; do sleep 60; done' x \"$1\" & while :; do sleep 60; done"
    for _ in range(6):
        subprocess.Popen(["sh", "-c", script, "x", path])  # pylint: disable=consider-using-with
    answer(request)


def noisy(request, _):
    sys.stderr.write("measuring %d\n" % request["id"])
    answer(request)


def descriptors(request, path):
    """Writes down which descriptors it was given."""
    names = " ".join(sorted(os.listdir("/proc/self/fd")))
    with open(path, "w", encoding="utf-8") as file:
        file.write(names)
    answer(request)


def scaled(request, factor):
    """A device of another speed."""
    time.sleep(0.02)
    values = measures(request)
    values["latency"] *= float(factor)
    answer(request, values=values)


def counting(request, path):
    """Writes down how often it has answered."""
    answer(request)
    SEEN["all"] = SEEN.get("all", 0) + 1
    with open(path, "a", encoding="utf-8") as log:
        log.write("x")


def waiting(request, path):
    """Answers at once the first time, then only when the counting one has answered ten."""
    SEEN["all"] = SEEN.get("all", 0) + 1
    until = time.monotonic() + 30
    while SEEN["all"] > 1 and (not os.path.exists(path) or os.path.getsize(path) < 10):
        if time.monotonic() > until:
            sys.exit(1)
        time.sleep(0.01)
    answer(request)


def killed_once(request, path):
    """Killed while it measures its second sub-network, in its first life."""
    SEEN["all"] = SEEN.get("all", 0) + 1
    if SEEN["all"] == 2 and not os.path.exists(path):
        with open(path, "w", encoding="utf-8"):
            os.kill(os.getpid(), signal.SIGKILL)
    answer(request)


def mortal(request, times):
    """Of no use after so many sub-networks, in no life."""
    if request["id"] >= int(times):
        sys.exit(4)
    answer(request)


def deadly_reference(request, _):
    if request["id"] == 0:
        sys.exit(5)
    answer(request)


def mute(_request, _):
    time.sleep(60)


def stubborn_mute(request, _):
    """Answers the reference sub-network only, and heeds no signal."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if request["id"] > 0:
        time.sleep(60)
    answer(request)


def backwards(count):
    """Answers in reverse order, `count` at a time."""
    requests = []
    for line in sys.stdin:
        requests.append(json.loads(line))
        if len(requests) == count:
            while requests:
                answer(requests.pop())


def stuck(_):
    """Reads nothing and says nothing."""
    time.sleep(60)


def main(mode, argument=None):
    if mode == "backwards":
        backwards(int(argument))
    elif mode == "stuck":
        stuck(argument)
    else:
        act = globals()[mode]
        for line in iter(sys.stdin.readline, ""):
            act(json.loads(line), argument)


if __name__ == "__main__":
    main(*sys.argv[1:])
