"""Endpoints of webhooks: made, shown, changed and removed; each change stands in the audit log.

Nothing here asks Temporal: a worker sees by the table whose workflow is to be woken.
"""

import secrets as chance
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from activities.contract import webhook_workflow_id
from domain import webhooks as w
from domain.events import KINDS
from domain.ids import new_id
from domain.plain import unfit
from domain.playbooks.words import suggestion
from domain.refusal import Malformed, NotFound, Refused
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from operations.once import Asked, once
from store import ledger, webhooks
from store.database import Tx
from store.webhooks import Endpoint

ENDPOINTS_MAX: Final = 50
"""Each has a workflow of its own and reads the whole ledger."""

DESCRIPTION_MAX: Final = 200


class WebhookView(BaseModel):
    """An endpoint as the doors show it.

    `status` is active, paused or disabled; `because` says why it was disabled: gone or failing.
    `behind` counts the events of the ledger that it has not been told yet, whether or not it
    wants them. `waiting` and `dead` count deliveries that failed.
    """

    model_config = ConfigDict(frozen=True)

    webhook_id: str
    url: str
    description: str
    kinds: tuple[str, ...]
    status: str
    status_since: AwareDatetime
    because: str | None
    settled: int
    behind: int
    waiting: int
    dead: int
    next_at: AwareDatetime | None
    failing_since: AwareDatetime | None
    rotated_at: AwareDatetime | None
    created_at: AwareDatetime
    created_by: str


class NewWebhook(WebhookView):
    """An endpoint with the secret that signs from now on; it is never shown again.

    None in a dry run, which makes no secret.
    """

    secret: str | None


class Troubled(BaseModel):
    """An endpoint that wants a person: disabled (`because`), or with events `given_up` lately."""

    model_config = ConfigDict(frozen=True)

    webhook_id: str
    description: str
    because: str | None
    since: AwareDatetime
    given_up: int


def add(
    house: House,
    url: str,
    *,
    actor: str,
    kinds: Sequence[str] = (),
    description: str = "",
    after: int | None = None,
    command_id: str | None = None,
    dry_run: bool = False,
) -> NewWebhook:
    """Make an endpoint that is told what happens from now on, or behind position `after`.

    A dry run keeps nothing. Raises Malformed for an address, kind or position that cannot be,
    Refused when there are too many.
    """
    endpoint = _checked(house, url, kinds, description, actor, command_id)
    said = {"url": endpoint.url, "kinds": endpoint.kinds, "after": after}
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                begun = _begun(tx, endpoint, after)
                return NewWebhook(**shown(tx, begun).model_dump(), secret=None)
        with house.store.write() as tx:
            stream = webhook_workflow_id(endpoint.webhook_id)

            def work() -> WebhookView:
                begun = _begun(tx, endpoint, after)
                if not webhooks.add(tx, begun):
                    raise Refused("webhook_taken", "two were given the same id; ask again")
                return shown(tx, begun)

            asked = Asked(stream, "add_webhook", actor, said, command_id)
            kept = once(house, tx, asked, WebhookView, work)
            found = find(tx, kept.webhook_id)
            return _with_secret(house, found, shown(tx, found))


def list_all(house: House) -> list[WebhookView]:
    """Every endpoint, the oldest first."""
    with reaching("the database"), house.store.read() as tx:
        last, counts = ledger.last_position(tx), webhooks.counts(tx)
        return [_view(one, last, counts) for one in webhooks.all_of(tx)]


def troubled(house: House) -> list[Troubled]:
    """Endpoints that an admin has to look at: disabled, or with events given up lately."""
    since = house.time.wall() - w.TOLD_FOR
    with reaching("the database"), house.store.read() as tx:
        return [
            Troubled(
                webhook_id=one.webhook_id,
                description=one.description,
                because=one.because if one.status == "disabled" else None,
                since=one.status_since,
                given_up=count,
            )
            for one, count in webhooks.troubled(tx, since)
        ]


def show(house: House, webhook_id: str) -> WebhookView:
    """One endpoint. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        return shown(tx, find(tx, webhook_id))


def rotate(house: House, webhook_id: str, *, actor: str) -> NewWebhook:
    """Give an endpoint a new secret; for a day the one before it signs too. Raises NotFound.

    Refused within that day: the receiver could not know the one before the last.
    """
    now = house.time.wall()
    with reaching("the database"), house.store.write() as tx:
        endpoint = find(tx, webhook_id, lock=True)
        if endpoint.rotated_at is not None and now - endpoint.rotated_at < w.BOTH_SIGN:
            told = "its secret was changed within a day, and the one before it still signs"
            raise Refused("rotated_already", told)
        fresh = {"generation": endpoint.generation + 1, "rotated_at": now}
        webhooks.save(tx, webhook_id, **fresh)
        _note(tx, house, "rotate_webhook", webhook_id, actor)
        view = shown(tx, find(tx, webhook_id))
        endpoint = replace(endpoint, generation=endpoint.generation + 1)
    return _with_secret(house, endpoint, view)


def pause(house: House, webhook_id: str, *, actor: str) -> WebhookView:
    """Tell an endpoint nothing until it is resumed; nothing is lost meanwhile. Raises NotFound."""
    return _turn(house, webhook_id, "paused", "pause_webhook", actor)


def resume(house: House, webhook_id: str, *, actor: str) -> WebhookView:
    """Go on where it was left, also after it was disabled. Raises NotFound."""
    return _turn(house, webhook_id, "active", "resume_webhook", actor)


def remove(house: House, webhook_id: str, *, actor: str) -> WebhookView:
    """Forget an endpoint and what it was told. Raises NotFound."""
    with reaching("the database"), house.store.write() as tx:
        view = shown(tx, find(tx, webhook_id, lock=True))
        webhooks.remove(tx, webhook_id)
        _note(tx, house, "remove_webhook", webhook_id, actor)
    return view


def find(tx: Tx, webhook_id: str, *, lock: bool = False) -> Endpoint:
    """The endpoint of that id. Raises NotFound."""
    found = webhooks.load(tx, webhook_id, lock=lock)
    if found is None:
        told = f'there is no webhook "{webhook_id[:40]}"; list them with: sluice webhook list'
        raise NotFound(told, "webhook")
    return found


def shown(tx: Tx, endpoint: Endpoint) -> WebhookView:
    """The endpoint as the doors show it."""
    return _view(endpoint, ledger.last_position(tx), webhooks.counts(tx))


def _turn(house: House, webhook_id: str, status: str, what: str, actor: str) -> WebhookView:
    now = house.time.wall()
    with reaching("the database"), house.store.write() as tx:
        endpoint = find(tx, webhook_id, lock=True)
        if endpoint.status != status:
            fresh: dict[str, Any] = {"status": status, "status_since": now, "because": None}
            if status == "active":
                # What failed is tried at once, and as often as if it were new.
                head = webhooks.head(tx, endpoint)
                if head is not None:
                    webhooks.keep(tx, replace(head, tries=0, next_at=now))
                fresh |= {"next_at": None, "failing_since": None}
            webhooks.ring(tx, webhook_id, **fresh)
            _note(tx, house, what, webhook_id, actor)
        return shown(tx, find(tx, webhook_id))


def _checked(
    house: House,
    url: str,
    kinds: Sequence[str],
    description: str,
    actor: str,
    command_id: str | None,
) -> Endpoint:
    for kind in kinds:
        if kind not in KINDS:
            hint = suggestion(kind, KINDS)
            raise Malformed(f'"{kind[:60]}" is no kind of event{hint}', "kinds")
    wrong = unfit(description)
    if wrong is not None or len(description) > DESCRIPTION_MAX:
        told = wrong or f"a description has at most {DESCRIPTION_MAX} characters"
        raise Malformed(told, "description")
    now = house.time.wall()
    return Endpoint(
        # The same command asked again is about the same endpoint.
        webhook_id=new_id("WH", command_id or chance.token_hex()),
        url=w.checked_url(url.strip(), loopback=house.config.webhook_loopback),
        description=" ".join(description.split()),
        kinds=tuple(sorted(set(kinds))),
        status_since=now,
        created_at=now,
        created_by=actor,
    )


def _begun(tx: Tx, endpoint: Endpoint, after: int | None) -> Endpoint:
    """The endpoint with the position behind which it begins. Raises Malformed, Refused."""
    last, count = ledger.last_position(tx), len(webhooks.all_of(tx))
    if after is not None and not 0 <= after <= last:
        raise Malformed(f"positions go from 0 to {last}", "after")
    if count >= ENDPOINTS_MAX:
        raise Refused("too_many_webhooks", f"there are {count} webhooks; remove one first")
    begin = last if after is None else after
    return replace(endpoint, settled=begin, told=begin)


def _note(tx: Tx, house: House, what: str, webhook_id: str, actor: str) -> None:
    note(tx, house, what, actor=actor, stream=webhook_workflow_id(webhook_id))


def _view(one: Endpoint, last: int, counts: dict[tuple[str, str], int]) -> WebhookView:
    names = WebhookView.model_fields.keys() - {"behind", "waiting", "dead"}
    return WebhookView(
        behind=last - one.settled,
        waiting=counts.get((one.webhook_id, "waiting"), 0),
        dead=counts.get((one.webhook_id, "dead"), 0),
        **{name: getattr(one, name) for name in names},
    )


def _with_secret(house: House, endpoint: Endpoint, view: WebhookView) -> NewWebhook:
    secret = w.derived_secret(house.config.secret, endpoint.webhook_id, endpoint.generation)
    return NewWebhook(**view.model_dump(), secret=w.shown_secret(secret))
