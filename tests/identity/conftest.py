from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import kelas as kelas
from tests.identity.others import others as others
from tests.ways import WAYS

DECLARED = (
    "test_attendance",
    "test_audit_reading",
    "test_care_of_places",
    "test_clients",
    "test_importing",
    "test_inviting",
    "test_key_days",
    "test_people",
    "test_saml_sign_in",
    "test_scim_both_ways",
    "test_sign_in",
    "test_sign_outs",
    "test_tokens",
    "test_ways_in",
    "test_who_is_there",
)


def pytest_generate_tests(metafunc) -> None:
    """What the portal asks at the door is asked both ways."""
    if metafunc.module.__name__.endswith(DECLARED) and "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)
