"""Headings in more languages and of more tools, by the attribute that they fill; a part of the table in `headings`."""

# ruff: noqa: RUF001 - letters of many alphabets

_MORE = {
    "first_name": """
Utónév, Keresztnév, Prenume, Meno, Krstné meno, Eesnimi, Vārds, Vardas, Imię kontaktu, Nama Depan, Nama Pertama,
Όνομα, Име, Ім'я, Имя контакта, الاسم الأول, שם פרטי, ชื่อ, प्रथम नाम, İlk Ad, İlk isim,
Fornafn, Eiginnafn, Izena, Decision Maker First Name, Executive First Name, CEO First Name
""",
    "last_name": """
Vezetéknév, Családnév, Apellido paterno, Nume de familie, Priezvisko, Prezime, Priimek, Soyad, Soyadı, Soyisim,
Perekonnanimi, Uzvārds, Pavardė, Nama Belakang, Nama Keluarga, Επώνυμο, Επίθετο, Фамилия контакта, Прізвище,
الاسم الأخير, Cognoms, Eftirnafn, Kenninafn, Abizena, Abizenak, Họ, Họ đệm,
اسم العائلة, الكنية, שם משפחה, นามสกุล, 성, उपनाम, Decision Maker Last Name, Executive Last Name,
CEO Last Name
""",
    "full_name": """
Név, Teljes név, Kapcsolattartó, Nume complet, Nume și prenume, Prenume și nume, Jméno a příjmení, Celé jméno,
Meno a priezvisko, Celé meno, Ime i prezime, Ime in priimek, Ad Soyad, Adı Soyadı, İsim Soyisim,
Osoba kontaktowa, Nazwisko i imię, Kontaktní osoba, Yhteyshenkilö, Koko nimi, Kontaktperson navn,
Kontaktpersonens navn, Nama Lengkap, Ονοματεπώνυμο, ФИО, Полное имя, Имя и фамилия, Фамилия и имя,
Контактное лицо, ПІБ, الاسم الكامل, الاسم بالكامل, שם מלא, ชื่อ นามสกุล, 성명, 담당자, 담당자명, 名前, お名前,
担当者, 担当者名, ご担当者名, 联系人, 联系人姓名, 聯絡人, पूरा नाम, Họ và tên, Họ tên, Họ và tên người liên hệ,
नाम, Nafn, Fullt nafn, Nom i cognoms, Izen-abizenak, Име и фамилия, Име и презиме,
Полное имя контакта, Speaker, Name des Ansprechpartners,
Name der Ansprechpartnerin, Name der Kontaktperson, Deal - Contact person,
Deal - Person, Decision Maker Name
""",
    "company_domain": """
Strona sieci Web, Strona www, Adres www, Witryna, Witryna internetowa, Strona firmowa, Webbsida, Webbadress,
Hjemmeside URL, Webová stránka, Webové stránky, Internetové stránky, Stránky, Web firmy, Weblap, Weboldal,
Honlap, Céges weboldal, Web Sayfası, Web sitesi, Web adresi, İnternet sitesi, Site web firmă,
Web-sivu, Web-sivusto, Kotisivu, Kotisivut, Web ページ, ホームページ, ホームページURL, サイトURL, 会社URL,
企業URL, 网页, 官网, 网址, 公司网站, 公司官网, 企业网站, 網站, 網址, 公司網站, 웹 페이지, 홈페이지,
웹사이트, 회사 홈페이지, 도메인, Веб-страница, Веб-сайт, Сайт компании, Домен, Сайт компанії,
Ιστοσελίδα, Ιστότοπος, الموقع الإلكتروني, موقع الويب, אתר, אתר אינטרנט, Situs web, Situs, Laman web, เว็บไซต์,
वेबसाइट, Trang web, Web stranica, Spletna stran, Lloc web, Páxina web, Webgunea, Vefsíða, Vefur,
Nettside, Hjemmesiden, Koduleht, Kodulehekülg,
Web sajt, Veb sajt, Уебсайт, Веб страна, Tīmekļa vietne,
Interneto svetainė, Корпоративный сайт, Website Link, Domains, URL Work, Domain or Company,
Webová adresa, Veebileht, Mājaslapa, Svetainė
""",
    "company_name": """
Nom du compte, Nombre de la cuenta, Nombre de cuenta, Nome da conta, Nome account, Accountnaam,
Cég, Cégnév, Cég neve, Munkahely, Vállalat, Companie, Numele companiei, Societate, Denumire firmă,
Společnost název, Název firmy, Název společnosti, Spoločnosť, Názov firmy, Tvrtka, Poduzeće, Podjetje, Şirket,
Şirket Adı, Firma Adı, Kurum, Yrityksen nimi, Työnantaja, Organisaatio, Ettevõte, Uzņēmums, Įmonė, Perusahaan,
Nama Perusahaan, Syarikat, Εταιρεία, Επωνυμία, Организация, Название компании, Название организации, Фирма,
Компанія, Назва компанії, Організація, الشركة, اسم الشركة, المؤسسة, חברה, שם החברה, บริษัท, ชื่อบริษัท, 회사,
Enpresa, Fyrirtæki, Предприятие, Дружество, Preduzeće, Предузеће, Kompanija, Компанија,
What company do you work for, Sales accounts,
회사명, 기업명, 업체명, 소속, 企業名, 法人名,
勤務先, 所属, 组织, 企业名称, 单位名称, 公司名, 公司名稱, कंपनी,
Công ty, Tên công ty, Doanh nghiệp, Sales account, Deal - Organization, Primary Organization,
Company Legal Entity, Компания контакта, Related Company, LinkedIn Company Name
""",
    "linkedin_url": """
LinkedIn Adresi, LinkedIn Profili, Odkaz na LinkedIn, LinkedIn adresa, Профиль LinkedIn, Ссылка на LinkedIn,
领英, 领英链接, LinkedIn 프로필, リンクトイン, LinkedIn-länk, LinkedIn-lenke, LinkedIn-osoite,
LinkedIn profilja, Link LinkedIn, Link do LinkedIn
""",
    "email": """
E-pasts, El. paštas, Имейл, Имейл адрес, Ел. пошта, Netfang, Е-пошта, E-posti aadress, Correu electrònic, Emails,
Email Arbeit, Email Büro, Email travail, Email trabajo, Pro Email, Personne - E-mail, Persona - Correo,
Indirizzo posta elettronica,
Indirizzo di posta elettronica, E-postadress, E-postadresse, E-mailová adresa, E-mail cím, E-posta,
E-posta Adresi, Sähköposti, Sähköpostiosoite, Adresă de e-mail, Adres e-mail, 電子メール アドレス,
電子メール, メールアドレス, メール, 电子邮件地址, 电子邮件, 电子邮箱, 邮箱, 邮件, 電子郵件, 전자 메일 주소,
이메일, 이메일 주소, Адрес эл. почты, Электронная почта, Эл. почта, Почта, Електронна пошта,
Ηλεκτρονική διεύθυνση, البريد الإلكتروني, אימייל, דואר אלקטרוני, Alamat email, Surel, อีเมล, ईमेल,
Địa chỉ email, Thư điện tử, Correo de trabajo, Correo corporativo, Рабочий email, Recommended Email
""",
}
MORE_HEADINGS: dict[str, tuple[str, ...]] = {
    member: tuple(heading.strip() for heading in text.replace("\n", " ").split(", ") if heading.strip())
    for member, text in _MORE.items()
}
