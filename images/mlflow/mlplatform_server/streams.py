"""Bytes that arrive on an event loop, read by a thread."""

import asyncio
from collections.abc import AsyncIterable


class ThreadReader:
    """A file, for one thread, over chunks that arrive on an event loop."""

    def __init__(self, chunks: AsyncIterable[bytes], loop: asyncio.AbstractEventLoop) -> None:
        """Read from the first chunk on.

        Args:
            chunks: the bytes.
            loop: the loop on which they arrive; it must not wait for the thread.
        """
        self._chunks = aiter(chunks)
        self._loop = loop
        self._unread = bytearray()
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, fewer at the end only; all that is left if it is -1."""
        while not self._ended and (size < 0 or len(self._unread) < size):
            chunk = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            self._ended = chunk is None
            self._unread += chunk or b""
        size = len(self._unread) if size < 0 else size
        taken = bytes(self._unread[:size])
        del self._unread[:size]
        return taken

    async def _next(self) -> bytes | None:
        return await anext(self._chunks, None)
