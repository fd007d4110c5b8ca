"""Draft, in review, approved: by both sides, of exactly the text that stands (F62)."""

from shared.contracts.publishing import EditionApproved


def stage(desk) -> str:
    return desk.workbook()["stage"]


def test_a_new_workbook_is_a_draft_and_goes_into_review(begun):
    assert stage(begun) == "draft"
    begun.sari.post(f"/runs/{begun.run}/reviews")
    assert stage(begun) == "in_review"


def test_nobody_approves_what_is_not_in_review(begun):
    assert begun.approves(begun.timo).status_code == 409


def test_one_side_alone_does_not_make_it_approved(begun, told):
    begun.sari.post(f"/runs/{begun.run}/reviews")
    begun.approves(begun.sari)
    begun.approves(begun.sari)
    assert stage(begun) == "in_review" and not told("publishing", EditionApproved)


def test_both_sides_make_it_approved_with_who_and_when(begun, told):
    begun.approve()
    approvals = {approval["side"]: approval for approval in begun.workbook()["approvals"]}
    assert stage(begun) == "approved"
    assert approvals["client"]["by"] == str(begun.timo.who.subject) and approvals["client"]["at"]
    assert approvals["consultancy"]["by"] == str(begun.sari.who.subject)
    assert len(told("publishing", EditionApproved)) == 1


def test_an_approval_is_of_the_version_that_was_read(begun, told):
    """Timo reads; Sari changes a word and asks for a review anew; only then does Timo press."""
    passage = begun.add(text="sovittu")
    begun.sari.post(f"/runs/{begun.run}/reviews")
    read = begun.workbook()["version"]
    begun.save(passage, text="muutettu")
    begun.sari.post(f"/runs/{begun.run}/reviews")
    begun.approves(begun.sari)
    refused = begun.approves(begun.timo, read)
    assert (refused.status_code, refused.json["code"]) == (409, "wording-changed")
    assert stage(begun) == "in_review" and not told("publishing", EditionApproved)
    assert begun.approves(begun.timo).status_code == 201 and stage(begun) == "approved"


def test_editing_after_approval_returns_to_draft(begun):
    passage = begun.add(text="sovittu")
    begun.approve()
    begun.save(passage, text="muutettu")
    assert stage(begun) == "draft" and begun.workbook()["approvals"] == []


def test_moving_removing_and_renaming_return_to_draft_too(begun):
    one, two = begun.add(text="a"), begun.add(text="b")
    for change in (
        lambda: begun.sari.post(f"/passages/{two['id']}/moves", json={"direction": "up"}),
        lambda: begun.sari.delete(f"/passages/{one['id']}"),
        lambda: begun.sari.patch(f"/runs/{begun.run}/workbook", json={"title": "Toinen nimi"}),
    ):
        begun.approve()
        assert change().status_code == 200
        assert stage(begun) == "draft"


def test_an_editor_alone_cannot_approve_and_neither_can_an_employee(begun):
    begun.sari.post(f"/runs/{begun.run}/reviews")
    assert begun.approves(begun.liisa).status_code == 403
    assert begun.approves(begun.kaisa).status_code == 403
