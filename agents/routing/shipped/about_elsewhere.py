"""Questions about the bot in more languages."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import END, either, rule
from agents.routing.target import INFO

_GERMAN = either(
    r"wer (?:bist du|seid ihr|sind sie)|was (?:bist du|ist das hier für ein bot)|wie (?:heißt|heisst) du"
    r"|hast du einen namen|stell dich (?:mal |bitte )?vor|was (?:kannst|könntest|machst) du(?: (?:alles|so"
    r"|eigentlich|denn|für mich|hier|tun|machen|noch))*|wobei kannst du(?: mir)? helfen"
    r"|wie kannst du mir helfen|womit kannst du (?:mir )?helfen|was kann ich dich (?:alles )?fragen",
    r"wer (?:hat dich|betreibt|steckt hinter|entwickelt|bezahlt|programmiert|besitzt)(?: (?:dich|dir|diesem"
    r"|diesen|den|dem|bot|gemacht|gebaut|programmiert|entwickelt|erstellt|erschaffen|erfunden|eigentlich"
    r"|denn))*|wem gehörst du|wer ist dein (?:besitzer|betreiber|entwickler|chef|schöpfer)|(?:bist|sind"
    r"|spreche ich mit) (?:du|sie|hier)?(?: (?:ein|eine|einem|einer|echter|echt|der|die|wirklich"
    r"|eigentlich))* ?(?:bot|chatbot|roboter|mensch|menschen|ki|echt|maschine|chat ?gpt|claude"
    r"|person)(?: oder (?:ein |eine |einem )?\w+)?|welches (?:modell|ki-modell|sprachmodell)(?: (?:bist du"
    r"|nutzt du|benutzt du|verwendest du|steckt dahinter))?",
    r"hilfe|welche (?:befehle|kommandos|funktionen)(?: (?:gibt es|kennst du|hast du|kannst du))?|(?:sprichst"
    r"|kannst|verstehst) du(?: auch)? (?:deutsch|englisch|französisch|spanisch|italienisch|türkisch|russisch"
    r"|polnisch|arabisch)|wie funktionierst du|wie benutze ich dich|(?:speicherst|liest|sammelst|merkst"
    r"|behältst) du (?:dir )?(?:meine|unsere|alle|die)? ?(?:daten|nachrichten|chats|gespräche)"
    r"|(?:was kostest du|was kostet (?:der bot|dieser bot|dieser dienst|das hier|deine nutzung))"
    r"|bist du kostenlos|ist (?:der|dieser) bot kostenlos",
    r"(?:wann (?:habt ihr|haben sie|ist (?:euer|ihr) (?:büro|laden|support))(?: (?:offen|geöffnet|auf|besetzt"
    r"|erreichbar))?|(?:was sind |wie sind )?(?:(?:eure|deine|ihre|die) )?(?:öffnungszeiten|geschäftszeiten"
    r"|sprechzeiten)|wie (?:kann|erreiche) ich (?:euch|sie|den betreiber|den support"
    r"|einen menschen)(?: (?:kontaktieren|erreichen|sprechen))?|(?:wo (?:ist|finde ich) )?(?:das |die |euer "
    r"|eure )?(?:impressum|datenschutzerklärung|datenschutz|kontaktdaten)|kontakt)",
)
_ROMANCE = either(
    r"qui (?:es[- ]tu|êtes[- ]vous|t'a (?:créé|fait|programmé|développé)|vous a créé|est derrière (?:ce bot"
    r"|toi))|(?:t'es|tu es|vous êtes) (?:qui|quoi)|que (?:peux|sais)[- ]tu faire"
    r"|qu'est[- ]ce que (?:tu (?:peux|sais) faire|vous (?:pouvez|savez) faire|tu es)|tu (?:peux"
    r"|sais) faire quoi|(?:es[- ]tu|tu es|t'es|vous êtes|êtes[- ]vous) (?:un |une |vraiment )*(?:robot"
    r"|humaine?|bot|ia|personne|machine|chat ?gpt)(?: ou (?:un |une )?\w+)?|comment (?:tu t'appelles"
    r"|t'appelles[- ]tu|tu marches|tu fonctionnes|fonctionnes-tu|vous contacter)|quel est ton nom|aide"
    r"|tu parles (?:français|anglais|espagnol|allemand|italien)|parles[- ]tu (?:français|anglais|espagnol"
    r"|allemand|italien)|quels sont (?:vos|tes|les) (?:horaires|tarifs|services|commandes)|à quoi (?:tu sers"
    r"|sers-tu)",
    r"qui[eé]n (?:eres|te (?:cre[oó]|hizo|program[oó]|desarroll[oó])|est[aá] detr[aá]s de (?:ti"
    r"|este bot))(?: y .{1,30})?|qu[eé] (?:eres|puedes hacer|sabes hacer|pod[eé]s hacer|haces)(?: por m[ií])?"
    r"|c[oó]mo (?:te llamas|funcionas|puedo contactar(?:os|te|los)?)|eres (?:un |una |de verdad )*(?:bot|robot"
    r"|humano|humana|persona|ia|real|m[aá]quina|chat ?gpt)(?: o (?:un |una )?\w+)?|ayuda|hablas (?:espa[nñ]ol"
    r"|ingl[eé]s|franc[eé]s|alem[aá]n|catal[aá]n)|cu[aá]l es (?:tu|su) (?:nombre|horario)|cu[aá]les son (?:sus"
    r"|tus|vuestros) (?:horarios|precios|servicios)|para qu[eé] sirves|en qu[eé] (?:me )?puedes ayudar(?:me)?",
    r"chi (?:sei|ti ha (?:creato|fatto|programmato|sviluppato)|c'è dietro)|(?:che )?cosa (?:sai"
    r"|puoi) fare(?: per me)?|come (?:ti chiami|funzioni|posso contattarvi)|sei (?:un |una |un' ?"
    r"|davvero )*(?:bot|robot|umano|persona|ia|vero|macchina|chat ?gpt)(?: o (?:un |una )?\w+)?|aiuto"
    r"|parli (?:italiano|inglese|francese|tedesco|spagnolo)|quali sono (?:i vostri orari|gli orari"
    r"|i vostri servizi)|in cosa puoi aiutarmi",
    r"quem (?:é você|és tu|te (?:criou|fez|programou)|criou você|está por trás)|o que (?:você (?:pode|sabe"
    r"|consegue|faz)(?: fazer)?|(?:sabes|podes|consegues) fazer|é você)|como (?:você se chama|te chamas"
    r"|você funciona|posso entrar em contato)|qual (?:é )?(?:o )?(?:seu|teu) nome|(?:você é|és) (?:um "
    r"|uma )?(?:robô|humano|bot|pessoa|ia|real)(?: ou (?:um |uma )?\w+)?|ajuda|(?:você fala"
    r"|falas) (?:português|inglês|espanhol)|qual (?:é )?o horário de (?:atendimento|funcionamento)",
)
_MORE = either(
    r"wie (?:ben|zijn) (?:je|jij|u)|wat (?:kan|kun) (?:je|jij)(?: allemaal)?(?: doen)?(?: voor mij)?|ben (?:je"
    r"|jij) een (?:bot|robot|mens|echt persoon)(?: of (?:een )?\w+)?|hoe heet (?:je|jij)|wie heeft (?:je"
    r"|jou) gemaakt|spreek je (?:nederlands|engels|duits)|vem är du|vad kan du(?: göra)?|hvem er du"
    r"|hvad kan du|kim jesteś|co (?:potrafisz|umiesz)(?: robić)?|jak masz na imię|jesteś (?:botem|człowiekiem)"
    r"|kdo jsi|pomoc",
    r"(?:sen )?kimsin(?: sen)?|(?:neler|ne) yapabil(?:irsin|iyorsun)|adın ne|(?:sen )?(?:bot|robot"
    r"|insan) m[ıu]s[ıu]n|yardım|кто ты(?: такой| такая)?|ты кто|кто вы|что ты (?:умеешь|можешь)(?: делать)?"
    r"|как тебя зовут|ты (?:бот|робот|человек|настоящий|живой)(?: или (?:бот|робот|человек))?"
    r"|кто тебя (?:создал|сделал|разработал)|помощь|чем ты можешь (?:помочь|мне помочь)|хто ти|що ти вмієш",
    r"(?:あなたは|君は)?(?:誰|だれ)(?:ですか|なの)?|(?:あなたは)?何ができ(?:る|るの|ますか)|(?:お)?名前は(?:何ですか)?|ヘルプ|ロボットですか|你(?:是谁|能做什么"
    r"|会做什么|可以做什么|叫什么(?:名字)?|是(?:机器人|人|真人)吗|能帮我(?:做)?什么)|帮助"
    r"|(?:넌|너는|당신은) 누구(?:야|세요|입니까)|뭐 할 수 있(?:어|어요|나요)|도움말"
    r"|من أنت|ماذا (?:يمكنك أن تفعل|تستطيع أن تفعل)|مساعدة",
)

ABOUT_ELSEWHERE: tuple[Pattern, ...] = (
    rule(
        "about-the-bot-german",
        INFO,
        r"^(?:(?:hallo|hi|hey|moin|ok|okay|danke|sag mal|und|aber|also|guten (?:tag|morgen"
        rf"|abend))[\s,.!]+){{0,2}}{_GERMAN}(?: (?:eigentlich|denn|genau|bitte|mal|du|so))*{END}",
        yes="Was kannst du alles? | hallo! wer betreibt dich eigentlich | Hilfe! | bist du ein Mensch?",
        no="Hilf mir bei der Mathe-Aufgabe | was kann man dagegen tun? | wer hat das Ticket geschlossen?",
    ),
    rule(
        "about-the-bot-romance",
        INFO,
        r"^[\s¿¡]*(?:(?:bonjour|salut|hola|ciao|buenas|olá|oi|ok|merci|gracias|grazie|y|et|e|mais|pero|ma"
        rf"|mas)[\s,.!¿¡]+){{0,2}}{_ROMANCE}(?: (?:exactement|exactamente|esattamente|exatamente|au juste|por favor"
        rf"|stp|svp))*{END}",
        yes="¿Quién eres? | tu es un humain ou un robot ? | quien eres y que sabes hacer | Chi sei? "
        "| o que você pode fazer?",
        no="qui a fermé le ticket ? | qué puedo hacer contra las hormigas | chi ha scritto la Divina Commedia?",
    ),
    rule(
        "about-the-bot-elsewhere",
        INFO,
        r"^(?:(?:hoi|hallo|hej|cześć|merhaba|selam|привет|здравствуйте|ok|こんにちは|你好|안녕하세요"
        rf"|مرحبا)[\s,.!、，。]+){{0,2}}{_MORE}{END}",
        yes="wie ben je? | kim jesteś? | кто ты? | что ты умеешь? | 你是谁？ | あなたは誰ですか？",
        no="кто выиграл матч? | 你好",
    ),
)
