"""Segments: contacts that providers know alike."""

from app.domain.contacts.contact import Contact

COUNTRY_LETTERS = 2


def segment_of(contact: Contact) -> str:
    """Return the segment of a contact: where its company is, and what is known of the person and the company.

    A country-code domain names the country, else the hint of the profile does; the many others are one place.
    """
    top = (contact.company_domain or "").rpartition(".")[2]
    place = top if len(top) == COUNTRY_LETTERS else (contact.region or "").lower() or "world"
    profile = "linkedin" if contact.linkedin_url else "names"
    company = "domain" if contact.company_domain else "company" if contact.company_name else "none"
    return f"{place} {profile} {company}"
