"""The map wall: Dash screens over the station's pictures."""
