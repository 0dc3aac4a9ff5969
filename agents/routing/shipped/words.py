"""What the shipped expressions are put together from. Operators see and edit the whole expression."""

from __future__ import annotations

from agents.routing.patterns import Pattern

EMOJI = r"\x{2190}-\x{2BFF}\x{1F000}-\x{1FAFF}"
"""Within brackets."""
SEP = rf"[\s!-/:-@\[-\x60{{-~¡¿«»…、。،؟\x{{2000}}-\x{{2BFF}}{EMOJI}]"
"""What may stand between words and around a message: spaces, punctuation, signs, emoji."""
FIRM = rf"[\s.,!;:~'\"()*_{EMOJI}\-]*$"
"""The end of a message that does not ask."""
END = rf"(?:{SEP}|:-?[dop]\b|\bxd\b)*$"
"""The end of any message."""
LEAD = (
    rf"^{SEP}*(?:(?:hi|hey|hello|hiya|yo|hallo|hola|ciao|salut|bonjour|moin|good (?:morning|evening|afternoon)"
    r"|ok|okay|so|"
    r"well|oh|ah|and|but|now|then|thanks|thank you|thx|great|cool|nice|perfect|btw|by the way|sorry|um+|hm+|"
    r"(?:quick|general|one (?:more|last)) (?:question|thing)|bot|there|again|please|pls|plz)"
    rf"{SEP}+)*"
)
"""What people say before they come to the point."""
ASKED = (
    r"(?:(?:can|could|would|will|may|might) (?:you|u|somebody|someone|anyone|anybody)(?: please| pls| maybe"
    r"| just| kindly)? |"
    r"i(?:'d| would) like you to |i want you to )"
)
ASK = rf"(?:{ASKED}|(?:please|pls|plz|kindly|just) )?"
"""A request put politely."""
PLEASE = r"(?:[\s,.!]+(?:please|pls|plz|thanks|thank you|thx|ty|now|then|asap|today|for me|bitte|danke|merci))*"
"""What may follow a request."""
SOMETHING = r"[^;!?\n]{1,120}"
NUMBERS = (
    r"(?:(?:request|approval|number|no\.?|nr\.?|action) )?#?\d{1,6}(?:(?:\s*,\s*|\s*,?\s*(?:and|&|\+|then|und"
    r"|et|y|e)\s*)#?\d{1,6})*"
)
"""One number or several."""
LANGUAGES = (
    r"(?:english|german|french|spanish|italian|portuguese|dutch|polish|russian|ukrainian|turkish|greek|latin"
    r"|arabic|hebrew|"
    r"hindi|chinese|mandarin|japanese|korean|vietnamese|thai|swedish|norwegian|danish|finnish|czech|hungarian"
    r"|romanian|"
    r"croatian|serbian|slovak|slovenian|bulgarian|catalan|irish|welsh|swahili|indonesian|persian|farsi|esperanto)"
)


def either(*parts: str) -> str:
    return f"(?:{'|'.join(parts)})"


def rule(name: str, target: str, expression: str, *, yes: str, no: str = "") -> Pattern:
    """A pattern with its tests: messages that it matches, and messages that it must not match, `|` between them."""
    wanted = [{"text": text, "matches": True} for text in yes.split(" | ")]
    unwanted = [{"text": text, "matches": False} for text in no.split(" | ") if no]
    return Pattern(name, expression, target, tests=[*wanted, *unwanted])
