"""Small tokenizers: one that behaves as Llama's, with its ids of "#", and one of bytes."""

from __future__ import annotations

import string
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

BLANK = "▁"


def llama_like() -> Any:
    """Sentencepiece's manners: a blank is put before each text; BOS comes with special tokens; ids of "#" as in Llama."""
    vocabulary = {
        "<unk>": 0,
        "<s>": 1,
        "</s>": 2,
        "<0x0A>": 13,
        "▁###": 835,
        "##": 2277,
        "▁##": 444,
        "#": 29937,
        BLANK: 29871,
    }
    merges = [("#", "#"), (BLANK, "##"), ("▁##", "#")]
    letters = [c for c in string.printable if c not in string.whitespace and c != "#"]
    vocabulary |= {letter: 100 + at for at, letter in enumerate(letters)}
    for left, right in ((BLANK, "<"), ("▁<", "/"), (">", "<"), ("I", "m"), ("Im", "g")):
        merges.append((left, right))
        vocabulary[left + right] = 300 + len(merges)
    for at in range(32000):
        if at not in vocabulary.values():
            vocabulary[f"unused{at}"] = at
    made = Tokenizer(
        models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    made.normalizer = normalizers.Sequence([normalizers.Prepend(BLANK), normalizers.Replace(" ", BLANK)])
    made.decoder = decoders.Sequence(
        [decoders.Replace(BLANK, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        clean_up_tokenization_spaces=False,
    )


def of_bytes(*special: str) -> Any:
    """A byte-level tokenizer of a few hundred pieces."""
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "<s>", "</s>", "<unk>", *special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(["the skin is dry and red.### what is this?"] * 5, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>"
    )
