"""First, last and whole name together, in any wrapping, and as hostile texts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.names.person_name import join_name, read_name
from app.domain.contacts.text import clean_words
from tests.rows import each_row
from tests.unit.contacts.names import read


@each_row(
    ("parts", "expected"),
    [
        pytest.param(("Rita", "Mossy, PhD, CFA"), ("Rita", "Mossy", "Rita Mossy"), id="degrees in the last name"),
        pytest.param(("Rita", "Moss MBA"), ("Rita", "Moss", "Rita Moss"), id="degree without comma"),
        pytest.param(("Rita", "Moss - MBA"), ("Rita", "Moss", "Rita Moss"), id="degree behind a dash"),
        pytest.param(("Dr. Rita", "Moss"), ("Rita", "Moss", "Rita Moss"), id="title in the first name"),
        pytest.param(("Rita (Ree)", "Moss (she/her)"), ("Rita", "Moss", "Rita Moss"), id="brackets in both"),
        pytest.param(("Rita \U0001f680", "Moss \u2122"), ("Rita", "Moss", "Rita Moss"), id="symbols in both"),
        pytest.param(("RITA", "MOSS"), ("Rita", "Moss", "Rita Moss"), id="capitals"),
        pytest.param(("rita", "van der moss"), ("Rita", "van der Moss", "Rita van der Moss"), id="small letters"),
        pytest.param(("Rita", "Ma"), ("Rita", "Ma", "Rita Ma"), id="a last name like a degree"),
        pytest.param(("Rita", "MD"), ("Rita", "MD", "Rita MD"), id="initials as a last name"),
        pytest.param(("Rita", "Herr"), ("Rita", "Herr", "Rita Herr"), id="a last name like a title"),
        pytest.param(("Rita", "Dr"), ("Rita", None, "Rita"), id="a title as a last name"),
        pytest.param(("Frau", "Moss"), (None, "Moss", "Moss"), id="a form of address as the first name"),
        pytest.param(("Dr.", "Moss"), (None, "Moss", "Moss"), id="a title as the first name"),
        pytest.param(("Rita", "N/A"), ("Rita", None, "Rita"), id="placeholder"),
        pytest.param(("Rita", "Dr."), ("Rita", None, "Rita"), id="a title with its dot as a last name"),
        pytest.param(("Rita", "Nil"), ("Rita", None, "Rita"), id="Nil is no last name"),
        pytest.param((None, "NA"), (None, None, None), id="NA alone"),
        pytest.param(("小明 Xiaoming", "王 Wang"), ("Xiaoming", "Wang", "Xiaoming Wang"), id="two scripts"),
        pytest.param(("VAN ANH", "MOSS"), ("Van Anh", "Moss", "Van Anh Moss"), id="a first name like a particle"),
        pytest.param(("Rita", "Moss, Rita"), ("Rita", "Moss", "Rita Moss"), id="whole name in the last, and a first"),
        pytest.param(("Moss, Rita", "Moss"), ("Rita", "Moss", "Rita Moss"), id="whole name in the first, and a last"),
        pytest.param(("Sir Rita", "Moss"), ("Rita", "Moss", "Rita Moss"), id="Sir"),
        pytest.param(("Rita", "Moss, XYZP"), ("Rita", "Moss", "Rita Moss"), id="an unknown acronym"),
        pytest.param(("Rita", "-"), ("Rita", None, "Rita"), id="hyphen"),
        pytest.param(("Rita", "NA"), ("Rita", None, "Rita"), id="R's missing value"),
        pytest.param(("LI", "NA"), ("LI", "Na", "LI Na"), id="a last name in capitals"),
        pytest.param(("Na", "Li"), ("Na", "Li", "Na Li"), id="Na"),
        pytest.param(("Nan", "Moss"), ("Nan", "Moss", "Nan Moss"), id="Nan is a first name"),
        pytest.param(("nan", "Moss"), (None, "Moss", "Moss"), id="nan is none"),
        pytest.param(("Mary Ann", "Moss"), ("Mary Ann", "Moss", "Mary Ann Moss"), id="two first names"),
        pytest.param(
            ("太郎", "山田"),
            ("太郎", "山田", "山田太郎"),
            id="Japanese",
        ),
        pytest.param((None, "Moss, Rita"), ("Rita", "Moss", "Rita Moss"), id="whole name in the last"),
        pytest.param(("Moss, Rita", None), ("Rita", "Moss", "Rita Moss"), id="whole name in the first"),
        pytest.param(("Rita", "M."), ("Rita", "M.", "Rita M."), id="initial"),
        pytest.param(("Rita K.", "Moss"), ("Rita", "Moss", "Rita K. Moss"), id="middle initial in the first name"),
        pytest.param(("J. Robert", "Moss"), ("Robert", "Moss", "J. Robert Moss"), id="initial in front"),
        pytest.param(("J.", "Moss"), ("J.", "Moss", "J. Moss"), id="initial as the first name"),
        pytest.param((None, None), (None, None, None), id="nothing"),
    ],
)
def test_first_and_last_name(parts: tuple[str | None, str | None], expected: tuple[str | None, ...]) -> None:
    assert read(*parts)[:3] == expected


@each_row(
    ("members", "expected"),
    [
        pytest.param(("Jane", None, "Jane Alvarado"), ("Jane", "Alvarado", "Jane Alvarado"), id="last name missing"),
        pytest.param(("Jane", None, "Alvarado, Jane"), ("Jane", "Alvarado", "Jane Alvarado"), id="comma"),
        pytest.param(("Jane", None, "Alvarado Jane"), ("Jane", "Alvarado", "Jane Alvarado"), id="Hungarian order"),
        pytest.param(("jane", None, "Jane Alvarado"), ("Jane", "Alvarado", "Jane Alvarado"), id="another case"),
        pytest.param(("Jane", None, "Dr. Jane Alvarado, MBA"), ("Jane", "Alvarado", "Jane Alvarado"), id="titles"),
        pytest.param(("Jane", None, "Jane van der Berg"), ("Jane", "van der Berg", "Jane van der Berg"), id="particle"),
        pytest.param(("Jane", None, "Jane Marie Stone"), ("Jane", "Stone", "Jane Marie Stone"), id="middle name"),
        pytest.param(
            ("Mary Ann", None, "Mary Ann Stone"), ("Mary Ann", "Stone", "Mary Ann Stone"), id="two first names"
        ),
        pytest.param(("Jane", None, "Alvarado"), ("Jane", "Alvarado", "Jane Alvarado"), id="the last name alone"),
        pytest.param(("Jane", None, "Jane"), ("Jane", None, "Jane"), id="the first name again"),
        pytest.param(("Bob", None, "Robert Stone"), ("Bob", "Stone", "Bob Stone"), id="a short form"),
        pytest.param(("Jane Stone", None, "Jane Stone"), ("Jane", "Stone", "Jane Stone"), id="whole name in the first"),
        pytest.param(("太郎", None, "山田太郎"), ("太郎", "山田", "山田太郎"), id="Japanese"),
        pytest.param((None, "Stone", "Jane Stone"), ("Jane", "Stone", "Jane Stone"), id="first name missing"),
        pytest.param((None, "Stone", "Stone Jane"), ("Jane", "Stone", "Jane Stone"), id="last name in front"),
        pytest.param(
            (None, "van der Berg", "Jan van der Berg"), ("Jan", "van der Berg", "Jan van der Berg"), id="Dutch"
        ),
        pytest.param(
            (None, "Garza", "M\u00aa José Garza"), ("M\u00aa José", "Garza", "M\u00aa José Garza"), id="Maria"
        ),
        pytest.param(
            ("Jane", None, "de la Cruz Lopez Jane"),
            ("Jane", "de la Cruz Lopez", "Jane de la Cruz Lopez"),
            id="last names in front",
        ),
        pytest.param((None, "van Berg", "Jan Berg"), ("Jan", "van Berg", "Jan van Berg"), id="a longer last name"),
        pytest.param(("Rita", "M.", "Stone"), ("Rita", "M.", "Rita M."), id="another single name"),
        pytest.param((None, "Stone", "Stone"), (None, "Stone", "Stone"), id="the last name again"),
        pytest.param((None, "Stone", "Jane Marie"), ("Jane", "Stone", "Jane Stone"), id="only first names"),
        pytest.param((None, "Jane Stone", "Jane Stone"), ("Jane", "Stone", "Jane Stone"), id="whole name in the last"),
        pytest.param((None, "山田", "山田太郎"), ("太郎", "山田", "山田太郎"), id="Japanese family"),
        pytest.param(("Rita", "M.", "Rita Moss"), ("Rita", "Moss", "Rita Moss"), id="initial completed"),
        pytest.param(("Rita", "M.", "Rita"), ("Rita", "M.", "Rita M."), id="initial not completed"),
        pytest.param((None, "M.", "Rita Moss"), ("Rita", "Moss", "Rita Moss"), id="initial alone"),
        pytest.param(
            ("Rita", "Mossgrove", "Mossgrove, Rita (she/her)"), ("Rita", "Mossgrove", "Rita Mossgrove"), id="parts win"
        ),
        pytest.param(("Rita", "Moss", "Robert Stone"), ("Rita", "Moss", "Rita Moss"), id="another person"),
        pytest.param(("N/A", "null", "Rita Moss"), ("Rita", "Moss", "Rita Moss"), id="placeholders beside"),
        pytest.param(("Rita", "Moss", "N/A"), ("Rita", "Moss", "Rita Moss"), id="placeholder as the whole"),
    ],
)
def test_a_whole_name_beside_a_part(members: tuple[str | None, ...], expected: tuple[str | None, ...]) -> None:
    assert read(*members)[:3] == expected


@each_row("text", ["N/A", "Test Test", "null null", "LinkedIn Member", "Dr.", "\U0001f680", "...", "42", "( )"])
def test_what_names_nobody(text: str) -> None:
    assert read(full=text) == (None, None, None, None)


def test_the_generation_may_stand_with_the_first_name() -> None:
    assert read("John Jr.", "Smith") == ("John", "Smith", "John Smith", "Jr.")


@each_row(
    ("first", "last", "name"),
    [
        pytest.param("Rita", "Moss", "Rita Moss", id="western"),
        pytest.param("太郎", "山田", "山田太郎", id="Japanese"),
        pytest.param("Rita", "王", "Rita 王", id="western first name"),
        pytest.param("明", "Moss", "明 Moss", id="western last name"),
        pytest.param("太郎", None, "太郎", id="first name alone"),
        pytest.param(None, "Moss", "Moss", id="last name alone"),
        pytest.param(None, None, None, id="nothing"),
    ],
)
def test_names_are_joined_in_the_order_of_their_script(first: str | None, last: str | None, name: str | None) -> None:
    assert join_name(first, last) == name


WORDS = st.text("abcdefghijklmnopqrstuvwxyzéüø", min_size=3, max_size=10).map(str.title)
# Words that are titles, degrees or particles by chance are no names here.
PARTS = st.tuples(WORDS, WORDS).filter(
    lambda parts: (
        (*parts, " ".join(parts), None)
        == read(*parts)
        == read(full=" ".join(parts))
        == read(full=", ".join(reversed(parts)))
    )
)
WRAPPINGS = st.sampled_from(
    [
        "{0} {1}",
        "{1}, {0}",
        "Dr. {0} {1}",
        "{0} {1}, PhD",
        "{0} {1} (she/her)",
        "{0} 'Xyz' {1}",
        "Frau {0} {1}",
        "{0} {1} \u2728",
        "{1}, Prof. {0}, MBA",
        "{0} {1} | Hiring",
        "{0}  {1} \u2013 CEO",
        "\u202a{0} {1}\u202c",
        "{0} {1}\u2122",
        "{0} (Xyz) {1}, M.Sc.",
    ]
)


@given(PARTS, WRAPPINGS)
def test_any_name_in_any_wrapping_is_read(parts: tuple[str, str], wrapping: str) -> None:
    assert read(full=wrapping.format(*parts))[:3] == (*parts, " ".join(parts))
    assert read(parts[0], None, wrapping.format(*parts))[:2] == parts
    assert read(None, parts[1], wrapping.format(*parts))[:2] == parts


@given(*[st.none() | st.text(max_size=60)] * 3)
def test_no_text_crashes_the_reading(first: str | None, last: str | None, full: str | None) -> None:
    name = read_name(clean_words(first), clean_words(last), clean_words(full))
    assert not (name.first or name.last) or name.full


@each_row("piece", ["(", "a, ", "Dr. ", "' ", "a - ", "王", "she/", "N/A ", '"', "a'", "x.", "| ", "@a"])
def test_hostile_texts_are_read_in_linear_time(piece: str) -> None:
    text = clean_words((piece * 20_000)[:20_000])
    began = time.thread_time()
    read_name(text, text, text)
    # It takes half a second; a reading that looks back at each character takes ten times that.
    assert time.thread_time() - began < 5
