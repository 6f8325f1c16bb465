"""What a registry answers decides what a person is advised to do."""

import pytest

from images import registry
from images.builders import Buildah, Docker
from toolchain.process import Failed

TARGET = "registry.example.com:5000/team/minio:1"
# As docker 20.10 and buildah 1.28 print them.
ANSWERS = {
    "unauthorized: authentication required": "login registry.example.com:5000`",
    "no basic auth credentials": "login registry.example.com:5000`",
    "denied: requested access to the resource is denied": "as one who may push to",
    "server gave HTTP response to HTTPS client": "has no TLS",
    "x509: certificate signed by unknown authority": "certs.d/registry.example.com:5000/ca.crt",
    "dial tcp: lookup registry.example.com: no such host": "answers from here",
}


@pytest.mark.parametrize("builder", [Docker(), Buildah()])
@pytest.mark.parametrize(("answer", "advice"), ANSWERS.items())
def test_the_advice_follows_from_the_reason(
    builder: Docker | Buildah, monkeypatch: pytest.MonkeyPatch, answer: str, advice: str
) -> None:
    def refuse(_self: object, _image: str, _target: str) -> None:
        raise Failed("a push", f"exit code 1\n        {answer}", "")

    monkeypatch.setattr(type(builder), "push", refuse)
    with pytest.raises(Failed) as failure:
        registry.push(builder, "localhost/minio:1", TARGET)
    assert advice in str(failure.value)
    assert answer in str(failure.value)


@pytest.mark.parametrize(
    ("builder", "file"), [(Docker(), "daemon.json"), (Buildah(), "registries.conf.d")]
)
def test_a_registry_without_tls_has_a_way_in_that_fits_the_builder(
    builder: Docker | Buildah, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: object, _image: str, _target: str) -> None:
        raise Failed("a push", "http: server gave HTTP response to HTTPS client", "")

    monkeypatch.setattr(type(builder), "push", refuse)
    with pytest.raises(Failed, match=file):
        registry.push(builder, "localhost/minio:1", TARGET)
