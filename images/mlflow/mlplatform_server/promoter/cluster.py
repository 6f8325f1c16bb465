"""The three calls to the Kubernetes API that the promoter needs.

Its official client would bring thirty megabytes for them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests

from mlplatform_server.promoter.decision import State
from mlplatform_server.promoter.rollout import CONTAINER
from mlplatform_server.serving.pin import ANNOTATION, Pin

STATE = "mlplatform/promotion"
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_ADDRESS = "https://kubernetes.default.svc"
_FIELD_MANAGER = "mlplatform-promoter"
_TIMEOUT_S = 10


def remembered(state: State) -> str:
    """Return the value of the annotation that keeps a state; `front_door.models` reads it too."""
    return json.dumps(asdict(state), sort_keys=True)


class Cluster:
    """The namespace that the promoter runs in."""

    def __init__(self, namespace: str, account: Path = _ACCOUNT, address: str = _ADDRESS) -> None:
        """Prepare the calls.

        Args:
            namespace: its name.
            account: directory of the service account.
            address: the API.
        """
        self._account = account
        self._namespace = namespace
        self._address = address
        self._session = requests.Session()
        self._session.verify = str(account / "ca.crt")
        # REQUESTS_CA_BUNDLE, which a stack's bundle sets, would win over it (psf/requests#3829).
        self._session.trust_env = False

    def deployment(self, name: str) -> dict[str, Any]:
        """Return a Deployment.

        Raises:
            requests.RequestException: the API does not answer, or has none.
        """
        return self._call("GET", f"apis/apps/v1/namespaces/{self._namespace}/deployments/{name}")

    def pods(self, part: str) -> Sequence[dict[str, Any]]:
        """Return the pods of a part of the stack.

        Raises:
            requests.RequestException: the API does not answer.
        """
        return self._call(
            "GET",
            f"api/v1/namespaces/{self._namespace}/pods",
            params={"labelSelector": f"app.kubernetes.io/name={part}"},
        )["items"]

    def pin(self, name: str, pin: Pin | None, state: State) -> None:
        """Write what a Deployment is pinned to, and what is remembered of it.

        These two annotations, and the image where the version decides on it, are all that is ours;
        every other field stays its owner's.

        Args:
            name: name of the Deployment.
            pin: the version; None takes the annotation away.
            state: what is remembered.

        Raises:
            requests.RequestException: the API does not answer, or refuses.
        """
        self._call(
            "PATCH",
            f"apis/apps/v1/namespaces/{self._namespace}/deployments/{name}",
            params={"fieldManager": _FIELD_MANAGER, "force": "true"},
            headers={"Content-Type": "application/apply-patch+yaml"},
            data=json.dumps(
                {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "metadata": {
                        "name": name,
                        "annotations": {STATE: remembered(state)},
                    },
                    **({"spec": {"template": _template(pin)}} if pin else {}),
                }
            ),
        )

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        # The kubelet replaces the token every hour.
        token = (self._account / "token").read_text()
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        answer = self._session.request(
            method, f"{self._address}/{path}", headers=headers, timeout=_TIMEOUT_S, **options
        )
        answer.raise_for_status()
        return answer.json()


def _template(pin: Pin) -> dict[str, Any]:
    image = {"spec": {"containers": [{"name": CONTAINER, "image": pin.image}]}} if pin.image else {}
    return {"metadata": {"annotations": {ANNOTATION: pin.text()}}, **image}
