"""The patterns that a fresh installation starts with, in order. Operators edit their own copies.

Messages that consist of nothing but small talk, a decision or a question about the bot come first; then actions, work and
research asked for in so many words; last the small tasks, after patterns that leave to the model what only looks like one.
"""

from __future__ import annotations

from agents.routing.patterns import Pattern
from agents.routing.shipped.about import ABOUT
from agents.routing.shipped.about_elsewhere import ABOUT_ELSEWHERE
from agents.routing.shipped.actions import ACTIONS
from agents.routing.shipped.coding import CODING
from agents.routing.shipped.decisions import DECISIONS
from agents.routing.shipped.explanations import EXPLANATIONS
from agents.routing.shipped.guards import CONTEXT, MIXED, NEWS
from agents.routing.shipped.look_ups import LOOK_UPS
from agents.routing.shipped.reading import READING
from agents.routing.shipped.research import RESEARCH
from agents.routing.shipped.small_talk import SMALL_TALK
from agents.routing.shipped.small_talk_elsewhere import SMALL_TALK_ELSEWHERE
from agents.routing.shipped.tasks import SAYING, TASKS
from agents.routing.shipped.tasks_elsewhere import TASKS_ELSEWHERE

SHIPPED: tuple[Pattern, ...] = (
    *SMALL_TALK,
    *SMALL_TALK_ELSEWHERE,
    *DECISIONS,
    *ACTIONS,
    *ABOUT,
    *ABOUT_ELSEWHERE,
    *MIXED,
    *READING,
    *CODING,
    *LOOK_UPS,
    *RESEARCH,
    *SAYING,
    *CONTEXT,
    *TASKS,
    *TASKS_ELSEWHERE,
    *NEWS,
    *EXPLANATIONS,
)
