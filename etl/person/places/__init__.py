"""The places that can hold a person: every file that this program writes belongs to one of them.

Each has the same three verbs. `find` counts by file, `show` yields what is held, `erase` takes it out: atomically, and
once more without harm. `claims` says whether a file is its own; tests hold that no file is nobody's.
"""

from etl.person.places.place import Files, Held, Place
from etl.person.places.places import places_of

__all__ = ["Files", "Held", "Place", "places_of"]
