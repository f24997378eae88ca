"""Measures the figures that the documentation claims: all of them, or those that are named.

    .venv/bin/python -m benchmarks [NAME ...]

Exits with 1 when a bar was missed. Results with their date and machine stand in README.md.
"""

import importlib
import sys

FIGURES = {
    "reference_deal": "events, actions and bytes of the reference deal",
    "overhead": "processor time of our deal against a bare workflow with the same activities",
    "slowest": "the slowest opening of 50 in flight against the bare SDK's slowest",
    "arming": "workflows armed a second against bare sleepers",
    "ready": "`sluice up` until it is ready",
    "mail": "mails handed over by the pool against one connection each, and the whole way",
    "inbound": "mails read and classified a second",
    "import_deals": "import of 8,800 deals (needs SLUICE_SAMPLE_DATA)",
    "pages": "board, deal, stagnant and feed (needs SLUICE_TOWN, made by benchmarks.town)",
}


def main(names: list[str]) -> int:
    """Run them one after the other; 1 when one missed its bar."""
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"there is no figure {unknown[0]}; there are:")
        for name, about in FIGURES.items():
            print(f"  {name:15} {about}")
        return 2
    results = {}
    for name in names or FIGURES:
        print(f"== {name}: {FIGURES[name]}", flush=True)
        sys.argv = [name]
        results[name] = importlib.import_module(f"benchmarks.{name}").main()
    missed = [name for name, result in results.items() if result]
    print(f"missed: {', '.join(missed)}" if missed else "every bar was met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
