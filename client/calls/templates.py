"""Templates: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.templates import (
    Drafted,
    Filled,
    Proof,
    PublishedWords,
    TemplateHistory,
    TemplateList,
    TemplatesChecked,
    TemplateSource,
)
from client.shapes.templates_asked import TemplateText, TestMail
from client.wire import Wire, segment


class TemplatesCalls(Wire):
    """The words."""

    async def list_templates(self) -> TemplateList:
        """List the mails that a playbook may name."""
        return cast("TemplateList", await self._call("GET", "/templates"))

    async def check_templates(
        self, *, template: str | None = None, locale: str | None = None
    ) -> TemplatesChecked:
        """Check the words of one mail or all, in one language or every."""
        return cast(
            "TemplatesChecked",
            await self._call(
                "GET", "/templates/problems", query={"template": template, "locale": locale}
            ),
        )

    async def show_template(self, template: str, *, locale: str | None = None) -> TemplateSource:
        """Show a mail file as it is written."""
        return cast(
            "TemplateSource",
            await self._call("GET", f"/templates/{segment(template)}", query={"locale": locale}),
        )

    async def preview_template(
        self,
        template: str,
        *,
        deal: str | None = None,
        contact: str | None = None,
        locale: str | None = None,
    ) -> Filled:
        """Fill a mail in, with made-up people or for a deal or contact. Sends nothing."""
        return cast(
            "Filled",
            await self._call(
                "GET",
                f"/templates/{segment(template)}/preview",
                query={"deal": deal, "contact": contact, "locale": locale},
            ),
        )

    async def send_test(
        self,
        template: str,
        body: TestMail,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Proof:
        """Send a mail to one of our own people, marked as a test; never to a contact."""
        return cast(
            "Proof",
            await self._call(
                "POST",
                f"/templates/{segment(template)}/send-test",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def list_template_versions(
        self, template: str, *, locale: str | None = None
    ) -> TemplateHistory:
        """List what was published of a mail in a language, when and by whom."""
        return cast(
            "TemplateHistory",
            await self._call(
                "GET", f"/templates/{segment(template)}/versions", query={"locale": locale}
            ),
        )

    async def check_template_text(self, template: str, body: TemplateText) -> Drafted:
        """Look at a text for a mail: what is wrong with it, and which lines would change."""
        return cast(
            "Drafted", await self._call("POST", f"/templates/{segment(template)}/check", body=body)
        )

    async def publish_template(
        self, template: str, body: TemplateText, *, idempotency_key: str | None = None
    ) -> PublishedWords:
        """Publish a text: it holds at once, for the mails that are written from then on."""
        return cast(
            "PublishedWords",
            await self._call(
                "POST",
                f"/templates/{segment(template)}/publish",
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
