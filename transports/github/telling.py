"""An issue or pull request in words for a prompt; everything in it is cut to a length."""

from __future__ import annotations

from collections.abc import Iterable

from transports.base import Conversation
from transports.github.comments import without_markers
from transports.github.fields import Fields, count, items, optional, text

FILES = 50
_COMMENT_LIMIT = 800


def facts(to: Conversation, about: Fields, *, is_pull: bool) -> str:
    title = text(about, "title")
    name = to.title.partition(" ")[0] or f"{to.address['repository']}#{to.address['number']}"
    lines = [f"GitHub {'pull request' if is_pull else 'issue'} {f'{name} {title}' if title else to.title or name}"]
    labels = ", ".join(filter(None, (text(label, "name") for label in items(about.get("labels")))))
    facts = {
        "URL": text(about, "html_url") or text(to.address, "url"),
        "Author": text(optional(about, "user"), "login"),
        "State": _state(about),
        "Labels": labels,
        "Branches": _branches(about),
    }
    return "\n".join(lines + [f"{name}: {fact}" for name, fact in facts.items() if fact])


def _state(about: Fields) -> str:
    state = "merged" if about.get("merged") is True else text(about, "state")
    remarks = [text(about, "state_reason"), "draft" if about.get("draft") is True else ""]
    remarks.append("locked" if about.get("locked") is True else "")
    return ", ".join(filter(None, (state, *remarks)))


def _branches(about: Fields) -> str:
    head, base = optional(about, "head"), optional(about, "base")
    repositories = [text(optional(end, "repo"), "full_name") for end in (head, base)]
    source = text(head, "label") if repositories[0] != repositories[1] else ""
    return f"{source or text(head, 'ref')} → {text(base, 'ref')}" if text(base, "ref") else ""


def changed_files(about: Fields, files: list[Fields]) -> str:
    if not files:
        return ""
    total = count(about, "changed_files") or len(files)
    lines = [f"Changed files: {total} ({_size(about)})"]
    lines += [f"- {text(file, 'status')} {text(file, 'filename')[:200]} ({_size(file)})" for file in files[:FILES]]
    return "\n".join(lines + ([f"- … and {total - FILES} more"] if total > FILES else []))


def _size(change: Fields) -> str:
    return f"+{count(change, 'additions')} −{count(change, 'deletions')}"


def fitting(newest: Iterable[Fields], limit: int) -> list[tuple[Fields, str]]:
    """Comments with their words, in the order in which they were written; the oldest go where there is no room."""
    kept: list[tuple[Fields, str]] = []
    for comment in newest:
        words = _comment(comment)
        limit -= len(words) + 1
        if limit < 0:
            break
        kept.insert(0, (comment, words))
    return kept


def _comment(comment: Fields) -> str:
    where = text(comment, "path")[:200]
    line = count(comment, "line") or count(comment, "original_line")
    at = f" on {where}{f':{line}' if line else ''}" if where else ""
    who = text(optional(comment, "user"), "login") or "somebody"
    words = shortened(without_markers(text(comment, "body")).strip(), _COMMENT_LIMIT)
    return f"{who} ({text(comment, 'created_at')}){at}: {words}"


def section(title: str, words: str) -> str:
    return f"{title}:\n{words.strip()}" if words.strip() else ""


def shortened(words: str, limit: int) -> str:
    return words if len(words) <= limit else f"{words[: limit - 5].rstrip()} […]"
