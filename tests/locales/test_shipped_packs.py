"""The packs of this repository pass the gate."""

from __future__ import annotations

import pytest

import locales
from locales import Text


def test_the_shipped_packs_pass_the_gate() -> None:
    assert [str(problem) for problem in locales.check()] == []


def test_english_swahili_and_arabic_may_run_where_drafts_are_allowed() -> None:
    assert locales.languages(allow_unreviewed=True)[0] == "en"
    assert {"en", "sw", "ar"} <= set(locales.languages(allow_unreviewed=True))


def test_no_machine_draft_calls_itself_reviewed() -> None:
    for code in locales.languages():
        pack = locales.pack(code)
        assert pack.reviewed == bool(pack.reviewers and pack.claims_review)
        assert pack.translators
    assert "machine draft (Ngozi team)" in locales.pack("sw").translators
    assert "machine draft (Ngozi team)" in locales.pack("ar").translators


def test_each_language_is_named_in_its_own_script() -> None:
    assert [locales.pack(code).name for code in ("en", "sw", "ar")] == ["English", "Kiswahili", "العربية"]
    assert [locales.pack(code).direction for code in ("en", "sw", "ar")] == ["ltr", "ltr", "rtl"]


@pytest.mark.parametrize("code", ["en", "sw", "ar"])
def test_the_longest_findings_stay_within_1000_characters(code: str) -> None:
    def longest(*ids: str) -> str:
        return max((locales.render(Text(i), code) for i in ids), key=len)

    conditions = [i for i in locales.library().template if i.startswith("condition.") and i.endswith(".name")]
    name = longest(*conditions)
    named = [
        Text("findings.possible_two", {"first": name, "second": name}),
        Text("findings.out_of_scope"),
        Text("findings.failed"),
    ]
    parts = [
        longest("findings.do.today", "findings.do.week", "findings.do.routine"),
        locales.render(Text("findings.why_answers"), code),
        max((locales.render(text, code) for text in named), key=len),
        *(
            locales.render(Text(f"findings.{i}"), code)
            for i in ("unproven_skin", "unproven_child", "watch", "not_diagnosis")
        ),
    ]
    assert len("\n\n".join(parts)) <= 1000


@pytest.mark.parametrize("language", ["fr", "es", "pt"])
def test_a_decimal_comma_is_written_where_the_language_has_one(language: str) -> None:
    said = locales.render(Text("danger.sign.d21"), language)
    assert "37,5" in said
    assert "37.5" not in said


def test_what_broke_is_told_with_the_way_to_help() -> None:
    """The message that could not be handled may have been one of danger."""
    hospitals = {"en": "hospital", "fr": "hôpital", "es": "hospital", "pt": "hospital", "sw": "hospitali", "ar": "مستشفى",
                 "hi": "अस्पताल", "bn": "হাসপাতাল", "am": "ሆስፒታል", "ha": "asibiti"}  # fmt: skip
    for code, word in hospitals.items():
        assert word in locales.render(Text("error.parked"), code), code


@pytest.mark.parametrize(("language", "doctor"), [("sw", "daktari"), ("ar", "طبيب")])
def test_a_clinician_is_sold_as_no_doctor(language: str, doctor: str) -> None:
    library = locales.library()
    for name, entry in library.template.items():
        ours = name.startswith(("desk.", "clinic.", "join.", "letter."))
        if ours and "linician" in entry.source[0]:
            assert doctor not in " ".join(library.translations(language).of(entry)).lower(), name
