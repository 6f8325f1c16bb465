# ruff: noqa: E501 - a request is one line of the matrix, however long
"""Experiments and what lies in them: the experiment's permission decides, as MLflow documents it.

See `matrix` for how a line reads.
"""

EXPERIMENTS = """
POST   2.0/mlflow/experiments/create                 SIGNED-IN {"name": "$new"}
POST   2.0/mlflow/experiments/create                 ADMIN     {"name": "$new", "artifact_location": "mlflow-artifacts:/$experiment"}
GET    2.0/mlflow/experiments/get                    READ      ?experiment_id=$experiment
GET    2.0/mlflow/experiments/get-by-name            READ      ?experiment_name=$experiment_name
GET    2.0/mlflow/experiments/search                 LISTED    ?max_results=1000
POST   2.0/mlflow/experiments/search                 LISTED    {"max_results": 1000}
POST   2.0/mlflow/experiments/update                 EDIT      {"experiment_id": "$new_experiment", "new_name": "$new"}
POST   2.0/mlflow/experiments/set-experiment-tag     EDIT      {"experiment_id": "$experiment", "key": "a", "value": "b"}
POST   2.0/mlflow/experiments/delete-experiment-tag  EDIT      {"experiment_id": "$tagged_experiment", "key": "note"}
POST   2.0/mlflow/experiments/delete                 MANAGE    {"experiment_id": "$new_experiment"}
POST   2.0/mlflow/experiments/restore                MANAGE    {"experiment_id": "$deleted_experiment"}
POST   2.0/mlflow/experiments/search-datasets        READ      {"experiment_ids": ["$experiment"]}
POST   2.0mlflow/experiments/search-datasets         NOBODY    {"experiment_ids": ["$experiment"]}
"""

RUNS = """
POST   2.0/mlflow/runs/create                EDIT   {"experiment_id": "$experiment", "start_time": 1}
GET    2.0/mlflow/runs/get                   READ   ?run_id=$run
GET    2.0/mlflow/runs/get                   READ   ?run_uuid=$run
POST   2.0/mlflow/runs/search                LISTED {"experiment_ids": ["$experiment"]}
POST   2.0/mlflow/runs/update                EDIT   {"run_id": "$run", "status": "RUNNING"}
POST   2.0/mlflow/runs/delete                MANAGE {"run_id": "$new_run"}
POST   2.0/mlflow/runs/restore               MANAGE {"run_id": "$deleted_run"}
POST   2.0/mlflow/runs/log-metric            EDIT   {"run_id": "$run", "key": "a", "value": 1, "timestamp": 1}
POST   2.0/mlflow/runs/log-metric            EDIT   {"run_id": "$run", "run_uuid": "$run", "key": "a", "value": 1, "timestamp": 1}
POST   2.0/mlflow/runs/log-parameter         EDIT   {"run_id": "$run", "key": "$new", "value": "1"}
POST   2.0/mlflow/runs/log-batch             EDIT   {"run_id": "$run", "metrics": [{"key": "a", "value": 1, "timestamp": 1}]}
POST   2.0/mlflow/runs/log-batch             EDIT   {"run_id": "$run", "metrics": [{"key": "a", "value": 1, "timestamp": 1, "model_id": "$logged_model"}]}
POST   2.0/mlflow/runs/log-inputs            EDIT   {"run_id": "$run", "datasets": [{"dataset": {"name": "$new", "digest": "d", "source_type": "t", "source": "s"}}]}
POST   2.0/mlflow/runs/outputs               EDIT   {"run_id": "$run", "models": [{"model_id": "$new_logged_model", "step": 0}]}
POST   2.0/mlflow/runs/log-model             EDIT   {"run_id": "$run", "model_json": "{\\"artifact_path\\": \\"m\\", \\"run_id\\": \\"$run\\", \\"flavors\\": {}, \\"utc_time_created\\": \\"2026\\"}"}
POST   2.0/mlflow/runs/set-tag               EDIT   {"run_id": "$run", "key": "a", "value": "b"}
POST   2.0/mlflow/runs/delete-tag            EDIT   {"run_id": "$new_run", "key": "note"}
POST   2.0/mlflow/runs/create-promptlab-run  EDIT*  {"experiment_id": "$experiment"}
GET    2.0/mlflow/metrics/get-history                READ ?run_id=$run&metric_key=only-for-those-who-may
GET    2.0/mlflow/metrics/get-history-bulk           READ ?run_id=$run&metric_key=only-for-those-who-may
GET    2.0/mlflow/metrics/get-history-bulk-interval  READ ?run_ids=$run&metric_key=only-for-those-who-may&max_results=9
"""

ARTIFACTS = """
GET    2.0/mlflow-artifacts/artifacts              READ   ?path=$experiment/$run/artifacts
GET    2.0/mlflow-artifacts/artifacts/$artifact    READ
PUT    2.0/mlflow-artifacts/artifacts/$artifact    EDIT   only-for-those-who-may
DELETE 2.0/mlflow-artifacts/artifacts/$new_artifact MANAGE
GET    2.0/mlflow-artifacts/presigned/$artifact    READ*
POST   2.0/mlflow-artifacts/mpu/create/$artifact   EDIT*  {"path": "a.bin", "num_parts": 1}
POST   2.0/mlflow-artifacts/mpu/complete/$artifact EDIT*  {"path": "a.bin", "upload_id": "u", "parts": []}
POST   2.0/mlflow-artifacts/mpu/abort/$artifact    EDIT*  {"path": "a.bin", "upload_id": "u"}
GET    2.0/mlflow/artifacts/list                   READ   ?run_id=$run
POST   2.0/mlflow/artifacts/presigned-download-url READ*  {"run_id": "$run", "path": "a.bin"}
POST   2.0/mlflow/artifacts/presigned-upload-url   EDIT*  {"run_id": "$run", "path": "a.bin"}
POST   2.0/mlflow/artifacts/presigned-upload-url   EDIT*  {"model_id": "$logged_model", "path": "a.bin"}
GET    get-artifact                                READ   ?run_id=$run&path=$artifact_name
POST   2.0/mlflow/upload-artifact                  EDIT   ?run_uuid=$run&path=a.txt only-for-those-who-may
"""

LOGGED_MODELS = """
POST   2.0/mlflow/logged-models                          EDIT   {"experiment_id": "$experiment", "name": "$new"}
POST   2.0/mlflow/logged-models                          EDIT   {"experiment_id": "$experiment", "name": "$new", "source_run_id": "$run"}
POST   2.0/mlflow/logged-models/search                   LISTED {"experiment_ids": ["$experiment"]}
GET    2.0/mlflow/logged-models/$logged_model            READ
PATCH  2.0/mlflow/logged-models/$logged_model            EDIT   {"model_id": "$logged_model", "status": "LOGGED_MODEL_READY"}
DELETE 2.0/mlflow/logged-models/$new_logged_model        MANAGE
POST   2.0/mlflow/logged-models/$logged_model/params     EDIT   {"model_id": "$logged_model", "params": [{"key": "$new", "value": "b"}]}
PATCH  2.0/mlflow/logged-models/$logged_model/tags       EDIT   {"tags": [{"key": "a", "value": "b"}]}
DELETE 2.0/mlflow/logged-models/$tagged_logged_model/tags/note   MANAGE
GET    2.0/mlflow/logged-models/$logged_model/artifacts/directories READ
GET    2.0/mlflow/logged-models/$logged_model/artifacts/files       READ ?artifact_file_path=MLmodel
"""

TRACES = """
POST   3.0/mlflow/traces                     EDIT   {"trace": {"trace_info": {"trace_id": "$new_trace_id", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "$experiment"}}, "request_time": "2026-01-01T00:00:00Z", "state": "OK"}}}
GET    3.0/mlflow/traces/$trace              READ
GET    3.0/mlflow/traces/get                 READ   ?trace_id=$trace
GET    3.0/mlflow/traces/batchGet            READ   ?trace_ids=$trace
POST   3.0/mlflow/traces/batchGetInfos       READ   {"trace_ids": ["$trace"]}
POST   3.0/mlflow/traces/search              READ   {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "$experiment"}}]}
POST   3.0/mlflow/traces/metrics             READ   {"experiment_ids": ["$experiment"], "view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{"aggregation_type": "COUNT"}]}
POST   3.0/mlflow/traces/calculate-filter-correlation READ {"experiment_ids": ["$experiment"], "filter_string1": "status = 'OK'", "filter_string2": "status = 'OK'"}
PATCH  3.0/mlflow/traces/$trace/tags         EDIT   {"key": "a", "value": "b"}
DELETE 3.0/mlflow/traces/$tagged_trace/tags  EDIT   {"key": "note"}
POST   3.0/mlflow/traces/delete-traces       MANAGE {"experiment_id": "$experiment", "request_ids": ["$new_trace"]}
GET    3.0/mlflow/get-trace-artifact         READ   ?request_id=$trace
GET    2.0/mlflow/get-trace-artifact         READ   ?request_id=$trace
POST   2.0/mlflow/traces                     EDIT   {"experiment_id": "$experiment", "timestamp_ms": 1}
GET    2.0/mlflow/traces                     READ   ?experiment_ids=$experiment
PATCH  2.0/mlflow/traces/$new_begun_trace    EDIT   {"timestamp_ms": 2, "status": "OK"}
GET    2.0/mlflow/traces/$new_begun_trace/info READ
PATCH  2.0/mlflow/traces/$trace/tags         EDIT   {"key": "a", "value": "b"}
DELETE 2.0/mlflow/traces/$tagged_trace/tags  EDIT   {"key": "note"}
POST   2.0/mlflow/traces/delete-traces       MANAGE {"experiment_id": "$experiment", "request_ids": ["$new_trace"]}
POST   2.0/mlflow/traces/link-to-run         EDIT   {"run_id": "$run", "trace_ids": ["$trace"]}
POST   2.0/mlflow/traces/link-prompts        EDIT   {"trace_id": "$trace", "prompt_versions": [{"name": "$prompt", "version": "1"}]}
GET    2.0/mlflow/unified-traces             NOBODY
GET    2.0/mlflow/get-online-trace-details   NOBODY
POST   3.0/mlflow/traces/$trace/assessments  EDIT   {"assessment": {"assessment_name": "a", "source": {"source_type": "HUMAN", "source_id": "me"}, "feedback": {"value": true}, "create_time": "2026-01-01T00:00:00Z", "last_update_time": "2026-01-01T00:00:00Z"}}
GET    3.0/mlflow/traces/$trace/assessments/$assessment        READ
PATCH  3.0/mlflow/traces/$trace/assessments/$assessment        EDIT {"assessment": {"rationale": "r"}, "update_mask": "rationale"}
DELETE 3.0/mlflow/traces/$trace/assessments/$new_assessment    EDIT
POST   v1/traces                             EDIT   <spans> x-mlflow-experiment-id:$experiment
POST   v1/traces                             EDIT   <spans> x-mlflow-experiment-id:$experiment x-mlflow-run-id:$run
"""
