"""The form that looks one person up."""

from http import HTTPStatus

from app.domain.contacts.contact import Contact, RawContact, normalise
from app.domain.contacts.member_warning import sentences
from app.domain.errors import InvalidInputError, NotEnoughCreditsError, RateLimitedError
from app.domain.runs.lookup_options import LookupOptions
from app.domain.runs.warnings import bounded
from app.domain.vocabulary import EnrichmentType, Mode
from app.usecases.accounts.app_key import app_principal
from app.usecases.accounts.balance import read_balance
from app.usecases.runs.submission import Submission
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer
from app.web.lookup.paste import read_pasted

PARTS = ("full_name", "first_name", "last_name", "company_domain", "company_name", "linkedin_url")
MOST_TEXT, MOST_PASTED = 300, 10_000
_TYPES = [("email", "an e-mail address"), ("phone", "a phone number"), ("all", "both")]


@page("GET", "/app/lookup", access=Access.MEMBER)
async def show_form(viewer: Viewer) -> Answer:
    """Show the form, filled with what the address holds."""
    return await _render(viewer, {name: viewer.query(name) for name in (*PARTS, "type")})


@page("POST", "/app/lookup/read")
async def read_text(viewer: Viewer) -> Answer:
    """Fill the form from pasted text; nothing is looked up yet."""
    form = await viewer.form()
    found = read_pasted(form.text("pasted", most=MOST_PASTED, required=False))
    values = {name: getattr(found, name) or "" for name in PARTS}
    if not any(values.values()):
        form.fault("pasted", "names nobody: paste a profile's address, a signature, or a name and a company")
    return await _render(viewer, values, form)


@page("POST", "/app/lookup")
async def look_up(viewer: Viewer) -> Answer:
    """Submit the contact, and show its run."""
    form = await viewer.form()
    contact, warnings = _contact(form)
    options = LookupOptions(
        type=form.choice("type", EnrichmentType, EnrichmentType.EMAIL),
        max_cost_usd=form.dollars("max_cost_usd"),
        force_refresh=form.has("force_refresh"),
    )
    if not form.faults:
        try:
            run_id = await _submit(viewer, contact, options, warnings)
        except InvalidInputError as error:
            form.refused(error)
        except NotEnoughCreditsError as error:
            price = "1 credit" if error.required == 1 else f"{error.required} credits"
            form.fault("", f"the look-up costs {price}, and the account has {error.available}; add some first")
        except RateLimitedError as error:
            form.fault("", f"there were too many look-ups in a minute; wait {error.retry_after} seconds")
        else:
            return viewer.redirect(f"/app/runs/{run_id}")
    return await _render(viewer, {}, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


async def _submit(viewer: Viewer, contact: Contact, options: LookupOptions, warnings: tuple[str, ...]) -> str:
    with_key = await app_principal(viewer.services, viewer.owner)
    settled = await viewer.dependencies.waterfalls.applied(with_key, options)
    await viewer.dependencies.take_place(with_key)
    submission = Submission(principal=with_key, contact=contact, options=settled, warnings=warnings)
    return str((await viewer.dependencies.submit([submission]))[0].run.id)


def _contact(form: Form) -> tuple[Contact, tuple[str, ...]]:
    raw = RawContact(**{name: form.text(name, most=MOST_TEXT, required=False) or None for name in PARTS})
    contact, warnings, problems = normalise(raw, {name: name for name in PARTS})
    if problems:
        form.refused(InvalidInputError(problems), PARTS)
    return contact, bounded(sentences(warnings))


async def _render(
    viewer: Viewer, values: dict[str, str], form: Form | None = None, *, status: int = HTTPStatus.OK
) -> Answer:
    balance = await read_balance(viewer.services, viewer.owner)
    return viewer.render(
        "lookup/lookup.html",
        status=status,
        form=form,
        values={name: values.get(name, "") for name in (*PARTS, "type")},
        types=_TYPES,
        balance=balance.balance,
        is_test=viewer.mode is Mode.TEST,
    )
