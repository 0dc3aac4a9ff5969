"""Research: several sources to be found, weighed and put together."""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.words import ASK, LEAD, rule
from agents.routing.target import LEAD_RESEARCHER, ROUTER

_SOURCES = (
    r"(?:(?:several |multiple |different |independent |real |reliable |good |primary |academic |scientific "
    r"|peer[- ]reviewed |recent |various )*(?:sources?|citations?|references|studies|papers|meta[- ]analyses"
    r"|surveys|reviews|articles|publications|literature|evidence|test reports|benchmarks|figures|data))"
)

RESEARCH: tuple[Pattern, ...] = (
    rule(
        "leave-comparisons-of-ones-own",
        ROUTER,
        r"\b(?:this|these|that|those|our|my|your|the (?:two|both|above|following|attached)) (?:\w+ )?(?:prs?"
        r"|pull requests?|branch(?:es)?|commits?|files?|functions?|classes|implementations?|versions?|texts?"
        r"|sentences?|snippets?|lists?|code|drafts?|issues?|logs?|configs?|numbers|options|repos?|repositories)\b"
        r"|#\d+|```",
        yes="compare this PR with #87 | compare these two functions | which of my drafts is better",
        no="compare Prettier and Biome, cite benchmarks",
    ),
    rule(
        "research-by-name",
        LEAD_RESEARCHER,
        rf"{LEAD}{ASK}(?:(?:do|start|make|run|conduct) (?:some |a |an )?(?:(?:deep|thorough|full|proper|quick"
        r"|bit of|in-depth|online|web) )*(?:research|literature (?:review|search|survey)|competitor analysis"
        r"|competitive analysis|market (?:research|analysis|overview|survey))|(?:deep )?research\b|(?:market"
        r"|literature|competitor|technology) (?:overview|review|survey|analysis|landscape)\b|(?:write|prepare"
        rf"|give me|make|put together|compile|create) (?:me )?(?:an? )?(?:\w+ ){{0,2}}(?:literature review"
        r"|market overview|market analysis|competitor analysis|background paper|state[- ]of[- ]the[- ]art"
        rf"|survey of (?:techniques|approaches|methods|the))\b)[^\n]{{8,}}",
        yes="Please research which JSON schema validators pass the official test suite best. "
        "| deep research: lithium supply chains, who controls which step "
        "| market overview of home batteries germany: manufacturers prices warranty, make a table "
        "| Do a full competitor analysis for a meal-kit start-up in Poland",
        no="what is research? | how do I do a literature review? | research",
    ),
    rule(
        "compare-with-sources",
        LEAD_RESEARCHER,
        rf"{LEAD}{ASK}(?:compare|contrast|weigh|evaluate|investigate|look into|examine|find|collect|gather|list"
        r"|look for|search for|trace)\b[^\n]*\b(?:(?:with|cite|citing|from|using|use|based on|including|incl\.?"
        r"|at least (?:\d+|two|three|four|five)|several|a few|some|three|four|five|two|published|independent"
        rf"|more than one|what) (?:\w+[ -])?{_SOURCES}|according to (?:several|different|various) |post-?mortems?"
        r"|price comparison)\b",
        yes="Compare how Prettier, Biome and dprint do on speed and plugin support, cite benchmarks "
        "| Find three independent sources on whether standing desks help against back pain "
        "| compare iphone 16 and galaxy s25 cameras, use a few reviews",
        no="compare 3/4 and 5/8 | find a word that rhymes with orange | how do I cite sources?",
    ),
    rule(
        "what-the-evidence-says",
        LEAD_RESEARCHER,
        rf"{LEAD}(?:[^\n?]*[?:;,] )?(?:what|whats|what's)(?: (?:do|does|is|are))?(?: the)? (?:(?:latest |recent "
        r"|newest |current |scientific |academic |published )*(?:studies|research|researchers|meta[- ]?analyses"
        r"|scientists|experts|evidence|literature|papers|science|clinical trials|academic view"
        r"|scientific consensus|state of research))\b[^\n]*\b(?:say|says|think|on|about|find|found|tell|know|show"
        r"|agree|suggest)\b",
        yes="is vitamin d supplementation worth it? what do meta analyses say "
        "| What's the academic view on code review effectiveness? "
        "| what do experts think about nuclear fusion timelines "
        "| ok so whats the research on cold showers, legit or hype",
        no="what is a meta analysis? | what does the linter say | what do you think about tea",
    ),
    rule(
        "find-studies",
        LEAD_RESEARCHER,
        rf"{LEAD}(?:[^\n]*[?.!:;,] )?{ASK}(?:look for|find|search for|gather|collect|list) (?:me )?(?:(?:some|the"
        rf"|all|several|recent|newer|more|good|three|five|at least \w+) )*(?:{_SOURCES}) (?:on|about|from|for|of"
        rf"|that)\b[^\n]{{8,}}",
        yes="how reliable are polls before elections? look for studies from several countries and decades "
        "| find papers on incremental compilation in Rust",
        no="find data types for this column | list articles",
    ),
    rule(
        "research-german",
        LEAD_RESEARCHER,
        r"^(?:(?:hallo|hi|hey|ok|danke)[\s,!.]+)?(?:(?:kannst|könntest|würdest) du (?:bitte "
        r"|mal )*)?(?:recherchier(?:e|en|st)?|mach(?:e)? (?:bitte |mal )*(?:eine )?(?:recherche|marktübersicht"
        r"|marktanalyse|literaturrecherche)|(?:bitte |mal )*vergleich(?:e|en)?\b[^\n]*\b(?:mit|anhand|aus"
        r"|laut) (?:\w+ )?(?:quellen|studien|testberichten|belegen))\b[^\n]{5,}",
        yes="recherchier mal welche Stromanbieter in Hamburg gerade am günstigsten sind "
        "| Recherchiere bitte die Rechtslage zu Drohnen in Österreich",
        no="was ist eine Recherche? | vergleiche 3/4 und 5/8",
    ),
    rule(
        "research-elsewhere",
        LEAD_RESEARCHER,
        r"^(?:(?:bonjour|salut|hola|ciao|olá|merci|gracias|привет)[\s,!.]+)?(?:(?:peux-tu|tu peux|puedes|puoi"
        r"|você pode|pode) )?(?:(?:fais|faire|fais-moi) (?:une |des )recherches?|recherche[rz]? (?:les|des|quels"
        r"|quelles|sur)|haz(?:me)? una (?:investigación|búsqueda a fondo)|investiga(?:r)? (?:qué|cuál|cuáles|cómo"
        r"|sobre|los|las|el|la)|(?:fai|fare|fammi) una ricerca|faça uma (?:pesquisa|investigação)"
        r"|pesquis[ea] (?:sobre|quais|os|as)|проведи (?:исследование|анализ рынка)|исследуй)\b?[^\n]{8,}",
        yes="Fai una ricerca sui migliori programmi di contabilità per liberi professionisti "
        "| fais une recherche sur les poussettes les mieux notées",
        no="recherche | la investigación es cara",
    ),
)
