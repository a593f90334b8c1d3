"""Actors, customers with one plain e-mail address, and addresses anywhere in the world."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Actor, Customer, Role, ShippingAddress, ValidationError
from orderflow.countries import COUNTRIES
from values.made import make


def test_every_role_has_its_constructor() -> None:
    assert Actor.customer("m-42", "Ana") == Actor(Role.CUSTOMER, "m-42", None, "Ana")
    assert Actor.merchant("s-7", "staff", "Mia") == Actor(Role.MERCHANT, "staff", "s-7", "Mia")
    assert Actor.operator("op-1", "Olu") == Actor(Role.OPERATOR, "op-1", None, "Olu")
    assert Actor.system() == Actor(Role.SYSTEM)


def test_a_merchants_staff_need_not_be_told_apart() -> None:
    assert Actor.merchant("s-7").id is None


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ((Role.MERCHANT,), "store_id must be given for a merchant"),
        ((Role.CUSTOMER, "m-42", "s-7"), "store_id must be given for a merchant, and for nobody else"),
        ((Role.SYSTEM, None, "s-7"), "store_id must be given for a merchant, and for nobody else"),
        ((Role.CUSTOMER,), "id must be given for a customer"),
        ((Role.OPERATOR,), "id must be given for a operator"),
        (("customer", "m-42"), "role must be one of"),
        ((None, "m-42"), "role must be one of"),
    ],
)
def test_an_actor_is_whole(arguments: tuple[Any, ...], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        Actor(*arguments)


@pytest.mark.parametrize("name", ["id", "store_id"])
@pytest.mark.parametrize("value", ["", " ", 42, b"m-42", "m\n42", "x" * 201])
def test_the_ids_of_an_actor_are_ids(name: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"Actor\.{name}"):
        make(Actor, **{name: value})


def test_no_name_shows_in_a_repr() -> None:
    shown = repr([make(Actor), make(Customer), make(ShippingAddress)])

    assert not [name for name in ("Mia", "Ana", "example.com", "Rua", "Lisboa", "210 000") if name in shown]


@pytest.mark.parametrize(
    "email",
    [
        "ana@example.com",
        "a@b",
        "ana.maria@mail.example.co.uk",
        "ana+orders@example.com",
        "o'hara_%!#$&*/?=^`{|}~-@example.com",
        "ANA@EXAMPLE.COM",
        "42@example.com",
        "ana@xn--bcher-kva.example",
        "ana@b\u00fccher.example",
        "jos\u00e9@example.com",
        "\u7528\u6237@\u4f8b\u5b50.\u6d4b\u8bd5",
        f"{'a' * 64}@example.com",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 60}",
    ],
)
def test_one_plain_address_is_taken(email: str) -> None:
    assert make(Customer, email=email).email == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "ana",
        "@example.com",
        "ana@",
        "ana@@example.com",
        "ana@one@example.com",
        ".ana@example.com",
        "ana.@example.com",
        "ana..maria@example.com",
        "ana@example..com",
        "ana@.example.com",
        "ana@example.com.",
        "ana@-example.com",
        "ana@example-.com",
        "ana@example.com ",
        " ana@example.com",
        "an a@example.com",
        "ana@exam ple.com",
        "ana@[127.0.0.1]",
        '"ana"@example.com',
        "ana\\@example.com",
        "ana(comment)@example.com",
        "Ana <ana@example.com>",
        "<ana@example.com>",
        "ana@example.com,eve@example.com",
        "ana@example.com;eve@example.com",
        "mailto:ana@example.com",
        "ana@example.com\r\nBcc: eve@example.com",
        "ana@example.com\nBcc:eve@example.com",
        "ana\r\n@example.com",
        "ana@example.com\u2028Bcc",
        "ana@example.com\x85",
        "ana@example.com\x00",
        "ana\u200b@example.com",
        "ana@example\u202e.com",
        "\ufeffana@example.com",
        "ana\u00a0@example.com",
        "ana@example\u3002com\u3000",
        "\ud800@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 253}",
        "4242424242424242@example.com",
    ],
)
def test_what_is_not_one_plain_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError, match=r"Customer\.email"):
        make(Customer, email=email)


@pytest.mark.parametrize("email", [None, 1, b"ana@example.com", ["ana@example.com"], True])
def test_an_address_is_text(email: Any) -> None:
    with pytest.raises(ValidationError, match=r"Customer\.email must be text \(str\)"):
        make(Customer, email=email)


@pytest.mark.parametrize(
    "email",
    [
        "=?utf-8?q?eve=40evil.example=2c?=@example.com",
        "=?utf-8?q?ana=0d=0aBcc=3aeve?=@example.com",
        "=?utf-8?b?ZXZl?=@example.com",
    ],
)
def test_no_encoded_word_can_name_another_recipient(email: str) -> None:
    """Mail libraries decode RFC 2047 words in a header: these would be sent to eve, or not at all."""
    with pytest.raises(ValidationError, match=r"Customer\.email"):
        make(Customer, email=email)


@given(st.text(st.sampled_from("ab.@\r\n,:;<>\"' =?\u00e9\u2028\u200b"), min_size=1, max_size=20))
@settings(max_examples=300)
def test_what_is_taken_is_one_recipient_of_a_mail(email: str) -> None:
    try:
        make(Customer, email=email)
    except ValidationError:
        return
    mail = EmailMessage()
    mail["To"] = email

    assert [address.addr_spec for address in mail["To"].addresses] == [email]


@pytest.mark.parametrize("locale", ["en", "pt-BR", "pt_BR", "zh-Hant-TW", "de-1996", "und"])
def test_a_language_tag_is_taken(locale: str) -> None:
    assert make(Customer, locale=locale).locale == locale


@pytest.mark.parametrize("locale", ["", "e", "english-", "en--US", "en US", "en/../..", "é", "12", "a" * 36, None, 1])
def test_what_is_no_language_tag_is_refused(locale: Any) -> None:
    with pytest.raises(ValidationError, match=r"Customer\.locale"):
        make(Customer, locale=locale)


def test_the_default_language_is_english() -> None:
    assert Customer("m-42", "Ana", "ana@example.com").locale == "en"


def test_the_countries_are_those_of_iso_3166_and_kosovo() -> None:
    assert {country.alpha_2 for country in pycountry.countries} | {"XK"} == COUNTRIES


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_every_country_can_be_sent_to(country: str) -> None:
    assert make(ShippingAddress, country=country).country == country


@pytest.mark.parametrize("country", ["", "de", "DEU", "276", "ZZ", "UK", "EU", " DE", "DE\n", "\uff24\uff25"])
def test_what_is_no_country_is_refused(country: str) -> None:
    with pytest.raises(ValidationError, match="ISO 3166-1 alpha-2"):
        make(ShippingAddress, country=country)


@pytest.mark.parametrize("country", [None, 276, b"DE", ["DE"], {}])
def test_a_country_is_text(country: Any) -> None:
    with pytest.raises(ValidationError, match=r"ShippingAddress\.country must be text"):
        make(ShippingAddress, country=country)


@pytest.mark.parametrize("field", ["postal_code", "line2", "region", "phone"])
def test_what_not_every_country_has_may_be_empty(field: str) -> None:
    assert getattr(make(ShippingAddress, **{field: ""}), field) == ""


@pytest.mark.parametrize("field", ["name", "line1", "city"])
def test_what_every_address_has_may_not_be_empty(field: str) -> None:
    with pytest.raises(ValidationError, match=rf"ShippingAddress\.{field} must not be empty"):
        make(ShippingAddress, **{field: ""})


def test_a_line_of_an_address_is_one_line() -> None:
    for field in ("name", "line1", "line2", "city", "region", "postal_code", "phone"):
        with pytest.raises(ValidationError, match=r"U\+000A"):
            make(ShippingAddress, **{field: "one\ntwo"})
