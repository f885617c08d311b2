"""Frequent names, towns and headings of languages: their letters beyond ASCII, and their neighbours."""

import msgspec

WESTERN: dict[str, str] = {
    "German": """
müller schröder köhler krüger schäfer jäger könig böhm möller günther vögele häfner kühn lübke dörfler grün größer
groß weiß strauß preuß jürgen jörg björn günter käthe bärbel rüdiger götz sören lüdenscheidt münchen köln düsseldorf
nürnberg zürich österreich höfer bäcker fußball straße größe geschäftsführer geschäftsführung für büro bürö gebäude
übersicht änderung äußere über öffentlich schön förster böttcher büttner käfer händler märz prüfung hüttner löwe
löffler röder röhrig schütz schütte süß rößler bäumer träger vollständiger""",
    "French": """
andré rené josé gérard françois françoise jérôme rené hélène michèle geneviève éric étienne émilie élise édith rené
cédric frédéric stéphane stéphanie sébastien benoît noël joël raphaël gaël loïc anaïs chloé zoé théo léa léon agnès
irène célia céline aurélie aurélien valérie véronique mélanie jérémy grégory rémi rémy désiré andrée lefèvre lefébvre
béatrice thérèse clément mathéo inès prénom société déléguée numéro téléphone département région île orléans besançon
alençon français façade garçon hôtel côté nîmes rhône hébert lévêque évêque crépin péron prévost fougère carrère
rivière barrière lemaître château bâtiment pâtisserie forêt fenêtre forêts où déjà à là très près après où sœur cœur
œuvre gagné créée crêpe hervé josué rosé dupré forestière créations conseillère directrice gérant chargé affaires
économie énergie électricité équipe entreprise générale société mécanique brûlé août goût maïs aïcha citroën""",
    "Spanish": """
garcía rodríguez gonzález fernández lópez martínez sánchez pérez gómez jiménez hernández díaz álvarez domínguez
vázquez gutiérrez núñez muñoz peña ibáñez suárez ramírez cortés marín rubén martín josé jesús maría ángel ángeles
adrián andrés óscar raúl iván víctor sofía lucía inés belén begoña íñigo ramón simón joaquín julián sebastián germán
nicolás tomás hernán césar álvaro concepción asunción rocío mónica verónica úrsula málaga córdoba cádiz león españa
señor compañía dirección teléfono correo electrónico razón número año niño logroño méxico bogotá medellín perú
compañera ordóñez yáñez castaño quiñones pingüino argüelles güemes agüero múgica jaén zuñiga""",
    "Portuguese": """
joão josé são simões guimarães magalhães gonçalves conceição assunção antónio antônio sebastião estevão adão brandão
leitão falcão galvão mourão marçal lourenço mendonça araújo vinícius fábio flávio cláudio mário júlia júlio luís
inês patrícia letícia natália débora mônica sônia tânia álvaro érica ângela ângelo andré zé tomé conceição não coração
endereço organização companhia telefone número região praça março graça açores évora guimarães limões camões feijó
paraná ceará maranhão brasília goiânia vitória belém negócios soluções comunicações construções relações operações
gestão direção informação matrícula química técnica jurídica índio ícaro lúcia lúcio núria peçanha bragança""",
    "Italian": """
niccolò nicolò à città società università qualità attività perù più già però può perché né caffè è libertà verità
d'agrò cantù muccí forlì mondovì lunedì martedì zanè salò cittadella nardò ferrè calò fusarò marrocù patanè""",
    "Dutch": """
zoë chloë noël daniël michaël raphaël joëlle israël ruïne geïnteresseerd coördinator coördinatie reünie efficiënt
australië italië belgië één hélène rené andré financiën industriële patiënt categorieën provinciën""",
    "Swedish": """
åsa åke mårten pål håkan göran björn sören jörgen märta pär åkesson åberg ångström sjöberg sjögren lindström
bergström nyström öberg öström västerås malmö göteborg norrköping jönköping linköping örebro umeå luleå hägg hägglund
gräns källström östlund nordström fältström hallström förnamn företag företagsnamn ägare östergren mölndal löfgren
söderberg söderström blomqvist björk björklund ekström norén lindén andrén norén kjellén hallén wallén edén""",
    "Danish": """
søren jørgen bjørn børge mørk kjær nygård østergaard sørensen jørgensen møller bøgh højgaard høj høeg østby øyvind
øystein håkon pål århus ålborg ålesund tromsø bodø bærum sæther ståle gøran tønnes løken bråten bråthen åse åge æbelø
ærø værløs kærsgaard ræbel nørgaard nørregaard grønbæk brøndum frølich skaarup søndergaard køge holbæk næstved rønne
skjærvø lærke kåre måren målfrid gråbøl grå færøerne læge lægehus selskab øvre strøm bruvær vågen våge""",
    "Finnish": """
mäkinen hämäläinen mäkelä heikkilä järvinen lehtimäki jyväskylä hämeenlinna seppälä väinö päivi yrjö töölö helinä
lähteenmäki mattilä nykänen hyvönen väänänen räsänen pöllänen lämsä mykkänen sähköposti yhtiö yritysmäki tyttölä
särkkä sävelä äijälä äkäslompolo""",
    "Estonian": """
jõgi põld kõiv tõnis tõnu õnne rõõm mõtus sõber lõhmus võsu jüri jürgen ülo ülle ants mäe mägi mägi pärn pärt tamme
kuusk kütt lääne vääna õun öö hüüdnimi väljak tänav põllu kõrve raudsepp lõoke täht šmidt žukova ettevõte sepõ""",
    "Icelandic": """
jón þór þorsteinn guðmundur sigurður guðrún sigríður ólafur björn björg einarsdóttir jónsdóttir árnadóttir
guðmundsdóttir sigurðardóttir sigurðsson þorvaldur ásta ísland reykjavík kópavogur akureyri hafnarfjörður ævar
áslaug ingibjörg kristín ragnheiður þóra þórunn steinþór hallgrímur magnús pétur stefán jóhann jóhannes jóhanna óskar
fyrirtæki nafn gunnþór friðrik bryndís hörður sæmundur guðný ýr úlfar""",
    "Irish": """
ó seán siobhán róisín máire mícheál pádraig séamus tomás ní dónal áine éamon éamonn órla úna ciarán ciara ó súilleabháin
ó briain niamhín caoimhín aoibhín gráinne bríd déirdre""",
    "Catalan": """
lluís àngel núria mercè òscar adrià fèlix martí solà vilà puigdemònt françesc balañà lluïsa raül ciència gràcia
empúries gironès vallès barça caça plaça""",
}
CENTRAL: dict[str, str] = {
    "Polish": """
łukasz michał paweł rafał bartłomiej grażyna małgorzata bożena elżbieta józef łucja wojciechowska dąbrowski
dąbrowska lewandowska wiśniewski wiśniewska wójcik kamiński zieliński szymański woźniak kozłowski jankowski
mazur kwiatkowska krawczyk piotrowski grabowski pawłowski michalski król wróbel wieczorek jabłoński majewski
olszewski jaworski stępień górski sikorski baran duda szewczyk wróblewska gołąb żak żuk zając pająk łódź kraków
wrocław poznań gdańsk gdynia białystok częstochowa rzeszów zielona góra imię nazwisko spółka współpraca księgowość
święty świątek śliwa ślązak ćwikła źródło łąkowa ósma ńska ciężki błażej bogusław stanisław władysław jarosław
mirosław przemysław zdzisław agnieszki joanną krzysztof piątek skóra gęś pięć węgiel księżyc radosław różański
łaziński lubań rożek wiśnia jaśkiewicz żelazny żmuda górecka łysiak kołodziej mączka łoś wąsik pietrzyk brzęczek""",
    "Czech": """
dvořák novák svobodová černý černá němec procházka kučera veselý horák marek pospíšil pokorný hájek král růžička
beneš fiala sedláček zeman kolář krejčí navrátil čermák urban vaněk blažek kříž kovář bartoš vlček polák musil
šimek konečný malý holub čech štěpánek dušek matoušek říha hruška tomáš jiří jiřina josef jaroslav zdeněk zdeňka
ondřej lukáš matěj vojtěch františek antonín václav štěpán šárka božena věra květa růžena marie kateřina lucie
barbora michal řehoř příjmení jméno společnost název města praha plzeň liberec olomouc ústí český krumlov jičín
třebíč žižkov žďár přerov břeclav králové hradec náměstí tř ředitel obchodní účetní kamil děčín měšťan šťastný
ťupa ďurďa daň kůň stůl dům můra žák žáková čapek ščerba stěhování vávra bílek křížová bouška břízová""",
    "Slovak": """
kováč horváth varga tóth nagy baláž molnár szabó ľubomír ľudmila ľuboš štefan ján juraj jozef matúš marián ďurica
ďuriš hudák šimko kňažko žilina košice prešov nitra trenčín trnava banská štiavnica poľsko príjmenie spoločnosť
predseda konateľ vôľa kôň stôl krátky dlhý mäso päť vŕba stĺp tĺk šťastie čížek hraško mráz ľach bôrik kráľ""",
    "Hungarian": """
kovács szabó tóth horváth nagy varga kiss molnár németh farkas balogh papp takács juhász lakatos mészáros oláh simon
rácz fekete szilágyi török fehér balázs gál kis szűcs kocsis orsós pintér fodor sipos magyar lukács gyűrű erdős
győri győr bognár vörös szőke bíró lőrinc lászló józsef zoltán gábor istván sándor jános péter tamás andrás balázs
ágnes éva judit katalin mária erzsébet ilona zsófia zsuzsanna edit beáta tímea eszter gergő gergely ákos ádám dániel
bálint máté márton ernő jenő dezső rezső frigyes győző cég cégnév vezetéknév keresztnév székesfehérvár debrecen
pécs szeged nyíregyháza kecskemét sopron üzlet ügyvezető igazgató közgazdász műszaki fűtés szűrő őri őry dömötör
börcsök csősz gönczi hűvös kőszegi kőrösi petőfi csokonai ötvös ökrös üveges ürmös úri íjász ódor""",
    "Romanian": """
ştefan ştefănescu ionuţ mihăiţă cătălin cătălina răzvan bogdan vlăduţ constanţa botoşani galaţi piteşti târgu mureş
braşov iaşi bucureşti timişoara mircea ioană anişoara niţă niţescu dumitraşcu păun bălan bălănescu făgăraş râu sârbu
câmpeanu cîmpean încă îndrumare întreprindere societăţi judeţ mănescu lăcătuş ţurcanu ţepeş şerban şova pătraşcu
drăgan drăgulescu răducanu văcaru sănduţa mădălina iliuţă gheorghiţă ghiţă""",
    "South Slavic": """
željko željka živković žarko šimić šimun čačić ćosić đorđe đurić đukić božić kovačević petrović nikolić jovanović
marković stanković ilić pavlović milošević popović babić jurić knežević vuković matić tomić blažević horvat krleža
šarić perić lončar bošnjak župan jurišić mišić tadić vidović kralj žagar košir pečnik čuk škof zupančič potočnik
krajnc kovačič mlakar kočevar žnidaršič šuštar oražem ščuka pušnik škoda poduzeće tvrtka društvo žalec škofja
križaj hribar mežnar košak grošelj čop črnomelj šibenik čakovec đakovo požega osijek križevci vučić dačić""",
    "German": WESTERN["German"],
}
BALTIC: dict[str, str] = {
    "Lithuanian": """
kazlauskas jankauskienė petrauskienė stankevičius stankevičienė vasiliauskienė žukauskas žukauskienė butkus
paulauskienė urbonavičius kavaliauskienė navickienė ramanauskaitė šimkus šimkienė savickaitė saulius mindaugas
gintarė rūta eglė aušra živilė žydrūnas žygimantas šarūnas česlovas vytautė jonė ąžuolas ėmė įmonė vardas pavardė
klaipėda šiauliai panevėžys lietuva ūkis ūkininkas būtėnaitė grybauskaitė dalė jūratė milašius mažeika mačiulis
valančius lukoševičius kęstutis vėlius žemaitis šaltenis gudžiūnas didžiulis tęsia gražina""",
    "Latvian": """
bērziņš bērziņa kalniņš kalniņa ozoliņš ozoliņa jānis pēteris andris ilze līga zane kristīne ieva krūmiņš liepiņš
zariņš zariņa pētersons kārkliņš eglītis vītols vītola dzintars ādams ēriks āboliņš āboltiņa šķēle ķēniņš ģirts
ģertrūde uldis raitis mārtiņš mārīte kaspars rīga jūrmala liepāja daugavpils jēkabpils uzņēmums vārds uzvārds
lāčplēsis šmits žagars čakste ūdris ļaudis ņikita īve pūce sīlis strautiņš gulbis siliņš rudzītis""",
    "Estonian": WESTERN["Estonian"],
}
TURKISH: dict[str, str] = {
    "Turkish": """
yılmaz yıldız yıldırım öztürk aydın özdemir arslan doğan kılıç aslan çetin kara koç kurt özkan şimşek erdoğan
güneş yavuz çelik demir şahin şen işık ışık aktaş polat çakır güler tekin karataş taş korkmaz özcan bulut türk
ünal uğur uğurlu oğuz oğuzhan çağlar çağrı gökhan göksel gülşen ayşe fatoş gül emine şükrü ibrahim ismail ömer ümit
üstün bülent cüneyt kürşat müslüm nurşen rıza rıdvan sıla tuğçe tuğba buğra yiğit ağca bağcı dağ dağlı beşiktaş
istanbul ızmir muğla eskişehir şirket adı soyadı müdür müdürü işletme ihracat güvenlik sağlık çalışan ısı ıtır
başaran yücel yüksel kökçü gümüş göçmen çolak değirmenci eğitim iğdır ağrı niğde elazığ balıkesir""",
}
CYRILLIC: dict[str, str] = {
    "Russian": """
иван иванов иванова петров смирнов кузнецов попов васильев соколов михайлов новиков федоров морозов волков алексеев
лебедев семенов егоров павлов козлов степанов николаев орлов андреев макаров никитин захаров зайцев соловьев борисов
яковлев григорьев романов воробьев сергеев александр алексей андрей анна анастасия борис виктор виктория владимир
владислав галина георгий дарья денис дмитрий евгений евгения екатерина елена игорь илья ирина кирилл константин
ксения любовь людмила максим марина мария михаил надежда наталья никита николай ольга олег павел роман светлана
сергей станислав татьяна юлия юрий ярослав фамилия имя отчество компания организация общество ограниченной
ответственностью директор москва санкт петербург россия завод группа торговый дом сайт почта жуков щербаков цветков
чернов шевченко эдуард юрьев якушев фёдоров семёнов королёв артём пётр тихонов хохлов гаврилов ефимов""",
    "Ukrainian": """
шевченко коваленко бондаренко ткаченко кравченко олійник шевчук поліщук іван олександр андрій сергій юрій тетяна
наталія оксана ігор ірина євген євгенія їжак київ львів харків одеса дніпро компанія прізвище ім'я підприємство
мельник лисенко марченко руденко савченко петренко василь володимир микола михайло ганна ґалаґан зіньківська""",
    "Bulgarian": """
георги димитър иван стоян петър тодор христо николай пламен красимир димитрова иванова стоянова ангелова георгиева
петров къщата българия софия пловдив варна бургас дружество фирма име фамилия борисов първанов желязков цветанов
йордан йорданова щерев ъгъл върбанов""",
    "Serbian": """
јован јованић јовановић петровић николић марковић ђорђевић стојановић илић станковић павловић милошевић ђурић љубица
љиљана њего његош београд нови сад ниш крагујевац предузеће презиме име живковић тодоровић џамић чачак ћирић""",
}
GREEK: dict[str, str] = {
    "Greek": """
γιώργος γεώργιος δημήτρης κωνσταντίνος ιωάννης γιάννης νικόλαος νίκος χρήστος παναγιώτης βασίλης αθανάσιος μαρία
ελένη αικατερίνη βασιλική σοφία αγγελική παπαδόπουλος παπαδοπούλου γεωργίου δημητρίου παππάς οικονόμου νικολαΐδης
καραγιάννης αλεξίου βλάχος μακρής αντωνίου κωνσταντίνου ιωάννου αθήνα θεσσαλονίκη πάτρα εταιρεία επωνυμία όνομα
επώνυμο ονοματεπώνυμο άννα έλλη ήρα ίων όλγα ύδρα ώρα φώτης ψαράς ξένος ζωή ρούσσος τσιπράς μητσοτάκης σπύρος""",
}
SEMITIC: dict[str, str] = {
    "Hebrew": """
כהן לוי מזרחי פרץ ביטון דהן אברהם פרידמן מלכה אזולאי כץ יוסף דוד עמר אוחיון חדד גבאי בן שרה רחל לאה רבקה מרים משה
יעקב יצחק דניאל שלמה אליהו חיים נועה תמר יעל מיכל חנה רות אסתר עידו אורי רון גיל שם פרטי משפחה חברה ישראל תל אביב
ירושלים חיפה דואר טלפון שירותים בניהול מערכות טכנולוגיות גולדמן רוזנברג זילבר ברגר שפיר וייס גרין קליין שוורץ הופמן
רוזן ליברמן קפלן גולן ברק שמעון ראובן נתן אלון עמית ליאור אורית ענת שירה הדר אביגיל נחום ברוך צבי זאב אריה""",
    "Arabic": """
محمد أحمد محمود علي حسن حسين إبراهيم خالد عمر عبد الله الرحمن العزيز يوسف مصطفى سعيد فاطمة عائشة مريم زينب خديجة نور
ليلى سارة هدى منى الشركة شركة المحدودة الاسم العائلة القاهرة دبي الرياض السعودية مصر الأردن المغرب بن أبو الحسيني
العلي الأحمد الشريف القحطاني الغامدي الزهراني""",
}


class Alphabet(msgspec.Struct, frozen=True, kw_only=True):
    """The letters beyond ASCII of a language.

    Attributes:
        letters: In lower case.
        pairs: Such a letter with the character before it, or after it; a blank at the end of a word.
        threes: Such a letter with both.
    """

    letters: frozenset[str]
    pairs: frozenset[str]
    threes: frozenset[str]


def alphabet(words: str) -> Alphabet:
    """Learn the letters of a language from words of it."""
    padded = [f" {word} " for word in words.split()]
    threes = {
        word[place - 1 : place + 2] for word in padded for place, letter in enumerate(word) if not letter.isascii()
    }
    pairs = {pair for three in threes for pair in (three[:2], three[1:])}
    return Alphabet(letters=frozenset(three[1] for three in threes), pairs=frozenset(pairs), threes=frozenset(threes))
