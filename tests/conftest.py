"""What any test may ask for: a Temporal server, a namespace in it, fresh databases."""

from tests.support.databases import sqlite_databases, sqlite_store
from tests.support.servers import env_skipping, temporal, temporal_server

__all__ = ["env_skipping", "sqlite_databases", "sqlite_store", "temporal", "temporal_server"]
