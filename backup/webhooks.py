"""The secrets of webhooks, which only the stack can read that they were given to."""

from __future__ import annotations

import requests

from smoke_tests.client import http_session
from smoke_tests.database import query
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings

_LIST = "/api/2.0/mlflow/webhooks"
_TIMEOUT_S = 10


def forget_unreadable(settings: Settings, namespace: Namespace) -> int:
    """Forget the webhooks' secrets if this stack has another key than the backup's stack.

    MLflow answers every call that lists webhooks with 500 if there is one that it cannot decrypt.

    Args:
        settings: The stack, whose servers run.
        namespace: Its namespace.

    Returns:
        How many webhooks have to be given their secret again.
    """
    answer = http_session(settings).get(settings.tracking_uri + _LIST, timeout=_TIMEOUT_S)
    if answer.status_code != requests.codes.server_error:
        return 0
    forgotten = query(
        namespace,
        "with forgotten as (update webhooks set secret = null where secret is not null returning 1)"
        " select count(*) from forgotten",
    )
    return int(forgotten[0][0])
