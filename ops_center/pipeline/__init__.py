"""The loop live, in replay and in back-tests: one code, three clocks."""
