"""Sorting a message as the router's model does, by its words."""

from __future__ import annotations

import re
from typing import Any

from agents.consent import is_bare
from agents.providers.offline.orders import is_order

_ABOUT_US = re.compile(
    r"^\W*(?:help|usage|contact|commands|hilfe|aide|ayuda)\W*$|opening hours|introduce yourself|"
    r"\bwho (?:are|made|built|created|wrote|runs?|owns?|operates?|maintains?|hosts?) (?:you|u|this|the bot)\b|"
    r"\bwho(?:'s| is)? (?:behind|responsible|your|the owner)|"
    r"\bwhat(?:'s| is| are| can| do| does)? (?:you|u|your|this bot|the bot|this service)\b|\bwhat can i (?:ask|do)\b|"
    r"\b(?:are|r) (?:you|u) (?:an? )?(?:ai|bot|human|robot|chatgpt|claude|gpt|real|able|allowed|free|open)\b|"
    r"\byour (?:website|privacy|prices?|terms|owner|operators?|services?|company|support|admins?|phone|address|e-?mail|"
    r"contact|documentation|name|team)\b|\bis (?:this|the) (?:bot|service)\b|\bhow are you configured\b|"
    r"\b(?:can|do) (?:you|u|this bot|the bot) (?:speak|store|keep|have a|have an|read|see|set|search|open|close|merge|"
    r"delete|remember what)\b|"
    r"\bwer (?:bist du|betreibt|steckt|hat dich)\b|\bwas kannst du\b|\bbist du\b|\bqui es[- ]tu\b|\bque (?:sais|peux)-tu\b|"
    r"\bqui[eé]n eres\b|\bqu[eé] puedes\b|\bqu[eé] sabes\b|\bchi sei\b|\bquem (?:é|és)\b|кто ты\b|что ты умеешь|"
    r"你是谁|你能做什么|あなたは誰|何ができ",
    re.IGNORECASE,
)
_CATEGORIES = {
    "github": r"github|pull request|\bprs?\b|\bissues?\b|repositor|\brepo\b|branch|merge|commit|\bci\b|#\d+",
    "code": r"\bcode\b|\bbugs?\b|function|python|javascript|script|refactor|unit test|compile|traceback|exception|"
    r"\bsql\b",
    "research": r"research|compare|investigate|find out|sources|studies|survey|latest|look up|literature|pros and cons|"
    r"\bevidence\b|\bacademic|\bscientific|\bpapers\b|\banaly[sz]|\boverview\b|\breviews\b|\bexperts\b|recherch|vergleich|"
    r"\bcompara|\bconfronta",
    "admin": r"\bdelete\b|\breset\b|restart|permission|configure|settings|\bban\b|clear (?:the )?history|\bstatus\b",
}
_QUESTION = re.compile(
    r"^\W*(?:@[\w-]+\s+)?(?:(?:hi|hey|hello|ok|thanks|thank you|quick question|general q\w*)\b[\s,:!]*)*"
    r"(?:how|what(?:'s| is| are| does| do)?|why|when|where|which|who|is|are|does|do|did|should|would|if|can i|explain|"
    r"define|difference|whats|wie|was|warum|wieso|comment|pourquoi|qu|cómo|por qué|come|perché)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"#\d+|\b(?:our|my|this|these|that|the (?:last|open|failing|release|nightly))\b[^.?!\n]{0,30}"
    r"\b(?:repo\w*|branch|pr|pull request|issues?|build|ci|checks?|workflow|code|test|module|folder|log)\b|"
    r"\b(?:repo\w*|module|folder|backend|frontend)\b|\bcompare\b|\bsources\b|\bresearch\b|\blatest\b",
    re.IGNORECASE,
)
_LARGE = re.compile(
    r"\b(project|architecture|end.to.end|comprehensive|whole|entire|several|step by step|strategy)\b", re.I
)
_THEN = re.compile(r"\s*(?:[.;\n]+|,?\s+and then\s+|,?\s+then\s+|,\s+after that\s+|,\s+finally\s+)\s*", re.IGNORECASE)
_ACKNOWLEDGED = re.compile(
    r"\W*(?:(?:ok(?:ay)?|k|sure|good|cool|vale|claro|thanks|thank you|thx|thing)\b\W*)*", re.IGNORECASE
)


def classify(text: str) -> dict[str, Any]:
    """Sort a message."""
    ordered, decides = is_order(text), is_bare(text) and not _ACKNOWLEDGED.fullmatch(text)
    category = category_of(text, ordered=ordered)
    asks = not ordered and bool(_QUESTION.match(text)) and not _OURS.search(text)
    busy = category == "research" or (category in ("code", "github") and not asks)
    complexity = _complexity(text, busy=busy)
    general = asks or category in ("general", "info") or (category == "code" and not _OURS.search(text))
    simple = complexity == "low" and general and not ordered
    return {
        "type": "tool_confirmation" if decides else "simple" if simple else "complex",
        "category": category,
        "complexity": complexity,
        "requires_human_approval": ordered,
        "reasoning": f"The offline model goes by keywords: they point to {category}, the length to {complexity} "
        f"complexity.",
    }


def category_of(text: str, *, ordered: bool = False) -> str:
    """What a message is about."""
    if not ordered and _ABOUT_US.search(text):
        return "info"
    return next((name for name, known in _CATEGORIES.items() if re.search(known, text, re.IGNORECASE)), "general")


def stages(text: str) -> list[str]:
    """What is to be done one after the other: the parts between full stops and each "then"."""
    return [stage for stage in _THEN.split(text.strip()) if stage.strip(" .")]


def _complexity(text: str, *, busy: bool) -> str:
    size = len(text.split()) + 15 * len(_LARGE.findall(text)) + 10 * (len(stages(text)) - 1)
    if not busy:
        return "high" if size > 120 else "medium" if size > 60 else "low"
    return "high" if size > 60 else "medium" if size > 8 else "low"
