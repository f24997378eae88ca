#!/bin/sh
# Makes the roles and databases of Temporal and of Sluice. Run by the postgres image when its
# volume is new; running it again changes nothing.
#
# Each program owns its own databases and nothing else. The extension that Temporal's visibility
# schema asks for, btree_gin, is a trusted one: the owner of the database may create it.
set -eu

: "${TEMPORAL_DB_PASSWORD:?is not set}"
: "${SLUICE_DB_PASSWORD:?is not set}"

psql -v ON_ERROR_STOP=1 --quiet --username "${POSTGRES_USER:-postgres}" \
    --dbname "${POSTGRES_DB:-postgres}" \
    -v temporal_password="$TEMPORAL_DB_PASSWORD" -v sluice_password="$SLUICE_DB_PASSWORD" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', wanted.role)
FROM (VALUES ('temporal'), ('sluice')) AS wanted (role)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.role)
\gexec

ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE sluice PASSWORD :'sluice_password';

SELECT format('CREATE DATABASE %I OWNER %I', wanted.name, wanted.role)
FROM (
    VALUES ('temporal', 'temporal'), ('temporal_visibility', 'temporal'), ('sluice', 'sluice')
) AS wanted (name, role)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = wanted.name)
\gexec
SQL
