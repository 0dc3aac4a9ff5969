"""Good day, in the language of whoever says it."""

from __future__ import annotations

GREETINGS = (
    (
        r"hello|hi|hey|good (?:morning|afternoon|evening|day)|greetings",
        "Hello",
        "I am the offline model built into this platform: a friendly set of rules, not a real AI. Ask me for "
        "**help** to see "
        'what works without a real model, or "how do I connect a real model?".',
    ),
    (
        r"hallo|guten (?:morgen|tag|abend)|moin|servus|grüß gott",
        "Hallo",
        "Ich bin das eingebaute Offline-Modell: feste Regeln, keine echte KI. Mit `ANTHROPIC_API_KEY` in der Datei "
        "`.env` "
        "antwortet hier ein richtiges Modell. Bis dahin zeigt dir **help**, was schon geht.",
    ),
    (
        r"bonjour|salut|bonsoir|coucou",
        "Bonjour",
        "Je suis le modèle hors ligne intégré : des règles fixes, pas une vraie IA. Avec `ANTHROPIC_API_KEY` dans le "
        "fichier `.env`, un vrai modèle répondra ici. D'ici là, **help** montre ce qui marche déjà.",
    ),
    (
        r"hola|buenos d[ií]as|buenas (?:tardes|noches)",
        "Hola",
        "Soy el modelo sin conexión incorporado: reglas fijas, no una IA de verdad. Con `ANTHROPIC_API_KEY` en el "
        "archivo "
        "`.env` responderá aquí un modelo real. Mientras tanto, **help** muestra lo que ya funciona.",
    ),
    (
        r"ciao|buongiorno|buonasera|salve",
        "Ciao",
        "Sono il modello offline integrato: regole fisse, non una vera IA. Con `ANTHROPIC_API_KEY` nel file `.env` qui "
        "risponderà un modello vero. Intanto **help** mostra che cosa funziona già.",
    ),
    (
        r"ol[áa]|bom dia|boa (?:tarde|noite)",
        "Olá",
        "Sou o modelo offline embutido: regras fixas, não uma IA de verdade. Com `ANTHROPIC_API_KEY` no arquivo "
        "`.env`, "
        "um modelo real responderá aqui. Até lá, **help** mostra o que já funciona.",
    ),
    (
        r"привет|здравствуй(?:те)?|добр(?:ый день|ое утро|ый вечер)",
        "Привет",
        "Я встроенная офлайн-модель: твёрдые правила, а не настоящий ИИ. С `ANTHROPIC_API_KEY` в файле `.env` здесь "
        "будет "
        "отвечать настоящая модель. А пока **help** покажет, что уже работает.",
    ),
    (
        r"こんにちは|おはよう(?:ございます)?|こんばんは",
        "こんにちは",
        "私は内蔵のオフラインモデルです。決まった規則で答えるだけで、本物のAIではありません。`.env` に "
        "`ANTHROPIC_API_KEY` を"
        "書くと、本物のモデルが答えます。**help** で今できることがわかります。",
    ),
    (
        r"你好|您好|早上好|晚上好",
        "你好",
        "我是内置的离线模型：只按固定规则回答，不是真正的人工智能。在 `.env` 中写入 `ANTHROPIC_API_KEY` "
        "后，真正的模型就会在这里回答。"
        "输入 **help** 可以看到现在能做什么。",
    ),
)
"""(words that greet, the greeting, what the offline model says of itself)."""
