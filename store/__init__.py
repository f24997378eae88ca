"""The memory: event ledger, send ledger and read models, in SQL."""
