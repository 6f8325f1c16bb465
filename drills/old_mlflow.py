"""An image with MLflow 3.14, as a stack of last year would run it."""

import hashlib
import re
from pathlib import Path

from cluster import image_store
from cluster.kind import Kind
from images.build import build_variant
from images.builders import find_builder
from images.deliver import hand_over
from images.names import image_names

VERSION = "3.14.0"
# What 3.14 does not take in the version that today's MLflow has.
_PINS = {
    "mlflow": VERSION,
    "mlflow-skinny": VERSION,
    "mlflow-tracing": VERSION,
    "cryptography": "48.0.0",
    "pandas": "2.3.3",
    "pyarrow": "24.0.0",
}
_MORE = ("pytz==2025.2", "tzdata==2025.2")  # of pandas 2
# Our own command reaches into today's MLflow; the Jobs and the plain server do without it.
_ENTRYPOINT = ('ENTRYPOINT ["python", "-m", "mlplatform_server"]', 'ENTRYPOINT ["mlflow"]')


def deliver(kind: Kind) -> str:
    """Make sure that a Minikube has the image, and return its name.

    Raises:
        Failed: it could not be built or handed over.
    """
    today = image_names()["mlflow"]
    inputs = repr((today, _PINS, _MORE, _ENTRYPOINT))
    digest = hashlib.sha256(inputs.encode()).hexdigest()[:12]
    image = f"{today.rpartition(':')[0]}:{VERSION}-{digest}"
    if image not in image_store.names(kind):
        builder = find_builder()
        build_variant(builder, "mlflow", image, _change)
        hand_over(kind, builder, image)
    return image


def _change(context: Path) -> None:
    requirements = context / "requirements.txt"
    # The hashes are those of today's versions.
    pins = re.sub(r" \\\n +--hash=\S+", "", requirements.read_text())
    for package, version in _PINS.items():
        pins = re.sub(rf"^{package}==.*$", f"{package}=={version}", pins, flags=re.MULTILINE)
    requirements.write_text("\n".join([pins, *_MORE, ""]))
    containerfile = context / "Containerfile"
    text = containerfile.read_text().replace(" --require-hashes", "")
    containerfile.write_text(text.replace(*_ENTRYPOINT))
