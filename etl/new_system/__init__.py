"""Write a first declaration of a system: from a page of records, or from an OpenAPI document.

sample.py | openapi.py  ->  Seen: fields with their types, and what stands around the records
guess.py, paging.py     ->  Draft: columns, key, paging, each with what it rests on
declaration.py          ->  a file for `[systems] files`, which says what was guessed and what was not
write.py                    all of it
"""
