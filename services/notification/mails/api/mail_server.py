"""Whether the mail server takes our letters, over HTTP: for whoever runs Polku, by the portal alone."""

from flask import g
from flask.views import MethodView

from services.notification.models import MailOutage
from services.notification.schemas import MailServerSchema
from shared.web.arguments import Blueprint
from shared.web.service import only_from, open_to

mail_server = Blueprint("mail_server", __name__, description="Whether the mail server takes our letters")


@mail_server.route("/mail-server")
class MailServer(MethodView):
    @open_to("service")
    @mail_server.response(200, MailServerSchema)
    def get(self):
        """Since when it takes none, how many letters wait in all organisations, and what it answered last."""
        only_from("portal")
        return g.session.execute(MailOutage.now()).one()
