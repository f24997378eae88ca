"""The child process that renders: bounded in memory and time, without secrets, easily replaced.

It speaks frames on its pipes: four bytes of length, then JSON. `mail/kitchen.py` starts it.
"""

import json
import resource
import signal
import struct
import sys
from dataclasses import astuple
from pathlib import Path
from typing import IO, Any

from domain.refusal import Malformed, NotFound
from mail.flaws import Flawed
from mail.render import Renderer

MEMORY = 512 << 20  # bytes beyond what the loaded programme holds
CPU = 3  # seconds for one mail; the parent's clock usually ends it earlier
LARGEST_FRAME = 4_000_000  # bytes


def main(folder: str) -> None:
    """Serve until the pipe closes. The parent's end closes when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    renderer = Renderer(Path(folder))
    _bound_memory()
    write_frame(out, {"ready": True})
    while (request := read_frame(sys.stdin.buffer)) is not None:
        _bound_cpu()
        try:
            reply = _answer(renderer, request)
        except (MemoryError, RecursionError) as error:
            told = f"rendering the mail takes too much memory: {type(error).__name__}"
            write_frame(out, {"failed": told, "last": True})
            return  # what is left of this process is not to be trusted
        write_frame(out, reply)


def _answer(renderer: Renderer, request: dict[str, Any]) -> dict[str, Any]:
    try:
        done = renderer.render(request["name"], request["context"], request["locale"])
    except NotFound as error:
        return {"not_found": error.message, "where": error.where}
    except Flawed as error:
        return {"flawed": [astuple(flaw) for flaw in error.flaws]}
    except Malformed as error:
        return {"failed": error.message, "where": error.where}
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # a bug of ours; its text may quote a value, so its name only
        return {"failed": f"the renderer failed: {type(error).__name__}"}
    return {"rendered": done.model_dump(), "compilations": renderer.compilations}


def write_frame(pipe: IO[bytes], value: dict[str, Any]) -> None:
    data = json.dumps(value).encode()
    pipe.write(struct.pack(">I", len(data)) + data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> dict[str, Any] | None:
    """The next frame, None at the end."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    size: int = struct.unpack(">I", head)[0]
    data = pipe.read(size) if size <= LARGEST_FRAME else b""
    if len(data) < size:
        return None
    value: dict[str, Any] = json.loads(data)
    return value


def _bound_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if _has_proc() else 0
    limit = pages * resource.getpagesize() + MEMORY if pages else 2 << 30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _bound_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _has_proc() -> bool:
    return Path("/proc/self/statm").exists()


if __name__ == "__main__":
    main(sys.argv[1])
