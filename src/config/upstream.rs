//! What the Collector knows and weir does not: refused by name, never ignored.

use super::tree::Step;

/// Keys, as paths with `*` for one step. An entry does nothing once weir has the key.
const KEYS: &[(&str, &str)] = &[
    ("receivers.*.protocols.*.include_metadata", "weir does not pass request metadata on yet"),
    ("receivers.*.protocols.*.middlewares", "admission is limited by service.memory.budget"),
    ("receivers.*.protocols.*.auth", "authenticate in a proxy in front of weir for now"),
    ("receivers.*.protocols.*.transport", "weir listens on TCP"),
    ("receivers.*.protocols.*.read_header_timeout", "`read_timeout` covers the headers too"),
    ("receivers.*.protocols.*.write_timeout", "remove the key"),
    ("receivers.*.protocols.*.tls.reload_interval", "restart weir after changing a certificate"),
    ("receivers.*.protocols.*.tls.client_ca_file_reload", "restart weir after changing a certificate"),
    ("receivers.*.protocols.*.tls.max_version", "remove the key"),
    ("receivers.*.protocols.*.tls.cipher_suites", "weir's TLS library chooses"),
    ("receivers.*.protocols.*.tls.curve_preferences", "weir's TLS library chooses"),
    ("receivers.*.protocols.*.tls.ca_pem", "write it to a file and use ca_file"),
    ("receivers.*.protocols.*.tls.cert_pem", "write it to a file and use cert_file"),
    ("receivers.*.protocols.*.tls.key_pem", "write it to a file and use key_file"),
    ("receivers.*.protocols.*.tls.include_system_ca_certs_pool", "name the authorities in a file"),
    ("receivers.*.protocols.*.tls.tpm", "use key files"),
    ("receivers.*.protocols.*.read_buffer_size", "weir sizes its buffers itself"),
    ("receivers.*.protocols.*.write_buffer_size", "weir sizes its buffers itself"),
    (
        "processors.*.db_sanitizer.allow_fallback_without_system",
        "an attribute that one database lists is sanitised without a db.system; of several it is masked; remove the key",
    ),
    ("processors.*.skip_conditions", "weir has no OTTL; list redaction in the pipelines that need it"),
    ("exporters.*.sending_queue.batch.partition", "batches cannot be partitioned yet"),
    ("exporters.*.compression_params", "weir uses the algorithm's default level"),
    ("exporters.*.max_idle_conns", "weir pools connections itself"),
    ("exporters.*.max_idle_conns_per_host", "weir pools connections itself"),
    ("exporters.*.max_conns_per_host", "set sending_queue.num_consumers"),
    ("exporters.*.idle_conn_timeout", "weir pools connections itself"),
    ("exporters.*.disable_keep_alives", "weir pools connections itself"),
    ("exporters.*.force_attempt_http2", "HTTP/2 is used where the destination offers it"),
    ("exporters.*.http2_read_idle_timeout", "remove the key"),
    ("exporters.*.http2_ping_timeout", "remove the key"),
    ("exporters.*.cookies", "set the headers key"),
    ("exporters.*.profiles_endpoint", "weir has no profiles"),
    ("exporters.*.group_by", "one exporter writes one file"),
    ("exporters.*.flush_interval", "every batch is written at once; remove the key"),
    ("exporters.*.directory_permissions", "directories are made with mode 0700; remove the key"),
    ("exporters.*.rotation.localtime", "remove the key"),
    ("exporters.*.use_internal_logger", "the debug exporter writes to standard output"),
    ("exporters.*.tls.curve_preferences", "weir's TLS library chooses"),
    ("exporters.*.tls.tpm", "use key files"),
    ("exporters.*.auth", "set the headers key with a value from ${env:…} or ${file:…}"),
    ("exporters.*.middlewares", "remove the key"),
    ("exporters.*.balancer_name", "weir keeps to one connection; remove the key"),
    ("exporters.*.wait_for_ready", "weir retries until the destination is there"),
    ("exporters.*.read_buffer_size", "weir sizes its buffers itself"),
    ("exporters.*.write_buffer_size", "weir sizes its buffers itself"),
    ("exporters.*.tls.reload_interval", "restart weir after changing a certificate"),
    ("exporters.*.tls.min_version", "TLS 1.2 is the least that weir speaks"),
    ("exporters.*.tls.max_version", "remove the key"),
    ("exporters.*.tls.cipher_suites", "weir's TLS library chooses"),
    ("exporters.*.tls.ca_pem", "write it to a file and use ca_file"),
    ("exporters.*.tls.cert_pem", "write it to a file and use cert_file"),
    ("exporters.*.tls.key_pem", "write it to a file and use key_file"),
    ("exporters.*.tls.include_system_ca_certs_pool", "remove the key"),
    ("connectors.*.retry_gap", "every higher level is looked at once a retry_interval; remove the key"),
    ("connectors.*.max_retries", "a level that works again is always used again; remove the key"),
    ("connectors.*.queue", "the pipeline's journal is the queue; remove the key"),
    (
        "extensions.*.directory_permissions",
        "directories are made with mode 0700, files with 0600; remove the key",
    ),
    ("extensions.*.timeout", "a directory that another process uses is refused at once; remove the key"),
    ("extensions.*.recreate", "damaged bytes are set aside and everything else is kept; remove the key"),
    (
        "extensions.*.compaction",
        "a segment is deleted once it is delivered, so nothing is compacted; remove the key",
    ),
    ("extensions.*.tls", "the health endpoint is plain HTTP"),
    ("extensions.*.check_collector_pipeline", "health shows failing pipelines without it"),
    ("extensions.*.use_v2", "remove the key"),
    ("extensions.*.component_health", "health shows failing components without it"),
    ("service.telemetry.traces", "weir does not trace itself yet"),
    ("service.telemetry.resource", "weir does not label its own telemetry yet"),
    ("service.telemetry.metrics.address", "use readers with a pull exporter"),
    ("service.telemetry.metrics.views", "remove the key"),
    (
        "service.telemetry.metrics.readers.*.periodic",
        "weir's metrics are pulled: use pull.exporter.prometheus",
    ),
    (
        "service.telemetry.metrics.readers.*.pull.exporter.prometheus.with_resource_constant_labels",
        "remove the key",
    ),
    ("service.telemetry.logs.development", "use `level: debug`"),
    ("service.telemetry.logs.disable_caller", "weir's logs name no source lines"),
    ("service.telemetry.logs.disable_stacktrace", "weir's logs hold no stack traces"),
    ("service.telemetry.logs.sampling", "weir limits the rate of its logs itself"),
    ("service.telemetry.logs.output_paths", "weir logs to standard error"),
    ("service.telemetry.logs.error_output_paths", "weir logs to standard error"),
    ("service.telemetry.logs.initial_fields", "remove the key"),
    ("service.telemetry.logs.processors", "weir logs to standard error"),
    ("service.telemetry.logs.disable_zap_resource", "remove the key"),
];

/// Component types with what to do instead.
const TYPES: &[(&str, &str, &str)] = &[
    ("processors", "batch", "batching is in every exporter's sending_queue.batch"),
    ("processors", "memory_limiter", "set service.memory.budget instead"),
    ("extensions", "memory_limiter", "set service.memory.budget instead"),
    ("extensions", "db_storage", "use file_storage"),
    ("extensions", "redis_storage", "use file_storage"),
    ("extensions", "zpages", "look at the metrics endpoint instead"),
    ("extensions", "pprof", "use a system profiler such as perf"),
    ("extensions", "basicauth", ""),
    ("extensions", "bearertokenauth", ""),
    ("extensions", "oauth2client", ""),
    ("extensions", "oidc", ""),
    ("extensions", "headers_setter", ""),
    ("extensions", "health_check_v2", "use health_check"),
    ("extensions", "healthcheckv2", "use health_check"),
    ("connectors", "forward", ""),
    ("connectors", "routing", ""),
    ("connectors", "count", ""),
    ("connectors", "spanmetrics", ""),
    ("connectors", "span_metrics", ""),
    ("connectors", "servicegraph", ""),
    ("connectors", "roundrobin", ""),
    ("connectors", "round_robin", ""),
    ("receivers", "nop", ""),
    ("receivers", "filelog", "let a collector read the files and send OTLP to weir"),
    ("receivers", "file_log", "let a collector read the files and send OTLP to weir"),
    ("receivers", "syslog", "let a collector take syslog and send OTLP to weir"),
    ("receivers", "journald", "let a collector read the journal and send OTLP to weir"),
    ("receivers", "hostmetrics", ""),
    ("receivers", "host_metrics", ""),
    ("receivers", "kafka", ""),
    ("receivers", "prometheus", ""),
    ("receivers", "jaeger", "send OTLP"),
    ("receivers", "zipkin", "send OTLP"),
    ("receivers", "fluentforward", "send OTLP"),
    ("receivers", "splunk_hec", ""),
    ("receivers", "k8s_events", ""),
    ("receivers", "kubeletstats", ""),
    ("processors", "attributes", ""),
    ("processors", "resource", ""),
    ("processors", "filter", ""),
    ("processors", "transform", ""),
    ("processors", "k8sattributes", ""),
    ("processors", "k8s_attributes", ""),
    ("processors", "resourcedetection", ""),
    ("processors", "resource_detection", ""),
    ("processors", "probabilistic_sampler", ""),
    ("processors", "tail_sampling", ""),
    ("processors", "groupbyattrs", ""),
    ("processors", "span", ""),
    ("processors", "metricstransform", ""),
    ("processors", "cumulativetodelta", ""),
    ("processors", "logdedup", ""),
    ("processors", "log_dedup", ""),
    ("exporters", "logging", "use debug"),
    ("exporters", "nop", "use debug"),
    ("exporters", "kafka", ""),
    ("exporters", "splunk_hec", "siem_http sends JSON to an HTTP endpoint"),
    ("exporters", "elasticsearch", "siem_http sends JSON to an HTTP endpoint"),
    ("exporters", "loki", "Loki takes OTLP: use otlp_http"),
    ("exporters", "prometheus", ""),
    ("exporters", "prometheusremotewrite", ""),
    ("exporters", "prometheus_remote_write", ""),
    ("exporters", "loadbalancing", ""),
    ("exporters", "load_balancing", ""),
    ("exporters", "awss3", ""),
    ("exporters", "datadog", ""),
    ("exporters", "zipkin", ""),
];

/// What to do about a key of the Collector that weir does not have.
pub fn key(path: &[Step]) -> Option<&'static str> {
    let matches = |pattern: &str| {
        let mut steps = path.iter();
        let fits = pattern.split('.').all(|part| match steps.next() {
            Some(Step::Key(key)) => part == "*" || part == key,
            Some(Step::Index(_)) => part == "*",
            None => false,
        });
        fits && steps.next().is_none()
    };
    KEYS.iter().find(|(pattern, _)| matches(pattern)).map(|(_, hint)| *hint)
}

/// What to do about a component of the Collector that weir does not have; may be nothing.
pub fn component(section: &str, kind: &str) -> Option<&'static str> {
    TYPES.iter().find(|(s, k, _)| *s == section && *k == kind).map(|(_, _, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The table holds no key that weir has: it would say that it is not supported.
    #[test]
    fn a_key_that_weir_has_is_not_in_the_table() {
        let schema = crate::config::schema();
        let known = |pattern: &&str| {
            let below =
                |nodes: Vec<_>, part| nodes.into_iter().flat_map(|node| below(&schema, node, part)).collect();
            !pattern.split('.').fold(vec![&schema], below).is_empty()
        };
        let stale: Vec<&str> = KEYS.iter().map(|(pattern, _)| *pattern).filter(known).collect();
        assert_eq!(stale, [""; 0]);
    }

    /// The schemas that stand under `key` of a schema.
    fn below<'s>(root: &'s Value, node: &'s Value, key: &str) -> Vec<&'s Value> {
        if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            let target = root.pointer(reference.trim_start_matches('#'));
            return target.map_or_else(Vec::new, |target| below(root, target, key));
        }
        let any = node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        let mut found: Vec<&Value> = any.flat_map(|arm| below(root, arm, key)).collect();
        let named = node.get("properties").and_then(Value::as_object).into_iter().flatten();
        found.extend(named.filter(|(name, _)| key == "*" || *name == key).map(|(_, schema)| schema));
        if key == "*" {
            found.extend(node.get("items"));
            let patterns = node.get("patternProperties").and_then(Value::as_object);
            found.extend(patterns.into_iter().flat_map(|patterns| patterns.values()));
        }
        found
    }
}
