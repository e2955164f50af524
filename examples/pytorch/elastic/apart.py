# SPDX-License-Identifier: Apache-2.0
"""Work in a process of its own, which gives back all memory: PyTorch keeps every TorchScript program that a
process ever made, some 25 MB for a sub-network."""
import multiprocessing
from typing import Any, Callable


def apart(work: Callable[[], Any]) -> Any:
    """What `work` returns. What it raises is shown by its process, and a RuntimeError here."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=lambda: there.send(work()))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        raise RuntimeError("the process that measures ended without a result") from None
    finally:
        process.join()
        here.close()
