"""Names of languages in which the last name stands in front: they show in which order a name was written."""

from app.domain.contacts.names.words import listed

# Last names of Korea, in Latin letters.
KOREAN = listed("""
kim lee park choi jung jeong kang cho yoon jang lim han oh seo shin kwon hwang ahn song ryu yoo hong moon bae baek heo
nam shim noh ha kwak sung cha joo woo min
""")
# The most frequent last names of Hungary …
HUNGARIAN = listed("""
nagy kovács kovacs tóth toth szabó szabo horváth horvath varga kiss molnár molnar németh nemeth farkas balogh papp
takács takacs juhász juhasz lakatos mészáros meszaros oláh olah rácz racz fekete szilágyi szilagyi török torok fehér
feher balázs gál gal kis szűcs szucs kocsis pintér pinter fodor orsós szalai sipos magyar lukács lukacs gulyás gulyas
bíró biro király kiraly katona bogdán fazekas boros jakab kelemen vörös voros somogyi fülöp fulop orosz bodnár bodnar
halász halasz szűts hegedűs hegedus bognár bognar kozma pásztor pasztor barta sárközi illés
""")
# … and first names of Hungary, of which none is a last name elsewhere.
HUNGARIAN_GIVEN = listed("""
péter peter zoltán zoltan lászló laszlo istván istvan józsef jozsef jános janos gábor gabor sándor sandor ferenc
attila zsolt tamás tamas tibor andrás andras csaba imre lajos györgy gyorgy gyula krisztián krisztian róbert robert
dániel daniel ádám adam norbert richárd bence máté mate márk mark áron dávid david miklós miklos károly karoly béla
bela ákos akos gergő gergely levente zsombor botond szabolcs viktor roland mihály mihaly dénes kristóf marcell anna
mária maria katalin erzsébet erzsebet ilona éva eva zsuzsanna zsuzsa margit judit ágnes agnes julianna andrea ildikó
ildiko erika krisztina mónika monika edit gabriella szilvia tímea timea anikó aniko viktória orsolya réka reka eszter
dóra dora nóra nora petra zsófia zsofia lilla kinga emese enikő eniko beáta beata melinda nikolett bernadett anita
tünde tunde gyöngyi piroska rita vivien fanni luca dorottya
""")
# Chinese last names of two letters, as in LI Wei.
CHINESE = frozenset("AI BI CUI DU FU GU HE HU JI KE LI LU LV MA QI SU WU XU YE YI YU".split())  # noqa: SIM905
# Middle names of Vietnam, and last names that are never first ones.
VIETNAMESE_MIDDLE = listed("van văn thi thị đức duc minh quang xuân xuan hữu huu")
SURELY_VIETNAMESE = listed("nguyen nguyễn tran trần pham phạm huynh huỳnh")
