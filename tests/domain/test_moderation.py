"""The rules of judging, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Conflict, Forbidden
from backend.domain.moderation import approved_from, hidden_from, reports_hide
from backend.domain.roles import PERMISSIONS, Permission, Role
from backend.domain.states import VISIBLE, ReviewState

states = st.sampled_from(ReviewState)


@given(state=states)
def test_a_judgement_lands_where_it_says_or_is_a_conflict(state: ReviewState) -> None:
    for judge, visible in ((hidden_from, False), (lambda state: approved_from(state, waits=False), True)):
        try:
            assert (judge(state) in VISIBLE) is visible
            assert judge(state) is not state
        except Conflict:
            assert state is ReviewState.REMOVED or (state in VISIBLE) is visible


def test_what_was_approved_is_approved_again_where_readers_reported_it_since() -> None:
    assert approved_from(ReviewState.APPROVED, waits=True) is ReviewState.APPROVED


@given(state=states, reports=st.integers(1, 9), voters=st.integers(0, 9), threshold=st.integers(1, 9))
def test_more_reports_never_bring_a_review_back(state: ReviewState, reports: int, voters: int, threshold: int) -> None:
    hides = reports_hide(state, reports, voters, threshold)
    assert reports_hide(state, reports + 1, voters + 1, threshold) >= hides
    assert not (hides and state not in VISIBLE)


def test_reports_of_an_approved_review_count_only_known_voters() -> None:
    assert not reports_hide(ReviewState.APPROVED, 1000, 2, 1)
    assert reports_hide(ReviewState.APPROVED, 3, 3, 1)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_an_actor_may_what_its_role_may(role: Role, permission: Permission) -> None:
    actor = Actor(kind="user", id=1, role=role)
    assert actor.may(permission) is (permission in PERMISSIONS[role])
    if not actor.may(permission):
        with pytest.raises(Forbidden, match=role.value):
            actor.require(permission)


def test_the_public_may_nothing_and_the_system_everything() -> None:
    assert not any(Actor(kind="public").may(permission) for permission in Permission)
    assert all(SYSTEM.may(permission) for permission in Permission)
