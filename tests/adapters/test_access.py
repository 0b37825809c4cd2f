"""Sign-in, roles, jurisdiction: every command by every role, inside and outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from ops_center.adapters.access import LINK_MS, MOST_FAILURES, SESSION_MS, WAIT_MS, Accounts, Guard, User
from ops_center.adapters.access_matrix import MATRIX, READS, may_read
from ops_center.adapters.audit import Audit, verify
from ops_center.api.commands import KINDS
from ops_center.desk.commands import HANDLERS
from ops_center.domain import command as kinds
from ops_center.domain.command import Actor, Command
from ops_center.domain.errors import NotAllowed, SetupError
from ops_center.domain.scales import Role

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class HandClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.ms = 1_565_452_800_000

    def now_ms(self) -> int:
        return self.ms

    def sleep(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)

    @property
    def pace(self) -> float:
        return 1.0


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def accounts(tmp_path: Path, clock: HandClock) -> Accounts:
    found = Accounts(tmp_path / "accounts.json", clock, hasher=QUICK)
    found.add(User(name="li", post="desk-1", role=Role.DUTY_OFFICER, jurisdiction="370100"), password="correct horse")
    return found


@pytest.fixture
def audit(tmp_path: Path, clock: HandClock) -> Audit:
    found = Audit(tmp_path / "audit.jsonl", clock)
    found.open()
    return found


def given(kind: str, role: Role, jurisdiction: str = "370100") -> Command:
    actor = Actor(name="li", post="desk-1", role=role, jurisdiction=jurisdiction)
    return Command(id=f"{kind}-{role}", kind=kind, target="x", actor=actor)


# Written out by hand, so that a slip in the matrix is seen: v(iewer) d(uty) c(ommander) a(nalyst) m(administrator).
EXPECTED = {
    "alert.acknowledge": "dc",
    "alert.claim": "dc",
    "alert.hand_over": "dc",
    "alert.shelve": "dc",
    "alert.unshelve": "dc",
    "alert.suppress": "c",
    "alert.release": "c",
    "alert.out_of_service": "c",
    "alert.return_to_service": "c",
    "alert.close": "dc",
    "incident.open": "dc",
    "incident.verify": "dc",
    "incident.note": "dc",
    "incident.update": "dc",
    "incident.state_claim": "dc",
    "incident.report": "dc",
    "incident.attach": "dc",
    "incident.set_parent": "dc",
    "incident.merge": "dc",
    "incident.grade": "c",
    "incident.respond": "c",
    "incident.end_response": "c",
    "incident.command_level": "c",
    "incident.link": "dc",
    "incident.unlink": "dc",
    "incident.dismiss": "dc",
    "incident.close": "c",
    "incident.reopen": "c",
    "run.start": "dc",
    "run.stand_down": "c",
    "task.acknowledge": "dc",
    "task.done": "dc",
    "task.skip": "dc",
    "warning.draft": "dc",
    "warning.edit": "dc",
    "warning.approve": "dc",
    "warning.discard": "dc",
    "warning.publish": "dc",
    "warning.update": "dc",
    "warning.cancel": "c",
    "notify.receipt": "dc",
    "shift.sign_on": "dc",
    "shift.sign_off": "dc",
    "shift.note": "dc",
    "task.approve": "dc",
    "dispatch.request": "dc",
    "dispatch.accept": "dcu",
    "dispatch.en_route": "dcu",
    "dispatch.on_scene": "dcu",
    "dispatch.release": "dc",
    "dispatch.decline": "dcu",
    "dispatch.cancel": "dc",
    "resource.out_of_service": "dc",
    "resource.return_to_service": "dc",
    "content.load": "m",
    "notify.delivery": "m",
    "alert.explode": "",
}
LETTER = {
    Role.VIEWER: "v",
    Role.DUTY_OFFICER: "d",
    Role.COMMANDER: "c",
    Role.ANALYST: "a",
    Role.ADMINISTRATOR: "m",
    Role.UNIT: "u",
}


def test_every_command_the_desk_carries_out_is_in_the_matrix_and_in_this_test():
    assert set(HANDLERS) == set(MATRIX)
    assert set(EXPECTED) == {*MATRIX, "alert.explode"}


@pytest.mark.parametrize("kind", sorted(EXPECTED))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("place", "inside"),
    [("370102", True), ("370100", True), ("370171", True), ("370202", False), ("370000", False), ("", False)],
)
def test_a_command_is_allowed_to_its_roles_within_their_jurisdiction_only(
    audit: Audit, kind: str, role: Role, place: str, inside: bool
):
    allowed = inside and LETTER[role] in EXPECTED[kind]
    guard = Guard(audit)
    if allowed:
        guard.check(given(kind, role), jurisdiction=place)
    else:
        with pytest.raises(NotAllowed):
            guard.check(given(kind, role), jurisdiction=place)
    assert verify(audit.path).entries == 1


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("what", [*READS, "nothing"])
def test_reads_are_limited_by_role_and_by_jurisdiction(audit: Audit, role: Role, what: str):
    actor = Actor(name="li", post="desk-1", role=role, jurisdiction="370100")
    assert Guard(audit).sees(actor, "370102", what) == may_read(role, what)
    assert not Guard(audit).sees(actor, "370202", what)


def test_an_actor_that_no_account_has_is_refused(audit: Audit, accounts: Accounts):
    guard = Guard(audit, known=accounts.users.get)
    guard.check(given("alert.acknowledge", Role.DUTY_OFFICER), jurisdiction="370102")
    with pytest.raises(NotAllowed, match="not signed in as commander"):
        guard.check(given("incident.close", Role.COMMANDER), jurisdiction="370102")
    with pytest.raises(NotAllowed, match="of 370000"):
        guard.check(given("alert.acknowledge", Role.DUTY_OFFICER, "370000"), jurisdiction="370202")


def test_a_password_signs_in_and_a_session_ends_after_a_shift(accounts: Accounts, clock: HandClock):
    session = accounts.sign_in("li", "correct horse")
    actor = accounts.actor(session)
    assert actor is not None
    assert (actor.name, actor.role) == ("li", Role.DUTY_OFFICER)
    clock.ms += SESSION_MS
    assert accounts.actor(session) is None


def test_signing_out_ends_the_session_and_a_wrong_token_is_nobody(accounts: Accounts):
    session = accounts.sign_in("li", "correct horse")
    accounts.sign_out(session)
    assert accounts.actor(session) is None
    assert accounts.actor("") is None


@pytest.mark.parametrize(("name", "password"), [("li", "wrong horse"), ("nobody", "correct horse")])
def test_a_wrong_name_and_a_wrong_password_are_told_alike(accounts: Accounts, name: str, password: str):
    with pytest.raises(NotAllowed, match="name or password is wrong"):
        accounts.sign_in(name, password)


def test_many_failures_make_the_name_wait(accounts: Accounts, clock: HandClock):
    for _ in range(MOST_FAILURES):
        with pytest.raises(NotAllowed):
            accounts.sign_in("li", "wrong horse")
    with pytest.raises(NotAllowed, match="wait"):
        accounts.sign_in("li", "correct horse")
    clock.ms += WAIT_MS
    assert accounts.sign_in("li", "correct horse")


def test_a_link_signs_in_once_and_not_after_its_time(accounts: Accounts, clock: HandClock):
    link = accounts.link("li")
    assert accounts.actor(accounts.redeem(link)) is not None
    with pytest.raises(NotAllowed):
        accounts.redeem(link)
    late = accounts.link("li")
    clock.ms += LINK_MS
    with pytest.raises(NotAllowed):
        accounts.redeem(late)
    with pytest.raises(NotAllowed):
        accounts.link("nobody")


def test_accounts_are_kept_without_the_password_and_only_the_owner_reads_them(accounts: Accounts, clock: HandClock):
    raw = accounts.path.read_text()
    assert "correct horse" not in raw
    assert "argon2id" in raw
    assert accounts.path.stat().st_mode & 0o077 == 0
    again = Accounts(accounts.path, clock, hasher=QUICK)
    again.load()
    assert again.sign_in("li", "correct horse")


def test_a_short_password_and_a_broken_file_are_refused(accounts: Accounts):
    with pytest.raises(SetupError, match="ten characters"):
        accounts.add(User(name="w", post="p", role=Role.VIEWER, jurisdiction="37"), password="short")
    accounts.path.write_text("{")
    with pytest.raises(SetupError, match="cannot be read"):
        accounts.load()


def test_the_audit_notes_the_decision_with_its_reason(audit: Audit):
    guard = Guard(audit)
    guard.check(given("alert.acknowledge", Role.DUTY_OFFICER), jurisdiction="370102")
    with pytest.raises(NotAllowed):
        guard.check(given("alert.acknowledge", Role.VIEWER), jurisdiction="370102")
    lines = audit.path.read_text().splitlines()
    assert '"allowed":true' in lines[0]
    assert "viewer may not give alert.acknowledge" in lines[1]


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [
        (lambda lines: [lines[0].replace("alert.claim", "alert.close"), *lines[1:]], 1),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: [lines[1], lines[0], lines[2]], 1),
        (lambda lines: [lines[0], lines[0], *lines[1:]], 2),
        (lambda lines: [lines[0], "{}", *lines[1:]], 2),
    ],
    ids=["changed", "cut out", "swapped", "put in twice", "no entry"],
)
def test_one_command_finds_what_was_done_to_the_audit(audit: Audit, change: object, broken_at: int):
    for role in (Role.DUTY_OFFICER, Role.COMMANDER, Role.DUTY_OFFICER):
        Guard(audit).check(given("alert.claim", role), jurisdiction="370102")
    assert verify(audit.path).broken_at is None
    lines = audit.path.read_text().splitlines()
    audit.path.write_text("".join(line + "\n" for line in change(lines)))  # type: ignore[operator]
    assert verify(audit.path).broken_at == broken_at


def test_the_chain_goes_on_after_a_restart_and_a_torn_last_line_is_cut(audit: Audit, clock: HandClock):
    Guard(audit).check(given("alert.claim", Role.COMMANDER), jurisdiction="370102")
    with audit.path.open("ab") as file:
        file.write(b'{"n":2,"at')
    again = Audit(audit.path, clock)
    again.open()
    Guard(again).check(given("alert.claim", Role.COMMANDER), jurisdiction="370102")
    assert verify(audit.path) == verify(audit.path).__class__(2)


def test_every_command_of_the_vocabulary_is_carried_out_and_the_screens_may_ask_for_it():
    # Content and deliveries come from inside; a paper's hash comes from its bytes, by the upload route.
    inner = {kinds.LOAD_CONTENT, kinds.DELIVERY, kinds.ATTACH}
    assert set(HANDLERS) - inner == KINDS
    assert set(HANDLERS) <= {value for name, value in vars(kinds).items() if name.isupper() and isinstance(value, str)}
