"""The front: the API and the app on one port, with one set of services."""

from functools import partial

from litestar import Litestar

from app.api.api import Api
from app.api.app import make_app
from app.api.http.dependencies import Dependencies
from app.api.http.rate_limits import WINDOW_SECONDS
from app.openid.provider import IdentityProvider
from app.settings.settings import Settings
from app.usecases.figures.kept_figures import KeptFigures
from app.usecases.figures.month import ReadMonth
from app.usecases.figures.read_usage import ReadUsage
from app.usecases.people.links import EntryLinks
from app.usecases.people.mailed_links import MailedLinks
from app.usecases.people.manage_people import ManagePeople
from app.usecases.people.provider_sign_in import ProviderSignIn
from app.usecases.people.sign_in import SignIn
from app.web.frame.dependencies import CHECK_SECONDS, WebDependencies
from app.web.site import make_site


def make_front(settings: Settings, *, window: float = WINDOW_SECONDS, check_seconds: float = CHECK_SECONDS) -> Api:
    """Build the API together with the app.

    Args:
        settings: All of them.
        window: Of the API's rate limits, in seconds.
        check_seconds: Between two looks at the session of a page that lives.
    """
    return make_app(settings, window=window, site=partial(_site, check_seconds=check_seconds))


def _site(api: Dependencies, *, check_seconds: float) -> Litestar:
    services = api.services
    figures = KeptFigures(services.clock)
    usage = ReadUsage(services, figures)
    links = EntryLinks(services)
    sign_in = SignIn(services, api.limiter)
    settings = services.settings
    provider = IdentityProvider(settings, services.clock) if settings.oidc_issuer else None
    return make_site(
        WebDependencies(
            services=services,
            submit=api.submit,
            waterfalls=api.waterfalls,
            take_place=api.limits.take_place,
            places=api.places,
            readers=api.readers,
            watch=api.watch,
            watch_jobs=api.watch_jobs,
            receive_batch=api.receive_batch,
            watch_batches=api.watch_batches,
            endpoints=api.endpoints,
            deliveries=api.deliveries,
            vetting=api.vetting,
            registry=api.registry,
            trusted_proxies=api.trusted_proxies,
            sign_in=sign_in,
            provider=ProviderSignIn(services, provider, sign_in) if provider else None,
            links=links,
            mail=MailedLinks(services, api.limiter, links),
            people=ManagePeople(services),
            month=ReadMonth(services, usage),
            usage=usage,
            figures=figures,
            estimates=api.submit_job.estimates,
            check_seconds=check_seconds,
            ahead=api.ahead,
            stopping=api.stopping,
        )
    )
