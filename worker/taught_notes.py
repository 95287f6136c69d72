"""The catalogue's English sentences, as the language model is taught to say them and its answers are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.notes import Notes

__all__ = ["catalogue_notes"]


def catalogue_notes() -> dict[str, Notes]:
    """By code, of the conditions that the model knows."""
    import locales
    from bot.clinical.conditions import catalogue
    from model.notes import Notes
    from model.teaching_data import PAD_NAMES

    return {
        code: Notes(
            code=code,
            name=PAD_NAMES[code],
            plain=locales.render(entry.name, "en"),
            about=locales.render(entry.about, "en"),
            contagious=locales.render(entry.contagious, "en"),
            home=locales.render(entry.home, "en"),
            when=locales.render(entry.when, "en"),
            urgency=entry.urgency.value,
            cancer=entry.cancer,
        )
        for code, entry in catalogue().items()
        if code in PAD_NAMES
    }
