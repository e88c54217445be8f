"""`python -m simulator`: serve until stopped; `--public-key` prints the key of the e-mail webhook and ends."""

import argparse
import os
import sys

from simulator.app import create_app
from simulator.config import from_environment, port_from_environment
from simulator.server import server_for
from simulator.signing import SendGridKey


def main() -> int:
    """Serve on the loopback interface only: the credentials are published, and anyone may use the page."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--public-key", action="store_true", help="print the SendGrid webhook's public key")
    arguments = parser.parse_args()
    config = from_environment(os.environ)
    if arguments.public_key:
        if config.data_dir is None:
            sys.stderr.write("Set GOLDENHOUR_DATA_DIR: without it every start makes a new key.\n")
            return 2
        sys.stdout.write(SendGridKey(config.data_dir).public_key + "\n")
        return 0
    port = port_from_environment(os.environ)
    sys.stdout.write(f"Simulated phones on http://127.0.0.1:{port}/ (no real phone will ring)\n")
    sys.stdout.flush()
    server_for(create_app(config), port=port).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
