"""No packet leaves for any address of the catalogue, in a network where each of them is a listening canary."""

import shutil
import subprocess
import sys

import msgspec
import pytest

from tests.webhooks.everywhere import PUBLIC, Findings

_OWN_NETWORK = ("unshare", "--user", "--map-root-user", "--net")


@pytest.fixture(scope="module")
def findings() -> Findings:
    """What every case did."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("needs unshare and ip, which Linux has in util-linux and iproute2")
    if subprocess.run([*_OWN_NETWORK, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody have a network of their own")
    done = subprocess.run(
        [*_OWN_NETWORK, sys.executable, "-m", "tests.webhooks.everywhere"], check=True, capture_output=True, timeout=60
    )
    return msgspec.json.decode(done.stdout, type=Findings)


def test_s1_the_canary_hears_every_address_that_a_socket_can_be_opened_to(findings: Findings) -> None:
    # Multicast and broadcast take no TCP connection, and link-local addresses need a zone.
    assert findings.silent == ["224.0.0.1", "239.255.255.250", "255.255.255.255", "fe80::1", "ff02::1"]
    for address in PUBLIC:
        for way in ("literal", "named"):
            tried = findings.tried[f"public {address} {way}"]
            assert (tried.refused, tried.words, tried.opened) == (False, "answered 200", 1)


def test_s1_no_packet_leaves_for_any_case_of_the_catalogue(findings: Findings) -> None:
    forbidden = {name: tried for name, tried in findings.tried.items() if not name.startswith("public")}
    assert len(forbidden) > 150
    assert {name: tried for name, tried in forbidden.items() if tried.opened or tried.packets} == {}


def test_s1_every_case_is_refused_when_submitted_and_again_at_the_connect(findings: Findings) -> None:
    forbidden = {name: tried for name, tried in findings.tried.items() if not name.startswith("public")}
    assert [name for name, tried in forbidden.items() if not tried.refused] == []
    # What no parser accepts has no socket to open; everything else is stopped there by the vetting, in its words.
    at_connect = {name: tried.words for name, tried in forbidden.items() if not name.endswith(" url")}
    assert [name for name, words in at_connect.items() if "leads to an address that is not public" not in words] == []
