#!/bin/sh
# Makes Sluice's namespace and search attributes on a Temporal cluster, and does nothing where
# they exist already. Wants TEMPORAL_ADDRESS; for TLS and keys, Temporal's own environment.
#
# The search attributes hold no personal data: a stage, an id of an owner, a playbook, a flag.
set -eu

: "${TEMPORAL_ADDRESS:?is not set}"
namespace=${SLUICE_TEMPORAL_NAMESPACE:-sluice}
retention=${SLUICE_TEMPORAL_RETENTION:-30d}
attributes="SluiceStage:Keyword SluiceOwner:Keyword SluicePlaybook:Keyword SluiceStagnant:Bool"
attempts=${SLUICE_TEMPORAL_ATTEMPTS:-60}

# Usage: until_it_works WHAT COMMAND...   Once a second; the last try shows why it failed.
until_it_works() {
    what=$1
    shift
    tries=1
    until "$@" >/dev/null 2>&1; do
        if [ "$tries" -ge "$attempts" ]; then
            echo "$what did not work after $attempts tries:" >&2
            "$@"
            return
        fi
        tries=$((tries + 1))
        sleep 1
    done
}

namespace_exists() { temporal operator namespace describe --namespace "$namespace" "$@"; }

make_namespace() {
    namespace_exists >/dev/null 2>&1 ||
        temporal operator namespace create --namespace "$namespace" --retention "$retention" \
            --description "Sluice: one workflow for each deal"
}

has_attribute() {
    temporal operator search-attribute list --namespace "$namespace" | grep -qw "$1"
}

make_attribute() {
    has_attribute "$1" ||
        temporal operator search-attribute create --namespace "$namespace" --name "$1" --type "$2"
}

until_it_works "Reaching $TEMPORAL_ADDRESS" temporal operator cluster health
until_it_works "Making the namespace $namespace" make_namespace
echo "namespace $namespace"
for pair in $attributes; do
    # A new namespace takes some seconds to be known everywhere.
    until_it_works "Making ${pair%%:*}" make_attribute "${pair%%:*}" "${pair##*:}"
    echo "search attribute ${pair%%:*} (${pair##*:})"
done
