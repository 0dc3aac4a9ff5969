"""Greetings, thanks, acknowledgements, farewells: messages that consist of nothing else."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import SEP, either, rule
from agents.routing.target import SIMPLE

ANYWHERE = (
    r"hi+|he+y+|hel+o+|hallo+|hola|ciao+|o+k+|okay+|okey|oki(?: ?doki)?|k+|lol+|lmao|wow+|ha(?:ha)+h?|super"
    r"|top|cool+|sorry|bravo|merci|bye+"
)
"""Said in every language."""
ENGLISH = either(
    ANYWHERE,
    r"(?:hi+|he+y+|hel+o+|hiya|howdy|yo+|greetings|welcome)(?: (?:there|all|everyone|everybody|team|guys|folks"
    r"|again|back|bot|friend|mate|buddy))?",
    r"(?:good |a good )?(?:mornin[g']?|afternoon|evening)(?: (?:all|everyone|everybody|team))?|good day|g'?day"
    r"|gm|sup|wass?up|what'?s (?:up|new)",
    r"how (?:are|r) (?:you|u|ya|things)(?: doing)?(?: today| going)?|how(?:'s| is) (?:it going|life|everything"
    r"|your day(?: going)?)|how do you do|how have you been|how(?:'s| was) your (?:day|night|weekend|morning)",
    r"(?:are |r )?(?:you|u)(?: still)? (?:there|here|awake|around)|any(?:one|body) (?:there|here|home)"
    r"|nice to meet you|long time no see|te+st(?:ing)?(?: (?:test|123|1 2 3))?|ping|pong",
    r"i(?:'m| am) (?:fine|great|doing (?:fine|well|great|ok|good)|back|bored|tired|here)|(?:and "
    r"|how about )?(?:you|u)(?: too)?|same (?:here|to you)|likewise",
    r"(?:many |big |huge |lots of |million )?(?:thanks?|thank (?:you|u|ya)|thankyou|thanx|than?ks|thnx|thx+"
    r"|tnx|tks|ty|tysm|tyvm|ta|cheers|much appreciated|(?:i )?(?:really )?appreciate (?:it|that|this|(?:the"
    r"|your|all the|all your) (?:help|effort|work|time)))"
    r"(?: (?:so|very|soo+)(?: very)? much| (?:a )?(?:lot|lots|ton|tons|bunch|million|heaps)| again| anyway"
    r"| in advance| mate| man| buddy| dear| bot| everyone| all| guys)*"
    r"(?: for (?:that|this|it|everything|nothing|asking|helping(?: me)?(?: out)?|explaining(?: (?:it|that"
    r"|this))?|clarifying|checking|answering|trying|listening|letting me know|looking(?: into (?:it|this"
    r"|that))?"
    r"|(?:(?:the|your|all the|all your|that|this|these|those|another|such a) )?(?:(?:quick|fast|great|good"
    r"|nice|kind|detailed|clear|helpful|super|lovely|thorough|prompt) )*"
    r"(?:help|answers?|repl(?:y|ies)|response|info|information|explanations?|updates?|feedback|review|support"
    r"|effort|work|clarification|tips?|hints?|links?|details|summary|translation|patience|time|recipe|ideas?"
    r"|advice|suggestions?|heads[- ]up|reminder|examples?|jokes?|laugh|chat|talk)))?",
    r"(?:you|u)(?:'re| are| r)? (?:the best|awesome|great|amazing|a (?:star|legend|lifesaver|genius)|welcome"
    r"|so (?:kind|helpful|sweet|funny)|funny|too kind)|you rock|(?:i )?lo+ve (?:it|you|u|that|this)",
    r"alright(?:y)?|all right|nice+|neat|sweet|great|awesome|amazing|perfect|excellent|wonderful|fantastic"
    r"|brilliant|lovely|beautiful|impressive|interesting|incredible|whoa+|yay+|woo+h?o*|hooray|omg|oh+|ah+"
    r"|aha+|hm+|huh|oops|ouch|damn|phew|lmfao|rofl|he(?:he)+|true|fair(?: enough)?",
    r"(?:(?:i(?:'ve)?|now i|ah i) )?(?:got it|gotcha|get it|see|understand|understood)(?: now)?|i know|noted"
    r"|roger(?: that)?|copy that|good to know|(?:that |it )?makes (?:a lot of |total )?sense(?: now)?|(?:that"
    r"|it) (?:helps|helped|worked|works)(?: a lot| now| great| perfectly)?",
    r"(?:that(?:'s| is| was)|this is|it(?:'s| is)|how) (?:so |very |really |super |pretty )?(?:great|nice|cool"
    r"|perfect|funny|awesome|amazing|interesting|helpful|useful|quick|fast|beautiful|lovely|hilarious"
    r"|wonderful|brilliant|clear(?: now)?|all(?: for (?:now|today))?|it for (?:now|today))",
    r"well done|(?:good|great|nice|excellent|amazing|fantastic|awesome) (?:job|work|stuff|answer|one|bot"
    r"|explanation)|congrats|congratulations|kudos|(?:i'm )?so+ (?:cool|good|funny|nice)",
    r"no (?:worries|problem|prob|probs|biggie|rush|stress|hurry|need to apologi[sz]e)|np|nw|all good|my (?:bad"
    r"|mistake|fault)|(?:i'?m )?(?:so |very )?sorry(?: (?:about|for) (?:that|this|the (?:typo|noise|spam"
    r"|confusion|delay|late reply)))?|apologies|wrong chat|oh well|whatever",
    r"good ?bye|b+y+e+(?: bye| now| for now)*|cya|see (?:you|ya|u)(?: (?:later|soon|tomorrow|around|then"
    r"|next (?:week|time)|on \w+day))?|laters|ttyl|brb|gtg|g2g|talk (?:to you )?(?:later|soon|tomorrow)"
    r"|(?:speak|chat) (?:later|soon|tomorrow)|take care|until (?:tomorrow|next time|then)|(?:one|1) (?:sec"
    r"|second|moment|minute)",
    r"(?:have|enjoy|wish you)(?: a| an| your| the)?(?: (?:very|really))?(?: (?:nice|good|great|lovely"
    r"|wonderful|amazing|fun|relaxing|happy|rest of (?:the|your)))?(?: (?:day|evening|weekend|night|one|week"
    r"|trip|holidays?|vacation|time|meal|lunch|dinner|flight|fun))|good ?night|gn|nighty?(?: night)?"
    r"|sleep (?:well|tight)|sweet dreams|good luck",
    r"happy (?:birthday|new year|holidays|easter|friday|weekend|monday|halloween|thanksgiving)"
    r"|merry (?:christmas|xmas)|bless you|get well soon",
)
GERMAN = either(
    ANYWHERE,
    r"(?:hallo|hallöchen|hi|hey|moin(?: moin)?|servus|grüß (?:gott|dich|euch)|gr(?:ü|ue)e?zi|guten? (?:morgen"
    r"|tag|abend|mittag)|morgen|moinsen|tach|mahlzeit|na|huhu)(?: (?:zusammen|du|bot|leute|alle|miteinander"
    r"|nochmal|mein freund))?",
    r"wie geht(?:'?s| es)(?: (?:dir|ihnen|euch|so|denn|heute))*|wie läuft(?:'?s| es)|was geht(?: ab)?"
    r"|alles (?:klar|gut|ok|okay|paletti|bestens|fit|roger)(?: bei (?:dir|euch))?|bist du (?:noch )?(?:da"
    r"|wach)|jemand (?:da|hier)|(?:und )?(?:dir|ihnen|euch|selbst)(?: auch)?|gleichfalls|ebenso|mir geht(?:'?s"
    r"| es) (?:auch )?(?:gut|super|prima)",
    r"(?:ok |super |vielen |herzlichen |besten |lieben |tausend |1000 )*(?:danke?|dankesch(?:ö|oe)n|dank"
    r"|thx)(?: (?:schön|sehr|dir|euch|ihnen|vielmals|nochmal|nochmals|auch|trotzdem|für (?:die|deine|eure|ihre"
    r"|den|das|alles)(?: (?:schnelle|gute|nette|tolle|ausführliche|schnellen|guten))?(?: (?:hilfe|antwort|info"
    r"|infos|auskunft|erklärung|tipp|tipps|hinweis|rückmeldung|mühe|geduld|unterstützung))?))*",
    r"prima|toll|klasse|spitze|perfekt|genial|wunderbar|großartig|ausgezeichnet|hervorragend|fein|sehr (?:gut"
    r"|schön|cool|nett)|gut gemacht|schön|gute arbeit|verstanden|verstehe|kapiert|ach ?so+|aha|achja"
    r"|interessant|lustig|witzig|krass|geil|stark|nett|stimmt|jetzt verstehe ich(?: es)?|das (?:hilft"
    r"|hat geholfen|ist (?:super|toll|gut|klar|nett|lustig))|gut zu wissen|na dann|hm+|naja",
    r"tsch(?:ü|ue)(?:ss|ß|s)i?|tschau|bis (?:bald|später|morgen|dann|nachher|gleich|die tage|nächste woche"
    r"|zum nächsten mal)|auf wieder(?:sehen|hören|schauen)|(?:einen |dir |ihnen |euch |noch )*(?:schönen?"
    r"|schönes|gute[ns]?|angenehmen) (?:tag|abend|feierabend|urlaub|sonntag|samstag|montag|wochenende|nacht"
    r"|reise|appetit|rutsch)(?: noch| wünsche ich)?|mach'?s gut|schlaf (?:gut|schön)|lg|mfg",
    r"entschuldigung|entschuldige|sorry|tut mir leid|verzeihung|kein (?:problem|ding|stress)|keine (?:ursache"
    r"|sorge|eile)|macht nichts|nicht schlimm|gern geschehen|frohe (?:weihnachten|ostern)|alles gute|prost"
    r"|(?:herzlichen )?glückwunsch|du bist (?:toll|super|der beste|die beste|klasse|lieb)|gesundheit",
)
FILLER = (
    r"then|again|really|very|so|too|now|for now|today|man|dude|bro|mate|buddy|bot|everyone|guys|just|btw|und"
    r"|et|and|mein|na|also|noch|pues|bien|:-?[dop]|xd"
)


def all_of(tokens: str) -> str:
    """A message that is made up of these and of nothing else."""
    return rf"^{SEP}*(?:(?:{tokens}|{FILLER})(?:{SEP}+|$))+$"


NOT_ONLY = "hello world in rust | thanks, now delete the branch | hi! can you merge #12? | ok do it | no | yes"

SMALL_TALK: tuple[Pattern, ...] = (
    rule(
        "small-talk-english",
        SIMPLE,
        all_of(ENGLISH),
        yes="hi | Hello there 👋 | thanks a lot! | ok cool, thank you for your help | how are you today? "
        "| good night, see you tomorrow | haha nice one",
        no=NOT_ONLY
        + " | thanks for the draft now send it | great, go ahead | ok and who are you? | sounds good | sure",
    ),
    rule(
        "small-talk-german",
        SIMPLE,
        all_of(GERMAN),
        yes="Guten Morgen! | vielen Dank für die schnelle Hilfe | alles klar, bis morgen",
        no=NOT_ONLY + " | danke, lösch den Chat | ja | Hallo, was kannst du?",
    ),
    rule(
        "emoji",
        SIMPLE,
        r"^[\s!?.]*(?:[\x{1F300}-\x{1F44D}\x{1F44F}-\x{1F6FF}\x{1F900}-\x{1FAFF}☀-☕☘☹☺♥✨❤⭐️][\s!?.]*)+$",
        yes="👍 | 😂😂 | ❤️ | 🙏🏽",
        no="👎 | ❌ | ✅ | 👍 do it | ?",
    ),
)
