"""What is said, token by token."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from model import pixels, prompts
from model.prompts import COMPACT, PUBLISHED, Generation, StopAtSequence, Turn
from tests.model.tokenizers_made import llama_like, of_bytes


@pytest.fixture(scope="module")
def llama() -> Any:
    return llama_like()


SYSTEM = (
    "Give the following image: <Img>ImageContent</Img>. You will be able to see the image once I provide it to you. "
    "Please answer my questions."
)


def test_the_first_turn_reads_as_published() -> None:
    said = prompts.chat_prompt(PUBLISHED, [Turn("What is it?")])
    assert said == SYSTEM + "###Human: <Img><ImageHere></Img> What is it?###Assistant:"


def test_later_turns_are_appended_as_published() -> None:
    said = prompts.chat_prompt(PUBLISHED, [Turn("What is it?", "A nevus."), Turn("Is it bad?")])
    assert said == (
        SYSTEM
        + "###Human: <Img><ImageHere></Img> What is it?###Assistant: A nevus.###Human: Is it bad?###Assistant:"
    )


def test_the_training_prompts_read_as_published() -> None:
    assert [
        prompts.training_prompt(PUBLISHED, q)
        for q in (*PUBLISHED.questions_concept, *PUBLISHED.questions_skin)
    ] == [
        "###Human: <Img><ImageHere></Img> Could you describe the medical concepts of skin disease in this image for me? ###Assistant: ",
        "###Human: <Img><ImageHere></Img> What's wrong with my skin? ###Assistant: ",
        "###Human: <Img><ImageHere></Img> Could you describe the skin disease in this image for me? ###Assistant: ",
    ]


def test_the_published_settings_are_the_defaults() -> None:
    assert Generation().for_transformers() == {
        "max_new_tokens": 300, "num_beams": 1, "do_sample": True, "top_p": 0.9, "temperature": 1.0,
        "repetition_penalty": 1.0, "min_new_tokens": 1,
    }  # fmt: skip
    assert (Generation().length_penalty, Generation().context_tokens, PUBLISHED.max_text_tokens) == (
        1.0,
        2000,
        160,
    )
    assert Generation(num_beams=5).for_transformers()["length_penalty"] == 1.0


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [Turn("a", "b")],
        [Turn("a"), Turn("b")],
        [Turn("<ImageHere>")],
        [Turn("a", "<ImageHere>"), Turn("b")],
    ],
)
def test_a_chat_without_an_open_end_or_with_a_second_image_is_refused(turns: list[Turn]) -> None:
    with pytest.raises(ValueError, match="expected"):
        prompts.chat_prompt(PUBLISHED, turns)


def test_pieces_are_tokenised_by_themselves_which_the_whole_would_not_be(llama: Any) -> None:
    prompt = prompts.chat_prompt(PUBLISHED, [Turn("What is it?")])
    before, after = prompts.pieces(llama, prompt)
    # The text after the image begins with a blank of its own, and ">" and "<" around the image are no longer one piece.
    assert llama.convert_ids_to_tokens(after[0].tolist())[0] == "▁</"
    apart = torch.cat([before, after], dim=1)[0].tolist()
    together = llama(prompt.replace("<ImageHere>", ""), add_special_tokens=False)["input_ids"]
    assert apart != together
    assert "><" in llama.convert_ids_to_tokens(together)
    assert llama.decode(apart) == prompt.replace("<ImageHere>", " ")


def test_pieces_hold_no_bos(llama: Any) -> None:
    for piece in prompts.pieces(llama, "a<ImageHere>b"):
        assert llama.bos_token_id not in piece[0].tolist()
        assert piece.dtype == torch.int64


def test_a_caption_ends_with_the_end_sign_and_is_cut_where_the_published_one_is(llama: Any) -> None:
    ids = prompts.caption_ids(llama, PUBLISHED, "a nevus")[0].tolist()
    assert llama.decode(ids) == "a nevus###"
    assert ids[-2:] == [2277, 29937]
    assert prompts.caption_ids(llama, PUBLISHED, "long " * 100).shape == (1, 160)


def test_the_stop_sequences_are_the_published_ones_where_they_spell_the_sign(llama: Any) -> None:
    assert prompts.stop_sequences(llama, PUBLISHED) == ((835,), (2277, 29937))
    assert set(prompts.stop_sequences(llama, COMPACT)) >= {(835,), (2277, 29937)}


def test_in_another_vocabulary_the_sign_is_found_in_its_own_tokens() -> None:
    tokenizer = of_bytes()
    found = prompts.stop_sequences(tokenizer, PUBLISHED)
    assert found
    assert all(tokenizer.decode(list(ids)).strip() == "###" for ids in found)


def test_each_row_stops_by_itself() -> None:
    rule = StopAtSequence([(835,), (2277, 29937)])
    rows = torch.tensor([[5, 2277, 29937], [5, 6, 835], [835, 5, 6], [2277, 29937, 5]])
    assert rule(rows, None).tolist() == [True, True, False, False]
    assert StopAtSequence([(1, 2, 3)])(torch.tensor([[3]]), None).tolist() == [False]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A nevus.###Human: and", "A nevus."),
        (" Assistant: A nevus.", "A nevus."),
        ("Assistant: one Assistant: two###Assistant: three", "two"),
        ("", ""),
        ("###", ""),
    ],
)
def test_answers_are_cut_as_published(llama: Any, text: str, read: str) -> None:
    ids = llama(text, add_special_tokens=False)["input_ids"]
    assert prompts.read_answer(llama, PUBLISHED, ids) == read


def test_one_leading_unknown_and_then_one_start_are_dropped(llama: Any) -> None:
    ids = llama("A nevus.", add_special_tokens=False)["input_ids"]
    for lead in ([0], [1], [0, 1]):
        assert prompts.read_answer(llama, PUBLISHED, [*lead, *ids]) == "A nevus."
    assert prompts.read_answer(llama, PUBLISHED, [1, 0, *ids]).startswith("<unk>")
    assert prompts.read_answer(llama, PUBLISHED, [*ids, 2, 2]) == "A nevus."


def test_what_is_too_long_loses_its_beginning() -> None:
    embeds = torch.arange(2500.0).view(1, 2500, 1)
    left = prompts.kept(embeds, Generation())
    assert left.shape == (1, 1700, 1)
    assert left[0, -1, 0] == 2499
    assert prompts.kept(embeds[:, :1700], Generation()).shape == (1, 1700, 1)


# --- the picture -----------------------------------------------------------------------------------------------------------


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(640, 480), (97, 301), (224, 224), (10, 3), (1, 1)])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK"])
def test_pixels_are_those_of_blip2_image_eval(size: tuple[int, int], mode: str) -> None:
    image = noise(*size).convert(mode)
    found = pixels.published(image, 224)
    # Computed another way: numpy, one channel after the other, in LAVIS's order of operations.
    pressed = image.convert("RGB").resize((224, 224), resample=3)
    for channel, (mean, std) in enumerate(
        zip((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711), strict=True)
    ):
        grey = np.asarray(pressed.getchannel(channel)).astype(np.float32) / np.float32(255)
        wanted = (grey - np.float32(mean)) / np.float32(std)
        assert np.array_equal(found[channel].numpy(), wanted)
    assert found.shape == (3, 224, 224)
    assert found.dtype == torch.float32


def test_the_picture_is_pressed_and_not_cropped() -> None:
    wide = Image.new("RGB", (400, 100), "black")
    wide.paste("white", (0, 0, 100, 100))
    found = pixels.published(wide, 56)
    assert (found[0, :, 5] > 1).all()
    assert (found[0, :, 50] < -1).all()
