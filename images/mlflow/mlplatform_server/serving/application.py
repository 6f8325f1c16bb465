"""The HTTP side of a served model: MLflow's routes, bounded, and nothing else."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from mlflow.version import VERSION
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mlplatform_server.serving.bounds import Bodies, Predictions, TooMany
from mlplatform_server.serving.metrics import Metrics
from mlplatform_server.serving.scoring import JSON, Answer, Outcome, Scorer, failure

_ANSWERED = {"/ping": "GET", "/health": "GET", "/version": "GET", "/invocations": "POST"}
_OPEN = ("/ping", "/health")
"""What a probe asks, which has no token."""
_LATER = {"Retry-After": "1"}


class _TooLarge(Exception):
    """The body is longer than is accepted."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is accepted.

    Attributes:
        path: what the public paths begin with, such as `/wine`; empty for nothing.
        token: what a client must send as its bearer token; None where everybody may ask.
        body_limit: bytes that a body may have.
        timeout_s: how long a request may take.
    """

    path: str
    token: str | None = field(repr=False)
    body_limit: int
    timeout_s: float


class Application:
    """An ASGI application that answers for one model."""

    def __init__(self, scorer: Scorer, rules: Rules, metrics: Metrics) -> None:
        """Serve a model.

        Args:
            scorer: predicts.
            rules: what is accepted.
            metrics: count what was answered.
        """
        self._scorer = scorer
        self._rules = rules
        self._metrics = metrics
        self._bodies = Bodies(rules.body_limit)
        self._predictions = Predictions(rules.timeout_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._response(scope, receive)
        await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> Response:
        path = self._own_path(scope["path"])
        method = _ANSWERED.get(path)
        if method is None:
            return _detail(404, "Not Found")
        if method != scope["method"]:
            return _detail(405, "Method Not Allowed", {"Allow": method})
        headers = Headers(scope=scope)
        if path not in _OPEN and not self._may(headers.get("authorization", "")):
            return _detail(401, "Unauthorized", {"WWW-Authenticate": "Bearer"})
        if path == "/invocations":
            return await self._invocation(headers, receive)
        if path == "/version":
            return Response(VERSION, media_type=JSON)
        status = 200 if self._predictions.healthy else 503
        return Response("\n", status_code=status, media_type=JSON)

    def _own_path(self, path: str) -> str:
        """The path without what the ingress knows the model by; probes leave that out."""
        if path.startswith(f"{self._rules.path}/"):
            return path[len(self._rules.path) :]
        return path

    def _may(self, authorization: str) -> bool:
        if self._rules.token is None:
            return True
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            token.strip().encode(), self._rules.token.encode()
        )

    async def _invocation(self, headers: Headers, receive: Receive) -> Response:
        began = perf_counter()
        with self._metrics.in_flight():
            answer = await self._answer(headers, receive)
        self._metrics.answered(answer.outcome, perf_counter() - began)
        return Response(
            answer.body,
            status_code=answer.status,
            media_type=answer.media_type,
            headers=_LATER if answer.status == 503 else None,
        )

    async def _answer(self, headers: Headers, receive: Receive) -> Answer:
        content_type = headers.get("content-type")
        if content_type is None:
            return failure(
                Outcome.BAD_INPUT, 415, "INVALID_PARAMETER_VALUE", "The request has no Content-Type"
            )

        def predict(body: bytes) -> Answer:
            return self._scorer.answer(body, content_type)

        try:
            with self._bodies.body() as hold:
                return await self._predictions.run(
                    lambda: self._body(headers, receive, hold), predict
                )
        except _TooLarge:
            return failure(
                Outcome.BAD_INPUT,
                413,
                "INVALID_PARAMETER_VALUE",
                f"The body has more than {self._rules.body_limit} bytes",
            )
        except TooMany:
            return failure(
                Outcome.OVERLOAD,
                503,
                "TEMPORARILY_UNAVAILABLE",
                "There are too many requests at once; come again",
            )
        except TimeoutError:
            # MLflow's answer to the letter, its type too.
            return Answer(
                outcome=Outcome.TIMEOUT,
                status=504,
                body="Request processing time exceeded limit",
            )

    async def _body(self, headers: Headers, receive: Receive, hold: Callable[[int], Any]) -> bytes:
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._rules.body_limit:
            raise _TooLarge
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size > self._rules.body_limit:
                raise _TooLarge
            hold(len(part))
            parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts)


def _detail(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """The form that MLflow's server, a FastAPI application, gives to such answers."""
    return Response(
        json.dumps({"detail": text}), status_code=status, media_type=JSON, headers=headers
    )
