"""The command line: thin commands over what bootstrap wires."""
