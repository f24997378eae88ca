"""Connecting to Temporal: the address from our settings, TLS and keys from Temporal's own.

`TEMPORAL_TLS`, `TEMPORAL_API_KEY`, the certificates and, where `TEMPORAL_CONFIG_FILE` or
`TEMPORAL_PROFILE` names one, a profile mean here what they mean to Temporal's command line.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

_FILE: Final = ("TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "::1")


async def connect(address: str, namespace: str) -> Client:
    """A connection. Raises RuntimeError when nobody answers there."""
    told = {**keys(address, os.environ), "target_host": address, "namespace": namespace}
    return await Client.connect(**told, data_converter=pydantic_data_converter)


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
