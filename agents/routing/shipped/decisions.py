"""Plain consent and refusal: they belong to the agent that asks for approval."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import EMOJI, FIRM, NUMBERS, SEP, either, rule
from agents.routing.target import HITL

_IT = (
    r"(?: (?:it|that|this|them|these|those|both|all(?: of (?:it|them))?|(?:the|this|that) (?:pending |last "
    rf"|open )?(?:action|request|approval|operation|change)|{NUMBERS}))?"
)
_ENGLISH = either(
    r"yes+|yeah+|yea|yep+|yup+|ya|aye|sure(?: thing)?|of course|absolutely|definitely|certainly|affirmative"
    r"|do (?:it|that|so|both|them)|please do(?: it| so| that)?|go (?:ahead|for it)(?: and do (?:it|that|so))?"
    r"|proceed|make it so|ship it|you may|permission granted|you have my (?:ok|okay|permission|approval"
    r"|blessing)",
    r"(?:i (?:do not |don'?t )?)?(?:approved?|accept(?:ed)?|confirm(?:ed)?|allow|permit|grant|deny|denied"
    rf"|reject(?:ed)?|declined?|disapprove|refused?|cancel|abort)(?: of)?{_IT}|i (?:do not |don'?t )?agree",
    r"no+|nope|nah|nay|negative|never|not (?:now|yet|today)|rather not|better not|leave it|no way|by no means"
    r"|i(?:'d| would) rather not|hands off",
    r"(?:please )?(?:don'?t|do not)(?: do (?:it|that|this|so|anything))?",
)
_OTHER = either(
    r"ja+|jawohl|jep|jo|jup|klar|na klar|natürlich|gerne?|einverstanden|genehmigt|best(?:ä|ae)tigt|freigegeben"
    r"|(?:bitte )?mach (?:das|es|ruhig)(?: so)?|ich (?:bestätige|genehmige)(?: das| es)?|ich stimme zu"
    r"|auf jeden fall",
    r"oui+|ouais|ouep|vas[- ]y|allez[- ]y|fais[- ]le|faites[- ]le|bien sûr|j'(?:approuve|accepte|autorise)"
    r"|je (?:confirme|valide)|approuvé|confirmé|validé",
    r"s[ií]+|claro(?: que sí)?|por supuesto|adelante|hazlo|hágalo|dale|apruebo|aprobado|confirmo|confirmado"
    r"|acepto|de acuerdo",
    r"sì|certo|procedi(?: pure)?|fallo|conferm[oa]|confermato|approv[oa]|approvato|va bene|sim|pode (?:fazer"
    r"|ser|prosseguir|seguir)|faça(?: isso)?|aprovo|aprovado",
    r"doe maar|ga je gang|akkoord|goedgekeurd|bevestigd|graag|tak|zgoda|potwierdzam|zrób to|evet|onaylıyorum"
    r"|onayla|ano|kyllä|igen",
    r"да+|ага|угу|конечно|давай(?:те)?|делай(?:те)?|подтверждаю|одобряю|соглас(?:ен|на)|разрешаю|так|はい|うん"
    r"|承認(?:します)?|お願いします|是的?|对|可以|同意|确认|批准|네|예|승인|نعم|موافق|כן|हाँ",
    r"nein+|nee+|nö+|(?:bitte |lieber |jetzt )nicht|nicht (?:machen|jetzt|nötig)|mach (?:das|es) (?:bitte "
    r"|lieber )?nicht|lass (?:das|es)(?: (?:sein|bleiben|lieber))?|abbrechen|abbruch|abgelehnt|ablehnen"
    r"|auf keinen fall",
    r"non+|nan|pas (?:maintenant|encore)|surtout pas|annule(?:r|z)?(?: (?:ça|tout))?|refusé|je refuse"
    r"|ne (?:le )?(?:fais|faites) pas(?: ça)?",
    r"no lo hagas|ahora no|mejor no|todavía no|cancela(?:r|lo)?|cancélalo|rechazo|rechazado|de ninguna manera"
    r"|annulla|non farlo|meglio di no|rifiuto|não|nao|agora não|melhor não|não faça(?: isso)?|recuso|rejeitado",
    r"niet doen|liever niet|niet nu|annuleer|nie|nie teraz|anuluj|odrzuć|hayır|iptal(?: et)?|yapma|ne|нет|неа"
    r"|не (?:надо|нужно|делай(?: этого)?|сейчас)|отмена|отмени(?:ть)?|отклон(?:яю|ить)|ни в коем случае|ні",
    r"いいえ|いや|やめて(?:ください)?|拒否|キャンセル|不是?|不要|不用了?|不行|拒绝|取消|不同意|아니(?:요|오)?|거절|취소|لا|לא|नहीं",
)
_BEFORE = (
    rf"^{SEP}*(?:(?:mm+|hm+|oh|ah|ok|okay|well|cool|great|alright|fine|hey|hi|good|so|ja|ach|ah|bueno|bon"
    rf"|ну)[\s,.!]+){{0,2}}"
)
_WITH = (
    r"please|pls|plz|thanks|thank you|thx|ty|bitte|danke|merci|gracias|grazie|obrigad[oa]|por favor"
    r"|s'il te plaît|stp|svp|per favore|пожалуйста|спасибо|dank je|proszę|now|then|so|sounds good|looks good"
    r"|lgtm|indeed|exactly"
)


def _decision(words: str) -> str:
    """A message of consent or refusal, perhaps after a word of acknowledgement, and of nothing else."""
    return rf"{_BEFORE}{words}(?:[\s,.!;:{EMOJI}-]+(?:{words}|{_WITH}))*{FIRM}"


DECISIONS: tuple[Pattern, ...] = (
    rule(
        "slash-decision",
        HITL,
        r"^/(?:approve|deny|confirm|reject)(?:@\w+)?\b[\s#\d,a-z]*$",
        yes="/approve 3 | /deny 12 | /approve all",
        no="what does /approve do? | /help",
    ),
    rule(
        "confirmation-english",
        HITL,
        _decision(_ENGLISH),
        yes="yes | Yes, please go ahead. | approve 2 and 3 | ok, do it 👍 | no thanks | don't do it | deny #3 "
        "| cancel the pending action",
        no="yes? | no worries | no, I meant the other one | yes I know, but why? | ok | ok thanks "
        "| not a summary please | don't change any code yet | yes, and now compare the rest",
    ),
    rule(
        "confirmation-other-languages",
        HITL,
        _decision(_OTHER),
        yes="ja bitte | nein, bitte abbrechen | oui vas-y | sí, hazlo | sim, pode fazer | да, конечно | いいえ | 不要",
        no="ja? | nein, ich meinte das andere | oui mais pourquoi ? | merci | спасибо",
    ),
)
