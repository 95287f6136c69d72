"""Who may know whom: what the import contract cannot see."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = "import sys; import {module}; print(sorted(m for m in {heavy} if m in sys.modules))"


@pytest.mark.parametrize(
    "module", ["bot.web.app", "bot.channels.registry", "worker.cli", "worker.serving", "worker.embedded"]
)
def test_the_web_machine_loads_no_torch(module: str) -> None:
    code = LOADED.format(
        module=module, heavy=["torch", "transformers", "bitsandbytes", "sklearn", "matplotlib"]
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "module", ["bot.conversation", "bot.conversation.desk", "bot.clinical", "bot.referral"]
)
def test_what_decides_knows_no_database(module: str) -> None:
    code = LOADED.format(module=module, heavy=["sqlalchemy", "celery", "redis", "httpx"])
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_model_can_be_used_alone() -> None:
    code = "import sys; import model.analysis, model.answers; print(sorted(m for m in sys.modules if m.split('.')[0] in ('bot', 'worker', 'locales')))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_test_folder_is_a_package() -> None:
    from pathlib import Path

    here = Path(__file__).parent
    folders = {p.parent for p in here.rglob("*.py")}
    assert [f for f in folders if not (f / "__init__.py").exists()] == []
