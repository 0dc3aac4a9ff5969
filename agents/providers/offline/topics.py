"""What the offline model knows: itself, and the platform it runs on."""

from __future__ import annotations

CONNECT = (
    "To connect a real model, put `ANTHROPIC_API_KEY=…` into the file `.env` and start again. For another endpoint "
    "that "
    "speaks the Messages API (Ollama, OpenRouter, Z.AI, vLLM, LiteLLM) set `ANTHROPIC_BASE_URL` and `DEFAULT_MODEL` "
    "too."
)

TRY = (
    'Until then, try "what time is it in Tokyo?", "what is 12*(3+4)?", "tell me a long story", "tell me a joke" or '
    '"what happens if a worker dies?".'
)

ASK_FOR_HELP = "Ask me for **help** to see what I can do, and how a real model is connected."

HELP = f"""I am the offline model. Without a key and without a network I can

- **talk a little**: say hello, tell me your name, ask for a joke;
- **use tools**: "what time is it in Tokyo?", "what is 12*(3+4)?";
- **write at length**: "tell me a long story about the sea", or even a *very* long one;
- **explain this platform**: ask what a batch is, what happens if a worker dies, how to connect Telegram or GitHub;
- **answer several messages at once**: send three quickly and see.

{CONNECT}"""

SELF = (
    "I am the offline model that is built into this platform. I am a set of fixed rules: no network, no learning, no "
    "opinion, and the same question always gets the same answer. I exist so that everything can be tried out before "
    "a real "
    f"model is connected. {CONNECT}"
)

CONNECT_LONG = """Three lines do it. For Claude, in the file `.env`:

```
ANTHROPIC_API_KEY=your key
```

For any other endpoint that speaks the Messages API, for example Ollama on this machine:

```
ANTHROPIC_BASE_URL=http://127.0.0.1:11434
DEFAULT_MODEL=qwen2.5:7b
```

For OpenRouter set `OPENROUTER_API_KEY` and a model such as `DEFAULT_MODEL=openrouter:anthropic/claude-sonnet-5.5`. \
Then start again; `manage.py doctor` tells whether it worked."""

_SET_UP = r"\b(?:connect|set ?up|add|link|use|install|integrate|configure|how|what)\b.*"

TOPICS = (
    (
        r"connect (?:a |the |to )*(?:real |better |other )?(?:ai\b|model|claude|llm|ollama|openrouter)|api.?key|"
        r"real model|"
        r"base.?url",
        CONNECT_LONG,
    ),
    (
        rf"{_SET_UP}\btelegram\b|^\W*telegram\W*$",
        "Ask @BotFather on Telegram for a bot and put its token into `.env` as `TELEGRAM_BOT_TOKEN`. On a laptop "
        "that is "
        "all: updates are fetched by polling. With `PUBLIC_URL` set, the webhook is registered by itself at the start. "
        "In groups the bot answers when it is mentioned, replied to or addressed by a command.",
    ),
    (
        rf"{_SET_UP}\bgithub\b|^\W*github\W*$",
        "Put `GITHUB_TOKEN` (or `GITHUB_APP_ID` and `GITHUB_APP_PRIVATE_KEY`), `GITHUB_WEBHOOK_SECRET` and "
        "`GITHUB_BOT_LOGIN` into `.env`, and point a webhook of the repository at `/webhooks/github/default/`. "
        "Mention the "
        "bot in an issue or a comment: it reacts with 👀 at once and answers with one comment.",
    ),
    (
        r"\bbatch(?:es|ing)?\b",
        "A **batch** is the messages that are answered together. Whatever you send within half a second of quiet is "
        "collected and answered by one model call. While one batch is being answered, the next already collects: "
        "no message is ever dropped.",
    ),
    (
        r"worker\b.*\b(?:die|dies|died|dead|crash|kill)|(?:crash|kill|die)\w*\b.*\bworker|what happens if .*(?:crash|"
        r"die|fail)",
        "Then somebody else goes on. Each step of a run is committed to PostgreSQL before the next begins, and a "
        "worker "
        "holds its batch by a lease of 30 seconds. When the lease lapses, another worker takes the batch over behind "
        "the "
        "last finished step: model calls that were paid for are not paid twice, and you get one answer, not two. "
        "Try `manage.py drill kill-worker`.",
    ),
    (
        r"\b(?:what|without|is|does|if)\b.*\bredis\b|\bredis (?:dies|goes|is|stops)|^\W*redis\W*$",
        "Redis only carries nudges. Wipe it at any moment and nothing but a few seconds are lost: PostgreSQL holds the "
        "truth, and a sweep finds whatever is due.",
    ),
    (
        r"\b(?:what|how)\b.*\b(?:lease|heartbeat|epoch)\b",
        "A worker holds a batch by a **lease** that its heartbeat renews. Whoever takes over raises the batch's "
        "**epoch**; "
        "everything that the former holder still tries to write carries the old epoch and changes nothing.",
    ),
    (
        r"\b(?:what|how)\b.*\bsessions?\b",
        "A **session** is one conversation: a chat and its topic, or a repository and its issue. `/clear` lets it "
        "start "
        "afresh, and so does a long silence.",
    ),
    (
        r"\bwhat is a (?:run|step)\b|\bruns and steps\b",
        "A **run** is one attempt to answer a batch. It consists of **steps**, model calls and tool calls, each "
        "stored with "
        "its tokens, cost and time. `manage.py explain` tells the whole story of one message.",
    ),
    (
        r"what (?:does|do) (?:it|this|you) cost|how much (?:does|do|is) (?:it|this|you|a message)\b",
        "I cost nothing. With a real model every call is stored with its tokens and its price, and budgets per day "
        "and per "
        "user can be set.",
    ),
    (
        r"\b(?:admin|operator) (?:page|console|panel|interface)|\bdashboard\b|where is the (?:admin|console)",
        "The operator console is at `/admin/`: every update, session, batch, run, step and reply can be looked at "
        "there, "
        "and stuck or failed work can be tried again.",
    ),
    (
        r"\b(?:slash|which|what|all|list of) commands\b|^\W*commands\W*$",
        "There are `/start`, `/help`, `/clear` (start afresh), `/status` and `/cancel`. They work at once, also "
        "while an "
        "answer is being written.",
    ),
    (
        r"is (?:it|this) (?:secure|safe|private)|\bprivacy\b|\bmy data\b|\bwhere (?:is|are)\b.*\b(?:stored|kept)\b",
        "Everything stays in this installation's own PostgreSQL. I myself call nobody: an offline model has no "
        "network. "
        "Once a real model is connected, your messages go to its provider.",
    ),
    (r"^\W*(?:help|hilfe|aide|ayuda)\b(?! (?:me )?with)|what can (?:you|i) do|how can you help", HELP),
    (
        r"who are you|what are you|your name|are you (?:an? )?(?:ai|human|bot|real|claude|person)|wer bist du|"
        r"qui es-tu|"
        r"quién eres|are you offline|offline model",
        SELF,
    ),
    (
        r"this platform|what is this|botplatform|how does (?:it|this) work",
        "This is a platform for bots. A message comes in from Telegram, GitHub or this chat and is committed to "
        "PostgreSQL "
        "before anything else; messages that belong together are answered together; every step towards the answer is "
        "kept, "
        "so that no crash loses or doubles anything; and the answer is written down before it is sent.",
    ),
)
"""(words that ask about it, what there is to say); the first that fits is said."""

JOKES = (
    "Why did the message queue stay calm? Because whatever is not acknowledged comes back anyway.",
    "There are two hard problems in distributed systems: 2. delivering exactly once, 1. keeping the order, 2. "
    "delivering "
    "exactly once.",
    "A lease, a lock and a heartbeat walk into a bar. The lease says: “I can stay for thirty seconds, then somebody "
    "else "
    "has to drink this.”",
    "I would tell you a joke about UDP, but I would never know whether you got it.",
    "A programmer's partner says: “Get a litre of milk, and if they have eggs, get six.” The programmer comes home "
    "with six "
    "litres of milk: “They had eggs.”",
    "Why do offline models make good company? They never talk behind your back. They talk to nobody at all.",
)
