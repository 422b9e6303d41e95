"""Find one person in everything that is kept, show it, and erase it.

asked (an e-mail address, a phone number, a record's key)
    -> needles.py     every notation of it in a text
    -> judge.py       whose record it is: the person's own, one with the person in it, or one that mentions them
    -> wanted.py      what was learnt: their records, and the names they have there
places/               what can hold a person, each with the same three verbs: find, show, erase
tombstones.py         what is left of an erased person: keyed hashes, by which a later run knows them
erasing.py            the plan, the places one by one, the certificate
"""
