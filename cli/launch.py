"""Become another program that ends when the one who started it does: `launch.py PARENT PROGRAM …`.

A program of its own, because what asks the kernel for this must run in the child, before it turns
into the other program, and running Python between fork and exec in a program with threads is not
safe. Where there is no such call (not Linux) the child is only stopped by who started it.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, words: list[str]) -> None:
    """Ask for a SIGTERM at the parent's death, then become the program."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("launch: who started me is gone already")
    os.execv(words[0], words)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
