"""Why a comparison came out as it did: what arms rely on, where networks gain, whether probabilities can be trusted."""
