"""Names of languages in which the last name stands in front: they show in which order a name was written."""

from app.domain.contacts.names.words import in_both, listed

# Last names of Korea, in Latin letters.
KOREAN = listed("""
kim lee park choi jung jeong kang cho yoon jang lim han oh seo shin kwon hwang ahn song ryu yoo hong moon bae baek heo
nam shim noh ha kwak sung cha joo woo min
""")
# The most frequent last names of Hungary …
HUNGARIAN = in_both("""
nagy kovács tóth szabó horváth varga kiss molnár németh farkas balogh papp takács juhász lakatos mészáros oláh rácz
fekete szilágyi török fehér gál kis szűcs kocsis pintér fodor orsós szalai sipos magyar lukács gulyás bíró király
katona fazekas boros jakab kelemen vörös somogyi fülöp orosz bodnár halász szűts hegedűs bognár kozma pásztor barta
sárközi illés
""") | listed("balázs bogdán")
# … and first names of Hungary, of which none is a last name elsewhere.
HUNGARIAN_GIVEN = in_both("""
péter zoltán lászló istván józsef jános gábor sándor ferenc attila zsolt tamás tibor andrás csaba imre lajos györgy
gyula krisztián róbert dániel ádám norbert richárd bence máté márk áron dávid miklós károly béla ákos gergő gergely
levente zsombor botond szabolcs viktor roland mihály dénes kristóf marcell anna mária katalin erzsébet ilona éva
zsuzsanna zsuzsa margit judit ágnes julianna andrea ildikó erika krisztina mónika edit gabriella szilvia tímea anikó
viktória orsolya réka eszter dóra nóra petra zsófia lilla kinga emese enikő beáta melinda nikolett bernadett anita
tünde gyöngyi piroska rita vivien fanni luca dorottya
""")
# Chinese last names of two letters, as in LI Wei.
CHINESE = frozenset("AI BI CUI DU FU GU HE HU JI KE LI LU LV MA QI SU WU XU YE YI YU".split())  # noqa: SIM905
# Last names of Hong Kong, where they are written in capitals behind a western first name.
HONG_KONG = listed("""
CHAN WONG LEE CHEUNG LAM HO NG LEUNG LAU CHENG CHOW YEUNG TANG FUNG HUI KWOK TSE TSANG YIP CHOI SO MAK KONG CHUNG YUEN
LAW YU POON CHU TAM PANG KWAN LO LI LUI SIU SZETO AU MA TO YAU KAN TSUI
""")
# Middle names of Vietnam, and last names that are never first ones.
VIETNAMESE_MIDDLE = in_both("văn thị đức minh quang xuân hữu")
SURELY_VIETNAMESE = in_both("nguyễn trần phạm huỳnh")
# A first name that ends as last names of Russia and Ukraine do.
NO_FAMILY = listed("любов")
