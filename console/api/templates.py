"""Templates: the words of mails, checked and seen before anybody gets them."""

from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import caller_of, needs
from console.api.asking import Asked, DryRun, Here, Id
from console.api.asking import Word as Name
from console.api.route import router
from console.desk import desk_of
from domain.access import Permission
from operations.authoring import previews, proofs, templates, wording
from operations.authoring.previews import Filled
from operations.authoring.proofs import Proof
from operations.authoring.templates import Checked, Problem, Shelf, Template
from operations.authoring.wording import Drafted, PublishedWords, VersionLine

Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,2}$")]
Word = Annotated[str, Field(pattern=r"^[\w.:+-]{1,80}$")]
Shown = TypeVar("Shown", Template, Problem)

InQuery = Annotated[Locale | None, Query(description="A language, such as en or pl")]


class TestMail(BaseModel):
    """Which of our own people gets it, by id or address, and whom it is filled in for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[str, Field(min_length=1, max_length=320)]
    deal: Word | None = None
    contact: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    locale: Locale | None = None


class TemplateText(BaseModel):
    """A mail as it is written, in one language (the default one without `locale`).

    `base` names the text that it was made from, as it was answered with: refused when another
    one holds by now. Without it the text is published over whatever holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=200_000)]
    locale: Locale | None = None
    base: Annotated[str, Field(pattern=r"^[a-z2-7]{0,40}$")] | None = None


class TemplateHistory(BaseModel):
    """What was published of a mail in a language, the newest first."""

    versions: tuple[VersionLine, ...]


class TemplateList(BaseModel):
    """Every mail file by name."""

    templates: list[Template]


class TemplateSource(BaseModel):
    """A mail file as it is written; no `template` where it cannot be read."""

    template: Template | None
    source: str


def routes() -> APIRouter:
    """`/templates`."""
    api = router("/templates", "Templates")

    @api.get("")
    def list_templates(house: Here) -> TemplateList:
        """List the mails that a playbook may name."""
        found = templates.list_all(house.config.templates, house.written())
        return TemplateList(templates=[_named(one) for one in found])

    @api.get("/problems")
    def check_templates(
        request: Request,
        template: Annotated[str | None, Query(pattern=r"^[\w.-]{1,80}$")] = None,
        locale: InQuery = None,
    ) -> Checked:
        """Check the words of one mail or all, in one language or every.

        The first look at all of them takes seconds; after it only what changed is read again.
        """
        found = _shelf(request).check(template, locale)
        return Checked(
            mails=tuple(map(_named, found.mails)), problems=tuple(map(_named, found.problems))
        )

    @api.get("/{template}")
    def show_template(house: Here, template: Id, locale: InQuery = None) -> TemplateSource:
        """Show a mail file as it is written."""
        found, source = templates.source(house.config.templates, template, locale, house.written())
        return TemplateSource(template=_named(found) if found else None, source=source)

    @api.get("/{template}/preview")
    def preview_template(
        house: Here,
        request: Request,
        template: Id,
        deal: Annotated[Name | None, Query(description="Filled in for this deal")] = None,
        contact: Annotated[Name | None, Query(description="For this contact's id")] = None,
        locale: InQuery = None,
    ) -> Filled:
        """Fill a mail in, with made-up people or for a deal or contact. Sends nothing.

        For a deal or contact it needs `read_personal` as well.
        """
        if deal is None and contact is None:
            return previews.preview(
                house.config.templates, template, locale, house.kitchen, house.written()
            )
        caller_of(request).must(Permission.READ_PERSONAL)
        return previews.preview_for(house, template, deal=deal, contact=contact, locale=locale)

    @api.post("/{template}/send-test", dependencies=[needs(Permission.WRITE_TEMPLATES)])
    async def send_test(
        house: Here, template: Id, mail: TestMail, asked: Asked, dry_run: DryRun = False
    ) -> Proof:
        """Send a mail to one of our own people, marked as a test; never to a contact."""
        return await proofs.send_test(
            house,
            template,
            mail.to,
            **asked.named,
            deal=mail.deal,
            contact=mail.contact,
            locale=mail.locale,
            dry_run=dry_run,
        )

    _writing(api)
    return api


def _writing(api: APIRouter) -> None:
    """What was published of a mail, and what may be published of it."""

    @api.get("/{template}/versions")
    def list_template_versions(
        house: Here, template: Id, locale: InQuery = None
    ) -> TemplateHistory:
        """List what was published of a mail in a language, when and by whom."""
        return TemplateHistory(versions=wording.history(house, template, locale))

    @api.post("/{template}/check", dependencies=[needs(Permission.WRITE_TEMPLATES)])
    def check_template_text(house: Here, template: Id, mail: TemplateText) -> Drafted:
        """Look at a text for a mail: what is wrong with it, and which lines would change."""
        found = wording.examine(house, template, mail.locale, mail.text, mail.base or "")
        problems = tuple(map(_named, found.problems))
        update = {"file": Path(found.file).name, "problems": problems}
        return found.model_copy(update=update)

    @api.post("/{template}/publish", dependencies=[needs(Permission.WRITE_TEMPLATES)])
    def publish_template(
        house: Here, template: Id, mail: TemplateText, asked: Asked
    ) -> PublishedWords:
        """Publish a text: it holds at once, for the mails that are written from then on."""
        return wording.publish(
            house, template, mail.locale, mail.text, **asked.named, base=mail.base
        )


def _shelf(request: Request) -> Shelf:
    """What remembers of each file what was found in it, as long as the application lives."""
    return desk_of(request).shelf


def _named(one: Shown) -> Shown:
    """The same with the file's name alone: where it lies is no caller's business."""
    return one.model_copy(update={"file": Path(one.file).name})
