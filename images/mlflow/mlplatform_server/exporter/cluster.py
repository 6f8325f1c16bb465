"""The calls to the Kubernetes API that the exporter needs, by what Python itself has."""

import json
import ssl
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_ADDRESS = "https://kubernetes.default.svc"
_TIMEOUT_S = 5
_APIS = {
    "deployments": "apis/apps/v1",
    "statefulsets": "apis/apps/v1",
    "cronjobs": "apis/batch/v1",
    "pods": "api/v1",
    "persistentvolumeclaims": "api/v1",
}


class Cluster:
    """The namespace that the exporter runs in."""

    def __init__(self, namespace: str, account: Path = _ACCOUNT, address: str = _ADDRESS) -> None:
        """Prepare the calls.

        Args:
            namespace: its name.
            account: directory of the service account.
            address: the API.
        """
        self._namespace = namespace
        self._account = account
        self._address = address
        self._trust = ssl.create_default_context(cafile=str(account / "ca.crt"))

    def annotations(self) -> dict[str, str]:
        """Return the annotations of the namespace.

        Raises:
            OSError: the API does not answer, or refuses.
        """
        found = self._get(f"api/v1/namespaces/{self._namespace}")
        return found["metadata"].get("annotations", {})

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return all objects of a kind.

        Args:
            kind: in the plural, as `_APIS` has it.

        Raises:
            OSError: the API does not answer, or refuses.
        """
        return self._get(f"{_APIS[kind]}/namespaces/{self._namespace}/{kind}")["items"]

    def _get(self, path: str) -> dict[str, Any]:
        # The kubelet replaces the token every hour.
        token = (self._account / "token").read_text()
        request = Request(  # noqa: S310 - the address is ours
            f"{self._address}/{path}", headers={"Authorization": f"Bearer {token}"}
        )
        with urlopen(request, timeout=_TIMEOUT_S, context=self._trust) as answer:  # noqa: S310
            return json.load(answer)
