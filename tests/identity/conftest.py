from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import kelas as kelas
from tests.identity.others import others as others
