"""The web app's process, `goldenhour web`: it starts, and takes reports, while Temporal, Redis or SQL are away."""

import asyncio
import sys
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import structlog
import uvicorn
from redis.asyncio import Redis

from config.logging import configure_logging
from config.settings import Settings, SettingsError
from engine.client import connect
from engine.facade import Engine
from store.errors import StoreError
from store.repositories import Store
from web.app import create_app
from web.services import Services

log = structlog.get_logger()

DRAIN_SECONDS = 10
"""How long requests may finish after SIGTERM."""

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then let what is under way finish.

    Raises:
        StoreError: the database's address can't be read.
    """
    async with AsyncExitStack() as stack:
        keys = settings.key_ring
        store = Store.open(settings.database_url, keys)
        stack.push_async_callback(store.close)
        redis = Redis.from_url(
            settings.redis_url, decode_responses=True, socket_timeout=0.5, socket_connect_timeout=0.5
        )
        stack.push_async_callback(redis.aclose)
        engine = Engine(await connect(keys, lazy=True))
        services = Services(settings=settings, keys=keys, store=store, engine=engine, redis=redis)
        await _server(settings, services).serve()


def main() -> None:
    """Start the web app, or say in one line why not."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        sys.exit(f"goldenhour web: {error}")
    configure_logging(settings.log_format)
    try:
        asyncio.run(serve(settings))
    except StoreError as error:
        sys.exit(f"goldenhour web: {error}")


def _server(settings: Settings, services: Services) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(services),
        host=_host(settings),
        port=settings.web_port,
        # Ours, with personal data taken out. No access log: addresses of requests are nobody's business.
        log_config=None,
        access_log=False,
        server_header=False,
        # Who calls is decided by tokens and signatures, never by headers a proxy may or may not have set.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    log.info("web app starting", port=settings.web_port, simulated=settings.simulated)
    return uvicorn.Server(config)


def _host(settings: Settings) -> str:
    """Reachable from elsewhere only if it has a public address."""
    return "127.0.0.1" if urlsplit(settings.public_url).hostname in LOCAL_HOSTS else "0.0.0.0"  # noqa: S104


if __name__ == "__main__":
    main()
