"""Small talk in more languages."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.small_talk import ANYWHERE, NOT_ONLY, all_of
from agents.routing.shipped.words import either, rule
from agents.routing.target import SIMPLE

FRENCH = either(
    ANYWHERE,
    r"(?:bonjour|bonsoir|salut|coucou|hello|rebonjour|re)(?: (?:à tous|tout le monde|toi|l'équipe|le bot))?"
    r"|bonne (?:nuit|journée|soirée|fin de journée|semaine|année|continuation)|bon (?:week-?end|après-midi"
    r"|dimanche|courage|appétit)",
    r"(?:comment )?(?:ça|ca) va(?: bien)?(?: et)?(?: toi| vous)?|comment (?:vas[- ]tu|allez[- ]vous|tu vas"
    r"|vous allez)|(?:tu vas|vous allez) bien|quoi de neuf|tu es là|t'es là|vous êtes là|(?:et )?(?:toi"
    r"|vous)(?: aussi)?|enchantée?",
    r"(?:un grand |mille |grand )?mercis?(?: (?:beaucoup|bien|infiniment|mille fois|à (?:toi|vous|tous)|bcp"
    r"|encore|d'avance|quand même|pour (?:tout|ton aide|votre aide|l'aide|l'info|les infos|la réponse"
    r"|ta réponse|votre réponse|l'explication|le lien|ces infos)))*",
    r"génial|parfait|nickel|excellent|formidable|magnifique|très (?:bien|bon|cool|clair)|c'est (?:parfait"
    r"|super|génial|noté|clair|gentil|cool|top|compris|drôle|très (?:clair|gentil))|noté|compris|j'ai compris"
    r"|je (?:vois|comprends)|ah (?:oui|ok|d'accord)|intéressant|bien joué|chouette|mdr+|ptdr|drôle",
    r"au revoir|à (?:bientôt|demain|plus(?: tard)?|tout à l'heure|la prochaine)|a (?:bientot|demain|plus)"
    r"|désolée?|pardon|excuse(?:z|s)?(?:[- ]moi)?|pas de (?:soucis?|problème)|de rien|je (?:vous|t')en prie"
    r"|joyeux (?:noël|anniversaire)|félicitations",
)
SPANISH = either(
    ANYWHERE,
    r"(?:hola+|buenas|holi|hey|saludos)(?: (?:a todos|buenas|bot|de nuevo|amigo))?|buen(?:os)? d[ií]as?"
    r"|buenas (?:tardes|noches)|qu[eé] (?:tal|pasa|hay|onda|hubo)(?: (?:estás|todo|va|estas))?"
    r"|c[oó]mo (?:est[aá]s?|te va|va(?: todo)?|andas|vas|le va)(?: hoy)?|todo bien|est[aá]s ah[ií]"
    r"|(?:y )?(?:tú|tu|usted)(?: también)?|igualmente|encantad[oa]",
    r"(?:muchas |mil |muchísimas |ok |vale )*gracias(?: (?:por (?:todo|la ayuda|tu ayuda|su ayuda|la info"
    r"|la información|la respuesta|tu respuesta|responder|avisar|la explicación)|de verdad|de nuevo|igualmente"
    r"|amigo|a ti))*|te lo agradezco|se agradece",
    r"genial|perfecto|estupendo|excelente|buen[ií]simo|guay|muy (?:bien|bueno|amable|útil|claro)|qué (?:bien"
    r"|bueno|guay|chulo|divertido|interesante)|entendido|(?:ya |ahora )?(?:lo )?entiendo(?: todo)?|ya veo"
    r"|interesante|fant[aá]stico|maravilloso|buen trabajo|bien hecho|jaja+(?:ja)*|jeje+|listo|ok vale|vale",
    r"adi[oó]s|hasta (?:luego|ma[nñ]ana|pronto|la vista|ahora|otra)|nos vemos|chao|chau|buen (?:finde"
    r"|fin de semana|provecho|viaje)|que (?:tengas|tenga|pases|descanses)(?: (?:un|una))?(?: (?:buen|buena"
    r"|lindo|linda|feliz))?(?: (?:día|noche|tarde|semana|finde|fin de semana|bien))?|feliz (?:día|navidad"
    r"|cumpleaños|año nuevo|noche|año)|lo siento|perd[oó]n|perdona|disculp[ae]|no (?:pasa nada|te preocupes"
    r"|hay problema)|de nada|felicidades|enhorabuena",
)
PORTUGUESE = either(
    ANYWHERE,
    r"ol[aá]|oi+e?|bom dia|boa (?:tarde|noite)|tudo (?:bem|bom|certo|joia)(?: (?:com você|contigo|e (?:você"
    r"|contigo|tu)))?|como (?:vai|está|estás|você está|vão as coisas|vai você)|e a[ií]|e você|tás aí",
    r"(?:muito |muitíssimo |ok |bem )?(?:obrigad[oa]s?|brigad[oa]|valeu|agradecid[oa])(?: (?:por tudo|mesmo"
    r"|pela (?:ajuda|resposta|informação|explicação)|pelo (?:apoio|esclarecimento)))*|perfeito|ótimo|excelente"
    r"|maravilha|legal|show(?: de bola)?|beleza|entendi|entendido|fixe|muito bom|interessante|kkk+|rs(?:rs)+",
    r"tchau|at[eé] (?:logo|mais|amanhã|breve|já)|bom (?:fim de semana|descanso|trabalho|final de semana)"
    r"|desculp[ae]|não faz mal|sem (?:problemas?|stress)|de nada|parabéns|feliz (?:natal|aniversário|ano novo)"
    r"|igualmente",
)
ITALIAN = either(
    ANYWHERE,
    r"(?:ciao+|salve|ehi|ehil[aà])(?: (?:a tutti|bot|bello|tutti))?|buon ?(?:giorno|pomeriggio|weekend"
    r"|fine settimana|compleanno|natale|appetito|lavoro)|buona ?(?:giornata|serata|notte|sera|domenica"
    r"|settimana|pasqua)|come (?:stai|va|sta|state|te la passi)(?: oggi)?|tutto (?:bene|ok|a posto)"
    r"|che si dice|ci sei|(?:e )?(?:tu|lei)|anche a (?:te|lei)|altrettanto|piacere",
    r"(?:ok |tante |mille )?grazie(?: (?:mille|tante|infinite|di (?:tutto|cuore)|ancora|lo stesso|a te"
    r"|per (?:l'aiuto|la risposta|tutto|le informazioni|la spiegazione)))*|ti ringrazio(?: molto)?|perfetto"
    r"|ottimo|benissimo|fantastico|brav[oa]|bravissim[oa]|bello|(?:ora |adesso )?(?:ho )?capito(?: tutto)?"
    r"|chiaro|interessante|che bello|molto (?:bene|utile|gentile|bello)|ah(?:ah)+a?|complimenti|auguri",
    r"a (?:presto|domani|dopo|più tardi)|arriveder(?:ci|la)|ci (?:vediamo|sentiamo)|scus(?:a|ami|i|ate)"
    r"|mi dispiace|non (?:fa niente|c'è problema|importa|preoccuparti)|di niente|figurati",
)
NORTHERN = either(
    ANYWHERE,
    r"hoi+|goe(?:de|ie)(?:morgen|middag|navond|nacht)|goedendag|hoe gaat (?:het|ie)(?: met (?:je|jou|u))?"
    r"|alles goed|dank (?:je|u)(?: wel)?|dank(?:je|u)wel|bedankt(?: voor (?:de|je|uw) (?:hulp|info|uitleg"
    r"|antwoord))?|hartelijk dank|heel erg bedankt|tof|leuk|mooi|prima|begrepen|duidelijk|doei+|tot (?:ziens"
    r"|straks|morgen|later|snel)|fijne? (?:dag|avond|weekend|dag nog)|welterusten|slaap lekker|geen probleem"
    r"|graag gedaan|gefeliciteerd|jij ook|en jij",
    r"hej+(?: hej| då| där)?|hejsan|hejdå|hallå|tack(?: så (?:mycket|hemskt mycket)| för hjälpen)?|tusen takk"
    r"|takk(?: skal du ha| for hjelpen)?|tak (?:skal du have|for hjælpen)|(?:tusind|mange) tak|god (?:morgon"
    r"|natt|kväll|morgen|aften|dag|helg)|hur mår du|hvordan går det|hvordan har du det|ha det(?: bra)?|bra"
    r"|fint|moi+|moikka|kiitos(?: paljon)?|hei+|hyvää (?:päivää|huomenta|iltaa)",
    r"cze[sś][cć]|siema|dzień dobry|dobry wieczór|(?:wielkie )?dzi[eę]ki(?: wielkie)?|dziękuję(?: bardzo"
    r"| ślicznie)?|dziekuje|świetnie|rozumiem|jasne|do widzenia|na razie|dobranoc|miłego (?:dnia|wieczoru"
    r"|weekendu)|co (?:tam|słychać)|jak się masz|przepraszam|nie ma (?:problemu|sprawy|za co)|ahoj|čau|děkuji"
    r"|díky(?: moc)?|dobrý (?:den|večer)|dobré ráno|szia|köszönöm(?: szépen)?|jó (?:napot|reggelt|estét)"
    r"|bună(?: ziua| dimineața| seara)?|mulțumesc|mersi",
    r"merhaba(?:lar)?|selam(?:lar)?|günaydın|iyi (?:günler|akşamlar|geceler)|nasılsın(?:ız)?|naber|ne haber"
    r"|(?:çok )?teşekkür(?:ler| ederim)|çok sağ ?ol|sağ ?ol(?:un)?|harika|görüşürüz|hoşça ?kal|eyvallah"
    r"|rica ederim|tamam|anladım",
)
EASTERN = either(
    ANYWHERE,
    r"привет(?:ик|ствую|ики)?(?: всем)?|здравствуй(?:те)?|добр(?:ый (?:день|вечер)|ое утро|ой ночи|ого дня)"
    r"|как (?:дела|ты|жизнь|поживаешь|настроение|сам)|хай|здаров[оа]?|(?:большое "
    r"|огромное )?спасибо(?: (?:большое|огромное|тебе|вам|за (?:помощь|ответ|вс[её]|информацию|совет"
    r"|объяснение)|ещё раз))*|благодарю|спс|пасиб[ао]?",
    r"отлично|супер|круто|класс(?:но)?|прекрасно|здорово|понятно|(?:я )?понял[аи]?|ясно|ок(?:ей)?|хорошо|ладно"
    r"|интересно|молодец|пока(?:[- ]пока)?|до (?:свидания|завтра|встречи|скорого)|увидимся|спокойной ночи"
    r"|хорош(?:его (?:дня|вечера)|их выходных)|извини(?:те)?|прости(?:те)?|ничего страшного|не за что"
    r"|ха(?:ха)+|ах(?:ах)+а?|лол|с (?:днём рождения|новым годом|праздником)|взаимно|ты (?:тут|здесь)|а у тебя",
    r"привіт|вітаю|доброго (?:ранку|дня|вечора)|добрий (?:день|вечір)|дякую(?: (?:дуже|за допомогу))?"
    r"|щиро дякую|як справи|чудово|зрозуміло|бувай|до побачення|γει[αά](?: σ(?:ου|ας))?|ευχαριστώ(?: πολύ)?"
    r"|καλημέρα|καλησπέρα|καληνύχτα|здравей|благодаря",
    r"こんにちは|こんばんは|おはよう(?:ございます)?|おやすみ(?:なさい)?|(?:どうも)?ありがとう(?:ございます|ございました)?|どうも|(?:お)?元気(?:ですか)?|すごい(?:ですね)?"
    r"|了解(?:です|しました)?|わかりました|なるほど|さようなら|また(?:ね|明日)|ごめん(?:なさい|ね)?|すみません|よろしく(?:お願いします)?|はじめまして|お疲れ(?:様|さま)(?:です"
    r"|でした)?",
    r"[你您]好(?:吗|啊|呀)?|嗨|哈[喽啰]|大家好|早(?:上好|安)?|下午好|晚上好|晚安|(?:好的|非常)?(?:谢谢|感谢|多谢|謝謝)(?:你|您|啦|了|你的帮助)?|太(?:好|棒)了"
    r"|很好|不错|真棒|厉害|明白了?|知道了|了解了?|收到|懂了|再见|拜拜|回头见|对不起|不好意思|抱歉|没(?:关系|事)|不客气|哈哈+|你还好吗|你在吗|在吗",
    r"안녕(?:하세요|하십니까)?|감사(?:합니다|해요)|고마워요?|고맙습니다|알겠(?:습니다|어요)|잘 지내(?:세요|요|니)?"
    r"|안녕히 (?:계세요|가세요)|잘 자요?|미안(?:해요"
    r"|합니다)?|ㅋㅋ+|ㅎㅎ+|مرحبا|السلام عليكم|أهلا|اهلا|شكرا(?: (?:جزيلا|لك))?|صباح الخير|مساء الخير|كيف حالك"
    r"|مع السلامة|नमस्ते|धन्यवाद|शुक्रिया|שלום|תודה(?: רבה)?|xin chào|cảm ơn(?: bạn)?|halo|terima kasih"
    r"|makasih|selamat (?:pagi|siang|sore|malam)|apa kabar|namaste|salam",
)

SMALL_TALK_ELSEWHERE: tuple[Pattern, ...] = (
    rule(
        "small-talk-french",
        SIMPLE,
        all_of(FRENCH),
        yes="Bonjour ! | merci beaucoup pour ton aide | salut, ça va ?",
        no=NOT_ONLY + " | merci, tu peux fermer le ticket | oui",
    ),
    rule(
        "small-talk-spanish",
        SIMPLE,
        all_of(SPANISH),
        yes="¡Hola! ¿Qué tal? | muchas gracias | perfecto, hasta mañana",
        no=NOT_ONLY + " | hola, borra el historial | sí",
    ),
    rule(
        "small-talk-portuguese",
        SIMPLE,
        all_of(PORTUGUESE),
        yes="Olá, tudo bem? | muito obrigada pela ajuda",
        no=NOT_ONLY + " | sim | oi, quem é você?",
    ),
    rule(
        "small-talk-italian",
        SIMPLE,
        all_of(ITALIAN),
        yes="Buongiorno! | grazie mille, ora ho capito tutto",
        no=NOT_ONLY + " | sì | ciao, chi sei?",
    ),
    rule(
        "small-talk-northern",
        SIMPLE,
        all_of(NORTHERN),
        yes="Goedemorgen | dankjewel! | tack så mycket | cześć | teşekkürler",
        no=NOT_ONLY + " | tak | nee",
    ),
    rule(
        "small-talk-eastern",
        SIMPLE,
        all_of(EASTERN),
        yes="Привет! Как дела? | спасибо большое! | こんにちは | 谢谢 | 감사합니다 | شكرا",
        no=NOT_ONLY + " | да | нет | 是",
    ),
)
