"""The four roles as processes of one deployment over real servers; the harness the fault tests stand on."""
