"""The nouns of the thread."""

from services.lineage.models.thread import CLAUSE as CLAUSE
from services.lineage.models.thread import OUTCOME as OUTCOME
from services.lineage.models.thread import PASSAGE as PASSAGE
from services.lineage.models.thread import QUESTION as QUESTION
from services.lineage.models.thread import VIEW as VIEW
from services.lineage.models.thread import Agreement as Agreement
from services.lineage.models.thread import Base as Base
from services.lineage.models.thread import Edge as Edge
from services.lineage.models.thread import Edition as Edition
from services.lineage.models.thread import Standing as Standing
from services.lineage.models.thread import Thing as Thing
