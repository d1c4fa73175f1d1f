"""No framework reaches for the network, or asks anything of a hub, whatever its defaults are."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
