import base64, hashlib, hmac, os, time
from fastapi import FastAPI, HTTPException, Request

SECRETS = [base64.b64decode(s.strip().removeprefix("whsec_")) for s in os.environ["TURNPIKE_AGENT_SECRET"].split(",")]
app = FastAPI()


def is_signed(headers, body: bytes) -> bool:
    """Standard Webhooks: any of our secrets, any of the signatures, not older than five minutes."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
        return False
    said = headers.get("webhook-signature", "").encode().split()
    content = f"{headers.get('webhook-id')}.{stamp}.".encode() + body
    ours = [b"v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)) for secret in SECRETS]
    return any(hmac.compare_digest(one, other) for one in ours for other in said)


@app.post("/turns")
async def answer(request: Request):
    body = await request.body()
    if not is_signed(request.headers, body):
        raise HTTPException(401, "the signature is missing, wrong or too old")
    turn = await request.json()
    return {"replies": [f"You said: {turn['text']}"]}
