"""CEL conditions compiled to numpy masks; what cannot be compiled is refused at load."""

from __future__ import annotations

from playbooks.cel.expression import Compiled, compile_condition, flatten

__all__ = ["Compiled", "compile_condition", "flatten"]
