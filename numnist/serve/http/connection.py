"""One client's connection: a request after the other, each part within its deadline.

    connection ──> head (5 s) ──> body (10 s, in guard.py) ──> response (20 s) ──> idle (15 s) ──> head ...

A deadline covers the whole part: a client that sends a byte now and then is cut off like one that sends nothing.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import h11
from starlette.types import ASGIApp

from numnist.serve.http.errors import ApiError, too_slow
from numnist.serve.http.responses import error_response
from numnist.serve.http.stream import Exchange, HttpStream

LOG = logging.getLogger("numnist.serve")


class Connection:
    """One client's connection to an ASGI app."""

    def __init__(self, app: ASGIApp, stream: HttpStream):
        self.app, self.stream, self.limits = app, stream, stream.limits
        self.refused = False  # whether it is only sent an error
        self._busy = False  # whether the app has a request

    async def serve(self) -> ApiError | None:
        """Respond to requests until the client leaves or is silent too long.  Returns the error to send it, if any."""
        try:
            while await self._exchange():
                self.stream.http.start_next_cycle()
                if not self.stream.begun:
                    async with asyncio.timeout(self.limits.idle):
                        await self.stream.read()
        except ApiError as error:
            return error
        except OSError:  # the client has left, or a deadline has passed
            pass
        return None

    def stop(self) -> None:
        """Finish the current response, if there is one, and take no further request."""
        self.stream.closing = True
        if not self._busy:
            self.stream.close()

    async def refuse(self, error: ApiError) -> None:
        """Send an error without asking the app, and wait until the client has read it."""
        response = error_response(error)
        response.headers["connection"] = "close"
        head = h11.Response(status_code=response.status_code, headers=response.raw_headers)
        try:
            async with asyncio.timeout(self.limits.linger):
                await self.stream.send(head, h11.Data(data=bytes(response.body)), h11.EndOfMessage())
                await self.stream.finish()
        except OSError:  # it still sends, or has left
            self.stream.reset()

    async def _exchange(self) -> bool:
        """Respond to one request; returns whether another may follow."""
        exchange = Exchange(self.stream, await self._head())
        self._busy = True
        try:
            await self.app(exchange.scope, exchange.receive, exchange.send)
        except Exception:
            LOG.exception("a request ended in an unexpected error")
        self._busy = False
        return await self._take_rest() and not self.stream.closing

    async def _head(self) -> h11.Request:
        """The head of the next request.  Raises ApiError 408 if it comes too slowly, TimeoutError if nothing comes."""
        try:
            async with asyncio.timeout(self.limits.header):
                request = await self.stream.next_event()
        except TimeoutError:
            if not self.stream.begun:
                raise  # connected and sent nothing, as browsers do to be quick later
            raise too_slow("header", self.limits.header) from None
        assert isinstance(request, h11.Request)
        return request

    async def _take_rest(self) -> bool:
        """Read the rest of a request after its response, for a moment; returns whether another may follow."""
        http = self.stream.http
        try:
            async with asyncio.timeout(self.limits.linger):
                with suppress(ApiError):
                    while http.their_state is h11.SEND_BODY:
                        await self.stream.next_event()
                if http.their_state is h11.ERROR:
                    await self.stream.finish()
        except OSError:
            return False
        return http.our_state is h11.DONE and http.their_state is h11.DONE
