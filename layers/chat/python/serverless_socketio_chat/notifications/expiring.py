"""Plans that end soon: once a day, their users are notified, each once for each of a few days before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from serverless_socketio_chat.notifications import wording

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.notifications.ports import Expiries, PushQueue

DAYS_BEFORE = (7, 3, 1)
SENDERS = 16  # threads: each user is a call to the queue and one to the table, which are waited for


@dataclass(frozen=True, slots=True)
class Expiring:
    """Reminds users. `users` knows whose plan ends on which day; days are UTC's, wherever a user is."""

    users: Expiries
    queue: PushQueue
    clock: Clock

    def remind(self) -> int:
        """Notify all who are due today; how many.

        What fails is raised once all others were served. The next call goes on with those that are left.
        """
        today = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC).date()
        dates = {days: (today + timedelta(days)).isoformat() for days in DAYS_BEFORE}
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="remind") as senders:
            tasks = [
                senders.submit(self._tell, user_id, date, days)
                for days, date in dates.items()
                for user_id in self.users.expiring_on(date, days)
            ]
        for task in tasks:
            task.result()
        return len(tasks)

    def _tell(self, user_id: str, date: str, days: int) -> None:
        """Send first, then note: a crash in between sends again, under an id by which repeats are one."""
        named = f"expiring:{user_id}:{date}:{days}"
        self.queue.notify(user_id, wording.expiring(named, days, now_ms=self.clock.now_ms()))
        self.users.note_reminded(user_id, date, days)
