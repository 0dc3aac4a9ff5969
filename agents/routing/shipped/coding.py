"""Work on a repository's code."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import ASK, END, LEAD, PLEASE, rule
from agents.routing.target import ORCHESTRATOR

CODING: tuple[Pattern, ...] = (
    rule(
        "work-on-code",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:fix|repair|debug|reproduce|bisect|investigate|track down|solve) (?:the |this |that |these "
        rf"|those |our |all |all the |a |my |both |remaining )*(?:[\w`'\"./()-]+ ){{0,3}}(?:bugs?|(?:failing "
        r"|flaky |broken |unit )*tests?|test suite|ci|build|lint(?:er)?(?: errors?| warnings?)?|type errors?"
        r"|regressions?|crash(?:es)?|race condition|memory leak|deprecation warnings?|merge conflicts?"
        r"|failing checks?|null pointer|stack trace|segfault|issue(?: #?\d+)?|#\d+)(?: (?:in|on|from|described"
        rf"|reported|above|of|for|that|which|when|with)\b[^;:!\n]{{0,100}})?{PLEASE}{END}",
        yes="fix the failing test | please fix this bug | Reproduce this bug | debug the flaky tests in parser/",
        no="how do I fix a merge conflict? | what does fix mean in Haskell? "
        "| fix the spelling in this sentence: helo | how do you debug a flaky test",
    ),
    rule(
        "write-tests-and-code",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:(?:write|add|create) (?:(?:some|a|an|the|more|missing|failing|new|few|regression|unit"
        r"|integration|end-to-end|e2e) )*(?:tests?|test cases?|docstrings|type hints|type annotations"
        rf"|unit tests) (?:for|to|that|in|covering) (?:the|this|our|all|my|`|[\w]+/)[^;:!\n]{{1,100}}|(?:refactor"
        r"|rename|implement|port|migrate|upgrade|optimi[sz]e|extract|split|clean up) (?:the|this|that|our|all|`"
        rf"|#\d)[^;:!\n]{{2,120}} (?:in|across|of|everywhere|throughout)\b[^;:!\n]{{0,80}}(?:repo(?:sitory)?"
        r"|code ?base|project|module|package|folder|directory|branch|src|backend|frontend|everywhere"
        rf"|[\w-]+/[\w./-]*))[^;:!\n]{{0,40}}{PLEASE}{END}",
        yes="Write tests for the invoice module in our backend repository. | add unit tests for the parser "
        "| rename the function load to read everywhere in the repo",
        no="how do I write a unit test? | write a test of courage | write a poem for the team "
        "| how would I refactor the code in a big project",
    ),
    rule(
        "search-repository",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:find|search|locate|grep|look for|show(?: me)?|list|tell me|check|find out)(?: (?:out|all"
        r"|me|for|the|every))*(?: (?:where|which (?:function|file|module|test|class|line|commit)s?|places?|usages?"
        rf"|references?|callers?|calls?|occurrences?|if any|whether any))\b[^;:!\n]{{3,120}}\b(?:in the (?:code"
        r"|repo(?:sitory)?|code ?base|source|tests?|project|backend|frontend|docs)|in (?:this"
        r"|our) (?:repo(?:sitory)?|code ?base|project|code)|in `?[\w-]+/[\w./-]*`?|function|module|class|constant"
        rf"|config|endpoint|timeout|introduced|is set|is defined|is called|are called|is used|are used){END}",
        yes="find where the default timeout is set in the code "
        "| Find out which function opens connections in services/ | list all usages of legacy_login in our code",
        no="find three sources | find where the Nile rises | how do I find a file in git",
    ),
)
