"""The JSON door, `/api/v1`: one router a noun, each route one operation and nothing else."""

from typing import Final

JSON_MAX: Final = 1024 * 1024
"""No JSON body is longer, in bytes; five hundred commands with notes fit."""

IMPORT_MAX: Final = 48 * 1024 * 1024
"""All files of one import together."""

PREFIX: Final = "/api/v1"
"""Where all of it stands; what changes so that callers break gets the next number."""
