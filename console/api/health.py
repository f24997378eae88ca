"""The memory, held against the ledger that it was made from."""

from fastapi import APIRouter

from console.api.asking import Here
from console.api.route import router
from domain.access import Permission
from operations import upkeep
from operations.upkeep import Health


def routes() -> APIRouter:
    """`/verify`."""
    api = router("/verify", "Memory", Permission.INSPECT)

    @api.get("")
    def verify_memory(house: Here) -> Health:
        """Compare the ledger with everything made from it; reads all of it, so ask seldom."""
        return upkeep.check(house)

    return api
