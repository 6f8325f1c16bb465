# ruff: noqa: E501 - a request is one line of the matrix, however long
"""What the stack has off unless it is chosen: it answers nobody.

See `matrix` for how a line reads.
"""

GATEWAY = """
GET    3.0/mlflow/gateway/supported-providers             SIGNED-IN*
GET    3.0/mlflow/gateway/supported-models                SIGNED-IN*
GET    3.0/mlflow/gateway/provider-config                 SIGNED-IN* ?provider=openai
GET    3.0/mlflow/gateway/secrets/config                  SIGNED-IN*
GET    2.0/mlflow/gateway-proxy                           SIGNED-IN
POST   2.0/mlflow/gateway-proxy                           SIGNED-IN {}
POST   3.0/mlflow/gateway/secrets/create                  NOBODY {"secret_name": "$new"}
GET    3.0/mlflow/gateway/secrets/get                     NOBODY ?secret_id=s
GET    3.0/mlflow/gateway/secrets/list                    NOBODY
POST   3.0/mlflow/gateway/secrets/update                  NOBODY {"secret_id": "s"}
DELETE 3.0/mlflow/gateway/secrets/delete                  NOBODY {"secret_id": "s"}
POST   3.0/mlflow/gateway/endpoints/create                NOBODY {"name": "$new"}
GET    3.0/mlflow/gateway/endpoints/get                   NOBODY ?endpoint_id=e
GET    3.0/mlflow/gateway/endpoints/list                  NOBODY
POST   3.0/mlflow/gateway/endpoints/update                NOBODY {"endpoint_id": "e"}
DELETE 3.0/mlflow/gateway/endpoints/delete                NOBODY {"endpoint_id": "e"}
POST   3.0/mlflow/gateway/endpoints/set-tag               NOBODY {"endpoint_id": "e", "key": "a", "value": "b"}
DELETE 3.0/mlflow/gateway/endpoints/delete-tag            NOBODY {"endpoint_id": "e", "key": "a"}
POST   3.0/mlflow/gateway/endpoints/models/attach         NOBODY {"endpoint_id": "e"}
POST   3.0/mlflow/gateway/endpoints/models/detach         NOBODY {"endpoint_id": "e"}
POST   3.0/mlflow/gateway/endpoints/bindings/create       NOBODY {"endpoint_id": "e"}
GET    3.0/mlflow/gateway/endpoints/bindings/list         NOBODY ?endpoint_id=e
DELETE 3.0/mlflow/gateway/endpoints/bindings/delete       NOBODY {"endpoint_id": "e"}
POST   3.0/mlflow/gateway/model-definitions/create        NOBODY {"name": "$new"}
GET    3.0/mlflow/gateway/model-definitions/get           NOBODY ?model_definition_id=d
GET    3.0/mlflow/gateway/model-definitions/list          NOBODY
POST   3.0/mlflow/gateway/model-definitions/update        NOBODY {"model_definition_id": "d"}
DELETE 3.0/mlflow/gateway/model-definitions/delete        NOBODY {"model_definition_id": "d"}
POST   3.0/mlflow/gateway/budgets/create                  NOBODY {}
GET    3.0/mlflow/gateway/budgets/get                     NOBODY ?budget_policy_id=b
GET    3.0/mlflow/gateway/budgets/list                    NOBODY
GET    3.0/mlflow/gateway/budgets/windows                 NOBODY
POST   3.0/mlflow/gateway/budgets/update                  NOBODY {"budget_policy_id": "b"}
DELETE 3.0/mlflow/gateway/budgets/delete                  NOBODY {"budget_policy_id": "b"}
POST   3.0/mlflow/gateway/guardrails/create               NOBODY {}
GET    3.0/mlflow/gateway/guardrails/get                  NOBODY ?guardrail_id=g
GET    3.0/mlflow/gateway/guardrails/list                 NOBODY
DELETE 3.0/mlflow/gateway/guardrails/delete               NOBODY {"guardrail_id": "g"}
POST   3.0/mlflow/gateway/guardrails/add-to-endpoint      NOBODY {"endpoint_id": "e", "guardrail_id": "g"}
GET    3.0/mlflow/gateway/guardrails/list-for-endpoint    NOBODY ?endpoint_id=e
DELETE 3.0/mlflow/gateway/guardrails/remove-from-endpoint NOBODY {"endpoint_id": "e", "guardrail_id": "g"}
PATCH  3.0/mlflow/gateway/guardrails/update-config        NOBODY {"endpoint_id": "e", "guardrail_id": "g"}
POST   gateway/e/mlflow/invocations                       NOBODY {}
GET    gateway/mlflow/v1/models                           NOBODY
POST   gateway/mlflow/v1/chat/completions                 NOBODY {"model": "e"}
POST   gateway/openai/v1/chat/completions                 NOBODY {"model": "e"}
POST   gateway/openai/v1/embeddings                       NOBODY {"model": "e"}
POST   gateway/openai/v1/responses                        NOBODY {"model": "e"}
POST   gateway/openai/v1/responses/compact                NOBODY {"model": "e"}
POST   gateway/anthropic/v1/messages                      NOBODY {"model": "e"}
POST   gateway/typesafe/v1/systemone                      NOBODY {"model": "e"}
POST   gateway/gemini/v1beta/models/e:generateContent       NOBODY {}
POST   gateway/gemini/v1beta/models/e:streamGenerateContent NOBODY {}
POST   gateway/proxy/e/path                               NOBODY {}
"""

JOBS = """
POST   3.0/jobs/            NOBODY {"job_name": "j", "params": {}}
GET    3.0/jobs/j           NOBODY
PATCH  3.0/jobs/cancel/j    NOBODY
POST   3.0/jobs/search      SIGNED-IN {}
GET    3.0/mlflow/jobs/j          NOBODY
PATCH  3.0/mlflow/jobs/cancel/j   NOBODY {}
"""

# Answers who asks from the machine that it runs on, which a test does; the smoke tests do not.
ASSISTANT = """
POST   3.0/mlflow/assistant/message                   SIGNED-IN {"message": "hello"}
GET    3.0/mlflow/assistant/sessions/s/stream         NOBODY
PATCH  3.0/mlflow/assistant/sessions/s                NOBODY {}
POST   3.0/mlflow/assistant/sessions/s/permission     NOBODY {}
POST   3.0/mlflow/assistant/sessions/s/tool-result    NOBODY {}
GET    3.0/mlflow/assistant/providers                 SIGNED-IN
GET    3.0/mlflow/assistant/providers/p/health        NOBODY
GET    3.0/mlflow/assistant/providers/p/models        NOBODY
GET    3.0/mlflow/assistant/config                    SIGNED-IN
PUT    3.0/mlflow/assistant/config                    SIGNED-IN {}
POST   3.0/mlflow/assistant/skills/install            NOBODY {}
"""

WORKSPACES = """
GET    3.0/mlflow/workspaces      NOBODY
POST   3.0/mlflow/workspaces      NOBODY {"name": "$new"}
GET    3.0/mlflow/workspaces/w    NOBODY
PATCH  3.0/mlflow/workspaces/w    NOBODY {}
DELETE 3.0/mlflow/workspaces/w    NOBODY
"""
