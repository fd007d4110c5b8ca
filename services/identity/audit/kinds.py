"""The kinds of acts that the audit log knows, in the groups by which its readers narrow it."""

GROUPS: dict[str, tuple[str, ...]] = {
    "access": ("access_granted", "access_ended", "came_in", "access_refused"),
    "sign_ins": ("signed_in", "employees_signed_in", "sign_in_refused", "way_in_changed"),
    "people": (
        "roles_changed", "roles_vouched", "person_moved", "people_taken_in", "people_list_undone", "people_invited",
        "membership_ended", "person_erased",
    ),
    "organisation": (
        "organisation_opened", "organisation_changed", "host_claimed", "host_proven", "host_given_up",
        "rooms_closed", "rooms_reopened", "webhook_changed",
    ),
    "path": (
        "run_planned", "plan_proposed", "plan_agreed", "plan_declined", "phase_opened", "phase_closed", "strayed_from_plan",
        "run_completed", "key_destroyed",
    ),
    "releases": (
        "ranking_released", "edition_approved", "edition_frozen", "workbook_launched", "workbook_withdrawn",
    ),
    "log": ("head_mailed", "log_exported"),
}  # fmt: skip
KINDS = frozenset(kind for kinds in GROUPS.values() for kind in kinds)
