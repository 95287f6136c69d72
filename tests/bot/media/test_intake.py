"""What is taken, what is refused, and that nothing but pixels comes through."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

from bot.media import intake
from bot.media.drawn import draw
from bot.media.intake import PhotoRefused, accept

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


SCENE = draw(4, "NEV", 96, 0)
SAMPLES = {kind: encoded(SCENE, kind) for kind in FORMATS}


def refused(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refusal:
        accept(data)
    return refusal.value.reason


def segments(jpeg: bytes) -> list[int]:
    """The markers of a JPEG up to its pixels."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_becomes_a_jpeg_of_the_same_size(kind: str) -> None:
    photograph = accept(SAMPLES[kind])
    with Image.open(BytesIO(photograph.jpeg)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (96, 96))
    assert (photograph.width_px, photograph.height_px) == (96, 96)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "AVIF"])
def test_other_picture_formats_are_refused_by_their_content(kind: str) -> None:
    assert refused(encoded(SCENE, kind)) == "format"


@pytest.mark.parametrize(
    "data", [b"hello", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0" * 64]
)
def test_what_is_no_picture_is_refused_as_format(data: bytes) -> None:
    assert refused(data) == "format"


def test_nothing_at_all_is_refused_as_empty() -> None:
    assert refused(b"") == "empty"


def test_more_than_20_megabytes_are_refused_whatever_they_are() -> None:
    assert refused(SAMPLES["JPEG"] + bytes(intake.MAX_BYTES)) == "too_big"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_cut_off_is_refused_as_truncated(kind: str, share: float) -> None:
    data = SAMPLES[kind]
    assert refused(data[: int(len(data) * share)]) == "truncated"


def test_a_header_claiming_too_many_pixels_is_refused_before_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def decode(self: Image.Image) -> None:
        raise AssertionError("decoded")

    png = encoded(Image.new("1", (20_000, 20_000)), "PNG")  # 400 megapixels in a few kilobytes
    monkeypatch.setattr(Image.Image, "load", decode)
    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    jpeg = bytearray(SAMPLES["JPEG"])
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 7072, 7072)  # 50,013,184
    assert refused(bytes(jpeg)) == "too_many_pixels"
    assert refused(png) == "too_many_pixels"


@pytest.mark.parametrize(
    ("chunk", "body"),
    [
        (b"VP8X", bytes(4) + (9999).to_bytes(3, "little") * 2),
        (b"VP8L", b"\x2f" + (9999 | 9999 << 14).to_bytes(4, "little") + bytes(5)),
        (b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 10_000, 10_000)),
    ],
)
def test_a_webp_bomb_is_refused_before_pillow_sets_up_its_canvas(chunk: bytes, body: bytes) -> None:
    data = (
        b"RIFF"
        + (100).to_bytes(4, "little")
        + b"WEBP"
        + chunk
        + (80).to_bytes(4, "little")
        + body
        + bytes(80)
    )
    assert refused(data) == "too_many_pixels"


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    with Image.open(BytesIO(accept(data).jpeg)) as image:
        red, green, _ = image.getpixel((32, 32))
    assert red > 200 > 60 > green


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(orientation: int) -> None:
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("black", (0, 0, 16, 16))  # a dark upper left corner
    backwards = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    turn = backwards.get(orientation, intake.UPRIGHT.get(orientation))  # the others undo themselves
    exif = Image.Exif()
    exif[intake.ORIENTATION_TAG] = orientation
    photograph = accept(encoded(upright.transpose(turn) if turn is not None else upright, "JPEG", exif=exif))
    assert (photograph.width_px, photograph.height_px) == (64, 32)
    with Image.open(BytesIO(photograph.jpeg)) as image:
        assert image.convert("L").getpixel((5, 5)) < 60
        assert image.convert("L").getpixel((58, 26)) > 200


def test_a_turned_heic_is_turned_once() -> None:
    exif = Image.Exif()
    exif[intake.ORIENTATION_TAG] = 6
    photograph = accept(encoded(Image.new("RGB", (64, 32), "white"), "HEIF", exif=exif.tobytes()))
    assert (photograph.width_px, photograph.height_px) == (32, 64)


@pytest.mark.parametrize("kind", FORMATS)
def test_no_metadata_comes_through(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[29] = "SECRET gps"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, object] = {"exif": exif.tobytes(), "xmp": b"<x>SECRET xmp</x>", "icc_profile": icc}
    if kind == "JPEG":
        options["comment"] = b"SECRET comment"
    data = encoded(SCENE, kind, **options)
    assert b"SECRET" in data
    jpeg = accept(data).jpeg
    assert b"SECRET" not in jpeg
    # JFIF header, tables and frame only: no other APPn (E1..EF), no comment (FE).
    assert set(segments(jpeg)) <= {0xE0, 0xDB, 0xC0, 0xC4}
    assert not jpeg.rpartition(b"\xff\xd9")[2]


def test_corrupt_exif_is_no_reason_to_refuse() -> None:
    assert accept(encoded(SCENE, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01")).width_px == 96


def test_a_profile_that_does_not_fit_the_picture_is_set_aside() -> None:
    other = ImageCms.createProfile("LAB")
    data = encoded(SCENE, "JPEG", icc_profile=ImageCms.ImageCmsProfile(other).tobytes())
    assert accept(data).width_px == 96


def test_the_colours_of_another_profile_are_converted_to_srgb() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # Exchange the tags of the red and green primaries, and rename: pure red then means green.
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    profile = profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be")).replace(
        b"sRGB bu", b"swap bu"
    )
    data = encoded(Image.new("RGB", (64, 64), (220, 20, 20)), "PNG", icc_profile=bytes(profile))
    with Image.open(BytesIO(accept(data).jpeg)) as image:
        red_level, green_level, _ = image.getpixel((32, 32))
    assert green_level > 180 > 90 > red_level


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16", "CMYK"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    grey = Image.new("L", (64, 64), 128)
    image = Image.new("I;16", (64, 64), 128 << 8) if mode == "I;16" else grey.convert("RGB").convert(mode)
    with Image.open(BytesIO(accept(encoded(image, "JPEG" if mode == "CMYK" else "PNG")).jpeg)) as seen:
        assert seen.mode == "RGB"
        assert mode in ("1", "P") or abs(seen.getpixel((32, 32))[0] - 128) < 12


def test_what_is_transparent_is_seen_as_white() -> None:
    with Image.open(BytesIO(accept(encoded(Image.new("RGBA", (64, 64)), "PNG")).jpeg)) as image:
        assert image.getpixel((32, 32)) == (255, 255, 255)


def test_only_what_is_longer_than_4096_px_is_shrunk() -> None:
    kept = accept(encoded(Image.new("RGB", (4096, 30)), "JPEG"))
    assert (kept.width_px, kept.height_px) == (4096, 30)
    shrunk = accept(encoded(Image.new("RGB", (8192, 60)), "JPEG"))
    assert (shrunk.width_px, shrunk.height_px) == (4096, 30)


def never_anything_but_refused(data: bytes) -> None:
    try:
        photograph = accept(data)
    except PhotoRefused:
        return
    assert set(segments(photograph.jpeg)) <= {0xE0, 0xDB, 0xC0, 0xC4}


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic"]),
    st.binary(),
)
def test_random_bytes_are_refused_or_taken_never_worse(start: bytes, rest: bytes) -> None:
    never_anything_but_refused(start + rest)


@FUZZ
@given(
    st.sampled_from(FORMATS),
    st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=4)), min_size=1, max_size=8),
)
def test_a_damaged_picture_is_refused_or_taken_never_worse(
    kind: str, damages: list[tuple[float, bytes]]
) -> None:
    data = bytearray(SAMPLES[kind])
    for where, what in damages:
        at = int(where * where * len(data))  # squared: more of it in the headers
        data[at : at + len(what)] = what
    never_anything_but_refused(bytes(data))
