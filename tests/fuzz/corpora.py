# SPDX-License-Identifier: Apache-2.0
"""Writes the first inputs of the corpora. usage: corpora.py FOLDER"""
import pathlib
import sys

SPACES = ['{"ks":{"count":4,"vars":[3,5,7],"active_if":{"variable":"d","stages":[2,2]}},"d":{"count":2,'
          '"vars":[2,3,4],"ordered":true}}', '{"r":{"vars":[0.25,1e3]},"s":{"vars":["a","\\u00e9\\ud83d\\ude00"]}}',
          '{"a":{"vars":[1,1]}}', '{"a":{"count":0,"vars":[]}}', '[1,2', '{"ks":[3,3],"d":2}', 'null']
HEADER = ('{"linas":{"format":1,"version":"0.1.0","space":{"d":{"vars":[1,2],"ordered":true},"k":{"count":3,'
          '"vars":[3,5,7],"active_if":[{"slots":[2],"variable":"d","above":1}]}},"fingerprint":"0",'
          '"objectives":[{"name":"a","unit":"%","direction":"max","source":"measured","lower_limit":null,'
          '"upper_limit":null}],"options":{"tactic":"random","evaluations":12,"initial":20,"batch":3,'
          '"population":50,"generations":100,"predictor":"auto","target":"auto"},"seed":1}}')
PROPOSALS = '{"type":"proposals","batch":0,"first_id":0,"genomes":[[0,1,0,0],[1,1,2,1]]}'
ANSWER = '{"type":"evaluation","id":0,"genome":[0,1,0,0],"values":{"a":1,"b":2.5},"status":"ok"}'
CSV = [b"a,b,top1\n1,x,70.5\n2,y,71\n", b'"a ""q""",b\r\n"1\n2", 3 \r\n', b"\xef\xbb\xbfa\n\n1\n", b"a,a\n1", b'a\n"']
LINES = [b'{"id":0,"values":{"top1":70.5,"latency":3}}\n{"id":1,"error":"no"}\n', b'{"id":2,"values":{"top1":NaN}}\n',
         b'rubbish\n{"id":9}\n[]\n\n', b'{"id":3,"values":{"top1":1e999,"latency":1}}\n{"id":3}\n{"id":-1}']


def main(folder):
    for name, items in {"space": [s.encode() for s in SPACES],
                        "journal": [("k" + "\n".join([HEADER, PROPOSALS, ANSWER, ""])).encode(), b"r" + HEADER.encode(),
                                    b"k{}\n", b"k" + HEADER.encode()],
                        "predictor": [b'{"linas_predictor":{"format":1}}', b"{}"],
                        "options": [bytes(range(256)), b"\0" * 64, b"\xff" * 300],
                        "pareto": [bytes([m]) + bytes(range(60)) for m in range(5)] + [b"\x7f\xf0" * 40],
                        "calls": [bytes([2, 0, 4, 1]) + bytes(range(40)), bytes([7, 9, 2, 1, 3, 1, 3, 2, 4, 9] * 8),
                                  bytes([5, 0] + [1, 2, 3, 4] * 6 + [6, 1] * 9), bytes([1, i * 7 % 256] * 2)
                                  if (i := 5) else b""],
                        "csv": CSV, "protocol": LINES}.items():
        place = pathlib.Path(folder) / name
        place.mkdir(parents=True, exist_ok=True)
        for number, item in enumerate(items):
            (place / ("seed-%d" % number)).write_bytes(item)


if __name__ == "__main__":
    main(sys.argv[1])
