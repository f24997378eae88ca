"""The child processes that render: bounded in memory and time, without secrets, easily replaced.

A cook speaks frames at its place: four bytes of length, then JSON. `mail/keeper.py` starts the
process that splits into cooks, `mail/kitchen.py` gives them work.
"""

import json
import os
import resource
import signal
import socket
import struct
import sys
import traceback
from dataclasses import astuple
from pathlib import Path
from typing import IO, Any

from domain.refusal import Malformed, NotFound
from mail.flaws import Flawed
from mail.render import Renderer
from mail.written import NOTHING, Written

MEMORY = 512 << 20  # bytes beyond what the loaded programme holds
CPU = 3  # seconds for one mail; the parent's clock usually ends it earlier
LARGEST_FRAME = 20_000_000  # bytes, with everything published in the first


def main(line: socket.socket) -> None:
    """Split into a cook whenever `mail/keeper.py` asks for one; end when its end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    line.send(b"ready")
    while True:
        asked, places, *_ = socket.recv_fds(line, 64, 1)
        match asked.split():
            case [b"cook"]:
                line.send(b"%d" % _split(line, *places))
            case [b"end", pid]:
                _end(int(pid))
                line.send(b"ended")
            case _:
                return


def _split(line: socket.socket, place: int) -> int:
    """A cook of its own at that place; gives its process id."""
    with socket.socket(fileno=place) as seat:
        if (pid := os.fork()) != 0:
            return pid
        line.close()
        try:
            with seat.makefile("rb") as inlet, seat.makefile("wb") as outlet:
                cook(inlet, outlet)
        except OSError:
            os._exit(1)  # nobody is at the other end any more
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)


def _end(pid: int) -> None:
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == 0:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    except ChildProcessError:
        return  # of an earlier keeper: it has ended with its place


def cook(inlet: IO[bytes], outlet: IO[bytes]) -> None:
    """Render what is asked for until the pipe closes: the kitchen's end does when it dies.

    The first frame names the folder of the mails.
    """
    _bound_memory()
    told = read_frame(inlet)
    if told is None:
        return
    published = NOTHING
    renderer = Renderer(Path(told["folder"]), lambda: published)
    write_frame(outlet, {"ready": True})
    while (request := read_frame(inlet)) is not None:
        _bound_cpu()
        if "written" in request:
            published = _published(request.pop("written"))
        try:
            reply = _answer(renderer, request)
        except (MemoryError, RecursionError) as error:
            why = f"rendering the mail takes too much memory: {type(error).__name__}"
            write_frame(outlet, {"failed": why, "last": True})
            return  # what is left of this process is not to be trusted
        write_frame(outlet, reply)


def _published(told: dict[str, Any]) -> Written:
    texts = {(name, locale): text for name, locale, text in told["texts"]}
    return Written(told["mark"], texts)


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
    main(socket.socket(fileno=int(sys.argv[1])))
