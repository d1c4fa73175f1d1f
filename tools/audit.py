"""Ask which advisories are known for the versions looplab pins. Run by `make audit`, with pip-audit and a file of pins.

Without an advisory database nothing is known: this is reported and does not count as a pass.
"""

import json
import subprocess
import sys

_WIDTH = 78


def main(auditor: str, pins: str) -> int:
    """Print a line for each advisory; return 0 if there is none, 1 if there is one, 2 if no database could be asked."""
    command = [
        auditor,
        "-r",
        pins,
        "--disable-pip",
        "--require-hashes",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"looplab: pip-audit could not ask an advisory database ({reason[:_WIDTH]}); nothing was audited")
        return 2
    asked = [package for package in packages if "vulns" in package]
    if not asked:
        print(f"looplab: no advisory database could be reached; none of {len(packages)} packages was audited")
        return 2
    found = [(package, advisory) for package in asked for advisory in package["vulns"]]
    for package, advisory in found:
        mended = ", ".join(advisory["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {advisory['id']}, mended in {mended}")
    skipped = len(packages) - len(asked)
    print(f"{len(asked)} packages audited, {skipped} unknown to the database, advisories: {len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
