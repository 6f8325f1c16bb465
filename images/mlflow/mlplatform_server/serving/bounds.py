"""How much a server does at once, so that what it answers stays quick."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

AT_ONCE = 4
"""Predictions that run side by side. They share one interpreter: more only wait for each other."""
WAITING = 28
"""Requests that may wait for one of these; every further one is better served by another pod."""
HUNG = 4
"""Predictions that may have hung before the server is of no more use."""
BODIES = 8
"""Bodies of the largest size that may be in memory together."""

Result = TypeVar("Result")


class TooMany(Exception):
    """There is more to do than may be waited for."""


class Predictions:
    """Runs predictions in threads, and gives up those that take too long.

    No thread can be ended from outside, so one that hangs is left behind and replaced. After `HUNG`
    of them the server calls itself unhealthy, and a new process takes its place.
    """

    def __init__(self, timeout_s: float) -> None:
        """Make the threads.

        Args:
            timeout_s: how long a request may take, waiting included.
        """
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(AT_ONCE + HUNG, thread_name_prefix="prediction")
        self._free = asyncio.Semaphore(AT_ONCE)
        self._accepted = 0
        self._hung = 0

    @property
    def healthy(self) -> bool:
        """Whether there are threads left to predict in."""
        return self._hung < HUNG

    async def run(
        self, receive: Callable[[], Awaitable[Any]], predict: Callable[[Any], Result]
    ) -> Result:
        """Predict when it is this request's turn.

        Args:
            receive: returns what to predict from; a slow client keeps nobody else waiting.
            predict: predicts, in a thread.

        Raises:
            TooMany: too many others wait already.
            TimeoutError: the time is over; the prediction may go on.
        """
        async with asyncio.timeout(self._timeout_s):
            data = await receive()
            if self._accepted >= AT_ONCE + WAITING or not self.healthy:
                raise TooMany
            self._accepted += 1
            try:
                async with self._free:
                    return await self._in_thread(predict, data)
            finally:
                self._accepted -= 1

    async def _in_thread(self, predict: Callable[[Any], Result], data: Any) -> Result:
        running = self._threads.submit(predict, data)
        waited_for = asyncio.wrap_future(running)
        try:
            return await asyncio.shield(waited_for)
        except asyncio.CancelledError:
            if not running.cancel():
                self._leave(running)
            raise

    def _leave(self, running: Future[Any]) -> None:
        """Count a prediction that goes on, until it comes back after all."""
        loop = asyncio.get_running_loop()
        self._hung += 1
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._came_back))

    def _came_back(self) -> None:
        self._hung -= 1


class Bodies:
    """Counts the bytes of all bodies that are in memory."""

    def __init__(self, limit: int) -> None:
        """Bound them.

        Args:
            limit: bytes that one may have.
        """
        self.limit = limit
        self._held = 0

    @contextmanager
    def body(self) -> Any:
        """Yield a function that is told of bytes as they arrive, and forget them at the end."""
        own = 0

        def hold(size: int) -> None:
            nonlocal own
            own += size
            self._held += size
            if self._held > BODIES * self.limit:
                raise TooMany

        try:
            yield hold
        finally:
            self._held -= own
