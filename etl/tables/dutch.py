"""The Dutch of every reason that stands in rejects and results (`language = "nl"` in etl.toml).

`{}` is what a reason names: a column, a record, a number. What is not here, such as a vendor's own words, stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache, partial

from etl.config.language import Language

DUTCH: Mapping[str, str] = {
    # of the file
    "The row has no key: fill in its key column.": "De rij heeft geen sleutel: vul de sleutelkolom in.",
    "The key stands in row {} already.": "De sleutel staat al in rij {}.",
    "This row has more fields than the header's {}: a separator too many, or a text without its quotes?": (
        "Deze rij heeft meer velden dan de {} van de kopregel: een scheidingsteken te veel, of een tekst zonder "
        "aanhalingstekens?"
    ),
    "The key is {} here and {} in row {} of {}: a spreadsheet may have changed it. Not sent.": (
        "De sleutel is hier {}, en {} in rij {} van {}: een spreadsheet kan hem veranderd hebben. Niet verzonden."
    ),
    "Mend it, or say --keys repair ({} is meant) or --keys exact (it is another row).": (
        "Verbeter hem, of zeg --keys repair ({} is bedoeld) of --keys exact (het is een andere rij)."
    ),
    "Several known keys are like it: mend it, or say --keys exact (it is another row).": (
        "Meer dan een bekende sleutel lijkt erop: verbeter hem, of zeg --keys exact (het is een andere rij)."
    ),
    "The key {} is taken for {}.": "De sleutel {} is voor {} gehouden.",
    "{} is not a phone number that can be read.": "{} is geen telefoonnummer dat te lezen is.",
    "It is of the kind {}, not {}.": "De rij is van de soort {}, niet {}.",
    "It is not active.": "De rij is niet actief.",
    "This person was erased (etl person erase): nothing is sent. Take the row out of the file.": (
        "Deze persoon is gewist (etl person erase): er wordt niets verzonden. Haal de rij uit het bestand."
    ),
    "A contact person of it was erased (etl person erase): take that person out of the file.": (
        "Een contactpersoon ervan is gewist (etl person erase): haal die persoon uit het bestand."
    ),
    "the address can be read in two ways": "het adres kan op twee manieren gelezen worden",
    # values
    "This is required, and missing.": "Dit is verplicht en ontbreekt.",
    "This is required, and missing: {}.": "Dit is verplicht en ontbreekt: {}.",
    "This is required, and what stands there cannot be read: {}.": (
        "Dit is verplicht, en wat er staat is niet te lezen: {}."
    ),
    "Marked doubtful: {}.": "Als twijfelachtig gemerkt: {}.",
    "Marked doubtful: {}. It was not sent, for --strict: mend it, or leave that out.": (
        "Als twijfelachtig gemerkt: {}. Niet verzonden, door --strict: verbeter het, of laat dat weg."
    ),
    "This holds characters that cannot be sent.": "Hier staan tekens in die niet verzonden kunnen worden.",
    "This holds characters that cannot be sent, such as a NUL.": (
        "Hier staan tekens in die niet verzonden kunnen worden, zoals een NUL."
    ),
    "This holds characters or numbers that cannot be sent.": (
        "Hier staan tekens of getallen in die niet verzonden kunnen worden."
    ),
    "This must be true or false.": "Dit moet true of false zijn.",
    "This is not a number.": "Dit is geen getal.",
    "This is not a whole number.": "Dit is geen geheel getal.",
    "This is too long: at most {} characters fit.": "Dit is te lang: er passen hoogstens {} tekens in.",
    "This number must be at least {}.": "Dit getal moet minstens {} zijn.",
    "This number must be at most {}.": "Dit getal moet hoogstens {} zijn.",
    "This number must be more than {}.": "Dit getal moet meer dan {} zijn.",
    "This number must be less than {}.": "Dit getal moet minder dan {} zijn.",
    "This must be {}.": "Dit moet {} zijn.",
    "This does not fit what the target takes.": "Dit past niet in wat de bestemming aanneemt.",
    "{} is not a country we know.": "{} is geen land dat wij kennen.",
    "The country is not one we know.": "Het land is er geen dat wij kennen.",
    "There is no name: fill in {} or {}.": "Er is geen naam: vul {} of {} in.",
    "The supplier's id is of another account: say which supplier it is in this one.": (
        "Het id van de leverancier is van een ander account: zeg welke leverancier het in dit account is."
    ),
    "map supplier_id, or set it among the account's defaults": (
        "geef supplier_id in de map, of zet het bij de defaults van het account"
    ),
    # which record it is
    "It has changed since it was sent, and the API has no way to change it.": (
        "De rij is veranderd sinds ze verzonden werd, en de API kan niets wijzigen."
    ),
    "It looks like the same as row {}, under another key: both go.": (
        "De rij lijkt dezelfde als rij {}, onder een andere sleutel: beide gaan."
    ),
    "It is not known at the target: push it with --mode create first, or say with --match how to find it.": (
        "De rij is niet bekend bij de bestemming: stuur haar eerst met --mode create, of zeg met --match hoe ze te "
        "vinden is."
    ),
    "Under this key somebody else was sent: name, e-mail, phone and address all differ. Name the table with --source "
    "if it is another one, or say with etl review that it is the same.": (
        "Onder deze sleutel is iemand anders verzonden: naam, e-mail, telefoon en adres verschillen alle. Noem de "
        "tabel met --source als het een andere is, of zeg met etl review dat het dezelfde is."
    ),
    "Left out, as was decided in review.": "Weggelaten, zoals in review is besloten.",
    "Record {} is known as another row's ({}).": "Record {} is bekend als dat van een andere rij ({}).",
    "Several records match: {}.": "Meer dan een record past: {}.",
    "Several records may be this one: {}.": "Meer dan een record kan dit zijn: {}.",
    "The same person stands there under another reference: {}.": (
        "Dezelfde persoon staat daar onder een andere referentie: {}."
    ),
    "The API would merge it into record {}, which is not known as this row's.": (
        "De API zou de rij samenvoegen met record {}, dat niet als dat van deze rij bekend is."
    ),
    "It looks like record {}, which stands there already and is not known as ours.": (
        "De rij lijkt op record {}, dat daar al staat en niet als het onze bekend is."
    ),
    "It looks like record {}, which is known as row {} of {}.": (
        "De rij lijkt op record {}, dat bekend is als rij {} van {}."
    ),
    "It looks like record {}, which was made of row {}: both go.": (
        "De rij lijkt op record {}, dat van rij {} gemaakt is: beide gaan."
    ),
    "The record that matches agrees in nothing else with the row, or there is nothing else to compare.": (
        "Het record dat past stemt verder nergens met de rij overeen, of er is niets anders te vergelijken."
    ),
    "The record of that number agrees in nothing with the row, or there is nothing to compare.": (
        "Het record met dat nummer stemt nergens met de rij overeen, of er is niets te vergelijken."
    ),
    "There is nothing by which the record could be found again: fill this in.": (
        "Er is niets waaraan het record terug te vinden zou zijn: vul dit in."
    ),
    "The record is about somebody else than the row.": "Het record gaat over iemand anders dan de rij.",
    # before it is written
    "The record is not there any more.": "Het record is er niet meer.",
    "--recreate-missing makes it anew.": "--recreate-missing maakt het opnieuw.",
    "The server answers that the record is not there, and lists it.": (
        "De server antwoordt dat het record er niet is, en toont het in de lijst."
    ),
    "Empty here, and the API cannot empty it: {}.": "Hier leeg, en de API kan het niet leegmaken: {}.",
    "Other here, and the API cannot change it: {}.": "Hier anders, en de API kan het niet wijzigen: {}.",
    "Left as it is there, by --on-conflict theirs: {}.": "Gelaten zoals het daar is, door --on-conflict theirs: {}.",
    "Changed here and there since it was last sent: {}. Say with --on-conflict whose it is to be.": (
        "Hier en daar veranderd sinds het laatst verzonden werd: {}. Zeg met --on-conflict wiens waarde het wordt."
    ),
    "It was gone already.": "Het was al weg.",
    "It has changed since, and is left as it is: {}.": "Het is sindsdien veranderd, en blijft zoals het is: {}.",
    "It reads back differently there: {}.": "Het komt daar anders terug: {}.",
    "The limits allow one call at a time: somebody may have changed it between its reading and its writing.": (
        "De limieten staan een aanroep tegelijk toe: iemand kan het tussen lezen en schrijven veranderd hebben."
    ),
    # what became of it
    "Not sent yet.": "Nog niet verzonden.",
    "An earlier call is in doubt: it is looked up first.": (
        "Van een eerdere aanroep is de afloop onzeker: die wordt eerst opgezocht."
    ),
    "It is looked for in the list, along with the others.": "Het wordt in de lijst gezocht, samen met de andere.",
    "It was sent, and nothing tells whether it is there: look for it, and decide.": (
        "Het is verzonden, en niets zegt of het er staat: zoek het op, en beslis."
    ),
    "The access token was no longer good.": "Het toegangstoken was niet meer geldig.",
    "It was sent, and is surely not there.": "Het is verzonden, en staat er zeker niet.",
    "The record that the answer named does not show the row.": "Het record dat het antwoord noemde toont de rij niet.",
    "The server says that it is done, and does not show it.": "De server zegt dat het gedaan is, en toont het niet.",
    "The server says each time that it is done, and does not do it.": (
        "De server zegt telkens dat het gedaan is, en doet het niet."
    ),
    "The server says that it is gone, and still shows it.": "De server zegt dat het weg is, en toont het nog.",
    "The answer is about another record ({}).": "Het antwoord gaat over een ander record ({}).",
    "The answer is about another record.": "Het antwoord gaat over een ander record.",
    "The answer is none that the document knows.": "Het antwoord is er geen dat het document kent.",
    "The answer does not say what was made.": "Het antwoord zegt niet wat er gemaakt is.",
    "The server answered {}.": "De server antwoordde {}.",
    "The server cannot be reached.": "De server is niet bereikbaar.",
    "The connection broke before an answer came.": "De verbinding brak af voordat er een antwoord kwam.",
    # of an undo
    "It was merged into a record that was there; what that held before is not known.": (
        "Het is samengevoegd met een record dat er al was; wat daarin stond is niet bekend."
    ),
    "It was deleted; the API gives a record that is made anew another id.": (
        "Het is verwijderd; de API geeft een record dat opnieuw gemaakt wordt een ander id."
    ),
    "What it held then is not known any more.": "Wat er toen in stond is niet meer bekend.",
    "It is left as it is: the API cannot empty again what the run filled ({}).": (
        "Het blijft zoals het is: de API kan niet weer leegmaken wat de run invulde ({})."
    ),
    "It is not known any more as what that run sent.": "Het is niet meer bekend als wat die run verzond.",
    "The API cannot delete.": "De API kan niet verwijderen.",
}
WORDS = {"a last name": "een achternaam", "a company name": "een bedrijfsnaam", "a name": "een naam"}
"""The words among what a reason names."""


@lru_cache(maxsize=1 << 12)
def in_dutch(reason: str) -> str:
    """A reason in Dutch, or several of them in one text."""
    for pattern, begin, dutch in _patterns():
        if begin in reason:
            reason = pattern.sub(partial(_translated, dutch), reason)
    return reason


def _translated(dutch: str, found: re.Match[str]) -> str:
    return dutch.format(*(_word(named) for named in found.groups()))


def _word(named: str) -> str:
    for english, dutch in WORDS.items():
        named = named.replace(english, dutch)
    return named


@cache
def _patterns() -> list[tuple[re.Pattern[str], str, str]]:
    """Each reason as a pattern, with a piece of it that is looked for first; the most particular ones come first."""
    made = []
    for english in sorted(DUTCH, key=lambda one: (one.count("{}"), -len(one))):
        pieces = english.split("{}")
        pattern = re.compile("(.+?)".join(map(re.escape, pieces)), re.DOTALL)
        made.append((pattern, max(pieces, key=len), DUTCH[english]))
    return made


def said_in(reason: str | None, language: Language) -> str | None:
    """A reason in the language of whoever reads it."""
    return in_dutch(reason) if reason is not None and language == "nl" else reason
