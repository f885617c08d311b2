"""Read the terms of a key from the form that makes or changes one."""

from datetime import timedelta

from app.domain.accounts.key_terms import MAX_NAME, MAX_NETWORKS, KeyTerms, Scope, read_network
from app.domain.accounts.pricing import PLANS
from app.web.frame.form import Form
from app.web.frame.viewer import Viewer

MOST_SUBMISSIONS = 1_000_000
# Days after which a new key ends, and their words.
ENDS = (("", "never"), ("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"))
SCOPES = (
    (Scope.SUBMIT.value, "submit and cancel look-ups and lists"),
    (Scope.READ.value, "read results, usage and credits"),
    (Scope.WEBHOOKS.value, "manage webhooks"),
    (Scope.ADMIN_KEYS.value, "manage keys"),
)
GRACE_HOURS = (("24", "24 hours"), ("1", "one hour"), ("168", "7 days"), ("0", "not at all: it ends now"))


def read_terms(form: Form, viewer: Viewer) -> KeyTerms:
    """Read the terms; what is wrong with them is noted in the form."""
    days = form.value("ends")
    if days not in dict(ENDS):
        form.fault("ends", "must be one of the list")
        days = ""
    scopes = form.choices("scopes", Scope)
    if not scopes:
        form.fault("scopes", "must not be empty: choose what the key may do")
    return KeyTerms(
        name=form.text("name", most=MAX_NAME, required=False),
        scopes=scopes,
        networks=read_networks(form),
        expires_at=viewer.services.now() + timedelta(days=int(days)) if days else None,
        rate_limit=form.integer("rate_limit", least=1, most=MOST_SUBMISSIONS),
    )


def read_networks(form: Form) -> tuple[str, ...]:
    """Read networks, one a line or separated by commas."""
    texts = form.value("networks").replace(",", "\n").split(maxsplit=MAX_NETWORKS)
    read = [read_network(text) for text in texts]
    if None in read:
        form.fault("networks", f"must be addresses or networks such as 192.0.2.0/24; {texts[read.index(None)]} is none")
    if len(texts) > MAX_NETWORKS:
        form.fault("networks", f"must be at most {MAX_NETWORKS}")
    return tuple(network for network in read if network)


def read_plan(form: Form) -> str:
    """Read the name of a plan, which decides the prices."""
    plan = form.value("plan") or next(iter(PLANS))
    if plan not in PLANS:
        form.fault("plan", f"must be one of {', '.join(PLANS)}")
    return plan
