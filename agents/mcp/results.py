"""What a server's tool returned, as text for a model."""

from __future__ import annotations

import json
from collections.abc import Callable

from mcp_types import CallToolResult, EmbeddedResource, ResourceLink, TextContent, TextResourceContents

from agents.text import cut_end, untrusted
from agents.values import ToolResult

RESULT_CHARS = 18_000


def told(result: CallToolResult, *, source: str, clean: Callable[[str], str]) -> ToolResult:
    """Texts and structured content, cleaned, marked as data and bounded; what is not text is named and left out."""
    texts = [_block(block) for block in result.content]
    if result.structured_content is not None:
        structured = json.dumps(result.structured_content, ensure_ascii=False)
        if not any(_same(text, result.structured_content) for text in texts):
            texts.append(structured)
    text = "\n\n".join(text for text in texts if text) or "(nothing)"
    marked = untrusted(cut_end(clean(text), RESULT_CHARS), source=source)
    return ToolResult(marked, is_error=result.is_error, untrusted=source)


def _block(block: object) -> str:
    if isinstance(block, TextContent):
        return block.text
    if isinstance(block, ResourceLink):
        return f"[a link to {block.uri}: {block.name}]"
    if isinstance(block, EmbeddedResource):
        if isinstance(block.resource, TextResourceContents):
            return f"[{block.resource.uri}]\n{block.resource.text}"
        return f"[{block.resource.uri}: a file that is not text, left out]"
    kind = getattr(block, "type", "content")
    return f"[{kind}, {getattr(block, 'mime_type', 'unknown type')}: left out]"


def _same(text: str, structured: object) -> bool:
    """Servers repeat structured content as text, for older clients."""
    try:
        return bool(json.loads(text) == structured)
    except ValueError:
        return False
