"""What is kept of a voice message, whichever browser or messenger recorded it."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media import mp4, ogg, recordings, webm
from bot.media.intake import PhotoRefused
from tests.bot.media.voices import decoded_s, voice

HEAD = b"OpusHead\x01\x01" + struct.pack("<HIhB", 312, 48_000, 0, 0)
# One frame of 20 ms, as its first byte says.
PACKET = b"\x78" + bytes(40)


def element(name: int, value: bytes, size: bytes = b"") -> bytes:
    raw = name.to_bytes((name.bit_length() + 7) // 8)
    return raw + (size or b"\x08" + len(value).to_bytes(4)) + value


def a_webm(
    *, head: bytes = HEAD, codec: bytes = b"A_OPUS", kind: bytes = b"\x02", blocks: bytes = b""
) -> bytes:
    """As Chrome writes it: neither the whole nor a cluster knows its size."""
    unknown = b"\x01" + b"\xff" * 7
    track = element(0xD7, b"\x01") + element(0x83, kind) + element(0x86, codec) + element(0x63A2, head)
    cluster = element(0xE7, b"\x00") + (blocks or element(0xA3, b"\x81\x00\x00\x80" + PACKET) * 3)
    inside = element(0x1654AE6B, element(0xAE, track)) + element(0x1F43B675, cluster, unknown)
    return element(0x1A45DFA3, element(0x4282, b"webm")) + element(0x18538067, inside, unknown)


def refused(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as caught:
        recordings.accept(data)
    return caught.value.reason


def test_ogg_is_kept_byte_for_byte() -> None:
    data = voice("ogg")
    assert recordings.accept(data) is data
    assert recordings.mime(data) == "audio/ogg"


def test_chromes_webm_becomes_ogg_with_the_same_packets_and_no_trace_of_its_maker() -> None:
    data = voice("webm", 2.5, title="Somebody's phone")
    kept = recordings.accept(data)
    assert recordings.mime(data) == "audio/webm"
    assert recordings.mime(kept) == "audio/ogg"
    (_, before), (container, after) = decoded_s(data), decoded_s(kept)
    assert container == "ogg"
    assert after == pytest.approx(before, abs=0.03)
    assert b"Somebody" in data
    assert b"Somebody" not in kept
    assert all(packet in kept for packet in webm.opus(data).packets)
    assert recordings.accept(kept) == kept


def test_a_file_whose_parts_do_not_know_their_size_is_read() -> None:
    found = webm.opus(a_webm())
    assert (found.head, found.packets) == (HEAD, [PACKET] * 3)
    cut = a_webm()[:-10]
    assert len(webm.opus(cut).packets) == 2, "what was cut off is left out"


def test_our_checksum_is_that_of_an_encoder() -> None:
    data = voice("ogg", 3.0)
    pages = [b"OggS" + page for page in data.split(b"OggS")[1:]]
    assert len(pages) >= 3
    for page in pages:
        assert struct.unpack("<I", page[22:26])[0] == ogg.checksum(page[:22] + bytes(4) + page[26:])


@pytest.mark.parametrize(
    ("packet", "samples"),
    [(b"\x00", 480), (b"\x18", 2880), (b"\x60", 480), (b"\x78", 960), (b"\x80", 120), (b"\x79" + b"x", 1920), (b"\x7b\x06", 5760)],
)  # fmt: skip
def test_how_long_a_packet_lasts_stands_in_its_first_bytes(packet: bytes, samples: int) -> None:
    assert ogg.samples(packet) == samples


@pytest.mark.parametrize("packet", [b"", b"\x7b", b"\x7b\x00", b"\x7b\x07"])
def test_what_is_no_opus_packet_is_refused(packet: bytes) -> None:
    with pytest.raises(ValueError, match="Opus packet"):
        ogg.samples(packet)


@given(st.lists(st.integers(1, 1275), min_size=1, max_size=300))
def test_every_packet_lies_whole_in_one_page(sizes: list[int]) -> None:
    data = ogg.written(HEAD, [b"\x78" + bytes([n % 251] * (size - 1)) for n, size in enumerate(sizes)])
    at, found, last, ended = 0, [], 0, False
    while at < len(data):
        flags, granule, count = data[at + 5], struct.unpack("<q", data[at + 6 : at + 14])[0], data[at + 26]
        lacing = data[at + 27 : at + 27 + count]
        assert lacing[-1] < 255, "no packet goes on in the next page"
        size = 0
        for value in lacing:
            size += value
            if value < 255:
                found.append(size)
                size = 0
        assert granule >= last
        last, ended = granule, bool(flags & 4)
        at += 27 + count + sum(lacing)
    assert found[2:] == sizes
    assert last == 960 * len(sizes)
    assert ended


def test_safaris_mp4_is_kept_without_the_place_and_the_name_in_it() -> None:
    for options in ({}, {"movflags": "frag_keyframe+empty_moov"}):
        data = voice("mp4", 2.0, title="Somebody's phone", location="-1.2921+036.8219/", **options)
        kept = recordings.accept(data)
        assert recordings.mime(kept) == "audio/mp4"
        assert len(kept) == len(data)
        assert b"Somebody" in data
        for trace in (b"Somebody", b"036.8219", b"udta"):
            assert trace not in kept
        assert decoded_s(kept)[1] == pytest.approx(2.0, abs=0.1)
        assert recordings.accept(kept) == kept


def test_a_film_is_no_voice_message() -> None:
    av = pytest.importorskip("av")
    for container, codec in (("mp4", "mpeg4"), ("webm", "libvpx")):
        out = io.BytesIO()
        with av.open(out, "w", format=container) as file:
            stream = file.add_stream(codec, rate=5)
            stream.width = stream.height = 32
            stream.pix_fmt = "yuv420p"
            for packet in (*stream.encode(av.VideoFrame(32, 32, "yuv420p")), *stream.encode(None)):
                file.mux(packet)
        assert refused(out.getvalue()) == "format"


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF0000WAVEfmt ",
        b"ID3 something else",
        b"%PDF-1.7",
        b"\x1a\x45\xdf\xa3 no webm",
        a_webm(head=b""),
        a_webm(head=HEAD[:9] + b"\x06" + HEAD[10:]),
        a_webm(codec=b"A_VORBIS"),
        a_webm(kind=b"\x01"),
        a_webm(blocks=element(0xA3, b"\x81\x00\x00\x84" + PACKET)),
        a_webm(blocks=element(0xA3, b"")),
        a_webm(blocks=element(0xE7, b"\x00")),
        a_webm() + a_webm(),
        b"\0\0\0\x18ftypM4A " + bytes(12),
        b"\0\0\0\x08ftyp",
        b"\xff\xff\xff\xffftyp" + bytes(40),
    ],
)
def test_what_is_no_voice_message_is_refused(data: bytes) -> None:
    assert refused(data) == "format"


def test_nothing_and_too_much_are_refused() -> None:
    assert refused(b"") == "empty"
    assert refused(voice("ogg") + bytes(recordings.MAX_BYTES)) == "too_big"


@given(st.data())
def test_a_damaged_file_is_kept_or_refused_and_never_an_error(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([a_webm(), SMALL_MP4])))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))]
    try:
        kept = recordings.accept(bytes(raw))
    except PhotoRefused as error:
        assert error.reason in ("empty", "format")
    else:
        assert recordings.mime(kept) in ("audio/ogg", "audio/mp4")


def box(name: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I", 8 + len(content)) + name + content


SMALL_MP4 = box(b"ftyp", b"M4A ", bytes(8)) + box(
    b"moov",
    box(b"mvhd", bytes(20)),
    box(b"udta", b"Somebody's phone"),
    box(
        b"trak",
        box(b"tkhd", bytes(8)),
        box(b"mdia", box(b"hdlr", bytes(8), b"soun", bytes(12), b"Somebody"), box(b"minf", box(b"stbl", box(b"stsd", bytes(12), b"mp4a")))),
    ),
) + box(b"mdat", b"sound")  # fmt: skip


def test_the_place_of_a_name_is_emptied_and_everything_else_stays_where_it_was() -> None:
    kept = mp4.voice_only(SMALL_MP4)
    assert b"Somebody" not in kept
    assert kept.index(b"mdat") == SMALL_MP4.index(b"mdat")
    assert kept.count(b"free") == 1
    two = SMALL_MP4.replace(b"soun", b"vide")
    with pytest.raises(ValueError, match="not one track of AAC"):
        mp4.voice_only(two)
