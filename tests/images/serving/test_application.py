"""What stands around the predictions: routes, access, bounds, counting."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest

from mlplatform_server.serving import bounds
from mlplatform_server.serving.metrics import Metrics
from tests.images.serving.asgi import Said, ask, ask_async
from tests.images.serving.models import COLUMNS, Hangs, Raises, application, model

JSON = {"Content-Type": "application/json"}
SERVED = model(inputs=COLUMNS)


def body(first: float = 1.5) -> bytes:
    return json.dumps({"dataframe_split": {"columns": ["a", "b"], "data": [[first, 2]]}}).encode()


@pytest.fixture
def hangs() -> Iterator[Hangs]:
    """A model whose threads are let go with the test."""
    implementation = Hangs()
    yield implementation
    implementation.go.set()


def counted(metrics: Metrics, outcome: str) -> float | None:
    labels = {"model": "wine", "version": "7", "outcome": outcome}
    return metrics.registry.get_sample_value("mlplatform_model_requests_total", labels)


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_whoever_asks_is_told_that_it_is_well(path: str) -> None:
    said = ask(application(SERVED, token="secret")[0], path, method="GET")
    assert (said.status, said.body) == (200, b"\n")


def test_the_version_is_mlflows() -> None:
    import mlflow

    assert ask(application(SERVED)[0], "/version", method="GET").body.decode() == mlflow.__version__


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/", "/metrics"])
def test_nothing_else_is_served(path: str) -> None:
    assert ask(application(SERVED)[0], path, method="GET").status == 404


@pytest.mark.parametrize(
    ("path", "method"), [("/invocations", "GET"), ("/invocations", "PUT"), ("/ping", "POST")]
)
def test_another_method_is_refused(path: str, method: str) -> None:
    assert ask(application(SERVED)[0], path, method=method).status == 405


@pytest.mark.parametrize("path", ["/invocations", "/wine/invocations"])
def test_a_model_answers_below_its_path_and_to_probes_without_it(path: str) -> None:
    said = ask(application(SERVED, path="/wine")[0], path, body(), headers=JSON)
    assert said.json == {"predictions": [{"0": 3.5}]}


@pytest.mark.parametrize(
    "path", ["/wineinvocations", "/wine2/invocations", "/wine", "//invocations"]
)
def test_a_path_that_only_begins_alike_is_not_the_models(path: str) -> None:
    assert ask(application(SERVED, path="/wine")[0], path, body(), headers=JSON).status == 404


@pytest.mark.parametrize(
    "authorization",
    [None, "", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secret2", "Basic secret"],
)
def test_without_the_token_there_is_no_answer(authorization: str | None) -> None:
    headers = JSON if authorization is None else {**JSON, "Authorization": authorization}
    served, metrics = application(model(Raises()), token="secret")
    said = ask(served, body=body(), headers=headers)
    assert said.status == 401
    assert said.headers["www-authenticate"] == "Bearer"
    assert counted(metrics, "model_error") == 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_with_the_token_there_is_one(scheme: str) -> None:
    headers = {**JSON, "Authorization": f"{scheme} secret"}
    assert ask(application(SERVED, token="secret")[0], body=body(), headers=headers).status == 200


def test_the_schema_is_told_only_where_that_is_wanted() -> None:
    wrong = json.dumps({"dataframe_records": [{"z": 1}]}).encode()
    told = ask(application(SERVED, schema_details=True)[0], body=wrong, headers=JSON)
    silent = ask(application(SERVED)[0], body=wrong, headers=JSON)
    assert (told.status, silent.status) == (400, 400)
    assert [column["name"] for column in told.json["schema"]] == ["a", "b", "c"]
    assert "schema" not in silent.json


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_is_refused(declared: bool) -> None:
    served, metrics = application(SERVED, body_limit=1000)
    headers = {**JSON, "Content-Length": "1001"} if declared else JSON
    pieces = [b" " * 500, b" " * 500, b" "]
    assert ask(served, body=pieces, headers=headers).status == 413
    assert counted(metrics, "bad_input") == 1


def test_a_body_of_the_limit_is_taken() -> None:
    whole = body().ljust(1000)
    said = ask(
        application(SERVED, body_limit=1000)[0], body=[whole[:400], whole[400:]], headers=JSON
    )
    assert said.status == 200


def test_more_requests_than_may_wait_are_told_to_come_again(hangs: Hangs) -> None:
    most = bounds.AT_ONCE + bounds.WAITING

    async def flood() -> list[Said]:
        served, _ = application(model(hangs, inputs=COLUMNS))
        asked = [
            asyncio.create_task(ask_async(served, body=body(-1), headers=JSON))
            for _ in range(most + 3)
        ]
        while sum(one.done() for one in asked) < 3:
            await asyncio.sleep(0.01)
        hangs.go.set()
        return await asyncio.gather(*asked)

    said = asyncio.run(asyncio.wait_for(flood(), 10))
    refused = [one for one in said if one.status == 503]
    assert [one.status for one in said].count(200) == most
    assert [one.headers["retry-after"] for one in refused] == ["1"] * 3


def test_bodies_in_memory_are_bounded_together(hangs: Hangs) -> None:
    async def flood() -> list[Said]:
        served, _ = application(model(hangs, inputs=COLUMNS), body_limit=1000)
        asked = [
            asyncio.create_task(ask_async(served, body=body(-1).ljust(1000), headers=JSON))
            for _ in range(bounds.BODIES + 1)
        ]
        while not any(one.done() for one in asked):
            await asyncio.sleep(0.01)
        hangs.go.set()
        return await asyncio.gather(*asked)

    said = asyncio.run(asyncio.wait_for(flood(), 10))
    assert sorted(one.status for one in said) == [200] * bounds.BODIES + [503]


def test_a_prediction_that_hangs_is_given_up_and_takes_nothing_with_it(hangs: Hangs) -> None:
    async def hang_and_ask() -> None:
        served, metrics = application(model(hangs, inputs=COLUMNS), timeout_s=0.2)
        for _ in range(bounds.HUNG - 1):
            late = await ask_async(served, body=body(-1), headers=JSON)
            assert (late.status, late.body) == (504, b"Request processing time exceeded limit")
        others = [ask_async(served, body=body(101), headers=JSON) for _ in range(8)]
        assert [one.status for one in await asyncio.gather(*others)] == [200] * 8
        assert counted(metrics, "timeout") == bounds.HUNG - 1
        assert (await ask_async(served, "/health", method="GET")).status == 200

    asyncio.run(asyncio.wait_for(hang_and_ask(), 10))


def test_a_server_with_too_many_of_them_asks_to_be_replaced_until_they_come_back(
    hangs: Hangs,
) -> None:
    async def hang() -> None:
        served, _ = application(model(hangs, inputs=COLUMNS), timeout_s=0.1)
        late = [ask_async(served, body=body(-1), headers=JSON) for _ in range(bounds.HUNG)]
        assert {one.status for one in await asyncio.gather(*late)} == {504}
        assert (await ask_async(served, "/health", method="GET")).status == 503
        assert (await ask_async(served, body=body(), headers=JSON)).status == 503
        hangs.go.set()
        while (await ask_async(served, "/health", method="GET")).status != 200:
            await asyncio.sleep(0.01)
        assert (await ask_async(served, body=body(), headers=JSON)).status == 200

    asyncio.run(asyncio.wait_for(hang(), 10))


def test_what_was_answered_is_counted_by_outcome() -> None:
    served, metrics = application(model(inputs=COLUMNS))
    ask(served, body=body(), headers=JSON)
    ask(served, body=b"{}", headers=JSON)
    ask(served, "/ping", method="GET")
    assert (counted(metrics, "ok"), counted(metrics, "bad_input")) == (1, 1)
    published = generate_latest(metrics.registry).decode()
    assert 'mlplatform_model_request_seconds_count{model="wine",version="7"} 2.0' in published
    assert 'mlplatform_model_load_seconds{model="wine",version="7"} 1.5' in published
    assert 'mlplatform_model_in_flight{model="wine",version="7"} 0.0' in published


def test_a_fault_of_the_model_is_400_as_in_mlflow_and_counts_apart() -> None:
    served, metrics = application(model(Raises(), inputs=COLUMNS))
    said = ask(served, body=body(), headers=JSON)
    assert said.status == 400
    assert said.json["message"] == "The model raised ValueError"
    assert (counted(metrics, "model_error"), counted(metrics, "bad_input")) == (1, 0)
