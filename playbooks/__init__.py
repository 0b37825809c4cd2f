"""When and then what: rules, playbooks, their compilers and engines."""
