"""What places are called on a page. A case, and a figure, keep the id of theirs also when the place is in the list no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.web.console.frame import Visit

__all__ = ["called"]


def called(visit: Visit, ids: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """A name for each id; an id itself says nothing to anybody. names: of the places that there are, by id.

    Of several that were deleted each has a number, so that they can be told apart.
    """
    wanted = list(ids)
    deleted = sorted(set(wanted) - set(names))
    if len(deleted) == 1:
        gone = {deleted[0]: visit.t("console.places.deleted")}
    else:
        gone = {
            one: visit.t("console.places.deleted_several", number=visit.number(number))
            for number, one in enumerate(deleted, 1)
        }
    return {one: names[one] if one in names else gone[one] for one in wanted}
