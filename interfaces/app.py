"""The `api` process: all HTTP doors on granian, with one log writer of its own."""

import asyncio
import signal

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.graphql import graphql_routes
from interfaces.inbound.http.guarding import Guarded
from interfaces.inbound.http.observing import Observed
from interfaces.logs import configure, quiet_loop, take_over_servers
from interfaces.runtime import settle
from interfaces.settings import Settings, read_settings
from interfaces.telemetry.traces import tracing
from interfaces.wiring import services


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; what is being answered is answered first."""
    async with services(settings) as ports:
        app = create_app(ports, extra=graphql_routes(ports))
        server = Server(
            Observed(Guarded(app, ports)),
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            log_access=False,
        )
        take_over_servers()

        def stop() -> None:
            # Streams that go on for hours end first, or the server would wait for them.
            ports.closing.set()
            server.stop()  # type: ignore[no-untyped-call]

        loop = asyncio.get_running_loop()
        quiet_loop(loop)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        settle()
        await server.serve()


def main() -> None:
    """Run the process."""
    configure("api")
    settings = read_settings()
    with (
        tracing("api", settings.traces_url, share=settings.traces_share),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(serve(settings))


if __name__ == "__main__":
    main()
