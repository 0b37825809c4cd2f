"""Reports: what happened, for people to file: as HTML and PDF, in zh and en, with maps drawn here."""
