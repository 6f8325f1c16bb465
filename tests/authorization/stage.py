"""Who asks, and whose things they ask for."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests

ADMIN_PASSWORD = PASSWORD = "password-of-a-test"
SECRET = "only-for-those-who-may"
"""Stands in all that the owner has made: whoever may not read that must never be sent it."""
GRANTED = {"reader": "READ", "editor": "EDIT", "manager": "MANAGE"}
"""Users who were given this permission for all that the owner has."""
ADMIN = "admin"
_NUMBERS = itertools.count(1)


class Client:
    """One user's calls."""

    def __init__(self, address: str, user: str | None) -> None:
        """Begin a session.

        Args:
            address: the server.
            user: who asks; None for nobody in particular.
        """
        self.address = address
        self._session = requests.Session()
        if user:
            self._session.auth = (user, PASSWORD)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request and return the answer, whatever it says."""
        return self._session.request(
            method, f"{self.address}/{path}", timeout=30, allow_redirects=False, **options
        )

    def get(self, path: str, **query: Any) -> Any:
        """Send a GET to a path below /api/ and return what comes back, which must be good."""
        return self._good(self.send("GET", f"api/{path}", params=query))

    def post(self, path: str, **body: Any) -> Any:
        """Send a POST to a path below /api/ and return what comes back, which must be good."""
        return self._good(self.send("POST", f"api/{path}", json=body))

    def put(self, path: str, content: bytes) -> None:
        """Store an artifact through the server."""
        self._good(self.send("PUT", f"api/2.0/mlflow-artifacts/artifacts/{path}", data=content))

    def _good(self, answer: requests.Response) -> Any:
        assert answer.ok, (
            f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
        )
        return answer.json() if answer.text else None


def number() -> int:
    """Return a number that nobody was given before."""
    return next(_NUMBERS)


def trace(experiment: str, trace_id: str, **more: Any) -> dict[str, Any]:
    """Return the body that starts a trace."""
    location = {
        "type": "MLFLOW_EXPERIMENT",
        "mlflow_experiment": {"experiment_id": experiment},
    }
    info = {
        "trace_id": trace_id,
        "trace_location": location,
        "request_time": "2026-01-01T00:00:00Z",
        "state": "OK",
        **more,
    }
    return {"trace": {"trace_info": info}}


def spans(trace_id: str, name: str, **attributes: str) -> dict[str, Any]:
    """Return what OpenTelemetry sends for one span without parent."""
    span = {
        "traceId": trace_id.removeprefix("tr-"),
        "spanId": f"{number():016x}",
        "name": name,
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000",
        "attributes": [
            {"key": key, "value": {"stringValue": value}} for key, value in attributes.items()
        ],
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def new_role(admin: Client, name: str) -> int:
    """Make a role without permissions and return its id."""
    made = admin.post("3.0/mlflow/roles/create", workspace="default", name=name)
    return made["role"]["id"]


@dataclass
class Things:
    """What one user has made, by name; what begins with `new_` is another one each time.

    Attributes:
        client: whose.
        admin: an admin, who makes what only admins make.
        roles: ids of roles, and what each is to be given for all that is made.
        mark: stands in all that is made.
    """

    client: Client
    admin: Client
    roles: dict[int, str]
    mark: str

    def share(self, resource_type: str, resource: str) -> None:
        """Give the roles what they are to have for one thing."""
        for role, permission in self.roles.items():
            self.admin.post(
                "3.0/mlflow/roles/permissions/add",
                role_id=role,
                resource_type=resource_type,
                resource_pattern=resource,
                permission=permission,
            )

    @property
    def new(self) -> str:
        return f"{self.mark}-{number()}"

    @property
    def new_number(self) -> str:
        return str(number())

    @property
    def new_trace_id(self) -> str:
        return f"tr-{number():032x}"

    @cached_property
    def experiment(self) -> str:
        return self.new_experiment

    @property
    def new_experiment(self) -> str:
        made = self.client.post("2.0/mlflow/experiments/create", name=self.new)["experiment_id"]
        self.share("experiment", made)
        return made

    @cached_property
    def experiment_name(self) -> str:
        return self.client.get("2.0/mlflow/experiments/get", experiment_id=self.experiment)[
            "experiment"
        ]["name"]

    @cached_property
    def run(self) -> str:
        return self.new_run

    @property
    def new_run(self) -> str:
        made = self.client.post(
            "2.0/mlflow/runs/create",
            experiment_id=self.experiment,
            run_name=self.new,
            start_time=1,
            tags=[{"key": "note", "value": self.mark}],
        )["run"]["info"]["run_id"]
        self.client.post(
            "2.0/mlflow/runs/log-metric", run_id=made, key=self.mark, value=1, timestamp=1
        )
        data = {"name": self.mark, "digest": "d", "source_type": "t", "source": "s"}
        self.client.post("2.0/mlflow/runs/log-inputs", run_id=made, datasets=[{"dataset": data}])
        return made

    @cached_property
    def artifact(self) -> str:
        path = f"{self.experiment}/{self.run}/artifacts/{self.mark}.txt"
        self.client.put(path, self.mark.encode())
        return path

    @property
    def new_artifact(self) -> str:
        path = f"{self.experiment}/{self.run}/artifacts/{self.new}.txt"
        self.client.put(path, self.mark.encode())
        return path

    @cached_property
    def logged_model(self) -> str:
        made = self.new_logged_model
        self.client.put(f"{self.experiment}/models/{made}/artifacts/MLmodel", self.mark.encode())
        return made

    @property
    def new_logged_model(self) -> str:
        body = {"experiment_id": self.experiment, "name": self.new}
        return self.client.post("2.0/mlflow/logged-models", **body)["model"]["info"]["model_id"]

    @cached_property
    def model(self) -> str:
        return self.new_model

    @property
    def new_model(self) -> str:
        name = self.new
        self.client.post(
            "2.0/mlflow/registered-models/create",
            name=name,
            tags=[{"key": "team", "value": self.mark}],
        )
        self.share("registered_model", name)
        self.client.post(
            "2.0/mlflow/model-versions/create",
            name=name,
            source=f"models:/{self.logged_model}",
            model_id=self.logged_model,
        )
        self.client.post("2.0/mlflow/registered-models/alias", name=name, alias="best", version="1")
        return name

    @property
    def new_version(self) -> str:
        return self.client.post(
            "2.0/mlflow/model-versions/create",
            name=self.model,
            source=f"models:/{self.logged_model}",
            model_id=self.logged_model,
        )["model_version"]["version"]

    @cached_property
    def prompt(self) -> str:
        name = self.new
        is_prompt = {"key": "mlflow.prompt.is_prompt", "value": "true"}
        self.client.post("2.0/mlflow/registered-models/create", name=name, tags=[is_prompt])
        self.share("prompt", name)
        self.client.post(
            "2.0/mlflow/model-versions/create",
            name=name,
            source="dummy-source",
            tags=[is_prompt, {"key": "mlflow.prompt.text", "value": self.mark}],
        )
        return name

    @cached_property
    def trace(self) -> str:
        return self.new_trace

    @property
    def new_trace(self) -> str:
        made = self.new_trace_id
        self.client.post(
            "3.0/mlflow/traces", **trace(self.experiment, made, request_preview=self.mark)
        )
        answer = self.client.send(
            "POST",
            "v1/traces",
            json=spans(made, self.mark),
            headers={"x-mlflow-experiment-id": self.experiment},
        )
        assert answer.ok, answer.text
        return made

    @property
    def new_begun_trace(self) -> str:
        return self.client.post("2.0/mlflow/traces", experiment_id=self.experiment, timestamp_ms=1)[
            "trace_info"
        ]["request_id"]

    @cached_property
    def assessment(self) -> str:
        return self.new_assessment

    @property
    def new_assessment(self) -> str:
        return self.client.post(
            f"3.0/mlflow/traces/{self.trace}/assessments",
            assessment={
                "assessment_name": self.mark,
                "source": {"source_type": "HUMAN", "source_id": "owner"},
                "feedback": {"value": True},
                "create_time": "2026-01-01T00:00:00Z",
                "last_update_time": "2026-01-01T00:00:00Z",
            },
        )["assessment"]["assessment_id"]

    @cached_property
    def dataset(self) -> str:
        return self.new_dataset

    @property
    def new_dataset(self) -> str:
        body = {"name": self.new, "experiment_ids": [self.experiment]}
        return self.client.post("3.0/mlflow/datasets/create", **body)["dataset"]["dataset_id"]

    @cached_property
    def issue(self) -> str:
        return self.client.post(
            "3.0/mlflow/issues", experiment_id=self.experiment, name=self.new, description=self.mark
        )["issue"]["issue_id"]

    @cached_property
    def label_schema(self) -> str:
        return self.new_label_schema

    @property
    def new_label_schema(self) -> str:
        return self.client.post(
            "3.0/mlflow/label-schemas/create",
            experiment_id=self.experiment,
            name=self.new,
            type="FEEDBACK",
            input={"text": {"max_length": 9}},
        )["label_schema"]["schema_id"]

    @cached_property
    def label_schema_name(self) -> str:
        path = "3.0/mlflow/label-schemas/get"
        return self.client.get(path, schema_id=self.label_schema)["label_schema"]["name"]

    @cached_property
    def review_queue(self) -> str:
        return self.new_review_queue

    @property
    def new_review_queue(self) -> str:
        return self.client.post(
            "3.0/mlflow/review-queues/create",
            experiment_id=self.experiment,
            name=self.new,
            queue_type="CUSTOM",
        )["review_queue"]["queue_id"]

    @cached_property
    def review_queue_name(self) -> str:
        path = "3.0/mlflow/review-queues/get"
        return self.client.get(path, queue_id=self.review_queue)["review_queue"]["name"]

    @cached_property
    def scorer(self) -> str:
        return self.new_scorer

    @property
    def new_scorer(self) -> str:
        name = self.new
        self.client.post(
            "3.0/mlflow/scorers/register",
            experiment_id=self.experiment,
            name=name,
            serialized_scorer=f'{{"name": "{self.mark}"}}',
        )
        self.share("scorer", f"{self.experiment}/{name}")
        return name

    @cached_property
    def mcp_server(self) -> str:
        return self.new_mcp_server

    @property
    def new_mcp_server(self) -> str:
        name = f"team/{self.new}"
        self.client.post("3.0/mlflow/mcp-servers", name=name, description=self.mark)
        self.share("mcp_server", name)
        self.client.post(
            f"3.0/mlflow/mcp-servers/{name}/versions",
            server_json={"name": name, "version": "1.0.0"},
        )
        return name

    @cached_property
    def other_experiment(self) -> str:
        return self.new_experiment

    @property
    def tagged_experiment(self) -> str:
        made, tag = self.experiment, {"key": "note", "value": "n"}
        self.client.post("2.0/mlflow/experiments/set-experiment-tag", experiment_id=made, **tag)
        return made

    @property
    def deleted_experiment(self) -> str:
        made = self.new_experiment
        self.client.post("2.0/mlflow/experiments/delete", experiment_id=made)
        return made

    @property
    def deleted_run(self) -> str:
        made = self.new_run
        self.client.post("2.0/mlflow/runs/delete", run_id=made)
        return made

    @property
    def artifact_name(self) -> str:
        return self.artifact.rpartition("/")[2]

    @property
    def tagged_logged_model(self) -> str:
        made, tags = self.logged_model, [{"key": "note", "value": "n"}]
        self.client.send("PATCH", f"api/2.0/mlflow/logged-models/{made}/tags", json={"tags": tags})
        return made

    @property
    def tagged_trace(self) -> str:
        made, tag = self.trace, {"key": "note", "value": "n"}
        self.client.send("PATCH", f"api/3.0/mlflow/traces/{made}/tags", json=tag)
        return made

    @cached_property
    def queue_of_a_trace(self) -> str:
        made = self.review_queue
        queue = {"queue_id": made}
        self.client.post(
            "3.0/mlflow/review-queues/items/add",
            **queue,
            item_type="TRACE",
            item_ids=[self.trace],
        )
        self.client.post(
            "3.0/mlflow/review-queues/update",
            **queue,
            update_users=True,
            users=["owner", "manager", ADMIN],
        )
        return made

    @property
    def tagged_mcp_server(self) -> str:
        path, tag = f"3.0/mlflow/mcp-servers/{self.mcp_server}", {"key": "a", "value": "b"}
        self.client.post(f"{path}/tags", **tag)
        self.client.post(f"{path}/versions/1.0.0/tags", **tag)
        self.client.post(f"{path}/aliases", alias="best", version="1.0.0")
        return self.mcp_server

    @cached_property
    def mcp_endpoint(self) -> str:
        return self.new_mcp_endpoint

    @property
    def new_mcp_endpoint(self) -> str:
        return self.client.post(
            f"3.0/mlflow/mcp-servers/{self.mcp_server}/endpoints",
            url=f"https://example.com/{self.new}",
            server_version="1.0.0",
        )["id"]

    @property
    def new_user(self) -> str:
        name = f"user-{number()}"
        self.admin.post("2.0/mlflow/users/create", username=name, password=PASSWORD)
        return name

    @property
    def new_guest(self) -> str:
        name = self.new_user
        self.client.post(
            "3.0/mlflow/users/permissions/grant",
            username=name,
            resource_type="experiment",
            resource_id=self.experiment,
            permission="READ",
        )
        return name

    @property
    def new_member(self) -> str:
        name = self.new_user
        self.admin.post("3.0/mlflow/roles/assign", username=name, role_id=int(self.role))
        return name

    @cached_property
    def role(self) -> str:
        return self.new_role

    @property
    def new_role(self) -> str:
        return str(new_role(self.admin, f"role-{number()}"))

    @property
    def role_permission(self) -> str:
        return str(
            self.admin.post(
                "3.0/mlflow/roles/permissions/add",
                role_id=int(self.new_role),
                resource_type="experiment",
                resource_pattern=self.experiment,
                permission="READ",
            )["role_permission"]["id"]
        )


class Stage:
    """The server with its users, and what the owner has made."""

    def __init__(self, address: str) -> None:
        """Make the users and their roles.

        Args:
            address: the server.
        """
        self._kept: dict[str, str] = {}
        self.anonymous, self.admin = Client(address, None), Client(address, ADMIN)
        roles: dict[int, str] = {}
        for user in ("stranger", *GRANTED, "owner"):
            self.admin.post("2.0/mlflow/users/create", username=user, password=PASSWORD)
            if user in GRANTED:
                role = new_role(self.admin, user)
                roles[role] = GRANTED[user]
                self.admin.post("3.0/mlflow/roles/assign", username=user, role_id=role)
        self.things = {
            user: Things(
                Client(address, user),
                self.admin,
                roles if user == "owner" else {},
                SECRET if user == "owner" else f"thing-of-{user}",
            )
            for user in ("stranger", *GRANTED, "owner", ADMIN)
        }

        # What lists show is there from the beginning.
        for name in ("artifact", "model", "prompt", "trace", "dataset", "scorer", "mcp_endpoint"):
            getattr(self.things["owner"], name)

    def client(self, user: str) -> Client:
        """Return who signs in as a user; `anonymous` does not."""
        return self.things[user].client if user in self.things else self.anonymous

    def thing(self, name: str, user: str, *, may: bool) -> str:
        """Return what `$name` stands for in a request.

        Args:
            name: of the owner's thing; `me` and `my_...` are of whoever asks.
            user: who asks.
            may: whether that is to succeed; else a thing that is used up so will do again.
        """
        if name == "me":
            return user
        if name == "new":
            return f"thing-{number()}"
        if name.startswith("my_"):
            return str(getattr(self.things.get(user, self.things["stranger"]), name[3:]))
        if may or not name.startswith("new_"):
            return str(getattr(self.things["owner"], name))
        if name not in self._kept:
            self._kept[name] = str(getattr(self.things["owner"], name))
        return self._kept[name]
