"""Others' views on a theme, and the rules by which some are not shown."""

from uuid import UUID

from flask import Response, flash, g, render_template, request

from services.portal import key_days
from services.portal.answers import see_other
from services.portal.areas.views.employee import key_day, pages, theme_in
from services.portal.areas.views.grounds import grounds
from services.portal.clients.survey import A_PAGE, survey
from shared.languages import _


@pages.get("/runs/<uuid:run_id>/views/<uuid:theme_id>/all")
def everybodys(run_id: UUID, theme_id: UUID) -> str | Response:
    """All views of a theme, when one may read them."""
    collecting = survey.collecting(run_id, g.here.language)
    theme = theme_in(collecting, theme_id)
    if not theme.may_read:
        flash(_("Give your own view first, then read the others'."), "wait")
        return see_other(".write", run_id=run_id, theme_id=theme_id)
    found = survey.views(theme_id, request.args.get("after"), A_PAGE)
    return render_template("views/all.html", collecting=collecting, theme=theme, found=found)


@pages.get("/runs/<uuid:run_id>/views/rules")
def rules(run_id: UUID) -> str:
    """Says what is not shown, and who decides."""
    collecting = survey.collecting(run_id, g.here.language)
    return render_template(
        "views/rules.html",
        collecting=collecting,
        grounds=grounds(),
        key_day=key_day(run_id),
        days_of_backups=key_days.days_of_backups,
    )
