"""The real server, databases and relays for workers that are killed and frozen."""

from tests.support.databases import sqlite_databases
from tests.support.servers import temporal, temporal_server

__all__ = ["sqlite_databases", "temporal", "temporal_server"]
