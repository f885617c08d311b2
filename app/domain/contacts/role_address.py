"""Role addresses: mailboxes of a function, not of a person (RFC 2142 and common use)."""

import re
from collections.abc import Iterable
from itertools import pairwise

from app.domain.contacts.text import fold_accents, normal_form

# Compared with the whole local part without separators, and with each of its words; without accents, in the languages
# of Europe and of the Americas. The last of names and of nobody's are what forms and tools put in place of an address.
_ROLES = """
abuse academy accounting accounts accountspayable accountsreceivable accueil achats acquisti admin administracion
administratie administration administrativo administrator admissions adops ads advertise advertising affiliate
affiliates aftersales akademie alert alerts all allstaff almacen amministrazione anfrage anfragen angebot angebote
api archiv archive asiakaspalvelu ask askus assistance assistant assistenz assistenza atencion atencionalcliente
atendimento auftraege auftrag ausbildung ausschreibung ausschreibungen aussendienst automation autoreply backoffice
backup bereitschaft bestellung bestellungen bewerbung bewerbungen bids bilgi bilgiislem billing biuro board
boekhouding bogholderi bolsadetrabajo bonjour booking bookings bookkeeping bot bounce bounces boutique buchhaltung
buero bugbounty buhgalteria buro caiwu calidad campaigns candidature candidatures career careers ceo cert cfo chat
ciao ciso clientes cmo comercial commande commandes commercial commerciale comms communication communications
company complaint complaints compliance compras compta comptabilite comunicacion concierge consulting contabilidad
contabilita contact contactez contacteznous contacto contacts contactus contato controlling coo copyright
cotizaciones creditors crm csirt csr cto curriculum customer customercare customerexperience customers
customerservice customersuccess customersupport cx daemon dataprotection dataprotectionofficer datarequest
datenschutz datenschutzbeauftragter debitoren debtors demo destek developer developers devis devops devteam
direccion direction directors direktion direzione dispatch dispo disposition dmca dns domain domains donate
donations donotreply dontreply dpo drucker dsb edi editor editorial editors education edv eigyo einkauf einvoice
einvoicing ekonomi email emergency empfang empleo employment engineering enquiries enquiry ersatzteile ethics event
eventos events everybody everyone example export exports factura facturacion facturas facturatie facturation
facture facturen factures factuur faktura fakturace fakturor fatturazione fatture faturamento fax feedback finance
financeiro finanzas finanzen firma firmapost firstlast firstname firstnamelastname form formation forms forsaljning
franchise frontdesk frontoffice ftp fulfillment fulfilment garantie gdpr general gerencia geschaeftsfuehrung
geschaeftsleitung getintouch gewaehrleistung grants groups guest guestservices haendler hallo handlowy hei hej
hello hellothere help helpdesk helpline hi hiring hola hosting hostmaster hotline hr hrbp hrteam humanresources
iletisim import impressum imprint inbox info infodesk informacion information informatique informazioni infos
infosec inkasso inkoop innendienst inquiries inquiry insankaynaklari integration integrations intern interns
internship internships investor investorrelations investors invoice invoices invoicing ir isms it jinji job jobs
kadry kariera kariyer karriere kefu keiri klantenservice kommunikation kongress kontakt kontakty kontor kontoret
kopierer kouhou kreditoren ksiegowosc kundenbetreuung kundendienst kundenservice kundeservice kundservice
kundtjanst lager laskut laskutus lastname lavoraconnoi legal letters library listserv logistica logistics logistik
logistique lohn lohnbuchhaltung magazzino mahnung mail mailbox mailer mailerdaemon mailinglist maintenance
majordomo management marketing media mediarelations medien medienstelle member members memberservices membership
messe messen moderator monitoring muhasebe myynti nakup nepasrepondre news newsletter noanswer nobody noc noemail
nomail none noreply notdienst notfall notice notices notification notifications notify null obchod objednavky
oferta ofertas offerte office officemanager oficina onboarding oncall onlineshop operations ops order ordering
orders ordini ordre otdelprodazh outreach partner partners partnership partnerships parts payable payables payment
payments payroll pedidos peopleops pers personal personalabteilung personalwesen personeelszaken phishing phone
planning platform podatelna podpora post postbox postfach postkasse postmaster poststelle pr praca praktika
praktikum prenotazione prenotazioni prensa presale presales press presse pressoffice presupuestos preventivi
priemnaya printer privacy privacyoffice procurement prodazhi prodej produccion production produktion projects
projekte promo promotions proveedores purchase purchases purchasing qualita qualitaet qualite quality quote quotes
receivable receivables recepcion receptie reception rechnung rechnungen rechnungseingang rechnungswesen recht
reclamaciones reclamation recruit recruiter recruiting recruitment recrutement recursoshumanos redaccion redaction
redaktion redazione registrar registration regnskab reklamacje reklamation rekrutacja rekry relations rentals
reparatur request requests reseller resellers reservas reservation reservations reservierung reservierungen
restaurant returns rezeption rezervace rfp rfq rh risorseumane rma robot root rrhh sac saiyo sales salesteam salg
satis sav scan scanner schulung secretaria secretariat secretary security segreteria sekretar sekretariat seleccion
seminar seminare service serviceaccount servicecenter serviceclient serviceclients servicedesk services serviceteam
servicio servicioalcliente servicios servis servizioclienti serwis shipping shop soc sollicitatie sollicitaties
soporte sos soumission soumu spa spam spareparts spedition spedizioni sponsorship sprzedaz staff stage stages
stampa stellenangebote steuern store subscribe subscription subscriptions success suggestions suporte supply
support supportteam survey surveys svc switchboard sysadmin system systems talent talentacquisition talentpool team
teamleitung tech technical technicalsupport technik technique technology techsupport telefon telefonzentrale
telephone tender tenders tesoreria test testing tests tickets tienda toiawase toimisto trabaja trademark training
transport travel treasury ucetni ufficio ufficioacquisti ufficiostampa unknown unsubscribe usenet user uucp
vacancies vacatures vendas vendite vendors ventas vente verkauf verkoop versand vertrieb verwaltung voicemail
volunteer volunteers vorstand vulnerability warehouse warenannahme wareneingang warranty webadmin webform webinar
webinars webmaster webops webshop webteam weddings welcome werkenbij werkstatt whistleblower wholesale willkommen
www xiaoshou zakaz zakazy zakupy zamowienia zentrale zhaopin
"""
ROLES = frozenset(_ROLES.split())

# Words that narrow a role down to a place or a part of the company.
_QUALIFIERS = """
ae africa all amea america americas anz apac apj asia at au benelux br ca central ch cl cn corp cz dach de department
dept desk dk east emea en es eu europe fi fr gcc global gr group hk hq hu ie in int international intl it jp ke kr ksa
latam line local mail mena mx my ng nl no noram nordic nordics north northamerica nz online our pe people ph pl pt
reply ro se sg sk south team th the tr tw uae uk us usa vn web west world worldwide your za
"""
QUALIFIERS = frozenset(_QUALIFIERS.split())
_KNOWN = ROLES | QUALIFIERS
# Letters that German and its neighbours write as two where only ASCII is at hand.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_MAX_ADDRESS = 254  # of a whole address (RFC 5321, section 4.5.3.1.3): no local part is longer
_SHORT = 2  # a role of two letters counts next to qualifiers only, as it may be initials
_FUSED = 4  # a shorter one may be part of a name where nothing divides them: Allen, Devin


def is_role(local: str, names: Iterable[str]) -> bool:
    """Return whether a local part is of a function; a word of the person's own name never makes it one.

    Args:
        local: The part before the @; what follows a plus sign does not count (RFC 5233).
        names: The person's names, as far as they are known.
    """
    part = local[:_MAX_ADDRESS].partition("+")[0]
    words = _words(fold_accents(part))
    own = {word for name in names for word in _spellings(name)}
    if {word for word in own if len(word) > 1} & set(_spellings(part)):
        return False
    if all(len(word) == 1 for word in words):
        # Initials, unless they are known not to be this person's.
        return bool(own) and not set(words) <= {word[0] for word in own} and "".join(words) in ROLES
    joined = "".join(words)
    if joined in ROLES or _is_fused(joined, own):
        return True
    rest = [word for word in words if word not in ROLES]
    if len(rest) < len(words) and all(word in QUALIFIERS for word in rest):
        return True
    pairs = {first + second for first, second in pairwise(words)}
    roles = [word for word in words if word in ROLES and len(word) > _SHORT]
    # Without a name, a role as the last word may be a surname, such as Jobs.
    return bool(pairs & ROLES) or (bool(roles) and (bool(own) or words[0] in roles))


def _is_fused(text: str, own: set[str]) -> bool:
    """Return whether a text is a role and a qualifier or role with nothing between them, such as ``infouk``."""
    if any(text.startswith(word) or text.endswith(word) for word in own if len(word) > _SHORT):
        return False
    if text.startswith("info"):
        return True  # infomilano
    cuts = ((text[:at], text[at:]) for at in range(_SHORT, len(text) - 1))
    known = ((one, other) for one, other in cuts if one in _KNOWN and other in _KNOWN)
    return any(word in ROLES and len(word) >= _FUSED for pair in known for word in pair)


def _words(text: str) -> list[str]:
    return re.findall("[a-z]+", text)


def _spellings(name: str) -> list[str]:
    """List the words of a name without accents, and with the umlauts written out, as in ``mueller``."""
    folded = normal_form("NFC", name.casefold())
    return [*_words(fold_accents(folded)), *_words(fold_accents(folded.translate(_WRITTEN_OUT)))]
