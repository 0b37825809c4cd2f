"""Pure geometry and networks: datums, zones, joins, roads, routing, consequences."""
