"""Bytes in and out: sockets, HTTP, limits, close codes. aiohttp is known here only; what the bytes mean is not."""
