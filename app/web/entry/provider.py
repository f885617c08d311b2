"""The log-in by the identity provider: the page that leads there, and the way back."""

from http import HTTPStatus

from app.domain.errors import RateLimitedError, UnknownIdError
from app.domain.people.identity import IdentityError, IdentityFault
from app.openid.provider import CALLBACK
from app.usecases.people.provider_sign_in import ProviderAnswerGiven, ProviderSignIn
from app.web.entry.log_in import HOME, log_in_page, own_page, session_cookies
from app.web.frame.form import Form
from app.web.frame.page import Answer, public_page
from app.web.frame.viewer import Visitor

_STATUS = {IdentityFault.AWAY: HTTPStatus.SERVICE_UNAVAILABLE, IdentityFault.DENIED: HTTPStatus.FORBIDDEN}


@public_page("POST", "/app/oidc")
async def go_to_provider(visitor: Visitor) -> Answer:
    """Lead to the provider: by a page, as browsers follow no redirect of a form to other sites under our policy."""
    provider, form = _provider(visitor), await visitor.form()
    goes_on = own_page(form.value("next") or HOME)
    try:
        url = await provider.begin(
            visitor.browser, goes_on=goes_on, invitation=form.value("invitation"), address=visitor.address
        )
    except (IdentityError, RateLimitedError) as error:
        return _refused(visitor, provider, error, goes_on)
    return visitor.render("entry/to_provider.html", url=url, name=provider.name)


@public_page("GET", CALLBACK)
async def come_back(visitor: Visitor) -> Answer:
    """Begin the session of the person who comes back."""
    provider = _provider(visitor)
    given = ProviderAnswerGiven(
        state=visitor.query("state"),
        code=visitor.query("code"),
        issuer=visitor.query("iss"),
        error=visitor.query("error"),
    )
    try:
        session = await provider.finish(visitor.browser, given, address=visitor.address, agent=visitor.agent)
    except (IdentityError, RateLimitedError) as error:
        return _refused(visitor, provider, error, HOME)
    return visitor.redirect(session.goes_on, cookies=session_cookies(session.secret))


def _provider(visitor: Visitor) -> ProviderSignIn:
    if visitor.dependencies.provider is None:
        raise UnknownIdError("page")
    return visitor.dependencies.provider


def _refused(visitor: Visitor, provider: ProviderSignIn, error: IdentityError | RateLimitedError, back: str) -> Answer:
    form = Form()
    if isinstance(error, RateLimitedError):
        form.stopped(error)
        return log_in_page(visitor, form, back)
    form.fault("", error.sentence(provider.name))
    return log_in_page(visitor, form, back, status=_STATUS.get(error.fault, HTTPStatus.UNPROCESSABLE_ENTITY))
