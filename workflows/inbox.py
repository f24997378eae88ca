"""Reading the mailboxes, each minute, as a Temporal Schedule asks: one reading, then the end."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.contract import MAIL_QUEUE, READ_MAILBOXES, MailRead
    from workflows import steady


@workflow.defn(name="InboxWorkflow")
class InboxWorkflow:
    """One reading of all mailboxes. Readings never overlap: the schedule skips one that would."""

    @workflow.run
    async def run(self) -> MailRead:
        """Have the mailboxes read; a database that is down is tried again until it is there."""
        done: MailRead = await workflow.execute_activity(
            READ_MAILBOXES,
            result_type=MailRead,
            task_queue=MAIL_QUEUE,
            start_to_close_timeout=steady.PERFORMED_WITHIN,
            heartbeat_timeout=steady.LOST_AFTER,
            retry_policy=steady.PATIENT,
            summary="read the mailboxes",
        )
        return done
