"""What a host answers through the ingress; by TLS, whether clients would believe that it is it."""

import base64
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any

from cluster.kubectl import get
from front_door.finding import Finding

TIMEOUT_S = 10
_SOON_DAYS = 14
"""What is left when something should have renewed the certificate weeks ago."""


def answer(
    host: str,
    address: str,
    path: str,
    trust: ssl.SSLContext | None,
    headers: Mapping[str, str],
) -> Finding:
    """Ask a host for a path.

    Args:
        host: its name.
        address: where the ingress is.
        path: what needs no database and no key.
        trust: what its certificate is checked against; None for plain HTTP.
        headers: a login, where one is needed.
    """
    connection = _Connection(host, address, trust)
    try:
        connection.request("GET", path, headers=dict(headers))
        status = connection.getresponse().status
    except ssl.SSLCertVerificationError as error:
        return Finding(host, f"its certificate is refused: {error.verify_message}; {_TO_RENEW}")
    except (OSError, http.client.HTTPException) as error:
        todo = "is the ingress controller up? `make cluster`"
        return Finding(host, f"no answer from {address}: {error}; to do: {todo}")
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        known = {
            401: "MLflow does not take the password in the Secret auth-admin: somebody changed it; "
            "set another one, authAdminPassword",
            404: "the ingress does not know the host",
            503: "no pod behind it is ready",
        }
        reason = f"{status} from the ingress at {address}: {known.get(status, 'see its log')}"
        return Finding(host, f"{reason}; to do: mend the lines above, then `make up`")
    days = connection.days_left
    figures = {} if days is None else {"certificate_days": round(days, 1)}
    if days is not None and days < _SOON_DAYS:
        text = f"its certificate ends in {days:.0f} days; {_TO_RENEW}"
        return Finding(host, text, figures=figures)
    by = "" if days is None else f", with a certificate for {days:.0f} days"
    text = f"answers through the ingress at {address}{by}"
    return Finding(host, text, wrong=False, figures=figures)


_TO_RENEW = (
    "to do: `make up` renews one of the stack's own; `kubectl describe certificate` says what keeps"
    " cert-manager; one in a Secret that tlsSecret names is renewed by whoever made it"
)


def trust(context: str, ingress: dict[str, Any]) -> ssl.SSLContext | None:
    """What the certificate of an Ingress is checked against, by its clients; None without TLS."""
    served = ingress["spec"].get("tls")
    if not served:
        return None
    place = f"--namespace={ingress['metadata']['namespace']}"
    trusted = ssl.create_default_context()
    for secret in get(context, "secret", served[0]["secretName"], place):
        if authority := secret["data"].get("ca.crt"):
            trusted.load_verify_locations(cadata=base64.b64decode(authority).decode())
    return trusted


class _Connection(http.client.HTTPConnection):
    """A connection to a host at an address, whatever its name leads to here.

    Attributes:
        days_left: how long the certificate is good; None without TLS.
    """

    def __init__(self, host: str, address: str, trust: ssl.SSLContext | None) -> None:
        port = http.client.HTTP_PORT if trust is None else http.client.HTTPS_PORT
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address, self._trust = address, trust
        self.days_left: float | None = None

    def connect(self) -> None:
        """Connect to the address, and greet the host."""
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT_S)
        if self._trust is not None:
            self.sock = self._trust.wrap_socket(self.sock, server_hostname=self.host)
            ends = str((self.sock.getpeercert() or {})["notAfter"])
            self.days_left = (ssl.cert_time_to_seconds(ends) - time.time()) / 86400
