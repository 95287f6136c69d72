"""SkinGPT-4's published layout at any size, and what the original computes from it, written out plainly with torch alone.

Nothing of model/ or of transformers' BLIP-2 is used here, so that agreement says something. The language model is transformers' Llama
in both; its input is put together here.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import LlamaConfig, LlamaForCausalLM


@dataclass(frozen=True)
class Shape:
    image: int = 28
    patch: int = 14
    width: int = 24
    depth: int = 2
    heads: int = 3
    ratio: float = 4.3637
    queries: int = 5
    q_width: int = 16
    q_depth: int = 3
    q_heads: int = 2
    q_inner: int = 20
    every: int = 2
    llm: int = 32
    llm_heads: int = 4
    vocabulary: int = 61
    vit_eps: float = 1e-6
    ln_eps: float = 1e-5


def write(
    folder: Path, shape: Shape, seed: int = 0, left_over: str = "llm_model.", projection: str = "llama_proj"
) -> Path:
    """A folder of random weights laid out as ../shared/reference/README.md says."""
    rng = torch.Generator().manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)

    def some(*size: int, scale: float = 0.3, about: float = 0.0) -> Tensor:
        return torch.randn(*size, generator=rng) * scale + about

    def norm(name: str, width: int) -> dict[str, Tensor]:
        return {f"{name}.weight": some(width, scale=0.1, about=1.0), f"{name}.bias": some(width, scale=0.1)}

    def linear(name: str, out: int, inn: int) -> dict[str, Tensor]:
        return {
            f"{name}.weight": some(out, inn, scale=1 / math.sqrt(inn)),
            f"{name}.bias": some(out, scale=0.1),
        }

    s, inner = shape, int(shape.width * shape.ratio)
    eva = {
        "cls_token": some(1, 1, s.width),
        "pos_embed": some(1, (s.image // s.patch) ** 2 + 1, s.width),
        "patch_embed.proj.weight": some(s.width, 3, s.patch, s.patch, scale=0.05),
        "patch_embed.proj.bias": some(s.width),
    }
    for n in range(s.depth):
        b = f"blocks.{n}"
        eva |= norm(f"{b}.norm1", s.width) | norm(f"{b}.norm2", s.width)
        eva |= {f"{b}.attn.q_bias": some(s.width), f"{b}.attn.v_bias": some(s.width)}
        eva |= {f"{b}.attn.qkv.weight": some(3 * s.width, s.width, scale=1 / math.sqrt(s.width))}
        eva |= linear(f"{b}.attn.proj", s.width, s.width)
        eva |= linear(f"{b}.mlp.fc1", inner, s.width) | linear(f"{b}.mlp.fc2", s.width, inner)
    torch.save(eva, folder / "eva_vit.pth")

    bert: dict[str, Tensor] = {"query_tokens": some(1, s.queries, s.q_width), **norm("ln_vision", s.width)}
    e = "Qformer.bert.embeddings"
    bert |= {f"{e}.position_ids": torch.arange(9)[None], f"{e}.word_embeddings.weight": some(11, s.q_width)}
    bert |= {f"{e}.position_embeddings.weight": some(9, s.q_width), **norm(f"{e}.LayerNorm", s.q_width)}
    for n in range(s.q_depth):
        b = f"Qformer.bert.encoder.layer.{n}"
        for kind in ("attention", *(["crossattention"] if n % s.every == 0 else [])):
            seen = s.width if kind == "crossattention" else s.q_width
            bert |= linear(f"{b}.{kind}.self.query", s.q_width, s.q_width)
            bert |= linear(f"{b}.{kind}.self.key", s.q_width, seen) | linear(
                f"{b}.{kind}.self.value", s.q_width, seen
            )
            bert |= linear(f"{b}.{kind}.output.dense", s.q_width, s.q_width)
            bert |= norm(f"{b}.{kind}.output.LayerNorm", s.q_width)
        for tail in ("", "_query"):
            bert |= linear(f"{b}.intermediate{tail}.dense", s.q_inner, s.q_width)
            bert |= linear(f"{b}.output{tail}.dense", s.q_width, s.q_inner) | norm(
                f"{b}.output{tail}.LayerNorm", s.q_width
            )
    bert |= linear("Qformer.cls.predictions.decoder", 11, s.q_width) | linear("t5_proj", 7, s.q_width)
    torch.save({"model": bert}, folder / "blip2_pretrained.pth")

    skin = linear(projection, s.llm, s.q_width)
    skin[f"{left_over}model.layers.0.self_attn.rotary_emb.inv_freq"] = some(4)
    skin["Qformer.bert.embeddings.position_ids"] = torch.arange(9)[None]
    torch.save(
        {"model": skin, "optimizer": {}, "config": {"run": {"x": 1}}, "scaler": None, "epoch": 3},
        folder / "skingpt4.pth",
    )

    torch.manual_seed(seed)
    config = LlamaConfig(
        hidden_size=s.llm,
        intermediate_size=2 * s.llm,
        num_hidden_layers=2,
        num_attention_heads=s.llm_heads,
        vocab_size=s.vocabulary,
        max_position_embeddings=64,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        initializer_range=0.1,
    )
    LlamaForCausalLM(config).save_pretrained(folder / "llm")
    (folder / "config.json").write_text(json.dumps(config_json(shape)))
    return folder


def config_json(shape: Shape) -> dict[str, Any]:
    s = shape
    return {
        "vision": {
            "image_size": s.image, "patch_size": s.patch, "hidden_size": s.width, "depth": s.depth, "num_heads": s.heads,
            "mlp_ratio": s.ratio, "layer_norm_eps": s.vit_eps, "ln_vision_eps": s.ln_eps,
        },
        "qformer": {
            "num_query_tokens": s.queries, "hidden_size": s.q_width, "depth": s.q_depth, "num_heads": s.q_heads,
            "intermediate_size": s.q_inner, "cross_attention_frequency": s.every, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
        },
        "llm": {"arch": "llama", "hidden_size": s.llm, "vocab_size": s.vocabulary, "bos_token_id": 1, "eos_token_id": 2},
    }  # fmt: skip


def _attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """(B, T, W) x (B, N, W) x (B, N, W) -> (B, T, W), softmax written out."""
    b, t, w = q.shape
    split = [x.reshape(b, x.shape[1], heads, w // heads).permute(0, 2, 1, 3) for x in (q, k, v)]
    scores = (split[0] @ split[1].transpose(-1, -2)) / math.sqrt(w // heads)
    mixed = torch.softmax(scores, dim=-1) @ split[2]
    return mixed.permute(0, 2, 1, 3).reshape(b, t, w)


def compute(folder: Path, pixels: Tensor, before: Tensor, after: Tensor) -> dict[str, Tensor]:
    """What the original gives, from the published names alone."""
    s = (
        Shape(**json.loads((folder / "shape.json").read_text()))
        if (folder / "shape.json").exists()
        else Shape()
    )
    eva = torch.load(folder / "eva_vit.pth", weights_only=True)
    bert = torch.load(folder / "blip2_pretrained.pth", weights_only=True)["model"]
    skin = torch.load(folder / "skingpt4.pth", weights_only=True)["model"]

    def norm(x: Tensor, of: dict[str, Tensor], name: str, eps: float) -> Tensor:
        mean, spread = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
        return (x - mean) / torch.sqrt(spread + eps) * of[f"{name}.weight"] + of[f"{name}.bias"]

    def linear(x: Tensor, of: dict[str, Tensor], name: str) -> Tensor:
        return x @ of[f"{name}.weight"].T + of[f"{name}.bias"]

    size = s.image // s.patch
    cut = (
        pixels.reshape(pixels.shape[0], 3, size, s.patch, size, s.patch)
        .permute(0, 2, 4, 1, 3, 5)
        .flatten(3)
        .flatten(1, 2)
    )
    x = cut @ eva["patch_embed.proj.weight"].flatten(1).T + eva["patch_embed.proj.bias"]
    x = torch.cat([eva["cls_token"].expand(len(x), -1, -1), x], dim=1) + eva["pos_embed"]
    for n in range(s.depth):
        b = f"blocks.{n}"
        bias = torch.cat([eva[f"{b}.attn.q_bias"], torch.zeros(s.width), eva[f"{b}.attn.v_bias"]])
        q, k, v = (norm(x, eva, f"{b}.norm1", s.vit_eps) @ eva[f"{b}.attn.qkv.weight"].T + bias).chunk(
            3, dim=-1
        )
        x = x + linear(_attention(q, k, v, s.heads), eva, f"{b}.attn.proj")
        x = x + linear(
            F.gelu(linear(norm(x, eva, f"{b}.norm2", s.vit_eps), eva, f"{b}.mlp.fc1")), eva, f"{b}.mlp.fc2"
        )
    given = {"vision_features": x, "ln_vision": norm(x, bert, "ln_vision", s.ln_eps)}

    h = norm(bert["query_tokens"].expand(len(x), -1, -1), bert, "Qformer.bert.embeddings.LayerNorm", 1e-12)
    for n in range(s.q_depth):
        b = f"Qformer.bert.encoder.layer.{n}"
        for kind in ("attention", "crossattention"):
            if f"{b}.{kind}.self.query.weight" not in bert:
                continue
            seen = h if kind == "attention" else given["ln_vision"]
            q = linear(h, bert, f"{b}.{kind}.self.query")
            k, v = linear(seen, bert, f"{b}.{kind}.self.key"), linear(seen, bert, f"{b}.{kind}.self.value")
            mixed = linear(_attention(q, k, v, s.q_heads), bert, f"{b}.{kind}.output.dense")
            h = norm(mixed + h, bert, f"{b}.{kind}.output.LayerNorm", 1e-12)
        wide = F.gelu(linear(h, bert, f"{b}.intermediate_query.dense"))
        h = norm(
            linear(wide, bert, f"{b}.output_query.dense") + h, bert, f"{b}.output_query.LayerNorm", 1e-12
        )
    given["query_output"] = h
    name = next(k for k in skin if k.endswith("_proj.weight")).removesuffix(".weight")
    given["projected"] = linear(h, skin, name)

    llama = LlamaForCausalLM.from_pretrained(folder / "llm", dtype=torch.float32).eval()
    words = llama.get_input_embeddings().weight
    rows = []
    with torch.no_grad():
        for image in given["projected"]:
            row = torch.cat([words[1][None], words[before[0]], image, words[after[0]]])[None]
            rows.append(llama(inputs_embeds=row).logits[0])
    given["logits"] = torch.stack(rows)
    return given


def keep_shape(folder: Path, shape: Shape) -> None:
    """Beside the folder's own files, for compute() alone."""
    (folder / "shape.json").write_text(json.dumps(asdict(shape)))
