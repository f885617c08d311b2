"""Write a look-up as code in several languages, for people to paste."""

import json
from collections.abc import Mapping
from shlex import quote

# The members of a submission: as the Python client and the pages name them, and as JSON does.
_JSON = {
    "first_name": "firstName",
    "last_name": "lastName",
    "full_name": "fullName",
    "company_domain": "companyDomain",
    "company_name": "companyName",
    "linkedin_url": "linkedInUrl",
    "enrichment_type": "enrichmentType",
}


def submit_code(origin: str, parts: Mapping[str, str]) -> dict[str, str]:
    """Return code that submits a look-up and waits for its end; it takes the key from the environment.

    Args:
        origin: The address of this installation.
        parts: The contact and the type, by the names of the Python client.
    """
    body = {_JSON[name]: value for name, value in parts.items()}
    python = "".join(f"    {name}={value!r},\n" for name, value in parts.items())
    return {
        "curl": f'curl {quote(f"{origin}/api/v1/enrich")} -H "X-API-Key: $LEADRUN_API_KEY" \\\n'
        f"  -H 'Content-Type: application/json' -H 'Prefer: wait=30' \\\n"
        f"  -d {quote(json.dumps(body, ensure_ascii=False))}",
        "Python": f"from leadrun import Leadrun\n\nclient = Leadrun(base_url={origin!r})  # the key: LEADRUN_API_KEY\n"
        f"run = client.enrich(\n{python})\nprint(run.result)",
        "TypeScript": 'import { Leadrun } from "@leadrun/client";\n\n'
        f"const client = new Leadrun({{ baseUrl: {json.dumps(origin)} }}); // the key: LEADRUN_API_KEY\n"
        f"const run = await client.enrich({json.dumps(body, ensure_ascii=False, indent=2)});\nconsole.log(run.result);",
    }
