"""Hands images to a registry, and says what to do where it refuses."""

from images.builders import Buildah, Builder, Docker
from toolchain.process import Failed

_TRUST_WITHOUT_TLS = {
    Docker.program: '"insecure-registries": ["{host}"] in its daemon.json, and restart it',
    Buildah.program: '[[registry]], location = "{host}" and insecure = true, on three lines of'
    " /etc/containers/registries.conf.d/mlplatform.conf",
}


def push(builder: Builder, image: str, target: str) -> None:
    """Hand an image to a registry.

    Args:
        builder: has the image.
        image: its name there.
        target: its name in the registry, which begins with the registry's own.

    Raises:
        Failed: the registry does not answer or refuses; says what to do about the reason.
    """
    try:
        builder.push(image, target)
    except Failed as failure:
        raise Failed(f"{target} pushed", failure.came, _todo(builder, failure, target)) from failure


def _todo(builder: Builder, failure: Failed, target: str) -> str:
    host, came = target.partition("/")[0], failure.came.lower()
    if "unauthorized" in came or "authentication required" in came or "no basic auth" in came:
        return f"`{builder.program} login {host}`, and repeat"
    if "denied" in came or "forbidden" in came:
        return (
            f"`{builder.program} login {host}` as one who may push to {target.rpartition('/')[0]}, "
            "or let such a one push what is missing with `make images`; then repeat"
        )
    if "http response to https client" in came:
        return (
            "the registry has no TLS. If you trust the way to it, allow that with "
            + _TRUST_WITHOUT_TLS[builder.program].format(host=host)
            + "; and likewise on the cluster's nodes. Then repeat"
        )
    if "certificate" in came or "x509" in came:
        return f"copy the authority that signed it to /etc/docker/certs.d/{host}/ca.crt, and repeat"
    return f"see whether {host} answers from here, and repeat"
