"""Keys: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.keys import KeyList, KeyView, NewKey
from client.shapes.keys_asked import KeyWanted
from client.wire import Wire, segment


class KeysCalls(Wire):
    """What other programs show to be let in."""

    async def list_keys(self) -> KeyList:
        """List the keys, also those that are over. Their secrets are kept nowhere."""
        return cast("KeyList", await self._call("GET", "/keys"))

    async def add_key(self, body: KeyWanted) -> NewKey:
        """Make a key. Its secret is in this answer alone; nobody gives a scope they have not."""
        return cast("NewKey", await self._call("POST", "/keys", body=body))

    async def revoke_key(self, key_id: str) -> KeyView:
        """End a key at once; one that is revoked stays so."""
        return cast("KeyView", await self._call("POST", f"/keys/{segment(key_id)}/revoke"))
