"""A reply template becomes a text for one review."""

from backend.services.templates import filled


def test_names_stand_for_who_wrote_it_and_what_of() -> None:
    template = {"text": "Dear {name}, {product}? {name}!"}
    assert filled(template, {"reviewer_name": " Ana ", "product_name": "Boots"}) == "Dear Ana, Boots? Ana!"
    assert (
        filled(template, {"reviewer_name": "", "product_name": None})
        == "Dear dear customer, the product? dear customer!"
    )


def test_what_a_customer_calls_themselves_stands_for_nothing() -> None:
    review = {"reviewer_name": "{product}", "product_name": "{name}"}
    assert filled({"text": "{name}: {product}"}, review) == "{product}: {name}"
