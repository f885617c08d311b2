"""The catalogue of SSRF cases that need no DNS, with the numbers they have in the project's demands."""

from typing import Any

import pytest


def _case(number: int, url: str, name: str = "") -> Any:
    return pytest.param(url, id=f"{number}-{name or url.removeprefix('http://').strip('/')}"[:60])


# What a URL parser alone must refuse; `{}` never occurs, the port is the scheme's own.
URLS: list[Any] = [
    _case(1, "http://127.0.0.1/"),
    _case(2, "http://127.8.8.8/"),
    _case(3, "http://localhost/"),
    _case(4, "http://LOCALHOST./"),
    _case(5, "http://foo.localhost/"),
    _case(6, "http://[::1]/"),
    _case(7, "http://[::]/"),
    _case(8, "http://0.0.0.0/"),
    _case(9, "http://0/"),
    _case(10, "http://127.1/"),
    _case(11, "http://2130706433/"),
    _case(12, "http://0x7f000001/"),
    _case(13, "http://0x7f.1/"),
    _case(14, "http://0177.0.0.1/"),
    _case(15, "http://017700000001/"),
    _case(16, "http://127.00000.00000.00001/"),
    _case(17, "http://①②⑦.⓪.⓪.①/", "circled-digits"),
    _case(18, "http://127。0。0。1/", "ideographic-full-stops"),
    _case(19, "http://2852039166/"),
    _case(20, "http://169.254.43518/"),
    _case(21, "http://0xA9FEA9FE/"),
    _case(35, "http://metadata.google.internal/"),
    _case(35, "http://metadata.goog/"),
    _case(52, "http://[fe80::1%25lo]/", "zone"),
    _case(52, "http://[fe80::1%lo]/", "bare-zone"),
    _case(58, "http://good.example@127.0.0.1/"),
    _case(59, "http://127.0.0.1\\@good.example/"),
    _case(60, "http://good.example\\@127.0.0.1/"),
    _case(61, "http://127.0.0.1#@good.example/"),
    _case(61, "https://good.example/#x", "fragment"),
    _case(62, "http://good.example%00.127.0.0.1/"),
    _case(62, "http://good.example%2e127.0.0.1/"),
    *(
        _case(63, f"http://good.ex{c}ample/", f"{ord(c):02x}-in-host")
        for c in "\t\r\n \x00\x0b\x7f\x85\xa0\u2028\u200b\ufeff"
    ),
    _case(63, " http://good.example/", "leading-space"),
    _case(64, "http:///127.0.0.1/"),
    _case(64, "http:127.0.0.1"),
    _case(64, "http:/127.0.0.1/"),
    _case(64, "//127.0.0.1/"),
    _case(64, "http://", "no-host"),
    _case(64, "http://?x", "only-a-query"),
    _case(64, "", "empty"),
    _case(65, "https://user:pw@good.example/"),
    _case(65, "https://@good.example/"),
    _case(66, "http://good.example/\r\nX-Injected: 1", "crlf-in-path"),
    _case(67, "https://pаypal.com/", "cyrillic-a"),  # noqa: RUF001 - the case
    _case(67, "https://xn--pypal-4ve.com/", "the-same-in-punycode"),
    _case(67, "https://xn--a.example/", "broken-punycode"),
    _case(68, f"http://{'a' * 64}.example/", "label-of-64"),
    _case(68, f"http://{'a.' * 126}example/", "host-of-259"),
    _case(68, f"http://good.example/{'a' * 2048}", "url-of-2068"),
    _case(68, "http://good..example/", "empty-label"),
    _case(68, "http://-good.example/", "hyphen-first"),
    _case(69, "file:///etc/passwd"),
    _case(70, "ftp://good.example/"),
    _case(71, "gopher://127.0.0.1:6379/_FLUSHALL"),
    _case(72, "http+unix://%2Fvar%2Frun%2Fdocker.sock/"),
    _case(73, "data:text/plain,hello"),
    _case(73, "javascript:alert(1)"),
    *(
        _case(74, f"http://good.example:{port}/")
        for port in (0, 22, 25, 5432, 6379, 65536, -1, "80:80", "", "٨٠", "0x50")
    ),
    _case(74, "http://8.8.8.8:6379/"),
    _case(82, "http://redis/"),
    _case(82, "http://db:8080/"),
    *(_case(82, f"http://x.{name}/") for name in ("local", "internal", "home.arpa", "onion", "cluster.local", "lan")),
]

ADDRESSES: list[Any] = [
    *(pytest.param(a, id=f"22-{a}") for a in ("10.0.0.1", "10.255.255.255")),
    *(pytest.param(a, id=f"23-{a}") for a in ("172.16.0.1", "172.31.255.255")),
    pytest.param("192.168.0.1", id="24"),
    *(pytest.param(a, id=f"25-{a}") for a in ("100.64.0.1", "100.127.255.255")),
    pytest.param("192.0.0.8", id="26"),
    *(pytest.param(a, id=f"27-{a}") for a in ("198.18.0.1", "198.19.255.255")),
    pytest.param("192.88.99.1", id="28"),
    *(pytest.param(a, id=f"29-{a}") for a in ("224.0.0.1", "239.255.255.250")),
    pytest.param("240.0.0.1", id="30"),
    pytest.param("255.255.255.255", id="31"),
    *(pytest.param(a, id=f"32-{a}") for a in ("192.0.2.1", "198.51.100.1", "203.0.113.1")),
    pytest.param("169.254.169.254", id="33-metadata"),
    pytest.param("169.254.170.2", id="34-ecs"),
    pytest.param("100.100.100.200", id="36-alibaba"),
    pytest.param("192.0.0.192", id="37-oracle"),
    pytest.param("168.63.129.16", id="38-azure"),
    pytest.param("fd00:ec2::254", id="39-aws"),
    pytest.param("fd20:ce::254", id="40-gcp"),
    pytest.param("::ffff:127.0.0.1", id="41-mapped"),
    pytest.param("::ffff:a9fe:a9fe", id="42-mapped-metadata"),
    pytest.param("::127.0.0.1", id="43-compatible"),
    pytest.param("::ffff:0:7f00:1", id="44-translated"),
    pytest.param("::5efe:7f00:1", id="45-isatap"),
    pytest.param("2606:4700::200:5efe:7f00:1", id="45-isatap-in-public-space"),
    pytest.param("64:ff9b::7f00:1", id="46-nat64"),
    pytest.param("64:ff9b::a9fe:a9fe", id="47-nat64-metadata"),
    pytest.param("64:ff9b:1::a00:1", id="48-local-nat64"),
    pytest.param("2002:7f00:1::", id="49-6to4"),
    pytest.param("2001:0:4136:e378:8000:63bf:3fff:fdd2", id="50-teredo"),
    pytest.param("fc00::1", id="51"),
    pytest.param("fe80::1", id="52"),
    pytest.param("fec0::1", id="53"),
    pytest.param("ff02::1", id="54"),
    *(pytest.param(a, id=f"55-{a}") for a in ("2001:db8::1", "3fff::1")),
    pytest.param("5f00::1", id="56"),
    pytest.param("100::1", id="57"),
]
