"""Forms in which vendors write addresses and numbers, with what is read from them."""

# All are rita.case@acme.example.
ADDRESS_FORMS = [
    "Rita.Case@ACME.example",
    " RITA.CASE@ACME.EXAMPLE\r\n",
    "rita.case@acme.example.",
    "rita.case@acme.example;",
    "rita.case@acme.example,",
    "<rita.case@acme.example>",
    "Rita Case <rita.case@acme.example>",
    "Rita Case<rita.case@acme.example>",
    '"Case, Rita" <rita.case@acme.example>',
    "'rita.case@acme.example'",
    '"rita.case@acme.example"',
    "\u201crita.case@acme.example\u201d",
    "rita.case@acme.example (work)",
    "MAILTO: rita.case@acme.example",
    "mailto://rita.case@acme.example",
    "mailto:rita.case%40acme.example",
    "mailto:rita.case@acme.example?subject=Hi&cc=eve@globex.example",
    "mailto:Rita%20Case%3Crita.case@acme.example%3E",
    "email: rita.case@acme.example",
    "E-Mail:rita.case@acme.example",
    "SMTP:rita.case@acme.example",
    "rita.case\uff20acme.example",
    "rita.case@acme\u3002example",
    "\uff52\uff49\uff54\uff41.case@acme.example",
    "rita.case @ acme.example",
    "rita.case@\u2063acme.example",
]
# None is an address that could be used.
NO_ADDRESSES = [
    "rita.case@acme.example, bob@acme.example",
    "rita.case@acme.example bob@acme.example",
    "rita.case@acme.example>bob@acme.example",
    "Rita <rita.case@acme.example> <bob@acme.example>",
    "Rita\r\nBcc: Eve <eve@acme.example>",
    "mailto:rita%0d%0aBcc:eve@acme.example",
    "bcc:rita@acme.example",
    "<b>rita@acme.example</b>",
    "\uff1drita@acme.example",
    "\uff0brita@acme.example",
    "\u2212rita@acme.example",
    "^rita@acme.example",
    "~rita@acme.example",
    "?rita@acme.example",
    "/rita@acme.example",
    "'=1+1@acme.example",
    "$(id)@acme.example",
    "rita$x@acme.example",
    "r????@acme.example",
    "r____@acme.example",
    "rxxxx@acme.example",
    "r####@acme.example",
    "r##@acme.example",
    "r----@acme.example",
    "r\u25cf\u25cf@acme.example",
    "[email protected]",
    "rita@acme",
    "rita@127.0.0.1",
    "rita@[127.0.0.1]",
    "rita..case@acme.example",
    "rita.@acme.example",
    "rita@acme_.example",
    "rita@-acme.example",
]

# A number of New York, behind each of these heads.
HEADS = ["+1 212-655-0100", "(212) 655-0100", "212.655.0100", "tel:+12126550100"]
TAILS = """
 exten. 4412| Extension # 4412| ext #4412| ext. no. 4412| Ext.: 4412| [ext 4412]| - ext 4412|, x4412|p4412| w4412
,,4412#|,4412|;4412|;ext=4412;phone-context=+1| ext 4412 office| ext. 4412, ask for Rita| extension 4412 - Sales
 App. 4412| Apparat 4412| NSt 4412| Nebenstelle 4412| Kl. 4412| poste n° 4412| p. 4412| intern 4412| R. 4412
 extensión: 4412| anx 4412| interior 4412| tst. 4412| anknytning 4412| ankn. 4412| lokal 4412| loc. 4412
 wew. 4412| wewnętrzny 4412| klapka 4412| linka 4412| mellék 4412| dah. 4412| alanumero 4412| linje 4412
 samb. 4412| lokalnummer 4412
 máy lẻ 4412| nhánh 4412| добавочный 4412| вн. 4412| внутр. 4412| εσωτ. 4412| שלוחה 4412
 تحويلة 4412| ต่อ 4412|（内線4412）| 内線：4412|转4412| 轉 4412|(내선 4412)| ext ４４１２
"""  # noqa: RUF001 - signs of wide scripts

# A text, the kind of line that the vendor names, and what is read: number, extension, kind; or none.
NUMBERS = [
    # Several in one text: the first of the vendor's kind that is no service's.
    ("+1 212-655-0100 / +1 415-967-1111", "mobile", "+12126550100 - mobile"),
    ("+49 30 1234567, +49 151 12345678", "mobile", "+4915112345678 - mobile"),
    ("+49 151 12345678; +49 30 1234567", "landline", "+49301234567 - landline"),
    ("(212) 655-0100 or (415) 967-1111", "unknown", "+12126550100 - unknown"),
    ("(212) 655-0100 / (415) 967-1111", "unknown", "+12126550100 - unknown"),
    *(
        (f"(212) 655-0100 {word} (415) 967-1111", "unknown", "+12126550100 - unknown")
        for word in ["and", "oder", "und", "ou"]
    ),
    *(
        (f"(212) 655-0100 {word} (415) 967-1111", "unknown", "+12126550100 - unknown")
        for word in ["et", "o", "e", "y", "lub", "или"]
    ),
    # Masked, although what is left is a whole number of its country.
    *((f"+49 30 123456{mask}", "unknown", None) for mask in ("**", "##", "...", "…", "xx", "XX", "••")),
    ("+49 30 123456", "unknown", "+4930123456 - landline"),
    ("+1 800 356 9377 | +1 212-655-0100", "unknown", "+12126550100 - unknown"),
    ("+1 800 356 9377 / +1 888 356 9377", "unknown", None),
    ("+49 30 1234567 Durchwahl 12 / +49 151 1234", "unknown", "+49301234567 12 landline"),
    # Words and signs around it.
    ("Tel: +1 212-655-0100", "unknown", "+12126550100 - unknown"),
    ("Mobile +49 151 12345678", "unknown", "+4915112345678 - mobile"),
    ("\u260e +1 212-655-0100", "unknown", "+12126550100 - unknown"),
    ("+49 151 12345678 mobile", "unknown", "+4915112345678 - mobile"),
    ("+1 212-655-0100 " + "a" * 234, "unknown", "+12126550100 - unknown"),
    ("+1 212-655-0100 " + "a" * 235, "unknown", None),
    ("+49 151 12345678 - private", "unknown", "+4915112345678 - mobile"),
    ("+1 212-655-0100 ext.", "unknown", "+12126550100 - unknown"),
    ("'+447400123456", "unknown", "+447400123456 - mobile"),
    ("https://wa.example/12126550100", "unknown", "+12126550100 - unknown"),
    # URIs of RFC 3966.
    ("tel:655-0100;phone-context=+1212", "unknown", "+12126550100 - unknown"),
    ("TEL:2126550100;phone-context=+1", "unknown", "+12126550100 - unknown"),
    ("tel:+1-212-655-0100;isub=1;ext=5", "unknown", "+12126550100 5 landline"),
    ("tel:0100;phone-context=acme.example", "unknown", None),
    # Other digits, blanks, and international prefixes.
    (
        "\uff0b\uff11 \uff12\uff11\uff12 \uff16\uff15\uff15 \uff10\uff11\uff10\uff10",
        "unknown",
        "+12126550100 - unknown",
    ),
    (
        "+\u0664\u0669 \u0661\u0665\u0661 \u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
        "unknown",
        "+4915112345678 - mobile",
    ),
    ("+1\u00a0212\u2011655\u20130100", "unknown", "+12126550100 - unknown"),
    ("011 44 7400 123456", "unknown", "+447400123456 - mobile"),
    ("+0044 7400 123456", "unknown", "+447400123456 - mobile"),
    ("+44 (0)7400 123456", "unknown", "+447400123456 - mobile"),
    ("44 7400 123456", "unknown", "+447400123456 - mobile"),
    # The plan of numbers is surer than the vendor's word.
    ("+33 1 23 45 67 89", "mobile", "+33123456789 - landline"),
    ("+33 6 12 34 56 78", "landline", "+33612345678 - mobile"),
    ("+33 1 23 45 67 89", "voip", "+33123456789 - voip"),
    ("+31 85 123 4567", "mobile", "+31851234567 - voip"),
    ("+1 212 655 0100", "landline", "+12126550100 - landline"),
    # No numbers.
    ("1-800-FLOWERS", "unknown", None),
    ("212-555-1212", "unknown", None),
    ("4.4740012346E+11", "unknown", None),
    ("1.2126550100E+10", "unknown", "+12126550100 - unknown"),
    ("ext 4412", "unknown", None),
    ("+44 7400 1234567", "unknown", None),
    ("", "unknown", None),
]

# A number in its country's own form, the country by LinkedIn's host, the number.
NATIONAL = """
0151 12345678|DE|+4915112345678
030/12345678|DE|+493012345678
06 12 34 56 78|FR|+33612345678
07400 123456|GB|+447400123456
347 123 4567|IT|+393471234567
612 34 56 78|ES|+34612345678
0412 345 678|AU|+61412345678
090-1234-5678|JP|+819012345678
98765 43210|IN|+919876543210
138 0013 8000|CN|+8613800138000
010-1234-5678|KR|+821012345678
8123 4567|SG|+6581234567
0532 123 45 67|TR|+905321234567
501 234 567|PL|+48501234567
8 (912) 345-67-89|RU|+79123456789
070-123 45 67|SE|+46701234567
412 34 567|NO|+4741234567
079 123 45 67|CH|+41791234567
082 123 4567|ZA|+27821234567
11 98765-4321|BR|+5511987654321
301 455 1234|CO|+573014551234
416-967-1111|CA|+14169671111
876-999-1234|JM|+18769991234
611 1234 (office)|IS|+3546111234
611 1234 linia 5|IS|+3546111234
611 1234 / 555 1234|IS|+3546111234
"""
# A number, the company's domain, what is read.
GUESSED = """
0151 12345678|acme.de|+4915112345678
0151 12345678|acme.io|
0151 12345678|acme.berlin|
07400 123456|acme.co.uk|+447400123456
07400 123456|acme.co|
(301) 455-1234|acme.co|+13014551234
(301) 455-1234|acme.com.co|
301 455 1234|acme.com.co|
+57 301 455 1234|acme.com.co|+573014551234
301 4551234|acme.com.co|+573014551234
(415) 967-1234|acme.de|
(415) 967-1234 ext 5|acme.de|
(415) 967-1234/x5|acme.de|
(415) 967-1234|acme.eu|+14159671234
(415) 967-1234|acme.me|+14159671234
(415) 967-1234|acme.tv|+14159671234
(415) 967-1234|acme.ca|+14159671234
987-654-3210|acme.in|+919876543210
98765 43210|acme.in|+919876543210
876-929-1234|acme.jm|+18769291234
"""
# Of services, in many countries; the vendor calls each a mobile.
SERVICE_NUMBERS = """
+1 877 356 9377|+1 822 356 9377|+1 900 356 9377|+44 808 123 4567|+44 845 123 4567|+44 871 123 4567|+44 300 123 4567
+44 333 123 4567|+44 909 123 4567|+44 55 1234 5678|+44 7600 123456|+49 800 1234567|+49 180 5123456|+49 900 1 123456
+49 137 1234567|+49 177 99 1234567|+33 805 12 34 56|+33 820 12 34 56|+33 892 12 34 56|+39 800 123456|+39 840 123456
+39 899 123456|+34 900 123 456|+34 901 123 456|+34 902 123 456|+34 803 123 456|+31 800 1234567|+31 900 1234567
+31 88 123 4567|+32 800 12 345|+32 78 15 12 34|+41 800 123 456|+41 848 123 456|+41 58 123 45 67|+43 800 123456
+43 810 123456|+43 900 123456|+46 20 123 456|+46 77 123 45 67|+47 800 12 345|+47 815 12 345|+45 80 12 34 56
+358 800 123456|+358 600 12345|+358 20 123 4567|+353 1800 123 456|+353 1850 123 456|+351 800 123 456|+351 707 123 456
+48 800 123 456|+48 801 123 456|+420 800 123 456|+36 80 123 456|+30 800 123 4567|+40 800 123 456|+7 800 123 45 67
+90 800 123 45 67|+90 444 12 34|+972 1 800 123 456|+971 600 123 456|+966 9200 12345|+61 1800 123 456|+61 1300 123 456
+61 13 12 34|+64 800 123 456|+81 120 123 456|+81 570 123 456|+82 1588 1234|+86 800 123 4567|+86 400 123 4567
+852 800 123 456|+65 1800 123 4567|+91 1800 123 4567|+63 1800 1234 5678|+27 800 123 456|+27 860 123 456
+55 800 123 4567|+55 300 123 4567|+55 4004 1234|+52 800 123 4567|+52 900 123 4567|+54 810 123 4567|+56 600 123 4567
+57 1 800 1234567|+800 1234 5678|+808 1234 5678|+979 123 456 789|112|+1 911
"""
