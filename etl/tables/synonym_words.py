"""What people call the columns of a contact list."""

from __future__ import annotations

WORDS = {
    "name": {
        "nl": "naam, volledige naam, klantnaam, naam klant, relatienaam, naam relatie, contactnaam, debiteurnaam",
        "fr": "nom, nom complet, nom et prénom, prénom et nom, nom prénom, nom client, nom du client",
        "de": "vollständiger name, name des kunden, kundenname, vor- und nachname, name vorname",
        "en": "full name, customer name, client name, contact name, name of customer",
    },
    "company_name": {
        "nl": "bedrijfsnaam, bedrijf, firmanaam, naam bedrijf, organisatie, organisatienaam, handelsnaam, onderneming",
        "fr": "société, nom société, nom de la société, entreprise, nom de l'entreprise, raison sociale, organisation",
        "de": "firma, firmenname, firmenbezeichnung, unternehmen, unternehmensname, betrieb",
        "en": "company, business, business name, organization, organization name, organisation name, firm",
    },
    "department": {
        "nl": "afdeling, afdelingsnaam",
        "fr": "département de la société, service",
        "de": "abteilung",
        "en": "dept",
    },
    "attention": {
        "nl": "t.a.v., tav, ter attentie van, contactpersoon, naam contactpersoon",
        "fr": "à l'attention de, personne de contact, contact personne",
        "de": "z. hd., zu händen, ansprechpartner, kontaktperson",
        "en": "attn, attention of, contact person",
    },
    "title": {"nl": "titel, aanhef, titulatuur", "fr": "titre, civilité", "de": "anrede", "en": "salutation"},
    "gender": {"nl": "geslacht, m/v", "fr": "sexe, genre", "de": "geschlecht", "en": "sex"},
    "initials": {"nl": "voorletters, voorletter, initialen", "fr": "initiales", "de": "initialen"},
    "first_name": {
        "nl": "voornaam, voornamen, roepnaam",
        "fr": "prénom, prénoms",
        "de": "vorname, vornamen, rufname",
        "en": "first names, given name, forename, firstname",
    },
    "insertion": {
        "nl": "tussenvoegsel, tussenvoegsels, tussenv., tussenvgsl, voorvoegsel, voorvoegsels",
        "fr": "particule",
        "de": "namenszusatz",
        "en": "infix, surname prefix, prefix surname",
    },
    "last_name": {
        "nl": "achternaam, familienaam, geslachtsnaam",
        "fr": "nom de famille",
        "de": "nachname, familienname, zuname",
        "en": "surname, family name, lastname",
    },
    "email": {
        "nl": "e-mailadres, emailadres, mailadres, e-mail adres",
        "fr": "courriel, adresse e-mail, adresse mail, adresse électronique, adresse courriel, mél",
        "de": "e-mail-adresse, mailadresse",
        "en": "e-mail, e-mail address, mail, mail address",
    },
    "website": {
        "nl": "webadres, internetadres, internet",
        "fr": "site web, site internet",
        "de": "webseite, homepage, internetseite, internetadresse",
        "en": "web site, url, web, web address, www",
    },
    "fax": {"nl": "faxnummer, faxnr, telefax", "fr": "télécopie, numéro de fax", "de": "faxnummer", "en": "fax number"},
    "phone": {
        "nl": "telefoon, tel., telefoonnr, telefoonnummer, tel.nr., telnummer, telefoon 1, tel. 1, vaste telefoon, "
        "telefoon vast, vast nummer, telefoon werk, telefoon zakelijk, telefoon privé, telefoon thuis",
        "fr": "téléphone, tél., numéro de téléphone, n° de téléphone, n° tél., téléphone fixe, fixe, téléphone 1",
        "de": "telefon, telefonnummer, telefonnr, festnetz, festnetznummer, rufnummer, telefon 1",
        "en": "telephone, phone number, telephone number, phone no, tel no, phone 1, landline, work phone, home phone",
    },
    "mobile": {
        "nl": "mobiel, gsm, mobiele telefoon, mobiel nummer, mobielnummer, mobiele nummer, mobielnr, gsm-nummer, "
        "gsm nr, telefoon mobiel, mobiel telefoonnummer, mobiele telefoonnummer, 06-nummer",
        "fr": "portable, téléphone portable, tél. portable, téléphone mobile, numéro de portable, numéro de gsm, "
        "n° gsm, n° de gsm",
        "de": "handy, handynummer, mobil, mobiltelefon, mobilnummer, handynr, mobilfunk, mobilfunknummer",
        "en": "mobile phone, mobile number, mobile no, cell, cell phone, cellphone, mobile phone number",
    },
    "address_line": {
        "nl": "adres, adresregel, adresregel 1, adres 1, straat en nummer, straat en nr, straat + nr, straat nr, "
        "straat en huisnummer, straat + huisnummer, straat/nr, straat huisnr, adreslijn, adreslijn 1, woonadres, "
        "postadres, bezoekadres, straatnaam en huisnummer, straat & nr",
        "fr": "adresse, adresse 1, rue et numéro, rue et n°, adresse postale, rue n°, n° et rue, numéro et rue",
        "de": "adresse, anschrift, straße und hausnummer, straße hausnummer, straße nr, straße und nr, straße + nr, "
        "adresszeile, adresszeile 1, straße hausnr",
        "en": "address, address 1, address line 1, street address, street and number, postal address",
    },
    "street": {
        "nl": "straat, straatnaam",
        "fr": "rue, nom de rue, nom de la rue, voie",
        "de": "straße, straßenname, str.",
        "en": "street name",
    },
    "house_number": {
        "nl": "huisnr, huisnummer, huis nr, huisnummers, hnr, huisno, straatnummer",
        "fr": "numéro, numéro de maison, n° de maison, n° maison, numéro de rue, n° rue",
        "de": "hausnummer, hausnr, haus-nr., hsnr",
        "en": "house no, house nr, street number",
    },
    "house_number_postfix": {
        "nl": "toevoeging, toev., toevoegsel, huisnummertoevoeging, huisnr toevoeging, huisnr. toev., "
        "toevoeging huisnummer, huisletter, huisnummer toev",
        "fr": "complément de numéro",
        "de": "hausnummerzusatz, hausnr zusatz, hausnummernzusatz",
        "en": "house number suffix, house number addition, house number extension",
    },
    "box": {
        "nl": "bus, busnr, busnummer, postbusnummer",
        "fr": "boîte, bte, numéro de boîte, n° boîte, boîte n°, n° de boîte",
        "en": "box number, box no",
    },
    "postcode": {
        "nl": "postcodes, post code, pc",
        "fr": "code postal, cp",
        "de": "plz, postleitzahl",
        "en": "zip, zip code, zipcode, postal code, zip/postal code, post/zip code",
    },
    "city": {
        "nl": "woonplaats, plaats, plaatsnaam, gemeente, stad, vestigingsplaats, woonplaatsnaam",
        "fr": "ville, localité, commune, lieu",
        "de": "ort, stadt, wohnort, ortschaft, gemeinde",
        "en": "town, place, city/town, town/city, locality, municipality",
    },
    "country": {
        "nl": "land, landnaam, landcode, land code",
        "fr": "pays, code pays",
        "de": "ländercode, länderkennzeichen, staat",
        "en": "country name, nation, iso country",
    },
    "province": {
        "nl": "provincie",
        "fr": "province/région, nom de province",
        "de": "provinz, bundesland",
        "en": "state, state/province, county",
    },
    "latitude": {"nl": "breedtegraad", "de": "breitengrad", "en": "lat"},
    "longitude": {"nl": "lengtegraad", "de": "längengrad", "en": "lon, lng"},
    "invoice_attention": {"nl": "factuur t.a.v., factuur contactpersoon", "en": "billing attention"},
    "invoice_address_line": {
        "nl": "factuuradres, factuur adres, adres factuur, facturatieadres",
        "fr": "adresse de facturation, adresse facturation",
        "de": "rechnungsadresse, rechnungsanschrift",
        "en": "invoice address, billing address, billing street",
    },
    "invoice_postcode": {
        "nl": "factuurpostcode, factuur postcode, postcode factuur, facturatiepostcode",
        "fr": "code postal de facturation, code postal facturation",
        "de": "rechnungs-plz",
        "en": "invoice postal code, billing postcode, billing zip, billing zip code, billing postal code",
    },
    "invoice_city": {
        "nl": "factuurplaats, factuur plaats, factuur woonplaats, plaats factuur, facturatieplaats, facturatiegemeente",
        "fr": "ville de facturation, ville facturation",
        "de": "rechnungsort",
        "en": "billing city, billing town",
    },
    "invoice_country": {
        "nl": "factuurland, factuur land, land factuur, facturatieland",
        "fr": "pays de facturation, pays facturation",
        "de": "rechnungsland",
        "en": "billing country",
    },
    "vat_number": {
        "nl": "btw-nummer, btw, btw nr, btw-id, btw identificatienummer, btw-identificatienummer, btwnr be",
        "fr": "n° tva, numéro de tva, numéro tva, tva, no tva, n° de tva, nr tva, tva intracommunautaire, "
        "n° tva intracommunautaire, numéro de tva intracommunautaire",
        "de": "ust-idnr, ust-id, ust-id-nr, umsatzsteuer-id, umsatzsteuer-identifikationsnummer, uid-nummer, ustid, "
        "mwst-nummer, mwst-nr",
        "en": "vat, vat no, vat nr, vat id, vat registration number, vat reg no, tax id, vat code",
    },
    "coc_number": {
        "nl": "kvk, kvk-nummer, kvk nr, kamer van koophandel, kamer van koophandel nummer, handelsregisternummer, "
        "ondernemingsnummer, ondernemingsnr, kbo, kbo-nummer, kbo nr, inschrijfnummer kvk",
        "fr": "numéro d'entreprise, n° d'entreprise, n° entreprise, bce, numéro bce, n° bce, registre de commerce",
        "de": "handelsregister, handelsregisternummer, hrb, unternehmensnummer",
        "en": "coc, coc no, chamber of commerce, chamber of commerce number, company registration number, "
        "enterprise number",
    },
    "bank_name": {"nl": "bank, banknaam, naam bank", "fr": "banque, nom de la banque", "de": "bankname"},
    "bank_number": {
        "nl": "iban, rekeningnummer, rekeningnr, bankrekening, bankrekeningnummer, bankrekeningnr, iban nummer, "
        "banknummer",
        "fr": "numéro de compte, n° de compte, compte bancaire, n° compte, numéro de compte bancaire",
        "de": "kontonummer, bankkonto, bankverbindung, konto-nr",
        "en": "bank account, account number, bank account number, iban number",
    },
    "payment_term_days": {
        "nl": "betaaltermijn, betalingstermijn, betaaltermijn dagen, betaaltermijn in dagen, betalingstermijn dagen",
        "fr": "délai de paiement, délai paiement",
        "de": "zahlungsziel, zahlungsfrist",
        "en": "payment term, payment terms, payment term in days",
    },
    "discount_percentage": {
        "nl": "korting, korting %, kortingspercentage, korting percentage",
        "fr": "remise, remise %, réduction",
        "de": "rabatt, rabatt %",
        "en": "discount, discount %",
    },
    "created_at": {
        "nl": "aangemaakt op, aangemaakt, aanmaakdatum, datum aangemaakt, invoerdatum",
        "fr": "date de création, créé le",
        "de": "erstellt am, angelegt am, erstellungsdatum",
        "en": "created, created on, date created, creation date",
    },
    "modified_at": {
        "nl": "gewijzigd op, gewijzigd, wijzigingsdatum, laatst gewijzigd, datum gewijzigd",
        "fr": "date de modification, modifié le",
        "de": "geändert am, änderungsdatum",
        "en": "modified, modified on, date modified, last modified, updated at",
    },
}
"""By column and language, the names that people give it, divided by commas. One word is one column's."""
