"""Connecting to Temporal: the address from our settings, TLS and keys from Temporal's own.

`TEMPORAL_TLS`, `TEMPORAL_API_KEY`, the certificates and, where `TEMPORAL_CONFIG_FILE` or
`TEMPORAL_PROFILE` names one, a profile mean here what they mean to Temporal's command line.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from domain.refusal import Malformed

_FILE: Final = ("TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "::1")


async def connect(
    address: str, namespace: str, metrics: str | None = None, quiet: bool = False
) -> Client:
    """A connection, which tells its figures at `metrics` (`host:port`) in Prometheus' form.

    A `quiet` one does not write to stdout that it tries again. Raises RuntimeError when nobody
    answers there.
    """
    told = {**keys(address, os.environ), "target_host": address, "namespace": namespace}
    if metrics is not None:
        told["runtime"] = _measured(metrics)
    elif quiet:
        told["runtime"] = _quiet()
    return await Client.connect(**told, data_converter=pydantic_data_converter)


@cache
def _measured(address: str) -> Runtime:
    """One for each place in a process: a place can be listened at only once.

    Raises Malformed for a place that cannot be had.
    """
    prometheus = PrometheusConfig(
        bind_address=address, counters_total_suffix=True, durations_as_seconds=True
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=prometheus))
    except ValueError as error:
        raise Malformed(
            f"no worker can tell its figures there: {error}", "worker_metrics"
        ) from None


@cache
def _quiet() -> Runtime:
    """Warnings are left out: what they mean for a command, the command says itself."""
    errors = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(errors)))


def keys(address: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """TLS and keys for an address, as Temporal's environment says.

    On this machine none are used unless `TEMPORAL_TLS` asks for them: a key that is meant for
    a cloud must not keep `sluice up` from its own server, nor be shown to it.
    """
    if address.rpartition(":")[0] in _LOOPBACK and not environment.get("TEMPORAL_TLS"):
        return {}
    named = any(environment.get(name) for name in _FILE)
    told: dict[str, Any] = dict(
        ClientConfig.load_client_connect_config(
            disable_file=not named, override_env_vars=environment
        )
    )
    return told
