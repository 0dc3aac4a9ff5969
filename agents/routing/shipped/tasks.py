"""Small tasks that one answer settles: the time, a sum, a joke, a reminder, a text."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import ASK, END, LANGUAGES, LEAD, PLEASE, SOMETHING, rule
from agents.routing.target import SIMPLE

_IN_PLACE = r"(?: (?:(?:right )?now|today|it|please|pls|here|there|currently|exactly|(?:in|at|for|on) [^;:!?\n]+))*"
_NUMBER = r"[-+(√ ]*[€$£]?\d[\d.,' ]*(?:e\d+)?[€$£%)]*"
_OPERATOR = (
    r"(?: ?(?:\*\*|[-+*/x×÷^:·−]|plus|minus|times|multiplied by|mal|divided by|geteilt durch|over|mod(?:ulo)?"
    r"|hoch|to the power of|% ?(?:of|von|de|di|tip on|off|from|on)|percent (?:of|off)|prozent von"
    r"|por ciento de|pour ?cent de|por|más|menos|fois|plus|moins|per|più|meno|умножить на|разделить на"
    r"|процентов от) ?)"
)
_UNIT = (
    r"(?:miles?|mi|km|kilomet(?:er|re)s?|met(?:er|re)s?|m|cm|mm|feet|foot|ft|inch(?:es)?|yards?|lbs?|pounds?"
    r"|kg|kilos?|kilograms?|grams?|g|oz|ounces?|stones?|lit(?:er|re)s?|l|ml|cups?|tablespoons?|tbsp|teaspoons?"
    r"|tsp|gallons?|pints?|quarts?|celsius|fahrenheit|kelvin|°?[cf]|degrees (?:celsius|fahrenheit)|mph|km/?h"
    r"|knots|acres?|hectares?|square (?:feet|met(?:er|re)s|miles)|bytes?|[kmgt]i?b|bits?|seconds?|minutes?"
    r"|hours?|days?|weeks?|months?|years?|joules?|kcal|calories|watts?|kw|hp)"
)
_TEXT = (
    r"(?:story|joke|riddle|poem|haiku|limerick|fun ?fact|interesting fact|random fact|fact|quote|pun"
    r"|tongue twister|fairy ?tale|bedtime story|compliment|rhyme|song|rap|anecdote|pick-?up line|one-?liner"
    r"|dad joke|proverb|brain ?teaser)"
)

SAYING: tuple[Pattern, ...] = (
    rule(
        "say-in-another-language",
        SIMPLE,
        rf"{LEAD}(?:(?:how|what) (?:do|does|would|can) (?:you|u|one|i|we|they|people) (?:say|call"
        rf"|write)\b[^;\n]{{1,120}}\bin (?:\w+ )?{LANGUAGES}|what(?:'s| is) (?:the {LANGUAGES} (?:word|translation"
        rf"|term|expression) for\b[^;:\n]{{1,60}}|[\w'\" ]{{1,60}} in (?:\w+ )?{LANGUAGES})){PLEASE}{END}",
        yes="how do you say thank you in japanese | what's dog in spanish? | what's the german word for glove",
        no="what is a closure in javascript | how do you say it",
    ),
)

TASKS: tuple[Pattern, ...] = (
    rule(
        "time-and-date",
        SIMPLE,
        rf"{LEAD}{ASK}(?:(?:what(?:'s| is)?|tell me|wats|give me|do you know) )?(?:the )?(?:(?:current |exact "
        r"|local )?(?:time|date)(?: and (?:date|time))?|what time|what day|which day|day|weekday|week number"
        r"|what date|what year|what month)(?: (?:is (?:it|today|now)|it is|do we have|of the week is it|today is"
        rf"|today))?{_IN_PLACE}{END}",
        yes="what time is it in Tokyo? | what's the date today? | current time in New York | what day is it",
        no="what time does the shop open | time to delete the branch | what is a time series "
        "| what date was the last release merged",
    ),
    rule(
        "dates-and-durations",
        SIMPLE,
        rf"{LEAD}(?:how (?:many (?:working |business )?(?:days|weeks|months|hours|minutes|years)|long)(?: (?:is it"
        r"|are (?:there|left)|left|are left|is left))? (?:until|till|til|to|since|between|before|from)"
        r"|what (?:day(?: of the week)?|weekday|date) (?:is|was|will|does)|when is (?:easter|christmas"
        r"|thanksgiving|mother's day|father's day|pentecost|ramadan|hanukkah|diwali|halloween)"
        rf"|is \d{{4}} a leap year|(?:was|is) \d{{4}} a leap year) ?[^;:!?\n]{{0,60}}{END}",
        yes="how many days until christmas? | what weekday was 9 november 1989? | is 2032 a leap year",
        no="how long does the build take | how many days of vacation do I have left in your system",
    ),
    rule(
        "sums",
        SIMPLE,
        rf"{LEAD}{ASK}(?:(?:what(?:'s| is| are|s)?|wat is|how much is|calculate|calc|compute|solve|work out"
        r"|was (?:ist|sind|macht|ergibt)|wie ?viel (?:ist|sind|macht)|rechne(?: (?:mal|bitte|aus))?"
        r"|combien (?:font|fait)|calcule|cu[aá]nto (?:es|son)|calcula|quanto (?:fa|fanno|é|dá)|quant|calcola"
        rf"|сколько будет|посчитай|сколько) ?:? ?)?(?:{_NUMBER}(?:{_OPERATOR}{_NUMBER})+|(?:the )?(?:square"
        r"|cube) root of [\d.,]+|sqrt ?\(?[\d.,]+\)?|\d+ ?(?:squared|cubed|factorial|!)"
        r"|(?:a )?\d+(?:[.,]\d+)? ?(?:%|percent) (?:of|off|tip on|discount on|from"
        r"|vat on) [€$£]?[\d.,]+[€$£]?(?: ?(?:euros?|dollars?))?|wurzel aus \d+)(?: ?=)?(?: (?:ist|is|gleich"
        rf"|equals|aus))?{END}",
        yes="(1250 + 890) * 1.19 | 15% tip on 64.80? | what is 12*(3+4)? | was ist 17 mal 23 | square root of 144",
        no="#12 | merge 12 and 13 | approve 2 | 3 things | what is 5G",
    ),
    rule(
        "units",
        SIMPLE,
        rf"{LEAD}{ASK}(?:(?:convert|what(?:'s| is)|how much is|how (?:many|much) {_UNIT} (?:is|are|in)|change"
        rf"|turn) )?(?:an? |one |half an? )?[\d.,/]* ?{_UNIT} (?:to|in|into|as|="
        rf"|equals how many) (?:an? )?{_UNIT}{END}|{LEAD}how many {_UNIT} (?:are |is |go "
        rf"|fit )?(?:there )?(?:are )?(?:in|into|per|make|to) (?:an? |one |half an? )?[\d.,/]* ?{_UNIT}{END}",
        yes="5 miles in km | convert 100 f to c | how many ml in a cup?",
        no="how many issues in a milestone | 100 usd in eur | convert the repo to typescript",
    ),
    rule(
        "translate",
        SIMPLE,
        rf"{LEAD}{ASK}(?:translat(?:e|ion)\b(?: (?:of|for))?[^\n]*(?:\b(?:to|into|in|auf"
        rf"|ins) (?:\w+ )?{LANGUAGES}\b|:|\"|\n)|(?:what(?:'s| is)|how is) (?:the (?:\w+ )?(?:word|translation"
        rf"|term) (?:for|of) )?{SOMETHING} in (?:\w+ )?{LANGUAGES}{END}|what(?:'s| is) the {LANGUAGES} (?:word|translation"
        r"|term|expression) for\b)",
        yes="Translate this for the maintainers, please: 这个按钮点了没有反应 | translate good night into french",
        no="translate the UI strings in the repository | what is a closure in javascript | how do you say it",
    ),
    rule(
        "jokes-and-stories",
        SIMPLE,
        rf"{LEAD}{ASK}(?:(?:tell|give|show|send|write|sing|make up|know|share|read|recite|compose|invent"
        r"|do you know|create) (?:(?:me|us|my (?:son|daughter|kids?|wife|husband|mum|mom|dad|boss"
        r"|friend)) )?)?(?:an?|another|some|one more|one|the|any|something|2|3|two|three"
        rf"|five)? ?(?:[\w-]+ ){{0,2}}{_TEXT}s?(?: (?:about|on|for|with|in|of|from|that|to"
        rf"|at)\b{SOMETHING})?(?: please)?{PLEASE}{END}|{LEAD}{ASK}(?:make me (?:laugh|smile)|cheer me up|entertain me"
        r"|(?:another|one more)(?: one)?|flip a coin|toss a coin|heads or tails|roll (?:a|the|two|2) (?:die|dice)"
        rf"|(?:pick|give me|choose) a (?:random )?number\b{SOMETHING}|random number\b[^;!?\n]{{0,40}}|surprise me"
        rf"|say something (?:funny|nice)|tell me something (?:funny|interesting|nice|i don't know)){PLEASE}{END}",
        yes="tell me a joke | another one please | write a haiku about autumn | joke? | flip a coin "
        "| can you tell me a bedtime story about a dragon?",
        no="tell me about yourself | show me the diff | write a story map in the backlog and assign it "
        "| what's the story with #12",
    ),
    rule(
        "reminders-and-lists",
        SIMPLE,
        rf"{LEAD}{ASK}(?:remind me\b|wake me\b|set (?:me )?(?:an?|the|another) (?:[\w-]+ ){{0,2}}(?:reminder|timer"
        rf"|alarm)\b|(?:add|put|write|stick)\b{SOMETHING} (?:to|on|onto|in|into) (?:my|the) (?:[\w-]+ )?(?:to-?dos?"
        r"|to ?do list|list|shopping list|notes|groceries)|(?:note(?: to self| down)?|todo|to-?do|remember) ?: ?"
        r"|(?:show|list|read|what(?:'s| is| are)(?: on)?)(?: me)? my (?:[\w-]+ )?(?:to-?dos?|to ?do list"
        r"|shopping list|reminders|notes|list)\b|(?:please )?(?:remember|note|keep in mind|don't forget) that (?:i"
        r"|i'm|my|we|our)\b)[^\n]*",
        yes="remind me to call mum tomorrow at 5 | wake me in 20 minutes pls | add milk to my shopping list "
        "| Please remember that I'm allergic to peanuts.",
        no="can u set reminders? | do you remember me? | add a test to the parser | how do reminders work",
    ),
    rule(
        "bot-status",
        SIMPLE,
        rf"{LEAD}(?:/?status(?:@\w+)?|/todo|/debug(?: (?:on|off))?|system status|bot status)(?: (?:please|pls))?{END}",
        yes="status? | /status",
        no="status of #12 | what's the status of the build",
    ),
    rule(
        "rewrite-given-text",
        SIMPLE,
        rf"{LEAD}{ASK}(?:rephrase|reword|paraphrase|proofread|shorten|polish|correct (?:the (?:grammar"
        r"|spelling) (?:of|in)|this (?:sentence|text)|my (?:grammar|english|german|spelling))|fix (?:the"
        r"|my) (?:grammar|spelling|punctuation|typos?)|improve (?:this|my|the) (?:sentence|text|wording|english)"
        r"|rewrite (?:this|the following|my)(?: (?:text|sentence|paragraph|e-?mail|message|mail))?|make (?:this|it"
        r"|the following|my) (?:(?:sentence|text|e-?mail|message|mail|paragraph) )?(?:sound )?(?:more |less "
        r"|a bit |much )*(?:polite|formal|friendly|friendlier|shorter|casual|professional|simple|simpler|concise"
        r"|clear|clearer)|put (?:this|it) more (?:politely|simply|formally)|summari[sz]e (?:this"
        r"|the following)(?: (?:text|paragraph|article|e-?mail|mail"
        rf"|message))?(?: in [^:\n]{{1,40}})?)\b[^:\"\n]{{0,60}}(?:[:\"]|\n)[^\n]*",
        yes='Can somebody put this more politely: "Your patch is wrong." | proofread: I has two cat '
        "| fix the grammar in this: he go home | make this more formal: hey whats up",
        no="rewrite the parser in Rust | shorten the build time | improve this function | summarise this issue",
    ),
    rule(
        "write-small-text",
        SIMPLE,
        rf"{LEAD}{ASK}(?:(?:write|draft|compose|give|suggest|come up with|think of|help me (?:write|with)"
        r"|make)(?: (?:me|us))? (?:an?|some|two|three|five|ten|\d+|a few) (?:(?:short|nice|polite|funny|formal"
        r"|quick|friendly|sweet|little|creative|good|catchy|cute|simple|professional|heartfelt|cool|original"
        r"|different) )*(?:birthday (?:message|wish(?:es)?|card|greeting|poem)|invitation|caption|tweet"
        r"|thank[- ]you (?:note|card|mail|message|e-?mail)|toast|slogan|cover letter"
        r"|out[- ]of[- ]office (?:message|reply|note)?|condolence (?:card|message|note)|apology|congratulation"
        r"|name|names|gift ideas?|ideas? for|tips? for|recipe|workout|dinner ideas?|icebreakers?|subject lines?"
        rf"|headlines?|titles?|usernames?|nicknames?)\b{SOMETHING}|(?:a |an )?(?:easy |quick |simple "
        rf"|good )?recipe for\b{SOMETHING}|what (?:should|could|can) i (?:cook|eat|make for (?:dinner|lunch|breakfast)"
        rf"|have for (?:dinner|lunch|breakfast)|watch|read|wear)\b[^;!?\n]{{0,60}}|(?:gimme"
        rf"|give me) a name for\b{SOMETHING}){PLEASE}{END}",
        yes="gimme a name for a cat, shes grey n very lazy | write a short birthday message for my sister "
        "| recipe for pancakes | what should I cook today?",
        no="write an email to bob and send it | give me the names of all contributors "
        "| suggest a better name for the constant | give me the title of #4",
    ),
    rule(
        "regex-and-snippets",
        SIMPLE,
        rf"{LEAD}{ASK}(?:(?:write|give|show|make)(?: (?:me|us))? )?(?:an? |the |some )?(?:regex|regexp"
        r"|regular expression|one-?liner|cron expression|sql query|excel formula|bash one-?liner) (?:for|that|to"
        rf"|which|matching)\b{SOMETHING}{END}",
        yes="regex for a german zip code | write a regex that matches dates",
        no="fix the regex in the parser | what is a regex",
    ),
)
