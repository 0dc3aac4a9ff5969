"""What only looks like a small task, or asks for more than one thing: it is left to the model."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import either, rule
from agents.routing.target import ROUTER

_ALSO_ASKS = (
    r"\b(?:and|then|also|but|plus)\s+(?:(?:then|also|please|pls|now|just|finally) )*(?:remind|tell|write"
    r"|translate|explain|show|give|find|check|set|add|make|list|compare|summari[sz]e|fix|what|who|how|why|when"
    r"|where|can you|could you)\b"
)
_ALSO_ACTS = (
    r"(?:\b(?:and|then|also|but|plus|und|et|y|e|if so|otherwise)|[,;.!]|\n)\s*(?:(?:then|also|please|pls|now"
    r"|just|finally|afterwards|if (?:it is|it's|so|green|ok|all is well)[ ,]*)\s*)*"
    r"(?:merge|close|re-?open|delete|remove|erase|send|post|publish|push|deploy|label|tag|assign|revert|commit"
    r"|approve|comment|reply|e-?mail|release|restart|lock|cancel|pay|buy|book|order|notify|ping|tell"
    r"|request changes|schließ|lösch|schick|sende|ferme|supprime|envoie|cierra|borra|envía)\b"
)

MIXED: tuple[Pattern, ...] = (
    rule(
        "leave-mixed-requests",
        ROUTER,
        either(_ALSO_ACTS, _ALSO_ASKS),
        yes="review PR 12 and merge it | translate this, then post it | summarise the thread and close the issue "
        "| what's the weather and what's the time",
        no="review PR 12 | what happens when I merge a PR? | show issue 77",
    ),
    rule(
        "leave-look-ups-and-lessons",  # a few words that may ask for a glance, for an explanation or for work
        ROUTER,
        r"^[\s>]*(?:please |can you |could you )?(?:show|open|get) (?:me )?(?:the )?(?:pr|pull request|issue) ?#?\d+[\s.!?]*$"
        r"|^[\s>]*how (?:do|can|should|would) (?:i|you|we) (?:write|add|create|make|run) (?:an? |some |good |the )*"
        r"(?:unit |integration )?tests?[\s.!?]*$",
        yes="show PR 12 | how do I write a unit test | show me issue #4",
        no="show me how to open a PR | review PR 12",
    ),
    rule(
        "leave-what-lies-elsewhere",
        ROUTER,
        r"https?://|\b(?:attached|attachment|screenshot|the (?:file|picture|image|pdf|document) (?:above|below))\b",
        yes="summarise https://example.org/report | what does the attached file say",
        no="what is a file?",
    ),
)

CONTEXT: tuple[Pattern, ...] = (
    rule(
        "leave-what-needs-context",
        ROUTER,
        either(
            r"#\d+|\b(?:pr|issue|ticket|commit|pull request)s? #?\d+|\b[\w-]+/[\w-]+\.(?:py|js|ts|go|rs|java|rb|md"
            r"|ya?ml|json|toml|sql|c|h|cpp|sh)\b|@[\w-]+ ",
            r"\b(?:(?:this|these|those|the) (?:[\w-]+ )?(?:prs?|pull requests?|issues?|tickets?|repos?|repository"
            r"|branch(?:es)?|commits?|diff|builds?|pipeline|ci|workflow|codebase|code base|code|function|module"
            r"|project|readme|docs|release|bug|crash|log|thread|discussion|deploy(?:ment)?|server|bot|tests?"
            r"|test suite|milestone|backlog|queue|endpoint|dashboard|app|api|database|migration|config|settings|chat"
            r"|conversation|group|channel|history)|(?:this|that) (?:file|class|error|change)|our|ours|your"
            r"|my (?:account|data|profile|password|subscription|messages|history|plan|invoice|order|payment|repo"
            r"|branch|pr|code))\b",
            r"\byou[\s?.!]*$|\byou (?:to|in|into|from|on|off|out|with|as)\b|\b(?:yourself|yours|for you|to you"
            r"|with you|about you|of you|by you|do you (?:have|support|remember|keep|store|offer|use|handle|get|charge"
            r"|work|learn|know (?:me|who|what i|my)))\b",
            r"\bremind me (?:who|what|how|why|where|which|again)\b",
        ),
        yes="how do I reopen this issue | explain #12 | how do I get you into another repository "
        "| how do I delete my data | explain how our deploy works | explain the code | remind me who you are",
        no="how do you drop a column in sqlite? | what is a pull request?",
    ),
)

NEWS: tuple[Pattern, ...] = (
    rule(
        "leave-what-is-going-on",
        ROUTER,
        r"^.{0,40}\b(?:what(?:'s| is| are|s)|who is|how is) (?:new|happening|wrong|going|left|open|next|blocking"
        r"|missing|failing|broken|that|this|it|up|on|off|there|here|everyone|everybody|he|she|they|we|ready|done"
        r"|pending|planned|merged|released|deployed|running|stuck|red|green|in|with)\b",
        yes="what is new | what's happening? | what is that | what's left to do",
        no="what is love | what are closures",
    ),
    rule(
        "leave-what-is-in-the-news",
        ROUTER,
        r"\b(?:good|better|recommend(?:ed|ation)?|worth|latest|newest|current|currently|recent|recently|nowadays"
        r"|these days|so far|upcoming|this (?:year|week|month|season|summer|winter)|last (?:night|week|month|year)"
        r"|yesterday|tonight|tomorrow|right now|at the moment|news|headlines?|weather|forecast|prices?|costs?"
        r"|cheap(?:er|est)?|best|top \d+|ranking|score|standings|exchange rate|stock|shares?|market|opening hours"
        r"|open now|near (?:me|here)|nearby|tickets?|trains?|flights?|bus(?:es)?|hotels?|restaurants?|salary"
        r"|population|202\d|sources?|studies|papers|reviews|benchmarks?|statistics|pros and cons|versus|vs"
        r"|compared?|comparison|election|war in|visa|laws?|legal|regulations?|side effects|available|release date"
        r"|come out|version)\b",
        yes="what is the latest iPhone | what is the best laptop for students | how do I get cheap flights to Rome",
        no="what is a closure in javascript | how do I reverse a string in Go?",
    ),
)
