"""A playbook's text made from its parts, for an edition that was published without one.

It says what the parts say, in the order of the language; the remarks of an author, and the dates
of holidays that publishing worked out, are not in it.
"""

import io
import re
from collections.abc import Sequence
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode, SequenceNode
from ruamel.yaml.representer import SafeRepresenter

from domain.playbooks.parts import joined
from domain.playbooks.playbook import Playbook
from operations.authoring.yaml_tree import LARGEST, is_plain
from store import playbooks
from store.database import Tx
from store.playbooks import Edition

WORKED_OUT: Final = {"calendar": {"holidays", "holidays_from"}}
"""What publishing fills in."""

_BARE: Final = re.compile(r"\w[^\x85\u2028\u2029]*")
"""Words that may stand without quotes: other signs at their beginning mean something to one
reader or the other, and these three are ends of a line, which are folded."""

ABREAST: Final = 60
"""Words in so many letters stand in one line."""


def text_of(tx: Tx, edition: Edition) -> tuple[str, bool]:
    """The text of an edition, and whether it had to be made from its parts."""
    if edition.source is not None:
        return edition.source, False
    held = playbooks.load_parts(tx, edition.playbook, set(edition.parts.items()))
    found = {part: held[part, version] for part, version in edition.parts.items()}
    return written(joined(edition.playbook, found)), True


def written(playbook: Playbook) -> str:
    """The playbook in YAML; what is as it is where nothing is said is left out."""
    said = playbook.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_defaults=True, exclude=WORKED_OUT
    )
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    yaml.width = LARGEST
    text = io.StringIO()
    yaml.dump(said, text)
    return text.getvalue()


class _Representer(SafeRepresenter):
    """Quotes what one reader of YAML takes for another thing, and sets short lists in a line."""

    def words(self, text: str) -> ScalarNode:
        quoted = None if is_plain(text) and _BARE.fullmatch(text) else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=quoted)

    def row(self, found: Sequence[Any]) -> SequenceNode:
        texts = [one for one in found if isinstance(one, str)]
        abreast = len(texts) == len(found) and sum(map(len, texts)) <= ABREAST
        return self.represent_sequence("tag:yaml.org,2002:seq", found, flow_style=abreast)


_Representer.add_representer(str, _Representer.words)
_Representer.add_representer(list, _Representer.row)
