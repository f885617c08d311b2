"""Write code that verifies a delivery, for people to paste into their receiver."""

PYTHON = (
    "import os\n"
    "\n"
    "from standardwebhooks import Webhook  # pip install standardwebhooks\n"
    "\n"
    'webhook = Webhook(os.environ["WEBHOOK_SECRET"])\n'
    "\n"
    "\n"
    "def read_event(body: bytes, headers: dict[str, str]) -> dict:\n"
    '    """Give it the bytes as they arrived; answer 401 when it raises, else 204 before you work."""\n'
    "    return webhook.verify(body, headers)\n"
)

TYPESCRIPT = """\
import { Webhook } from "standardwebhooks"; // npm install standardwebhooks

const webhook = new Webhook(process.env.WEBHOOK_SECRET!);

// Give it the body as it arrived; answer 401 when it throws, else 204 before you work.
export function readEvent(body: string, headers: Record<string, string>) {
  return webhook.verify(body, headers);
}
"""

VERIFY_CODE = {"Python": PYTHON, "TypeScript": TYPESCRIPT}
