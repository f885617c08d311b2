"""Words of headings that mean nothing, or the same as others; read by `recognition`."""

# Words before and after a heading that only say whose it is or how it was made: "Contact: First Name", "Last name *".
_LEADING = """
contact contacts lead leads person persons people prospect prospects candidate attendee attendees delegate
properties fields attributes invitee registrant participant
speaker applicant member primary main s your the raw original cleaned kontakt
what is
please enter
"""
LEADING = frozenset(_LEADING.split())
_TRAILING = """
required optional value wert valeur valor valore waarde cleaned clean normalized normalised enriched raw original c 1
"""
TRAILING = frozenset(_TRAILING.split())
# Words that mean nothing, wherever they stand.
_FILLERS = """
a and clean cleaned current d da das de del della der des di die do du e enriched et for fur het job l la le les main
normalised normalized of original primary raw s the u und van y
"""
FILLERS = frozenset(_FILLERS.split())
# Words for a person at the company, which may stand around a part of the name.
_PEOPLE = """
contact contacto contatto contato contactpersoon kontakt kontaktperson kontaktpersonen ansprechpartner ansprechperson
interlocuteur referente lead prospect person persona personne
"""
PEOPLE = frozenset(_PEOPLE.split())
# Words that mean the same within a heading of several words.
_SYNONYMS = """
company: account azienda bedrijf business businesses compagnie companhia compania corporate employer empresa entreprise
company: firm firma foretag gesellschaft org organisatie organisation organizacao organizacion organization societa
company: aziendale corporativa corporativo organizzazione societe unternehmen unternehmens virksomhed
website: homepage internet site sitio sito web webpage webseite
name: bezeichnung naam names navn nom nombre nome
work: geschaftlich geschaftliche office professional professionnel professionnelle profesional zakelijk
email: correo courriel mail
page: pagina
domain: domaine domein dominio domane
address: adres adresse direccion indirizzo
"""
SYNONYMS: dict[str, str] = {
    word: meant
    for meant, _, words in (line.partition(": ") for line in _SYNONYMS.split("\n") if line)
    for word in words.split()
}
# Headings that mean something else than their words do.
NOT_BY_WORDS = ("Site Address", "Site Adresse", "Adresse du site")
# The headings that are still known with one letter wrong, too much, missing, or two of them exchanged.
WITH_SLIPS = (
    *("First Name", "Last Name", "Full Name", "Company", "Company Name", "Company Domain", "Website"),
    *("LinkedIn", "LinkedIn URL", "LinkedIn Profile", "Surname", "Organization"),
)
# Headings that are another's with one letter wrong, and mean something else.
NO_SLIPS = ("List Name",)
