"""Who asks what happens with the photograph before they agree is told, in the words of the consent, and asked again."""

from __future__ import annotations

import pytest

from tests.bot.conversation.talk import Talk, ids

ASKED = {
    "en": (
        "who sees the photo?",
        "what happens with the picture?",
        "is it private",
        "how long do you keep it?",
    ),
    "fr": ("qui voit la photo ?", "que devient ma photo ?", "c'est confidentiel ?"),
    "es": ("¿quién ve la foto?", "¿qué pasa con la foto?", "es privado?"),
    "pt": ("quem vê a foto?", "o que acontece com a foto?", "é privado?"),
    "sw": ("nani ataona picha?", "picha itaenda wapi?", "ni siri?"),
    "ar": ("من يرى الصورة؟", "ماذا يحدث للصورة؟", "هل هي سرية؟"),
    "hi": ("फोटो कौन देखेगा?", "फोटो का क्या होगा?", "क्या यह गुप्त है?"),
    "bn": ("ছবি কে দেখবে?", "ছবির কী হবে?", "এটা কি গোপন?"),
    "am": ("ፎቶውን ማን ያያል?", "ፎቶው ምን ይሆናል?", "ምስጢር ነው?"),
    "ha": ("wa zai ga hoton?", "me za ku yi da hoton?", "sirri ne?"),
}


@pytest.mark.parametrize("photo", [False, True])
@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, said in ASKED.items() for text in said]
)
def test_who_sees_it_and_how_long_it_is_kept_is_said_and_consent_asked_again(
    language: str, text: str, photo: bool
):
    talk = Talk(hint=language)
    talk.say("hello" if language == "en" else "/start")
    if photo:
        talk.photo()
    reply = talk.say(text)
    waits = ["consent.photo_waits"] if photo else []
    assert ids(reply) == ["consent.keep", "consent.may_refuse", *waits, "consent.ask"]
    assert (reply.key, talk.state.consent) == ("consent", "")
    assert talk.press("consent.yes").key == "age"


def test_who_asks_in_their_first_message_reads_it_once():
    reply = Talk().say("hello, who sees my photo?")
    assert ids(reply).count("consent.keep") == 1
    assert ids(reply)[-1] == "consent.ask"


@pytest.mark.parametrize("text", ["yes ok", "fine", "go ahead"])
def test_who_agrees_agrees(text: str):
    talk = Talk()
    talk.say("hello")
    assert talk.say(text).key == "age"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "a mi papá lo encontramos privado en el piso"),
        ("es", "mi papá privado"),
        ("es", "me atendió un médico privado"),
        ("pt", "fui a um médico privado"),
        ("fr", "je viens de l'hôpital privé"),
    ],
)
def test_who_only_says_private_asks_nothing(language: str, text: str):
    talk = Talk(hint=language)
    talk.say("/start")
    assert "consent.keep" not in ids(talk.say(text))


@pytest.mark.parametrize("text", ["is it free?", "do i have to pay", "banana"])
def test_of_money_nothing_is_promised(text: str):
    talk = Talk()
    talk.say("hello")
    assert ids(talk.say(text)) == ["typed.unclear", "consent.ask"]
