"""Know the rows that nobody touched since an earlier normalisation: what was typed gives them again.

done ─┬─ as the row came: written
      └─ otherwise originals put back ─ read ─┬─ as the row came: it stays as it is
                                              └─ otherwise it was edited: done
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

import polars as pl

from etl.normalise import letters
from etl.normalise.line_and_parts import LINE, TYPED
from etl.normalise.own_table import has_no_value
from etl.normalise.text import tidy
from etl.tables.known_columns import KNOWN
from etl.tables.normalised_again import CODES, Prepared
from etl.tables.restored import as_typed, joins, json_objects, original_of, same_figures

_PHONES = {"phone": "mobile", "mobile": "phone"}
_MOST_GUESSES = 8
_MOST_ROWS = 10_000
"""More rows that read otherwise were edited: hardly one in a thousand is misread."""
_NUMBERS = ("house_number", "invoice_house_number")


def with_untouched(
    done: pl.DataFrame, prepared: Prepared, read: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """Return a second normalisation with the rows that came as the first one made them left as they came.

    A value may have moved, or stand in its column in part: then its row reads otherwise beside what was made of it. The
    few such rows are read once more with their originals from `extra`, as if nothing had been read before.
    """
    extra = json_objects(as_typed(prepared.received, "extra"))
    rows = (prepared.ours & extra.is_not_null()).arg_true()
    rows = rows.filter(~_as_it_came(prepared, rows, done[rows], done[rows]))
    if not 0 < len(rows) <= _MOST_ROWS:
        return done
    order, kept = pl.int_range(done.height, eager=True), [done]
    came, flags = prepared.received[rows], prepared.flags.gather(rows)
    first, *others = _as_typed_first(came, extra.gather(rows), flags)
    left = pl.int_range(len(rows), eager=True)
    for guesses in ([first], others):
        if not 0 < len(guesses) * len(left) <= _MOST_ROWS:
            break
        which = pl.concat([left] * len(guesses))
        again = read(pl.concat([guess[left] for guess in guesses])).select(done.columns).cast(done.schema)
        of = rows.gather(which)
        found = (
            pl.DataFrame({"row": of, "left": which, "place": pl.int_range(len(of), eager=True)})
            .filter(_as_it_came(prepared, of, again, done[of]))
            .unique("row", keep="first")
        )
        order = order.scatter(found["row"], found["place"] + sum(part.height for part in kept))
        kept.append(again)
        left = left.filter(~left.is_in(found["left"].implode()))
    return pl.concat(kept)[order]


def _as_it_came(prepared: Prepared, rows: pl.Series, made: pl.DataFrame, done: pl.DataFrame) -> pl.Series:
    """Check which of these rows were made as they came; values that are no text must be those of `done`."""
    came = prepared.received[rows]
    same = made["issues"].list.sort() == prepared.flags.gather(rows).list.sort()
    for name, dtype in made.schema.items():
        if name == "issues":
            continue
        text = dtype == pl.String or name in _NUMBERS
        given = as_typed(came, name) if text else done[name]
        same &= made[name].cast(given.dtype).eq_missing(given)
    return same


def _as_typed_first(came: pl.DataFrame, extra: pl.Series, flags: pl.Series) -> Iterator[pl.DataFrame]:
    """Iterate over what may have been typed: the originals in place of what was made of them."""
    names = {name: CODES.get(name, name) for name in KNOWN if name not in CODES.values()}
    original = {column: original_of(extra, name) for name, column in names.items() if column in came.columns}
    now = {column: as_typed(came, column) for column in original}
    whole = {column: text.fill_null(now[column]) for column, text in original.items() if text.is_not_null().any()}
    told = flags.list.contains("phone.invalid") | flags.list.contains("phone.several")
    for name, other in _PHONES.items():
        if {name, other} <= original.keys():
            # One that is no number was flagged, unless it is of a user's own `extra`. A number that was read from the
            # cell of the other one stood in no cell of its own.
            theirs = ~told & ~same_figures(original[name], now[name]) & ~same_figures(original[name], now[other])
            moved = original[name].is_null() & same_figures(original[other], now[name])
            whole[name] = original[name].set(theirs, None).fill_null(now[name]).set(moved, None)
    for name, code in CODES.items():
        if code in original:  # beside a code that was read, the name that was not is kept
            inferred = flags.list.contains(f"{name}.inferred")
            whole[code] = now[code].set(inferred, None).fill_null(original[code])
    typed = came.drop("issues", "suggestions", strict=False).with_columns(
        text.alias(name) for name, text in whole.items()
    )
    yield typed
    # What is there now may be of the line alone, and a user's own `extra` may have the name of a part.
    parts = [part for part in TYPED if part in original]
    typed_or_not = ((typed[part], now[part].set(original[part].is_null(), None).alias(part)) for part in parts)
    yield from (typed.with_columns(guess) for guess in [*product(*typed_or_not)][1:])
    if LINE in original:
        yield from (
            typed.with_columns(original[LINE].alias(LINE), *(guess[part].alias(part) for part in parts))
            for guess in _joined(now[LINE], original, now, parts)
        )


def _joined(
    line: pl.Series, original: Mapping[str, pl.Series], now: Mapping[str, pl.Series], parts: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """Iterate over the parts that the lines may have been built from: each as it was, as it is, or blank."""
    texts = {LINE: line}
    for part in TYPED:
        was = original[part] if part in parts else line.clear(len(line))
        shown = tidy(letters.meant(was))
        is_now = now[part] if part in parts else was
        texts |= {f"was_{part}": was, f"is_{part}": is_now, f"shown_is_{part}": is_now}
        texts[f"shown_was_{part}"] = shown.set(has_no_value(part, shown), None)
        texts |= {f"{kind}none_{part}": line.clear(len(line)) for kind in ("", "shown_")}
    guesses = [
        pl.when(joins(*(pl.col(f"shown_{kind}_{part}") for kind, part in zip(kinds, TYPED, strict=True)))).then(
            pl.struct(pl.col(f"{kind}_{part}").alias(part) for kind, part in zip(kinds, TYPED, strict=True))
        )
        for kinds in product(("was", "is", "none"), repeat=len(TYPED))
    ]
    found = (
        pl.DataFrame([text.alias(name) for name, text in texts.items()])
        .select(pl.concat_list(guesses).list.drop_nulls().list.unique(maintain_order=True))
        .to_series()
    )
    for turn in range(_MOST_GUESSES):
        guess = found.list.get(turn, null_on_oob=True)
        if guess.is_null().all():
            return
        yield guess.struct.unnest()
