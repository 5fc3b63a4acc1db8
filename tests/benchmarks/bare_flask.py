"""What `intake` is compared with: a bare Flask route that verifies a delivery's signature and stores nothing."""

import json
import os
from uuid import UUID

from flask import Flask, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from shared.web.server import serve_app


def make_app() -> Flask:
    """The app, for the organisations and secrets in SECRETS, a JSON object."""
    app = Flask(__name__)
    signers = {UUID(name): Webhook(secret) for name, secret in json.loads(os.environ["SECRETS"]).items()}

    @app.post("/partners/webhooks/<uuid:organisation_id>")
    def deliver(organisation_id: UUID) -> tuple[dict[str, bool], int]:
        try:
            signers[organisation_id].verify(request.get_data(), dict(request.headers))
        except WebhookVerificationError:
            return {"verified": False}, 401
        return {"verified": True}, 202

    return app


if __name__ == "__main__":
    place = f"{os.environ['HOST']}:{os.environ['PORT']}"
    serve_app(make_app, place, processes=int(os.environ["WEB_PROCESSES"]), threads=32)
