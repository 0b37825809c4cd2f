"""Gateway: bytes from outside become stamped blocks in the journal; answers wait until they are durable."""

from streams.gateway.core import Gateway as Gateway
from streams.gateway.health import FeedCounts as FeedCounts
from streams.gateway.health import Health as Health
