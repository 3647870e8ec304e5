"""What moderators do, one by one and in bulk, and what the law's reference makes of it."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from backend.domain.bulk import Change, Move, SetField, SetStatus
from backend.domain.errors import Conflict
from backend.domain.states import ReviewState
from backend.services import editing, erasing, moderation, replies
from backend.services.bulk import receipts, running
from backend.services.filters import Filters
from tests import cast
from tests.api.bare import Bare
from tests.api.known import Edit, Known, Run

CHANGES: list[Change] = [
    SetStatus(ReviewState.HIDDEN, "spam"),
    SetStatus(ReviewState.APPROVED),
    SetField("rating", 3),
    SetField("summary", "Mended"),
    Move(cast.BRIGHT_FUTURE),
]


class Moderators(RuleBasedStateMachine):
    """They judge, reply, edit, change in bulk and erase, and take back what can be."""

    api: Bare
    reviews: list[Known]
    bulks: list[Run]

    def agree(self) -> None:
        raise NotImplementedError

    def one(self, pick: int) -> Known | None:
        # The newest most often. What was erased is there for nobody.
        there = [review for review in self.reviews if review.state is not ReviewState.REMOVED]
        return there[-1 - pick % len(there)] if there else None

    @rule(pick=st.integers(0), becomes=st.sampled_from([ReviewState.HIDDEN, ReviewState.APPROVED, ReviewState.HELD]))
    def judge(self, pick: int, becomes: ReviewState) -> None:
        if review := self.one(pick):

            async def judge() -> int:
                async with self.api.database.write() as writer:
                    match becomes:
                        case ReviewState.HIDDEN:
                            return await moderation.hide(writer, cast.MODERATOR, review.id, "spam")
                        case ReviewState.APPROVED:
                            return await moderation.restore(writer, cast.MODERATOR, review.id)
                        case _:
                            return await moderation.hold(writer, cast.MODERATOR, review.id)

            if review.state is becomes is ReviewState.APPROVED and review.reports:
                pass  # it may wait again, and be approved anew
            elif review.state is becomes or (review.state, becomes) == (ReviewState.HIDDEN, ReviewState.HELD):
                with pytest.raises(Conflict):
                    self.api.run(judge())
            else:
                review.changed(self.api.run(judge()), becomes, review.response)
        self.agree()

    @rule(pick=st.integers(0), text=st.sampled_from(["Thank you.", "We are sorry."]))
    def reply(self, pick: int, text: str) -> None:
        review = self.one(pick)
        if review and review.response != text:

            async def reply() -> int:
                async with self.api.database.write() as writer:
                    return await replies.reply(writer, cast.MODERATOR, review.id, text)

            review.changed(self.api.run(reply()), review.state, text)
            review.edited = True
        self.agree()

    @rule(pick=st.integers(0))
    def undo(self, pick: int) -> None:
        review = self.one(pick)
        if review and review.undoable:
            change = review.undoable.pop()

            async def undo() -> int:
                async with self.api.database.write() as writer:
                    return (await moderation.undo(writer, cast.MODERATOR, change.event_id)).reversed

            stands = review.standing is change.left
            assert self.api.run(undo()) == stands
            if stands:
                review.state, review.response, review.standing = change.state, change.response, change.found
        self.agree()

    @rule(
        pick=st.integers(0),
        rating=st.integers(1, 5),
        recommend=st.booleans(),
        moves=st.booleans(),
        value=st.none() | st.integers(1, 5),
        text=st.integers(0, 2),
        stale=st.booleans(),
    )
    def edit(
        self, pick: int, rating: int, recommend: bool, moves: bool, value: int | None, text: int, stale: bool
    ) -> None:
        """A moderator rewrites it, perhaps for another product, where only what is rated there stays."""
        if review := self.one(pick):
            product = cast.BRIGHT_FUTURE if moves else review.product
            given: dict[str, Any] = {"rating": rating, "recommend": recommend, "summary": f"Edited {text}"}
            given["product_id"] = product
            if review.product == cast.CAMO_ONESIE:
                given[f"characteristic.{cast.FIT}"] = value

            async def edit() -> int | None:
                async with self.api.database.write() as writer:
                    version = await writer.fetch_value("select version from review where id = %s", (review.id,))
                    asked = version - 1 if stale else version
                    return (await editing.edit(writer, cast.MODERATOR, review.id, asked, given)).event_id

            if stale:
                with pytest.raises(editing.Overtaken):
                    self.api.run(edit())
            elif event_id := self.api.run(edit()):
                was = replace(review)
                rated = {**review.sent["characteristics"], str(cast.FIT): value}
                rated = {number: stars for number, stars in rated.items() if stars and not moves}
                review.sent = {**review.sent, "rating": rating, "recommend": recommend, "summary": given["summary"]}
                review.sent["characteristics"] = rated
                review.product, review.standing, review.edited = product, object(), True
                review.edits.append(Edit(event_id, was, review.standing))
        self.agree()

    @rule(pick=st.integers(0))
    def revert(self, pick: int) -> None:
        """The last edit is taken back, whatever was decided since."""
        review = self.one(pick)
        if review and review.edits:
            edit = review.edits.pop()

            async def revert() -> int:
                async with self.api.database.write() as writer:
                    return (await editing.revert(writer, cast.MODERATOR, edit.event_id)).reversed

            assert self.api.run(revert()) == 1
            review.sent, review.product = edit.found.sent, edit.found.product
            review.standing = edit.found.standing if review.standing is edit.left else object()
        self.agree()

    @rule(pick=st.integers(0))
    def erase(self, pick: int) -> None:
        if review := self.one(pick):

            async def erase() -> int:
                async with self.api.database.write() as writer:
                    return await erasing.erase_reviews(writer, cast.LEAD, [review.id], cause="a request")

            assert self.api.run(erase()) == 1
            review.put(ReviewState.REMOVED, None)
            review.undoable.clear()
            review.edits.clear()
        self.agree()

    @rule(
        product=st.sampled_from([cast.CAMO_ONESIE, cast.BRIGHT_FUTURE]),
        change=st.sampled_from(CHANGES),
    )
    def change_in_bulk(self, product: int, change: Change) -> None:
        async def run() -> int:
            async with self.api.database.write() as writer:
                asked = Filters(product_id=product)
                bulk_id = await receipts.of_matching(writer, cast.LEAD, asked, ZoneInfo("UTC"))
                await receipts.add(writer, cast.LEAD, bulk_id, change)
                await running.start(writer, cast.LEAD, bulk_id, "The law.")
                return bulk_id

        scope = [
            review for review in self.reviews if review.product == product and review.state is not ReviewState.REMOVED
        ]
        # What was approved and reported since may wait again, and be approved anew.
        if not scope or any(review.state is ReviewState.APPROVED and review.reports for review in scope):
            return
        done = Run(self.api.run(run()))
        for review in scope:
            was = replace(review)
            match change:
                case SetStatus():
                    review.state = change.state
                case SetField():
                    review.sent = {**review.sent, change.name: change.value}
                case Move() if review.product != change.product_id:
                    review.product, review.sent = change.product_id, {**review.sent, "characteristics": {}}
            if (review.state, review.sent, review.product) != (was.state, was.sent, was.product):
                review.edited = review.edited or not isinstance(change, SetStatus)
                review.standing = object()
                done.left[review.id] = review.standing, was
        self.bulks.append(done)
        self.agree()

    @precondition(lambda self: self.bulks)
    @rule()
    def take_back(self) -> None:
        done = self.bulks.pop()

        async def revert() -> None:
            async with self.api.database.write() as writer:
                await running.start_revert(writer, cast.LEAD, done.id)

        erased = {review.id for review in self.reviews if review.state is ReviewState.REMOVED}
        if done.left.keys() - erased:
            self.api.run(revert())
        elif done.left:
            with pytest.raises(Conflict, match="not of erased reviews"):
                self.api.run(revert())
        for number, (standing, was) in done.left.items():
            review = next((review for review in self.reviews if review.id == number), None)
            if review and was and review.standing is standing:
                review.bring_back(was)
        self.agree()
