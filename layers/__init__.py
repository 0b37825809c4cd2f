"""What is drawn and joined to: the catalog of layers and its loader."""
