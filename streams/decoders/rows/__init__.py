"""What the general decoders share: a table of rows from any form, mapped by the manifest to a batch."""
