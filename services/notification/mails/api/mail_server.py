"""Whether the mail server takes our mails, over HTTP: for whoever runs Polku, by the portal alone."""

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields

from services.notification.models import MailOutage
from shared.web.access import only_from, open_to
from shared.web.arguments import Blueprint

mail_server = Blueprint("mail_server", __name__, description="Whether the mail server takes our mails")


class MailServerSchema(Schema):
    """How the mail server takes our mails; `since` is null where all is well."""

    since = fields.DateTime(allow_none=True)
    waiting = fields.Integer()
    kind = fields.String(allow_none=True)
    step = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)


@mail_server.route("/mail-server")
class MailServer(MethodView):
    @open_to("service")
    @mail_server.response(200, MailServerSchema)
    def get(self):
        """Since when it takes none, how many mails wait in all organisations, and what it answered last."""
        only_from("portal")
        return g.session.execute(MailOutage.now()).one()
