"""Headings in other words than the table has, and headings that mean something else."""

from app.domain.columns.headings import Attribute

_KNOWN = {
    Attribute.COMPANY_NAME: """
Company (Org) | Company - Name | Org | Org Name | Company name (for emails) | Firm Name | Nom de l'entreprise |
Nom société | Nom de la compagnie | Unternehmen/Firma | Empresa / Organización | Nome da Companhia |
Company/Organization | Company or Organization | Associated Company (Primary) | Company Name (Account) |
Account name | company.name | organization.name | Lead: Company | Name of company | Name of the company |
Company's name | Firma/Organisation | Name der Firma | Firmenbezeichnung | Nom de l'organisation | Organisation |
Compañia | Naam bedrijf | Naam organisatie | current_company | current_company_name | job_company_name |
Company 1 | Company Name - Cleaned | Company name cleaned | Clean Company Name | Normalized Company Name |
Employer Name | Company or Account | Workplace | Nom de la société | Organização | Organisatienaam | Firmy |
Назва компанії
""",
    Attribute.COMPANY_DOMAIN: """
Web-Site | Homepage URL | Company Homepage | Company Web Address | Account: Website | URL der Website | Internet |
Homepage (URL) | Dominio web | Sitio Web de la Empresa | Site da empresa | URL du site |
Site web de l'entreprise | Organization Domain | Company Url | Domain Name (website) | Primary Domain |
Website domain | Company website domain | company.domain | organization.primary_domain |
organization.website_url | Company's website | Web-Adresse | Site internet de l'entreprise | Adresse web |
Pagina web | Web | Website bedrijf | Bedrijfswebsite | Email Domain | Company Email Domain | E-mail domain |
job_company_website | Website 2 |
Firmendomain | Domena | Business Website | Site de l'entreprise | Nettsted | Сайт | 도메인 | Firmen-URL
""",
    Attribute.FIRST_NAME: """
First name (given) | Given names | Vorname* | Nombre(s) | Name (First) | Vorname der Kontaktperson |
Kontakt Vorname | Prénom du contact | Voornaam contactpersoon | First_Name | FIRST NAME | firstname | f_name |
fname | given_name | forename | Contact First |
Nombre de pila | שם פרטי
""",
    Attribute.LAST_NAME: """
Family names | Surnames | Nachname/Name | Apellido(s) | Name (Last) | Nachname der Kontaktperson |
Kontakt Nachname | Apellidos del contacto | l_name | lname | family_name | Contact Last | Last name (surname) |
الاسم الأخير
""",
    Attribute.EMAIL: """
Courriel professionnel | E-Mail geschäftlich | E-Mail (geschäftlich) | Primary Email | Email Address (Work) |
Business E-mail | Office Email | Email ID | Mail ID | Email id |
Corporate Email | Correio eletrónico | 電子メール アドレス
""",
    Attribute.LINKEDIN_URL: """
LinkedIn-Profil | Linkedin profiel | Profil-URL | Página de LinkedIn | Person LinkedIn | Contact LinkedIn |
LinkedIn Member Profile URL | person.linkedin_url | linkedin_profile_url | LinkedIn profile (URL) |
LinkedIn Profile Link | linkedin_link | Profile_Linkedin | LinkedInUrl__c |
LinkedIn Public Profile URL | LinkedIn Page | LI Profile URL | URL del perfil de LinkedIn | URL del profilo LinkedIn |
Social Profile LinkedIn | 领英 | Profile URL
""",
    Attribute.FULL_NAME: """
Nombre contacto | Nombre y Apellidos | Nome Completo | Full name (First Last) | Lead Name | Contact: Name |
First & Last Name | First and Last Name | First/Last Name | Nom du contact | Nombre del contacto |
Nombre de contacto |
First and Last | Vorname Nachname | Ansprechperson | Nom Prénom | Nombre y apellido | Nominativo | Fulde navn |
Customer Contact | Navn | İsim | الاسم بالكامل
""",
    Attribute.LAST_NAME_PREFIX: """
Voorvoegsel | Infix | Adelsprädikat
""",
}
_OTHERS = """
Last Contact | First Contact | Last Contact Date | Last Contact Name | Last Lead | Site Address | Site |
Site Name | Company Address | Business Address | Office Address | Account Owner | Account Owner Email |
Company LinkedIn | Company LinkedIn URL | LinkedIn Company URL | Company Profile | Company Owner First Name |
Spouse First Name | Assistant's Name | Manager Name | Manager Email | Company Phone | Company City |
Company Size | Number of Employees | Account ID | Company ID | Email Status | Email Confidence | Personal Email |
Private Email | Home Email | Email Opt Out | Domain Authority | Campaign Name | List Name | Product Name |
File Name | Middle Name | Nickname | Job Title | Title | Full Address | Company Description | Name Prefix |
Name Suffix | Phonetic Name | Yomi Name | First Name Phonetic | Event Name | User Name | Username |
Company Facebook URL | Twitter URL | Facebook | Photo URL | Profile Picture URL | Image URL | Reports To Name |
Owner Name | Owner Full Name | Created By | Email Sent | First Seen | Last Seen | Company Type | Lead Source |
Lead Status | Lead Score | Company Country | Website Visits | Website Status | Name of Spouse | Business Phone |
Business Street | Other Email | Secondary Email | Company Email Pattern | Email Type | E-mail 1 - Type |
Website 1 - Type | Organization Title | Organization 1 - Type | Account Status | Account Manager | Domain Expiry |
Nom de jeune fille | Surname at birth | Maiden Name | First Language | Last Login | Last Order |
Last Activity Date | public_identifier | Customer Name | Client | Mr/Ms | Anrede | Titel | Funktion | Kontakt |
Structure | experience company | Mobile
"""


def _listed(text: str) -> list[str]:
    return text.strip().replace("|\n", "| ").split(" | ")


WORDINGS = [(heading, attribute) for attribute, text in _KNOWN.items() for heading in _listed(text)]
OTHERS = _listed(_OTHERS)
