"""From the outside world to observations: feeds, decoders, gateways, order, replay."""
