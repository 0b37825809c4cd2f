"""Bootstrap: the only place that chooses embedded, replay, back-test or test, and wires the parts."""

from ops_center.bootstrap.backtest import Run, backtest
from ops_center.bootstrap.parts import Setup, make_loop, make_replayer, make_setup, picture_at, replayed, topics

__all__ = ["Run", "Setup", "backtest", "make_loop", "make_replayer", "make_setup", "picture_at", "replayed", "topics"]
