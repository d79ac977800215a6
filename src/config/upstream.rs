//! What the Collector knows and weir does not: refused by name, never ignored.

use super::tree::Step;

/// Keys, as paths with `*` for one step. An entry does nothing once weir has the key.
const KEYS: &[(&str, &str)] = &[
    ("receivers.*.protocols.*.include_metadata", "weir does not pass request metadata on yet"),
    ("receivers.*.protocols.*.middlewares", "admission is limited by service.memory.budget"),
    ("receivers.*.protocols.*.auth", "authenticate in a proxy in front of weir for now"),
    ("receivers.*.protocols.*.tls", "terminate TLS in a proxy in front of weir for now"),
    ("receivers.*.protocols.*.transport", "weir listens on TCP"),
    ("receivers.*.protocols.*.keepalive", "weir's own keepalive settings apply"),
    ("receivers.*.protocols.*.read_buffer_size", "weir sizes its buffers itself"),
    ("receivers.*.protocols.*.write_buffer_size", "weir sizes its buffers itself"),
    ("receivers.*.protocols.*.cors", "browsers cannot send to weir yet"),
    ("receivers.*.protocols.*.response_headers", "remove the key"),
    ("receivers.*.protocols.*.keep_alives_enabled", "connections are kept alive"),
    ("receivers.*.protocols.*.compression_algorithms", "every algorithm of the Collector is accepted"),
    ("exporters.*.sending_queue.storage", "the journal is in memory for now; remove the key"),
    ("exporters.*.sending_queue.wait_for_result", "say `ack: delivered` in the pipeline"),
    ("exporters.*.sending_queue.block_on_overflow", "say `on_full: block` in the pipeline"),
    ("exporters.*.sending_queue.batch.partition", "batches cannot be partitioned yet"),
    ("exporters.*.auth", "set the headers key with a value from ${env:…} or ${file:…}"),
    ("exporters.*.middlewares", "remove the key"),
    ("exporters.*.keepalive", "weir's own keepalive settings apply"),
    ("exporters.*.balancer_name", "weir balances over the addresses of the endpoint itself"),
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
    ("exporters.*.sampling_initial", "every batch is printed"),
    ("exporters.*.sampling_thereafter", "every batch is printed"),
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
    ("extensions", "file_storage", "the journal is in memory for now; remove the extension"),
    ("extensions", "zpages", "look at the metrics endpoint instead"),
    ("extensions", "pprof", "use a system profiler such as perf"),
    ("extensions", "basicauth", ""),
    ("extensions", "bearertokenauth", ""),
    ("extensions", "oauth2client", ""),
    ("extensions", "oidc", ""),
    ("extensions", "headers_setter", ""),
    ("extensions", "health_check_v2", "use health_check"),
    ("extensions", "healthcheckv2", "use health_check"),
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
