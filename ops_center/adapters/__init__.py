"""What fills the ports: journal, store, clocks, notifiers."""
