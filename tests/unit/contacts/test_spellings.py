"""People of many countries: however one is written, it is one contact; no two are."""

import unicodedata
from collections.abc import Callable

from tests.unit.contacts.test_fingerprint import print_of

PEOPLE = """
Aoife/Ní_Bhriain Seán/Mac_Giolla_Bhríde Jón/Þór Jan/Kowalski-Nowak Věra/Čáslavská Ioana/Popescu-Tăriceanu
Giorgi/Kvirikashvili Aram/Khachaturyan Tenzin/Dorji Priya/D'Souza Mohammed/bin_Rashid_Al_Maktoum Fatima/Al-Zahra
Chinedu/Okafor Ngozi/Okonjo-Iweala Siti/Nurhaliza Juan/dela_Cruz Maria/de_los_Santos Somchai/Jaidee Tāne/Mahuta
Ana/Souza_e_Silva Carmen/Martínez_de_la_Rosa Jordi/Puig_i_Ferrer Gaël/Le_Goff Jean-Baptiste/d'Estaing
Pieter/van_'t_Hoff Wim/op_den_Brouw Friedrich/zu_Hohenlohe Maximilian/Graf_von_Spee Heiko/Maaß Urs/von_Arx
Silvia/De_Luca Νίκος/Καζαντζάκης Ольга/Ким Ђорђе/Петровић Luka/Dončić Eirik/Sæther Søren/Ågård Wei/Zhang
Xiaoming/Ou-Yang Min-jun/Park Kenji/Ōe Ian/MacLeod Mary/St._John Eva/Ng Jo/Ek Max/Ernst Dean/Martin Van/Morrison
"""


def _apart(letter: str) -> str:
    """Write an accent apart from its letter."""
    base, *marks = unicodedata.decomposition(letter).split(" ")
    return "".join(chr(int(part, 16)) for part in (base, *marks)) if marks and "<" not in base else letter


WRITTEN: dict[str, Callable[[str, str], dict[str, str]]] = {
    "last name first": lambda first, last: {"full_name": f"{last}, {first}"},
    "capitals": lambda first, last: {"full_name": f"{first} {last}".upper()},
    "small letters": lambda first, last: {"full_name": f"{first} {last}".lower()},
    "the last name in capitals": lambda first, last: {"full_name": f"{first} {last.upper()}"},
    "title and degrees": lambda first, last: {"full_name": f"Dr. {first} {last}, MBA, PhD"},
    "pronouns": lambda first, last: {"full_name": f"{first} {last} (she/her)"},
    "emoji and a remark": lambda first, last: {"full_name": f"✨ {first} {last} 🚀 | CEO at Acme"},
    "quoted": lambda first, last: {"full_name": f'"{first} {last}"'},
    "parts in capitals": lambda first, last: {"first_name": first.upper(), "last_name": last.upper()},
    "parts beside a messy whole": lambda f, last: {
        "first_name": f,
        "last_name": last,
        "full_name": f"{last}, {f} (er)",
    },
    "first name and whole": lambda first, last: {"first_name": first, "full_name": f"{first} {last}"},
    "last name and whole": lambda first, last: {"last_name": last, "full_name": f"{first} {last}"},
    "both in the first": lambda first, last: {"first_name": f"{first} {last}", "last_name": last},
    "fixed blanks": lambda first, last: {"full_name": f"{first}\u00a0{last}\u200b"},
    "decomposed": lambda first, last: {"full_name": "".join(map(_apart, f"{first} {last}"))},
}


def test_people_of_many_countries_are_one_contact_each_however_they_are_written() -> None:
    wrong, prints = [], {}
    for one in PEOPLE.split():
        first, last = one.replace("_", " ").split("/")
        prints[one] = print_of(first_name=first, last_name=last)
        wrong += [(one, way) for way, made in WRITTEN.items() if print_of(**made(first, last)) != prints[one]]
    assert wrong == []
    assert len(set(prints.values())) == len(prints)
