"""The headings of exports that people have in hand, and the member of the contact that each column fills.

A column is written as `heading > member`, several for one member with their order, as `heading > domain 2`.
"""

from collections import defaultdict

_EXPORTS = """\
Apollo people: First Name > first_name | Last Name > last_name | Title | Company > company_name 1 |
    Company Name for Emails > company_name 2 | Email > email | Email Status | Person Linkedin Url > linkedin_url |
    Website > domain | Company Linkedin Url | # Employees | City
Apollo people, newer: First Name > first_name | Last Name > last_name | Title | Company Name > company_name |
    Email > email | Email Status | Primary Email Source | Work Direct Phone | Contact Owner | Account Owner |
    # Employees | Person Linkedin Url > linkedin_url | Website > domain | Company Linkedin Url | Facebook Url |
    Secondary Email
HubSpot contacts: Record ID | First Name > first_name | Last Name > last_name | Email > email | Phone Number |
    Contact owner | Lead Status | Company Name > company_name | Company Domain Name > domain |
    LinkedIn URL > linkedin_url
HubSpot contacts with their company: Record ID | First Name > first_name | Last Name > last_name | Email > email |
    Associated Company > company_name | Associated Company IDs | Website URL > domain
Salesforce data loader: Id | FirstName > first_name | LastName > last_name | Name > full_name |
    Account.Name > company_name | Account.Website > domain | Email > email | OwnerId | Owner.Name
Salesforce report: Salutation | First Name > first_name | Last Name > last_name | Title |
    Account Name > company_name | Mailing Street | Account Owner | Website > domain | Email > email | Contact Owner
Salesforce report with objects: Contact: First Name > first_name | Contact: Last Name > last_name |
    Account: Account Name > company_name | Account: Website > domain | Contact: Email > email |
    Contact Owner: Full Name
Salesforce leads: First Name > first_name | Last Name > last_name | Company / Account > company_name |
    Email > email | Lead Source | Lead Status | Lead Owner | Website > domain
LinkedIn Connections: First Name > first_name | Last Name > last_name | URL > linkedin_url & domain |
    Email Address > email | Company > company_name | Position | Connected On
PhantomBuster, Sales Navigator search: profileUrl > linkedin_url 2 & domain 1 | fullName > full_name |
    firstName > first_name | lastName > last_name | companyName > company_name | title | companyId |
    companyUrl > domain 2 | regularCompanyUrl | summary | vmid | linkedInProfileUrl > linkedin_url 1 |
    connectionDegree | timestamp
PhantomBuster, default profile: defaultProfileUrl > linkedin_url | firstName > first_name | lastName > last_name |
    companyName > company_name
Evaboot: First Name > first_name | Last Name > last_name | Full Name > full_name | Current Job |
    Company Name > company_name | Company Website > domain 2 | Company Domain > domain 1 |
    Linkedin URL > linkedin_url | Email Status
Captain Data: full_name > full_name | first_name > first_name | last_name > last_name |
    company_name > company_name | sales_navigator_company_id | job_title | sales_navigator_profile_url |
    linkedin_profile_url > linkedin_url | sales_navigator_company_url
Wiza: full_name > full_name | first_name > first_name | last_name > last_name | title | email > email |
    email_status | linkedin > linkedin_url | company > company_name | domain > domain | company_linkedin
Pipedrive people: Person - Name > full_name | Person - First name > first_name | Person - Last name > last_name |
    Organization - Name > company_name | Person - Email - Work > email | Person - Phone | Person - Owner |
    Organization - Address
Google contacts: Name > full_name | Given Name > first_name | Additional Name | Family Name > last_name |
    Yomi Name | E-mail 1 - Type | E-mail 1 - Value > email | Organization 1 - Type |
    Organization 1 - Name > company_name | Organization 1 - Title | Website 1 - Type | Website 1 - Value > domain
Google contacts, newer: First Name > first_name | Middle Name | Last Name > last_name | Nickname |
    File As > full_name | Organization Name > company_name | Organization Title | Organization Department |
    Birthday | E-mail 1 - Label | E-mail 1 - Value > email | Website 1 - Label | Website 1 - Value > domain
Outlook: First Name > first_name | Middle Name | Last Name > last_name | Company > company_name | Department |
    Job Title | E-mail Address > email | E-mail Type | Web Page > domain
Outlook, German: Anrede | Vorname > first_name | Weitere Vornamen | Nachname > last_name | Firma > company_name |
    Abteilung | Position | E-Mail-Adresse > email | Webseite > domain
Outlook, French: Titre | Prénom > first_name | Nom > last_name | Société > company_name | Service |
    Adresse de messagerie > email | Page Web > domain
Clay: full_name > full_name | job_title | company_name > company_name | company_domain > domain |
    work_email > email | linkedin_profile > linkedin_url
lemlist: email > email | firstName > first_name | lastName > last_name | picture | phone |
    linkedinUrl > linkedin_url | companyName > company_name | companyDomain > domain | icebreaker
Instantly: email > email | first_name > first_name | last_name > last_name | company_name > company_name |
    website > domain | phone | personalization
Lusha: First Name > first_name | Last Name > last_name | Full Name > full_name | Job Title |
    Company Name > company_name | Company Website > domain | LinkedIn URL > linkedin_url | Work Email > email |
    Private Email
ZoomInfo: ZoomInfo Contact ID | Last Name > last_name | First Name > first_name | Middle Name | Job Title |
    Email Address > email | LinkedIn Contact Profile URL > linkedin_url | Company Name > company_name |
    Website > domain | LinkedIn Company Profile URL
RocketReach: Name > full_name | First Name > first_name | Last Name > last_name | Title | Employer > company_name |
    Employer Website > domain | LinkedIn > linkedin_url | Recommended Work Email > email | Personal Email
Hunter: Email address > email | Domain name > domain | Organization > company_name | Confidence score | Type |
    First name > first_name | Last name > last_name | Position | LinkedIn URL > linkedin_url
Seamless: Contact Full Name > full_name | First Name > first_name | Last Name > last_name | Title |
    Company Name > company_name 1 | Company Name - Cleaned > company_name 2 | Website > domain | Email > email |
    Contact LI Profile URL > linkedin_url | Company LI Profile Url
Zoho CRM: Contact Id | Contact Owner | First Name > first_name | Last Name > last_name |
    Account Name > company_name | Email > email | Title | Department
Dynamics: (Do Not Modify) Contact | Full Name > full_name | Email > email | Company Name > company_name |
    Business Phone | Status
Dropcontact: civility | first_name > first_name | last_name > last_name | full_name > full_name | email > email |
    company > company_name | website > domain | linkedin > linkedin_url | company_linkedin | siren
An event's attendees: Order # | Attendee First Name > first_name | Attendee Surname > last_name |
    Attendee Email > email | Company > company_name | Ticket Type
Custom fields of a CRM: first_name__c > first_name | last_name__c > last_name | company__c > company_name |
    website__c > domain | linkedin_url__c > linkedin_url | owner__c
A form: Timestamp | First name (required) > first_name | Last name * > last_name | Your company > company_name |
    Company website > domain | Email address > email
German list: Vorname > first_name | Name > last_name | Unternehmen > company_name | Internetadresse > domain | Ort
German contact person: Firmenname > company_name | Ansprechpartner > full_name | Webadresse > domain | Telefon
French list: Prénom > first_name | Nom de famille > last_name | Raison sociale > company_name |
    Site internet > domain | Profil LinkedIn > linkedin_url | Fonction
French names alone: Nom > full_name | Entreprise > company_name | Téléphone
Spanish list: Nombre > first_name | Apellidos > last_name | Empresa > company_name | Sitio web > domain |
    Correo electrónico > email | Cargo
Spanish names alone: Nombre completo > full_name | Razón social > company_name | Página web > domain
Italian list: NOME > first_name | COGNOME > last_name | AZIENDA > company_name | SITO WEB > domain |
    INDIRIZZO EMAIL > email
Portuguese list: Primeiro nome > first_name | Sobrenome > last_name | Nome da empresa > company_name |
    Domínio > domain | Endereço de e-mail > email
Dutch list: Voornaam > first_name | Tussenvoegsel > last_name_prefix | Achternaam > last_name |
    Bedrijfsnaam > company_name | Webpagina > domain | E-mailadres > email
Dutch, in short: Voornaam > first_name | Naam > last_name | Bedrijf > company_name
Swedish list: Förnamn > first_name | Efternamn > last_name | Företag > company_name | Hemsida > domain
Polish list: Imię > first_name | Nazwisko > last_name | Nazwa firmy > company_name | WWW > domain
Typed by hand: Frist Name > first_name | Lastname > last_name | Compnay > company_name |
    LinkedIn-URL > linkedin_url | Web site > domain
What is nobody's: Company Contact | Company Contact Name | Employee | Employees | Account Owner | Lead Owner |
    Contact Owner Email | Email Status | Company LinkedIn Url | LinkedIn ID | Domain Authority | Company Size |
    First Contacted | Last Contacted | Last Name Day | Site
"""


def _read(text: str) -> tuple[str, list[str], dict[str, list[str]]]:
    name, _, columns = text.partition(": ")
    headings: list[str] = []
    members: dict[str, dict[int, str]] = defaultdict(dict)
    for column in columns.split(" | "):
        heading, _, filled = column.partition(" > ")
        headings.append(heading)
        for one in filter(None, filled.split(" & ")):
            member, _, order = one.partition(" ")
            members[member][int(order or 1)] = heading
    return name, headings, {member: [places[order] for order in sorted(places)] for member, places in members.items()}


# Name, headings, and for each member the columns in the order in which they are read.
EXPORTS = tuple(map(_read, _EXPORTS.replace("\n    ", " ").splitlines()))
