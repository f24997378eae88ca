"""What became of something asked, in words for the page that is shown next."""

from collections.abc import Mapping
from types import TracebackType

from starlette.requests import Request

from console.desk import tell
from console.sessions import Answer
from domain.refusal import Malformed, Refused
from operations.desk import ApplyFailed, NotYetRecorded
from operations.house import EngineUnreachable


class asking:  # noqa: N801  (reads as a word: with asking(request, deal_id, "Moved"))
    """Keep the answer to what is asked inside the block, whether it was done or refused.

    `done` is what it says when all went well; the block may change it. What cannot be answered
    in a sentence on the page goes on to the handlers of faults.
    """

    def __init__(
        self,
        request: Request,
        about: str,
        done: str,
        form: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> None:
        self.request = request
        self.about = about
        self.done = done
        self.form = form
        self.typed = typed or {}

    def __enter__(self) -> "asking":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None:
            tell(self.request, Answer("done", f"{self.done}.", self.about, self.form))
            return True
        text = said(error)
        if text is None:
            return False
        late = isinstance(error, NotYetRecorded)
        if late:
            tell(self.request, Answer("done", text, self.about, self.form))
        else:
            where = _field(error, self.typed)
            tell(self.request, Answer("refused", text, self.about, self.form, self.typed, where))
        return True


def _field(error: BaseException, typed: Mapping[str, str]) -> str:
    """The field of the form that is wrong, where it has one of that name."""
    named = error.where or "" if isinstance(error, Refused | Malformed) else ""
    for name in (named, named.removesuffix("_id")):
        if name in typed:
            return name
    # A field that a playbook declares has its kind before its name.
    mine = (one for one in typed if named and one.partition(".")[2] == named)
    return next((one for one in mine if not one.startswith("was.")), "")


def said(error: BaseException) -> str | None:
    """The sentence for what was raised; None for what is nobody's answer."""
    match error:
        case Refused():
            return f"Refused: {error.message}."
        case Malformed():
            return f"Not understood: {error.message}."
        case NotYetRecorded():
            told = "Accepted, not yet recorded: no worker has answered so far. It is kept as"
            return f"{told} {error.command_id}."
        case EngineUnreachable():
            return f"Nothing was changed: {error.engine} cannot be reached ({error.reason})."
        case ApplyFailed():
            told = "A fault of ours; the deal's mail is held until somebody has looked. It is kept"
            return f"{told} as {error.command_id}."
        case _:
            return None
