"""A law: after any sequence of writes, list, meta and stats say what a naive reading of the same history says."""

import asyncio
import json
import math
from dataclasses import replace
from itertools import count
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from backend.domain import screening
from backend.domain.actors import SYSTEM
from backend.domain.states import DECIDED, VISIBLE, ReviewState
from backend.services import checking
from backend.services.screening import set_rule
from backend.settings import Settings
from tests import cast
from tests.api.asking import draft
from tests.api.bare import Bare, bare
from tests.api.known import Known, Run, as_listed, demand_stats, without_photo_ids
from tests.api.moderators import Moderators
from tests.examples import tried
from tests.jobs import delivery

JSON = [(b"content-type", b"application/json")]


class Storefront(Moderators):
    """Shoppers who write, vote and report, a rule that holds links, a moderator who does all there is, deliveries."""

    api: Bare
    settings: Settings
    folder: Path
    examples = count()

    @initialize()
    def empty(self) -> None:
        self.reviews: list[Known] = []
        self.runs: list[Run] = []
        self.bulks: list[Run] = []
        self.sent: set[tuple[int, str, str]] = set()  # within a day, as all is here
        # What earlier examples delivered, the trace still knows.
        self.first_id = 100 * next(self.examples) + 1

        async def clear() -> None:
            async with self.api.database.write() as writer:
                await writer.execute("delete from review")
                await writer.execute("delete from product_rollup")
                await writer.execute("delete from submission")

        self.api.run(clear())

    @rule(
        product=st.sampled_from([cast.CAMO_ONESIE, cast.BRIGHT_FUTURE]),
        rating=st.integers(1, 5),
        recommend=st.booleans(),
        values=st.dictionaries(st.sampled_from([cast.FIT, cast.LENGTH]), st.integers(1, 5)),
        photos=st.integers(0, 2),
        text=st.integers(0, 9),
        shopper=st.sampled_from(["ana", "ben"]),
        linked=st.booleans(),
    )
    def submit(
        self,
        product: int,
        rating: int,
        recommend: bool,
        values: dict[int, int],
        photos: int,
        text: int,
        shopper: str,
        linked: bool,
    ) -> None:
        sent = draft(
            product_id=product,
            rating=rating,
            recommend=recommend,
            summary=f"Review {text}{' at www.example.org' * linked}",
            email=f"{shopper}@example.org",
            characteristics={str(number): value for number, value in values.items()} if product == 1 else {},
            photos=["https://photos.example.org/1.jpg"] * photos,
        )
        reply = self.api.ask("POST", "/reviews", json.dumps(sent).encode(), JSON)
        same = (product, sent["email"], sent["summary"])
        if same in self.sent:
            assert reply.status == 422
            self.agree()
            return
        self.sent.add(same)
        assert reply.status == 201
        assert reply.headers["x-review-state"] == ("held" if linked else "published")
        number = int(reply.headers["location"].removeprefix("/reviews/"))
        self.reviews.append(Known(number, product, sent, self.api.run(self.date(number))))
        if linked:
            self.reviews[-1].state = ReviewState.HELD
        self.agree()

    async def date(self, number: int) -> str:
        async with self.api.database.read() as reader:
            moment = await reader.fetch_value("select written_at from review where id = %s", (number,))
            return str(moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z")

    @rule(pick=st.integers(0))
    def find_helpful(self, pick: int) -> None:
        if review := self.one(pick):
            assert self.api.ask("PUT", f"/reviews/{review.id}/helpful").status == 204
            review.votes += 1
        self.agree()

    @rule(pick=st.integers(0))
    def report(self, pick: int) -> None:
        if review := self.one(pick):
            assert self.api.ask("PUT", f"/reviews/{review.id}/report/").status == 204
            review.reports += 1
            if review.state is ReviewState.PUBLISHED:
                review.put(ReviewState.REPORTED, review.response)
        self.agree()

    @rule(
        places=st.sets(st.integers(0, 3), min_size=1),
        rating=st.integers(1, 5),
        value=st.integers(1, 5),
        base=st.integers(0, 3),
        reported=st.booleans(),
    )
    def deliver(self, places: set[int], rating: int, value: int, base: int, reported: bool) -> None:
        numbers = [self.first_id + place for place in sorted(places)]
        delivery.write(
            self.folder,
            reviews=[
                delivery.review(number, rating=rating, helpfulness=base, reported=str(reported).lower())
                for number in numbers
            ],
            characteristics=[f'{cast.FIT},1,"Fit"', f'{cast.LENGTH},1,"Length"'],
            characteristic_reviews=[f"{number},{cast.FIT},{number},{value}" for number in numbers],
        )
        run = Run(self.api.run(delivery.imported(self.api.database, self.settings, self.folder))["id"])
        for number in numbers:
            self.delivered(run, number, rating, value, base, reported)
        self.runs.append(run)
        self.agree()

    def delivered(self, run: Run, number: int, rating: int, value: int, base: int, reported: bool) -> None:
        """What a delivery makes of one review."""
        sent = draft(rating=rating, body="Warm and quiet, all winter.", summary="Warm", name="Ana", photos=[])
        sent["characteristics"] = {str(cast.FIT): value}
        before = next((review for review in self.reviews if review.id == number), None)
        if before is None:
            new = Known(number, cast.CAMO_ONESIE, sent, "2020-03-30T21:18:32.874Z", base)
            new.state = ReviewState.REPORTED if reported else ReviewState.PUBLISHED
            self.reviews.append(new)
            run.left[number] = new.standing, None
        elif before.state not in DECIDED and not before.edited and (before.sent, before.base) != (sent, base):
            was = replace(before)
            before.sent, before.base, before.standing = sent, base, object()
            run.left[number] = before.standing, was

    @precondition(lambda self: self.runs)
    @rule()
    def roll_back(self) -> None:
        run = self.runs.pop()
        self.api.run(delivery.rolled_back(self.api.database, self.settings, run.id))
        for number, (standing, was) in run.left.items():
            review = next((review for review in self.reviews if review.id == number), None)
            if review is None or review.standing is not standing:
                continue
            if was is not None:
                review.sent, review.base, review.standing = was.sent, was.base, was.standing
            elif not (review.votes or review.reports):
                self.reviews.remove(review)
        self.agree()

    def agree(self) -> None:
        asked = f"{cast.BRIGHT_FUTURE},{cast.CAMO_ONESIE}"
        stats = json.loads(self.api.ask("GET", f"/reviews/stats?product_ids={asked}").body)["results"]
        for product, told in zip((cast.BRIGHT_FUTURE, cast.CAMO_ONESIE), stats, strict=True):
            shown = [review for review in self.reviews if review.product == product and review.state in VISIBLE]
            orders = {
                "relevant": lambda review: (review.relevance, review.id),
                "newest": lambda review: (review.date, review.id),
                "helpful": lambda review: (review.helpfulness, review.id),
            }
            for sort, key in orders.items():
                expected = [as_listed(review) for review in sorted(shown, key=key, reverse=True)]
                reply = json.loads(self.api.ask("GET", f"/reviews?product_id={product}&count=100&sort={sort}").body)
                assert [without_photo_ids(review) for review in reply["results"]] == expected
            self.meta_agrees(product, shown)
            demand_stats(product, told, [review.sent["rating"] for review in shown])

    def meta_agrees(self, product: int, shown: list[Known]) -> None:
        meta = json.loads(self.api.ask("GET", f"/reviews/meta?product_id={product}").body)
        stars = [review.sent["rating"] for review in shown]
        assert meta["ratings"] == {str(n): str(stars.count(n)) for n in range(1, 6) if n in stars}
        yes = sum(review.sent["recommend"] for review in shown)
        assert meta["recommended"] == ({"false": str(len(shown) - yes), "true": str(yes)} if shown else {})
        for name, number in (("Fit", cast.FIT), ("Length", cast.LENGTH)) if product == cast.CAMO_ONESIE else ():
            values = [v for review in shown for k, v in review.sent["characteristics"].items() if int(k) == number]
            average = meta["characteristics"][name]["value"]
            assert (average is None) == (not values)
            assert not values or math.isclose(float(average), sum(values) / len(values), abs_tol=1e-15)

    def teardown(self) -> None:
        async def prove() -> list[checking.Fault]:
            async with self.api.database.read() as reader:
                return await checking.check(reader)

        assert self.api.run(prove()) == []


def test_list_meta_and_stats_say_what_was_done(settings: Settings, tmp_path: Path) -> None:
    settings = replace(settings, hides_per_hour=1_000_000)
    with bare(settings) as api:

        async def seed() -> None:
            await cast.people(api.database)
            async with api.database.write() as writer:
                await cast.catalogue(writer)
                rule = screening.made("links", screening.Kind.LINKS, screening.Action.HOLD, {}, [])
                await set_rule(writer, SYSTEM, rule, active=True)

        api.run(seed())
        machine = type("Storefront", (Storefront,), {"api": api, "settings": settings, "folder": tmp_path})
        run_state_machine_as_test(
            machine,
            settings=tried(25, steps=25),
        )


def test_sixteen_writers_of_one_hot_product(settings: Settings) -> None:
    writers, each = 16, 12
    with bare(settings) as api:

        async def all_at_once() -> list[int]:
            async with api.database.write() as writer:
                await cast.catalogue(writer)
                hot = await cast.review(writer, rating=1, recommend=False)

            async def shopper(number: int) -> list[int]:
                statuses = []
                for turn in range(each):
                    sent = draft(rating=1 + (number + turn) % 5, recommend=turn % 2 == 0)
                    statuses.append((await api.asked("POST", "/reviews", json.dumps(sent).encode(), JSON)).status)
                    statuses.append((await api.asked("PUT", f"/reviews/{hot}/helpful")).status)
                return statuses

            return [status for done in await asyncio.gather(*map(shopper, range(writers))) for status in done]

        statuses = api.run(all_at_once())
        assert sorted(set(statuses)) == [201, 204]
        meta = json.loads(api.ask("GET", "/reviews/meta?product_id=1").body)
        assert sum(map(int, meta["ratings"].values())) == writers * each + 1
        assert meta["recommended"] == {"false": str(writers * each // 2 + 1), "true": str(writers * each // 2)}
        (stats,) = json.loads(api.ask("GET", "/reviews/stats?product_ids=1").body)["results"]
        assert (stats["ratings"], int(stats["count"])) == (meta["ratings"], writers * each + 1)
        (top,) = json.loads(api.ask("GET", "/reviews?product_id=1&sort=helpful&count=1").body)["results"]
        assert top["helpfulness"] == writers * each

        async def prove() -> list[checking.Fault]:
            async with api.database.read() as reader:
                return await checking.check(reader)

        assert api.run(prove()) == []
