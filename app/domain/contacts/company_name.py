"""Company names: as they are written, without marks of trade and pictures."""

import re

from app.domain.contacts.placeholders import is_placeholder
from app.domain.contacts.text import clean_words

# ™ ® © ℠ ℗ Ⓡ, also in letters, and emoji.
_MARKS = re.compile(
    "[\u2122\u00ae\u00a9\u2120\u2117\u24c7\u2600-\u27bf\u2b50\u2b55\u20e3\U0001f000-\U0001faff]|\u1d40\u1d39|\u02e2\u1d39"
    "|(?<=\\S) ?\\((?:tm|r|sm)\\)",
    re.IGNORECASE,
)
# Legal forms of companies, in lower case without dots.
_LEGAL_FORMS = """
inc incorporated corp corporation co company ltd limited llc llp lp plc pty pvt gmbh mbh ug ag kg kgaa ohg gbr ev se sa
sas sasu sarl eurl sca spa srl srls sl slu sau bv nv vof ab oy oyj as a/s asa aps ou kft zrt nyrt sro doo dd ltda eireli
me kk oao ooo
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())
# What people without an employer write in its place, compared in lower case.
_NO_EMPLOYERS = """
self-employed|self employed|selfemployed|freelance|freelancer|freelancing|independent
independent consultant|independent contractor|own business|unemployed|not employed
currently unemployed|between jobs|in between jobs|in transition|career break|on career break
on sabbatical|sabbatical|retired|student|looking for a job|looking for work
looking for opportunities|looking for new opportunities|open to work|open to opportunities
open to new opportunities|seeking opportunities|seeking new opportunities|seeking new opportunity
stealth|stealth mode|stealth startup|stealth mode startup|stealth company|stealth start-up
stealth ai startup|confidential|confidential company|company confidential|various|various companies
multiple companies|selbständig|selbstständig|freiberuflich|freiberufler|freiberuflerin
freiberufliche tätigkeit|arbeitssuchend|arbeitsuchend|in elternzeit|im ruhestand|rentner|indépendant
indépendante|auto-entrepreneur|autoentrepreneur|travailleur indépendant|à mon compte
profession libérale|en recherche d'emploi|en recherche|en recherche active|sans emploi|retraité
retraitée|étudiant|étudiante|autónomo|autónoma|autonomo|trabajador autónomo|trabajador independiente
por cuenta propia|cuenta propia|independiente|desempleado|desempleada|en búsqueda|en búsqueda activa
en búsqueda de empleo|jubilado|jubilada|estudiante|libero professionista|libera professionista
lavoratore autonomo|disoccupato|in cerca di occupazione|pensionato|profissional autônomo
trabalhador independente|desempregado|desempregada|em transição|em transição de carreira|aposentado
zzp|zzp'er|zelfstandig|zelfstandige|zelfstandig ondernemer|werkzoekend|gepensioneerd|samozatrudniony
własna działalność|własna działalność gospodarcza|bezrobotny|osvč|serbest|serbest çal\u0131\u015fan
egyéni vállalkozó|szabadúszó|egenföretagare|egen företagare|arbetssökande|selvstendig
selvstendig næringsdrivende|selvstændig|yrittäjä|самозанятый|самозанятая|фрилансер|фриланс
on a break|taking a break|parental leave|maternity leave|homemaker|stay at home parent|stay-at-home parent
stay at home mom|stay at home dad|housewife|not working|actively looking|actively seeking|job seeker|jobseeker
job seeking|seeking employment|seeking new role|looking for new role|looking for a new role
currently seeking opportunities|currently seeking new opportunities|currently looking for opportunities
no company|private individual|various clients|contract|contractor|self|auf jobsuche|freiberuflich
freiberuflich tätig|selbstständig tätig|selbständig tätig|privatier|rentnerin|keine firma|privatperson
en reconversion|en reconversion professionnelle|en transition|sans entreprise|mère au foyer|en congé parental
sin empresa|en transición|ama de casa|jubilada|em busca de recolocação|em busca de novas oportunidades|autônomo
autônoma|desempregado(a|aposentada|in cerca di lavoro|in cerca di nuove opportunità|casalinga
zelfstandig professional|op zoek naar werk|werkzoekende|własna działalność gosp|szukam pracy|emeryt
безработный|на пенсии|ищу работу|без работы
自営業|個人事業主|フリーランス|自由职业|自由职业者|個體戶|无业|프리랜서|자영업|무직
consultant|own company|my own company|my company|family business|sole trader|sole proprietor|startup|new venture
coming soon|something new|confidential client|private company|between roles|between opportunities|available for hire
available immediately|open for opportunities|job hunting|unemployed at the moment|gap year|travelling|traveling
world travel|full-time parent|full-time mom|full-time dad|stay-at-home mom|stay-at-home dad|sabbatical leave
elternzeit|mutterschutz|arbeitslos|privat|freier mitarbeiter|freie mitarbeiterin|freelancerin|selbstständigkeit
selbständigkeit|einzelunternehmer|einzelunternehmerin|einzelunternehmen|in rente|pensioniert|pensionär|studentin
schüler|schülerin|auf arbeitssuche|auf der suche|micro-entrepreneur|micro-entreprise|micro entreprise
à la recherche d'un emploi|en poste|en recherche d'opportunités|étudiant en alternance|particulier|autonomo/a
buscando empleo|en busca de nuevas oportunidades|particular|jubilado/a|estudiante universitario
profesional independiente|privato|partita iva|trabalhador autônomo|freelancer (pj|em busca de oportunidades
estudante|do lar|zzp-er|eigen baas|eigen bedrijf|opzoek naar werk|student at university|werkloos
jednoosobowa działalność gospodarcza|szukam nowych wyzwań|emerytura|živnostník|důchod|vlastní podnikání|arbetslös
föräldraledig|mellan jobb|arbejdssøgende|ledig|pensjonist|työtön|eläkkeellä|opiskelija|işsiz|emekli|öğrenci
serbest meslek|безработная|домохозяйка|студент|студентка|ип|в поиске работы|временно не работаю|самозайнятий|фоп
ελεύθεροσ επαγγελματίασ|άνεργοσ|フリーランサー|無職|学生|自营|待业|退休|自僱
무소속|학생|구직중|عاطل عن العمل|عمل حر|עצמאי|עצמאית|מובטל|tự do
thất nghiệp|sinh viên|wiraswasta|pelajar|self-employment|private
"""
_WITHOUT_EMPLOYER = frozenset(name for line in _NO_EMPLOYERS.strip().split("\n") for name in line.split("|"))
# Words of these kinds alone name nobody either: Freelance Software Engineer, Stealth AI Startup.
_OWN_WORDS = """
freelance freelancer freelancing independent self-employed selfemployed self employed stealth retired unemployed
aspiring indépendant indépendante autónomo autónoma autonomo autônomo autônoma independiente selbständiger
selbständige selbstständiger selbstständige freier freie freiberuflicher freiberufliche zelfstandig
"""
_OWN = frozenset(_OWN_WORDS.split())
_WORK_WORDS = """
consultant consultants consulting contractor contracting designer copywriter writer developer engineer software web
product graphic ux ui advisor adviser researcher director journalist photographer videographer marketer marketing
recruiter translator editor producer artist illustrator professional specialist expert coach trainer analyst
architect manager executive entrepreneur agent ai fintech saas startup start-up company co mode venture project
business work services and for as berater beraterin consultante conseil designerin entwickler consultor consultora
consulente trabajador adviseur
"""
_WORK = frozenset(_WORK_WORDS.split())
_NO_MORE = re.compile(r"(?:retired|retirement)(?: from\b|\s*[-\u2013\u2014(:,])|formerly ")
# Between several of them.
_BETWEEN = re.compile(r"[/|,()&+]|\s[-\u2013\u2014]\s")
_APART = re.compile(r"(?:[\s/,&+]|(?<=\s)[-\u2013\u2014](?=\s))+")
# The one company whose name reads like a placeholder.
_NAMED_X = "X"


def clean_company(value: str | None) -> str | None:
    """Return a company's name without marks of trade; None where the text names none, such as ``Self-employed``.

    Characters that are part of it stay, such as in ``m² Architekten``.
    """
    text = clean_words(value)
    text = clean_words(_MARKS.sub("", text)) if text else None
    if text is None or (is_placeholder(text) and text != _NAMED_X):
        return None
    key = text.casefold().strip("-\u2013.!()[] ")
    pieces = {*filter(None, map(str.strip, _BETWEEN.split(key)))}
    others = pieces - _WITHOUT_EMPLOYER
    words = set(_APART.split(re.sub(r"\([^()]*\)", " ", key).strip()))
    is_own = not words.isdisjoint(_OWN) and words <= _OWN | _WORK
    is_none = (
        key in _WITHOUT_EMPLOYER
        or is_own
        or _NO_MORE.match(key)
        or (len(others) < len(pieces) and all(map(is_placeholder, others)))
    )
    return None if is_none else text
