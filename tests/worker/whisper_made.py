"""A Whisper model at tiny size, converted as deployers convert theirs: it runs, and hears the letter a in everything."""

from __future__ import annotations

import json
from pathlib import Path

import ctranslate2
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, WhisperConfig, WhisperForConditionalGeneration

__all__ = ["make"]

_BEFORE = ["<|startoftranscript|>", "<|en|>", "<|sw|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>"]
_AFTER = [
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    *(f"<|{n * 0.02:.2f}|>" for n in range(1501)),
]


def make(folder: Path) -> Path:
    """The folder of the converted model, below `folder`."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_ = Tokenizer(models.BPE({c: n for n, c in enumerate(letters)}, []))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    bytes_.add_special_tokens([AddedToken(t, special=True) for t in ("<|endoftext|>", *_BEFORE, *_AFTER)])
    number = bytes_.token_to_id
    config = WhisperConfig(
        vocab_size=bytes_.get_vocab_size(), num_mel_bins=80, d_model=32, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64,
        decoder_start_token_id=number("<|startoftranscript|>"), bos_token_id=number("<|endoftext|>"),
        eos_token_id=number("<|endoftext|>"), pad_token_id=number("<|endoftext|>"), begin_suppress_tokens=None,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    # Whatever it hears, its last layer points at one letter: so there is something to be written down.
    decoder = model.model.decoder
    with torch.no_grad():
        decoder.embed_tokens.weight.normal_(std=0.02)
        decoder.embed_tokens.weight[number("a")] = 1.0
        decoder.layer_norm.weight.zero_()
        decoder.layer_norm.bias.fill_(1.0)
    model.generation_config.lang_to_id = {"<|en|>": number("<|en|>"), "<|sw|>": number("<|sw|>")}
    model.generation_config.no_timestamps_token_id = number("<|notimestamps|>")
    model.generation_config.alignment_heads = [[0, 0]]
    model.generation_config.suppress_tokens = []
    source = folder / "source"
    model.save_pretrained(source)
    PreTrainedTokenizerFast(
        tokenizer_object=bytes_, eos_token="<|endoftext|>", unk_token="<|endoftext|>"
    ).save_pretrained(source)
    (source / "preprocessor_config.json").write_text(json.dumps({"feature_size": 80}))
    converter = ctranslate2.converters.TransformersConverter(
        str(source), copy_files=["tokenizer.json", "preprocessor_config.json"]
    )
    return Path(converter.convert(str(folder / "whisper"), quantization="int8"))
