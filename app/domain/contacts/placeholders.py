"""Placeholders: texts that stand for a missing value, as spreadsheets, databases and people write them."""

import re

# ruff: noqa: RUF001 - letters of many alphabets

_EDGES = " \t()[]{}<>\"'\u201c\u201d\u201e\u2018\u2019.,:;!?*_-\u2010\u2013\u2014\u2212#|/\\`\u2026=~"
# Compared in lower case, without brackets and punctuation at the ends.
_WORDS = r"""
n/a|n.a|n\a|n-a|none|null|nil|nan|unknown|undefined|tbd|tbc|tba|test|\n|k.a|k/a|n.v.t|nvt|s/o|s.o
s/d|s.d|n/d|n.d|not available|not applicable|not provided|not specified|not known|not given|not set
not found|not disclosed|no data|none provided|none given|no value|no name|noname|no first name
no last name|no company|no domain|no website|no answer|to be determined|to be confirmed
to be announced|empty|false|0|object object|unbekannt|keine angabe|keine angaben|nicht bekannt
nicht verfügbar|nicht vorhanden|nicht angegeben|inconnu|inconnue|non renseigné|non renseignée
non disponible|néant|aucun|aucune|desconocido|desconocida|no disponible|ninguno|ninguna|sin nombre
sin apellido|sconosciuto|sconosciuta|non disponibile|onbekend|niet beschikbaar|geen|desconhecido
desconhecida|não informado|first name|last name|full name|firstname|lastname|fullname|surname
first_name|last_name|full_name|linkedin member|linkedin-mitglied|membre linkedin|membre de linkedin
miembro de linkedin|membro do linkedin|utente linkedin|linkedin-lid|no info|no information
not listed|not entered|not supplied|not stated|not shared|undisclosed|redacted|withheld|anonymous
anonymised|anonymized|dummy|asdf|asdfgh|qwerty|n.n|ohne|o.a|ohne angabe|ohne angaben|ohne namen
nicht genannt|fehlt|pas de nom|pas de prénom|sans nom|sans prénom|non communiqué|non communiquée
non précisé|non précisée|non spécifié|sin apellidos|sin datos|sin información|sin especificar
no especificado|no indica|no consta|no aplica|non specificato|non indicato|non pervenuto|nessuno
não disponível|não consta|não se aplica|sem nome|sem sobrenome|sem informação|niet bekend
niet ingevuld|nie dotyczy|nie podano|brak danych|neuvedeno|není|bilinmiyor|belirtilmemiş|yok|okänd
saknas|ej angivet|ukjent|ukendt|ikke oppgitt|ikke angivet|tuntematon|ei tiedossa|ismeretlen
nincs megadva|necunoscut|неизвестно|неизвестен|нет|нет данных|не указано|не указан|невідомо|άγνωστο
不明|未知|未入力|未登録|なし|無し|无|無|没有|沒有|空|暂无|없음|미상|해당없음|غير معروف|لا يوجد|không có
không rõ|sin dato|н/д|не е посочено|ei ole|puudub|nao informado|nincs|nincs adat|neznámý|neznámé|žiadny
nepoznat|nepoznato|непознат|непознато|אין|לא ידוע|ไม่มี|ไม่ระบุ|tidak ada|tidak diketahui|n/k|entfällt|keine
tundmatu|nezināms|nežinoma|nėra|δ/υ|n/b|s/n|nie znam|nieznane|nieznany|bez nazwy|andmed puuduvad
no-one|nobody|no one|nothing|unknown contact|unknown person|unknown name|unnamed|unnamed contact|no name given
name unknown|no last name provided|test user|test contact|test account|test lead|testing|demo user|demo contact
sample contact|fake name|foo bar|lorem ipsum|abcd|qwe|zxcv|to be advised|to follow
to be completed|in progress|pending|private|removed|deleted|deleted user|deactivated|former employee
left company|no longer with company|do not contact|do not use|duplicate|see notes|same as above|as above
siehe oben|vorname|nachname|prénom|apellido|nombre|cognome|sobrenome|achternaam|voornaam|imię|nazwisko|jméno
příjmení|fornavn|etternavn|efternavn|förnamn|efternamn|ad soyad|ім'я|имя|фамилия|姓|名|氏名|fehlend|manquant|ontbreekt
brakuje|chybí|hiányzik|lipsă|липсва|відсутній|отсутствует|eksik|見つかりません|該当なし
空白|ブランク|未定|不詳|不详|待定|暂缺|未填写|没有数据|無資料|미정
알 수 없음|해당 없음|공란|chưa có|ไม่ทราบ|tidak tersedia|belum ada|tiada|अज्ञात|لا أحد|مجهول|غير متوفر|ללא|לא זמין
facebook user|apollo user|out of network|outside your network|insert name|your name|your name here|enter last name
enter first name|enter name|type here|please select|bitte wählen|veuillez choisir|seleccionar|placeholder|n.b
non fourni|nicht zutreffend|sin definir|da definire|a definir|nader te bepalen|do ustalenia
"""
WORDS = frozenset(word for line in _WORDS.split("\n") for word in line.split("|") if word)
# Other spellings of these are names: Na, Nat.
EXACT = frozenset({"NA", "NaT", "brak", "BRAK"})
# Words that are names as well: placeholders in brackets only, as in a pivot table.
BRACKETED = frozenset({"blank", "leer", "vide", "vacío", "vuoto", "na", "nat"})
# Errors of a spreadsheet's formulas, in the languages of its menus.
_ERRORS = """
n/a ref value name div/0 num null spill calc field error busy blocked connect nv bezug wert zahl nd rif valore nom
nombre valor ¡ref ¡valor ¡num ¡nulo ¡div/0 ¿nombre überlauf na n/v н/д brak hiányzik
i/t n/b getting_data není_k_dispozici
"""
FORMULA_ERRORS = frozenset(_ERRORS.split())
# In whatever language: #ЗНАЧ!, #NAAM?
_ERROR = re.compile(r"#[^\W\d_][\w/]*[!?]")
# What LinkedIn shows in place of a name, in its languages.
_MEMBER = (
    "member|user|mitglied|nutzer|membre|utilisateur|usuario|miembro|membro|utente|üyesi|участник|пользователь|członek"
    "|użytkownik|用户|會員|会员|メンバー|회원|medlem|jäsen|člen|tag|lid"
)
_OF_LINKEDIN = re.compile(
    rf"(?:linkedin|领英|領英)[ -]?(?:{_MEMBER})|(?:{_MEMBER})(?: (?:de|of|do|von|di|van))?[ -]linkedinu?", re.IGNORECASE
)
_MERGE_FIELD = re.compile(
    r"\{\{.*\}\}|\$\{.*\}|\{[!$#]?[\w.]+\}|\$\w*name\w*\$?|%%?\w+%%?|<%.*%>|\*\|.*\|\*|<<.*>>|«.*»|\[\[.*\]\]|<\w+>",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"[^\W_]")
_LONGEST = max(map(len, WORDS)) + 12


def is_placeholder(text: str) -> bool:
    """Return whether a whole text stands for no value, such as ``N/A``, ``#REF!``, ``-`` or ``{{first_name}}``.

    Args:
        text: Cleaned by `clean_words` or `clean_text`.
    """
    if len(text) > _LONGEST:
        return _MERGE_FIELD.fullmatch(text) is not None
    key = text.casefold()
    if key in WORDS or text in EXACT or _OF_LINKEDIN.fullmatch(key):
        return True
    if key.isalpha():
        return key.strip("x") == "" or (len(key) > len("aa") and len(set(key)) == 1 and not text.isupper())
    bare = key.strip(_EDGES).replace(" / ", "/").replace(". ", ".")
    if bare in WORDS or "" in (bare.strip("x"), bare.strip("0")) or not _SHOWN.search(bare):
        return True
    if (
        all(map(_ERROR.fullmatch, key.split(" ")))
        or (key[0] in "([{<" and bare in BRACKETED)
        or (key[0] == "#" and bare in FORMULA_ERRORS)
    ):
        return True
    words = bare.split(" ")
    return WORDS.issuperset(words) or _MERGE_FIELD.fullmatch(text) is not None
