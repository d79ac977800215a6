// Sends logs, spans and metrics through the Node OpenTelemetry SDK, as OTLP/JSON over HTTP.
//
// node send.mjs ENDPOINT RUN COUNT: COUNT log records and spans, each with an attribute `test.id`
// of `RUN-<number>`, and one counter that is observed once a number.
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';

const [endpoint, run, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const resource = resourceFromAttributes({ 'service.name': 'sdk-node', 'deployment.contact': 'ops@corp.example.com' });

const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${endpoint}/v1/logs` }) })],
});
const logger = logs.getLogger('sdk-test');
for (let number = 0; number < count; number++) {
  logger.emit({
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    body: `card 4539 6701 8200 0002 used by maria@pii.example.org, request ${number}`,
    attributes: {
      'test.id': `${run}-${number}`,
      'event.name': 'user.login',
      'user.id': `u-${number}`,
      password: 'hunter2-hunter2',
      details: { nested: { api_key: 'hunter2-hunter2', mail: 'maria@pii.example.org' } },
      list: ['plain', 'maria@pii.example.org'],
    },
  });
}
await logs.shutdown();

const spans = new BasicTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
});
const tracer = spans.getTracer('sdk-test');
for (let number = 0; number < count; number++) {
  const span = tracer.startSpan('login maria@pii.example.org');
  span.setAttribute('test.id', `${run}-${number}`);
  span.addEvent('mail', { to: 'maria@pii.example.org' });
  span.end();
}
await spans.shutdown();

const metrics = new MeterProvider({
  resource,
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` }),
      exportIntervalMillis: 3_600_000,
    }),
  ],
});
const counter = metrics.getMeter('sdk-test').createCounter('logins');
for (let number = 0; number < count; number++) counter.add(1, { 'test.id': `${run}-${number}` });
await metrics.shutdown();
