"""Readers of single values: text in, typed value out, or a `Refused` that says what is accepted."""

import difflib
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DNS_NAME = re.compile(rf"{_DNS_LABEL}(\.{_DNS_LABEL})*")
# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ without exponents
# and the suffixes that make no sense for bytes (n, u, m).
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P|)")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15} | {
    f"{prefix}i": 2 ** (10 * power) for power, prefix in enumerate("KMGTP", start=1)
}
# https://github.com/distribution/reference, the parts an image name is made of.
_PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = rf"(?:{_DNS_LABEL}(?:\.{_DNS_LABEL})*(?::[0-9]+)?/)?{_PATH}(?:/{_PATH})*"
_REGISTRY = re.compile(_REPOSITORY)
_IMAGE = re.compile(
    rf"{_REPOSITORY}(?::(?P<tag>\w[\w.-]{{0,127}}))?(?P<digest>@sha256:[0-9a-f]{{64}})?", re.ASCII
)


class Refused(ValueError):
    """A value that is not accepted, and what would be."""

    def __init__(self, want: str, example: str, got: str | None = None) -> None:
        """Describe the refusal.

        Args:
            want: what is accepted.
            example: a value that would do.
            got: how to show the value where it must not be shown as it is.
        """
        super().__init__(want)
        self.want = want
        self.example = example
        self.got = got


def object_name(example: str) -> Callable[[str], str]:
    """Return a reader of the name of a Kubernetes object such as a class."""

    def read(text: str) -> str:
        if len(text) > 253 or not DNS_NAME.fullmatch(text):
            raise Refused("the name of an object in the cluster (a lower-case DNS name)", example)
        return text

    return read


def gateway(text: str) -> tuple[str, str]:
    """Read namespace and name of a Gateway."""
    namespace, _, name = text.partition("/")
    if not (re.fullmatch(_DNS_LABEL, namespace) and DNS_NAME.fullmatch(name)):
        raise Refused("a Gateway, namespace/name", "infra/public")
    return namespace, name


def moment(text: str) -> str:
    """Read a point in time in UTC, to the second, as the reaper of expired stacks reads it."""
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("a point in time in UTC, to the second", "2030-12-31T23:59:59Z") from None
    return text


def schedule(text: str) -> str:
    """Read a schedule: minute, hour, day, month, weekday, each of numbers, `*`, `,`, `-`, `/`."""
    limits = (59, 23, 31, 12, 7)
    fields = text.split()
    if len(fields) != len(limits) or any(
        not re.fullmatch(r"[0-9*,/-]+", field)
        or any(int(number) > limit for number in re.findall("[0-9]+", field))
        for field, limit in zip(fields, limits, strict=True)
    ):
        raise Refused("five fields of cron: minute, hour, day, month, weekday", "0 3 * * *")
    return text


def days(text: str) -> str:
    """Read a number of days."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}d", text, re.ASCII):
        raise Refused("a number of days", "15d")
    return text


def stack_name(text: str) -> str:
    """Read a stack name, which becomes part of host names, labels and the namespace."""
    longest = 63 - len("mlplatform-")
    if len(text) > longest or not re.fullmatch(_DNS_LABEL, text):
        raise Refused(
            f"lower-case letters, digits and inner hyphens, at most {longest} characters: it "
            "becomes part of host names and of the namespace",
            "pr-42",
        )
    return text


def database(text: str) -> str:
    """Read the name of a database, as it stands in a connection string without quotes."""
    if not re.fullmatch(r"[A-Za-z_][\w-]{0,62}", text, re.ASCII):
        raise Refused("the name of a database", "mlflow")
    return text


def region(text: str) -> str:
    """Read the region of an S3 store."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise Refused("the region that the store signs for", "eu-central-1")
    return text


def choice(*accepted: str) -> Callable[[str], str]:
    """Return a reader that takes one of the given words."""

    def read(text: str) -> str:
        if text not in accepted:
            raise Refused(f"one of {', '.join(accepted)}", accepted[0])
        return text

    return read


def choices(*accepted: str) -> Callable[[str], frozenset[str]]:
    """Return a reader that takes any of the given words, separated by commas, or `none`."""

    def read(text: str) -> frozenset[str]:
        chosen = frozenset() if text == "none" else frozenset(text.split(","))
        if not chosen <= set(accepted):
            raise Refused(f"none, or some of {','.join(accepted)}", ",".join(accepted[:2]))
        return chosen

    return read


def context_among(existing: Collection[str]) -> Callable[[str], str]:
    """Return a reader that takes a context of the kubeconfig."""

    def read(text: str) -> str:
        if text in existing:
            return text
        if not existing:
            raise Refused(
                "a context of your kubeconfig, which has none: start a cluster first", "minikube"
            )
        raise Refused(f"a context of your kubeconfig: {', '.join(existing)}", next(iter(existing)))

    return read


def boolean(text: str) -> bool:
    """Read true or false."""
    return choice("true", "false")(text) == "true"


def count(at_most: int, because: str) -> Callable[[str], int]:
    """Return a reader of a whole number of at least 1.

    Args:
        at_most: the largest number that is accepted.
        because: why there cannot be more, for a person.
    """

    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= at_most:
            raise Refused(f"a whole number from 1 to {at_most} ({because})", "2")
        return int(text)

    return read


def byte_quantity(example: str, at_least: str = "1Mi") -> Callable[[str], str]:
    """Return a reader of a Kubernetes quantity of bytes, which stays the text it was.

    Args:
        example: shown when the value is refused.
        at_least: the smallest quantity that is accepted.
    """

    def read(text: str) -> str:
        size = bytes_of(text)
        if size is None or size < (bytes_of(at_least) or 0):
            raise Refused(f"a size of at least {at_least}, with a unit such as Mi or Gi", example)
        return text

    return read


def bytes_of(quantity: str) -> Decimal | None:
    """Return how many bytes a Kubernetes quantity is; None where it is none of bytes."""
    match = _QUANTITY.fullmatch(quantity)
    return None if match is None else Decimal(match[1]) * _UNITS[match[2]]


def image(text: str) -> str:
    """Read an image that names one content: by digest, or by a tag that is not `latest`."""
    match = _IMAGE.fullmatch(text)
    if match is None or not (match["digest"] or match["tag"]) or match["tag"] == "latest":
        raise Refused(
            "an image with a digest or a tag other than latest",
            "registry.example.com/mlflow:3.17.2",
        )
    return text


def registry(text: str) -> str:
    """Read where images are found: a registry and a path, to which `/<name>:<tag>` is added."""
    if not _REGISTRY.fullmatch(text):
        raise Refused(
            "a registry and path without scheme, tag or final slash", "registry.example.com/team"
        )
    return text


def password(longest: int) -> Callable[[str], str]:
    """Return a reader of a password; what was given is never shown.

    Args:
        longest: how many characters the service accepts.
    """

    def read(text: str) -> str:
        if not 12 <= len(text) <= longest or not re.fullmatch("[!-~]+", text):
            raise Refused(
                f"12 to {longest} printable ASCII characters without spaces",
                "the output of `openssl rand -hex 16`",
                got=f"{len(text)} characters",
            )
        return text

    return read


def most_similar(name: str, known: Collection[str]) -> str | None:
    """Return the known name that `name` may be a misspelling of, if there is one."""
    folded = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), folded, n=1)
    return folded[matches[0]] if matches else None


def file_of_the_checkout(text: str) -> str:
    """Read the path of a Python file, from the checkout on."""
    if not text.endswith(".py") or not (_CHECKOUT / text).is_file():
        raise Refused("a Python file, its path from the checkout on", "presets/transform.py")
    return text
