"""Words, definitions and explanations."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import ASK, END, LEAD, PLEASE, SOMETHING, rule
from agents.routing.target import SIMPLE

EXPLANATIONS: tuple[Pattern, ...] = (
    rule(
        "words",
        SIMPLE,
        rf"{LEAD}{ASK}(?:what (?:does|do|did|is) (?:the (?:word|term|phrase|acronym|abbreviation|expression"
        rf"|idiom) )?{SOMETHING} (?:mean|stand for|short for)(?: in [^;:!?\n]{{1,40}})?|(?:what(?:'s| is)|give me|tell me"
        r"|find) (?:the |an? |another |some )?(?:meaning|definition|plural|singular|opposite|synonyms?|antonyms?"
        r"|past tense|etymology|pronunciation|spelling|abbreviation|acronym|other words?|word|rhymes?) (?:of|for"
        rf"|with)\b{SOMETHING}|(?:define|definition of|meaning of|synonyms? (?:for|of)|antonyms? (?:for|of)|opposite of"
        rf"|another word for|rhymes with|plural of|past tense of|etymology of) {SOMETHING}|how (?:do|does|would) (?:you|u"
        rf"|i|one) (?:spell|pronounce|write)\b{SOMETHING}|how is {SOMETHING} (?:spelled|spelt|pronounced)|is it (?:spelled|spelt"
        rf"|written) {SOMETHING}|spell {SOMETHING}){END}",
        yes='Define "serendipity". | What does "bikeshedding" mean? | what\'s another word for happy '
        "| how do you spell accommodate? | plural of octopus | what does LGTM mean?",
        no="what does the failing check say | what do you mean by that and why did you merge it "
        "| spell out the plan: first this; then that",
    ),
    rule(
        "explain",
        SIMPLE,
        rf"{LEAD}{ASK}(?:explain|eli5|tell me)(?: (?:to )?(?:me|us|like i'?m (?:5|five)))?(?: (?:briefly|shortly"
        rf"|simply|in simple (?:words|terms)|in short))?:? (?:(?:what|how|why) [^;:!?\n]{{3,80}}|the (?:difference"
        rf"|differences) between [^;:!?\n]{{3,80}}|(?:the (?:concept|idea|basics|principle|theory|meaning"
        rf"|rules) (?:of|behind) )?(?:[\w'+#-]+)(?: [\w'+#-]+){{0,6}})(?:,? (?:in (?:simple|plain|easy|two|three"
        r"|a few|one|\d+) (?:words|terms|english|sentences?|lines)|briefly|eli5|like i'?m (?:5|five)|to (?:a"
        rf"|my) [\w -]{{2,30}}))?{PLEASE}{END}",
        yes="Explain compound interest in three sentences | explain recursion "
        "| can you explain how photosynthesis works? | eli5 black holes",
        no="explain yourself: who are you | tell me about #12 and its checks; also the log",
    ),
    rule(
        "what-is-a",
        SIMPLE,
        rf"{LEAD}(?:what(?:'s| is| are|s)|what exactly is|wtf is|who was"
        rf"|who were)(?: exactly)? (?:an? [\w'+#./-]+(?: [\w'+#./-]+){{0,4}}|[\w'+#.-]+(?:(?: (?:in|for|of|and"
        r"|or) (?:[\w'+#.-]+)(?: [\w'+#.-]+)?)|(?: [\w'+#.-]*(?:tion|ing|ism|ity|ics|logy|ment|ance|ence|theorem"
        r"|law|effect|principle|pattern|design|programming|learning|testing|injection|branches|requests|hooks"
        r"|functions|types|actions|containers|services|keys|tokens|numbers|theory|syndrome|energy|computing"
        rf"|science|war|revolution|interest)))?|the (?:difference|differences) between [^;:!?\n]{{3,100}}"
        r"|the (?:capital(?: city)?|currency|chemical (?:symbol|formula)|boiling point|speed|square root|area"
        r"|formula|atomic number|meaning|purpose|point|big o(?: notation)?|time complexity"
        rf"|official language) (?:of|for) [^;:!?\n]{{2,80}})(?:[?.,]? (?:eli5|in simple (?:words|terms)|in short"
        rf"|please|again|exactly|anyway|and how does it work|and why (?:do|does|is) [^;:!?\n]{{3,50}}))*{END}",
        yes="what is a closure in javascript | What is dependency injection? ELI5 | what are protected branches? "
        "| what's the capital of Peru? | what's the difference between TCP and UDP?",
        no="what is blocking the release | what are the open issues | what's in #12 | what is the state of PR 4",
    ),
    rule(
        "difference",
        SIMPLE,
        rf"{LEAD}(?:(?:the |any |is there (?:a|any)(?: practical| real)? )?differences? between"
        rf"|difference:) [^;:!?\n]{{3,100}}{END}",
        yes="difference between git fetch and git pull? | is there a difference between a jam and a jelly?",
        no="difference | show me the difference between main and develop",
    ),
    rule(
        "how-to",
        SIMPLE,
        rf"{LEAD}(?:how (?:do|can|would|should|does|could|might) (?:i|you|u|we|one|somebody|someone|people)|how to"
        r"|how 2|how's one supposed to|what(?:'s| is) the (?:best|easiest|right|proper|usual"
        r"|correct) way to)(?: (?:best|properly|actually|even|generally|usually|quickly|correctly))? (?:abort|add"
        r"|amend|avoid|bake|boil|calculate|cancel|catch|center|centre|change|check|clean|clone|close|combine"
        r"|compare|concatenate|configure|convert|cook|copy|count|create|cut|debug|declare|define|delete|deploy"
        r"|disable|divide|draw|drop|enable|escape|exit|fall asleep|filter|find|flatten|fold|format|freeze|generate"
        r"|get rid of|grow|implement|import|increase|initialize|insert|install|iterate|join|kill|list|loop|make"
        r"|measure|merge|mock|multiply|open|parse|peel|plant|play|prevent|print|push|quit|read|rebase|reduce"
        r"|remove|rename|reopen|replace|resolve|restart|reverse|revert|round|run|save|sort|split|squash|start|stop"
        r"|sum|switch|test|tie|type|undo|uninstall|unzip|wash|write"
        rf"|zip)\b[^;:!?\n]{{2,100}}(?:[?,.] ?(?:just (?:curious|asking)|generally(?: speaking)?"
        rf"|i can't see the button|just the general idea|please|thanks|thx|short answer|in general|pls))?{END}",
        yes="how do I write a unit test | how would I merge two sorted arrays in C without extra memory "
        "| how do you drop a column in sqlite? just curious | how to boil an egg "
        "| How can I reverse a string in Go?",
        no="how do I get to the airport | how does this bot work | how did the merge go | how do I contact you "
        "| how are you",
    ),
    rule(
        "why-in-general",
        SIMPLE,
        rf"{LEAD}why (?:do|does|are|is|can|can't|don't|did) (?:people|humans|cats?|dogs?|birds?|fish|bees?|babies"
        r"|kids|children|we (?:dream|yawn|sleep|sneeze|laugh|cry|hiccup|have leap years)|the (?:sky|sea|ocean|moon"
        r"|sun|earth|grass|snow|sunset)|onions|bananas|leaves|stars|planes|ice|water|cheese|bread|popcorn"
        rf"|mosquitoes|spiders|flamingos)\b[^;:!\n]{{2,80}}{END}",
        yes="why is the sky blue? | why do cats purr | Why do people say `SELECT *` is bad in production code?",
        no="why is ci red | why did the build fail | why do you comment on my issue",
    ),
    rule(
        "known-facts",
        SIMPLE,
        rf"{LEAD}(?:who (?:painted|invented|discovered|composed|sang|won the (?:football |soccer )?(?:world cup"
        rf"|european championship|super bowl|olympics|nobel prize [^;:!?\n]+) in (?:1\d{{3}}|200\d"
        rf"|201\d))\b[^;:!?\n]{{0,60}}|how (?:tall|high|deep|long|far|big|heavy|old) (?:is|are"
        r"|was) (?:the )?(?:eiffel tower|mount everest|moon|sun|earth|universe|nile|amazon|great wall|pacific"
        rf"|atlantic|titanic|statue of liberty|burj khalifa)\b[^;:!?\n]{{0,40}}|how many (?:planets|continents"
        r"|countries|states|bones|teeth|legs|hearts|chromosomes|letters|strings|keys"
        rf"|cards) (?:are (?:there )?(?:in|on)|does|do|has|have)\b[^;:!?\n]{{2,60}}|what(?:'s| is) the (?:largest"
        r"|biggest|highest|tallest|longest|smallest|deepest|oldest) (?:\w+ )?(?:planet|country|mountain|river"
        r"|ocean|lake|desert|animal|mammal|bird|island|continent|city|building|bone"
        rf"|organ)\b[^;:!?\n]{{0,40}}){END}",
        yes="who won the football world cup in 1998 | how high is mount everest? | who painted the mona lisa "
        "| how many planets are in the solar system",
        no="who won the match last night | how many open issues are there | who is on call",
    ),
)
