"""Only what Twilio signed gets in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from bot.channels import Forged, HttpRequest
from bot.channels.whatsapp.signature import Origin
from tests.bot.channels.whatsapp_support import PATH, PUBLIC, adapter, call, form
from tests.fakes.twilio_server import ACCOUNT_SID, AUTH_TOKEN, signature

WHATSAPP = adapter()


def refused(request: HttpRequest) -> bool:
    try:
        WHATSAPP.receive(request)
    except Forged:
        return True
    return False


def without(request: HttpRequest, header: str) -> HttpRequest:
    return replace(request, headers={k: v for k, v in request.headers.items() if k != header})


def test_the_fake_signs_as_the_library_does() -> None:
    fields = form("text_new_parameter")
    theirs = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + PATH, fields)
    assert signature(AUTH_TOKEN, PUBLIC + PATH, fields) == theirs


@pytest.mark.parametrize(
    "name", ["text", "text_empty", "text_new_parameter", "text_arabic", "photos_three", "status_read"]
)
def test_a_signed_call_is_taken_with_its_empty_and_its_new_parameters(name: str) -> None:
    assert not refused(call(form(name)))


def test_the_proxied_host_and_scheme_do_not_matter() -> None:
    headers = {"host": "localhost:8000", "x-forwarded-proto": "http", "x-forwarded-host": "evil.example"}
    assert not refused(call(form("text"), headers=headers))


@pytest.mark.parametrize("url", [f"https://ngozi.example:443{PATH}", f"https://ngozi.example{PATH}"])
def test_the_standard_port_may_be_signed_or_left_out(url: str) -> None:
    assert not refused(call(form("text"), signed_url=url))


def test_connection_overrides_in_the_fragment_are_not_signed() -> None:
    assert not refused(call(form("text"), signed_url=f"{PUBLIC}{PATH}#rc=3&rp=5xx"))


@pytest.mark.parametrize(
    "request_",
    [
        call(form("text"), token="another token"),
        call(form("text"), signed_url=f"http://ngozi.example{PATH}"),
        call(form("text"), signed_url=f"https://10.0.0.7:8000{PATH}"),
        call(form("text"), signed_url=f"{PUBLIC}{PATH}/other"),
        call(form("text"), signed_url=f"{PUBLIC}{PATH}?a=b"),
        call(form("text_empty"), signed_fields={k: v for k, v in form("text_empty").items() if v}),
        call(form("text_new_parameter"), signed_fields=form("text")),
        call(form("text"), body=b""),
        call(form("text"), body=b"\xff\xfe"),
        call(form("text"), body=urlencode(form("text")).encode() + b"&Body=other"),
        call(
            form("text"), body=urlencode(form("text")).encode() + b"&Body=" + urlencode(form("text")).encode()
        ),
        call(form("text"), body=urlencode({"x": ""} | form("text")).replace("x=", "Body=%FF").encode()),
        call(form("text"), headers={"x-twilio-signature": ""}),
        call(form("text"), headers={"x-twilio-signature": "é\ud800"}),
        call(form("text"), headers={"x-twilio-signature": "A" * 10_000}),
        call(form("text"), headers={"content-type": "application/json"}),
        without(call(form("text")), "x-twilio-signature"),
        replace(call(form("text")), method="GET"),
        replace(call(form("text")), path=PATH + "\ud800"),
        call(form("text"), body="&".join(f"a{n}=" for n in range(5000)).encode()),
    ],
)
def test_a_forged_call_is_refused(request_: HttpRequest) -> None:
    assert refused(request_)


@pytest.mark.parametrize(
    "changes", [{"AccountSid": "AC" + "f" * 32}, {"To": "whatsapp:+15550199"}, {"To": "+15550100"}]
)
def test_a_signed_call_for_another_account_or_number_is_refused(changes: dict[str, str]) -> None:
    assert refused(call(form("text") | changes))


FIELD = st.sampled_from(sorted(form("photo")))


@given(FIELD, st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_changed_value_gets_in(name: str, value: str) -> None:
    fields = form("photo")
    assume(fields[name] != value)
    assert refused(call(fields | {name: value}, signed_fields=fields))


@given(FIELD)
def test_no_left_out_parameter_gets_in(name: str) -> None:
    fields = form("photo")
    assert refused(call({k: v for k, v in fields.items() if k != name}, signed_fields=fields))


@given(
    st.from_regex(r"[A-Za-z]{1,30}", fullmatch=True),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
)
def test_no_added_parameter_gets_in(name: str, value: str) -> None:
    fields = form("photo")
    assume(name not in fields)
    assert refused(call(fields | {name: value}, signed_fields=fields))


@given(st.data())
def test_no_flipped_byte_of_the_body_gets_in(data: st.DataObject) -> None:
    good = call(form("photo"))
    place = data.draw(st.integers(0, len(good.body) - 1))
    byte = data.draw(st.integers(0, 255))
    body = good.body[:place] + bytes([byte]) + good.body[place + 1 :]

    def meaning(raw: bytes) -> object:
        try:
            return sorted(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict"))
        except ValueError:
            return None

    # '%2b' for '%2B' is the same form; and a joint between a name and its value is not signed ('Body=x' and
    # 'Bodyx=' are one string): such a call is a replay at most (see signature.py).
    joined = [
        "".join(a + b for a, b in m) if isinstance(m := meaning(r), list) else None for r in (body, good.body)
    ]
    assume(joined[0] != joined[1])
    assert refused(replace(good, body=body))


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=40), st.text(max_size=40))
def test_no_other_query_and_no_other_signature_gets_in(query: str, given_signature: str) -> None:
    good = call(form("text"))
    if query:
        assert refused(replace(good, query=query))
    assume(given_signature != good.headers["x-twilio-signature"])
    assert refused(replace(good, headers={**good.headers, "x-twilio-signature": given_signature}))


def test_a_joint_moved_between_name_and_value_keeps_nothing_but_the_replay() -> None:
    fields = form("text")
    moved = {
        ("Body" + fields["Body"] if k == "Body" else k): ("" if k == "Body" else v) for k, v in fields.items()
    }
    [update] = WHATSAPP.receive(call(moved, signed_fields=fields)).updates
    assert update.address == ""  # no Body: it makes no sense and reaches no chat


def json_call(content: bytes, query: str, token: str = AUTH_TOKEN) -> HttpRequest:
    url = f"{PUBLIC}{PATH}?{query}"
    headers = {"content-type": "application/json", "x-twilio-signature": signature(token, url, {})}
    return HttpRequest("POST", PATH, query, headers, content)


def test_a_json_body_is_checked_by_its_hash_in_the_query() -> None:
    content = json.dumps(form("text")).encode()
    query = f"bodySHA256={hashlib.sha256(content).hexdigest()}"
    [update] = WHATSAPP.receive(json_call(content, query)).updates
    assert update.external_id == form("text")["MessageSid"]
    assert refused(json_call(content + b" ", query))
    assert refused(json_call(content, query, token="another"))
    assert refused(json_call(content, "a=b"))
    assert refused(json_call(content, f"{query}&{query}"))
    assert refused(json_call(content, "bodySHA256=%FF"))


@pytest.mark.parametrize("content", [b"[1]", b"{", b"\xff", b"[" * 100_000, b'{"AccountSid": {}}'])
def test_signed_json_that_makes_no_sense_is_kept_without_an_address(content: bytes) -> None:
    query = f"bodySHA256={hashlib.sha256(content).hexdigest()}"
    assert [u.address for u in WHATSAPP.receive(json_call(content, query)).updates] == [""]


@pytest.mark.parametrize(
    "url", ["", "ngozi.example", "ftp://a", "https://", "https://h?x=1", "https://h#rc=3", "https://u@h"]
)
def test_a_public_url_that_could_never_match_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="expected https://host"):
        Origin(url)


@pytest.mark.parametrize(
    "public", ["https://ngozi.example:8443", "https://ngozi.example/clinic/", "http://127.0.0.1:8000"]
)
def test_a_public_url_may_have_a_port_or_a_prefix(public: str) -> None:
    whatsapp = adapter(public_url=public)
    assert whatsapp.receive(call(form("text"), signed_url=public.rstrip("/") + PATH)).updates


def test_the_number_may_be_configured_without_its_prefix() -> None:
    from bot.channels.whatsapp import WhatsApp

    plain = WhatsApp("main", ACCOUNT_SID, AUTH_TOKEN, "+15550100", PUBLIC)
    assert plain.receive(call(form("text"))).updates
