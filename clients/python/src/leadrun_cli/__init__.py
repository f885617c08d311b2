"""The command line of the client: its commands by purpose, each imported when it is called."""

# Module and attribute, and the first line of the help: the help of all is shown without importing them. The server's
# command `leadrun` reads this too, and offers the same commands.
SECTIONS = {
    "Look-ups and lists, at any leadrun by URL and key": {
        "enrich": ("enrich:enrich_command", "Look up a file of contacts: CSV, xlsx, NDJSON or JSON."),
        "find": ("find:find_command", "Look up one person's e-mail address or phone number."),
        "verify": ("verify:verify_command", "Say whether mail to an address arrives."),
        "runs": ("runs:runs_group", "List, show and watch runs."),
        "trace": ("runs:trace_command", "Show the cascade of a run: each provider, how long it took and what it cost."),
        "usage": ("account:usage_command", "Show runs, results, credits and the providers' charges."),
        "webhooks": ("webhooks:webhooks_group", "Show endpoints and deliveries, and send one again."),
        "mcp": ("mcp:mcp_command", "Serve look-ups to an assistant over standard input and output (MCP)."),
        "login": ("account:login_command", "Keep the URL and key of a leadrun."),
        "whoami": ("account:whoami_command", "Show the leadrun and the key in use, and the credits."),
    },
}
COMMANDS = {name: command for commands in SECTIONS.values() for name, command in commands.items()}
