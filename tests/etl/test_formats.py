"""A file is known by its header first, its name second; columns by name in any case and order."""

from dataclasses import replace

import pytest

from etl import formats
from etl.formats import NotOursError, NotUnderstoodError, understand

REVIEWS = list(formats.REVIEWS.column_names)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (REVIEWS, "reviews"),
        ([column.upper() for column in REVIEWS], "reviews"),
        (list(reversed(REVIEWS)), "reviews"),
        (["id", "reviewId", "url"], "photos"),
        (["ID", "Product ID", "Name"], "characteristics"),
        (["id", "characteristicId", "review-id", "value"], "characteristic_ratings"),
        (["id", "name", "slogan", "description", "category", "defaultPrice"], "products"),
        (["id", "product_id", "feature", "value"], "features"),
        (["id", "productId", "name", "sale_price", "original_price", "default_style"], "styles"),
        (["id", " styleId", "size", "quantity"], "skus"),
        (["id", "styleId", "url", "thumbnail_url"], "style_photos"),
        (["id", "current_product_id", "related_product_id"], "related"),
    ],
)
def test_the_header_decides_whatever_the_name(header: list[str], name: str) -> None:
    understood = understand(header, "anything.csv")
    assert understood.format.name == name
    assert [header[place] for place in understood.positions] == list(understood.told()["columns"].values())


def test_unknown_columns_are_named_and_left_aside() -> None:
    understood = understand(["extra", *REVIEWS, "Age"], "reviews.csv")
    assert understood.told()["unknown"] == ["extra", "Age"]
    assert understood.keys == (1, 2)


def test_missing_columns_are_refused_with_the_nearest_names() -> None:
    header = ["ID", "Clothing ID", "Age", "Title", "Review Text", "Rating", "Recommended IND"]
    with pytest.raises(NotUnderstoodError) as refused:
        understand(header, "clothing_reviews.csv")
    told = str(refused.value)
    assert "product_id (nearest: Clothing ID)" in told
    assert "recommend (nearest: Recommended IND)" in told
    assert "helpfulness" in told
    assert "Review Text" in told


def test_what_is_usual_is_what_differs_in_header_separator_and_constants_alone() -> None:
    understood = understand([*reversed(REVIEWS), "more"], "reviews.csv")
    for usual in ({}, {"separator": 59}, {"constants": {"date": b"2019-01-01"}}):
        assert replace(understood, **usual).usual
    for odd in (
        {"encoding": "cp1252"},
        {"header": (*understood.header, "atelier_reasons")},
        {"date": "iso"},
        {"shifts": {"id": 1}},
        {"actions": {"email": "reject"}},
    ):
        assert not replace(understood, **odd).usual


def test_a_file_that_lacks_a_column_is_not_taken_for_a_smaller_one() -> None:
    """All that characteristics have stands in styles, too."""
    with pytest.raises(NotUnderstoodError, match=r"As styles it lacks the columns original_price \(nearest: orignal"):
        understand(["id", "productId", "name", "sale_price", "orignal_price", "default_style"], "styles.csv")


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(NotUnderstoodError, match="rating twice"):
        understand([*REVIEWS, "Rating"], "reviews.csv")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (["id", "styleId", "colour"], "colours.csv"),
        (["words"], "README.md"),
    ],
)
def test_what_is_none_of_the_ten_is_not_ours(header: list[str], name: str) -> None:
    with pytest.raises(NotOursError):
        understand(header, name)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("reviews.csv", "reviews"),
        ("2026/reviews_2026-11-21.csv.gz", "reviews"),
        ("reviews-part-00017.csv", "reviews"),
        ("clothing_reviews.csv", "reviews"),
        ("characteristic_reviews.csv", "characteristic_ratings"),
        ("characteristics_reviews.csv", "characteristic_ratings"),
        ("characteristics.csv", "characteristics"),
        ("reviews_photos.csv", "photos"),
        ("product.csv", "products"),
        ("products.csv", "products"),
        ("previews.csv", None),
        ("photos.csv", "style_photos"),
        ("styles_photos-2.csv", "style_photos"),
        ("styles.csv", "styles"),
        ("skus.csv", "skus"),
        ("features.csv", "features"),
        ("related.csv", "related"),
    ],
)
def test_names(file: str, name: str | None) -> None:
    found = formats.by_name(file)
    assert (found.name if found else None) == name
