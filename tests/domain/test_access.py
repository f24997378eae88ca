"""Who may do what is one matrix, and what is not in it is refused."""

import pytest

from domain.access import Permission, Role, permissions_of, roles_with

MATRIX = """
                  viewer  rep  marketing  ops  admin
read              yes     yes  yes        yes  yes
read_personal     -       yes  yes        yes  yes
work_deals        -       yes  -          yes  yes
keep_contacts     -       yes  yes        yes  yes
run_nurtures      -       -    yes        yes  yes
write_templates   -       -    yes        yes  yes
write_playbooks   -       -    -          yes  yes
settle_mail       -       -    -          yes  yes
import            -       -    -          yes  yes
erase             -       -    -          -    yes
manage_people     -       -    -          -    yes
manage_keys       -       -    -          -    yes
measure           -       -    -          -    yes
inspect           -       -    -          -    yes
"""


def test_the_matrix_is_the_one_that_was_agreed() -> None:
    heads, *rows = [line.split() for line in MATRIX.strip().splitlines()]
    assert heads == [role.value for role in Role]
    assert [row[0] for row in rows] == [one.value for one in Permission]
    for permission, *cells in rows:
        having = [head for head, cell in zip(heads, cells, strict=True) if cell == "yes"]
        assert list(roles_with(Permission(permission))) == having


def test_nobody_may_do_anything_without_a_role() -> None:
    assert permissions_of(None) == frozenset()


@pytest.mark.parametrize("wider", [Role.OPS, Role.ADMIN])
def test_ops_and_admins_may_do_what_a_rep_and_a_marketer_may(wider: Role) -> None:
    for narrow in (Role.VIEWER, Role.REP, Role.MARKETING):
        assert permissions_of(narrow) < permissions_of(wider)
