"""Manifests with a fault: for each rule one at least, and what the types alone see."""

from deploy.tests.mutant import GONE, TYPES, Mutant

_EVENTS = "Deployment/events"
_GATEWAY = "Deployment/gateway"
_MIGRATION = "Job/events-migrate-r1"
_DATABASE = "Cluster/events-postgres"
_INITDB = "spec/bootstrap/initdb/"
_POD = "spec/template/spec/"
_CONTAINER = _POD + "containers/0/"
_SPREAD = _POD + "topologySpreadConstraints/"
_SIDECAR = "spec/instanceSidecarConfiguration"
_PSS = "metadata/labels/pod-security.kubernetes.io|"
_LATEST = "registry.example.org/scharnier:latest"
_OTHER = "registry.example.org/scharnier@sha256:" + "2" * 64
_EVERYWHERE = {"ipBlock": {"cidr": "0.0.0.0/0"}}
_RESOLVER = {"ipBlock": {"cidr": "8.8.8.8/32"}}
_NODES = {"ipBlock": {"cidr": "169.254.20.10/24"}}
_METADATA = {"ipBlock": {"cidr": "169.254.169.254/32"}}
_ANY_POD = {"podSelector": {}}
_ANYBODY = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
_ROOT = {"name": "root", "hostPath": {"path": "/"}}
_PASSWORD = {
    "name": "SCHARNIER_DATABASE_PASSWORD",
    "valueFrom": {"secretKeyRef": {"name": "events-database", "key": "password"}},
}
_LOGIN = {"secretRef": {"name": "events-database"}}
_SPIFFE = "spiffe://scharnier.internal/ns/scharnier/sa/"

MUTANTS = [
    Mutant("versions_are_stable", _EVENTS, "apiVersion", "apps/v1beta1"),
    Mutant("the_namespace_is_restricted", "Namespace/scharnier", _PSS + "enforce", "baseline"),
    Mutant("the_namespace_is_restricted", "Namespace/scharnier", _PSS + "enforce-version", GONE),
    Mutant("the_namespace_is_restricted", "Namespace/scharnier", "", GONE),
    Mutant("pods_run_as_nobody", _EVENTS, _POD + "securityContext/runAsUser", 0),
    Mutant("pods_run_as_nobody", _MIGRATION, _POD + "securityContext/runAsNonRoot", GONE),
    Mutant("pods_run_as_nobody", _GATEWAY, _CONTAINER + "securityContext/runAsUser", 0),
    Mutant("system_calls_are_filtered", _GATEWAY, _POD + "securityContext/seccompProfile", GONE),
    Mutant(
        "system_calls_are_filtered",
        _MIGRATION,
        _POD + "securityContext/seccompProfile/type",
        "Unconfined",
    ),
    Mutant("no_capabilities", _EVENTS, _CONTAINER + "securityContext/capabilities", GONE),
    Mutant(
        "no_capabilities", _GATEWAY, _CONTAINER + "securityContext/capabilities/add", ["NET_ADMIN"]
    ),
    Mutant(
        "no_capabilities", _MIGRATION, _CONTAINER + "securityContext/allowPrivilegeEscalation", True
    ),
    Mutant(
        "files_are_read_only", _EVENTS, _CONTAINER + "securityContext/readOnlyRootFilesystem", GONE
    ),
    Mutant("files_are_read_only", _EVENTS, _CONTAINER + "volumeMounts/0/readOnly", False),
    Mutant("files_are_read_only", _EVENTS, _POD + "volumes/0", {"name": "tmp", "emptyDir": {}}),
    Mutant("nothing_of_the_host", _EVENTS, _POD + "hostNetwork", True),
    Mutant("nothing_of_the_host", _GATEWAY, _CONTAINER + "ports/0/hostPort", 443),
    Mutant("nothing_of_the_host", _EVENTS, _POD + "volumes/0", _ROOT),
    Mutant(
        "nothing_of_the_host", _GATEWAY, _CONTAINER + "readinessProbe/httpGet/host", "192.0.2.9"
    ),
    Mutant("nobody_speaks_to_the_api", _EVENTS, _POD + "automountServiceAccountToken", GONE),
    Mutant("nobody_speaks_to_the_api", _EVENTS, _POD + "serviceAccountName", "proposals"),
    Mutant("nobody_speaks_to_the_api", "ServiceAccount/events", "", GONE),
    Mutant(
        "nobody_speaks_to_the_api", "ServiceAccount/events", "automountServiceAccountToken", GONE
    ),
    Mutant("nobody_speaks_to_the_api", "PriorityClass/scharnier", "kind", "ClusterRole"),
    Mutant("images_by_digest", _EVENTS, _CONTAINER + "image", _LATEST),
    Mutant("images_by_digest", _MIGRATION, _CONTAINER + "image", _OTHER),
    Mutant("images_by_digest", _GATEWAY, _CONTAINER + "image", _OTHER),
    Mutant("images_by_digest", _EVENTS, _CONTAINER + "args", ["sh", "-c", "events serve"]),
    Mutant("resources_are_asked_for", _EVENTS, _CONTAINER + "resources/limits/cpu", "200m"),
    Mutant("resources_are_asked_for", _EVENTS, _CONTAINER + "resources/limits/memory", "1Gi"),
    Mutant(
        "resources_are_asked_for", _GATEWAY, _CONTAINER + "resources/limits/ephemeral-storage", GONE
    ),
    Mutant("resources_are_asked_for", _DATABASE, "spec/resources/limits/memory", "4Gi"),
    Mutant("resources_are_asked_for", "ObjectStore/backup", _SIDECAR, GONE),
    Mutant(
        "resources_are_asked_for", "ObjectStore/backup", _SIDECAR + "/resources/limits/cpu", "100m"
    ),
    Mutant("pods_are_as_rules_look_at_them", _EVENTS, _POD + "initContainers", [{"name": "wait"}]),
    Mutant("pods_are_as_rules_look_at_them", _EVENTS, _POD + "containers/1", {"name": "beside"}),
    Mutant("pods_are_as_rules_look_at_them", "Job/events-migrate-r1", "kind", "CronJob"),
    Mutant("probes_ask_what_they_mean", _EVENTS, _CONTAINER + "startupProbe", GONE),
    Mutant(
        "probes_ask_what_they_mean", _EVENTS, _CONTAINER + "readinessProbe/grpc/service", "liveness"
    ),
    Mutant(
        "probes_ask_what_they_mean",
        _EVENTS,
        _CONTAINER + "livenessProbe",
        {"exec": {"command": []}},
    ),
    Mutant(
        "liveness_leaves_the_database_alone", _EVENTS, _CONTAINER + "startupProbe/grpc/service", ""
    ),
    Mutant("probes_reach_the_health_port", _EVENTS, _CONTAINER + "readinessProbe/grpc/port", 50051),
    Mutant(
        "probes_reach_the_health_port",
        "ConfigMap/suite",
        "data/SCHARNIER_HEALTH_ADDRESS",
        "127.0.0.1:50052",
    ),
    Mutant("grace_covers_the_drain", _EVENTS, _POD + "terminationGracePeriodSeconds", 30),
    Mutant("grace_covers_the_drain", "ConfigMap/suite", "data/SCHARNIER_DRAIN", "60s"),
    Mutant("grace_covers_the_drain", _EVENTS, _CONTAINER + "lifecycle", GONE),
    Mutant("grace_covers_the_drain", _EVENTS, _CONTAINER + "lifecycle/preStop/sleep/seconds", 5),
    Mutant("rollouts_take_nothing_away", _EVENTS, "spec/strategy/rollingUpdate/maxUnavailable", 1),
    Mutant("rollouts_take_nothing_away", _EVENTS, "spec/strategy", {"type": "Recreate"}),
    Mutant("rollouts_take_nothing_away", _EVENTS, "spec/progressDeadlineSeconds", GONE),
    Mutant("rollouts_take_nothing_away", _EVENTS, "spec/revisionHistoryLimit", 0),
    Mutant("budgets_let_nodes_go", "PodDisruptionBudget/events", "", GONE),
    Mutant("budgets_let_nodes_go", "PodDisruptionBudget/events", "spec/minAvailable", 3),
    Mutant("budgets_let_nodes_go", "PodDisruptionBudget/events", "spec/maxUnavailable", 0),
    Mutant(
        "budgets_let_nodes_go",
        "PodDisruptionBudget/events",
        "spec/selector/matchLabels",
        {"app.kubernetes.io/name": "events"},
    ),
    Mutant(
        "budgets_let_nodes_go",
        "PodDisruptionBudget/gateway",
        "spec/unhealthyPodEvictionPolicy",
        GONE,
    ),
    Mutant("budgets_of_databases", _DATABASE, "spec/enablePDB", False),
    Mutant("budgets_of_databases", "Cluster/scharnier-postgres", "spec/enablePDB", GONE, "dev"),
    Mutant("pods_are_spread", _EVENTS, _SPREAD + "0", GONE),
    Mutant("pods_are_spread", _EVENTS, _SPREAD + "1/matchLabelKeys", GONE),
    Mutant("pods_are_spread", _EVENTS, _SPREAD + "1/nodeTaintsPolicy", GONE),
    Mutant("pods_are_spread", _EVENTS, _SPREAD + "1/minDomains", GONE),
    Mutant(
        "pods_are_spread",
        _EVENTS,
        _SPREAD + "0/labelSelector/matchLabels/app.kubernetes.io|part-of",
        "scharnir",
    ),
    Mutant("pods_are_spread", _EVENTS, _SPREAD + "0/whenUnsatisfiable", "DoNotSchedule"),
    Mutant("pods_are_spread", _EVENTS, _SPREAD + "1/whenUnsatisfiable", "ScheduleAnyway"),
    Mutant("pods_are_spread", _EVENTS, _SPREAD + "1/whenUnsatisfiable", "DoNotSchedule", "dev"),
    Mutant("one_says_how_many", _EVENTS, "spec/replicas", 3),
    Mutant("one_says_how_many", "HorizontalPodAutoscaler/events", "spec/minReplicas", 1),
    Mutant("one_says_how_many", _EVENTS, "spec/replicas", 1, "dev"),
    Mutant("connections_suffice", "HorizontalPodAutoscaler/events", "spec/maxReplicas", 8),
    Mutant("connections_suffice", "ConfigMap/suite", "data/SCHARNIER_POOL_SIZE", "16"),
    Mutant("connections_suffice", _DATABASE, "spec/managed/roles/0/connectionLimit", GONE),
    Mutant("connections_suffice", _DATABASE, "spec/postgresql/parameters/max_connections", "100"),
    Mutant("connections_suffice", _EVENTS, "spec/replicas", 3, "dev"),
    Mutant("clients_balance_over_pods", "Service/organisations", "spec/clusterIP", GONE),
    Mutant("clients_balance_over_pods", _EVENTS, _CONTAINER + "env/2/value", "organisations:50051"),
    Mutant("clients_balance_over_pods", "ConfigMap/suite", "data/SCHARNIER_CONNECTION_AGE", "24h"),
    Mutant("services_lead_to_ports", "Service/events", "spec/ports/0/targetPort", "http"),
    Mutant(
        "services_lead_to_ports", "Service/events", "spec/selector/app.kubernetes.io|name", "event"
    ),
    Mutant("services_lead_to_ports", "Service/events", "spec/ports/0/appProtocol", GONE),
    Mutant("callers_keep_their_addresses", "Service/gateway", "spec/externalTrafficPolicy", GONE),
    Mutant("callers_keep_their_addresses", "Service/gateway", "spec/type", "NodePort", "dev"),
    Mutant("nothing_is_open_by_default", "NetworkPolicy/default-deny", "", GONE),
    Mutant(
        "nothing_is_open_by_default", "NetworkPolicy/default-deny", "spec/policyTypes", ["Ingress"]
    ),
    Mutant("nothing_is_open_by_default", "NetworkPolicy/dns", "spec/egress/0/ports/1", GONE),
    Mutant("nothing_is_open_by_default", "NetworkPolicy/dns", "spec/egress/0/to/1", _EVERYWHERE),
    Mutant("nothing_is_open_by_default", "NetworkPolicy/dns", "spec/egress/0/to/1", _RESOLVER),
    Mutant("nothing_is_open_by_default", "NetworkPolicy/dns", "spec/egress/0/to/1", _NODES),
    Mutant("nothing_is_open_by_default", "NetworkPolicy/dns", "spec/egress/0/to/1", _METADATA),
    Mutant("edges_are_the_real_ones", "NetworkPolicy/organisations", "", GONE),
    Mutant(
        "edges_are_the_real_ones",
        "NetworkPolicy/events",
        "spec/ingress/1/from/1",
        {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "proposals"}}},
    ),
    Mutant("edges_are_the_real_ones", "NetworkPolicy/events-postgres-clients", "spec/egress/0", {}),
    Mutant("edges_are_the_real_ones", "NetworkPolicy/gateway", "spec/egress/0/ports/1", GONE),
    Mutant("edges_are_the_real_ones", _EVENTS, _CONTAINER + "env/2", GONE),
    Mutant("ways_out_are_the_real_ones", "NetworkPolicy/issuer", "spec/egress/0/to/0", _EVERYWHERE),
    Mutant("ways_out_are_the_real_ones", "NetworkPolicy/relay", "spec/podSelector", {}),
    Mutant("ways_out_are_the_real_ones", "NetworkPolicy/relay", "", GONE),
    Mutant("ways_out_are_the_real_ones", "NetworkPolicy/events", "spec/ingress/0/from", []),
    Mutant(
        "policies_open_ports_that_there_are",
        "NetworkPolicy/events",
        "spec/ingress/0/ports/0/port",
        9999,
    ),
    Mutant(
        "policies_open_ports_that_there_are",
        "NetworkPolicy/proposals",
        "spec/egress/0/ports/0/endPort",
        65535,
    ),
    Mutant(
        "policies_open_ports_that_there_are",
        "NetworkPolicy/events",
        "spec/egress/0/ports/0/protocol",
        "UDP",
    ),
    Mutant(
        "policies_open_ports_that_there_are",
        "NetworkPolicy/events-postgres-clients",
        "spec/egress/0/ports/0/port",
        22,
    ),
    Mutant(
        "policies_open_ports_that_there_are",
        "NetworkPolicy/issuer",
        "spec/egress/0/to/0/ipBlock/cidr",
        "0.0.0.0/1",
    ),
    Mutant("peers_elsewhere_are_pods", "NetworkPolicy/metrics", "spec/policyTypes", ["Egress"]),
    Mutant(
        "peers_elsewhere_are_pods", "NetworkPolicy/metrics", "spec/ingress/0/ports/0/port", 50051
    ),
    Mutant("peers_elsewhere_are_pods", "NetworkPolicy/postgres", "spec/ingress/0/ports/0/port", 22),
    Mutant("peers_elsewhere_are_pods", "NetworkPolicy/events", "spec/egress/0/to/0", _ANYBODY),
    Mutant("peers_elsewhere_are_pods", "NetworkPolicy/metrics", "spec/ingress/0/from/1", _ANYBODY),
    Mutant("peers_elsewhere_are_pods", "NetworkPolicy/events", "spec/ingress/0/from/0", _ANY_POD),
    Mutant("who_looks_after_us_gets_in", "NetworkPolicy/metrics", "", GONE),
    Mutant("who_looks_after_us_gets_in", "NetworkPolicy/postgres", "spec/ingress/0/ports/0", GONE),
    Mutant("migrations_belong_to_a_release", _MIGRATION, "metadata/name", "events-migrate-release"),
    Mutant("migrations_belong_to_a_release", _MIGRATION, "metadata/name", "events-migrate-r0"),
    Mutant("migrations_belong_to_a_release", _MIGRATION, _POD + "restartPolicy", "OnFailure"),
    Mutant("migrations_belong_to_a_release", _MIGRATION, "spec/ttlSecondsAfterFinished", GONE),
    Mutant("migrations_belong_to_a_release", _MIGRATION, "spec/backoffLimit", 0),
    Mutant("migrations_belong_to_a_release", _MIGRATION, "", GONE),
    Mutant(
        "logins_are_their_own",
        _EVENTS,
        _CONTAINER + "env/0/value",
        "postgresql://scharnier_migrator@/scharnier",
    ),
    Mutant("logins_are_their_own", _DATABASE, "spec/managed/roles/0/superuser", True),
    Mutant("logins_are_their_own", _DATABASE, "spec/managed/roles/0/inherit", GONE),
    Mutant("logins_are_their_own", "ConfigMap/events-database", "data/PGSSLMODE", "require"),
    Mutant(
        "logins_are_their_own",
        _MIGRATION,
        _CONTAINER + "env/1/value",
        "postgresql://svc_events@/scharnier",
    ),
    Mutant("logins_are_their_own", _DATABASE, _INITDB + "owner", "svc_events"),
    Mutant(
        "logins_are_their_own",
        _DATABASE,
        _INITDB + "postInitApplicationSQLRefs/configMapRefs/1",
        GONE,
    ),
    Mutant("logins_are_their_own", _DATABASE, "spec/managed/roles/1", GONE),
    Mutant("secrets_are_files", _EVENTS, _CONTAINER + "env/0", _PASSWORD),
    Mutant("secrets_are_files", _EVENTS, _CONTAINER + "envFrom/2", _LOGIN),
    Mutant("secrets_are_files", "ConfigMap/mail", "data/SCHARNIER_SMTP_PASSWORD", "geheim"),
    Mutant("secrets_are_files", "ConfigMap/grants", "kind", "Secret"),
    Mutant("secrets_are_files", _EVENTS, _POD + "volumes/0/secret/defaultMode", 0o644),
    Mutant("secrets_are_fetched_again", "ExternalSecret/mail", "spec/refreshInterval", "0"),
    Mutant("secrets_are_fetched_again", "ExternalSecret/mail", "spec/refreshInterval", "0h"),
    Mutant("secrets_are_fetched_again", "SecretStore/vault", "kind", "ClusterSecretStore"),
    Mutant("secrets_are_fetched_again", "ExternalSecret/mail", "spec/target/deletionPolicy", GONE),
    Mutant(
        "secrets_are_fetched_again", "ExternalSecret/mail", "spec/refreshPolicy", "CreatedOnce"
    ),
    Mutant(
        "secrets_are_files",
        _EVENTS,
        _POD + "volumes/3/projected/sources/0/secret/items/0/mode",
        0o777,
    ),
    Mutant(
        "secrets_are_files",
        "ConfigMap/database-logins",
        "data/events.sql",
        "CREATE ROLE a LOGIN PASSWORD 'geheim';",
    ),
    Mutant(
        "liveness_leaves_the_database_alone", _EVENTS, _CONTAINER + "livenessProbe/periodSeconds", 1
    ),
    Mutant("writes_survive_a_node", "ObjectStore/backup", "spec/retentionPolicy", GONE),
    Mutant(
        "writes_survive_a_node", "ScheduledBackup/events-postgres", "spec/schedule", "0 0 2 1 1 *"
    ),
    Mutant(
        "secrets_are_fetched_again",
        "ExternalSecret/mail",
        "spec/secretStoreRef/kind",
        "ClusterSecretStore",
    ),
    Mutant(
        "secrets_are_fetched_again", "ExternalSecret/events-database", "spec/target/template", GONE
    ),
    Mutant("the_gateway_drains", _GATEWAY, _CONTAINER + "lifecycle", GONE),
    Mutant("the_gateway_drains", _GATEWAY, _CONTAINER + "args", []),
    Mutant("the_gateway_drains", _GATEWAY, _CONTAINER + "lifecycle/preStop/exec/command/1", "35"),
    Mutant("the_gateway_drains", _GATEWAY, _POD + "volumes/0/configMap/defaultMode", 0o444),
    Mutant("one_says_how_many", "HorizontalPodAutoscaler/events", "spec/maxReplicas", 2),
    Mutant("one_says_how_many", "HorizontalPodAutoscaler/events", "spec/metrics", []),
    Mutant("the_gateway_drains", _GATEWAY, _POD + "terminationGracePeriodSeconds", 30),
    Mutant("everybody_is_monitored", "ServiceMonitor/services", "", GONE),
    Mutant("everybody_is_monitored", "PodMonitor/gateway", "", GONE),
    Mutant("everybody_is_monitored", "PodMonitor/postgres", "", GONE),
    Mutant("everybody_is_monitored", "ServiceMonitor/services", "spec/endpoints", []),
    Mutant("everybody_is_monitored", "PodMonitor/postgres", "spec/podMetricsEndpoints", []),
    Mutant("everybody_is_monitored", "PrometheusRule/scharnier", "", GONE),
    Mutant("monitors_find_something", "ServiceMonitor/services", "spec/endpoints/0/port", "http"),
    Mutant(
        "monitors_find_something",
        "ServiceMonitor/services",
        "spec/selector/matchLabels/app.kubernetes.io|name",
        "events",
    ),
    Mutant(
        "monitors_find_something",
        "PodMonitor/gateway",
        "spec/podMetricsEndpoints/0/port",
        "metrics",
    ),
    Mutant(
        "monitors_find_something",
        "PodMonitor/gateway",
        "spec/selector/matchLabels/app.kubernetes.io|component",
        "envoy",
    ),
    Mutant("names_are_the_standard_ones", "Service/events", "metadata/namespace", "default"),
    Mutant("names_are_the_standard_ones", "Service/events", "metadata/labels", {}),
    Mutant(
        "names_are_the_standard_ones",
        _EVENTS,
        "spec/selector/matchLabels/app.kubernetes.io|part-of",
        "scharnier",
    ),
    Mutant("last_words_are_kept", _MIGRATION, _CONTAINER + "terminationMessagePolicy", GONE),
    Mutant("people_come_first", _EVENTS, _POD + "priorityClassName", GONE),
    Mutant("people_come_first", _DATABASE, "spec/priorityClassName", "urgent"),
    Mutant("writes_survive_a_node", _DATABASE, "spec/postgresql/synchronous/number", 0),
    Mutant("writes_survive_a_node", _DATABASE, "spec/postgresql/synchronous", GONE),
    Mutant("writes_survive_a_node", _DATABASE, "spec/instances", 2),
    Mutant("writes_survive_a_node", _DATABASE, "spec/instances", 1),
    Mutant("writes_survive_a_node", _DATABASE, "spec/postgresql/parameters/fsync", "off"),
    Mutant("writes_survive_a_node", _DATABASE, "spec/topologySpreadConstraints", GONE),
    Mutant(
        "spread_pods_are_admitted",
        _DATABASE,
        "spec/topologySpreadConstraints/0/labelSelector",
        {"matchExpressions": [{"key": "cnpg.io/cluster", "operator": "Exists"}]},
    ),
    Mutant(
        "spread_pods_are_admitted",
        _EVENTS,
        _SPREAD + "0/labelSelector/matchLabels/pod-template-hash",
        "x",
    ),
    Mutant(
        "secrets_are_for_who_needs_them", _EVENTS, _POD + "volumes/0/secret/secretName", "authority"
    ),
    Mutant(
        "secrets_are_for_who_needs_them",
        _EVENTS,
        _POD + "volumes/2/secret/secretName",
        "gateway-tls",
    ),
    Mutant("secrets_are_for_who_needs_them", _EVENTS, _POD + "volumes/4/secret/items", GONE),
    Mutant(
        "secrets_are_for_who_needs_them",
        _DATABASE,
        "spec/managed/roles/0/passwordSecret/name",
        "proposals-database",
    ),
    Mutant("writes_survive_a_node", _DATABASE, "spec/plugins", GONE),
    Mutant("writes_survive_a_node", "ScheduledBackup/events-postgres", "", GONE),
    Mutant(
        "certificates_name_one_service", "Certificate/events", "spec/uris/0", _SPIFFE + "gateway"
    ),
    Mutant("certificates_name_one_service", "Certificate/events", "spec/uris/1", _SPIFFE + "staff"),
    Mutant("certificates_name_one_service", "Certificate/events", "spec/issuerRef/name", "public"),
    Mutant("certificates_name_one_service", "Certificate/events", "spec/renewBefore", "24h"),
    Mutant("certificates_name_one_service", "Certificate/events", "spec/dnsNames/1", "gateway"),
    Mutant("certificates_name_one_service", "Certificate/events", "spec/usages/2", GONE),
    Mutant("what_is_mounted_is_there", "ExternalSecret/keyring", "", GONE),
    Mutant("what_is_mounted_is_there", "Certificate/public", "", GONE),
    Mutant("what_is_mounted_is_there", "ConfigMap/grants", "", GONE),
    Mutant("what_is_mounted_is_there", _EVENTS, _CONTAINER + "volumeMounts/0", GONE),
    Mutant(
        "what_is_mounted_is_there",
        _DATABASE,
        "spec/managed/roles/0/passwordSecret/name",
        "event-database",
    ),
    Mutant("configuration_rolls_pods", _GATEWAY, _POD + "volumes/0/configMap/name", "gateway"),
    Mutant(TYPES, _EVENTS, "spec/replicaz", 3),
    Mutant(TYPES, _EVENTS, "spec/replicas", "3"),
    Mutant(TYPES, _EVENTS, _CONTAINER + "readinessProbe/grpc/port", "health"),
    Mutant(TYPES, _EVENTS, _CONTAINER + "imagePullPolice", "Always"),
    Mutant(TYPES, _EVENTS, "kind", "Deploiment"),
    Mutant(TYPES, _EVENTS, "spec/selector", GONE),
    Mutant(TYPES, _MIGRATION, _POD + "restartPolicy", ["Never"]),
    Mutant(TYPES, "NetworkPolicy/events", "spec/ingress/0/form", []),
    Mutant(TYPES, "HorizontalPodAutoscaler/events", "spec/maxReplicas", GONE),
    Mutant(TYPES, "ServiceMonitor/services", "spec/endpoint", []),
    Mutant(TYPES, "Certificate/events", "spec/URIs", []),
    Mutant(TYPES, "ExternalSecret/mail", "spec/refreshinterval", "1h"),
    Mutant(TYPES, _DATABASE, "spec/postgresql/synchronous/method", "all"),
    Mutant(TYPES, _DATABASE, "spec/enablePdb", True),
    Mutant(TYPES, "ScheduledBackup/events-postgres", "spec/schedule", GONE),
    Mutant(TYPES, "ObjectStore/backup", _SIDECAR + "/resource", {}),
    Mutant(TYPES, "ObjectStore/backup", "spec/configuration/endpointUrl", "https://example.org"),
]
