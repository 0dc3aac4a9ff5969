"""Single look-ups outside: they need the tools of the orchestrator."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import ASK, END, LEAD, rule
from agents.routing.target import ORCHESTRATOR

_WHEN = (
    r"(?: (?:today|tomorrow|tonight|now|right now|currently|at the moment|this (?:week|weekend|month|morning"
    r"|afternoon|evening)|next week|on \w+day|later|outside|please|pls|over the weekend))*"
)
_PLACE = r"(?: (?:in|at|for|around|near) [^\s;:!?,]+(?:,? [^\s;:!?,]+){0,3})?"
_COIN = (
    r"(?:bitcoin|btc|ethereum|eth|dogecoin|doge|solana|gold|silver|oil|brent|apple|tesla|nvidia|microsoft"
    r"|amazon|google|aapl|tsla|nvda|s&p(?: 500)?|dow(?: jones)?|dax|nasdaq)"
)
_MONEY = (
    r"(?:eur|euros?|usd|us dollars?|dollars?|gbp|pounds?|chf|francs?|jpy|yen|pln|zloty|try|lira|inr|rupees?"
    r"|cny|yuan|sek|nok|dkk|czk|huf|cad|aud|brl|reais|mxn|pesos?|€|\$|£)"
)

LOOK_UPS: tuple[Pattern, ...] = (
    rule(
        "weather",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:(?:(?:what(?:'s| is| will)|how(?:'s| is| will)|check|show(?: me)?|tell me|get"
        r"|give me) )?(?:be )?(?:the |today'?s |tomorrow'?s )?(?:current )?(?:weather|forecast"
        r"|temperature)(?: forecast| report)?(?: (?:like|be like|be|going to be(?: like)?|looking(?: like)?))*"
        r"|(?:will it|is it going to|is it gonna|does it|is it) (?:be )?(?:rain(?:ing|y)?|snow(?:ing|y)?|hot|cold"
        r"|warm|sunny|windy|freezing)|(?:do|will|should) i (?:need|take|bring) (?:an? )?(?:umbrella|(?:warm "
        r"|rain ?)?(?:jacket|coat)|sunscreen)|how (?:hot|cold|warm) (?:is|will) it(?: be"
        rf"| get)?){_WHEN}{_PLACE}{END}",
        yes="weather in Berlin tomorrow? | what's the weather like today | will it rain tonight? "
        "| do I need an umbrella tomorrow",
        no="what is a weather balloon | write a poem about the weather in spring | how do forecasts work",
    ),
    rule(
        "weather-german",
        ORCHESTRATOR,
        r"^(?:(?:hallo|hi|hey)[\s,!]+)?(?:(?:(?:wie (?:ist|wird)|was macht) (?:denn )?)?(?:das "
        r"|das aktuelle )?(?:wetter|wettervorhersage|wetterbericht)|(?:regnet|schneit) es|brauche ich (?:heute "
        r"|morgen )?einen (?:regen)?schirm|wie (?:warm|kalt) (?:ist|wird) es)(?: (?:heute|morgen|übermorgen|jetzt"
        r"|gerade|noch|draußen|am wochenende|diese woche|abend))*(?: (?:in|für|bei) [^\s;:!?][^;:!?\n]+)?[\s.!?]*$",
        yes="Wie wird das Wetter morgen? | wetter in Graz | regnet es heute noch?",
        no="was ist eine Wetterwarte? | schreib ein Gedicht über das Wetter",
    ),
    rule(
        "weather-elsewhere",
        ORCHESTRATOR,
        r"^(?:(?:bonjour|salut|hola|ciao|olá|hoi|привет)[\s,!]+)?[¿\s]*(?:quel temps (?:fait-il|fera-t-il|il fait"
        r"|fait il)|(?:quelle est )?(?:la )?météo|il va pleuvoir|qu[eé] tiempo (?:hace|har[aá]|va a hacer)"
        r"|(?:cómo está )?el (?:tiempo|clima)|va a llover|che tempo (?:fa|farà)|(?:le )?previsioni(?: del tempo"
        r"| meteo)?|pioverà|(?:como está o |previsão do |qual (?:é )?a previsão do )tempo|vai chover"
        r"|wat voor weer (?:is|wordt) het|hoe is het weer|jaka (?:jest|będzie) pogoda|hava (?:nasıl|durumu)"
        r"|(?:какая (?:сейчас |сегодня |завтра )?(?:будет )?)?погода)(?: [^;:!?\n]+)?[\s.!?]*$|^(?:今日の|明日の)?天気(?:は"
        r"|予報)?[？?。]*$|^(?:今天|明天)?(?:北京|上海)?天气(?:怎么样|如何|预报)?[？?。]*$",
        yes="Quel temps fera-t-il à Lyon ce soir ? | ¿Qué tiempo hace en Madrid? | какая погода в Москве | 今天天气怎么样？",
        no="el tiempo vuela: explícame por qué | почему погода меняется",
    ),
    rule(
        "rates-and-prices",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:(?:(?:what(?:'s| is)|how much is|check|show me|tell me|get) )?(?:the |today'?s |a "
        rf"|one )?(?:current |latest |live )?(?:{_COIN}(?: (?:stock|share))?(?: (?:price|rate|worth|value|at"
        rf"|trading at|in {_MONEY}))+|(?:price|value|rate|stock price|share price) of (?:an? "
        rf"|one )?{_COIN}(?: in {_MONEY})?|(?:exchange )?rate(?: (?:of|from|between|for))? {_MONEY}(?: (?:to|and|in"
        rf"|/|vs\.?) {_MONEY})?|{_MONEY} ?(?:to|/|in|vs\.?) ?{_MONEY}(?: (?:exchange )?rate)?|(?:[\d.,]+ ?{_MONEY}"
        rf"|[€$£] ?[\d.,]+) (?:to|in|into) {_MONEY}|how (?:much|many) {_MONEY} (?:is"
        rf"|are) [\d.,]+ ?{_MONEY})){_WHEN}{END}",
        yes="btc price? | what's the price of bitcoin right now | eur to usd | 100 usd in euros "
        "| exchange rate eur to chf today",
        no="what is bitcoin? | how do exchange rates work | what is an apple | apple pie recipe",
    ),
    rule(
        "newest-version",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:(?:what(?:'s| is)|which is|check|find|look up) )?(?:the )?(?:newest|latest|current"
        r"|most recent) (?:stable |lts |major |released )*(?:version|release|lts(?: release"
        rf"| version)?)(?: number)? (?:of|for) [\w .+#-]{{2,30}}(?: (?:right now|now|today|at the moment"
        rf"|please))?(?:[.?!,][^;:\n]{{0,30}})?$",
        yes="what's the latest version of python? | What's the newest LTS release of Ubuntu? Needed for the matrix.",
        no="what is an LTS release | the latest version of my text is this: hello there all of you",
    ),
    rule(
        "who-is-in-office",
        ORCHESTRATOR,
        rf"{LEAD}who(?:'s| is) (?:currently |now )?(?:the )?(?:current |new |present )?(?:prime minister|president"
        r"|chancellor|king|queen|pope|mayor|ceo|governor|secretary[- ]general|head|coach|foreign minister) (?:of"
        rf"|in|at) [^;:!?\n]+{END}",
        yes="who is the current prime minister of japan | who is the ceo of nvidia?",
        no="who was the first president of the US? | who is the owner of this bot?",
    ),
    rule(
        "departures",
        ORCHESTRATOR,
        rf"{LEAD}(?:when (?:does|is|do|are) the (?:next|first|last) (?:train|bus|tram|ferry|flight|trains|buses"
        rf"|metro|match|game|race)\b[^;:!\n]{{0,60}}|when does [^;:!?\n]+ play next|(?:next|first|last) (?:train"
        rf"|bus|tram|ferry|flight) (?:from|to)\b[^;:!\n]{{2,60}}|who won (?:the )?[^;:!?\n]*(?:yesterday|last night"
        rf"|today|tonight|on (?:\w+day))){END}",
        yes="when does the next train from Graz to Linz leave | who won the match last night?",
        no="who won the world cup in 1998 | when do trains stop at red signals",
    ),
    rule(
        "search-the-web",
        ORCHESTRATOR,
        rf"{LEAD}{ASK}(?:google|search the (?:web|internet|net) for|look up(?: online)?|search online for"
        rf"|look online for) (?:the |a |an |when |what |who |where |how )?[^;:!\n]{{3,100}}{END}",
        yes="search the web for the phone number of the town hall in Bregenz | can you google the opening hours of the zoo",
        no="how do I search the web safely | are you able to search the web or only talk",
    ),
)
