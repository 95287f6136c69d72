"""Blinded review: one answer after the other with seven questions; the results for who looks after the work."""

from __future__ import annotations

import re

from starlette.responses import Response

import locales
from bot.cases import agreement, blinded, casefile, raters, review, sight, spoken
from bot.cases.raters import HIGHEST, LOWEST, QUESTIONS
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.media.vault import VaultError, VaultUnavailable
from bot.web.console import look
from bot.web.console.frame import Console
from bot.web.console.visit import Visit
from bot.web.media import Found, served

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/review", "review_blinded", show, nav="console.nav.review", about="console.about.review")
    console.post("/review/next", "review_blinded", go_on)
    console.get("/review/{item:number}", "review_blinded", show_one)
    console.get("/review/{item:number}/media/{media}", "review_blinded", media)
    console.post("/review/{item:number}/score", "review_blinded", score)
    console.get("/agreement/review", "see_agreement", results)
    console.post("/agreement/review/start", "run_reviews", start)


def show(visit: Visit) -> Response:
    """What it is, and how many answers are left."""
    with reading(visit.engine) as connection:
        waiting = len(review.left(connection, visit.me.person_id))
    return visit.page("review.html", waiting=waiting)


def go_on(visit: Visit) -> Response:
    """To the next answer."""
    with transaction(visit.engine) as connection:
        item_id = review.begin(connection, visit.me.person_id)
    return visit.go("/review" if item_id is None else f"/review/{item_id}")


def show_one(visit: Visit) -> Response:
    """One answer with its case."""
    return _page(visit, int(visit.path("item")))


def _page(visit: Visit, item_id: int, problem: str = "", status: int = 200) -> Response:
    with reading(visit.engine) as connection:
        mine = review.begun(connection, item_id, visit.me.person_id)
        answered = blinded.shown(connection, visit.console.sealer, item_id) if mine else None
        photos = [] if answered is None else spoken.pictures(connection, answered.case)
    if answered is None:
        return visit.problem(409, "console.review.moved") if mine else visit.problem(404)
    return visit.page(
        "review_one.html",
        status,
        item_id=item_id,
        answered=answered,
        file=casefile.opened(answered.case),
        photos=[one for one in photos if one.kind == "photo"],
        say=lambda text: locales.render(text, visit.language),
        questions=QUESTIONS,
        scale=range(LOWEST, HIGHEST + 1),
        typed=visit.form,
        problem=problem,
    )


def media(visit: Visit) -> Response:
    """A photograph of the case that is being scored."""
    item_id, wanted = int(visit.path("item")), visit.path("media")
    with reading(visit.engine) as connection:
        mine = review.begun(connection, item_id, visit.me.person_id)
        answered = blinded.shown(connection, visit.console.sealer, item_id) if mine else None
        kept = [] if answered is None else spoken.pictures(connection, answered.case)
        sealed = (
            sight.of_photo(connection, wanted)
            if re.fullmatch(r"[0-9a-f]{32}", wanted)
            and any(one.id == wanted and one.kind == "photo" for one in kept)
            else None
        )
    if sealed is None:
        return visit.problem(404)
    try:
        return served(visit.request, Found(visit.console.vault.get(sealed), "image/jpeg"))
    except VaultUnavailable:
        return visit.problem(503)
    except VaultError:
        return visit.problem(404)


def score(visit: Visit) -> Response:
    """Keeps the scores and goes on to the next answer."""
    item_id = int(visit.path("item"))
    typed = [visit.form.get(name) for name in QUESTIONS]
    if not all(one in {str(n) for n in range(LOWEST, HIGHEST + 1)} for one in typed):
        return _page(visit, item_id, visit.shown("console.review.fault"), 400)
    try:
        with transaction(visit.engine) as connection:
            review.score(connection, item_id, visit.me.person_id, [int(one) for one in typed])
    except review.SeenMeanwhile:
        return visit.problem(409, "console.review.seen")
    except review.MovedMeanwhile:
        return visit.problem(409, "console.review.moved")
    except NgoziError:
        return visit.problem(409)
    return go_on(visit)


def start(visit: Visit) -> Response:
    """Draws a new round."""
    size = visit.form.get("size")
    if size not in {str(one) for one in review.SIZES}:
        return visit.problem(400)
    with reading(visit.engine) as connection:
        if review.just_started(connection):
            return visit.problem(409, "console.review.just_started")
        open_ = review.unscored(connection)
    if open_ is not None and (asks := visit.unsure("/agreement/review", "round", count=open_)):
        return asks
    with reading(visit.engine) as connection:
        drawn = review.draw(connection, visit.console.sealer, int(size))
    with transaction(visit.engine) as connection:
        count = review.start(connection, drawn, visit.me.person_id)
    return visit.go("/agreement/review", said="review_started" if count else "review_empty")


def results(visit: Visit) -> Response:
    """The rounds with their numbers, by who answered."""
    with reading(visit.engine) as connection:
        found = review.rounds(connection)

    def span(one: agreement.Estimate | None, *, share: bool) -> str:
        if one is None:
            return "–"
        form = look.percent if share else look.two_digits
        value = form(one.value, visit.language)
        if one.low is None or one.high is None:
            return value
        return f"{value} ({form(one.low, visit.language)} – {form(one.high, visit.language)})"

    tables = [
        (
            one,
            {
                source: None
                if (summed := raters.summed(by_answer)) is None
                else [
                    (
                        name,
                        question.scores,
                        span(question.agree, share=True),
                        span(question.between, share=False),
                    )
                    for name, question in zip(QUESTIONS, summed, strict=True)
                ]
                for source, by_answer in one.answers.items()
            },
        )
        for one in found
    ]
    return visit.page("review_results.html", tables=tables, sizes=review.SIZES, fewest=agreement.FEWEST)
