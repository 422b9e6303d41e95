"""Phone number patterns as regular expressions of polars, built from the metadata of `phonenumbers`.

Only what can be decided exactly is built: the main country of a calling code, numbers without the odder trunk and
carrier prefixes, and kinds whose pattern fixes the length as the metadata does. Numbers that no pattern takes are
for the library's own parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

# `re` measures how long a match may be; its parser is private, but its answer is only a caution.
_parse = re._parser.parse  # type: ignore[attr-defined]

_OTHER = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")


@dataclass(frozen=True)
class Dialling:
    """How one country's numbers look after its calling code. A pattern may be empty: then nothing matches it.

    Only where one dials abroad by `00` and nothing else are unmarked numbers read by them.
    `guarded` numbers are not for the patterns. Where they are `complete`, any other number they do not take is none.
    """

    calling_code: int
    trunk: bool
    guarded: str
    dials_00: bool
    complete: bool
    general: str
    mobile: str
    fixed: str
    other: str


@cache
def dialling(region: str) -> Dialling | None:
    """Patterns of a country; null for those that share a calling code with a larger one."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    code = metadata.country_code if metadata else None
    if metadata is None or code is None:
        return None
    sharing = COUNTRY_CODE_TO_REGION_CODE[code]
    if sharing[0] != region:
        return None
    cut_off = metadata.national_prefix_for_parsing or ""
    trunk = (cut_off == "0" or cut_off.startswith("0|")) and not metadata.national_prefix_transform_rule
    kinds = {kind: getattr(metadata, kind) for kind in ("mobile", "fixed_line", *_OTHER)}
    patterns = {kind: _pattern(description) for kind, description in kinds.items()}
    # Every region has it: it is what tells a number of the region from nonsense.
    general: str = getattr(metadata.general_desc, "national_number_pattern", None) or ".*"
    described = {kind for kind, description in kinds.items() if _described(description)}
    return Dialling(
        calling_code=code,
        trunk=trunk,
        # A number that starts with anything to be cut off or rewritten is not for the patterns.
        guarded=(cut_off[2:] if trunk else cut_off).replace(r"\d", "[0-9]"),
        dials_00=metadata.international_prefix == "00",
        complete=len(sharing) == 1 and not (trunk and cut_off[2:]) and all(patterns[kind] for kind in described),
        general=general.replace(r"\d", "[0-9]"),
        mobile=patterns["mobile"],
        fixed=patterns["fixed_line"],
        other="|".join(patterns[kind] for kind in _OTHER if patterns[kind]),
    )


def _described(description: Any) -> bool:
    return description is not None and description.national_number_pattern is not None


def _pattern(description: Any) -> str:
    """The pattern of one kind of number, or nothing where its lengths need a second look."""
    if not _described(description):
        return ""
    pattern: str = description.national_number_pattern
    shortest, longest = _parse(pattern).getwidth()
    allowed = set(description.possible_length or ())
    if allowed and allowed != set(range(shortest, longest + 1)) and not _same_lengths(pattern, allowed):
        return ""
    return pattern.replace(r"\d", "[0-9]")


def _same_lengths(pattern: str, allowed: set[int]) -> bool:
    """Whether the alternatives of a pattern, taken one by one, have just the allowed lengths."""
    return _lengths(_parse(pattern)) <= allowed


def _lengths(parsed: Any) -> set[int]:
    """Every length a parsed pattern can match."""
    sums = {0}
    for operation, argument in parsed:
        name = str(operation)
        if name == "SUBPATTERN":
            each = _lengths(argument[-1])
        elif name == "BRANCH":
            each = set().union(*(_lengths(branch) for branch in argument[1]))
        elif name == "MAX_REPEAT":
            least, most, inner = argument
            once = _lengths(inner)
            each = {n * size for n in range(least, most + 1) for size in once}
        else:
            each = {1}
        sums = {total + size for total in sums for size in each}
    return sums


@cache
def calling_codes() -> dict[str, str]:
    """Country to calling code with its plus: NL to +31."""
    return {
        region: f"+{code}"
        for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
        for region in regions
        if region != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
    }


@cache
def main_region(calling_code: int) -> str | None:
    region = phonenumbers.region_code_for_country_code(calling_code)
    return None if region in (phonenumbers.UNKNOWN_REGION, phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY) else region


@cache
def combined(regions: frozenset[str]) -> dict[str, str]:
    """One pattern over +…-numbers for each of `mobile`, `fixed`, `other`, for these countries together; `general`,
    which must match besides (those are at times wider); and
    `guarded`: numbers to be left alone; `decided`: numbers that are none if nothing else matches."""
    rules = [rule for region in sorted(regions) if (rule := dialling(region))]
    patterns = {}
    for kind, end in (("general", "$"), ("mobile", "$"), ("fixed", "$"), ("other", "$"), ("guarded", "")):
        found = [(rule.calling_code, getattr(rule, kind)) for rule in rules]
        branches = "|".join(f"{code}(?:{pattern})" for code, pattern in found if pattern)
        patterns[kind] = rf"^\+(?:{branches}){end}" if branches else ""
    sure = "|".join(str(rule.calling_code) for rule in rules if rule.complete)
    return patterns | {"decided": rf"^\+(?:{sure})[0-9]*$" if sure else ""}
