import subprocess

import pytest

from front_door.shortened import shortened

PRINTED = """Updating (dev):

 +  pulumi:pulumi:Stack mlplatform-dev creating (0s)
 +  kubernetes:core/v1:Secret mlflow-secret creating (0s)
 +  kubernetes:core/v1:Service minio-server-service creating (0s) Skipping await logic
 +  kubernetes:core/v1:Secret mlflow-secret created (0.09s)
 ~  mlplatform:index:Ingress ingress refreshing (0s)
 ~  mlplatform:index:Ingress ingress refresh (0.00s)
    pulumi:pulumi:Stack mlplatform-dev running
 +- kubernetes:batch/v1:Job bucket-job replaced (4s)
 +  kubernetes:apps/v1:Deployment mlflow-server **creating failed** error: no room
Diagnostics:
  kubernetes:apps/v1:Deployment (mlflow-server):
    error: creating (it) timed out
Resources:
    + 2 created
"""
KEPT = """Updating (dev):

 +  kubernetes:core/v1:Secret mlflow-secret created (0.09s)
 +- kubernetes:batch/v1:Job bucket-job replaced (4s)
 +  kubernetes:apps/v1:Deployment mlflow-server **creating failed** error: no room
Diagnostics:
  kubernetes:apps/v1:Deployment (mlflow-server):
    error: creating (it) timed out
Resources:
    + 2 created
"""


def test_a_log_has_a_line_per_resource_and_every_error(capsys: pytest.CaptureFixture[str]) -> None:
    with shortened() as output:
        subprocess.run(["cat"], input=PRINTED, stdout=output, check=True, text=True, timeout=10)
    assert capsys.readouterr().err == KEPT


def test_a_terminal_gets_what_pulumi_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("front_door.shortened.sys.stderr.isatty", lambda: True)
    with shortened() as output:
        assert output.isatty()
