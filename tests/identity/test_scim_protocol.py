"""SCIM 2.0 as its own tester asks it (https://github.com/python-scim/scim2-tester)."""

from collections import Counter

from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from services.portal.areas.scim.employee import pages as pages
from tests.identity.directory import directory as directory
from tests.identity.directory import kelas_directory as kelas_directory
from tests.portal.browser import whole as whole

GREEN = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED}


def test_the_tester_finds_nothing(whole, directory):
    client = WSGISCIMClient(
        whole, base_url=directory.base, headers={"Authorization": f"Bearer {directory.token}"}
    )
    results = check_server(client)
    found = [
        f"{one.title} {one.resource_type}: {one.status} {one.reason}"
        for one in results
        if one.status not in GREEN
    ]
    assert not found, "\n".join(found)
    print(
        Counter(one.status for one in results),
        sorted(
            {
                one.title + str(one.reason)
                for one in results
                if one.status in (Status.SKIPPED, Status.ACCEPTABLE)
            }
        ),
    )
