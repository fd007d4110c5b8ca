"""The nouns of identity."""

from services.identity.models.access import Assignment as Assignment
from services.identity.models.access import StaffAccess as StaffAccess
from services.identity.models.base import Base as Base
from services.identity.models.belonging import Belonging as Belonging
from services.identity.models.confirmation_link import ConfirmationLink as ConfirmationLink
from services.identity.models.connection import Connection as Connection
from services.identity.models.erasure import Answer as Answer
from services.identity.models.erasure import Erasure as Erasure
from services.identity.models.host_claim import HostClaim as HostClaim
from services.identity.models.organisation import Client as Client
from services.identity.models.organisation import Host as Host
from services.identity.models.organisation import Organisation as Organisation
from services.identity.models.participation import Participation as Participation
from services.identity.models.people import Member as Member
from services.identity.models.people import Site as Site
from services.identity.models.people import Unit as Unit
from services.identity.models.pseudonym import PseudonymKey as PseudonymKey
from services.identity.models.return_mark import ReturnMark as ReturnMark
from services.identity.models.visit import SignIn as SignIn
from services.identity.models.visit import Visit as Visit
from services.identity.models.way_in_change import WayInChange as WayInChange
