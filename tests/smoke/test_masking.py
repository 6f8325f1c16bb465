"""No secret of the stack in what the smoke tests print."""

from __future__ import annotations

from smoke_tests.masking import mask


def test_every_secret_is_masked_wherever_it_stands() -> None:
    printed = mask("key=abc123 and again abc123, secret xyz789.", ["abc123", "xyz789"])
    assert printed == "key=*** and again ***, secret ***."


def test_a_secret_in_a_url_is_masked() -> None:
    assert mask("?X-Amz-Credential=a%2Fb%2Bc%2F20261122", ["a/b+c"]) == (
        "?X-Amz-Credential=***%2F20261122"
    )
