"""Build phone number patterns, as regular expressions for polars, from the metadata of `phonenumbers`.

Patterns cover only what they can decide exactly: the main country of a calling code, numbers without rarer trunk and
carrier prefixes, and kinds whose pattern fixes the length as the metadata does. Numbers that no pattern matches are
left to the library's own parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

# `re` computes how long a match may be; its parser is private, but its result only makes a pattern unused.
_parse = re._parser.parse  # type: ignore[attr-defined]

_OTHER = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")


@dataclass(frozen=True)
class Dialling:
    """The patterns of one country's numbers, after its calling code. An empty pattern matches nothing.

    Numbers without a calling code are matched only where `00` is the one international prefix (`dials_00`). `guarded`
    numbers are left to the parser. If the patterns are `complete`, any other number that they do not match is invalid.
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
    """Build the patterns of a country; None for one that shares the calling code of a larger one."""
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
    # Every region has it: only numbers that match it belong to the region.
    general: str = getattr(metadata.general_desc, "national_number_pattern", None) or ".*"
    described = {kind for kind, description in kinds.items() if _described(description)}
    return Dialling(
        calling_code=code,
        trunk=trunk,
        # A number with a prefix to be removed or rewritten is left to the parser.
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
    """Return the pattern of one kind of number, or nothing where it does not fix the length."""
    if not _described(description):
        return ""
    pattern: str = description.national_number_pattern
    shortest, longest = _parse(pattern).getwidth()
    allowed = set(description.possible_length or ())
    if allowed and allowed != set(range(shortest, longest + 1)) and not _same_lengths(pattern, allowed):
        return ""
    return pattern.replace(r"\d", "[0-9]")


def _same_lengths(pattern: str, allowed: set[int]) -> bool:
    """Check that the alternatives of a pattern, one by one, match only the allowed lengths."""
    return _lengths(_parse(pattern)) <= allowed


def _lengths(parsed: Any) -> set[int]:
    """List every length that a parsed pattern can match."""
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
    """Map each country to its calling code with a plus: NL to +31."""
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
    """Combine the patterns of several countries into one each, for numbers that start with +.

    `mobile`, `fixed` and `other` are the kinds; `general` must match too, since these are sometimes wider; `guarded`
    numbers are left to the parser; `decided` numbers are invalid if nothing else matches.
    """
    rules = [rule for region in sorted(regions) if (rule := dialling(region))]
    patterns = {}
    for kind, end in (("general", "$"), ("mobile", "$"), ("fixed", "$"), ("other", "$"), ("guarded", "")):
        found = [(rule.calling_code, getattr(rule, kind)) for rule in rules]
        branches = "|".join(f"{code}(?:{pattern})" for code, pattern in found if pattern)
        patterns[kind] = rf"^\+(?:{branches}){end}" if branches else ""
    complete = "|".join(str(rule.calling_code) for rule in rules if rule.complete)
    return patterns | {"decided": rf"^\+(?:{complete})[0-9]*$" if complete else ""}
