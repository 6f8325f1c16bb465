"""What an attacker has tried on MLflow, or could: the flaws that were published, and our own finds.

Each test says which, does what the attacker would, and looks at what came of it.
"""

import json
import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.authorization.conftest import Server
from tests.authorization.stage import PASSWORD, SECRET, Client, Stage, Things, number, spans, trace

API, API3 = "api/2.0/mlflow", "api/3.0/mlflow"


@pytest.fixture
def owner(stage: Stage) -> Things:
    return stage.things["owner"]


@pytest.fixture
def stranger(stage: Stage) -> Things:
    return stage.things["stranger"]


def refused(answer: requests.Response) -> bool:
    return answer.status_code in (400, 401, 403, 404) and SECRET not in answer.text


def raw(server: Server, line: str, *headers: str) -> str:
    """Send a request whose path no client tidies up, and return the whole answer."""
    address = urlsplit(server.address)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        lines = [line, "Host: localhost", "Connection: close", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode(errors="replace")


@pytest.mark.parametrize(
    "path",
    [
        "/healthz/../api/2.0/mlflow/experiments/search?max_results=9",
        "/health/../api/2.0/mlflow/experiments/search?max_results=9",
        "/health/%2e%2e/api/2.0/mlflow/experiments/search?max_results=9",
        "/health%2f..%2fapi/2.0/mlflow/experiments/search?max_results=9",
        "/health;/api/2.0/mlflow/experiments/search?max_results=9",
        "/static-files/../api/2.0/mlflow/experiments/search?max_results=9",
        "/favicon.ico/../api/2.0/mlflow/experiments/search?max_results=9",
        "/api/2.0/mlflow/experiments/search?max_results=9&x=/health",
        "//api/2.0/mlflow/experiments/search?max_results=9",
        "//health/../api/2.0/mlflow/experiments/search?max_results=9",
        "/API/2.0/mlflow/experiments/search?max_results=9",
        "/api/2.0/mlflow/experiments/search/?max_results=9",
        "/api/3.0/mlflow/server-info/../experiments/search?max_results=9",
        "/static-files/../../../../auth/basic_auth.ini",
        "/static-files/%2e%2e/%2e%2e/auth/basic_auth.ini",
    ],
)
@pytest.mark.usefixtures("stage")
def test_what_only_looks_like_a_public_path_tells_nothing(mlflow_server: Server, path: str) -> None:
    answer = raw(mlflow_server, f"GET {path} HTTP/1.1")
    assert answer.split()[1] in ("307", "308", "401", "403", "404"), answer[:300]
    assert SECRET not in answer
    assert "admin_username" not in answer


@pytest.mark.parametrize(
    "host", ["evil.example.com", "localhost.evil.example.com", "127.0.0.1@evil"]
)
def test_another_host_name_is_refused(mlflow_server: Server, host: str) -> None:
    answer = requests.get(
        f"{mlflow_server.address}/api/2.0/mlflow/experiments/search",
        headers={"Host": host},
        timeout=30,
    )
    assert answer.status_code == 403


def test_a_page_of_another_origin_cannot_write(stranger: Things) -> None:
    answer = stranger.client.send(
        "POST",
        f"{API}/experiments/create",
        json={"name": f"thing-{number()}"},
        headers={"Origin": "https://evil.example.com"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("password", ["password1234", "password", "", "password-of-a-test2"])
def test_no_password_that_everybody_knows_opens_it(  # CVE-2026-2635, CVE-2025-11200
    mlflow_server: Server, password: str
) -> None:
    answer = requests.get(
        f"{mlflow_server.address}/api/2.0/mlflow/users/current",
        auth=("admin", password),
        timeout=30,
    )
    assert answer.status_code == 401


def test_a_short_password_is_not_taken(stage: Stage) -> None:  # CVE-2025-11200
    body = {"username": f"user-{number()}", "password": "short"}
    assert stage.admin.send("POST", f"{API}/users/create", json=body).status_code == 400


def test_nobody_signs_himself_up(stage: Stage) -> None:  # CVE-2023-6014
    body = {"username": f"user-{number()}", "password": "password-of-a-test"}
    for client in (stage.anonymous, stage.client("stranger")):
        assert client.send("POST", f"{API}/users/create", json=body).status_code in (401, 403)


def test_nobody_makes_himself_an_admin(stage: Stage) -> None:
    body = {"username": "stranger", "is_admin": True}
    answer = stage.client("stranger").send("PATCH", f"{API}/users/update-admin", json=body)
    assert answer.status_code == 403
    known = stage.admin.get("2.0/mlflow/users/get", username="stranger")
    assert known["user"]["is_admin"] is False


@pytest.mark.parametrize(
    "path",  # CVE-2023-1177, -2780, -6831, -6909, CVE-2024-1483, CVE-2025-11201
    [
        "..%2f..%2fauth.ini",
        "%2e%2e/%2e%2e/auth.ini",
        "%252e%252e%252f%252e%252e%252fauth.ini",
        "{mine}/..%2f{theirs}",
        "{mine}/%2e%2e/{theirs}",
        "{mine}/%252e%252e/{theirs}",
        "%2f{theirs}",
        "./{theirs}",
        "%25{hex}",
        "file:%2f%2f%2fetc%2fpasswd",
        "C:%5cwindows",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_path_leads_out_of_what_is_ones_own(
    owner: Things, stranger: Things, method: str, path: str
) -> None:
    theirs, run = owner.artifact, f"{stranger.experiment}/{stranger.run}"
    encoded = f"{ord(theirs[0]):x}{theirs[1:]}"
    path = path.format(mine=run, theirs=theirs, hex=encoded)
    answer = stranger.client.send(
        method, f"api/2.0/mlflow-artifacts/artifacts/{path}", data=b"overwritten"
    )
    assert refused(answer), answer.text
    kept = owner.client.send("GET", f"api/2.0/mlflow-artifacts/artifacts/{theirs}")
    assert kept.text == SECRET


@pytest.mark.parametrize(
    "name", ["../auth.ini", "/etc/passwd", "a/../../auth.ini", "%2e%2e/auth.ini"]
)
def test_no_path_leads_out_of_a_run(stranger: Things, name: str) -> None:
    asked = {"run_id": stranger.run, "path": name}
    for path in ("get-artifact", f"{API}/artifacts/list"):
        answer = stranger.client.send("GET", path, params=asked)
        assert refused(answer) or not answer.json().get("files"), answer.text


@pytest.mark.parametrize(
    "source",  # CVE-2023-6975, CVE-2024-0520, GHSA on model version sources
    [
        "file:///etc",
        "/etc",
        "http://169.254.169.254/latest",
        "s3://mlflow/artifacts",
        "mlflow-artifacts:/{experiment}/{run}/artifacts",
        "mlflow-artifacts:/../../etc",
        "runs:/{run}/artifacts",
        "models:/{model}/1",
        "models:/{logged_model}",
        "MODELS:/{logged_model}",
    ],
)
def test_a_model_version_is_made_of_nothing_of_others(
    owner: Things, stranger: Things, source: str
) -> None:
    names = ("experiment", "run", "model", "logged_model")
    source = source.format(**{name: getattr(owner, name) for name in names})
    body = {"name": stranger.model, "source": source}
    for more in ({}, {"run_id": stranger.run}, {"model_id": stranger.logged_model}):
        answer = stranger.client.send("POST", f"{API}/model-versions/create", json=body | more)
        assert refused(answer), answer.text


@pytest.mark.parametrize(
    "location",
    [
        "mlflow-artifacts:/{experiment}",
        "file:///etc",
        "s3://mlflow",
        "http://169.254.169.254/latest",
    ],
)
@pytest.mark.parametrize("key", ["artifact_location", "artifactLocation"])
def test_an_experiment_has_its_artifacts_at_no_place_of_others(
    owner: Things, stranger: Things, key: str, location: str
) -> None:
    body = {"name": f"thing-{number()}", key: location.format(experiment=owner.experiment)}
    answer = stranger.client.send("POST", f"{API}/experiments/create", json=body)
    assert answer.status_code == 403


@pytest.mark.parametrize("mine", ["run_id", "run_uuid", "runId", "runUuid"])
@pytest.mark.parametrize("theirs", ["run_id", "run_uuid", "runId", "runUuid"])
def test_a_run_under_another_name_is_not_written(
    owner: Things, stranger: Things, mine: str, theirs: str
) -> None:
    if mine == theirs:
        return
    runs = {mine: stranger.run, theirs: owner.run}
    metric = {"key": "forged", "value": 1, "timestamp": 1}
    assert refused(stranger.client.send("POST", f"{API}/runs/log-metric", json=runs | metric))
    answer = stranger.client.send(
        "POST",
        "ajax-api/2.0/mlflow/upload-artifact",
        params=runs | {"path": "forged.txt"},
        data=b"forged",
    )
    assert refused(answer)
    asked = {"run_id": owner.run, "metric_key": "forged"}
    assert not owner.client.get("2.0/mlflow/metrics/get-history", **asked).get("metrics")
    files = owner.client.get("2.0/mlflow/artifacts/list", run_id=owner.run).get("files", [])
    assert "forged.txt" not in [file["path"] for file in files]


def test_what_the_body_names_is_not_written_in_the_name_of_the_path(
    owner: Things, stranger: Things
) -> None:
    path = f"{API}/logged-models/{stranger.logged_model}"
    for name in ("model_id", "modelId"):
        body = {name: owner.logged_model, "status": "LOGGED_MODEL_UPLOAD_FAILED"}
        assert refused(stranger.client.send("PATCH", path, json=body))


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_what_the_body_names_is_not_deleted_in_the_name_of_the_query(
    owner: Things, stranger: Things, content_type: str
) -> None:
    for path, more in (
        ("registered-models/delete", {}),
        ("model-versions/delete", {"version": "1"}),
    ):
        for query, body in ((stranger.model, owner.model), (owner.model, stranger.model)):
            answer = stranger.client.send(
                "DELETE",
                f"{API}/{path}",
                params={"name": query} | more,
                data=json.dumps({"name": body} | more),
                headers={"content-type": content_type},
            )
            assert refused(answer)
    assert owner.client.get("2.0/mlflow/model-versions/get", name=owner.model, version="1")


def test_what_the_query_names_is_not_read_in_the_name_of_the_body(
    owner: Things, stranger: Things
) -> None:
    answer = stranger.client.send(
        "GET",
        f"{API3}/datasets/search",
        params={"experiment_ids": owner.experiment},
        json={"experiment_ids": [stranger.experiment]},
    )
    assert refused(answer)


def test_a_trace_of_others_is_not_taken_over(owner: Things, stranger: Things) -> None:
    body = trace(stranger.experiment, owner.trace, request_preview="forged")
    assert refused(stranger.client.send("POST", f"{API3}/traces", json=body))
    assert refused(stranger.client.send("GET", f"{API3}/traces/{owner.trace}"))
    assert SECRET in owner.client.send("GET", f"{API3}/traces/{owner.trace}").text


def send_spans(client: Client, body: object, experiment: str, run: str = "") -> requests.Response:
    headers = {"x-mlflow-experiment-id": experiment} | ({"x-mlflow-run-id": run} if run else {})
    return client.send("POST", "v1/traces", json=body, headers=headers)


def test_a_trace_of_others_is_sent_no_spans(owner: Things, stranger: Things) -> None:
    body = spans(owner.trace, "forged")
    assert refused(send_spans(stranger.client, body, stranger.experiment))
    found = owner.client.send("GET", f"{API3}/traces/get", params={"trace_id": owner.trace})
    assert "forged" not in found.text


def test_spans_are_linked_to_no_run_of_others(owner: Things, stranger: Things) -> None:
    body = spans(stranger.new_trace_id, "span")
    assert refused(send_spans(stranger.client, body, stranger.experiment, owner.run))


def test_the_data_of_a_trace_are_read_from_no_place_of_others(  # and CVE-2026-53995
    owner: Things, stranger: Things
) -> None:
    attached = "00000000-0000-0000-0000-000000000001"
    place = f"{owner.experiment}/{owner.run}/artifacts"
    owner.client.put(f"{place}/attachments/{attached}", SECRET.encode())
    owner.client.put(f"{place}/traces.json", f'{{"spans": [{{"name": "{SECRET}"}}]}}'.encode())
    tag = {"key": "mlflow.artifactLocation", "value": f"mlflow-artifacts:/{place}"}
    mine, sent = stranger.new_trace, stranger.new_trace_id
    stranger.client.send("PATCH", f"{API3}/traces/{mine}/tags", json=tag)
    tags = {"mlflow.traceTag.mlflow.artifactLocation": tag["value"]}
    send_spans(stranger.client, spans(sent, "span", **tags), stranger.experiment)
    begun = stranger.new_begun_trace
    stranger.client.send("PATCH", f"{API3}/traces/{begun}/tags", json=tag)
    for trace_id in (mine, sent, begun):
        for more in ({}, {"path": attached}, {"path": "../traces.json"}):
            asked = {"request_id": trace_id} | more
            for version in ("2.0", "3.0"):
                path = f"ajax-api/{version}/mlflow/get-trace-artifact"
                assert SECRET not in stranger.client.send("GET", path, params=asked).text


def test_no_trace_makes_the_server_fetch_what_it_names(stranger: Things) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(1)
        tags = {
            "mlflow.trace.spansLocation": "ARCHIVE_REPO",
            "mlflow.trace.archiveLocation": f"http://127.0.0.1:{listener.getsockname()[1]}/x",
        }
        made = stranger.new_trace_id
        stranger.client.post("3.0/mlflow/traces", **trace(stranger.experiment, made, tags=tags))
        for path in (
            f"{API3}/traces/get?trace_id={made}",
            f"ajax-api/3.0/mlflow/get-trace-artifact?request_id={made}",
        ):
            assert stranger.client.send("GET", path).status_code == 403
        with pytest.raises(TimeoutError):
            listener.accept()


def test_no_webhook_reaches_the_metadata_service(stage: Stage) -> None:  # CVE-2026-2393, -64849
    events = [{"entity": "MODEL_VERSION", "action": "CREATED"}]
    for host in ("169.254.169.254", "127.0.0.1", "[::1]", "10.0.0.1"):
        body = {"name": "w", "url": f"https://{host}/latest", "events": events}
        assert stage.admin.send("POST", f"{API}/webhooks", json=body).status_code == 400


def test_an_assessment_overrides_none_of_another_trace(owner: Things, stranger: Things) -> None:
    assessment = {
        "assessment_name": "forged",
        "trace_id": owner.trace,
        "overrides": owner.assessment,
        "source": {"source_type": "HUMAN", "source_id": "owner"},
        "feedback": {"value": False},
        "create_time": "2026-01-01T00:00:00Z",
        "last_update_time": "2026-01-01T00:00:00Z",
    }
    path = f"{API3}/traces/{stranger.trace}/assessments"
    assert refused(stranger.client.send("POST", path, json={"assessment": assessment}))
    for method, body in (
        ("GET", None),
        ("DELETE", None),
        ("PATCH", {"assessment": {"rationale": "r"}, "update_mask": "rationale"}),
    ):
        answer = stranger.client.send(method, f"{path}/{owner.assessment}", json=body)
        assert refused(answer) or method == "DELETE", answer.text
    assert "forged" not in owner.client.send("GET", f"{API3}/traces/{owner.trace}").text
    assert owner.client.get(f"3.0/mlflow/traces/{owner.trace}/assessments/{owner.assessment}")


def test_traces_of_others_are_not_deleted_with_an_own_experiment(
    owner: Things, stranger: Things
) -> None:
    body = {"experiment_id": stranger.experiment, "request_ids": [owner.trace]}
    stranger.client.send("POST", f"{API3}/traces/delete-traces", json=body)
    assert owner.client.get(f"3.0/mlflow/traces/{owner.trace}")


def test_an_mcp_server_has_no_endpoint_of_others(owner: Things, stranger: Things) -> None:
    path = f"{API3}/mcp-servers/{stranger.mcp_server}/endpoints/{owner.mcp_endpoint}"
    for method in ("GET", "DELETE"):
        assert refused(stranger.client.send(method, path))


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH"])
def test_another_method_is_no_way_around(owner: Things, stage: Stage, method: str) -> None:
    for client in (stage.anonymous, stage.client("stranger")):
        for path in (f"{API}/runs/get?run_id={owner.run}", f"{API3}/traces/{owner.trace}"):
            assert client.send(method, path).status_code in (401, 403, 404, 405)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "GET"},
        {"X-MLflow-Authorization": "Basic YWRtaW46"},
        {"X-Forwarded-User": "admin"},
        {"X-Remote-User": "admin"},
        {"Authorization": "Bearer admin"},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
    ],
)
def test_no_header_but_a_password_signs_in(mlflow_server: Server, headers: dict[str, str]) -> None:
    address = f"{mlflow_server.address}/{API}/users/current"
    assert not requests.get(address, headers=headers, timeout=30).ok


def test_a_name_that_was_deleted_is_given_with_no_permissions(stage: Stage) -> None:
    owner, name = stage.things["owner"], f"user-{number()}"
    user = {"username": name, "password": "password-of-a-test"}
    grant = {"resource_type": "experiment", "resource_id": owner.experiment, "permission": "READ"}
    for body in (grant, {}):
        stage.admin.post("2.0/mlflow/users/create", **user)
        if body:
            owner.client.post("3.0/mlflow/users/permissions/grant", username=name, **body)
        asked = {"experiment_id": owner.experiment}
        answer = Client(owner.client.address, name).send(
            "GET", f"{API}/experiments/get", params=asked
        )
        assert answer.status_code == (200 if body else 403)
        stage.admin.send("DELETE", f"{API}/users/delete", json={"username": name})


def test_who_is_no_admin_any_more_is_none_at_once(stage: Stage) -> None:
    name, path = f"user-{number()}", f"{API}/users/update-admin"
    stage.admin.post("2.0/mlflow/users/create", username=name, password=PASSWORD)
    promoted = Client(stage.admin.address, name)
    seen = []
    for is_admin in (True, False):
        change = {"username": name, "is_admin": is_admin}
        assert stage.admin.send("PATCH", path, json=change).ok
        # A call that only admins may make, and that changes nothing.
        seen.append(promoted.send("PATCH", path, json=change).status_code)
    assert seen == [200, 403]
