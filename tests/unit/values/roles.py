"""Local parts of addresses: of functions, in many languages, and of people whose names look like one."""

# Refused for Rita Case; literal values, so that no list of the product proves itself.
ROLE_ADDRESSES = """
abuse-report academy accounts-payable-uk accounts.receivable.eu accounts.uk accountspayable.us admin.it admin1
administracion.es administratie.nl administrator.eu admissions.office adops ads advertise advertising affiliate
affiliates after.sales aftersales alerts-prod all all-staff allstaff anfrage anfragen angebot angebote ap-invoices
ap.invoices api asiakaspalvelu atencion.cliente atencionalcliente atendimento.cliente auftraege auftrag ausbildung
back-office backoffice bestellung bestellungen bewerbungen bilgi biuro board bonjour.fr booking.uk bounce+x
bounces.us boutique buero bugbounty büro careers-emea ceo.office cert ciao comercial.br commande commandes comms
communications company complaint complaints compliance.eu compras.br compras.es comptabilite.fr concierge contactez
contactez-nous contacto.es contato contato.br copyright corporate.communications csirt customer.experience
customer.success customersuccess daemon datarequest datenschutzbeauftragter demo destek developers devis devops
direccion direction directors direzione dispatch dmca do-not-reply donate donations donotreply-de dpo.eu e-invoice
editor editorial editors education edv einvoice einvoicing empfang engineering enquiries.uk ethics eusupport
events.team everyone example export exports facturation.fr facturen factuur faktura.se fakturace fatturazione
feedback.uk financeiro.br finanzen firmapost form forms front.office frontdesk.nyc frontoffice försäljning
gdpr-requests general general.enquiries generalenquiries gerencia global.info guest guest.services guestservices
hallo.nl hello.de helpdesk.uk hiring.team hola hotline hqinfo hr-team hrteam human.resources humanresources iletisim
import impressum inbox info-fr info-nyc info.cn info.de info.global info.london info.usa info_paris infode
informazioni infosec inkoop.nl insankaynaklari investor.relations investorrelations invoices.ap ir.team it-support
it.helpdesk it.support itadmin ithelpdesk itsupport jobs-de jobs.uk kadry karriere klantenservice.nl kontakt.berlin
kontakt.dk kontakt.pl kontor ksiegowosc kundendienst kundeservice kundtjanst laskutus legal.team legalnotices
letters library logistics lohn lohnbuchhaltung london.info mahnung mailbox mailer management media-enquiries
media.relations mediarelations member.services members memberservices membership muhasebe myynti news.uk
newsletter.uk newyork.sales no-reply+abc no.reply.uk no_reply noreply2 notices notifications.eu obchod objednavky
office-vienna office.of.the.ceo oficina onboarding onlineshop ops order ordini ordre ourteam partner partner.program
partners.emea pedidos people-team people.ops personal platform podpora post post.no postbox postfach poststelle
pr.team praca pre-sales prenotazioni presales press.uk presse.de pressoffice privacy.eu privacyoffice
procurement.team purchase purchasing.dept quote quotes receptie.nl reception.london rechnungswesen reclamation
recruit recruiter recrutement.fr recursos.humanos recursoshumanos redaktion registrar regnskab rekrutacja
relations.presse reseller resellers reservas reservations.nyc reservierung reservierungen rezeption rfp rfq rh rh.br
risorse.umane risorseumane sac sales-london sales.dach.team sales.enquiries sales.newyork sales.team.uk
sales_uk_team salesuk salesus salg satis sav secretariat secretary secrétariat security.team securityteam
sekretariat sekretariat.pl service-clients service.client serviceclient servicedesk serviceteam servicioalcliente
shipping shop soc sprzedaz staff.all store subscribe.uk subscriptions success success.team suggestions suporte.br
support.fr supportuk survey sysadmin system talent talent.acquisition talentacquisition team.uk tech tech.support
technical technical.support technicalsupport technik techsupport techsupport.us tender tenders test testing theteam
tienda toimisto trademark training travel ufficio.acquisti ufficioacquisti uksales uksupport ukteam unsubscribe-list
user ussales usteam vacatures vendas.br vendite.it ventas.mx ventas1 verkoop.be volunteer volunteers vulnerability
warehouse web-master webadmin webform webinar webinars webmaster2 webops webshop whistleblower wholesale zamowienia
sales-uk info.de+x InFo.Paris K.O.N.T.A.K.T firstname.lastname first.last no-email noemail unknown
"""

# More of them, of which one test reads all.
MORE_ROLES = """
getintouch askus ask hellothere csr cx crm kundenbetreuung servicecenter reparatur ersatzteile parts spareparts
garantie gewaehrleistung debitoren kreditoren debtors creditors rechnungseingang inkasso steuern recht dsb isms
hosting domains domain dns phishing hrbp stellenangebote talentpool praktikum praktika intern interns internships
medienstelle messe messen kongress seminar seminare schulung vorstand assistant assistenz assistenz-gf innendienst
aussendienst aussendienst-nord bids ausschreibung ausschreibungen offerte preventivi presupuestos cotizaciones
servicio.cliente seleccion empleo trabaja bolsadetrabajo comunicacion calidad almacen tesoreria infobcn stage stages
candidature candidatures qualite commerciale-it lavoraconnoi curriculum ufficiostampa stampa qualita magazzino
spedizioni infomilano facturatie personeelszaken werkenbij sollicitatie pers handlowy zakupy serwis ucetni podatelna
prodej nakup laskut rekry bogholderi job-dk ekonomi zakaz zakazy prodazhi otdelprodazh buhgalteria priemnaya
sekretar toiawase soumu eigyo keiri jinji saiyo kouhou xiaoshou caiwu kefu zhaopin notify automation bot svc
svc-account serviceaccount integration integrations backup scanner printer scan kopierer drucker voicemail
switchboard emergency notfall notdienst bereitschaft oncall on-call dispo disposition wareneingang warenannahme rma
rma-eu groups weddings spa restaurant
"""

# A local part and the name of its owner, who is unknown behind the last bars.
OWN_ADDRESSES = """
info.rossi|Maria Info
sales|Mark Sales
h-r|Harriet Reed
p.r|Paul Ross
i.t|Ian Thomas
legal.joan|Joan Legal
press|Emma Press
de.info|Marc De
mail.anne|Anne Mail
root|Joe Root
j.root|Joe Root
jroot|Joe Root
joe_root|Joe Root
post|Emily Post
e.post|Emily Post
depost|Rob De Post
depost|Rob Post
postma|Eva Postma
kontakt|Jan Kontakt
müller.info|Anna Müller
mueller.sales|Anna Müller
muller.sales|Anna Müller
sales.müller|Anna Mueller
soeren.hr|Sören Vik
skjold.team|Øla Skjold
lech.info|Łech Nowak
rita.sales|Rita Case
sales.rita|Rita Case
case.office|Rita Case
rita+sales|Rita Case
in.fo|Ines Fo
i.nfo|Ian Nfo
serv.ice|Serv Ice
dev|Dev Patel
dev.patel|Dev Patel
devin|Devin Roe
allen|Woody Allen
usher|Ann Usher
mailin|Mailin Berg
intel|Ian Ntel
n.mailer|Norman Mailer
general|Ann General
board|Ann Board
talent|Ann Talent
rcase|Rita Case
rc|Rita Case
anna.post|
mueller|
joe.root|
devin|
allen|
h.kontakt|
"""
