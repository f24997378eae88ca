#!/bin/sh
# Brings the schemas of Temporal's two databases to the version of this image.
# Running it again changes nothing; running it with a newer image is the upgrade.
set -eu

: "${POSTGRES_SEEDS:?is not set}"
: "${SQL_PASSWORD:?is not set}"
schemas=/etc/temporal/schema/postgresql/v12

tool() {
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" \
        -u "${POSTGRES_USER:-temporal}" --db "$@"
}

for pair in temporal:temporal temporal_visibility:visibility; do
    database=${pair%%:*}
    echo "schema of $database"
    tool "$database" setup-schema -v 0.0
    tool "$database" update-schema -d "$schemas/${pair##*:}/versioned"
done
