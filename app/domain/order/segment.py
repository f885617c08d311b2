"""Segments: contacts that providers know alike."""

from app.domain.contacts.contact import Contact

COUNTRY_LETTERS = 2
_WORDS = 3  # of a segment without a family


def segment_of(contact: Contact, family: str | None = None) -> str:
    """Return the segment of a contact: where its company is, and what is known of the person and the company.

    A country-code domain names the country, else the hint of the profile does; the many others are one place.

    Args:
        contact: The contact.
        family: Of the mail servers of the company's domain, where DNS was asked; it makes a finer segment.
    """
    top = (contact.company_domain or "").rpartition(".")[2]
    place = top if len(top) == COUNTRY_LETTERS else (contact.region or "").lower() or "world"
    profile = "linkedin" if contact.linkedin_url else "names"
    company = "domain" if contact.company_domain else "company" if contact.company_name else "none"
    return " ".join(filter(None, (place, profile, company, family)))


def coarser(segment: str) -> str | None:
    """Return the segment that a finer one is part of: without the family of mail servers; None where it has none."""
    words = segment.split(" ")
    return " ".join(words[:_WORDS]) if len(words) > _WORDS else None
