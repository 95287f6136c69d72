"""What each role may see and do at the console: one table. Every route names one of its rights (`bot.web.console.frame`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, cast, get_args

__all__ = ["ROLES", "Access", "Right", "StaffRole", "is_staff", "may", "rights_of"]

StaffRole = Literal["admin", "clinician", "supervisor", "chw"]

Right = Literal[
    "see_cases",  # the inbox, a case with its photographs
    "answer_cases",  # claim, answer, set an opinion, refer, close
    "take_over_cases",  # take a case from who is answering it
    "see_own_cases",  # cases that one's own chats look after, with photographs and letter; no other
    "close_own_cases",  # end one of those, as in the chat
    "review_blinded",  # score sampled cases without seeing who answered
    "see_agreement",  # clinicians beside the model, results of reviews
    "run_reviews",  # begin a round, which ends the one before
    "export_cases",  # a training set of cases whose patients agreed
    "see_packs",  # language packs and their health
    "order_sounds",  # have the engine read a pack aloud
    "edit_packs",  # start, upload, edit, ask for review
    "review_packs",  # sign sentences and versions
    "switch_packs",  # make a version live, roll back, retire
    "see_plots",  # counts over time
    "see_places",
    "manage_places",
    "see_people",
    "manage_people",  # invite, change roles, remove, end sessions
    "manage_channels",
    "manage_texts",  # retention and consent texts
    "see_health",  # queues, engines, backups, the model's card
    "manage_operations",  # replay dead letters, back up, erase on request
    "see_audit",
]

# 'anyone': before signing in.  'signed_in': whoever is, whatever the role.
Access = Right | Literal["anyone", "signed_in"]

_CHW: frozenset[Right] = frozenset({"see_own_cases", "close_own_cases", "see_places"})
_CLINICIAN: frozenset[Right] = frozenset(
    {
        "see_cases",
        "answer_cases",
        "review_blinded",
        "see_packs",
        "order_sounds",
        "review_packs",
        "see_places",
    }
)
# Looks after the clinic's work: sees what clinicians see and what comes of it, and answers too where nobody else can.
_SUPERVISOR: frozenset[Right] = _CLINICIAN | {
    "take_over_cases",
    "see_agreement",
    "run_reviews",
    "export_cases",
    # The second pair of eyes where one administrator edits the packs.
    "switch_packs",
    "see_plots",
    "see_people",
    "see_health",
}
# Runs the place, and reads no patient's case: that is for who treats.
_ADMIN: frozenset[Right] = frozenset(
    {
        "see_agreement",
        "run_reviews",
        "export_cases",
        "see_packs",
        "order_sounds",
        "edit_packs",
        "review_packs",
        "switch_packs",
        "see_plots",
        "see_places",
        "manage_places",
        "see_people",
        "manage_people",
        "manage_channels",
        "manage_texts",
        "see_health",
        "manage_operations",
        "see_audit",
    }
)

ROLES: Mapping[StaffRole, frozenset[Right]] = MappingProxyType(
    {"admin": _ADMIN, "clinician": _CLINICIAN, "supervisor": _SUPERVISOR, "chw": _CHW}
)


def is_staff(role: str) -> bool:
    """True of a role that may sign in at the console."""
    return role in get_args(StaffRole)


def rights_of(role: str) -> frozenset[Right]:
    """The rights of a role; none for a patient."""
    return ROLES[cast(StaffRole, role)] if is_staff(role) else frozenset()


def may(role: str | None, access: Access) -> bool:
    """True where somebody of that role may go there. role: None before signing in."""
    if access == "anyone":
        return True
    if role is None or not is_staff(role):
        return False
    return access == "signed_in" or access in rights_of(role)
