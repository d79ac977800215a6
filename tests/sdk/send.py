"""Sends logs, spans and metrics through the Python OpenTelemetry SDK.

send.py grpc|http ENDPOINT RUN COUNT: COUNT log records and spans, each with an attribute
`test.id` of `RUN-<number>`, and one counter that is observed once a number.
"""

import logging
import sys

from opentelemetry.sdk.resources import Resource

protocol, endpoint, run, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
if protocol == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    logs, spans, metrics = (e(endpoint=endpoint, insecure=True) for e in (OTLPLogExporter, OTLPSpanExporter, OTLPMetricExporter))
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    logs = OTLPLogExporter(endpoint=f"{endpoint}/v1/logs")
    spans = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
    metrics = OTLPMetricExporter(endpoint=f"{endpoint}/v1/metrics")

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

logging.basicConfig(level=logging.WARNING)
resource = Resource.create({"service.name": "sdk-python", "deployment.contact": "ops@corp.example.com"})

logger_provider = LoggerProvider(resource=resource)
logger_provider.add_log_record_processor(BatchLogRecordProcessor(logs))
logger = logger_provider.get_logger("sdk-test")
for number in range(count):
    logger.emit(
        LogRecord(
            severity_number=SeverityNumber.INFO,
            severity_text="INFO",
            body=f"card 4539 6701 8200 0002 used by maria@pii.example.org, request {number}",
            attributes={
                "test.id": f"{run}-{number}",
                "event.name": "user.login",
                "user.id": f"u-{number}",
                "password": "hunter2-hunter2",
                "details": {"nested": {"api_key": "hunter2-hunter2", "mail": "maria@pii.example.org"}},
                "list": ["plain", "maria@pii.example.org"],
            },
        )
    )
logger_provider.shutdown()

tracer_provider = TracerProvider(resource=resource)
tracer_provider.add_span_processor(BatchSpanProcessor(spans))
tracer = tracer_provider.get_tracer("sdk-test")
for number in range(count):
    with tracer.start_as_current_span(f"login maria@pii.example.org") as span:
        span.set_attribute("test.id", f"{run}-{number}")
        span.add_event("mail", {"to": "maria@pii.example.org"})
tracer_provider.shutdown()

meter_provider = MeterProvider([PeriodicExportingMetricReader(metrics, export_interval_millis=3_600_000)], resource)
counter = meter_provider.get_meter("sdk-test").create_counter("logins")
for number in range(count):
    counter.add(1, {"test.id": f"{run}-{number}"})
meter_provider.shutdown()
