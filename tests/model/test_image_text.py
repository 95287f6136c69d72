"""Another vision-language model behind the same seam: a tiny LLaVA of random weights, stored and loaded as any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

from model.image_text import ImageTextTalker, load_image_text
from model.language import LanguageError
from model.prompts import Turn
from model.talk import Talker
from tests.model.tokenizers_made import of_bytes

TEMPLATE = (
    "{% for m in messages %}{{ m['role']|upper }}: {% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %} {% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("image_text")
    tokenizer = of_bytes("<image>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    tokenizer.image_token = "<image>"
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14,
            projection_dim=16, initializer_range=0.5,
        ),
        text_config=LlamaConfig(
            hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, vocab_size=len(tokenizer),
            bos_token_id=1, eos_token_id=2, pad_token_id=0, initializer_range=0.3,
        ),
        image_token_index=4, vision_feature_layer=-1,
    )  # fmt: skip
    LlavaForConditionalGeneration(config).save_pretrained(folder / "weights")
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"height": 28, "width": 28}, do_center_crop=False),
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token="<image>",
        chat_template=TEMPLATE,
    ).save_pretrained(folder / "weights")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    return folder


MANIFEST = {
    "format": 1,
    "kind": "image-text",
    "name": "tiny-llava",
    "source": "weights",
    "languages": ["en", "sw"],
    "licence": "made in a test",
    "max_new_tokens": 6,
}
PHOTO = Image.effect_noise((50, 40), 80).convert("RGB")


def test_any_image_text_model_answers_behind_the_seam(stored: Path) -> None:
    talker: Talker = load_image_text(stored)
    assert (talker.name, talker.languages, talker.licence) == ("tiny-llava", ("en", "sw"), "made in a test")
    first = talker.reply(PHOTO, [Turn("what is this?")])
    assert first == talker.reply(PHOTO, [Turn("what is this?")])
    assert isinstance(talker.reply(PHOTO, [Turn("what is this?", "dry skin"), Turn("red?")], limit=3), str)


def test_the_photograph_stands_in_the_first_question_and_is_looked_at(stored: Path) -> None:
    talker = load_image_text(stored)
    seen: list[dict[str, Any]] = []
    generate = talker.model.generate

    def watched(**given: Any) -> Any:
        seen.append(given)
        return generate(**given)

    talker.model.generate = watched
    talker.reply(PHOTO, [Turn("what is this?", "dry"), Turn("red?")])
    talker.reply(PHOTO.rotate(90), [Turn("what is this?", "dry"), Turn("red?")])
    text = talker.processor.decode(seen[0]["input_ids"][0])
    assert text.replace("<image>", "") == "USER: what is this? ASSISTANT: dry USER: red? ASSISTANT:"
    assert text.startswith("USER: <image>")
    assert seen[0]["max_new_tokens"] == 6
    with torch.no_grad():
        scores = [
            talker.model(input_ids=g["input_ids"], pixel_values=g["pixel_values"]).logits[0, -1] for g in seen
        ]
    assert not torch.equal(scores[0], scores[1])


def test_no_weight_is_an_inference_tensor_or_wants_a_gradient(stored: Path) -> None:
    talker = load_image_text(stored, dtype=torch.bfloat16)
    assert not any(p.is_inference() or p.requires_grad for p in talker.model.parameters())
    assert isinstance(talker.reply(PHOTO, [Turn("what?")]), str)
    with torch.inference_mode(), pytest.raises(LanguageError, match="outside"):
        load_image_text(stored)


@pytest.mark.parametrize("turns", [[], [Turn("a", "b")], [Turn("a"), Turn("b")]])
def test_a_chat_without_an_open_end_is_refused(stored: Path, turns: list[Turn]) -> None:
    talker = ImageTextTalker("x", ("en",), "y", 3, None, None)
    with pytest.raises(ValueError, match="expected answered turns"):
        talker.reply(PHOTO, turns)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"languages": []}, "languages is \\[\\]"),
        ({"languages": "en"}, "languages is 'en'"),
        ({"licence": ""}, "licence is ''"),
        ({"source": "elsewhere"}, "which has no config.json"),
        ({"source": None}, "source is None"),
        ({"max_new_tokens": 0}, "max_new_tokens is 0; expected 1 to 4096"),
        ({"kind": "skingpt"}, "is of another kind"),
        ({"format": 2}, "is of another kind"),
    ],
)
def test_a_manifest_that_does_not_say_what_it_must_is_refused(
    stored: Path, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    (tmp_path / "weights").symlink_to(stored / "weights")
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST | change))
    with pytest.raises(LanguageError, match=said):
        load_image_text(tmp_path)


def test_a_folder_that_is_no_such_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=r"manifest\.json cannot be read"):
        load_image_text(tmp_path)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text(
        '{"model_type": "mine", "auto_map": {"AutoProcessor": "mine.P"}}'
    )
    (tmp_path / "weights" / "mine.py").write_text("raise SystemExit('ran')")
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    with pytest.raises(LanguageError, match="expected an image-text-to-text model"):
        load_image_text(tmp_path)
