"""Words for the names of people and firms, in invented combinations."""

from __future__ import annotations

MALE = ("Jan", "Piet", "Daan", "Thijs", "Bram", "Sjoerd", "René", "André", "Jürgen", "Koen", "Wouter", "Giel")
FEMALE = ("Sanne", "Lotte", "Noor", "Zoë", "Renée", "Anouk", "Fleur", "Maud", "Chloë", "Esmée", "Marieke", "Fenna")
# lower case: the Dutch tussenvoegsel. Belgians write theirs with a capital, as part of the name.
INSERTIONS = ("van", "de", "van der", "van den", "van de", "den", "ter", "ten", "in 't", "op de")
DUTCH_SURNAMES = (
    "Bakker", "Visser", "Smit", "Mulder", "Dekker", "Brouwer", "Dijkstra", "Kok", "Jacobs", "Hoekstra", "Peters",
    "Willems", "Hermans", "Postma", "Scholten", "Prins", "Kuipers", "Veenstra", "Wijngaarden", "Hulst", "Linden",
    "Berg", "Velden", "Brink", "Heuvel", "Bosch",
)  # fmt: skip
BELGIAN_SURNAMES = ("Peeters", "Janssens", "Maes", "Jacobs", "Wouters", "Claes", "Lambert", "Dupont", "Goossens")
BELGIAN_PREFIXED = ("De Smet", "Van Damme", "De Clercq", "Van den Bossche", "D'Hondt")
GERMAN_SURNAMES = ("Müller", "Schröder", "Weiß", "Krüger", "Lehmann", "Vogel")
FRENCH_SURNAMES = ("Lefèvre", "Moreau", "Girard", "François", "Rousseau", "Benoît")

TRADES = (
    "Fietsen", "Tweewielers", "Rijwielhandel", "Installatie", "Groepsuitjes", "Bouw", "Catering", "Advies",
    "Schilderwerken", "Transport", "Tuinen", "Evenementen",
)  # fmt: skip
LEGAL = {"NL": ("B.V.", "BV", "V.O.F.", "N.V."), "BE": ("BV", "NV"), "DE": ("GmbH", "KG"), "FR": ("SARL", "SAS")}

TITLES = {
    "male": ("Dhr.", "Dhr. ", "De heer"),
    "female": ("Mevr.", "Mevr. ", "Mevrouw"),
    "unknown": ("Dhr./Mevr. ", ""),
}


def surnames(country: str) -> tuple[str, ...]:
    return {"NL": DUTCH_SURNAMES, "BE": BELGIAN_SURNAMES, "DE": GERMAN_SURNAMES, "FR": FRENCH_SURNAMES}[country]
