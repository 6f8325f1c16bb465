# ruff: noqa: E501 - a request is one line of the matrix, however long
"""Models, prompts, reviews, users, and what a server has besides.

See `matrix` for how a line reads.
"""

MODELS = """
POST   2.0/mlflow/registered-models/create              SIGNED-IN {"name": "$new"}
GET    2.0/mlflow/registered-models/get                 READ   ?name=$model
GET    2.0/mlflow/registered-models/search              LISTED ?max_results=1000
GET    2.0/mlflow/registered-models/get-latest-versions READ   ?name=$model
POST   2.0/mlflow/registered-models/get-latest-versions READ   {"name": "$model"}
PATCH  2.0/mlflow/registered-models/update              EDIT   {"name": "$model", "description": "d"}
POST   2.0/mlflow/registered-models/rename              EDIT   {"name": "$new_model", "new_name": "$new"}
DELETE 2.0/mlflow/registered-models/delete              MANAGE {"name": "$new_model"}
POST   2.0/mlflow/registered-models/set-tag             EDIT   {"name": "$model", "key": "a", "value": "b"}
DELETE 2.0/mlflow/registered-models/delete-tag          EDIT   {"name": "$model", "key": "a"}
POST   2.0/mlflow/registered-models/alias               EDIT   {"name": "$model", "alias": "other", "version": "1"}
GET    2.0/mlflow/registered-models/alias               READ   ?name=$model&alias=best
DELETE 2.0/mlflow/registered-models/alias               MANAGE {"name": "$model", "alias": "other"}
POST   2.0/mlflow/model-versions/create                 EDIT   {"name": "$model", "source": "models:/$logged_model", "model_id": "$logged_model"}
POST   2.0/mlflow/model-versions/create                 READ   {"name": "$my_model", "source": "models:/$model/1"}
POST   2.0/mlflow/model-versions/create                 READ   {"name": "$my_model", "source": "models:/$logged_model", "model_id": "$logged_model"}
POST   2.0/mlflow/model-versions/create                 READ   {"name": "$my_model", "source": "mlflow-artifacts:/$experiment/$run/artifacts", "run_id": "$run"}
GET    2.0/mlflow/model-versions/get                    READ   ?name=$model&version=1
GET    2.0/mlflow/model-versions/search                 LISTED ?max_results=1000
GET    2.0/mlflow/model-versions/get-download-uri       READ   ?name=$model&version=1
PATCH  2.0/mlflow/model-versions/update                 EDIT   {"name": "$model", "version": "1", "description": "d"}
POST   2.0/mlflow/model-versions/transition-stage       EDIT   {"name": "$model", "version": "1", "stage": "Staging", "archive_existing_versions": false}
DELETE 2.0/mlflow/model-versions/delete                 MANAGE {"name": "$model", "version": "$new_version"}
POST   2.0/mlflow/model-versions/set-tag                EDIT   {"name": "$model", "version": "1", "key": "a", "value": "b"}
DELETE 2.0/mlflow/model-versions/delete-tag             MANAGE {"name": "$model", "version": "1", "key": "a"}
GET    model-versions/get-artifact                      READ   ?name=$model&version=1&path=MLmodel
"""

PROMPTS = """
GET    2.0/mlflow/registered-models/get      READ ?name=$prompt
GET    2.0/mlflow/model-versions/get         READ ?name=$prompt&version=1
PATCH  2.0/mlflow/registered-models/update   EDIT {"name": "$prompt", "description": "d"}
PATCH  2.0/mlflow/model-versions/update      EDIT {"name": "$prompt", "version": "1", "description": "d"}
POST   2.0/mlflow/registered-models/set-tag  EDIT {"name": "$prompt", "key": "a", "value": "b"}
POST   2.0/mlflow/registered-models/alias    EDIT {"name": "$prompt", "alias": "best", "version": "1"}
POST   3.0/mlflow/prompt-optimization/jobs          EDIT*   {"experiment_id": "$experiment"}
POST   3.0/mlflow/prompt-optimization/jobs/search   READ    {"experiment_id": "$experiment"}
GET    3.0/mlflow/prompt-optimization/jobs/search   READ    ?experiment_id=$experiment
GET    3.0/mlflow/prompt-optimization/jobs/j        NOBODY
DELETE 3.0/mlflow/prompt-optimization/jobs/j        NOBODY
POST   3.0/mlflow/prompt-optimization/jobs/j/cancel NOBODY  {}
"""

REVIEWS = """
POST   3.0/mlflow/datasets/create                        EDIT   {"name": "$new", "experiment_ids": ["$experiment"]}
POST   3.0/mlflow/datasets/search                        READ   {"experiment_ids": ["$experiment"]}
GET    3.0/mlflow/datasets/search                        READ   ?experiment_ids=$experiment
GET    3.0/mlflow/datasets/$dataset                      READ
DELETE 3.0/mlflow/datasets/$new_dataset                  MANAGE
PATCH  3.0/mlflow/datasets/$dataset/tags                 EDIT   {"tags": "{\\"a\\": \\"b\\"}"}
DELETE 3.0/mlflow/datasets/$dataset/tags/a               EDIT
GET    3.0/mlflow/datasets/$dataset/records              READ
POST   3.0/mlflow/datasets/$dataset/records              EDIT   {"records": "[{\\"inputs\\": {\\"q\\": \\"1\\"}}]"}
DELETE 3.0/mlflow/datasets/$dataset/records              EDIT   {"dataset_record_ids": ["r"]}
GET    3.0/mlflow/datasets/$dataset/experiment-ids       READ
POST   3.0/mlflow/datasets/$new_dataset/add-experiments    EDIT {"experiment_ids": ["$other_experiment"]}
POST   3.0/mlflow/datasets/$new_dataset/remove-experiments EDIT {"experiment_ids": ["$experiment"]}
POST   3.0/mlflow/issues                                 EDIT   {"experiment_id": "$experiment", "name": "$new", "description": "d"}
POST   3.0/mlflow/issues/search                          READ   {"experiment_id": "$experiment"}
GET    3.0/mlflow/issues/$issue                          READ
PATCH  3.0/mlflow/issues/$issue                          EDIT   {"issue_id": "$issue", "description": "d"}
POST   3.0/mlflow/label-schemas/create                   MANAGE {"experiment_id": "$experiment", "name": "$new", "type": "FEEDBACK", "input": {"text": {"max_length": 9}}}
GET    3.0/mlflow/label-schemas/get                      READ   ?schema_id=$label_schema
GET    3.0/mlflow/label-schemas/get-by-name              READ   ?experiment_id=$experiment&name=$label_schema_name
GET    3.0/mlflow/label-schemas/list                     READ   ?experiment_id=$experiment
PATCH  3.0/mlflow/label-schemas/update                   MANAGE {"schema_id": "$label_schema", "instruction": "i"}
DELETE 3.0/mlflow/label-schemas/delete                   MANAGE {"schema_id": "$new_label_schema"}
POST   3.0/mlflow/review-queues/create                   EDIT   {"experiment_id": "$experiment", "name": "$new", "queue_type": "CUSTOM"}
GET    3.0/mlflow/review-queues/get                      MANAGE ?queue_id=$review_queue
GET    3.0/mlflow/review-queues/get-by-name              MANAGE ?experiment_id=$experiment&name=$review_queue_name
GET    3.0/mlflow/review-queues/list                     READ   ?experiment_id=$experiment
POST   3.0/mlflow/review-queues/update                   MANAGE {"queue_id": "$review_queue", "update_users": true, "users": ["owner", "admin", "manager"]}
POST   3.0/mlflow/review-queues/delete                   MANAGE {"queue_id": "$new_review_queue"}
POST   3.0/mlflow/review-queues/get-or-create-user       EDIT   {"experiment_id": "$experiment", "user": "owner"}
POST   3.0/mlflow/review-queues/items/add                EDIT   {"queue_id": "$review_queue", "item_type": "TRACE", "item_ids": ["$new_trace"]}
GET    3.0/mlflow/review-queues/items/list               MANAGE ?queue_id=$review_queue
POST   3.0/mlflow/review-queues/items/set-status         MANAGE {"queue_id": "$queue_of_a_trace", "item_id": "$trace", "status": "COMPLETE", "completed_by": "owner"}
POST   3.0/mlflow/review-queues/items/remove             MANAGE {"queue_id": "$review_queue", "item_ids": ["$new_trace"]}
POST   3.0/mlflow/scorers/register                       EDIT   {"experiment_id": "$experiment", "name": "$new", "serialized_scorer": "{}"}
GET    3.0/mlflow/scorers/list                           READ   ?experiment_id=$experiment
GET    3.0/mlflow/scorers/list                           LISTED
GET    3.0/mlflow/scorers/get                            READ   ?experiment_id=$experiment&name=$scorer
GET    3.0/mlflow/scorers/versions                       READ   ?experiment_id=$experiment&name=$scorer
DELETE 3.0/mlflow/scorers/delete                         MANAGE {"experiment_id": "$experiment", "name": "$new_scorer"}
GET    3.0/mlflow/scorers/online-configs                 SIGNED-IN ?scorer_ids=none
PUT    3.0/mlflow/scorers/online-config                  EDIT*  {"experiment_id": "$experiment", "name": "$scorer", "sample_rate": 0.1}
POST   3.0/mlflow/scorer/invoke                          EDIT*  {"experiment_id": "$experiment", "serialized_scorer": "{}", "trace_ids": ["$trace"]}
POST   3.0/mlflow/genai/evaluate/invoke                  EDIT*  {"experiment_id": "$experiment", "trace_ids": ["$trace"], "serialized_scorers": ["{}"]}
POST   3.0/mlflow/issues/invoke                          EDIT*  {"experiment_id": "$experiment", "trace_ids": ["$trace"], "categories": [], "provider": "none", "model": "none"}
"""

USERS = """
GET    2.0/mlflow/users/current                SIGNED-IN
GET    3.0/mlflow/users/current/permissions    SIGNED-IN
GET    2.0/mlflow/users/list                   SIGNED-IN
GET    2.0/mlflow/users/get                    SIGNED-IN ?username=$me
GET    2.0/mlflow/users/get                    OWNER     ?username=owner
PATCH  2.0/mlflow/users/update-password        SIGNED-IN* {"username": "$me", "password": "short", "current_password": "password-of-a-test"}
PATCH  2.0/mlflow/users/update-password        OWNER*    {"username": "owner", "password": "short", "current_password": "password-of-a-test"}
PATCH  2.0/mlflow/users/update-admin           ADMIN     {"username": "stranger", "is_admin": false}
POST   2.0/mlflow/users/create                 ADMIN     {"username": "$new", "password": "password-of-a-test"}
POST   2.0/mlflow/users/create-ui              ADMIN*
DELETE 2.0/mlflow/users/delete                 ADMIN     {"username": "$new_user"}
GET    signup                                  ADMIN
GET    3.0/mlflow/users/roles/list             OWNER     ?username=owner
GET    3.0/mlflow/users/permissions/list       OWNER     ?username=owner
GET    3.0/mlflow/users/permissions/get        OWNER     ?username=owner&resource_type=experiment&resource_id=$experiment
POST   3.0/mlflow/users/permissions/grant      MANAGE    {"username": "$new_user", "resource_type": "experiment", "resource_id": "$experiment", "permission": "READ"}
POST   3.0/mlflow/users/permissions/grant      ADMIN     {"username": "$new_user", "resource_type": "experiment", "resource_id": "*", "permission": "READ"}
POST   3.0/mlflow/users/permissions/revoke     MANAGE    {"username": "$new_guest", "resource_type": "experiment", "resource_id": "$experiment"}
POST   3.0/mlflow/roles/create                 ADMIN     {"workspace": "default", "name": "$new"}
GET    3.0/mlflow/roles/get                    ADMIN     ?role_id=$role
GET    3.0/mlflow/roles/list                   ADMIN     ?workspace=default
PATCH  3.0/mlflow/roles/update                 ADMIN     {"role_id": $role, "description": "d"}
DELETE 3.0/mlflow/roles/delete                 ADMIN     {"role_id": $new_role}
POST   3.0/mlflow/roles/permissions/add        ADMIN     {"role_id": $new_role, "resource_type": "experiment", "resource_pattern": "$experiment", "permission": "READ"}
GET    3.0/mlflow/roles/permissions/list       ADMIN     ?role_id=$role
PATCH  3.0/mlflow/roles/permissions/update     ADMIN     {"role_permission_id": $role_permission, "permission": "EDIT"}
DELETE 3.0/mlflow/roles/permissions/remove     ADMIN     {"role_permission_id": $role_permission}
POST   3.0/mlflow/roles/assign                 ADMIN     {"username": "$new_user", "role_id": $role}
DELETE 3.0/mlflow/roles/unassign               ADMIN     {"username": "$new_member", "role_id": $role}
GET    3.0/mlflow/roles/users/list             ADMIN     ?role_id=$role
"""

WEBHOOKS = """
GET    2.0/mlflow/webhooks          ADMIN
POST   2.0/mlflow/webhooks          ADMIN* {"name": "$new", "url": "http://169.254.169.254/latest", "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]}
GET    2.0/mlflow/webhooks/w        ADMIN*
PATCH  2.0/mlflow/webhooks/w        ADMIN* {"description": "d"}
DELETE 2.0/mlflow/webhooks/w        ADMIN*
POST   2.0/mlflow/webhooks/w/test   ADMIN* {}
"""

UI = """
GET    health                             PUBLIC
GET    health/database                    PUBLIC
GET    3.0/mlflow/server-info             PUBLIC
GET    static-files/index.html            PUBLIC
GET    build/index.html                   ADMIN
GET    /                                  SIGNED-IN
GET    version                            SIGNED-IN
GET    3.0/mlflow/ui-telemetry            SIGNED-IN
POST   3.0/mlflow/ui-telemetry            SIGNED-IN {}
POST   3.0/mlflow/demo/generate           SIGNED-IN {"features": []}
POST   3.0/mlflow/demo/delete             ADMIN     {}
GET    graphql                            NOBODY
POST   graphql                            LISTED {"query": "query { mlflowGetRun(input: {runId: \\"$run\\"}) { run { info { runName } } } }"}
POST   graphql                            LISTED {"query": "query { mlflowGetRun(input: {runId: \\"$run\\"}) { run { experiment { name } } } }"}
POST   graphql                            LISTED {"query": "query { mlflowGetExperiment(input: {experimentId: \\"$experiment\\"}) { experiment { name } } }"}
POST   graphql                            LISTED {"query": "query { mlflowListArtifacts(input: {runId: \\"$run\\"}) { files { path } } }"}
POST   graphql                            LISTED {"query": "query { mlflowSearchRuns(input: {experimentIds: [\\"$experiment\\"]}) { runs { info { runName } } } }"}
POST   graphql                            LISTED {"query": "mutation { mlflowSearchRuns(input: {experimentIds: [\\"$experiment\\"]}) { runs { info { runName } } } }"}
POST   graphql                            LISTED {"query": "mutation { mlflowSearchDatasets(input: {experimentIds: [\\"$experiment\\"]}) { datasetSummaries { name } } }"}
POST   graphql                            LISTED {"query": "query { mlflowSearchModelVersions(input: {filter: \\"name='$model'\\"}) { modelVersions { name } } }"}
POST   graphql                            LISTED {"query": "query { mlflowGetMetricHistoryBulkInterval(input: {runIds: [\\"$run\\"], metricKey: \\"only-for-those-who-may\\", maxResults: 9}) { metrics { key } } }"}
POST   graphql                            SIGNED-IN {"query": "query { test(inputString: \\"a\\") { output } }"}
POST   graphql                            SIGNED-IN {"query": "mutation { testMutation(inputString: \\"a\\") { output } }"}
"""

MCP_SERVERS = """
POST   3.0/mlflow/mcp-servers                             SIGNED-IN {"name": "team/$new"}
GET    3.0/mlflow/mcp-servers                             LISTED
GET    3.0/mlflow/mcp-servers/endpoints                   LISTED
GET    3.0/mlflow/mcp-servers/$mcp_server                 READ
PATCH  3.0/mlflow/mcp-servers/$mcp_server                 EDIT   {"description": "only-for-those-who-may"}
DELETE 3.0/mlflow/mcp-servers/$new_mcp_server             MANAGE
POST   3.0/mlflow/mcp-servers/$mcp_server/tags            EDIT   {"key": "a", "value": "b"}
DELETE 3.0/mlflow/mcp-servers/$tagged_mcp_server/tags/a   MANAGE
GET    3.0/mlflow/mcp-servers/$mcp_server/versions        READ
POST   3.0/mlflow/mcp-servers/$mcp_server/versions        EDIT   {"server_json": {"name": "$mcp_server", "version": "$new_number.0.0"}}
GET    3.0/mlflow/mcp-servers/$mcp_server/versions/1.0.0  READ
PATCH  3.0/mlflow/mcp-servers/$mcp_server/versions/1.0.0  EDIT   {"tools": []}
DELETE 3.0/mlflow/mcp-servers/$new_mcp_server/versions/1.0.0   MANAGE
POST   3.0/mlflow/mcp-servers/$mcp_server/versions/1.0.0/tags  EDIT   {"key": "a", "value": "b"}
DELETE 3.0/mlflow/mcp-servers/$tagged_mcp_server/versions/1.0.0/tags/a MANAGE
POST   3.0/mlflow/mcp-servers/$mcp_server/aliases         EDIT   {"alias": "best", "version": "1.0.0"}
GET    3.0/mlflow/mcp-servers/$tagged_mcp_server/aliases/best    READ
DELETE 3.0/mlflow/mcp-servers/$tagged_mcp_server/aliases/best    MANAGE
GET    3.0/mlflow/mcp-servers/$mcp_server/endpoints       READ
POST   3.0/mlflow/mcp-servers/$mcp_server/endpoints       EDIT   {"url": "https://example.com/only-for-those-who-may", "server_version": "1.0.0"}
GET    3.0/mlflow/mcp-servers/$mcp_server/endpoints/$mcp_endpoint    READ
PATCH  3.0/mlflow/mcp-servers/$mcp_server/endpoints/$mcp_endpoint    EDIT {"url": "https://example.com/only-for-those-who-may"}
DELETE 3.0/mlflow/mcp-servers/$mcp_server/endpoints/$new_mcp_endpoint MANAGE
"""
