"""Shared hosts: sites on which everybody has a page or an account, so that their domain is nobody's company.

The public suffix list names most site builders; the lists here are our own, and hold what it lacks. An entry without a
dot means that name below every public suffix.
"""

import re

from app.domain.contacts.company_name import LEGAL_FORMS
from app.domain.contacts.public_suffix import builder_of, registrable_domain

_SOCIAL = """
facebook.com fb.com fb.me fb.watch m.me messenger.com instagram.com instagr.am threads.net threads.com twitter.com
x.com linkedin.com linkedin.cn xing.com xing.de xing.to viadeo.com tiktok.com youtube.com youtu.be
youtube-nocookie.com pinterest pin.it snapchat.com reddit.com redd.it tumblr.com vk.com vk.ru vkontakte.ru ok.ru
odnoklassniki.ru weibo.com weibo.cn wechat.com line.me telegram.org telegram.me t.me whatsapp.com wa.me discord.com
discord.gg twitch.tv vimeo.com dailymotion.com flickr.com bsky.app bsky.social mastodon.social mastodon.online
substack.com quora.com soundcloud.com open.spotify.com myspace.com meetup.com clubhouse.com nextdoor.com kununu.com
truthsocial.com douyin.com bilibili.com kakao.com plus.google.com
"""
_SHORTENERS = """
bit.ly bitly.com j.mp t.co goo.gl tinyurl.com tiny.cc tiny.one t.ly ow.ly buff.ly is.gd v.gd rebrand.ly rebrandly.com
cutt.ly rb.gy shorturl.at short.io s.id soo.gd snip.ly bl.ink lnkd.in linked.in amzn.to amzn.eu a.co g.co g.page
hubs.ly hubs.la dlvr.it trib.al db.tt po.st adf.ly qrco.de qr.ae qr.link mcaf.ee ift.tt spoti.fi apple.co forms.gle
youtu.be shorte.st clck.ru vk.cc u.to urlz.fr l.ead.me kutt.it dub.sh tr.ee lnk.to ffm.to smarturl.it onelink.to
page.link app.link amzn.com yelp.to lc.chat chng.it gofund.me eventbrite.page wp.me share.google
"""
_BIO_PAGES = """
linktr.ee linktree.com lnk.bio bio.link beacons.ai beacons.page campsite.bio taplink.cc taplink.at tap.bio solo.to
allmylinks.com milkshake.app msha.ke hoo.be stan.store bio.site linkin.bio linkpop.com flow.page contactinbio.com
snipfeed.co about.me many.link komi.io koji.to withkoji.com shorby.com znap.link magic.ly instabio.cc direct.me
hipolink.me bento.me popl.co hihello.me hihello.com blinq.me vcard.link gravatar.com
"""
_BUILDERS = """
sites.google.com business.site wordpress.com godaddysites.com strikingly.com mystrikingly.com jimdo.com jimdosite.com
jimdofree.com jimdoweb.com site123.me webnode webador.com webador.de canva.site my.canva.site mailchimpsites.com
squarespace.com wix.com weebly.com ueniweb.com gamma.site gamma.app durable.co softr.app glide.page glideapp.io
zyrosite.com hostingersite.com hubspotpagebuilder.com hs-sites.com hs-sites-eu1.com mykajabi.com kajabi.com
teachable.com thinkific.com podia.com bandcamp.com ghost.io tilda.ws tilda.cc yola.com over-blog.com e-monsite.com
blogspot livejournal.com typepad.com unbounce.com instapage.com clickfunnels.com systeme.io bigcartel.com
mybigcommerce.com tiendanube.com mitiendanube.com lojavirtualnuvem.com.br onmicrosoft.com sharepoint.com notion.so
readthedocs.org onuniverse.com company.site negocio.site eatbu.com ecwid.com mozello.com webs.com angelfire.com
tripod.com freeservers.com 000webhostapp.com webstarts.com doodlekit.com homestead.com simdif.com sitew.com e-shop.gr
zohosites.com zohosites.eu zohosites.in tistory.com stores.jp exblog.jp ameblo.jp hatenablog.jp fc2.com thebase.in
imweb.me modoo.at cafe24.com ucoz.ru ucoz.com ucoz.net ucoz.ua narod.ru my1.ru at.ua taplink.ws nethouse.ru
wixstudio.com wixstudio.io note.com shopinfo.jp jouwweb.nl mijnwebwinkel.nl mywebsite.com blogger.com sitey.me
hubspotpagebuilder.eu neocities.org super.site ck.page home.blog page.tl mailerpage.com mailerpage.io hashnode.dev
amebaownd.com beehiiv.com kit.com substack.site leadpages.co lpages.co carrd.co
"""
_STORES = """
play.google.com apps.apple.com itunes.apple.com podcasts.apple.com music.apple.com appgallery.huawei.com
appsource.microsoft.com chromewebstore.google.com chrome.google.com apps.microsoft.com galaxystore.samsung.com
f-droid.org
"""
_MAPS = """
maps.google.com maps.app.goo.gl maps.apple.com waze.com openstreetmap.org here.com mapquest.com what3words.com
"""
_DOCUMENTS = """
docs.google.com drive.google.com forms.google.com calendar.google.com photos.google.com 1drv.ms onedrive.live.com
wetransfer.com we.tl issuu.com scribd.com slideshare.net
"""
_DIRECTORIES = """
yelp tripadvisor yellowpages.com yell.com pagesjaunes.fr gelbeseiten.de 11880.com dasoertliche.de paginasamarillas.es
paginegialle.it goldenpages.ie foursquare.com trustpilot glassdoor crunchbase.com kompass europages wlw.de
northdata.de northdata.com opencorporates.com societe.com manta.com bbb.org
find-and-update.company-information.service.gov.uk handelsregister.de unternehmensregister.de pappers.fr verif.com
infogreffe.fr owler.com dealroom.co tracxn.com pitchbook.com cbinsights.com craft.co signalhire.com houzz thumbtack.com
angi.com angieslist.com
"""
# Companies whose site also has everybody's pages, or whose customers have hosts below their domain: a page or such a
# host says nothing, the domain itself does.
_PAGES = """
google amazon ebay etsy.com alibaba.com aliexpress.com github.com gitlab.com bitbucket.org medium.com apple.com
bing.com baidu.com duckduckgo.com wikipedia.org wikidata.org archive.org indeed stepstone monster angel.co
wellfound.com welcometothejungle.com behance.net dribbble.com upwork.com fiverr.com malt.fr eventbrite booking.com
airbnb opentable kickstarter.com indiegogo.com gofundme.com patreon.com buymeacoffee.com zoominfo.com apollo.io
rocketreach.co lusha.com dnb.com bloomberg.com g2.com capterra getapp producthunt.com clutch.co calendly.com
typeform.com dropbox.com box.com figma.com canva.com trello.com loom.com miro.com airtable.com shopify.com
stackoverflow.com npmjs.com pypi.org spotify.com researchgate.net orcid.org academia.edu imdb.com doctolib zendesk.com
freshdesk.com helpscoutdocs.com intercom.help atlassian.net atlassian.com slack.com salesforce.com force.com
salesforce-sites.com hubspot.com hsforms.com mailchimp.com list-manage.com mailchi.mp surveymonkey.com jotform.com
office.com zoom.us webex.com statuspage.io gumroad.com teamtailor.com lever.co greenhouse.io recruitee.com personio.de
personio.com workable.com bamboohr.com myworkdayjobs.com workday.com smartrecruiters.com ashbyhq.com breezy.hr
jobvite.com icims.com join.com softgarden.io walmart.com mercadolibre mercadolivre.com.br mercadoshops.com allegro.pl
rakuten shopee lazada taobao.com tmall.com 1688.com olx leboncoin.fr gumtree craigslist.org ubereats.com doordash.com
grubhub.com deliveroo lieferando.de just-eat thefork.com ecosia.org startpage.com qwant.com
pipedrive.com odoo.com okta.com service-now.com servicenow.com monday.com freshsales.io freshworks.com myfreshworks.com
applytojob.com rippling.com rippling-ats.com wordpress.org
"""

_REASONS = {
    "a social network, where everybody has a page": _SOCIAL,
    "a link shortener, which does not say where it leads": _SHORTENERS,
    "a page of links": _BIO_PAGES,
    "a site builder's host, shared by its customers": _BUILDERS,
    "an app store": _STORES,
    "a map": _MAPS,
    "a store of documents": _DOCUMENTS,
    "a directory of companies": _DIRECTORIES,
}
_SHARED = {entry: reason for reason, entries in _REASONS.items() for entry in entries.split()}
_WITH_PAGES = frozenset(_PAGES.split())
# Companies that are called otherwise than their domain.
_OWNERS = {
    "facebook.com": "facebook meta metaplatforms",
    "fb.com": "facebook meta metaplatforms",
    "instagram.com": "instagram meta metaplatforms",
    "whatsapp.com": "whatsapp meta metaplatforms",
    "twitter.com": "twitter x xcorp",
    "x.com": "x xcorp twitter",
    "youtube.com": "youtube google",
    "google.com": "google alphabet",
    "vk.com": "vk vkontakte",
    "ok.ru": "ok odnoklassniki",
}
# What else may stand behind the name of a company.
_BEHIND_NAMES = "group holding holdings technologies technology platforms networks com"
_SAYS_NOTHING = LEGAL_FORMS.union(_BEHIND_NAMES.split())


def shared_reason(host: str, *, is_page: bool, company_name: str | None) -> str | None:
    """Return why a host is no company's own, or None.

    The company that runs such a host is meant where its bare domain is given together with its name.

    Args:
        host: ASCII, in lower case, without ``www.``.
        is_page: Whether a page, or a host below the registered domain, was given, not the domain alone.
        company_name: Of the contact.
    """
    is_owner = company_name is not None and _is_owner(host, company_name)
    if builder := builder_of(host):
        return (
            None if host == builder and is_owner and not is_page else f"a site at {builder}, where nobody has a mailbox"
        )
    names = _entries(host)
    if shared := [name for name in names if name in _SHARED]:
        return None if is_owner and not is_page else _SHARED[shared[0]]
    if is_page and not is_owner and not _WITH_PAGES.isdisjoint(names):
        return "a page at another company's site"
    return None


def _entries(host: str) -> list[str]:
    """List what an entry for this host may be: the host, the domains above it, and the name below the suffix."""
    labels = host.split(".")
    above = [".".join(labels[first:]) for first in range(len(labels) - 1)]
    registered = registrable_domain(host)
    return [*above, registered.partition(".")[0]] if registered else above


def _is_owner(host: str, company_name: str) -> bool:
    """Return whether a company's name is that of a host."""
    words = re.findall(r"\w+", company_name.casefold())
    while words and words[-1] in _SAYS_NOTHING:
        words.pop()
    return "".join(words) in (_OWNERS.get(host) or (registrable_domain(host) or host).partition(".")[0]).split()
