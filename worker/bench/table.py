"""The report as Markdown: what is measured against what, and on which machine. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["markdown"]

COMPARED = (
    ("accept_to_empty", "webhook accept ÷ empty handler, same server"),
    ("accept_to_bare", "webhook accept ÷ bare INSERT+COMMIT, same database"),
    ("empty_to_empty", "control: empty handler ÷ itself"),
)


def markdown(report: Mapping[str, Any]) -> str:
    """The whole report, for the README."""
    lines = [_machine(report), "", *_webhook(report["webhook"]), "", *_pipeline(report["pipeline"]), ""]
    lines += [*_findings(report["findings"]), "", *_memory(report["memory"]), ""]
    return "\n".join(lines)


def _machine(report: Mapping[str, Any]) -> str:
    machine = report["machine"]
    return (
        f"Measured {report['at']} at commit {report['commit']}: {machine['cores']} cores ({machine['cpu']}), "
        f"{machine['memory_gib']:g} GiB, Python {machine['python']}, SQLite {machine['sqlite']}, "
        f"uvicorn {machine['packages']['uvicorn']}, torch {machine['packages']['torch']}; "
        f"load before it began {machine['load']:g}, when it ended {report['load_at_end']:g}."
    )


def _table(*rows: tuple[str, ...]) -> list[str]:
    head, *rest = ["| " + " | ".join(row) + " |" for row in rows]
    return [head, "|" + " --- |" * len(rows[0]), *rest]


def _ratio(ratio: Mapping[str, Any]) -> str:
    if ratio["median"] < 0.1:
        return f"{ratio['median']:.3f} ({ratio['least']:.3f} to {ratio['most']:.3f})"
    return f"{ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['most']:.2f})"


def _webhook(databases: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, found in databases.items():
        if "unavailable" in found:
            lines += [f"Webhook accepts, {name}: {found['unavailable']}", ""]
            continue
        rows = [("", "a second", "p50 ms", "p99 ms", "ratio of rates", "ratio of p50", "ratio of p99")]
        for key, said in COMPARED:
            arm, other, ratio = found[key]["a"], found[key]["b"], found[key]["ratio"]
            rows.append(
                (
                    said,
                    f"{arm['per_second']:.0f} ÷ {other['per_second']:.0f}",
                    f"{arm['p50_ms']:.2f} ÷ {other['p50_ms']:.2f}",
                    f"{arm['p99_ms']:.2f} ÷ {other['p99_ms']:.2f}",
                    _ratio(ratio["per_second"]),
                    _ratio(ratio["p50_ms"]),
                    _ratio(ratio["p99_ms"]),
                )
            )
        failed = sum(found[key][arm]["failed"] for key, _ in COMPARED for arm in "ab")
        lines += [
            f"Webhook accepts, {name}: {found['connections']} keep-alive connections "
            f"(bare: {found['bare_connections']}), {found['rounds']} pairs of {found['seconds_a_round']:g} s in turn; "
            f"ratios are medians over pairs (least to most); {failed} answers other than 200.",
            "",
            *_table(*rows),
            "",
        ]
    return lines[:-1]


def _pipeline(databases: Mapping[str, Any]) -> list[str]:
    rows = [
        (
            "whole pipeline, stand-in model",
            "messages a second",
            "replies a second",
            "to the reply p50 / p95 ms",
            "n",
        )
    ]
    for name, found in databases.items():
        if "unavailable" in found:
            rows.append((name, str(found["unavailable"]), "", "", ""))
            continue
        for key, said in (("inline", "one thread"), ("embedded", "embedded workers, 8 people at once")):
            figures = found[key]
            rows.append(
                (
                    f"{name}, {said}",
                    f"{figures['messages_per_second']:.1f}",
                    f"{figures['replies_per_second']:.1f}",
                    f"{figures['reply_p50_ms']:.0f} / {figures['reply_p95_ms']:.0f}",
                    f"{figures['messages']} messages, {figures['talks']} photographs",
                )
            )
    return _table(*rows)


def _findings(found: Mapping[str, Any]) -> list[str]:
    if "unavailable" in found:
        return [f"Photo to findings: {found['unavailable']}"]
    rows = [
        (f"one photograph each {found['interval_s']:g} s, n = {found['n']}", "p50 ms", "p95 ms", "longest ms")
    ]
    for key, said in (
        ("photo_turn", "photograph in -> first question (check, coach, encrypt)"),
        ("answers_to_findings", "last answer -> findings (model)"),
        ("photo_to_findings", "**photo to findings** (both; people's time to answer left out)"),
    ):
        times = found[key]
        rows.append((said, f"{times['p50_ms']:.0f}", f"{times['p95_ms']:.0f}", f"{times['p100_ms']:.0f}"))
    return [
        f"Photo to findings, {found['model'] or 'no model'}, warm, embedded runner, drawn photographs of "
        f"{found['side_px']} px; {found['failed']} failed, {found['abstained']} abstained (drawings are not skin).",
        "",
        *_table(*rows),
    ]


def _memory(processes: list[Mapping[str, Any]]) -> list[str]:
    return _table(
        ("process", "resident MiB", "most ever MiB"),
        *((p["process"], f"{p['rss_mib']:.0f}", f"{p['peak_mib']:.0f}") for p in processes),
    )
