"""Actions asked for in so many words, which need approval."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import ASK, ASKED, EMOJI, END, FIRM, LEAD, NUMBERS, PLEASE, SEP, rule
from agents.routing.target import HITL

_THING = r"(?:pull requests?|prs?|mrs?|issues?|tickets?|branch|bug)"
_NUMBERED = rf"(?:{_THING} )?{NUMBERS}|{_THING}"
_OBJECT = (
    r"(?:it|this|that|these|them|both|(?:this |that |the |these |my )?(?:last |old |stale "
    rf"|first )?(?:{_NUMBERED})(?: (?:in|on|of|from) (?:the )?[\w./-]+(?: repo(?:sitory)?)?)?)(?:,? (?:and|then"
    rf"|and then) (?:{_NUMBERED}))?"
)
_CHAT = r"(?:(?:chat|conversation|message|our|my)(?:'s)? ?)?(?:history|messages|chats?|conversations?|transcript|logs?)"
_DEPLOYED = (
    r"(?:the|this|that|it|them|your|my|our|main|latest|current|changes?|bot|workers?|server|service|app|site"
    r"|website|branch|release|version|build|commit|deployment|code|new|[\w-]*\d[\w.-]*)"
)


def _request(words: str) -> str:
    """An action asked for: as an order, or as a polite question."""
    return rf"{LEAD}(?:{ASKED}{words}{PLEASE}{END}|(?:(?:please|pls|plz|kindly|just) )?{words}{PLEASE}{FIRM})"


ACTIONS: tuple[Pattern, ...] = (
    rule(
        "delete-history",
        HITL,
        rf"{LEAD}{ASK}(?:delete|erase|wipe|clear|remove|forget|purge|reset|drop)(?: out)? (?:all |everything |the "
        r"|this |that |our |my |your |of |whole |entire |complete |old |previous |earlier |in |from "
        rf"|about )*(?:{_CHAT}(?: (?:of|in|from|with) (?:this|our|the|my|you) ?(?:chat|conversation|group|topic"
        r"|here)?)?|(?:me|i (?:ever )?(?:said|wrote|told you)(?: to you)?)(?: here)?)(?: (?:here|completely"
        rf"|entirely|for (?:me|good)|forever))*{PLEASE}[\s.!?{EMOJI}]*$",
        yes="delete this chat's history | please clear our conversation | Can you wipe the whole chat history? "
        "| delete all messages here | forget everything I said",
        no="delete my data: is that possible? | how do I delete the chat history? "
        "| don't delete this chat's history | delete duplicates from this list: a, b",
    ),
    rule(
        "delete-history-other-languages",
        HITL,
        r"^(?:hallo|hi|hola|salut|ciao|ok|okay|danke|merci|gracias|bitte|kannst du|peux-tu|puedes|puoi|por favor"
        r"|s'il te plaît|,|!|\s)*"
        r"(?:(?:lösch|loesch|entfern)(?:e|en)? (?:bitte |mal |den |die |diesen |diese |unseren |unsere |unser "
        r"|meinen |alle |das |ganzen |gesamten |komplette[n]? )*(?:chat|chatverlauf|verlauf|gesprächsverlauf"
        r"|unterhaltung|nachrichten|gespräch)"
        r"|(?:efface|supprime|vide)[rz]? (?:tout |toute |l'|la |le |cette |notre |nos |les )*(?:historique"
        r"|conversation|messages|discussion)"
        r"|(?:borra|elimina|limpia)[r]? (?:todo |toda |el |la |los |este |esta |nuestro |nuestra )*(?:historial"
        r"|conversación|conversacion|chat|mensajes)"
        r"|(?:cancella|elimina)(?:re)? (?:tutt[aoi] |la |il |i |questa |questo |nostra )*(?:cronologia"
        r"|conversazione|chat|messaggi)"
        r"|(?:apaga|apague|exclua|limpa|limpe) (?:tod[ao]s? |o |a |as |esta |este |nossa )*(?:histórico|conversa"
        r"|chat|mensagens)"
        r"|(?:verwijder|wis) (?:de |het |deze |dit |alle |hele |onze )*(?:chat|chatgeschiedenis|gesprek"
        r"|geschiedenis|berichten)"
        r"|(?:удали(?:те)?|очисти(?:те)?|сотри(?:те)?) (?:всю |весь |все |эту |этот |нашу |нашей )*(?:историю"
        r"|переписку|чат|сообщения))"
        r"(?: (?:de |di |da |del |dieses |von |van |этого |нашего )?(?:ce |cette |esta |este |questa |questo |dit "
        r"|deze )?(?:chats?|conversation|conversación|conversazione|conversa|gesprek|чата"
        r"|diesem chat))?(?:[\s,]+(?:bitte|löschen|s'il te plaît|stp|svp|por favor|per favore|пожалуйста|grazie"
        r"|danke))*[\s.!?]*$",
        yes="Lösch bitte den ganzen Chatverlauf | borra todo el historial de esta conversación | efface l'historique "
        "| удали историю чата",
        no="wie lösche ich den Chatverlauf? | lösch das bitte nicht | comment effacer l'historique ?",
    ),
    rule(
        "repository-action",
        HITL,
        _request(
            r"(?:go ahead and )?(?:merge|squash(?: and merge)?|squash-merge|close|re-?open|lock|unlock|revert|deploy"
            rf"|publish|release) {_OBJECT}(?: (?:into|to|onto|as|on) (?:the )?[\w./-]+(?: (?:duplicate|completed"
            r"|planned|fixed|resolved|branch))?)?"
        ),
        yes="merge PR 71 | hi! can you merge #12? | please close this issue | Reopen this please "
        "| close issue 19 in the website repo pls | merge it | Please merge #301, then #302.",
        no="show PR 12 | what happens when I merge a PR? | merge two sorted arrays | don't merge it "
        "| Can you merge? | merge it? | is this ready to be merged | merge what the papers say into one table "
        "| close to what?",
    ),
    rule(
        "repository-action-other-languages",
        HITL,
        r"^(?:hallo|hi|hey|hola|salut|ciao|ok|okay|danke|merci|gracias|grazie|bitte|por favor|s'il te plaît|,|!|\s)*"
        r"(?:(?:kannst|könntest|würdest) du (?:bitte |mal )*(?:(?:das|es|den|die|diesen|dieses|diese"
        rf"|dieser)(?: {_NUMBERED})?|{_NUMBERED}) (?:bitte |mal |jetzt )*(?:mergen|schließen|schliessen|zumachen"
        r"|wieder öffnen|deployen|veröffentlichen|löschen|zusammenführen)"
        r"|(?:merge|mergen?|schlie(?:ß|ss)e?|deploye?) (?:bitte |mal |das |den |die |diesen |dieses "
        rf"|diese )+(?:{_NUMBERED})?"
        r"|(?:(?:tu peux|peux-tu|pouvez-vous|vous pouvez) )?(?:fermer?|merger?|fusionner?|rouvrir"
        rf"|déployer) (?:cette |ce |la |le |l'|les )?(?:{_NUMBERED}|pull request|issue|tickets?|branche)"
        r"|(?:(?:puedes|podrías) )?(?:cierra|cerrar|fusiona|fusionar|mergea|mergear|reabre|reabrir|despliega"
        rf"|desplegar) (?:este |esta |el |la |los )?(?:{_NUMBERED}|incidencia|rama))"
        r"(?:[\s,]+(?:bitte|jetzt|gleich|s'il te plaît|stp|svp|por favor|danke|merci|gracias))*[\s.!?]*$",
        yes="Kannst du das bitte mergen? | merci, tu peux fermer le ticket | cierra este issue por favor",
        no="kannst du mergen? | wie kann ich das Ticket schließen? | comment fermer le ticket ?",
    ),
    rule(
        "repository-label",
        HITL,
        rf"{LEAD}{ASK}(?:(?:label|tag) (?:it|this|that|(?:this |the )?(?:{_NUMBERED}))(?: (?:as|with))? \S.{{0,40}}"
        rf"|(?:add|remove|set|put) (?:the |a )?(?:labels? \S.{{0,40}}|\S.{{0,40}} labels?)(?: (?:to|from|on) (?:it"
        rf"|this|(?:this |the )?(?:{_NUMBERED})))?|(?:un)?assign (?:(?:it|this|that|me|@[\w-]+|(?:this "
        rf"|the )?(?:{_NUMBERED}))(?: (?:to|from) (?:it|this|me|@?[\w-]+|(?:this |the )?(?:{_NUMBERED})))?"
        rf"|[\w-]+ to (?:it|this|(?:this |the )?(?:{_NUMBERED}))))(?:{SEP})*$",
        yes='could you label this as "good first issue"? | assign #402 to me | please add the label bug | assign me',
        no="which labels do we have? | how do labels work | who is assigned to #4? | assign blame "
        "| label the axes of the plot below and explain each: x, y, z and what they say about it",
    ),
    rule(
        "create-in-repository",
        HITL,
        rf"{LEAD}(?:please |pls |now )?(?:create|open|file|submit|raise) (?:an?|the|another|one) (?:new "
        r"|draft )?(?:issue|ticket|pull request|pr|bug report|release|tag)(?: (?:for|about|on|from|to|against|with"
        rf"|in|called|named|titled)\b[^?;]{{1,160}})?[\s.!{EMOJI}]*$",
        yes="create an issue about the broken login | open a PR against develop",
        no="open issue 12 | how do I open a PR? | can you open pull requests yourself?",
    ),
    rule(
        "operate",
        HITL,
        _request(
            rf"(?:restart|reboot|redeploy|shut ?down|roll ?back|(?:deploy|push) {_DEPLOYED})(?: {_DEPLOYED})*(?: (?:to"
            r"|on|onto|in) (?:the )?(?:prod|production|staging|live|main|master|preview|server|origin"
            r"|gh-pages)(?: \w+)?)?"
        ),
        yes="restart the bot please | deploy this to production | push it | roll back the release",
        no="how do I restart the bot? | what is a rollback? | deploy? | deploy how? | is it bad to force push?",
    ),
)
