"""The operations of mails that did not arrive: by person, for those who can correct an address."""

from uuid import UUID

from sqlalchemy import select

from services.notification.models import Notice, Occasion
from shared.contracts.api import notification as shapes
from shared.contracts.api.notification import Notification
from shared.problems import NotFound
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.operations import USUAL_PAGE
from shared.web.paging import page
from shared.web.serving import serves

undelivered = Blueprint("undelivered", __name__, description="Who did not get which mail")


@serves(undelivered, Notification.undelivered)
def listed(after: str | None = None, limit: int = USUAL_PAGE) -> shapes.UndeliveredPage:
    found = page(session(), Notice.undelivered(), (Notice.member_id, Notice.id), after, limit)
    ids = {notice.occasion_id for notice in found.items}
    occasions = {each.id: each for each in session().scalars(select(Occasion).where(Occasion.id.in_(ids)))}
    items = [told(notice, occasions[notice.occasion_id]) for notice in found.items]
    return shapes.UndeliveredPage(items=items, next=found.next)


def told(notice: Notice, occasion: Occasion) -> shapes.Undelivered:
    assert notice.why and notice.failed_on  # of what is listed
    return shapes.Undelivered(
        id=notice.id,
        member_id=notice.member_id,
        kind=occasion.kind,
        run_id=occasion.run_id,
        why=notice.why,
        failed_on=notice.failed_on,
        still_holds=occasion.still_holds,
    )


@serves(undelivered, Notification.send_all_mails_again)
def send_all_again() -> shapes.Notices:
    return shapes.Notices(notices=Notice.send_all_again(session()))


@serves(undelivered, Notification.send_mail_again)
def send_again(notice_id: UUID) -> None:
    still_listed = Notice.undelivered().where(Notice.id == notice_id).with_for_update()
    notice = session().scalars(still_listed).one_or_none()
    if notice is None:
        raise NotFound
    notice.send_again(session())
