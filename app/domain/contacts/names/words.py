"""Words in front of a name, behind it and inside it: titles, degrees, particles, remarks."""

# ruff: noqa: RUF001 - letters of many alphabets

from app.domain.contacts.text import fold_accents


def listed(text: str) -> frozenset[str]:
    """Read a list of words."""
    return frozenset(text.split())


def in_both(text: str) -> frozenset[str]:
    """Read a list of words that people write with their accents and without."""
    return listed(text) | listed(fold_accents(text))


# All lists are compared in lower case without dots.
# Titles and forms of address, of which none is a first name.
TITLES = listed("""
dr prof professor professorin mr mrs mx messrs herr herrn frau fräulein frl mme mlle mmes monsieur madame mademoiselle
señor señora señorita srta sra doña dott dottssa profssa sigra dhr mevr drs univ-prof priv-doz dipl-ing dipl-inf
dipl-kfm dipl-kffr dipl-phys dipl-psych dipl-vw dipl-bw dipl-betrw dipl-oec dipl-chem dipl-math dipl-biol dipl dr-ing
magfh bakk mudr judr phdr rndr mvdr thdr paeddr mgr inż prof-dr reverend datuk dra maga familie eheleute ms miss dña
dn jonkheer jonkvrouw jhr jkvr doç öğr maître drº drª srº srª engº engª arqº arqª profº profª profa dr-med dipl-wirt
dipl-wirtsch dipl-wirtsch-ing mmag ddr drmed civing adw rpr pharmdr mga artd thlic doz sigra mtro mtra licda exmo exma
ilmo ilma dna dnul üyesi a/prof hon'ble cmdr cllr atty assoc asst engr
г-н г-жа д-р проф акад господин госпожа ктн кэн кфн кмн дтн дэн дмн κοσ κα κυρία κύριοσ δρ
السيد السيدة الآنسة الدكتور الدكتورة المهندس المهندسة الأستاذ الأستاذة ד״ר עו״ד רו״ח מר גב גברת פרופ
श्री श्रीमती सुश्री डॉ
นาย นาง นางสาว คุณ ดร
""")
# Titles that are names too: they count where another word follows, these with a dot only …
DOTTED_TITLES = listed("""
ing ir mag doc eng engr hon capt cpt col maj gen lt sgt sen rep gov sig avv arch arq fr rev sr hr fam lic bc er adv
abg em av lek me sh uzm hab stud cand mec sn mw univ geom rag cav ifj id özv dl op kum hj ts amb adm brig pfc on
""")
# … and these without one.
BARE_TITLES = listed("sir dame rev capt captain smt shri dato")
# These are initials or names too: they count, written so, in front of a whole name.
BARE_BEFORE_WHOLE = listed("""
Me CA CS CMA FCA RA RAin StB StBin WP DI Sheikh Shaikh Sheikha Haji Hajah Hajjah Khun Encik Puan Tuan Lord Lady
Pastor Rabbi Bishop Senator Ambassador Councillor Judge Justice Lieutenant Colonel Commander General Major
""")
# What follows Dr. or Prof. as the name of a faculty or a degree of honour.
FACULTIES = listed(
    "med dent vet rer nat phil jur iur oec pol techn theol habil hab mult hc publ mont soc agr univ h c sc"
)
BEFORE_FACULTIES = listed("dr prof dipl univ lek cand stud lic mag")
# Titles that stand before a first name alone: what follows "Sir" is not a last name.
BEFORE_FIRST_NAMES = listed("sir dame doña shri smt rev reverend")
# They count in front of a title alone: PD Dr., Herr und Frau, The Rev.
BEFORE_TITLES = listed(
    "pd di o ao the und and rt very tan associate assistant adjunct emeritus emerita visiting op uzm fil"
)
# Of bodies in Britain: an associate, a member or a fellow has a letter in front of them.
_BODIES = """
cim cipd ciob cips cilt cibse cmi cii iet imeche ice istructe icheme rics rsc rsb bcs inst instp iod csp rcs rcp
rcgp rcog rcpsych rcvs rtpi apm irm ieee
"""

# Degrees, certificates and orders behind a name, in any case.
CREDENTIALS = listed("""
phd mba emba msc bsc mphil dphil edd psyd pharmd dds dmd dvm llm llb mpa mph mpp cpa cfa cfp frm cissp cisa cism pmp
capm acca fcca acma cgma cipd fcipd mcipd sphr shrm-cp shrm-scp cspo itil ccna ccnp cips mcips frcs mrcp mrcs frsa
mrics cbe dbe gbe kcb kcmg cmg kbe bba mfa bfa msw lcsw lmft dnp msn bsn crna fnp np-c pa-c rn-bc mtech btech csc bcom
mcom dsc facs md esq chfc clu csm cspm cbap ccrn gphr sphri cfe cgeit crisc ceh oscp cebs aif aicpa cqf csca mcsa
mcse rhia rdn ncc cipd pmi-acp pmi-pba issap cissp-issap cissp-issmp ncarb pgce esquire csci ieng psm cipp
cipp/e cipm cisp cdmp togaf prince2 cbcp cmrp cphr chrp chrl cpim cscp cltd assoc
""") | {letter + body for letter in "amf" for body in _BODIES.split()}
# Degrees that are names or initials too: they count in capitals or with their dots, behind a whole name.
SHORT_CREDENTIALS = listed("""
ma ba bs ms do pe pt ot ra rn np pa ca cs be me bn aa as am ab jd od dc dd qc kc sc cm pg mp mla msp fp dipl med obe
mbe aca fca cima riba rics caia dba phr bed meng beng peng ceng scd faia mep lion ch om icd ea ret ap leed cap frs
frse freng se sh mh st mt mm skom mkom spd mpd ssos msos ssi msi spsi mpsi sked shut spt skep sfarm sag shum sikom
mikom ssn sth skm
""")
# Generations, which distinguish father and son, with their usual spelling.
GENERATIONS = {
    "jr": "Jr.",
    "jnr": "Jr.",
    "sr": "Sr.",
    "snr": "Sr.",
    "ii": "II",
    "iii": "III",
    "iv": "IV",
    "v": "V",
    "2nd": "II",
    "3rd": "III",
    "4th": "IV",
    "dj": "Jr.",
    "dä": "Sr.",
    "filho": "Filho",
    "neto": "Neto",
    "júnior": "Júnior",
    "junior": "Junior",
}
# Words of a person's work: what stands behind a comma, a bar or a dash with one of them is no name.
REMARKS = listed("""
ceo cto cfo coo cmo cio cpo chro ciso vp svp evp avp founder cofounder co-founder owner president director manager
engineer developer consultant recruiter hiring recruiting chairman chairwoman executive marketing hr talent
acquisition freelance freelancer inc ltd llc gmbh ag corp company team open opentowork linkedin certified licensed
sigma coach advisor speaker investor analyst lead student retired geschäftsführer geschäftsführerin inhaber leiter
leiterin directeur directrice gérant directora gerente realtor nutritionist photographer assistant head of at the for
and in
""")
# What stands behind one of these is another name of the person.
OTHER_NAMES = listed("""
née né nee geb geborene geborener aka a/k/a f/k/a alias fka ép épouse veuve vve roz rozená rodená født född
nacida nata szül урожд урождённая урожденная
""")
# They do so in this form only, in a name with capitals: Anna Nowak z d. Kowalska, Anna Berg f. Holm.
OTHER_NAMES_BETWEEN = listed("z f.")

# Pronouns that people write behind their name, in many languages.
ENGLISH_PRONOUNS = listed("she hers her he him his they them theirs their")
PRONOUNS = listed("""
ae ael aer all any ask de dela dele delu dem denen dey die diens eir el ela ele ella ellas elle elles ellos elu elx em
er eux ey fae faer haar ham han hans hem hen hende hendes henne hennes hens hij hir hon honom hun hän hänen ich iel
ihm ihn ihnen ihr ihre il it its jego jej ją la le lei lo loro lui on ona oni ono per pers sein seine sie ve ver vis
xe xem xier xies ze zij zir él вона вони він его ее её их його он она они її
""")

# Particles of last names: the last name begins with the first of them. In capitals, some are first names.
PARTICLES = listed("""
van von vom zu zum zur und der den de del dela della delle dei degli des di da dal dalla dos das do du le la las los el
al bin bint binti bte ibn ter ten te t op af av st mac mc ó ní nic ui uí mhic freiherr freifrau graf gräfin ze abu ben
بن ابن بنت آل
""")
LOWER_PARTICLES = listed("und ten te op af av ze ben do den t zu graf gräfin abu")
# In front of an article, also these: in 't Veld, uit den Boogaard.
BEFORE_ARTICLES = listed("in aan bij onder op uit over tot voor")
ARTICLES = listed("t de den der het s")
# Ranks of the nobility, in front of von: Graf von Moltke. Baron is a first name too.
RANKS = listed("""
graf gräfin fürst fürstin prinz prinzessin baron baronin baronesse freiherr freifrau freiin ritter edler edle herzog
""")
NOBLE = listed("von zu vom zum zur van de")
# In front of these may stand another last name: Pérez de la Cruz.
OF = listed("de del")
# These join the word in front of them with the one behind: Ortega y Gasset.
CONJUNCTIONS = listed("y e i")
# Behind a single O, these are last names: O Brien.
IRISH = listed("""
brien brian connor conor neill neil reilly rourke sullivan donnell donoghue donovan hara keefe keeffe leary malley
mahony mahoney grady dwyer toole shea shaughnessy flynn farrell gorman hagan kelly riordan callaghan halloran driscoll
""")
# Particles that are written small in a name that came in capitals.
SMALL = listed(
    "van von vom zu zum zur und der den de del della di da dos das do du la las los bin bint binti ibn ter ten af av y"
)
# First names that are one with the word behind them.
JOINERS = listed("mª ma st abdul abd abu umm عبد أبو ابو أم")
# So they are in a last name: Omar Abdul Rahman.
JOINERS_OF_LAST = listed("abdul abd عبد أبو ابو")
JOINED_BY_DOT = listed("ma")
# Behind Maria they are part of the first name: María del Carmen, Maria da Conceição.
DEVOTIONS = in_both("""
carmen pilar mar rosario rocío ángeles dolores mercedes nieves sol consuelo luz paz rosário dores fátima lourdes
guadalupe montserrat conceição glória graças socorro carmo céu luzia jesús
""")
# So are these behind John and Joseph: Juan de Dios, José de Jesús.
DEVOTIONS_OF = {"juan": "dios", "josé": "jesús", "jose": "jesus"}
# The most frequent last names of Spain and Spanish America: two of them at the end are father's and mother's.
SPANISH = in_both("""
garcía rodríguez gonzález fernández lópez martínez sánchez pérez gómez martín jiménez hernández ruiz díaz moreno muñoz
álvarez romero gutiérrez alonso navarro torres domínguez ramos vázquez ramírez gil serrano morales molina blanco
suárez castro ortega delgado ortiz marín rubio núñez nuñez medina sanz castillo iglesias cortés garrido santos
guerrero lozano cano cruz méndez flores herrera peña márquez cabrera calvo vega campos reyes fuentes carrasco aguilar
santana rojas vargas guzmán mendoza salazar rivera
""")
# The most frequent last names of Vietnam: in front of them Van and Le are middle names.
VIETNAMESE = in_both("nguyễn trần lê phạm huỳnh hoàng phan vũ võ đặng bùi đỗ hồ ngô dương lý")
