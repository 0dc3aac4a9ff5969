"""Which messages ask for something to be done, rather than about it."""

from __future__ import annotations

import re

_COURTESY = (
    r"hi|hey|hello|hallo|ok(?:ay)?|yes|thanks?(?: you| a lot)?|thx|merci|danke|now|then|also|and|so|just|please|pls|"
    r"bitte|@[\w-]+|(?:can|could|would|will) (?:you|u)|i(?:'d| would) like you to|i want you to"
)
_ALWAYS = (
    r"delete|erase|wipe|send|publish|deploy|push|restart|reboot|revert|unsubscribe|shut down|turn (?:on|off)|"
    r"switch (?:on|off)|run the|ship"
)
_OF_SOMETHING = (
    r"merge|close|reopen|clear|remove|drop|purge|forget|label|assign|post|lock|cancel|reset|ban|pay|book|buy"
)
_SOMETHING = r"it|this|that|these|those|them|the|my|our|me|all|every\w*|both|history|chat|pr|pull|issues?|branch|#?\d+|[\w/-]+#\d+"
_ENGLISH = re.compile(
    rf"(?:(?:{_COURTESY})\b[\s,:!]*)*+(?:(?:{_ALWAYS})\b\s+\S|(?:{_OF_SOMETHING})\s+(?:{_SOMETHING})(?!\w))",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?:kannst|könntest|würdest) du\b.*\b(?:mergen|schließen|löschen|senden|schicken|veröffentlichen)\b|"
    r"^\W*(?:bitte )?(?:lösch|schließ|send|schick)e?\b|"
    r"\b(?:borra|elimina|envía|cierra|supprime|efface|envoie|ferme|cancella|apaga|exclua|удали|сотри|закрой|отправь)\b|"
    r"删除|清空|削除して|消して",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\bif (?:i|you|we|somebody|someone)\b|\byourself\b.*\?|\bautomatically\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.!?;,:\n]+|\b(?:and|then)\b")
_HISTORY = re.compile(
    r"\b(?:histor(?:y|ie|ial)|chat|conversation|everything|messages|verlauf|chatverlauf|unterhaltung|gespräch|nachrichten|alles|"
    r"historique|discussion|conversación|mensajes|histórico|conversa|cronologia|conversazione)\b|"
    r"истори|переписк|чат|记录|历史|对话|履歴|会話",
    re.IGNORECASE,
)
_DELETING = re.compile(
    r"\b(?:delete|clear|wipe|erase|forget|remove|purge|lösch\w*|borr\w*|elimin\w*|supprim\w*|efface\w*|cancell\w*|"
    r"apag\w*|exclu\w*)\b|удали|сотри|очисти|删除|清空|削除|消して",
    re.IGNORECASE,
)


def is_order(text: str) -> bool:
    """Whether a message asks for an action with effects, in any of its clauses."""
    if _ASIDE.search(text):
        return False
    return _OTHERS.search(text) is not None or any(_ENGLISH.match(clause.strip()) for clause in _CLAUSE.split(text))


def orders_deletion(text: str) -> bool:
    """Whether a message asks to delete what was said in this conversation."""
    short = text if len(text) <= 200 else ""
    ordered = is_order(short) or re.search(r"(?:verlauf|unterhaltung)\b.*\blöschen\b", short, re.IGNORECASE)
    return bool(ordered and _DELETING.search(short) and _HISTORY.search(short))
