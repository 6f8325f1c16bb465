"""The three calls to MLflow's registry that the promoter needs: https://mlflow.org/docs/latest/rest-api.html."""

from typing import Any

import requests

from mlplatform_server.promoter.decision import Receipt, Unresolved
from mlplatform_server.serving.pin import Pin

_TIMEOUT_S = 10
IMAGE = "mlplatform.image"
"""Tag of a version that names the image it is to run in, for models that may."""


class Registry:
    """A server's registered models."""

    def __init__(self, address: str, login: tuple[str, str] | None) -> None:
        """Prepare the calls.

        Args:
            address: the tracking URI.
            login: name and password; None where everybody may ask.
        """
        self._address = f"{address}/api/2.0/mlflow"
        self._session = requests.Session()
        self._session.auth = login
        # MLflow takes a login from ~/.netrc, which there is none of.
        self._session.trust_env = False

    def resolve(self, name: str, alias: str, image: str | None = None) -> Pin | Unresolved:
        """Return where an alias points.

        Args:
            name: name of the registered model.
            alias: the alias.
            image: the image of a version whose tags name none; None where tags do not decide.
        """
        try:
            found = self._call(
                "GET", "registered-models/alias", params={"name": name, "alias": alias}
            )
            # MLflow says 404 of a model that is not there, 403 where it asks for a login, and of an
            # alias 400.
            if found.status_code in (400, 403, 404):
                return Unresolved(reason=f"MLflow has no {name}@{alias}")
            found.raise_for_status()
            facts = found.json()["model_version"]
            version = facts["version"]
            tags = {tag["key"]: tag.get("value", "") for tag in facts.get("tags", ())}
            where = self._call(
                "GET", "model-versions/get-download-uri", params={"name": name, "version": version}
            )
            where.raise_for_status()
            return Pin(
                name=name,
                version=version,
                source=where.json()["artifact_uri"],
                image=image and tags.get(IMAGE, image),
            )
        except (requests.RequestException, KeyError) as error:
            return Unresolved(reason=f"MLflow does not answer: {_words(error)}")

    def tell(self, key: str, receipt: Receipt) -> bool:
        """Tag a version.

        Args:
            key: key of the tag.
            receipt: the version and the value.

        Returns:
            Whether that is done with: also where there is no such version any more.
        """
        tag = {"name": receipt.name, "version": receipt.version, "key": key, "value": receipt.text}
        try:
            status = self._call("POST", "model-versions/set-tag", json=tag).status_code
        except requests.RequestException:
            return False
        return status in (200, 400, 404)

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(
            method, f"{self._address}/{path}", timeout=_TIMEOUT_S, **options
        )


def _words(error: Exception) -> str:
    """An error without the addresses of objects and retries, which differ each time."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"status {error.response.status_code}"
    return type(error).__name__
