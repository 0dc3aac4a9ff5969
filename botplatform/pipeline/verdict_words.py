"""The words with which people decide, in seven languages; verdicts.py says how they may be put together.

A phrase a comma; `(a|b)` is one of several, `[a|b]` may be missing. Written with their accents: people may leave
all of them out. Apostrophes do not count.
"""

from __future__ import annotations

YES = """
    yes, yep, yeah, yup, [my|the] answer is yes, i say yes, ja, jawohl, jep, claro que sí, oui, ouais, sim, да, ага, 👍
"""
"""May be followed by a number."""

OK = """
    sí, si, sì, ok, okay, okey, sure, of course, certainly, absolutely, definitely, go ahead, go for it, please do,
    [please] do (it|this|that|so), (do it|go ahead) now, please go ahead, [please] proceed, make it so,
    you may proceed, you (may|can) go ahead, klar, gern, gerne, natürlich, selbstverständlich, in ordnung,
    einverstanden, ich bin [damit] einverstanden, nur zu, (mach|tu) [es|das] bitte, (mach|tu) (es|das),
    bitte (mach|tu) (es|das), vale, claro, por supuesto, de acuerdo, estoy de acuerdo, adelante, hazlo, d'accord,
    je suis d'accord, bien sûr, vas-y, vas y, allez-y, allez y, fais-le, faites-le, com certeza, faça isso,
    vá em frente, pode fazer, concordo, eu concordo, certo, certamente, va bene, d'accordo, sono d'accordo, procedi,
    vai avanti, ок, окей, конечно, согласен, согласна, [я] (согласен|согласна), давай, давайте, сделай это,
    делай
"""
"""A number after them needs a preposition: "ok 2" may be anything, and "si" may be "if"."""

APPROVE = """
    [i|we] [hereby] (approve|confirm|accept|authorise|authorize|permit), approved, confirmed, accepted, authorised,
    authorized, permitted, agreed, i agree, granted, allow, i allow, [ich] (genehmige|bestätige|erlaube|akzeptiere),
    genehmigt, genehmigen, bestätigt, bestätigen, erlaubt, freigegeben, freigeben, akzeptiert, [ich] stimme zu,
    ich stimme [dem|der] zu, zugestimmt, [yo] [lo|la] (apruebo|confirmo|acepto|autorizo), (aprobar|confirmar|aceptar),
    (aprobado|aprobada|confirmado|aceptado), j'approuve, je l'approuve, je (confirme|valide),
    je le confirme, j'accepte, j'autorise, approuve, approuver, approuvé, confirmer, confirmé, accepté, validé,
    [eu] (aprovo|confirmo|aceito|autorizo), aprovar, aprovado, aprovada, confirmado,
    [lo] (approvo|confermo|accetto|autorizzo), approvare, approvato, approvata, confermare, confermato, accettato,
    [я] (одобряю|подтверждаю|разрешаю), одобрено, одобрить, подтверждено, подтвердить
"""

NO = """
    no, nope, nah, naw, no way, never, absolutely not, definitely not, certainly not, of course not, hell no,
    not at all, better not, i'd rather not, rather not, please no, under no circumstances, on no account, no thanks,
    no thank you, thanks but no, thanks but no thanks, [my|the] answer is no, i say no, never mind, nevermind,
    forget it, [please] (don't|do not), don't you dare, nein, nö, nee, niemals, nie, auf keinen fall, keinesfalls,
    natürlich nicht, auf gar keinen fall, lieber nicht, bloß nicht, bitte nicht, nein danke, lass (das|es),
    lass es sein, lass das sein, nunca, jamás, de ninguna manera, ni hablar, claro que no, por supuesto que no,
    en absoluto, no gracias, non, jamais, surtout pas, absolument pas, bien sûr que non, pas question,
    hors de question, non merci, não, jamais, de jeito nenhum, claro que não, não obrigado, não obrigada, mai più,
    assolutamente no, certo che no, no grazie, non grazie, нет, никогда, ни в коем случае, конечно нет, ни за что,
    нет спасибо, 👎, ❌, 🚫, ⛔, 🛑
"""
"""A number after them needs a preposition: "no 2" may be "number 2"."""

DENY = """
    [i|we] [hereby] (deny|reject|refuse|decline|disapprove), i object, denied, rejected, refused, declined,
    disapproved, [please] (cancel|abort|stop), cancelled, canceled, aborted, i disagree, disagree, [i'm|i am] against,
    [ich] (verweigere|verbiete|untersage), abgelehnt, ablehnen, [ich] lehne [das|es|dies|dem] ab, verweigert,
    verweigern, dagegen, ich bin dagegen, abbrechen, brich ab, brich (es|das) ab, stopp, halt, hör auf,
    [yo] [lo|la] (rechazo|deniego), rechazar, denegar, (rechazado|rechazada|denegado|denegada), cancelar, cancela,
    cancélalo, cancelado, detente, [estoy] en contra, ni se te ocurra, je (refuse|rejette), je suis contre, refuser,
    refusé, rejeter, rejeté, rejette, annule, annuler, annulé, arrête, arrêtez, [eu] (nego|rejeito|recuso), negar,
    negado, rejeitar, rejeitado, recusar, recusado, cancele, pare, sou contra, eu sou contra, [lo] (rifiuto|respingo),
    rifiutare, rifiutato, rifiutata, respinto, annulla, annullare, annullato, fermati, sono contrario, sono contraria,
    [я] (отклоняю|отказываю|запрещаю), отклонить, отклонено, отказано, отказ, отмена, отмени, отменить, стоп,
    [я] против, прекрати, не надо, не нужно
"""

NEGATED = """
    [please] (i|we) (do not|don't|cannot|can not|can't|won't|will not|would not|wouldn't|could not|
       couldn't) [ever] (approve|confirm|accept|authorise|authorize|permit|allow|agree|consent),
    (i|we) (do not|don't|never) (want|want you to do),
    (i|we) (never|did not|didn't|have not|haven't) (approve|approved|confirm|confirmed|agree|agreed|allow|allowed),
    (not|never) (approved|confirmed|accepted|authorised|authorized|permitted|allowed|agreed|granted|ok|okay),
    [this|that|it] is not (approved|ok|okay|allowed|acceptable|permitted),
    [this|that|it] isn't (approved|ok|okay|allowed|acceptable|permitted),
    [please] (do not|don't|never) [ever] (do|approve|confirm|accept|allow|proceed|continue|go ahead|execute|delete|
       remove|erase|merge|send|post|publish|push|deploy),
    [please] (do not|don't|never) (run|create|write|close|change|touch) (it|this|that|them|anything),
    (i am|i'm) not (okay|ok) with, [i am|i'm] not in favour, [i am|i'm] not in favor,
    [ich] (genehmige|bestätige|erlaube|akzeptiere|will|möchte) [das|es|dies] nicht,
    nicht (genehmigt|bestätigt|erlaubt|freigegeben|akzeptiert|einverstanden|genehmigen|bestätigen|freigeben|ausführen|
       machen|löschen|tun), (das|dies|es) (genehmige|bestätige|erlaube|will|möchte) ich nicht,
    [ich] stimme [dem|der|dieser|diesem] nicht zu, ich bin [damit] nicht [damit] einverstanden,
    [bitte] (mach|mache|tu|tue|lösche|lösch) [das|es|dies] [bitte] nicht, nicht [das|es] (machen|tun|löschen),
    (das|es) nicht (machen|tun|löschen), [yo] no [lo|la] (apruebo|confirmo|acepto|autorizo|quiero|permito),
    no (aprobar|aprobado|aprobada|confirmado|aceptado|autorizado),
    [por favor] no [lo|la] (hagas|borres|elimines|apruebes|ejecutes|envíes), no estoy de acuerdo, je n'approuve pas,
    je ne l'approuve pas, je ne (confirme|valide) pas, je n'accepte pas, je n'autorise pas, je ne suis pas d'accord,
    [ce n'est|c'est] pas d'accord, je ne veux pas, pas (approuvé|confirmé|accepté|validé),
    ne pas (approuver|confirmer|faire|supprimer), ne [le|la] (fais|faites|supprime|supprimez|approuve|efface) pas,
    (n'approuve|n'efface|n'exécute) pas, fais pas [ça],
    [eu] não (aprovo|confirmo|aceito|autorizo|concordo|quero|permito),
    não (aprovado|aprovada|aprovar|faça|apague|delete|aprove),
    [io] non [lo|la] (approvo|confermo|accetto|autorizzo|voglio|permetto),
    non (approvato|approvata|confermato|approvare|farlo|lo fare|cancellare|cancellarlo|procedere), non sono d'accordo,
    [я] не (одобряю|подтверждаю|разрешаю|согласен|согласна|хочу),
    не (делай|делайте|удаляй|одобрено|надо этого|разрешено|подтверждено)
"""
"""A word for yes that is taken back. May be followed by what it is about."""

POLITE = """
    please, pls, plz, kindly, thanks, thank you, thank you very much, many thanks, thanks a lot, thx, ty, cheers,
    bitte, bitte schön, danke, dankeschön, vielen dank, danke schön, por favor, gracias, muchas gracias, merci,
    merci beaucoup, s'il te plaît, s'il vous plaît, svp, stp, obrigado, obrigada, muito obrigado, per favore,
    per piacere, grazie, grazie mille, пожалуйста, спасибо, 🙏, 🙂, 😀, 😃, 😄, 😁, 😊, ❤, 🎉, 🚀, ✨
"""

SORRY = "sorry, tut mir leid, lo siento, désolé, désolée, desculpe, scusa, извини, извините"
"""May open a denial."""

ECHO = """
    (delete|remove|erase|merge|send|post|publish|run|execute|deploy) (it|this|that|them), lösch (es|das),
    lösche (es|das), bórralo, elimínalo, supprime-le, apaga, cancellalo, удали, удаляй
"""
"""What is to be done, said again after a yes."""

HEDGE = """
    i (guess|suppose|think|believe) [so], i don't think so, i (don't|do not) (know|care), maybe [not], perhaps,
    probably [not], possibly, [i'm|i am] not sure, hm, hmm, um, uh, well, why not, whatever, up to you, your call,
    as you (like|wish), [it] depends, not (yet|now), later, wait, hold on, one moment, hang on,
    [but] only (if|when|after|once|the), unless, no matter, not, nothing,
    no (rush|doubt|reason|idea|need|comment|choice), (yeah|sure) right, yeah (yeah|sure), sure sure, vielleicht,
    wahrscheinlich, vermutlich, warum nicht, wieso nicht, doch, noch nicht, jetzt nicht, später, warte, nicht,
    [ich] weiß nicht, keine ahnung, nur (wenn|falls), erst wenn, ich (glaube|denke) [schon], jein, [mir] egal, quizás,
    quizá, tal vez, a lo mejor, por qué no, supongo [que sí], no [lo] sé, creo que sí, todavía no, aún no, ahora no,
    espera, me da igual, (solo|sólo) si, peut-être, pourquoi pas, je ne sais pas, je (crois|pense),
    pas (encore|maintenant), attends, attendez, (si|comme) tu veux, seulement si, talvez, por que não, não sei,
    acho que sim, (ainda|agora) não, tanto faz, só se, forse, perché no, non [lo] so, (penso|credo) di sì,
    non (ancora|ora), aspetta, solo se, может быть, наверное, возможно, почему нет, почему бы и нет, не знаю, ещё не,
    не сейчас, подожди, как хочешь, только если, 🤷, 🤔
"""
"""About a decision, and not one."""

ASSENT = """
    [i have] no (problem|problems|objection|objections|worries|issue|issues|big deal|concerns|complaints),
    not (a problem|an issue|unacceptable|bad|wrong), [i] (don't|do not) (worry|hesitate|mind|object|disagree|oppose),
    nothing against it, [i'm|i am] not against (it|this|that), lgtm, looks (good|fine) [to me],
    sounds (good|fine) [to me], good [to me], fine [by me|with me], great, perfect, alright, all right, works for me,
    k, kk, kein problem, keine einwände, nichts dagegen, [ich habe] nichts dagegen, [ich bin] nicht dagegen,
    meinetwegen, von mir aus, alles klar, passt, nicht (schlecht|abgelehnt), gut, no hay problema, sin problema,
    ningún problema, está bien, bueno, bien, pas de problème, sans problème, aucun problème, ça marche, c'est bon,
    sem problema, sem problemas, está bom, tá bom, tudo bem, nessun problema, bene, non è un problema, [я] не против,
    нет проблем, без проблем, ладно, хорошо, (it's|that's|it is|that is|this is) (ok|okay|fine|good|alright|all right),
    [das] ist (ok|okay|gut|in ordnung), passt schon, no es [un|ningún] problema, não é problema, c'est ok, 👌, ✅
"""
"""Friendly towards it, and no decision either."""

ALONE_YES, ALONE_NO = "y", "n"
"""Count as the only word alone: elsewhere they are Spanish for "and", or nothing."""

STRETCHED = """
    yes yep yeah ok okay sure no nope nah naw ja nein nö nee sí si oui non sim não sì да нет never stop please approve
    approved
"""
"""May be drawn out: "yesss", "noooo"."""

OBJECT = """
    [of|to|with] (it|this|that|this one|that one),
    [of|to|with] (the|this|that) (request|action|operation|approval|call|deletion|change), das, es, dies, dem,
    diese anfrage, die anfrage, eso, esto, la solicitud, ça, cela, la demande, isso, isto, o pedido, questo,
    la richiesta, это, этого, этим
"""
"""What is decided on, where that needs no saying."""

ALL = """
    all, all of them, all of it, them all, everything, both, both of them, all requests, all approvals, alle, alles,
    allen, allem, beide, beiden, todo, todos, todas, ambos, ambas, los dos, tout, tous, toutes, les deux, tudo, tutto,
    tutti, tutte, entrambi, entrambe, все, всё, всех, всему
"""
TO = "to for with zu für bei a al para con à au aux pour com per на для к ко"
NUMBER = """
    number numbers nr nummer nummern número números numéro numéros numero numeri номер номера request requests
    approval approvals
"""
AND = "and & + und y e et и sowie"
BECAUSE = """
    because cause cuz coz since as bc weil denn da porque pues ya car parce puisque pois perché poiché perche потому
    так
"""
"""Opens the reason of a denial."""

PARTICLES = "no nope nah naw nein nö nee non não нет"
SUBJECT = """
    i it this that we they you he she its thats please im ive my the das ich wir bitte mein der die yo eso esto je ça
    c'est cela il eu isso isto io questo я это мне
"""
"""Opens a new sentence after one of the particles without a comma."""

AUXILIARY = "do does did is are was will would can could should must happens happened exactly"
ASKING = """
    what which who whom whose when where why how was welche welcher welches wer wann wo warum wieso wie qué cuál
    cuáles quién cuándo dónde cómo quoi quel quelle quels quelles qui quand où pourquoi comment combien o que qual
    quais quem quando onde como che cosa quale quali chi dove come что какой какие кто когда где почему как сколько
"""
TELLING = """
    tell show explain list describe give summarise summarize erkläre erklär zeig zeige sag explica muestra dime
    explique montre dis mostra mostre diga spiega mostra dimmi расскажи покажи объясни
"""
"""After a mere "ok" they open a request of its own."""

TURN = "but however though although yet still aber doch jedoch pero mas mais ma però но"
CONDITION = """
    unless if until till except only wait wenn falls bis außer nur warte si hasta excepto salvo solo sólo espera jusqu
    sauf seulement attends se até exceto só finché tranne se если пока кроме только подожди
"""
NOT = """
    not no never dont didnt doesnt isnt cannot cant wont wouldnt shouldnt neither nor without nothing none nicht kein
    keine keinen nie niemals ohne nunca jamás sin ne n pas jamais sans não nem sem non né senza не нет ни без
"""

COMMON = """
    is am are do does am be was the a an in on of will would can could may get make have has had so le la les un
    une el los las en es de del il lo gli ein eine den dem sein bin mir mich sich au du des ser ter que qu mas all
    right some your
"""
"""Too frequent to hint at a decision by themselves."""

STRONG = """
    approve approves approved approving disapprove disapproved unapproved confirm confirmed unacceptable deny denied
    reject rejected rejecting decline ahead lgtm genehmige genehmigt genehmigen genehmigung bestätige bestätigt
    freigeben freigegeben abgelehnt ablehnen dagegen einverstanden apruebo aprobar aprobado aprueba rechazo rechazar
    rechazado deniego approuve approuver approuvé japprouve napprouve refusé rejette aprovo aprovar aprovado rejeito
    rejeitado approvo approvare approvato rifiuto rifiutato одобряю одобрено подтверждаю отклонить отклоняю отклонено
    👍 👎 ❌ 🚫 ⛔ 🛑
"""
"""Speak of a decision wherever they stand."""

ALIKE = str.maketrans("аеорсухіјѕԁһкոօтмнвαοερνυικτχηɑɡıʏᴇꜱᴏɴᴀᴘʀᴠ", "aeopcyxijsdhknotmhbaoepnyiktxnagiyesonaprv")
"""Letters of other alphabets that look like Latin ones, in one case or the other."""
