"""Renews a certificate in the cluster: the program of a CronJob.

It runs where Pulumi does not, and says the same of what is due as the state does: what it has
renewed, the next `pulumi up` renews too.
"""

import base64
import json
import os
import ssl
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

from mlplatform.issuing import KeyPair, is_due, issue

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_REACHED_SECONDS = 60


def main() -> None:
    """Renew what is mounted here, if it is due."""
    authority, certificate = Path(os.environ["AUTHORITY"]), Path(os.environ["CERTIFICATE"])
    present = (certificate / "tls.crt").read_text()
    if not is_due(present):
        print("The certificate is good for a while yet", flush=True)
        return
    signer = KeyPair((authority / "tls.crt").read_text(), (authority / "tls.key").read_text())
    made = issue(signer, os.environ["HOSTS"].split(","))
    _patch({"tls.crt": made.certificate, "tls.key": made.key, "ca.crt": signer.certificate})
    print("The certificate is renewed", flush=True)


def _patch(content: dict[str, str]) -> None:
    """Write into the Secret, which the account of the pod may do with this one alone."""
    data = {key: base64.b64encode(text.encode()).decode() for key, text in content.items()}
    request = urllib.request.Request(
        f"https://kubernetes.default.svc/api/v1/namespaces/{os.environ['NAMESPACE']}"
        f"/secrets/{os.environ['NAME']}",
        method="PATCH",
        data=json.dumps({"data": data}).encode(),
        headers={
            "Authorization": f"Bearer {(_ACCOUNT / 'token').read_text()}",
            "Content-Type": "application/merge-patch+json",
        },
    )
    trusted = ssl.create_default_context(cafile=str(_ACCOUNT / "ca.crt"))
    deadline = time.monotonic() + _REACHED_SECONDS
    while True:
        try:
            urllib.request.urlopen(request, timeout=30, context=trusted).close()  # noqa: S310
            return
        except HTTPError:
            raise
        except URLError:
            # A new pod is let through a moment late where network policies hold.
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


if __name__ == "__main__":
    main()
