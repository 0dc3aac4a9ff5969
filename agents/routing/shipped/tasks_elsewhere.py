"""Small tasks in more languages."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import rule
from agents.routing.target import SIMPLE

TASKS_ELSEWHERE: tuple[Pattern, ...] = (
    rule(
        "time-other-languages",
        SIMPLE,
        r"^(?:(?:hallo|hi|hey|bonjour|salut|hola|ciao|olá|oi|привет)[\s,!.]+)?[¿\s]*(?:wie ?(?:spät"
        r"|viel uhr) (?:ist es|haben wir)|wieviel uhr (?:ist es|haben wir)|(?:welche[rns]?|was für ein(?:en)?"
        r"|was ist) (?:tag|wochentag|datum)(?: (?:ist|haben wir))?|quelle heure (?:est-il|il est)"
        r"|il est quelle heure|quel jour (?:sommes-nous|on est|est-on|est-ce)|on est quel jour|qu[eé] hora (?:es"
        r"|son|tienes)|qu[eé] d[ií]a es|qu[eé] fecha es|che or[ae] (?:sono|è|e')|che giorno è|que horas são"
        r"|que dia é|hoe laat is het|welke dag is het|która (?:jest )?godzina|saat kaç|который час"
        r"|сколько (?:сейчас )?времени|какой сегодня день|какое сегодня число)(?: (?:es |gerade|jetzt|heute|denn"
        r"|maintenant|aujourd'hui|ahora|hoy|adesso|oggi|agora|hoje|nu|teraz|сейчас|(?:in|à|a|en|em|w"
        r"|в) [^;:!?\n]+))*[\s.!?]*$|^(?:现在)?几点(?:了|钟)?[?？]?$|^(?:今)?何時(?:ですか)?[?？]?$|^今天(?:星期几|几号|是几号)[?？]?$",
        yes="wie spät ist es? | Quelle heure est-il à Montréal ? | ¿Qué hora es en México? | che ore sono? | который час?",
        no="wie spät kommt der Zug? | quelle heure part le train",
    ),
    rule(
        "translate-other-languages",
        SIMPLE,
        r"^[\s¿¡]*(?:(?:hallo|hi|hey|bonjour|salut|hola|ciao|olá|oi|ok|danke|merci|привет|bitte|kannst du"
        r"|könntest du|peux-tu|tu peux|puedes|puoi|pode)[\s,!.¿]+)*(?:(?:über|ueber)setz(?:e|en|ung)?\b"
        r"|wie (?:sagt|heißt|heisst) (?:man )?[^\n]* (?:auf|im) (?:\pL+(?:isch|ch))|was (?:heißt"
        r"|heisst) [^\n]* auf \pL+|comment (?:on )?(?:dit|dit-on|dire|se dit) [^\n]* en \pL+|tradui(?:s|re"
        r"|sez)(?:-moi)?\b|c[oó]mo se dice [^\n]* en \pL+|trad[uú]ce(?:me)?\b|traducir\b"
        r"|come si dice [^\n]* in \pL+|traduci(?:mi)?\b|como se diz [^\n]* em \pL+|tradu(?:z|za|zir)\b"
        r"|hoe zeg je [^\n]* in het \pL+|vertaal\b|переведи(?:те)?\b?|как (?:будет|сказать|по-английски) "
        r"|przetłumacz\b|çevir)[^\n]*",
        yes="Übersetz das bitte ins Englische: Der Termin wurde verschoben. "
        '| comment on dit "pomme de terre" en néerlandais ? | ¿Cómo se dice gracias en alemán?',
        no="wie sagt man ab? | traduction",
    ),
    rule(
        "words-other-languages",
        SIMPLE,
        r"^(?:(?:hallo|hi|hey|bonjour|salut|hola|ciao|olá|oi|ok|привет)[\s,!.]+)*[¿\s]*(?:was (?:bedeutet|heißt"
        r"|heisst|versteht man unter)|was (?:ist|sind) (?:ein|eine|einen)|definier(?:e|en)?|wie schreibt man"
        r"|que (?:signifie|veut dire)|qu'est[- ]ce qu'(?:un|une|on appelle)|c'est quoi (?:un|une)"
        r"|qu[eé] (?:significa|quiere decir)|qu[eé] es (?:un|una)|cosa (?:significa|vuol dire)|che cos'è un[a']?"
        r"|cos'è un[a']?|o que (?:significa|quer dizer|é um|é uma)|что (?:значит|означает|такое)|wat (?:betekent"
        r"|is een)|co (?:znaczy|to (?:jest|znaczy)))[ '][^;:!\n]{1,80}$",
        yes='¿Qué significa LGTM? | was bedeutet "Feierabend"? | c\'est quoi un webhook ? | что такое рекурсия?',
        no="was bedeutet | qu'est-ce qui bloque la release ?",
    ),
    rule(
        "jokes-other-languages",
        SIMPLE,
        r"^(?:(?:hallo|hi|hey|bonjour|salut|hola|ciao|olá|oi|ok|привет|bitte|kannst du|peux-tu|puedes"
        r"|puoi)[\s,!.¿]+)*(?:(?:erzähl(?:e|st)?|schreib(?:e)?|sag|kennst du|mach) (?:mir |uns |du |bitte "
        r"|mal )*(?:einen|eine|ein|noch einen|noch ein|was) (?:\pL+ )?(?:witz|geschichte|gedicht|rätsel|märchen"
        r"|gute-?nacht-?geschichte|lustiges|spruch|zungenbrecher)|(?:raconte|dis|écris|fais)(?:[- ]moi"
        r"|[- ]nous)? (?:une|un|encore une) (?:\pL+ )?(?:blague|histoire|poème|devinette|conte)|(?:cuéntame|cuenta"
        r"|dime|escribe|escríbeme) (?:un|una|otro|otra) (?:\pL+ )?(?:chiste|cuento|historia|poema|adivinanza)"
        r"|(?:racconta(?:mi)?|dimmi|scrivi(?:mi)?) (?:una|un|un'altra) ?(?:\pL+ )?(?:barzelletta|storia|poesia"
        r"|indovinello|favola)|(?:conta|conte|me conta|escreve|escreva)(?:-me)? (?:uma|um"
        r"|outra) (?:\pL+ )?(?:piada|história|poema|adivinha)|(?:расскажи|напиши)(?: мне)? (?:анекдот|шутку|сказку"
        r"|историю|стих|загадку|стихотворение)|noch (?:einen|einer|ein witz)|une autre|otro|un'altra|vertel (?:een"
        r"|me een) (?:mop|grap|verhaal)|给我讲(?:个|一个)(?:笑话|故事)|讲(?:个|一个)(?:笑话|故事))[^;\n]{0,80}$",
        yes="erzähl mir einen Witz | raconte-moi une blague | cuéntame un chiste sobre gatos | расскажи анекдот",
        no="schreib einen Test | raconte",
    ),
    rule(
        "reminders-other-languages",
        SIMPLE,
        r"^(?:(?:hallo|hi|hey|bonjour|salut|hola|ciao|olá|oi|ok|привет|bitte|kannst du|peux-tu|tu peux|puedes|puoi"
        r"|pode)[\s,!.¿]+)*(?:(?:bitte )?(?:erinner(?:e|st)? (?:du )?mich|weck(?:e)? mich"
        r"|merk(?:e)? dir,? dass (?:ich|mein|wir)|stell(?:e)? (?:mir )?(?:einen )?(?:wecker|timer|erinnerung)"
        r"|(?:schreib|setz)(?:e)? [^\n]* auf (?:meine|die) (?:[\pL-]*liste))|rappelle[- ]moi|réveille[- ]moi"
        r"|recu[eé]rdame|despi[eé]rtame|ricordami|svegliami|(?:me )?(?:lembra|lembre)(?:-me)?|herinner me"
        r"|напомни(?: мне)?|разбуди меня|przypomnij mi|hatırlat)\b?[^\n]+",
        yes="erinnere mich morgen um 8 an den Müll | rappelle-moi d'acheter du pain | напомни мне позвонить маме",
        no="erinnerst du dich an mich? | rappelle-moi",
    ),
)
