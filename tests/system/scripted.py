"""A fake model that makes one call when it is asked for something, and says what became of it."""

from __future__ import annotations

from typing import Any

from tests.fakes.model_prompts import blocks
from tests.fakes.model_replies import Reply, text, tool
from tests.system.fakes import Fakes


def let_call(fakes: Fakes, wish: str, name: str, arguments: dict[str, Any]) -> None:
    """Answer messages with this wish by a call, its result by "Result: …", and all else by "Noted."."""

    def answer(prompt: dict[str, Any]) -> Reply:
        last = prompt["messages"][-1]
        results = [block for block in blocks(last) if block.get("type") == "tool_result"]
        if results:
            return text(f"Result: {results[0]['content']}")
        return tool(name, arguments, said="One thing first.") if wish in str(last) else text("Noted.")

    fakes.model.default = answer
