"""The headings of people's files, by the attribute of a contact that they fill: a table, read by `choice`.

Collected from the exports of CRMs, address books, prospecting tools and LinkedIn, and from their own languages. Case,
blanks, punctuation and accents do not matter. Within an attribute the groups stand in order of preference: of two
columns the one of the earlier group is read first, of one group the left one; the other fills the cells that it leaves
empty.
"""

from enum import StrEnum

from app.domain.columns.more_headings import MORE_HEADINGS


class Attribute(StrEnum):
    """An attribute of a contact that a column fills.

    `EMAIL` gives the company's domain where nothing else does; `LAST_NAME_PREFIX` stands in front of the last name, as
    Dutch systems keep "van der" apart.
    """

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    COMPANY_DOMAIN = "company_domain"
    COMPANY_NAME = "company_name"
    LINKEDIN_URL = "linkedin_url"
    EMAIL = "email"
    LAST_NAME_PREFIX = "last_name_prefix"


Groups = tuple[tuple[str, ...], ...]

_HEADINGS: dict[Attribute, Groups] = {
    Attribute.FIRST_NAME: (
        ("First Name", "Given Name", "First", "FName", "Forename", "Christian Name"),
        ("Vorname", "Rufname", "Prénom", "Primer nombre", "Nombre de pila", "Nombres", "Primeiro nome", "Nome próprio"),
        ("Voornaam", "Roepnaam", "Förnamn", "Fornavn", "Etunimi", "Imię", "Jméno", "Имя", "名", "名字"),
    ),
    Attribute.LAST_NAME: (
        ("Last Name", "Family Name", "Surname", "Last", "LName"),
        ("Nachname", "Familienname", "Zuname", "Nom de famille", "Apellido", "Apellidos", "Primer apellido"),
        ("Cognome", "Sobrenome", "Apelido", "Apelidos", "Último nome", "Achternaam", "Familienaam"),
        ("Efternamn", "Efternavn", "Etternavn", "Sukunimi", "Nazwisko", "Příjmení", "Фамилия", "姓", "姓氏"),
    ),
    Attribute.FULL_NAME: (
        ("Full Name", "Contact Full Name", "Display Name", "File As", "Name (full)", "First and last name"),
        ("First name and last name", "First name Last name", "First and Last", "Name and surname"),
        ("Vollständiger Name", "Vor- und Nachname", "Vorname Nachname", "Nachname, Vorname", "Name, Vorname"),
        ("Ansprechpartner", "Ansprechpartnerin", "Ansprechperson", "Kontaktperson", "Kontaktname"),
        ("Nom complet", "Nom et prénom", "Prénom et nom", "Nom Prénom", "Prénom Nom", "Interlocuteur"),
        ("Nombre completo", "Nombre y apellidos", "Nombre y apellido", "Persona de contacto"),
        ("Nome completo", "Nome e cognome", "Cognome e nome", "Nominativo", "Referente", "Nome e sobrenome"),
        ("Volledige naam", "Contactpersoon", "Fullständigt namn", "Fulde navn", "Fullt navn", "Imię i nazwisko"),
        ("Contact Person", "Contact Name", "Customer Contact", "氏名", "姓名"),
    ),
    Attribute.COMPANY_DOMAIN: (
        ("Domain", "Company Domain", "Company Domain Name", "Domain Name", "Email Domain", "Web Domain", "Root Domain"),
        (
            "Account Domain",
            "Organization Domain",
            "Company Email Domain",
            "Company Website Domain",
            "Firmendomain",
            "Unternehmensdomain",
            "Domäne",
            "Bedrijfsdomein",
        ),
        ("Domaine", "Domaine de l'entreprise", "Nom de domaine", "Dominio", "Dominio de la empresa", "Domínio"),
        ("Domein", "Domän", "Domæne", "Domena", "Dominio aziendale", "Domínio da empresa"),
        ("Website", "Company Website", "Company Website URL", "Web Site", "Website URL", "Account Website", "Web"),
        ("Company URL Website", "Corporate Website", "Business Website", "Organization Website", "Work Website"),
        (
            "Web Page",
            "Internet",
            "Business Home Page",
            "Company Web Address",
            "Homepage",
            "Home Page",
            "Web Address",
            "Website Address",
            "Company Site",
        ),
        ("Webseite", "Webadresse", "Internetseite", "Internetadresse", "Firmenwebsite", "Unternehmenswebsite"),
        ("Site web", "Site internet", "Site de l'entreprise", "Page web", "Adresse web"),
        ("Sitio web", "Página web", "Web de la empresa", "Sito web", "Sito", "Sito internet", "Pagina web"),
        (
            "Webbplats",
            "Hemsida",
            "Bedrijfswebsite",
            "Hjemmeside",
            "Nettsted",
            "Verkkosivu",
            "Strona internetowa",
            "WWW",
            "Webpagina",
        ),
        ("Website 1", "Current Employer Website", "Employer Website", "Сайт", "网站", "ウェブサイト"),
    ),
    Attribute.COMPANY_NAME: (
        ("Company Name", "Company", "Account Name", "Account", "Organization Name", "Organisation Name"),
        ("Organization", "Organisation", "Current Company", "Company Name for Emails", "Company Name Cleaned"),
        (
            "Organization 1 Name",
            "Organisation 1 Name",
            "Employer",
            "Employer Name",
            "Current Employer",
            "Current Company Name",
        ),
        ("Business Name", "Company/Account", "Company or Account", "Associated Company", "Primary Associated Company"),
        (
            "Corporation",
            "Firm",
            "Org",
            "Business",
            "Workplace",
            "Current Organization",
            "Company Legal Name",
            "Legal Name",
        ),
        ("Firma", "Firmenname", "Unternehmen", "Unternehmensname", "Arbeitgeber", "Betrieb", "Gesellschaft"),
        ("Entreprise", "Nom de l'entreprise", "Société", "Nom de la société", "Raison sociale", "Compte", "Employeur"),
        ("Empresa", "Nombre de la empresa", "Nombre empresa", "Compañía", "Nombre de la compañía", "Razón social"),
        ("Azienda", "Nome azienda", "Nome dell'azienda", "Società", "Ragione sociale", "Ditta", "Impresa"),
        ("Nome da empresa", "Companhia", "Razão social", "Organização", "Organización", "Organizzazione"),
        (
            "Bedrijf",
            "Bedrijfsnaam",
            "Firmenbezeichnung",
            "Organisatie",
            "Organisatienaam",
            "Werkgever",
            "Företag",
            "Företagsnamn",
        ),
        ("Virksomhed", "Virksomhedsnavn", "Bedrift", "Yritys", "Firmy", "Nazwa firmy", "Společnost", "Компания"),
        ("会社", "会社名", "公司", "公司名称", "单位"),
    ),
    Attribute.LINKEDIN_URL: (
        (
            "LinkedIn URL",
            "LinkedIn Profile URL",
            "LinkedIn Profile",
            "LinkedIn",
            "Person LinkedIn URL",
            "LinkedIn Link",
        ),
        ("LinkedIn Public URL", "Public LinkedIn URL", "LinkedIn Public Profile URL", "Default Profile URL"),
        ("LinkedIn Profile Link", "LinkedIn Address", "LinkedIn Page", "LinkedIn Bio", "Public Profile URL"),
        (
            "Public Profile Link",
            "LI URL",
            "LI Profile",
            "LI Profile URL",
            "LinkedIn Member URL",
            "LinkedIn Contact Profile URL",
        ),
        (
            "LinkedIn Profil",
            "LinkedIn-Profil-URL",
            "LinkedIn-Adresse",
            "Profil LinkedIn",
            "URL LinkedIn",
            "Lien LinkedIn",
        ),
        ("Perfil de LinkedIn", "URL de LinkedIn", "URL del perfil de LinkedIn", "Profilo LinkedIn", "Perfil LinkedIn"),
        (
            "URL do LinkedIn",
            "Perfil do LinkedIn",
            "URL del profilo LinkedIn",
            "LinkedIn-profiel",
            "LinkedIn profiel URL",
        ),
        (
            "LinkedIn Handle URL",
            "LinkedIn Member Profile URL",
            "Social Profile LinkedIn",
            "Social LinkedIn",
            "LinkedIn Profile 1",
        ),
    ),
    Attribute.EMAIL: (
        ("Work Email", "Business Email", "Company Email", "Corporate Email", "Professional Email", "Email Work"),
        ("Email", "Email Address", "E-mail", "E-mail Address", "Primary Email", "Mail", "Email 1", "Email 1 Value"),
        ("Email Adresse", "Mailadresse", "Geschäftliche E-Mail", "Adresse e-mail", "Courriel", "Adresse courriel"),
        (
            "E-mail professionnel",
            "Adresse électronique",
            "Correo",
            "Correo electrónico",
            "Dirección de correo electrónico",
        ),
        ("Indirizzo email", "Posta elettronica", "Endereço de e-mail", "Correio eletrónico", "E-mailadres", "E-post"),
        (
            "Email Address 1",
            "Email ID",
            "Mail ID",
            "Adresse de messagerie",
            "Recommended Work Email",
            "Email Professional",
            "Email Business",
        ),
    ),
    Attribute.LAST_NAME_PREFIX: (
        (
            "Tussenvoegsel",
            "Tussenvoegsels",
            "Tussenvoegsel achternaam",
            "Voorvoegsel",
            "Voorvoegsels",
            "Voorvoegsel naam",
        ),
        ("Last Name Prefix", "Surname Prefix", "Family Name Prefix", "Infix", "Name Infix", "Nobiliary Particle"),
        ("Namensvorsatz", "Vorsatzwort", "Namensvorsatzwort", "Adelsprädikat", "Particule", "Particule nobiliaire"),
    ),
}
HEADINGS = {attribute: (*groups, MORE_HEADINGS.get(attribute, ())) for attribute, groups in _HEADINGS.items()}

# Headings that one language uses for the full name, and for one part of it where a column has the other.
LAST_OR_FULL = ("Name", "Nom", "Naam", "Navn", "Namn", "Nume", "Название")
FIRST_OR_FULL = ("Nombre", "Nome", "Ad", "Adi", "İsim", "Ime", "이름", "Nama", "Tên")
# Headings of first names with which `LAST_OR_FULL` is the last name: in English, "Name" is the full one there too.
FIRST_OF_LAST = ("Vorname", "Prénom", "Voornaam", "Fornavn", "Förnamn", "Rufname", "Roepnaam", "Prenume")

# Headings whose cells say whose page it is: a person's profile on LinkedIn, or the company's site.
PAGES = ("URL", "Link", "Social", "Profile", "Profile URL", "Profile Link", "Profil", "Profil URL", "Perfil")
COMPANY_PAGES = (
    "Company URL",
    "Company Link",
    "Account URL",
    "Organization URL",
    "Firmen-URL",
    "Company Page",
    "URL der Firma",
    "URL société",
)
