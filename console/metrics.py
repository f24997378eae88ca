"""`/metrics` in the text form of Prometheus: the figures of the house, and of this console."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from time import monotonic
from typing import Any, Final

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Metric, generate_latest
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import needs
from console.desk import TheDesk
from console.wall import METRICS
from domain.access import Permission
from operations import metrics
from operations.metrics import Family

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counted:
    """Counts requests by the template of their route, so that no id becomes a label."""

    def __init__(self, app: ASGIApp, counts: "Counts") -> None:
        self.app = app
        self.counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, counted once it is answered; one that ends without an answer is a 500."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 500, monotonic()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            self.counts.add(scope, status, monotonic() - began)


class Counts:
    """How many requests this process answered, and how long that took."""

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, str, int]] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        """One request; what no route took has no template."""
        route: Any = scope.get("route")
        template = str(getattr(route, "path", "none"))
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.answered[(template, method, status)] += 1
        self.seconds[template] += seconds

    def families(self) -> list[Family]:
        """The counts as metrics."""
        told = "Requests that this console answered."
        requests = Family("sluice_http_requests_total", "counter", told)
        for (route, method, status), count in sorted(self.answered.items()):
            labels = {"route": route, "method": method, "status": str(status)}
            requests.samples.append((labels, float(count)))
        took = Family("sluice_http_seconds_total", "counter", "Seconds that answering took.")
        for name, spent in sorted(self.seconds.items()):
            took.samples.append(({"route": name}, spent))
        return [requests, took]


def routes() -> APIRouter:
    """`/metrics`, for a key with the scope `measure`, or for this machine if that is allowed."""
    router = APIRouter(dependencies=[needs(Permission.MEASURE)])

    @router.get(METRICS)
    async def show(request: Request, desk: TheDesk) -> PlainTextResponse:
        """Everything, as of now."""
        counts: Counts = request.app.state.counts
        found = [*await metrics.families(desk.house), *counts.families()]
        return PlainTextResponse(written(found), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router


def written(families: list[Family]) -> bytes:
    """Metrics in the text form of Prometheus, version 0.0.4."""
    return generate_latest(_Told(families))


class _Told(Collector):
    """What was read for one answer: no registry keeps it, so no process knows an old figure."""

    def __init__(self, families: list[Family]) -> None:
        self.families = families

    def collect(self) -> Iterator[Metric]:
        """Each family as the package has it, which puts the end of a counter's name itself."""
        for one in self.families:
            metric = Metric(one.name.removesuffix("_total"), one.help, one.kind)
            for labels, value in one.samples:
                metric.add_sample(one.name, dict(labels), value)
            yield metric
