"""What becomes of the bytes a channel hands over: a clean JPEG, or a refusal with its reason.

A photograph is known by its content, never by its name or the type a platform claims. Of a picture with
several frames (animations, bursts, phones' depth pictures) the first is taken. The result carries pixels
only: it is turned upright, its colours are brought to sRGB, and it is encoded anew, so that no EXIF, GPS
position, XMP, profile, thumbnail or comment can come along.
"""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from bot.errors import NgoziError

pillow_heif.register_heif_opener()

RefusalReason = Literal["empty", "too_big", "format", "truncated", "too_many_pixels"]

MAX_BYTES = 20 << 20  # also the most that Telegram's getFile gives
MAX_PIXELS = 50_000_000
# A 12-megapixel photograph (4000 x 3000) keeps its size. Beyond that there are more pixels than a lens
# of a phone resolves or the network looks at (a few hundred a side); they would cost storage for nothing.
MAX_SIDE_PX = 4096
JPEG_QUALITY = 92

ORIENTATION_TAG = 0x0112
UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow and its plug-ins raise on damaged files, found by feeding them damaged files (see the tests).
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    AssertionError,
    struct.error,
    zlib.error,
)

# One picture at a time: it bounds memory (50 megapixels are 150 MB), and Python's warning filters, which
# _decode silences Pillow with, belong to the whole process.
_decoding = threading.Lock()


@dataclass(frozen=True)
class Photograph:
    """A photograph free of everything but its pixels: JPEG in sRGB, upright, long side at most 4096 px."""

    jpeg: bytes
    width_px: int
    height_px: int


class PhotoRefused(NgoziError):
    """These bytes are not taken; nothing of them was stored. `reason` picks the sentence the sender gets."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(f"photograph refused ({reason}): {detail}")
        self.reason: RefusalReason = reason


def accept(data: bytes) -> Photograph:
    """The photograph in these bytes, cleaned.

    Raises PhotoRefused: 'empty', 'too_big' (over 20 MB), 'format' (no JPEG, PNG, WebP or HEIC), 'truncated'
    (cut off or damaged), 'too_many_pixels' (over 50 megapixels by its header; never decoded).
    """
    if not data:
        raise PhotoRefused("empty", "0 bytes")
    if len(data) > MAX_BYTES:
        raise PhotoRefused("too_big", f"{len(data)} bytes; at most {MAX_BYTES} are taken")
    kind = _kind(data)
    if kind is None:
        raise PhotoRefused("format", "the content is not JPEG, PNG, WebP or HEIC")
    if kind == "WEBP":  # Pillow sets up the whole canvas on opening
        _check_pixels(*_webp_size(data))
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # corrupt EXIF, malformed MPO, many pixels: decided here, not warned of
        try:
            return _clean(data, kind)
        except Image.DecompressionBombError as bomb:
            raise PhotoRefused("too_many_pixels", str(bomb)) from bomb
        except DAMAGED as damage:
            raise PhotoRefused(
                "truncated", f"{kind} of {len(data)} bytes: {type(damage).__name__}"
            ) from damage


def _clean(data: bytes, kind: str) -> Photograph:
    with Image.open(BytesIO(data), formats=(kind,)) as opened:
        _check_pixels(*opened.size)
        opened.load()
        turn = UPRIGHT.get(_orientation(opened))
        image = _to_srgb(opened)
    image.info = {}  # from here on nothing but pixels
    if turn is not None:
        image = image.transpose(turn)
    image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = BytesIO()
    image.save(out, "JPEG", quality=JPEG_QUALITY)
    return Photograph(out.getvalue(), image.width, image.height)


def _check_pixels(width_px: int, height_px: int) -> None:
    if width_px * height_px > MAX_PIXELS:
        raise PhotoRefused("too_many_pixels", f"{width_px} x {height_px}; at most {MAX_PIXELS} are taken")


def _kind(data: bytes) -> str | None:
    """Pillow's name of the format, by the first bytes; None for what is not taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":  # ISO/IEC 23008-12: major brand, version, then compatible brands
        brands = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
        if data[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1") and b"avif" not in brands:
            return "HEIF"
    return None


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk (RFC 9649); (0, 0) where it is too damaged to tell."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        return 0, 0
    if chunk == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or EXIF is unreadable: no reason to refuse."""
    try:
        orientation = image.getexif().get(ORIENTATION_TAG, 1)
    except DAMAGED:
        return 1
    return orientation if isinstance(orientation, int) else 1


def _to_srgb(image: Image.Image) -> Image.Image:
    """A new RGB picture with the colours a screen would show; what is transparent becomes white."""
    if image.mode.startswith("I"):  # 16 bits a pixel; Pillow would cut off instead of scaling
        levels = np.clip(np.asarray(image).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
        return Image.fromarray(levels).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        seen = image.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        white.alpha_composite(seen)
        return white.convert("RGB")
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                shown = ImageCms.profileToProfile(
                    image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                if shown is not None:
                    return shown
        except (ImageCms.PyCMSError, *DAMAGED):
            pass  # an unreadable profile: take the numbers as they are
    return image.convert("RGB")
