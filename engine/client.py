"""The connection to Temporal, by its own standard settings: a local server, a cluster and Temporal Cloud alike."""

import os

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime

from config.keys import KeyRing
from engine.codec import data_converter


async def connect(keys: KeyRing, *, runtime: Runtime | None = None, lazy: bool = False) -> Client:
    """Connect as the `TEMPORAL_*` variables say; a profile file is read only when `TEMPORAL_PROFILE` names one.

    Raises:
        RuntimeError: nobody answers there.
    """
    config = ClientConfig.load_client_connect_config(disable_file=not _profile_is_named())
    config.setdefault("target_host", "127.0.0.1:7233")
    return await Client.connect(**config, data_converter=data_converter(keys), runtime=runtime, lazy=lazy)


def _profile_is_named() -> bool:

    return bool(os.environ.get("TEMPORAL_PROFILE"))
