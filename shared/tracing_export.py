"""Sending spans over OTLP: the one module that needs the extra `tracing`."""

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes


class NoLonelyCalls(Sampler):
    """Leaves out calls that belong to nothing: every process asks Redis every two seconds."""

    def __init__(self, others: Sampler) -> None:
        """Let `others` decide about the rest."""
        self._others = others

    def should_sample(  # noqa: PLR0913, PLR0917  # as the base has it
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide about one span."""
        has_parent = get_current_span(parent_context).get_span_context().is_valid
        if kind is SpanKind.CLIENT and not has_parent:
            return SamplingResult(Decision.DROP)
        return self._others.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        """Name this sampler."""
        return f"NoLonelyCalls({self._others.get_description()})"


def start_export(process: str) -> None:
    """Send the spans of this process in batches, those of its calls to Redis too.

    Where to, with which headers and how many is in the standard `OTEL_*` variables. Commands are
    sent without their arguments.
    """
    resource = Resource.create({SERVICE_NAME: f"butaca-{process}"})
    # The sampler of the environment, which only a provider knows how to read.
    usual = TracerProvider(resource=resource, shutdown_on_exit=False).sampler
    provider = TracerProvider(
        resource=resource, sampler=NoLonelyCalls(usual), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    RedisInstrumentor().instrument(tracer_provider=provider)
