"""Features, styles with skus and photos, related products: from hand-checked files to pages, and back."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.settings import Settings
from backend.store.database import Database
from tests.examples import tried
from tests.jobs.delivery import assert_sound, counts, imported, rejects_of, review, rolled_back, rows, write

pytestmark = pytest.mark.usefixtures("both_passes")

PRODUCTS = [
    '1,"Camo Onesie","Blend in to your crowd","The ""So Fatigues"" will wake you up.","Jackets","140"',
    '2,"Bright Future Sunglasses","","null","Accessories",69.00',
    '3,"Morning Joggers","Make yourself a morning person",null,"Pants","40"',
]
FIRST: dict[str, list[str]] = {
    "product": PRODUCTS,
    "features": ['2,1,"Buttons","Brass"', '1,1,"Fabric","Canvas"', '3,2,"Lenses",null', '4,77,"Of nobody","x"'],
    "styles": [
        '1,1,"Forest Green & Black",null,"140","1"',
        '2,1,"Desert Brown & Tan","110.50","140.00",0',
        '3,2,"Black Lenses",null,69,true',
        '5,77,"Of nobody",null,69,f',
    ],
    "skus": ['37,1,"XS",8', '38,1,"S",16', '39,2,"XS",0', '40,9,"S",1', '41,2,"L",-3', '42,2,"M, or so",x'],
    "photos": [
        '1,1,"https://a.example/1.jpg","https://a.example/1-small.jpg"',
        "2,1,https://a.example/2.jpg,null",
        "3,3,not an address,https://a.example/3.jpg",
        "4,9,https://a.example/4.jpg,https://a.example/4.jpg",
    ],
    "related": ["1,1,3", "2,1,2", "3,1,3", "4,2,1", "5,1,1", "6,1,77", "7,78,77"],
}


async def pages(database: Database) -> dict[int, tuple[Any, Any, Any]]:
    found = await rows(database, "select * from product_page order by product_id")
    return {row["product_id"]: tuple(json.loads(row[name]) for name in ("facts", "styles", "related")) for row in found}


async def tables(database: Database) -> dict[str, list[Any]]:
    """All that is kept of the catalogue, as it stands."""
    names = ("product", "feature", "style", "sku", "style_photo", "related")
    return {name: await rows(database, f"select * from {name} order by id") for name in names} | {
        "product_page": await rows(database, "select * from product_page order by product_id")
    }


@pytest.mark.anyio
async def test_ten_files_make_pages(database: Database, settings: Settings, tmp_path: Path) -> None:
    run = await imported(database, settings, write(tmp_path, **FIRST, reviews=[review(1), review(2, product_id=8)]))
    assert run["state"] == "finished", run["error"]
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "product.csv": {"inserted": 3},
        "reviews.csv": {"inserted": 2},
        "features.csv": {"inserted": 3, "rejected": 1},
        "styles.csv": {"inserted": 3, "rejected": 1},
        "skus.csv": {"inserted": 3, "rejected": 3},
        "photos.csv": {"inserted": 2, "rejected": 2},
        "related.csv": {"inserted": 4, "rejected": 3},
    }
    assert await rejects_of(database, run["id"]) == [
        ("features.csv", ["orphan"], ["product_id"], b'4,77,"Of nobody","x"\n'),
        ("styles.csv", ["orphan"], ["product_id"], b'5,77,"Of nobody",null,69,f\n'),
        ("skus.csv", ["orphan"], ["style_id"], b'40,9,"S",1\n'),
        ("skus.csv", ["range"], ["quantity"], b'41,2,"L",-3\n'),
        ("skus.csv", ["integer"], ["quantity"], b'42,2,"M, or so",x\n'),
        ("photos.csv", ["url"], ["url"], b"3,3,not an address,https://a.example/3.jpg\n"),
        ("photos.csv", ["orphan"], ["style_id"], b"4,9,https://a.example/4.jpg,https://a.example/4.jpg\n"),
        ("related.csv", ["itself"], ["related_product_id"], b"5,1,1\n"),
        ("related.csv", ["orphan"], ["related_product_id"], b"6,1,77\n"),
        ("related.csv", ["orphan", "orphan"], ["current_product_id", "related_product_id"], b"7,78,77\n"),
    ]
    made = await rows(database, "select facts, styles, related from product_page where product_id = 1")
    assert made == [
        {
            "facts": '{"id":1,"name":"Camo Onesie","slogan":"Blend in to your crowd",'
            '"description":"The \\"So Fatigues\\" will wake you up.","category":"Jackets","default_price":"140",'
            '"features":[{"feature":"Fabric","value":"Canvas"},{"feature":"Buttons","value":"Brass"}]}',
            "styles": '[{"style_id":1,"name":"Forest Green & Black","original_price":"140","sale_price":null,'
            '"default?":true,"photos":[{"thumbnail_url":"https://a.example/1-small.jpg","url":"https://a.example/1.jpg"},'
            '{"thumbnail_url":"","url":"https://a.example/2.jpg"}],'
            '"skus":{"37":{"quantity":8,"size":"XS"},"38":{"quantity":16,"size":"S"}}},'
            '{"style_id":2,"name":"Desert Brown & Tan","original_price":"140.00","sale_price":"110.50",'
            '"default?":false,"photos":[],"skus":{"39":{"quantity":0,"size":"XS"}}}]',
            "related": "[3,2]",
        }
    ]
    seen = await pages(database)
    # Product 8 is known from a review alone.
    assert list(seen) == [1, 2, 3]
    assert seen[2][0]["description"] == ""
    assert seen[2][0]["default_price"] == "69.00"
    assert seen[2][0]["features"] == [{"feature": "Lenses", "value": ""}]
    assert seen[3][1:] == ([], [])
    await assert_sound(database)


@pytest.mark.anyio
async def test_the_same_again_changes_nothing(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(database, settings, write(tmp_path / "1", **FIRST))
    before = await tables(database)
    again = await imported(database, settings, write(tmp_path / "2", **FIRST))
    assert counts(again["by_name"]["skus.csv"]) == {"unchanged": 3, "rejected": 3}
    assert sum(file["inserted"] + file["updated"] for file in again["files"]) == 0
    assert await tables(database) == before
    await assert_sound(database)


SECOND = {
    "product": ['1,"Camo Onesie II","Blend in to your crowd",null,"Jackets","141"'],
    "features": ['1,2,"Fabric","Canvas"', '4,1,"New","y"'],
    "styles": ['1,1,"Forest Green & Black","99","140","1"', '2,3,"To another product",null,1,1'],
    "skus": ['37,2,"XS",9', '43,3,"S",5'],
    "photos": ["1,1,https://a.example/1.jpg,https://a.example/1.jpg"],
    "related": ["1,3,2"],
}


@pytest.mark.anyio
async def test_a_second_delivery_and_the_way_back(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(database, settings, write(tmp_path / "1", **FIRST))
    before = await tables(database)
    second = await imported(database, settings, write(tmp_path / "2", **SECOND))
    assert {name: counts(file) for name, file in second["by_name"].items()} == {
        "product.csv": {"updated": 1},
        "features.csv": {"inserted": 1, "updated": 1},
        "styles.csv": {"updated": 1, "rejected": 1},
        "skus.csv": {"inserted": 1, "updated": 1},
        "photos.csv": {"updated": 1},
        "related.csv": {"updated": 1},
    }
    assert await rejects_of(database, second["id"]) == [
        ("styles.csv", ["other_product"], ["product_id"], b'2,3,"To another product",null,1,1\n')
    ]
    seen = await pages(database)
    assert (seen[1][0]["name"], seen[1][0]["default_price"]) == ("Camo Onesie II", "141")
    # What moved is gone where it was and there where it is.
    assert [feature["feature"] for feature in seen[1][0]["features"]] == ["Buttons", "New"]
    assert [feature["feature"] for feature in seen[2][0]["features"]] == ["Fabric", "Lenses"]
    assert [list(style["skus"]) for style in seen[1][1]] == [["38"], ["37", "39"]]
    assert seen[1][2] == [2, 3]
    assert seen[3][2] == [2]
    await assert_sound(database)

    back = await rolled_back(database, settings, second["id"])
    assert back["state"] == "reversed"
    assert {name: file["reversed"] for name, file in back["by_name"].items()} == {
        "product.csv": 1,
        "features.csv": 2,
        "styles.csv": 1,
        "skus.csv": 2,
        "photos.csv": 1,
        "related.csv": 1,
    }
    assert await tables(database) == before
    await assert_sound(database)


@pytest.mark.anyio
async def test_all_of_it_comes_back_to_nothing(database: Database, settings: Settings, tmp_path: Path) -> None:
    first = await imported(database, settings, write(tmp_path, **FIRST, reviews=[review(1)]))
    back = await rolled_back(database, settings, first["id"])
    assert sum(file["reverse_kept"] + file["reverse_failed"] for file in back["files"]) == 0
    assert not any((await tables(database)).values())
    assert await rows(database, "select from catalogue_orphan") == []
    await assert_sound(database)


@pytest.mark.anyio
async def test_what_a_later_delivery_built_upon_stays(database: Database, settings: Settings, tmp_path: Path) -> None:
    first = await imported(database, settings, write(tmp_path / "1", **FIRST))
    later = {"skus": ['39,2,"XS",1', '50,3,"M",2'], "related": ["9,2,3"]}
    await imported(database, settings, write(tmp_path / "2", **later))
    back = await rolled_back(database, settings, first["id"])
    # The styles of skus that came later, the products of those styles, and both of a pair stay with them.
    kept = {name: file["reverse_kept"] for name, file in back["by_name"].items() if file["reverse_kept"]}
    assert kept == {"product.csv": 3, "styles.csv": 2, "skus.csv": 1}
    assert back["by_name"]["skus.csv"]["kept_by"] == {"run 2": 1}
    seen = await pages(database)
    assert {product: [style["style_id"] for style in seen[product][1]] for product in seen} == {1: [2], 2: [3], 3: []}
    assert seen[2][2] == [3]
    await assert_sound(database)


@pytest.mark.anyio
async def test_orphans_come_with_their_parents(database: Database, settings: Settings, tmp_path: Path) -> None:
    alone = {name: lines for name, lines in FIRST.items() if name != "product"}
    first = await imported(database, settings, write(tmp_path / "1", **alone), most="100%")
    assert first["state"] == "finished", first["error"]
    assert sum(file["inserted"] for file in first["files"]) == 0
    second = await imported(database, settings, write(tmp_path / "2", product=PRODUCTS))
    assert {file["name"]: counts(file) for file in second["files"]} == {
        "product.csv": {"inserted": 3},
        "features.csv, orphans of run 1": {"inserted": 3},
        "styles.csv, orphans of run 1": {"inserted": 3},
        "skus.csv, orphans of run 1": {"inserted": 3},
        "photos.csv, orphans of run 1": {"inserted": 2},
        "related.csv, orphans of run 1": {"inserted": 4},
    }
    assert len((await pages(database))[1][1]) == 2
    await assert_sound(database)
    waiting = "select format, count(*)::int as n from catalogue_orphan where resolved_run is null group by 1 order by 1"
    assert {row["format"]: row["n"] for row in await rows(database, waiting)} == {
        "features": 1,
        "related": 2,
        "skus": 1,
        "style_photos": 1,
        "styles": 1,
    }
    await rolled_back(database, settings, second["id"])
    assert await pages(database) == {}
    await assert_sound(database)
    third = await imported(database, settings, write(tmp_path / "3", product=PRODUCTS))
    assert sum(file["inserted"] for file in third["files"]) == 18


@pytest.mark.anyio
async def test_a_product_that_somebody_edited_is_kept(database: Database, settings: Settings, tmp_path: Path) -> None:
    await imported(database, settings, write(tmp_path / "1", **FIRST))
    async with database.write() as writer:
        await writer.execute("update product set name = 'Ours', version = version + 1 where id = 1")
        await writer.execute("insert into product_edited values (1)")
        await writer.execute("update product_page set facts = replace(facts, 'Camo Onesie', 'Ours')")
    run = await imported(database, settings, write(tmp_path / "2", **SECOND))
    assert counts(run["by_name"]["product.csv"]) == {"unchanged": 1, "kept": 1}
    seen = await pages(database)
    assert seen[1][0]["name"] == "Ours"
    await assert_sound(database)


few = st.integers(1, 4)


def lines(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[str]]:
    row = st.tuples(*columns.values()).map(lambda values: ",".join(map(str, values)))
    return st.dictionaries(few, row, max_size=4).map(lambda rows: [f"{number},{row}" for number, row in rows.items()])


names = st.sampled_from(["a", "b", "null"])
DELIVERY = st.fixed_dictionaries(
    {
        "product": lines(
            name=names, slogan=names, description=names, category=names, price=st.sampled_from(["1", "2.50"])
        ),
        "features": lines(product=few, feature=names, value=names),
        "styles": lines(product=few, name=names, sale=st.just("null"), original=few, default=st.sampled_from("01")),
        "skus": lines(style=few, size=names, quantity=few),
        "photos": lines(
            style=few, url=st.just("https://a.example/1"), thumbnail=names.map(lambda name: f"https://{name}")
        ),
        "related": lines(product=few, other=few),
        "reviews": st.lists(few, max_size=1).map(lambda products: [review(1, product_id=each) for each in products]),
    }
)
EMPTIED = (
    "review", "product", "product_rollup", "product_page", "feature", "style", "sku", "style_photo", "related",
    "catalogue_orphan", "catalogue_before", "import_reject", "import_run",
)  # fmt: skip


@pytest.mark.long
@tried(30)
@given(a=DELIVERY, b=DELIVERY)
def test_twice_is_once_and_taken_back_is_never(
    database_urls: Any, settings: Settings, tmp_path: Path, a: dict[str, list[str]], b: dict[str, list[str]]
) -> None:
    async def proof() -> None:
        async with Database(settings) as database:
            async with database.write() as writer:
                for table in EMPTIED:
                    await writer.execute(f"delete from {table}")
            await imported(database, settings, write(tmp_path / "a", **a), most="100%")
            before = await tables(database)
            second = await imported(database, settings, write(tmp_path / "b", **b), most="100%")
            await assert_sound(database)
            after = await tables(database)
            again = await imported(database, settings, write(tmp_path / "c", **b), most="100%")
            assert sum(file["inserted"] + file["updated"] for file in again["files"]) == 0
            assert await tables(database) == after
            await rolled_back(database, settings, again["id"])
            back = await rolled_back(database, settings, second["id"])
            assert await tables(database) == before
            assert sum(file["reverse_kept"] + file["reverse_failed"] for file in back["files"]) == 0
            await assert_sound(database)

    asyncio.run(proof())
