"""Replies and their texts as the JSON that rows keep."""

from __future__ import annotations

from typing import Any

from bot.messages import Choice, Media, Reply
from locales import Text

__all__ = ["reply_from_json", "reply_to_json", "text_from_json", "text_to_json"]


def text_to_json(text: Text) -> dict[str, Any]:
    """The message id and its arguments as plain JSON."""
    return {"id": text.id, "args": {k: _arg_to_json(v) for k, v in text.args.items()}}


def _arg_to_json(value: object) -> Any:
    if isinstance(value, Text):
        return text_to_json(value)
    if isinstance(value, tuple | list):
        return [_arg_to_json(v) for v in value]
    return value


def text_from_json(data: dict[str, Any]) -> Text:
    """The inverse of `text_to_json`."""
    return Text(data["id"], {k: _arg_from_json(v) for k, v in data["args"].items()})


def _arg_from_json(value: Any) -> object:
    if isinstance(value, dict):
        return text_from_json(value)
    if isinstance(value, list):
        return tuple(_arg_from_json(v) for v in value)
    return value


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """A reply as it is kept: ids and arguments, no sentence."""
    kept: dict[str, Any] = {
        "paragraphs": [text_to_json(p) for p in reply.paragraphs],
        "choices": [{"code": c.code, "label": text_to_json(c.label)} for c in reply.choices],
    }
    if reply.media:
        kept["media"] = [_media_to_json(m) for m in reply.media]
    return kept


def _media_to_json(media: Media) -> dict[str, Any]:
    return {
        "kind": media.kind,
        "photo_id": media.photo_id,
        "caption": None if media.caption is None else text_to_json(media.caption),
        "texts": [text_to_json(t) for t in media.texts],
        "language": media.language,
    }


def _media_from_json(data: dict[str, Any]) -> Media:
    return Media(
        kind=data["kind"],
        photo_id=data["photo_id"],
        caption=None if data["caption"] is None else text_from_json(data["caption"]),
        texts=tuple(text_from_json(t) for t in data["texts"]),
        language=data["language"],
    )


def reply_from_json(data: dict[str, Any], key: str = "") -> Reply:
    """The inverse of `reply_to_json`."""
    return Reply(
        paragraphs=tuple(text_from_json(p) for p in data["paragraphs"]),
        choices=tuple(Choice(c["code"], text_from_json(c["label"])) for c in data["choices"]),
        key=key,
        media=tuple(_media_from_json(m) for m in data.get("media", ())),
    )
