"""Field aliases: the names of columns and members, in any dialect, for the attributes of a contact."""

# Folded names of both dialects, and the attribute of `RawContact` that each fills.
_ATTRIBUTES = {
    "firstname": "first_name",
    "lastname": "last_name",
    "fullname": "full_name",
    "domain": "company_domain",
    "companydomain": "company_domain",
    "companyname": "company_name",
    "linkedinurl": "linkedin_url",
}
EXPECTED = "first_name, last_name, full_name, domain (or company_domain), company_name, linkedin_url"


def attribute_of(name: str) -> str | None:
    """Return the attribute that a column fills: ``First Name``, ``first_name`` and ``firstName`` are the same."""
    return _ATTRIBUTES.get("".join(part for part in name.casefold() if part.isalnum()))
