"""A whole `leadrun up` amid the variables of other programs: the one that the tests of this folder share."""

import httpx
import psutil

from tests.contract.supervised import HOSTILE, Up, bearer


def test_c18_it_works_as_ever(house: Up) -> None:
    assert psutil.Process(house.popen.pid).environ().items() >= HOSTILE.items()
    client = httpx.Client(base_url=house.ready["url"], headers=bearer(house.ready["testKey"]), trust_env=False)
    person = {"firstName": "Amid", "lastName": "Variables", "companyDomain": "acme.example"}
    answer = client.post("/api/v1/enrich", json=person, headers={"Prefer": "wait=30"}, timeout=40)
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    client.close()
