"""The nouns of identity."""

from services.identity.base import Base as Base
from services.identity.people.models.belonging import Belonging as Belonging
from services.identity.people.models.member import Member as Member
from services.identity.people.models.member import Site as Site
from services.identity.people.models.member import Unit as Unit
from services.identity.people.models.participation import Participation as Participation
from services.identity.people.models.people_import import PeopleImport as PeopleImport
from services.identity.provisioning.models.group import ProvisionedGroup as ProvisionedGroup
from services.identity.provisioning.models.group import ProvisionedGroupMember as ProvisionedGroupMember
from services.identity.provisioning.models.person import ProvisionedPerson as ProvisionedPerson
from services.identity.provisioning.models.token import ProvisioningToken as ProvisioningToken
from services.identity.pseudonyms.models.pseudonym import PseudonymKey as PseudonymKey
from services.identity.pseudonyms.models.return_mark import ReturnMark as ReturnMark
from services.identity.sign_in.models.confirmation_link import ConfirmationLink as ConfirmationLink
from services.identity.sign_in.models.connection import Connection as Connection
from services.identity.sign_in.models.session import SignInSession as SignInSession
from services.identity.sign_in.models.sign_in import SignIn as SignIn
from services.identity.sign_in.models.way_in_change import WayInChange as WayInChange
from services.identity.tenants.models.erasure import Answer as Answer
from services.identity.tenants.models.erasure import Erasure as Erasure
from services.identity.tenants.models.host_claim import HostClaim as HostClaim
from services.identity.tenants.models.organisation import Client as Client
from services.identity.tenants.models.organisation import Host as Host
from services.identity.tenants.models.organisation import Organisation as Organisation
from services.identity.tenants.models.staff_access import Assignment as Assignment
from services.identity.tenants.models.staff_access import StaffAccess as StaffAccess
