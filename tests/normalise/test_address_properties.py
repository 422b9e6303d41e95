"""Whatever is typed, no letter or figure of it is lost or invented, and what was split reads the same again."""

from __future__ import annotations

from collections import Counter

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.normalise.address import render, repair, split, words

PARTS = ("street", "house_number", "house_number_postfix", "box", "address_extra")
MARKERS = sorted(
    {
        "".join(sorted(letter for letter in word.casefold() if letter.isalnum()))
        for word in (*words.NUMBER, *words.BOX, *words.BELGIAN_BOX, *words.POSTFIX)
    }
    - {""}
)
LISTED = sorted({word for value in vars(words).values() if isinstance(value, tuple) for word in value})
COUNTRY = st.sampled_from(["NL", "BE", "DE", "FR", "LU", "GB", "US", "AT", None])
JOINT = st.sampled_from(
    [" ", "  ", ", ", "-", " - ", "/", ".", "; ", " (", ") ", "'", ":", "\u00a0", "\t", "#", "&", " "]
)
TOKEN = (
    st.sampled_from(LISTED)
    | st.integers(0, 9999).map(str)
    | st.sampled_from(["Kerkweg", "Straße", "é", "A", "b", "II", "012", "½", "İstanbul", "１２"])
)
SOUP = st.lists(st.tuples(TOKEN, JOINT).map("".join), min_size=1, max_size=6).map("".join)
LINES = st.lists(st.tuples(SOUP | st.text(max_size=20), COUNTRY), min_size=1, max_size=25)
STREET = st.sampled_from(
    [
        "Kerkweg",
        "2e Hugo de Grootstraat",
        "Plein 1940-45",
        "5 Meiplein",
        "Rijksweg A28",
        "Wijk 1",
        "'s-Gravenweg",
        "Hauptstr.",
    ]
)
BEFORE = st.sampled_from(["", "c/o Jansen, ", "Gebouw De Arend, ", "t.a.v. inkoop, "])
POSTFIXES = (
    "", "a", " A", "-A", " bis", "bis-A", "-hs", " 1 hoog", "-III", "-2", " kamer 8", " unit B4", " (bovenwoning)",
    " 2hg", " t/m 400", "-401", " en 402", " A02", " 34", " A 3", " a/b", " 1/2", " a-c",
)  # fmt: skip
POSTFIX = st.sampled_from(POSTFIXES)
BOX = st.sampled_from(["", " bus 3", ", boîte 4A", " bte 12"])
BEHIND = st.sampled_from(
    ["", " t.a.v. mw. De Boer", ", 2e etage", ", gebouw C", ", 1071 AB Amsterdam", " (achter de kerk)"]
)
ADDRESS = st.builds(
    lambda before, street, number, postfix, box, behind: f"{before}{street} {number}{postfix}{box}{behind}",
    BEFORE,
    STREET,
    st.integers(1, 399),
    POSTFIX,
    BOX,
    BEHIND,
)
ADDRESSES = st.lists(st.tuples(ADDRESS, st.sampled_from(["NL", "BE", "DE", None])), min_size=1, max_size=25)
SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def frame(pairs: list[tuple[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"address_line": pl.String, "country_code": pl.String}, orient="row")


def letters(text: str) -> Counter[str]:
    return Counter(letter for letter in text if letter.isalnum())


def are_markers(left: Counter[str], line: str) -> bool:
    """Whether these letters are those of listed marker words; a number's leading zeros do not count."""
    rest = Counter(letter for letter in "".join(left.elements()).casefold() if letter.isalnum())
    del rest["0"]
    present = letters(line.casefold())
    usable = [Counter(word) for word in MARKERS if not Counter(word) - present]

    def fits(rest: Counter[str], first: int) -> bool:
        return not rest or any(
            fits(rest - usable[index], index) for index in range(first, len(usable)) if not usable[index] - rest
        )

    return fits(rest, 0)


@SLOWLY
@given(LINES)
def test_no_letter_or_figure_is_lost_or_invented(pairs: list[tuple[str, str | None]]) -> None:
    for (line, _), row in zip(pairs, split(frame(pairs)).select(PARTS).rows(), strict=True):
        came_out = letters("".join(str(part) for part in row if part is not None))
        assert not came_out - letters(line)
        assert are_markers(letters(line) - came_out, line)


@SLOWLY
@given(ADDRESSES)
def test_rendering_a_split_and_splitting_again_gives_the_same(pairs: list[tuple[str, str | None]]) -> None:
    first = split(frame(pairs))
    again = split(frame(list(zip(render(first).to_list(), (country for _, country in pairs), strict=True))))
    assert first.select(PARTS).rows() == again.select(PARTS).rows()


@settings(SLOWLY, max_examples=12)
@given(st.lists(st.tuples(SOUP, COUNTRY), min_size=1, max_size=4))
def test_a_line_reads_the_same_alone_and_among_others(pairs: list[tuple[str, str | None]]) -> None:
    together = split(frame(pairs * 3)).rows()
    assert together == [split(frame([pair])).row(0) for pair in pairs] * 3


@SLOWLY
@given(ADDRESSES)
def test_repairing_what_was_split_changes_nothing(pairs: list[tuple[str, str | None]]) -> None:
    first = split(frame(pairs)).filter(pl.col("box").is_null())
    typed = first.select(
        "street", pl.col("house_number").cast(pl.String), "house_number_postfix", country_code=pl.lit("NL")
    )
    again = repair(typed)
    kept = ["street", "house_number", "house_number_postfix"]
    assert again.select(kept).rows() == first.select(kept).rows()


@SLOWLY
@given(LINES)
def test_any_text_gives_flags_and_a_rule(pairs: list[tuple[str, str | None]]) -> None:
    found = split(frame(pairs), policy="null")
    assert found.height == len(pairs)
    assert found.get_column("address_issues").null_count() == 0
    numberless = found.filter(pl.col("address_issues").list.contains("address.no_number"))
    assert numberless.get_column("house_number").null_count() == numberless.height
