"""Post: carry intended messages of playbook runs to a notifier, and their fate back as commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ops_center.adapters.notify_outbox import outgoing
from ops_center.domain.command import DELIVERY, Actor, Command
from ops_center.domain.ids import make_id
from ops_center.domain.run import PlaybookRun, Task
from ops_center.domain.scales import Role
from ops_center.ports import Notifier, Receipt
from playbooks.kinds import intent_id

MOST_TRIES = 3  # then the task shows it failed and the officer has the manual way


@dataclass(slots=True)
class Post:
    """Sends what runs intend. The intent lies in the journalled run before it is sent (ORDER 28).

    Only the live wiring constructs one; a replay has none, so a replay reaches nobody.
    """

    notifier: Notifier
    submit: Callable[[Command], Receipt]
    language: str = "zh"
    jurisdiction: str = ""
    tries: dict[str, int] = field(default_factory=dict)

    def deliver(self, runs: Iterable[PlaybookRun]) -> int:
        """Send every delivery that is still only intended; return how many were settled."""
        settled = 0
        for run in runs:
            for task in run.tasks:
                for recipient, state in task.deliveries:
                    if state == "intended":
                        settled += self._send(task, recipient)
        return settled

    def _send(self, task: Task, recipient: str) -> int:
        intent = intent_id(task.id, recipient)
        tried = self.tries.get(intent, 0)
        if tried > MOST_TRIES or task.message is None:
            return 0
        text = outgoing(task.message.render(self.language), intent=intent, status=task.status)
        fate = self.notifier.send(intent=intent, recipient=recipient, text=text)
        self.tries[intent] = tried + 1
        if fate == "failed" and tried + 1 < MOST_TRIES:
            return 0
        receipt = self.submit(
            Command(
                id=make_id("command", DELIVERY, intent, fate),
                kind=DELIVERY,
                target=task.id,
                actor=Actor(name="notifier", post="system", role=Role.ADMINISTRATOR, jurisdiction=self.jurisdiction),
                args={"recipient": recipient, "status": fate},
            )
        )
        # Settled once its fate is journalled; until the run shows it, it is not sent again.
        self.tries[intent] = MOST_TRIES + 1 if receipt.accepted else tried
        return int(receipt.accepted)
