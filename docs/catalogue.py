"""Write the document of the providers from the catalogue: requests, hits, costs and settings."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.domain.vocabulary import FINDABLE, Field, Mode
from app.domain.waterfall.attempt import Prior
from app.providers.catalog import __name__ as CATALOGUE  # noqa: N812 - the name of a package
from app.providers.declaration.finder import Route
from app.providers.declaration.messages import Path as Place
from app.providers.declaration.messages import RequestTemplate
from app.providers.declaration.polling import Poll
from app.providers.declaration.spec import Spec
from app.providers.declaration.values import Values
from app.providers.declaration.verdicts import Verdict
from app.providers.setup.configured_provider import prior_of, variable
from app.providers.setup.registry import load_specs
from app.settings.reading import PARTS
from docs.catalogue_limits import limits_of
from docs.remarks import money_remarks

Table = Callable[[tuple[str, ...], Sequence[Sequence[str]]], str]
_TESTS = {"nothing": "empty", "text": "a text", "object": "an object", "list": "a list"}
INTRODUCTION = """\
T1 is called first; within a tier, the cheapest find; within a provider, the first way whose inputs are known.
Prices are list prices in USD: they order the waterfall and count towards `maxCostUsd`;
`LEADRUN_PROVIDER_<SLUG>_PRICE_CALL` and `_PRICE_SUCCESS` set the prices that you pay (`_PRICE_SUCCESS_PHONE` and the
like those of one field), and `_PRICE_CREDIT` that of a credit, where answers have their cost in credits. A route
that is off is called once `LEADRUN_PROVIDER_<SLUG>_ROUTES` names it. The prior is what is believed of a way before it
has answered: how often it returns something, how often that is good, and how long a call takes. A house prior is ours,
for no vendor publishes rates that can be compared; `…_MATCH_RATE_EMAIL` and `…_MATCH_RATE_PHONE` set yours.

An address is a hit only if it also passes our own checks: proper syntax, not masked, no role or private address, not at
another company (but see `LEADRUN_ACCEPT_OTHER_DOMAINS`), not of a person whose employer, by the vendor, is another
company, and not graded invalid; a number must be one that can be assigned, and not masked. An answer that none of the
lines below explains is an error, never a hit and never a miss. [settings.md](settings.md) has the settings that
every provider has.
"""

VERIFIERS = """\
These say of an address that is known whether mail to it arrives: `valid`, `invalid`, `risky` (the domain takes any
address, a throw-away domain, an address of a role) or `unknown` (the vendor has no verdict). A domain that takes any
address makes no address `valid`, unless the vendor says that it settled this one, which scores 80 and not 100.
"""


def providers_page(note: str, table: Table) -> str:
    """Write the page.

    Args:
        note: Where the page comes from.
        table: Writes a table from its head and its lines.
    """
    live = sorted((s for s in load_specs() if s.mode is Mode.LIVE), key=lambda s: (s.tier, s.slug))
    finders = table(
        ("provider", "tier", "finds", "off unless named", "USD for a success", "key"),
        [_overview(spec, FINDABLE) for spec in live if set(_fields(spec)) & set(FINDABLE)],
    )
    verifying = sorted((s for s in live if Field.VERIFY in _fields(s)), key=lambda s: (_most(s, Field.VERIFY), s.slug))
    verifiers = table(
        ("provider", "tier", "verifies", "off unless named", "USD for a verdict", "key"),
        [_overview(spec, (Field.VERIFY,)) for spec in verifying],
    )
    return f"# Providers\n\n{note}\n\n{INTRODUCTION}\n{finders}\n{VERIFIERS}\n{verifiers}" + "".join(
        _section(spec, table) for spec in live
    )


def _overview(spec: Spec, shown: Sequence[Field]) -> tuple[str, ...]:
    fields = [field for field in _fields(spec) if field in shown]
    on = [field.value for field in fields if not _is_off(spec, field)]
    off = [field.value for field in fields if _is_off(spec, field)]
    prices = [f"{field.value} {_most(spec, field)}" for field in fields]
    link = f"[{spec.title}](#{_anchor(spec)})"
    return (
        link,
        spec.tier,
        ", ".join(on),
        ", ".join(off),
        ", ".join(prices),
        f"`{variable(spec.slug, 'API_KEY')}`",
    )


def _anchor(spec: Spec) -> str:
    return re.sub(r"[^a-z0-9 -]", "", spec.title.lower()).replace(" ", "-")


def _fields(spec: Spec) -> list[Field]:
    return list(dict.fromkeys(route.field for route in spec.routes))


def _is_off(spec: Spec, field: Field) -> bool:
    return all(route.optional for route in spec.routes if route.field is field)


def _most(spec: Spec, field: Field) -> str:
    return f"{max(r.price.call + r.price.success for r in spec.routes if r.field is field).normalize():f}"


def _section(spec: Spec, table: Table) -> str:
    module = sys.modules[f"{CATALOGUE}.{spec.slug.replace('-', '_')}"]
    about = (module.__doc__ or "").splitlines()[0].split(": ", 1)[-1]
    ways = [
        (
            f"{route.field.value}{' (off)' if route.optional else ''}",
            f"`{route.name}`",
            " + ".join(f"`{need}`" for need in route.needs),
            _asked(route),
            f"{route.price.call.normalize():f} + {route.price.success.normalize():f}",
            _believed(prior_of(route)),
        )
        for route in spec.routes
    ]
    head = ("field", "way", "needs", "asks", "USD a call + a success", "prior")
    source = "".join(path.read_text() for path in _sources(Path(module.__file__ or "")))
    facts = [
        *(fact for field in _fields(spec) for fact in _hits(spec, field)),
        *_charges(spec),
        *([f"On the prices: {' '.join(remarks)}"] if (remarks := money_remarks(source)) else []),
        f"Limits: {limits_of(spec)}. `{variable(spec.slug, 'LIMITS')}` replaces all of them for a bigger plan.",
        _balance(spec),
        f"Settings: {_settings(spec)}.",
    ]
    return f"\n## {spec.title}\n\n{about[:1].upper()}{about[1:]}\n\n{table(head, ways)}\n" + "".join(
        f"- {fact}\n" for fact in dict.fromkeys(facts)
    )


def _sources(path: Path) -> list[Path]:
    """List the file of a provider, and that of its verification where it has one of its own."""
    return [one for one in (path, path.parents[1] / "verifications" / path.name) if one.is_file()]


def _believed(prior: Prior) -> str:
    chances, source = f"{prior.returns * 100:.0f} %, {prior.accepts * 100:.0f} %", prior.source
    if prior.seconds_source:
        return f"{chances}: {source}; {prior.seconds:g} s for {prior.seconds_source}"
    return f"{chances}, {prior.seconds:g} s: {source}"


def _asked(route: Route) -> str:
    before = route.before
    first = [_task(before.request, before.poll)] if before else []
    return "; with what that gives ".join([*first, _task(route.request, route.poll)])


def _task(request: RequestTemplate, poll: Poll | None) -> str:
    asked = _call(request)
    if poll is None:
        return asked
    looked = f"{_call(poll.request)} for the result" if poll.request else "the same again"
    ways = ["waits for the result at `LEADRUN_PUBLIC_URL`"] if poll.callback else []
    ways += [f"{looked} every {poll.every:g} s"] if poll.every is not None else []
    return f"{asked}, then {', and '.join(ways)}"


def _call(request: RequestTemplate) -> str:
    return f"`{request.method} {request.path}`"


def _hits(spec: Spec, field: Field) -> Iterator[str]:
    """Yield what is a hit and a miss; routes that are read alike share a line."""
    routes = [route for route in spec.routes if route.field is field]
    alike: dict[str, list[str]] = {}
    for route in routes:
        values = route.values
        if field is Field.VERIFY:
            alike.setdefault(f"verdict: {_grades(values)}", []).append(route.name)
            continue
        told = f"hit: {_value(values)}. {_grades(values)}"
        rules = dict.fromkeys(
            line
            for line in (*route.verdicts, *(route.poll.verdicts if route.poll else ()))
            if line.then is Verdict.MISS
        )
        told += f" Not found: {'; '.join([*map(_rule, rules), 'no value in the answer'])}."
        alike.setdefault(told, []).append(route.name)
    for told, names in alike.items():
        ways = "" if len(alike) == 1 else f" by {', '.join(f'`{name}`' for name in names)}"
        yield f"{field.value.capitalize()}{ways}, {told}"


def _value(values: Values) -> str:
    places = " or ".join(dict.fromkeys(_place(place) for place in values.at))
    inside = [f"`{path}`" for path in values.value if path]
    return f"{' or '.join(inside)} in {places}" if inside else f"the text at {places}"


def _grades(values: Values) -> str:
    if values.grade is None or not values.grades:
        return "The vendor grades nothing."
    meant: dict[str, list[str]] = {}
    for grade, meaning in values.grades.items():
        meant.setdefault(meaning or "no result", []).append(f"`{grade}`")
    said = "; ".join(f"{meaning}: {', '.join(grades)}" for meaning, grades in meant.items())
    return f"Grades from {_place(values.grade)}: {said}; others: unknown."


def _rule(line: object) -> str:
    statuses = sorted(getattr(line, "statuses", ()))
    words = [f"HTTP {' or '.join(map(str, statuses))}"] if statuses else []
    path, test = getattr(line, "path", None), getattr(line, "test", None)
    among, like = getattr(line, "among", ()), getattr(line, "like", None)
    where = "the body" if path is None else _place(path)
    words += [f"{where} {_TESTS.get(test, test)}"] if test else []
    words += [f"{where} is {' or '.join(f'`{text}`' for text in among)}"] if among else []
    words += [f"{where} reads like `{like}`"] if like else []
    return " with ".join([*words[:1], " and ".join(words[1:])] if words[1:] else words)


def _place(place: Place) -> str:
    if isinstance(place, str):
        return f"`{place}`" if place else "the body"
    told = (place.__doc__ or "").splitlines()
    if told:
        return f"what the catalogue file works out ({told[0].rstrip('.')})"
    return "a header" if place.__qualname__.startswith("header.") else "what the catalogue file works out"


def _charges(spec: Spec) -> Iterator[str]:
    found = {route.charged.usd for route in spec.routes if route.charged}
    for credit in sorted(found):
        yield f"The cost is read from the answer, in credits of {credit.normalize():f} USD."
    both = {route.both_price or route.price for route in spec.routes if route.both}
    for price in both:
        total = price.call + price.success
        yield f"Both fields are bought in one call where both are wanted, for {total.normalize():f} USD."


def _balance(spec: Spec) -> str:
    if spec.balance is None:
        return "No free call proves the key."
    return f"`leadrun providers check {spec.slug}` makes {_call(spec.balance)}, which is free."


def _settings(spec: Spec) -> str:
    templates = repr((spec.auth, [route.request for route in spec.routes]))
    wanted = ["API_KEY", *(["API_SECRET"] if "{secret}" in templates else [])]
    names = [f"`{variable(spec.slug, part)}`" for part in wanted]
    optional = sorted({route.field.value for route in spec.routes if route.optional})
    names += [f"`{variable(spec.slug, 'ROUTES')}` ({', '.join(f'`{name}`' for name in optional)})"] if optional else []
    # The introduction explains the prices of one field alone, once for all.
    told = (*wanted, "API_SECRET", "ROUTES", *(p for p in PARTS if p.endswith(("_EMAIL", "_PHONE", "_VERIFY"))))
    more = [part for part in PARTS if part not in told]
    credit = any(route.charged for route in spec.routes)
    names += [f"`…_{part}`" for part in more if credit or part != "PRICE_CREDIT"]
    return ", ".join(names + (["`LEADRUN_PUBLIC_URL`"] if re.search("{(public|callback)_url}", templates) else []))
