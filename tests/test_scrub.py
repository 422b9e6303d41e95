"""Whatever form a secret is quoted in, it is not told; and ordinary words are."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.config.settings import Account
from etl.errors import ConfigurationError
from etl.http.judge import readable
from etl.http.send import Sending
from etl.scrub import learn, scrubbed

USER, PASSWORD, KEY = "canary-user-41c9", 'ca"nary p@ss/wörd+41c9', "canary-key-7d2f"


@pytest.fixture(autouse=True)
def _loaded() -> None:
    given = {"name": "bikes", "system": "recras", "base_url": "https://example.nl"}
    Account(**given, username=USER, password=PASSWORD, api_key=KEY, proxy="http://me:pr0xy-s3cr3t@proxy.nl:3128")


def pair(at: int = 0) -> bytes:
    return b"x" * at + f"{USER}:{PASSWORD}".encode()


FORMS = {
    "as it is": PASSWORD,
    "in JSON": json.dumps(PASSWORD)[1:-1],
    "in JSON of UTF-8": json.dumps(PASSWORD, ensure_ascii=False)[1:-1],
    "in a URL": quote(PASSWORD, safe=""),
    "in a form": quote_plus(PASSWORD),
    "in small letters in a URL": re.sub("%..", lambda found: found[0].lower(), quote(PASSWORD, safe="")),
    "twice in a URL": quote(quote(PASSWORD, safe=""), safe=""),
    "as the header": "Basic " + b64encode(pair()).decode(),
    "as the header's value": b64encode(pair()).decode(),
    "later in Base64": b64encode(pair(1)).decode(),
    "later still": b64encode(pair(2)).decode(),
    "in the Base64 of URLs": urlsafe_b64encode(pair()).decode(),
    "as a key": KEY,
    "as a bearer": f"Bearer {KEY}",
    "the user": USER,
    "the proxy's": "pr0xy-s3cr3t",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_taken_out_in_every_form(form: str) -> None:
    told = scrubbed(f"(The call said: {FORMS[form]}; no.)")
    assert told.startswith("(The call said: ") and told.endswith("; no.)") and "…" in told
    left = told.removeprefix("(The call said: ").removesuffix("; no.)").replace("…", "")
    assert left in ("", "Basic ", "Bearer ")


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=8), st.text(max_size=9), st.text(max_size=9))
def test_no_secret_passes_whatever_it_is_and_whatever_stands_beside_it(secret: str, before: str, after: str) -> None:
    learn(secret, user="somebody")
    header = b64encode(f"somebody:{secret}".encode()).decode()
    for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), header):
        assert form not in scrubbed(f"{before} {form} {after}")


def test_ordinary_words_stay() -> None:
    given = {"name": "bikes", "system": "cyclesoftware", "base_url": "https://demo.example.nl"}
    Account(**given, username="shop", password="demo")
    told = "bikes.customers of https://demo.example.nl: the shop answers 401; see demo-shop/etl.toml (demonstration)."
    assert scrubbed(told) == told
    assert scrubbed("the password demo is wrong") == "the password … is wrong"


def test_errors_and_log_lines_pass_it(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    error = ConfigurationError(f"It said {KEY}.", remedy=f"Not {PASSWORD}.")
    assert KEY not in f"{error} {error!r} {error.args}" and PASSWORD not in f"{error} {error!r}"
    log = logging.getLogger("etl")
    monkeypatch.setattr(log, "handlers", [caplog.handler])
    monkeypatch.setattr(log, "propagate", False)
    log.warning("It said %s.", KEY)
    assert [record.getMessage() for record in caplog.records] == ["It said …."]


ROW = Sending(
    "POST",
    "/customers",
    {
        "name": "de Kanarie",
        "email": "kanarie@example.nl",
        "street": "Volièrestraat",
        "phones": [{"number": "06-41414141", "kind": "mobile"}],
        "note": "belt liever niet",
        "country": "NL",
    },
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Kanarie bestaat al", "… bestaat al"),
        ('name "de kanarie" is refused', 'name "…" is refused'),
        ("Voli\\u00e8restraat unknown", "… unknown"),
        ("voli%C3%A8restraat unknown", "… unknown"),
        ("email is invalid", "email is invalid"),
        ("kanarie%40example.nl is invalid", "… is invalid"),
        ("0641414141, +31 6 4141 4141", "…, …"),
        ("someone at 4141 KV 12 and 4141kv", "someone at … and …"),
        ("account NL91 ABNA 0417 1643 00 is wrong", "account … is wrong"),
        ("country NLD is no code of 2 letters", "country NLD is no code of 2 letters"),
        ("belt liever niet", "…"),
    ],
)
def test_a_vendors_message_tells_nothing_of_the_row_that_was_sent(said: str, shown: str) -> None:
    assert readable(said, ROW.texts()) == shown
