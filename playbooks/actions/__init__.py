"""Actions a playbook may take, one function a file."""
