"""Webhook: a message as a signed JSON body to another system."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass

import httpx
import msgspec

from ops_center.ports import Clock, Fate, Outgoing

AGAIN = (408, 425, 429)  # RFC 9110, 8470, 6585: the request was right and may be repeated
SIGNATURE, STAMP, INTENT = "X-Ops-Signature", "X-Ops-Timestamp", "X-Ops-Intent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Implements `ports.Notifier`; a 2xx answer means that the other system has it."""

    key: bytes
    clock: Clock
    timeout_s: float = 10.0
    transport: httpx.BaseTransport | None = None

    def send(self, message: Outgoing) -> Fate:
        """POST the message once; redirects are not followed, the answer's body is not read."""
        body = msgspec.json.encode(
            {
                "intent": message.intent,
                "recipient": message.recipient,
                "subject": message.subject,
                "text": message.text,
                "receipt_url": message.receipt_url,
                "document": {
                    "name": message.document_name,
                    "media_type": message.media_type,
                    "base64": b64encode(message.document).decode(),
                }
                if message.document
                else None,
            }
        )
        stamp = str(self.clock.now_ms())
        headers = {
            "Content-Type": "application/json",
            INTENT: message.intent,
            STAMP: stamp,
            SIGNATURE: signature(self.key, stamp, body),
        }
        try:
            with (
                httpx.Client(timeout=self.timeout_s, transport=self.transport, trust_env=False) as client,
                client.stream("POST", message.address, content=body, headers=headers) as answer,
            ):
                code = answer.status_code
        except httpx.TimeoutException:
            return Fate(state="failed", reason=f"no answer within {self.timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Fate(state="failed", reason=f"{type(error).__name__}: {error}")
        if 200 <= code < 300:
            return Fate(state="delivered")
        return Fate(state="failed", reason=f"HTTP {code}", again=code >= 500 or code in AGAIN)


def signature(key: bytes, stamp: str, body: bytes) -> str:
    """Return what the receiver computes too: HMAC-SHA256 over stamp, a dot, and the body."""
    return "sha256=" + hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
