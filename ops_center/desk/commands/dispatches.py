"""Commands on dispatches and resources."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import dispatches, runs, sending
from ops_center.desk.closures import shut_roads
from ops_center.desk.commands.targets import Handler, dispatch_of, incident_of, resource_of, run_of, said
from ops_center.desk.dispatches import Order
from ops_center.desk.ledger import Ledger
from ops_center.desk.recommend import why
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.resource import Dispatch, DispatchState, Resource
from ops_center.domain.run import RunState
from ops_center.domain.text import Json
from playbooks.engine import Happening


def _request(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Send a resource to the incident that is the target; with `task` it counts for that step of a run."""
    incident = incident_of(ledger, command.target)
    resource = resource_of(ledger, str(command.args["resource"]))
    if not resource.capability:
        raise CommandRefused("it has no capability", target=resource.id, field="resource")
    capability, task = said(command, "capability") or resource.capability[0], said(command, "task")
    if task:
        _need_step(ledger, incident.id, task)
    order = Order(
        capability=capability,
        quantity=_whole(command, "quantity"),
        task=task,
        why=_why(ledger, incident.id, resource, capability),
    )
    sent = sending.send(ledger, incident, resource, order, mark, cause=command.id)
    if task:
        run = run_of(ledger, ledger.state.task_run[task])
        args = {"dispatches": [sent.id], "short": -(sent.quantity or 1)}
        runs.drive(ledger, run, Happening(kind="carried", at_ms=mark.at_ms, task=task, args=args))


def _need_step(ledger: Ledger, incident: str, task: str) -> None:
    run = ledger.state.runs.get(ledger.state.task_run.get(task, ""))
    step = next((one for one in run.tasks if one.id == task), None) if run else None
    if run is None or step is None or step.kind != "dispatch" or run.incident != incident:
        raise CommandRefused("no dispatch step of this incident", target=task, field="task")
    if run.state is not RunState.RUNNING or step.finished is not None:
        raise CommandRefused(f"the step is {step.state}", target=task, field="task")


def _why(ledger: Ledger, incident: str, resource: Resource, capability: str) -> dict[str, Json]:
    """Return how the unit stood among those that could go; a person chose it."""
    among = sending.candidates(ledger, ledger.state.incidents[incident], capability)
    mine = next((one for one in among if one.resource.id == resource.id), None)
    if mine is None:
        return {"by_hand": True}
    return {**why(mine, among, shut=shut_roads(ledger.state.zones, ledger.places)), "by_hand": True}


def _moved(to: DispatchState) -> Handler:
    def handle(ledger: Ledger, command: Command, mark: Mark) -> None:
        sending.moved(ledger, dispatch_of(ledger, command.target), to, mark)

    return handle


def _release(ledger: Ledger, command: Command, mark: Mark) -> None:
    dispatch, resource = _both(ledger, command)
    used = _whole(command, "used")
    sending.ended(ledger, dispatches.release(dispatch, resource, mark, used=used), mark)


def _decline(ledger: Ledger, command: Command, mark: Mark) -> None:
    dispatch, resource = _both(ledger, command)
    sending.ended(ledger, dispatches.decline(dispatch, resource, mark, reason=said(command, "reason")), mark)


def _cancel(ledger: Ledger, command: Command, mark: Mark) -> None:
    dispatch, resource = _both(ledger, command)
    sending.ended(ledger, dispatches.cancel(dispatch, resource, mark, reason=said(command, "reason")), mark)


def _out(ledger: Ledger, command: Command, mark: Mark) -> None:
    resource = resource_of(ledger, command.target)
    ledger.put(dispatches.take_out(resource, mark, reason=said(command, "reason")))


def _back(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(dispatches.put_back(resource_of(ledger, command.target), mark))


def _both(ledger: Ledger, command: Command) -> tuple[Dispatch, Resource]:
    dispatch = dispatch_of(ledger, command.target)
    return dispatch, resource_of(ledger, dispatch.resource)


def _whole(command: Command, name: str) -> int | None:
    given = command.args.get(name)
    if given is None or given == "":
        return None
    try:
        number = int(str(given))
    except ValueError:
        raise CommandRefused(f"{name}: {given!r} is not a whole number", target=command.target, field=name) from None
    return number


HANDLERS: Mapping[str, Handler] = {
    kinds.DISPATCH: _request,
    kinds.DISPATCH_ACCEPT: _moved(DispatchState.ACCEPTED),
    kinds.DISPATCH_EN_ROUTE: _moved(DispatchState.EN_ROUTE),
    kinds.DISPATCH_ON_SCENE: _moved(DispatchState.ON_SCENE),
    kinds.DISPATCH_RELEASE: _release,
    kinds.DISPATCH_DECLINE: _decline,
    kinds.DISPATCH_CANCEL: _cancel,
    kinds.RESOURCE_OUT: _out,
    kinds.RESOURCE_BACK: _back,
}
