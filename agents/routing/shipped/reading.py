"""Looking at a repository."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import ASK, END, LEAD, PLEASE, SEP, either, rule
from agents.routing.target import ORCHESTRATOR

_PR = r"(?:pull requests?|prs?|mrs?|merge requests?)"
_ITEM = (
    rf"(?:{_PR}|issues?|tickets?|commits?|discussions?|threads?|checks?|workflows?|runs?|branch(?:es)?"
    r"|releases?|milestones?|labels?|diffs?|patch(?:es)?|change(?:s|set)?|contributors?|reviewers?|reviews?"
    r"|comments?|tags?|stars|forks)"
)
_WHICH = (
    r"(?: (?:in|on|of|for|from|by|with|about|since|before|after|that|which|labelled|labeled|assigned|opened"
    r"|created|to|under|over|without|around|between)\b[^;:!\n]{0,80})?"
)
_RUN = (
    r"(?:(?:the|our|this|my|all|some|nightly|release|docs|unit|integration|e2e|macos|linux|windows|github|last"
    r"|latest|current|main|deploy|frontend|backend) )*(?:ci|builds?|pipelines?|tests?|test suite|checks?"
    r"|workflows?|jobs?|nightly|linter|lint)"
)

READING: tuple[Pattern, ...] = (
    rule(
        "show-from-repository",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:show|display|list|read|get|fetch|print|give|pull up|see|view|check|look (?:at|up|into)"
        r"|have a look at|take a look at|go through)(?: (?:me|us|all|out|through))* (?:the |all |any |my |our "
        r"|every |a list of |list of |last |latest |newest |recent |open |closed |merged |stale |unassigned "
        rf"|failing |failed |\d+ )*(?:{_ITEM})(?: (?:no\.? ?|number )?#?\d+)?{_WHICH}{PLEASE}{END}",
        yes="show PR 12 | show me issue 77 | list the open PRs by @sven | show me the diff of #218 "
        "| read me the last comment on 215 please",
        no="show me how to open a PR | list three good label names for a wine bottle: red, white and so on "
        "| close issue 77 | open an issue about the login | give me an example of a good commit message",
    ),
    rule(
        "review",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:(?:re-?)?review|have a look at|take a look at|look (?:at|over|into)|check|inspect"
        r"|analy[sz]e|summari[sz]e|sum up|describe|walk me through|go through|tl;?dr(?: of)?)(?: (?:me"
        r"|us))? (?:this|that|the|my|our|these|its)? ?(?:latest |last |open |whole |entire |long "
        rf"|new )*(?:(?:{_PR}|issue|ticket|commits?|diff|patch|changes|changeset|discussion|thread|failing checks?"
        r"|failed (?:job|checks?|run)|ci (?:run|log|failure)s?|branch|code base|codebase|code in (?:this"
        r"|the) (?:pr|branch|repo(?:sitory)?)|repo(?:sitory)?)(?: (?:no\.? ?|number )?#?\d+)?|#\d+"
        rf"|pr ?#?\d+){_WHICH}{PLEASE}{END}",
        yes="review PR 12 | please review this pull request | summarise this issue | can you take a look at #40? "
        "| tl;dr of this thread",
        no="how do I review a PR? | review my cover letter | who may review here? | which languages can you review?",
    ),
    rule(
        "please-look",
        ORCHESTRATOR,
        r"^(?:ptal|please (?:take|have) a look(?: at (?:this|it))?|(?:can|could) (?:you|u)(?: please)? (?:review"
        r"|take a look(?: at this)?|have a look(?: at this)?)(?: this)?|needs? (?:a )?review)(?: please"
        rf"| pls)?{SEP}*$",
        yes="PTAL | could you take a look at this?",
        no="can you look up a word? | take a walk",
    ),
    rule(
        "count-in-repository",
        ORCHESTRATOR,
        rf"{LEAD}(?:how many|which|what(?: are the)?|are there(?: any)?|any (?:open|new|other|unassigned|stale"
        r"|failing)|do we have(?: any)?|is there(?: already)?(?: an?| any)?|has (?:any(?:one|body)"
        r"|somebody) (?:opened|reported|filed|created)(?: an?)?|whose)(?: (?:other|open|closed|merged|stale|new"
        r"|old|failing|failed|pending|unassigned|unanswered|duplicate|more|of (?:the|our|these)|of|our|the"
        rf"|recent))* (?:{_PR}|issues?|tickets|commits|contributors|checks|milestones|labels)(?: (?:are|were|is|was"
        r"|do|does|did|have|has|need|needs|on|in|for|about|by|from|with|since|this|touch(?:es)?|mention(?:s|ing)?"
        r"|would|block(?:s|ing)?|open|left|currently|there|here|fail(?:s|ed|ing)?|yet|already|now|last|today|at|of"
        rf"|assigned|waiting|still|without|without a|we|reference)\b[^;:!\n]{{0,80}})?{END}",
        yes="Which pull requests were merged this week? | how many open issues are there | What labels do we have? "
        "| is there already an issue about dark mode | any open PRs?",
        no="what issues does caffeine cause in people with anxiety; name three "
        "| how many stars are in the sky?; guess | what is an issue? | which label goes best with a red bottle",
    ),
    rule(
        "stars-and-forks",
        ORCHESTRATOR,
        rf"{LEAD}how many (?:stars|forks|watchers|contributors) (?:do we|does (?:our|this"
        rf"|the) (?:\w+ )?(?:repo(?:sitory)?|project)) have\b(?: (?:now|today|currently|by now|got))*{END}",
        yes="how many stars does our main repo have now?",
        no="how many stars does the Ritz have",
    ),
    rule(
        "why-red",
        ORCHESTRATOR,
        either(
            rf"{LEAD}(?:do you know |can you (?:see|tell me|check|find out|look into) )?why (?:is|are|does|do|did|was"
            rf"|were|has|have) {_RUN}(?: (?:is|are|been|being|still|always|constantly|again|suddenly|keep"
            r"|keeps))* (?:red|broken|fail(?:s|ed|ing)?|flaky|stuck|slow|not (?:pass(?:ing)?|run(?:ning)?|start(?:ing"
            r"|ed)?|finish(?:ed|ing)?)|hang(?:s|ing)?|crash(?:es|ed|ing)?|time out|timing out)(?: (?:again|here|now"
            r"|today|since|(?:on|in|for|of|at|with) (?:the |this |our )?[\w./#-]+(?: (?:branch|pr|runner|job"
            rf"|release))?))*{PLEASE}{END}",
            rf"{LEAD}(?:what (?:broke|made|breaks)|what(?:'s| is) wrong with) {_RUN}(?: (?:again|here|now|today|(?:on"
            rf"|in|for) (?:the |this |our )?[\w./#-]+))*{END}",
            rf"{LEAD}(?:{_RUN}|the check)(?: [\w()\"./-]+){{0,4}} (?:fails?|is failing|are failing|failed|is red"
            r"|is broken)(?: (?:again|now|here|on [\w./-]+))*[ ,.]*(?:why|any idea why|can you (?:look|check|see why"
            rf"|have a look))?{PLEASE}{END}",
        ),
        yes='why is ci red on the release branch | the check "build (macos)" fails, why | why did the build fail? '
        "| why are the tests failing",
        no="why is the sky blue | why are tests important? | why is the test so hard | why did you build this bot",
    ),
    rule(
        "state-of-item",
        ORCHESTRATOR,
        rf"{LEAD}(?:what changed in|what(?:'s| is| are| was| has) (?:the (?:state|status|progress)(?: of| on)|in"
        r"|changed in|blocking|left (?:in|for|to do (?:in|for))|missing (?:in|from)|the diff of|new in"
        r"|the latest on)|what does|who (?:reviewed|opened|approved|merged|closed|reported|wrote|commented on"
        r"|is (?:assigned to|working on|reviewing)|has reviewed|can review)|when was|is|has|are|did"
        rf"|does) (?:(?:the |this |that |our )?(?:{_PR}|issue|ticket|milestone|release|commit"
        r"|branch)(?: #?\d[\w.]*)?|#\d+)(?: (?:ready|merged|mergeable|closed|open|opened|fixed|done|approved"
        r"|reviewed|still|already|been|been fixed|to be|to|be|or|is|something|missing|assigned|say|do|change"
        r"|changes|about|green|blocked|stale|released|pass|passing|in|on|yet|since|my|last|review|today|now"
        rf"|duplicate|a|of|not|conflict(?:s|ing)?|with|main|master|the|any))*{END}",
        yes="who reviewed #99 | What changed in this PR since my last review? | is this PR ready to be merged? "
        "| what's the status of #12 | is #40 still open",
        no="who wrote War and Peace | what is a PR? | is this bot open source? | what does draft mean for a pull request",
    ),
)
