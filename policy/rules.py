"""All rules; each is a function from the objects of a stack to what breaks it."""

from collections.abc import Sequence

from policy import credentials, exposure, privileges
from policy.objects import Rule

OF_RENDERED: Sequence[Rule] = (credentials.secrets_are_encrypted_in_the_state,)
"""Rules that only objects with masked secrets can be asked."""

OF_OBJECTS: Sequence[Rule] = (
    privileges.namespace_is_restricted,
    privileges.no_more_privileges,
    privileges.no_capabilities,
    privileges.not_root,
    privileges.system_calls_are_filtered,
    privileges.root_is_read_only,
    privileges.no_way_to_the_api,
    privileges.namespaces_of_its_own,
    privileges.no_port_of_the_node,
    privileges.no_directory_of_the_node,
    privileges.no_rights_to_everything,
    privileges.bounded,
    privileges.scratch_is_bounded,
    privileges.image_is_pinned,
    privileges.servers_are_probed,
    exposure.services_are_internal,
    exposure.database_is_not_published,
    exposure.ingress_names_its_hosts,
    exposure.every_host_is_served_by_tls,
    exposure.nothing_is_allowed_unsaid,
    exposure.policies_name_their_peers,
    exposure.mlflow_checks_hosts,
    exposure.mlflow_keeps_its_guard,
    exposure.certificates_are_verified,
    exposure.objects_stay_in_one_namespace,
    exposure.services_lead_to_pods_of_the_stack,
    credentials.variables_refer_to_secrets,
    credentials.arguments_hold_no_secrets,
    credentials.configuration_holds_no_secrets,
    credentials.annotations_hold_no_secrets,
    credentials.root_of_the_store_stays_there,
)

RULES: Sequence[Rule] = (*OF_RENDERED, *OF_OBJECTS)
