"""Questions about the bot itself and its owner."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import END, LANGUAGES, LEAD, either, rule
from agents.routing.target import INFO

_KIND = (
    r"(?:a |an |the )?(?:real |actual |just |only )*(?:bot|chat ?bot|robot|human(?: being)?|ai|a\.i\.|person"
    r"|machine|llm|language model|program|script|computer|chat ?gpt|gpt[\w.-]*|claude|gemini|copilot|alexa"
    r"|siri|llama|people|ai model|assistant)"
)
_BOT = r"(?:this|the|that) (?:chat ?|ai )?(?:bot|service|assistant|robot|app|tool|thing)"
_OWNER = (
    r"(?:your|the) (?:owner|owners|operator|operators|creator|creators|maker|makers|developer|developers|admin"
    r"|admins|boss|team|company|support|support team|office|people)"
)
_LEAD = LEAD
_TAIL = (
    r"(?: (?:exactly|actually|really|anyway|please|pls|again|then|here|though|btw|by the way|today|right now"
    rf"|at the moment|now|for me|bot|mate))*{END}"
)
_ENGLISH_WHO = either(
    r"(?:who|what)(?: (?:the (?:hell|heck)|exactly))? (?:are|r) (?:you|u)|who(?:'s| is) this"
    r"|who am i (?:talking|chatting|speaking) (?:to|with)|(?:please )?(?:introduce yourself"
    r"|tell me (?:something |more )?about (?:yourself|you))",
    r"(?:what(?:'s| is) your (?:name|purpose|job|function|role)|do you have a name|what (?:should|can"
    rf"|do) i call you|(?:are|r) (?:you|u) {_KIND}(?: or {_KIND})?|is (?:this|there) {_KIND}(?: or {_KIND})?"
    rf"|am i (?:talking|chatting|speaking) (?:to|with) {_KIND}(?: or {_KIND})?)",
    r"who (?:made|built|created|owns|own|runs|run|operates|developed|programmed|trained|designed|maintains"
    rf"|wrote|hosts|pays(?: for)?|is behind|controls|provides|invented) (?:you|u|{_BOT})|who(?:'s| is) (?:your "
    r"|the )?(?:owner|creator|maker|developer|boss|operator|admin|parent company"
    rf"|company behind you)(?: of {_BOT})?|whose bot (?:are you|is this)|by whom (?:were you made|are you run)",
    r"(?:which|what)(?: (?:ai|language|llm|kind of))*(?: (?:model|llm|ai|version|gpt))(?: (?:are you"
    r"|do you use|is this|powers you|runs you|is behind you|is running|are you (?:running(?: on)?|using"
    r"|based on)|version))*",
)
_ENGLISH_WHAT = either(
    r"(?:what|wat)(?: (?:else|all|kind of (?:things|stuff)|things|exactly))? (?:can|do|could) (?:you|u) (?:do"
    r"|help(?: (?:me|us))?(?: with)?|know|offer|support|answer|understand)(?: for (?:me|us))?|(?:what"
    r"|how) (?:can|could) (?:you|u) (?:help|assist|be of help)(?: (?:me|us))?|what (?:can|could|should"
    r"|may) i (?:ask|do with|use) (?:you|u|here|this)(?: (?:for|about|to do|with))?|what (?:are you"
    r"|is this bot) (?:able to do|capable of|good (?:at|for)|for|made for|used for)|what(?:'s"
    r"| is) this bot(?: (?:for|about))?",
    rf"how (?:do|does) (?:you|u|{_BOT}) work|how (?:do|can|should) i (?:use|work with) (?:you|u|{_BOT})"
    r"|what (?:commands|features|skills|abilities|tools|functions|options)(?: (?:do you (?:have|support|know"
    r"|offer|understand)|are (?:there|available)|can i use|exist))?|(?:what are|list|show(?: me)?"
    r"|tell me) (?:your|the|all|all your) (?:available )?(?:features|commands|skills|capabilities|abilities"
    r"|limits|limitations|functions|tools)|(?:list of |available )?commands|menu",
    r"/?help(?:@\w+)?(?: (?:menu|page|command|text|commands))?|/commands|/about|/info"
    r"|show (?:me )?(?:the )?help|(?:usage|manual|instructions)",
    r"(?:do|can|could) (?:you|u) (?:also )?(?:speak|understand|talk|write|answer|reply"
    rf"|chat)(?: in)? (?:{LANGUAGES})(?: too| as well)?|(?:what|which|how many) languages (?:do|can) (?:you"
    r"|u) (?:speak|understand|know|support|talk)",
)
_ENGLISH_TERMS = either(
    r"do(?:es)? (?:you|u|this bot|anyone|anybody|your (?:admins|owners?|developers?|team"
    r"|company))(?: actually)? (?:store|save|keep|log|read|see|share|sell|record|collect|remember|use|monitor"
    r"|have access to|track)(?: (?:my|our|these|this|all|what i (?:write|say)|any|any of|all of"
    r"|the))*(?: (?:personal )?(?:data|messages?|chats?|conversations?|history|information|info|logs"
    r"|things))(?: (?:private|with (?:others|third parties|anyone)|anywhere|forever))?",
    rf"(?:is|are) (?:{_BOT}|you|this chat|this conversation|our chat|my data|what i write) (?:free|for free"
    r"|open ?source|private|secure|encrypted|confidential|safe|anonymous|gdpr compliant|paid"
    rf"|public)(?: (?:to use|here|with you))?|is (?:{_BOT}|using you) (?:really )?(?:for )?free",
    r"(?:what(?:'s| is)|where(?:'s| is| can i (?:find|read|see))|show(?: me)?|link to)(?: (?:your"
    r"|the))? (?:privacy (?:policy|notice|statement)|terms(?: (?:of (?:use|service)|and conditions))?|imprint"
    r"|impressum)|(?:what(?:'s| is)|where(?:'s| is| can i (?:find|read|see))) your (?:documentation|docs"
    r"|source code|website|homepage|site|phone number|e-?mail(?: address)?|address|contact(?: (?:info|details"
    r"|address))?|pricing|price list|faq|code)|(?:privacy policy|imprint|impressum|contact|contact (?:info"
    r"|details)|pricing|opening hours|office hours)",
    r"(?:how|where) (?:can|do|could) (?:i|we) (?:contact|reach|call|e-?mail|talk to|speak (?:to|with)"
    rf"|get in touch with|complain to|write to) (?:you|{_OWNER}|support|customer (?:service|support)"
    r"|a (?:real )?(?:human|person)|someone(?: human)?|somebody|the person behind (?:you|this bot))|who (?:do"
    r"|can|should) (?:i|we) (?:contact|ask|call|write to)(?: (?:for (?:support|help)|about this bot|if (?:you"
    rf"|{_BOT}) (?:misbehaves?|breaks?|fails?)))|(?:can|could|may) i (?:talk|speak) (?:to"
    rf"|with) (?:a (?:real )?(?:human|person)|someone real|{_OWNER})",
    rf"(?:how much|what) (?:do|does) (?:you|u|{_BOT}|your (?:service|services|company|premium"
    r"|subscription))(?: \w+)? (?:cost|charge)(?: (?:me|per month|a month|a year|to use|per message))?"
    r"|what(?:'s| are| is) your (?:prices?|rates|fees?|(?:opening|business|office|working|support) (?:hours"
    rf"|times)|hours|services|plans)|when (?:are you|is (?:your office|{_OWNER})) (?:open|available|there"
    rf"|reachable)|are you open (?:on|at|today|tomorrow|now|this|over)\b[\w ,]{{0,30}}|(?:what"
    r"|which) (?:services|products) do(?:es)? (?:you|your company) (?:offer|have|sell|provide)"
    r"|where are you (?:based|located)|where is your (?:office|company|team)(?: (?:based|located))?",
)

ABOUT: tuple[Pattern, ...] = (
    rule(
        "who-are-you",
        INFO,
        rf"{_LEAD}{_ENGLISH_WHO}{_TAIL}",
        yes="who are you? | ok but who are you exactly? | are you a bot or a human? | who made you "
        "| hey, which model are you running on at the moment | r u chatgpt?",
        no="who reviewed #99 | who is the prime minister "
        "| what are you and why are you commenting on my issue and closing it | which model should I train? "
        "| what version of node do we use",
    ),
    rule(
        "what-can-you-do",
        INFO,
        rf"{_LEAD}{_ENGLISH_WHAT}{_TAIL}",
        yes="help | /help | what can you do? | hi, what can you do for me? | how does this bot work? "
        "| do you speak spanish | commands?",
        no="help me decide between two cars | help: the docs build prints warnings | what can I do against ants? "
        "| show me the diff | can you help me with my homework | how does this work in Rust?",
    ),
    rule(
        "owner-and-terms",
        INFO,
        rf"{_LEAD}{_ENGLISH_TERMS}{_TAIL}",
        yes="Where can I read your privacy policy? | is this bot free? | how can I contact support? "
        "| what are your opening hours? | do you store my messages? | Are you open on public holidays?",
        no="is this free of bugs? | how do I contact the bank? | what are the opening hours of the museum? "
        "| how much does a ticket cost",
    ),
)
